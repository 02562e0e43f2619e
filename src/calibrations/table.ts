import { sql } from "drizzle-orm";
import { boolean, check, foreignKey, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { code, oneOf, projectKey, projectPrimaryKey, projectReference, time, versioned, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { PARTNER_DB_ROLES } from "../db/identity.ts";
import { actsAlone, everyRow, forRoles, inProjects, isMe, isMine, rowSecurity } from "../db/policies.ts";
import { contentFacts, decisionEntity, type DecisionRow } from "../decisions/table.ts";
import { principalEntity, type PrincipalRow, principals } from "../grants/table.ts";
import { policyEntity, type PolicyRow, projectPolicies } from "../policies/table.ts";
import { projectEntity, type ProjectRow, projects } from "../projects/table.ts";
import { policyQuestions } from "../questions/table.ts";
import type { Coefficient } from "../stats/agreement.ts";
import { marketEntity, type MarketRow, markets } from "../vendors/table.ts";

export const CALIBRATION_STATES = ["DRAFT", "OPEN", "CLOSED", "DISCUSSION", "CONSENSUS", "PUBLISHED", "CANCELLED"] as const;

/** How far raters agreed when voting ended; every coefficient with its interval, or a reason why it has no value. */
export interface FrozenAgreement {
  /** Items with a vote; raters who voted. */
  items: number;
  raters: number;
  /** The size of the scheme: policies that could have been chosen. */
  categories: number;
  percentAgreement: Coefficient;
  fleissKappa: Coefficient & { raters: number | null };
  krippendorffAlpha: Coefficient;
  /** By the policies' ranks; null where one that was chosen has none. */
  krippendorffAlphaOrdinal: Coefficient | null;
  gwetAc1: Coefficient;
}

// Raters' own rows say who is invited, and read no other table.
const amInvited = (table: string, session: string) =>
  sql.raw(`exists (select from calibration_raters r where r.project_id = ${table}.project_id and r.session_id = ${table}.${session}
    and r.principal_id = (select nullif(current_setting('app.principal_id', true), '')::uuid))`);
const afterVoting = (table: string, states: string) =>
  sql.raw(`exists (select from calibration_sessions s where s.project_id = ${table}.project_id and s.id = ${table}.session_id and s.state in (${states}))`);

/** Raters judge the same items blindly, then discuss where they differ: do they read a policy alike? */
export const calibrationSessions = pgTable("calibration_sessions", {
  ...projectKey(),
  name: text("name").notNull(),
  /** The policy it is about; null for several. */
  policyId: uuid("policy_id"),
  state: word("state", CALIBRATION_STATES).notNull(),
  facilitatorId: uuid("facilitator_id").notNull().references(() => principals.id),
  /** When voting ends by itself; null if only by hand. */
  closesAt: time("closes_at"),
  openedAt: time("opened_at"),
  closedAt: time("closed_at"),
  publishedAt: time("published_at"),
  cancelReason: text("cancel_reason"),
  /** Coefficients with their intervals as they were when voting ended; null before. */
  agreement: jsonb("agreement").$type<FrozenAgreement>(),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  foreignKey({ columns: [t.projectId], foreignColumns: [projects.id] }),
  foreignKey({ columns: [t.projectId, t.policyId], foreignColumns: [projectPolicies.projectId, projectPolicies.policyId] }),
  oneOf("calibration_sessions_state", t.state, CALIBRATION_STATES),
  check("calibration_sessions_cancelled", sql`(${t.state} = 'CANCELLED') = (${t.cancelReason} is not null)`),
  index("calibration_sessions_closes").on(t.closesAt).where(sql`state = 'OPEN'`),
  ...rowSecurity({
    assay_admin: everyRow,
    ...forRoles(["assay_lead", "assay_analyst"], inProjects(t.projectId)),
    ...forRoles(["assay_auditor", "assay_policy"], sql`${inProjects(t.projectId)} and
      (${t.state} in ('CLOSED', 'DISCUSSION', 'CONSENSUS', 'PUBLISHED') or ${isMe(t.facilitatorId)} or ${amInvited("calibration_sessions", "id")})`),
    ...forRoles([...PARTNER_DB_ROLES, "assay_labeler"], sql`${inProjects(t.projectId)} and ${amInvited("calibration_sessions", "id")}`),
  }),
]);

/** One thing to judge: content by reference, and the decision that was made on it where one was. */
export const calibrationItems = pgTable("calibration_items", {
  ...projectKey(),
  sessionId: uuid("session_id").notNull(),
  position: integer("position").notNull(),
  /** Raters never see it before discussion. */
  decisionId: uuid("decision_id"),
  market: code("market"),
  ...contentFacts(),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.sessionId, calibrationSessions),
  foreignKey({ columns: [t.market], foreignColumns: [markets.code] }),
  uniqueIndex("calibration_items_content").on(t.projectId, t.sessionId, t.contentHash),
  ...rowSecurity({
    assay_admin: everyRow,
    ...forRoles(["assay_lead", "assay_analyst"], inProjects(t.projectId)),
    ...forRoles(["assay_auditor", "assay_policy", ...PARTNER_DB_ROLES, "assay_labeler"], sql.raw(`exists (select from calibration_sessions s
      where s.project_id = calibration_items.project_id and s.id = calibration_items.session_id)`)),
  }),
]);

/** Who is invited to vote. */
export const calibrationRaters = pgTable("calibration_raters", {
  projectId: uuid("project_id").notNull(),
  sessionId: uuid("session_id").notNull(),
  principalId: uuid("principal_id").notNull().references(() => principals.id),
  /** Their vendor; null for staff. */
  vendorId: uuid("vendor_id"),
}, (t) => [
  primaryKey({ columns: [t.projectId, t.sessionId, t.principalId] }),
  projectReference({ projectId: t.projectId }, t.sessionId, calibrationSessions),
  index("calibration_raters_principal").on(t.principalId),
  ...rowSecurity({
    assay_admin: everyRow,
    ...forRoles(["assay_lead", "assay_analyst", "assay_auditor", "assay_policy"], inProjects(t.projectId)),
    ...forRoles([...PARTNER_DB_ROLES, "assay_labeler"], sql`${inProjects(t.projectId)} and ${isMine(t.principalId, t.vendorId)}`),
  }),
]);

/** What one rater says of one item; changed while voting is open, locked afterwards. Others' are hidden until then, from everybody. */
export const calibrationVotes = pgTable("calibration_votes", {
  ...projectKey(),
  sessionId: uuid("session_id").notNull(),
  itemId: uuid("item_id").notNull(),
  principalId: uuid("principal_id").notNull().references(() => principals.id),
  policyId: uuid("policy_id").notNull(),
  action: code("action"),
  rationale: text("rationale"),
  castAt: time("cast_at").notNull(),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.itemId, calibrationItems),
  foreignKey({
    columns: [t.projectId, t.sessionId, t.principalId],
    foreignColumns: [calibrationRaters.projectId, calibrationRaters.sessionId, calibrationRaters.principalId],
  }),
  foreignKey({ columns: [t.projectId, t.policyId], foreignColumns: [projectPolicies.projectId, projectPolicies.policyId] }),
  uniqueIndex("calibration_votes_once").on(t.projectId, t.itemId, t.principalId),
  index("calibration_votes_session").on(t.projectId, t.sessionId),
  ...rowSecurity({
    assay_admin: sql`${isMe(t.principalId)} or ${afterVoting("calibration_votes", "'CLOSED', 'DISCUSSION', 'CONSENSUS', 'PUBLISHED'")}`,
    ...forRoles(["assay_lead", "assay_analyst"], sql`${inProjects(t.projectId)} and
      (${isMe(t.principalId)} or ${afterVoting("calibration_votes", "'CLOSED', 'DISCUSSION', 'CONSENSUS', 'PUBLISHED'")})`),
    // Raters see each other's from the discussion on.
    ...forRoles(["assay_auditor", "assay_policy"], sql`${inProjects(t.projectId)} and
      (${isMe(t.principalId)} or ${afterVoting("calibration_votes", "'DISCUSSION', 'CONSENSUS', 'PUBLISHED'")})`),
    ...forRoles([...PARTNER_DB_ROLES, "assay_labeler"], sql`${inProjects(t.projectId)} and ${isMe(t.principalId)}
      and (${actsAlone} or ${amInvited("calibration_votes", "session_id")})`),
  }),
]);

