import { sql } from "drizzle-orm";
import type { Calendar, Hours } from "../core/business.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";

/** Whose open hours count for something. */
export interface Place {
  projectId: string;
  /** PARTNER: by site, else vendor, else the site's zone. CLIENT: by market, else project. Either, in the end, by the project's zone. */
  side: "PARTNER" | "CLIENT";
  vendorId?: string | null;
  siteId?: string | null;
  market?: string | null;
}

/** A calendar as it is counted by; `calendarId` null is the default one of the zone. */
export interface Counted extends Calendar {
  calendarId: string | null;
}

interface CountedRow extends Record<string, unknown> {
  calendarId: string | null;
  timeZone: string;
  hours: Hours | null;
  holidays: string[] | null;
}

const HOLIDAYS = sql.raw("(select json_agg(h.held_on) from calendar_holidays h where h.calendar_id = c.id)");

/** The calendar of each place, in their order; hours and holidays are null where it is the default one of the zone. */
export async function listPlaceCalendars(db: Db, places: readonly Place[]): Promise<CountedRow[]> {
  const column = (type: string, read: (place: Place) => unknown) => array(places.map(read), type);
  return [...await db.execute<CountedRow>(sql`/* calendarsOfPlaces */
    select found.calendar_id as "calendarId", coalesce(c.time_zone, found.time_zone) as "timeZone", c.hours, ${HOLIDAYS} as holidays
    from (
      select asked.i, case asked.side when 'PARTNER' then coalesce(s.calendar_id, v.calendar_id) else coalesce(m.calendar_id, p.calendar_id) end as calendar_id,
        case asked.side when 'PARTNER' then coalesce(s.time_zone, p.time_zone) else p.time_zone end as time_zone
      from unnest(${column("uuid", ({ projectId }) => projectId)}, ${column("text", ({ side }) => side)}, ${column("uuid", ({ vendorId }) => vendorId ?? null)},
        ${column("uuid", ({ siteId }) => siteId ?? null)}, ${column("text", ({ market }) => market ?? null)})
        with ordinality as asked (project_id, side, vendor_id, site_id, market, i)
      join projects p on p.id = asked.project_id left join sites s on s.id = asked.site_id
      left join vendors v on v.id = coalesce(asked.vendor_id, s.vendor_id) left join markets m on m.code = asked.market
    ) found left join business_calendars c on c.id = found.calendar_id order by found.i`)];
}

/** The calendars with these ids. */
export async function listCalendars(db: Db, ids: readonly string[]): Promise<(CountedRow & { calendarId: string })[]> {
  return [...await db.execute<CountedRow & { calendarId: string }>(sql`/* calendars */
    select c.id as "calendarId", c.time_zone as "timeZone", c.hours, ${HOLIDAYS} as holidays
    from business_calendars c where c.id = any (${array(ids, "uuid")})`)];
}
