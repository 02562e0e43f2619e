import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jackknifeInterval } from "../src/stats/jackknife.ts";
import { cohenKappa, KAPPA_WEIGHTS } from "../src/stats/kappa.ts";
import { raterBias } from "../src/stats/raters.ts";

const anyTable = fc.array(fc.array(fc.nat(9), { minLength: 3, maxLength: 3 }), { minLength: 3, maxLength: 3 });

describe("Cohen's kappa", () => {
  it("is the same with the raters exchanged, and with its interval by hand, whatever the weights", () => {
    fc.assert(fc.property(anyTable, fc.constantFrom(...KAPPA_WEIGHTS), (table, weights) => {
      const { value, interval } = cohenKappa(table, weights);
      const exchanged = cohenKappa(table.map((_, i) => table.map((row) => row[i]!)), weights);
      expect(exchanged.value === null).toBe(value === null);
      if (value === null) return;
      expect(exchanged.value).toBeCloseTo(value, 12);
      const less = (i: number, j: number) => table.map((row, a) => row.map((count, b) => (a === i && b === j ? count - 1 : count)));
      const leftOut = table.flatMap((row, i) => row.flatMap((times, j) => (times ? [{ value: cohenKappa(less(i, j), weights).value, times }] : [])));
      const byHand = jackknifeInterval(value, leftOut);
      expect(interval === null).toBe(byHand === null);
      if (!interval || !byHand) return;
      expect(interval.low).toBeCloseTo(byHand.low, 9);
      expect(interval.high).toBeCloseTo(byHand.high, 9);
    }));
  });

  it("weighs nothing where there are two categories, and steps where there are more", () => {
    fc.assert(fc.property(anyTable, (table) => {
      const two = table.slice(0, 2).map((row) => row.slice(0, 2));
      for (const weights of KAPPA_WEIGHTS) expect(cohenKappa(two, weights).value).toBe(cohenKappa(two).value);
    }));
    // By hand: rows 11, 10, 9 and columns 12, 9, 9, so that chance costs 297 + 210 + 297 by steps, 495 + 210 + 513 by their squares.
    const table = [[10, 1, 0], [1, 7, 2], [1, 1, 7]];
    expect(cohenKappa(table, "LINEAR").value).toBeCloseTo(1 - (7 * 30) / 804, 12);
    expect(cohenKappa(table, "QUADRATIC").value).toBeCloseTo(1 - (9 * 30) / 1218, 12);
  });
});

describe("rater bias", () => {
  it("has a direction: what a rater gives more often than the consensus on the same items", () => {
    expect(raterBias(3, [
      { rater: "b", vote: 1, consensus: 0, times: 2 }, { rater: "b", vote: 0, consensus: 0, times: "6" },
      { rater: "a", vote: 2, consensus: 2 }, { rater: "b", vote: 1, consensus: 2 }, { rater: "b", vote: 2, consensus: 2 },
      { rater: "c", vote: 2, consensus: 2, times: 0 },
    ])).toEqual([
      { rater: "a", n: 1, agreed: 1, agreement: 1, bias: [0, 0, 0] },
      { rater: "b", n: 10, agreed: 7, agreement: 0.7, bias: [-0.2, 0.3, -0.1] },
    ]);
    expect(() => raterBias(2, [{ rater: "a", vote: 2, consensus: 0 }])).toThrow(RangeError);
  });
});