/** What was agreed on one item, or the question that it left open. */
export const calibrationConsensus = pgTable("calibration_consensus", {
  projectId: uuid("project_id").notNull(),
  itemId: uuid("item_id").notNull(),
  sessionId: uuid("session_id").notNull(),
  policyId: uuid("policy_id"),
  action: code("action"),
  rationale: text("rationale"),
  questionId: uuid("question_id"),
  /** A golden item was made of it. */
  isGolden: boolean("is_golden").notNull().default(false),
  setById: uuid("set_by_id").notNull().references(() => principals.id),
  setAt: time("set_at").notNull(),
}, (t) => [
  primaryKey({ columns: [t.projectId, t.itemId] }),
  projectReference({ projectId: t.projectId }, t.itemId, calibrationItems),
  projectReference({ projectId: t.projectId }, t.questionId, policyQuestions),
  foreignKey({ columns: [t.projectId, t.policyId], foreignColumns: [projectPolicies.projectId, projectPolicies.policyId] }),
  check("calibration_consensus_one", sql`num_nonnulls(${t.policyId}, ${t.questionId}) = 1`),
  ...rowSecurity({
    assay_admin: everyRow,
    ...forRoles(["assay_lead", "assay_analyst", "assay_auditor", "assay_policy"], inProjects(t.projectId)),
    ...forRoles([...PARTNER_DB_ROLES, "assay_labeler"], sql`${inProjects(t.projectId)} and ${afterVoting("calibration_consensus", "'PUBLISHED'")}`),
  }),
]);

