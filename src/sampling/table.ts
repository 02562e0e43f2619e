import { sql } from "drizzle-orm";
import { check, index, integer, jsonb, pgTable, primaryKey, text, unique, uuid } from "drizzle-orm/pg-core";
import { code, oneOf, projectKey, projectPrimaryKey, projectReference, time, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { everyRow, forRoles, inProjects, rowSecurity } from "../db/policies.ts";
import { principalEntity, type PrincipalRow, principals } from "../grants/table.ts";
import {
  AUDIT_LAYERS, FRAME_COVERS, type FrameFilter, SAMPLE_PURPOSES, SAMPLING_METHODS, samplingPlanEntity, type SamplingPlanRow, samplingPlans,
  type StratumDimension,
} from "../plans/table.ts";

/** What of its plan decided how a run was drawn, as it was then. */
export type Design = Pick<
  SamplingPlanRow,
  | "rate" | "size" | "halfWidth" | "precisionBy" | "expectedAccuracy" | "strataBy" | "allocation" | "minPerStratum" | "minPerLabeler" | "capPerLabeler"
  | "doubleAuditRate"
>;

/** One draw of a plan: its seed and its frozen frame, so that anyone can draw it again. */
export const samplingRuns = pgTable("sampling_runs", {
  ...projectKey(),
  planId: uuid("plan_id").notNull(),
  layer: word("layer", AUDIT_LAYERS).notNull(),
  purpose: word("purpose", SAMPLE_PURPOSES).notNull(),
  frame: jsonb("frame").$type<FrameFilter>().notNull(),
  frameCovers: word("frame_covers", FRAME_COVERS).notNull(),
  planVersion: integer("plan_version").notNull().default(1),
  method: word("method", SAMPLING_METHODS).notNull().default("SIMPLE_RANDOM"),
  design: jsonb("design").$type<Partial<Design>>().notNull().default({}),
  seed: text("seed").notNull(),
  windowFrom: time("window_from").notNull(),
  windowTo: time("window_to").notNull(),
  frameSize: integer("frame_size").notNull(),
  frameHash: code("frame_hash").notNull(),
  sampleSize: integer("sample_size").notNull(),
  /** Decisions that pass the filter and could not be drawn: those without a risk score, where chances follow it. */
  excludedCount: integer("excluded_count").notNull().default(0),
  drawnById: uuid("drawn_by_id").notNull().references(() => principals.id),
  drawnAt: time("drawn_at").notNull(),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.planId, samplingPlans),
  oneOf("sampling_runs_method", t.method, SAMPLING_METHODS),
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
  /** What its decisions have in common, by dimension: ids of rows, codes or words; null where they have none. */
  values: jsonb("values").$type<Partial<Record<StratumDimension, string | null>>>().notNull().default({}),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.runId, samplingRuns),
  unique("strata_key").on(t.projectId, t.runId, t.key),
  check("strata_size", sql`${t.sampleSize} between 0 and ${t.frameSize}`),
  ...rowSecurity({ assay_admin: everyRow, ...forRoles(["assay_lead", "assay_analyst"], inProjects(t.projectId)) }),
]);

/** The next decisions of a stratum in its seeded order: a void sample is replaced by the first that is not taken. Nobody reads them. */
export const sampleReserves = pgTable("sample_reserves", {
  projectId: uuid("project_id").notNull(),
  stratumId: uuid("stratum_id").notNull(),
  drawOrder: integer("draw_order").notNull(),
  decisionId: uuid("decision_id").notNull(),
}, (t) => [
  primaryKey({ columns: [t.projectId, t.stratumId, t.drawOrder] }),
  projectReference(t, t.stratumId, strata),
  ...rowSecurity({}),
]);

export type SamplingRunRow = typeof samplingRuns.$inferSelect & { plan?: SamplingPlanRow | null; drawnBy?: PrincipalRow | null };
export type StratumRow = typeof strata.$inferSelect & { run?: SamplingRunRow | null };

export const samplingRunEntity = entity<SamplingRunRow>("SamplingRun", samplingRuns, {
  plan: { entity: () => samplingPlanEntity, column: "planId" },
  drawnBy: { entity: () => principalEntity, column: "drawnById" },
});
export const stratumEntity = entity<StratumRow>("Stratum", strata, { run: { entity: () => samplingRunEntity, column: "runId" } });
