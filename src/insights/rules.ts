import { InvalidInput } from "../core/errors.ts";
import type { EstimatePlan } from "../measures/estimates.rules.ts";
import type { Group } from "../measures/groups.rules.ts";
import type { AuditCount } from "../reach/sources.table.ts";
import { pool } from "../stats/cells.ts";
import { readCount } from "../stats/counts.ts";
import { effectiveSize } from "../stats/proportions.ts";
import { weighCounts } from "../stats/strata.ts";

/** What errors are told apart by. */
export const ERROR_CLASSES = ["ERROR_CODE", "CRITERION", "ERROR_CAUSE", "ERROR_TYPE"] as const;
export type ErrorClass = (typeof ERROR_CLASSES)[number];

/** The errors of one class. */
export interface ClassErrors {
  key: string;
  /** Audits with such an error. */
  audits: number;
  /** The same, each by its weight. */
  weight: number;
}

/** A class among all: its share of the mentions of errors, and that of it and all before it. */
export type Ranked<Class extends ClassErrors> = Class & { share: number; cumulativeShare: number };

/** The classes that stand behind the most frequent ones. */
export interface ParetoRest {
  classes: number;
  share: number;
}

/**
 * Classes of errors from the heaviest on, and what is left behind the first `top` of them. Shares are of all mentions, since an audit counts
 * in every class it has: so they add to 1, whatever overlaps. Of equals the one with more audits comes first, then the smaller key.
 */
export function paretoOf<Class extends ClassErrors>(classes: readonly Class[], top: number): { rows: Ranked<Class>[]; rest: ParetoRest | null } {
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const sorted = classes.filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || b.audits - a.audits || compare(a.key, b.key));
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  let before = 0;
  const ranked = sorted.map((each, index) => {
    before += each.weight;
    return { ...each, share: each.weight / total, cumulativeShare: index === sorted.length - 1 ? 1 : before / total };
  });
  const rows = ranked.slice(0, top);
  const others = ranked.slice(top);
  return { rows, rest: others.length === 0 ? null : { classes: others.length, share: others.reduce((sum, { share }) => sum + share, 0) } };
}

const MAX_TOP = 200;

/** Refuses a number of classes that no list holds. */
export function checkTop(top: number): void {
  if (top >= 1 && top <= MAX_TOP) return;
  throw new InvalidInput(`top: ${top} is out of range; ask for 1 to ${MAX_TOP} classes.`, ["top"]);
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MAX_DAYS = 366;

/** A stretch of decision times; `to` is exclusive. */
export interface Window {
  from: Date;
  to: Date;
}

/** What is set side by side around the start of a policy version. */
export interface ImpactWindows {
  before: Window;
  after: Window;
  /** Until when a decision right under the previous version was no error. */
  graceUntil: Date;
  /** False while the time after has not passed yet. */
  isComplete: boolean;
}

/** The same number of days, of 24 hours each, before and after a version took effect; the second as far as it has come. */
export function impactWindows(version: { effectiveFrom: Date | null; graceHours: number }, days: number, now: Date): ImpactWindows {
  if (days < 1 || days > MAX_DAYS) throw new InvalidInput(`days: ${days} is out of range; ask for 1 to ${MAX_DAYS}.`, ["days"]);
  const start = version.effectiveFrom;
  if (start === null || start >= now) {
    throw new InvalidInput("policyVersionId: this version has not taken effect yet; ask when it has.", ["policyVersionId"]);
  }
  const end = new Date(start.getTime() + days * DAY_MS);
  return {
    before: { from: new Date(start.getTime() - days * DAY_MS), to: start },
    after: { from: start, to: end < now ? end : now },
    graceUntil: new Date(start.getTime() + version.graceHours * HOUR_MS),
    isComplete: end <= now,
  };
}

/** How much a group's audits tell, and of how many decisions. */
export interface Weight {
  n: number;
  /** How many equally weighted audits would tell as much, (Σw)² / Σw² (Kish 1965). */
  effectiveN: number;
  /** Σw, the decisions of frames that they stand for; null where no audit has a chance to be drawn. */
  population: number | null;
}

/** The audits of a group that figures count: of the layer, without those that the process answers for unless these are asked for. */
export function countedOf(counts: readonly AuditCount[], { layer, includeProcessErrors }: EstimatePlan): AuditCount[] {
  return counts.filter((count) => count.layer === layer && (includeProcessErrors || !count.isProcessError));
}

/** How many audits these are. */
export function sizeOf(counts: readonly AuditCount[]): number {
  return counts.reduce((sum, { audits }) => sum + readCount(audits!, "audits"), 0);
}

/** How many of these audits found an error. */
export function errorsIn(counts: readonly AuditCount[]): number {
  return sizeOf(counts) - counts.reduce((sum, { correct }) => sum + readCount(correct!, "correct"), 0);
}

/** What a group's audits weigh, by the weights that estimates have. */
export function weightOf(group: Group, plan: EstimatePlan): Weight {
  const byLayer = plan.groupBy.indexOf("LAYER");
  const layer = byLayer < 0 ? plan.layer : (group.keys[byLayer] as EstimatePlan["layer"]);
  const counts = countedOf(group.audits, { ...plan, layer });
  const n = sizeOf(counts);
  if (!plan.isWeighted || n === 0) return { n, effectiveN: n, population: null };
  const strata = new Map(plan.strata.map((stratum) => [stratum.stratumId, stratum]));
  const drawn = counts.map(({ stratumId, inclusionProbability, audits }) =>
    ({ ...strata.get(stratumId ?? "")!, inclusionProbability, inGroup: audits!, n: audits!, x: 0 }));
  const [first, ...rest] = weighCounts(drawn).cells;
  const { weight, weightSum, squaredWeightSum } = pool([first!, ...rest]);
  return { n, effectiveN: weight === null ? effectiveSize(weightSum, squaredWeightSum) : n, population: weightSum };
}
