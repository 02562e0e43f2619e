import { sql } from "drizzle-orm";
import { type AnyPgColumn, check, foreignKey, index, pgTable, primaryKey, uuid } from "drizzle-orm/pg-core";
import { code, digest, oneOf, projectKey, projectPrimaryKey, projectReference, real, texts, time, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { DB_ROLES } from "../db/identity.ts";
import { everyRow, forRoles, inProjects, isMyLabeler, isMyTeam, isMyVendor, isMyVendorIfAny, rowSecurity } from "../db/policies.ts";
import { labelerEntity, type LabelerRow, labelers } from "../labelers/table.ts";
import {
  policyEntity, type PolicyRow, policyVersionEntity, type PolicyVersionRow, projectPolicies,
} from "../policies/table.ts";
import { MODALITIES, projectEntity, type ProjectRow, queueEntity, type QueueRow, queues } from "../projects/table.ts";
import {
  marketEntity, type MarketRow, siteEntity, type SiteRow, teamEntity, type TeamRow, vendorEntity, type VendorRow,
} from "../vendors/table.ts";

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

/**
 * One outcome of a labeler. Insert only; range-partitioned by id (weekly), whose first 48 bits are `decidedAt`. What its recorder names is a
 * foreign key; the vendor goes with the labeler, and site, team and policy version are copied from rows whose own keys hold: each key more
 * costs an import a tenth of its time.
 */
export const decisions = pgTable("decisions", {
  ...projectKey(),
  externalRef: code("external_ref").notNull(),
  ...contentFacts(),
  ...decisionFacts(),
  policyVersionId: uuid("policy_version_id"),
  action: code("action"),
  tags: texts("tags").notNull().default(sql`'{}'`),
  riskScore: real("risk_score"),
  enqueuedAt: time("enqueued_at"),
  claimedAt: time("claimed_at"),
  handleSeconds: real("handle_seconds"),
  recordedAt: time("recorded_at").notNull().default(sql`clock_timestamp()`),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.queueId, queues),
  foreignKey({ columns: [t.vendorId, t.labelerId], foreignColumns: [labelers.vendorId, labelers.id] }),
  foreignKey({ columns: [t.projectId, t.policyId], foreignColumns: [projectPolicies.projectId, projectPolicies.policyId] }),
  oneOf("decisions_modality", t.modality, MODALITIES),
  check("decisions_id_is_time", sql`(extract(epoch from ${t.decidedAt}) * 1000)::bigint = ('x' || left(replace(${t.id}::text, '-', ''), 12))::bit(48)::bigint`),
  check("decisions_risk_score", sql`${t.riskScore} >= 0`),
  check("decisions_handle_seconds", sql`${t.handleSeconds} >= 0`),
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

const ofVisibleDecision = sql.raw("exists (select from decisions d where d.project_id = decision_refs.project_id and d.id = decision_refs.decision_id)");

/**
 * Which decision has a reference: unique whatever its time, and found in one place by the one index there is. The partitions would have to
 * be searched one by one, by a plan that may take the wrong one of their indexes while statistics are old.
 * Seen by whoever sees the decision, and written with it in one transaction; so it needs no foreign key.
 */
export const decisionRefs = pgTable("decision_refs", {
  projectId: uuid("project_id").notNull(),
  vendorId: uuid("vendor_id").notNull(),
  externalRef: code("external_ref").notNull(),
  decisionId: uuid("decision_id").notNull(),
  /** SHA-256 of what the decision's recorder said, `printOf`: whether the same again is the same is answered here, without its row. */
  print: digest("print").notNull(),
}, (t) => [
  primaryKey({ columns: [t.projectId, t.vendorId, t.externalRef] }),
  ...rowSecurity({
    ...forRoles(DB_ROLES.filter((role) => role !== "assay_auth" && role !== "assay_worker"), ofVisibleDecision),
    assay_admin: { using: ofVisibleDecision, check: everyRow },
    assay_service: { using: ofVisibleDecision, check: sql`${inProjects(t.projectId)} and ${isMyVendorIfAny(t.vendorId)}` },
  }),
]);

/** The foreign keys of `decisionFacts` in a table that copies them; they hold because the decision's hold, so only its own is kept. */
export function decisionReference(table: { projectId: AnyPgColumn; decisionId: AnyPgColumn }) {
  return projectReference(table, table.decisionId, decisions);
}

export type DecisionRow = typeof decisions.$inferSelect & {
  project?: ProjectRow | null;
  queue?: QueueRow | null;
  labeler?: LabelerRow | null;
  vendor?: VendorRow | null;
  site?: SiteRow | null;
  team?: TeamRow | null;
  policy?: PolicyRow | null;
  policyVersion?: PolicyVersionRow | null;
  marketRow?: MarketRow | null;
};

export const decisionEntity = entity<DecisionRow>("Decision", decisions, {
  project: { entity: () => projectEntity, column: "projectId" },
  queue: { entity: () => queueEntity, column: "queueId" },
  labeler: { entity: () => labelerEntity, column: "labelerId" },
  vendor: { entity: () => vendorEntity, column: "vendorId" },
  site: { entity: () => siteEntity, column: "siteId" },
  team: { entity: () => teamEntity, column: "teamId" },
  policy: { entity: () => policyEntity, column: "policyId" },
  policyVersion: { entity: () => policyVersionEntity, column: "policyVersionId" },
  marketRow: { entity: () => marketEntity, column: "market", target: "code" },
});
