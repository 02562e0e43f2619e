import { type Calendar, defaultCalendar } from "../core/business.ts";
import type { Db } from "../db/lease.ts";
import { allowanceOf, type Allowances, dueAfter } from "./allowances.rules.ts";
import { type KeptCalendar, listCalendars, listPlaceCalendars, type Place } from "./places.store.ts";
import type { AllowanceName } from "./table.ts";

/** What a place counts by: a calendar, or the default one of its zone; and how long its project has said that things may take. */
export interface Counted {
  calendarId: string | null;
  calendar: Calendar;
  allowances: Allowances;
}

const keyOf = ({ projectId, side, vendorId, siteId, market }: Place) => [projectId, side, vendorId, siteId, market].join(" ");

function calendarIn({ timeZone, hours, holidays }: KeptCalendar): Calendar {
  return hours ? { timeZone, hours, holidays: new Set(holidays) } : defaultCalendar(timeZone);
}

/** What places count by, in their order, in one statement for all; whoever asks must see the places' rows. */
export async function calendarsFor(db: Db, places: readonly Place[]): Promise<Counted[]> {
  const distinct = new Map(places.map((place) => [keyOf(place), place]));
  if (distinct.size === 0) return [];
  const rows = await listPlaceCalendars(db, [...distinct.values()]);
  const counted = rows.map((row): Counted => ({ calendarId: row.calendarId, calendar: calendarIn(row), allowances: row.allowances ?? {} }));
  const byKey = new Map([...distinct.keys()].map((key, index) => [key, counted[index]!]));
  return places.map((place) => byKey.get(keyOf(place))!);
}

/** Calendars by their ids, in one statement. */
export async function calendarsById(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, Calendar>> {
  if (ids.length === 0) return new Map();
  return new Map((await listCalendars(db, [...new Set(ids)])).map((row) => [row.calendarId, calendarIn(row)]));
}

/** What a project itself counts by: the client's calendar where no market is concerned. */
export async function projectCalendar(db: Db, projectId: string): Promise<Calendar> {
  return (await calendarsFor(db, [{ projectId, side: "CLIENT" }]))[0]!.calendar;
}

/** When things are due that have no clock of their own, each from a time on, in their order and in one statement. */
export async function dueTimes(db: Db, name: AllowanceName, starts: readonly (Place & { from: Date })[]): Promise<Date[]> {
  const counted = await calendarsFor(db, starts);
  return starts.map(({ from }, index) => dueAfter(from, allowanceOf(counted[index]!.allowances, name)!, counted[index]!.calendar));
}
