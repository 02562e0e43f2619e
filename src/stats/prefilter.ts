import { binomialCdf } from "./distributions.ts";

/** The chance that a prefiltered draw comes up short. Whoever prefilters must still count, and order the whole stratum if it did. */
const SHORT_CHANCE = 1e-12;
const STEPS = 40;

/**
 * The smallest part of a stratum of `frameSize` that surely (but for a chance of 1e-12) holds its first `n` in draw order, as a bound on
 * `keyFraction`. Keys are as good as uniform, so the number below a bound is binomial. A draw of 90,000 from 3,000,000 then orders 92,000.
 */
export function prefilterFraction(frameSize: number, n: number): number {
  if (!(Number.isSafeInteger(n) && n >= 0 && n <= frameSize)) throw new RangeError(`${n} drawn of ${frameSize}`);
  if (n === 0) return 0;
  let [unsafe, safe] = [n / frameSize, 1];
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (unsafe + safe) / 2;
    if (binomialCdf(n - 1, frameSize, middle) <= SHORT_CHANCE) safe = middle;
    else unsafe = middle;
  }
  return safe;
}
