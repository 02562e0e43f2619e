import { sql } from "drizzle-orm";
import { boolean, check, foreignKey, index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { ALLOWANCE_UNITS, type BusinessCalendarRow, businessCalendarEntity, businessCalendars } from "../calendars/table.ts";
import { code, oneOf, projectKey, projectPrimaryKey, time, versioned, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { inProjects, isMe, rowSecurity } from "../db/policies.ts";
import { audienceColumns, audienceRules } from "../events/audience.ts";
import { projectEntity, type ProjectRow, projects, queueEntity, type QueueRow } from "../projects/table.ts";
import { marketEntity, type MarketRow, type VendorRow, vendorEntity } from "../vendors/table.ts";

export const CLOCK_KINDS = [
  "APPEAL_L1", "APPEAL_L2", "APPEAL_L3", "APPEAL_REPLY", "APPEAL_REAPPEAL", "POLICY_QUESTION", "AUDIT_DUE",
  "ESCALATION_ACK", "ESCALATION_CONTAIN", "ESCALATION_RCA", "ESCALATION_ACTIONS", "ESCALATION_PARTNER",
] as const;
export type ClockKind = (typeof CLOCK_KINDS)[number];

const ofSeenSubject = sql.raw("(sla_clocks.subject_type <> 'Appeal' or sees_subject(sla_clocks.project_id, sla_clocks.subject_type, sla_clocks.subject_id))");

/**
 * The time that a piece of work has, counted in the open hours of a calendar. What it is about says who sees it. Runs while it is neither
 * paused, stopped nor void.
 */
export const slaClocks = pgTable("sla_clocks", {
  ...projectKey(),
  subjectType: code("subject_type").notNull(),
  subjectId: uuid("subject_id").notNull(),
  kind: word("kind", CLOCK_KINDS).notNull(),
  /** The calendar that it counts by; null: around the clock from Monday to Friday in `timeZone`. */
  calendarId: uuid("calendar_id").references(() => businessCalendars.id),
  timeZone: code("time_zone").notNull(),
  /** ALWAYS of domain.md section 8: every hour is open, whatever the calendar. */
  isAlwaysOpen: boolean("is_always_open").notNull().default(false),
  /** What was allowed: so many open minutes, or the same local time so many open days later. */
  unit: word("unit", ALLOWANCE_UNITS).notNull(),
  allowance: integer("allowance").notNull(),
  startedAt: time("started_at").notNull(),
  dueAt: time("due_at").notNull(),
  /** Open seconds from start to due time, pauses aside: what the thresholds are shares of. */
  openSeconds: integer("open_seconds").notNull(),
  pausedAt: time("paused_at"),
  pauseReason: text("pause_reason"),
  /** Open seconds that were left when it was paused; null while it runs. */
  remainingSeconds: integer("remaining_seconds"),
  /** Elapsed in all pauses that have ended. */
  pausedSeconds: integer("paused_seconds").notNull().default(0),
  /** From when to when these were: counted by other hours, it stood still as long as they were open meanwhile. */
  pauses: jsonb("pauses").$type<readonly (readonly [string, string])[]>().notNull().default([]),
  stoppedAt: time("stopped_at"),
  /** Open seconds that it ran, pauses aside, until it was stopped; null before. */
  elapsedSeconds: integer("elapsed_seconds"),
  breachedAt: time("breached_at"),
  voidedAt: time("voided_at"),
  /** The share of its open time, in per cent, that was told last: 0, 50, 75, 90 or 100. */
  toldPercent: integer("told_percent").notNull().default(0),
  /** When the next share is reached; null once all are told, and while it doesn't run. */
  nextThresholdAt: time("next_threshold_at"),
  /** When three quarters of its open time are over; null while that is not known, since it is paused. */
  atRiskAt: time("at_risk_at"),
  queueId: uuid("queue_id"),
  market: code("market"),
  ...audienceColumns(),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  foreignKey({ columns: [t.projectId], foreignColumns: [projects.id] }),
  oneOf("sla_clocks_kind", t.kind, CLOCK_KINDS),
  oneOf("sla_clocks_unit", t.unit, ALLOWANCE_UNITS),
  check("sla_clocks_allowance", sql`${t.allowance} > 0 and ${t.openSeconds} >= 0`),
  check("sla_clocks_paused", sql`(${t.pausedAt} is null) = (${t.remainingSeconds} is null)`),
  check("sla_clocks_ended", sql`${t.stoppedAt} is null or ${t.voidedAt} is null`),
  check("sla_clocks_elapsed", sql`${t.elapsedSeconds} is null or ${t.stoppedAt} is not null`),
  check("sla_clocks_told", sql`${t.toldPercent} in (0, 50, 75, 90, 100)`),
  // One that runs, or is paused, of a kind and subject.
  uniqueIndex("sla_clocks_running").on(t.projectId, t.subjectId, t.kind).where(sql`stopped_at is null and voided_at is null`),
  index("sla_clocks_subject").on(t.projectId, t.subjectId),
  index("sla_clocks_threshold").on(t.nextThresholdAt).where(sql`next_threshold_at is not null`),
  index("sla_clocks_due").on(t.projectId, t.dueAt, t.id),
  // Policy managers see no draws.
  ...rowSecurity({
    ...audienceRules(t),
    assay_policy: sql`${inProjects(t.projectId)} and ${t.kind} <> 'AUDIT_DUE'`,
    // Which auditors see an appeal is asked of the appeal.
    assay_auditor: sql`${inProjects(t.projectId)} and (${t.isStaffVisible} or ${isMe(t.auditorId)}) and ${ofSeenSubject}`,
  }),
]);

export type SlaClockRow = typeof slaClocks.$inferSelect & {
  project?: ProjectRow | null;
  vendor?: VendorRow | null;
  queue?: QueueRow | null;
  marketRow?: MarketRow | null;
  calendar?: BusinessCalendarRow | null;
};

export const slaClockEntity = entity<SlaClockRow>("SlaClock", slaClocks, {
  project: { entity: () => projectEntity, column: "projectId" },
  vendor: { entity: () => vendorEntity, column: "vendorId" },
  queue: { entity: () => queueEntity, column: "queueId" },
  marketRow: { entity: () => marketEntity, column: "market", target: "code" },
  calendar: { entity: () => businessCalendarEntity, column: "calendarId" },
});
