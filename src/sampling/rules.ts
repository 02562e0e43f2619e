import { InvalidInput } from "../core/errors.ts";
import { addDays, dayOf, startOfDay } from "../core/time.ts";

/** 1 to 200 characters of the caller's choice. */
export function checkSeed(seed: string): string {
  if (seed.length < 1 || seed.length > 200) throw new InvalidInput(`seed: must have 1 to 200 characters, has ${seed.length}.`, ["seed"]);
  return seed;
}

/** A window that has ended: a decision made later in it could never be drawn, since windows of a plan don't overlap. */
export function checkWindow(from: Date, to: Date, now: Date): void {
  if (from >= to) throw new InvalidInput(`windowTo: ${to.toISOString()} must be after windowFrom.`, ["windowTo"]);
  if (to > now) throw new InvalidInput(`windowTo: ${to.toISOString()} has not come yet; draw once the window is over.`, ["windowTo"]);
}

const AUDIT_BUSINESS_DAYS = 2;

function isOpen(day: string): boolean {
  return ![0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay());
}

/** When the audit of a sample drawn at this time is due: the same time on the second open day after, Monday to Friday in the zone. */
export function auditDueAt(drawnAt: Date, timeZone: string): Date {
  let day = dayOf(drawnAt, timeZone);
  let timeOfDay = drawnAt.getTime() - startOfDay(day, timeZone).getTime();
  while (!isOpen(day)) [day, timeOfDay] = [addDays(day, 1), 0];
  for (let left = AUDIT_BUSINESS_DAYS; left > 0; ) {
    day = addDays(day, 1);
    if (isOpen(day)) left -= 1;
  }
  return new Date(startOfDay(day, timeZone).getTime() + timeOfDay);
}
