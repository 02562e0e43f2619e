import { sql } from "drizzle-orm";
import { boolean, check, foreignKey, integer, jsonb, pgTable, text } from "drizzle-orm/pg-core";
import { oneOf, projectKey, projectPrimaryKey, real, versioned, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { everyRow, forRoles, inProjects, rowSecurity } from "../db/policies.ts";
import { projectEntity, type ProjectRow, projects } from "../projects/table.ts";

export const SAMPLING_PLAN_STATES = ["DRAFT", "ACTIVE", "PAUSED", "ARCHIVED"] as const;
export const SAMPLE_PURPOSES = ["RANDOM", "RISK", "RAMP", "TARGETED", "GOLDEN"] as const;
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

export type SamplingPlanRow = typeof samplingPlans.$inferSelect & { project?: ProjectRow | null };

export const samplingPlanEntity = entity<SamplingPlanRow>("SamplingPlan", samplingPlans, {
  project: { entity: () => projectEntity, column: "projectId" },
});
