import { sql } from "drizzle-orm";
import type { Db } from "./lease.ts";

/**
 * Tells the planner what imports and draws have filled the tables with, as the worker and in a transaction of its own. Without it, questions
 * after a load of 100,000 decisions take 25 times as long (tried).
 */
export async function refreshStatistics(db: Db): Promise<void> {
  await db.execute(sql`select refresh_statistics()`);
}

/** Rows that change a table so much that the planner should know; and so often again as many times more. */
const LOAD = 1_000;
const GROWTH = 8;

export interface Planner {
  /** Called between batches, with the rows added so far: those of a project that the planner has never heard of are looked for one after the other. */
  hearOf: (rows: number) => Promise<void>;
  /** Called at the end, with all rows added. */
  hearLast: (rows: number) => Promise<void>;
}

/**
 * The planner, to be told of what a load fills the tables with. A help for the load and the questions that follow, and no part of it: without it
 * they only take longer, so a failed `refresh` is forgotten.
 */
export function openPlanner(refresh: () => Promise<unknown>): Planner {
  let heard = 0;
  const tell = async (rows: number, from: number) => {
    if (rows < from) return;
    heard = rows;
    await refresh().catch(() => {});
  };
  return { hearOf: (rows) => tell(rows, Math.max(LOAD, heard * GROWTH)), hearLast: (rows) => tell(rows, Math.max(LOAD, heard + 1)) };
}
