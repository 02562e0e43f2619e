import { SLACK } from "./arithmetic.ts";
import { controlChart, type Subgroup } from "./control.ts";
import type { Limits } from "./proportions.ts";
import type { JudgedPoint } from "./runs.ts";

/** The weight of the newest value, the width of the limits in standard deviations, and whether these are those of a long run at once. */
export type EwmaOptions = { lambda?: number; width?: number; isAsymptotic?: boolean };

/** The moving average with its limits after each point; null where the point had no value. */
export type EwmaPoint = { value: number | null; low: number | null; high: number | null; isSignal: boolean };

const NONE: EwmaPoint = { value: null, low: null, high: null, isSignal: false };

/**
 * An exponentially weighted moving average from the centre on (Roberts 1959), with limits from its exact variance λ²Σ(1-λ)^{2(t-i)}σ_i²,
 * or from the asymptotic σ²λ/(2-λ). Sees small shifts that a Shewhart chart takes long to see.
 */
export function ewma(points: readonly JudgedPoint[], center: number, options: EwmaOptions & { within?: Limits } = {}): EwmaPoint[] {
  const { lambda = 0.2, width = 2.86, isAsymptotic = false, within = { low: -Infinity, high: Infinity } } = options;
  if (!(lambda > 0 && lambda <= 1)) throw new RangeError(`not a weight above 0 and up to 1: ${lambda}`);
  let [value, variance] = [center, 0];
  return points.map((point) => {
    if (point.value === null || point.sigma === null) return NONE;
    value = lambda * point.value + (1 - lambda) * value;
    variance = (1 - lambda) ** 2 * variance + (lambda * point.sigma) ** 2;
    const half = width * Math.sqrt(isAsymptotic ? (point.sigma ** 2 * lambda) / (2 - lambda) : variance);
    const [low, high] = [Math.max(within.low, center - half), Math.min(within.high, center + half)];
    return { value, low, high, isSignal: value > high + SLACK || value < low - SLACK };
  });
}

/** The moving average of rates around the pooled rate of the baseline (the subgroups themselves if absent), limits cut to [0,1]. */
export function ewmaOfRates(
  subgroups: readonly Subgroup[],
  { baseline, ...options }: EwmaOptions & { baseline?: readonly Subgroup[] } = {},
): { center: number | null; points: EwmaPoint[] } {
  const { center, points } = controlChart(subgroups, { baseline, kind: "P" });
  if (center === null) return { center, points: points.map(() => NONE) };
  return { center, points: ewma(points, center, { ...options, within: { low: 0, high: 1 } }) };
}
