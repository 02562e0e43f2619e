import { and, desc, eq, gt, lt, sql } from "drizzle-orm";
import { idFloor, type ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import type { Window } from "../frames/rules.ts";
import { type SamplingPlanRow, samplingPlans } from "../plans/table.ts";
import { samplingRuns, type StratumRow } from "./table.ts";

/** A plan, locked, so that nobody else draws from it meanwhile; null if there is none. */
export async function lockPlan(db: Db, { projectId, id }: ProjectKey): Promise<SamplingPlanRow | null> {
  const isPlan = and(eq(samplingPlans.projectId, projectId), eq(samplingPlans.id, id));
  const [plan] = await db.select().from(samplingPlans).where(isPlan).for("update");
  return plan ?? null;
}

/** The latest run of the plan whose window shares time with this one; null if there is none. */
export async function findRunWithin(db: Db, { projectId, id }: ProjectKey, { from, to }: Window) {
  const [run] = await db
    .select({ id: samplingRuns.id, windowFrom: samplingRuns.windowFrom, windowTo: samplingRuns.windowTo })
    .from(samplingRuns)
    .where(and(
      eq(samplingRuns.projectId, projectId), eq(samplingRuns.planId, id), lt(samplingRuns.windowFrom, to), gt(samplingRuns.windowTo, from),
    ))
    .orderBy(desc(samplingRuns.windowTo))
    .limit(1);
  return run ?? null;
}

/** Keeps a run. */
export async function insertRun(db: Db, run: typeof samplingRuns.$inferInsert): Promise<void> {
  await db.insert(samplingRuns).values(run);
}

type NewStratum = Omit<StratumRow, "projectId" | "runId" | "run">;

/** Keeps the strata of a run, also those that nothing was drawn of. */
export async function insertStrata(db: Db, { projectId, id }: ProjectKey, rows: readonly NewStratum[]): Promise<void> {
  const column = (name: keyof NewStratum) => rows.map((row) => row[name]);
  await db.execute(sql`/* insertStrata */ insert into strata (project_id, run_id, id, key, frame_size, sample_size, values)
    select ${projectId}::uuid, ${id}::uuid, * from unnest(${array(column("id"), "uuid")}, ${array(column("key"), "text")},
      ${array(column("frameSize"), "integer")}, ${array(column("sampleSize"), "integer")},
      ${array(rows.map(({ values }) => JSON.stringify(values)), "jsonb")})`);
}

/** One drawn decision: its place in the draw of its stratum, from 1. Golden ones have neither stratum nor chance. */
export interface Draft {
  decisionId: string;
  stratumId: string | null;
  drawOrder: number;
  /** Its inclusion probability. */
  chance: number | null;
}

/** What every sample of one run has in common. */
export interface Common {
  plan: SamplingPlanRow;
  runId: string;
  dueAt: Date;
  drawnAt: Date;
  /** A sample is judged twice if the key of this and its decision lies below the bound. */
  doubleSeed: string;
  doubleBound: string;
}

/**
 * Makes samples of drawn decisions, given in the order of their ids, with content and facts copied; how many it made, which is less where
 * an item of a golden draw is no longer active. A sample's id carries the time of the draw and nothing of the decision or its place in
 * the order.
 */
export async function insertSamples(db: Db, common: Common, drafts: readonly Draft[]): Promise<number> {
  const { plan, runId, dueAt, drawnAt, doubleSeed, doubleBound } = common;
  const column = (name: keyof Draft) => drafts.map((draft) => draft[name]);
  const time = idFloor(drawnAt).replaceAll("-", "").slice(0, 12);
  const at = sql`${drawnAt.toISOString()}::timestamptz`;
  const isGolden = plan.purpose === "GOLDEN";
  const item = sql`join golden_items g on g.project_id = d.project_id and g.content_hash = d.content_hash and g.status = 'ACTIVE'`;
  // The range of ids is what keeps any plan, also of a young table, to the partitions and pages that the batch lies in.
  const [row] = await db.execute<{ drawn: number }>(sql`/* insertSamples */ with drawn as (
    insert into samples (project_id, id, decision_id, run_id, stratum_id, purpose, layer, inclusion_probability, draw_order, is_blind,
      state, due_at, is_double, golden_item_id, content_ref, content_hash, modality, language, queue_id, labeler_id, vendor_id, site_id,
      team_id, policy_id, market, decided_at, created_at, updated_at)
    select d.project_id, (${`${time}7`} || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid, d.id, ${runId}::uuid, n.stratum_id,
      ${plan.purpose}, ${plan.layer}, n.chance, n.draw_order, ${plan.isBlind}::bool, 'DRAWN', ${dueAt.toISOString()}::timestamptz,
      encode(sha256(convert_to(${`${doubleSeed}:`} || d.id::text, 'UTF8')), 'hex') collate "C" < ${doubleBound}::text collate "C",
      ${isGolden ? sql`g.id` : sql`null::uuid`}, d.content_ref, d.content_hash, d.modality, d.language, d.queue_id, d.labeler_id,
      d.vendor_id, d.site_id, d.team_id, d.policy_id, d.market, d.decided_at, ${at}, ${at}
    from unnest(${array(column("decisionId"), "uuid")}, ${array(column("stratumId"), "uuid")}, ${array(column("drawOrder"), "integer")},
        ${array(column("chance"), "float8")}) n(id, stratum_id, draw_order, chance)
      join decisions d on d.project_id = ${plan.projectId} and d.id = n.id
        and d.id between ${drafts[0]!.decisionId}::uuid and ${drafts.at(-1)!.decisionId}::uuid ${isGolden ? item : sql``}
    returning 1)
    select count(*)::int as drawn from drawn`);
  return row!.drawn;
}

/** Keeps who follows the drawn in each stratum's order. */
export async function insertReserves(db: Db, projectId: string, rows: readonly Omit<Draft, "chance">[]): Promise<void> {
  await db.execute(sql`/* insertReserves */ insert into sample_reserves (project_id, stratum_id, draw_order, decision_id)
    select ${projectId}::uuid, * from unnest(${array(rows.map(({ stratumId }) => stratumId), "uuid")},
      ${array(rows.map(({ drawOrder }) => drawOrder), "integer")}, ${array(rows.map(({ decisionId }) => decisionId), "uuid")})`);
}
