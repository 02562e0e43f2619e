import { setTimeout as sleep } from "node:timers/promises";
import { WORKER } from "../db/identity.ts";
import type { Db } from "../db/lease.ts";
import type { Pool } from "../db/pool.ts";
import { write } from "../db/session.ts";
import { findHead, listUnsealed, sealAccesses, takeTurn } from "./seals.store.ts";

const BATCH = 2_000;
const PAUSE_MS = 1_000;
const TIMEOUT_MS = 5_000;

/** Seals the oldest rows that have none: how many, 0 while another process does it. */
export async function sealSome(db: Db): Promise<number> {
  if (!(await takeTurn(db))) return 0;
  const head = await findHead(db);
  const rows = await listUnsealed(db, head, BATCH);
  if (rows.length > 0) await sealAccesses(db, head, rows, new Date());
  return rows.length;
}

/** Seals the access log a second behind it, whichever process comes first; ends with the returned function. */
export function startAccessSealer(pool: Pool, log: { warn: (fields: object, message: string) => void }): () => Promise<void> {
  const closing = new AbortController();
  const run = async () => {
    while (!closing.signal.aborted) {
      const sealed = await write(pool, WORKER, sealSome, { timeoutMs: TIMEOUT_MS }).catch((error: unknown) => {
        if (!closing.signal.aborted) log.warn({ err: error }, "sealing the access log failed; it goes on shortly");
        return 0;
      });
      if (sealed < BATCH) await sleep(PAUSE_MS, undefined, { signal: closing.signal }).catch(() => {});
    }
  };
  const running = run();
  return async () => {
    closing.abort();
    await running;
  };
}
