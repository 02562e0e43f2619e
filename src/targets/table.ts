import { sql } from "drizzle-orm";
import { check, date, foreignKey, index, integer, pgTable, uuid } from "drizzle-orm/pg-core";
import { code, oneOf, projectKey, projectPrimaryKey, projectReference, real, versioned, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { everyRow, forRoles, inProjects, isMyVendor, isMyVendorIfAny, rowSecurity } from "../db/policies.ts";
import { principalEntity, type PrincipalRow, principals } from "../grants/table.ts";
import { TENURE_BUCKETS } from "../plans/table.ts";
import { projectEntity, type ProjectRow, projects, queueEntity, type QueueRow, queues } from "../projects/table.ts";
import { marketEntity, type MarketRow, markets, vendorEntity, type VendorRow, vendors } from "../vendors/table.ts";

/** What a measure should reach, in a scope; of those that hold for a group the narrowest counts. Periods of one scope never overlap. */
export const qualityTargets = pgTable("quality_targets", {
  ...projectKey(),
  /** A `Measure`, kept as text: the registry is code. */
  measure: code("measure").notNull(),
  queueId: uuid("queue_id"),
  market: code("market"),
  vendorId: uuid("vendor_id").references(() => vendors.id),
  tenureBucket: word("tenure_bucket", TENURE_BUCKETS),
  value: real("value").notNull(),
  nMin: integer("n_min").notNull(),
  validFrom: date("valid_from").notNull(),
  /** Exclusive; null while it holds on. */
  validTo: date("valid_to"),
  setById: uuid("set_by_id").notNull().references(() => principals.id),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  foreignKey({ columns: [t.projectId], foreignColumns: [projects.id] }),
  projectReference(t, t.queueId, queues),
  foreignKey({ columns: [t.market], foreignColumns: [markets.code] }),
  oneOf("quality_targets_tenure_bucket", t.tenureBucket, TENURE_BUCKETS),
  check("quality_targets_period", sql`${t.validFrom} <= ${t.validTo}`),
  check("quality_targets_n_min", sql`${t.nMin} > 0`),
  index("quality_targets_measure").on(t.projectId, t.measure),
  ...rowSecurity({
    assay_admin: everyRow,
    ...forRoles(["assay_lead", "assay_auditor", "assay_policy", "assay_analyst"], inProjects(t.projectId)),
    assay_service: sql`${inProjects(t.projectId)} and (${t.vendorId} is null or ${isMyVendorIfAny(t.vendorId)})`,
    ...forRoles(["assay_partner", "assay_partner_team", "assay_labeler"], sql`${inProjects(t.projectId)} and (${t.vendorId} is null or ${isMyVendor(t.vendorId)})`),
  }),
]);

export type QualityTargetRow = typeof qualityTargets.$inferSelect & {
  project?: ProjectRow | null;
  queue?: QueueRow | null;
  marketRow?: MarketRow | null;
  vendor?: VendorRow | null;
  setBy?: PrincipalRow | null;
};

export const qualityTargetEntity = entity<QualityTargetRow>("QualityTarget", qualityTargets, {
  project: { entity: () => projectEntity, column: "projectId" },
  queue: { entity: () => queueEntity, column: "queueId" },
  marketRow: { entity: () => marketEntity, column: "market", target: "code" },
  vendor: { entity: () => vendorEntity, column: "vendorId" },
  setBy: { entity: () => principalEntity, column: "setById" },
});
