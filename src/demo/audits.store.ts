import { sql } from "drizzle-orm";
import type { AuditRow } from "../audits/table.ts";
import { newId } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import type { DoubleAuditRow } from "../doubles/table.ts";
import type { Standing, Work } from "../story/audits.rules.ts";
import type { VerdictPlan } from "../story/verdicts.rules.ts";

/** An audit as its verbs have left it. */
export interface AuditDraft extends Standing, Work, Pick<AuditRow, "id" | "auditorId" | "role" | "ofAuditId" | "policyVersionId"> {
  sampleId: string;
  answerPolicyId: string;
  answerAction: string | null;
  guidance: string | null;
  proposedCause: AuditRow["proposedCause"];
  acknowledgement: string | null;
}

/** A double audit as it stands. */
export type DoubleDraft = Pick<
  DoubleAuditRow,
  | "primaryAuditId" | "secondAuditId" | "secondAuditorId" | "dueAt" | "outcome" | "adjudicatorId" | "resolvedAt" | "version" | "createdAt"
  | "updatedAt"
>;

/** Audits of one project with all that belongs to them. */
export interface Drafts {
  audits: AuditDraft[];
  verdicts: VerdictPlan[];
  doubles: DoubleDraft[];
}

type Columns<Row> = readonly (readonly [column: string, type: string, value: (row: Row) => unknown])[];

const AUDIT: Columns<AuditDraft> = [
  ["id", "uuid", (row) => row.id],
  ["auditor_id", "uuid", (row) => row.auditorId],
  ["role", "text", (row) => row.role],
  ["of_audit_id", "uuid", (row) => row.ofAuditId],
  ["state", "text", (row) => row.state],
  ["policy_version_id", "uuid", (row) => row.policyVersionId],
  ["answer_policy_id", "uuid", (row) => row.answerPolicyId],
  ["answer_action", "text", (row) => row.answerAction],
  ["guidance", "text", (row) => row.guidance],
  ["created_at", "timestamptz", (row) => row.claimedAt],
  ["revealed_at", "timestamptz", (row) => row.revealedAt],
  ["submitted_at", "timestamptz", (row) => row.submittedAt],
  ["publish_due_at", "timestamptz", (row) => row.publishDueAt],
  ["published_at", "timestamptz", (row) => row.publishedAt],
  ["window_due_at", "timestamptz", (row) => row.windowDueAt],
  ["acknowledged_at", "timestamptz", (row) => row.acknowledgedAt],
  ["acknowledged_by_id", "uuid", (row) => row.acknowledgedById],
  ["is_auto_acknowledged", "bool", (row) => row.isAutoAcknowledged],
  ["proposed_cause", "text", (row) => row.proposedCause],
  ["acknowledgement", "text", (row) => row.acknowledgement],
  ["version", "int", (row) => row.version],
  ["updated_at", "timestamptz", (row) => row.updatedAt],
];
const VERDICT: Columns<VerdictPlan> = [
  ["id", "uuid", (row) => row.id],
  ["audit_id", "uuid", (row) => row.auditId],
  ["number", "int", (row) => row.number],
  ["outcome", "text", (row) => row.outcome],
  ["truth_policy_id", "uuid", (row) => row.truthPolicyId],
  ["truth_action", "text", (row) => row.truthAction],
  ["error_type", "text", (row) => row.errorType],
  ["attribution", "text", (row) => row.attribution],
  ["process_reason", "text", (row) => row.processReason],
  ["severity", "text", (row) => row.severity],
  ["score", "numeric", (row) => row.score],
  ["cause", "text", (row) => row.cause],
  ["reason", "text", (row) => row.reason],
  ["explanation", "text", (row) => row.explanation],
  ["is_after_reveal", "bool", (row) => row.isAfterReveal],
  ["actor_id", "uuid", (row) => row.actorId],
  ["recorded_at", "timestamptz", (row) => row.recordedAt],
];
const FINDING: Columns<VerdictPlan["findings"][number] & { id: string; verdictId: string }> = [
  ["id", "uuid", (row) => row.id],
  ["verdict_id", "uuid", (row) => row.verdictId],
  ["criterion_id", "uuid", (row) => row.criterionId],
  ["error_code_id", "uuid", (row) => row.errorCodeId],
  ["result", "text", (row) => row.result],
  ["severity", "text", (row) => row.severity],
  ["cause", "text", (row) => row.cause],
];
const DOUBLE: Columns<DoubleDraft & { id: string }> = [
  ["id", "uuid", (row) => row.id],
  ["primary_audit_id", "uuid", (row) => row.primaryAuditId],
  ["second_audit_id", "uuid", (row) => row.secondAuditId],
  ["second_auditor_id", "uuid", (row) => row.secondAuditorId],
  ["due_at", "timestamptz", (row) => row.dueAt],
  ["outcome", "text", (row) => row.outcome],
  ["adjudicator_id", "uuid", (row) => row.adjudicatorId],
  ["resolved_at", "timestamptz", (row) => row.resolvedAt],
  ["version", "int", (row) => row.version],
  ["created_at", "timestamptz", (row) => row.createdAt],
  ["updated_at", "timestamptz", (row) => row.updatedAt],
];
const FACTS = ["queue_id", "labeler_id", "vendor_id", "site_id", "team_id", "policy_id", "market", "decided_at"];
const CONTENT = ["content_ref", "content_hash", "modality", "language"];
const COPIED = ["project_id", "decision_id", "run_id", "stratum_id", "layer", "purpose", "is_blind", ...CONTENT, ...FACTS];
const list = (columns: readonly string[], table = "") => sql.raw(columns.map((column) => table + column).join(", "));
const named = <Row>(columns: Columns<Row>, table = "") => list(columns.map(([column]) => column), table);

