import { addOpenMs, alwaysOpen, type Calendar, defaultCalendar, openMsBetween } from "../core/business.ts";
import { allowanceOf, type Allowances, dueAfter } from "../calendars/allowances.rules.ts";
import type { Allowance } from "../calendars/table.ts";
import type { ClockKind, SlaClockRow } from "./table.ts";

export type ClockSeverity = "SEV1" | "SEV2" | "SEV3" | "SEV4";

/** Shares of the open time that are told, in per cent (`domain.md` section 8). */
export const THRESHOLDS = [50, 75, 90, 100] as const;
const AT_RISK = 75;

/** True for the clocks of SEV1 and SEV2, for which every hour is open. */
export function runsAlways(kind: ClockKind, severity: ClockSeverity | undefined): boolean {
  return kind.startsWith("ESCALATION_") && (severity === "SEV1" || severity === "SEV2");
}

/** Whose open hours a clock counts: partners' and, of what the client's side owes, the client's (`domain.md` section 8). */
export function sideOf(kind: ClockKind): "PARTNER" | "CLIENT" {
  return ["APPEAL_L1", "APPEAL_REPLY", "APPEAL_REAPPEAL", "ESCALATION_PARTNER"].includes(kind) ? "PARTNER" : "CLIENT";
}

/** How long a clock gives in a project; null where the severity has no such clock. */
export function timeFor(own: Allowances, kind: ClockKind, severity: ClockSeverity | undefined): Allowance | null {
  return allowanceOf(own, severity && kind.startsWith("ESCALATION_") ? `${kind}_${severity}` : kind);
}

/** What a clock counts by: every hour, its calendar, or the default one of its zone. */
export function calendarOfClock(
  { isAlwaysOpen, calendarId, timeZone }: Pick<SlaClockRow, "isAlwaysOpen" | "calendarId" | "timeZone">,
  calendars: ReadonlyMap<string, Calendar>,
): Calendar {
  if (isAlwaysOpen) return alwaysOpen(timeZone);
  return (calendarId && calendars.get(calendarId)) || defaultCalendar(timeZone);
}

/** What of a clock its verbs change. */
export type Course = Pick<
  SlaClockRow,
  | "isAlwaysOpen" | "unit" | "allowance" | "dueAt" | "openSeconds" | "pausedAt" | "pauseReason" | "remainingSeconds" | "pausedSeconds" | "pauses" | "stoppedAt" | "elapsedSeconds"
  | "breachedAt" | "voidedAt" | "toldPercent" | "nextThresholdAt" | "atRiskAt"
>;
type Times = Pick<Course, "dueAt" | "openSeconds">;

// The open time that follows a share.
const msAfter = (openSeconds: number, percent: number) => openSeconds * 10 * (100 - percent);

/** Open seconds from one time to another, a part of one for a whole. */
export function secondsBetween(from: Date, to: Date, calendar: Calendar): number {
  return Math.ceil(openMsBetween(from, to, calendar) / 1_000);
}

// When a share is reached, seen from a time at which the clock runs: the due time ends the last one, also where it lies in closed time.
function reachedAt({ dueAt, openSeconds }: Times, percent: number, from: Date, calendar: Calendar): Date {
  if (percent === 100 || dueAt <= from) return dueAt;
  const leftMs = openMsBetween(from, dueAt, calendar) - msAfter(openSeconds, percent);
  const reached = leftMs <= 0 ? from : addOpenMs(from, leftMs, calendar);
  return reached < dueAt ? reached : dueAt;
}

// What follows from a due time: when the next share that was not told yet is reached, and when the clock is at risk.
function lookAhead(times: Times, toldPercent: number, from: Date, calendar: Calendar): Pick<Course, "nextThresholdAt" | "atRiskAt"> {
  const next = THRESHOLDS.find((percent) => percent > toldPercent);
  return {
    nextThresholdAt: next === undefined ? null : reachedAt(times, next, from, calendar),
    atRiskAt: reachedAt(times, AT_RISK, from, calendar),
  };
}

/** How a clock goes that starts then. */
export function begin(startedAt: Date, allowance: Allowance, calendar: Calendar) {
  const dueAt = dueAfter(startedAt, allowance, calendar);
  const times = { dueAt, openSeconds: secondsBetween(startedAt, dueAt, calendar) };
  return { unit: allowance.unit, allowance: allowance.amount, ...times, ...lookAhead(times, 0, startedAt, calendar) };
}

