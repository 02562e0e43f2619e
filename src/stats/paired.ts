import { type Count, readCount } from "./counts.ts";
import { binomialCdf } from "./distributions.ts";
import { type Limits, wilson } from "./proportions.ts";

/** Items that two raters both judged, by who was right. */
export type PairedCounts = { bothRight: Count; leftOnly: Count; rightOnly: Count; neither: Count };

export type PairedDifference = {
  n: number;
  /** Share of items that each had right, and left minus right; null without items. */
  left: number | null;
  right: number | null;
  difference: number | null;
  /** 95 %, by Newcombe's method 10 for paired proportions (1998b): Wilson limits joined with the correlation of the pairs. */
  interval: Limits | null;
  /** Two-sided exact McNemar test: how likely so uneven a split of the items on which they differ is, were both equally good. */
  pValue: number | null;
};

/** How two raters compare on the same items. Much sharper than two separate rates, since hard items are hard for both. */
export function comparePaired(counts: PairedCounts): PairedDifference {
  const [a, b, c, d] = [
    readCount(counts.bothRight, "bothRight"), readCount(counts.leftOnly, "leftOnly"), readCount(counts.rightOnly, "rightOnly"),
    readCount(counts.neither, "neither"),
  ];
  const n = a + b + c + d;
  if (n === 0) return { n, left: null, right: null, difference: null, interval: null, pValue: null };
  const [left, right] = [(a + b) / n, (a + c) / n];
  const difference = (b - c) / n;
  const [l1, l2] = [wilson(left, n), wilson(right, n)];
  const phi = correlation(a, b, c, d);
  const reach = (one: number, other: number) => Math.sqrt(Math.max(0, one * one - 2 * phi * one * other + other * other));
  const low = Math.max(-1, difference - reach(left - l1.low, l2.high - right));
  const high = Math.min(1, difference + reach(l1.high - left, right - l2.low));
  return { n, left, right, difference, interval: { low, high }, pValue: mcNemar(b, c) };
}

// Phi of the 2 x 2 table, with Newcombe's correction for continuity where it is positive; 0 where a margin is empty.
function correlation(a: number, b: number, c: number, d: number): number {
  const margins = (a + b) * (c + d) * (a + c) * (b + d);
  if (margins === 0) return 0;
  const cross = a * d - b * c;
  const corrected = cross > 0 ? Math.max(cross - (a + b + c + d) / 2, 0) : cross;
  return corrected / Math.sqrt(margins);
}

function mcNemar(b: number, c: number): number {
  return Math.min(1, 2 * binomialCdf(Math.min(b, c), b + c, 0.5));
}
