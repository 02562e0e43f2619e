import { createHash } from "node:crypto";
import { InvalidInput, NotFound } from "../core/errors.ts";
import { readId } from "../core/ids.ts";
import { pageRows, type RowOrder, type RowPage, type SortedRow, type SortValue } from "../core/rows.ts";
import type { Viewer } from "../core/viewer.ts";
import type { Db } from "../db/lease.ts";
import { checkHaving, compareToTargets, compareValues, type Condition, type Ordering, passes, rankRows, type Row, withTargets } from "../measures/answers.rules.ts";
import { type EstimatePlan, estimator, type Minima } from "../measures/estimates.rules.ts";
import { type Counts, formGroups, poolGroups } from "../measures/groups.rules.ts";
import { definitionOf, type Measure } from "../measures/measures.rules.ts";
import type { Dimension } from "../reach/table.ts";
import type { Reading } from "../reach/sources.table.ts";
import { TENURE_BUCKETS } from "../plans/table.ts";
import { effectiveSettings } from "../projects/rules.ts";
import { WEEKDAYS } from "../projects/table.ts";
import type { Basis } from "../stats/estimation.ts";
import type { TargetScope } from "../targets/rules.ts";
import { countAll, type Grounds, type Planned } from "./counting.service.ts";
import { findProjects } from "./paths.store.ts";
import { checkAsOf, type Path } from "./plan.rules.ts";
import {
  type AskedRange, type AuditChoice, checkAccess, checkOrder, checkShape, type Filter, isWeighted, layersOf, periodBefore,
  readRange, reachOfQuery,
} from "./query.rules.ts";

/** What every figure is asked by. */
export interface FigureQuery {
  /** Codes or opaque ids. */
  projects: readonly string[];
  filter: Filter;
  range: AskedRange;
  asOf: Date | null;
  includeProcessErrors: boolean;
  choice: AuditChoice;
  /** As they were once; the strictest of the projects' if absent. */
  minima?: Minima;
}

/** What figures are set against: the period of the same length just before, any other, or their targets. */
export interface Against {
  previous?: boolean | null;
  range?: AskedRange | null;
  target?: boolean | null;
}

/** What `metrics` is asked. */
export interface MetricsQuery extends FigureQuery {
  measures: readonly Measure[];
  groupBy: readonly Dimension[];
  basis: Basis;
  compareTo?: Against | null;
  having?: readonly Condition[];
  orderBy: readonly Ordering[];
  totals: boolean;
  first: number;
  after: string | null;
  /** The shortest path that audits may be read by, to hold paths against each other; any if absent. No door offers it. */
  shortest?: Path;
}

/** To which moment figures are known, up to which everything committed is in them, and what they were read from. */
export interface Freshness {
  asOf: Date;
  freshTo: Date;
  plan?: readonly Planned[];
}

export interface MetricsAnswer extends Freshness {
  groupBy: readonly Dimension[];
  page: RowPage<Row>;
  totals: Row | null;
}

/** What a figure is read over, how fresh that is, and the targets that its measures have there. */
export interface Scope extends Reading, Grounds {
  asOf: Date | null;
  fresh: Freshness;
  targets: readonly TargetScope[];
  /** The period of another range, in the same calendar. */
  periodOf: (range: AskedRange) => Reading["period"];
  minima: Minima;
}

/** The projects, the period and the reach of a figure, once the viewer may ask for it; and how fresh it is. */
export async function openScope(
  db: Db,
  viewer: Viewer,
  query: FigureQuery & Partial<Pick<MetricsQuery, "measures" | "groupBy">>,
  usesWeeks: boolean,
): Promise<Scope> {
  const { choice, measures = [], groupBy = [] } = query;
  const idOf = (asked: string) => {
    const read = readId(asked);
    return read?.type === "Project" ? read.key.id : null;
  };
  if (query.projects.length === 0) throw new InvalidInput("projects: name at least one.", ["projects"]);
  const visible = await findProjects(db, query.projects, query.projects.flatMap((each) => idOf(each) ?? []), measures);
  const projects = query.projects.map((asked) => {
    const project = visible.find(({ projectId, code }) => projectId === idOf(asked) || code === asked);
    if (!project) throw new NotFound(`projects: there is no project "${asked}".`, ["projects"]);
    return project;
  });
  const freshTo = projects[0]!.now;
  const asOf = query.asOf ?? freshTo;
  if (asOf > freshTo) throw new InvalidInput(`asOf: ${asOf.toISOString()} has not come yet.`, ["asOf"]);
  const settings = projects.map((project) => effectiveSettings(project.settings));
  const calendars = projects.map(({ timeZone }, index) => ({ timeZone, weekStart: WEEKDAYS.indexOf(settings[index]!.weekStartsOn) }));
  const most = (name: keyof Minima) => Math.max(...settings.map((each) => each[name]));
  const periodOf = (range: AskedRange) => readRange(range, calendars, usesWeeks, asOf);
  const reach = reachOfQuery(viewer, [...new Set(projects.map(({ projectId }) => projectId))], query.filter);
  const { timeAxis, purposes, score } = choice;
  const reading = { timeAxis, purposes, score, layers: layersOf(measures, groupBy, choice), asOf: query.asOf };
  const targets = visible.flatMap((project) => project.targets);
  const isBlind = visible.some((project) => project.isBlind);
  const minima = query.minima ?? { minCoverageRate: most("minCoverageRate"), labelerMinAudits: most("labelerMinAudits") };
  return { reading, reach, period: periodOf(query.range), periodOf, asOf: query.asOf, fresh: { asOf, freshTo }, targets, grounds: visible, isBlind, minima };
}

