import { describe, expect, it } from "vitest";
import { estimateRate, plainRate } from "../src/stats/estimation.ts";
import type { Limits } from "../src/stats/proportions.ts";
import type { StratumCounts } from "../src/stats/strata.ts";

/** What a nominal 95 % interval truly covers: small enough designs are counted out over every possible sample, larger ones drawn. */
type Stratum = { N: number; n: number; p: number };

const counts = ({ N, n }: Stratum, x: number, stratumKey: string, runId = "run"): StratumCounts => ({
  runId, stratumId: `${runId}/${stratumKey}`, stratumKey, frameSize: N, audited: n, voided: 0, inGroup: n, n, x,
});
const ours = (rows: StratumCounts[], minCellAudits = 10) =>
  estimateRate(rows, { basis: "POPULATION", minCellAudits }).interval ?? { low: Number.NaN, high: Number.NaN };
const truth = (strata: Stratum[]) => strata.reduce((sum, { N, p }) => sum + N * p, 0) / strata.reduce((sum, { N }) => sum + N, 0);
const holds = ({ low, high }: Limits, p: number) => low - 1e-12 <= p && p <= high + 1e-12;

/** Hypergeometric probabilities of x right ones in the sample, by the ratio of neighbours from the mode outwards. */
function chances({ N, n, p }: Stratum): number[] {
  const right = Math.round(N * p);
  const ratio = (x: number) => ((right - x) * (n - x)) / ((x + 1) * (N - right - n + x + 1));
  const mode = Math.floor(((n + 1) * (right + 1)) / (N + 2));
  const weights = new Array<number>(n + 1).fill(0);
  weights[mode] = 1;
  for (let x = mode; x < n; x += 1) weights[x + 1] = (weights[x] ?? 0) * Math.max(0, ratio(x));
  for (let x = mode; x > 0 && N - right - n + x > 0; x -= 1) weights[x - 1] = (weights[x] ?? 0) / ratio(x - 1);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function coverageOfOne(stratum: Stratum, interval: (x: number) => Limits): number {
  return chances(stratum).reduce((sum, chance, x) => sum + (holds(interval(x), stratum.p) ? chance : 0), 0);
}

function coverageOfTwo(a: Stratum, b: Stratum, interval: (x: number, y: number) => Limits): number {
  const [ofA, ofB, p] = [chances(a), chances(b), truth([a, b])];
  const covered = (y: number) => (sum: number, chance: number, x: number) => sum + (holds(interval(x, y), p) ? chance : 0);
  return ofB.reduce((sum, chance, y) => sum + chance * ofA.reduce(covered(y), 0), 0);
}

/** mulberry32: reproducible draws for designs too large to count out. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function drawRight({ N, n, p }: Stratum, random: () => number): number {
  let [right, left, drawn] = [Math.round(N * p), N, 0];
  for (let i = 0; i < n; i += 1, left -= 1) {
    if (random() * left >= right) continue;
    right -= 1;
    drawn += 1;
  }
  return drawn;
}

describe("coverage of a simple random sample", () => {
  const wald = ({ N, n }: Stratum, x: number): Limits => {
    const half = 1.959963984540054 * Math.sqrt(((x / n) * (1 - x / n) * (N - n)) / ((N - 1) * n));
    return { low: x / n - half, high: x / n + half };
  };

  it.each([
    [{ N: 400, n: 30, p: 0.97 }, 0.609, 0.945],
    [{ N: 5_000, n: 200, p: 0.98 }, 0.91, 0.935],
  ])("%o: Wald %f, ours %f", (design, naive, published) => {
    expect(coverageOfOne(design, (x) => wald(design, x))).toBeCloseTo(naive, 2);
    expect(coverageOfOne(design, (x) => ours([counts(design, x, "all")]))).toBeCloseTo(published, 2);
  });
});

describe("coverage of an oversampled stratum", () => {
  const [a, b] = [{ N: 9_000, n: 50, p: 0.98 }, { N: 1_000, n: 50, p: 0.8 }];

  it("is 0.951, where a sample read without weights is far off", () => {
    const stratified = coverageOfTwo(a, b, (x, y) => ours([counts(a, x, "a"), counts(b, y, "b")]));
    expect(stratified).toBeCloseTo(0.951, 2);
    const plain = coverageOfTwo(a, b, (x, y) => plainRate({ x: x + y, n: 100 }).interval ?? { low: 0, high: 1 });
    expect(plain).toBeLessThan(0.5);
  });

  it("goes with an estimate free of bias, where the unweighted one reads 0.890 for 0.962", () => {
    const expectation = (read: (x: number, y: number) => number | null) =>
      chances(a).reduce((sum, chance, x) => sum + chance * chances(b).reduce((s, c, y) => s + c * (read(x, y) ?? Number.NaN), 0), 0);
    expect(truth([a, b])).toBeCloseTo(0.962, 12);
    const rows = (x: number, y: number) => [counts(a, x, "a"), counts(b, y, "b")];
    expect(expectation((x, y) => estimateRate(rows(x, y), { basis: "POPULATION" }).value)).toBeCloseTo(0.962, 9);
    expect(expectation((x, y) => plainRate({ x: x + y, n: 100 }).value)).toBeCloseTo(0.89, 9);
  });
});

describe("coverage of strata of very different size", () => {
  const designs = [
    [[{ N: 9_000, n: 50, p: 0.98 }, { N: 1_000, n: 50, p: 0.8 }], 0.673, 0.951],
    [[{ N: 50_000, n: 200, p: 0.985 }, { N: 5_000, n: 200, p: 0.93 }, { N: 500, n: 100, p: 0.8 }], 0.886, 0.957],
  ] as const;
  const wald = (strata: readonly Stratum[], found: readonly number[]): Limits => {
    const whole = strata.reduce((sum, { N }) => sum + N, 0);
    const parts = strata.map(({ N, n }, i) => ({ share: N / whole, p: found[i]! / n, left: (N - n) / (N * (n - 1)) }));
    const p = parts.reduce((sum, part) => sum + part.share * part.p, 0);
    const half = 1.959963984540054 * Math.sqrt(parts.reduce((sum, part) => sum + part.share ** 2 * part.left * part.p * (1 - part.p), 0));
    return { low: p - half, high: p + half };
  };

  it.each(designs)("%o: plug-in Wald %f, ours %f", (strata, naive, published) => {
    const random = generator(20_260_106);
    const covered = { wald: 0, ours: 0 };
    const draws = 5_000;
    for (let i = 0; i < draws; i += 1) {
      const found = strata.map((stratum) => drawRight(stratum, random));
      if (holds(wald(strata, found), truth([...strata]))) covered.wald += 1;
      if (holds(ours(strata.map((stratum, at) => counts(stratum, found[at]!, `${at}`))), truth([...strata]))) covered.ours += 1;
    }
    expect(Math.abs(covered.wald / draws - naive)).toBeLessThan(0.02);
    expect(Math.abs(covered.ours / draws - published)).toBeLessThan(0.01);
  });
});

describe("coverage of a hundred strata of one audit each", () => {
  it("keeps its promise over one cell, and not over a cell a stratum", () => {
    const random = generator(20_260_107);
    const strata = Array.from({ length: 100 }, (_, at): Stratum => ({ N: 100 + 10 * (at % 5), n: 1, p: 0.9 + 0.02 * (at % 6) }));
    const covered = { pooled: 0, unpooled: 0 };
    const draws = 3_000;
    for (let i = 0; i < draws; i += 1) {
      const rows = strata.map((stratum, at) => counts(stratum, drawRight(stratum, random), `${at}`));
      if (holds(ours(rows), truth(strata))) covered.pooled += 1;
      if (holds(ours(rows, 1), truth(strata))) covered.unpooled += 1;
    }
    expect(covered.pooled / draws).toBeGreaterThan(0.92);
    expect(covered.pooled / draws).toBeLessThan(0.98);
    expect(covered.unpooled / draws).toBeLessThan(0.9);
  });
});

describe("coverage of seven daily runs of two strata with 8 audits each", () => {
  const week = [1, 2, 3, 4, 5, 6, 7].flatMap((day) => [
    { day, key: "a", N: 900, n: 8, p: 0.96 },
    { day, key: "b", N: 300, n: 8, p: 0.9 },
  ]);

  it("keeps its promise over cells pooled by key, and not over a cell a run", () => {
    const random = generator(20_260_105);
    const p = truth(week);
    const covered = { pooled: 0, unpooled: 0 };
    const draws = 4_000;
    for (let i = 0; i < draws; i += 1) {
      const rows = week.map((stratum) => counts(stratum, drawRight(stratum, random), stratum.key, `${stratum.day}`));
      if (holds(ours(rows), p)) covered.pooled += 1;
      if (holds(ours(rows.map((row) => ({ ...row, stratumKey: row.stratumId })), 1), p)) covered.unpooled += 1;
    }
    expect(covered.pooled / draws).toBeGreaterThan(0.935);
    expect(covered.pooled / draws).toBeLessThan(0.97);
    expect(covered.unpooled / draws).toBeLessThan(0.92);
  });
});
