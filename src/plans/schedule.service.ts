import { Cron } from "croner";
import { InvalidInput } from "../core/errors.ts";
import { addUnits, dayOf, startOfDay, startOfUnit } from "../core/time.ts";
import { type ProjectSettings, WEEKDAYS } from "../projects/table.ts";
import type { SamplingPlanRow } from "./table.ts";

/** Decisions made from `from` (inclusive) to `to` (exclusive). */
export interface DrawWindow {
  from: Date;
  to: Date;
}

const EXAMPLE = 'such as "0 6 * * 1" for Mondays at 06:00';

/**
 * The first time after `after` that a cron of five fields names in the zone. Where clocks change, a time that they leave out comes right
 * after the change, and one that they repeat comes once. Refuses what is no such cron, and one that names no time that ever comes.
 */
export function nextDraw(schedule: string, timeZone: string, after: Date): Date {
  const refuse = (why: string) => new InvalidInput(`schedule: "${schedule}" ${why}; give a cron of five fields, ${EXAMPLE}.`, ["schedule"]);
  if (schedule.trim().split(/\s+/).length !== 5) throw refuse("has not five fields");
  let next: Date | null;
  try {
    next = new Cron(schedule, { timezone: timeZone, mode: "5-part" }).nextRun(after);
  } catch (error) {
    throw refuse(`can't be read (${(error as Error).message.replace(/^CronPattern: /, "").replace(/\.$/, "")})`);
  }
  if (!next) throw refuse("names no time that ever comes");
  return next;
}

/**
 * The window that a scheduled plan draws at this time: its whole days, weeks or months that ended last, at that time or before, in the
 * project's zone.
 */
export function windowOf(
  plan: Pick<SamplingPlanRow, "windowUnit" | "windowLength">,
  timeZone: string,
  at: Date,
  weekStartsOn: ProjectSettings["weekStartsOn"],
): DrawWindow {
  const unit = plan.windowUnit!;
  const end = startOfUnit(dayOf(at, timeZone), unit, WEEKDAYS.indexOf(weekStartsOn));
  const from = addUnits(end, unit, -plan.windowLength!);
  return { from: startOfDay(from, timeZone), to: startOfDay(end, timeZone) };
}
