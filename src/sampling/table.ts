import { sql } from "drizzle-orm";
import { boolean, check, foreignKey, index, integer, jsonb, pgTable, text, unique, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { code, oneOf, projectKey, projectPrimaryKey, projectReference, real, time, versioned, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { everyRow, forRoles, inProjects, isMe, isMyTeam, isMyVendor, rowSecurity } from "../db/policies.ts";
import { contentFacts, decisionEntity, decisionFacts, type DecisionRow } from "../decisions/table.ts";
import { principalEntity, type PrincipalRow, principals } from "../grants/table.ts";
import { projectEntity, type ProjectRow, projects, queueEntity, type QueueRow } from "../projects/table.ts";
import { marketEntity, type MarketRow } from "../vendors/table.ts";

export const SAMPLING_PLAN_STATES = ["DRAFT", "ACTIVE", "PAUSED", "ARCHIVED"] as const;
export const SAMPLE_PURPOSES = ["RANDOM", "RISK", "RAMP", "TARGETED", "GOLDEN"] as const;
export const SAMPLE_STATES = ["DRAWN", "IN_AUDIT", "AUDITED", "VOID", "EXPIRED"] as const;
export const AUDIT_LAYERS = ["VENDOR", "CLIENT"] as const;
export const FRAME_COVERS = ["ALL", "VIOLATING_ONLY", "NON_VIOLATING_ONLY"] as const;

/** Which decisions are eligible; an absent or empty list means any. Ids of rows, codes of markets and languages. */
export interface FrameFilter {
  queueIds?: string[];
  markets?: string[];
  vendorIds?: string[];
  labelerIds?: string[];
  policyIds?: string[];
}

/** How samples are drawn, as data. */
export const samplingPlans = pgTable("sampling_plans", {
  ...projectKey(),
  name: text("name").notNull(),
  state: word("state", SAMPLING_PLAN_STATES).notNull(),
  purpose: word("purpose", SAMPLE_PURPOSES).notNull(),
  layer: word("layer", AUDIT_LAYERS).notNull(),
  frame: jsonb("frame").$type<FrameFilter>().notNull(),
  frameCovers: word("frame_covers", FRAME_COVERS).notNull(),
  rate: real("rate"),
  size: integer("size"),
  isBlind: boolean("is_blind").notNull(),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  foreignKey({ columns: [t.projectId], foreignColumns: [projects.id] }),
  oneOf("sampling_plans_state", t.state, SAMPLING_PLAN_STATES),
  check("sampling_plans_purpose", sql`${t.purpose} in ('RANDOM')`),
  oneOf("sampling_plans_layer", t.layer, AUDIT_LAYERS),
  oneOf("sampling_plans_frame_covers", t.frameCovers, FRAME_COVERS),
  check("sampling_plans_size", sql`(${t.rate} is null) <> (${t.size} is null) and (${t.rate} > 0 and ${t.rate} <= 1 or ${t.size} > 0)`),
  ...rowSecurity({ assay_admin: everyRow, ...forRoles(["assay_lead", "assay_analyst"], inProjects(t.projectId)) }),
]);

/** One draw of a plan: its seed and its frozen frame, so that anyone can draw it again. */
export const samplingRuns = pgTable("sampling_runs", {
  ...projectKey(),
  planId: uuid("plan_id").notNull(),
  layer: word("layer", AUDIT_LAYERS).notNull(),
  purpose: word("purpose", SAMPLE_PURPOSES).notNull(),
  frame: jsonb("frame").$type<FrameFilter>().notNull(),
  frameCovers: word("frame_covers", FRAME_COVERS).notNull(),
  seed: text("seed").notNull(),
  windowFrom: time("window_from").notNull(),
  windowTo: time("window_to").notNull(),
  frameSize: integer("frame_size").notNull(),
  frameHash: code("frame_hash").notNull(),
  sampleSize: integer("sample_size").notNull(),
  drawnById: uuid("drawn_by_id").notNull().references(() => principals.id),
  drawnAt: time("drawn_at").notNull(),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.planId, samplingPlans),
  check("sampling_runs_window", sql`${t.windowFrom} < ${t.windowTo}`),
  check("sampling_runs_size", sql`${t.sampleSize} between 0 and ${t.frameSize}`),
  index("sampling_runs_window_of_plan").on(t.projectId, t.planId, t.windowTo),
  ...rowSecurity({ assay_admin: everyRow, ...forRoles(["assay_lead", "assay_analyst"], inProjects(t.projectId)) }),
]);

/** A part of a run's frame, drawn from on its own; pooled over runs by its key. */
export const strata = pgTable("strata", {
  ...projectKey(),
  runId: uuid("run_id").notNull(),
  key: code("key").notNull(),
  frameSize: integer("frame_size").notNull(),
  sampleSize: integer("sample_size").notNull(),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.runId, samplingRuns),
  unique("strata_key").on(t.projectId, t.runId, t.key),
  check("strata_size", sql`${t.sampleSize} between 0 and ${t.frameSize}`),
  ...rowSecurity({ assay_admin: everyRow, ...forRoles(["assay_lead", "assay_analyst"], inProjects(t.projectId)) }),
]);

