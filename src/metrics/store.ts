import { type SQL, sql } from "drizzle-orm";
import { idFloor } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import type { ProjectSettings } from "../projects/table.ts";
import type { Dimension, Period, Reach } from "./dimensions.rules.ts";
import type { AuditCount, DrawnStratum, ShareCount } from "./estimates.rules.ts";
import type { AuditChoice, TimeAxis } from "./query.rules.ts";

/** What counts can be split by: the dimensions, and the true policy. */
export type Split = Dimension | "TRUTH_POLICY";

/** Which rows, how split, as they were known by `asOf` (null: now). */
export interface CountQuery {
  splits: readonly Split[];
  reach: Reach;
  period: Period;
  asOf: Date | null;
}

/** More groups of counts than this are refused by the caller; one more is read, to tell. */
export const MAX_COUNTS = 200_000;

const PUBLISHED = ["PUBLISHED", "ACKNOWLEDGED", "APPEALED", "FINAL"];

function statesOf({ score }: AuditChoice): readonly string[] {
  return score === "FINAL" ? ["FINAL"] : PUBLISHED;
}

function instant(time: Date | null): SQL {
  return sql`${time?.toISOString() ?? "infinity"}::timestamptz`;
}

// `f` is the row with the facts of a decision, `t` the one that holds the truth.
function splitColumns(splits: readonly Split[], time: SQL, { timeZone, weekStart }: Period): SQL[] {
  const local = sql`(${time} at time zone ${timeZone})`;
  const columns: Record<Split, SQL> = {
    PROJECT: sql`f.project_id::text`,
    QUEUE: sql`f.project_id || ':' || f.queue_id`,
    MARKET: sql`f.market`,
    VENDOR: sql`f.vendor_id::text`,
    LABELER: sql`f.labeler_id::text`,
    AUDITOR: sql`f.auditor_id::text`,
    POLICY: sql`f.policy_id::text`,
    TRUTH_POLICY: sql`t.truth_policy_id::text`,
    DAY: sql`${local}::date::text`,
    WEEK: sql`(${local}::date - (extract(isodow from ${local})::int + 6 - ${weekStart}::int) % 7)::text`,
    MONTH: sql`date_trunc('month', ${local})::date::text`,
  };
  return splits.map((split) => columns[split]);
}

function ordinals(count: number): SQL {
  return sql.raw(Array.from({ length: count }, (_, index) => index + 1).join(", "));
}

function inReach({ projectIds, queueIds, markets, vendorIds, labelerIds, policyIds }: Reach): SQL {
  const among = (column: string, values: readonly string[] | undefined, type: string) =>
    values ? sql` and f.${sql.raw(column)} = any (${array(values, type)})` : sql``;
  return sql`f.project_id = any (${array(projectIds!, "uuid")})${among("queue_id", queueIds, "uuid")}${among("market", markets, "text")}${
    among("vendor_id", vendorIds, "uuid")}${among("labeler_id", labelerIds, "uuid")}${among("policy_id", policyIds, "uuid")}`;
}

function inIds(column: SQL, { from, to }: Period): SQL {
  return sql`${column} >= ${idFloor(from)}::uuid and ${column} < ${idFloor(to)}::uuid`;
}

// An audit's id carries the time of its claim, before which nothing of it happened.
function onAxis(axis: TimeAxis, time: SQL, period: Period): SQL {
  if (axis === "DECIDED_AT") return inIds(sql`f.decision_id`, period);
  return sql`${time} >= ${instant(period.from)} and ${time} < ${instant(period.to)} and f.id < ${idFloor(period.to)}::uuid`;
}

const AXIS_COLUMNS: Record<TimeAxis, SQL> = {
  DECIDED_AT: sql`f.decided_at`,
  AUDITED_AT: sql`f.submitted_at`,
  PUBLISHED_AT: sql`f.published_at`,
};

function keyColumns(columns: readonly SQL[]): SQL {
  return sql.join(columns.map((column, index) => sql`${column} as ${sql.raw(`k${index}`)}, `));
}

function withKeys<Row>(rows: readonly Row[], splits: readonly Split[]): (Row & { keys: string[] })[] {
  return rows.map((row) => ({ ...row, keys: splits.map((_, index) => (row as Record<string, string>)[`k${index}`]!) }));
}

function milliseconds(column: string): SQL {
  return sql.raw(`(extract(epoch from ${column}) * 1000)::bigint`);
}

/** A project that a figure may be asked of, and the database's time, up to which everything committed is seen. */
export interface VisibleProject {
  id: string;
  code: string;
  timeZone: string;
  settings: Partial<ProjectSettings>;
  now: Date;
}

