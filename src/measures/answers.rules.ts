import { InvalidInput } from "../core/errors.ts";
import { dayOf } from "../core/time.ts";
import { SLACK } from "../stats/arithmetic.ts";
import { differenceOf } from "../stats/mover.ts";
import type { Interval } from "../stats/proportions.ts";
import { type FixedScope, narrowest, statusOf, type TargetScope, type TargetStatus } from "../targets/rules.ts";
import { ENOUGH_AUDITS } from "./cases.rules.ts";
import type { EstimatePlan, MetricValue } from "./estimates.rules.ts";
import { intersectReach, reachOfGroup, spanOfGroup } from "./groups.rules.ts";
import { definitionOf, type Measure } from "./measures.rules.ts";
import type { Dimension, Reach } from "../reach/table.ts";

/** What rows are sorted by: a dimension grouped by, or a measure asked for. */
export interface Ordering {
  dimension?: Dimension | null;
  measure?: Measure | null;
  direction: "ASC" | "DESC";
}

/** The target that a figure is measured by, and how it stands to it. */
export interface ValueTarget {
  id: string;
  projectId: string;
  value: number;
  status: TargetStatus | null;
}

/** A figure beside what it is compared to: an earlier period's, or its target. */
export interface ValueComparison extends Pick<MetricValue, "value" | "numerator" | "denominator" | "n" | "interval" | "reason"> {
  difference: number | null;
  differenceInterval: Interval | null;
  isSignificant: boolean | null;
}

/** A figure as an answer has it. */
export interface AnsweredValue extends MetricValue {
  target?: ValueTarget | null;
  comparison?: ValueComparison | null;
}

/** A row of figures: the values of its dimensions, in the order grouped by, and its values in the order of the measures. */
export interface Row {
  keys: readonly (string | null)[];
  values: readonly AnsweredValue[];
  /** Its place by the first measure that rows are sorted by; absent if they aren't. */
  rank?: number | null;
}

export const BOUNDS = ["VALUE", "LOW", "HIGH", "N"] as const;

/** What a row must have of one of its measures to be shown. */
export interface Condition {
  measure: Measure;
  bound: (typeof BOUNDS)[number];
  gte?: number | null;
  lte?: number | null;
  statuses?: readonly TargetStatus[] | null;
}

/** Refuses conditions on measures that weren't asked for, and those that ask nothing. */
export function checkHaving(having: readonly Condition[], measures: readonly Measure[]): void {
  having.forEach(({ measure, gte, lte, statuses }, index) => {
    const path = ["having", String(index)];
    if (!measures.includes(measure)) throw new InvalidInput(`having[${index}]: ${measure} is not among measures.`, [...path, "measure"]);
    if (gte == null && lte == null && statuses == null) throw new InvalidInput(`having[${index}]: give gte, lte or targetStatuses.`, path);
  });
}

/** True if a row passes every condition; what has no value, or no interval where a bound of it is asked, passes none. */
export function passes({ values }: Row, having: readonly Condition[]): boolean {
  return having.every(({ measure, bound, gte, lte, statuses }) => {
    const figure = values.find((value) => value.measure === measure)!;
    const read = { VALUE: figure.value, LOW: figure.interval?.low ?? null, HIGH: figure.interval?.high ?? null, N: figure.n }[bound];
    const isWithin = gte == null && lte == null ? true : read !== null && (gte == null || read >= gte) && (lte == null || read <= lte);
    return isWithin && (statuses == null || (figure.target?.status != null && statuses.includes(figure.target.status)));
  });
}

/**
 * Rows with their rank by the first measure that they are sorted by, in its direction; equal values share one. Without such a measure nothing has a
 * rank, and a group with fewer than 30 audits never has: its place would be chance.
 */
export function rankRows(rows: readonly Row[], orderBy: readonly Ordering[]): Row[] {
  const order = orderBy.find(({ measure }) => measure);
  if (!order) return [...rows];
  const valueOf = ({ values }: Row) => {
    const { value, n } = values.find(({ measure }) => measure === order.measure)!;
    return value !== null && n !== null && n >= ENOUGH_AUDITS ? value : null;
  };
  const sign = order.direction === "DESC" ? -1 : 1;
  const ranks = new Map<number, number>();
  const ranked = rows.flatMap((row) => valueOf(row) ?? []).sort((one, other) => sign * (one - other));
  ranked.forEach((value, index) => ranks.has(value) || ranks.set(value, index + 1));
  return rows.map((row) => ({ ...row, rank: ranks.get(valueOf(row) ?? NaN) ?? null }));
}

/** What a group of a query fixes of a target's scope: what its filter and its own values leave one of. */
export function fixedOf({ reach: asked, groupBy }: Pick<EstimatePlan, "reach" | "groupBy">, keys: Row["keys"]): FixedScope {
  const reach = intersectReach(asked, reachOfGroup(groupBy, keys));
  const only = (name: keyof Reach) => (reach[name]?.length === 1 ? reach[name]![0]! : null);
  return { projectId: only("projectIds"), queueId: only("queueIds"), market: only("markets"), vendorId: only("vendorIds"), tenureBucket: only("tenureBuckets") };
}

/** Values with the narrowest target that held for the group on the last day of its time; how one stands to it only where more, or less, is better. */
export function withTargets(row: Row, plan: Pick<EstimatePlan, "reach" | "groupBy" | "period">, targets: readonly TargetScope[]): Row {
  if (targets.length === 0) return row;
  const fixed = fixedOf(plan, row.keys);
  const { to } = spanOfGroup(plan.groupBy, row.keys, plan.period);
  const lastDay = dayOf(new Date(to.getTime() - 1), plan.period.timeZone);
  const values = row.values.map((figure) => {
    const target = narrowest(targets, figure.measure, fixed, lastDay);
    if (!target) return figure;
    const { direction } = definitionOf(figure.measure);
    const status = direction === "NEUTRAL" ? null : statusOf(figure, target, direction === "HIGHER_IS_BETTER");
    return { ...figure, target: { id: target.id, projectId: target.projectId, value: target.value, status } };
  });
  return { ...row, values };
}

const NO_OTHER = { value: null, numerator: null, denominator: null, n: null, interval: null } as const;
/** Values beside those of another time, with the difference; it is significant where its interval leaves 0 out. */
export function compareValues(values: readonly AnsweredValue[], others: readonly MetricValue[] | null): AnsweredValue[] {
  return values.map((figure, index) => {
    const other = others?.[index] ?? { ...NO_OTHER, reason: "NO_DATA" as const };
    const { value, numerator, denominator, n, interval, reason } = other;
    return { ...figure, comparison: { value, numerator, denominator, n, interval, reason, ...differ(figure, differenceOf(figure, other), value) } };
  });
}

/** Values beside their targets, which are taken for exact. */
export function compareToTargets(values: readonly AnsweredValue[]): AnsweredValue[] {
  return values.map((figure) => {
    const goal = figure.target?.value ?? null;
    const exact = goal === null ? null : differenceOf(figure, { value: goal, interval: { low: goal, high: goal } });
    return { ...figure, comparison: { ...NO_OTHER, value: goal, reason: goal === null ? "NO_DATA" : null, ...differ(figure, exact, goal) } };
  });
}

function differ({ value }: MetricValue, interval: Interval | null, other: number | null) {
  const isSignificant = interval && (interval.low > SLACK || interval.high < -SLACK);
  return { difference: value === null || other === null ? null : value - other, differenceInterval: interval, isSignificant };
}
