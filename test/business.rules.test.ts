import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addBusinessDays, addOpenMs, alwaysOpen, type Calendar, defaultCalendar, type Hours, openMsBetween } from "../src/core/business.ts";
import { addDays } from "../src/core/time.ts";
import { MinuteCount, readWall } from "./kit/minutes.ts";

const HOUR_MS = 3_600_000;
const WORKDAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"] as const;
const every = (days: readonly (keyof Hours)[], ...intervals: [number, number][]): Hours => Object.fromEntries(days.map((day) => [day, intervals]));
const office = (timeZone: string, ...holidays: string[]): Calendar => ({ timeZone, hours: every(WORKDAYS, [540, 1_080]), holidays: new Set(holidays) });
const round = (timeZone: string, ...holidays: string[]): Calendar => ({ ...defaultCalendar(timeZone), holidays: new Set(holidays) });
const nights = (timeZone: string, ...holidays: string[]): Calendar =>
  ({ timeZone, hours: { ...every(WORKDAYS, [0, 360], [1_320, 1_440]), SATURDAY: [[0, 360]] }, holidays: new Set(holidays) });

test.each([
  // The check vectors of domain.md section 8.
  ["a weekend in Jakarta", round("Asia/Jakarta"), "2026-01-30T15:00:00+07:00", 48, "2026-02-03T15:00:00+07:00"],
  ["a weekend and a holiday in Jakarta", round("Asia/Jakarta", "2026-02-02"), "2026-01-30T15:00:00+07:00", 48, "2026-02-04T15:00:00+07:00"],
  ["an office in Dublin as clocks change", office("Europe/Dublin"), "2026-03-27T17:00:00Z", 4, "2026-03-30T11:00:00Z"],
  ["from a Saturday", round("UTC"), "2026-01-31T10:00:00Z", 24, "2026-02-03T00:00:00Z"],
  ["the week after a short night", round("America/New_York"), "2026-03-09T00:00:00-04:00", 24, "2026-03-10T00:00:00-04:00"],
  ["the short night itself", alwaysOpen("America/New_York"), "2026-03-07T12:00:00-05:00", 24, "2026-03-08T13:00:00-04:00"],
  ["no hours, open", round("UTC"), "2026-01-30T15:00:00Z", 0, "2026-01-30T15:00:00Z"],
  ["no hours, closed", office("UTC"), "2026-01-30T18:00:00Z", 0, "2026-02-02T09:00:00Z"],
  ["a night shift", nights("UTC"), "2026-01-30T23:00:00Z", 8, "2026-02-02T01:00:00Z"],
  ["a night shift that a holiday ends at midnight", nights("UTC", "2026-01-31"), "2026-01-30T23:00:00Z", 2, "2026-02-02T01:00:00Z"],
])("open hours over %s", (_, calendar, from, hours, to) => {
  expect(addOpenMs(new Date(from), hours * HOUR_MS, calendar)).toEqual(new Date(to));
});

test.each([
  ["within a week", round("UTC"), "2026-01-05T09:30:00Z", 2, "2026-01-07T09:30:00Z"],
  ["over a weekend", round("UTC"), "2026-01-09T09:30:00Z", 2, "2026-01-13T09:30:00Z"],
  ["over a holiday", round("UTC", "2026-01-12"), "2026-01-09T09:30:00Z", 2, "2026-01-14T09:30:00Z"],
  ["from a Sunday, from Monday's opening", round("UTC"), "2026-01-11T09:30:00Z", 1, "2026-01-13T00:00:00Z"],
  ["from an evening, from the next morning", office("UTC"), "2026-01-05T19:00:00Z", 1, "2026-01-07T09:00:00Z"],
  ["keep the local time where clocks change between", office("Europe/Dublin"), "2026-03-27T17:00:00Z", 1, "2026-03-30T16:00:00Z"],
  ["to a local time that is left out", alwaysOpen("America/New_York"), "2026-03-07T02:30:00-05:00", 1, "2026-03-08T03:00:00-04:00"],
  ["to a local time that comes twice", alwaysOpen("America/New_York"), "2026-10-31T01:30:00-04:00", 1, "2026-11-01T01:30:00-04:00"],
  ["from the second of two", alwaysOpen("America/New_York"), "2026-11-01T01:30:00-05:00", 1, "2026-11-02T01:30:00-05:00"],
  ["over a day that a zone left out", alwaysOpen("Pacific/Apia"), "2011-12-29T12:00:00-10:00", 1, "2011-12-31T12:00:00+14:00"],
  ["to the second", round("UTC"), "2026-01-05T09:30:15.123Z", 1, "2026-01-06T09:30:15.123Z"],
])("open days %s", (_, calendar, from, days, to) => {
  expect(addBusinessDays(new Date(from), days, calendar)).toEqual(new Date(to));
});

