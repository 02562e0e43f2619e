import { and, eq, isNotNull, isNull, lt, sql } from "drizzle-orm";
import type { Lease } from "../audits/publication.rules.ts";
import { type AuditRow, audits } from "../audits/table.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import type { List } from "../db/lists.ts";
import { at } from "../db/times.ts";
import { samples } from "../samples/table.ts";
import type { Agreement } from "./rules.ts";
import { doubleAuditEntity, type DoubleAuditRow } from "./table.ts";

/** What of a double audit may be asked for. */
export interface DoubleAuditFilter {
  isResolved?: boolean | null;
  outcomes?: NonNullable<DoubleAuditRow["outcome"]>[] | null;
  queueIds?: string[] | null;
  dueBefore?: Date | null;
  updatedAfter?: Date | null;
}

export const doubleAuditList: List<DoubleAuditRow, DoubleAuditFilter> = {
  entity: doubleAuditEntity,
  where: (t, filter) => [
    filter.isResolved == null ? undefined : filter.isResolved ? isNotNull(t.resolvedAt!) : isNull(t.resolvedAt!),
    filter.outcomes ? sql`${t.outcome!} = any (${array(filter.outcomes, "text")})` : undefined,
    filter.queueIds ? sql`${t.queueId!} = any (${array(filter.queueIds, "uuid")})` : undefined,
    filter.dueBefore ? lt(t.dueAt!, filter.dueBefore) : undefined,
    filter.updatedAfter ? sql`${t.updatedAt!} > ${filter.updatedAfter.toISOString()}::timestamptz` : undefined,
  ],
  orders: { ID: "id", DUE_AT: "dueAt", UPDATED_AT: "updatedAt" },
};

/** Which second audits an auditor may take. */
export interface SecondClaim {
  projectId: string;
  layer: AuditRow["layer"];
  auditorId: string;
  count: number;
  vendorId: string | null;
  teamId: string | null;
  now: Date;
}

// What an audit copies from the one that it judges again.
const COPIED = [
  "sample_id", "decision_id", "run_id", "stratum_id", "layer", "purpose", "scorecard_version_id", "policy_version_id", "content_ref", "content_hash",
  "modality", "language", "queue_id", "labeler_id", "vendor_id", "site_id", "team_id", "policy_id", "market", "decided_at",
];
const FACTS = sql.raw(COPIED.join(", "));
const FACTS_OF_FIRST = sql.raw(COPIED.map((column) => `p.${column}`).join(", "));

/**
 * Gives the auditor the double audits that are due next, each as a blind draft of their own; the drafts' ids. Nobody audits themselves, nor
 * a decision that they have seen, nor what their profile leaves out. What somebody else takes at this moment is passed over.
 */
export async function claimSeconds(db: Db, claim: SecondClaim): Promise<string[]> {
  const { projectId, auditorId, now, vendorId, teamId } = claim;
  const ids = Array.from({ length: claim.count }, () => newId(now));
  const rows = await db.execute<{ id: string }>(sql`/* claimSecondAudits */
    with waiting as (
      select d.id, d.primary_audit_id, d.due_at from double_audits d
      join audits p on p.project_id = d.project_id and p.id = d.primary_audit_id
      join queues q on q.project_id = p.project_id and q.id = p.queue_id
      left join auditor_profiles pr on pr.project_id = d.project_id and pr.principal_id = ${auditorId}
      where d.project_id = ${projectId} and d.resolved_at is null and d.second_audit_id is null and d.due_at > ${at(now)}
        and d.primary_auditor_id <> ${auditorId} and not exists (
          select from audits seen where seen.project_id = p.project_id and seen.decision_id = p.decision_id and seen.auditor_id = ${auditorId}
            and (seen.revealed_at is not null or seen.of_audit_id = p.id))
        and not exists (select from role_grants g where g.principal_id = ${auditorId} and g.labeler_id = p.labeler_id)
        and q.required_skills <@ coalesce(pr.skills, '{}') and (cardinality(coalesce(pr.markets, '{}')) = 0 or p.market = any (pr.markets))
        and (cardinality(coalesce(pr.languages, '{}')) = 0 or p.language is null or p.language = any (pr.languages))
        and p.state = 'DOUBLE_PENDING' and p.layer = ${claim.layer}
        and (${vendorId}::uuid is null or p.vendor_id = ${vendorId}) and (${teamId}::uuid is null or p.team_id = ${teamId})
      order by d.due_at, d.id limit ${claim.count} for update of d skip locked
    ), named as (
      select w.*, m.audit_id from (select *, row_number() over (order by due_at, id) as place from waiting) w
      join unnest(${array(ids, "uuid")}) with ordinality as m (audit_id, place) using (place)
    ), made as (
      insert into audits (project_id, id, of_audit_id, auditor_id, role, is_blind, state, due_at, ${FACTS}, created_at, updated_at)
      select p.project_id, n.audit_id, p.id, ${auditorId}::uuid, 'SECOND', true, 'DRAFT', n.due_at, ${FACTS_OF_FIRST}, ${at(now)}, ${at(now)}
      from named n join audits p on p.project_id = ${projectId} and p.id = n.primary_audit_id
    ), taken as (
      update double_audits d set second_audit_id = n.audit_id, second_auditor_id = ${auditorId}, version = d.version + 1, updated_at = ${at(now)}
      from named n where d.project_id = ${projectId} and d.id = n.id
    )
    select audit_id as id from named order by place`);
  return rows.map(({ id }) => id);
}

