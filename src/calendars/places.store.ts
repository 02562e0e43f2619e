import { sql } from "drizzle-orm";
import type { Hours } from "../core/business.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import type { Allowances } from "./allowances.rules.ts";

/** Whose open hours count for something. */
export interface Place {
  projectId: string;
  /** PARTNER: by site, else vendor, else the site's zone. CLIENT: by market, else project. Either, in the end, by the project's zone. */
  side: "PARTNER" | "CLIENT";
  vendorId?: string | null;
  siteId?: string | null;
  market?: string | null;
}

/** A calendar as it is kept; hours are null where there is none, but for a zone. */
export interface KeptCalendar extends Record<string, unknown> {
  calendarId: string | null;
  timeZone: string;
  hours: Hours | null;
  holidays: string[] | null;
}

/** What a place counts by, and how long its project has said that things may take. */
export type KeptPlace = KeptCalendar & { allowances: Allowances | null };

const HOLIDAYS = sql.raw("(select json_agg(h.held_on) from calendar_holidays h where h.calendar_id = c.id)");

/** The calendar of each place, in their order. */
export async function listPlaceCalendars(db: Db, places: readonly Place[]): Promise<KeptPlace[]> {
  const column = (type: string, read: (place: Place) => unknown) => array(places.map(read), type);
  return [...await db.execute<KeptPlace>(sql`/* calendarsOfPlaces */
    select found.calendar_id as "calendarId", coalesce(c.time_zone, found.time_zone) as "timeZone", c.hours, ${HOLIDAYS} as holidays, found.allowances
    from (
      select asked.i, p.settings->'clockAllowances' as allowances, case asked.side when 'PARTNER' then coalesce(s.calendar_id, v.calendar_id) else coalesce(m.calendar_id, p.calendar_id) end as calendar_id,
        case asked.side when 'PARTNER' then coalesce(s.time_zone, p.time_zone) else p.time_zone end as time_zone
      from unnest(${column("uuid", ({ projectId }) => projectId)}, ${column("text", ({ side }) => side)}, ${column("uuid", ({ vendorId }) => vendorId ?? null)},
        ${column("uuid", ({ siteId }) => siteId ?? null)}, ${column("text", ({ market }) => market ?? null)})
        with ordinality as asked (project_id, side, vendor_id, site_id, market, i)
      join projects p on p.id = asked.project_id left join sites s on s.id = asked.site_id
      left join vendors v on v.id = coalesce(asked.vendor_id, s.vendor_id) left join markets m on m.code = asked.market
    ) found left join business_calendars c on c.id = found.calendar_id order by found.i`)];
}

/** The calendars with these ids. */
export async function listCalendars(db: Db, ids: readonly string[]): Promise<(KeptCalendar & { calendarId: string })[]> {
  return [...await db.execute<KeptCalendar & { calendarId: string }>(sql`/* calendars */
    select c.id as "calendarId", c.time_zone as "timeZone", c.hours, ${HOLIDAYS} as holidays
    from business_calendars c where c.id = any (${array(ids, "uuid")})`)];
}
