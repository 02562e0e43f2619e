import { sql } from "drizzle-orm";
import { date, jsonb, pgTable, text, unique, uuid } from "drizzle-orm/pg-core";
import type { Hours } from "../core/business.ts";
import { code, globalKey, versioned } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { DB_ROLES } from "../db/identity.ts";
import { everyRow, forRoles, rowSecurity } from "../db/policies.ts";

export const ALLOWANCE_UNITS = ["OPEN_MINUTES", "BUSINESS_DAYS"] as const;

/** How long something may take: so many minutes of open time, or until the same local time so many business days later. */
export interface Allowance {
  unit: (typeof ALLOWANCE_UNITS)[number];
  amount: number;
}

const ESCALATION_STEPS = ["ACK", "CONTAIN", "RCA", "ACTIONS", "PARTNER"] as const;
type EscalationAllowance = `ESCALATION_${(typeof ESCALATION_STEPS)[number]}_${"SEV1" | "SEV2" | "SEV3" | "SEV4"}`;
const ESCALATION_ALLOWANCES = ESCALATION_STEPS.flatMap((step) =>
  (["SEV1", "SEV2", "SEV3", "SEV4"] as const).map((severity): EscalationAllowance => `ESCALATION_${step}_${severity}`));

/** What has a time to be done in: domain.md section 8, of escalations one a severity, in all but containing SEV4, which nobody does. */
export const ALLOWANCES = [
  "APPEAL_FILING", "APPEAL_L1", "APPEAL_L2", "APPEAL_L3", "APPEAL_REPLY", "APPEAL_REAPPEAL", "POLICY_QUESTION", "AUDIT_DUE", "DOUBLE_AUDIT_DUE",
  ...ESCALATION_ALLOWANCES.filter((name) => name !== "ESCALATION_CONTAIN_SEV4"),
] as const;
export type AllowanceName = (typeof ALLOWANCES)[number];

const everybody = forRoles(DB_ROLES.filter((role) => role !== "assay_auth"), everyRow);

/** When work is done somewhere: open hours of each weekday in a time zone, less holidays. Everybody may read them. */
export const businessCalendars = pgTable("business_calendars", {
  ...globalKey(),
  code: code("code").notNull().unique("business_calendars_code"),
  name: text("name").notNull(),
  timeZone: code("time_zone").notNull(),
  hours: jsonb("hours").$type<Hours>().notNull(),
  ...versioned(),
}, () => [...rowSecurity(everybody)]);

/** A day on which nobody works by a calendar. */
export const calendarHolidays = pgTable("calendar_holidays", {
  ...globalKey(),
  calendarId: uuid("calendar_id").notNull().references(() => businessCalendars.id),
  heldOn: date("held_on").notNull(),
  name: text("name").notNull().default(sql`''`),
}, (t) => [unique("calendar_holidays_day").on(t.calendarId, t.heldOn), ...rowSecurity(everybody)]);

export type BusinessCalendarRow = typeof businessCalendars.$inferSelect;
export type CalendarHolidayRow = typeof calendarHolidays.$inferSelect;

export const calendarHolidayEntity = entity<CalendarHolidayRow>("CalendarHoliday", calendarHolidays);
export const businessCalendarEntity = entity<BusinessCalendarRow>("BusinessCalendar", businessCalendars);