/** A double audit with what its end says of the first audit. */
export interface Ending extends ProjectKey {
  primaryAuditId: string;
  secondAuditId: string | null;
  layer: AuditRow["layer"];
  auditorId: string;
  vendorId: string;
  siteId: string | null;
  teamId: string | null;
  labelerId: string;
}

const ENDING = sql.raw(`d.project_id as "projectId", d.id, d.primary_audit_id as "primaryAuditId", d.second_audit_id as "secondAuditId", p.layer,
  p.auditor_id as "auditorId", p.vendor_id as "vendorId", p.site_id as "siteId", p.team_id as "teamId", p.labeler_id as "labelerId"`);

const PENDING = sql.raw(`from double_audits d join audits p on p.project_id = d.project_id and p.id = d.primary_audit_id and p.state = 'DOUBLE_PENDING'
  left join audits s on s.project_id = d.project_id and s.id = d.second_audit_id
  where d.resolved_at is null`);

/** Up to `most` double audits whose second audit is submitted, locked, with what each auditor found. Those being worked on at this moment wait. */
export async function lockComparable(db: Db, most: number): Promise<(Ending & { primary: Agreement; second: Agreement })[]> {
  const found = (audit: string) => sql`(select jsonb_build_object('outcome', v.outcome, 'truthPolicyId', v.truth_policy_id, 'truthAction', v.truth_action)
    from verdicts v where v.project_id = d.project_id and v.audit_id = d.${sql.raw(audit)} order by v.number desc limit 1)`;
  return [...await db.execute<Ending & { primary: Agreement; second: Agreement } & Record<string, unknown>>(sql`/* comparableDoubleAudits */
    select ${ENDING}, ${found("primary_audit_id")} as primary, ${found("second_audit_id")} as second
    ${PENDING} and s.state = 'SUBMITTED' order by d.due_at, d.id limit ${most} for update of d, p skip locked`)];
}

/** Up to `most` double audits that nobody finished in time, locked; or that of the first audit asked for, whatever its time. */
export async function lockUnfinished(db: Db, now: Date, most: number, only: ProjectKey | null): Promise<Ending[]> {
  const which = only ? sql`d.project_id = ${only.projectId} and d.primary_audit_id = ${only.id}` : sql`d.due_at <= ${at(now)}`;
  return [...await db.execute<Ending & Record<string, unknown>>(sql`/* unfinishedDoubleAudits */
    select ${ENDING} ${PENDING} and ${which} and (s.id is null or s.state in ('DRAFT', 'REVEALED'))
    order by d.due_at, d.id limit ${most} for update of d, p skip locked`)];
}

/** How a double audit ends: its first audit is published, with its window, or goes to adjudication where the two differ. */
export interface End {
  ending: Ending;
  windowDueAt: Date | null;
  outcome: NonNullable<DoubleAuditRow["outcome"]> | null;
  adjudicatorId: string | null;
}

/** What an event of a second audit says of it. */
export type Unfinished = Pick<AuditRow, "projectId" | "id" | "state" | "layer" | "auditorId" | "vendorId" | "teamId" | "labelerId">;

