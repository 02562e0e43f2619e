import { calendarsFor, projectCalendar } from "../calendars/places.service.ts";
import type { Calendar as OpenDays } from "../core/business.ts";
import { checkText } from "../core/checks.ts";
import { Conflict, InvalidInput, NotFound } from "../core/errors.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import { walk } from "../core/machine.ts";
import type { Day } from "../core/time.ts";
import { actsIn, SYSTEM_VIEWER, type Viewer } from "../core/viewer.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { asSystem, asWorker, type Verb } from "../db/verb.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import { effectiveSettings } from "../projects/rules.ts";
import { calendarOf } from "../projects/service.ts";
import type { ProjectSettings } from "../projects/table.ts";
import {
  type Calendar, checkEnded, checkFirstDay, closeDueAfter, instantsOf, missingSpans, PERIOD_MACHINE, type PeriodKind, periodParts, type PeriodVerb,
  type Span, spanAround, weekStartOf,
} from "./rules.ts";
import {
  changePeriod, findUnsettled, insertPeriods, listLastPeriods, listOverlapping, lockPeriod, markSettled, type NewPeriod, putOffDue,
} from "./store.ts";
import type { ReportingPeriodRow } from "./table.ts";

type State = ReportingPeriodRow["state"];

// For staff: labelers see no periods, and a lead's words on one are not for partners.
function periodEvent({ projectId, id }: ProjectKey, fromState: State | null, toState: State, reason: string | null = null): EventDraft {
  const subject = { projectId, type: `reporting_period.${toState.toLowerCase()}`, subjectType: "ReportingPeriod", subjectId: id };
  return { ...subject, fromState, toState, reason, audience: { isStaffVisible: true } };
}

function newPeriod(projectId: string, kind: PeriodKind, span: Span, calendar: Calendar, open: OpenDays): NewPeriod {
  const { to } = instantsOf(span, calendar.timeZone);
  return { projectId, id: newId(to), kind, ...span, closeDueAt: closeDueAfter(to, calendar, open) };
}

const opened = (keys: readonly ProjectKey[]) => keys.map((key) => periodEvent(key, null, "OPEN"));

/**
 * Opens the periods that have ended since the last ones of each project, of the kinds that it reports on: how many. Whatever runs were
 * missed, none is left out. Called as the system; call again until it answers 0.
 */
export async function openPeriods(db: Db, now: Date): Promise<number> {
  const wanted = (await listLastPeriods(db)).flatMap(({ projectId, timeZone, settings, lastTo }) => {
    const calendar = { ...effectiveSettings(settings), timeZone };
    const kinds = calendar.periodKinds;
    return kinds.flatMap((kind) => missingSpans(kind, lastTo[kind], now, calendar).map((span) => ({ projectId, kind, span, calendar })));
  });
  if (wanted.length === 0) return 0;
  const places = await calendarsFor(db, wanted.map(({ projectId }) => ({ projectId, side: "CLIENT" })));
  const periods = wanted.map(({ projectId, kind, span, calendar }, index) => newPeriod(projectId, kind, span, calendar, places[index]!.calendar));
  const keys = await insertPeriods(db, periods, now);
  await append(asWorker(db, now), opened(keys));
  return keys.length;
}

/** A period as a verb names it: by its key, or by kind and first day, so that it needs no row yet. */
export type PeriodRef = ProjectKey | { projectId: string; kind: PeriodKind; from: Day };

const noPeriod = () => new NotFound("There is no such reporting period.", ["periodId"]);

// The period that begins on that day; opened if it is not there, once it has ended.
async function ensure(verb: Verb, { projectId, kind, from }: Extract<PeriodRef, { kind: PeriodKind }>): Promise<ProjectKey> {
  if (!actsIn(verb.viewer, projectId)) throw new NotFound("There is no such project.", ["period", "projectId"]);
  checkFirstDay(from);
  const calendar = await calendarOf(verb.db, projectId);
  const present = await listOverlapping(verb.db, projectId, kind, { from, to: spanAround(kind, from, calendar).to });
  const same = present.find((row) => row.from === from);
  if (same) return { projectId, id: same.id };
  const span = spanAround(kind, from, calendar);
  if (span.from !== from) {
    throw new InvalidInput(`from: ${from} is not the first day of a ${kind} in this project; ${span.from} is.`, ["period", "from"]);
  }
  if (present[0]) {
    throw new Conflict(`from: the ${kind} from ${present[0].from} to ${present[0].to} holds some of these days; close that.`, ["period", "from"]);
  }
  checkEnded(span, calendar.timeZone, verb.now);
  const open = await projectCalendar(verb.db, projectId);
  const made = await asSystem(verb, (db) => insertPeriods(db, [newPeriod(projectId, kind, span, calendar, open)], verb.now));
  await append(verb, opened(made));
  if (!made[0]) throw new Conflict("The period was opened by somebody else at this moment; ask again.", ["period"]);
  return made[0];
}

