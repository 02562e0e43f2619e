import { and, eq, sql } from "drizzle-orm";
import { idFloor, newId, type ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import { at } from "../db/times.ts";
import { type SampleRow, samples } from "./table.ts";

/** Samples are drawn by hand from a project in turns, until the end of the transaction. */
export async function lockTargets(db: Db, projectId: string): Promise<void> {
  await db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${projectId}, 7361010)) /* lockTargets */`);
}

/** Those of these decisions of a project that the viewer sees. */
export async function listDecisions(db: Db, projectId: string, ids: readonly string[]): Promise<ProjectKey[]> {
  return [...await db.execute<{ projectId: string; id: string }>(sql`/* decisionsToDraw */
    select project_id as "projectId", id from decisions where project_id = ${projectId} and id = any (${array(ids, "uuid")})`)];
}

/** Those of these decisions that wait for an audit of the layer, or are in one. */
export async function listWaiting(db: Db, projectId: string, layer: SampleRow["layer"], decisionIds: readonly string[]): Promise<Set<string>> {
  const rows = await db.execute<{ id: string }>(sql`/* waitingDecisions */
    select decision_id as id from samples where project_id = ${projectId} and decision_id = any (${array(decisionIds, "uuid")}) and layer = ${layer}
      and state in ('DRAWN', 'IN_AUDIT')`);
  return new Set(rows.map(({ id }) => id));
}

/** What samples drawn by hand have in common. */
export interface Target {
  projectId: string;
  layer: SampleRow["layer"];
  isBlind: boolean;
  reason: string;
  dueAt: Date;
  drawnAt: Date;
}

/** Draws decisions by hand, in their order, with content and facts copied; the new samples' ids, in that order too. */
export async function insertTargeted(db: Db, target: Target, decisionIds: readonly string[]): Promise<string[]> {
  const { projectId, dueAt, drawnAt } = target;
  const ids = decisionIds.map(() => newId(drawnAt));
  await db.execute(sql`/* addTargetedSamples */
    insert into samples (project_id, id, decision_id, purpose, layer, draw_order, is_blind, state, due_at, reason, content_ref, content_hash, modality,
      language, queue_id, labeler_id, vendor_id, site_id, team_id, policy_id, market, decided_at, created_at, updated_at)
    select d.project_id, named.id, d.id, 'TARGETED', ${target.layer}, named.place, ${target.isBlind}::bool, 'DRAWN', ${at(dueAt)}, ${target.reason},
      d.content_ref, d.content_hash, d.modality, d.language, d.queue_id, d.labeler_id, d.vendor_id, d.site_id, d.team_id, d.policy_id, d.market,
      d.decided_at, ${at(drawnAt)}, ${at(drawnAt)}
    from unnest(${array(ids, "uuid")}, ${array(decisionIds, "uuid")}) with ordinality as named (id, decision_id, place)
    join decisions d on d.project_id = ${projectId} and d.id = named.decision_id`);
  return ids;
}

/** The sample, locked; null if absent or hidden. */
export async function lockSample(db: Db, { projectId, id }: ProjectKey): Promise<SampleRow | null> {
  const [row] = await db.select().from(samples).where(and(eq(samples.projectId, projectId), eq(samples.id, id))).for("update");
  return row ?? null;
}

/** An audit that ends with its sample: who made it, and the state it left. */
export interface EndedAudit {
  id: string;
  state: string;
  auditorId: string;
}

/** Ends a sample before its audit is submitted, for good. The audit that was open on it is void; null if there was none. */
export async function endSample(
  db: Db,
  { projectId, id }: ProjectKey,
  { state, reason }: { state: "VOID" | "EXPIRED"; reason: SampleRow["voidReason"] },
  now: Date,
): Promise<EndedAudit | null> {
  const [ended] = await db.execute<EndedAudit & Record<string, unknown>>(sql`/* endSample */
    with open as (
      select * from audits where project_id = ${projectId} and sample_id = ${id} and role = 'PRIMARY' and state in ('DRAFT', 'REVEALED') for update
    ), voided as (
      update audits a set state = 'VOIDED', void_reason = ${reason ?? state}, version = a.version + 1, updated_at = ${at(now)}
      from open where a.project_id = ${projectId} and a.id = open.id
    ), ended as (
      update samples set state = ${state}, void_reason = ${reason}, lease_until = null, version = version + 1, updated_at = ${at(now)}
      where project_id = ${projectId} and id = ${id}
    )
    select id, state, auditor_id as "auditorId" from open`);
  return ended ?? null;
}

/** Samples of decisions made from then to then that have waited since before `closedAt`. */
export interface Waiting {
  projectId: string;
  from: Date;
  to: Date;
  closedAt: Date;
}

/** A sample that was given up, with the audit that was kept for its auditor, if any. */
export type Expired = Pick<SampleRow, "projectId" | "id" | "assigneeId" | "layer" | "vendorId" | "teamId"> & { audit: EndedAudit | null };

/** Gives up to `most` waiting samples up, with the audits kept for those who had claimed them. One that came to wait later stays. */
export async function expireSamples(db: Db, { projectId, from, to, closedAt }: Waiting, most: number, now: Date): Promise<Expired[]> {
  return [...await db.execute<Expired & Record<string, unknown>>(sql`/* expireSamples */
    with due as (
      select * from samples where project_id = ${projectId} and state = 'DRAWN' and decision_id >= ${idFloor(from)}::uuid
        and decision_id < ${idFloor(to)}::uuid and updated_at <= ${at(closedAt)}
      order by id limit ${most} for update
    ), open as (
      select a.* from audits a join due d on d.project_id = a.project_id and d.id = a.sample_id
      where a.role = 'PRIMARY' and a.state in ('DRAFT', 'REVEALED') for update of a
    ), voided as (
      update audits a set state = 'VOIDED', void_reason = 'EXPIRED', version = a.version + 1, updated_at = ${at(now)}
      from open o where a.project_id = o.project_id and a.id = o.id
    ), ended as (
      update samples s set state = 'EXPIRED', lease_until = null, version = s.version + 1, updated_at = ${at(now)}
      from due d where s.project_id = d.project_id and s.id = d.id
    )
    select d.project_id as "projectId", d.id, d.assignee_id as "assigneeId", d.layer, d.vendor_id as "vendorId", d.team_id as "teamId",
      case when o.id is not null then json_build_object('id', o.id, 'state', o.state, 'auditorId', o.auditor_id) end as audit
    from due d left join open o on o.project_id = d.project_id and o.sample_id = d.id`)];
}

/**
 * Draws the next decision of a sample's stratum in its seeded order that is not drawn yet, in that sample's place and with its probability;
 * the new sample's id. Null if the order is at its end, or the run's method has none. Voided samples of a stratum are replaced in turns.
 */
export async function replaceSample(db: Db, { projectId, id, stratumId }: SampleRow, dueAt: Date, now: Date): Promise<string | null> {
  await db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${stratumId}, 7361011)) /* lockReserves */`);
  const [made] = await db.execute<{ id: string }>(sql`/* replaceSample */
    insert into samples (project_id, id, decision_id, run_id, stratum_id, purpose, layer, inclusion_probability, draw_order, is_blind, is_double, state,
      due_at, replaces_id, content_ref, content_hash, modality, language, queue_id, labeler_id, vendor_id, site_id, team_id, policy_id, market,
      decided_at, created_at, updated_at)
    select s.project_id, ${newId(now)}::uuid, d.id, s.run_id, s.stratum_id, s.purpose, s.layer, s.inclusion_probability, next.draw_order, s.is_blind,
      s.is_double, 'DRAWN', ${at(dueAt)}, s.id, d.content_ref, d.content_hash, d.modality, d.language, d.queue_id, d.labeler_id, d.vendor_id,
      d.site_id, d.team_id, d.policy_id, d.market, d.decided_at, ${at(now)}, ${at(now)}
    from samples s
    join sampling_runs r on r.project_id = s.project_id and r.id = s.run_id and r.method in ('SIMPLE_RANDOM', 'STRATIFIED')
    cross join lateral (
      select draw_order, decision_id from sample_reserves reserve
      where reserve.project_id = s.project_id and reserve.stratum_id = s.stratum_id and not exists (select from samples taken
        where taken.project_id = s.project_id and taken.run_id = s.run_id and taken.decision_id = reserve.decision_id)
      order by draw_order limit 1
    ) next
    join decisions d on d.project_id = s.project_id and d.id = next.decision_id
    where s.project_id = ${projectId} and s.id = ${id}
    returning id`);
  return made?.id ?? null;
}