/** The viewer's projects with one of these codes or ids. */
export async function findProjects(db: Db, codes: readonly string[], ids: readonly string[]): Promise<VisibleProject[]> {
  const rows = await db.execute<Omit<VisibleProject, "now"> & { now: string }>(sql`/* projectsOfMetrics */
    select id, code, time_zone as "timeZone", settings, ${milliseconds("now()")} as now from projects
    where code = any (${array(codes, "text")}) or id = any (${array(ids, "uuid")})`);
  return rows.map((row) => ({ ...row, now: new Date(Number(row.now)) }));
}

/**
 * Published primary audits with their verdict in force, counted by the splits, by run and stratum, and by what measures tell apart. Exact
 * integers, of the rows the viewer may see, in one statement whatever the number of groups.
 */
export async function countAudits(db: Db, query: CountQuery, choice: AuditChoice): Promise<AuditCount[]> {
  const time = AXIS_COLUMNS[choice.timeAxis];
  const columns = splitColumns(query.splits, time, query.period);
  const inForce = choice.score === "AS_AUDITED" ? sql` and v.recorded_at <= f.published_at` : sql``;
  const rows = await db.execute<Omit<AuditCount, "keys"> & Record<string, unknown>>(sql`/* auditCounts */
    with violating as materialized (
      select v.id from projects p cross join lateral violating_policies(p.id) v(id)
      where p.id = any (${array(query.reach.projectIds!, "uuid")}))
    select ${keyColumns(columns)}f.run_id as "runId", f.stratum_id as "stratumId", f.inclusion_probability as "inclusionProbability", t.outcome = 'CORRECT' as "isCorrect",
      f.policy_id in (select id from violating) as "isLabeledViolating",
      t.truth_policy_id in (select id from violating) as "isTrulyViolating",
      t.attribution is not distinct from 'PROCESS' as "isProcessError", count(*) as count
    from audits f cross join lateral (
      select v.outcome, v.truth_policy_id, v.attribution from verdicts v
      where v.project_id = f.project_id and v.audit_id = f.id and v.recorded_at <= ${instant(query.asOf)}${inForce}
      order by v.number desc limit 1) t
    where ${inReach(query.reach)} and ${onAxis(choice.timeAxis, time, query.period)} and f.layer = ${choice.layer}
      and f.purpose = any (${array(choice.purposes, "text")}) and f.role = 'PRIMARY' and f.state = any (${array(statesOf(choice), "text")})
      and f.published_at <= ${instant(query.asOf)}
    group by ${ordinals(columns.length + 7)} limit ${MAX_COUNTS + 1}`);
  return withKeys(rows, query.splits);
}

/**
 * The strata of these runs as wholes; in a period of decisions, of every run whose window shares time with it too, audited or not. Counts
 * are of all audits and samples, whatever the viewer sees of them: a weight is the same for everybody.
 */
export async function listStrata(db: Db, query: CountQuery, choice: AuditChoice, runIds: readonly string[]): Promise<DrawnStratum[]> {
  const { from, to } = choice.timeAxis === "DECIDED_AT" ? query.period : { from: null, to: null };
  type Flat = Omit<DrawnStratum, "windowFrom" | "windowTo"> & { windowFrom: string; windowTo: string };
  const rows = await db.execute<Flat>(sql`/* strataOfMetrics */
    select p.id as "projectId", s.run_id as "runId", s.stratum_id as "stratumId", s.stratum_key as "stratumKey",
      s.frame_size as "frameSize", s.drawn, s.audited, s.voided, s.frame_covers as "frameCovers", s.frame,
      ${milliseconds("s.window_from")} as "windowFrom", ${milliseconds("s.window_to")} as "windowTo"
    from projects p cross join lateral drawn_strata(p.id, ${choice.layer}, ${array(choice.purposes, "text")},
      ${array(statesOf(choice), "text")}, ${instant(query.asOf)}, ${array(runIds, "uuid")}, ${instant(from)}, ${instant(to)}) s
    where p.id = any (${array(query.reach.projectIds!, "uuid")})`);
  return rows.map((row) => ({ ...row, windowFrom: new Date(Number(row.windowFrom)), windowTo: new Date(Number(row.windowTo)) }));
}

