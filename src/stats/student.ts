import { betaPoint, betaTails, checkShape } from "./beta.ts";

/** What a variable of Student's t distribution stays below with probability `p`; `df` need not be whole. */
export function tQuantile(p: number, df: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`not a probability strictly between 0 and 1: ${p}`);
  checkShape({ a: df / 2, b: 0.5 });
  if (p === 0.5) return 0;
  const tail = Math.min(p, 1 - p);
  const { y, logX } = betaPoint({ a: df / 2, b: 0.5 }, 2 * tail, 1 - 2 * tail);
  return Math.sign(p - 0.5) * Math.sqrt(df * y) * Math.exp(-logX / 2);
}

/** The chance that a variable of Student's t distribution stays below t. */
export function tCdf(t: number, df: number): number {
  checkShape({ a: df / 2, b: 0.5 });
  const square = (t / df) * t;
  const tail = betaTails({ a: df / 2, b: 0.5 }, 1 / (1 + square), square === Infinity ? 1 : square / (1 + square)).below / 2;
  return t < 0 ? tail : 1 - tail;
}
