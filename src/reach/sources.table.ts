import { type SQL, sql } from "drizzle-orm";
import { array } from "../db/arrays.ts";
import { factsOf, violatingOf } from "../rollups/facts.table.ts";
import { type AuditSum, SUMS } from "../rollups/sums.table.ts";
import type { Count } from "../stats/counts.ts";
import { type AuditReading, AXIS_COLUMNS, inIds, inReach, isRead, type Layer, onAxis, type Period, type Reach } from "../reach/table.ts";

/** Whose judgements of the same items are set against each other: labelers' on equal content, or both auditors' of a double audit. */
export type Raters = "LABELS" | "DOUBLE_AUDITS";

/** Which rows are read. */
export interface Reading {
  reading: AuditReading;
  reach: Reach;
  period: Period;
}

/** Sums of the audits of one group, run and stratum; `keys` are the values of the dimensions that they were split by. */
export type AuditCount = Partial<Record<AuditSum, Count>> & {
  keys: readonly (string | null)[];
  layer: Layer;
  runId: string | null;
  stratumId: string | null;
  /** Where chances differed within the stratum; null elsewhere. */
  inclusionProbability: number | null;
  isProcessError: boolean;
};

/**
 * Rows `f` to be counted, wherever they come from, restricted to what the query reads: of the facts of a decision the columns that the splits
 * need. Behind `with ctes`; `day` is the local day of a row, of which weeks and months are cut.
 */
export interface RowSource {
  ctes: readonly SQL[];
  rows: SQL;
  day: SQL;
}

/** As `RowSource`, in parts that have the columns which they share in no common order. */
export interface AuditSource extends Omit<RowSource, "rows"> {
  parts: readonly SQL[];
  /** Some parts take away from others, so that none says anything by itself. */
  isSigned: boolean;
}

/** The rows of parts that have the same columns. */
export function union(parts: readonly SQL[]): SQL {
  return sql.join([...parts], sql` union all `);
}

/** The day in the time zone of a column's time. */
export function localDay(column: SQL, { timeZone }: Period): SQL {
  return sql`(${column} at time zone ${timeZone})::date`;
}

/** The moment up to which what was recorded counts. */
export function until(asOf: Date | null): SQL {
  return sql`${asOf?.toISOString() ?? "infinity"}::timestamptz`;
}

/** Facts as rows to sum: `facts` selects the columns of `audit_facts`, the sums' own stand beside them. */
export function summable(facts: SQL, sums: readonly AuditSum[]): SQL {
  return sql`select f.*, ${sql.join(sums.map((sum) => sql`${SUMS[sum].ofFact} as ${sql.raw(SUMS[sum].column)}`), sql`, `)} from (${facts}) f`;
}

/** The published audits themselves, with the verdict that counts: any score time, as of any time. They have the columns of `audit_facts`. */
export function auditsOf({ reading, reach, period }: Reading, sums: readonly AuditSum[]): RowSource {
  const facts = sql`select f.* from (${factsOf(reading, sql`true`)}) f where ${isRead(reading, reach, period)}`;
  return { ctes: [violatingOf(reach.projectIds!)], rows: summable(facts, sums), day: localDay(AXIS_COLUMNS[reading.timeAxis], period) };
}

/** Decisions on golden items that were active when they were made: `is_hit` where they equal the truth. */
export function gradedOf({ reading, reach: { truthPolicyIds, eitherPolicyIds, ...reach }, period }: Reading): RowSource {
  const graded = sql`select distinct on (f.project_id, f.id) f.*, t.truth_policy_id, t.rule as golden_rule,
        f.policy_id = t.truth_policy_id and coalesce(f.action = t.truth_action, t.truth_action is null) as is_hit
      from golden_items t join decisions f on f.project_id = t.project_id and f.content_hash = t.content_hash
        and f.decided_at >= t.active_from
        and f.decided_at < coalesce(t.active_to, case t.status when 'ACTIVE' then 'infinity'::timestamptz end)
      where ${inReach(reach)} and ${inIds(sql`f.id`, period)} and f.recorded_at <= ${until(reading.asOf)} and t.created_at <= ${until(reading.asOf)}
      order by f.project_id, f.id, t.active_from desc, t.id desc`;
  const rows = sql`select f.* from (${graded}) f where ${inReach({ projectIds: reach.projectIds, truthPolicyIds, eitherPolicyIds })}`;
  return { ctes: [], rows, day: localDay(sql`f.decided_at`, period) };
}

