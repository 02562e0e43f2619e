import { type SQL, sql } from "drizzle-orm";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import type { DrawnStratum } from "../measures/estimates.rules.ts";
import type { DecisionCount, Keys } from "../measures/groups.rules.ts";
import { type Dimension, type Layer, splitBy, withKeys } from "../measures/reach.table.ts";
import { type AuditCount, type AuditSource, type Reading, type RowSource, union } from "../measures/sources.table.ts";
import type { ProjectSettings } from "../projects/table.ts";
import { type AuditSum, SUMS } from "../rollups/sums.table.ts";
import { type Count, readCount } from "../stats/counts.ts";
import type { TargetScope } from "../targets/rules.ts";

/** More groups of counts than this are refused by the caller; one more is read, to tell. */
export const MAX_COUNTS = 200_000;

const PUBLISHED = ["PUBLISHED", "ACKNOWLEDGED", "APPEALED", "FINAL"];

function instant(time: Date | null): SQL {
  return sql`${time?.toISOString() ?? "infinity"}::timestamptz`;
}

function ordinals(count: number): SQL {
  return sql.raw(Array.from({ length: count }, (_, index) => index + 1).join(", "));
}

function milliseconds(column: string): SQL {
  return sql.raw(`(extract(epoch from ${column}) * 1000)::bigint`);
}

function withCtes({ ctes }: Pick<RowSource, "ctes">): SQL {
  return ctes.length > 0 ? sql`with ${sql.join([...ctes], sql`, `)} ` : sql``;
}

/** A project that a figure may be asked of, its quality targets, and the database's time, up to which everything committed is seen. */
export interface VisibleProject {
  id: string;
  code: string;
  timeZone: string;
  settings: Partial<ProjectSettings>;
  now: Date;
  targets: TargetScope[];
}

/** The viewer's projects with one of these codes or ids, with the targets of these measures. */
export async function findProjects(db: Db, codes: readonly string[], ids: readonly string[], measures: readonly string[]): Promise<VisibleProject[]> {
  const rows = await db.execute<Omit<VisibleProject, "now"> & { now: string }>(sql`/* projectsOfMetrics */
    select p.id, p.code, p.time_zone as "timeZone", p.settings, ${milliseconds("now()")} as now, coalesce((select json_agg(json_build_object(
        'projectId', q.project_id, 'id', q.id, 'measure', q.measure, 'queueId', q.queue_id, 'market', q.market, 'vendorId', q.vendor_id,
        'tenureBucket', q.tenure_bucket, 'value', q.value, 'nMin', q.n_min, 'validFrom', q.valid_from, 'validTo', q.valid_to) order by q.id)
      from quality_targets q where q.project_id = p.id and q.measure = any (${array(measures, "text")})), '[]') as targets
    from projects p where p.code = any (${array(codes, "text")}) or p.id = any (${array(ids, "uuid")})`);
  return rows.map((row) => ({ ...row, now: new Date(Number(row.now)) }));
}

function summed(sums: readonly AuditSum[]): SQL {
  return sql.join(sums.map((sum) => sql`sum(f.${sql.raw(SUMS[sum].column)}) as ${sql.raw(`"${sum}"`)}`), sql`, `);
}

const BY_CHANCE = sql.raw(`f.layer, f.run_id as "runId", f.stratum_id as "stratumId", f.inclusion_probability as "inclusionProbability",
      f.is_process_error as "isProcessError"`);

const CHANCE = ["layer", '"runId"', '"stratumId"', '"inclusionProbability"', '"isProcessError"'];

type Flat = Omit<AuditCount, "keys"> & Record<string, unknown>;

/**
 * What of published audits adds up, by the splits, layer, run and stratum, and apart where the process answers for an error. Exact integers, of
 * the rows the viewer may see, in one statement whatever the number of groups and wherever the rows come from. Split by a class of errors it
 * counts errors alone: each audit once in each class that its verdict names, what names none left out. Each part is summed by itself, since a
 * union of rows costs several times as much as a table.
 */
export async function sumAudits(db: Db, source: AuditSource, splits: readonly Dimension[], sums: readonly AuditSum[], weekStart: number): Promise<AuditCount[]> {
  const { columns, joins, classes } = splitBy(splits, source.day, weekStart);
  const errors = classes.length > 0 ? sql` where not f.is_correct and ${sql.join(classes.map((each) => sql`${each} is not null`), sql` and `)}` : sql``;
  const groups = ordinals(splits.length + 5);
  const parts = source.parts.map((rows) => sql`select ${columns}${BY_CHANCE}, ${summed(sums)} from (${rows}) f ${joins}${errors} group by ${groups}`);
  const [only, ...others] = parts;
  const total = sql.raw(sums.map((sum) => `sum("${sum}") as "${sum}"`).join(", "));
  const names = sql.raw([...splits.map((_, index) => `k${index}`), ...CHANCE].join(", "));
  const whole = others.length === 0 ? only! : sql`select ${names}, ${total} from (${union(parts)}) f group by ${groups} having sum("audits") <> 0`;
  return withKeys(await db.execute<Flat>(sql`/* auditSums */ ${withCtes(source)}${whole} limit ${MAX_COUNTS + 1}`), splits);
}

