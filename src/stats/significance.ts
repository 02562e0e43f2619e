import { type Count, readCount } from "./counts.ts";
import { chiSquareTail, normalCdf } from "./gamma.ts";

/** Cases of which `x` are of the kind counted. */
export type Share = { x: Count; n: Count };

function read({ x, n }: Share): { x: number; n: number } {
  const share = { x: readCount(x, "x"), n: readCount(n, "n") };
  if (share.x > share.n) throw new RangeError(`counts out of order: ${x}, ${n}`);
  return share;
}

/** The z of one - other by the pooled variance, without continuity correction, and how likely one so far from 0 is by chance. */
export type TwoProportionTest = { z: number; pValue: number };

/** The pooled test of two proportions; null where one has no cases, or all cases are alike. */
export function twoProportionTest(one: Share, other: Share): TwoProportionTest | null {
  const [a, b] = [read(one), read(other)];
  const pooled = (a.x + b.x) / (a.n + b.n);
  if (a.n === 0 || b.n === 0 || pooled === 0 || pooled === 1) return null;
  const z = (a.x / a.n - b.x / b.n) / Math.sqrt(pooled * (1 - pooled) * (1 / a.n + 1 / b.n));
  return { z, pValue: 2 * normalCdf(-Math.abs(z)) };
}

/** A chi-square statistic and how likely one so large is by chance. */
export type ChiSquareTest = { chiSquare: number; df: number; pValue: number };

/** Pearson's test that k proportions are one; null with fewer than two that have cases, or where all cases are alike. */
export function equalProportionsTest(shares: readonly Share[]): ChiSquareTest | null {
  const seen = shares.map(read).filter(({ n }) => n > 0);
  const pooled = seen.reduce((sum, { x }) => sum + x, 0) / seen.reduce((sum, { n }) => sum + n, 0);
  if (seen.length < 2 || pooled === 0 || pooled === 1) return null;
  const chiSquare = seen.reduce((sum, { x, n }) => sum + (x - n * pooled) ** 2 / (n * pooled * (1 - pooled)), 0);
  const df = seen.length - 1;
  return { chiSquare, df, pValue: chiSquareTail(chiSquare, df) };
}

/** Which side of the reference is the one to be found. */
export type Side = "BELOW" | "ABOVE";

/**
 * One-sided score test (p̂ - t)/√(t(1-t)/n) of a rate against a reference `t`: how likely one so far on that side is if the truth is `t`;
 * `n` may be an effective size. At a reference of 0 or 1 a single case off it is proof, and z, which has no value there, is null.
 */
export function scoreTest({ value, n }: { value: number; n: number }, reference: number, side: Side): { z: number | null; pValue: number } {
  if (!(reference >= 0 && reference <= 1)) throw new RangeError(`not a rate from 0 to 1: ${reference}`);
  if (!(n > 0)) throw new RangeError(`not a sample size: ${n}`);
  const off = side === "BELOW" ? value - reference : reference - value;
  if (reference === 0 || reference === 1) return { z: null, pValue: off < 0 ? 0 : 1 };
  const z = off / Math.sqrt((reference * (1 - reference)) / n);
  return { z: side === "BELOW" ? z : -z, pValue: normalCdf(z) };
}

/** A two by two table of a stratum: rows are the outcome, columns the groups. */
export type TwoByTwo = readonly [readonly [Count, Count], readonly [Count, Count]];

/** The test with and without continuity correction, and the odds ratio common to all strata (null where it has no value). */
export type StratifiedTest = {
  chiSquare: number;
  pValue: number;
  uncorrected: { chiSquare: number; pValue: number };
  commonOddsRatio: number | null;
};

/**
 * Cochran, Mantel and Haenszel's test (1959) that two groups are alike within strata, which a difference of the mix of strata can't feign
 * (Simpson's paradox), with the continuity correction of one half where there is that much to correct. Null where no stratum can tell.
 */
export function stratifiedTest(tables: readonly TwoByTwo[]): StratifiedTest | null {
  let [off, variance, concordant, discordant] = [0, 0, 0, 0];
  for (const table of tables) {
    const [[a, b], [c, d]] = table.map((row) => row.map((count) => readCount(count, "cases"))) as [[number, number], [number, number]];
    const n = a + b + c + d;
    if (n < 2) continue;
    off += a - ((a + b) * (a + c)) / n;
    variance += ((a + b) / n) * ((c + d) / n) * (((a + c) * (b + d)) / (n - 1));
    concordant += (a * d) / n;
    discordant += (b * c) / n;
  }
  if (variance === 0) return null;
  const test = (correction: number) => {
    const chiSquare = (Math.abs(off) - correction) ** 2 / variance;
    return { chiSquare, pValue: chiSquareTail(chiSquare, 1) };
  };
  const commonOddsRatio = discordant === 0 ? null : concordant / discordant;
  return { ...test(Math.abs(off) >= 0.5 ? 0.5 : 0), uncorrected: test(0), commonOddsRatio };
}
