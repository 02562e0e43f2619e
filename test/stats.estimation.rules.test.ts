import { describe, expect, it } from "vitest";
import { readCount } from "../src/stats/counts.ts";
import { estimateRate, plainRate } from "../src/stats/estimation.ts";
import { wilson, wilsonOfPopulation } from "../src/stats/proportions.ts";
import { zOfLevel } from "../src/stats/quantiles.ts";
import { frameCoverage, type StratumCounts } from "../src/stats/strata.ts";

const stratum = (stratumKey: string, frameSize: number, audited: number, x: number, rest: Partial<StratumCounts> = {}): StratumCounts => ({
  runId: "run", stratumId: stratumKey, stratumKey, frameSize, audited, voided: 0, inGroup: audited, n: audited, x, ...rest,
});
const estimate = (...strata: StratumCounts[]) => estimateRate(strata, { basis: "POPULATION" });

describe("weights", () => {
  it("are those of the whole stratum, not of the group", () => {
    const labeler = estimate(stratum("all", 1_000, 100, 9, { inGroup: 10, n: 10 }));
    expect(labeler).toMatchObject({ value: 0.9, numerator: 9, denominator: 10, n: 10, weighted: false });
    expect(labeler.interval).toEqual({ ...wilsonOfPopulation(0.9, 10, 100), level: 0.95, method: "WILSON_FPC" });
  });

  it("shrink the frame by the share found void", () => {
    const withVoid = estimate(stratum("a", 500, 40, 30, { voided: 10 }), stratum("b", 100, 20, 20));
    expect(withVoid).toMatchObject({ weighted: true, numerator: 30 * 10 + 20 * 5, denominator: 40 * 10 + 20 * 5 });
    const census = estimate(stratum("a", 100, 95, 90, { voided: 5 }));
    expect(census.interval).toMatchObject({ low: 90 / 95, high: 90 / 95 });
  });

  it("stay out of numerator and denominator where they are equal", () => {
    const equal = estimate(stratum("a", 300, 30, 29), stratum("b", 700, 70, 50));
    expect(equal).toMatchObject({ weighted: false, numerator: 79, denominator: 100, value: 0.79 });
    expect(equal.interval?.method).toBe("MOVER_WILSON_FPC");
  });

  it("count effective cases for a process too", () => {
    const strata = [stratum("all", 100, 20, 19), stratum("all", 500, 20, 18, { runId: "run 2" })];
    const { value, interval } = estimateRate(strata, { basis: "PROCESS" });
    expect(interval).toEqual({ ...wilson(value ?? 0, 360_000 / 13_000), level: 0.95, method: "WILSON_KISH" });
    const apart = estimateRate([stratum("a", 100, 20, 19), stratum("b", 500, 20, 18)], { basis: "PROCESS" });
    expect(apart.interval?.method).toBe("MOVER_WILSON");
  });

  it("have an interval of another level where one is asked for", () => {
    const strata = [stratum("a", 100, 20, 19), stratum("b", 500, 20, 18)];
    const one = estimateRate(strata.slice(0, 1), { basis: "PROCESS", level: 0.9 });
    expect(one.interval).toEqual({ ...wilson(19 / 20, 20, zOfLevel(0.9)), level: 0.9, method: "WILSON" });
    const [narrow, wide] = [0.9, 0.95].map((level) => estimateRate(strata, { basis: "PROCESS", level }).interval!);
    expect([narrow!.level, narrow!.low > wide!.low, narrow!.high < wide!.high]).toEqual([0.9, true, true]);
  });
});

