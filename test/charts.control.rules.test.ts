import { describe, expect, test } from "vitest";
import { type ChartTerms, checkTerms, type DatedSubgroup, drawChart } from "../src/charts/control.rules.ts";

const TERMS: ChartTerms = { kind: null, lambda: 0.2, width: 2.86, k: 0.5, h: 5 };
const day = (index: number) => `2026-01-${String(index + 1).padStart(2, "0")}`;
const days = (counts: readonly (readonly [x: number, n: number])[]): DatedSubgroup[] => counts.map(([x, n], index) => ({ from: day(index), n, x }));

// metrics.md 9, "Laney".
const LANEY = days([[12, 400], [15, 420], [9, 390], [30, 410], [14, 405], [11, 395]]);

describe("what is drawn", () => {
  test("of large subgroups it is p′ by default, and p if asked for", () => {
    const chart = drawChart(LANEY, LANEY, TERMS);
    expect([chart.kind, Number(chart.center!.toFixed(6)), Number(chart.sigmaZ!.toFixed(6))]).toEqual(["LANEY_P", 0.037603, 2.127491]);
    expect(chart.points[3]!.statistic).toBeCloseTo(0.073171, 6);
    expect(chart.points[3]!.high).toBeCloseTo(0.097567, 6);
    expect(chart.signals).toEqual([]);
    const plain = drawChart(LANEY, LANEY, { ...TERMS, kind: "P" });
    expect([plain.kind, plain.sigmaZ, Number(plain.points[3]!.high.toFixed(6))]).toEqual(["P", null, 0.065788]);
    expect(plain.signals).toEqual([{ rule: "BEYOND_3_SIGMA", points: [day(3)] }]);
    expect(drawChart(days([[1, 299], [2, 299]]), days([[1, 299], [2, 299]]), TERMS).kind).toBe("P");
  });

  test("a signal names the points that it looked at, the last of which completes it", () => {
    // p̄ 0.1, σ 0.03: eight days a little above the centre of a calm baseline.
    const baseline = days([[10, 100], [10, 100]]);
    const { signals, points } = drawChart(days([[9, 100], ...Array.from({ length: 8 }, () => [11, 100] as const)]), baseline, TERMS);
    expect(signals).toEqual([{ rule: "EIGHT_ONE_SIDE", points: [1, 2, 3, 4, 5, 6, 7, 8].map(day) }]);
    expect(points.map((point) => point.signals.length)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  test("EWMA averages rates, from the centre on", () => {
    const { kind, points, signals } = drawChart(days([[20, 100], [20, 100], [30, 100]]), days([[10, 100]]), { ...TERMS, kind: "EWMA" });
    expect(kind).toBe("EWMA");
    expect(points.map(({ statistic }) => Number(statistic.toFixed(6)))).toEqual([0.12, 0.136, 0.1688]);
    // After one point: 0.1 + 2.86 · √(0.2² · 0.1 · 0.9 / 100).
    expect(points[0]!.high).toBeCloseTo(0.1 + 2.86 * 0.2 * 0.03, 12);
    expect(signals.map(({ rule, points: [at] }) => [rule, at])).toEqual([["BEYOND_LIMIT", day(0)], ["BEYOND_LIMIT", day(1)], ["BEYOND_LIMIT", day(2)]]);
  });

  test("CUSUM adds up standard deviations above and below the centre, less k", () => {
    // z = (p - 0.1) / 0.03: 2, 3, -1.
    const { points, signals } = drawChart(days([[16, 100], [19, 100], [7, 100]]), days([[10, 100]]), { ...TERMS, kind: "CUSUM", h: 4 });
    expect(points.map(({ statistic, below, low, high }) => [Number(statistic.toFixed(9)), Number(below!.toFixed(9)), low, high])).toEqual([
      [1.5, 0, null, 4], [4, 0, null, 4], [2.5, 0.5, null, 4],
    ]);
    expect(signals).toEqual([]);
    expect(drawChart(days([[16, 100], [19, 100]]), days([[10, 100]]), { ...TERMS, kind: "CUSUM", h: 3.9 }).signals).toHaveLength(1);
  });

  test.each(["P", "LANEY_P", "EWMA", "CUSUM"] as const)("without a baseline there is no centre and nothing to draw: %s", (kind) => {
    expect(drawChart(days([[1, 10]]), [], { ...TERMS, kind })).toEqual({ kind, center: null, sigmaZ: null, points: [], signals: [] });
  });

  test.each(["P", "LANEY_P", "EWMA", "CUSUM"] as const)("where all were right every limit is exactly 0: %s", (kind) => {
    const { center, points } = drawChart(days([[0, 10], [0, 20]]), days([[0, 10], [0, 20]]), { ...TERMS, kind });
    expect(center).toBe(0);
    expect(points.map(({ statistic, signals }) => [statistic, signals])).toEqual([[0, []], [0, []]]);
  });
});

test.each([["lambda", 0], ["lambda", 1.01], ["width", 0], ["k", -1], ["h", 0], ["h", Number.NaN]] as const)("%s can't be %d", (name, value) => {
  expect(() => checkTerms({ ...TERMS, [name]: value })).toThrow(name);
});

test("k may be 0, and the limits themselves be asked for", () => {
  expect(() => checkTerms({ ...TERMS, k: 0, lambda: 1, h: 100 })).not.toThrow();
});
