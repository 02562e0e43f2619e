import { checkCode, checkName, checkTimeZone } from "../core/checks.ts";
import { NotFound } from "../core/errors.ts";
import { type Key, newId, SYSTEM_PROJECT_ID } from "../core/ids.ts";
import type { Day } from "../core/time.ts";
import type { ExpectedVersion } from "../db/changes.ts";
import type { Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { calendarsById } from "./places.service.ts";
import { checkDays, checkOpens, type OpenHours, type Owner, readHours } from "./rules.ts";
import { assignRow, changeCalendarRow, deleteHolidays, insertCalendar, insertHolidays } from "./store.ts";

/** A calendar as it is given. */
export interface NewCalendar {
  code: string;
  name: string;
  timeZone: string;
  hours: readonly OpenHours[];
  holidays?: readonly GivenHoliday[] | null;
}

async function announce(verb: Verb, type: string, subjectType: string, subjectId: string, payload: Record<string, unknown> = {}): Promise<void> {
  await append(verb, [{ projectId: SYSTEM_PROJECT_ID, type, subjectType, subjectId, payload, audience: { isProjectVisible: true } }]);
}

/** A holiday as it is given; it may have no name. */
export interface GivenHoliday {
  heldOn: Day;
  name?: string | null;
}

// Ids carry the days, so that holidays are listed in their order.
async function addDays(verb: Verb, calendarId: string, given: readonly GivenHoliday[]): Promise<number> {
  checkDays(given.map(({ heldOn }) => heldOn), ["holidays"]);
  const rows = given.map(({ heldOn, name }, index) => ({
    id: newId(new Date(`${heldOn}T00:00:00Z`)), heldOn, name: name == null ? "" : checkName(name, ["holidays", String(index), "name"]),
  }));
  const added = await insertHolidays(verb.db, calendarId, rows);
  checkOpens((await calendarsById(verb.db, [calendarId])).get(calendarId)!, verb.now);
  return added;
}

/** Adds a calendar; its code must be new and never changes. */
export async function createBusinessCalendar(verb: Verb, { code, name, timeZone, hours, holidays }: NewCalendar): Promise<{ id: string }> {
  const id = newId(verb.now);
  await insertCalendar(verb.db, { id, code: checkCode(code), name: checkName(name), timeZone: checkTimeZone(timeZone), hours: readHours(hours) });
  if (holidays?.length) await addDays(verb, id, holidays);
  await announce(verb, "business_calendar.created", "BusinessCalendar", id);
  return { id };
}

/** What of a calendar changes; absent and null stay. */
export interface ChangedCalendar {
  name?: string | null;
  timeZone?: string | null;
  hours?: readonly OpenHours[] | null;
  expectedVersion?: number | null;
}

/** Changes a calendar. What is due already stays due then; clocks that start, or go on after a pause, count by the new hours. */
export async function changeBusinessCalendar(verb: Verb, key: Key, { name, timeZone, hours, expectedVersion }: ChangedCalendar): Promise<{ id: string }> {
  const change = {
    ...(name == null ? {} : { name: checkName(name) }),
    ...(timeZone == null ? {} : { timeZone: checkTimeZone(timeZone) }),
    ...(hours == null ? {} : { hours: readHours(hours) }),
  };
  await changeCalendarRow(verb.db, key, expectedVersion, change, verb.now);
  checkOpens((await calendarsById(verb.db, [key.id])).get(key.id)!, verb.now);
  await announce(verb, "business_calendar.changed", "BusinessCalendar", key.id);
  return { id: key.id };
}

/** Adds days on which nobody works by a calendar; how many are new to it. */
export async function addHolidays(verb: Verb, key: Key, holidays: readonly GivenHoliday[], version: ExpectedVersion): Promise<{ id: string; added: number }> {
  await changeCalendarRow(verb.db, key, version, {}, verb.now);
  const added = await addDays(verb, key.id, holidays);
  await announce(verb, "business_calendar.holidays_added", "BusinessCalendar", key.id, { added });
  return { id: key.id, added };
}

/** Takes days away on which nobody works by a calendar; how many of them it had. */
export async function removeHolidays(verb: Verb, key: Key, days: readonly Day[], version: ExpectedVersion): Promise<{ id: string; removed: number }> {
  checkDays(days, ["heldOn"]);
  await changeCalendarRow(verb.db, key, version, {}, verb.now);
  const removed = await deleteHolidays(verb.db, key.id, days);
  await announce(verb, "business_calendar.holidays_removed", "BusinessCalendar", key.id, { removed });
  return { id: key.id, removed };
}

/** Says by which calendar the clocks of a vendor, site, market or project count; null leaves it to the next wider one. */
export async function assignCalendar(verb: Verb, owner: Owner, key: Key, calendarId: string | null, version: ExpectedVersion): Promise<Key> {
  if (calendarId && !(await calendarsById(verb.db, [calendarId])).has(calendarId)) throw new NotFound("There is no such calendar.", ["calendarId"]);
  await assignRow(verb.db, owner, key, version, calendarId, verb.now);
  await announce(verb, `${owner.toLowerCase()}.calendar_assigned`, owner, key.id);
  return key;
}
