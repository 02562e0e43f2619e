import { gt, gte, lt, sql } from "drizzle-orm";
import type { Key } from "../core/ids.ts";
import type { Day } from "../core/time.ts";
import { array } from "../db/arrays.ts";
import { changeRow, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { anyOf, type List } from "../db/lists.ts";
import { projects } from "../projects/table.ts";
import { markets, sites, vendors } from "../vendors/table.ts";
import type { Owner } from "./rules.ts";
import {
  businessCalendarEntity, type BusinessCalendarRow, businessCalendars, calendarHolidayEntity, type CalendarHolidayRow,
} from "./table.ts";

/** What of a calendar may be asked for. */
export interface CalendarFilter {
  codes?: string[] | null;
  timeZones?: string[] | null;
  updatedAfter?: Date | null;
}

export const calendarList: List<BusinessCalendarRow, CalendarFilter> = {
  entity: businessCalendarEntity,
  where: (t, filter) => [
    anyOf(t.code!, filter.codes),
    anyOf(t.timeZone!, filter.timeZones),
    filter.updatedAfter ? gt(t.updatedAt!, filter.updatedAfter) : undefined,
  ],
  orders: { ID: "id", CODE: "code", UPDATED_AT: "updatedAt" },
};

/** Which days on which nobody works. */
export interface HolidayFilter {
  from?: Day | null;
  to?: Day | null;
}

export const holidayList: List<CalendarHolidayRow, HolidayFilter> = {
  entity: calendarHolidayEntity,
  where: (t, { from, to }) => [from ? gte(t.heldOn!, from) : undefined, to ? lt(t.heldOn!, to) : undefined],
  orders: { ID: "id" },
};

/** Adds a calendar. */
export async function insertCalendar(db: Db, row: typeof businessCalendars.$inferInsert): Promise<void> {
  await db.insert(businessCalendars).values(row);
}

/** What of a calendar changes; undefined stays. */
export type CalendarChange = Partial<Pick<BusinessCalendarRow, "name" | "timeZone" | "hours">>;

/** Changes a calendar, which locks it until the transaction ends; its row now. */
export async function changeCalendarRow(db: Db, key: Key, version: ExpectedVersion, change: CalendarChange, now: Date): Promise<BusinessCalendarRow> {
  return changeRow(db, businessCalendars, key, version, change, now);
}

/** A day on which nobody works. */
export interface Holiday {
  heldOn: Day;
  name: string;
}

/** Adds days on which nobody works; of those that a calendar has already, nothing changes. How many are new. */
export async function insertHolidays(db: Db, calendarId: string, holidays: readonly (Holiday & { id: string })[]): Promise<number> {
  const rows = await db.execute(sql`/* addHolidays */
    insert into calendar_holidays (id, calendar_id, held_on, name)
    select id, ${calendarId}::uuid, held_on, name from unnest(${array(holidays.map(({ id }) => id), "uuid")},
      ${array(holidays.map(({ heldOn }) => heldOn), "date")}, ${array(holidays.map(({ name }) => name), "text")}) as h (id, held_on, name)
    on conflict do nothing returning id`);
  return rows.length;
}

/** Takes days away on which nobody works: how many of them the calendar had. */
export async function deleteHolidays(db: Db, calendarId: string, days: readonly Day[]): Promise<number> {
  const rows = await db.execute(sql`/* removeHolidays */
    delete from calendar_holidays where calendar_id = ${calendarId} and held_on = any (${array(days, "date")}) returning id`);
  return rows.length;
}

const TABLES = { Vendor: vendors, Site: sites, Market: markets, Project: projects } satisfies Record<Owner, unknown>;

/** Gives a vendor, site, market or project the calendar that its clocks count by; null takes it away. */
export async function assignRow(db: Db, owner: Owner, key: Key, version: ExpectedVersion, calendarId: string | null, now: Date): Promise<void> {
  await changeRow(db, TABLES[owner], key, version, { calendarId }, now);
}
