import type { Calendar } from "../core/business.ts";
import { Forbidden } from "../core/errors.ts";
import { isPartner, type Viewer } from "../core/viewer.ts";
import { type Course, secondsBetween } from "./rules.ts";

/** When a clock was, or by now is, breached; null before. One that was told late was breached when it was due. */
export function breachOf({ breachedAt, dueAt, pausedAt, stoppedAt, voidedAt }: Course, now: Date): Date | null {
  return breachedAt ?? (!pausedAt && !stoppedAt && !voidedAt && dueAt <= now ? dueAt : null);
}

/** True of a clock that has not ended, once three quarters of its open time are over. */
export function isAtRisk({ atRiskAt, stoppedAt, voidedAt }: Course, now: Date): boolean {
  return !stoppedAt && !voidedAt && atRiskAt !== null && atRiskAt <= now;
}

/** How clocks stand. */
export const CLOCK_STATES = ["RUNNING", "PAUSED", "STOPPED", "VOID"] as const;
export type ClockState = (typeof CLOCK_STATES)[number];

/** How a clock stands. */
export function stateOf({ pausedAt, stoppedAt, voidedAt }: Course): ClockState {
  if (voidedAt) return "VOID";
  return stoppedAt ? "STOPPED" : pausedAt ? "PAUSED" : "RUNNING";
}

/** The open seconds that a clock has left, or had when it ended: none once it is due. */
export function remainingAt({ remainingSeconds, stoppedAt, voidedAt, dueAt }: Course, now: Date, calendar: Calendar): number {
  return remainingSeconds ?? secondsBetween(stoppedAt ?? voidedAt ?? now, dueAt, calendar);
}

/** The share of its open time that is over, or was when it ended, in per cent: 0 to 100. */
export function percentElapsed(clock: Course, now: Date, calendar: Calendar): number {
  const left = clock.openSeconds === 0 ? 0 : remainingAt(clock, now, calendar) / clock.openSeconds;
  return 100 * (1 - Math.min(1, left));
}

/** Why work stands still is for the staff, as words of people; analysts read none. */
export function readsPauses(viewer: Viewer): boolean {
  return !isPartner(viewer) && viewer.role !== "ANALYST" && viewer.role !== "SERVICE";
}

/** A machine client needs scope events:read, as for the events that tell of clocks. */
export function mayRead({ role, scopes }: Viewer): boolean {
  return role !== "SERVICE" || scopes?.has("events:read") === true;
}

/** Refuses lists of clocks to clients that aren't for reading them. */
export function checkReading(viewer: Viewer): void {
  if (!mayRead(viewer)) throw new Forbidden("Clocks are read by clients with scope events:read.");
}
