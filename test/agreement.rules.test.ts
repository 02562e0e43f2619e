import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { alphaOf, binary, COEFFICIENTS, judgementsOf, kappaOf, prevalenceOf, ratersPerItem, scaleOf, squareOf } from "../src/ratings/judgements.rules.ts";
import { checkFilter } from "../src/ratings/rules.ts";

const id = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`;
const policy = (n: number, rank: number | null = n, code = `P${n}`) => ({ id: id(n), code, rank });
const pattern = (counts: readonly number[], times = 1) => ({ pattern: counts.flatMap((n, k) => (n > 0 ? [`${id(k)}:${n}`] : [])).join(" "), times });
const SCHEME = [0, 1, 2].map((n) => policy(n));

describe("a scale is by rank, else by codes that are numbers, else there is none", () => {
  test.each([
    ["ranks", [policy(1, 2), policy(2, 1)], [1, 2], [2, 1]],
    ["codes that are numbers", [policy(1, null, "0"), policy(2, null, "-1")], [-1, 0], [2, 1]],
    ["ranks before codes", [policy(1, 5, "0"), policy(2, 4, "1")], [4, 5], [2, 1]],
    ["a rank that is missing", [policy(1, null, "b"), policy(2, 1, "a")], null, [2, 1]],
    ["a rank that is there twice", [policy(1, 1, "b"), policy(2, 1, "a")], null, [2, 1]],
    ["nothing", [], [], []],
  ])("%s", (_, policies, values, order) => {
    const scale = scaleOf(policies);
    expect(scale.values).toEqual(values);
    expect(scale.policies.map((each) => each.id)).toEqual(order.map(id));
  });
});

test("the scheme's size is the policies that were chosen, at least 2, unless a larger one is asked for", () => {
  const size = (counts: number[], asked: number | null) => judgementsOf([pattern(counts)], null, SCHEME, asked).table.categories;
  expect([size([2], null), size([1, 1], null), size([1, 1, 1], null), size([1, 1], 7)]).toEqual([2, 2, 3, 7]);
  for (const asked of [1, 2, 10_001]) expect(() => size([1, 1, 1], asked)).toThrow("categories");
});

test("without an order, what needs one says so; without judgements, nothing has a value", () => {
  const unordered = SCHEME.map((each) => ({ ...each, rank: null }));
  const judged = judgementsOf([pattern([1, 1]), pattern([0, 2])], [{ one: id(0), other: id(1), n: 1 }, { one: id(1), other: id(1), n: 1 }], unordered, null);
  expect(alphaOf(judged, "ORDINAL")).toEqual({ value: null, interval: null, items: 2, reason: "NO_ORDER" });
  expect(alphaOf(judged, "NOMINAL").reason).toBeNull();
  expect(kappaOf(judged.square, judged.scale, "LINEAR")).toMatchObject({ value: null, reason: "NO_ORDER" });
  expect(kappaOf(judged.square, judged.scale, "NOMINAL")).toMatchObject({ value: 0, reason: null });
  expect(kappaOf(null, judged.scale, "NOMINAL")).toBeNull();
  const none = judgementsOf([], null, SCHEME, null);
  expect([COEFFICIENTS.percentAgreement(none).reason, COEFFICIENTS.gwetAc1(none).reason, COEFFICIENTS.fleissKappa(none).reason]).toEqual(["NO_DATA", "NO_DATA", "NO_DATA"]);
  expect([prevalenceOf(none), ratersPerItem(none.table)]).toEqual([[], []]);
});

test("too much work for an answer is refused", () => {
  const many = Array.from({ length: 10_001 }, (_, n) => pattern([n + 1, 1]));
  expect(() => judgementsOf(many, null, SCHEME, 10_000)).toThrow("range");
});

test("agreement is not filtered by what was chosen, nor calibrations by what they don't have", () => {
  expect(() => checkFilter({ policyIds: ["a"] }, "LABELS")).toThrow("byPolicy");
  expect(() => checkFilter({ queueIds: ["a"] }, "CALIBRATION")).toThrow("markets");
  expect(() => checkFilter({ queueIds: ["a"], policyIds: null }, "LABELS")).not.toThrow();
});

const counts = fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)).filter((each) => each.some((n) => n > 0));

test("a policy against all others keeps items, judgements and its own share; of a scheme of two it is the whole", () => {
  fc.assert(fc.property(fc.array(counts, { minLength: 1, maxLength: 12 }), (items) => {
    const judged = judgementsOf(items.map((each) => pattern(each)), null, SCHEME, null);
    judged.scale.policies.forEach(({ id: policyId }, place) => {
      const one = binary(judged, place);
      expect(ratersPerItem(one.table)).toEqual(ratersPerItem(judged.table));
      expect(prevalenceOf(one)[0]!.ratings).toBe(prevalenceOf(judged).find((each) => each.policyId === policyId)!.ratings);
      if (judged.scale.policies.length === 2) expect(COEFFICIENTS.gwetAc1(one).value).toBeCloseTo(COEFFICIENTS.gwetAc1(judged).value!, 12);
    });
  }));
});

test("the square of a policy against all others adds up", () => {
  const cells = [[0, 0, 5], [0, 1, 2], [1, 0, 1], [2, 2, 4], [2, 0, 3]].map(([one, other, n]) => ({ one: id(one!), other: id(other!), n: n! }));
  const placeOf = new Map(SCHEME.map((each, place) => [each.id, place]));
  expect(squareOf(cells, placeOf)).toEqual([[5, 2, 0], [1, 0, 0], [3, 0, 4]]);
  const judged = judgementsOf([pattern([1, 1, 1])], cells, SCHEME, null);
  expect(binary(judged, 0).square).toEqual([[5, 2], [4, 4]]);
});