const passes = ({ dueAt, openSeconds }: Times, percent: number, now: Date, calendar: Calendar) =>
  percent === 100 ? dueAt <= now : openMsBetween(now, dueAt, calendar) <= msAfter(openSeconds, percent);

/** A clock once every share that it has passed by now is told, with these shares in order; breached when it was due, however late that is told. */
export function tell<Clock extends Course>(clock: Clock, now: Date, calendar: Calendar): { clock: Clock; told: number[] } {
  if (clock.pausedAt || clock.nextThresholdAt === null || clock.nextThresholdAt > now) return { clock, told: [] };
  const told = THRESHOLDS.filter((percent) => percent > clock.toldPercent && passes(clock, percent, now, calendar));
  const toldPercent = told.at(-1) ?? clock.toldPercent;
  const { nextThresholdAt } = lookAhead(clock, toldPercent, now, calendar);
  return { clock: { ...clock, toldPercent, nextThresholdAt, breachedAt: toldPercent === 100 ? clock.dueAt : clock.breachedAt }, told };
}

/** A clock that stands still: the open time that is left is frozen. One that is paused already stays as it is. */
export function pause<Clock extends Course>(clock: Clock, reason: string, now: Date, calendar: Calendar): Clock {
  if (clock.pausedAt) return clock;
  const remainingSeconds = secondsBetween(now, clock.dueAt, calendar);
  const atRiskAt = clock.atRiskAt && clock.atRiskAt <= now ? clock.atRiskAt : null;
  return { ...clock, pausedAt: now, pauseReason: reason, remainingSeconds, nextThresholdAt: null, atRiskAt };
}

const RUNNING = { pausedAt: null, pauseReason: null, remainingSeconds: null };

/**
 * A clock that runs again, due once the frozen open time has passed. Where no open time passed meanwhile, or it was due before it was paused,
 * the due time stays.
 */
export function resume<Clock extends Course>(clock: Clock, now: Date, calendar: Calendar): Clock {
  if (!clock.pausedAt) return clock;
  const stays = clock.remainingSeconds === 0 || openMsBetween(clock.pausedAt, now, calendar) === 0;
  const dueAt = stays ? clock.dueAt : addOpenMs(now, clock.remainingSeconds! * 1_000, calendar);
  const ahead = lookAhead({ ...clock, dueAt }, clock.toldPercent, now, calendar);
  const pausedSeconds = clock.pausedSeconds + Math.round((now.getTime() - clock.pausedAt.getTime()) / 1_000);
  const pauses = [...clock.pauses, [clock.pausedAt.toISOString(), now.toISOString()]] as const;
  return { ...clock, ...RUNNING, ...ahead, pausedSeconds, pauses, dueAt, atRiskAt: clock.atRiskAt ?? ahead.atRiskAt };
}

/** A clock whose work is done, in time or not; one that stood still is due as if it had gone on at that moment. */
export function stop<Clock extends Course>(clock: Clock, now: Date, calendar: Calendar): Clock {
  const running = resume(clock, now, calendar);
  const { dueAt, openSeconds } = running;
  const elapsedSeconds = now < dueAt ? openSeconds - secondsBetween(now, dueAt, calendar) : openSeconds + secondsBetween(dueAt, now, calendar);
  return { ...running, nextThresholdAt: null, stoppedAt: now, elapsedSeconds: Math.max(0, elapsedSeconds) };
}

/** A clock that was for nothing; one that is breached is stopped instead, since the breach stays. */
export function withdraw<Clock extends Course>(clock: Clock, now: Date, calendar: Calendar): Clock {
  const stopped = stop(clock, now, calendar);
  return clock.breachedAt ? stopped : { ...stopped, stoppedAt: null, elapsedSeconds: null, voidedAt: now };
}

/**
 * A clock as if this had been its time, in these hours, from its start on and through its pauses. What was told is not told again, and a breach
 * stays.
 */
export function recompute<Clock extends Course & Pick<SlaClockRow, "startedAt">>(clock: Clock, allowance: Allowance, now: Date, calendar: Calendar): Clock {
  const fresh: Clock = { ...clock, ...RUNNING, ...begin(clock.startedAt, allowance, calendar), pausedSeconds: 0, pauses: [] };
  const anew = clock.pauses.reduce((one, [from, to]) => resume(pause(one, "", new Date(from), calendar), new Date(to), calendar), fresh);
  if (clock.pausedAt) return pause(anew, clock.pauseReason ?? "", clock.pausedAt, calendar);
  return { ...anew, nextThresholdAt: lookAhead(anew, clock.toldPercent, now, calendar).nextThresholdAt };
}
