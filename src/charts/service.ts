import type { Day } from "../core/time.ts";
import { SYSTEM_VIEWER, type Viewer } from "../core/viewer.ts";
import type { Db } from "../db/lease.ts";
import type { Reads } from "../db/steps.ts";
import { countedOf, errorsIn, sizeOf, weightOf } from "../insights/rules.ts";
import { countFigures, type CountingQuery, openCounting } from "../insights/service.ts";
import { DEFAULT_PURPOSES } from "../measures/definitions.rules.ts";
import { type EstimatePlan, estimator, type MetricValue } from "../measures/estimates.rules.ts";
import { formGroups, type Group, NO_COUNTS, poolGroups } from "../measures/groups.rules.ts";
import type { Dimension } from "../reach/table.ts";
import type { AskedRange } from "../metrics/query.rules.ts";
import type { FigureQuery, Freshness, Scope } from "../metrics/service.ts";
import { readCount } from "../stats/counts.ts";
import type { Basis } from "../stats/estimation.ts";
import { percentile } from "../stats/percentiles.ts";
import { type CHART_UNITS, type ChartSource, type ChartTerms, checkTerms, type DatedSubgroup, type DrawnChart, drawChart } from "./control.rules.ts";
import { auditsNeeded, type Benchmark, benchmarkedValues, checkHalfWidth, type PlannedGroup, type PrecisionPlan, type VendorFigure, wholeWeeks } from "./rules.ts";

/** What `controlChart` is asked. */
export interface ChartQuery extends FigureQuery {
  source: ChartSource;
  unit: (typeof CHART_UNITS)[number];
  baseline: AskedRange | null;
  terms: ChartTerms;
}

/** Error rates over time. */
export interface ControlChart extends Freshness, DrawnChart {
  n: number;
  errors: number;
}

/** Error rates of the viewer's rows by day or week around what is usual in the baseline: unweighted, since a chart judges what made them. */
export async function chartErrors(db: Db, viewer: Viewer, query: ChartQuery): Promise<ControlChart> {
  checkTerms(query.terms);
  const isGolden = query.source === "GOLDEN";
  const counting: CountingQuery = { ...query, measures: [isGolden ? "GOLDEN_ACCURACY" : "ERROR_RATE"], groupBy: [query.unit], basis: "PROCESS" };
  const scope = await openCounting(db, viewer, counting);
  const subgroupsIn = async (period: Scope["period"]) => {
    const { counts, plan, fresh } = await countFigures(db, viewer, counting, { ...scope, period });
    const subgroups = formGroups(counts, counting.groupBy, null).map((group) => ({ from: group.keys[0]!, ...(isGolden ? gradedIn(group) : auditedIn(group, plan)) }));
    return { fresh, subgroups: subgroups.filter(({ n }) => n > 0).sort((a, b) => (a.from < b.from ? -1 : 1)) };
  };
  const { fresh, subgroups } = await subgroupsIn(scope.period);
  const usual = query.baseline ? (await subgroupsIn(scope.periodOf(query.baseline))).subgroups : subgroups;
  const sum = (name: "n" | "x") => subgroups.reduce((total, subgroup) => total + subgroup[name], 0);
  return { ...fresh, ...drawChart(subgroups, usual, query.terms), n: sum("n"), errors: sum("x") };
}

type Cases = Omit<DatedSubgroup, "from">;

function auditedIn({ audits }: Group, plan: EstimatePlan): Cases {
  const counted = countedOf(audits, plan);
  return { n: sizeOf(counted), x: errorsIn(counted) };
}

function gradedIn({ shares }: Group): Cases {
  const sum = (name: "n" | "x") => shares.reduce((total, share) => total + readCount(share[name], name), 0);
  return { n: sum("n"), x: sum("n") - sum("x") };
}

/** What `precisionPlan` is asked. */
export interface PrecisionQuery extends FigureQuery {
  halfWidth: number;
  groupBy: readonly Dimension[];
  basis: Basis;
}

