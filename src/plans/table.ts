import { sql } from "drizzle-orm";
import { boolean, check, foreignKey, index, integer, jsonb, pgTable, text } from "drizzle-orm/pg-core";
import { oneOf, projectKey, projectPrimaryKey, real, texts, time, versioned, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { everyRow, forRoles, inProjects, rowSecurity } from "../db/policies.ts";
import { LABELER_KINDS } from "../labelers/table.ts";
import { MODALITIES, projectEntity, type ProjectRow, projects } from "../projects/table.ts";

export const SAMPLING_PLAN_STATES = ["DRAFT", "ACTIVE", "PAUSED", "ARCHIVED"] as const;
export const SAMPLE_PURPOSES = ["RANDOM", "RISK", "RAMP", "TARGETED", "GOLDEN"] as const;
export const AUDIT_LAYERS = ["VENDOR", "CLIENT"] as const;
export const FRAME_COVERS = ["ALL", "VIOLATING_ONLY", "NON_VIOLATING_ONLY"] as const;

export const SAMPLING_METHODS = ["SIMPLE_RANDOM", "SYSTEMATIC", "STRATIFIED", "PPS"] as const;
export const ALLOCATIONS = ["PROPORTIONAL", "NEYMAN", "EQUAL"] as const;
export const STRATUM_DIMENSIONS = [
  "QUEUE", "MARKET", "VENDOR", "SITE", "TEAM", "LABELER", "LABELER_KIND", "POLICY", "ACTION", "MODALITY", "LANGUAGE", "TENURE_BUCKET",
] as const;
export type StratumDimension = (typeof STRATUM_DIMENSIONS)[number];
/** Days since hire, both ends counted: 0 to 30, 31 to 90, 91 to 180, more. */
export const TENURE_BUCKETS = ["D0_30", "D31_90", "D91_180", "D181_UP"] as const;
export const WINDOW_UNITS = ["DAY", "WEEK", "MONTH"] as const;

/** The part of a frame that names rows and markets, by which figures tell what a run may hold. */
export interface NamedFrame {
  queueIds?: string[];
  markets?: string[];
  vendorIds?: string[];
  labelerIds?: string[];
  policyIds?: string[];
}

/** Which decisions are eligible; an absent or empty list means any. Ids of rows, codes of markets, BCP 47 tags of languages. */
export interface FrameFilter extends NamedFrame {
  actions?: string[];
  modalities?: (typeof MODALITIES)[number][];
  languages?: string[];
  labelerKinds?: (typeof LABELER_KINDS)[number][];
  tenureBuckets?: (typeof TENURE_BUCKETS)[number][];
  /** Risk scores from here (inclusive) to there (exclusive); a decision without one passes neither. */
  riskFrom?: number;
  riskTo?: number;
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
  method: word("method", SAMPLING_METHODS).notNull().default("SIMPLE_RANDOM"),
  strataBy: texts("strata_by").$type<StratumDimension[]>().notNull().default(sql`'{}'`),
  allocation: word("allocation", ALLOCATIONS).notNull().default("PROPORTIONAL"),
  /** Target half-width of the 95 % interval, in place of rate and size: of each group of `precisionBy`. */
  halfWidth: real("half_width"),
  precisionBy: texts("precision_by").$type<StratumDimension[]>().notNull().default(sql`'{}'`),
  /** The accuracy that a size for a target precision expects; that of the period before where null. */
  expectedAccuracy: real("expected_accuracy"),
  minPerStratum: integer("min_per_stratum"),
  minPerLabeler: integer("min_per_labeler"),
  capPerLabeler: integer("cap_per_labeler"),
  /** Share of its samples that a second auditor judges too. */
  doubleAuditRate: real("double_audit_rate").notNull().default(0),
  /** Cron of five fields in the project's zone: each time it draws the whole units that have just ended. */
  schedule: text("schedule"),
  windowUnit: word("window_unit", WINDOW_UNITS),
  windowLength: integer("window_length"),
  nextDrawAt: time("next_draw_at"),
  /** The seed of a run is this, a colon and the window's start; a random one where null. */
  seed: text("seed"),
  /** An inspection stream draws its lots by it, and says how many. */
  isForLots: boolean("is_for_lots").notNull().default(false),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  foreignKey({ columns: [t.projectId], foreignColumns: [projects.id] }),
  oneOf("sampling_plans_state", t.state, SAMPLING_PLAN_STATES),
  check("sampling_plans_purpose", sql`${t.purpose} in ('RANDOM', 'RISK', 'RAMP', 'GOLDEN')`),
  oneOf("sampling_plans_layer", t.layer, AUDIT_LAYERS),
  oneOf("sampling_plans_frame_covers", t.frameCovers, FRAME_COVERS),
  oneOf("sampling_plans_method", t.method, SAMPLING_METHODS),
  oneOf("sampling_plans_allocation", t.allocation, ALLOCATIONS),
  oneOf("sampling_plans_window_unit", t.windowUnit, WINDOW_UNITS),
  check("sampling_plans_size", sql`num_nonnulls(${t.rate}, ${t.size}, ${t.halfWidth}) = case when ${t.isForLots} then 0 else 1 end
    and (${t.rate} is null or (${t.rate} > 0 and ${t.rate} <= 1)) and (${t.size} is null or ${t.size} > 0)
    and (${t.halfWidth} is null or (${t.halfWidth} > 0 and ${t.halfWidth} < 0.5))`),
  check("sampling_plans_strata", sql`(${t.method} = 'STRATIFIED') = (cardinality(${t.strataBy}) > 0) and ${t.precisionBy} <@ ${t.strataBy}`),
  check("sampling_plans_risk", sql`(${t.purpose} = 'RISK') = (${t.method} = 'PPS')`),
  check("sampling_plans_per_labeler", sql`(${t.minPerLabeler} is null and ${t.capPerLabeler} is null) or 'LABELER' = any (${t.strataBy})`),
  check("sampling_plans_bounds", sql`(${t.minPerStratum} is null or ${t.minPerStratum} > 0) and (${t.minPerLabeler} is null or ${t.minPerLabeler} > 0)
    and (${t.capPerLabeler} is null or ${t.capPerLabeler} >= coalesce(${t.minPerLabeler}, 1))`),
  check("sampling_plans_double_audits", sql`${t.doubleAuditRate} between 0 and 1`),
  check("sampling_plans_schedule", sql`num_nonnulls(${t.schedule}, ${t.windowUnit}, ${t.windowLength}) in (0, 3) and (${t.windowLength} is null or ${t.windowLength} > 0)`),
  index("sampling_plans_next_draw").on(t.nextDrawAt).where(sql`state = 'ACTIVE'`),
  ...rowSecurity({ assay_admin: everyRow, ...forRoles(["assay_lead", "assay_analyst"], inProjects(t.projectId)) }),
]);

export type SamplingPlanRow = typeof samplingPlans.$inferSelect & { project?: ProjectRow | null };

export const samplingPlanEntity = entity<SamplingPlanRow>("SamplingPlan", samplingPlans, {
  project: { entity: () => projectEntity, column: "projectId" },
});
