import { addDays, type Day, dayOf, stretchesOf } from "./time.ts";

/** Days of the week as `Date.getUTCDay` counts them. */
const WEEKDAYS = ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"] as const;
export type OpenWeekday = (typeof WEEKDAYS)[number];

/**
 * Open intervals of each weekday, in minutes that the local clock shows: [from, to), 0 to 1,440, in order; an absent weekday is closed. A shift
 * over midnight is two intervals.
 */
export type Hours = Partial<Record<OpenWeekday, readonly (readonly [number, number])[]>>;

/** When work is done: open hours of each weekday in a time zone, less the days on which nobody works. */
export interface Calendar {
  timeZone: string;
  hours: Hours;
  holidays: ReadonlySet<Day>;
}

const WHOLE_DAY = [[0, 1_440]] as const;
const WEEK: Hours = { MONDAY: WHOLE_DAY, TUESDAY: WHOLE_DAY, WEDNESDAY: WHOLE_DAY, THURSDAY: WHOLE_DAY, FRIDAY: WHOLE_DAY };
const NONE: ReadonlySet<Day> = new Set();
const MINUTE_MS = 60_000;

/** The default calendar of `domain.md` section 8: open around the clock from Monday to Friday, without holidays. */
export function defaultCalendar(timeZone: string): Calendar {
  return { timeZone, hours: WEEK, holidays: NONE };
}

/** ALWAYS of `domain.md` section 8: every hour of every day. */
export function alwaysOpen(timeZone: string): Calendar {
  return { timeZone, hours: { ...WEEK, SATURDAY: WHOLE_DAY, SUNDAY: WHOLE_DAY }, holidays: NONE };
}

/** How far ahead a due time may lie: a calendar that is closed for longer is not waited for. */
export const MOST_DAYS = 731;

type Opening = readonly [from: number, to: number];

// The instants between which a day is open, in order. Where clocks change, what they leave out is no time, and what they show twice counts twice.
function openingsOf(day: Day, { timeZone, hours, holidays }: Calendar): Opening[] {
  const intervals = hours[WEEKDAYS[new Date(`${day}T00:00:00Z`).getUTCDay()]!];
  if (!intervals || holidays.has(day)) return [];
  return stretchesOf(day, timeZone).flatMap(({ from, to, clockMs }) => {
    const atMinute = (minute: number) => Math.min(to, Math.max(from, from + minute * MINUTE_MS - clockMs));
    return intervals.map(([opens, closes]): Opening => [atMinute(opens), atMinute(closes)]).filter(([opens, closes]) => opens < closes);
  });
}

const latest = (time: Date) => new Date(time.getTime() + MOST_DAYS * 1_440 * MINUTE_MS);

/** When so many open milliseconds have passed, at most two years ahead; of none, the time itself or the next opening. */
export function addOpenMs(time: Date, ms: number, calendar: Calendar): Date {
  let left = ms;
  let day = dayOf(time, calendar.timeZone);
  for (let looked = 0; looked < MOST_DAYS; looked += 1, day = addDays(day, 1)) {
    for (const [from, to] of openingsOf(day, calendar)) {
      const start = Math.max(from, time.getTime());
      if (start >= to) continue;
      if (left <= to - start) return new Date(start + left);
      left -= to - start;
    }
  }
  return latest(time);
}

/** Open milliseconds from one time to another; none if it is not later. */
export function openMsBetween(from: Date, to: Date, calendar: Calendar): number {
  if (to <= from) return 0;
  let openMs = 0;
  const last = dayOf(to, calendar.timeZone);
  for (let day = dayOf(from, calendar.timeZone); day <= last; day = addDays(day, 1)) {
    for (const [opens, closes] of openingsOf(day, calendar)) {
      openMs += Math.max(0, Math.min(closes, to.getTime()) - Math.max(opens, from.getTime()));
    }
  }
  return openMs;
}

/**
 * The same local time on the n-th open day after, at most two years ahead. A start in closed time moves to the next opening. Of a local time
 * that the due day's clock leaves out it is the first after, of one that it shows twice the first.
 */
export function addBusinessDays(time: Date, days: number, calendar: Calendar): Date {
  const start = addOpenMs(time, 0, calendar);
  const first = dayOf(start, calendar.timeZone);
  let due = first;
  for (let left = days, looked = 0; left > 0; looked += 1) {
    if (looked >= MOST_DAYS) return latest(time);
    due = addDays(due, 1);
    if (openingsOf(due, calendar).length > 0) left -= 1;
  }
  const held = stretchesOf(first, calendar.timeZone).find(({ to }) => start.getTime() < to)!;
  const clockMs = start.getTime() - held.from + held.clockMs;
  const stretches = stretchesOf(due, calendar.timeZone);
  const shown = stretches.find((stretch) => clockMs < stretch.clockMs + stretch.to - stretch.from);
  return new Date(shown ? shown.from + Math.max(0, clockMs - shown.clockMs) : stretches.at(-1)!.to);
}
