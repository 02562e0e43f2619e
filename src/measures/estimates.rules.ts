import type { FrameFilter } from "../plans/table.ts";
import type { ProjectSettings } from "../projects/table.ts";
import type { AuditSum } from "../rollups/sums.table.ts";
import { readCount } from "../stats/counts.ts";
import { differenceOf } from "../stats/mover.ts";
import { type Basis, type Estimate, estimateRate, estimateRatio, type EstimateReason, plainRate } from "../stats/estimation.ts";
import { foundIn, frameCoverage, type RatioCounts, shareCovered, type StratumFrame } from "../stats/strata.ts";
import { EXCLUDED, NOTHING, ofCount, ofDecisions, ofShares, ofTimes } from "./cases.rules.ts";
import type { AuditMeasure, FrameCovers, FrameReason, Terms } from "./definitions.rules.ts";
import { canMeet, coefficientOf, type DrawnRun, type Group, intersectReach, type PolicyCount, reachOfGroup, runsOf, spanOfGroup } from "./groups.rules.ts";
import { definitionOf, type Measure } from "./measures.rules.ts";
import type { Dimension, Layer, Period, Reach } from "../reach/table.ts";
import type { AuditCount } from "../reach/sources.table.ts";

/** A stratum of a run as a whole, with what its run drew from. */
export interface DrawnStratum extends StratumFrame {
  projectId: string;
  layer: Layer;
  runId: string;
  stratumId: string;
  stratumKey: string;
  frameCovers: FrameCovers;
  frame: FrameFilter;
  windowFrom: Date;
  windowTo: Date;
}

/** What figures take at the least to say something, as projects set it. */
export type Minima = Pick<ProjectSettings, "minCoverageRate" | "labelerMinAudits">;

/** How a query estimates. */
export interface EstimatePlan {
  measures: readonly Measure[];
  groupBy: readonly Dimension[];
  reach: Reach;
  period: Period;
  layer: Layer;
  basis: Basis;
  /** The level of the intervals of stratified rates; 0.95 if absent. */
  level?: number;
  includeProcessErrors: boolean;
  /** False for purposes without an inclusion probability. */
  isWeighted: boolean;
  /** The period is one of decisions, so that runs of other windows can't be meant. */
  isByDecision: boolean;
  strata: readonly DrawnStratum[];
  minima: Minima;
}

export const VALUE_REASONS = [
  "NO_DATA", "ZERO_DENOMINATOR", "NO_VARIATION", "FRAME_EXCLUDES_NEGATIVES", "FRAME_EXCLUDES_POSITIVES", "PARTIAL_COVERAGE", "SMALL_GROUP",
  "TOO_FEW", "NO_HOURS", "NO_AUDITOR_RATES", "UNSTABLE",
] as const;
export type ValueReason = (typeof VALUE_REASONS)[number];

/** A figure with all that is needed to read it. */
export interface MetricValue extends Omit<Estimate, "reason" | "n"> {
  measure: Measure;
  /** Null where it is suppressed. */
  n: number | null;
  suppressed: boolean;
  reason: EstimateReason | FrameReason | ValueReason | null;
}

const BOTH_SIDES = { VIOLATING_ONLY: "FRAME_EXCLUDES_NEGATIVES", NON_VIOLATING_ONLY: "FRAME_EXCLUDES_POSITIVES" } as const;

type Figure = Omit<MetricValue, "measure" | "suppressed">;

/** The estimator of a query: the values of a group, in the order of the measures. */
export function estimator(plan: EstimatePlan): (group: Group) => MetricValue[] {
  const strata = new Map(plan.strata.map((stratum) => [stratum.stratumId, stratum]));
  const runs = frameCoverage(plan.strata) < 1 ? runsOf(plan.strata) : [];
  const figureOf = (measure: Measure, group: Group): Figure => {
    const definition = definitionOf(measure);
    if (definition.source === "AUDITS") return ofAudits(definition, group, plan, strata, runs);
    if (definition.source === "DECISIONS") return ofDecisions(definition, group, plan.minima.labelerMinAudits);
    if (definition.source === "AGREEMENT") return coefficientOf(group, measure);
    if ("times" in definition) return ofTimes(definition, group);
    return "counts" in definition ? ofCount(measure, group) : ofShares(measure, definition, group);
  };
  return (group) => plan.measures.map((measure) => Object.assign({ measure, suppressed: false }, figureOf(measure, group)));
}

type Strata = ReadonlyMap<string, DrawnStratum>;
type Runs = readonly DrawnRun<DrawnStratum>[];