test("a calendar that stays closed is not waited for", () => {
  const closed: Calendar = { timeZone: "UTC", hours: {}, holidays: new Set() };
  const start = new Date("2026-01-05T09:30:00Z");
  const end = new Date("2028-01-06T09:30:00Z");
  expect([addOpenMs(start, HOUR_MS, closed), addOpenMs(start, 0, closed), addBusinessDays(start, 1, closed)]).toEqual([end, end, end]);
  const rare: Calendar = { timeZone: "UTC", hours: { MONDAY: [[0, 1]] }, holidays: new Set() };
  expect([addOpenMs(start, 48 * HOUR_MS, rare), addBusinessDays(start, 250, rare)]).toEqual([end, end]);
  expect(openMsBetween(end, start, rare)).toBe(0);
});

const FROM = "2025-01-01";
const DAYS = 3 * 365 + 1;
// What is asked lies within the first year and a half or so, so that answers lie within three.
const STARTS = 540 * 1_440;

const zones = [
  { timeZone: "Asia/Jakarta", changes: [] },
  { timeZone: "America/New_York", changes: ["2025-03-09", "2025-11-02", "2026-03-08"] },
  { timeZone: "Europe/Dublin", changes: ["2025-03-30", "2025-10-26", "2026-03-29"] },
  { timeZone: "Australia/Lord_Howe", changes: ["2025-04-06", "2025-10-05", "2026-04-05"] },
];

const interval = fc.tuple(fc.integer({ min: 0, max: 1_439 }), fc.integer({ min: 1, max: 1_440 })).map(([from, length]) => [from, Math.min(1_440, from + length)] as const);
// In order and without overlap, as calendars are checked to be; they may touch.
const intervals = fc.array(interval, { maxLength: 3 }).map((given) => {
  const sorted = [...given].sort((one, other) => one[0] - other[0]);
  return sorted.filter(([from], index) => index === 0 || from >= Math.max(...sorted.slice(0, index).map(([, to]) => to)));
});
const shifts = fc.constantFrom<Hours>(nights("").hours, every(WORKDAYS, [0, 1_440]), every(["SATURDAY", "SUNDAY"], [60, 240]), every([...WORKDAYS, "SATURDAY", "SUNDAY"], [0, 360], [1_320, 1_440]));
const random = fc.record({ SUNDAY: intervals, MONDAY: intervals, TUESDAY: intervals, WEDNESDAY: intervals, THURSDAY: intervals, FRIDAY: intervals, SATURDAY: intervals });
const weeklyMinutes = (hours: Hours) => Object.values(hours).flat().reduce((sum, [from, to]) => sum + to - from, 0);
const hours = fc.oneof(shifts, random.filter((each) => weeklyMinutes(each) >= 600));

describe.each(zones)("minute by minute over three years in $timeZone", ({ timeZone, changes }) => {
  const start = new Date(`${FROM}T00:00:00Z`);
  const wall = readWall(timeZone, start, new Date(start.getTime() + DAYS * 86_400_000));
  // Days on which clocks change are holidays, and starts, more often than others.
  const someDay = fc.oneof(fc.integer({ min: 0, max: DAYS }).map((days) => addDays(FROM, days)), ...(changes.length > 0 ? [fc.constantFrom(...changes)] : []));
  const near = changes.map((day) => fc.integer({ min: -2_880, max: 2_880 }).map((minutes) => (Date.parse(day) - start.getTime()) / 60_000 + minutes));
  const minute = fc.oneof(fc.integer({ min: 0, max: STARTS }), ...near);
  const questions = fc.array(fc.record({ from: minute, amount: fc.integer({ min: 0, max: 4_800 }), days: fc.integer({ min: 0, max: 30 }), span: fc.integer({ min: 0, max: 500_000 }) }), { minLength: 12, maxLength: 12 });

  test("open time and business days are what counting gives", () => {
    const calendars = fc.record({ hours, holidays: fc.uniqueArray(someDay, { maxLength: 40 }) });
    fc.assert(
      fc.property(calendars, questions, ({ hours: open, holidays }, asked) => {
        const calendar = { timeZone, hours: open, holidays: new Set(holidays) };
        const count = new MinuteCount(wall, calendar);
        for (const { from, amount, days, span } of asked) {
          const time = count.timeOf(from);
          expect(addOpenMs(time, amount * 60_000, calendar)).toEqual(count.timeOf(count.after(from, amount)));
          expect(addBusinessDays(time, days, calendar)).toEqual(count.timeOf(count.daysAfter(from, days)));
          expect(openMsBetween(time, count.timeOf(from + span), calendar)).toBe(count.between(from, from + span) * 60_000);
        }
      }),
      { numRuns: 40 },
    );
  });
});
