import { calendarsFor } from "../calendars/places.service.ts";
import { alwaysOpen, type Calendar } from "../core/business.ts";
import { newId } from "../core/ids.ts";
import { asSystem, asWorker, type Verb } from "../db/verb.ts";
import type { Audience } from "../events/outbox.ts";
import {
  begin, calendarOfClock, type ClockSeverity, pause, recompute, resume, runsAlways, sideOf, stop, timeFor, withdraw,
} from "./rules.ts";
import { insertClocks, lockClocks } from "./store.ts";
import type { ClockKind, SlaClockRow } from "./table.ts";
import { advance } from "./telling.service.ts";

/** Work that has a time to be done in. */
export interface ClockStart {
  projectId: string;
  /** GraphQL type of what it is about. */
  subjectType: string;
  subjectId: string;
  kind: ClockKind;
  /** Of an escalation's: says how long it gives, and whether every hour counts. */
  severity?: ClockSeverity;
  /** Now, if absent. */
  startedAt?: Date;
  /** Whose calendar counts; partners' clocks go by site, else vendor, the client's by market. */
  vendorId?: string | null;
  siteId?: string | null;
  market?: string | null;
  queueId?: string | null;
  audience: Audience;
}

/**
 * Starts clocks, at most one of a kind and subject that runs: their due times, in the order of the starts. Runs as the system, since who
 * starts a clock is often not who owes the work.
 */
export async function startClocks(verb: Verb, starts: readonly ClockStart[]): Promise<Date[]> {
  if (starts.length === 0) return [];
  return asSystem(verb, async (db) => {
    const places = await calendarsFor(db, starts.map((start) => ({ ...start, side: sideOf(start.kind) })));
    const rows = starts.map(({ severity, audience, startedAt = verb.now, ...start }, index) => {
      const { calendarId, calendar, allowances } = places[index]!;
      const allowance = timeFor(allowances, start.kind, severity);
      if (!allowance) throw new Error(`${start.kind} has no time at ${severity}`);
      const counted = { calendarId, timeZone: calendar.timeZone, isAlwaysOpen: runsAlways(start.kind, severity) };
      const course = begin(startedAt, allowance, counted.isAlwaysOpen ? alwaysOpen(calendar.timeZone) : calendar);
      return {
        ...start, ...counted, ...course, id: newId(verb.now), startedAt,
        vendorId: audience.vendorId ?? start.vendorId ?? null, teamId: audience.teamId ?? null, labelerId: audience.labelerId ?? null,
        auditorId: audience.auditorId ?? null,
        isStaffVisible: (audience.isStaffVisible || audience.isProjectVisible) ?? false, isPartnerVisible: audience.isPartnerVisible ?? false,
        createdAt: verb.now, updatedAt: verb.now,
      };
    });
    await insertClocks(db, rows);
    return rows.map(({ dueAt }) => dueAt);
  });
}

type Step = (clock: SlaClockRow, now: Date, calendar: Calendar) => SlaClockRow;

async function change(verb: Verb, projectId: string, subjectIds: readonly string[], kinds: readonly ClockKind[], step: Step): Promise<SlaClockRow[]> {
  if (subjectIds.length === 0) return [];
  return asSystem(verb, async (db) => {
    const clocks = await lockClocks(db, projectId, subjectIds, kinds);
    return advance(asWorker(db, verb.now), clocks, (clock, calendars) => step(clock, verb.now, calendarOfClock(clock, calendars)));
  });
}

/** Stops the clocks of these kinds and subjects, in time or not; what doesn't run is left alone. */
export async function stopClocks(verb: Verb, projectId: string, subjectIds: readonly string[], kinds: readonly ClockKind[]): Promise<void> {
  await change(verb, projectId, subjectIds, kinds, stop);
}

/** The same of clocks whose work was done at times of their own, by subject, which nobody had said until now. */
export async function stopClocksAt(verb: Verb, projectId: string, ends: ReadonlyMap<string, Date>, kinds: readonly ClockKind[]): Promise<void> {
  const timeOf = ({ subjectId }: SlaClockRow) => ends.get(subjectId)!;
  await asSystem(verb, async (db) => {
    const clocks = await lockClocks(db, projectId, [...ends.keys()], kinds);
    await advance(asWorker(db, verb.now), clocks, (clock, calendars) => stop(clock, timeOf(clock), calendarOfClock(clock, calendars)), timeOf);
  });
}

/** Takes clocks back, as if they had never run; those that are breached already are stopped, and stay breached. */
export async function voidClocks(verb: Verb, projectId: string, subjectIds: readonly string[], kinds: readonly ClockKind[]): Promise<void> {
  await change(verb, projectId, subjectIds, kinds, withdraw);
}

/** Freezes the open time that running clocks of these kinds and subjects have left. */
export async function pauseClocks(
  verb: Verb,
  projectId: string,
  subjectIds: readonly string[],
  kinds: readonly ClockKind[],
  reason: string,
): Promise<void> {
  await change(verb, projectId, subjectIds, kinds, (clock, now, calendar) => pause(clock, reason, now, calendar));
}

// The nearest due time of each subject among these of its clocks.
function nearest(clocks: readonly SlaClockRow[]): Map<string, Date> {
  const due = new Map<string, Date>();
  for (const { subjectId, dueAt } of clocks) {
    const before = due.get(subjectId);
    if (!before || dueAt < before) due.set(subjectId, dueAt);
  }
  return due;
}

/** Lets paused clocks of these kinds and subjects run on: the nearest new due time of each subject that has any. */
export async function resumeClocks(
  verb: Verb,
  projectId: string,
  subjectIds: readonly string[],
  kinds: readonly ClockKind[],
): Promise<Map<string, Date>> {
  return nearest(await change(verb, projectId, subjectIds, kinds, resume));
}

/**
 * Counts the running and paused clocks of these kinds and subjects anew from their starts, as if they had had this severity from the beginning;
 * one that the severity has no time for is void. The nearest due time of each subject that has any left.
 */
export async function recomputeClocks(
  verb: Verb,
  projectId: string,
  subjectIds: readonly string[],
  kinds: readonly ClockKind[],
  severity: ClockSeverity,
): Promise<Map<string, Date>> {
  if (subjectIds.length === 0) return new Map();
  return asSystem(verb, async (db) => {
    const [place] = await calendarsFor(db, [{ projectId, side: "CLIENT" }]);
    const clocks = await lockClocks(db, projectId, subjectIds, kinds);
    const moved = await advance(asWorker(db, verb.now), clocks, (clock, calendars) => {
      const allowance = timeFor(place!.allowances, clock.kind, severity);
      if (!allowance) return withdraw(clock, verb.now, calendarOfClock(clock, calendars));
      const counted = { ...clock, isAlwaysOpen: runsAlways(clock.kind, severity) };
      return recompute(counted, allowance, verb.now, calendarOfClock(counted, calendars));
    });
    return nearest(moved.filter(({ stoppedAt, voidedAt }) => !stoppedAt && !voidedAt));
  });
}
