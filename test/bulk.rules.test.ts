import { expect, test } from "vitest";
import { checkMost, decideEach, itemsOf, only, throwRefusal } from "../src/core/bulk.ts";
import { Conflict, InvalidInput, NotFound, VersionConflict } from "../src/core/errors.ts";

const key = (id: string) => ({ projectId: "p", id });
const row = (id: string, size: number) => ({ ...key(id), size });
const targets = { path: ["thingIds"], keys: ["a", "b", "gone", "c", "a"].map(key), read: null };
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

test("what has moved on from the version that was read is refused by itself, wherever it is named", () => {
  const rows = [{ ...row("a", 2), version: 5 }, { ...row("b", 3), version: 1 }, { ...row("c", 4), version: 7 }];
  const read = (...versions: (number | null)[]) => itemsOf(decideEach("thing", { ...targets, read: { field: "versions", versions } }, rows, refuseOdd), false);
  const [a, b, gone, c, again] = read(5, 2, 1, null, 4);
  expect([a, again].map((item) => item!.refusal)).toEqual(Array(2).fill({
    code: "CONFLICT", message: "versions: 4 is not the present version 5; read the row again and decide anew.", path: ["versions"],
  }));
  expect([b!.refusal!.path, gone!.refusal!.code, c!.outcome]).toEqual([["versions"], "NOT_FOUND", "DONE"]);
  expect(read(5, 1, 1, 7, 5).map(({ outcome }) => outcome)).toEqual(["DONE", "REFUSED", "REFUSED", "DONE", "DONE"]);
  expect(() => throwRefusal(decideEach("thing", only(key("a"), "thingId", 4), rows, refuseOdd))).toThrow(VersionConflict);
  expect(throwRefusal(decideEach("thing", only(key("a"), "thingId", 5), rows, refuseOdd))).toBeUndefined();
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
