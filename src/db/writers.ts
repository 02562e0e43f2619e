import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { Conflict } from "../core/errors.ts";
import { array } from "./arrays.ts";
import type { Db } from "./lease.ts";
import type { Reads } from "./steps.ts";
import { at } from "./times.ts";

const BEGIN_MS = 100;
const POLL_MS = 25;
/** No write transaction of ours lasts longer. */
const PATIENCE_MS = 10_000;

interface Standing {
  writers: string[];
  /** The time has come by the database's clock too. */
  isPast: boolean;
}

// Transactions that have locked rows of the tables, or written some, or wait for their turn and may do so yet; or those of `some` that last.
async function standing(db: Db, tables: readonly string[], time: Date, some: readonly string[] | null): Promise<Standing> {
  const isWriter = sql`locktype = 'relation' and relation = any (${array(tables, "regclass")}) and mode in ('RowShareLock', 'RowExclusiveLock')`;
  const lasts = sql`locktype = 'virtualxid' and granted and virtualtransaction = any (${array(some ?? [], "text")})`;
  const [found] = await db.execute<Standing & Record<string, unknown>>(sql`/* writersOf */
    select clock_timestamp() > ${at(time)} as "isPast", coalesce(array_to_json(array(select distinct virtualtransaction from pg_locks
      where pid <> pg_backend_pid() and coalesce(database = (select oid from pg_database where datname = current_database()), true)
        and ${some ? lasts : sql`(not granted or ${isWriter})`})), '[]') as writers`);
  return found!;
}

/**
 * Waits until every transaction that began by that time, which is now, has committed what it writes to these tables, or given it up: what is
 * read afterwards holds all rows with a time up to then. A transaction takes its time when it begins, and within the first tenth of a second
 * reaches a table of these, or a lock that it waits for.
 */
export async function awaitWriters(reads: Reads, tables: readonly string[], time: Date): Promise<void> {
  await sleep(BEGIN_MS);
  const until = performance.now() + PATIENCE_MS;
  let left = await reads((db) => standing(db, tables, time, null));
  while (left.writers.length > 0 || !left.isPast) {
    if (performance.now() > until) throw new Conflict(`Others are still writing what this reads (${tables.join(", ")}); ask again in a minute.`);
    await sleep(POLL_MS);
    const { writers } = left;
    left = await reads((db) => standing(db, tables, time, writers));
  }
}
