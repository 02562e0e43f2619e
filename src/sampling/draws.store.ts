import { and, desc, eq, gt, lt, type SQL, sql } from "drizzle-orm";
import { idFloor, type ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import { type SamplingPlanRow, samplingPlans } from "../plans/table.ts";
import { samplingRuns, strata } from "./table.ts";

/** Decisions made from `from` (inclusive) to `to` (exclusive). */
export interface Window {
  from: Date;
  to: Date;
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

/** A plan, locked, so that nobody else draws from it meanwhile; null if there is none. */
export async function lockPlan(db: Db, { projectId, id }: ProjectKey): Promise<SamplingPlanRow | null> {
  const [plan] = await db
    .select()
    .from(samplingPlans)
    .where(and(eq(samplingPlans.projectId, projectId), eq(samplingPlans.id, id)))
    .for("update");
  return plan ?? null;
}

/** The zone that a project's business days lie in. */
export async function findTimeZone(db: Db, projectId: string): Promise<string> {
  const [row] = await db.execute<{ timeZone: string }>(sql`select time_zone as "timeZone" from projects where id = ${projectId}`);
  return row!.timeZone;
}

function anyOf(column: string, values: readonly string[] | undefined, type: string): SQL {
  return values && values.length > 0 ? sql` and ${sql.raw(column)} = any (${array(values, type)})` : sql``;
}

const COVERS: Record<SamplingPlanRow["frameCovers"], SQL> = {
  ALL: sql``,
  VIOLATING_ONLY: sql` and d.policy_id in (select id from policies where is_violating)`,
  NON_VIOLATING_ONLY: sql` and d.policy_id in (select id from policies where not is_violating)`,
};

// A window is a range of ids, whose first 48 bits are the time: that is what prunes partitions.
function isInWindow({ from, to }: Window): SQL {
  return sql`d.id >= ${idFloor(from)}::uuid and d.id < ${idFloor(to)}::uuid`;
}

// The decisions that the plan may draw. Those of a labeler in nesting, now or when they decided, are another plan's (purpose RAMP).
function frameOf(plan: SamplingPlanRow, window: Window): SQL {
  const { queueIds, markets, vendorIds, labelerIds, policyIds } = plan.frame;
  const filter = sql.join([
    anyOf("d.queue_id", queueIds, "uuid"), anyOf("d.market", markets, "text"), anyOf("d.vendor_id", vendorIds, "uuid"),
    anyOf("d.labeler_id", labelerIds, "uuid"), anyOf("d.policy_id", policyIds, "uuid"), COVERS[plan.frameCovers],
  ]);
  return sql`decisions d where d.project_id = ${plan.projectId} and ${isInWindow(window)}${filter}
    and not exists (select from labelers l where l.id = d.labeler_id
      and (l.status = 'NESTING' or l.paused_from = 'NESTING' or d.decided_at < l.go_live_at))`;
}

// Canonical UUIDs sort as text as they do as bytes.
const hashOfFrame = sql.raw(`encode(sha256(convert_to(coalesce(string_agg(d.id::text, E'\\n' order by d.id), ''), 'UTF8')), 'hex')`);

/** Size and hash of the frame as it is now: SHA-256 of its ids in order, one a line, as `frameHash` of `src/stats/draw.ts`. */
export async function measureFrame(db: Db, plan: SamplingPlanRow, window: Window): Promise<{ size: number; hash: string }> {
  const [row] = await db.execute<{ size: number; hash: string }>(
    sql`/* measureFrame */ select count(*)::int as size, ${hashOfFrame} as hash from ${frameOf(plan, window)}`,
  );
  return row!;
}

/** Keeps a run and its one stratum. */
export async function insertRun(db: Db, run: typeof samplingRuns.$inferInsert, stratum: typeof strata.$inferInsert): Promise<void> {
  await db.insert(samplingRuns).values(run);
  await db.insert(strata).values(stratum);
}

/** What every sample of one draw has in common. */
export interface Draw extends Window {
  plan: SamplingPlanRow;
  runId: string;
  stratumId: string;
  seed: string;
  frameHash: string;
  count: number;
  inclusionProbability: number;
  dueAt: Date;
  drawnAt: Date;
}

/**
 * Draws the first `count` of the frame in the order of SHA-256 of seed, ":" and id (`drawOrder` of `src/stats/draw.ts`), with content and
 * facts copied; nothing travels. The number drawn: 0 if the frame is no longer the one of `frameHash`. A sample's id carries the time of
 * the draw and nothing of the decision or its place in the order.
 */
export async function insertSamples(db: Db, draw: Draw): Promise<number> {
  const { plan, dueAt, drawnAt } = draw;
  const time = idFloor(drawnAt).replaceAll("-", "").slice(0, 12);
  const at = sql`${drawnAt.toISOString()}::timestamptz`;
  // One pass over the frame and no join: a plan that is good before the tables were ever analyzed.
  const [row] = await db.execute<{ drawn: number }>(sql`/* drawSamples */ with drawn as (
    insert into samples (project_id, id, decision_id, run_id, stratum_id, purpose, layer, inclusion_probability, draw_order, is_blind, state,
      due_at, content_ref, content_hash, modality, language, queue_id, labeler_id, vendor_id, site_id, team_id, policy_id, market, decided_at,
      created_at, updated_at)
    select project_id, (${`${time}7`} || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid, id, ${draw.runId}::uuid,
      ${draw.stratumId}::uuid, ${plan.purpose}, ${plan.layer}, ${draw.inclusionProbability}::float8, row_number() over (order by place),
      ${plan.isBlind}::bool, 'DRAWN', ${dueAt.toISOString()}::timestamptz, content_ref, content_hash, modality, language, queue_id, labeler_id,
      vendor_id, site_id, team_id, policy_id, market, decided_at, ${at}, ${at}
    from (select d.*, sha256(convert_to(${`${draw.seed}:`} || d.id::text, 'UTF8')) as place from ${frameOf(plan, draw)}
      order by place limit ${draw.count}) first
    where (select ${hashOfFrame} from ${frameOf(plan, draw)}) = ${draw.frameHash}
    returning 1)
    select count(*)::int as drawn from drawn`);
  return row!.drawn;
}
