import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Estimate, estimateRate } from "../src/stats/estimation.ts";
import { wilson, wilsonOfPopulation } from "../src/stats/proportions.ts";
import type { StratumCounts } from "../src/stats/strata.ts";

const share = fc.integer({ min: 1, max: 1_000_000 }).chain((n) => fc.record({ n: fc.constant(n), x: fc.integer({ min: 0, max: n }) }));
const upTo = (max: number) => fc.integer({ min: 0, max });
const anyStratum = fc.record({ frameSize: upTo(5_000), run: upTo(3), key: upTo(4) }).chain(({ frameSize, run, key }) =>
  upTo(Math.min(frameSize, 60)).chain((audited) => fc.record({ voided: upTo(frameSize - audited), inGroup: upTo(audited) })
    .chain((part) => upTo(part.inGroup).chain((n) => upTo(n).map((x): StratumCounts => ({
      runId: `${run}`, stratumId: `${run}/${key}`, stratumKey: `${key}`, frameSize, audited, ...part, n, x,
    }))))));
const anyStrata = fc.uniqueArray(anyStratum, { selector: ({ stratumId }) => stratumId, maxLength: 12 });
const anyBasis = fc.constantFrom("POPULATION" as const, "PROCESS" as const);

describe("always", () => {
  it("a Wilson interval lies in 0..1 and holds its share, and the corrected one lies inside it", () => {
    fc.assert(fc.property(share, upTo(1_000_000), ({ n, x }, more) => {
      const [p, plain, corrected] = [x / n, wilson(x / n, n), wilsonOfPopulation(x / n, n, n + more)];
      const order = [0, plain.low, corrected.low, p, corrected.high, plain.high, 1];
      order.slice(1).forEach((limit, i) => expect(limit - (order[i] ?? 0)).toBeGreaterThanOrEqual(-1e-12));
      expect(plain.low).toBeLessThanOrEqual(p);
      expect(plain.high).toBeGreaterThanOrEqual(p);
      if (more === 0) expect(corrected).toEqual({ low: p, high: p });
    }));
  });

  it("more cases of the same share narrow the interval on both sides", () => {
    fc.assert(fc.property(share, fc.integer({ min: 2, max: 50 }), ({ n, x }, times) => {
      const [fewer, more] = [wilson(x / n, n), wilson(x / n, n * times)];
      expect(more.low).toBeGreaterThanOrEqual(fewer.low - 1e-12);
      expect(more.high).toBeLessThanOrEqual(fewer.high + 1e-12);
      expect(more.high - more.low).toBeLessThan(fewer.high - fewer.low);
    }));
  });

  it("an estimate is finite or null with a reason, inside its interval, inside 0..1", () => {
    fc.assert(fc.property(anyStrata, anyBasis, upTo(20), (strata, basis, minCellAudits) => {
      const { value, numerator, denominator, n, interval, reason } = estimateRate(strata, { basis, minCellAudits, minCoverage: 0.5 });
      if (value === null || !interval) {
        expect([value, interval, reason]).toEqual([null, null, expect.any(String)]);
        return;
      }
      const limits = [0, interval.low, value, interval.high, 1];
      expect(limits).toEqual(limits.toSorted((a, b) => a - b));
      expect(value).toBe((numerator ?? Number.NaN) / (denominator ?? Number.NaN));
      expect(n).toBeGreaterThan(0);
      if (value === 0) expect(interval.low).toBe(0);
      if (value === 1) expect(interval.high).toBe(1);
    }), { numRuns: 1_000 });
  });

  it("an estimate is the same to the last bit in any order of its rows", () => {
    const shuffled = anyStrata.chain((strata) => fc.tuple(fc.constant(strata), fc.shuffledSubarray(strata, { minLength: strata.length })));
    fc.assert(fc.property(shuffled, anyBasis, ([strata, other], basis) => {
      expect(JSON.stringify(estimateRate(other, { basis }))).toBe(JSON.stringify(estimateRate(strata, { basis })));
    }), { numRuns: 500 });
  });

  it("what was found in a stratum adds up, in however many rows it comes", () => {
    fc.assert(fc.property(anyStrata, anyBasis, (strata, basis) => {
      const halves = strata.flatMap((row): StratumCounts[] => {
        const half = { inGroup: Math.floor(Number(row.inGroup) / 2), n: Math.floor(Number(row.n) / 2), x: Math.floor(Number(row.x) / 2) };
        return [{ ...row, ...half }, { ...row, inGroup: Number(row.inGroup) - half.inGroup, n: Number(row.n) - half.n, x: Number(row.x) - half.x }];
      });
      expect(JSON.stringify(estimateRate(halves, { basis }))).toBe(JSON.stringify(estimateRate(strata, { basis })));
    }), { numRuns: 500 });
  });

  it("the rate of errors mirrors the rate of what is right", () => {
    fc.assert(fc.property(anyStrata, anyBasis, (strata, basis) => {
      const errors = strata.map((row): StratumCounts => ({ ...row, x: Number(row.n) - Number(row.x) }));
      const [right, wrong]: [Estimate, Estimate] = [estimateRate(strata, { basis }), estimateRate(errors, { basis })];
      expect(wrong.reason).toBe(right.reason);
      if (right.value === null || wrong.value === null) return;
      expect(wrong.value).toBeCloseTo(1 - right.value, 12);
      expect(wrong.interval?.low).toBeCloseTo(1 - (right.interval?.high ?? 0), 12);
      expect(wrong.interval?.high).toBeCloseTo(1 - (right.interval?.low ?? 0), 12);
    }));
  });
});
