import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { controlChart } from "../src/stats/control.ts";
import { bernoulliCusum, tabularCusum } from "../src/stats/cusum.ts";
import { ewma, ewmaOfRates } from "../src/stats/ewma.ts";
import { RUN_RULES, type RunRule, runSignals } from "../src/stats/runs.ts";

const LANEY = [[12, 400], [15, 420], [9, 390], [30, 410], [14, 405], [11, 395]].map(([x, n]) => ({ x: x!, n: n! }));
const NONE = { sigma: null, low: null, high: null };

describe("p and p′ charts", () => {
  it("meet the check vector", () => {
    const [laney, p] = [controlChart(LANEY), controlChart(LANEY, { kind: "P" })];
    expect(laney.kind).toBe("LANEY");
    expect(laney.center).toBeCloseTo(0.037603, 6);
    expect(laney.sigmaZ).toBeCloseTo(2.127491, 6);
    expect(laney.points[3]!.value).toBeCloseTo(0.073171, 6);
    expect(p.points[3]!.high).toBeCloseTo(0.065788, 6);
    expect(laney.points[3]!.high).toBeCloseTo(0.097567, 6);
    expect(p.sigmaZ).toBeNull();
    expect([p, laney].map(({ points, center }) => runSignals(points, center, ["BEYOND_3_SIGMA"])[3])).toEqual([["BEYOND_3_SIGMA"], []]);
  });

  it.each([
    ["small subgroups", [{ x: 1, n: 299 }, { x: 3, n: 299 }], "P"],
    ["large subgroups", [{ x: 1, n: 300 }, { x: 3, n: 300 }], "LANEY"],
    ["large ones beside empty ones", [{ x: 1, n: 300 }, { x: 0, n: 0 }, { x: 3, n: 300 }], "LANEY"],
    ["one alone", [{ x: 1, n: 300 }], "P"],
    ["all right", [{ x: 0, n: 300 }, { x: 0, n: 400 }], "P"],
    ["nothing", [], "P"],
  ] as const)("choose by size: %s", (_, subgroups, kind) => expect(controlChart(subgroups).kind).toBe(kind));

  it("have no limits without a baseline, and no value without cases", () => {
    expect(controlChart([{ x: 0, n: 0 }])).toEqual({ kind: "P", center: null, sigmaZ: null, points: [{ value: null, ...NONE }] });
    expect(controlChart([{ x: 1, n: 4 }], { baseline: [] }).points).toEqual([{ value: 0.25, ...NONE }]);
    expect(controlChart([{ x: 1, n: 4 }, { x: 0, n: 0 }]).points[1]).toEqual({ value: null, ...NONE });
    expect(() => controlChart([{ x: 2, n: 1 }])).toThrow(RangeError);
  });

  it("of a baseline without an error take the first one for a signal", () => {
    const { center, points } = controlChart([{ x: 0, n: 50 }, { x: 1, n: 50 }], { baseline: [{ x: 0, n: 900 }] });
    expect([center, points[1]]).toEqual([0, { value: 0.02, sigma: 0, low: 0, high: 0 }]);
    expect(runSignals(points, center)).toEqual([[], ["BEYOND_3_SIGMA"]]);
  });

  it("cut limits to 0 and 1", () => {
    fc.assert(fc.property(fc.array(fc.nat(20).chain((n) => fc.nat(n).map((x) => ({ x, n })))), fc.constantFrom("P", "LANEY"), (subgroups, kind) => {
      for (const { low, high } of controlChart(subgroups, { kind }).points) {
        if (low === null || high === null) continue;
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
      }
    }));
  });
});

describe("run rules", () => {
  const at = (...values: (number | null)[]) => values.map((value) => ({ value, sigma: value === null ? null : 1 }));
  const where = (rule: RunRule, values: (number | null)[]) => runSignals(at(...values), 0, [rule]).flatMap((found, i) => (found.length ? [i] : []));

  it.each<[RunRule, string, (number | null)[], number[]]>([
    ["BEYOND_3_SIGMA", "past the limit, not on it", [3, 3.01, -3.01, 2.9], [1, 2]],
    ["TWO_OF_THREE_2_SIGMA", "the second of three", [2.1, 2.1], [1]],
    ["TWO_OF_THREE_2_SIGMA", "one between", [2.1, 0, 2.1], [2]],
    ["TWO_OF_THREE_2_SIGMA", "two between", [2.1, 0, 0, 2.1], []],
    ["TWO_OF_THREE_2_SIGMA", "the other side", [2.1, -2.1, 2.1], [2]],
    ["TWO_OF_THREE_2_SIGMA", "only a point beyond it signals", [2.1, 2.1, 1.9], [1]],
    ["FOUR_OF_FIVE_1_SIGMA", "four of five", [-1.1, -1.1, 0, -1.1, -1.1, -1.1], [4, 5]],
    ["FOUR_OF_FIVE_1_SIGMA", "three of five", [1.1, 1.1, 0, 1.1, 0, 1.1], []],
    ["EIGHT_ONE_SIDE", "the eighth and the ninth", Array(9).fill(0.1), [7, 8]],
    ["EIGHT_ONE_SIDE", "the centre is no side", [...Array(7).fill(0.1), 0, ...Array(7).fill(0.1)], []],
    ["EIGHT_ONE_SIDE", "a gap is no point", [...Array(7).fill(-0.1), null, -0.1], [8]],
  ])("%s: %s", (rule, _, values, expected) => expect(where(rule, values)).toEqual(expected));

  it("are told together, mirror the other side, and need a centre", () => {
    expect(runSignals(at(3.5, 3.5), 0)).toEqual([["BEYOND_3_SIGMA"], ["BEYOND_3_SIGMA", "TWO_OF_THREE_2_SIGMA"]]);
    expect(runSignals(at(9), null)).toEqual([[]]);
    fc.assert(fc.property(fc.array(fc.double({ min: -4, max: 4, noNaN: true })), (values) => {
      expect(runSignals(at(...values.map((value) => -value)), 0, RUN_RULES)).toEqual(runSignals(at(...values), 0, RUN_RULES));
    }));
  });
});

