import { sql } from "drizzle-orm";
import { type AnyPgColumn, boolean, check, index, jsonb, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { code, oneOf, projectKey, projectPrimaryKey, projectReference, real, texts, time, versioned, word } from "../db/columns.ts";
import { entity, type Entity } from "../db/entities.ts";
import { adjudicable, forRoles, inProjects, isMe, isMyLabeler, isMyTeam, isMyVendor, isMyVendorIfAny, rowSecurity, unlessBlind } from "../db/policies.ts";
import { contentFacts, decisionEntity, decisionFacts, decisionReference, type DecisionRow } from "../decisions/table.ts";
import { principalEntity, type PrincipalRow, principals } from "../grants/table.ts";
import { labelerEntity, type LabelerRow } from "../labelers/table.ts";
import { AUDIT_LAYERS, SAMPLE_PURPOSES } from "../plans/table.ts";
import { policyEntity, type PolicyRow, policyVersionEntity, type PolicyVersionRow, policyVersions } from "../policies/table.ts";
import { projectEntity, type ProjectRow, queueEntity, type QueueRow } from "../projects/table.ts";
import { sampleEntity, type SampleRow, samples } from "../samples/table.ts";
import { samplingRuns, strata } from "../sampling/table.ts";
import { scorecardVersionEntity, type ScorecardVersionRow, scorecardVersions } from "../scorecards/table.ts";
import { marketEntity, type MarketRow } from "../vendors/table.ts";

export const AUDIT_ROLES = ["PRIMARY", "SECOND", "ATA"] as const;
export const AUDIT_STATES = [
  "DRAFT", "REVEALED", "SUBMITTED", "DOUBLE_PENDING", "ADJUDICATION", "PUBLISHED", "ACKNOWLEDGED", "APPEALED", "FINAL", "VOIDED",
] as const;
export const ERROR_CAUSES = ["KNOWLEDGE_GAP", "OVERSIGHT", "POLICY_UNCLEAR", "POLICY_CHANGE", "LOCAL_CONTEXT", "TOOL", "OTHER"] as const;

const notBlindToMe = unlessBlind("audits", "auditor_id");

const ofMyVendor = (t: Record<"projectId" | "vendorId" | "isPartnerVisible" | "layer", AnyPgColumn>) =>
  sql`${inProjects(t.projectId)} and ${notBlindToMe} and ${isMyVendor(t.vendorId)} and (${t.isPartnerVisible} or ${t.layer} = 'VENDOR')`;

/** A judgement of a sampled decision. Facts are copied at the claim; state and visibility flags change. */
export const audits = pgTable("audits", {
  ...projectKey(),
  sampleId: uuid("sample_id").notNull(),
  decisionId: uuid("decision_id").notNull(),
  runId: uuid("run_id"),
  stratumId: uuid("stratum_id"),
  auditorId: uuid("auditor_id").notNull().references(() => principals.id),
  role: word("role", AUDIT_ROLES).notNull(),
  layer: word("layer", AUDIT_LAYERS).notNull(),
  purpose: word("purpose", SAMPLE_PURPOSES).notNull(),
  isBlind: boolean("is_blind").notNull(),
  state: word("state", AUDIT_STATES).notNull(),
  scorecardVersionId: uuid("scorecard_version_id").references(() => scorecardVersions.id),
  policyVersionId: uuid("policy_version_id").references(() => policyVersions.id),
  revealedAt: time("revealed_at"),
  submittedAt: time("submitted_at"),
  publishDueAt: time("publish_due_at"),
  publishedAt: time("published_at"),
  isPartnerVisible: boolean("is_partner_visible").notNull().default(false),
  /** The audit that it judges again, of a SECOND or ATA. */
  ofAuditId: uuid("of_audit_id"),
  /** Of a draw in which chances differ within a stratum: its sample's, since figures of those who see no samples weigh it too. */
  inclusionProbability: real("inclusion_probability"),
  isDouble: boolean("is_double").notNull().default(false),
  /** What the auditor said before the reveal; the verdict of a golden sample follows the golden item's truth instead. */
  answerPolicyId: uuid("answer_policy_id"),
  answerAction: code("answer_action"),
  answerTags: texts("answer_tags").notNull().default(sql`'{}'`),
  draft: jsonb("draft").$type<Record<string, unknown>>(),
  comment: text("comment"),
  /** What the labeler should do another time. */
  guidance: text("guidance"),
  /** Until when labeler and vendor may contest it. */
  windowDueAt: time("window_due_at"),
  /** When a second audit is given up; a first one's sample has its own. */
  dueAt: time("due_at"),
  acknowledgedAt: time("acknowledged_at"),
  acknowledgedById: uuid("acknowledged_by_id").references(() => principals.id),
  isAutoAcknowledged: boolean("is_auto_acknowledged").notNull().default(false),
  proposedCause: word("proposed_cause", ERROR_CAUSES),
  acknowledgement: text("acknowledgement"),
  voidReason: text("void_reason"),
  ...contentFacts(),
  ...decisionFacts(),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  decisionReference(t),
  projectReference(t, t.sampleId, samples),
  projectReference(t, t.runId, samplingRuns),
  projectReference(t, t.stratumId, strata),
  projectReference(t, t.ofAuditId, t),
  check("audits_inclusion_probability", sql`${t.inclusionProbability} > 0 and ${t.inclusionProbability} <= 1`),
  oneOf("audits_proposed_cause", t.proposedCause, ERROR_CAUSES),
  check("audits_of_audit", sql`(${t.role} = 'PRIMARY') or (${t.ofAuditId} is not null)`),
  oneOf("audits_role", t.role, AUDIT_ROLES),
  oneOf("audits_layer", t.layer, AUDIT_LAYERS),
  oneOf("audits_state", t.state, AUDIT_STATES),
  oneOf("audits_purpose", t.purpose, SAMPLE_PURPOSES),
  check("audits_published", sql`${t.publishedAt} is not null or ${t.state} in ('DRAFT', 'REVEALED', 'SUBMITTED', 'DOUBLE_PENDING', 'ADJUDICATION', 'VOIDED')`),
  check("audits_partner_visible", sql`not ${t.isPartnerVisible} or ${t.publishedAt} is not null`),
  uniqueIndex("audits_primary").on(t.projectId, t.sampleId).where(sql`role = 'PRIMARY' and state <> 'VOIDED'`),
  uniqueIndex("audits_second").on(t.projectId, t.ofAuditId).where(sql`role = 'SECOND' and state <> 'VOIDED'`),
  index("audits_window_due").on(t.windowDueAt).where(sql`state in ('PUBLISHED', 'ACKNOWLEDGED')`),
  index("audits_adjudication").on(t.projectId).where(sql`state = 'ADJUDICATION'`),
  index("audits_decision").on(t.projectId, t.decisionId),
  index("audits_auditor").on(t.auditorId, t.state),
  index("audits_ata").on(t.projectId, t.ofAuditId).where(sql`role = 'ATA'`),
  index("audits_submitted").on(t.auditorId, t.submittedAt),
  index("audits_stratum").on(t.projectId, t.stratumId),
  // The latest of each queue.
  index("audits_queue").on(t.projectId, t.queueId, t.id),
  index("audits_publish_due").on(t.publishDueAt).where(sql`state = 'SUBMITTED'`),
  ...rowSecurity({
    // Nobody but its auditor and the leads sees a blind audit before its truth is locked.
    assay_admin: sql`${notBlindToMe} and (not (${t.isBlind} and ${t.revealedAt} is null) or ${isMe(t.auditorId)})`,
    ...forRoles(["assay_lead", "assay_policy", "assay_analyst"], sql`${inProjects(t.projectId)} and ${notBlindToMe}`),
    // Own ones, published ones, and those that an auditor who may adjudicate is asked to.
    assay_auditor: sql`${inProjects(t.projectId)} and ${notBlindToMe} and (${isMe(t.auditorId)} or (${t.publishedAt} is not null and ${t.state} <> 'VOIDED')
      or ${t.id} = any (${adjudicable}))`,
    assay_partner: ofMyVendor(t),
    assay_partner_team: sql`${ofMyVendor(t)} and ${isMyTeam(t.teamId)}`,
    assay_labeler: sql`${inProjects(t.projectId)} and ${isMyLabeler(t.labelerId)} and ${t.isPartnerVisible}`,
    assay_service: sql`${inProjects(t.projectId)} and ${isMyVendorIfAny(t.vendorId)} and ${t.isPartnerVisible}`,
  }),
]);

export type AuditRow = typeof audits.$inferSelect & {
  project?: ProjectRow | null;
  decision?: DecisionRow | null;
  queue?: QueueRow | null;
  marketRow?: MarketRow | null;
  sample?: SampleRow | null;
  auditor?: PrincipalRow | null;
  acknowledgedBy?: PrincipalRow | null;
  ofAudit?: AuditRow | null;
  scorecardVersion?: ScorecardVersionRow | null;
  labeler?: LabelerRow | null;
  policy?: PolicyRow | null;
  policyVersion?: PolicyVersionRow | null;
  answerPolicy?: PolicyRow | null;
};

export const auditEntity: Entity<AuditRow> = entity<AuditRow>("Audit", audits, {
  project: { entity: () => projectEntity, column: "projectId" },
  decision: { entity: () => decisionEntity, column: "decisionId" },
  queue: { entity: () => queueEntity, column: "queueId" },
  marketRow: { entity: () => marketEntity, column: "market", target: "code" },
  sample: { entity: () => sampleEntity, column: "sampleId" },
  auditor: { entity: () => principalEntity, column: "auditorId" },
  acknowledgedBy: { entity: () => principalEntity, column: "acknowledgedById" },
  ofAudit: { entity: () => auditEntity, column: "ofAuditId" },
  scorecardVersion: { entity: () => scorecardVersionEntity, column: "scorecardVersionId" },
  labeler: { entity: () => labelerEntity, column: "labelerId" },
  policy: { entity: () => policyEntity, column: "policyId" },
  policyVersion: { entity: () => policyVersionEntity, column: "policyVersionId" },
  answerPolicy: { entity: () => policyEntity, column: "answerPolicyId" },
});
