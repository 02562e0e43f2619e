import { addDays, type Day, dayOf, startOfDay } from "./time.ts";

/** Open intervals of each weekday, in minutes of the local day: [from, to), 0 to 1,440, in order; an absent weekday is closed. */
export type Hours = Partial<Record<"MONDAY" | "TUESDAY" | "WEDNESDAY" | "THURSDAY" | "FRIDAY" | "SATURDAY" | "SUNDAY", readonly (readonly [number, number])[]>>;

// The default calendar of domain.md section 8: open around the clock from Monday to Friday, without holidays, in the zone asked for.
function isOpen(day: Day): boolean {
  return ![0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay());
}

// The day that an open time lies in, and how far into it; a closed time moves to the next opening.
function openTime(time: Date, timeZone: string): { day: Day; elapsedMs: number } {
  const day = dayOf(time, timeZone);
  if (isOpen(day)) return { day, elapsedMs: time.getTime() - startOfDay(day, timeZone).getTime() };
  let next = addDays(day, 1);
  while (!isOpen(next)) next = addDays(next, 1);
  return { day: next, elapsedMs: 0 };
}

/** The same local time on the n-th open day after. */
export function addBusinessDays(time: Date, days: number, timeZone: string): Date {
  const { day, elapsedMs } = openTime(time, timeZone);
  let due = day;
  for (let left = days; left > 0; ) {
    due = addDays(due, 1);
    if (isOpen(due)) left -= 1;
  }
  return new Date(startOfDay(due, timeZone).getTime() + elapsedMs);
}

const HOUR_MS = 3_600_000;

/** When so many open hours have passed. Days on which clocks change count the hours that they really have. */
export function addBusinessHours(time: Date, hours: number, timeZone: string): Date {
  let { day, elapsedMs } = openTime(time, timeZone);
  for (let leftMs = hours * HOUR_MS; ; day = addDays(day, 1), elapsedMs = 0) {
    if (!isOpen(day)) continue;
    const start = startOfDay(day, timeZone).getTime();
    const openMs = startOfDay(addDays(day, 1), timeZone).getTime() - start - elapsedMs;
    if (leftMs <= openMs) return new Date(start + elapsedMs + leftMs);
    leftMs -= openMs;
  }
}
