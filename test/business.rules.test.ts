import { expect, test } from "vitest";
import { addBusinessDays, addOpenMs, defaultCalendar } from "../src/core/business.ts";

test.each([
  ["a weekend in Jakarta", "2026-01-30T15:00:00+07:00", 48, "Asia/Jakarta", "2026-02-03T15:00:00+07:00"],
  ["from a Saturday", "2026-01-31T10:00:00Z", 24, "UTC", "2026-02-03T00:00:00Z"],
  ["the short night of the clock", "2026-03-09T00:00:00-04:00", 24, "America/New_York", "2026-03-10T00:00:00-04:00"],
  ["no hours", "2026-01-30T15:00:00Z", 0, "UTC", "2026-01-30T15:00:00Z"],
])("open hours over %s", (_, from, hours, zone, to) => {
  expect(addOpenMs(new Date(from), hours * 3_600_000, defaultCalendar(zone))).toEqual(new Date(to));
});

test.each([
  ["within a week", "2026-01-05T09:30:00Z", 2, "UTC", "2026-01-07T09:30:00Z"],
  ["over a weekend", "2026-01-09T09:30:00Z", 2, "UTC", "2026-01-13T09:30:00Z"],
  ["from a Sunday, from Monday's opening", "2026-01-11T09:30:00Z", 1, "UTC", "2026-01-13T00:00:00Z"],
])("open days %s", (_, from, days, zone, to) => {
  expect(addBusinessDays(new Date(from), days, defaultCalendar(zone))).toEqual(new Date(to));
});