export type CalibrationSessionRow = typeof calibrationSessions.$inferSelect & {
  project?: ProjectRow | null;
  policy?: PolicyRow | null;
  facilitator?: PrincipalRow | null;
};
export type CalibrationItemRow = typeof calibrationItems.$inferSelect & {
  session?: CalibrationSessionRow | null;
  decision?: DecisionRow | null;
  marketRow?: MarketRow | null;
};
export type CalibrationVoteRow = typeof calibrationVotes.$inferSelect & {
  item?: CalibrationItemRow | null;
  policy?: PolicyRow | null;
  principal?: PrincipalRow | null;
};
export type CalibrationConsensusRow = typeof calibrationConsensus.$inferSelect;

export const calibrationSessionEntity = entity<CalibrationSessionRow>("CalibrationSession", calibrationSessions, {
  project: { entity: () => projectEntity, column: "projectId" },
  policy: { entity: () => policyEntity, column: "policyId" },
  facilitator: { entity: () => principalEntity, column: "facilitatorId" },
});
export const calibrationItemEntity = entity<CalibrationItemRow>("CalibrationItem", calibrationItems, {
  session: { entity: () => calibrationSessionEntity, column: "sessionId" },
  decision: { entity: () => decisionEntity, column: "decisionId" },
  marketRow: { entity: () => marketEntity, column: "market", target: "code" },
});
export const calibrationVoteEntity = entity<CalibrationVoteRow>("CalibrationVote", calibrationVotes, {
  item: { entity: () => calibrationItemEntity, column: "itemId" },
  policy: { entity: () => policyEntity, column: "policyId" },
  principal: { entity: () => principalEntity, column: "principalId" },
});
