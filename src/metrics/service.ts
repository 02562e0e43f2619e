import { InvalidInput, NotFound } from "../core/errors.ts";
import { readId } from "../core/ids.ts";
import { pageRows, type RowPage, type SortedRow, type SortValue } from "../core/rows.ts";
import type { Viewer } from "../core/viewer.ts";
import type { Db } from "../db/lease.ts";
import { effectiveSettings } from "../projects/rules.ts";
import { type ProjectSettings, WEEKDAYS } from "../projects/table.ts";
import { readCount } from "../stats/counts.ts";
import type { Basis } from "../stats/estimation.ts";
import type { Dimension } from "./dimensions.rules.ts";
import { estimator, formGroups, type MetricValue, poolGroups } from "./estimates.rules.ts";
import { definitionOf, type Measure } from "./measures.rules.ts";
import {
  type AskedRange, type AuditChoice, checkAccess, checkGolden, checkOrder, checkShape, type Filter, isWeighted, type Ordering, readRange,
  reachOfQuery,
} from "./query.rules.ts";
import { countAudits, countGolden, type CountQuery, countResolved, findProjects, listPolicyRanks, listStrata, MAX_COUNTS } from "./store.ts";

/** What every figure is asked by. */
export interface FigureQuery {
  /** Codes or opaque ids. */
  projects: readonly string[];
  filter: Filter;
  range: AskedRange;
  asOf: Date | null;
  includeProcessErrors: boolean;
  choice: AuditChoice;
}

/** What `metrics` is asked. */
export interface MetricsQuery extends FigureQuery {
  measures: readonly Measure[];
  groupBy: readonly Dimension[];
  basis: Basis;
  orderBy: readonly Ordering[];
  totals: boolean;
  first: number;
  after: string | null;
}

/** To which moment figures are known, and up to which everything committed is in them. */
export interface Freshness {
  asOf: Date;
  freshTo: Date;
}

/** A row of figures: the values of its dimensions, in the order grouped by, and its values in the order of the measures. */
export interface Row {
  keys: readonly string[];
  values: readonly MetricValue[];
}

export interface MetricsAnswer extends Freshness {
  groupBy: readonly Dimension[];
  page: RowPage<Row>;
  totals: Row | null;
}

/** Labels against truth; ids of policies in order, a row of counts for each as the truth. */
export interface ConfusionAnswer extends Freshness {
  policyIds: string[];
  counts: number[][];
  n: number;
}

type Scope = Omit<CountQuery, "splits"> & { fresh: Freshness };

/** The projects, the period and the reach of a figure, once the viewer may ask for it; and how fresh it is. */
export async function openScope(db: Db, viewer: Viewer, query: FigureQuery, usesWeeks: boolean): Promise<Scope> {
  const idOf = (asked: string) => {
    const read = readId(asked);
    return read?.type === "Project" ? read.key.id : null;
  };
  if (query.projects.length === 0) throw new InvalidInput("projects: name at least one.", ["projects"]);
  const visible = await findProjects(db, query.projects, query.projects.flatMap((each) => idOf(each) ?? []));
  const projects = query.projects.map((asked) => {
    const project = visible.find(({ id, code }) => id === idOf(asked) || code === asked);
    if (!project) throw new NotFound(`projects: there is no project "${asked}".`, ["projects"]);
    return project;
  });
  const freshTo = projects[0]!.now;
  const asOf = query.asOf ?? freshTo;
  if (asOf > freshTo) throw new InvalidInput(`asOf: ${asOf.toISOString()} has not come yet.`, ["asOf"]);
  const weekStartOf = (settings: Partial<ProjectSettings>) => WEEKDAYS.indexOf(effectiveSettings(settings).weekStartsOn);
  const calendars = projects.map(({ timeZone, settings }) => ({ timeZone, weekStart: weekStartOf(settings) }));
  const period = readRange(query.range, calendars, usesWeeks, asOf);
  const reach = reachOfQuery(viewer, [...new Set(projects.map(({ id }) => id))], query.filter);
  return { reach, period, asOf: query.asOf, fresh: { asOf, freshTo } };
}

function refuseTooMany(counts: readonly unknown[]): void {
  if (counts.length <= MAX_COUNTS) return;
  throw new InvalidInput("groupBy: too many groups; group by less, filter more or ask for a shorter range.", ["groupBy"]);
}