/** Ends locked double audits, all in one statement. Second audits that were not submitted are void: these, with the state they left. */
export async function endDoubles(db: Db, ends: readonly End[], now: Date): Promise<Unfinished[]> {
  const column = (type: string, read: (end: End) => unknown) => array(ends.map(read), type);
  return [...await db.execute<Unfinished & Record<string, unknown>>(sql`/* endDoubleAudits */
    with ended as (
      select * from unnest(${column("uuid", ({ ending }) => ending.projectId)}, ${column("uuid", ({ ending }) => ending.id)},
        ${column("uuid", ({ ending }) => ending.primaryAuditId)}, ${column("uuid", ({ ending }) => ending.secondAuditId)},
        ${column("timestamptz", ({ windowDueAt }) => windowDueAt?.toISOString() ?? null)}, ${column("text", ({ outcome }) => outcome)},
        ${column("uuid", ({ adjudicatorId }) => adjudicatorId)}) as e (project_id, id, primary_id, second_id, window_due_at, outcome, adjudicator_id)
    ), doubles as (
      update double_audits d set outcome = e.outcome, adjudicator_id = e.adjudicator_id, version = d.version + 1, updated_at = ${at(now)},
        resolved_at = case when e.outcome is null then null else ${at(now)} end
      from ended e where d.project_id = e.project_id and d.id = e.id
    ), unfinished as (
      select s.* from audits s join ended e on s.project_id = e.project_id and s.id = e.second_id where s.state in ('DRAFT', 'REVEALED') for update of s
    ), seconds as (
      update audits s set state = 'VOIDED', void_reason = 'The double audit has ended.', version = s.version + 1, updated_at = ${at(now)}
      from unfinished u where s.project_id = u.project_id and s.id = u.id
    ), firsts as (
        update audits p set version = p.version + 1, updated_at = ${at(now)}, window_due_at = e.window_due_at,
          state = case when e.outcome is null then 'ADJUDICATION' else 'PUBLISHED' end,
          published_at = case when e.outcome is null then p.published_at else ${at(now)} end, is_partner_visible = e.outcome is not null
      from ended e where p.project_id = e.project_id and p.id = e.primary_id
    )
    select project_id as "projectId", id, state, layer, auditor_id as "auditorId", vendor_id as "vendorId", team_id as "teamId", labeler_id as "labelerId" from unfinished`)];
}

/** The double audit of a first audit, with both audits' rows, locked; null if there is none or it has ended. */
export async function lockDisputed(db: Db, { projectId, id }: ProjectKey): Promise<(Ending & { secondAuditorId: string }) | null> {
  const [row] = await db.execute<Ending & { secondAuditorId: string } & Record<string, unknown>>(sql`/* disputedDoubleAudit */
    select ${ENDING}, d.second_auditor_id as "secondAuditorId"
    from double_audits d join audits p on p.project_id = d.project_id and p.id = d.primary_audit_id and p.state = 'ADJUDICATION'
    where d.resolved_at is null and d.project_id = ${projectId} and d.primary_audit_id = ${id} for update of d, p`);
  return row ?? null;
}

/** The audit that an expert judges again, with the facts to copy, into a draft of theirs. */
export async function insertAta(db: Db, { projectId, id }: ProjectKey, ataId: string, auditorId: string, isBlind: boolean, now: Date): Promise<void> {
  await db.execute(sql`/* startAta */
    insert into audits (project_id, id, of_audit_id, auditor_id, role, is_blind, state, ${FACTS}, created_at, updated_at)
    select project_id, ${ataId}::uuid, id, ${auditorId}::uuid, 'ATA', ${isBlind}::bool, 'DRAFT', ${FACTS}, ${at(now)}, ${at(now)}
    from audits where project_id = ${projectId} and id = ${id}`);
}

/** True if the principal is, or was, the labeler of the decision, or has another part in this audit: its second, its adjudicator, or its expert before. */
export async function hasPart(db: Db, { projectId, id }: ProjectKey, principalId: string): Promise<boolean> {
  const [row] = await db.execute<{ has: boolean }>(sql`/* partsInAudit */
    select exists (select from audits a join role_grants g on g.labeler_id = a.labeler_id where a.project_id = ${projectId} and a.id = ${id} and g.principal_id = ${principalId})
      or exists (select from audits o where o.project_id = ${projectId} and o.of_audit_id = ${id} and o.auditor_id = ${principalId} and o.state <> 'VOIDED')
      or exists (select from double_audits d where d.project_id = ${projectId} and d.primary_audit_id = ${id} and d.adjudicator_id = ${principalId}) as has`);
  return row!.has;
}

/** The audit with the lease of its sample as far as the viewer sees that, neither locked; null if absent or hidden. */
export async function findAudit(db: Db, { projectId, id }: ProjectKey): Promise<(AuditRow & { lease: Lease | null }) | null> {
  const [row] = await db
    .select({ audit: audits, lease: { state: samples.state, leaseUntil: samples.leaseUntil } })
    .from(audits)
    .leftJoin(samples, and(eq(samples.projectId, audits.projectId), eq(samples.id, audits.sampleId)))
    .where(and(eq(audits.projectId, projectId), eq(audits.id, id)));
  return row ? { ...row.audit, lease: row.lease } : null;
}