/** Decisions on golden items that were active when they were made, counted by the splits: all, and those equal to the truth. */
export async function countGolden(db: Db, query: CountQuery): Promise<ShareCount[]> {
  const columns = splitColumns(query.splits, sql`f.decided_at`, query.period);
  const rows = await db.execute<Omit<ShareCount, "keys" | "source"> & Record<string, unknown>>(sql`/* goldenCounts */
    with graded as (
      select distinct on (f.project_id, f.id) f.project_id, f.queue_id, f.market, f.vendor_id, f.labeler_id, f.policy_id, f.decided_at,
        t.truth_policy_id, f.policy_id = t.truth_policy_id and coalesce(f.action = t.truth_action, t.truth_action is null) as is_equal
      from golden_items t join decisions f on f.project_id = t.project_id and f.content_hash = t.content_hash
        and f.decided_at >= t.active_from
        and f.decided_at < coalesce(t.active_to, case t.status when 'ACTIVE' then 'infinity'::timestamptz end)
      where ${inReach(query.reach)} and ${inIds(sql`f.id`, query.period)}
        and f.recorded_at <= ${instant(query.asOf)} and t.created_at <= ${instant(query.asOf)}
      order by f.project_id, f.id, t.active_from desc, t.id desc)
    select ${keyColumns(columns)}count(*) as n, count(*) filter (where f.is_equal) as x
    from graded f cross join lateral (select f.truth_policy_id) t
    group by ${columns.length > 0 ? ordinals(columns.length) : sql`()`} limit ${MAX_COUNTS + 1}`);
  return withKeys(rows, query.splits).map((row) => ({ ...row, source: "GOLDEN" }));
}

/**
 * Auditors' own verdicts that another audit resolved, counted by the splits: all, and those equal to the resolved one. Of a double audit that
 * is the verdict in force at publication, for both auditors; of an expert's audit the expert's, for the first auditor. Each audit counts
 * once, by what resolved it last; those of golden samples don't, since all their verdicts take the item's truth. With `only`, those of one
 * auditor.
 */
export async function countResolved(db: Db, query: CountQuery, { timeAxis, layer }: AuditChoice, only: string | null): Promise<ShareCount[]> {
  const time = AXIS_COLUMNS[timeAxis];
  const columns = splitColumns(query.splits, time, query.period);
  const latest = (of: string, which: SQL) => sql`cross join lateral (select v.outcome, v.truth_policy_id, v.truth_action from verdicts v
      where v.project_id = ${sql.raw(of)}.project_id and v.audit_id = ${sql.raw(of)}.id and ${which} order by v.number desc limit 1)`;
  const rows = await db.execute<Omit<ShareCount, "keys" | "source"> & Record<string, unknown>>(sql`/* resolvedCounts */
    with resolved as (
      select d.project_id, j.audit_id, d.resolved_at as at, v.* from double_audits d
      join audits p on p.project_id = d.project_id and p.id = d.primary_audit_id
      ${latest("p", sql`v.recorded_at <= p.published_at`)} v cross join lateral unnest(array[d.primary_audit_id, d.second_audit_id]) j (audit_id)
      where d.project_id = any (${array(query.reach.projectIds!, "uuid")}) and d.outcome in ('AGREED', 'ADJUDICATED') and d.resolved_at <= ${instant(query.asOf)}
      union all
      select e.project_id, e.of_audit_id, e.submitted_at, v.* from audits e ${latest("e", sql`v.recorded_at <= ${instant(query.asOf)}`)} v
      where e.project_id = any (${array(query.reach.projectIds!, "uuid")}) and e.role = 'ATA' and e.state = 'SUBMITTED'
        and e.submitted_at <= ${instant(query.asOf)}), latest as (
      select distinct on (project_id, audit_id) * from resolved order by project_id, audit_id, at desc)
    select ${keyColumns(columns)}count(*) as n, count(*) filter (where t.outcome = r.outcome and t.truth_policy_id = r.truth_policy_id
      and t.truth_action is not distinct from r.truth_action) as x
    from latest r join audits f on f.project_id = r.project_id and f.id = r.audit_id and f.state <> 'VOIDED' and f.purpose <> 'GOLDEN'
    ${latest("f", sql`v.reason in ('INITIAL', 'AMENDED')`)} t
    where ${inReach(query.reach)} and ${onAxis(timeAxis, time, query.period)} and f.layer = ${layer}
      and (${only}::uuid is null or f.auditor_id = ${only})
    group by ${columns.length > 0 ? ordinals(columns.length) : sql`()`} limit ${MAX_COUNTS + 1}`);
  return withKeys(rows, query.splits).map((row) => ({ ...row, source: "DOUBLE_AUDITS" }));
}

/** What orders policies among labels: place on the ordinal scale, then code. Of those the viewer sees. */
export async function listPolicyRanks(db: Db, ids: readonly string[]): Promise<{ id: string; rank: number | null; code: string }[]> {
  return db.execute<{ id: string; rank: number | null; code: string }>(sql`/* policyRanks */
    select id, rank, code from policies where id = any (${array(ids, "uuid")})`);
}
