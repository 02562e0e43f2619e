import { ByKeys } from "../core/keyed.ts";
import { addUnits, startOfDay } from "../core/time.ts";
import type { FrameFilter } from "../plans/table.ts";
import type { AgreementReason } from "../stats/agreement.ts";
import type { Count } from "../stats/counts.ts";
import type { Estimate } from "../stats/estimation.ts";
import { type Coverage, coverageOf, type StratumFrame } from "../stats/strata.ts";
import { dimensionOf, type TimeMeasure } from "./definitions.rules.ts";
import type { Measure } from "./measures.rules.ts";
import type { Dimension, Period, Reach } from "../reach/table.ts";
import type { AuditCount } from "../reach/sources.table.ts";

/** The values of a group's dimensions, in their order; null where a decision has none. */
export type Keys = readonly (string | null)[];

/** The value of QUEUE in a group's key: queues belong to projects, so it names both. */
export function readQueueKey(value: string): { projectId: string; id: string } {
  const [projectId, id] = value.split(":") as [string, string];
  return { projectId, id };
}

/** What both are about. */
export function intersectReach(one: Reach, other: Reach): Reach {
  const both: Reach = { ...one };
  for (const [name, values] of Object.entries(other) as [keyof Reach, string[] | undefined][]) {
    const known = one[name] as string[] | undefined;
    both[name] = (known && values ? known.filter((value) => values.includes(value)) : (known ?? values)) as never;
  }
  return both;
}

/** What a group is about, by the values of its dimensions; one that has no value narrows nothing. */
export function reachOfGroup(groupBy: readonly Dimension[], keys: Keys): Reach {
  const reach: Reach = {};
  groupBy.forEach((dimension, index) => {
    const { narrows } = dimensionOf(dimension);
    const value = keys[index];
    if (value == null) return;
    if (dimension === "QUEUE") Object.assign(reach, { projectIds: [readQueueKey(value).projectId], queueIds: [readQueueKey(value).id] });
    else if (narrows) reach[narrows] = [value] as never;
  });
  return reach;
}

/** What a run's frame is about; in a frame an empty list means any, as an absent one does. */
export function reachOfFrame(projectId: string, frame: FrameFilter): Reach {
  const named = Object.entries({
    queueIds: frame.queueIds, markets: frame.markets, vendorIds: frame.vendorIds, labelerIds: frame.labelerIds, policyIds: frame.policyIds,
    actions: frame.actions, modalities: frame.modalities, languages: frame.languages, tenureBuckets: frame.tenureBuckets,
  });
  return { projectIds: [projectId], ...Object.fromEntries(named.filter(([, values]) => values && values.length > 0)) };
}

/** A run by its first stratum, with the reach of its frame and how much of that is covered. */
export type DrawnRun<Stratum> = Stratum & Coverage & { about: Reach };

/** The runs of these strata: of thousands of strata, the few that each group is held against. */
export function runsOf<Stratum extends StratumFrame & { projectId: string; runId: string; frame: FrameFilter }>(strata: readonly Stratum[]): DrawnRun<Stratum>[] {
  const runs = new Map<string, [Stratum, ...Stratum[]]>();
  for (const stratum of strata) {
    const run = runs.get(stratum.runId);
    if (run) run.push(stratum);
    else runs.set(stratum.runId, [stratum]);
  }
  return [...runs.values()].map((own) => ({ ...own[0], ...coverageOf(own), about: reachOfFrame(own[0].projectId, own[0].frame) }));
}

/** True unless a list of one leaves out every value of the other's. */
export function canMeet(one: Reach, other: Reach): boolean {
  return (Object.entries(one) as [keyof Reach, string[] | undefined][]).every(([name, values]) => {
    const others = other[name] as string[] | undefined;
    return !values || !others || values.some((value) => others.includes(value));
  });
}

/** The part of a period that a group's days, weeks and months leave. */
export function spanOfGroup(groupBy: readonly Dimension[], keys: Keys, period: Period): { from: Date; to: Date } {
  let { from, to } = period;
  groupBy.forEach((dimension, index) => {
    const { unit } = dimensionOf(dimension);
    if (!unit) return;
    const [start, end] = [keys[index]!, addUnits(keys[index]!, unit, 1)].map((day) => startOfDay(day, period.timeZone)) as [Date, Date];
    from = start > from ? start : from;
    to = end < to ? end : to;
  });
  return { from, to };
}

/** Audits told apart by the policy that the labeler chose and the true one. */
export type PolicyCount = AuditCount & { label: string; truth: string };

/** Unweighted cases of one group: all, and those that hit. */
export interface ShareCount {
  measure: Measure;
  keys: Keys;
  n: Count;
  x: Count;
}

/** What decisions of one group tell; percentiles can't be added, so that the whole comes beside its parts. */
export interface DecisionCount {
  keys: Keys;
  isTotal: boolean;
  decisions: Count;
  audited: Count;
  handled: Count;
  handleMilliseconds: Count;
  handleP50: number | null;
  handleP90: number | null;
}

/** A labeler of one group: with decisions, with audits, or both. */
export interface LabelerCount {
  keys: Keys;
  labelerId: string;
  audits: Count;
  hasDecisions: boolean;
}

/** A coefficient of agreement: no sum of a ratio's, and null with its reason. */
export type CoefficientFigure = Omit<Estimate, "reason"> & { reason: AgreementReason | null };

