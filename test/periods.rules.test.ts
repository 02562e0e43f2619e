import { expect, test } from "vitest";
import { defaultCalendar } from "../src/core/business.ts";
import { checkEnded, closeDueAfter, deltasOf, instantsOf, missingSpans, spanAround } from "../src/periods/rules.ts";

const NEW_YORK = { timeZone: "America/New_York", weekStartsOn: "MONDAY", closeAfterBusinessDays: 3 } as const;
const UTC = { ...NEW_YORK, timeZone: "UTC" };

test.each([
  ["the week in which clocks go forward", "WEEK", "2026-03-08", "2026-03-02T05:00:00Z", "2026-03-09T04:00:00Z", "2026-03-12T04:00:00Z"],
  ["the month of it", "MONTH", "2026-03-31", "2026-03-01T05:00:00Z", "2026-04-01T04:00:00Z", "2026-04-06T04:00:00Z"],
  ["the week in which they go back", "WEEK", "2026-10-26", "2026-10-26T04:00:00Z", "2026-11-02T05:00:00Z", "2026-11-05T05:00:00Z"],
  ["a month that ends on a Saturday", "MONTH", "2026-01-01", "2026-01-01T05:00:00Z", "2026-02-01T05:00:00Z", "2026-02-05T05:00:00Z"],
] as const)("%s is cut in the project's zone, and closes on the third business day", (_, kind, day, from, to, due) => {
  const instants = instantsOf(spanAround(kind, day, NEW_YORK), NEW_YORK.timeZone);
  expect(instants).toEqual({ from: new Date(from), to: new Date(to) });
  expect(closeDueAfter(instants.to, NEW_YORK, defaultCalendar(NEW_YORK.timeZone))).toEqual(new Date(due));
});

test("a period has ended at its last midnight in the zone, not in UTC", () => {
  const span = spanAround("WEEK", "2026-03-04", NEW_YORK);
  expect(() => checkEnded(span, NEW_YORK.timeZone, new Date("2026-03-09T03:59:59.999Z"))).toThrow("2026-03-09T04:00:00.000Z");
  expect(() => checkEnded(span, NEW_YORK.timeZone, new Date("2026-03-09T04:00:00Z"))).not.toThrow();
});

test.each([
  ["none yet", "WEEK", null, "2026-01-14T12:00:00Z", UTC, ["2026-01-05/2026-01-12"]],
  ["none yet, on the first day of the next", "MONTH", null, "2026-02-01T00:00:00Z", UTC, ["2026-01-01/2026-02-01"]],
  ["none yet, where it is still Sunday", "WEEK", null, "2026-01-12T04:59:59Z", NEW_YORK, ["2025-12-29/2026-01-05"]],
  ["runs missed", "WEEK", "2025-12-22", "2026-01-14T12:00:00Z", UTC, ["2025-12-22/2025-12-29", "2025-12-29/2026-01-05", "2026-01-05/2026-01-12"]],
  ["all there", "WEEK", "2026-01-12", "2026-01-14T12:00:00Z", UTC, []],
  ["one ahead, by a clock that was wrong", "MONTH", "2026-05-01", "2026-01-14T12:00:00Z", UTC, []],
  ["another first day of the week", "WEEK", "2026-01-12", "2026-01-25T12:00:00Z", { ...UTC, weekStartsOn: "SUNDAY" }, ["2026-01-12/2026-01-18", "2026-01-18/2026-01-25"]],
  ["over a year", "MONTH", "2025-12-01", "2026-02-14T12:00:00Z", UTC, ["2025-12-01/2026-01-01", "2026-01-01/2026-02-01"]],
] as const)("periods follow each other without a hole: %s", (_, kind, lastTo, now, calendar, expected) => {
  expect(missingSpans(kind, lastTo, new Date(now), calendar).map(({ from, to }) => `${from}/${to}`)).toEqual(expected);
});

test.each([
  [["CORRECT", 1], ["INCORRECT", 0.25], -1, -0.75],
  [["INCORRECT", 0.25], ["CORRECT", 1], 1, 0.75],
  [["INCORRECT", 0.25], ["INCORRECT", 0.25], 0, 0],
  [["CORRECT", null], ["INCORRECT", 0.25], -1, null],
  [["CORRECT", 1], ["INCORRECT", null], -1, null],
  [["CORRECT", 0.8], null, -1, -0.8],
  [["INCORRECT", 0.25], null, 0, -0.25],
  [["CORRECT", null], null, -1, null],
] as const)("%j to %j changes correct audits by %s and scores by %s", (before, after, correctDelta, scoreDelta) => {
  const read = ([outcome, score]: readonly ["CORRECT" | "INCORRECT", number | null]) => ({ outcome, score });
  expect(deltasOf(read(before), after && read(after))).toEqual({ correctDelta, scoreDelta });
});
