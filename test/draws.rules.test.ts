import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkFrameSize, checkSampleSize, codeOf, reserveSize, stratumKey } from "../src/frames/rules.ts";
import { drawKey, keyBound, keyFraction } from "../src/stats/draw.ts";
import { sizeForPrecision } from "../src/stats/sizes.ts";
import { expectedAccuracy, type SizedStratum, type Sizing, sizesOf } from "../src/stats/sizing.ts";

const PLAIN: Sizing = {
  rate: null, size: null, halfWidth: null, precisionBy: [], expectedAccuracy: null, allocation: "PROPORTIONAL", minPerStratum: null, minPerLabeler: null,
  capPerLabeler: null,
};
const stratum = (key: string, frameSize: number, values: Record<string, string | null> = {}, past: { audits?: number; errors?: number } = {}): SizedStratum =>
  ({ key, frameSize, values, ...past });

describe("keys", () => {
  test.each([
    [[], {}, "plan"],
    [["QUEUE", "MARKET"], { MARKET: "id-ID", QUEUE: "q" }, "plan:QUEUE=q,MARKET=id-ID"],
    [["ACTION", "LANGUAGE"], { ACTION: "a,b=c", LANGUAGE: null }, "plan:ACTION=a%2Cb%3Dc,LANGUAGE="],
  ] as const)("of strata by %j with %j", (strataBy, values, expected) => {
    expect(stratumKey("plan", strataBy, values)).toBe(expected);
  });

  test("a code names every value in order", () => {
    expect(codeOf([], {})).toBe("");
    expect(codeOf(["QUEUE", "ACTION"], { ACTION: null, QUEUE: "q" })).toBe("q\n");
  });

  test("a key is below a bound as text if and only if its fraction is below the fraction", () => {
    fc.assert(fc.property(fc.string(), fc.double({ min: 0, max: 1, noNaN: true }), (id, fraction) => {
      const key = drawKey("s", id);
      return key < keyBound(fraction) === keyFraction(key) < fraction;
    }));
    const key = drawKey("s", "x");
    expect([key < keyBound(keyFraction(key)), key < keyBound(keyFraction(key) + 2 ** -52), key < keyBound(1), key < keyBound(0)]).toEqual([false, true, true, false]);
  });
});

test.each([[0, 100, 0], [1, 100, 6], [10, 100, 7], [11, 100, 8], [98, 100, 2], [100, 100, 0]])("%i drawn of %i keep %i who follow", (n, N, expected) => {
  expect(reserveSize(n, N)).toBe(expected);
});

test("draws and frames that are too large are refused with a remedy", () => {
  checkSampleSize(200_000);
  expect(() => checkSampleSize(200_001)).toThrow(/at most 200000. Take shorter windows/);
  checkFrameSize({ method: "STRATIFIED" }, 10_000, 5_000_000);
  expect(() => checkFrameSize({ method: "STRATIFIED" }, 10_001, 5_000_000)).toThrow(/fewer dimensions/);
  checkFrameSize({ method: "PPS" }, 1, 100_000);
  expect(() => checkFrameSize({ method: "PPS" }, 1, 100_001)).toThrow(/shorter windows/);
});

describe("expected accuracy", () => {
  test.each([
    ["the plan's", 0.8, [stratum("a", 10, {}, { audits: 10, errors: 5 })], 0.8, "PLAN"],
    ["nothing known", null, [stratum("a", 10), stratum("b", 5, {}, { audits: 0, errors: 0 })], 0.5, "DEFAULT"],
    ["the last period's", null, [stratum("a", 10, {}, { audits: 20, errors: 2 })], 0.9, "LAST_PERIOD"],
    ["weighed by the frame, where audited", null, [stratum("a", 90, {}, { audits: 20, errors: 2 }), stratum("b", 10, {}, { audits: 20, errors: 10 }), stratum("c", 900)], 0.86, "LAST_PERIOD"],
    ["never an error", null, [stratum("a", 10, {}, { audits: 8, errors: 0 })], 0.9, "LAST_PERIOD"],
    ["nothing right", null, [stratum("a", 10, {}, { audits: 8, errors: 8 })], 0.1, "LAST_PERIOD"],
  ] as const)("%s", (_, planned, strata, value, source) => {
    const expected = expectedAccuracy(planned, strata);
    expect(expected.source).toBe(source);
    expect(expected.value).toBeCloseTo(value, 12);
  });
});

describe("sizes", () => {
  const strata = ["x", "y"].flatMap((group) => ["l1", "l2", "l3"].map((labeler, i) => stratum(`${group}${labeler}`, 100 * (i + 1), { QUEUE: group, LABELER: labeler })));

  test("a rate and a size are of the whole frame, a half-width of each group", () => {
    expect(sizesOf({ ...PLAIN, rate: 0.1 }, strata)).toEqual([10, 20, 30, 10, 20, 30]);
    expect(sizesOf({ ...PLAIN, size: 12 }, strata)).toEqual([1, 2, 3, 1, 2, 3]);
    const precise = sizesOf({ ...PLAIN, halfWidth: 0.05, expectedAccuracy: 0.9, precisionBy: ["QUEUE"] }, strata);
    const n = sizeForPrecision({ halfWidth: 0.05, p: 0.9, frameSize: 600 });
    expect([precise.slice(0, 3), precise.slice(3)].map((group) => group.reduce((sum, each) => sum + each, 0))).toEqual([n, n]);
    expect(sizesOf({ ...PLAIN, rate: 0.5 }, [stratum("a", 0)])).toEqual([0]);
  });

  test("bounds of labelers hold over the groups of a precision, in whatever groups their strata lie", () => {
    const cell = fc.record({ frameSize: fc.integer({ min: 1, max: 400 }), group: fc.integer({ min: 0, max: 2 }), labeler: fc.integer({ min: 0, max: 4 }) });
    fc.assert(fc.property(fc.array(cell, { minLength: 1, maxLength: 15 }), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 30 }), (cells, least, room) => {
      const strata = cells.map(({ frameSize, group, labeler }, i) => stratum(`s${i}`, frameSize, { QUEUE: `q${group}`, LABELER: `l${labeler}` }));
      const sizes = sizesOf({ ...PLAIN, halfWidth: 0.1, precisionBy: ["QUEUE"], minPerLabeler: least, capPerLabeler: least + room }, strata);
      expect(sizes.every((n, i) => Number.isInteger(n) && n >= 0 && n <= cells[i]!.frameSize)).toBe(true);
      for (const labeler of new Set(cells.map((each) => each.labeler))) {
        const own = cells.flatMap((each, i) => (each.labeler === labeler ? [{ n: sizes[i]!, N: each.frameSize }] : []));
        const [n, N] = [own.reduce((sum, each) => sum + each.n, 0), own.reduce((sum, each) => sum + each.N, 0)];
        expect(n).toBeGreaterThanOrEqual(Math.min(least, N));
        expect(n).toBeLessThanOrEqual(least + room);
      }
    }));
  });

  test("bounds that nobody reaches change nothing but the rounding", () => {
    const sizing = { ...PLAIN, halfWidth: 0.05, expectedAccuracy: 0.9, precisionBy: ["QUEUE"] };
    const [free, bounded] = [sizesOf(sizing, strata), sizesOf({ ...sizing, minPerLabeler: 1, capPerLabeler: 500 }, strata)];
    free.forEach((n, i) => expect(Math.abs(n - bounded[i]!)).toBeLessThanOrEqual(1));
  });
});
