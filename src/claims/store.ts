import { and, eq, type SQL, sql } from "drizzle-orm";
import type { AuditRow } from "../audits/table.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import { type SampleRow, samples } from "../samples/table.ts";

/** Which samples an auditor may claim. */
export interface Claim {
  projectId: string;
  layer: AuditRow["layer"];
  auditorId: string;
  count: number;
  /** Of a vendor's auditor: its own vendor's decisions, and of one team if the grant names it. */
  vendorId: string | null;
  teamId: string | null;
  /** The auditor's own labeler records: nobody audits themselves. */
  ownLabelerIds: readonly string[];
  leaseUntil: Date;
  now: Date;
}

const at = (time: Date) => sql`${time.toISOString()}::timestamptz`;

function isOneOf(column: string, value: string | null): SQL {
  return value ? sql` and ${sql.raw(column)} = ${value}` : sql``;
}

/** A claimed sample, and whose lease on it had ended. */
export interface Claimed {
  id: string;
  heldById: string | null;
}

/**
 * Leases the next waiting samples: first those that this auditor's lease ended on, then by due time and id. Samples that somebody else is
 * claiming at this moment are passed over, so that claims neither share a sample nor wait for each other.
 */
export async function leaseSamples(db: Db, claim: Claim): Promise<Claimed[]> {
  const { projectId, auditorId, count } = claim;
  const waiting = sql`from samples where project_id = ${projectId} and layer = ${claim.layer} and state = 'DRAWN'`;
  return [...await db.execute<{ id: string; heldById: string | null }>(sql`/* claimSamples */
    with mine as (
      select id, assignee_id ${waiting} and assignee_id = ${auditorId} order by due_at, id limit ${count} for update skip locked
    ), others as (
      select id, assignee_id ${waiting} and assignee_id is distinct from ${auditorId}::uuid and ${auditorId}::uuid <> all (skipped_by_ids)
        and labeler_id <> all (${array(claim.ownLabelerIds, "uuid")})${isOneOf("vendor_id", claim.vendorId)}${isOneOf("team_id", claim.teamId)}
      order by due_at, id limit ${count}::int - (select count(*) from mine) for update skip locked
    ), picked as (select * from mine union all select * from others), leased as (
      update samples s set state = 'IN_AUDIT', assignee_id = ${auditorId}, lease_until = ${at(claim.leaseUntil)}, version = s.version + 1,
        updated_at = ${at(claim.now)}
      from picked where s.project_id = ${projectId} and s.id = picked.id
      returning s.id, s.due_at, picked.assignee_id
    )
    select id, assignee_id as "heldById" from leased order by due_at, id`)];
}

/** What an event about an audit says of it. */
export type Voided = Pick<AuditRow, "projectId" | "id" | "state" | "layer" | "auditorId" | "vendorId" | "teamId">;

/**
 * Voids the audits that others keep on these claimed samples, since their leases have ended; the voided ones, with the state they left. An
 * auditor who has seen the decision is not offered it again.
 */
export async function voidKept(db: Db, { projectId, auditorId, now }: Claim, sampleIds: readonly string[]): Promise<Voided[]> {
  return [...await db.execute<Voided & Record<string, unknown>>(sql`/* voidKeptAudits */
    with kept as (
      select * from audits where project_id = ${projectId} and sample_id = any (${array(sampleIds, "uuid")}) and auditor_id <> ${auditorId}
        and role = 'PRIMARY' and state in ('DRAFT', 'REVEALED') for update
    ), voided as (
      update audits a set state = 'VOIDED', version = a.version + 1, updated_at = ${at(now)}
      from kept where a.project_id = ${projectId} and a.id = kept.id
    ), seen as (
      update samples s set skipped_by_ids = array_append(s.skipped_by_ids, kept.auditor_id)
      from kept where kept.state = 'REVEALED' and s.project_id = ${projectId} and s.id = kept.sample_id
    )
    select project_id as "projectId", id, state, layer, auditor_id as "auditorId", vendor_id as "vendorId", team_id as "teamId" from kept`)];
}

/** An audit and its sample. */
export interface Opened {
  id: string;
  sampleId: string;
}