/**
 * Auditors' own verdicts that another audit resolved: `is_hit` where they equal the resolved one. Of a double audit that is the verdict in force at
 * publication, for both auditors; of an expert's audit the expert's, for the first auditor. Each audit counts once, by what resolved it
 * last; those of golden samples don't, since all their verdicts take the item's truth. With `only`, those of one auditor.
 */
export function resolvedOf({ reading, reach, period }: Reading, only: string | null): RowSource {
  const [projects, asOf] = [array(reach.projectIds!, "uuid"), until(reading.asOf)];
  const latest = (of: string, which: SQL) => sql`cross join lateral (select v.outcome, v.truth_policy_id, v.truth_action from verdicts v
      where v.project_id = ${sql.raw(of)}.project_id and v.audit_id = ${sql.raw(of)}.id and ${which} order by v.number desc limit 1)`;
  const resolved = sql`resolved as (
      select d.project_id, j.audit_id, d.resolved_at as at, v.* from double_audits d
      join audits p on p.project_id = d.project_id and p.id = d.primary_audit_id
      ${latest("p", sql`v.recorded_at <= p.published_at`)} v cross join lateral unnest(array[d.primary_audit_id, d.second_audit_id]) j (audit_id)
      where d.project_id = any (${projects}) and d.outcome in ('AGREED', 'ADJUDICATED') and d.resolved_at <= ${asOf}
      union all
      select e.project_id, e.of_audit_id, e.submitted_at, v.* from audits e ${latest("e", sql`v.recorded_at <= ${asOf}`)} v
      where e.project_id = any (${projects}) and e.role = 'ATA' and (e.state = 'SUBMITTED' or e.state = 'VOIDED' and e.updated_at > ${asOf})
        and e.submitted_at <= ${asOf})`;
  const judged = sql`select f.*, f.id as audit_id, r.truth_policy_id, t.outcome = r.outcome and t.truth_policy_id = r.truth_policy_id
        and t.truth_action is not distinct from r.truth_action as is_hit
      from (select distinct on (project_id, audit_id) * from resolved order by project_id, audit_id, at desc) r
      join audits f on f.project_id = r.project_id and f.id = r.audit_id and f.purpose <> 'GOLDEN'
        and (f.state <> 'VOIDED' or f.updated_at > ${asOf})
      ${latest("f", sql`v.reason in ('INITIAL', 'AMENDED')`)} t`;
  const rows = sql`select f.* from (${judged}) f where ${inReach(reach)} and ${onAxis(reading.timeAxis, period)}
      and f.layer = any (${array(reading.layers, "text")}) and (${only}::uuid is null or f.auditor_id = ${only})`;
  return { ctes: [resolved], rows, day: localDay(AXIS_COLUMNS[reading.timeAxis], period) };
}

/** Samples that fell due, void ones left out: `is_hit` where the audit was submitted in time. The decision is named for its index. */
export function dueOf({ reading: { layers, purposes, asOf }, reach, period }: Reading): RowSource {
  const [from, to] = [period.from.toISOString(), period.to.toISOString()];
  const rows = sql`select f.*, exists (select from audits a where a.project_id = f.project_id and a.decision_id = f.decision_id and a.sample_id = f.id
        and a.role = 'PRIMARY' and a.submitted_at <= f.due_at and (a.state <> 'VOIDED' or a.updated_at > ${until(asOf)})) as is_hit
      from samples f where ${inReach(reach)} and f.due_at >= ${from}::timestamptz and f.due_at < ${to}::timestamptz
        and f.due_at <= least(${until(asOf)}, now()) and f.created_at <= ${until(asOf)} and (f.state <> 'VOID' or f.updated_at > ${until(asOf)})
        and f.layer = any (${array(layers, "text")}) and f.purpose = any (${array(purposes, "text")})`;
  return { ctes: [], rows, day: localDay(sql`f.due_at`, period) };
}

/** Decisions: `is_hit` where one has a published primary audit in the layer, of whatever purpose. */
export function decisionsOf({ reading: { layers, asOf }, reach, period }: Reading): RowSource {
  const rows = sql`select f.*, exists (select from audits a where a.project_id = f.project_id and a.decision_id = f.id and a.role = 'PRIMARY'
        and a.layer = any (${array(layers, "text")}) and a.published_at <= ${until(asOf)} and a.created_at <= ${until(asOf)}
        and (a.state <> 'VOIDED' or a.updated_at > ${until(asOf)})) as is_hit
      from decisions f where ${inReach(reach)} and ${inIds(sql`f.id`, period)} and f.recorded_at <= ${until(asOf)}`;
  return { ctes: [], rows, day: localDay(sql`f.decided_at`, period) };
}
