import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { WORKER } from "./identity.ts";
import type { Pool } from "./pool.ts";
import { openRead } from "./session.ts";

const TIMEOUT_MS = 2_000;

/** What a server needs to be of use, and whether it has it. */
export interface Readiness {
  ok: boolean;
  /** The database answers. */
  database: boolean;
  /** It has had this version's newest migration. */
  migrations: boolean;
  /** New events are heard of. */
  events: boolean;
  /** It isn't about to end. */
  staying: boolean;
}

/** What tells whether requests should be sent to a process. */
export interface ReadinessCheck {
  ready: () => Promise<Readiness>;
  /** Isn't ready from now on, so that nothing more is sent here; what is sent all the same is answered. */
  retire: () => void;
}

// Whether the database answers, and whether it has had the newest migration of this folder.
async function checkDatabase(pool: Pool, migrationsFolder: string): Promise<{ database: boolean; migrations: boolean }> {
  const journal = JSON.parse(readFileSync(join(migrationsFolder, "meta/_journal.json"), "utf8")) as { entries: { when: number }[] };
  const session = openRead(pool, WORKER, { timeoutMs: TIMEOUT_MS });
  try {
    const [row] = await session.run((db) => db.execute<{ newest: string | null }>(sql`select max(created_at) as newest from drizzle.__drizzle_migrations`));
    return { database: true, migrations: Number(row!.newest) >= journal.entries.at(-1)!.when };
  } catch {
    return { database: false, migrations: false };
  } finally {
    session.close();
  }
}

/** Ready while the database answers, is up to date and is heard from, until it is told otherwise. */
export function createReadiness(pool: Pool, migrationsFolder: string, hearsEvents: () => boolean): ReadinessCheck {
  let staying = true;
  let asking: ReturnType<typeof checkDatabase> | null = null;
  // However many ask at once, one question is under way.
  const ask = () => (asking ??= checkDatabase(pool, migrationsFolder).finally(() => (asking = null)));
  return {
    async ready() {
      const checks = { ...(await ask()), events: hearsEvents(), staying };
      return { ok: Object.values(checks).every(Boolean), ...checks };
    },
    retire: () => void (staying = false),
  };
}
