import { readCount } from "./counts.ts";
import { deviance, HALF_LOG_2PI, stirlingError } from "./stirling.ts";

// Loader (2000), "Fast and accurate computation of binomial probabilities": differences of log Γ at sizes of a million lose nine digits
// that his saddle point form keeps.
function logBinomial(x: number, n: number, p: number): number {
  if (p === 0 || p === 1) return x === n * p ? 0 : -Infinity;
  if (x === 0) return n * Math.log1p(-p);
  if (x === n) return n * Math.log(p);
  const errors = stirlingError(n) - stirlingError(x) - stirlingError(n - x);
  const deviances = deviance(x, n * p) + deviance(n - x, n * (1 - p));
  return errors - deviances - HALF_LOG_2PI - 0.5 * (Math.log(x) + Math.log1p(-x / n));
}

/** Sums terms from `first` on, each the ratio's multiple of the one before, until the rest is nothing; the smallest are added first. */
function sumTail(first: number, ratio: (step: number) => number): number {
  const terms: number[] = [];
  for (let term = first, step = 0; term > first * 1e-18; step += 1) {
    terms.push(term);
    term *= ratio(step);
  }
  return terms.reduceRight((sum, term) => sum + term, 0);
}

/** The chance of `x` successes in `n` independent trials of chance `p`. */
export function binomialPmf(x: number, n: number, p: number): number {
  readCount(n, "n");
  if (!(p >= 0 && p <= 1)) throw new RangeError(`not a probability: ${p}`);
  return x < 0 || x > n ? 0 : Math.exp(logBinomial(x, n, p));
}

/** The chance of at most `x` successes in `n` independent trials of chance `p`; absolute error at most 1e-12. */
export function binomialCdf(x: number, n: number, p: number): number {
  if (x < 0) return 0;
  if (x >= n) return 1;
  const odds = p / (1 - p);
  if (x < n * p) return Math.min(1, sumTail(binomialPmf(x, n, p), (step) => (x - step) / ((n - x + step + 1) * odds)));
  const from = x + 1;
  return Math.max(0, 1 - sumTail(binomialPmf(from, n, p), (step) => ((n - from - step) * odds) / (from + step + 1)));
}

/** A lot and what is drawn from it without replacement. */
export type LotDraw = { lotSize: number; defectives: number; n: number };

/** The chance that a draw from a lot holds exactly `x` of its defectives. */
export function hypergeometricPmf(x: number, { lotSize, defectives, n }: LotDraw): number {
  for (const [name, count] of Object.entries({ lotSize, defectives, n })) readCount(count, name);
  if (defectives > lotSize || n > lotSize) throw new RangeError(`${n} drawn, ${defectives} defective of ${lotSize}`);
  if (x < Math.max(0, n + defectives - lotSize) || x > Math.min(n, defectives)) return 0;
  const p = n / lotSize;
  return Math.exp(logBinomial(x, defectives, p) + logBinomial(n - x, lotSize - defectives, p) - logBinomial(n, lotSize, p));
}

/** The chance that a draw from a lot holds at most `x` of its defectives; absolute error at most 1e-12. */
export function hypergeometricCdf(x: number, lot: LotDraw): number {
  const { lotSize, defectives, n } = lot;
  if (x < Math.max(0, n + defectives - lotSize)) return 0;
  if (x >= Math.min(n, defectives)) return 1;
  const others = lotSize - defectives - n;
  if (x * lotSize < n * defectives) {
    const down = (at: number) => (at * (others + at)) / ((defectives - at + 1) * (n - at + 1));
    return Math.min(1, sumTail(hypergeometricPmf(x, lot), (step) => down(x - step)));
  }
  const up = (at: number) => ((defectives - at) * (n - at)) / ((at + 1) * (others + at + 1));
  return Math.max(0, 1 - sumTail(hypergeometricPmf(x + 1, lot), (step) => up(x + 1 + step)));
}