/**
 * The strata of these runs as wholes; in a period of decisions, of every run whose window shares time with it too, audited or not. Counts
 * are of all audits and samples, whatever the viewer sees of them: a weight is the same for everybody. Of projects whose audits are folded
 * they are read of the kept counts.
 */
export async function listStrata(
  db: Db,
  { reading, reach, period }: Reading,
  layerOf: ReadonlyMap<string, Layer>,
  foldedIds: readonly string[],
): Promise<DrawnStratum[]> {
  const { from, to } = reading.timeAxis === "DECIDED_AT" ? period : { from: null, to: null };
  const states = reading.score === "FINAL" ? ["FINAL"] : PUBLISHED;
  type Row = Omit<DrawnStratum, "windowFrom" | "windowTo" | "frame"> & { windowFrom: string; windowTo: string; frame: DrawnStratum["frame"] | null };
  const [purposes, runIds, folded] = [array(reading.purposes, "text"), array([...layerOf.keys()], "uuid"), array(foldedIds, "uuid")];
  const rows = await db.execute<Row>(sql`/* strataOfMetrics */
    select p.id as "projectId", l.layer, s.run_id as "runId", s.stratum_id as "stratumId", s.stratum_key as "stratumKey",
      s.frame_size as "frameSize", s.drawn, s.audited, s.voided, s.frame_covers as "frameCovers", s.frame,
      ${milliseconds("s.window_from")} as "windowFrom", ${milliseconds("s.window_to")} as "windowTo"
    from projects p cross join unnest(${array(reading.layers, "text")}) l (layer) cross join lateral (
      select * from drawn_strata(p.id, l.layer, ${purposes}, ${array(states, "text")}, ${instant(reading.asOf)}, ${runIds}, ${instant(from)}, ${instant(to)})
      where p.id <> all (${folded})
      union all select * from counted_strata(p.id, l.layer, ${purposes}, ${runIds}, ${instant(from)}, ${instant(to)}) where p.id = any (${folded})) s
    where p.id = any (${array(reach.projectIds!, "uuid")})`);
  const frames = new Map(rows.flatMap(({ runId, frame }) => (frame ? [[runId, frame] as const] : [])));
  const strata = rows.map((row) => ({
    ...row, layer: layerOf.get(row.runId) ?? row.layer, frame: frames.get(row.runId)!,
    audited: readCount(row.audited, "audited"), voided: readCount(row.voided, "voided"),
    windowFrom: new Date(Number(row.windowFrom)), windowTo: new Date(Number(row.windowTo)),
  }));
  return [...new Map(strata.map((stratum) => [stratum.stratumId, stratum])).values()];
}

/** Rows counted by the splits: all, and those that hit. */
export async function countRows(db: Db, source: RowSource, splits: readonly Dimension[], weekStart: number): Promise<{ keys: Keys; n: Count; x: Count }[]> {
  const { columns, joins } = splitBy(splits, source.day, weekStart);
  const rows = await db.execute<{ n: Count; x: Count } & Record<string, unknown>>(sql`/* shareCounts */
    ${withCtes(source)}select ${columns}count(*) as n, count(*) filter (where f.is_hit) as x
    from (${source.rows}) f ${joins} group by ${splits.length > 0 ? ordinals(splits.length) : sql`()`} limit ${MAX_COUNTS + 1}`);
  return withKeys(rows, splits);
}

/** What decisions tell by the splits, and over all of them: handle times in whole milliseconds, their percentiles, and how many were audited. */
export async function countDecisions(
  db: Db,
  source: RowSource,
  splits: readonly Dimension[],
  weekStart: number,
  wants: { percentiles: boolean; coverage: boolean },
): Promise<DecisionCount[]> {
  const { columns, joins } = splitBy(splits, source.day, weekStart);
  const percentile = (p: number) => (wants.percentiles ? sql`percentile_cont(${p}::float8) within group (order by d.handle_seconds)` : sql`null::float8`);
  const names = sql.raw(splits.map((_, index) => `k${index}`).join(", "));
  const isSplit = splits.length > 0;
  const rows = await db.execute<Omit<DecisionCount, "keys"> & Record<string, unknown>>(sql`/* decisionCounts */
    ${withCtes(source)}select ${isSplit ? sql`${names}, grouping(k0) > 0` : sql`true`} as "isTotal", count(*) as decisions,
      ${wants.coverage ? sql`count(*) filter (where d.is_hit)` : sql`0`} as audited, count(d.handle_seconds) as handled,
      coalesce(sum(round(d.handle_seconds * 1000)::bigint), 0) as "handleMilliseconds", ${percentile(0.5)} as "handleP50", ${percentile(0.9)} as "handleP90"
    from (select ${columns}f.handle_seconds, f.is_hit from (${source.rows}) f ${joins}) d
    group by grouping sets (${isSplit ? sql`(${names}), ()` : sql`()`}) limit ${MAX_COUNTS + 1}`);
  return withKeys(rows, splits);
}
