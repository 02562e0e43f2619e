import { sql } from "drizzle-orm";
import { bigint, boolean, date, foreignKey, index, integer, pgTable, primaryKey, text, unique, uuid } from "drizzle-orm/pg-core";
import { audits } from "../audits/table.ts";
import { code, oneOf, real, time, word } from "../db/columns.ts";
import { DB_ROLES } from "../db/identity.ts";
import { everyRow, forRoles, inProjects, isMyLabeler, isMyTeam, isMyVendor, isMyVendorIfAny, rowSecurity, unlessBlind } from "../db/policies.ts";
import { decisionFacts } from "../decisions/table.ts";
import { AUDIT_LAYERS, SAMPLE_PURPOSES } from "../plans/table.ts";
import { MODALITIES, projects } from "../projects/table.ts";
import { ERROR_TYPES, SEVERITIES } from "../scorecards/table.ts";

export const ROLLUP_GRAINS = ["MARKET", "HEADLINE", "QUEUE_POLICY"] as const;
export type Grain = (typeof ROLLUP_GRAINS)[number];
export const ROLLUP_STATES = ["BUILDING", "READY"] as const;

const notBlindToMe = unlessBlind("audit_facts", "auditor_id");

/**
 * A published primary audit with its verdict in force, flat, as figures read it: one row an audit, folded from its events up to the
 * project's watermark. Who sees the audit sees the row. Booleans are counts of 0 or 1.
 */
export const auditFacts = pgTable("audit_facts", {
  projectId: uuid("project_id").notNull(),
  auditId: uuid("audit_id").notNull(),
  decisionId: uuid("decision_id").notNull(),
  auditorId: uuid("auditor_id").notNull(),
  verdictId: uuid("verdict_id").notNull(),
  layer: word("layer", AUDIT_LAYERS).notNull(),
  purpose: word("purpose", SAMPLE_PURPOSES).notNull(),
  runId: uuid("run_id"),
  stratumId: uuid("stratum_id"),
  inclusionProbability: real("inclusion_probability"),
  ...decisionFacts(),
  modality: word("modality", MODALITIES).notNull(),
  language: code("language"),
  policyVersionId: uuid("policy_version_id"),
  action: code("action"),
  submittedAt: time("submitted_at").notNull(),
  publishedAt: time("published_at").notNull(),
  /** The day of the decision in the project's zone. */
  day: date("day").notNull(),
  truthPolicyId: uuid("truth_policy_id").notNull(),
  errorType: word("error_type", ERROR_TYPES),
  severity: word("severity", SEVERITIES),
  /** An error that the process answers for, not the labeler. */
  isProcessError: boolean("is_process_error").notNull(),
  isCorrect: boolean("is_correct").notNull(),
  /** At least one error or failed criterion is CRITICAL. */
  isCritical: boolean("is_critical").notNull(),
  isLabeledViolating: boolean("is_labeled_violating").notNull(),
  isTrulyViolating: boolean("is_truly_violating").notNull(),
  /** The true action was taken. */
  isActionRight: boolean("is_action_right").notNull(),
  /** The quality score in millionths; null where it has none. */
  scoreMillionths: integer("score_millionths"),
  /** Criteria outside the bonus that failed, and those that were not NA. */
  failedCount: integer("failed_count").notNull(),
  judgedCount: integer("judged_count").notNull(),
}, (t) => [
  primaryKey({ columns: [t.projectId, t.auditId] }),
  foreignKey({ columns: [t.projectId, t.auditId], foreignColumns: [audits.projectId, audits.id] }),
  index("audit_facts_decision").on(t.projectId, t.layer, t.decisionId),
  index("audit_facts_chances").on(t.projectId, t.decisionId).where(sql`inclusion_probability is not null`),
  ...rowSecurity({
    assay_admin: notBlindToMe,
    ...forRoles(["assay_lead", "assay_policy", "assay_analyst", "assay_auditor"], sql`${inProjects(t.projectId)} and ${notBlindToMe}`),
    assay_partner: sql`${inProjects(t.projectId)} and ${notBlindToMe} and ${isMyVendor(t.vendorId)}`,
    assay_partner_team: sql`${inProjects(t.projectId)} and ${notBlindToMe} and ${isMyVendor(t.vendorId)} and ${isMyTeam(t.teamId)}`,
    assay_labeler: sql`${inProjects(t.projectId)} and ${isMyLabeler(t.labelerId)}`,
    assay_service: sql`${inProjects(t.projectId)} and ${isMyVendorIfAny(t.vendorId)}`,
  }),
]);

