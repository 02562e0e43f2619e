import { addBusinessDays, type Calendar as OpenDays } from "../core/business.ts";
import { Conflict, InvalidInput } from "../core/errors.ts";
import { allowedActions, type Machine } from "../core/machine.ts";
import { addDays, addUnits, type Day, dayOf, startOfDay, startOfUnit } from "../core/time.ts";
import type { Viewer } from "../core/viewer.ts";
import { type ProjectSettings, WEEKDAYS } from "../projects/table.ts";
import type { ReportingPeriodRow } from "./table.ts";

export type PeriodKind = ReportingPeriodRow["kind"];
export type PeriodVerb = "closePeriod" | "reopenPeriod";

/** From open to closed, and back with a reason (`domain.md` section 6). */
export const PERIOD_MACHINE: Machine<ReportingPeriodRow["state"], PeriodVerb, "QA_LEAD" | "SYS"> = {
  entity: "reporting period",
  arrows: [
    { from: ["OPEN"], verb: "closePeriod", to: "CLOSED", who: ["QA_LEAD", "SYS"] },
    { from: ["CLOSED"], verb: "reopenPeriod", to: "OPEN", who: ["QA_LEAD"] },
  ],
};

/** What a viewer is to a period. */
export function periodParts(viewer: Viewer): Set<"QA_LEAD"> {
  return new Set(viewer.role === "QA_LEAD" ? ["QA_LEAD"] : []);
}

/** What a viewer may do with a period now. A row is there once its period has ended, so closing it is possible. */
export function periodActions(viewer: Viewer, { state }: Pick<ReportingPeriodRow, "state">): PeriodVerb[] {
  return allowedActions(PERIOD_MACHINE, state, periodParts(viewer));
}

/** By what a project's periods are cut and closed. */
export interface Calendar extends Pick<ProjectSettings, "weekStartsOn" | "closeAfterBusinessDays"> {
  timeZone: string;
}

/** A stretch of days; `to` is exclusive. */
export interface Span {
  from: Day;
  to: Day;
}

/** The first day of the week as a number: 0 for Monday to 6 for Sunday. */
export function weekStartOf({ weekStartsOn }: Pick<Calendar, "weekStartsOn">): number {
  return WEEKDAYS.indexOf(weekStartsOn);
}

/** The week or month that a day lies in. */
export function spanAround(kind: PeriodKind, day: Day, calendar: Pick<Calendar, "weekStartsOn">): Span {
  const from = startOfUnit(day, kind, weekStartOf(calendar));
  return { from, to: addUnits(from, kind, 1) };
}

/** The instants of a stretch of days in the project's zone. */
export function instantsOf({ from, to }: Span, timeZone: string): { from: Date; to: Date } {
  return { from: startOfDay(from, timeZone), to: startOfDay(to, timeZone) };
}

/** When a period closes by itself that ended, or was reopened, then: by the business days of the project. */
export function closeDueAfter(time: Date, { closeAfterBusinessDays }: Pick<Calendar, "closeAfterBusinessDays">, open: OpenDays): Date {
  return addBusinessDays(time, closeAfterBusinessDays, open);
}

/**
 * The periods of a kind that have ended and are not there yet, in order: all that follow the last one, without a hole, or the one that ended
 * last where there is none. Where the first day of the week was changed, a shorter week leads over to the new ones.
 */
export function missingSpans(kind: PeriodKind, lastTo: Day | null, now: Date, calendar: Pick<Calendar, "timeZone" | "weekStartsOn">): Span[] {
  const current = spanAround(kind, dayOf(now, calendar.timeZone), calendar).from;
  if (lastTo === null) return [spanAround(kind, addDays(current, -1), calendar)];
  const spans: Span[] = [];
  for (let from = lastTo; from < current; from = spans.at(-1)!.to) spans.push({ from, to: spanAround(kind, from, calendar).to });
  return spans;
}

/** Refuses a first day before 1970, since ids carry the times of what they name, and one of the last year that days are written in. */
export function checkFirstDay(from: Day): void {
  if (from >= "1970-01-01" && from < "9999-01-01") return;
  throw new InvalidInput(`from: ${from} is out of range; periods begin in the years from 1970 to 9998.`, ["period", "from"]);
}

/** Refuses a period that has not ended: what is decided until then belongs to it. */
export function checkEnded(span: Span, timeZone: string, now: Date): void {
  const { to } = instantsOf(span, timeZone);
  if (to <= now) return;
  throw new Conflict(`closePeriod: the period from ${span.from} to ${span.to} (exclusive) ends at ${to.toISOString()}; close it then.`);
}

/** Why a figure of a published audit changed. */
export type AdjustmentReason = "CORRECTION" | "VOID" | "APPEAL";

/** What a verdict says that counts. */
export interface Counted {
  outcome: "CORRECT" | "INCORRECT";
  score: number | null;
}

/**
 * By how much the sums of a period change when a published audit's verdict takes another's place, or none does: correct audits, and the
 * audit's quality score, null where one of the two has none.
 */
export function deltasOf(before: Counted, after: Counted | null): { correctDelta: number; scoreDelta: number | null } {
  const correct = (verdict: Counted | null) => (verdict?.outcome === "CORRECT" ? 1 : 0);
  const score = after ? after.score : 0;
  return { correctDelta: correct(after) - correct(before), scoreDelta: before.score === null || score === null ? null : score - before.score };
}
