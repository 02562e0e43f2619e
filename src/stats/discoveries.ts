import { SLACK } from "./arithmetic.ts";

/** A p-value adjusted for how many were tested, and whether it counts as found. */
export type Discovery = { adjusted: number; isRejected: boolean };

/**
 * Which of many hypotheses to reject so that of all rejections a share of `q` at most is wrong on average (Benjamini & Hochberg 1995), in
 * the order given, with adjusted p-values: a hypothesis is rejected where its own is at most `q`.
 */
export function discoveries(pValues: readonly number[], q = 0.05): Discovery[] {
  const order = pValues.map((p, index) => ({ p, index })).sort((a, b) => b.p - a.p);
  const result = new Array<Discovery>(pValues.length);
  let least = 1;
  for (const [above, { p, index }] of order.entries()) {
    if (!(p >= 0 && p <= 1)) throw new RangeError(`not a probability: ${p}`);
    least = Math.min(least, p * (pValues.length / (pValues.length - above)));
    result[index] = { adjusted: least, isRejected: least <= q + SLACK };
  }
  return result;
}