describe("rows with a chance of their own", () => {
  const row = (inclusionProbability: number | null, n: number, x: number, rest: Partial<StratumCounts> = {}): StratumCounts => ({
    ...stratum("risk", 1_000, 20, x, { inGroup: n, n, drawn: 20, inclusionProbability, ...rest }),
  });

  it("weigh by it", () => {
    const figure = estimate(row(0.5, 8, 4), row(0.1, 12, 9));
    expect(figure).toMatchObject({ weighted: true, n: 20, reason: null });
    expect(figure.numerator).toBeCloseTo(4 / 0.5 + 9 / 0.1, 9);
    expect(figure.denominator).toBeCloseTo(8 / 0.5 + 12 / 0.1, 9);
    const effective = (8 * 2 + 12 * 10) ** 2 / (8 * 2 ** 2 + 12 * 10 ** 2);
    expect(figure.interval?.method).toBe("WILSON_KISH");
    const limits = wilsonOfPopulation(98 / 136, effective, 136);
    expect(figure.interval?.low).toBeCloseTo(limits.low, 12);
    expect(figure.interval?.high).toBeCloseTo(limits.high, 12);
  });

  it("stand for those not audited yet and for nobody found void", () => {
    const open = { audited: 15, voided: 1 };
    const figure = estimate(row(0.5, 8, 4, open), row(0.1, 7, 5, open));
    expect(figure.denominator).toBeCloseTo((8 / 0.5 + 7 / 0.1) * (20 / 16), 9);
    expect(figure.value).toBeCloseTo((4 / 0.5 + 5 / 0.1) / (8 / 0.5 + 7 / 0.1), 12);
  });

  it("are the rule of the stratum where chances are equal", () => {
    const other = stratum("other", 300, 30, 10);
    for (const open of [{}, { audited: 12, voided: 3, inGroup: 12, n: 12, x: 9 }]) {
      const [own, shared] = [row(0.02, 20, 15, open), row(null, 20, 15, open)];
      const [left, right] = [estimate(own, other), estimate(shared, other)];
      expect(left.value).toBeCloseTo(right.value ?? Number.NaN, 12);
      expect(left.interval?.low).toBeCloseTo(right.interval?.low ?? Number.NaN, 9);
      expect(left.interval?.method).toBe("MOVER_WILSON_FPC");
    }
  });

  it("count their stratum once in the coverage of the frame, and come in any order", () => {
    const rows = [row(0.5, 8, 4), row(0.1, 6, 5), row(0.3, 6, 5), stratum("b", 120, 0, 0)];
    expect(estimate(...rows).reason).toBe("PARTIAL_COVERAGE");
    expect(estimate(...rows).value).toBeNull();
    const uneven = [0.13, 0.37, 0.71, 0.29, 0.83, 0.53].map((chance, at) => row(chance, 3, at % 3));
    expect(JSON.stringify(estimate(...uneven.toReversed()))).toBe(JSON.stringify(estimate(...uneven)));
  });

  it("are refused where they make no sense", () => {
    for (const chance of [0, 1.1, -1, Number.NaN]) expect(() => estimate(row(chance, 8, 4))).toThrow(RangeError);
    expect(() => estimate(row(0.5, 8, 4, { drawn: 19 }))).toThrow(RangeError);
    expect(() => estimate(row(0.5, 8, 4, { drawn: undefined }))).toThrow(RangeError);
  });
});

describe("cells", () => {
  const large = [stratum("x", 2_000, 40, 37), stratum("y", 900, 30, 21), stratum("z", 900, 30, 28)];
  const limits = (...strata: StratumCounts[]) => {
    const { interval } = estimate(...strata);
    return [interval?.low.toFixed(12), interval?.high.toFixed(12), interval?.method];
  };
  const renamed = (row: StratumCounts, stratumKey: string): StratumCounts => ({ ...row, stratumKey });

  it("of 10 audits stand alone", () => {
    const [ten, nine] = [stratum("a", 400, 10, 6), stratum("a", 400, 9, 6)];
    expect(limits(ten, ...large)).not.toEqual(limits(renamed(ten, "y"), ...large));
    expect(limits(nine, ...large)).toEqual(limits(renamed(nine, "y"), ...large));
  });

  it("below 10 become one, which stands alone from 10 on", () => {
    const small = [stratum("b", 400, 6, 3), stratum("c", 100, 4, 4)];
    expect(limits(...small, ...large)).toEqual(limits(...small.map((row) => renamed(row, "b")), ...large));
    expect(limits(...small, ...large)).not.toEqual(limits(...small.map((row) => renamed(row, "y")), ...large));
  });

  it("below 10 together join the smallest other, the first of equals", () => {
    const small = [stratum("b", 400, 5, 3), stratum("c", 100, 4, 4)];
    expect(limits(...small, ...large)).toEqual(limits(...small.map((row) => renamed(row, "y")), ...large));
    expect(limits(...small, ...large)).not.toEqual(limits(...small.map((row) => renamed(row, "z")), ...large));
  });

  it("become a single one when there is no other", () => {
    expect(estimate(stratum("a", 40, 4, 3), stratum("b", 50, 5, 3)).interval?.method).toBe("WILSON_FPC");
    expect(estimate(stratum("a", 40, 4, 3), stratum("b", 80, 40, 30)).interval?.method).toBe("WILSON_KISH");
  });
});