function ofAudits(definition: AuditMeasure, group: Group, plan: EstimatePlan, strata: Strata, runs: Runs): Figure {
  const estimate = (of: Group, layer: Layer) => ofLayer(definition, of, plan, strata, runs, layer);
  if (definition.betweenLayers) return between(estimate(group, "VENDOR"), estimate(group, "CLIENT"));
  const layer = plan.groupBy.includes("LAYER") ? (group.keys[plan.groupBy.indexOf("LAYER")] as Layer) : plan.layer;
  if (!definition.ofPolicy || group.policyId !== null) return estimate(group, layer);
  const only = plan.reach.policyIds ?? plan.reach.truthPolicyIds;
  const policyIds = [...new Set(group.policies.flatMap(({ label, truth }) => [label, truth]))].filter((id) => only?.includes(id) ?? true).sort();
  const figures = policyIds.map((policyId) => estimate({ ...group, policyId, policies: group.policies.filter((count) => isAbout(count, policyId)) }, layer));
  const counted = group.policies.filter((count) => count.layer === layer && (plan.includeProcessErrors || !count.isProcessError));
  return meanOf(figures, counted.reduce((sum, { audits }) => sum + readCount(audits!, "audits"), 0));
}

function isAbout({ label, truth }: PolicyCount, policyId: string): boolean {
  return label === policyId || truth === policyId;
}

// The mean over policies, all alike, where none is named. What is undefined counts as 0, unless nothing can be said of its frame.
function meanOf(figures: readonly Figure[], n: number): Figure {
  const counted = figures.filter(({ reason, value }) => value !== null || reason !== "NO_DATA");
  if (counted.length === 0) return NOTHING;
  const weighted = counted.some((each) => each.weighted);
  const barred = counted.find(({ value, reason }) => value === null && reason !== "ZERO_DENOMINATOR");
  const reason = barred?.reason ?? counted.find((each) => each.reason === "PARTIAL_COVERAGE")?.reason ?? null;
  const mean = counted.reduce((sum, { value }) => sum + (value ?? 0), 0) / counted.length;
  return { ...EXCLUDED, n, weighted, reason, value: barred ? null : mean };
}

function between(one: Figure, other: Figure): Figure {
  const both = { ...EXCLUDED, n: (one.n ?? 0) + (other.n ?? 0), weighted: one.weighted || other.weighted };
  if (one.value === null || other.value === null) return { ...both, reason: one.value === null ? one.reason : other.reason };
  return { ...both, reason: one.reason ?? other.reason, value: one.value - other.value, interval: differenceOf(one, other) };
}

function ofLayer(definition: AuditMeasure, group: Group, plan: EstimatePlan, strata: Strata, runs: Runs, layer: Layer): Figure {
  const { ofPolicy, partsPerCase, scale = 1 } = definition;
  const counts = countByStratum(definition, group, plan, layer);
  const hasInterval = definition.interval !== "NONE";
  if (!plan.isWeighted) return hasInterval ? plainRate({ ...ofAll(counts), partsPerCase }) : scaled(estimateRatio([whole(counts)], { coverage: 1 }), scale);
  const drawn = counts.map((found) => foundIn(strata.get(found.stratumId ?? "")!, found));
  const coverage = coverageOf(runs, group, plan, layer, ofPolicy === "TRUE" || ofPolicy === "EITHER");
  const over = { coverage, minCoverage: plan.minima.minCoverageRate };
  const estimate = hasInterval ? estimateRate(drawn, { ...over, basis: plan.basis, level: plan.level, partsPerCase }) : estimateRatio(drawn, over);
  if (estimate.reason === "NO_DATA") return estimate;
  const barred = barredFrames(definition, group, plan);
  const [excluded] = barred ? counts.flatMap(({ stratumId }) => barred[strata.get(stratumId!)!.frameCovers] ?? []).sort() : [];
  return excluded ? { ...estimate, ...EXCLUDED, reason: excluded } : scaled(estimate, scale);
}

function scaled(estimate: Estimate, scale: number): Estimate {
  return estimate.value === null || scale === 1 ? estimate : { ...estimate, value: estimate.value * scale };
}

// What is cut by the truth obeys the rule of recall; precision of what violates nothing is known of any frame that holds it.
function barredFrames({ ofPolicy, undefinedFor }: AuditMeasure, group: Group, plan: EstimatePlan): Partial<Record<FrameCovers, FrameReason>> | null {
  if (!ofPolicy && (plan.groupBy.includes("TRUTH_POLICY") || plan.reach.truthPolicyIds !== undefined)) return BOTH_SIDES;
  return ofPolicy === "LABELED" && !isViolating(group) ? null : (undefinedFor ?? null);
}

