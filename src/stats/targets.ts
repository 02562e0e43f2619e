import type { Limits } from "./proportions.ts";

/** BELOW: worse than the target beyond doubt. AT_RISK: worse as measured. MET: as good or better. */
export const TARGET_STATUSES = ["BELOW", "AT_RISK", "MET"] as const;
export type TargetStatus = (typeof TARGET_STATUSES)[number];

/** A target, and how many cases it takes to be held to it. */
export type HeldTarget = { value: number; nMin: number; isLowerBetter: boolean };

const SLACK = 1e-12;

/**
 * Where a figure stands against its target (`metrics.md` section 8); mirrored where lower is better. Null with fewer cases than the target
 * asks for. Without an interval nothing is beyond doubt.
 */
export function targetStatus(figure: { value: number | null; interval: Limits | null; n: number }, { value: target, nMin, isLowerBetter }: HeldTarget): TargetStatus | null {
  if (figure.value === null || figure.n < nMin) return null;
  const sign = isLowerBetter ? -1 : 1;
  const best = figure.interval && (isLowerBetter ? figure.interval.low : figure.interval.high);
  if (best !== null && sign * best < sign * target - SLACK) return "BELOW";
  return sign * figure.value < sign * target - SLACK ? "AT_RISK" : "MET";
}
