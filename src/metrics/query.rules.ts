import { checkTimeZone } from "../core/checks.ts";
import { Forbidden, InvalidInput } from "../core/errors.ts";
import type { ProjectKey } from "../core/ids.ts";
import { addUnits, type CalendarUnit, type Day, dayOf, startOfDay, startOfUnit } from "../core/time.ts";
import { isPartner, type Viewer } from "../core/viewer.ts";
import type { samplingRuns } from "../sampling/table.ts";
import { type Dimension, dimensionOf, intersectReach, type Period, type Reach } from "./dimensions.rules.ts";
import { definitionOf, type Measure } from "./measures.rules.ts";

export const TIME_AXES = ["DECIDED_AT", "AUDITED_AT", "PUBLISHED_AT"] as const;
export type TimeAxis = (typeof TIME_AXES)[number];
export const SCORE_TIMES = ["AS_AUDITED", "CURRENT", "FINAL"] as const;
export type ScoreTime = (typeof SCORE_TIMES)[number];
export type Purpose = (typeof samplingRuns.$inferSelect)["purpose"];
export type Layer = (typeof samplingRuns.$inferSelect)["layer"];

export const DEFAULT_PURPOSES: readonly Purpose[] = ["RANDOM", "RISK"];
const WITHOUT_DRAW: readonly Purpose[] = ["TARGETED", "GOLDEN"];

/** Which decisions; absent lists mean any. */
export interface Filter {
  queueIds?: readonly ProjectKey[] | null;
  markets?: string[] | null;
  vendorIds?: string[] | null;
  labelerIds?: string[] | null;
  policyIds?: string[] | null;
}

/** A period as it is asked for: two days, or the last whole units. */
export interface AskedRange {
  from?: Day | null;
  to?: Day | null;
  last?: { unit: CalendarUnit; n: number } | null;
  timeZone?: string | null;
}

/** Which audits count, and which of their verdicts. */
export interface AuditChoice {
  timeAxis: TimeAxis;
  layer: Layer;
  purposes: readonly Purpose[];
  score: ScoreTime;
}

/** What rows are sorted by: a dimension grouped by, or a measure asked for. */
export interface Ordering {
  dimension?: Dimension | null;
  measure?: Measure | null;
  direction: "ASC" | "DESC";
}

const MAX_FIRST = 10_000;

/** Refuses viewers without figures, measures and dimensions that aren't the viewer's, and purposes that can't be read together. */
export function checkAccess(
  viewer: Viewer,
  measures: readonly Measure[],
  groupBy: readonly Dimension[],
  filter: Filter,
  choice: AuditChoice,
): void {
  const isClient = viewer.role === "SERVICE";
  if (isClient && !viewer.scopes?.has("metrics:read")) throw new Forbidden("Figures are for clients with scope metrics:read.");
  if (measures.some((measure) => definitionOf(measure).source === "GOLDEN")) checkGolden(viewer);
  const ofAuditors = measures.find((measure) => definitionOf(measure).source === "DOUBLE_AUDITS");
  if (ofAuditors && (isPartner(viewer) || isClient)) throw new Forbidden(`${ofAuditors} is for staff; you act as ${viewer.role}.`, ["measures"]);
  const named = filter.labelerIds ? [...groupBy, "LABELER" as const] : groupBy;
  const hidden = named.find((dimension) => dimensionOf(dimension).hiddenFrom?.includes(viewer.role));
  if (hidden) throw new Forbidden(`${hidden} can't be grouped or filtered by as ${viewer.role}.`, ["groupBy"]);
  checkPurposes(viewer, choice);
}

/** Refuses golden answers to those who must not learn which content they are on: partners, labelers, auditors. */
export function checkGolden(viewer: Viewer): void {
  if (!isPartner(viewer) && viewer.role !== "AUDITOR") return;
  throw new Forbidden(`Golden items are not for ${viewer.role}: they would tell which content carries an agreed answer.`);
}

function checkPurposes(viewer: Viewer, { layer, purposes }: AuditChoice): void {
  if (purposes.length === 0) throw new InvalidInput("purposes: name at least one.", ["purposes"]);
  const bare = purposes.find((purpose) => WITHOUT_DRAW.includes(purpose));
  if (bare && new Set(purposes).size > 1) {
    throw new InvalidInput(`purposes: MIXED_PURPOSES: ${bare} audits have no inclusion probability; ask for them alone.`, ["purposes"]);
  }
  const isDefault = [...new Set(purposes)].sort().join() === [...DEFAULT_PURPOSES].sort().join();
  if (purposes.includes("GOLDEN")) checkGolden(viewer);
  if (isPartner(viewer) && !isDefault && layer === "CLIENT") {
    throw new Forbidden(`purposes can't be chosen as ${viewer.role}: how the client draws is not shown to partners.`, ["purposes"]);
  }
}

/** True for purposes whose audits stand for more than themselves, by a known inclusion probability. */
export function isWeighted({ purposes }: AuditChoice): boolean {
  return !purposes.some((purpose) => WITHOUT_DRAW.includes(purpose));
}

