import { type SQL, sql } from "drizzle-orm";
import { SYSTEM_PROJECT_ID } from "../core/ids.ts";
import type { Db } from "../db/lease.ts";
import { at } from "../db/times.ts";
import type { rollupWatermarks } from "./table.ts";

export type Watermark = typeof rollupWatermarks.$inferSelect;

const NIL = "00000000-0000-0000-0000-000000000000";

const WATERMARK = sql.raw(`w.project_id as "projectId", w.seq, w.state, w.time_zone as "timeZone", w.has_queue_policy as "hasQueuePolicy",
      w.built_to as "builtTo", w.queue_policy_to as "queuePolicyTo", w.weighed_at as "weighedAt", w.facts, w.folded_at as "foldedAt"`);

/**
 * Gives projects without a watermark one, to be built, and has those built anew whose zone is another by now; all of them, or one. What was
 * sealed before is in the tables that are read from then on, so the events to fold begin behind it.
 */
export async function openWatermarks(db: Db, only: string | null, now: Date): Promise<void> {
  await db.execute(sql`/* openWatermarks */
    insert into rollup_watermarks as w (project_id, seq, state, time_zone, folded_at)
    select p.id, coalesce((select max(s.seq) from event_seals s where s.project_id = p.id), 0), 'BUILDING', p.time_zone, ${at(now)}
    from projects p left join rollup_watermarks o on o.project_id = p.id
    where o.time_zone is distinct from p.time_zone and p.id <> ${SYSTEM_PROJECT_ID} and (${only}::uuid is null or p.id = ${only})
    on conflict (project_id) do update set seq = excluded.seq, state = excluded.state, time_zone = excluded.time_zone, built_to = null
    where w.time_zone <> excluded.time_zone`);
}

async function lock(db: Db, which: SQL): Promise<Watermark | null> {
  const [row] = await db.execute<Watermark & Record<string, unknown>>(sql`/* lockWatermark */
    select ${WATERMARK} from rollup_watermarks w where ${which}`);
  return row ? { ...row, seq: Number(row.seq), weighedAt: row.weighedAt && new Date(row.weighedAt) } : null;
}

/** The watermark of a project, locked: whoever folds has it to themselves. */
export async function lockWatermark(db: Db, projectId: string): Promise<Watermark | null> {
  return lock(db, sql`w.project_id = ${projectId} for update`);
}

/** A watermark that has something to do, locked; those that are being folded at this moment wait. Tails come before buildings. */
export async function lockNextWatermark(db: Db, weighedBefore: Date): Promise<Watermark | null> {
  return lock(db, sql`w.state = 'BUILDING' or w.queue_policy_to is not null or coalesce(w.weighed_at < ${at(weighedBefore)}, true)
        or exists (select from event_seals s where s.project_id = w.project_id and s.seq > w.seq)
        or not w.has_queue_policy and exists (select from audit_rollups c where c.project_id = w.project_id and c.grain = 'QUEUE_POLICY')
      order by w.state = 'BUILDING', w.project_id limit 1 for update skip locked`);
}

/** All audits are in. */
export async function finishBuilding(db: Db, projectId: string): Promise<void> {
  await db.execute(sql`/* finishBuilding */ update rollup_watermarks set state = 'READY', built_to = null where project_id = ${projectId}`);
}

/**
 * Keeps when grain QUEUE_POLICY was weighed: one that has become worth it is filled from the first fact on, once no cells of an earlier one are left;
 * one that isn't any more is not read.
 */
export async function saveWeighed(db: Db, { projectId, hasQueuePolicy }: Watermark, isWorth: boolean, now: Date): Promise<void> {
  await db.execute(sql`/* weighed */ update rollup_watermarks set weighed_at = ${at(now)}, has_queue_policy = ${hasQueuePolicy && isWorth},
    queue_policy_to = case when not exists (select from audit_rollups where project_id = ${projectId} and grain = 'QUEUE_POLICY')
      then ${isWorth && !hasQueuePolicy ? NIL : null}::uuid end where project_id = ${projectId}`);
}
