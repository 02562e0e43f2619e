import { sql } from "drizzle-orm";
import { type AnyPgColumn, boolean, check, foreignKey, index, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { auditEntity, type AuditRow, audits } from "../audits/table.ts";
import { code, oneOf, projectKey, projectPrimaryKey, projectReference, texts, time, versioned, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { forRoles, inProjects, isMe, isMyLabeler, isMyTeam, isMyVendor, isMyVendorIfAny, rowSecurity, unlessBlind } from "../db/policies.ts";
import { decisionFacts } from "../decisions/table.ts";
import { principalEntity, type PrincipalRow, principals } from "../grants/table.ts";
import { labelerEntity, type LabelerRow } from "../labelers/table.ts";
import { AUDIT_LAYERS } from "../plans/table.ts";
import { policyEntity, type PolicyRow } from "../policies/table.ts";
import { projectEntity, type ProjectRow, projects, queueEntity, type QueueRow } from "../projects/table.ts";
import { criteria, criterionEntity, type CriterionRow } from "../scorecards/table.ts";
import { marketEntity, type MarketRow, vendorEntity, type VendorRow } from "../vendors/table.ts";
import { verdictEntity, type VerdictRow, verdicts } from "../verdicts/table.ts";

export const APPEAL_STATES = [
  "DRAFT", "L1_REVIEW", "L2_REVIEW", "L3_ARBITRATION", "RETURNED_FOR_INFO", "DECIDED", "DECLINED", "WITHDRAWN", "INVALID", "EXPIRED", "CLOSED",
] as const;
export const APPEAL_OUTCOMES = ["AUDIT_UPHELD", "AUDIT_OVERTURNED", "AUDIT_PARTIALLY_OVERTURNED", "AUDIT_SEVERITY_CHANGED"] as const;
export const APPEAL_TIERS = ["L1", "L2", "L3"] as const;
export const APPELLANT_ROLES = ["LABELER", "VENDOR_QA", "VENDOR_MANAGER"] as const;

const OPEN = sql.raw("('DRAFT', 'L1_REVIEW', 'L2_REVIEW', 'L3_ARBITRATION', 'RETURNED_FOR_INFO')");

const ofVisibleAppeals = sql.raw("exists (select from appeals a where a.project_id = appeal_cases.project_id and a.case_id = appeal_cases.id)");

/** Audits contested together, decided by one ruling. */
export const appealCases = pgTable("appeal_cases", {
  ...projectKey(),
  title: text("title").notNull(),
  openedById: uuid("opened_by_id").notNull().references(() => principals.id),
  layer: word("layer", AUDIT_LAYERS).notNull(),
  vendorId: uuid("vendor_id").notNull(),
  teamId: uuid("team_id"),
  labelerId: uuid("labeler_id"),
  /** Staff see it once one of its appeals is filed. */
  filedAt: time("filed_at"),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  foreignKey({ columns: [t.projectId], foreignColumns: [projects.id] }),
  oneOf("appeal_cases_layer", t.layer, AUDIT_LAYERS),
  ...rowSecurity({
    assay_admin: sql`${t.filedAt} is not null`,
    ...forRoles(["assay_lead", "assay_policy", "assay_analyst"], sql`${inProjects(t.projectId)} and ${t.filedAt} is not null`),
    assay_auditor: sql`${inProjects(t.projectId)} and ${t.filedAt} is not null and ${ofVisibleAppeals}`,
    assay_partner: sql`${inProjects(t.projectId)} and ${isMyVendor(t.vendorId)}`,
    assay_partner_team: sql`${inProjects(t.projectId)} and ${isMyVendor(t.vendorId)} and ${isMyTeam(t.teamId)}`,
    assay_labeler: sql`${inProjects(t.projectId)} and ${isMyLabeler(t.labelerId)}`,
  }),
]);

const notBlindToMe = unlessBlind("appeals", "raised_by_id");
// What was never filed is the appellant side's own, also once it is withdrawn or expired.
const filed = (t: Record<"filedAt", AnyPgColumn>) => sql`${t.filedAt} is not null`;
const handledByMe = sql.raw("(select nullif(current_setting('app.principal_id', true), '')::uuid) = any (appeals.handled_by_ids)");
const adjudicated = sql.raw("appeals.project_id = any ((select adjudicated_projects())::uuid[])");

/** The labeler's side contests an audit. Facts are the audit's; an appeal is never deleted, and at most one of an audit is open. */
export const appeals = pgTable("appeals", {
  ...projectKey(),
  auditId: uuid("audit_id").notNull(),
  decisionId: uuid("decision_id").notNull(),
  auditorId: uuid("auditor_id").notNull().references(() => principals.id),
  layer: word("layer", AUDIT_LAYERS).notNull(),
  caseId: uuid("case_id"),
  raisedById: uuid("raised_by_id").notNull().references(() => principals.id),
  raisedAs: word("raised_as", APPELLANT_ROLES).notNull(),
  /** The verdict that is contested. */
  verdictId: uuid("verdict_id").notNull(),
  state: word("state", APPEAL_STATES).notNull(),
  /** The tier it is in, was returned from, or reached last; null in a draft. */
  tier: word("tier", APPEAL_TIERS),
  /** Why, in the appellant's words; what is contested beside criteria may be the decision as a whole. */
  reason: text("reason").notNull().default(""),
  evidence: texts("evidence").notNull().default(sql`'{}'`),
  /** The state of the audit that it goes back to when the appeal ends. */
  auditState: code("audit_state"),
  /** What a reviewer asked, and what the appellant answered, last. */
  asked: text("asked"),
  answer: text("answer"),
  /** Why it was declined, invalid or withdrawn. */
  endReason: text("end_reason"),
  /** It has been continued past a decline, or appealed again; each once. */
  hasContinued: boolean("has_continued").notNull().default(false),
  hasReappealed: boolean("has_reappealed").notNull().default(false),
  filedAt: time("filed_at"),
  /** When a tier ruled last. */
  ruledAt: time("ruled_at"),
  closedAt: time("closed_at"),
  outcome: word("outcome", APPEAL_OUTCOMES),
  /** When what it waits for is due: the tier's ruling, an answer, a re-appeal, the filing of a draft; null once it is over. */
  dueAt: time("due_at"),
  /** Its reviewers so far: they see it, also where they see no other of its kind. */
  handledByIds: uuid("handled_by_ids").array().notNull().default(sql`'{}'`),
  ...decisionFacts(),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.auditId, audits),
  projectReference(t, t.verdictId, verdicts),
  projectReference(t, t.caseId, appealCases),
  oneOf("appeals_layer", t.layer, AUDIT_LAYERS),
  oneOf("appeals_state", t.state, APPEAL_STATES),
  oneOf("appeals_tier", t.tier, APPEAL_TIERS),
  oneOf("appeals_outcome", t.outcome, APPEAL_OUTCOMES),
  oneOf("appeals_raised_as", t.raisedAs, APPELLANT_ROLES),
  check("appeals_filed", sql`${t.state} in ('DRAFT', 'WITHDRAWN', 'EXPIRED') or (${t.filedAt} is not null and ${t.tier} is not null)`),
  check("appeals_decided", sql`${t.state} <> 'DECIDED' or (${t.outcome} is not null and ${t.ruledAt} is not null)`),
  check("appeals_closed", sql`(${t.state} in ('WITHDRAWN', 'INVALID', 'EXPIRED', 'CLOSED')) = (${t.closedAt} is not null)`),
  uniqueIndex("appeals_open").on(t.projectId, t.auditId).where(sql`state in ${OPEN}`),
  index("appeals_audit").on(t.projectId, t.auditId),
  index("appeals_case").on(t.projectId, t.caseId),
  index("appeals_due").on(t.projectId, t.dueAt, t.id).where(sql`due_at is not null`),
  // Those that time moves, of whatever project.
  index("appeals_passing").on(t.dueAt).where(sql`due_at is not null and state in ('DRAFT', 'L1_REVIEW', 'RETURNED_FOR_INFO', 'DECIDED', 'DECLINED')`),
  index("appeals_ruled").on(t.projectId, t.ruledAt).where(sql`ruled_at is not null`),
  index("appeals_raised").on(t.raisedById),
  index("appeals_labeler").on(t.projectId, t.labelerId),
  index("appeals_policy").on(t.projectId, t.policyId),
  ...rowSecurity({
    assay_admin: sql`${filed(t)} and ${notBlindToMe}`,
    ...forRoles(["assay_lead", "assay_policy", "assay_analyst"], sql`${inProjects(t.projectId)} and ${filed(t)} and ${notBlindToMe}`),
    // Of own audits, handled ones, and those that an auditor who may adjudicate could be asked to decide.
    assay_auditor: sql`${inProjects(t.projectId)} and ${filed(t)} and ${notBlindToMe} and (${isMe(t.auditorId)} or ${handledByMe}
      or (${adjudicated} and ${t.tier} in ('L2', 'L3')))`,
    assay_partner: sql`${inProjects(t.projectId)} and ${isMyVendor(t.vendorId)} and ${notBlindToMe}`,
    assay_partner_team: sql`${inProjects(t.projectId)} and ${isMyVendor(t.vendorId)} and ${isMyTeam(t.teamId)} and ${notBlindToMe}`,
    assay_labeler: sql`${inProjects(t.projectId)} and ${isMyLabeler(t.labelerId)}`,
    assay_service: sql`${inProjects(t.projectId)} and ${isMyVendorIfAny(t.vendorId)} and ${filed(t)}`,
  }),
]);

const ofVisibleAppeal = (table: string) => sql.raw(`exists (select from appeals a where a.project_id = ${table}.project_id and a.id = ${table}.appeal_id)`);
const READERS = [
  "assay_admin", "assay_lead", "assay_auditor", "assay_policy", "assay_analyst", "assay_partner", "assay_partner_team", "assay_labeler", "assay_service",
] as const;

/** A criterion that an appeal contests, and why. */
export const appealCriteria = pgTable("appeal_criteria", {
  ...projectKey(),
  appealId: uuid("appeal_id").notNull(),
  criterionId: uuid("criterion_id").notNull().references(() => criteria.id),
  argument: text("argument"),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.appealId, appeals),
  uniqueIndex("appeal_criteria_once").on(t.projectId, t.appealId, t.criterionId),
  ...rowSecurity(forRoles(READERS, ofVisibleAppeal("appeal_criteria"))),
]);

