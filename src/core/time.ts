/** A calendar day as YYYY-MM-DD; sorts as text. */
export type Day = string;

/** A stretch of calendar that figures are cut by. */
export const CALENDAR_UNITS = ["DAY", "WEEK", "MONTH"] as const;
export type CalendarUnit = (typeof CALENDAR_UNITS)[number];

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-CA", { timeZone, calendar: "iso8601", year: "numeric", month: "2-digit", day: "2-digit" });
    formats.set(timeZone, format);
  }
  return format;
}

/** The calendar day that it is in the zone at this time. */
export function dayOf(time: Date, timeZone: string): Day {
  return formatOf(timeZone).format(time).padStart(10, "0");
}

// A search costs some thirty microseconds, and those who ask do so for thousands of times of the same few days.
const starts = new Map<string, number>();
const MOST_STARTS = 5_000;

/**
 * The first instant of a day in the zone. It is found by search, not by adding an offset to midnight: some zones change their clocks at
 * midnight, so that a day begins at 01:00, and one zone has left out a whole day (its start is that of the next).
 */
export function startOfDay(day: Day, timeZone: string): Date {
  const known = starts.get(`${day} ${timeZone}`);
  if (known !== undefined) return new Date(known);
  const midnight = Date.parse(`${day}T00:00:00Z`);
  let before = midnight / 1000 - DAY_MS / 1000;
  let reached = midnight / 1000 + (2 * DAY_MS) / 1000;
  while (reached - before > 1) {
    const middle = Math.floor((before + reached) / 2);
    if (dayOf(new Date(middle * 1000), timeZone) >= day) reached = middle;
    else before = middle;
  }
  if (starts.size >= MOST_STARTS) starts.clear();
  starts.set(`${day} ${timeZone}`, reached * 1000);
  return new Date(reached * 1000);
}

/** A part of a day in which its clock runs evenly: its instants [from, to), and what the clock shows at its start, in milliseconds since midnight. */
export interface Stretch {
  from: number;
  to: number;
  clockMs: number;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

// What the clock of a zone shows then, in milliseconds since the midnight of that day.
function clockOf(time: number, timeZone: string): number {
  let format = clocks.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", { timeZone, hourCycle: "h23", hour: "2-digit", minute: "2-digit", second: "2-digit" });
    clocks.set(timeZone, format);
  }
  const [hours, minutes, seconds] = format.format(time).split(":").map(Number) as [number, number, number];
  return ((hours * 60 + minutes) * 60 + seconds) * 1_000;
}

const stretches = new Map<string, readonly Stretch[]>();

function cutAtChange(from: number, to: number, timeZone: string): Stretch[] {
  const clockMs = clockOf(from, timeZone);
  const isEven = (time: number) => clockOf(time, timeZone) - clockMs === time - from;
  if (from >= to) return [];
  if (isEven(to - 1_000)) return [{ from, to, clockMs }];
  let before = from / 1_000;
  let after = to / 1_000 - 1;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (isEven(middle * 1_000)) before = middle;
    else after = middle;
  }
  const change = after * 1_000;
  return [{ from, to: change, clockMs }, { from: change, to, clockMs: clockOf(change, timeZone) }];
}

/** The stretches of a day in the zone, in order: one, or two where clocks change within it; none of a day that the zone has left out. */
export function stretchesOf(day: Day, timeZone: string): readonly Stretch[] {
  const known = stretches.get(`${day} ${timeZone}`);
  if (known) return known;
  const cut = cutAtChange(startOfDay(day, timeZone).getTime(), startOfDay(addDays(day, 1), timeZone).getTime(), timeZone);
  if (stretches.size >= MOST_STARTS) stretches.clear();
  stretches.set(`${day} ${timeZone}`, cut);
  return cut;
}

/** The day that many days later. */
export function addDays(day: Day, days: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

function addMonths(day: Day, months: number): Day {
  const [year, month] = day.split("-").map(Number) as [number, number];
  return new Date(Date.UTC(year, month - 1 + months, 1)).toISOString().slice(0, 10);
}

/** The first day of the unit that the day lies in; weeks begin on `weekStart`, 0 for Monday to 6 for Sunday. */
export function startOfUnit(day: Day, unit: CalendarUnit, weekStart: number): Day {
  if (unit === "MONTH") return `${day.slice(0, 8)}01`;
  if (unit === "DAY") return day;
  const weekday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
  return addDays(day, -((weekday - weekStart + 7) % 7));
}

/** The first day of the unit that lies so many units after the one that begins on this day. */
export function addUnits(start: Day, unit: CalendarUnit, count: number): Day {
  return unit === "MONTH" ? addMonths(start, count) : addDays(start, unit === "WEEK" ? count * 7 : count);
}
