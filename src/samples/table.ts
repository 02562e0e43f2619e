import { sql } from "drizzle-orm";
import { boolean, check, index, integer, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { oneOf, projectKey, projectPrimaryKey, projectReference, real, time, versioned, word } from "../db/columns.ts";
import { type Entity, entity } from "../db/entities.ts";
import { forRoles, inProjects, isMe, isMyTeam, isMyVendor, rowSecurity, unlessBlind } from "../db/policies.ts";
import { contentFacts, decisionEntity, decisionFacts, type DecisionRow } from "../decisions/table.ts";
import { goldenItemEntity, type GoldenItemRow, goldenItems } from "../golden/table.ts";
import { principalEntity, type PrincipalRow, principals } from "../grants/table.ts";
import { AUDIT_LAYERS, SAMPLE_PURPOSES } from "../plans/table.ts";
import { projectEntity, type ProjectRow, queueEntity, type QueueRow } from "../projects/table.ts";
import { samplingRunEntity, type SamplingRunRow, samplingRuns, strata, stratumEntity, type StratumRow } from "../sampling/table.ts";
import { marketEntity, type MarketRow } from "../vendors/table.ts";

export const VOID_REASONS = ["CONTENT_GONE", "DUPLICATE", "OUT_OF_SCOPE"] as const;
export const SAMPLE_STATES = ["DRAWN", "IN_AUDIT", "AUDITED", "VOID", "EXPIRED"] as const;

// Other samples of a decision that one must still judge blindly are hidden, whatever other grants one holds.
const notBlindToMe = unlessBlind("samples", "assignee_id");

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
  /** Its audit is judged by a second auditor too. */
  isDouble: boolean("is_double").notNull().default(false),
  /** Why it was drawn by hand. */
  reason: text("reason"),
  voidReason: word("void_reason", VOID_REASONS),
  goldenItemId: uuid("golden_item_id"),
  /** The void sample whose place it took. */
  replacesId: uuid("replaces_id"),
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
  // Only a draw with known chances has strata and probabilities; what was drawn by hand has no run.
  check("samples_drawn_by_a_run", sql`(${t.purpose} in ('RANDOM', 'RISK', 'RAMP')) = (${t.inclusionProbability} is not null)
    and (${t.stratumId} is null) = (${t.inclusionProbability} is null) and (${t.purpose} = 'TARGETED') = (${t.runId} is null)`),
  projectReference(t, t.goldenItemId, goldenItems),
  oneOf("samples_void_reason", t.voidReason, VOID_REASONS),
  check("samples_lease", sql`(${t.state} = 'IN_AUDIT') = (${t.leaseUntil} is not null)`),
  uniqueIndex("samples_run_decision").on(t.projectId, t.runId, t.decisionId),
  index("samples_waiting").on(t.projectId, t.layer, t.dueAt, t.id).where(sql`state = 'DRAWN'`),
  // A claim that may not have everything goes from lane to lane.
  index("samples_waiting_by_lane").on(t.projectId, t.layer, t.vendorId, t.queueId, t.market, sql`coalesce(language, '')`, t.dueAt, t.id).where(sql`state = 'DRAWN'`),
  index("samples_leases").on(t.leaseUntil).where(sql`state = 'IN_AUDIT'`),
  index("samples_assignee").on(t.assigneeId, t.state),
  index("samples_stratum").on(t.projectId, t.stratumId, t.state),
  index("samples_void").on(t.projectId, t.stratumId).where(sql`state = 'VOID'`),
  index("samples_decision").on(t.projectId, t.decisionId),
  ...rowSecurity({
    assay_admin: notBlindToMe,
    ...forRoles(["assay_lead", "assay_analyst"], sql`${inProjects(t.projectId)} and ${notBlindToMe}`),
    // A policy manager who audits too keeps their own, so that the audits' policy can tell what they are blind to.
    ...forRoles(["assay_auditor", "assay_policy"], sql`${inProjects(t.projectId)} and ${isMe(t.assigneeId)}`),
    assay_partner: sql`${inProjects(t.projectId)} and ${isMyVendor(t.vendorId)} and ${t.layer} = 'VENDOR' and ${isMe(t.assigneeId)}`,
    assay_partner_team: sql`${inProjects(t.projectId)} and ${isMyVendor(t.vendorId)} and ${isMyTeam(t.teamId)} and ${t.layer} = 'VENDOR' and ${isMe(t.assigneeId)}`,
  }),
]);

export type SampleRow = typeof samples.$inferSelect & {
  project?: ProjectRow | null;
  decision?: DecisionRow | null;
  queue?: QueueRow | null;
  marketRow?: MarketRow | null;
  run?: SamplingRunRow | null;
  stratum?: StratumRow | null;
  assignee?: PrincipalRow | null;
  replaces?: SampleRow | null;
  goldenItem?: GoldenItemRow | null;
};

export const sampleEntity: Entity<SampleRow> = entity<SampleRow>("Sample", samples, {
  project: { entity: () => projectEntity, column: "projectId" },
  decision: { entity: () => decisionEntity, column: "decisionId" },
  queue: { entity: () => queueEntity, column: "queueId" },
  marketRow: { entity: () => marketEntity, column: "market", target: "code" },
  run: { entity: () => samplingRunEntity, column: "runId" },
  stratum: { entity: () => stratumEntity, column: "stratumId" },
  assignee: { entity: () => principalEntity, column: "assigneeId" },
  replaces: { entity: () => sampleEntity, column: "replacesId" },
  goldenItem: { entity: () => goldenItemEntity, column: "goldenItemId" },
});
