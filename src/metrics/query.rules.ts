import { checkTimeZone } from "../core/checks.ts";
import { Forbidden, InvalidInput } from "../core/errors.ts";
import { decodeId, decodeProjectId, type ProjectKey } from "../core/ids.ts";
import { addUnits, type CalendarUnit, type Day, dayOf, startOfDay, startOfUnit } from "../core/time.ts";
import { type Access, isAmong, isPartner, PEOPLE, type Role, type Viewer } from "../core/viewer.ts";
import type { Ordering } from "../measures/answers.rules.ts";
import { DEFAULT_PURPOSES, DIMENSION_NAMES, dimensionOf, type Source, WITHOUT_DRAW } from "../measures/definitions.rules.ts";
import { intersectReach } from "../measures/groups.rules.ts";
import { definitionOf, type Measure } from "../measures/measures.rules.ts";
import type { Dimension, Layer, Period, Purpose, Reach, ScoreTime, TimeAxis } from "../reach/table.ts";
import { checkFilter, CLOSED_RATINGS } from "../ratings/rules.ts";

/** Which decisions; absent lists mean any. */
export interface Filter extends Omit<{ [Name in keyof Reach]?: Reach[Name] | null }, "projectIds" | "queueIds" | "eitherPolicyIds"> {
  queueIds?: readonly ProjectKey[] | null;
}

/** The same as it is given and kept: with opaque ids. */
export type AskedFilter = { readonly [Name in keyof Filter]?: readonly string[] | null };

// Lists of the filter that are ids of global rows, by their type.
const IDS: Readonly<Record<string, string>> = {
  vendorIds: "Vendor", siteIds: "Site", teamIds: "Team", labelerIds: "Labeler", policyIds: "Policy", truthPolicyIds: "Policy", policyVersionIds: "PolicyVersion",
};

/** The filter with rows' own ids; refuses ids of other types. `path` is the input's field that it stands in. */
export function decodeFilter(filter: AskedFilter | null | undefined, path: readonly string[]): Filter {
  const read = Object.entries(filter ?? {}).filter(([, values]) => values != null).map(([name, values]) => {
    const type = IDS[name];
    if (name === "queueIds") return [name, values!.map((id) => decodeProjectId("Queue", id, [...path, name]))];
    return [name, type ? values!.map((id) => decodeId(type, id, [...path, name]).id) : values];
  });
  return Object.fromEntries(read) as Filter;
}

/** A period as it is asked for: two days, or the last whole units. */
export interface AskedRange {
  from?: Day | null;
  to?: Day | null;
  last?: { unit: CalendarUnit; n: number } | null;
  timeZone?: string | null;
  /** The first weekday as it was once; the projects' if absent. */
  weekStart?: number;
}

/** Which audits count, and which of their verdicts. */
export interface AuditChoice {
  timeAxis: TimeAxis;
  layer: Layer;
  purposes: readonly Purpose[];
  score: ScoreTime;
}

const MAX_FIRST = 10_000;

const PARTNERS: readonly Role[] = ["VENDOR_MANAGER", "VENDOR_QA", "LABELER"];

// Whom a source is not for: others would read a part of it as the whole, or learn what they are blind to.
const CLOSED: Partial<Record<Source, { to: readonly Role[]; why: string }>> = {
  DOUBLE_AUDITS: { to: [...PARTNERS, "SERVICE"], why: "is for staff" },
  DECISIONS: { to: ["AUDITOR"], why: "is not for auditors, who see audited decisions alone" },
  SAMPLES: { to: [...PARTNERS, "SERVICE", "AUDITOR", "POLICY_MANAGER"], why: "is for administrators, leads and analysts" },
  PUBLICATIONS: { to: ["AUDITOR", "SERVICE"], why: "is not for auditors and clients, who see some appeals alone" },
  RULINGS: { to: ["AUDITOR", "SERVICE"], why: "is not for auditors and clients, who see some appeals alone" },
  CLOCKS: { to: ["AUDITOR", "SERVICE"], why: "is not for auditors and clients, who see some clocks alone" },
  ESCALATIONS: { to: ["LABELER", "SERVICE"], why: "is for staff and for managers of vendors" },
};

const OWN_TIME: readonly Source[] = ["PUBLICATIONS", "RULINGS", "CLOCKS", "ESCALATIONS"];