/**
 * One drawn decision, on its way to an audit. Its content facts are copied, so that its auditor needs nothing of the decision. Samples
 * are only ever copied from decisions, which nobody deletes; a foreign key to them cost two thirds of a draw's time (its audit has one).
 */
export const samples = pgTable("samples", {
  ...projectKey(),
  decisionId: uuid("decision_id").notNull(),
  runId: uuid("run_id"),
  stratumId: uuid("stratum_id"),
  purpose: word("purpose", SAMPLE_PURPOSES).notNull(),
  layer: word("layer", AUDIT_LAYERS).notNull(),
  inclusionProbability: real("inclusion_probability"),
  drawOrder: integer("draw_order").notNull(),
  isBlind: boolean("is_blind").notNull(),
  state: word("state", SAMPLE_STATES).notNull(),
  assigneeId: uuid("assignee_id").references(() => principals.id),
  leaseUntil: time("lease_until"),
  dueAt: time("due_at").notNull(),
  skippedByIds: uuid("skipped_by_ids").array().notNull().default(sql`'{}'`),
  ...contentFacts(),
  ...decisionFacts(),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.runId, samplingRuns),
  projectReference(t, t.stratumId, strata),
  oneOf("samples_purpose", t.purpose, SAMPLE_PURPOSES),
  oneOf("samples_layer", t.layer, AUDIT_LAYERS),
  oneOf("samples_state", t.state, SAMPLE_STATES),
  check("samples_inclusion_probability", sql`${t.inclusionProbability} > 0 and ${t.inclusionProbability} <= 1`),
  check("samples_drawn_by_a_run", sql`(${t.runId} is null) = (${t.purpose} in ('TARGETED', 'GOLDEN')) and (${t.runId} is null) = (${t.inclusionProbability} is null)`),
  check("samples_lease", sql`(${t.state} = 'IN_AUDIT') = (${t.leaseUntil} is not null)`),
  uniqueIndex("samples_run_decision").on(t.projectId, t.runId, t.decisionId),
  index("samples_waiting").on(t.projectId, t.layer, t.dueAt, t.id).where(sql`state = 'DRAWN'`),
  index("samples_leases").on(t.leaseUntil).where(sql`state = 'IN_AUDIT'`),
  index("samples_assignee").on(t.assigneeId, t.state),
  index("samples_stratum").on(t.projectId, t.stratumId, t.state),
  index("samples_decision").on(t.projectId, t.decisionId),
  ...rowSecurity({
    assay_admin: everyRow,
    ...forRoles(["assay_lead", "assay_analyst"], inProjects(t.projectId)),
    // A policy manager who audits too keeps their own, so that the audits' policy can tell what they are blind to.
    ...forRoles(["assay_auditor", "assay_policy"], sql`${inProjects(t.projectId)} and ${isMe(t.assigneeId)}`),
    assay_partner: sql`${inProjects(t.projectId)} and ${isMyVendor(t.vendorId)} and ${t.layer} = 'VENDOR' and ${isMe(t.assigneeId)}`,
    assay_partner_team: sql`${inProjects(t.projectId)} and ${isMyVendor(t.vendorId)} and ${isMyTeam(t.teamId)} and ${t.layer} = 'VENDOR' and ${isMe(t.assigneeId)}`,
  }),
]);

export type SamplingPlanRow = typeof samplingPlans.$inferSelect & { project?: ProjectRow | null };
export type SamplingRunRow = typeof samplingRuns.$inferSelect & { plan?: SamplingPlanRow | null; drawnBy?: PrincipalRow | null };
export type StratumRow = typeof strata.$inferSelect & { run?: SamplingRunRow | null };
export type SampleRow = typeof samples.$inferSelect & {
  project?: ProjectRow | null;
  decision?: DecisionRow | null;
  queue?: QueueRow | null;
  marketRow?: MarketRow | null;
  run?: SamplingRunRow | null;
  stratum?: StratumRow | null;
  assignee?: PrincipalRow | null;
};

export const samplingPlanEntity = entity<SamplingPlanRow>("SamplingPlan", samplingPlans, {
  project: { entity: () => projectEntity, column: "projectId" },
});
export const samplingRunEntity = entity<SamplingRunRow>("SamplingRun", samplingRuns, {
  plan: { entity: () => samplingPlanEntity, column: "planId" },
  drawnBy: { entity: () => principalEntity, column: "drawnById" },
});
export const stratumEntity = entity<StratumRow>("Stratum", strata, { run: { entity: () => samplingRunEntity, column: "runId" } });
export const sampleEntity = entity<SampleRow>("Sample", samples, {
  project: { entity: () => projectEntity, column: "projectId" },
  decision: { entity: () => decisionEntity, column: "decisionId" },
  queue: { entity: () => queueEntity, column: "queueId" },
  marketRow: { entity: () => marketEntity, column: "market", target: "code" },
  run: { entity: () => samplingRunEntity, column: "runId" },
  stratum: { entity: () => stratumEntity, column: "stratumId" },
  assignee: { entity: () => principalEntity, column: "assigneeId" },
});