export type AppealCaseRow = typeof appealCases.$inferSelect & { project?: ProjectRow | null; openedBy?: PrincipalRow | null; vendor?: VendorRow | null };
export type AppealRow = typeof appeals.$inferSelect & {
  project?: ProjectRow | null;
  audit?: AuditRow | null;
  case?: AppealCaseRow | null;
  raisedBy?: PrincipalRow | null;
  verdict?: VerdictRow | null;
  labeler?: LabelerRow | null;
  vendor?: VendorRow | null;
  queue?: QueueRow | null;
  policy?: PolicyRow | null;
  marketRow?: MarketRow | null;
};
export type AppealCriterionRow = typeof appealCriteria.$inferSelect & { criterion?: CriterionRow | null };

export const appealCaseEntity = entity<AppealCaseRow>("AppealCase", appealCases, {
  project: { entity: () => projectEntity, column: "projectId" },
  openedBy: { entity: () => principalEntity, column: "openedById" },
  vendor: { entity: () => vendorEntity, column: "vendorId" },
});
export const appealEntity = entity<AppealRow>("Appeal", appeals, {
  project: { entity: () => projectEntity, column: "projectId" },
  audit: { entity: () => auditEntity, column: "auditId" },
  case: { entity: () => appealCaseEntity, column: "caseId" },
  raisedBy: { entity: () => principalEntity, column: "raisedById" },
  verdict: { entity: () => verdictEntity, column: "verdictId" },
  labeler: { entity: () => labelerEntity, column: "labelerId" },
  vendor: { entity: () => vendorEntity, column: "vendorId" },
  queue: { entity: () => queueEntity, column: "queueId" },
  policy: { entity: () => policyEntity, column: "policyId" },
  marketRow: { entity: () => marketEntity, column: "market", target: "code" },
});
export const appealCriterionEntity = entity<AppealCriterionRow>("AppealCriterion", appealCriteria, {
  criterion: { entity: () => criterionEntity, column: "criterionId" },
});