/** The dimensions that a filter names something of. */
export function dimensionsOf(filter: Filter): Dimension[] {
  return DIMENSION_NAMES.filter((dimension) => {
    const { narrows } = dimensionOf(dimension);
    return narrows && narrows !== "projectIds" && filter[narrows as keyof Filter];
  });
}

/** Who asks for figures. */
export const FIGURES: Access = { roles: PEOPLE, scope: "metrics:read" };

/** Refuses viewers without figures, measures and dimensions that aren't the viewer's, and purposes that can't be read together. */
export function checkAccess(
  viewer: Viewer,
  measures: readonly Measure[],
  groupBy: readonly Dimension[],
  filter: Filter,
  choice: AuditChoice,
): void {
  if (!isAmong(viewer, FIGURES)) throw new Forbidden("Figures are for clients with scope metrics:read.");
  for (const measure of measures) {
    const definition = definitionOf(measure);
    if (definition.source === "GOLDEN") checkGolden(viewer);
    const closed = definition.source === "AGREEMENT" ? CLOSED_RATINGS[definition.raters] : CLOSED[definition.source];
    if (closed?.to.includes(viewer.role)) throw new Forbidden(`${measure} ${closed.why}; you act as ${viewer.role}.`, ["measures"]);
  }
  const hidden = [...groupBy, ...dimensionsOf(filter)].find((dimension) => dimensionOf(dimension).hiddenFrom?.includes(viewer.role));
  if (hidden) throw new Forbidden(`${hidden} can't be grouped or filtered by as ${viewer.role}.`, ["groupBy"]);
  checkPurposes(viewer, { ...choice, layers: layersOf(measures, groupBy, choice) });
}

/** Refuses golden answers to those who must not learn which content they are on: partners, labelers, auditors. */
export function checkGolden(viewer: Viewer): void {
  if (!isPartner(viewer) && viewer.role !== "AUDITOR") return;
  throw new Forbidden(`Golden items are not for ${viewer.role}: they would tell which content carries an agreed answer.`);
}

/** The layers that are read: both, where they are compared or cut by. */
export function layersOf(measures: readonly Measure[], groupBy: readonly Dimension[], { layer }: AuditChoice): Layer[] {
  const isBetween = measures.some((measure) => {
    const definition = definitionOf(measure);
    return definition.source === "AUDITS" && definition.betweenLayers;
  });
  return isBetween || groupBy.includes("LAYER") ? ["VENDOR", "CLIENT"] : [layer];
}

function checkPurposes(viewer: Viewer, { layers, purposes }: Pick<AuditChoice, "purposes"> & { layers: readonly Layer[] }): void {
  if (purposes.length === 0) throw new InvalidInput("purposes: name at least one.", ["purposes"]);
  const bare = purposes.find((purpose) => WITHOUT_DRAW.includes(purpose));
  if (bare && new Set(purposes).size > 1) {
    throw new InvalidInput(`purposes: MIXED_PURPOSES: ${bare} audits have no inclusion probability; ask for them alone.`, ["purposes"]);
  }
  const isDefault = [...new Set(purposes)].sort().join() === [...DEFAULT_PURPOSES].sort().join();
  if (purposes.includes("GOLDEN")) checkGolden(viewer);
  if (isPartner(viewer) && !isDefault && layers.includes("CLIENT")) {
    throw new Forbidden(`purposes can't be chosen as ${viewer.role}: how the client draws is not shown to partners.`, ["purposes"]);
  }
}

/** True for purposes whose audits stand for more than themselves, by a known inclusion probability. */
export function isWeighted({ purposes }: AuditChoice): boolean {
  return !purposes.some((purpose) => WITHOUT_DRAW.includes(purpose));
}

