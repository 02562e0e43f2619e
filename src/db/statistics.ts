import { sql } from "drizzle-orm";
import type { Db } from "./lease.ts";

/**
 * Tells the planner what imports and draws have filled the tables with, as the worker and in a transaction of its own. Without it, questions
 * after a load of 100,000 decisions take 25 times as long (tried).
 */
export async function refreshStatistics(db: Db): Promise<void> {
  await db.execute(sql`select refresh_statistics()`);
}

/** Tells the planner what an import of audits has filled the tables with so far, in a second at most. */
export async function refreshAuditStatistics(db: Db): Promise<void> {
  await db.execute(sql`select refresh_audit_statistics()`);
}