/** A coefficient of one group; they can't be added, so that the whole comes beside its parts. */
export interface CoefficientCount {
  keys: Keys;
  isTotal: boolean;
  measure: Measure;
  figure: CoefficientFigure;
}

/** How long cases of one group took, in seconds; percentiles can't be added, so that the whole comes beside its parts. */
export interface TimeCount {
  keys: Keys;
  isTotal: boolean;
  times: TimeMeasure["times"];
  n: Count;
  p50: number | null;
  p90: number | null;
}

/** Everything that was counted for a query. */
export interface Counts {
  audits: readonly AuditCount[];
  /** Errors by their class, where the query is grouped by one. */
  errors: readonly AuditCount[];
  policies: readonly PolicyCount[];
  shares: readonly ShareCount[];
  decisions: readonly DecisionCount[];
  labelers: readonly LabelerCount[];
  coefficients: readonly CoefficientCount[];
  times: readonly TimeCount[];
}

/** All that is counted of one group. */
export interface Group extends Counts {
  keys: Keys;
  /** The policy that the group is of, for measures of one policy; null if it is of several. */
  policyId: string | null;
}

export const NO_COUNTS: Counts = { audits: [], errors: [], policies: [], shares: [], decisions: [], labelers: [], coefficients: [], times: [] };

type Growing = { [Name in keyof Counts]: Counts[Name][number][] } & Pick<Group, "keys" | "policyId">;

/** The dimensions without classes of errors: of the groups that errors of a class are a share of. */
export function wholeOf(groupBy: readonly Dimension[]): Dimension[] {
  return groupBy.filter((dimension) => !dimensionOf(dimension).isErrorClass);
}

/** The place of the policy that measures of one policy are of, among the dimensions grouped by; -1 if there is none. */
export function policyPlaceOf(groupBy: readonly Dimension[]): number {
  return groupBy.findIndex((dimension) => dimension === "POLICY" || dimension === "TRUTH_POLICY");
}

/**
 * Counts by group. A query without dimensions has its one group even where nothing was counted. `only` are the policies that the query names, if
 * any. Where errors are told apart by class, a group is one of a class, and divides by all audits of the group without it.
 */
export function formGroups(counts: Counts, groupBy: readonly Dimension[], only: readonly string[] | null): Group[] {
  const place = policyPlaceOf(groupBy);
  const single = only?.length === 1 ? only[0]! : null;
  const groups = new ByKeys((keys): Growing => ({
    keys, policyId: place < 0 ? single : keys[place]!, audits: [], errors: [], policies: [], shares: [], decisions: [], labelers: [], coefficients: [], times: [],
  }));
  const groupOf = (keys: Keys) => groups.of(keys);
  if (groupBy.length === 0) groupOf([]);
  const isClass = groupBy.map((dimension) => dimensionOf(dimension).isErrorClass ?? false);
  if (isClass.includes(true)) {
    const wholes = new ByKeys((): AuditCount[] => []);
    for (const count of counts.audits) wholes.of(count.keys).push(count);
    for (const count of counts.errors) groupOf(count.keys).errors.push(count);
    for (const group of groups.all) group.audits.push(...(wholes.find(group.keys.filter((_, index) => !isClass[index])) ?? []));
    return groups.all;
  }
  for (const count of counts.audits) groupOf(count.keys).audits.push(count);
  for (const count of counts.shares) groupOf(count.keys).shares.push(count);
  for (const count of counts.decisions) if (!count.isTotal || groupBy.length === 0) groupOf(count.keys).decisions.push(count);
  for (const count of counts.coefficients) if (!count.isTotal || groupBy.length === 0) groupOf(count.keys).coefficients.push(count);
  for (const count of counts.times) if (!count.isTotal || groupBy.length === 0) groupOf(count.keys).times.push(count);
  for (const count of counts.labelers) groupOf(count.keys).labelers.push(count);
  for (const count of counts.policies) {
    const ofPolicies = place < 0 ? [null] : new Set([count.label, count.truth]);
    for (const policyId of ofPolicies) {
      if (policyId !== null && only && !only.includes(policyId)) continue;
      groupOf(policyId === null ? count.keys : count.keys.toSpliced(place, 0, policyId)).policies.push(count);
    }
  }
  return groups.all;
}

/**
 * All counts as one group, for figures over everything: estimated anew from the counts, since intervals can't be added. An audit that counts
 * once in each class of its errors is one error over all of them.
 */
export function poolGroups(counts: Counts, only: readonly string[] | null): Group {
  const whole = { decisions: counts.decisions.filter(({ isTotal }) => isTotal), coefficients: counts.coefficients.filter(({ isTotal }) => isTotal), times: counts.times.filter(({ isTotal }) => isTotal) };
  return { ...counts, ...whole, errors: [], keys: [], policyId: only?.length === 1 ? only[0]! : null };
}

const NO_RATINGS: CoefficientFigure = { value: null, numerator: null, denominator: null, n: 0, weighted: false, interval: null, reason: "NO_DATA" };

/** A coefficient of a group; without one nothing of it was judged. */
export function coefficientOf({ coefficients }: Group, measure: Measure): CoefficientFigure {
  return coefficients.find((each) => each.measure === measure)?.figure ?? NO_RATINGS;
}