/** The figures of the viewer's rows by group, estimated from exact counts: statements are as many, whatever the number of groups. */
export async function measureQuality(db: Db, viewer: Viewer, query: MetricsQuery): Promise<MetricsAnswer> {
  const { measures, groupBy, choice, compareTo, having = [] } = query;
  checkShape(measures, groupBy, choice.timeAxis, query.filter);
  checkOrder(query.orderBy, groupBy, measures, query.first);
  checkHaving(having, measures);
  checkAgainst(compareTo, groupBy, measures);
  checkAsOf(query.asOf, measures, groupBy);
  checkAccess(viewer, measures, groupBy, query.filter, choice);
  const scope = await openScope(db, viewer, query, groupBy.includes("WEEK"));
  const against = compareTo?.previous ? periodBefore(query.range, scope.period) : compareTo?.range ? scope.periodOf(compareTo.range) : null;
  const now = await estimates(db, viewer, query, scope);
  const then = against && (await estimates(db, viewer, query, { ...scope, period: against }));
  const finish = (row: Row, plan: EstimatePlan) => {
    const shown = withTargets(row, plan, scope.targets);
    if (compareTo?.target) return { ...shown, values: compareToTargets(shown.values) };
    return then ? { ...shown, values: compareValues(shown.values, then.valuesOf(row.keys, plan.groupBy)) } : shown;
  };
  const rows = rankRows(now.rows().map((row) => finish(row, now.plan)).filter((row) => passes(row, having)), query.orderBy);
  const totals = query.totals ? finish({ keys: [], values: now.valuesOf([], [])! }, { ...now.plan, groupBy: [] }) : null;
  const page = pageRows(rows.map((row) => sortable(row, query)), orderOf(query), query.first, query.after);
  return { ...scope.fresh, plan: now.planned, groupBy, totals, page };
}

function checkAgainst(compareTo: Against | null | undefined, groupBy: readonly Dimension[], measures: readonly Measure[]): void {
  if (!compareTo) return;
  const given = [compareTo.previous, compareTo.range, compareTo.target].filter(Boolean).length;
  if (given !== 1) throw new InvalidInput("compareTo: give one of previous, range and target.", ["compareTo"]);
  if (compareTo.target) return;
  const count = measures.find((measure) => "counts" in definitionOf(measure));
  if (count) throw new InvalidInput(`compareTo: ${count} is of asOf, whatever the range; ask for it as of another time.`, ["compareTo"]);
  const unit = groupBy.find((dimension) => ["DAY", "WEEK", "MONTH"].includes(dimension));
  if (!unit) return;
  throw new InvalidInput(`compareTo: groups by ${unit} have no counterpart in another period; leave ${unit} out, or compare neighbouring rows.`, ["compareTo"]);
}

// The groups of a query in a period, and what each is worth; the group without keys is everything.
async function estimates(db: Db, viewer: Viewer, query: MetricsQuery, scope: Scope) {
  const { measures, groupBy, basis, includeProcessErrors, choice, filter, totals, shortest } = query;
  const { counts, strata, planned } = await countAll(db, viewer, { ...scope, measures, groupBy, layer: choice.layer, includeProcessErrors, totals, shortest });
  const only = filter.policyIds ?? filter.truthPolicyIds ?? null;
  const plan: EstimatePlan = {
    measures, groupBy, reach: scope.reach, period: scope.period, layer: choice.layer, basis, includeProcessErrors, isWeighted: isWeighted(choice),
    isByDecision: choice.timeAxis === "DECIDED_AT", strata, minima: scope.minima,
  };
  const groups = formGroups(counts, groupBy, only);
  let byKeys: ReadonlyMap<string, (typeof groups)[number]> | undefined;
  const estimate = estimator(plan);
  const pool = (all: Counts) => poolGroups(all, only);
  const valuesOf = (keys: Row["keys"], by: readonly Dimension[]) => {
    if (by.length === 0) return estimator({ ...plan, groupBy: by })(pool(counts));
    byKeys ??= new Map(groups.map((group) => [JSON.stringify(group.keys), group]));
    const group = byKeys.get(JSON.stringify(keys));
    return group ? estimate(group) : null;
  };
  return { plan, planned, valuesOf, rows: () => groups.map((group): Row => ({ keys: group.keys, values: estimate(group) })) };
}

function orderOf({ groupBy, orderBy }: MetricsQuery): RowOrder {
  const name = [...orderBy.map(({ dimension, measure, direction }) => `${dimension ?? measure} ${direction}`), ...groupBy].join();
  return { name, isDescending: orderBy.map(({ direction }) => direction === "DESC") };
}

const PEOPLE: readonly Dimension[] = ["AUDITOR", "APPELLANT"];

// Rows are sorted by what is asked, then by their dimensions in the order grouped by. A cursor shows what it is made of, so that people whom
// not every viewer sees are in it by a digest.
function sortable(row: Row, { groupBy, orderBy }: MetricsQuery): SortedRow<Row> {
  if (orderBy.length === 0 && !groupBy.includes("TENURE_BUCKET") && !groupBy.some((dimension) => PEOPLE.includes(dimension))) return { row, key: row.keys };
  const shown = (key: string, dimension: Dimension): SortValue => {
    if (dimension === "TENURE_BUCKET") return TENURE_BUCKETS.indexOf(key as (typeof TENURE_BUCKETS)[number]);
    return PEOPLE.includes(dimension) ? createHash("sha256").update(key).digest("hex") : key;
  };
  const keys = row.keys.map((key, index) => (key === null ? null : shown(key, groupBy[index]!)));
  const valueOf = ({ dimension, measure }: Ordering): SortValue =>
    dimension ? keys[groupBy.indexOf(dimension)]! : row.values.find((value) => value.measure === measure)!.value;
  return { row, key: [...orderBy.map(valueOf), ...keys] };
}
