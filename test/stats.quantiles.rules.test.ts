import type { Decimal } from "decimal.js";
import { describe, expect, it } from "vitest";
import { betaCdf, betaQuantile, clopperPearson } from "../src/stats/beta.ts";
import { chiSquareCdf, chiSquareQuantile, chiSquareTail, normalCdf } from "../src/stats/gamma.ts";
import { normalQuantile, zOfLevel } from "../src/stats/quantiles.ts";
import { tCdf, tQuantile } from "../src/stats/student.ts";
import { Oracle } from "./kit/oracle.ts";

const PROBABILITIES = [1e-300, 1e-100, 1e-16, 1e-5, 0.025, 0.3, 0.5, 0.7, 0.975, 1 - 1e-5, 1 - 2 ** -53];
const SHAPES = [0.03125, 0.5, 1, 3.25, 60, 2_000];
const FREEDOM = [0.0625, 0.5, 1, 2, 7.5, 100, 100_000];

const oracle = new Oracle(60);
// For what is left of 1 when all but 1e-300 of it is taken.
const fine = new Oracle(330);

type Share = (of: Oracle, at: Decimal) => Decimal;

/** Right to 1e-12 of itself: less lies below a point less by that, and more below one more by that, than should. */
function expectPoint(x: number, p: number, share: Share, of = oracle): void {
  const at = of.exact(x);
  const reach = at.abs().mul(1e-12);
  expect(share(of, at.sub(reach)).lte(of.exact(p))).toBe(true);
  expect(share(of, at.add(reach)).gte(of.exact(p))).toBe(true);
}

/** A point that is too small, or far, for a number: more than should lies short of the last number, or below the first above 0. */
function expectBeyond(p: number, share: Share, last: number): void {
  expect(share(oracle, oracle.exact(last)).gt(oracle.exact(p))).toBe(true);
}

function expectShare(share: number, expected: Decimal): void {
  expect(expected.sub(oracle.exact(share)).abs().lte(1e-12)).toBe(true);
}

const beta = (a: number, b: number): Share => (of, at) => of.beta(at, of.exact(a), of.exact(b));
const chiSquare = (df: number): Share => (of, at) => of.gamma(at.div(2), of.exact(df / 2));
const student = (df: number): Share => (of, at) => of.student(at, of.exact(df));

describe("the oracle", () => {
  it("knows what can be written down, and sees an error of a millionth of a millionth", () => {
    const close = (actual: Decimal, digits: string) => expect(actual.toFixed(30)).toBe(digits);
    close(oracle.normal(oracle.exact(1)), "0.841344746068542948585232545632");
    close(chiSquare(2)(oracle, oracle.exact(2)), "0.632120558828557678404476229839");
    close(beta(0.5, 0.5)(oracle, oracle.exact(0.25)), "0.333333333333333333333333333333");
    close(student(1)(oracle, oracle.exact(-1)), "0.250000000000000000000000000000");
    const x = chiSquareQuantile(0.3, 7.5);
    for (const off of [x * (1 + 2e-12), x * (1 - 2e-12)]) expect(() => expectPoint(off, 0.3, chiSquare(7.5))).toThrow();
  });
});

