import { type SQL, sql } from "drizzle-orm";
import { type AuditRow, audits } from "../audits/table.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import { at } from "../db/times.ts";
import type { Completion, NewVerdict } from "./findings.rules.ts";

const rowsOf = (rows: readonly object[]) => sql`jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)`;

/** Who gives a verdict, and when. */
export interface Giver {
  actorId: string;
  now: Date;
}

// The facts of a decision are copied from the audit; findings come with their verdict.
function given(verdicts: readonly NewVerdict[], { actorId, now }: Giver): SQL {
  return sql`judged as (
    insert into verdicts (project_id, id, audit_id, decision_id, number, outcome, truth_policy_id, truth_action, truth_tags, error_type, attribution,
      process_reason, severity, score, cause, is_grace_applied, reason, explanation, is_after_reveal, actor_id, recorded_at, queue_id, labeler_id,
      vendor_id, site_id, team_id, policy_id, market, decided_at)
    select a.project_id, n.id, a.id, a.decision_id, n.number, n.outcome, n."truthPolicyId", n."truthAction", n."truthTags", n."errorType", n.attribution,
      n."processReason", n.severity, n.score, n.cause, n."isGraceApplied", n.reason, n.explanation, n."isAfterReveal", ${actorId}::uuid, ${at(now)},
      a.queue_id, a.labeler_id, a.vendor_id, a.site_id, a.team_id, a.policy_id, a.market, a.decided_at
    from ${rowsOf(verdicts)} as n ("projectId" uuid, "auditId" uuid, id uuid, number int, outcome text, "truthPolicyId" uuid, "truthAction" text,
      "truthTags" text[], "errorType" text, attribution text, "processReason" text, severity text, score numeric, cause text, "isGraceApplied" bool,
      reason text, explanation text, "isAfterReveal" bool)
    join audits a on a.project_id = n."projectId" and a.id = n."auditId"
  ), ${found(verdicts, { actorId, now })}`;
}

type Judged = Pick<NewVerdict, "projectId" | "auditId" | "id" | "findings">;

// Ids in the order of the findings, so that a list by id reads as the scorecard does.
function found(verdicts: readonly Judged[], { actorId, now }: Giver): SQL {
  const rows = verdicts.flatMap(({ projectId, auditId, id: verdictId, findings }) => {
    const ids = findings.map(() => newId(now)).sort();
    return findings.map((finding, i) => ({ ...finding, projectId, auditId, verdictId, id: ids[i]! }));
  });
  return sql`found as (
    insert into findings (project_id, id, verdict_id, audit_id, decision_id, actor_id, criterion_id, error_code_id, result, severity,
      is_severity_ruled, cause, note)
    select a.project_id, n.id, n."verdictId", a.id, a.decision_id, ${actorId}::uuid, n."criterionId", n."errorCodeId", n.result, n.severity,
      coalesce(n."isSeverityRuled", false), n.cause, n.note
    from ${rowsOf(rows)} as n ("projectId" uuid, "auditId" uuid, "verdictId" uuid, id uuid, "criterionId" uuid, "errorCodeId" uuid, result text,
      severity text, "isSeverityRuled" bool, cause text, note text)
    join audits a on a.project_id = n."projectId" and a.id = n."auditId"
  ), `;
}

/** What submission adds to the verdict that an audit has. */
type Completed = Completion & { id: string };

function completed(audit: ProjectKey, { id, severity, score, cause, findings }: Completed, giver: Giver): SQL {
  return sql`judged as (
    update verdicts set severity = ${severity}, score = ${score}::numeric, cause = ${cause} where project_id = ${audit.projectId} and id = ${id}
  ), ${found([{ projectId: audit.projectId, auditId: audit.id, id, findings }], giver)}`;
}

/** What of an audit a verb changes. */
export type AuditChange = Partial<Pick<AuditRow, keyof typeof COLUMNS>>;

