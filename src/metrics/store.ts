import { type SQL, sql } from "drizzle-orm";
import { array, isAmong } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import { cellsOf } from "../db/plans.ts";
import type { DrawnStratum } from "../measures/estimates.rules.ts";
import type { DecisionCount, Keys, TimeCount } from "../measures/groups.rules.ts";
import { type Dimension, type Layer, splitBy, withKeys } from "../reach/table.ts";
import { type AuditCount, type AuditSource, type Reading, type RowSource, union } from "../reach/sources.table.ts";
import { type AuditSum, SUMS } from "../rollups/sums.table.ts";
import { type Count, readCount } from "../stats/counts.ts";

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

const BY_CHANCE = sql.raw("f.layer, f.run_id, f.stratum_id, f.inclusion_probability, f.is_process_error");

// Gives equal texts as one, which takes no look at them to compare.
function onceEach(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const first = known.get(text);
    if (first === undefined) known.set(text, text);
    return first ?? text;
  };
}

// A key that has no order, so that sums are always hashed: the planner, who can't know how much of a range there is, would sort all rows instead.
const HASHED = sql.raw("'0'::xid");

/**
 * What of published audits adds up, by the splits, layer, run and stratum, and apart where the process answers for an error. Exact integers, of
 * the rows the viewer may see, in one statement whatever the number of groups and wherever the rows come from. Split by a class of errors it
 * counts errors alone: each audit once in each class that its verdict names, what names none left out. Each part is summed by itself, since a
 * union of rows costs several times as much as a table; where one takes away from another, their sums are added up once more.
 */
export async function sumAudits(db: Db, source: AuditSource, splits: readonly Dimension[], sums: readonly AuditSum[], weekStart: number): Promise<AuditCount[]> {
  const { columns, joins, classes } = splitBy(splits, source.day, weekStart);
  const errors = classes.length > 0 ? sql` where not f.is_correct and ${sql.join(classes.map((each) => sql`${each} is not null`), sql` and `)}` : sql``;
  const [first, groups] = [splits.length + 5, ordinals(splits.length + 5)];
  const added = sql.join(sums.map((sum) => sql`sum(f.${sql.raw(SUMS[sum].column)})`), sql`, `);
  const parts = union(source.parts.map((rows) => sql`select ${columns}${BY_CHANCE}, ${added} from (${rows}) f ${joins}${errors} group by ${groups}, ${HASHED}`));
  const names = sql.raw(Array.from({ length: first }, (_, index) => `g${index}`).join(", "));
  const [all, totals] = [sql.raw(sums.map((_, index) => `s${index}`).join(", ")), sql.raw(sums.map((_, index) => `sum(s${index})`).join(", "))];
  const whole = source.isSigned
    ? sql`select ${names}, ${totals} from (${parts}) f (${names}, ${all}) group by ${groups}, ${HASHED} having sum(s${sql.raw(String(sums.indexOf("audits")))}) <> 0`
    : parts;
  const rows = await cellsOf(db, sql`/* auditSums */ ${withCtes(source)}${whole} limit ${MAX_COUNTS + 1}`);
  const once = onceEach();
  return rows.map((cells) => {
    const [layer, runId, stratumId, inclusionProbability, isProcessError] = cells.slice(splits.length, first) as [Layer, string, string, number, boolean];
    const keys = cells.slice(0, splits.length).map((key) => (key === null ? null : once(key as string)));
    const count: AuditCount = { keys, layer, runId, stratumId, inclusionProbability, isProcessError };
    for (let i = 0; i < sums.length; i += 1) count[sums[i]!] = readCount(cells[first + i] as Count, sums[i]!);
    return count;
  });
}

/** Projects whose audits are folded, and their audits that changed since. */
export interface Folded {
  projectIds: readonly string[];
  touched: readonly string[];
}

type WindowRow = Omit<DrawnStratum, "windowFrom" | "windowTo"> & { windowFrom: string; windowTo: string };
const WINDOW = sql`${milliseconds("s.window_from")} as "windowFrom", ${milliseconds("s.window_to")} as "windowTo"`;
const windowOf = ({ windowFrom, windowTo }: Pick<WindowRow, "windowFrom" | "windowTo">) => ({
  windowFrom: new Date(Number(windowFrom)), windowTo: new Date(Number(windowTo)),
});

/** Which runs are meant: those named, and in a period of decisions every run whose window shares time with it too. */
function runsMeant({ reading, period }: Reading, runIds: readonly string[]): SQL {
  const { from, to } = reading.timeAxis === "DECIDED_AT" ? period : { from: null, to: null };
  return sql`${array(runIds, "uuid")}, ${instant(from)}, ${instant(to)}`;
}

async function listDrawn(db: Db, query: Reading, runIds: readonly string[], projectIds: readonly string[]): Promise<DrawnStratum[]> {
  const { reading } = query;
  const states = reading.score === "FINAL" ? ["FINAL"] : PUBLISHED;
  const rows = await db.execute<WindowRow & { frame: DrawnStratum["frame"] | null } & Record<string, unknown>>(sql`/* strataOfMetrics */
    select p.id as "projectId", l.layer, s.run_id as "runId", s.stratum_id as "stratumId", s.stratum_key as "stratumKey",
      s.frame_size as "frameSize", s.drawn, s.audited, s.voided, s.frame_covers as "frameCovers", s.frame, ${WINDOW}
    from projects p cross join unnest(${array(reading.layers, "text")}) l (layer) cross join lateral drawn_strata(
      p.id, l.layer, ${array(reading.purposes, "text")}, ${array(states, "text")}, ${instant(reading.asOf)}, ${runsMeant(query, runIds)}) s
    where p.id = any (${array(projectIds, "uuid")})`);
  const frames = new Map(rows.flatMap(({ runId, frame }) => (frame ? [[runId, frame] as const] : [])));
  return rows.map((row) => ({
    ...row, frame: frames.get(row.runId)!, audited: readCount(row.audited, "audited"), voided: readCount(row.voided, "voided"), ...windowOf(row),
  }));
}

