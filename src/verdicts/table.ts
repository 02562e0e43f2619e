import { sql } from "drizzle-orm";
import { boolean, check, foreignKey, index, integer, numeric, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { auditEntity, type AuditRow, audits, ERROR_CAUSES } from "../audits/table.ts";
import { code, oneOf, projectKey, projectPrimaryKey, projectReference, texts, time, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { forRoles, inProjects, rowSecurity, unlessBlind } from "../db/policies.ts";
import { decisionFacts } from "../decisions/table.ts";
import { principalEntity, type PrincipalRow, principals } from "../grants/table.ts";
import { policyEntity, type PolicyRow, projectPolicies } from "../policies/table.ts";
import {
  criteria, criterionEntity, type CriterionRow, ERROR_TYPES, errorCodeEntity, type ErrorCodeRow, errorCodes, SEVERITIES,
} from "../scorecards/table.ts";

export const OUTCOMES = ["CORRECT", "INCORRECT"] as const;
export const ATTRIBUTIONS = ["LABELER", "PROCESS"] as const;
export const PROCESS_REASONS = ["TECHNICAL", "CASCADE_GAP"] as const;
export const FINDING_RESULTS = ["PASS", "FAIL", "NA"] as const;
export const VERDICT_REASONS = ["INITIAL", "AMENDED", "ADJUDICATION", "APPEAL", "CORRECTION"] as const;

// Whoever sees an audit sees its verdicts, and nobody else: an auditor who is blind to another audit of the same decision is blind to its truth.
// Roles that see every audit of a project are told by the verdict's own columns, so that figures don't look every audit up again.
const ofVisibleAudit = (table: string) =>
  sql.raw(`exists (select from audits a where a.project_id = ${table}.project_id and a.id = ${table}.audit_id)`);

/** A versioned result of an audit: a changed one is a new row, nothing is overwritten. */
export const verdicts = pgTable("verdicts", {
  ...projectKey(),
  auditId: uuid("audit_id").notNull(),
  decisionId: uuid("decision_id").notNull(),
  number: integer("number").notNull(),
  outcome: word("outcome", OUTCOMES).notNull(),
  truthPolicyId: uuid("truth_policy_id").notNull(),
  truthAction: code("truth_action"),
  errorType: word("error_type", ERROR_TYPES),
  attribution: word("attribution", ATTRIBUTIONS),
  /** The higher of the error codes' and the policy's; null until submitted, and where it was right. */
  severity: word("severity", SEVERITIES),
  processReason: word("process_reason", PROCESS_REASONS),
  score: numeric("score", { precision: 7, scale: 6, mode: "number" }),
  cause: word("cause", ERROR_CAUSES),
  truthTags: texts("truth_tags").notNull().default(sql`'{}'`),
  /** Why there is this version, in words. */
  explanation: text("explanation"),
  isGraceApplied: boolean("is_grace_applied").notNull().default(false),
  reason: word("reason", VERDICT_REASONS).notNull(),
  isAfterReveal: boolean("is_after_reveal").notNull(),
  actorId: uuid("actor_id").notNull().references(() => principals.id),
  recordedAt: time("recorded_at").notNull(),
  ...decisionFacts(),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.auditId, audits),
  foreignKey({ columns: [t.projectId, t.truthPolicyId], foreignColumns: [projectPolicies.projectId, projectPolicies.policyId] }),
  uniqueIndex("verdicts_number").on(t.projectId, t.auditId, t.number),
  oneOf("verdicts_outcome", t.outcome, OUTCOMES),
  oneOf("verdicts_error_type", t.errorType, ERROR_TYPES),
  oneOf("verdicts_attribution", t.attribution, ATTRIBUTIONS),
  oneOf("verdicts_reason", t.reason, VERDICT_REASONS),
  oneOf("verdicts_severity", t.severity, SEVERITIES),
  oneOf("verdicts_process_reason", t.processReason, PROCESS_REASONS),
  oneOf("verdicts_cause", t.cause, ERROR_CAUSES),
  check("verdicts_score", sql`${t.score} between 0 and 1`),
  check("verdicts_error", sql`(${t.outcome} = 'INCORRECT') = (${t.errorType} is not null) and (${t.outcome} = 'INCORRECT') = (${t.attribution} is not null)`),
  ...rowSecurity({
    ...forRoles(["assay_admin", "assay_auditor", "assay_partner", "assay_partner_team", "assay_labeler", "assay_service"], ofVisibleAudit("verdicts")),
    ...forRoles(["assay_lead", "assay_policy", "assay_analyst"], sql`${inProjects(t.projectId)} and ${unlessBlind("verdicts", "actor_id")}`),
  }),
]);

/** What a verdict says of one criterion. */
export const findings = pgTable("findings", {
  ...projectKey(),
  verdictId: uuid("verdict_id").notNull(),
  auditId: uuid("audit_id").notNull(),
  decisionId: uuid("decision_id").notNull(),
  actorId: uuid("actor_id").notNull().references(() => principals.id),
  criterionId: uuid("criterion_id").notNull().references(() => criteria.id),
  errorCodeId: uuid("error_code_id").references(() => errorCodes.id),
  result: word("result", FINDING_RESULTS).notNull(),
  /** The criterion's, or its error code's if that is higher; or what an appeal's ruling made it. */
  severity: word("severity", SEVERITIES).notNull(),
  /** A ruling says how grave it is: that stands against criterion, error code and policy. */
  isSeverityRuled: boolean("is_severity_ruled").notNull().default(false),
  cause: word("cause", ERROR_CAUSES),
  note: text("note"),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.verdictId, verdicts),
  projectReference(t, t.auditId, audits),
  uniqueIndex("findings_criterion").on(t.projectId, t.verdictId, t.criterionId),
  index("findings_audit").on(t.projectId, t.auditId),
  oneOf("findings_result", t.result, FINDING_RESULTS),
  oneOf("findings_severity", t.severity, SEVERITIES),
  oneOf("findings_cause", t.cause, ERROR_CAUSES),
  check("findings_failed", sql`${t.result} = 'FAIL' or (${t.errorCodeId} is null and ${t.cause} is null and not ${t.isSeverityRuled})`),
  ...rowSecurity({
    ...forRoles(["assay_admin", "assay_auditor", "assay_partner", "assay_partner_team", "assay_labeler", "assay_service"], ofVisibleAudit("findings")),
    ...forRoles(["assay_lead", "assay_policy", "assay_analyst"], sql`${inProjects(t.projectId)} and ${unlessBlind("findings", "actor_id")}`),
  }),
]);

export type VerdictRow = typeof verdicts.$inferSelect & { audit?: AuditRow | null; truthPolicy?: PolicyRow | null; actor?: PrincipalRow | null };

export const verdictEntity = entity<VerdictRow>("Verdict", verdicts, {
  audit: { entity: () => auditEntity, column: "auditId" },
  truthPolicy: { entity: () => policyEntity, column: "truthPolicyId" },
  actor: { entity: () => principalEntity, column: "actorId" },
});

export type FindingRow = typeof findings.$inferSelect & {
  verdict?: VerdictRow | null;
  criterion?: CriterionRow | null;
  errorCode?: ErrorCodeRow | null;
};

export const findingEntity = entity<FindingRow>("Finding", findings, {
  verdict: { entity: () => verdictEntity, column: "verdictId" },
  criterion: { entity: () => criterionEntity, column: "criterionId" },
  errorCode: { entity: () => errorCodeEntity, column: "errorCodeId" },
});
