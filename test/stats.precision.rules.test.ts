import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { estimateRate } from "../src/stats/estimation.ts";
import { expectPrecision } from "../src/stats/precision.ts";
import { normalQuantile, zOfLevel } from "../src/stats/quantiles.ts";
import { cochranSize, sizeForPrecision } from "../src/stats/sizes.ts";

describe("the size for a precision", () => {
  it.each([
    [{ p: 0.5, halfWidth: 0.05 }, 384.145882, 385],
    [{ p: 0.95, halfWidth: 0.02 }, 456.173235, 457],
    [{ p: 0.95, halfWidth: 0.02, frameSize: 2_000 }, 371.601668, 372],
  ])("%o: %f", (target, unrounded, size) => {
    expect(cochranSize(target)).toBeCloseTo(unrounded, 6);
    expect(sizeForPrecision(target)).toBe(size);
  });

  it("is never more than the frame and never none", () => {
    const real = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    fc.assert(fc.property(fc.integer({ min: 1, max: 5_000 }), real(1e-4, 0.5), real(0, 1), (frameSize, halfWidth, p) => {
      const size = sizeForPrecision({ frameSize, halfWidth, p });
      expect(size).toBeGreaterThanOrEqual(1);
      expect(size).toBeLessThanOrEqual(frameSize);
      expect(size).toBeLessThanOrEqual(sizeForPrecision({ halfWidth, p }));
    }));
    expect(sizeForPrecision({ halfWidth: 0.03, frameSize: 1 })).toBe(1);
    expect(sizeForPrecision({ halfWidth: 0.03, p: 1 })).toBe(1);
    expect(sizeForPrecision({ halfWidth: 0.03, p: 1, frameSize: 1 })).toBe(1);
  });

  it("takes another level by its quantile", () => {
    expect(sizeForPrecision({ halfWidth: 0.05, z: zOfLevel(0.99) })).toBe(664);
    expect(sizeForPrecision({ halfWidth: 0.05, z: zOfLevel(0.9) })).toBe(271);
  });

  it("refuses what is no target", () => {
    for (const halfWidth of [0, 1, Number.NaN]) expect(() => sizeForPrecision({ halfWidth })).toThrow(RangeError);
    for (const p of [-0.1, 1.1]) expect(() => sizeForPrecision({ halfWidth: 0.1, p })).toThrow(RangeError);
    expect(() => sizeForPrecision({ halfWidth: 0.1, frameSize: 0 })).toThrow(RangeError);
  });
});

describe("the normal quantile", () => {
  // mpmath 1.3 with 40 digits, of the double nearest to p.
  it.each([
    [1e-300, -37.047096299361199], [1e-20, -9.2623400897984076], [1e-6, -4.7534243088228989], [0.025, -1.9599639845400542],
    [0.074, -1.4466320671589785], [0.0750001, -1.4395307645017297], [0.3, -0.52440051270804082], [0.5, 0], [0.9, 1.2815515655446006],
    [0.975, 1.9599639845400539], [0.995, 2.5758293035489005], [1 - 1e-9, 5.9978070196016374],
  ])("of %f", (p, z) => expect(Math.abs(normalQuantile(p) - z)).toBeLessThanOrEqual(1e-12));

  it("has none at the ends", () => {
    for (const p of [0, 1, -1, Number.NaN]) expect(() => normalQuantile(p)).toThrow(RangeError);
  });
});

