import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { array } from "./arrays.ts";
import type { Db } from "./lease.ts";
import type { Reads } from "./steps.ts";

const BEGIN_MS = 100;
const POLL_MS = 25;
/** No write transaction of ours lasts longer. */
const PATIENCE_MS = 10_000;

// Transactions that have locked rows of the table, or written some: of these, or of all.
async function writersOf(db: Db, table: string, some: readonly string[] | null): Promise<string[]> {
  const rows = await db.execute<{ name: string }>(sql`/* writersOf */
    select distinct virtualtransaction as name from pg_locks
    where locktype = 'relation' and relation = ${table}::regclass and mode in ('RowShareLock', 'RowExclusiveLock') and pid <> pg_backend_pid()
      and database = (select oid from pg_database where datname = current_database())
      and (${some === null}::bool or virtualtransaction = any (${array(some ?? [], "text")}))`);
  return rows.map(({ name }) => name);
}

/**
 * Waits until every transaction that began before has committed what it writes to a table, or given it up: what is read afterwards holds all
 * rows with a time before the call. A transaction takes its time when it begins and reaches the table within the first tenth of a second.
 */
export async function awaitWriters(reads: Reads, table: string): Promise<void> {
  await sleep(BEGIN_MS);
  const until = performance.now() + PATIENCE_MS;
  for (let left = await reads((db) => writersOf(db, table, null)); left.length > 0; left = await reads((db) => writersOf(db, table, left))) {
    if (performance.now() > until) throw new Error(`transactions that write ${table} don't end`);
    await sleep(POLL_MS);
  }
}
