import { sql } from "drizzle-orm";
import { check, foreignKey, index, integer, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { code, digest, oneOf, projectKey, projectPrimaryKey, time, versioned, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { everyRow, forRoles, inProjects, rowSecurity } from "../db/policies.ts";
import {
  policyEntity, type PolicyRow, policyVersionEntity, type PolicyVersionRow, policyVersions, projectPolicies,
} from "../policies/table.ts";
import { projectEntity, type ProjectRow } from "../projects/table.ts";

export const GOLDEN_ITEM_STATUSES = ["ACTIVE", "NEEDS_REVIEW", "RETIRED"] as const;

/** Content with an agreed answer. Counts for a decision that was made while it was active. */
export const goldenItems = pgTable("golden_items", {
  ...projectKey(),
  contentRef: code("content_ref").notNull(),
  contentHash: digest("content_hash").notNull(),
  truthPolicyId: uuid("truth_policy_id").notNull(),
  truthAction: code("truth_action"),
  policyVersionId: uuid("policy_version_id").references(() => policyVersions.id),
  source: text("source"),
  rule: text("rule"),
  status: word("status", GOLDEN_ITEM_STATUSES).notNull(),
  activeFrom: time("active_from").notNull(),
  activeTo: time("active_to"),
  /** Decisions on its content since it became active, as last counted. */
  exposureCount: integer("exposure_count").notNull().default(0),
  exposuresCountedAt: time("exposures_counted_at"),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  foreignKey({ columns: [t.projectId, t.truthPolicyId], foreignColumns: [projectPolicies.projectId, projectPolicies.policyId] }),
  oneOf("golden_items_status", t.status, GOLDEN_ITEM_STATUSES),
  check("golden_items_period", sql`${t.activeFrom} < ${t.activeTo}`),
  // The content first: then no plan can take another index to find it by.
  uniqueIndex("golden_items_active").on(t.contentHash, t.projectId).where(sql`status = 'ACTIVE'`),
  index("golden_items_to_count").on(t.exposuresCountedAt).where(sql`status = 'ACTIVE'`),
  index("golden_items_content").on(t.projectId, t.contentHash),
  ...rowSecurity({
    assay_admin: everyRow,
    // Analysts get counts: the rows feed GOLDEN_ACCURACY, and no list shows them.
    ...forRoles(["assay_lead", "assay_policy", "assay_analyst"], inProjects(t.projectId)),
    // A client with gold:write, of the platform only: no vendor learns the answers.
    assay_service: sql`${inProjects(t.projectId)} and (select nullif(current_setting('app.vendor_id', true), '')) is null`,
  }),
]);

export type GoldenItemRow = typeof goldenItems.$inferSelect & {
  project?: ProjectRow | null;
  truthPolicy?: PolicyRow | null;
  policyVersion?: PolicyVersionRow | null;
};

export const goldenItemEntity = entity<GoldenItemRow>("GoldenItem", goldenItems, {
  project: { entity: () => projectEntity, column: "projectId" },
  truthPolicy: { entity: () => policyEntity, column: "truthPolicyId" },
  policyVersion: { entity: () => policyVersionEntity, column: "policyVersionId" },
});