describe("the precision to expect", () => {
  const near95 = [[20, 0.114], [80, 0.051], [125, 0.039], [200, 0.031], [315, 0.025], [500, 0.019]] as const;

  it.each(near95)("of %i audits near 95 %% is %f", (n, halfWidth) => {
    const p = Math.round(n * 0.95) / n;
    expect(expectPrecision([{ key: "all", frameSize: 1e9, sampleSize: n, p }]).halfWidth).toBeCloseTo(halfWidth, 3);
  });

  it("is that of the estimate when it comes, overall and by stratum", () => {
    const strata = [
      { key: "a", frameSize: 9_000, sampleSize: 100, p: 0.98 }, { key: "b", frameSize: 1_000, sampleSize: 50, p: 0.8 },
      { key: "c", frameSize: 60, sampleSize: 4, p: 0.5 }, { key: "d", frameSize: 40, sampleSize: 4, p: 0.75 },
    ];
    const counts = strata.map(({ key, frameSize, sampleSize: n, p }) => ({
      runId: "run", stratumId: key, stratumKey: key, frameSize, audited: n, voided: 0, inGroup: n, n, x: Math.round(n * p),
    }));
    const half = (rows: typeof counts) => {
      const { interval } = estimateRate(rows, { basis: "POPULATION" });
      return (interval!.high - interval!.low) / 2;
    };
    const expected = expectPrecision(strata.toReversed());
    expect(expected.halfWidth).toBeCloseTo(half(counts), 12);
    // "a" and "b" are as small, so that which of them takes the small ones in depends on the keys.
    const alike = strata.map((stratum) => ({ ...stratum, sampleSize: Math.min(stratum.sampleSize, stratum.frameSize > 90 ? 50 : 2) }));
    expect(expectPrecision(alike.toReversed()).halfWidth).toBe(expectPrecision(alike).halfWidth);
    for (const { key, halfWidth } of expected.strata) {
      expect(halfWidth).toBeCloseTo(half(counts.filter((row) => row.stratumKey === key)), 12);
    }
    expect(expected.strata.map(({ key }) => key)).toEqual(["d", "c", "b", "a"]);
  });

  it("is unknown where nobody looks, and zero where everybody is looked at", () => {
    const [seen, unseen] = [{ key: "a", frameSize: 950, sampleSize: 90, p: 0.9 }, { key: "b", frameSize: 50, sampleSize: 0, p: 0.9 }];
    expect(expectPrecision([seen, unseen]).strata).toEqual([{ key: "a", halfWidth: expect.any(Number) }, { key: "b", halfWidth: null }]);
    expect(expectPrecision([seen, unseen]).halfWidth).toBe(expectPrecision([seen]).halfWidth);
    expect(expectPrecision([seen, { ...unseen, frameSize: 150 }]).halfWidth).toBeNull();
    expect(expectPrecision([])).toEqual({ strata: [], halfWidth: null });
    expect(expectPrecision([{ key: "a", frameSize: 50, sampleSize: 50, p: 0.9 }]).halfWidth).toBe(0);
    expect(expectPrecision([{ key: "a", frameSize: 50, sampleSize: 50, p: 0.9 }], "PROCESS").halfWidth).toBeGreaterThan(0.05);
  });

  it("is about what the size was computed for", () => {
    const sampleSize = sizeForPrecision({ halfWidth: 0.03, p: 0.9, frameSize: 4_000 });
    expect(expectPrecision([{ key: "q", frameSize: 4_000, sampleSize, p: 0.9 }]).halfWidth).toBeCloseTo(0.03, 3);
  });
});

const folder = process.env.ASSAY_REFERENCE_DATA;
const why = folder && existsSync(folder) ? "" : " (skipped: ASSAY_REFERENCE_DATA is not set to a folder)";

describe.skipIf(why !== "")(`published sample sizes${why}`, () => {
  const published = (name: string) =>
    JSON.parse(readFileSync(join(folder ?? "", "textbook_cases.json"), "utf8")).find((each: { name: string }) => each.name === name);

  it("are Cochran's", () => {
    for (const name of ["cochran_n0_385", "cochran_fpc_3200"]) {
      const { input, expected, expected_full_precision: full, tolerance_full_precision: tolerance } = published(name);
      const target = { halfWidth: input.margin, p: input.p, z: input.z ?? zOfLevel(input.confidence), frameSize: input.N };
      expect(Math.abs(cochranSize(target) - (full.n ?? full.n0))).toBeLessThanOrEqual(tolerance);
      expect(Math.abs(cochranSize({ ...target, frameSize: Infinity }) - full.n0)).toBeLessThanOrEqual(tolerance);
      expect(sizeForPrecision(target)).toBe(expected.n_rounded_up);
    }
  });

  it("are Krejcie and Morgan's, whose table rounds to nearest where we round up", () => {
    const { input, expected, ...rest } = published("krejcie_morgan_100_500_1000_10000");
    const { expected_full_precision: full, tolerance_full_precision: tolerance } = rest;
    for (const [index, frameSize] of input.N.entries()) {
      const target = { halfWidth: input.d, p: input.p, z: Math.sqrt(input.chi_square), frameSize };
      expect(Math.abs(cochranSize(target) - full.n[index])).toBeLessThanOrEqual(tolerance);
      expect(Math.round(cochranSize(target))).toBe(expected.n_rounded_nearest[index]);
      expect(sizeForPrecision(target)).toBe(Math.ceil(full.n[index]));
    }
  });
});
