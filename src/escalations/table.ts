import { sql } from "drizzle-orm";
import { type AnyPgColumn, boolean, check, foreignKey, index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { ESCALATION_KINDS, ESCALATION_SEVERITIES } from "../contacts/table.ts";
import { code, oneOf, projectKey, projectPrimaryKey, projectReference, time, versioned, word } from "../db/columns.ts";
import { type Entity, entity } from "../db/entities.ts";
import { PARTNER_DB_ROLES, STAFF_DB_ROLES } from "../db/identity.ts";
import { everyRow, forRoles, inProjects, isMyVendor, type RowRules, rowSecurity } from "../db/policies.ts";
import { principalEntity, type PrincipalRow, principals } from "../grants/table.ts";
import { policyEntity, type PolicyRow, policies, policyVersionEntity, type PolicyVersionRow, policyVersions } from "../policies/table.ts";
import { projectEntity, type ProjectRow, projects } from "../projects/table.ts";
import { errorCodeEntity, type ErrorCodeRow, errorCodes } from "../scorecards/table.ts";
import { marketEntity, type MarketRow, markets, vendorEntity, type VendorRow, vendors } from "../vendors/table.ts";

export const ESCALATION_STATES = [
  "OPEN", "TRIAGED", "CONTAINING", "INVESTIGATING", "WAITING_PARTNER", "WAITING_POLICY", "RCA_REVIEW", "ROOT_CAUSE_IDENTIFIED",
  "ACTIONS_PLANNED", "IMPLEMENTING", "VERIFYING", "CLOSED", "DUPLICATE", "REJECTED", "CANCELLED",
] as const;
/** Those in which an escalation is over. */
export const ENDED_STATES = ["CLOSED", "DUPLICATE", "REJECTED", "CANCELLED"] as const;
export const ESCALATION_TRIGGERS = [
  "METRIC_OFF_TARGET", "SPC_SIGNAL", "CRITICAL_ERROR", "REPEAT_ERROR", "LOT_REJECTED", "OVERTURN_SPIKE", "AGREEMENT_LOW", "GOLDEN_STREAK",
  "SLA_FORECAST", "SLA_BREACH", "POLICY_CHANGE_JUMP", "EXPOSURE_CAP", "MANUAL",
] as const;
export const CLOSE_REASONS = ["EFFECTIVE", "WAIVED", "NO_ACTION", "FALSE_SIGNAL", "KNOWN_CAUSE", "FIXED"] as const;

const ENDED = sql.raw(`(${ENDED_STATES.map((state) => `'${state}'`).join(", ")})`);

/** When an escalation is raised without anybody's doing: data, read by the detectors. */
export const escalationRules = pgTable("escalation_rules", {
  ...projectKey(),
  name: text("name").notNull(),
  trigger: word("trigger", ESCALATION_TRIGGERS).notNull(),
  isActive: boolean("is_active").notNull().default(true),
  kind: word("kind", ESCALATION_KINDS).notNull(),
  severity: word("severity", ESCALATION_SEVERITIES).notNull(),
  /** Where it looks; empty and null are everywhere in the project. */
  queueIds: uuid("queue_ids").array().notNull().default(sql`'{}'`),
  market: code("market"),
  vendorId: uuid("vendor_id").references(() => vendors.id),
  policyId: uuid("policy_id").references(() => policies.id),
  /** What it goes by, as its trigger has it: measure, threshold, counts, days. */
  parameters: jsonb("parameters").$type<Record<string, unknown>>().notNull().default({}),
  /** Up to when it has looked. */
  evaluatedAt: time("evaluated_at"),
  /** When it began to look last, whatever came of it; and what kept it from looking. */
  attemptedAt: time("attempted_at"),
  evaluationError: text("evaluation_error"),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  foreignKey({ columns: [t.projectId], foreignColumns: [projects.id] }),
  foreignKey({ columns: [t.market], foreignColumns: [markets.code] }),
  oneOf("escalation_rules_trigger", t.trigger, ESCALATION_TRIGGERS),
  oneOf("escalation_rules_kind", t.kind, ESCALATION_KINDS),
  oneOf("escalation_rules_severity", t.severity, ESCALATION_SEVERITIES),
  ...rowSecurity({ assay_admin: everyRow, ...forRoles(["assay_lead", "assay_policy", "assay_analyst"], inProjects(t.projectId)) }),
]);

const ofMyVendor = (t: Record<"projectId" | "vendorId" | "isPartnerVisible", AnyPgColumn>) =>
  sql`${inProjects(t.projectId)} and ${t.isPartnerVisible} and ${isMyVendor(t.vendorId)}`;

/** A quality problem from its first signal to the proof that what was done about it works (ISO 9001:2015 10.2, 8D). */
export const escalations = pgTable("escalations", {
  ...projectKey(),
  title: text("title").notNull(),
  kind: word("kind", ESCALATION_KINDS).notNull(),
  trigger: word("trigger", ESCALATION_TRIGGERS).notNull(),
  severity: word("severity", ESCALATION_SEVERITIES).notNull(),
  state: word("state", ESCALATION_STATES).notNull(),
  /** The state that a waiting escalation left. */
  heldState: word("held_state", ESCALATION_STATES),
  ruleId: uuid("rule_id"),
  /** Equal ones are the same problem: of several open, only one stands. */
  fingerprint: code("fingerprint").notNull(),
  openedById: uuid("opened_by_id").references(() => principals.id),
  ownerId: uuid("owner_id").references(() => principals.id),
  watcherIds: uuid("watcher_ids").array().notNull().default(sql`'{}'`),
  /** The vendor concerned; it sees the escalation once that is shared. */
  vendorId: uuid("vendor_id").references(() => vendors.id),
  isPartnerVisible: boolean("is_partner_visible").notNull().default(false),
  queueIds: uuid("queue_ids").array().notNull().default(sql`'{}'`),
  market: code("market"),
  policyId: uuid("policy_id").references(() => policies.id),
  policyVersionId: uuid("policy_version_id").references(() => policyVersions.id),
  errorCodeId: uuid("error_code_id").references(() => errorCodes.id),
  problemStatement: text("problem_statement"),
  openedAt: time("opened_at").notNull(),
  triagedAt: time("triaged_at"),
  containedAt: time("contained_at"),
  rootCauseAt: time("root_cause_at"),
  closedAt: time("closed_at"),
  closeReason: word("close_reason", CLOSE_REASONS),
  /** Why it was resolved, rejected, cancelled or waits, in words. */
  stateReason: text("state_reason"),
  duplicateOfId: uuid("duplicate_of_id"),
  /** How often its causes were looked for: one more each time that actions weren't effective. */
  cycle: integer("cycle").notNull().default(1),
  /** When the next step is due: the nearest of its running clocks; null while none runs. */
  dueAt: time("due_at"),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  foreignKey({ columns: [t.projectId], foreignColumns: [projects.id] }),
  foreignKey({ columns: [t.market], foreignColumns: [markets.code] }),
  projectReference(t, t.ruleId, escalationRules),
  projectReference(t, t.duplicateOfId, t),
  oneOf("escalations_kind", t.kind, ESCALATION_KINDS),
  oneOf("escalations_trigger", t.trigger, ESCALATION_TRIGGERS),
  oneOf("escalations_severity", t.severity, ESCALATION_SEVERITIES),
  oneOf("escalations_state", t.state, ESCALATION_STATES),
  oneOf("escalations_held_state", t.heldState, ESCALATION_STATES),
  oneOf("escalations_close_reason", t.closeReason, CLOSE_REASONS),
  check("escalations_held", sql`${t.state} not in ('WAITING_PARTNER', 'WAITING_POLICY') or ${t.heldState} is not null`),
  check("escalations_closed", sql`(${t.state} in ${ENDED}) = (${t.closedAt} is not null) and (${t.state} = 'CLOSED') = (${t.closeReason} is not null)`),
  check("escalations_duplicate", sql`(${t.state} = 'DUPLICATE') = (${t.duplicateOfId} is not null)`),
  check("escalations_shared", sql`not ${t.isPartnerVisible} or ${t.vendorId} is not null`),
  uniqueIndex("escalations_fingerprint").on(t.projectId, t.fingerprint).where(sql`state not in ${ENDED}`),
  index("escalations_due").on(t.projectId, t.dueAt, t.id).where(sql`due_at is not null`),
  index("escalations_owner").on(t.ownerId),
  index("escalations_opened").on(t.projectId, t.openedAt),
  ...rowSecurity({
    assay_admin: everyRow,
    ...forRoles(STAFF_DB_ROLES, inProjects(t.projectId)),
    ...forRoles(PARTNER_DB_ROLES, ofMyVendor(t)),
  }),
]);

/** Rules of rows of an escalation, in a table that names it by `escalation_id`: whoever sees it sees them. */
export function ofVisibleEscalation(table: string): RowRules {
  const rule = sql.raw(`exists (select from escalations e where e.project_id = ${table}.project_id and e.id = ${table}.escalation_id)`);
  return forRoles(["assay_admin", ...STAFF_DB_ROLES, ...PARTNER_DB_ROLES], rule);
}

export type EscalationRuleRow = typeof escalationRules.$inferSelect & {
  project?: ProjectRow | null;
  vendor?: VendorRow | null;
  policy?: PolicyRow | null;
  marketRow?: MarketRow | null;
};
export type EscalationRow = typeof escalations.$inferSelect & {
  project?: ProjectRow | null;
  rule?: EscalationRuleRow | null;
  openedBy?: PrincipalRow | null;
  owner?: PrincipalRow | null;
  vendor?: VendorRow | null;
  marketRow?: MarketRow | null;
  policy?: PolicyRow | null;
  policyVersion?: PolicyVersionRow | null;
  errorCode?: ErrorCodeRow | null;
  duplicateOf?: EscalationRow | null;
};

export const escalationRuleEntity = entity<EscalationRuleRow>("EscalationRule", escalationRules, {
  project: { entity: () => projectEntity, column: "projectId" },
  vendor: { entity: () => vendorEntity, column: "vendorId" },
  policy: { entity: () => policyEntity, column: "policyId" },
  marketRow: { entity: () => marketEntity, column: "market", target: "code" },
});
export const escalationEntity: Entity<EscalationRow> = entity<EscalationRow>("Escalation", escalations, {
  project: { entity: () => projectEntity, column: "projectId" },
  rule: { entity: () => escalationRuleEntity, column: "ruleId" },
  openedBy: { entity: () => principalEntity, column: "openedById" },
  owner: { entity: () => principalEntity, column: "ownerId" },
  vendor: { entity: () => vendorEntity, column: "vendorId" },
  marketRow: { entity: () => marketEntity, column: "market", target: "code" },
  policy: { entity: () => policyEntity, column: "policyId" },
  policyVersion: { entity: () => policyVersionEntity, column: "policyVersionId" },
  errorCode: { entity: () => errorCodeEntity, column: "errorCodeId" },
  duplicateOf: { entity: () => escalationEntity, column: "duplicateOfId" },
});
