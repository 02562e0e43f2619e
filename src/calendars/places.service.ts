import { type Calendar, defaultCalendar } from "../core/business.ts";
import type { Db } from "../db/lease.ts";
import { type Counted, listCalendars, listPlaceCalendars, type Place } from "./places.store.ts";

const keyOf = ({ projectId, side, vendorId, siteId, market }: Place) => [projectId, side, vendorId, siteId, market].join(" ");

function countedBy(row: Awaited<ReturnType<typeof listPlaceCalendars>>[number]): Counted {
  const { calendarId, timeZone, hours, holidays } = row;
  return hours ? { calendarId, timeZone, hours, holidays: new Set(holidays) } : { ...defaultCalendar(timeZone), calendarId };
}

/** The calendars that places count by, in their order, in one statement for all; whoever asks must see the places' rows. */
export async function calendarsFor(db: Db, places: readonly Place[]): Promise<Counted[]> {
  const distinct = new Map(places.map((place) => [keyOf(place), place]));
  if (distinct.size === 0) return [];
  const rows = await listPlaceCalendars(db, [...distinct.values()]);
  const byKey = new Map([...distinct.keys()].map((key, index) => [key, countedBy(rows[index]!)]));
  return places.map((place) => byKey.get(keyOf(place))!);
}

/** Calendars by their ids, in one statement. */
export async function calendarsById(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, Calendar>> {
  if (ids.length === 0) return new Map();
  return new Map((await listCalendars(db, [...new Set(ids)])).map((row) => [row.calendarId, countedBy(row)]));
}