type RunRow = Omit<WindowRow, "stratumId" | "stratumKey" | "frameSize" | "drawn" | "audited" | "voided"> &
  { keys: string[] } & Record<"ids" | "frameSizes" | "drawn" | "audited" | "voided", string> & Record<string, unknown>;
const members = (array: string) => array.slice(1, -1).split(",");
const counts = (array: string) => members(array).map((count) => readCount(count, "a stratum's count"));

// A row a run, its strata in arrays: so many strata come that rows of their own cost more than to find them.
async function listCounted(db: Db, query: Reading, runIds: readonly string[], { projectIds, touched }: Folded): Promise<DrawnStratum[]> {
  const { layers, purposes } = query.reading;
  const rows = await db.execute<RunRow>(sql`/* strataOfMetrics */
    select s.project_id as "projectId", s.layer, s.run_id as "runId", s.frame_covers as "frameCovers", s.frame, ${WINDOW}, s.stratum_ids as ids,
      to_json(s.stratum_keys) as keys, s.frame_sizes as "frameSizes", s.drawn, s.audited, s.voided
    from counted_strata(array(select id from projects where ${isAmong(sql`id`, projectIds, "uuid")}), ${array(layers, "text")}, ${array(purposes, "text")},
      ${runsMeant(query, runIds)}, ${array(touched, "uuid")}) s`);
  return rows.flatMap((row) => {
    const { projectId, layer, runId, frameCovers, frame, keys } = row;
    const { windowFrom, windowTo } = windowOf(row);
    const [frameSizes, drawn, audited, voided] = [row.frameSizes, row.drawn, row.audited, row.voided].map(counts) as [number[], number[], number[], number[]];
    return members(row.ids).map((stratumId, i): DrawnStratum => ({
      projectId, layer, runId, stratumId, stratumKey: keys[i]!, frameSize: frameSizes[i]!, drawn: drawn[i]!, audited: audited[i]!, voided: voided[i]!,
      frameCovers, frame, windowFrom, windowTo,
    }));
  });
}

/**
 * The strata of these runs as wholes; in a period of decisions, of every run whose window shares time with it too, audited or not. Counts
 * are of all audits and samples, whatever the viewer sees of them: a weight is the same for everybody. Of projects whose audits are folded
 * they are read of the kept counts.
 */
export async function listStrata(db: Db, query: Reading, layerOf: ReadonlyMap<string, Layer>, folded: Folded): Promise<DrawnStratum[]> {
  const runIds = [...layerOf.keys()];
  const others = query.reach.projectIds!.filter((id) => !folded.projectIds.includes(id));
  const [counted, drawn] = await Promise.all([
    folded.projectIds.length > 0 ? listCounted(db, query, runIds, folded) : [],
    others.length > 0 ? listDrawn(db, query, runIds, others) : [],
  ]);
  const strata = new Map<string, DrawnStratum>();
  for (const stratum of [...counted, ...drawn]) {
    stratum.layer = layerOf.get(stratum.runId) ?? stratum.layer;
    strata.set(stratum.stratumId, stratum);
  }
  return [...strata.values()];
}

/** Rows counted by the splits: all, and those that hit. */
export async function countRows(db: Db, source: RowSource, splits: readonly Dimension[], weekStart: number): Promise<{ keys: Keys; n: Count; x: Count }[]> {
  const { columns, joins } = splitBy(splits, source.day, weekStart);
  const rows = await db.execute<{ n: Count; x: Count } & Record<string, unknown>>(sql`/* shareCounts */
    ${withCtes(source)}select ${columns}count(*) as n, count(*) filter (where f.is_hit) as x
    from (${source.rows}) f ${joins} group by ${splits.length > 0 ? ordinals(splits.length) : sql`()`} limit ${MAX_COUNTS + 1}`);
  return withKeys(rows, splits);
}

/** How long cases took by the splits, and over all of them: how many there are, and the percentiles of their seconds. */
export async function countTimes(db: Db, source: RowSource, splits: readonly Dimension[], weekStart: number): Promise<Omit<TimeCount, "times">[]> {
  const { columns, joins } = splitBy(splits, source.day, weekStart);
  const names = sql.raw(splits.map((_, index) => `k${index}`).join(", "));
  const isSplit = splits.length > 0;
  const rows = await db.execute<Omit<TimeCount, "keys" | "times"> & Record<string, unknown>>(sql`/* timeCounts */
    ${withCtes(source)}select ${isSplit ? sql`${names}, grouping(k0) > 0` : sql`true`} as "isTotal", count(d.seconds) as n,
      percentile_cont(0.5::float8) within group (order by d.seconds) as p50, percentile_cont(0.9::float8) within group (order by d.seconds) as p90
    from (select ${columns}f.seconds from (${source.rows}) f ${joins}) d
    group by grouping sets (${isSplit ? sql`(${names}), ()` : sql`()`}) limit ${MAX_COUNTS + 1}`);
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
