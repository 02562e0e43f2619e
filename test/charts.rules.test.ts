import { describe, expect, test } from "vitest";
import { auditsNeeded, benchmarkedValues, wholeWeeks } from "../src/charts/rules.ts";

describe("whom a benchmark is of", () => {
  const vendor = (value: number | null, audits = 10, labelers = 5) => ({ vendorId: "v", value, audits, labelers });
  test.each([
    ["nobody audited", [], null, "NO_DATA"],
    ["vendors of whom nothing can be said", [vendor(null), vendor(null)], null, "NO_DATA"],
    ["small vendors alone", [vendor(0.9, 9), vendor(0.8, 10, 4)], null, "SMALL_GROUP"],
    ["two large vendors", [vendor(0.9), vendor(0.8), vendor(0.7, 9)], null, "TOO_FEW"],
    ["three large vendors", [vendor(0.9), vendor(0.8), vendor(0.7), vendor(0.1, 9)], [0.7, 0.8, 0.9], null],
  ])("%s", (_, vendors, values, reason) => {
    expect(benchmarkedValues(vendors)).toEqual({ values, reason });
  });
});

describe("whole weeks", () => {
  const calendar = { timeZone: "Asia/Jakarta", weekStart: 0 };
  const now = new Date("2026-02-01T17:30:00Z"); // Monday 2026-02-02, 00:30 in Jakarta.

  test("begin on the project's first weekday and have ended in its zone", () => {
    expect(wholeWeeks("2026-01-19", 2, calendar, now)).toEqual({ from: "2026-01-19", to: "2026-02-02" });
    expect(() => wholeWeeks("2026-01-19", 2, { ...calendar, timeZone: "UTC" }, now)).toThrow("has not ended yet");
    expect(() => wholeWeeks("2026-01-20", 1, calendar, now)).toThrow("begins on 2026-01-19");
    expect(wholeWeeks("2026-01-18", 1, { ...calendar, weekStart: 6 }, now)).toEqual({ from: "2026-01-18", to: "2026-01-25" });
  });

  test.each([[0], [54]])("are not %i", (weeks) => {
    expect(() => wholeWeeks("2026-01-19", weeks, calendar, now)).toThrow("1 to 53");
  });
});

describe("audits needed", () => {
  const group = { value: 0.95, n: 100, halfWidth: 0.045, population: null, designEffect: 1 };
  test.each([
    // metrics.md 9, "Size".
    ["of a process", group, 0.02, { needed: 457, missing: 357 }],
    ["of a population of 2,000", { ...group, population: 2_000 }, 0.02, { needed: 372, missing: 272 }],
    ["with weights that cost a fifth", { ...group, designEffect: 1.25 }, 0.02, { needed: 572, missing: 472 }],
    ["of a small population", { ...group, population: 120 }, 0.001, { needed: 120, missing: 20 }],
    ["where it is reached", group, 0.05, { needed: 73, missing: 0 }],
    // Without an error, by 1 / 12: 1.96² × 1/12 × 11/12 / 0.05² = 117.4.
    ["where all were right", { ...group, value: 1, n: 10 }, 0.05 - 0.005 / 1_000, { needed: 118, missing: 0 }],
    ["where all were right so far", { ...group, value: 1, n: 10, halfWidth: 0.14 }, 0.05, { needed: 118, missing: 108 }],
  ])("%s", (_, known, wanted, expected) => {
    expect(auditsNeeded(known, wanted)).toEqual(expected);
  });
});