const COLUMNS = {
  state: "text",
  revealedAt: "timestamptz",
  submittedAt: "timestamptz",
  publishDueAt: "timestamptz",
  publishedAt: "timestamptz",
  windowDueAt: "timestamptz",
  isPartnerVisible: "bool",
  answerPolicyId: "uuid",
  answerAction: "text",
  answerTags: "text[]",
  comment: "text",
  guidance: "text",
  draft: "jsonb",
} as const;

function assignments(change: AuditChange): SQL {
  const pairs = (Object.entries(change) as [keyof AuditChange, unknown][]).map(([name, value]) => {
    const given = Array.isArray(value) ? array(value, "text") : value instanceof Date ? value.toISOString() : value;
    return sql`${sql.identifier(audits[name].name)} = ${given}::${sql.raw(COLUMNS[name])}, `;
  });
  return sql.join(pairs);
}

/** What a verb of an auditor's writes. */
export interface Saved {
  change: AuditChange;
  /** The verdict that it gives. */
  verdict?: NewVerdict;
  /** What it adds to the verdict that the audit has. */
  completion?: Completed;
  /** The sample is audited. */
  isDone?: boolean;
}

/** Writes a locked audit, its verdict and findings, and its sample if that is done: one statement. */
export async function saveAudit(db: Db, audit: AuditRow, { change, verdict, completion, isDone = false }: Saved, giver: Giver): Promise<void> {
  const judged = verdict ? given([verdict], giver) : completion ? completed(audit, completion, giver) : sql``;
  await db.execute(sql`/* saveAudit */ with ${judged}done as (
      update samples set state = 'AUDITED', lease_until = null, version = version + 1, updated_at = ${at(giver.now)}
      where ${isDone}::bool and project_id = ${audit.projectId} and id = ${audit.sampleId}
    )
    update audits set ${assignments(change)}version = version + 1, updated_at = ${at(giver.now)} where project_id = ${audit.projectId} and id = ${audit.id}`);
}

/** Gives locked audits their next verdicts with the findings, in one statement. */
export async function insertVerdicts(db: Db, verdicts: readonly NewVerdict[], giver: Giver): Promise<void> {
  await db.execute(sql`/* giveVerdicts */ with ${given(verdicts, giver)}done as (select) select from done`);
}

/** Opens the double audit of a first audit that was drawn for one; as the system, since no auditor writes it. */
export async function openDouble(db: Db, audit: AuditRow, dueAt: Date, now: Date): Promise<void> {
  await db.execute(sql`/* openDoubleAudit */
    insert into double_audits (project_id, id, decision_id, queue_id, primary_audit_id, primary_auditor_id, due_at, created_at, updated_at)
    values (${audit.projectId}, ${newId(now)}, ${audit.decisionId}, ${audit.queueId}, ${audit.id}, ${audit.auditorId}, ${at(dueAt)}, ${at(now)}, ${at(now)})`);
}

/** A corrected audit: with a window, it is published anew, and whoever acknowledged it, and said why it went wrong, does so again. */
export interface Moved extends ProjectKey {
  state: AuditRow["state"];
  windowDueAt: Date | null;
}

/** Moves locked audits whose verdicts were corrected, in one statement. When they were first published stays. */
export async function moveCorrected(db: Db, rows: readonly Moved[], now: Date): Promise<void> {
  await db.execute(sql`/* correctVerdicts */
    update audits a set state = n.state, version = a.version + 1, updated_at = ${at(now)},
      window_due_at = coalesce(n."windowDueAt", a.window_due_at),
      acknowledged_at = case when n."windowDueAt" is null then a.acknowledged_at end,
      acknowledged_by_id = case when n."windowDueAt" is null then a.acknowledged_by_id end,
      proposed_cause = case when n."windowDueAt" is null then a.proposed_cause end,
      acknowledgement = case when n."windowDueAt" is null then a.acknowledgement end,
      is_auto_acknowledged = n."windowDueAt" is null and a.is_auto_acknowledged
    from ${rowsOf(rows)} as n ("projectId" uuid, id uuid, state text, "windowDueAt" timestamptz)
    where a.project_id = n."projectId" and a.id = n.id`);
}
