import { sql } from "drizzle-orm";
import { type AnyPgColumn, check, customType, foreignKey, index, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { code, oneOf, projectKey, projectPrimaryKey, projectReference, real, time, word } from "../db/columns.ts";
import { forRoles, inProjects, isMyLabeler, isMyTeam, isMyVendor, isMyVendorIfAny, rowSecurity } from "../db/policies.ts";
import { labelers } from "../labelers/table.ts";
import { policyVersions, projectPolicies } from "../policies/table.ts";
import { MODALITIES, queues } from "../projects/table.ts";
import { sites, teams, vendors } from "../vendors/table.ts";

/** SHA-256 digest, 32 bytes. */
export const digest = customType<{ data: Buffer }>({ dataType: () => "bytea" });

/** Who decided what, where: copied from the decision into every row that is about it, never updated. */
export function decisionFacts() {
  return {
    queueId: uuid("queue_id").notNull(),
    labelerId: uuid("labeler_id").notNull(),
    vendorId: uuid("vendor_id").notNull(),
    siteId: uuid("site_id"),
    teamId: uuid("team_id"),
    policyId: uuid("policy_id").notNull(),
    market: code("market").notNull(),
    decidedAt: time("decided_at").notNull(),
  };
}

/** What was decided on: a reference, never the content itself. */
export function contentFacts() {
  return {
    contentRef: code("content_ref").notNull(),
    contentHash: digest("content_hash").notNull(),
    modality: word("modality", MODALITIES).notNull(),
    language: code("language"),
  };
}

// An auditor of a blind audit, whatever other grants they hold, can't see its decision until the truth is locked.
const notBlindToMe = sql.raw(`decisions.id <> all ((select array(select a.decision_id from audits a
  where a.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and a.state = 'DRAFT' and a.is_blind))::uuid[])`);

/** One outcome of a labeler. Insert only; range-partitioned by id (weekly), whose first 48 bits are `decidedAt`. */
export const decisions = pgTable("decisions", {
  ...projectKey(),
  externalRef: code("external_ref").notNull(),
  ...contentFacts(),
  ...decisionFacts(),
  policyVersionId: uuid("policy_version_id"),
  action: code("action"),
  tags: text("tags").array().notNull().default(sql`'{}'`),
  riskScore: real("risk_score"),
  enqueuedAt: time("enqueued_at"),
  claimedAt: time("claimed_at"),
  handleSeconds: real("handle_seconds"),
  recordedAt: time("recorded_at").notNull().default(sql`clock_timestamp()`),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.queueId, queues),
  foreignKey({ columns: [t.labelerId], foreignColumns: [labelers.id] }),
  foreignKey({ columns: [t.vendorId], foreignColumns: [vendors.id] }),
  foreignKey({ columns: [t.siteId], foreignColumns: [sites.id] }),
  foreignKey({ columns: [t.teamId], foreignColumns: [teams.id] }),
  foreignKey({ columns: [t.projectId, t.policyId], foreignColumns: [projectPolicies.projectId, projectPolicies.policyId] }),
  foreignKey({ columns: [t.policyVersionId], foreignColumns: [policyVersions.id] }),
  oneOf("decisions_modality", t.modality, MODALITIES),
  check("decisions_id_is_time", sql`(extract(epoch from ${t.decidedAt}) * 1000)::bigint = ('x' || left(replace(${t.id}::text, '-', ''), 12))::bit(48)::bigint`),
  check("decisions_risk_score", sql`${t.riskScore} >= 0`),
  check("decisions_handle_seconds", sql`${t.handleSeconds} >= 0`),
  index("decisions_external_ref").on(t.projectId, t.vendorId, t.externalRef),
  index("decisions_content").on(t.projectId, t.contentHash),
  index("decisions_labeler").on(t.projectId, t.labelerId, t.id),
  ...rowSecurity({
    assay_admin: notBlindToMe,
    ...forRoles(["assay_lead", "assay_policy", "assay_analyst"], sql`${inProjects(t.projectId)} and ${notBlindToMe}`),
    // Claimed by me and revealed (or never blind), or audited and published.
    assay_auditor: sql`${inProjects(t.projectId)} and ${notBlindToMe} and exists (select from audits a
      where a.project_id = ${t.projectId} and a.decision_id = ${t.id} and (a.revealed_at is not null or not a.is_blind))`,
    assay_partner: sql`${inProjects(t.projectId)} and ${isMyVendor(t.vendorId)} and ${notBlindToMe}`,
    assay_partner_team: sql`${inProjects(t.projectId)} and ${isMyVendor(t.vendorId)} and ${isMyTeam(t.teamId)} and ${notBlindToMe}`,
    assay_labeler: sql`${inProjects(t.projectId)} and ${isMyLabeler(t.labelerId)}`,
    assay_service: sql`${inProjects(t.projectId)} and ${isMyVendorIfAny(t.vendorId)}`,
  }),
]);

/** The foreign keys of `decisionFacts` in a table that copies them; they hold because the decision's hold, so only its own is kept. */
export function decisionReference(table: { projectId: AnyPgColumn; decisionId: AnyPgColumn }) {
  return projectReference(table, table.decisionId, decisions);
}
