import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { drawKey, drawOrder, frameHash, inclusionProbability, sampleSize } from "../src/stats/draw.ts";
import { estimateRate, plainRate } from "../src/stats/estimation.ts";
import { effectiveSize, type Limits, wilson, wilsonOfPopulation } from "../src/stats/proportions.ts";

const stratum = (stratumKey: string, frameSize: number, n: number, x: number, runId = "run") => ({
  runId, stratumId: `${runId}/${stratumKey}`, stratumKey, frameSize, audited: n, voided: 0, inGroup: n, n, x,
});

function expectLimits(limits: Limits | null, [low, high]: readonly number[], digits = 6) {
  expect(limits?.low).toBeCloseTo(low ?? Number.NaN, digits);
  expect(limits?.high).toBeCloseTo(high ?? Number.NaN, digits);
}

describe("published check values", () => {
  it.each([
    [8, 10, 0.490162, 0.943318],
    [95, 100, 0.88825, 0.978456],
    [0, 50, 0, 0.071348],
    [50, 50, 0.928652, 1],
    [190, 200, 0.910422, 0.972617],
  ])("Wilson of %i of %i", (x, n, low, high) => expectLimits(wilson(x / n, n), [low, high]));

  it("reaches exactly 0 and exactly 1 at the open ends", () => {
    for (const n of [1, 3, 50, 999_983]) {
      expect(wilson(0, n).low).toBe(0);
      expect(wilson(1, n).high).toBe(1);
    }
  });

  it("corrects for a finite population, and a census leaves nothing to guess", () => {
    expectLimits(wilsonOfPopulation(0.95, 100, 400), [0.898728, 0.976007]);
    expect(wilsonOfPopulation(0.95, 100, 100)).toEqual({ low: 0.95, high: 0.95 });
  });

  it("counts effective cases by Kish", () => {
    const weights = [1, 1, 1, 1, 6];
    expect(effectiveSize(weights.reduce((s, w) => s + w, 0), weights.reduce((s, w) => s + w * w, 0))).toBe(2.5);
  });

  it("pools two runs of one stratum into one cell", () => {
    const estimate = estimateRate([stratum("all", 100, 20, 19, "1"), stratum("all", 500, 20, 18, "2")], { basis: "POPULATION" });
    expect(estimate).toMatchObject({ n: 40, weighted: true, denominator: 600, numerator: 545, reason: null });
    expect(estimate.value).toBeCloseTo(0.908333, 6);
    expectLimits(estimate.interval, [0.750877, 0.970218]);
    expect(estimate.interval).toMatchObject({ method: "WILSON_KISH", level: 0.95 });
    expect(effectiveSize(600, 20 * 25 + 20 * 625)).toBeCloseTo(27.692308, 6);
  });

  it("recovers the interval of a stratified estimate (MOVER)", () => {
    const strata = [stratum("big", 9_000, 90, 88), stratum("small", 1_000, 110, 88)];
    const estimate = estimateRate(strata, { basis: "POPULATION" });
    expect(estimate.value).toBeCloseTo(0.96, 12);
    expectLimits(estimate.interval, [0.910034, 0.975699]);
    expect(estimate.interval?.method).toBe("MOVER_WILSON_FPC");
    expect(plainRate({ x: 176, n: 200 }).value).toBe(0.88);
  });

  it("gives a census of 100 no interval as a population, and a plain Wilson one as a process", () => {
    const strata = [stratum("all", 100, 100, 95)];
    const population = estimateRate(strata, { basis: "POPULATION" });
    expect(population).toMatchObject({ value: 0.95, numerator: 95, denominator: 100, n: 100, weighted: false });
    expect(population.interval).toEqual({ low: 0.95, high: 0.95, level: 0.95, method: "WILSON_FPC" });
    const process = estimateRate(strata, { basis: "PROCESS" });
    expectLimits(process.interval, [0.88825, 0.978456]);
    expect(process.interval?.method).toBe("WILSON");
  });
});

