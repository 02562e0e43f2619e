import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addUnits, dayOf, startOfDay, startOfUnit } from "../src/core/time.ts";

test.each([
  ["2026-01-31", "Asia/Jakarta", "2026-01-30T17:00:00.000Z"],
  ["2026-01-31", "Asia/Kuala_Lumpur", "2026-01-30T16:00:00.000Z"],
  ["2026-03-08", "America/New_York", "2026-03-08T05:00:00.000Z"],
  ["2026-03-09", "America/New_York", "2026-03-09T04:00:00.000Z"],
  ["2026-11-02", "America/New_York", "2026-11-02T05:00:00.000Z"],
  ["2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00.000Z"], // the clock went from 24:00 to 01:00
  ["2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00.000Z"], // there was no such day
  ["2026-01-01", "Asia/Kathmandu", "2025-12-31T18:15:00.000Z"],
])("%s begins in %s at %s", (day, timeZone, start) => {
  expect(startOfDay(day, timeZone).toISOString()).toBe(start);
});

test("every instant lies between the start of its day and that of the next", () => {
  const zones = ["UTC", "Asia/Jakarta", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Kiritimati", "Etc/GMT+12"];
  const times = fc.date({ min: new Date("2010-01-01T00:00:00Z"), max: new Date("2040-01-01T00:00:00Z"), noInvalidDate: true });
  fc.assert(
    fc.property(times, fc.constantFrom(...zones), (time, timeZone) => {
      const day = dayOf(time, timeZone);
      expect(startOfDay(day, timeZone).getTime()).toBeLessThanOrEqual(time.getTime());
      expect(startOfDay(addUnits(day, "DAY", 1), timeZone).getTime()).toBeGreaterThan(time.getTime());
    }),
    { numRuns: 300 },
  );
});

describe("units of the calendar", () => {
  test.each([
    ["2026-02-01", "DAY", 0, "2026-02-01"],
    ["2026-02-01", "WEEK", 0, "2026-01-26"], // a Sunday, week from Monday
    ["2026-02-01", "WEEK", 6, "2026-02-01"],
    ["2026-01-26", "WEEK", 0, "2026-01-26"],
    ["2026-01-31", "WEEK", 5, "2026-01-31"],
    ["2026-02-28", "MONTH", 0, "2026-02-01"],
  ] as const)("%s lies in the %s (weeks from weekday %s) that begins on %s", (day, unit, weekStart, start) => {
    expect(startOfUnit(day, unit, weekStart)).toBe(start);
  });

  test.each([
    ["2026-01-01", "MONTH", -1, "2025-12-01"],
    ["2026-01-01", "MONTH", 14, "2027-03-01"],
    ["2026-01-26", "WEEK", -4, "2025-12-29"],
    ["2024-02-28", "DAY", 2, "2024-03-01"],
  ] as const)("from %s, %s by %s is %s", (start, unit, count, end) => {
    expect(addUnits(start, unit, count)).toBe(end);
  });
});
