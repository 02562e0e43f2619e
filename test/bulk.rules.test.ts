import { expect, test } from "vitest";
import { checkMost, decideEach, itemsOf, only, throwRefusal } from "../src/core/bulk.ts";
import { Conflict, InvalidInput, NotFound } from "../src/core/errors.ts";

const key = (id: string) => ({ projectId: "p", id });
const row = (id: string, size: number) => ({ ...key(id), size });
const targets = { path: ["thingIds"], keys: ["a", "b", "gone", "c", "a"].map(key) };
const refuseOdd = ({ size }: { size: number }) => {
  if (size % 2 === 1) throw new Conflict("odd", ["size"]);
  return size * 10;
};

test("each row is decided by itself, and answered in the order asked for", () => {
  const decided = decideEach("thing", targets, [row("c", 4), row("b", 3), row("a", 2)], refuseOdd);
  expect(decided.accepted).toEqual([{ row: row("c", 4), plan: 40 }, { row: row("a", 2), plan: 20 }]);
  const items = itemsOf(decided, false);
  expect(items.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual(["a DONE", "b REFUSED", "gone REFUSED", "c DONE", "a DONE"]);
  expect(items[1]!.refusal).toEqual({ code: "CONFLICT", message: "odd", path: ["size"] });
  expect(items[2]!.refusal).toEqual({ code: "NOT_FOUND", message: "There is no such thing.", path: ["thingIds"] });
  expect(itemsOf(decided, true).map(({ outcome }) => outcome)).toEqual(["WOULD_DO", "REFUSED", "REFUSED", "WOULD_DO", "WOULD_DO"]);
});

test("the single verb throws what the one row was refused with; what is no refusal is a bug for all", () => {
  expect(() => throwRefusal(decideEach("thing", only(key("b"), "thingId"), [row("b", 3)], refuseOdd))).toThrow(Conflict);
  expect(() => throwRefusal(decideEach("thing", only(key("b"), "thingId"), [], refuseOdd))).toThrow(NotFound);
  expect(throwRefusal(decideEach("thing", only(key("b"), "thingId"), [row("b", 2)], refuseOdd))).toBeUndefined();
  const broken = () => {
    throw new TypeError("a bug");
  };
  expect(() => decideEach("thing", targets, [row("a", 1)], broken)).toThrow(TypeError);
});

test("more than 500 are refused with the remedy that fits", () => {
  expect(checkMost(500, ["thingIds"])).toBeUndefined();
  expect(() => checkMost(501, ["thingIds"])).toThrow(new InvalidInput("thingIds: a call acts on at most 500, and these are more; name fewer, and call again for the rest.", ["thingIds"]));
  expect(() => checkMost(501, ["filter"])).toThrow(/narrow the filter/);
});