/** The auditor's audit of each claimed sample: the one kept from an earlier lease, or a new draft with the facts copied. */
export async function openAudits(db: Db, { projectId, auditorId, now }: Claim, sampleIds: readonly string[]): Promise<Opened[]> {
  const ids = sampleIds.map(() => newId(now));
  return [...await db.execute<Opened & Record<string, unknown>>(sql`/* openAudits */
    with claimed as (select * from unnest(${array(sampleIds, "uuid")}, ${array(ids, "uuid")}) as c (sample_id, audit_id)),
    kept as (
      select a.id, a.sample_id from audits a join claimed c on a.sample_id = c.sample_id
      where a.project_id = ${projectId} and a.auditor_id = ${auditorId} and a.role = 'PRIMARY' and a.state in ('DRAFT', 'REVEALED')
    ), made as (
      insert into audits (project_id, id, sample_id, decision_id, run_id, stratum_id, auditor_id, role, layer, purpose, is_blind, state,
        scorecard_version_id, policy_version_id, content_ref, content_hash, modality, language, queue_id, labeler_id, vendor_id, site_id, team_id,
        policy_id, market, decided_at, created_at, updated_at)
      select s.project_id, c.audit_id, s.id, s.decision_id, s.run_id, s.stratum_id, ${auditorId}::uuid, 'PRIMARY', s.layer, s.purpose, s.is_blind, 'DRAFT',
        (select v.id from queues q join scorecard_versions v on v.scorecard_id = q.scorecard_id and v.state = 'PUBLISHED'
          where q.project_id = s.project_id and q.id = s.queue_id order by v.number desc limit 1),
        (select d.policy_version_id from decisions d where d.project_id = s.project_id and d.id = s.decision_id),
        s.content_ref, s.content_hash, s.modality, s.language, s.queue_id, s.labeler_id, s.vendor_id, s.site_id, s.team_id, s.policy_id, s.market,
        s.decided_at, ${at(now)}, ${at(now)}
      from claimed c join samples s on s.project_id = ${projectId} and s.id = c.sample_id
      where not exists (select from kept where kept.sample_id = s.id)
      returning id, sample_id
    )
    select id, sample_id as "sampleId" from kept union all select id, sample_id from made`)];
}

/** The sample, locked; null if absent or hidden. */
export async function lockSample(db: Db, { projectId, id }: ProjectKey): Promise<SampleRow | null> {
  const [row] = await db.select().from(samples).where(and(eq(samples.projectId, projectId), eq(samples.id, id))).for("update");
  return row ?? null;
}

/**
 * Gives a leased sample back and voids its open audit, which is returned with the state it left. An auditor who has seen the decision is not
 * offered it again.
 */
export async function returnSample(db: Db, { projectId, id }: ProjectKey, now: Date): Promise<Voided> {
  const [voided] = await db.execute<Voided & Record<string, unknown>>(sql`/* releaseSample */
    with open as (
      select * from audits where project_id = ${projectId} and sample_id = ${id} and role = 'PRIMARY' and state in ('DRAFT', 'REVEALED') for update
    ), voided as (
      update audits a set state = 'VOIDED', version = a.version + 1, updated_at = ${at(now)}
      from open where a.project_id = ${projectId} and a.id = open.id
    ), returned as (
      update samples s set state = 'DRAWN', assignee_id = null, lease_until = null, version = s.version + 1, updated_at = ${at(now)},
        skipped_by_ids = case when open.state = 'REVEALED' then array_append(s.skipped_by_ids, open.auditor_id) else s.skipped_by_ids end
      from open where s.project_id = ${projectId} and s.id = ${id}
    )
    select project_id as "projectId", id, state, layer, auditor_id as "auditorId", vendor_id as "vendorId", team_id as "teamId" from open`);
  return voided!;
}

/** Returns up to `most` samples whose lease is over; their audits stay with their auditors. Those being worked on at this moment wait. */
export async function returnEnded(db: Db, now: Date, most: number): Promise<{ projectId: string; id: string; auditorId: string }[]> {
  return [...await db.execute<{ projectId: string; id: string; auditorId: string }>(sql`/* endLeases */
    with ended as (
      select project_id, id from samples where state = 'IN_AUDIT' and lease_until <= ${at(now)} order by lease_until limit ${most} for update skip locked
    )
    update samples s set state = 'DRAWN', lease_until = null, version = s.version + 1, updated_at = ${at(now)}
    from ended where s.project_id = ended.project_id and s.id = ended.id
    returning s.project_id as "projectId", s.id, s.assignee_id as "auditorId"`)];
}