/** The figures of the viewer's rows by group, estimated from exact counts; five statements at most, whatever the number of groups. */
export async function measureQuality(db: Db, viewer: Viewer, query: MetricsQuery): Promise<MetricsAnswer> {
  const { measures, groupBy, choice, basis, includeProcessErrors } = query;
  checkShape(measures, groupBy, choice.timeAxis);
  checkOrder(query.orderBy, groupBy, measures, query.first);
  checkAccess(viewer, measures, groupBy, query.filter, choice);
  const { fresh, ...scope } = await openScope(db, viewer, query, groupBy.includes("WEEK"));
  const counting = { ...scope, splits: groupBy };
  const sources = new Set(measures.map((measure) => definitionOf(measure).source));
  const audits = sources.has("AUDITS") ? await countAudits(db, counting, choice) : [];
  const golden = sources.has("GOLDEN") ? await countGolden(db, counting) : [];
  const resolved = sources.has("DOUBLE_AUDITS") ? await countResolved(db, counting, choice, viewer.role === "AUDITOR" ? viewer.principalId : null) : [];
  for (const counts of [audits, golden, resolved]) refuseTooMany(counts);
  const isDrawn = sources.has("AUDITS") && isWeighted(choice);
  const runIds = [...new Set(audits.flatMap(({ runId }) => runId ?? []))];
  const strata = isDrawn ? await listStrata(db, counting, choice, runIds) : [];
  const isByDecision = choice.timeAxis === "DECIDED_AT";
  const plan = { measures, groupBy, ...scope, basis, includeProcessErrors, isWeighted: isDrawn, isByDecision, strata };
  const groups = formGroups(audits, [...golden, ...resolved], groupBy.length > 0);
  const estimate = estimator(plan);
  const rows = groups.map((group) => sortable({ keys: group.keys, values: estimate(group) }, query));
  const totals = query.totals ? { keys: [], values: estimator({ ...plan, groupBy: [] })(poolGroups(groups)) } : null;
  const page = pageRows(rows, query.orderBy.map(({ direction }) => direction === "DESC"), query.first, query.after);
  return { ...fresh, groupBy, totals, page };
}

// Rows are sorted by what is asked, then by their dimensions in the order grouped by.
function sortable(row: Row, { groupBy, orderBy }: MetricsQuery): SortedRow<Row> {
  const valueOf = ({ dimension, measure }: Ordering): SortValue =>
    dimension ? row.keys[groupBy.indexOf(dimension)]! : row.values.find((value) => value.measure === measure)!.value;
  return { row, key: [...orderBy.map(valueOf), ...row.keys] };
}

/** Labels against truth, of audits or of golden items: exact counts, unweighted; labels in order of rank, then code. */
export async function confuse(db: Db, viewer: Viewer, query: FigureQuery & { source: "AUDITS" | "GOLDEN" }): Promise<ConfusionAnswer> {
  checkAccess(viewer, [], [], query.filter, query.choice);
  if (query.source === "GOLDEN") checkGolden(viewer);
  const { fresh, ...scope } = await openScope(db, viewer, query, false);
  const counting: CountQuery = { ...scope, splits: ["TRUTH_POLICY", "POLICY"] };
  const counted = query.source === "GOLDEN"
    ? (await countGolden(db, counting)).map(({ keys, n }) => ({ keys, count: n }))
    : (await countAudits(db, counting, query.choice)).filter(({ isProcessError }) => query.includeProcessErrors || !isProcessError);
  refuseTooMany(counted);
  const policyIds = await inLabelOrder(db, [...new Set(counted.flatMap(({ keys }) => keys))]);
  const counts = policyIds.map(() => policyIds.map(() => 0));
  let n = 0;
  for (const { keys, count } of counted) {
    const [truth, label] = keys.map((id) => policyIds.indexOf(id)) as [number, number];
    counts[truth]![label]! += readCount(count, "count");
    n += readCount(count, "count");
  }
  return { ...fresh, policyIds, counts, n };
}

async function inLabelOrder(db: Db, ids: readonly string[]): Promise<string[]> {
  const known = new Map((await listPolicyRanks(db, ids)).map((each) => [each.id, each]));
  const keyOf = (id: string) => ({ rank: known.get(id)?.rank ?? Infinity, code: known.get(id)?.code ?? "\uffff", id });
  const compare = <T extends number | string>(a: T, b: T) => (a < b ? -1 : a > b ? 1 : 0);
  const keyed = ids.map(keyOf).sort((a, b) => compare(a.rank, b.rank) || compare(a.code, b.code) || compare(a.id, b.id));
  return keyed.map(({ id }) => id);
}