/** Refuses empty or repeated lists and axes that a measure can't be read on. */
export function checkShape(measures: readonly Measure[], groupBy: readonly Dimension[], timeAxis: TimeAxis): void {
  if (measures.length === 0) throw new InvalidInput("measures: name at least one.", ["measures"]);
  for (const [name, list] of [["measures", measures], ["groupBy", groupBy]] as const) {
    const repeated = list.find((each, index) => list.indexOf(each as never) !== index);
    if (repeated) throw new InvalidInput(`${name}: ${repeated} stands there twice.`, [name]);
  }
  const golden = measures.find((measure) => definitionOf(measure).source === "GOLDEN");
  if (golden && groupBy.includes("AUDITOR")) {
    throw new InvalidInput(`groupBy: ${golden} has no AUDITOR; its decisions need no audit.`, ["groupBy"]);
  }
  if (!golden || timeAxis === "DECIDED_AT") return;
  throw new InvalidInput(`timeAxis: ${golden} has no ${timeAxis}; its decisions need no audit.`, ["timeAxis"]);
}

/** Refuses sorting by what is not in the rows, and a page size out of range. */
export function checkOrder(orderBy: readonly Ordering[], groupBy: readonly Dimension[], measures: readonly Measure[], first: number): void {
  for (const { dimension, measure } of orderBy) {
    if (!dimension === !measure) throw new InvalidInput("orderBy: give either a dimension or a measure.", ["orderBy"]);
    if (dimension && !groupBy.includes(dimension)) throw new InvalidInput(`orderBy: ${dimension} is not among groupBy.`, ["orderBy"]);
    if (measure && !measures.includes(measure)) throw new InvalidInput(`orderBy: ${measure} is not among measures.`, ["orderBy"]);
  }
  if (first >= 0 && first <= MAX_FIRST) return;
  throw new InvalidInput(`first: ${first} is out of range; ask for 0 to 10,000 and page with after.`, ["first"]);
}

type Calendar = Pick<Period, "timeZone" | "weekStart">;

function common<T>(projects: readonly Calendar[], read: (project: Calendar) => T, refusal: string, path: string[]): T {
  const [value, ...others] = [...new Set(projects.map(read))];
  if (others.length > 0) throw new InvalidInput(refusal, path);
  return value!;
}

/** The instants and the calendar of an asked period; whole units that ended at or before `asOf` where the last ones are asked for. */
export function readRange(asked: AskedRange, projects: readonly Calendar[], usesWeeks: boolean, asOf: Date): Period {
  const { from, to, last } = asked;
  if (asOf.getTime() < 0) throw new InvalidInput(`asOf: ${asOf.toISOString()} is before 1970.`, ["asOf"]);
  const timeZone = asked.timeZone
    ? checkTimeZone(asked.timeZone, ["range", "timeZone"])
    : common(projects, (each) => each.timeZone, "range.timeZone: the projects' time zones differ; name one.", ["range", "timeZone"]);
  const weekStart = usesWeeks || last?.unit === "WEEK"
    ? common(projects, (each) => each.weekStart, "projects: their weeks start on different days; ask for them one by one.", ["projects"])
    : 0;
  const [first, end] = last ? lastUnits(last, dayOf(asOf, timeZone), weekStart) : [from, to];
  if (last ? from || to : !from || !to) throw new InvalidInput("range: give either from and to, or last.", ["range"]);
  if (first! >= end!) throw new InvalidInput(`range: from ${first} must be before to ${end}; to is exclusive.`, ["range"]);
  return { from: startOfDay(first!, timeZone), to: startOfDay(end!, timeZone), timeZone, weekStart };
}

function lastUnits({ unit, n }: { unit: CalendarUnit; n: number }, today: Day, weekStart: number): [Day, Day] {
  if (n < 1 || n > 10_000) throw new InvalidInput(`range.last.n: ${n} must be 1 to 10,000.`, ["range", "last", "n"]);
  const end = startOfUnit(today, unit, weekStart);
  return [addUnits(end, unit, -n), end];
}

/** What the query is about: its projects, its filter, and what a partner's rows are limited to anyway. */
export function reachOfQuery(viewer: Viewer, projectIds: string[], { queueIds, ...filter }: Filter): Reach {
  const stray = queueIds?.some((queue) => !projectIds.includes(queue.projectId));
  if (stray) throw new InvalidInput("filter.queueIds: names a queue of a project that is not asked for.", ["filter", "queueIds"]);
  const asked = withoutNulls({ projectIds, queueIds: queueIds?.map(({ id }) => id), ...filter });
  const own = { vendorIds: viewer.vendorId && [viewer.vendorId], labelerIds: viewer.labelerId && [viewer.labelerId] };
  return intersectReach(asked, withoutNulls(own));
}

function withoutNulls(reach: { [Name in keyof Reach]: Reach[Name] | null | "" }): Reach {
  return Object.fromEntries(Object.entries(reach).filter(([, values]) => values));
}
