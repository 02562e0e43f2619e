import { describe, expect, test } from "vitest";
import { ESCALATION_TRIGGERS } from "../src/escalations/table.ts";
import { readParameters, TAKES } from "../src/triggers/parameters.rules.ts";
import { foresee, isOldNews, lookFrom, misses, showing, streakOf } from "../src/triggers/rules.ts";

describe("parameters", () => {
  test("what is absent has the trigger's default; a project's own call by hand and exposure are no rule's", () => {
    expect(readParameters("METRIC_OFF_TARGET", { days: 14, measure: null })).toEqual({
      measure: "ACCURACY", watchedBy: "QUEUE", threshold: null, nMin: 30, days: 14, quietDays: 7,
    });
    expect(ESCALATION_TRIGGERS.filter((trigger) => !TAKES[trigger])).toEqual(["EXPOSURE_CAP", "MANUAL"]);
    expect(() => readParameters("MANUAL", {})).toThrow(/MANUAL is raised by no rule/);
  });

  test.each([
    ["CRITICAL_ERROR", { days: 3 }, /days: CRITICAL_ERROR takes none; it takes quietDays/],
    ["REPEAT_ERROR", { count: 1 }, /count: 1 must be 2 to 1000/],
    ["METRIC_OFF_TARGET", { days: 93 }, /days: 93 must be 1 to 92/],
    ["METRIC_OFF_TARGET", { threshold: 1.2 }, /threshold: 1.2 must be 0 to 1/],
    ["METRIC_OFF_TARGET", { measure: "AHT_MEAN" }, /AHT_MEAN can't be watched/],
    ["METRIC_OFF_TARGET", { measure: "GWET_AC1" }, /AGREEMENT_LOW watches agreement/],
    ["AGREEMENT_LOW", { measure: "ACCURACY" }, /no measure of agreement/],
    ["AGREEMENT_LOW", { threshold: -1.5 }, /threshold: -1.5 must be -1 to 1/],
    ["SLA_FORECAST", { percent: 80 }, /percent: 80 must be one of 50, 75, 90/],
    ["SLA_BREACH", { quietDays: -1 }, /quietDays: -1 must be 0 to 365/],
  ] as const)("%s with %j is refused", (trigger, given, why) => {
    expect(() => readParameters(trigger, given)).toThrow(why);
  });
});

test("the whole interval must miss, by more than a rounding error; where less is better, the other way round", () => {
  expect(misses({ low: 0.8, high: 0.94 }, 0.95, true)).toBe(true);
  expect(misses({ low: 0.8, high: 0.95 }, 0.95, true)).toBe(false);
  expect(misses({ low: 0.8, high: 0.96 }, 0.95, true)).toBe(false);
  expect(misses({ low: 0.06, high: 0.2 }, 0.05, false)).toBe(true);
  expect(misses({ low: 0.04, high: 0.2 }, 0.05, false)).toBe(false);
  expect(misses(null, 0.05, false)).toBe(false);
});

test("a streak is of the newest answers", () => {
  expect([[], [false], [false, false, true, false], [true, false]].map(streakOf)).toEqual([0, 1, 2, 0]);
});

const now = new Date("2026-03-10T00:00:00Z");
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000);
const open = { isOpen: true, endedAt: null, value: 0.9, n: 50, linked: ["a"] };
const ended = { ...open, isOpen: false, endedAt: daysAgo(3) };
const audit = (id: string) => ({ type: "Audit" as const, id });

test.each([
  ["what was never seen", {}, undefined, false],
  ["the same figure while one is open", { value: 0.9, n: 50 }, open, true],
  ["another figure while one is open", { value: 0.89, n: 51 }, open, false],
  ["what is all linked", { links: [audit("a")] }, open, true],
  ["something that isn't linked", { links: [audit("a"), audit("b")] }, open, false],
  ["anything in the quiet days after one has ended", { value: 0.5, n: 99 }, ended, true],
  ["a figure after the quiet days", { value: 0.9, n: 50 }, { ...ended, endedAt: daysAgo(8) }, false],
  ["after the quiet days, what the one that has ended was about", { links: [audit("a")] }, { ...ended, endedAt: daysAgo(8) }, true],
] as const)("%s", (_, sighting, past, isOld) => {
  expect(isOldNews({ scope: {}, ...sighting }, past, 7, now)).toBe(isOld);
});

test("what is over the most that is linked at once is told of", () => {
  const ids = Array.from({ length: 1_003 }, (_, place) => String(place));
  const { links, details } = showing("Audit", ids, { audits: 1_003 });
  expect([links.length, links[999], details]).toEqual([1_000, audit("999"), { audits: 1_003, unlinked: 3 }]);
  expect(showing("Lot", ["x"], { lots: 1 })).toEqual({ links: [{ type: "Lot", id: "x" }], details: { lots: 1 } });
});

test("a look overlaps with the one before by a minute, since commits come late", () => {
  expect(lookFrom(now)).toEqual(new Date("2026-03-09T23:59:00Z"));
});

test("a history is joined by fingerprints", () => {
  const seen = (fingerprint: string, day: number) => ({ scope: {}, n: day, fingerprint, at: daysAgo(30 - day) });
  expect(foresee([seen("x", 1), seen("y", 2), seen("x", 3)]).map(({ fingerprint, first, last, sightings }) => [fingerprint, first.n, last.n, sightings])).toEqual([
    ["x", 1, 3, 2], ["y", 2, 2, 1],
  ]);
});
