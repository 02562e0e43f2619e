import { WORKER } from "../db/identity.ts";
import type { Pool } from "../db/pool.ts";
import { write } from "../db/session.ts";
import { stampUse } from "./store.ts";

/** Keeps when keys were last used. */
export interface Usage {
  /** Hears that a key is used; costs nothing but memory. */
  note: (clientId: string) => void;
  /** Writes what is left. */
  close: () => Promise<void>;
}

const MINUTE_MS = 60_000;
const DELAY_MS = 1_000;
const TIMEOUT_MS = 5_000;
const MAX_KEPT = 10_000;

/** Writes uses down behind everybody's back: of a key at most one a minute, of all keys one statement a second. A failure loses no more than that. */
export function startUsage(pool: Pool, onFailure: (error: unknown) => void): Usage {
  const noted = new Map<string, number>();
  let unwritten = new Map<string, Date>();
  let timer: NodeJS.Timeout | undefined;

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const uses = unwritten;
    unwritten = new Map();
    if (uses.size > 0) await write(pool, WORKER, (db) => stampUse(db, uses), { timeoutMs: TIMEOUT_MS }).catch(onFailure);
  }

  return {
    note(clientId) {
      const now = new Date();
      if (now.getTime() - (noted.get(clientId) ?? 0) < MINUTE_MS) return;
      if (noted.size >= MAX_KEPT) noted.clear();
      noted.set(clientId, now.getTime());
      unwritten.set(clientId, now);
      timer ??= setTimeout(() => void flush(), DELAY_MS).unref();
    },
    close: flush,
  };
}
