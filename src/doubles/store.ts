import { and, eq, isNotNull, isNull, lt, sql } from "drizzle-orm";
import type { Lease } from "../audits/publication.rules.ts";
import { type AuditRow, audits } from "../audits/table.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import type { List } from "../db/lists.ts";
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
  ownLabelerIds: readonly string[];
  now: Date;
}

const at = (time: Date) => sql`${time.toISOString()}::timestamptz`;

// What an audit copies from the one that it judges again.
const COPIED = [
  "sample_id", "decision_id", "run_id", "stratum_id", "layer", "purpose", "scorecard_version_id", "policy_version_id", "content_ref", "content_hash",
  "modality", "language", "queue_id", "labeler_id", "vendor_id", "site_id", "team_id", "policy_id", "market", "decided_at",
];
const FACTS = sql.raw(COPIED.join(", "));
const FACTS_OF_FIRST = sql.raw(COPIED.map((column) => `p.${column}`).join(", "));

/**
 * Gives the auditor the double audits that are due next, each as a blind draft of their own; the drafts' ids. Nobody audits themselves, nor
 * what they audited first. What somebody else takes at this moment is passed over.
 */
export async function claimSeconds(db: Db, claim: SecondClaim): Promise<string[]> {
  const { projectId, auditorId, now, vendorId, teamId } = claim;
  const ids = Array.from({ length: claim.count }, () => newId(now));
  const rows = await db.execute<{ id: string }>(sql`/* claimSecondAudits */
    with waiting as (
      select d.id, d.primary_audit_id, d.due_at from double_audits d
      join audits p on p.project_id = d.project_id and p.id = d.primary_audit_id
      where d.project_id = ${projectId} and d.resolved_at is null and d.second_audit_id is null and d.due_at > ${at(now)}
        and d.primary_auditor_id <> ${auditorId} and not exists (
          select from audits v where v.project_id = p.project_id and v.of_audit_id = p.id and v.auditor_id = ${auditorId})
        and p.state = 'DOUBLE_PENDING' and p.layer = ${claim.layer}
        and p.labeler_id <> all (${array(claim.ownLabelerIds, "uuid")})
        and (${vendorId}::uuid is null or p.vendor_id = ${vendorId}) and (${teamId}::uuid is null or p.team_id = ${teamId})
      order by d.due_at, d.id limit ${claim.count} for update of d skip locked
    ), named as (
      select w.*, m.audit_id from (select *, row_number() over (order by due_at, id) as place from waiting) w
      join unnest(${array(ids, "uuid")}) with ordinality as m (audit_id, place) using (place)
    ), made as (
      insert into audits (project_id, id, of_audit_id, auditor_id, role, is_blind, state, ${FACTS}, created_at, updated_at)
      select p.project_id, n.audit_id, p.id, ${auditorId}::uuid, 'SECOND', true, 'DRAFT', ${FACTS_OF_FIRST}, ${at(now)}, ${at(now)}
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

/** Ends locked double audits, all in one statement. Second audits that were not submitted are void. */
export async function endDoubles(db: Db, ends: readonly End[], now: Date): Promise<void> {
  const column = (type: string, read: (end: End) => unknown) => array(ends.map(read), type);
  await db.execute(sql`/* endDoubleAudits */
    with ended as (
      select * from unnest(${column("uuid", ({ ending }) => ending.projectId)}, ${column("uuid", ({ ending }) => ending.id)},
        ${column("uuid", ({ ending }) => ending.primaryAuditId)}, ${column("uuid", ({ ending }) => ending.secondAuditId)},
        ${column("timestamptz", ({ windowDueAt }) => windowDueAt?.toISOString() ?? null)}, ${column("text", ({ outcome }) => outcome)},
        ${column("uuid", ({ adjudicatorId }) => adjudicatorId)}) as e (project_id, id, primary_id, second_id, window_due_at, outcome, adjudicator_id)
    ), doubles as (
      update double_audits d set outcome = e.outcome, adjudicator_id = e.adjudicator_id, version = d.version + 1, updated_at = ${at(now)},
        resolved_at = case when e.outcome is null then null else ${at(now)} end
      from ended e where d.project_id = e.project_id and d.id = e.id
    ), seconds as (
      update audits s set state = 'VOIDED', void_reason = 'The double audit has ended.', version = s.version + 1, updated_at = ${at(now)}
      from ended e where s.project_id = e.project_id and s.id = e.second_id and s.state in ('DRAFT', 'REVEALED')
    )
    update audits p set version = p.version + 1, updated_at = ${at(now)}, window_due_at = e.window_due_at,
      state = case when e.outcome is null then 'ADJUDICATION' else 'PUBLISHED' end,
      published_at = case when e.outcome is null then p.published_at else ${at(now)} end, is_partner_visible = e.outcome is not null
    from ended e where p.project_id = e.project_id and p.id = e.primary_id`);
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

/** The audit with the lease of its sample as far as the viewer sees that, neither locked; null if absent or hidden. */
export async function findAudit(db: Db, { projectId, id }: ProjectKey): Promise<(AuditRow & { lease: Lease | null }) | null> {
  const [row] = await db
    .select({ audit: audits, lease: { state: samples.state, leaseUntil: samples.leaseUntil } })
    .from(audits)
    .leftJoin(samples, and(eq(samples.projectId, audits.projectId), eq(samples.id, audits.sampleId)))
    .where(and(eq(audits.projectId, projectId), eq(audits.id, id)));
  return row ? { ...row.audit, lease: row.lease } : null;
}
