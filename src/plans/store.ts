import { and, eq, gt, ne, or, type SQL, sql } from "drizzle-orm";
import type { ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import { changeRow } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { anyOf, type List } from "../db/lists.ts";
import { type NamedFrame, samplingPlanEntity, type SamplingPlanRow, samplingPlans } from "./table.ts";

export interface PlanFilter {
  states?: SamplingPlanRow["state"][] | null;
  layers?: SamplingPlanRow["layer"][] | null;
  updatedAfter?: Date | null;
}

export const planList: List<SamplingPlanRow, PlanFilter> = {
  entity: samplingPlanEntity,
  where: (t, filter) => [
    anyOf(t.state!, filter.states),
    anyOf(t.layer!, filter.layers),
    filter.updatedAfter ? gt(t.updatedAt!, filter.updatedAfter) : undefined,
  ],
  orders: { ID: "id", UPDATED_AT: "updatedAt" },
};

/**
 * The plan and every other plan of its project that is not archived, locked: two plans of a project are never activated at the same time,
 * and no plan is drawn from twice at the same time.
 */
export async function lockPlans(db: Db, { projectId, id }: ProjectKey): Promise<SamplingPlanRow[]> {
  return db
    .select()
    .from(samplingPlans)
    .where(and(eq(samplingPlans.projectId, projectId), or(eq(samplingPlans.id, id), ne(samplingPlans.state, "ARCHIVED"))))
    .orderBy(samplingPlans.id)
    .for("update");
}

/**
 * Plans of a project become active in turns, until the end of the transaction. Rows' locks alone would miss a plan that is made active, as
 * lots' plans are: nobody has seen its row yet.
 */
export async function lockActivation(db: Db, projectId: string): Promise<void> {
  await db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${projectId}, 7361009)) /* lockActivation */`);
}

/** Adds a plan. */
export async function insertPlan(db: Db, row: typeof samplingPlans.$inferInsert): Promise<void> {
  await db.insert(samplingPlans).values(row);
}

type PlanChanges = Partial<typeof samplingPlans.$inferInsert>;

/** Changes a locked plan. */
export async function changePlanRow(db: Db, key: ProjectKey, changes: PlanChanges, now: Date): Promise<void> {
  await changeRow(db, samplingPlans, key, null, changes, now);
}

/** Where in a frame's filter something stands. */
export interface FramePlace {
  dimension: keyof NamedFrame;
  place: number;
}

/** The first thing that a frame's filter names and the viewer can't find; null if all are there. */
export async function findMissing(db: Db, projectId: string, frame: NamedFrame): Promise<FramePlace | null> {
  const missing = (dimension: keyof NamedFrame, type: string, known: SQL) =>
    sql`select ${dimension} as dimension, place::int
      from unnest(${array(frame[dimension] ?? [], type)}) with ordinality as named(value, place) where value not in (${known})`;
  const [first] = await db.execute<FramePlace & Record<string, unknown>>(sql`/* missingInFrame */ ${sql.join([
    missing("queueIds", "uuid", sql`select id from queues where project_id = ${projectId}`),
    missing("markets", "text", sql`select code from markets`),
    missing("vendorIds", "uuid", sql`select id from vendors`),
    missing("labelerIds", "uuid", sql`select id from labelers`),
    missing("policyIds", "uuid", sql`select policy_id from project_policies where project_id = ${projectId}`),
  ], sql` union all `)} limit 1`);
  return first ? { dimension: first.dimension, place: first.place - 1 } : null;
}
