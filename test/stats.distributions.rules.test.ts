import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { binomialCdf, binomialPmf, hypergeometricCdf, hypergeometricPmf } from "../src/stats/distributions.ts";

// mpmath 1.3 with 60 digits.
describe("the binomial distribution", () => {
  it.each([
    [2, 89, 0.01, 0.939689918313559535, 0.16334453658184922],
    [0, 3, 0.25, 0.421875, 0.421875],
    [16_338, 1_209_274, 0.0135906, 0.224982664924798223, 0.00235294997943226269],
    [900, 30_000, 0.03, 0.508865153515168842, 0.0135008991827811123],
    [49, 100, 0.5, 0.460205381306410619, 0.0780286641050772172],
    [3, 1_000_000, 1e-5, 0.0103357858444334617, 0.00756648092794529721],
    [999_990, 1_000_000, 0.99999, 0.54207091107617739, 0.12511066127589931],
  ])("of %i in %i at %f is right to 1e-12", (x, n, p, atMost, exactly) => {
    expect(Math.abs(binomialCdf(x, n, p) - atMost)).toBeLessThanOrEqual(1e-12);
    expect(Math.abs(binomialPmf(x, n, p) - exactly)).toBeLessThanOrEqual(1e-12);
  });

  it("has its edges", () => {
    expect([binomialCdf(-1, 5, 0.5), binomialCdf(5, 5, 0.5), binomialPmf(-1, 5, 0.5), binomialPmf(6, 5, 0.5)]).toEqual([0, 1, 0, 0]);
    for (const [p, none, all] of [[0, 1, 0], [1, 0, 1]] as const) {
      expect([binomialPmf(0, 5, p), binomialPmf(5, 5, p), binomialCdf(4, 5, p)]).toEqual([none, all, none]);
    }
    expect(() => binomialPmf(1, 2, 1.5)).toThrow(RangeError);
    expect(() => binomialPmf(1, 2.5, 0.5)).toThrow(RangeError);
  });

  it("sums to one, and falls as units get worse", () => {
    const chance = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(fc.property(fc.integer({ min: 1, max: 300 }), chance, chance, fc.nat(300), (n, p, q, at) => {
      const x = at % (n + 1);
      const masses = Array.from({ length: n + 1 }, (_, k) => binomialPmf(k, n, p));
      expect(masses.reduce((sum, mass) => sum + mass, 0)).toBeCloseTo(1, 11);
      expect(binomialCdf(x, n, p)).toBeCloseTo(masses.slice(0, x + 1).reduce((sum, mass) => sum + mass, 0), 11);
      expect(binomialCdf(x, n, Math.max(p, q))).toBeLessThanOrEqual(binomialCdf(x, n, Math.min(p, q)) + 1e-12);
    }));
  });
});

describe("the hypergeometric distribution", () => {
  it.each([
    [2, { lotSize: 1_200, defectives: 12, n: 80 }, 0.959472868162913482, 0.147479031572317776],
    [14, { lotSize: 117, defectives: 45, n: 38 }, 0.483565120344028736, 0.156364347061225387],
    [9, { lotSize: 1_000_000, defectives: 100_000, n: 50 }, 0.975465176867604382, 0.0333277330774692866],
    [860, { lotSize: 1_000_000, defectives: 10_000, n: 81_545 }, 0.950115611468679619, 0.00383252308943216807],
    [0, { lotSize: 20, defectives: 1, n: 18 }, 0.1, 0.1],
    [5, { lotSize: 10, defectives: 8, n: 6 }, 0.866666666666666667, 0.533333333333333333],
  ])("of %i of %o is right to 1e-12", (x, lot, atMost, exactly) => {
    expect(Math.abs(hypergeometricCdf(x, lot) - atMost)).toBeLessThanOrEqual(1e-12);
    expect(Math.abs(hypergeometricPmf(x, lot) - exactly)).toBeLessThanOrEqual(1e-12);
  });

  it("has its edges", () => {
    const lot = { lotSize: 10, defectives: 8, n: 6 };
    expect([3, 4, 6, 7].map((x) => hypergeometricPmf(x, lot) > 0)).toEqual([false, true, true, false]);
    expect([3, 6].map((x) => hypergeometricCdf(x, lot))).toEqual([0, 1]);
    expect(hypergeometricCdf(0, { lotSize: 10, defectives: 0, n: 10 })).toBe(1);
    expect(hypergeometricCdf(0, { lotSize: 10, defectives: 10, n: 0 })).toBe(1);
    expect(() => hypergeometricPmf(1, { ...lot, n: 11 })).toThrow(RangeError);
  });

  it("sums to one, and is as good as binomial in a large lot", () => {
    const anyLot = fc.integer({ min: 1, max: 200 }).chain((lotSize) =>
      fc.record({ lotSize: fc.constant(lotSize), defectives: fc.nat(lotSize), n: fc.nat(lotSize) }));
    fc.assert(fc.property(anyLot, fc.nat(200), (lot, at) => {
      const masses = Array.from({ length: lot.n + 1 }, (_, k) => hypergeometricPmf(k, lot));
      expect(masses.reduce((sum, mass) => sum + mass, 0)).toBeCloseTo(1, 11);
      const x = at % (lot.n + 1);
      expect(hypergeometricCdf(x, lot)).toBeCloseTo(masses.slice(0, x + 1).reduce((sum, mass) => sum + mass, 0), 11);
    }));
    expect(hypergeometricCdf(3, { lotSize: 1e12, defectives: 1e10, n: 132 })).toBeCloseTo(binomialCdf(3, 132, 0.01), 9);
  });
});