describe("what cannot be said", () => {
  const nothing = { value: null, numerator: 0, denominator: 0, n: 0, weighted: false, interval: null };

  it("is null with its reason", () => {
    expect(estimate()).toEqual({ ...nothing, reason: "NO_DATA" });
    expect(estimate(stratum("a", 100, 20, 0, { inGroup: 0, n: 0 }))).toEqual({ ...nothing, reason: "NO_DATA" });
    expect(estimate(stratum("a", 100, 20, 0, { inGroup: 20, n: 0 }))).toEqual({ ...nothing, reason: "ZERO_DENOMINATOR" });
    expect(plainRate({ x: 0, n: 0 })).toEqual({ ...nothing, reason: "NO_DATA" });
    expect(plainRate({ x: 0, n: 0, cases: 4 })).toEqual({ ...nothing, reason: "ZERO_DENOMINATOR" });
  });

  it("includes a frame of which less than 90 % lies in audited strata", () => {
    const audited = stratum("a", 900, 90, 81);
    expect(estimate(audited, stratum("b", 100, 0, 0))).toMatchObject({ value: 0.9, n: 90, reason: "PARTIAL_COVERAGE" });
    const partial = { ...nothing, numerator: null, denominator: null, n: 90, reason: "PARTIAL_COVERAGE" };
    expect(estimate(audited, stratum("b", 101, 0, 0))).toEqual(partial);
    expect(estimateRate([audited], { basis: "POPULATION", coverage: 0.89 })).toEqual(partial);
    expect(estimate(audited, stratum("b", 0, 0, 0)).reason).toBeNull();
    expect(estimate(audited, stratum("b", 300, 0, 0, { voided: 300 })).reason).toBeNull();
    expect(frameCoverage([stratum("a", 900, 45, 0, { voided: 45 }), stratum("b", 150, 0, 0)])).toBe(0.75);
  });
});

describe("counts from SQL", () => {
  it("are read exactly, as text or BigInt too", () => {
    const numbers = stratum("a", 3_000_000, 40, 37);
    const text = Object.fromEntries(Object.entries(numbers).map(([k, v]) => [k, typeof v === "number" ? `${v}` : v]));
    expect(estimate(text as StratumCounts)).toEqual(estimate(numbers));
    expect(estimate({ ...numbers, frameSize: 3_000_000n })).toEqual(estimate(numbers));
  });

  it.each(["", " 1", "1.0", "1e3", "-1", "9007199254740993", -1, 0.5, Number.NaN, Infinity, 2 ** 53, -1n])("refuse %o", (count) =>
    expect(() => readCount(count, "n")).toThrow(RangeError));

  it("are refused where they contradict each other", () => {
    expect(() => estimate(stratum("a", 10, 11, 5))).toThrow(RangeError);
    expect(() => estimate(stratum("a", 10, 8, 5, { voided: 3 }))).toThrow(RangeError);
    expect(() => estimate(stratum("a", 10, 8, 9))).toThrow(RangeError);
    expect(() => estimate(stratum("a", 10, 8, 5, { n: 9 }))).toThrow(RangeError);
    expect(() => plainRate({ x: 3, n: 2 })).toThrow(RangeError);
    expect(() => plainRate({ x: 1, n: 2, cases: 1 })).toThrow(RangeError);
  });
});