/** Refuses empty or repeated lists, and cuts, filters and axes that a measure can't be read by. */
export function checkShape(measures: readonly Measure[], groupBy: readonly Dimension[], timeAxis: TimeAxis, filter: Filter = {}): void {
  if (measures.length === 0) throw new InvalidInput("measures: name at least one.", ["measures"]);
  for (const [name, list] of [["measures", measures], ["groupBy", groupBy]] as const) {
    const repeated = list.find((each, index) => list.indexOf(each as never) !== index);
    if (repeated) throw new InvalidInput(`${name}: ${repeated} stands there twice.`, [name]);
  }
  for (const measure of measures) checkCuts(measure, groupBy, filter);
  for (const measure of measures) checkPolicy(measure, groupBy, filter);
  if (timeAxis === "DECIDED_AT") return;
  const own = measures.find((measure) => OWN_TIME.includes(definitionOf(measure).source));
  if (own) throw new InvalidInput(`timeAxis: ${own} has no ${timeAxis}; it goes by a time of its own, so leave timeAxis out.`, ["timeAxis"]);
  const untimed = measures.find((measure) => ["GOLDEN", "DECISIONS", "AGREEMENT"].includes(definitionOf(measure).source));
  if (!untimed) return;
  throw new InvalidInput(`timeAxis: ${untimed} has no ${timeAxis}; it goes by when decisions were made.`, ["timeAxis"]);
}

function checkCuts(measure: Measure, groupBy: readonly Dimension[], filter: Filter): void {
  const definition = definitionOf(measure);
  const isAgreement = definition.source === "AGREEMENT";
  if (isAgreement) checkFilter({ ...filter }, definition.raters);
  const lacks = (dimension: Dimension) => !dimensionOf(dimension).sources.includes(definition.source);
  for (const [name, dimensions] of [["groupBy", groupBy], ["filter", isAgreement ? [] : dimensionsOf(filter)]] as const) {
    const stray = dimensions.find(lacks);
    if (stray) throw new InvalidInput(`${name}: ${measure} has no ${stray}; leave it out, or ask for other measures.`, [name]);
  }
  const errorClass = groupBy.find((dimension) => dimensionOf(dimension).isErrorClass);
  if (errorClass && measure !== "ERROR_RATE") {
    throw new InvalidInput(`groupBy: ${errorClass} is a class of errors, for ERROR_RATE alone; ask for ${measure} in a query of its own.`, ["groupBy"]);
  }
  if (definition.source === "AUDITS" && definition.betweenLayers && groupBy.includes("LAYER")) {
    throw new InvalidInput(`groupBy: ${measure} compares layers; leave LAYER out.`, ["groupBy"]);
  }
}

// Precision and recall are of one policy: grouped by, or the only one of the filter. F1 has a mean over all.
function checkPolicy(measure: Measure, groupBy: readonly Dimension[], { policyIds, truthPolicyIds }: Filter): void {
  const definition = definitionOf(measure);
  if (definition.source !== "AUDITS" || !definition.ofPolicy) return;
  if (groupBy.includes("POLICY") && groupBy.includes("TRUTH_POLICY")) {
    throw new InvalidInput(`groupBy: ${measure} is of one policy; group by POLICY or TRUTH_POLICY, not by both.`, ["groupBy"]);
  }
  if (policyIds && truthPolicyIds) {
    throw new InvalidInput(`filter: ${measure} is of one policy; give policyIds or truthPolicyIds, not both.`, ["filter", "truthPolicyIds"]);
  }
  const isGrouped = groupBy.includes("POLICY") || groupBy.includes("TRUTH_POLICY");
  if (isGrouped || definition.ofPolicy === "EITHER" || (policyIds ?? truthPolicyIds)?.length === 1) return;
  throw new InvalidInput(`measures: ${measure} is of one policy; group by POLICY, or name a single one in filter.policyIds.`, ["measures"]);
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
  const weekStart = asked.weekStart ?? (usesWeeks || last?.unit === "WEEK"
    ? common(projects, (each) => each.weekStart, "projects: their weeks start on different days; ask for them one by one.", ["projects"])
    : 0);
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

/** The period of the same length just before: as many of the units asked for; else whole months where it is made of them; else days. */
export function periodBefore({ last }: AskedRange, period: Period): Period {
  const [first, end] = [dayOf(period.from, period.timeZone), dayOf(period.to, period.timeZone)];
  const monthOf = (day: Day) => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7));
  const isMonths = first.endsWith("-01") && end.endsWith("-01");
  const days = Math.round((Date.parse(end) - Date.parse(first)) / 86_400_000);
  const before = last ? addUnits(first, last.unit, -last.n) : isMonths ? addUnits(first, "MONTH", monthOf(first) - monthOf(end)) : addUnits(first, "DAY", -days);
  return { ...period, from: startOfDay(before, period.timeZone), to: period.from };
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
