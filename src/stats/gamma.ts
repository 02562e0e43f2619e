import { continuedFraction } from "./fraction.ts";
import { deviance, HALF_LOG_2PI, stirlingError } from "./stirling.ts";
import { pointOf, type Tails } from "./tails.ts";

/** The gamma distribution of this shape at x: the regularized P and Q by series or continued fraction, whichever is fast (DLMF 8.7, 8.9). */
export function gammaTails(shape: number, x: number): Tails {
  if (!(shape > 0 && Number.isFinite(shape))) throw new RangeError(`not a shape above 0: ${shape}`);
  if (!(x > 0)) return { below: 0, above: 1, density: 0 };
  if (x === Infinity) return { below: 1, above: 0, density: 0 };
  // x^a e^-x / Γ(a + 1)
  const first = Math.exp(-stirlingError(shape) - deviance(shape, x) - HALF_LOG_2PI - 0.5 * Math.log(shape));
  const density = (first * shape) / x;
  if (x < shape + 1) {
    let [sum, term] = [1, 1];
    for (let k = 1; term > sum * 1e-17; k += 1) {
      term *= x / (shape + k);
      sum += term;
    }
    const below = Math.min(1, first * sum);
    return { below, above: 1 - below, density };
  }
  const fraction = continuedFraction(x + 1 - shape, (step) => [-step * (step - shape), x + 2 * step + 1 - shape]);
  const above = Math.min(1, (first * shape) / fraction);
  return { below: 1 - above, above, density };
}

// So near 0 the share below x is x^a / Γ(a + 1) to the last bit.
const NEGLIGIBLE = 1e-30;

/** The point of a gamma distribution with the shares `p` below and `q` above. */
export function gammaPoint(shape: number, p: number, q: number): number {
  const logGamma = stirlingError(shape) + shape * (Math.log(shape) - 1) + HALF_LOG_2PI + 0.5 * Math.log(shape);
  const fromZero = Math.exp((Math.log(p) + logGamma) / shape);
  if (fromZero < NEGLIGIBLE) return fromZero;
  return pointOf(p, q, shape > 1 && p > 1e-3 ? shape : fromZero, (x) => gammaTails(shape, x));
}

/** The chance that a chi-square variable stays below x. */
export function chiSquareCdf(x: number, df: number): number {
  return gammaTails(df / 2, x / 2).below;
}

/** The chance that a chi-square variable reaches x: the p-value of a statistic. Exact also where it is tiny. */
export function chiSquareTail(x: number, df: number): number {
  return gammaTails(df / 2, x / 2).above;
}

/** What a chi-square variable stays below with probability `p`. */
export function chiSquareQuantile(p: number, df: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`not a probability strictly between 0 and 1: ${p}`);
  if (!(df > 0 && Number.isFinite(df))) throw new RangeError(`not degrees of freedom: ${df}`);
  return 2 * gammaPoint(df / 2, p, 1 - p);
}

/** The chance that a standard normal variable stays below z; exact also in the tails. */
export function normalCdf(z: number): number {
  const { below, above } = gammaTails(0.5, (z * z) / 2);
  return z < 0 ? above / 2 : 0.5 + below / 2;
}
