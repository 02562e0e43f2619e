import { sql } from "drizzle-orm";
import { check, date, foreignKey, index, integer, numeric, pgTable, text, unique, uuid } from "drizzle-orm/pg-core";
import { oneOf, projectKey, projectPrimaryKey, projectReference, time, versioned, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { PARTNER_DB_ROLES, STAFF_DB_ROLES } from "../db/identity.ts";
import { everyRow, forRoles, inProjects, isMe, isMyLabeler, isMyTeam, isMyVendor, rowSecurity, unlessAuditBlind } from "../db/policies.ts";
import { principalEntity, type PrincipalRow, principals } from "../grants/table.ts";
import { labelerEntity, type LabelerRow, labelers } from "../labelers/table.ts";
import { PERIOD_KINDS, projectEntity, type ProjectRow, projects } from "../projects/table.ts";
import { vendorEntity, type VendorRow } from "../vendors/table.ts";

export const PERIOD_STATES = ["OPEN", "CLOSED"] as const;
export const ADJUSTMENT_REASONS = ["CORRECTION", "VOID", "APPEAL"] as const;

/** A calendar week or month of a project that is reported on; once closed, its figures stand. */
export const reportingPeriods = pgTable("reporting_periods", {
  ...projectKey(),
  kind: word("kind", PERIOD_KINDS).notNull(),
  from: date("from").notNull(),
  /** Exclusive. */
  to: date("to").notNull(),
  state: word("state", PERIOD_STATES).notNull(),
  /** When it closes by itself: some business days after its end, or after it was reopened. */
  closeDueAt: time("close_due_at").notNull(),
  closedAt: time("closed_at"),
  closedById: uuid("closed_by_id").references(() => principals.id),
  reopenReason: text("reopen_reason"),
  /** How often it was closed. */
  closings: integer("closings").notNull().default(0),
  /** When the samples that waited at its closing had been given up. */
  settledAt: time("settled_at"),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  foreignKey({ columns: [t.projectId], foreignColumns: [projects.id] }),
  unique("reporting_periods_from").on(t.projectId, t.kind, t.from),
  oneOf("reporting_periods_kind", t.kind, PERIOD_KINDS),
  oneOf("reporting_periods_state", t.state, PERIOD_STATES),
  check("reporting_periods_days", sql`${t.from} < ${t.to}`),
  check("reporting_periods_closed", sql`(${t.state} = 'CLOSED') = (${t.closedAt} is not null)`),
  index("reporting_periods_close_due").on(t.closeDueAt).where(sql`state = 'OPEN'`),
  index("reporting_periods_unsettled").on(t.closedAt).where(sql`state = 'CLOSED' and settled_at is null`),
  ...rowSecurity({ assay_admin: everyRow, ...forRoles([...STAFF_DB_ROLES, ...PARTNER_DB_ROLES, "assay_service"], inProjects(t.projectId)) }),
]);

const notBlindToMe = unlessAuditBlind("score_adjustments", "auditor_id");

/** What changed a figure of a period after it was closed: its reports stand, and this line says by how much. */
export const scoreAdjustments = pgTable("score_adjustments", {
  ...projectKey(),
  periodId: uuid("period_id").notNull(),
  auditId: uuid("audit_id").notNull(),
  /** The verdict that changed it; null where the audit was voided. */
  verdictId: uuid("verdict_id"),
  labelerId: uuid("labeler_id").notNull().references(() => labelers.id),
  vendorId: uuid("vendor_id").notNull(),
  teamId: uuid("team_id"),
  auditorId: uuid("auditor_id").notNull(),
  reason: word("reason", ADJUSTMENT_REASONS).notNull(),
  /** Correct audits more or fewer: -1, 0 or 1; and the change of the audit's quality score. Of a void audit what is taken away. */
  correctDelta: numeric("correct_delta", { precision: 2, scale: 0, mode: "number" }).notNull(),
  scoreDelta: numeric("score_delta", { precision: 7, scale: 6, mode: "number" }),
  recordedAt: time("recorded_at").notNull(),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.periodId, reportingPeriods),
  oneOf("score_adjustments_reason", t.reason, ADJUSTMENT_REASONS),
  check("score_adjustments_correct", sql`${t.correctDelta} between -1 and 1`),
  index("score_adjustments_period").on(t.projectId, t.periodId),
  ...rowSecurity({
    assay_admin: notBlindToMe,
    ...forRoles(["assay_lead", "assay_policy", "assay_analyst"], sql`${inProjects(t.projectId)} and ${notBlindToMe}`),
    assay_auditor: sql`${inProjects(t.projectId)} and ${isMe(t.auditorId)}`,
    assay_partner: sql`${inProjects(t.projectId)} and ${notBlindToMe} and ${isMyVendor(t.vendorId)}`,
    assay_partner_team: sql`${inProjects(t.projectId)} and ${notBlindToMe} and ${isMyVendor(t.vendorId)} and ${isMyTeam(t.teamId)}`,
    assay_labeler: sql`${inProjects(t.projectId)} and ${isMyLabeler(t.labelerId)}`,
  }),
]);

export type ReportingPeriodRow = typeof reportingPeriods.$inferSelect & { project?: ProjectRow | null; closedBy?: PrincipalRow | null };
export type ScoreAdjustmentRow = typeof scoreAdjustments.$inferSelect & {
  period?: ReportingPeriodRow | null;
  labeler?: LabelerRow | null;
  vendor?: VendorRow | null;
};

export const reportingPeriodEntity = entity<ReportingPeriodRow>("ReportingPeriod", reportingPeriods, {
  project: { entity: () => projectEntity, column: "projectId" },
  closedBy: { entity: () => principalEntity, column: "closedById" },
});
export const scoreAdjustmentEntity = entity<ScoreAdjustmentRow>("ScoreAdjustment", scoreAdjustments, {
  period: { entity: () => reportingPeriodEntity, column: "periodId" },
  labeler: { entity: () => labelerEntity, column: "labelerId" },
  vendor: { entity: () => vendorEntity, column: "vendorId" },
});
