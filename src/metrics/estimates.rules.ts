import type { FrameFilter } from "../plans/table.ts";
import { type Count, readCount } from "../stats/counts.ts";
import { type Basis, type Estimate, estimateRate, type EstimateReason, plainRate } from "../stats/estimation.ts";
import { frameCoverage, type StratumFrame } from "../stats/strata.ts";
import {
  canMeet, type Dimension, intersectReach, type Period, type Reach, reachOfFrame, reachOfGroup, spanOfGroup,
} from "./dimensions.rules.ts";
import { type AuditFacts, type AuditMeasure, definitionOf, type FrameCovers, type FrameReason, type Measure, type MeasureDefinition } from "./measures.rules.ts";

/** Audits of one group, run and stratum that measures can't tell apart. `keys` are the values of the dimensions grouped by. */
export interface AuditCount extends AuditFacts {
  keys: readonly string[];
  runId: string | null;
  stratumId: string | null;
  /** Where chances differed within the stratum; null elsewhere. */
  inclusionProbability: number | null;
  count: Count;
}

/** Unweighted cases of one group: all, and those that were right. */
export interface ShareCount {
  source: Exclude<MeasureDefinition["source"], "AUDITS">;
  keys: readonly string[];
  n: Count;
  x: Count;
}

/** A stratum of a run as a whole, with what its run drew from. */
export interface DrawnStratum extends StratumFrame {
  projectId: string;
  runId: string;
  stratumId: string;
  stratumKey: string;
  frameCovers: FrameCovers;
  frame: FrameFilter;
  windowFrom: Date;
  windowTo: Date;
}

/** All that is counted of one group. */
export interface Group {
  keys: readonly string[];
  audits: AuditCount[];
  shares: ShareCount[];
}

/** How a query estimates. */
export interface EstimatePlan {
  measures: readonly Measure[];
  groupBy: readonly Dimension[];
  reach: Reach;
  period: Period;
  basis: Basis;
  includeProcessErrors: boolean;
  /** False for purposes without an inclusion probability. */
  isWeighted: boolean;
  /** The period is one of decisions, so that runs of other windows can't be meant. */
  isByDecision: boolean;
  strata: readonly DrawnStratum[];
}

export type ValueReason = EstimateReason | FrameReason | "SMALL_GROUP";

/** A figure with all that is needed to read it. */
export interface MetricValue extends Omit<Estimate, "reason"> {
  measure: Measure;
  suppressed: boolean;
  reason: ValueReason | null;
}

/** Counts by group, in the order they come. A query without dimensions has its one group even where nothing was counted. */
export function formGroups(audits: readonly AuditCount[], shares: readonly ShareCount[], isGrouped: boolean): Group[] {
  const groups = new Map<string, Group>();
  const groupOf = (keys: readonly string[]) => {
    const name = JSON.stringify(keys);
    const group = groups.get(name) ?? { keys, audits: [], shares: [] };
    groups.set(name, group);
    return group;
  };
  if (!isGrouped) groupOf([]);
  for (const count of audits) groupOf(count.keys).audits.push(count);
  for (const count of shares) groupOf(count.keys).shares.push(count);
  return [...groups.values()];
}

/** All groups as one, for figures over everything: estimated anew from the counts, since intervals can't be added. */
export function poolGroups(groups: readonly Group[]): Group {
  return { keys: [], audits: groups.flatMap(({ audits }) => audits), shares: groups.flatMap(({ shares }) => shares) };
}

/** The estimator of a query: the values of a group, in the order of the measures. */
export function estimator(plan: EstimatePlan): (group: Group) => MetricValue[] {
  const strata = new Map(plan.strata.map((stratum) => [stratum.stratumId, stratum]));
  const hasUncovered = frameCoverage(plan.strata) < 1;
  return (group) => {
    const coverage = hasUncovered ? coverageOf(group, plan) : 1;
    return plan.measures.map((measure) => valueOf(measure, group, plan, strata, coverage));
  };
}

type Strata = ReadonlyMap<string, DrawnStratum>;

function valueOf(measure: Measure, group: Group, plan: EstimatePlan, strata: Strata, coverage: number): MetricValue {
  const definition = definitionOf(measure);
  const figure = { measure, suppressed: false };
  if (definition.source !== "AUDITS") return { ...figure, ...plainRate(sumShares(group.shares, definition.source)) };
  const counted = countByStratum(group.audits, definition, plan.includeProcessErrors);
  if (!plan.isWeighted) return { ...figure, ...plainRate(ofAll(counted)) };
  const drawn = counted.map(({ stratumId, ...counts }) => ({ ...strata.get(stratumId ?? "")!, ...counts }));
  const estimate = estimateRate(drawn, { basis: plan.basis, coverage });
  const [excluded] = drawn.flatMap(({ frameCovers }) => definition.undefinedFor[frameCovers] ?? []).sort();
  if (!excluded || estimate.reason === "NO_DATA") return { ...figure, ...estimate };
  return { ...figure, ...estimate, value: null, numerator: null, denominator: null, interval: null, reason: excluded };
}

interface StratumCount {
  stratumId: string | null;
  inclusionProbability: number | null;
  inGroup: number;
  n: number;
  x: number;
}

function countByStratum(audits: readonly AuditCount[], { isCounted, isHit }: AuditMeasure, includeProcessErrors: boolean): StratumCount[] {
  const strata = new Map<string, StratumCount>();
  for (const { stratumId, inclusionProbability, count, ...facts } of audits) {
    const name = `${stratumId}:${inclusionProbability ?? ""}`;
    const counted = strata.get(name) ?? { stratumId, inclusionProbability, inGroup: 0, n: 0, x: 0 };
    strata.set(name, counted);
    const number = readCount(count, "count");
    counted.inGroup += number;
    if ((facts.isProcessError && !includeProcessErrors) || !isCounted(facts)) continue;
    counted.n += number;
    if (isHit(facts)) counted.x += number;
  }
  return [...strata.values()];
}

function ofAll(counted: readonly StratumCount[]): { x: number; n: number; cases: number } {
  const sum = (read: (counts: StratumCount) => number) => counted.reduce((total, counts) => total + read(counts), 0);
  return { x: sum(({ x }) => x), n: sum(({ n }) => n), cases: sum(({ inGroup }) => inGroup) };
}

function sumShares(counts: readonly ShareCount[], source: ShareCount["source"]): { n: number; x: number } {
  const own = counts.filter((count) => count.source === source);
  const sum = (read: (count: ShareCount) => Count) => own.reduce((total, count) => total + readCount(read(count), "count"), 0);
  return { n: sum(({ n }) => n), x: sum(({ x }) => x) };
}

// A stratum without an audit leaves a gap in a group if it may hold some of the group's decisions: its run has audits in the group, or
// (in a period of decisions) its window and frame admit them.
function coverageOf(group: Group, plan: EstimatePlan): number {
  const runIds = new Set(group.audits.map(({ runId }) => runId));
  const reach = intersectReach(plan.reach, reachOfGroup(plan.groupBy, group.keys));
  const { from, to } = spanOfGroup(plan.groupBy, group.keys, plan.period);
  const mayHold = ({ projectId, frame, windowFrom, windowTo }: DrawnStratum) =>
    windowFrom < to && windowTo > from && canMeet(reachOfFrame(projectId, frame), reach);
  return frameCoverage(plan.strata.filter((stratum) => runIds.has(stratum.runId) || (plan.isByDecision && mayHold(stratum))));
}