describe("the draw", () => {
  const ids = [1, 2, 3, 4, 5, 6].map((digit) => `018f0000-0000-7000-8000-00000000000${digit}`);

  it("orders the check vector as published, whatever order the frame comes in", () => {
    const digits = (order: string[]) => order.map((id) => Number(id.at(-1)));
    expect(digits(drawOrder("assay-check-1", ids))).toEqual([5, 4, 3, 2, 6, 1]);
    expect(digits(drawOrder("assay-check-1", ids.toReversed()))).toEqual([5, 4, 3, 2, 6, 1]);
    expect(digits(drawOrder("assay-check-2", ids))).not.toEqual([5, 4, 3, 2, 6, 1]);
  });

  it("fingerprints the frame, not its order or case", () => {
    expect(frameHash(ids)).toMatch(/^93f98d60[0-9a-f]{48}645afd0d$/);
    expect(frameHash(ids.toReversed().map((id) => id.toUpperCase()))).toBe(frameHash(ids));
    expect(frameHash(ids.slice(1))).not.toBe(frameHash(ids));
    expect(drawKey("seed", "AB")).toBe(drawKey("seed", "ab"));
  });

  it.each([
    [100, { rate: 0.1 }, 10], [25, { rate: 0.1 }, 3], [24, { rate: 0.1 }, 2], [100, { rate: 0.145 }, 15], [100, { rate: 0.285 }, 29],
    [3, { rate: 0.01 }, 1], [0, { rate: 0.5 }, 0], [7, { rate: 1 }, 7], [3_000_000, { rate: 0.0000001 }, 1], [10, { size: 4 }, 4],
    [10, { size: 40 }, 10], [0, { size: 4 }, 0],
  ])("draws from a frame of %i with %o: %i", (frameSize, target, n) => expect(sampleSize(frameSize, target)).toBe(n));

  it("refuses what is no rate, size or frame", () => {
    for (const rate of [0, -0.1, 1.01, Number.NaN]) expect(() => sampleSize(10, { rate })).toThrow(RangeError);
    for (const size of [0, 1.5, -1, Number.NaN]) expect(() => sampleSize(10, { size })).toThrow(RangeError);
    expect(() => sampleSize(-1, { rate: 0.5 })).toThrow(RangeError);
    expect(inclusionProbability(73, 10_000)).toBe(0.0073);
    for (const [n, N] of [[5, 4], [0, 0], [Number.NaN, 4]] as const) expect(() => inclusionProbability(n, N)).toThrow(RangeError);
  });
});

const folder = process.env.ASSAY_REFERENCE_DATA;
const why = folder && existsSync(folder) ? "" : " (skipped: ASSAY_REFERENCE_DATA is not set to a folder)";

type Share = { correct: number; accuracy: number; wilson95: number[] | null; n?: number; n_with_gold?: number };

/** Every share with an interval anywhere in a reference document. */
function shares(node: unknown): Share[] {
  if (typeof node !== "object" || node === null) return [];
  const below = Object.values(node).flatMap(shares);
  return "wilson95" in node ? [node as Share, ...below] : below;
}

describe.skipIf(why !== "")(`reference figures${why}`, () => {
  const read = (...path: string[]) => JSON.parse(readFileSync(join(folder ?? "", ...path), "utf8"));

  it("meets every interval of the real data sets, as a plain rate and as a process drawn whole", () => {
    const all = readdirSync(join(folder ?? "", "reference")).flatMap((file) => shares(read("reference", file)));
    expect(all.length).toBeGreaterThan(900);
    for (const { n = 0, n_with_gold: size = n, correct, accuracy, wilson95 } of all) {
      const process = estimateRate([stratum("all", size, size, correct)], { basis: "PROCESS" });
      for (const estimate of [plainRate({ x: correct, n: size }), process]) {
        if (!wilson95) expect(estimate).toMatchObject({ value: null, interval: null, reason: "NO_DATA" });
        else {
          expect(estimate.value).toBeCloseTo(accuracy, 12);
          expectLimits(estimate.interval, wilson95, 10);
        }
      }
    }
  });
});
