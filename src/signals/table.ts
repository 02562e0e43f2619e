import { type SQL, sql } from "drizzle-orm";
import { index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { code, oneOf, projectKey, projectPrimaryKey, projectReference, real, time } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { PARTNER_DB_ROLES, STAFF_DB_ROLES } from "../db/identity.ts";
import { everyRow, forRoles, inProjects, rowSecurity } from "../db/policies.ts";
import { escalationRuleEntity, type EscalationRuleRow, escalationRules, escalations } from "../escalations/table.ts";
import { principalEntity, type PrincipalRow, principals } from "../grants/table.ts";

/** Why an escalation was opened, and what was seen of the same since: figures with their intervals, or what happened. Staff's alone. */
export const escalationSignals = pgTable("escalation_signals", {
  ...projectKey(),
  escalationId: uuid("escalation_id").notNull(),
  ruleId: uuid("rule_id"),
  seenAt: time("seen_at").notNull(),
  measure: code("measure"),
  value: real("value"),
  low: real("low"),
  high: real("high"),
  n: integer("n"),
  threshold: real("threshold"),
  /** Codes, ids and counts that say where and what. */
  details: jsonb("details").$type<Record<string, unknown>>().notNull().default({}),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.escalationId, escalations),
  projectReference(t, t.ruleId, escalationRules),
  index("escalation_signals_escalation").on(t.projectId, t.escalationId, t.id),
  ...rowSecurity({ assay_admin: everyRow, ...forRoles(STAFF_DB_ROLES, inProjects(t.projectId)) }),
]);

/** What may be linked, by GraphQL type, and where it lies. */
export const LINKABLE = {
  Sample: "samples",
  Audit: "audits",
  Appeal: "appeals",
  Lot: "lots",
  CalibrationSession: "calibration_sessions",
  PolicyQuestion: "policy_questions",
  PolicyVersion: "policy_versions",
  Escalation: "escalations",
} as const;
export type LinkableType = keyof typeof LINKABLE;

// Policy versions are no project's.
function isVisibleSubject(): SQL {
  const seen = (Object.keys(LINKABLE) as LinkableType[]).map((type) => {
    const ofProject = type === "PolicyVersion" ? "" : "x.project_id = escalation_links.project_id and ";
    return `when '${type}' then exists (select from ${LINKABLE[type]} x where ${ofProject}x.id = escalation_links.subject_id)`;
  });
  return sql.raw(`exists (select from escalations e where e.project_id = escalation_links.project_id and e.id = escalation_links.escalation_id)
    and case escalation_links.subject_type ${seen.join(" ")} end`);
}

/** What an escalation goes by or has to do with. Seen by whoever may see both the escalation and the object itself. */
export const escalationLinks = pgTable("escalation_links", {
  ...projectKey(),
  escalationId: uuid("escalation_id").notNull(),
  subjectType: code("subject_type").$type<LinkableType>().notNull(),
  subjectId: uuid("subject_id").notNull(),
  note: text("note"),
  addedById: uuid("added_by_id").notNull().references(() => principals.id),
  addedAt: time("added_at").notNull(),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.escalationId, escalations),
  uniqueIndex("escalation_links_once").on(t.projectId, t.escalationId, t.subjectId),
  oneOf("escalation_links_subject_type", t.subjectType, Object.keys(LINKABLE)),
  ...rowSecurity(forRoles(["assay_admin", ...STAFF_DB_ROLES, ...PARTNER_DB_ROLES], isVisibleSubject())),
]);

export type EscalationSignalRow = typeof escalationSignals.$inferSelect & { rule?: EscalationRuleRow | null };
export type EscalationLinkRow = typeof escalationLinks.$inferSelect & { addedBy?: PrincipalRow | null };

export const escalationSignalEntity = entity<EscalationSignalRow>("EscalationSignal", escalationSignals, {
  rule: { entity: () => escalationRuleEntity, column: "ruleId" },
});
export const escalationLinkEntity = entity<EscalationLinkRow>("EscalationLink", escalationLinks, {
  addedBy: { entity: () => principalEntity, column: "addedById" },
});