/** Sums of `audit_facts` by cell, those whose chances differ within a stratum left out. Integers only, never weights. */
export const auditRollups = pgTable("audit_rollups", {
  projectId: uuid("project_id").notNull().references(() => projects.id),
  grain: word("grain", ROLLUP_GRAINS).notNull(),
  layer: word("layer", AUDIT_LAYERS).notNull(),
  purpose: word("purpose", SAMPLE_PURPOSES).notNull(),
  day: date("day").notNull(),
  market: code("market").notNull(),
  /** Of every grain but MARKET, which holds all vendors together. */
  vendorId: uuid("vendor_id"),
  runId: uuid("run_id"),
  stratumId: uuid("stratum_id"),
  /** Of grain QUEUE_POLICY. */
  queueId: uuid("queue_id"),
  policyId: uuid("policy_id"),
  isProcessError: boolean("is_process_error").notNull(),
  audits: integer("audits").notNull(),
  correct: integer("correct").notNull(),
  critical: integer("critical").notNull(),
  trulyViolating: integer("truly_violating").notNull(),
  /** Labeled violating, truly not; and the other way round. */
  overEnforced: integer("over_enforced").notNull(),
  underEnforced: integer("under_enforced").notNull(),
  /** The labeler's policy is the true one; and of these, the action too. */
  policyRight: integer("policy_right").notNull(),
  actionRight: integer("action_right").notNull(),
  scored: integer("scored").notNull(),
  scoreMillionths: bigint("score_millionths", { mode: "number" }).notNull(),
  failedCriteria: integer("failed_criteria").notNull(),
  judgedCriteria: integer("judged_criteria").notNull(),
}, (t) => [
  unique("audit_rollups_cell").on(
    t.projectId, t.grain, t.layer, t.purpose, t.day, t.market, t.vendorId, t.runId, t.stratumId, t.queueId, t.policyId, t.isProcessError,
  ).nullsNotDistinct(),
  oneOf("audit_rollups_grain", t.grain, ROLLUP_GRAINS),
  ...rowSecurity({
    assay_admin: everyRow,
    ...forRoles(["assay_lead", "assay_policy", "assay_analyst", "assay_auditor"], inProjects(t.projectId)),
    assay_partner: sql`${inProjects(t.projectId)} and ${isMyVendor(t.vendorId)}`,
    assay_service: sql`${inProjects(t.projectId)} and ${isMyVendorIfAny(t.vendorId)}`,
  }),
]);

/** How many `audit_facts` a stratum has, of everybody: what its weight divides by. */
export const stratumRollups = pgTable("stratum_rollups", {
  projectId: uuid("project_id").notNull().references(() => projects.id),
  stratumId: uuid("stratum_id").notNull(),
  audited: integer("audited").notNull(),
}, (t) => [
  primaryKey({ columns: [t.projectId, t.stratumId] }),
  ...rowSecurity({ assay_admin: everyRow, ...forRoles(["assay_lead", "assay_analyst"], inProjects(t.projectId)) }),
]);

/** Up to which event of the project facts and rollups are folded; readers add what later events touched. */
export const rollupWatermarks = pgTable("rollup_watermarks", {
  projectId: uuid("project_id").primaryKey().references(() => projects.id),
  seq: bigint("seq", { mode: "number" }).notNull(),
  state: word("state", ROLLUP_STATES).notNull(),
  /** The zone that `day` was cut in; another one of the project builds anew. */
  timeZone: text("time_zone").notNull(),
  hasQueuePolicy: boolean("has_queue_policy").notNull().default(false),
  /** While it is built: the last audit, in order of ids, that was folded. */
  builtTo: uuid("built_to"),
  /** While the grain QUEUE_POLICY is added: the last audit that is in it. */
  queuePolicyTo: uuid("queue_policy_to"),
  /** When it was last looked at whether that grain is worth it; null before the first time. */
  weighedAt: time("weighed_at"),
  /** How many `audit_facts` the project has. */
  facts: integer("facts").notNull().default(0),
  foldedAt: time("folded_at").notNull(),
}, (t) => [
  oneOf("rollup_watermarks_state", t.state, ROLLUP_STATES),
  ...rowSecurity({
    assay_admin: everyRow,
    ...forRoles(DB_ROLES.filter((role) => !["assay_admin", "assay_auth", "assay_worker"].includes(role)), inProjects(t.projectId)),
  }),
]);