function isViolating({ policies, policyId }: Group): boolean {
  const read = (count: PolicyCount, name: AuditSum) => readCount(count[name]!, name);
  return policies.some((count) =>
    count.truth === policyId ? read(count, "trulyViolating") > 0 : read(count, "overEnforced") + read(count, "trulyViolating") - read(count, "underEnforced") > 0,
  );
}

/** What audits of one stratum and chance add to a figure; there may be several of a stratum. */
interface StratumSums {
  stratumId: string | null;
  inclusionProbability: number | null;
  inGroup: number;
  /** Audits that count; for a share, what it divides by. */
  n: number;
  x: number;
  denominator: number;
}

function countByStratum(definition: AuditMeasure, group: Group, plan: EstimatePlan, layer: Layer): StratumSums[] {
  const all: StratumSums[] = [];
  const keepsAll = plan.includeProcessErrors || definition.keepsProcessErrors;
  const isEither = definition.ofPolicy === "EITHER";
  const add = (count: AuditCount, part: number, inGroup: Terms | null, denominatorOf: Terms | null, numeratorOf: Terms | null) => {
    if (count.layer !== layer) return;
    const { stratumId, inclusionProbability } = count;
    const sums: StratumSums = { stratumId, inclusionProbability, inGroup: sumOf(inGroup, count), n: 0, x: 0, denominator: 0 };
    all.push(sums);
    if (part === 0 || (count.isProcessError && !keepsAll)) return;
    const denominator = sumOf(denominatorOf, count);
    sums.denominator = denominator * (isEither ? part : 1);
    sums.n = definition.interval === "NONE" ? sumOf(denominatorOf && AUDITS, count) : denominator;
    sums.x = sumOf(numeratorOf, count) * (isEither ? 2 : 1);
  };
  const { numerator, denominator } = definition;
  const right = group.errors.length > 0 ? null : numerator;
  if (definition.ofPolicy) for (const count of group.policies) add(count, sidesOf(definition, count, group.policyId!), AUDITS, denominator, right);
  else for (const count of group.audits) add(count, 1, AUDITS, denominator, right);
  for (const count of group.errors) add(count, 1, null, null, AUDITS);
  return all;
}

const AUDITS: Terms = { audits: 1 };

// How often an audit stands in the denominator of a measure of one policy: as labeled so, as truly so, or for F1 as either.
function sidesOf({ ofPolicy }: AuditMeasure, { label, truth }: PolicyCount, policyId: string): number {
  const [labeled, true_] = [Number(label === policyId), Number(truth === policyId)];
  return ofPolicy === "LABELED" ? labeled : ofPolicy === "TRUE" ? true_ : labeled + true_;
}

function sumOf(terms: Terms | null, count: AuditCount): number {
  let sum = 0;
  for (const name in terms) sum += terms[name as keyof Terms]! * termOf(name as keyof Terms, count);
  return sum;
}

function termOf(name: keyof Terms, count: AuditCount): number {
  if (name === "processErrors") return count.isProcessError ? readCount(count.audits!, "audits") : 0;
  return readCount(count[name]!, name);
}

function ofAll(counts: readonly StratumSums[]): { x: number; n: number; cases: number; denominator: number } {
  const sum = (read: (counts: StratumSums) => number) => counts.reduce((total, each) => total + read(each), 0);
  return { x: sum(({ x }) => x), n: sum(({ n }) => n), cases: sum(({ inGroup }) => inGroup), denominator: sum(({ denominator }) => denominator) };
}

// All audits as one stratum of itself, so that each stands for itself alone.
function whole(counts: readonly StratumSums[]): RatioCounts {
  const { x, n, cases, denominator } = ofAll(counts);
  return { runId: "", stratumId: "", stratumKey: "", frameSize: cases, audited: cases, voided: 0, inGroup: cases, n, x, denominator };
}

// A stratum without an audit leaves a gap in a group if it may hold some of the group's decisions: its run has audits in the group, or
// (in a period of decisions) its window and frame admit them.
function coverageOf(runs: Runs, group: Group, plan: EstimatePlan, layer: Layer, isOfTruth: boolean): number {
  if (runs.length === 0) return 1;
  const runIds = new Set([...group.audits, ...group.policies].map(({ runId }) => runId));
  const about = intersectReach(plan.reach, reachOfGroup(plan.groupBy, group.keys));
  const reach = isOfTruth ? { ...about, policyIds: undefined } : about;
  const { from, to } = spanOfGroup(plan.groupBy, group.keys, plan.period);
  const mayHold = (run: Runs[number]) => run.windowFrom < to && run.windowTo > from && canMeet(run.about, reach);
  return shareCovered(runs.filter((run) => run.layer === layer && (runIds.has(run.runId) || (plan.isByDecision && mayHold(run)))));
}
