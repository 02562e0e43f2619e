import { type SQL, sql } from "drizzle-orm";
import { array } from "../db/arrays.ts";
import { RECURRENCE_DAYS } from "../projects/table.ts";
import { localDay, type Reading, type RowSource, until } from "./sources.table.ts";
import { inReach } from "./table.ts";

export type PublicationHit = "APPEALED" | "OVERTURNED";
export type RulingHit = "OVERTURNED" | "UPHELD";
export type EscalationEnd = "OPEN" | "CONTAINED" | "CLOSED" | "RECURRED";

const OVERTURNED = sql.raw("('AUDIT_OVERTURNED', 'AUDIT_PARTIALLY_OVERTURNED')");

function inTime(column: SQL, { period: { from, to } }: Reading): SQL {
  return sql`${column} >= ${from.toISOString()}::timestamptz and ${column} < ${to.toISOString()}::timestamptz`;
}

// The last ruling of an appeal by then.
const lastRuling = (asOf: SQL) => sql`cross join lateral (select r.outcome, r.ruled_at from appeal_rulings r where r.project_id = f.project_id
    and r.appeal_id = f.id and r.ruled_at <= ${asOf} order by r.ruled_at desc, r.id desc limit 1)`;

/** Primary audits whose verdict was an error when it was published: `is_hit` where it was appealed, or overturned by any ruling, since none takes that back. */
export function publicationsOf(query: Reading, hit: PublicationHit): RowSource {
  const { reading: { layers, asOf }, reach, period } = query;
  const now = until(asOf);
  const isHit = hit === "APPEALED"
    ? sql`exists (select from appeals p where p.project_id = f.project_id and p.audit_id = f.id and p.filed_at <= ${now})`
    : sql`exists (select from appeals p join appeal_rulings r on r.project_id = p.project_id and r.appeal_id = p.id
        where p.project_id = f.project_id and p.audit_id = f.id and r.ruled_at <= ${now} and r.outcome in ${OVERTURNED})`;
  const rows = sql`select f.*, ${isHit} as is_hit from audits f cross join lateral (select v.outcome from verdicts v where v.project_id = f.project_id and v.audit_id = f.id
        and v.recorded_at <= f.published_at order by v.number desc limit 1) v
      where ${inReach(reach)} and f.role = 'PRIMARY' and f.layer = any (${array(layers, "text")}) and v.outcome = 'INCORRECT' and ${inTime(sql`f.published_at`, query)}
        and f.published_at <= ${now} and (f.state <> 'VOIDED' or f.updated_at > ${now})`;
  return { ctes: [], rows, day: localDay(sql`f.published_at`, period) };
}

/** Appeals by their last ruling: `is_hit` where it overturned the audit, or all upheld it; `seconds` is the open time that the tiers took. */
export function rulingsOf(query: Reading, hit: RulingHit): RowSource {
  const { reading: { layers, asOf }, reach, period } = query;
  const now = until(asOf);
  const isHit = hit === "OVERTURNED" ? sql`l.outcome in ${OVERTURNED}` : sql`not exists (select from appeal_rulings r where r.project_id = f.project_id and r.appeal_id = f.id
    and r.ruled_at <= ${now} and r.outcome <> 'AUDIT_UPHELD')`;
  const seconds = sql`(select sum(c.elapsed_seconds) from sla_clocks c where c.project_id = f.project_id and c.subject_id = f.id
    and c.kind in ('APPEAL_L1', 'APPEAL_L2', 'APPEAL_L3') and c.stopped_at <= l.ruled_at)::float8`;
  const rows = sql`select f.*, l.ruled_at as last_ruled_at, ${isHit} as is_hit, ${seconds} as seconds from appeals f ${lastRuling(now)} l
      where ${inReach(reach)} and f.layer = any (${array(layers, "text")}) and (f.state not in ('WITHDRAWN', 'DECLINED', 'INVALID', 'EXPIRED') or f.closed_at > ${now}) and ${inTime(sql`l.ruled_at`, query)}`;
  return { ctes: [], rows, day: localDay(sql`f.last_ruled_at`, period) };
}

/** Clocks that were stopped, and those that run on past their due time: `is_hit` where one was stopped in time. */
export function clocksOf(query: Reading): RowSource {
  const { reading: { asOf }, reach, period } = query;
  const now = until(asOf);
  const rows = sql`select f.*, coalesce(f.stopped_at <= least(f.due_at, ${now}), false) as is_hit from sla_clocks f
      where ${inReach(reach)} and ${inTime(sql`f.due_at`, query)} and f.voided_at is null and f.paused_at is null and f.started_at <= ${now}
        and (f.stopped_at <= ${now} or f.due_at <= least(${now}, now()))`;
  return { ctes: [], rows, day: localDay(sql`f.due_at`, period) };
}

/**
 * Escalations that are open, or were contained or closed in the period: `seconds` is how long that took. Of those closed as effective, `is_hit`
 * where the same problem was opened again within the days that its project says.
 */
export function escalationsOf(query: Reading, end: EscalationEnd): RowSource {
  const { reading: { asOf }, reach, period } = query;
  const now = until(asOf);
  const ended = { OPEN: sql`f.opened_at`, CONTAINED: sql`f.contained_at`, CLOSED: sql`f.closed_at`, RECURRED: sql`f.closed_at` }[end];
  const isMeant = {
    OPEN: sql`f.opened_at <= ${now} and (f.closed_at is null or f.closed_at > ${now})`,
    CONTAINED: sql`${inTime(ended, query)} and ${ended} <= ${now}`,
    CLOSED: sql`f.state = 'CLOSED' and ${inTime(ended, query)} and ${ended} <= ${now}`,
    RECURRED: sql`f.close_reason = 'EFFECTIVE' and ${inTime(ended, query)} and ${ended} <= ${now}`,
  }[end];
  const days = sql`(select coalesce((p.settings ->> 'recurrenceDays')::int, ${RECURRENCE_DAYS}) from projects p where p.id = f.project_id)`;
  const again = sql`exists (select from escalations x where x.project_id = f.project_id and x.fingerprint = f.fingerprint and x.id <> f.id
    and x.opened_at >= f.closed_at and x.opened_at < f.closed_at + ${days} * interval '1 day' and x.opened_at <= ${now})`;
  const rows = sql`select f.*, ${ended} as ended_at, extract(epoch from ${ended} - f.opened_at)::float8 as seconds, ${end === "RECURRED" ? again : sql`false`} as is_hit
      from escalations f where ${inReach(reach)} and ${isMeant}`;
  return { ctes: [], rows, day: localDay(sql`f.ended_at`, period) };
}
