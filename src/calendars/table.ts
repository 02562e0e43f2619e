import { sql } from "drizzle-orm";
import { date, jsonb, pgTable, text, unique, uuid } from "drizzle-orm/pg-core";
import type { Hours } from "../core/business.ts";
import { code, globalKey, versioned } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { DB_ROLES } from "../db/identity.ts";
import { everyRow, forRoles, rowSecurity } from "../db/policies.ts";

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

/** A day on which nobody works. */
export const calendarHolidays = pgTable("calendar_holidays", {
  ...globalKey(),
  calendarId: uuid("calendar_id").notNull().references(() => businessCalendars.id),
  heldOn: date("held_on").notNull(),
  name: text("name").notNull().default(sql`''`),
}, (t) => [unique("calendar_holidays_day").on(t.calendarId, t.heldOn), ...rowSecurity(everybody)]);

export type BusinessCalendarRow = typeof businessCalendars.$inferSelect;
export type CalendarHolidayRow = typeof calendarHolidays.$inferSelect;

export const businessCalendarEntity = entity<BusinessCalendarRow>("BusinessCalendar", businessCalendars);
