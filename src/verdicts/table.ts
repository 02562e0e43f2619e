import { sql } from "drizzle-orm";
import { boolean, check, foreignKey, integer, pgTable, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { auditEntity, type AuditRow, audits, unlessBlind } from "../audits/table.ts";
import { code, oneOf, projectKey, projectPrimaryKey, projectReference, time, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { forRoles, inProjects, rowSecurity } from "../db/policies.ts";
import { decisionFacts } from "../decisions/table.ts";
import { principalEntity, type PrincipalRow, principals } from "../grants/table.ts";
import { policyEntity, type PolicyRow, projectPolicies } from "../policies/table.ts";

export const OUTCOMES = ["CORRECT", "INCORRECT"] as const;
export const ERROR_TYPES = ["OVER_ENFORCEMENT", "UNDER_ENFORCEMENT", "WRONG_POLICY", "WRONG_ACTION", "TECHNICAL"] as const;
export const ATTRIBUTIONS = ["LABELER", "PROCESS"] as const;
export const VERDICT_REASONS = ["INITIAL", "AMENDED", "ADJUDICATION", "APPEAL", "CORRECTION"] as const;

// Whoever sees an audit sees its verdicts, and nobody else: an auditor who is blind to another audit of the same decision is blind to its truth.
// Roles that see every audit of a project are told by the verdict's own columns, so that figures don't look every audit up again.
const ofVisibleAudit = sql.raw("exists (select from audits a where a.project_id = verdicts.project_id and a.id = verdicts.audit_id)");

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
  check("verdicts_error", sql`(${t.outcome} = 'INCORRECT') = (${t.errorType} is not null) and (${t.outcome} = 'INCORRECT') = (${t.attribution} is not null)`),
  ...rowSecurity({
    ...forRoles(["assay_admin", "assay_auditor", "assay_partner", "assay_partner_team", "assay_labeler", "assay_service"], ofVisibleAudit),
    ...forRoles(["assay_lead", "assay_policy", "assay_analyst"], sql`${inProjects(t.projectId)} and ${unlessBlind("verdicts", "actor_id")}`),
  }),
]);

export type VerdictRow = typeof verdicts.$inferSelect & { audit?: AuditRow | null; truthPolicy?: PolicyRow | null; actor?: PrincipalRow | null };

export const verdictEntity = entity<VerdictRow>("Verdict", verdicts, {
  audit: { entity: () => auditEntity, column: "auditId" },
  truthPolicy: { entity: () => policyEntity, column: "truthPolicyId" },
  actor: { entity: () => principalEntity, column: "actorId" },
});
