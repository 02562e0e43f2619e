import { sql } from "drizzle-orm";
import { check, index, integer, jsonb, pgTable, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { oneOf, projectKey, projectPrimaryKey, projectReference, real, time, versioned, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { everyRow, forRoles, inProjects, isMyVendor, rowSecurity } from "../db/policies.ts";
import { samplingPlanEntity, type SamplingPlanRow, samplingPlans } from "../plans/table.ts";
import { projectEntity, type ProjectRow, queueEntity, type QueueRow, queues } from "../projects/table.ts";
import { samplingRunEntity, type SamplingRunRow, samplingRuns } from "../sampling/table.ts";
import { INSPECTION_LEVELS, type LotVerdict } from "../stats/switching.ts";
import { vendorEntity, type VendorRow, vendors } from "../vendors/table.ts";

export const LOT_PERIODS = ["DAY", "WEEK"] as const;
export const LOT_BASES = ["LOT", "STREAM"] as const;
export const ACCEPTANCE_TABLES = ["COMPUTED", "MIL_STD_105E"] as const;
export const GENERAL_LEVELS = ["I", "II", "III", "S1", "S2", "S3", "S4"] as const;
export const LOT_VERDICTS = ["ACCEPTED", "REJECTED"] as const;

/** What a stream has to remember from lot to lot. Times are ISO 8601. */
export interface StreamMemory {
  /** When its level was entered: the switching rules count lots formed since. */
  enteredAt: string;
  /** At most the last five, the oldest first. */
  recentVerdicts: LotVerdict[];
  rejectedLots: number;
  /** The first period that may still become a lot begins here. */
  nextFrom: string;
  /** When the system looks whether it has decisions. */
  nextLookAt: string;
}

/** The lots of one vendor in one queue, and how strictly they are inspected now. */
export const inspectionStreams = pgTable("inspection_streams", {
  ...projectKey(),
  vendorId: uuid("vendor_id").notNull().references(() => vendors.id),
  queueId: uuid("queue_id").notNull(),
  /** Draws its lots; nobody else draws from it. */
  planId: uuid("plan_id").notNull(),
  period: word("period", LOT_PERIODS).notNull(),
  basis: word("basis", LOT_BASES).notNull(),
  acceptanceTable: word("acceptance_table", ACCEPTANCE_TABLES).notNull(),
  aql: real("aql").notNull(),
  ltpd: real("ltpd"),
  producerRisk: real("producer_risk").notNull(),
  consumerRisk: real("consumer_risk").notNull(),
  generalLevel: word("general_level", GENERAL_LEVELS),
  level: word("level", INSPECTION_LEVELS).notNull(),
  switchingScore: integer("switching_score").notNull().default(0),
  /** Verdicts of the lots since the level was entered, as far as the switching rules look back; and which period comes next. */
  switching: jsonb("switching").$type<StreamMemory>().notNull().default({} as StreamMemory),
  /** The first lot begins here. */
  startsAt: time("starts_at").notNull(),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.queueId, queues),
  projectReference(t, t.planId, samplingPlans),
  uniqueIndex("inspection_streams_of").on(t.projectId, t.vendorId, t.queueId),
  oneOf("inspection_streams_period", t.period, LOT_PERIODS),
  oneOf("inspection_streams_basis", t.basis, LOT_BASES),
  oneOf("inspection_streams_table", t.acceptanceTable, ACCEPTANCE_TABLES),
  oneOf("inspection_streams_general_level", t.generalLevel, GENERAL_LEVELS),
  oneOf("inspection_streams_level", t.level, INSPECTION_LEVELS),
  check("inspection_streams_quality", sql`${t.aql} > 0 and ${t.aql} < 1 and (${t.ltpd} is null or (${t.ltpd} > ${t.aql} and ${t.ltpd} < 1))
    and (${t.acceptanceTable} = 'COMPUTED') = (${t.ltpd} is not null) and (${t.acceptanceTable} = 'MIL_STD_105E') = (${t.generalLevel} is not null)`),
  check("inspection_streams_risks", sql`${t.producerRisk} > 0 and ${t.producerRisk} < 1 and ${t.consumerRisk} > 0 and ${t.consumerRisk} < 1`),
  ...rowSecurity({ assay_admin: everyRow, ...forRoles(["assay_lead", "assay_analyst"], inProjects(t.projectId)) }),
]);

/** The decisions of one vendor in one queue and period, accepted or rejected as a whole by its sample. */
export const lots = pgTable("lots", {
  ...projectKey(),
  streamId: uuid("stream_id").notNull(),
  vendorId: uuid("vendor_id").notNull().references(() => vendors.id),
  queueId: uuid("queue_id").notNull(),
  runId: uuid("run_id").notNull(),
  windowFrom: time("window_from").notNull(),
  windowTo: time("window_to").notNull(),
  level: word("level", INSPECTION_LEVELS).notNull(),
  lotSize: integer("lot_size").notNull(),
  sampleSize: integer("sample_size").notNull(),
  acceptanceNumber: integer("acceptance_number").notNull(),
  rejectionNumber: integer("rejection_number").notNull(),
  auditedCount: integer("audited_count").notNull().default(0),
  defectCount: integer("defect_count").notNull().default(0),
  verdict: word("verdict", LOT_VERDICTS),
  judgedAt: time("judged_at"),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.streamId, inspectionStreams),
  projectReference(t, t.queueId, queues),
  projectReference(t, t.runId, samplingRuns),
  uniqueIndex("lots_window").on(t.projectId, t.streamId, t.windowFrom),
  index("lots_run").on(t.projectId, t.runId),
  index("lots_open").on(t.projectId, t.id).where(sql`verdict is null`),
  oneOf("lots_level", t.level, INSPECTION_LEVELS),
  oneOf("lots_verdict", t.verdict, LOT_VERDICTS),
  check("lots_sizes", sql`${t.sampleSize} between 1 and ${t.lotSize} and ${t.rejectionNumber} = ${t.acceptanceNumber} + 1 and ${t.acceptanceNumber} >= 0`),
  check("lots_judged", sql`(${t.verdict} is null) = (${t.judgedAt} is null)`),
  ...rowSecurity({
    assay_admin: everyRow,
    ...forRoles(["assay_lead", "assay_analyst"], inProjects(t.projectId)),
    ...forRoles(["assay_partner", "assay_partner_team"], sql`${inProjects(t.projectId)} and ${isMyVendor(t.vendorId)}`),
  }),
]);

export type InspectionStreamRow = typeof inspectionStreams.$inferSelect & {
  project?: ProjectRow | null;
  vendor?: VendorRow | null;
  queue?: QueueRow | null;
  plan?: SamplingPlanRow | null;
};
export type LotRow = typeof lots.$inferSelect & {
  project?: ProjectRow | null;
  stream?: InspectionStreamRow | null;
  vendor?: VendorRow | null;
  queue?: QueueRow | null;
  run?: SamplingRunRow | null;
};

export const inspectionStreamEntity = entity<InspectionStreamRow>("InspectionStream", inspectionStreams, {
  project: { entity: () => projectEntity, column: "projectId" },
  vendor: { entity: () => vendorEntity, column: "vendorId" },
  queue: { entity: () => queueEntity, column: "queueId" },
  plan: { entity: () => samplingPlanEntity, column: "planId" },
});
export const lotEntity = entity<LotRow>("Lot", lots, {
  project: { entity: () => projectEntity, column: "projectId" },
  stream: { entity: () => inspectionStreamEntity, column: "streamId" },
  vendor: { entity: () => vendorEntity, column: "vendorId" },
  queue: { entity: () => queueEntity, column: "queueId" },
  run: { entity: () => samplingRunEntity, column: "runId" },
});
