import { addOpenMs, type Calendar, type Hours, type OpenWeekday } from "../core/business.ts";
import { InvalidInput } from "../core/errors.ts";
import { readId } from "../core/ids.ts";
import type { Day } from "../core/time.ts";

/** Hours of a weekday in which work is done, as people write them. */
export interface OpenHours {
  weekday: OpenWeekday;
  opens: string;
  closes: string;
}

const CLOCK = /^([01]\d|2[0-3]):([0-5]\d)$/;
const MIDNIGHT = "24:00";

function minuteOf(text: string, path: readonly string[]): number {
  const [, hours, minutes] = CLOCK.exec(text) ?? [];
  if (hours !== undefined) return Number(hours) * 60 + Number(minutes);
  throw new InvalidInput(`${path.at(-1)}: "${text}" is not a time of day such as 09:30; 24:00 is for the end of a day.`, path);
}

/** A minute of the day as people write it. */
export function showMinute(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

function readInterval({ weekday, opens, closes }: OpenHours, path: readonly string[]): [number, number] {
  const from = minuteOf(opens, [...path, "opens"]);
  const to = closes === MIDNIGHT ? 1_440 : minuteOf(closes, [...path, "closes"]);
  if (from < to) return [from, to];
  const remedy = "a shift over midnight is two, the second from 00:00 on the next weekday";
  throw new InvalidInput(`hours: ${weekday} ${opens} to ${closes} does not end after it begins; ${remedy}.`, path);
}

/**
 * The open hours of a week, in order. Refuses what is no time of day, intervals that end before they begin or overlap others of their weekday,
 * and a week without any.
 */
export function readHours(given: readonly OpenHours[], path: readonly string[] = ["hours"]): Hours {
  if (given.length === 0) throw new InvalidInput("hours: name at least one interval of a weekday; a calendar that is never open has no due times.", path);
  const intervals = given.map((each, index) => ({ weekday: each.weekday, interval: readInterval(each, [...path, String(index)]) }));
  const hours: Hours = {};
  for (const { weekday } of intervals) {
    const sorted = intervals.filter((each) => each.weekday === weekday).map(({ interval }) => interval).sort(([one], [other]) => one - other);
    const twice = sorted.findIndex(([from], index) => index > 0 && from < sorted[index - 1]![1]);
    if (twice > 0) {
      const [one, other] = [sorted[twice - 1]!, sorted[twice]!].map(([from, to]) => `${showMinute(from)} to ${showMinute(to)}`);
      throw new InvalidInput(`hours: on ${weekday}, ${one} and ${other} overlap; make them one.`, path);
    }
    hours[weekday] = sorted;
  }
  return hours;
}

/** The open hours of a week as people write them, from Monday. */
export function showHours(hours: Hours): OpenHours[] {
  const week = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"] as const;
  return week.flatMap((weekday) => (hours[weekday] ?? []).map(([from, to]) => ({ weekday, opens: showMinute(from), closes: showMinute(to) })));
}

const MOST_HOLIDAYS = 400;

/** Refuses none or too many days at a time, one that is named twice, and one that is out of range: ids carry the days. */
export function checkDays(days: readonly Day[], path: readonly string[]): void {
  const field = path.at(-1);
  if (days.length < 1 || days.length > MOST_HOLIDAYS) throw new InvalidInput(`${field}: give 1 to ${MOST_HOLIDAYS} at a time, not ${days.length}.`, path);
  const twice = days.find((day, index) => days.indexOf(day) !== index);
  if (twice) throw new InvalidInput(`${field}: ${twice} stands there twice.`, path);
  const odd = days.find((day) => day < "1970-01-01" || day >= "2200-01-01");
  if (odd) throw new InvalidInput(`${field}: ${odd} is out of range; holidays lie in the years from 1970 to 2199.`, path);
}

const LONGEST_CLOSED_DAYS = 365;

/** Refuses holidays that would leave a calendar closed for more than a year from now: what is due by it would be due then at the earliest. */
export function checkOpens(calendar: Calendar, now: Date): void {
  const opens = addOpenMs(now, 0, calendar);
  if (opens.getTime() - now.getTime() <= LONGEST_CLOSED_DAYS * 86_400_000) return;
  throw new InvalidInput(`holidays: with them nobody would work for more than ${LONGEST_CLOSED_DAYS} days from now; leave days open.`, ["holidays"]);
}

/** What may have a calendar of its own. */
export const OWNERS = ["Vendor", "Site", "Market", "Project"] as const;
export type Owner = (typeof OWNERS)[number];

/** Which of them an opaque id names; refuses any other. */
export function ownerIn(opaque: string, path: readonly string[]): Owner {
  const owner = OWNERS.find((each) => each === readId(opaque)?.type);
  if (!owner) throw new InvalidInput(`${path.at(-1)}: "${opaque}" is not an id of a Vendor, Site, Market or Project.`, path);
  return owner;
}