describe("EWMA", () => {
  it("has the exact variance of its weights", () => {
    const { center, points } = ewmaOfRates(LANEY, { lambda: 0.3, width: 3 });
    const sigmas = LANEY.map(({ n }) => Math.sqrt((center! * (1 - center!)) / n));
    for (const [t, point] of points.entries()) {
      const weight = (i: number) => 0.3 * 0.7 ** (t - i);
      const variance = sigmas.slice(0, t + 1).reduce((sum, sigma, i) => sum + (weight(i) * sigma) ** 2, 0);
      const value = LANEY.slice(0, t + 1).reduce((sum, { x, n }, i) => sum + (weight(i) * x) / n, 0.7 ** (t + 1) * center!);
      expect(point.value).toBeCloseTo(value, 12);
      expect(point.high).toBeCloseTo(center! + 3 * Math.sqrt(variance), 12);
      expect(point.low).toBeCloseTo(Math.max(0, center! - 3 * Math.sqrt(variance)), 12);
    }
  });

  it("nears the asymptotic limits, and with a weight of 1 is the Shewhart chart", () => {
    const still = Array.from({ length: 200 }, () => ({ x: 5, n: 100 }));
    const [exact, asymptotic] = [ewmaOfRates(still), ewmaOfRates(still, { isAsymptotic: true })];
    expect(exact.points[199]!.high).toBeCloseTo(asymptotic.points[0]!.high!, 12);
    expect(exact.points[0]!.high).toBeLessThan(asymptotic.points[0]!.high!);
    const [all, shewhart] = [ewmaOfRates(LANEY, { lambda: 1, width: 3 }), controlChart(LANEY, { kind: "P" })];
    for (const [i, { value, low, high }] of all.points.entries()) expect(shewhart.points[i]).toMatchObject({ value, low, high });
    expect(all.points.map(({ isSignal }) => isSignal)).toEqual([false, false, false, true, false, false]);
  });

  it("passes over what has no value, and shows nothing without a centre", () => {
    const judged = (value: number | null) => ({ value, sigma: value === null ? null : 1 });
    const [first, gap, second] = ewma([judged(1), judged(null), judged(2)], 0);
    expect([first, second]).toEqual(ewma([judged(1), judged(2)], 0));
    expect(gap).toEqual({ value: null, low: null, high: null, isSignal: false });
    expect(ewmaOfRates([{ x: 1, n: 2 }], { baseline: [] })).toEqual({ center: null, points: [gap] });
    for (const lambda of [0, 1.1]) expect(() => ewma([], 0, { lambda })).toThrow(RangeError);
  });
});

describe("CUSUM", () => {
  it("signals past h, not at it, on either side, and goes on", () => {
    const sums = tabularCusum([1, 1, null, 1, -9], { target: 0, k: 0.5, h: 1 });
    expect(sums.map(({ high }) => high)).toEqual([0.5, 1, 1, 1.5, 0]);
    expect(sums.map(({ isSignal }) => isSignal)).toEqual([false, false, false, true, true]);
    expect(sums.at(-1)!.low).toBe(8.5);
    expect(() => tabularCusum([], { target: 0, k: -1, h: 1 })).toThrow(RangeError);
  });

  it("of single cases counts errors against the good rate, signals at h, and starts anew", () => {
    const points = bernoulliCusum([true, false, true, true, true, true, true, true], { p0: 0.05 });
    const right = Math.log(0.9 / 0.95);
    expect(points.slice(0, 3).map(({ sum }) => sum)).toEqual([Math.log(2), Math.log(2) + right, 2 * Math.log(2) + right].map((sum) => expect.closeTo(sum, 12)));
    // Six errors make 4.16 without the one right answer, 4.10 with it.
    expect(points.map(({ isSignal }) => isSignal)).toEqual([false, false, false, false, false, false, true, false]);
    expect(points[7]!.sum).toBeCloseTo(Math.log(2), 12);
    expect(bernoulliCusum([false, false], { p0: 0.05 }).map(({ sum }) => sum)).toEqual([0, 0]);
    expect(bernoulliCusum([true, true], { p0: 0.25, p1: 0.5, h: 2 * Math.log(2) }).map(({ isSignal }) => isSignal)).toEqual([false, true]);
    for (const options of [{ p0: 0 }, { p0: 0.5 }, { p0: 0.2, p1: 0.1 }, { p0: 0.1, h: 0 }]) expect(() => bernoulliCusum([], options)).toThrow(RangeError);
  });
});
