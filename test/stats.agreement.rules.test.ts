import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Coefficient, fleissKappa, gwetAc1, percentAgreement } from "../src/stats/agreement.ts";
import { ALPHA_LEVELS, type AlphaLevel, krippendorffAlpha } from "../src/stats/alpha.ts";
import { jackknifeInterval } from "../src/stats/jackknife.ts";
import { cohenKappa, KAPPA_WEIGHTS } from "../src/stats/kappa.ts";
import { prevalence, type RatedItem, tableOfRatings } from "../src/stats/ratings.ts";

const items = (...counts: number[][]): RatedItem[] => counts.map((each) => ({ counts: each }));
const alphaOf = (level: AlphaLevel, categories: number) => (rated: RatedItem[]) =>
  krippendorffAlpha(tableOfRatings(categories, rated), { level, values: Array.from({ length: categories }, (_, k) => k * k) });

/** Every coefficient of items in a scheme of four. */
const COEFFICIENTS: Record<string, (rated: RatedItem[]) => Coefficient> = {
  "percent agreement": (rated) => percentAgreement(tableOfRatings(4, rated)),
  "Fleiss' kappa": (rated) => fleissKappa(tableOfRatings(4, rated)),
  "Gwet's AC1": (rated) => gwetAc1(tableOfRatings(4, rated)),
  ...Object.fromEntries(ALPHA_LEVELS.map((level) => [`${level} alpha`, alphaOf(level, 4)])),
};

/** Ratings as written: one string an observer, an asterisk where there is none. */
function ofObservers(categories: string, ...observers: string[]) {
  const units = Array.from(observers[0]!, (_, unit) => observers.map((observer) => observer[unit]!));
  return tableOfRatings(categories.length, units.map((unit) => ({ counts: [...categories].map((k) => unit.filter((each) => each === k).length) })));
}

function expectLimits(interval: Coefficient["interval"], [low, high]: readonly [number, number]) {
  expect(interval!.low).toBeCloseTo(low, 6);
  expect(interval!.high).toBeCloseTo(high, 6);
}

