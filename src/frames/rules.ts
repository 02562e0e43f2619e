import { Conflict, InvalidInput } from "../core/errors.ts";
import type { FrameFilter, SamplingPlanRow, StratumDimension } from "../plans/table.ts";

/** Decisions made from `from` (inclusive) to `to` (exclusive). */
export interface Window {
  from: Date;
  to: Date;
}

/** A window from an earlier to a later time. */
export function checkOrder(from: Date, to: Date): void {
  if (from >= to) throw new InvalidInput(`windowTo: ${to.toISOString()} must be after windowFrom.`, ["windowTo"]);
}

/** What says which decisions are in a frame, and which parts it has. */
export interface FrameSpec extends Window {
  projectId: string;
  purpose: SamplingPlanRow["purpose"];
  method: SamplingPlanRow["method"];
  frame: FrameFilter;
  frameCovers: SamplingPlanRow["frameCovers"];
  strataBy: readonly StratumDimension[];
}

/** The frame of a plan in a window. */
export function specOfPlan(plan: SamplingPlanRow, window: Window): FrameSpec {
  const { projectId, purpose, method, frame, frameCovers, strataBy } = plan;
  return { projectId, purpose, method, frame, frameCovers, strataBy, ...window };
}

/** What the decisions of a stratum have in common: ids of rows, codes or words; null where they have none. */
export type StratumValues = Partial<Record<StratumDimension, string | null>>;

/** The key by which a plan's strata are pooled over its runs: the plan's id, and the values where there are several. */
export function stratumKey(planId: string, strataBy: readonly StratumDimension[], values: StratumValues): string {
  const named = strataBy.map((dimension) => `${dimension}=${encodeURIComponent(values[dimension] ?? "")}`);
  return named.length === 0 ? planId : `${planId}:${named.join(",")}`;
}

/** What tells the strata of a frame apart in SQL: all values as one text. */
export function codeOf(strataBy: readonly StratumDimension[], values: StratumValues): string {
  return strataBy.map((dimension) => values[dimension] ?? "").join("\n");
}

const MAX_STRATA = 10_000;
const MAX_PROPORTIONAL = 100_000;

/** At most 10,000 strata a frame; and 100,000 decisions where chances follow the risk score, since all of these are weighed at once. */
export function checkFrameSize({ method }: Pick<FrameSpec, "method">, strata: number, size: number): void {
  if (strata > MAX_STRATA) {
    throw new Conflict(`The frame has more than ${MAX_STRATA} strata; stratify by fewer dimensions, or narrow the frame.`, ["windowTo"]);
  }
  if (method !== "PPS" || size <= MAX_PROPORTIONAL) return;
  throw new Conflict(`The frame has over ${MAX_PROPORTIONAL} decisions, too many for method PPS. Take shorter windows.`, ["windowTo"]);
}

const MAX_SAMPLES = 200_000;

/** At most 200,000 samples a run, all of which are written in one transaction. */
export function checkSampleSize(n: number): void {
  if (n <= MAX_SAMPLES) return;
  throw new Conflict(`The draw would take ${n} samples; one run takes at most ${MAX_SAMPLES}. Take shorter windows.`, ["windowTo"]);
}

const RESERVED_SHARE = 0.2;
const LEAST_RESERVED = 5;

/** How many of a stratum are kept to replace void samples: a fifth of the sample and five more, as far as there are. */
export function reserveSize(n: number, frameSize: number): number {
  return n === 0 ? 0 : Math.min(frameSize - n, Math.ceil(RESERVED_SHARE * n) + LEAST_RESERVED);
}
