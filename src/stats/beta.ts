import { continuedFraction } from "./fraction.ts";
import type { Limits } from "./proportions.ts";
import { deviance, HALF_LOG_2PI, stirlingError } from "./stirling.ts";
import { pointOf, type Tails } from "./tails.ts";

export type BetaShape = { a: number; b: number };

/** Refuses shapes that make no beta distribution. */
export function checkShape({ a, b }: BetaShape): void {
  if (!(a > 0 && b > 0 && Number.isFinite(a + b))) throw new RangeError(`not shapes above 0: ${a}, ${b}`);
}

/**
 * The beta distribution at x, where y is 1 - x: the regularized incomplete beta function by the continued fraction of
 * Didonato & Morris (1992), which, unlike the plainer DLMF 8.17.22, loses nothing where one shape is huge.
 */
export function betaTails({ a, b }: BetaShape, x: number, y: number): Tails {
  if (!(x > 0)) return { below: 0, above: 1, density: 0 };
  if (!(y > 0)) return { below: 1, above: 0, density: 0 };
  if (x > (a + 1) / (a + b + 2)) {
    const { below, above, density } = betaTails({ a: b, b: a }, y, x);
    return { below: above, above: below, density };
  }
  // x^a y^b / B(a, b)
  const first = Math.exp(logScale({ a, b }) - deviance(a, (a + b) * x) - deviance(b, (a + b) * y));
  const fraction = continuedFraction((a * (a * y - b * x + 1)) / (a + 1), (m) => {
    const at = a + 2 * m;
    return [
      (((a + m - 1) / (at - 1)) * ((a + b + m - 1) / (at - 1))) * m * (b - m) * x * x,
      m + (m * (b - m) * x) / (at - 1) + ((a + m) / (at + 1)) * (a * y - b * x + 1 + m * (1 + y)),
    ];
  });
  const below = Math.min(1, first / fraction);
  return { below, above: 1 - below, density: first / (x * y) };
}

// The logarithm of √(ab / 2π(a+b)) and of what Stirling's formula leaves out of 1 / B(a, b).
function logScale({ a, b }: BetaShape): number {
  return stirlingError(a + b) - stirlingError(a) - stirlingError(b) - HALF_LOG_2PI + 0.5 * (Math.log(a) + Math.log(b) - Math.log(a + b));
}

/** log(a·B(a, b)): where x is tiny, the share below it is x^a over this. */
function logScaledBeta(shape: BetaShape): number {
  const { a, b } = shape;
  return Math.log(a) - logScale(shape) + a * Math.log(a / (a + b)) - b * Math.log1p(a / b);
}

/** A point of a beta distribution as x, as y = 1 - x, and as log x, each as exact as it can be: x may be too small for a number. */
export type BetaPoint = { x: number; y: number; logX: number };

const NEGLIGIBLE = Math.log(1e-30);

/** The point with the shares `p` below and `q` above. */
export function betaPoint(shape: BetaShape, p: number, q: number): BetaPoint {
  checkShape(shape);
  const { a, b } = shape;
  const logX = (Math.log(p) + logScaledBeta(shape)) / a;
  if (logX + Math.log(Math.max(1, b)) < NEGLIGIBLE) return { x: Math.exp(logX), y: 1, logX };
  if (betaTails(shape, 0.5, 0.5).below < p) {
    const y = fromZero({ a: b, b: a }, q, p);
    return { x: 1 - y, y, logX: Math.log1p(-y) };
  }
  const x = fromZero(shape, p, q);
  return { x, y: 1 - x, logX: Math.log(x) };
}

// The point where it is at most one half.
function fromZero(shape: BetaShape, p: number, q: number): number {
  const { a, b } = shape;
  const start = p > 1e-3 ? a / (a + b) : Math.exp((Math.log(p) + logScaledBeta(shape)) / a);
  return pointOf(p, q, Math.min(start, 0.5), (x) => (x < 1 ? betaTails(shape, x, 1 - x) : { below: 1, above: 0, density: 0 }));
}

/** The chance that a beta variable stays below x. */
export function betaCdf(x: number, shape: BetaShape): number {
  checkShape(shape);
  return betaTails(shape, x, 1 - x).below;
}

/** What a beta variable stays below with probability `p`. */
export function betaQuantile(p: number, shape: BetaShape): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`not a probability strictly between 0 and 1: ${p}`);
  return betaPoint(shape, p, 1 - p).x;
}

/**
 * The exact interval of Clopper & Pearson (1934): never covers less than it says, so often more. Wilson's is ours; this one is for limits
 * that must hold.
 */
export function clopperPearson(x: number, n: number, level = 0.95): Limits {
  if (!(Number.isSafeInteger(x) && Number.isSafeInteger(n) && x >= 0 && x <= n && n > 0)) throw new RangeError(`not cases: ${x} of ${n}`);
  const tail = (1 - level) / 2;
  return {
    low: x === 0 ? 0 : betaQuantile(tail, { a: x, b: n - x + 1 }),
    high: x === n ? 1 : 1 - betaQuantile(tail, { a: n - x, b: x + 1 }),
  };
}
