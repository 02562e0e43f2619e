import { sql } from "drizzle-orm";
import { check, foreignKey, integer, jsonb, pgTable, text, unique, uuid } from "drizzle-orm/pg-core";
import { type Allowance, type AllowanceName, type BusinessCalendarRow, businessCalendarEntity, businessCalendars } from "../calendars/table.ts";
import { code, globalKey, oneOf, projectKey, projectPrimaryKey, texts, versioned, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { PARTNER_DB_ROLES, STAFF_DB_ROLES } from "../db/identity.ts";
import { everyRow, forRoles, inProjects, rowSecurity } from "../db/policies.ts";
import { scorecardEntity, type ScorecardRow, scorecards } from "../scorecards/table.ts";
import { marketEntity, type MarketRow, markets } from "../vendors/table.ts";

export const MODALITIES = ["TEXT", "IMAGE", "VIDEO", "AUDIO", "LIVE", "PROFILE"] as const;
export const WEEKDAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"] as const;

export const PUBLICATIONS = ["DELAYED", "BATCHES"] as const;
export const PERIOD_KINDS = ["WEEK", "MONTH"] as const;

/** Days within which a problem that was solved counts as recurred, where a project says nothing else. */
export const RECURRENCE_DAYS = 90;

/** Defaults of a project that may be set; absent ones take the values of `rules.ts`. */
export interface ProjectSettings {
  /** Whether audits are published by themselves, after the delay, or only by hand, many at a time. */
  publication: (typeof PUBLICATIONS)[number];
  /** Minutes from submission to publication of an audit; 0 publishes at once. */
  publishDelayMinutes: number;
  /** Minutes that a claimed sample stays with its auditor. */
  leaseMinutes: number;
  /** The first day of a reported week. */
  weekStartsOn: (typeof WEEKDAYS)[number];
  /** Decisions on a golden item's content after which it is retired: labelers know it by then. */
  goldenMaxExposures: number;
  /** What is reported on: calendar weeks, months. */
  periodKinds: (typeof PERIOD_KINDS)[number][];
  /** Business days after its end on which a period closes by itself. */
  closeAfterBusinessDays: number;
  /** Tiers that appeals go through, from the first; the vendor's own layer has the first alone. */
  appealTiers: ("L1" | "L2" | "L3")[];
  /** How long things may take, by what they are; absent ones take their defaults. */
  clockAllowances: Partial<Record<AllowanceName, Allowance>>;
  /** Whether nobody of the auditor's team, by their grants, may decide an appeal. */
  hasTeamIndependence: boolean;
  /** The share of a frame that must lie in strata with audits, for its figures to have a value. */
  minCoverageRate: number;
  /** Audits from which on a labeler counts as covered. */
  labelerMinAudits: number;
  /** Days after its closing within which an escalation that was effective counts as recurred, if its problem is opened again. */
  recurrenceDays: number;
}

/** One client programme, the unit of isolation. */
export const projects = pgTable("projects", {
  ...globalKey(),
  code: code("code").notNull().unique("projects_code"),
  name: text("name").notNull(),
  timeZone: code("time_zone").notNull(),
  /** By which the client's clocks are counted, where its market has none. */
  calendarId: uuid("calendar_id").references(() => businessCalendars.id),
  settings: jsonb("settings").$type<Partial<ProjectSettings>>().notNull().default({}),
  ...versioned(),
}, (t) => [
  ...rowSecurity({
    // The reserved project of global events is nobody's.
    assay_admin: sql`${t.code} <> ''`,
    ...forRoles([...STAFF_DB_ROLES, ...PARTNER_DB_ROLES, "assay_labeler", "assay_service"], inProjects(t.id)),
    assay_auth: everyRow,
  }),
]);

/** A stream of like work in a project, in one market. */
export const queues = pgTable("queues", {
  ...projectKey(),
  code: code("code").notNull(),
  name: text("name").notNull(),
  market: code("market").notNull(),
  modality: word("modality", MODALITIES).notNull(),
  slaMinutes: integer("sla_minutes"),
  scorecardId: uuid("scorecard_id").references(() => scorecards.id),
  /** What its auditors must be able to do, in words of the project's own. */
  requiredSkills: texts("required_skills").notNull().default(sql`'{}'`),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  foreignKey({ columns: [t.projectId], foreignColumns: [projects.id] }),
  foreignKey({ columns: [t.market], foreignColumns: [markets.code] }),
  unique("queues_code").on(t.projectId, t.code),
  oneOf("queues_modality", t.modality, MODALITIES),
  check("queues_sla", sql`${t.slaMinutes} > 0`),
  ...rowSecurity({
    assay_admin: everyRow,
    ...forRoles([...STAFF_DB_ROLES, ...PARTNER_DB_ROLES, "assay_service"], inProjects(t.projectId)),
    // Own queues: assignments' table stands above this one.
    assay_labeler: sql`${inProjects(t.projectId)} and exists (select from labeler_assignments a
      where a.project_id = ${t.projectId} and a.queue_id = ${t.id}
        and a.labeler_id = (select nullif(current_setting('app.labeler_id', true), '')::uuid))`,
  }),
]);

export type ProjectRow = typeof projects.$inferSelect & { calendar?: BusinessCalendarRow | null };
export type QueueRow = typeof queues.$inferSelect & {
  project?: ProjectRow | null;
  marketRow?: MarketRow | null;
  scorecard?: ScorecardRow | null;
};

export const projectEntity = entity<ProjectRow>("Project", projects, { calendar: { entity: () => businessCalendarEntity, column: "calendarId" } });
export const queueEntity = entity<QueueRow>("Queue", queues, {
  project: { entity: () => projectEntity, column: "projectId" },
  marketRow: { entity: () => marketEntity, column: "market", target: "code" },
  scorecard: { entity: () => scorecardEntity, column: "scorecardId" },
});
