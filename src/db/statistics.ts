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

/** Until the end of the transaction, plans statements anew each time: a plan made while a table was small would go on reading all of it. */
export async function planAnew(db: Db): Promise<void> {
  await db.execute(sql`set local plan_cache_mode = force_custom_plan`);
}

/**
 * Lets statements and key checks keep their plans again after `planAnew`: to plan each check of many rows anew takes a third of an import's
 * time, and four times as long over the 300,000 of the demo (tried).
 */
export async function keepPlans(db: Db): Promise<void> {
  await db.execute(sql`set local plan_cache_mode = auto`);
}