const partsOf = (viewer: Viewer) => (viewer === SYSTEM_VIEWER ? new Set(["SYS"] as const) : periodParts(viewer));

async function take(verb: Verb, key: ProjectKey, name: PeriodVerb, expectedVersion: ExpectedVersion): Promise<ReportingPeriodRow> {
  const period = await lockPeriod(verb.db, key);
  if (!period) throw noPeriod();
  checkVersion(period.version, expectedVersion);
  walk(PERIOD_MACHINE, period.state, name, partsOf(verb.viewer));
  return period;
}

/** A period with the calendar that its days and weeks are of. */
export interface Located {
  period: ReportingPeriodRow;
  timeZone: string;
  /** 0 for Monday to 6 for Sunday. */
  weekStart: number;
  settings: ProjectSettings;
}

async function locate(db: Db, period: ReportingPeriodRow): Promise<Located> {
  const calendar = await calendarOf(db, period.projectId);
  return { period, timeZone: calendar.timeZone, weekStart: weekStartOf(calendar), settings: calendar };
}

/** The period, locked, if it may be closed now by this viewer. It is opened by the way where its row is not there yet. */
export async function takeForClosing(verb: Verb, ref: PeriodRef, expectedVersion: ExpectedVersion): Promise<Located> {
  const key = "id" in ref ? { projectId: ref.projectId, id: ref.id } : await ensure(verb, ref);
  const period = await take(verb, key, "closePeriod", expectedVersion);
  const located = await locate(verb.db, period);
  checkEnded(period, located.timeZone, verb.now);
  return located;
}

/** Closes a locked period: its figures are those that were known by `asOf`. */
export async function saveClosed(verb: Verb, period: ReportingPeriodRow, asOf: Date): Promise<void> {
  const closings = period.closings + 1;
  const closedById = verb.viewer.principalId;
  await changePeriod(verb.db, period, { state: "CLOSED", closedAt: asOf, closedById, closings, settledAt: null }, verb.now);
  await append(verb, [periodEvent(period, "OPEN", "CLOSED")]);
}

/** Opens a closed period again, with a reason. Its snapshots stay, as do samples that were given up; it closes by itself some days later. */
export async function reopenPeriod(verb: Verb, key: ProjectKey, input: { reason: string; expectedVersion?: ExpectedVersion }): Promise<ProjectKey> {
  const reason = checkText(input.reason, ["reason"]);
  const period = await take(verb, key, "reopenPeriod", input.expectedVersion);
  const closeDueAt = closeDueAfter(verb.now, await calendarOf(verb.db, key.projectId), await projectCalendar(verb.db, key.projectId));
  const open = { state: "OPEN", closedAt: null, closedById: null, reopenReason: reason, closeDueAt, settledAt: null } as const;
  await changePeriod(verb.db, key, open, verb.now);
  await append(verb, [periodEvent(period, "CLOSED", "OPEN", reason)]);
  return key;
}

const RETRY_MS = 600_000;

/** The open period that should have closed the longest ago; it is not due again for ten minutes. Null if none is. Called as the system. */
export async function nextToClose(db: Db, now: Date): Promise<ProjectKey | null> {
  return putOffDue(db, now, new Date(now.getTime() + RETRY_MS));
}

/** The closed period, with its zone, whose waiting samples are to be given up first; null if there is none. Called as the system. */
export async function nextToSettle(db: Db): Promise<Located | null> {
  const period = await findUnsettled(db);
  return period && locate(db, period);
}

/** Keeps that nothing waits any more that waited at the closing of this period. Called as the system. */
export async function saveSettled(db: Db, period: ReportingPeriodRow, now: Date): Promise<void> {
  await markSettled(db, period, now);
}
