import { sql } from "drizzle-orm";
import { check, foreignKey, index, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { APPEAL_OUTCOMES, APPEAL_TIERS, appealEntity, type AppealRow, appeals } from "../appeals/table.ts";
import { code, oneOf, projectKey, projectPrimaryKey, projectReference, texts, time, versioned, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { PARTNER_DB_ROLES, STAFF_DB_ROLES } from "../db/identity.ts";
import { everyRow, forRoles, inProjects, rowSecurity } from "../db/policies.ts";
import { principalEntity, type PrincipalRow, principals } from "../grants/table.ts";
import { policyEntity, type PolicyRow, policyVersionEntity, type PolicyVersionRow, policyVersions, projectPolicies } from "../policies/table.ts";
import { projectEntity, type ProjectRow } from "../projects/table.ts";
import {
  criteria, criterionEntity, type CriterionRow, ERROR_TYPES, errorCodeEntity, type ErrorCodeRow, errorCodes, SEVERITIES,
} from "../scorecards/table.ts";
import { marketEntity, type MarketRow, markets } from "../vendors/table.ts";
import { verdictEntity, type VerdictRow, verdicts } from "../verdicts/table.ts";

export const FINDING_RULINGS = ["FINDING_UPHELD", "FINDING_OVERTURNED", "FINDING_SEVERITY_CHANGED"] as const;
export const PRECEDENT_STATES = ["ACTIVE", "RETIRED"] as const;

const READERS = [
  "assay_admin", "assay_lead", "assay_auditor", "assay_policy", "assay_analyst", "assay_partner", "assay_partner_team", "assay_labeler", "assay_service",
] as const;
const ofVisibleAppeal = sql.raw("exists (select from appeals a where a.project_id = appeal_rulings.project_id and a.id = appeal_rulings.appeal_id)");

/**
 * What a tier decided of an appeal; never changed. Whoever decides is none of those who are party to it: the database compares the
 * principals themselves.
 */
export const appealRulings = pgTable("appeal_rulings", {
  ...projectKey(),
  appealId: uuid("appeal_id").notNull(),
  tier: word("tier", APPEAL_TIERS).notNull(),
  outcome: word("outcome", APPEAL_OUTCOMES).notNull(),
  reason: text("reason").notNull(),
  /** The verdict that it wrote; null where the audit stands. */
  verdictId: uuid("verdict_id"),
  adjudicatorId: uuid("adjudicator_id").notNull().references(() => principals.id),
  appellantId: uuid("appellant_id").notNull().references(() => principals.id),
  auditorId: uuid("auditor_id").notNull().references(() => principals.id),
  /** Whoever may act as the labeler. */
  labelerPrincipalIds: uuid("labeler_principal_ids").array().notNull().default(sql`'{}'`),
  /** Who judged this audit before: by a ruling, in any appeal of it, an adjudication, a correction, or a second or expert audit. */
  earlierAdjudicatorIds: uuid("earlier_adjudicator_ids").array().notNull().default(sql`'{}'`),
  ruledAt: time("ruled_at").notNull(),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.appealId, appeals),
  projectReference(t, t.verdictId, verdicts),
  oneOf("appeal_rulings_tier", t.tier, APPEAL_TIERS),
  oneOf("appeal_rulings_outcome", t.outcome, APPEAL_OUTCOMES),
  check("appeal_rulings_verdict", sql`(${t.outcome} = 'AUDIT_UPHELD') = (${t.verdictId} is null)`),
  check("appeal_rulings_independent", sql`${t.adjudicatorId} not in (${t.appellantId}, ${t.auditorId})
    and ${t.adjudicatorId} <> all (${t.labelerPrincipalIds}) and ${t.adjudicatorId} <> all (${t.earlierAdjudicatorIds})`),
  uniqueIndex("appeal_rulings_tier_once").on(t.projectId, t.appealId, t.tier),
  index("appeal_rulings_overturned").on(t.projectId, t.auditorId).where(sql`verdict_id is not null`),
  ...rowSecurity(forRoles(READERS, ofVisibleAppeal)),
]);

const ofVisibleRuling = sql.raw("exists (select from appeal_rulings r where r.project_id = ruling_findings.project_id and r.id = ruling_findings.ruling_id)");

/** What a ruling says of one contested criterion. */
export const rulingFindings = pgTable("ruling_findings", {
  ...projectKey(),
  rulingId: uuid("ruling_id").notNull(),
  criterionId: uuid("criterion_id").notNull().references(() => criteria.id),
  result: word("result", FINDING_RULINGS).notNull(),
  /** The severity it has now, where that changed. */
  severity: word("severity", SEVERITIES),
  note: text("note"),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.rulingId, appealRulings),
  oneOf("ruling_findings_result", t.result, FINDING_RULINGS),
  oneOf("ruling_findings_severity", t.severity, SEVERITIES),
  check("ruling_findings_changed", sql`(${t.result} = 'FINDING_SEVERITY_CHANGED') = (${t.severity} is not null)`),
  uniqueIndex("ruling_findings_once").on(t.projectId, t.rulingId, t.criterionId),
  ...rowSecurity(forRoles(READERS, ofVisibleRuling)),
]);

