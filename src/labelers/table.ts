import { sql } from "drizzle-orm";
import { check, date, foreignKey, index, pgTable, text, unique, uuid } from "drizzle-orm/pg-core";
import { code, globalKey, oneOf, projectKey, projectPrimaryKey, projectReference, time, versioned, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { everyRow, forRoles, inProjects, isMyLabeler, isMyTeam, isMyVendor, isMyVendorIfAny, rowSecurity } from "../db/policies.ts";
import { projects, queueEntity, type QueueRow, queues } from "../projects/table.ts";
import {
  siteEntity, type SiteRow, sites, teamEntity, type TeamRow, teams, vendorEntity, type VendorRow, vendors,
} from "../vendors/table.ts";

export const LABELER_KINDS = ["HUMAN", "MODEL"] as const;
export const LABELER_STATUSES = ["TRAINING", "NESTING", "PRODUCTION", "PAUSED", "OFFBOARDED"] as const;
export const PAUSE_REASONS = ["QUALITY", "EXPOSURE", "POLICY_ACK", "ADMIN"] as const;
export const ASSIGNMENT_KINDS = ["PRIMARY", "BACKFILL"] as const;

const staff = forRoles(["assay_lead", "assay_auditor", "assay_analyst"], everyRow);

/** A person or model that makes first-line decisions. */
export const labelers = pgTable("labelers", {
  ...globalKey(),
  vendorId: uuid("vendor_id").notNull().references(() => vendors.id),
  externalRef: code("external_ref").notNull(),
  pseudonym: code("pseudonym").notNull().unique("labelers_pseudonym"),
  name: text("name"),
  kind: word("kind", LABELER_KINDS).notNull(),
  siteId: uuid("site_id").references(() => sites.id),
  teamId: uuid("team_id").references(() => teams.id),
  hiredOn: date("hired_on"),
  goLiveAt: time("go_live_at"),
  status: word("status", LABELER_STATUSES).notNull(),
  pausedFrom: word("paused_from", LABELER_STATUSES),
  pauseReason: word("pause_reason", PAUSE_REASONS),
  ...versioned(),
}, (t) => [
  unique("labelers_external_ref").on(t.vendorId, t.externalRef),
  unique("labelers_vendor").on(t.vendorId, t.id),
  oneOf("labelers_kind", t.kind, LABELER_KINDS),
  oneOf("labelers_status", t.status, LABELER_STATUSES),
  oneOf("labelers_pause_reason", t.pauseReason, PAUSE_REASONS),
  check("labelers_paused", sql`(${t.status} = 'PAUSED') = (${t.pauseReason} is not null) and (${t.status} = 'PAUSED') = (${t.pausedFrom} is not null)`),
  index("labelers_updated").on(t.updatedAt, t.id),
  index("labelers_team").on(t.teamId),
  ...rowSecurity({
    assay_admin: everyRow,
    ...staff,
    assay_partner: isMyVendor(t.vendorId),
    assay_partner_team: sql`${isMyVendor(t.vendorId)} and ${isMyTeam(t.teamId)}`,
    assay_labeler: isMyLabeler(t.id),
    assay_service: isMyVendorIfAny(t.vendorId),
  }),
]);

/**
 * Where a labeler sat when (no overlap, kept by an exclusion constraint); facts copy from it. One that ended before it began is empty:
 * nobody ever sat there.
 */
export const labelerMemberships = pgTable("labeler_memberships", {
  ...globalKey(),
  labelerId: uuid("labeler_id").notNull().references(() => labelers.id),
  vendorId: uuid("vendor_id").notNull().references(() => vendors.id),
  siteId: uuid("site_id").references(() => sites.id),
  teamId: uuid("team_id").references(() => teams.id),
  from: time("from").notNull(),
  to: time("to"),
}, (t) => [
  check("labeler_memberships_period", sql`${t.from} <= ${t.to}`),
  ...rowSecurity({
    assay_admin: everyRow,
    ...staff,
    assay_partner: isMyVendor(t.vendorId),
    assay_partner_team: sql`${isMyVendor(t.vendorId)} and ${isMyTeam(t.teamId)}`,
    assay_labeler: isMyLabeler(t.labelerId),
    assay_service: isMyVendorIfAny(t.vendorId),
  }),
]);

/** The queues a labeler works on (no overlap per labeler and queue, kept by an exclusion constraint); empty ones never held. */
export const labelerAssignments = pgTable("labeler_assignments", {
  ...projectKey(),
  queueId: uuid("queue_id").notNull(),
  labelerId: uuid("labeler_id").notNull().references(() => labelers.id),
  vendorId: uuid("vendor_id").notNull().references(() => vendors.id),
  kind: word("kind", ASSIGNMENT_KINDS).notNull(),
  from: time("from").notNull(),
  to: time("to"),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  foreignKey({ columns: [t.projectId], foreignColumns: [projects.id] }),
  projectReference(t, t.queueId, queues),
  oneOf("labeler_assignments_kind", t.kind, ASSIGNMENT_KINDS),
  check("labeler_assignments_period", sql`${t.from} <= ${t.to}`),
  index("labeler_assignments_labeler").on(t.labelerId, t.projectId, t.queueId),
  ...rowSecurity({
    assay_admin: everyRow,
    ...forRoles(["assay_lead", "assay_auditor", "assay_analyst"], inProjects(t.projectId)),
    assay_partner: sql`${inProjects(t.projectId)} and ${isMyVendor(t.vendorId)}`,
    assay_partner_team: sql`${inProjects(t.projectId)} and ${isMyVendor(t.vendorId)} and exists (select from labelers l where l.id = ${t.labelerId})`,
    assay_labeler: sql`${inProjects(t.projectId)} and ${isMyLabeler(t.labelerId)}`,
    assay_service: sql`${inProjects(t.projectId)} and ${isMyVendorIfAny(t.vendorId)}`,
  }),
]);

interface Place {
  site?: SiteRow | null;
  team?: TeamRow | null;
}
export type LabelerRow = typeof labelers.$inferSelect & Place & { vendor?: VendorRow | null };
export type MembershipRow = typeof labelerMemberships.$inferSelect & Place & { labeler?: LabelerRow | null };
export type AssignmentRow = typeof labelerAssignments.$inferSelect & { queue?: QueueRow | null; labeler?: LabelerRow | null };

const place = { site: { entity: () => siteEntity, column: "siteId" }, team: { entity: () => teamEntity, column: "teamId" } };
const ofLabeler = { labeler: { entity: () => labelerEntity, column: "labelerId" } };
export const labelerEntity = entity<LabelerRow>("Labeler", labelers, {
  vendor: { entity: () => vendorEntity, column: "vendorId" },
  ...place,
});
export const membershipEntity = entity<MembershipRow>("LabelerMembership", labelerMemberships, { ...ofLabeler, ...place });
export const assignmentEntity = entity<AssignmentRow>("LabelerAssignment", labelerAssignments, {
  ...ofLabeler,
  queue: { entity: () => queueEntity, column: "queueId" },
});
