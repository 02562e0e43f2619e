import { describe, expect, test } from "vitest";
import { Forbidden, InvalidTransition } from "../src/core/errors.ts";
import { allowedActions, walk } from "../src/core/machine.ts";
import { ROLES, type Viewer } from "../src/core/viewer.ts";
import { checkPeriod, endOf, GOLDEN_MACHINE, goldenParts, isWornOut, KEEPERS } from "../src/golden/rules.ts";
import { GOLDEN_ITEM_STATUSES } from "../src/golden/table.ts";

const viewer = (role: Viewer["role"]) => ({ role }) as Viewer;
const day = (number: number) => new Date(Date.UTC(2026, 0, number));

describe("the machine", () => {
  const allowed: Record<string, string[]> = { ACTIVE: ["retireGoldenItem"], NEEDS_REVIEW: ["reviewGoldenItem", "retireGoldenItem"], RETIRED: [] };
  const verbs = ["outdateGoldenItem", "reviewGoldenItem", "retireGoldenItem"] as const;

  test.each(ROLES.flatMap((role) => GOLDEN_ITEM_STATUSES.map((status) => [role, status] as const)))("what a %s may do with an item that is %s", (role, status) => {
    const parts = goldenParts(viewer(role));
    const isKeeper = (KEEPERS as readonly string[]).includes(role);
    const own = isKeeper ? allowed[status]! : [];
    expect(allowedActions(GOLDEN_MACHINE, status, parts)).toEqual(own);
    for (const verb of verbs) {
      if (own.includes(verb)) expect(walk(GOLDEN_MACHINE, status, verb, parts).verb).toBe(verb);
      else expect(() => walk(GOLDEN_MACHINE, status, verb, parts)).toThrow(isKeeper && verb !== "outdateGoldenItem" ? InvalidTransition : Forbidden);
    }
  });
});

test.each<[number, number | null, number, number, string]>([
  [1, null, 2, 2, "now"],
  [1, 3, 2, 2, "now, though it was to end later"],
  [1, 2, 3, 2, "when it did already"],
])("an item active from day %s to %s that is retired on day %s ends on day %s: %s", (from, to, now, end, _) => {
  expect(endOf({ activeFrom: day(from), activeTo: to === null ? null : day(to) }, day(now))).toEqual(day(end));
});

test("an item that is retired before it begins ends just after its beginning", () => {
  expect(endOf({ activeFrom: day(2), activeTo: null }, day(1))).toEqual(new Date(day(2).getTime() + 1));
});

test("a time ends after it begins", () => {
  expect(checkPeriod(day(1), null)).toBeNull();
  expect(checkPeriod(day(1), day(2))).toBeNull();
  for (const end of [day(1), day(0)]) expect(checkPeriod(day(1), end)).toMatchObject({ field: "activeTo", code: "INVALID_INPUT" });
});

test("an item is worn out past its project's most", () => {
  expect(isWornOut(500, { goldenMaxExposures: 500 })).toBe(false);
  expect(isWornOut(501, { goldenMaxExposures: 500 })).toBe(true);
});