/** How many more audits each group of the viewer's rows needs before its accuracy is known to the half-width, given what is known of it now. */
export async function planPrecision(db: Db, viewer: Viewer, query: PrecisionQuery): Promise<PrecisionPlan & Freshness> {
  const { halfWidth: wanted, groupBy, basis } = query;
  checkHalfWidth(wanted);
  const counting: CountingQuery = { ...query, measures: ["ACCURACY"] };
  const { fresh, counts, plan } = await countFigures(db, viewer, counting, await openCounting(db, viewer, counting));
  const estimate = estimator(plan);
  const rows = formGroups(counts, groupBy, null).map((group): PlannedGroup => {
    const values = estimate(group);
    const [{ value, interval }] = values as [MetricValue];
    const shown = { row: { keys: group.keys, values }, groupBy };
    if (value === null || interval === null) return { ...shown, halfWidth: null, population: null, needed: null, missing: null };
    const { n, effectiveN, population: weighed } = weightOf(group, plan);
    const population = basis === "POPULATION" ? weighed : null;
    const halfWidth = (interval.high - interval.low) / 2;
    return { ...shown, halfWidth, population, ...auditsNeeded({ value, n, halfWidth, population, designEffect: n / effectiveN }, wanted) };
  });
  const name = ({ row }: PlannedGroup) => JSON.stringify(row.keys);
  rows.sort((a, b) => (b.missing ?? -1) - (a.missing ?? -1) || (name(a) < name(b) ? -1 : 1));
  return { ...fresh, rows, missing: rows.reduce((sum, { missing }) => sum + (missing ?? 0), 0) };
}

/** What `vendorBenchmark` is asked; nothing else narrows it. */
export interface BenchmarkQuery {
  /** Code or opaque id. */
  project: string;
  market: string;
  from: Day;
  weeks: number;
}

/** What reads as the viewer, and past what they see. */
export interface Asking {
  viewer: Viewer;
  read: <T>(work: (db: Db) => Promise<T>) => Promise<T>;
  compute: <T>(work: (reads: Reads) => Promise<T>) => Promise<T>;
}

/**
 * The quartiles of vendors' accuracy in a market over whole weeks, none of them named, beside the viewer's own of the rows they may list. The
 * others' are computed as the system, and told only where nobody's can be computed back.
 */
export async function benchmarkVendors(asking: Asking, { project, market, from, weeks }: BenchmarkQuery): Promise<Benchmark> {
  const { viewer } = asking;
  const asked = (range: AskedRange): CountingQuery => ({
    projects: [project], filter: { markets: [market] }, range, asOf: null, includeProcessErrors: false, basis: "POPULATION", measures: ["ACCURACY"],
    groupBy: ["VENDOR", "LABELER"], choice: { timeAxis: "DECIDED_AT", layer: "CLIENT", purposes: DEFAULT_PURPOSES, score: "CURRENT" },
  });
  const counted = async (db: Db, as: Viewer, query: CountingQuery) => {
    const scope = await openCounting(db, as, query);
    return countFigures(db, as, query, scope);
  };
  const hasOwn = viewer.vendorId !== null && viewer.teamId === null;
  const { days, own, asOf } = await asking.read(async (db) => {
    const query = { ...asked({ last: { unit: "WEEK", n: 1 } }), groupBy: [] };
    const scope = await openCounting(db, viewer, query);
    const days = wholeWeeks(from, weeks, scope.period, scope.fresh.asOf);
    if (!hasOwn) return { days, own: null, asOf: scope.fresh.asOf };
    const { counts, plan } = await countFigures(db, viewer, query, { ...scope, period: scope.periodOf(days) });
    return { days, own: estimator(plan)(poolGroups(counts, null))[0]!, asOf: scope.fresh.asOf };
  });
  const vendors = await asking.compute(async (reads) => {
    const { counts, plan } = await reads((db) => counted(db, SYSTEM_VIEWER, asked(days)));
    const estimate = estimator({ ...plan, groupBy: ["VENDOR"] });
    const byVendor = counts.audits.map((count) => ({ ...count, keys: count.keys.slice(0, 1) }));
    return formGroups({ ...NO_COUNTS, audits: byVendor }, ["VENDOR"], null).map((group): VendorFigure => {
      const [vendorId] = group.keys as [string];
      const people = countedOf(counts.audits, plan).filter(({ keys }) => keys[0] === vendorId).map(({ keys }) => keys[1]);
      return { vendorId, value: estimate(group)[0]!.value, audits: sizeOf(countedOf(group.audits, plan)), labelers: new Set(people).size };
    });
  });
  const { values, reason } = benchmarkedValues(vendors);
  const at = (share: number) => values && percentile(values, share);
  return { p25: at(0.25), p50: at(0.5), p75: at(0.75), reason, own, ...days, asOf };
}
