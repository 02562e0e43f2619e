import { calendarsById } from "../calendars/places.service.ts";
import type { Calendar } from "../core/business.ts";
import { encodeId } from "../core/ids.ts";
import type { Db } from "../db/lease.ts";
import { asWorker, type Verb } from "../db/verb.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import { calendarOfClock, tell } from "./rules.ts";
import { lockPassed, saveCourses } from "./store.ts";
import type { SlaClockRow } from "./table.ts";

function thresholdEvent(clock: SlaClockRow, percent: number): EventDraft {
  const { projectId, kind, subjectType, dueAt, nextThresholdAt, vendorId, teamId, labelerId, auditorId, isStaffVisible, isPartnerVisible } = clock;
  const subjectId = encodeId(subjectType, { projectId, id: clock.subjectId });
  const payload = { kind, percent, subjectType, subjectId, dueAt: dueAt.toISOString() };
  return {
    projectId, type: "sla.threshold", subjectType: "SlaClock", subjectId: clock.id,
    payload: nextThresholdAt ? { ...payload, nextThresholdAt: nextThresholdAt.toISOString() } : payload,
    audience: { vendorId, teamId, labelerId, auditorId, isStaffVisible, isPartnerVisible },
  };
}

/** By their ids. */
type Calendars = ReadonlyMap<string, Calendar>;

/** Takes locked clocks on their way, once what they have passed so far is told: nothing goes untold because somebody was quicker than the job. */
export async function advance(
  verb: Verb,
  clocks: readonly SlaClockRow[],
  step: (clock: SlaClockRow, calendars: Calendars) => SlaClockRow,
  timeOf = (_: SlaClockRow) => verb.now,
): Promise<SlaClockRow[]> {
  if (clocks.length === 0) return [];
  const calendars = await calendarsById(verb.db, clocks.flatMap(({ calendarId }) => calendarId ?? []));
  const events: EventDraft[] = [];
  const moved = clocks.map((before) => {
    const { clock, told } = tell(before, timeOf(before), calendarOfClock(before, calendars));
    events.push(...told.map((percent) => thresholdEvent(clock, percent)));
    return step(clock, calendars);
  });
  await saveCourses(verb.db, moved, verb.now);
  await append(verb, events);
  return moved;
}

const BATCH = 200;

/** Tells of the shares that clocks have passed by now, each once and in order, a batch at a time: of how many. Call again until it answers 0. */
export async function tellThresholds(db: Db, now: Date): Promise<number> {
  const passed = await lockPassed(db, now, BATCH);
  await advance(asWorker(db, now), passed, (clock) => clock);
  return passed.length;
}
