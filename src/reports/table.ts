import { sql } from "drizzle-orm";
import { boolean, foreignKey, index, integer, jsonb, pgTable, text, unique, uuid } from "drizzle-orm/pg-core";
import { digest, oneOf, projectKey, projectPrimaryKey, projectReference, texts, time, versioned, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { PARTNER_DB_ROLES, STAFF_DB_ROLES } from "../db/identity.ts";
import { everyRow, forRoles, inProjects, isMyVendor, rowSecurity } from "../db/policies.ts";
import { reportingPeriodEntity, type ReportingPeriodRow, reportingPeriods } from "../periods/table.ts";
import { PERIOD_KINDS, projectEntity, type ProjectRow, projects } from "../projects/table.ts";
import { vendorEntity, type VendorRow, vendors } from "../vendors/table.ts";

export const REPORT_AUDIENCES = ["STAFF", "PARTNER"] as const;

/** A saved `metrics` query: closing a period keeps its answer. Of audience PARTNER each vendor gets the answer to its own rows too. */
export const reportDefinitions = pgTable("report_definitions", {
  ...projectKey(),
  name: text("name").notNull(),
  /** Arguments of `metrics` as saved: names of enums, opaque ids; its range is the period's. */
  query: jsonb("query").$type<Record<string, unknown>>().notNull(),
  kinds: texts("kinds").$type<(typeof PERIOD_KINDS)[number][]>().notNull(),
  audience: word("audience", REPORT_AUDIENCES).notNull(),
  isArchived: boolean("is_archived").notNull().default(false),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  foreignKey({ columns: [t.projectId], foreignColumns: [projects.id] }),
  oneOf("report_definitions_audience", t.audience, REPORT_AUDIENCES),
  ...rowSecurity({
    assay_admin: everyRow,
    ...forRoles(STAFF_DB_ROLES, inProjects(t.projectId)),
    ...forRoles(PARTNER_DB_ROLES, sql`${inProjects(t.projectId)} and ${t.audience} = 'PARTNER'`),
  }),
]);

/** The frozen answer to a definition's query for a period: the bytes that were answered, and all that is needed to compute them again. */
export const reportSnapshots = pgTable("report_snapshots", {
  ...projectKey(),
  definitionId: uuid("definition_id").notNull(),
  periodId: uuid("period_id").notNull(),
  /** Which closing of the period made it, from 1. */
  closing: integer("closing").notNull(),
  /** Whose rows it is of; null for everybody's. */
  vendorId: uuid("vendor_id").references(() => vendors.id),
  audience: word("audience", REPORT_AUDIENCES).notNull(),
  asOf: time("as_of").notNull(),
  scoreTime: text("score_time").notNull(),
  /** The query as it was then. */
  query: jsonb("query").$type<Record<string, unknown>>().notNull(),
  measureDefsVersion: integer("measure_defs_version").notNull(),
  /** Canonical JSON, and the SHA-256 of its UTF-8 bytes. */
  data: text("data").notNull(),
  dataHash: digest("data_hash").notNull(),
  createdAt: time("created_at").notNull(),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.definitionId, reportDefinitions),
  projectReference(t, t.periodId, reportingPeriods),
  oneOf("report_snapshots_audience", t.audience, REPORT_AUDIENCES),
  unique("report_snapshots_once").on(t.projectId, t.periodId, t.definitionId, t.closing, t.vendorId).nullsNotDistinct(),
  index("report_snapshots_definition").on(t.projectId, t.definitionId),
  ...rowSecurity({
    assay_admin: everyRow,
    ...forRoles(STAFF_DB_ROLES, inProjects(t.projectId)),
    ...forRoles(PARTNER_DB_ROLES, sql`${inProjects(t.projectId)} and ${t.audience} = 'PARTNER' and ${isMyVendor(t.vendorId)}`),
  }),
]);

export type ReportDefinitionRow = typeof reportDefinitions.$inferSelect & { project?: ProjectRow | null };
export type ReportSnapshotRow = typeof reportSnapshots.$inferSelect & {
  definition?: ReportDefinitionRow | null;
  period?: ReportingPeriodRow | null;
  vendor?: VendorRow | null;
};

export const reportDefinitionEntity = entity<ReportDefinitionRow>("ReportDefinition", reportDefinitions, {
  project: { entity: () => projectEntity, column: "projectId" },
});
export const reportSnapshotEntity = entity<ReportSnapshotRow>("ReportSnapshot", reportSnapshots, {
  definition: { entity: () => reportDefinitionEntity, column: "definitionId" },
  period: { entity: () => reportingPeriodEntity, column: "periodId" },
  vendor: { entity: () => vendorEntity, column: "vendorId" },
});
