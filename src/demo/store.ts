import { and, eq, gt, inArray, isNull, sql } from "drizzle-orm";
import type { VerdictRow } from "../verdicts/table.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import { apiClients, principals } from "../grants/table.ts";
import { ISSUER, SCORECARD } from "./rules.ts";

/** Loads of the demo take turns until the end of the transaction. */
export async function lockDemo(db: Db): Promise<void> {
  await db.execute(sql`select pg_advisory_xact_lock(7361010)`);
}

/** The ids of the demo's principals by subject; none if the demo was not loaded. */
export async function findPrincipals(db: Db): Promise<Map<string, string>> {
  const rows = await db.select({ subject: principals.subject, id: principals.id }).from(principals).where(eq(principals.issuer, ISSUER));
  return new Map(rows.map((row) => [row.subject!, row.id]));
}

/** Whose the keys with these hashes are, as far as they stand until that time. */
export async function findKeyOwners(db: Db, hashes: readonly string[], until: Date): Promise<Map<string, string>> {
  const rows = await db
    .select({ keyHash: apiClients.keyHash, principalId: apiClients.principalId })
    .from(apiClients)
    .where(and(inArray(apiClients.keyHash, [...hashes]), isNull(apiClients.revokedAt), gt(apiClients.expiresAt, until)));
  return new Map(rows.map((row) => [row.keyHash, row.principalId]));
}

/** A sample with what its labeler decided. */
export interface Drawn {
  id: string;
  decisionId: string;
  policyId: string;
  policyVersionId: string | null;
  action: string | null;
}

/** The samples of a run in the order of the draw. */
export async function listDrawn(db: Db, projectId: string, runId: string): Promise<Drawn[]> {
  return [...await db.execute<Drawn & Record<string, unknown>>(sql`/* demoSamples */
    select s.id, s.decision_id as "decisionId", s.policy_id as "policyId", d.policy_version_id as "policyVersionId", d.action
    from samples s cross join lateral (
      select policy_version_id, action from decisions where project_id = s.project_id and id = s.decision_id limit 1) d
    where s.project_id = ${projectId} and s.run_id = ${runId} order by s.draw_order`)];
}

/** An audit as it stands after its last verb, and its one verdict. */
export interface AuditDraft extends Pick<VerdictRow, "truthPolicyId" | "truthAction" | "outcome" | "errorType" | "attribution"> {
  sampleId: string;
  auditId: string;
  verdictId: string;
  auditorId: string;
  policyVersionId: string | null;
  claimedAt: Date;
  revealedAt: Date;
  submittedAt: Date;
  publishDueAt: Date;
  publishedAt: Date | null;
}

type Column = readonly [column: string, type: string, value: (draft: AuditDraft) => unknown];

const STEPS: readonly Column[] = [
  ["sample_id", "uuid", (draft) => draft.sampleId],
  ["audit_id", "uuid", (draft) => draft.auditId],
  ["auditor_id", "uuid", (draft) => draft.auditorId],
  ["policy_version_id", "uuid", (draft) => draft.policyVersionId],
  ["claimed_at", "timestamptz", (draft) => draft.claimedAt],
  ["revealed_at", "timestamptz", (draft) => draft.revealedAt],
  ["submitted_at", "timestamptz", (draft) => draft.submittedAt],
  ["publish_due_at", "timestamptz", (draft) => draft.publishDueAt],
  ["published_at", "timestamptz", (draft) => draft.publishedAt],
];
const JUDGEMENTS: readonly Column[] = [
  ["audit_id", "uuid", (draft) => draft.auditId],
  ["verdict_id", "uuid", (draft) => draft.verdictId],
  ["truth_policy_id", "uuid", (draft) => draft.truthPolicyId],
  ["truth_action", "text", (draft) => draft.truthAction],
  ["outcome", "text", (draft) => draft.outcome],
  ["error_type", "text", (draft) => draft.errorType],
  ["attribution", "text", (draft) => draft.attribution],
];
const FACTS = ["queue_id", "labeler_id", "vendor_id", "site_id", "team_id", "policy_id", "market", "decided_at"];
const CONTENT = ["content_ref", "content_hash", "modality", "language"];
const COPIED = ["project_id", "decision_id", "run_id", "stratum_id", "layer", "purpose", "is_blind", ...CONTENT, ...FACTS];
const list = (columns: readonly string[], table = "") => sql.raw(columns.map((column) => table + column).join(", "));

function told(columns: readonly Column[], drafts: readonly AuditDraft[]) {
  const arrays = columns.map(([, type, value]) => array(drafts.map(value), type));
  return sql`(select * from unnest(${sql.join(arrays, sql`, `)}) as told(${list(columns.map(([column]) => column))})) t`;
}

/**
 * Writes audits of samples of one project as claimSamples, lockTruth, submitAudit and publishAudit would have left them: rows, versions and
 * verdict 1 are theirs. Events of the single steps are not written, since nobody followed them. One statement a table, so that key checks
 * are planned on a table that is full: their plans are kept, and one made on an empty table read all of it for each row (tried).
 */
export async function insertAudits(db: Db, projectId: string, scorecardVersionId: string, drafts: readonly AuditDraft[]): Promise<void> {
  await db.execute(sql`/* demoAudits */
    insert into audits (id, sample_id, auditor_id, role, state, scorecard_version_id, policy_version_id, revealed_at, submitted_at, publish_due_at,
      published_at, is_partner_visible, version, created_at, updated_at, ${list(COPIED)})
    select t.audit_id, s.id, t.auditor_id, 'PRIMARY', case when t.published_at is null then 'SUBMITTED' else 'PUBLISHED' end,
      ${scorecardVersionId}::uuid, t.policy_version_id, t.revealed_at, t.submitted_at, t.publish_due_at, t.published_at, t.published_at is not null,
      case when t.published_at is null then 3 else 4 end, t.claimed_at, coalesce(t.published_at, t.submitted_at), ${list(COPIED, "s.")}
    from ${told(STEPS, drafts)} join samples s on s.project_id = ${projectId} and s.id = t.sample_id`);
  await db.execute(sql`/* demoSamplesAudited */
    update samples s set state = 'AUDITED', assignee_id = t.auditor_id, version = s.version + 2, updated_at = t.submitted_at
    from ${told(STEPS, drafts)} where s.project_id = ${projectId} and s.id = t.sample_id`);
  await db.execute(sql`/* demoVerdicts */
    insert into verdicts (id, audit_id, decision_id, number, outcome, truth_policy_id, truth_action, error_type, attribution, reason, is_after_reveal, actor_id,
      recorded_at, project_id, ${list(FACTS)})
    select t.verdict_id, a.id, a.decision_id, 1, t.outcome, t.truth_policy_id, t.truth_action, t.error_type, t.attribution, 'INITIAL', false, a.auditor_id,
      a.revealed_at, a.project_id, ${list(FACTS, "a.")}
    from ${told(JUDGEMENTS, drafts)} join audits a on a.project_id = ${projectId} and a.id = t.audit_id`);
}

/** The published version of the demo's scorecard. */
export async function getScorecardVersion(db: Db): Promise<string> {
  const [row] = await db.execute<{ id: string }>(sql`select v.id from scorecard_versions v join scorecards s on s.id = v.scorecard_id
    where s.code = ${SCORECARD} and v.state = 'PUBLISHED'`);
  return row!.id;
}
