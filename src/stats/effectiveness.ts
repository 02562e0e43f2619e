import { SLACK } from "./arithmetic.ts";
import { moverDifference } from "./mover.ts";
import type { Limits } from "./proportions.ts";

/** An error rate with its limits of 90 %. */
export type JudgedRate = { value: number; interval: Limits };

/** What is known of an error rate before a correction and in the check window after it, and what it should come down to. */
export type EffectivenessInput = { baseline: JudgedRate | null; check: JudgedRate | null; checkN: number; nMin: number; target: number };

export const EFFECTIVENESS = ["EFFECTIVE", "NOT_EFFECTIVE", "INCONCLUSIVE"] as const;
export type Effectiveness = (typeof EFFECTIVENESS)[number];

/** The level of the limits by which a correction is judged: one that did nothing is called effective once in twenty times at most. */
export const EFFECTIVENESS_LEVEL = 0.9;

/** The verdict, and how much the rate rose, negative if it fell; null where one of them is unknown. */
export type EffectivenessVerdict = { verdict: Effectiveness; difference: JudgedRate | null };

/**
 * Whether a correction helped (`metrics.md` section 8): not known while there is too little to see; not if the rate is still over its
 * target; and else only if the upper limit of the rise from baseline to check window is below 0.
 */
export function effectivenessOf({ baseline, check, checkN, nMin, target }: EffectivenessInput): EffectivenessVerdict {
  if (!baseline || !check) return { verdict: "INCONCLUSIVE", difference: null };
  const difference = { value: check.value - baseline.value, interval: moverDifference(check, baseline) };
  if (checkN < nMin) return { verdict: "INCONCLUSIVE", difference };
  if (check.value > target + SLACK) return { verdict: "NOT_EFFECTIVE", difference };
  return { verdict: difference.interval.high < -SLACK ? "EFFECTIVE" : "INCONCLUSIVE", difference };
}