const WIKIPEDIA_FLEISS = [
  [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1], [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2],
  [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
];

describe("check vectors of agreement", () => {
  it("Cohen", () => {
    const { value, interval, observed, expected } = cohenKappa([[20, 5], [10, 15]]);
    expect([value, observed, expected].map((each) => each!.toFixed(6))).toEqual(["0.400000", "0.700000", "0.500000"]);
    expectLimits(interval, [0.145335, 0.654665]);
  });

  it("paradox: where nearly all is one class, kappa says nothing agrees", () => {
    expect(cohenKappa([[118, 5], [2, 0]]).value).toBeCloseTo(-0.023392, 6);
    const ac1 = gwetAc1(tableOfRatings(2, [{ counts: [2, 0], times: 118 }, { counts: [1, 1], times: 7 }]));
    expect(ac1.value).toBeCloseTo(0.940776, 6);
    expectLimits(ac1.interval, [0.895898, 0.985654]);
  });

  it("Fleiss", () => {
    const table = tableOfRatings(5, items(...WIKIPEDIA_FLEISS));
    const kappa = fleissKappa(table);
    expect(kappa).toMatchObject({ raters: 14, items: 10, reason: null });
    expect(kappa.observed).toBeCloseTo(0.378022, 6);
    expect(kappa.expected).toBeCloseTo(0.212755, 6);
    expect(kappa.value).toBeCloseTo(0.209931, 6);
    expect(gwetAc1(table).value).toBeCloseTo(0.225614, 6);
  });

  it("alpha of 3 observers and 15 units", () => {
    const table = ofObservers("1234", "*****34121133*3", "1*213343*******", "**21344*21133*4");
    expect(krippendorffAlpha(table, { level: "NOMINAL" }).value).toBeCloseTo(0.691358, 6);
    expect(krippendorffAlpha(table, { level: "INTERVAL", values: [1, 2, 3, 4] }).value).toBeCloseTo(0.810845, 6);
  });

  it("alpha of 4 observers and 12 units", () => {
    const table = ofObservers("12345", "123321412***", "1233224125*3", "*3332342251*", "12332441251*");
    expect(krippendorffAlpha(table, { level: "NOMINAL" }).value).toBeCloseTo(0.743421, 6);
    expect(krippendorffAlpha(table, { level: "ORDINAL" }).value).toBeCloseTo(0.815388, 6);
    expect(krippendorffAlpha(table, { level: "INTERVAL", values: [1, 2, 3, 4, 5] }).value).toBeCloseTo(0.849107, 6);
  });
});

describe("null rules of agreement", () => {
  const all = ["percent agreement", "Fleiss' kappa", "Gwet's AC1", ...ALPHA_LEVELS.map((level) => `${level} alpha`)];
  const [corrected, ac1] = [all.filter((name) => name !== "percent agreement" && name !== "Gwet's AC1"), ["percent agreement", "Gwet's AC1"]];

  it.each<[string, RatedItem[], string[], Pick<Coefficient, "value" | "reason">]>([
    ["nothing", [], all, { value: null, reason: "NO_DATA" }],
    ["items without a rating", items([0, 0], [0]), all, { value: null, reason: "NO_DATA" }],
    ["no item with two ratings", items([1, 0], [0, 1], [1]), all, { value: null, reason: "NO_DATA" }],
    ["one category", items([3, 0], [2, 0], [3]), corrected, { value: null, reason: "NO_VARIATION" }],
    ["one category", items([3, 0], [2, 0], [3]), ac1, { value: 1, reason: null }],
    ["all right", items([3, 0], [0, 3]), all, { value: 1, reason: null }],
  ])("%s", (_, rated, names, expected) => {
    for (const name of names) expect({ name, ...COEFFICIENTS[name]!(rated) }).toMatchObject({ name, ...expected });
  });

  it("no interval under three items, nor where it hangs on one", () => {
    for (const [name, of] of Object.entries(COEFFICIENTS)) {
      expect({ name, ...of(items([2, 1], [1, 2])) }).toMatchObject({ name, interval: null });
      expect({ name, ...of(items([2], [0, 2], [1, 1])).interval }).toMatchObject({ name, low: expect.any(Number) });
    }
    expect(gwetAc1(tableOfRatings(2, items([1, 1], [1], [0, 1], [1])))).toMatchObject({ items: 4, interval: null });
    // Without its second item only one category is left.
    for (const name of corrected) expect(COEFFICIENTS[name]!(items([3], [0, 3], [3], [3]))).toMatchObject({ value: 1, interval: null });
    expect(cohenKappa([[5, 0], [1, 0]])).toMatchObject({ value: 0, interval: null });
    expect(cohenKappa([[5, 0], [0, 1]])).toMatchObject({ value: 1, interval: null });
  });

  it("an interval is cut to what the coefficient can be", () => {
    const leftOut = [{ value: -1, times: 2 }, { value: 1, times: 2 }];
    expect(jackknifeInterval(0.5, leftOut)).toEqual({ low: -1, high: 1 });
    expect(jackknifeInterval(0.5, leftOut, { low: 0, high: 1 })).toEqual({ low: 0, high: 1 });
    expect(jackknifeInterval(0.5, leftOut.slice(1))).toBeNull();
    // Half-width z·√(3/4·4·0.1²)
    expectLimits(jackknifeInterval(0, [{ value: 0.1, times: 2 }, { value: -0.1, times: 2 }]), [-0.339476, 0.339476]);
  });

  it("of Cohen's kappa", () => {
    for (const weights of KAPPA_WEIGHTS) {
      expect(cohenKappa([[0, 0], [0, 0]], weights)).toMatchObject({ value: null, reason: "NO_DATA", interval: null, items: 0 });
      expect(cohenKappa([[9, 0], [0, 0]], weights)).toMatchObject({ value: null, reason: "NO_VARIATION", interval: null, items: 9 });
      expect(cohenKappa([[0, 9], [0, 0]], weights)).toMatchObject({ value: 0, reason: null });
    }
  });

  it("a scheme has two categories or more, as many as are rated, and values where they are needed", () => {
    for (const categories of [0, 1, 2.5]) expect(() => tableOfRatings(categories, [])).toThrow(RangeError);
    expect(() => tableOfRatings(2, items([1, 1, 1]))).toThrow(RangeError);
    expect(() => tableOfRatings(2, items([1.5]))).toThrow(RangeError);
    expect(() => krippendorffAlpha(tableOfRatings(2, items([1, 1])), { level: "INTERVAL", values: [1] })).toThrow(RangeError);
    expect(() => cohenKappa([[1, 2]])).toThrow(RangeError);
    expect(prevalence(tableOfRatings(2, []))).toBeNull();
  });
});

const anyItems = fc.array(fc.array(fc.nat(3), { minLength: 4, maxLength: 4 }).map((counts): RatedItem => ({ counts })), { minLength: 1, maxLength: 12 });

describe.each(Object.entries(COEFFICIENTS))("%s", (_, of) => {
  it("is the same in any order, and of items told once with their number", () => {
    fc.assert(fc.property(anyItems, fc.integer({ min: 1, max: 4 }), (rated, times) => {
      const repeated = rated.flatMap((item) => Array.from({ length: times }, () => item));
      expect(of(repeated.toReversed())).toEqual(of(repeated));
      expect(of(rated.map((item) => ({ ...item, times })))).toEqual(of(repeated));
    }));
  });

  it("stays in bounds, its interval around it", () => {
    fc.assert(fc.property(anyItems, (rated) => {
      const { value, interval, reason } = of(rated);
      expect(value === null).toBe(reason !== null);
      if (value !== null) expect(Math.abs(value)).toBeLessThanOrEqual(1 + 1e-12);
      if (!interval) return;
      expect(interval.low).toBeGreaterThanOrEqual(-1);
      expect(interval.low).toBeLessThanOrEqual(value! + 1e-12);
      expect(interval.high).toBeGreaterThanOrEqual(value! - 1e-12);
      expect(interval.high).toBeLessThanOrEqual(1);
    }));
  });

  it("has the interval that leaving each item out by hand gives", () => {
    fc.assert(fc.property(anyItems, (all) => {
      const name = Object.keys(COEFFICIENTS).find((each) => COEFFICIENTS[each] === of)!;
      const ratings = ({ counts }: RatedItem) => counts.reduce<number>((sum, count) => sum + Number(count), 0);
      const sizes = [...new Set(all.map(ratings))];
      // Fleiss' kappa keeps its number of raters; AC1 alone counts items with a single rating.
      const rated = all.filter((item) => ratings(item) > (name === "Gwet's AC1" ? 0 : 1) && (name !== "Fleiss' kappa" || ratings(item) === sizes[0]));
      const { value, interval } = of(rated);
      const leftOut = rated.map((_item, i) => ({ value: of(rated.filter((_other, j) => j !== i)).value, times: 1 }));
      const byHand = value === null ? null : jackknifeInterval(value, leftOut, name === "percent agreement" ? { low: 0, high: 1 } : undefined);
      expect(interval === null).toBe(byHand === null);
      if (!interval) return;
      expect(interval.low).toBeCloseTo(byHand!.low, 9);
      expect(interval.high).toBeCloseTo(byHand!.high, 9);
    }));
  });
});

describe("coefficients of two raters", () => {
  const both = fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { minLength: 2, maxLength: 40 });

  it("alpha is Scott's pi corrected for a small sample (Krippendorff 2011): 1 - (1 - pi)(n - 1)/n", () => {
    fc.assert(fc.property(both, (pairs) => {
      const table = tableOfRatings(3, pairs.map(([a, b]) => ({ counts: [0, 1, 2].map((k) => (a === k ? 1 : 0) + (b === k ? 1 : 0)) })));
      const [pi, alpha] = [fleissKappa(table).value, krippendorffAlpha(table, { level: "NOMINAL" }).value];
      const n = 2 * pairs.length;
      if (pi === null) expect(alpha).toBeNull();
      else expect(alpha).toBeCloseTo(1 - ((1 - pi) * (n - 1)) / n, 12);
    }));
  });
});

