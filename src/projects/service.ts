import { checkCode, checkName, checkTimeZone } from "../core/checks.ts";
import { Forbidden } from "../core/errors.ts";
import { type Key, newId, SYSTEM_PROJECT_ID } from "../core/ids.ts";
import type { Db } from "../db/lease.ts";
import type { Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { checkSettings, effectiveSettings, type GivenSettings } from "./rules.ts";
import { changeProjectRow, findCalendar, insertProject } from "./store.ts";
import type { ProjectSettings } from "./table.ts";

/** What createProject takes. */
export interface NewProject {
  code: string;
  name: string;
  timeZone: string;
  settings?: GivenSettings | null;
}

/** What changeProject takes; absent fields stay. */
export interface ChangedProject {
  name?: string | null;
  timeZone?: string | null;
  settings?: GivenSettings | null;
  expectedVersion?: number | null;
}

async function announce(verb: Verb, what: string, id: string): Promise<void> {
  const audience = { isProjectVisible: true };
  await append(verb, [{ projectId: SYSTEM_PROJECT_ID, type: `project.${what}`, subjectType: "Project", subjectId: id, audience }]);
}

/** Adds a client programme. Its event, in the reserved project, tells every process that grants for all projects now cover it. */
export async function createProject(verb: Verb, input: NewProject): Promise<{ id: string }> {
  const id = newId(verb.now);
  const own = Object.entries(checkSettings(input.settings ?? {})).filter(([, value]) => value != null);
  await insertProject(verb.db, {
    id,
    code: checkCode(input.code),
    name: checkName(input.name),
    timeZone: checkTimeZone(input.timeZone),
    settings: Object.fromEntries(own),
  });
  await announce(verb, "created", id);
  return { id };
}

/** Changes what a project is called, its time zone and its settings; leads change the settings only. */
export async function changeProject(verb: Verb, key: Key, input: ChangedProject): Promise<{ id: string }> {
  if (verb.viewer.role !== "ADMIN" && (input.name != null || input.timeZone != null)) {
    throw new Forbidden("A project's name and time zone are for ADMIN; as QA_LEAD you change its settings.");
  }
  const change = {
    name: input.name == null ? undefined : checkName(input.name),
    timeZone: input.timeZone == null ? undefined : checkTimeZone(input.timeZone),
    settings: input.settings == null ? undefined : checkSettings(input.settings),
  };
  await changeProjectRow(verb.db, key, input.expectedVersion, change, verb.now);
  await announce(verb, "changed", key.id);
  return { id: key.id };
}

/** The settings a project works by, with defaults for those it doesn't have. */
export async function settingsOf(db: Db, projectId: string): Promise<ProjectSettings> {
  return effectiveSettings((await findCalendar(db, projectId)).settings);
}

/** By which a project's days, weeks and periods are cut: its time zone, with the settings it works by. */
export async function calendarOf(db: Db, projectId: string): Promise<ProjectSettings & { timeZone: string }> {
  const { timeZone, settings } = await findCalendar(db, projectId);
  return { ...effectiveSettings(settings), timeZone };
}