describe("quantiles are right to 1e-12", () => {
  it.each(PROBABILITIES)("normal, at %d", (p) => {
    if (p === 0.5) expect(normalQuantile(p)).toBe(0);
    else expectPoint(normalQuantile(p), p, (of, z) => of.normal(z), p < 1e-20 ? fine : oracle);
  });

  it.each(FREEDOM)("chi-square with %d degrees of freedom", (df) => {
    for (const p of PROBABILITIES) {
      const x = chiSquareQuantile(p, df);
      if (x > 1e-300) expectPoint(x, p, chiSquare(df));
      else expectBeyond(p, chiSquare(df), 1e-300);
    }
  });

  it.each(SHAPES.flatMap((a) => SHAPES.map((b) => [a, b] as const)))("beta of %d and %d", (a, b) => {
    for (const p of PROBABILITIES) {
      const x = betaQuantile(p, { a, b });
      if (x > 1e-300) expectPoint(x, p, beta(a, b), p < 1e-20 && x > 0.5 ? fine : oracle);
      else expectBeyond(p, beta(a, b), 1e-300);
    }
  });

  it.each([0.25, 1, 2, 4.5, 30, 1_000, 1_000_000])("Student's t with %d degrees of freedom", (df) => {
    for (const p of PROBABILITIES) {
      const t = tQuantile(p, df);
      if (p === 0.5) expect(t).toBe(0);
      else if (Number.isFinite(t)) expectPoint(t, p, student(df), p < 1e-20 && df >= 1_000 ? fine : oracle);
      else expectBeyond(p, student(df), -Number.MAX_VALUE);
    }
  });

  it("with a hundred million degrees of freedom, where t is as good as normal", () => {
    expectPoint(chiSquareQuantile(0.3, 1e8), 0.3, chiSquare(1e8));
    expectPoint(tQuantile(0.025, 1e8), 0.025, student(1e8));
    expect(tQuantile(0.975, 1e10)).toBeCloseTo(zOfLevel(0.95), 9);
  });

  it("of nothing but probabilities and shapes", () => {
    for (const p of [0, 1, -0.1, Number.NaN]) {
      for (const quantile of [normalQuantile, (q: number) => chiSquareQuantile(q, 1), (q: number) => tQuantile(q, 1), (q: number) => betaQuantile(q, { a: 1, b: 1 })]) {
        expect(() => quantile(p)).toThrow(RangeError);
      }
    }
    for (const shape of [0, -1, Number.NaN, Infinity]) {
      expect(() => chiSquareQuantile(0.5, shape)).toThrow(RangeError);
      expect(() => tQuantile(0.5, shape)).toThrow(RangeError);
      expect(() => betaQuantile(0.5, { a: 1, b: shape })).toThrow(RangeError);
    }
  });
});

describe("shares are right to 1e-12", () => {
  it("normal", () => {
    for (const z of [-38, -8, -1.96, -0.3, 1e-9, 0.7, 3, 9]) expectShare(normalCdf(z), oracle.normal(oracle.exact(z)));
    expect(normalCdf(0)).toBe(0.5);
    expect(normalCdf(-38)).toBeCloseTo(0, 300);
    expect(normalCdf(-38)).toBeGreaterThan(0);
  });

  it.each(FREEDOM)("chi-square with %d degrees of freedom", (df) => {
    for (const x of [1e-9, 0.5, df / 2, df, df + 3 * Math.sqrt(df), 3 * df]) {
      const below = chiSquare(df)(oracle, oracle.exact(x));
      expectShare(chiSquareCdf(x, df), below);
      expectShare(chiSquareTail(x, df), below.neg().add(1));
    }
    expect([chiSquareCdf(0, df), chiSquareTail(0, df), chiSquareCdf(Infinity, df)]).toEqual([0, 1, 1]);
  });

  it.each(SHAPES.flatMap((a) => SHAPES.map((b) => [a, b] as const)))("beta of %d and %d", (a, b) => {
    for (const x of [1e-9, a / (a + b) / 2, a / (a + b), 0.5, 0.999]) expectShare(betaCdf(x, { a, b }), beta(a, b)(oracle, oracle.exact(x)));
    expect([betaCdf(0, { a, b }), betaCdf(1, { a, b })]).toEqual([0, 1]);
  });

  it.each([0.25, 1, 4.5, 1_000, 1_000_000])("Student's t with %d degrees of freedom", (df) => {
    for (const t of [-1e9, -3, -0.1, 1e-9, 2, 40]) expectShare(tCdf(t, df), student(df)(oracle, oracle.exact(t)));
    expect([tCdf(0, df), tCdf(-Infinity, df), tCdf(Infinity, df)]).toEqual([0.5, 0, 1]);
  });
});

describe("the interval of Clopper & Pearson is right to 1e-12", () => {
  it.each([[1, 1], [0, 20], [81, 263], [1, 1_000_000], [999_000, 1_000_000], [500, 1_000], [20, 20]])("of %i in %i", (x, n) => {
    const { low, high } = clopperPearson(x, n);
    const tail = (1 - 0.95) / 2;
    if (x === 0) expect(low).toBe(0);
    else expectPoint(low, tail, beta(x, n - x + 1));
    if (x === n) expect(high).toBe(1);
    else expectShare(tail, beta(n - x, x + 1)(oracle, oracle.exact(high).neg().add(1)));
  });

  it("of nothing but counts", () => {
    for (const [x, n] of [[0, 0], [-1, 5], [6, 5], [1.5, 5]] as const) expect(() => clopperPearson(x, n)).toThrow(RangeError);
  });
});