describe("the size of the scheme", () => {
  it("counts for AC1, and for nothing else", () => {
    const rated = items([3, 1], [2, 2], [0, 3]);
    const [small, large] = [tableOfRatings(2, rated), tableOfRatings(9, rated)];
    expect(gwetAc1(large).expected).toBeCloseTo(gwetAc1(small).expected! / 8, 12);
    expect(percentAgreement(large)).toEqual(percentAgreement(small));
    for (const level of ["NOMINAL", "ORDINAL"] as const) expect(krippendorffAlpha(large, { level })).toEqual(krippendorffAlpha(small, { level }));
    expect(fleissKappa(large)).toEqual(fleissKappa(small));
  });

  it("is that of Fleiss' kappa only in the items it takes: the most common number of ratings, of equals the larger", () => {
    expect(fleissKappa(tableOfRatings(2, items([2], [1, 1], [3], [1, 2], [4])))).toMatchObject({ raters: 3, items: 2 });
    expect(fleissKappa(tableOfRatings(2, items([2], [1, 1], [3], [1], [1], [1])))).toMatchObject({ raters: 2, items: 2 });
  });
});

it("twenty thousand patterns, and a hundred thousand items of few, are reckoned at once", () => {
  const patterns = Array.from({ length: 20_000 }, (_, i) => ({ counts: [i % 28, Math.floor(i / 28) % 27, Math.floor(i / 756) + 1, 1] }));
  const started = performance.now();
  for (const of of Object.values(COEFFICIENTS)) expect(of(patterns).interval).not.toBeNull();
  for (const of of Object.values(COEFFICIENTS)) expect(of([{ counts: [3, 1], times: 90_000 }, { counts: [1, 3], times: 10_000 }]).items).toBe(100_000);
  expect(performance.now() - started).toBeLessThan(5_000);
});
