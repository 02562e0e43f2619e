import { and, eq, gt, inArray, isNull, lte, or, sql } from "drizzle-orm";
import type { ProjectKey } from "../core/ids.ts";
import type { Day } from "../core/time.ts";
import { changeRow } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { anyOf, type List } from "../db/lists.ts";
import { queues } from "../projects/table.ts";
import { vendors } from "../vendors/table.ts";
import { type ScopeKey, SCOPE_KEYS } from "./rules.ts";
import { qualityTargetEntity, type QualityTargetRow, qualityTargets } from "./table.ts";

/** Which targets are listed. */
export interface TargetFilter {
  measures?: string[] | null;
  validOn?: Day | null;
  updatedAfter?: Date | null;
}

export const targetList: List<QualityTargetRow, TargetFilter> = {
  entity: qualityTargetEntity,
  where: (t, { measures, validOn, updatedAfter }) => [
    anyOf(t.measure!, measures),
    validOn ? and(lte(t.validFrom!, validOn), or(isNull(t.validTo!), gt(t.validTo!, validOn))) : undefined,
    updatedAfter ? gt(t.updatedAt!, updatedAfter) : undefined,
  ],
  orders: { ID: "id", UPDATED_AT: "updatedAt" },
};

/** A scope of a project, and the measure that is to be reached there. */
export type MeasuredScope = Pick<QualityTargetRow, "projectId" | "measure" | ScopeKey>;

/** Targets of a project are set and ended in turns, until the end of the transaction. */
export async function lockTargets(db: Db, projectId: string): Promise<void> {
  await db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${projectId}, 7361013)) /* lockTargets */`);
}

/** The targets of exactly this scope and measure that hold on a day or later, in order of time. */
export async function listFrom(db: Db, scope: MeasuredScope, day: Day): Promise<QualityTargetRow[]> {
  const same = SCOPE_KEYS.map((key) => (scope[key] === null ? isNull(qualityTargets[key]) : eq(qualityTargets[key], scope[key] as never)));
  const isSame = and(eq(qualityTargets.projectId, scope.projectId), eq(qualityTargets.measure, scope.measure), ...same);
  const isOpen = or(isNull(qualityTargets.validTo), gt(qualityTargets.validTo, day));
  return db.select().from(qualityTargets).where(and(isSame, isOpen)).orderBy(qualityTargets.validFrom);
}

/** A target that the viewer sees, locked; null if there is none. */
export async function lockTarget(db: Db, { projectId, id }: ProjectKey): Promise<QualityTargetRow | null> {
  const [row] = await db.select().from(qualityTargets).where(and(eq(qualityTargets.projectId, projectId), eq(qualityTargets.id, id))).for("update");
  return row ?? null;
}

/** Which of a scope's queue and vendor the viewer can't find; null if all are there. */
export async function findMissing(db: Db, { projectId, queueId, vendorId }: MeasuredScope): Promise<ScopeKey | null> {
  const [found] = await db.execute<{ queues: number; vendors: number }>(sql`/* scopeOfTarget */ select
    (select count(*) from ${queues} where ${and(eq(queues.projectId, projectId), inArray(queues.id, queueId ? [queueId] : []))})::int as queues,
    (select count(*) from ${vendors} where ${inArray(vendors.id, vendorId ? [vendorId] : [])})::int as vendors`);
  if (queueId && found!.queues === 0) return "queueId";
  return vendorId && found!.vendors === 0 ? "vendorId" : null;
}

/** Adds a target. */
export async function insertTarget(db: Db, row: typeof qualityTargets.$inferInsert): Promise<void> {
  await db.insert(qualityTargets).values(row);
}

/** Ends a target on a day, which it doesn't hold on any more. */
export async function endOn(db: Db, key: ProjectKey, validTo: Day, now: Date): Promise<void> {
  await changeRow(db, qualityTargets, key, null, { validTo }, now);
}
