import { SLACK } from "./arithmetic.ts";

/** What the sums measure from, the slack per point (half the shift to be found), and the sum above which they signal. */
export type CusumOptions = { target: number; k: number; h: number };

/** What has piled up above and below the target after each point. */
export type CusumPoint = { high: number; low: number; isSignal: boolean };

/**
 * The tabular CUSUM (Page 1954; NIST/SEMATECH 6.3.2.3): S⁺ = max(0, S⁺ + x - target - k), S⁻ likewise below, a signal while either is
 * over h. It isn't reset by a signal, so that the chart shows for how long. A null adds nothing.
 */
export function tabularCusum(values: readonly (number | null)[], { target, k, h }: CusumOptions): CusumPoint[] {
  if (!(k >= 0 && h > 0)) throw new RangeError(`not a slack and a limit: ${k}, ${h}`);
  let [high, low] = [0, 0];
  return values.map((value) => {
    if (value !== null) {
      high = Math.max(0, high + value - target - k);
      low = Math.max(0, low + target - value - k);
    }
    return { high, low, isSignal: high > h + SLACK || low > h + SLACK };
  });
}

/** The error rate that is good, the one to be found (double of it if absent), and the sum that signals. */
export type BernoulliCusumOptions = { p0: number; p1?: number; h?: number };

/** The sum after each case; where it signals it is that which did, and the next case starts from 0. */
export type BernoulliPoint = { sum: number; isSignal: boolean };

/**
 * The Bernoulli CUSUM over single cases in time order (Reynolds & Stoumbos 1999): the log likelihood ratio of p1 against p0, never below
 * 0, a signal at h or more. It needs no subgroups, so it notices a labeler's change after a few errors.
 */
export function bernoulliCusum(errors: Iterable<boolean>, { p0, p1 = 2 * p0, h = 4 }: BernoulliCusumOptions): BernoulliPoint[] {
  if (!(p0 > 0 && p0 < p1 && p1 < 1 && h > 0)) throw new RangeError(`not two rates in order and a limit: ${p0}, ${p1}, ${h}`);
  const [onError, onRight] = [Math.log(p1 / p0), Math.log1p(-p1) - Math.log1p(-p0)];
  let last: BernoulliPoint = { sum: 0, isSignal: false };
  return Array.from(errors, (isError) => {
    const sum = Math.max(0, (last.isSignal ? 0 : last.sum) + (isError ? onError : onRight));
    return (last = { sum, isSignal: sum >= h - SLACK });
  });
}
