import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scoreConfusion } from "../src/stats/confusion.ts";
import { erlangC, fullTimeEquivalents } from "../src/stats/operations.ts";
import { percentile } from "../src/stats/percentiles.ts";

describe("label scores", () => {
  it("of a matrix by hand", () => {
    const { labels, n, accuracy, macroF1, weightedF1, kappa } = scoreConfusion([[5, 1, 0], ["2", 3, 0], [1, 0, 0]]);
    expect(labels).toEqual([
      { support: 6, predicted: 8, hits: 5, precision: 5 / 8, recall: 5 / 6, f1: 10 / 14 },
      { support: 5, predicted: 4, hits: 3, precision: 3 / 4, recall: 3 / 5, f1: 6 / 9 },
      { support: 1, predicted: 0, hits: 0, precision: null, recall: 0, f1: 0 },
    ]);
    expect([n, accuracy]).toEqual([12, 8 / 12]);
    expect(macroF1).toBeCloseTo((10 / 14 + 6 / 9) / 3, 12);
    expect(weightedF1).toBeCloseTo((6 * (10 / 14) + 5 * (6 / 9)) / 12, 12);
    expect(kappa.value).toBeCloseTo((8 / 12 - 68 / 144) / (1 - 68 / 144), 12);
  });

  it.each([
    ["nothing", [[0, 0], [0, 0]], [null, null, null, null]],
    ["one label used, the other never", [[4, 0], [0, 0]], [1, 0.5, 1, null]],
    ["all wrong", [[0, 4], [3, 0]], [0, 0, 0, -48 / 50]],
    ["all right", [[4, 0], [0, 3]], [1, 1, 1, 1]],
    ["no labels", [], [null, null, null, null]],
  ] as const)("of %s", (_, matrix, [accuracy, macroF1, weightedF1, kappa]) => {
    const scores = scoreConfusion(matrix);
    expect(scores).toMatchObject({ accuracy, macroF1, weightedF1 });
    if (kappa === null) expect(scores.kappa.value).toBeNull();
    else expect(scores.kappa.value).toBeCloseTo(kappa, 12);
  });

  it("are null where a label is neither true nor called, which counts as 0 in the mean", () => {
    const { labels, macroF1 } = scoreConfusion([[4, 0], [0, 0]]);
    expect(labels[1]).toEqual({ support: 0, predicted: 0, hits: 0, precision: null, recall: null, f1: null });
    expect(macroF1).toBe(0.5);
  });
});

describe("percentiles", () => {
  it.each([
    [[], 0.5, null], [[7], 0, 7], [[7], 0.9, 7], [[1, 2], 0.5, 1.5], [[3, 1, 2], 0, 1], [[3, 1, 2], 1, 3], [[1, 2, 3, 4, 5], 0.9, 4.6],
  ] as const)("of %j at %f: %s", (values, share, expected) => expect(percentile(values, share)).toBe(expected));

  it("lie among the values, and never fall as the share grows", () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(fc.property(fc.array(fc.nat(99), { minLength: 1 }), share, share, (values, p, q) => {
      const [low, high] = [percentile(values, Math.min(p, q))!, percentile(values, Math.max(p, q))!];
      expect(low).toBeLessThanOrEqual(high + 1e-12);
      expect(low).toBeGreaterThanOrEqual(Math.min(...values));
      expect(high).toBeLessThanOrEqual(Math.max(...values));
    }));
    expect(() => percentile([1], 1.1)).toThrow(RangeError);
  });
});

describe("operations", () => {
  it("need as many people as the check vector says", () => {
    expect(fullTimeEquivalents({ volume: 12_000, handleSeconds: 45, hours: 7.5, utilisation: 0.85, shrinkage: 0.3 })).toBeCloseTo(33.613445, 6);
    expect(fullTimeEquivalents({ volume: 1, handleSeconds: 45, hours: 7.5, utilisation: 0.85, shrinkage: 1 })).toBeNull();
  });

  it("have Erlang's chance of waiting, by the sum of the formula", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 40 }), fc.double({ min: 0.01, max: 0.99, noNaN: true }), (agents, busy) => {
      const load = agents * busy;
      let [sum, term] = [0, 1];
      for (let k = 0; k < agents; k += 1) [sum, term] = [sum + term, (term * load) / (k + 1)];
      const last = (term * agents) / (agents - load);
      const { waitChance, meanWait, occupancy, servedWithin } = erlangC({ arrivals: load / 3, handleTime: 3, agents })!;
      expect(waitChance).toBeCloseTo(last / (sum + last), 12);
      expect(meanWait).toBeCloseTo((waitChance * 3) / (agents - load), 9);
      expect(occupancy).toBeCloseTo(busy, 12);
      expect(servedWithin(0)).toBeCloseTo(1 - waitChance, 12);
    }));
  });

  it("are unstable where more comes than can be done, and sure where nothing comes", () => {
    for (const agents of [0, 9, 10]) expect(erlangC({ arrivals: 10, handleTime: 1, agents })).toBeNull();
    expect(erlangC({ arrivals: 0, handleTime: 1, agents: 2 })).toMatchObject({ waitChance: 0, meanWait: 0, occupancy: 0 });
    expect(erlangC({ arrivals: 990, handleTime: 1, agents: 1_000 })!.waitChance).toBeGreaterThan(0.5);
    for (const load of [{ arrivals: -1, handleTime: 1, agents: 1 }, { arrivals: 1, handleTime: 0, agents: 1 }, { arrivals: 1, handleTime: 1, agents: 1.5 }]) {
      expect(() => erlangC(load)).toThrow(RangeError);
    }
  });
});
