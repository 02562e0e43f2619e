import { sql } from "drizzle-orm";
import { check, index, integer, jsonb, pgTable, text, unique, uuid } from "drizzle-orm/pg-core";
import { code, projectKey, projectPrimaryKey, projectReference, time, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { everyRow, forRoles, inProjects, rowSecurity } from "../db/policies.ts";
import { principalEntity, type PrincipalRow, principals } from "../grants/table.ts";
import {
  AUDIT_LAYERS, FRAME_COVERS, type FrameFilter, SAMPLE_PURPOSES, samplingPlanEntity, type SamplingPlanRow, samplingPlans,
} from "../plans/table.ts";

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

export type SamplingRunRow = typeof samplingRuns.$inferSelect & { plan?: SamplingPlanRow | null; drawnBy?: PrincipalRow | null };
export type StratumRow = typeof strata.$inferSelect & { run?: SamplingRunRow | null };

export const samplingRunEntity = entity<SamplingRunRow>("SamplingRun", samplingRuns, {
  plan: { entity: () => samplingPlanEntity, column: "planId" },
  drawnBy: { entity: () => principalEntity, column: "drawnById" },
});
export const stratumEntity = entity<StratumRow>("Stratum", strata, { run: { entity: () => samplingRunEntity, column: "runId" } });
