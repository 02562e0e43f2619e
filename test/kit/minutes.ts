import type { Calendar, OpenWeekday } from "../../src/core/business.ts";

const WEEKDAYS: readonly OpenWeekday[] = ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"];
const MINUTE_MS = 60_000;
const QUARTER = 15;

/** What clocks on the wall of a zone show in each minute of some years: the day, its weekday, and the minute of the day. */
export interface Wall {
  timeZone: string;
  from: number;
  days: Int32Array;
  minutes: Int16Array;
}

/** Reads the wall clock of a zone every quarter of an hour, as `Intl` knows it; clocks change on these. */
export function readWall(timeZone: string, from: Date, to: Date): Wall {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric",
  });
  const count = (to.getTime() - from.getTime()) / MINUTE_MS;
  const [days, minutes] = [new Int32Array(count), new Int16Array(count)];
  for (let start = 0; start < count; start += QUARTER) {
    const [month, day, year, hour, minute] = format.format(from.getTime() + start * MINUTE_MS).split(/\D+/).map(Number) as [number, number, number, number, number];
    days.fill(Date.UTC(year, month - 1, day) / 86_400_000, start, start + QUARTER);
    for (let i = 0; i < QUARTER; i += 1) minutes[start + i] = hour * 60 + minute + i;
  }
  return { timeZone, from: from.getTime(), days, minutes };
}

/** Open time counted minute by minute, by looking at each. */
export class MinuteCount {
  readonly #wall: Wall;
  readonly #opened: Int32Array;

  constructor(wall: Wall, { hours, holidays }: Pick<Calendar, "hours" | "holidays">) {
    const { days, minutes } = wall;
    const byWeekday = WEEKDAYS.map((weekday) => {
      const open = new Uint8Array(1_440);
      for (const [from, to] of hours[weekday] ?? []) open.fill(1, from, to);
      return open;
    });
    const closed = new Set([...holidays].map((day) => Date.parse(`${day}T00:00:00Z`) / 86_400_000));
    this.#wall = wall;
    this.#opened = new Int32Array(days.length + 1);
    for (let i = 0, day = -1, open = byWeekday[0]!, isHoliday = false; i < days.length; i += 1) {
      if (days[i] !== day) {
        day = days[i]!;
        open = byWeekday[(day + 4) % 7]!;
        isHoliday = closed.has(day);
      }
      this.#opened[i + 1] = this.#opened[i]! + (isHoliday ? 0 : open[minutes[i]!]!);
    }
  }

  timeOf(minute: number): Date {
    return new Date(this.#wall.from + minute * MINUTE_MS);
  }

  isOpen(minute: number): boolean {
    return this.#opened[minute + 1]! > this.#opened[minute]!;
  }

  between(from: number, to: number): number {
    return this.#opened[to]! - this.#opened[from]!;
  }

  /** The first minute that is not before this one and open, where `amount` is 0; else that after which so many have passed. */
  after(from: number, amount: number): number {
    let minute = from;
    if (amount === 0) while (!this.isOpen(minute)) minute += 1;
    else while (this.between(from, minute) < amount) minute += 1;
    return minute;
  }

  /** The same wall clock on the n-th day after that has an open minute; where it is left out there, the first after. */
  daysAfter(from: number, days: number): number {
    const { days: dayOf, minutes } = this.#wall;
    const start = this.after(from, 0);
    let minute = start;
    for (let left = days; left > 0; left -= 1) {
      const day = dayOf[minute];
      while (dayOf[minute] === day || !this.isOpen(minute)) minute += 1;
    }
    while (dayOf[minute - 1] === dayOf[minute]) minute -= 1;
    const day = dayOf[minute];
    const same = this.#first(minute, (each) => minutes[each] === minutes[start]);
    return dayOf[same] === day ? same : this.#first(minute, (each) => dayOf[each] !== day || minutes[each]! > minutes[start]!);
  }

  #first(from: number, isIt: (minute: number) => boolean): number {
    let minute = from;
    while (this.#wall.days[minute] === this.#wall.days[from] && !isIt(minute)) minute += 1;
    return minute;
  }
}