/** An arbitration that later ones go by: how a policy is to be read in a kind of case. Without a word on people. */
export const precedents = pgTable("precedents", {
  ...projectKey(),
  rulingId: uuid("ruling_id"),
  policyId: uuid("policy_id").notNull(),
  policyVersionId: uuid("policy_version_id").references(() => policyVersions.id),
  market: code("market"),
  title: text("title").notNull(),
  /** What the case was, and why it was ruled so. */
  summary: text("summary").notNull(),
  truthPolicyId: uuid("truth_policy_id"),
  errorType: word("error_type", ERROR_TYPES),
  errorCodeId: uuid("error_code_id").references(() => errorCodes.id),
  tags: texts("tags").notNull().default(sql`'{}'`),
  state: word("state", PRECEDENT_STATES).notNull(),
  createdById: uuid("created_by_id").notNull().references(() => principals.id),
  retiredAt: time("retired_at"),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.rulingId, appealRulings),
  foreignKey({ columns: [t.projectId, t.policyId], foreignColumns: [projectPolicies.projectId, projectPolicies.policyId] }),
  foreignKey({ columns: [t.market], foreignColumns: [markets.code] }),
  oneOf("precedents_state", t.state, PRECEDENT_STATES),
  oneOf("precedents_error_type", t.errorType, ERROR_TYPES),
  check("precedents_retired", sql`(${t.state} = 'RETIRED') = (${t.retiredAt} is not null)`),
  index("precedents_policy").on(t.projectId, t.policyId),
  ...rowSecurity({
    assay_admin: everyRow,
    ...forRoles([...STAFF_DB_ROLES, ...PARTNER_DB_ROLES], inProjects(t.projectId)),
    assay_labeler: sql`${inProjects(t.projectId)} and ${t.state} = 'ACTIVE'`,
  }),
]);

export type AppealRulingRow = typeof appealRulings.$inferSelect & {
  appeal?: AppealRow | null;
  verdict?: VerdictRow | null;
  adjudicator?: PrincipalRow | null;
};
export type RulingFindingRow = typeof rulingFindings.$inferSelect & { criterion?: CriterionRow | null };
export type PrecedentRow = typeof precedents.$inferSelect & {
  project?: ProjectRow | null;
  ruling?: AppealRulingRow | null;
  policy?: PolicyRow | null;
  policyVersion?: PolicyVersionRow | null;
  truthPolicy?: PolicyRow | null;
  marketRow?: MarketRow | null;
  errorCode?: ErrorCodeRow | null;
  createdBy?: PrincipalRow | null;
};

export const appealRulingEntity = entity<AppealRulingRow>("AppealRuling", appealRulings, {
  appeal: { entity: () => appealEntity, column: "appealId" },
  verdict: { entity: () => verdictEntity, column: "verdictId" },
  adjudicator: { entity: () => principalEntity, column: "adjudicatorId" },
});
export const rulingFindingEntity = entity<RulingFindingRow>("RulingFinding", rulingFindings, {
  criterion: { entity: () => criterionEntity, column: "criterionId" },
});
export const precedentEntity = entity<PrecedentRow>("Precedent", precedents, {
  project: { entity: () => projectEntity, column: "projectId" },
  ruling: { entity: () => appealRulingEntity, column: "rulingId" },
  policy: { entity: () => policyEntity, column: "policyId" },
  policyVersion: { entity: () => policyVersionEntity, column: "policyVersionId" },
  truthPolicy: { entity: () => policyEntity, column: "truthPolicyId" },
  marketRow: { entity: () => marketEntity, column: "market", target: "code" },
  errorCode: { entity: () => errorCodeEntity, column: "errorCodeId" },
  createdBy: { entity: () => principalEntity, column: "createdById" },
});
