import { readCount } from "../stats/counts.ts";
import { type Estimate, plainRate } from "../stats/estimation.ts";
import type { DecisionMeasure, ShareMeasure, TimeMeasure } from "./definitions.rules.ts";
import type { Group } from "./groups.rules.ts";
import type { Measure } from "./measures.rules.ts";

/** A figure without what it is of. */
export type CaseFigure = Omit<Estimate, "reason"> & { reason: Estimate["reason"] | "NO_HOURS" | null };

/** A figure of nothing. */
export const NOTHING = { value: null, numerator: 0, denominator: 0, n: 0, weighted: false, interval: null, reason: "NO_DATA" } as const;
/** What a figure that can't be told hasn't. */
export const EXCLUDED = { value: null, numerator: null, denominator: null, interval: null };
/** A group with fewer audits than this has no rank. */
export const ENOUGH_AUDITS = 30;

function casesOf(measure: Measure, { shares }: Group, name: "n" | "x"): number {
  return shares.reduce((total, count) => (count.measure === measure ? total + readCount(count[name], name) : total), 0);
}

/** A percentile of how long the cases of a group took. */
export function ofTimes({ times, percentile }: TimeMeasure, { times: counted }: Group): CaseFigure {
  const own = counted.find((count) => count.times === times);
  const n = own ? readCount(own.n, "n") : 0;
  if (n === 0) return NOTHING;
  return { ...NOTHING, ...EXCLUDED, value: (percentile === 50 ? own!.p50! : own!.p90!) / 60, n, reason: null };
}

/** How many cases a group has: none where there are none, since a count has no denominator that could be empty. */
export function ofCount(measure: Measure, group: Group): CaseFigure {
  const n = casesOf(measure, group, "n");
  return { ...NOTHING, ...EXCLUDED, value: n, numerator: n, n, reason: null };
}

/** The share of a group's cases that hit, without weights. */
export function ofShares(measure: Measure, { interval }: ShareMeasure, group: Group): CaseFigure {
  const sum = (name: "n" | "x") => casesOf(measure, group, name);
  const rate = plainRate({ n: sum("n"), x: sum("x") });
  return interval === "NONE" ? { ...rate, interval: null } : rate;
}

/** What decisions of a group tell without a judgement; a labeler is covered from so many audits on. */
export function ofDecisions({ reads }: DecisionMeasure, { decisions: [counted], labelers }: Group, labelerMinAudits: number): CaseFigure {
  if (reads === "LABELERS") {
    const ids = new Set(labelers.flatMap(({ hasDecisions, labelerId }) => (hasDecisions ? [labelerId] : [])));
    const audited = new Map<string, number>();
    for (const { labelerId, audits } of labelers) audited.set(labelerId, (audited.get(labelerId) ?? 0) + readCount(audits, "audits"));
    return ratioOf([...ids].filter((id) => audited.get(id)! >= labelerMinAudits).length, ids.size, ids.size);
  }
  if (!counted) return NOTHING;
  const [decisions, handled] = [readCount(counted.decisions, "decisions"), readCount(counted.handled, "handled")];
  if (decisions === 0) return NOTHING;
  if (reads === "OUTPUT") return { ...NOTHING, numerator: decisions, denominator: null, n: decisions, reason: "NO_HOURS" };
  if (reads === "COVERAGE") return ratioOf(readCount(counted.audited, "audited"), decisions, decisions);
  if (handled === 0) return { ...NOTHING, reason: "ZERO_DENOMINATOR" };
  if (reads === "HANDLE_MEAN") return ratioOf(readCount(counted.handleMilliseconds, "handleMilliseconds") / 1000, handled, handled);
  return { ...NOTHING, ...EXCLUDED, value: reads === "HANDLE_P50" ? counted.handleP50 : counted.handleP90, n: handled, reason: null };
}

function ratioOf(numerator: number, denominator: number, n: number): CaseFigure {
  return denominator === 0 ? NOTHING : { value: numerator / denominator, numerator, denominator, n, weighted: false, interval: null, reason: null };
}
