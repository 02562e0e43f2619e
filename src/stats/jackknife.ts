import { type Limits, Z_95 } from "./proportions.ts";

/** What an estimate would be without one of `times` items that are alike; null where it would be undefined. */
export type LeftOut = { value: number | null; times: number };

const MIN_ITEMS = 3;

/**
 * The 95 % interval of an estimate over items by leaving out one at a time (Quenouille, Tukey 1958): se² = (n-1)/n · Σ(θ_i - θ̄)², cut to
 * what the estimate can be. Null under three items, and where the estimate hangs on a single one of them.
 */
export function jackknifeInterval(value: number, leftOut: readonly LeftOut[], { low, high }: Limits = { low: -1, high: 1 }): Limits | null {
  let [n, total] = [0, 0];
  for (const each of leftOut) {
    if (each.value === null) return null;
    n += each.times;
    total += each.times * each.value;
  }
  if (n < MIN_ITEMS) return null;
  const mean = total / n;
  const spread = leftOut.reduce((sum, each) => sum + each.times * (each.value! - mean) ** 2, 0);
  const half = Z_95 * Math.sqrt(((n - 1) / n) * spread);
  return { low: Math.max(low, value - half), high: Math.min(high, value + half) };
}
