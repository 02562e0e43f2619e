export const INTERVAL_METHODS = [
  "WILSON", "WILSON_FPC", "WILSON_KISH", "MOVER_WILSON", "MOVER_WILSON_FPC", "MOVER_DIFFERENCE", "JACKKNIFE",
] as const;
export type IntervalMethod = (typeof INTERVAL_METHODS)[number];

export type Limits = { low: number; high: number };
export type Interval = Limits & { level: number; method: IntervalMethod };

/** The normal quantile of a two-sided 95 % interval. */
export const Z_95 = 1.959963984540054;

/** Limits hold `p` and stay in 0..1, whatever rounding did: the lower one is exactly 0 at p = 0, the upper one exactly 1 at p = 1. */
function around(p: number, low: number, high: number): Limits {
  return { low: Math.max(0, Math.min(low, p)), high: Math.min(1, Math.max(high, p)) };
}

/**
 * Wilson's score interval (Wilson 1927) of a share `p` seen in `n` cases; `n` may be an effective size, so it need not be whole.
 * Exactly 0 below at p = 0 and exactly 1 above at p = 1.
 */
export function wilson(p: number, n: number, z: number = Z_95): Limits {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`not a share: ${p}`);
  if (!(n > 0 && Number.isFinite(n))) throw new RangeError(`not a sample size: ${n}`);
  const perCase = (z * z) / n;
  const centre = (p + perCase / 2) / (1 + perCase);
  const half = (z / (1 + perCase)) * Math.sqrt((p * (1 - p)) / n + perCase / (4 * n));
  return around(p, centre - half, centre + half);
}

/**
 * Wilson with the finite population correction n* = n(N-1)/(N-n): the more of the population is seen, the less is left to guess, and
 * a census leaves nothing.
 */
export function wilsonOfPopulation(p: number, n: number, population: number, z: number = Z_95): Limits {
  if (n >= population) return { low: p, high: p };
  return wilson(p, (n * (population - 1)) / (population - n), z);
}

/** Kish's effective size (Σw)² / Σw²: how many equally weighted cases would tell as much. */
export function effectiveSize(weightSum: number, squaredWeightSum: number): number {
  return (weightSum * weightSum) / squaredWeightSum;
}

export type Part = Limits & { p: number; share: number };

/**
 * Limits of a sum of independent shares by the method of variance estimates recovery (Zou & Donner 2008): each part brings its own
 * asymmetric limits, so small and lopsided parts keep their coverage where a plug-in variance would be near zero.
 */
export function combineParts(p: number, parts: readonly Part[]): Limits {
  let below = 0;
  let above = 0;
  for (const part of parts) {
    below += (part.share * (part.p - part.low)) ** 2;
    above += (part.share * (part.high - part.p)) ** 2;
  }
  return around(p, p - Math.sqrt(below), p + Math.sqrt(above));
}
