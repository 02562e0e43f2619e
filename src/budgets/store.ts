import { eq, gt, sql } from "drizzle-orm";
import { changeRow, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import type { List } from "../db/lists.ts";
import { principals } from "../grants/table.ts";
import type { Lease } from "./rules.ts";
import { budgetEntity, type BudgetRow, budgets } from "./table.ts";

/** Filter of the list of budgets. */
export interface BudgetFilter {
  principalId?: string | null;
  updatedAfter?: Date | null;
}

export const budgetList: List<BudgetRow, BudgetFilter> = {
  entity: budgetEntity,
  where: (table, { principalId, updatedAfter }) => [
    principalId ? eq(table.principalId!, principalId) : undefined,
    updatedAfter ? gt(table.updatedAt!, updatedAfter) : undefined,
  ],
  orders: { ID: "id", UPDATED_AT: "updatedAt" },
};

/** What a process asks for: one of so many `parts` of the principal's minute, or `needed` points where that is more; `everybodys` holds where nobody set a budget. */
export interface Wish {
  principalId: string;
  needed: number;
  parts: number;
  everybodys: number;
}

/**
 * Takes points of a principal's minute, as many as are left at most: processes take turns at the row, so that all of them together never get
 * more than the budget. The minute begins with the first points taken after the end of the last, by the database's clock alone.
 */
export async function leasePoints(db: Db, { principalId, needed, parts, everybodys }: Wish): Promise<Lease> {
  const isOver = sql.raw("(abs(extract(epoch from excluded.started_at - l.started_at)) >= 60)");
  const [row] = await db.execute<Record<keyof Lease, string>>(sql`/* leasePoints */
    with own as (select coalesce((select points_per_minute from budgets where principal_id = ${principalId}), ${everybodys})::bigint as points),
    wish as (select points, greatest(${needed}::bigint, (points + ${parts}::bigint - 1) / ${parts}::bigint) as wanted from own)
    insert into budget_leases as l (principal_id, started_at, leased, granted)
    select ${principalId}::uuid, clock_timestamp(), least(wanted, points), least(wanted, points) from wish
    on conflict (principal_id) do update set
      started_at = case when ${isOver} then excluded.started_at else l.started_at end,
      leased = case when ${isOver} then excluded.granted else greatest(l.leased, least(l.leased + (select wanted from wish), (select points from wish))) end,
      granted = case when ${isOver} then excluded.granted else greatest(0, least((select wanted from wish), (select points from wish) - l.leased)) end
    returning started_at::text as "startedAt", (select points from wish) as "limit", leased, granted,
      extract(epoch from started_at + interval '1 minute' - clock_timestamp()) * 1000 as "msLeft"`);
  const { startedAt, limit, leased, granted, msLeft } = row!;
  return { startedAt, limit: Number(limit), leased: Number(leased), granted: Number(granted), msLeft: Number(msLeft) };
}

/** True if there is such a principal, active or not. */
export async function isPrincipal(db: Db, id: string): Promise<boolean> {
  return (await db.select({ id: principals.id }).from(principals).where(eq(principals.id, id))).length > 0;
}

/** The budget set for a principal, locked; null if none was. */
export async function lockBudget(db: Db, principalId: string): Promise<BudgetRow | null> {
  const [row] = await db.select().from(budgets).where(eq(budgets.principalId, principalId)).for("update");
  return row ?? null;
}

/** Adds a budget. */
export async function insertBudget(db: Db, row: typeof budgets.$inferInsert): Promise<void> {
  await db.insert(budgets).values(row);
}

/** Changes a budget. */
export async function changeBudget(
  db: Db, id: string, expectedVersion: ExpectedVersion, changes: { pointsPerMinute: number | null; reason: string }, now: Date,
): Promise<void> {
  await changeRow(db, budgets, { projectId: null, id }, expectedVersion, changes, now);
}
