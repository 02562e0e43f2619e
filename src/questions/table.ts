import { sql } from "drizzle-orm";
import { check, foreignKey, index, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { code, oneOf, projectKey, projectPrimaryKey, projectReference, time, versioned, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { PARTNER_DB_ROLES, STAFF_DB_ROLES } from "../db/identity.ts";
import { everyRow, forRoles, inProjects, isMine, isMyVendor, rowSecurity } from "../db/policies.ts";
import { principalEntity, type PrincipalRow, principals } from "../grants/table.ts";
import { policyEntity, type PolicyRow, policyVersionEntity, type PolicyVersionRow, policyVersions, projectPolicies } from "../policies/table.ts";
import { projectEntity, type ProjectRow, projects } from "../projects/table.ts";
import { marketEntity, type MarketRow, markets, vendorEntity, type VendorRow } from "../vendors/table.ts";

export const POLICY_QUESTION_STATES = ["ASKED", "ASSIGNED", "ANSWERED", "CLARIFICATION_PUBLISHED", "GAP_CONFIRMED", "UPDATE_LINKED", "CLOSED"] as const;

/** Something a policy leaves open, asked of those who write it. */
export const policyQuestions = pgTable("policy_questions", {
  ...projectKey(),
  policyId: uuid("policy_id").notNull(),
  /** The version that was read; null if it doesn't matter. */
  policyVersionId: uuid("policy_version_id").references(() => policyVersions.id),
  market: code("market"),
  title: text("title").notNull(),
  question: text("question").notNull(),
  /** What it came up on: content by reference, never itself. */
  contentRef: code("content_ref"),
  state: word("state", POLICY_QUESTION_STATES).notNull(),
  askedById: uuid("asked_by_id").notNull().references(() => principals.id),
  /** The asker's vendor; null for staff. */
  vendorId: uuid("vendor_id"),
  assigneeId: uuid("assignee_id").references(() => principals.id),
  /** As its clock says that started last. */
  dueAt: time("due_at").notNull(),
  answer: text("answer"),
  answeredById: uuid("answered_by_id").references(() => principals.id),
  answeredAt: time("answered_at"),
  /** The version that closes the gap. */
  linkedVersionId: uuid("linked_version_id").references(() => policyVersions.id),
  closedAt: time("closed_at"),
  /** When it closes by itself: the fifth business day after it was answered; null while that can't be. */
  closeDueAt: time("close_due_at"),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  foreignKey({ columns: [t.projectId], foreignColumns: [projects.id] }),
  foreignKey({ columns: [t.projectId, t.policyId], foreignColumns: [projectPolicies.projectId, projectPolicies.policyId] }),
  foreignKey({ columns: [t.market], foreignColumns: [markets.code] }),
  oneOf("policy_questions_state", t.state, POLICY_QUESTION_STATES),
  check("policy_questions_assigned", sql`(${t.state} = 'ASKED') = (${t.assigneeId} is null) or ${t.state} = 'CLOSED'`),
  check("policy_questions_answered", sql`${t.state} not in ('ANSWERED', 'CLARIFICATION_PUBLISHED') or ${t.answer} is not null`),
  check("policy_questions_linked", sql`${t.state} <> 'UPDATE_LINKED' or ${t.linkedVersionId} is not null`),
  check("policy_questions_closed", sql`(${t.state} = 'CLOSED') = (${t.closedAt} is not null)`),
  index("policy_questions_policy").on(t.projectId, t.policyId),
  index("policy_questions_due").on(t.projectId, t.dueAt).where(sql`state in ('ASKED', 'ASSIGNED')`),
  index("policy_questions_close_due").on(t.closeDueAt).where(sql`state <> 'CLOSED'`),
  ...rowSecurity({
    assay_admin: everyRow,
    ...forRoles(STAFF_DB_ROLES, inProjects(t.projectId)),
    ...forRoles(PARTNER_DB_ROLES, sql`${inProjects(t.projectId)} and ${isMyVendor(t.vendorId)}`),
    assay_labeler: sql`${inProjects(t.projectId)} and ${isMine(t.askedById, t.vendorId)}`,
  }),
]);

/** How a policy is to be read, published to everybody in the project, partners and labelers too. */
export const clarifications = pgTable("clarifications", {
  ...projectKey(),
  policyId: uuid("policy_id").notNull(),
  policyVersionId: uuid("policy_version_id").references(() => policyVersions.id),
  market: code("market"),
  text: text("text").notNull(),
  /** The question that it answers, if one was asked. */
  questionId: uuid("question_id"),
  /** The calibration session that it came of, if it did. */
  calibrationSessionId: uuid("calibration_session_id"),
  publishedById: uuid("published_by_id").notNull().references(() => principals.id),
  publishedAt: time("published_at").notNull(),
}, (t) => [
  projectPrimaryKey(t),
  foreignKey({ columns: [t.projectId], foreignColumns: [projects.id] }),
  foreignKey({ columns: [t.projectId, t.policyId], foreignColumns: [projectPolicies.projectId, projectPolicies.policyId] }),
  projectReference(t, t.questionId, policyQuestions),
  foreignKey({ columns: [t.market], foreignColumns: [markets.code] }),
  index("clarifications_policy").on(t.projectId, t.policyId),
  ...rowSecurity({
    assay_admin: everyRow,
    ...forRoles([...STAFF_DB_ROLES, ...PARTNER_DB_ROLES, "assay_labeler"], inProjects(t.projectId)),
  }),
]);

interface OfPolicy {
  project?: ProjectRow | null;
  policy?: PolicyRow | null;
  policyVersion?: PolicyVersionRow | null;
  marketRow?: MarketRow | null;
}
export type PolicyQuestionRow = typeof policyQuestions.$inferSelect & OfPolicy & {
  vendor?: VendorRow | null;
  askedBy?: PrincipalRow | null;
  assignee?: PrincipalRow | null;
  answeredBy?: PrincipalRow | null;
  linkedVersion?: PolicyVersionRow | null;
};
export type ClarificationRow = typeof clarifications.$inferSelect & OfPolicy & {
  question?: PolicyQuestionRow | null;
  publishedBy?: PrincipalRow | null;
};

const ofPolicy = {
  project: { entity: () => projectEntity, column: "projectId" },
  policy: { entity: () => policyEntity, column: "policyId" },
  policyVersion: { entity: () => policyVersionEntity, column: "policyVersionId" },
  marketRow: { entity: () => marketEntity, column: "market", target: "code" },
};
export const policyQuestionEntity = entity<PolicyQuestionRow>("PolicyQuestion", policyQuestions, {
  ...ofPolicy,
  vendor: { entity: () => vendorEntity, column: "vendorId" },
  askedBy: { entity: () => principalEntity, column: "askedById" },
  assignee: { entity: () => principalEntity, column: "assigneeId" },
  answeredBy: { entity: () => principalEntity, column: "answeredById" },
  linkedVersion: { entity: () => policyVersionEntity, column: "linkedVersionId" },
});
export const clarificationEntity = entity<ClarificationRow>("Clarification", clarifications, {
  ...ofPolicy,
  question: { entity: () => policyQuestionEntity, column: "questionId" },
  publishedBy: { entity: () => principalEntity, column: "publishedById" },
});