function told<Row>(columns: Columns<Row>, rows: readonly Row[]) {
  const arrays = columns.map(([, type, value]) => array(rows.map(value), type));
  return sql`(select * from unnest(${sql.join(arrays, sql`, `)}) as told(${named(columns)})) t`;
}

const SAMPLE: Columns<AuditDraft> = [["sample_id", "uuid", (row) => row.sampleId]];

/**
 * Writes audits of samples of one project as all of their verbs would have left them: rows, versions, verdicts and findings are theirs.
 * Events of the single steps are not written, since nobody followed them. One statement a table, so that key checks are planned on a table
 * that is full: their plans are kept, and one made on an empty table read all of it for each row (tried).
 */
export async function insertAudits(db: Db, projectId: string, scorecardVersionId: string, drafts: Drafts): Promise<void> {
  const { audits, verdicts, doubles } = drafts;
  await db.execute(sql`/* demoAudits */
    insert into audits (sample_id, scorecard_version_id, is_double, is_partner_visible, ${named(AUDIT)}, ${list(COPIED)})
    select s.id, ${scorecardVersionId}::uuid, s.is_double and t.role = 'PRIMARY', t.published_at is not null, ${named(AUDIT, "t.")},
      ${list(COPIED, "s.")}
    from ${told([...SAMPLE, ...AUDIT], audits)} join samples s on s.project_id = ${projectId} and s.id = t.sample_id`);
  const firsts = audits.filter(({ role }) => role === "PRIMARY");
  await db.execute(sql`/* demoSamplesAudited */
    update samples s set state = 'AUDITED', assignee_id = t.auditor_id, version = s.version + 2, updated_at = t.submitted_at
    from ${told([...SAMPLE, ...AUDIT], firsts)} where s.project_id = ${projectId} and s.id = t.sample_id`);
  await db.execute(sql`/* demoVerdicts */
    insert into verdicts (decision_id, project_id, ${named(VERDICT)}, ${list(FACTS)})
    select a.decision_id, a.project_id, ${named(VERDICT, "t.")}, ${list(FACTS, "a.")}
    from ${told(VERDICT, verdicts)} join audits a on a.project_id = ${projectId} and a.id = t.audit_id`);
  const findings = verdicts.flatMap(({ id: verdictId, recordedAt, findings }) => {
    const ids = findings.map(() => newId(recordedAt)).sort();
    return findings.map((finding, index) => ({ ...finding, verdictId, id: ids[index]! }));
  });
  await db.execute(sql`/* demoFindings */
    insert into findings (project_id, audit_id, decision_id, actor_id, ${named(FINDING)})
    select v.project_id, v.audit_id, v.decision_id, v.actor_id, ${named(FINDING, "t.")}
    from ${told(FINDING, findings)} join verdicts v on v.project_id = ${projectId} and v.id = t.verdict_id`);
  const twice = doubles.map((each) => ({ ...each, id: newId(each.createdAt) }));
  await db.execute(sql`/* demoDoubleAudits */
    insert into double_audits (project_id, decision_id, queue_id, primary_auditor_id, ${named(DOUBLE)})
    select a.project_id, a.decision_id, a.queue_id, a.auditor_id, ${named(DOUBLE, "t.")}
    from ${told(DOUBLE, twice)} join audits a on a.project_id = ${projectId} and a.id = t.primary_audit_id`);
}
