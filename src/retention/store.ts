import { eq, gt, sql } from "drizzle-orm";
import { changeRow, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import type { List } from "../db/lists.ts";
import { array } from "../db/arrays.ts";
import { at } from "../db/times.ts";
import type { RetainedKind, RetainedPiece } from "./rules.ts";
import { retentionRuleEntity, type RetentionRuleRow, retentionRules } from "./table.ts";

/** Filter of the list of rules. */
export interface RetentionFilter {
  updatedAfter?: Date | null;
}

export const retentionRuleList: List<RetentionRuleRow, RetentionFilter> = {
  entity: retentionRuleEntity,
  where: (table, { updatedAfter }) => [updatedAfter ? gt(table.updatedAt!, updatedAfter) : undefined],
  orders: { ID: "id", UPDATED_AT: "updatedAt" },
};

/** The rule of a kind, locked; null if there is none. */
export async function lockRule(db: Db, kind: RetainedKind): Promise<RetentionRuleRow | null> {
  const [row] = await db.select().from(retentionRules).where(eq(retentionRules.kind, kind)).for("update");
  return row ?? null;
}

/** Adds a rule. */
export async function insertRule(db: Db, row: typeof retentionRules.$inferInsert): Promise<void> {
  await db.insert(retentionRules).values(row);
}

/** Changes a rule, which is to be applied anew. */
export async function changeRule(
  db: Db, id: string, expectedVersion: ExpectedVersion, changes: { keepDays: number | null; reason: string }, now: Date,
): Promise<void> {
  await changeRow(db, retentionRules, { projectId: null, id }, expectedVersion, { ...changes, appliedAt: null }, now);
}

/** Every rule that lets something go, in the order of creation. */
export async function listApplicable(db: Db): Promise<{ id: string; kind: RetainedKind; keepDays: number; appliedAt: Date | null }[]> {
  const rows = await db.select().from(retentionRules).where(sql`${retentionRules.keepDays} is not null /* applicableRules */`).orderBy(retentionRules.id);
  return rows.map(({ id, kind, keepDays, appliedAt }) => ({ id, kind, keepDays: keepDays!, appliedAt }));
}

/** Says that a rule is applied, as of this time. */
export async function markApplied(db: Db, id: string, now: Date): Promise<void> {
  await db.update(retentionRules).set({ appliedAt: now }).where(eq(retentionRules.id, id));
}

/** What would go of a kind, oldest first, and what would have to stay. */
export async function listPieces(db: Db, kind: RetainedKind, before: Date): Promise<RetainedPiece[]> {
  const rows = await db.execute<Record<"name" | "startsAt" | "endsAt" | "rows", string> & Pick<RetainedPiece, "waitsFor">>(sql`/* retentionPieces */
    select name, (extract(epoch from since) * 1000)::bigint as "startsAt", (extract(epoch from until) * 1000)::bigint as "endsAt", row_count as rows,
      to_json(waits_for) as "waitsFor" from retention_pieces(${kind}, ${at(before)})`);
  return rows.map(({ name, startsAt, endsAt, rows: count, waitsFor }) => ({
    name, startsAt: new Date(Number(startsAt)), endsAt: new Date(Number(endsAt)), rows: Number(count), waitsFor,
  }));
}

/** Lets so many rows of a kind go, or one partition; how many, 0 once all have. */
export async function removeRetained(db: Db, kind: RetainedKind, before: Date, most: number): Promise<number> {
  const [row] = await db.execute<{ removed: number }>(sql`/* removeRetained */ select remove_retained(${kind}, ${at(before)}, ${most}) as removed`);
  return row!.removed;
}

/** Decisions that go next, all of one project, with their audits; or the week without decisions that was dropped. */
export interface NextDecisions {
  projectId: string | null;
  decisionIds: string[];
  auditIds: string[];
}

/** The next decisions to go; a week that has none is dropped at once. Null once there is neither. */
export async function takeNextDecisions(db: Db, before: Date, most: number): Promise<NextDecisions | null> {
  const [row] = await db.execute<Record<keyof NextDecisions, unknown>>(sql`/* nextDecisions */
    select project_id as "projectId", to_json(decision_ids) as "decisionIds", to_json(audit_ids) as "auditIds" from next_decisions(${at(before)}, ${most})`);
  return (row as NextDecisions | undefined) ?? null;
}

/** Voids audits that go, so that folding takes them out of facts and sums. */
export async function voidAudits(db: Db, projectId: string, ids: readonly string[]): Promise<void> {
  await db.execute(sql`/* voidRetained */ update audits set state = 'VOIDED' where project_id = ${projectId} and id = any (${array(ids, "uuid")})`);
}

/** Removes decisions with everything that refers to them, children first. */
export async function removeDecisions(db: Db, projectId: string, ids: readonly string[]): Promise<void> {
  await db.execute(sql`/* removeDecisions */ select remove_decisions(${projectId}::uuid, ${array(ids, "uuid")})`);
}
