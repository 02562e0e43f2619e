import { randomUUID } from "node:crypto";
import { newId } from "../../src/core/ids.ts";
import type { Hours } from "../../src/core/business.ts";
import { type ClockStart, startClocks } from "../../src/clocks/service.ts";
import { tellThresholds } from "../../src/clocks/telling.service.ts";
import { WORKER } from "../../src/db/identity.ts";
import type { Pool } from "../../src/db/pool.ts";
import { write } from "../../src/db/session.ts";
import { asWorker, type Verb } from "../../src/db/verb.ts";
import type { ProjectFixture } from "./factories.ts";
import type { World } from "./world.ts";

/** Open from 09:00 to 18:00 on each weekday from Monday to Friday. */
export const OFFICE: Hours = { MONDAY: [[540, 1_080]], TUESDAY: [[540, 1_080]], WEDNESDAY: [[540, 1_080]], THURSDAY: [[540, 1_080]], FRIDAY: [[540, 1_080]] };

/** A calendar; its own id. */
export async function makeCalendar({ sql }: World, timeZone: string, hours: Hours, holidays: readonly string[] = []): Promise<string> {
  const id = randomUUID();
  await sql`insert into business_calendars (id, code, name, time_zone, hours) values (${id}, ${id}, 'C', ${timeZone}, ${sql.json(hours as never)})`;
  for (const day of holidays) await sql`insert into calendar_holidays (id, calendar_id, held_on) values (${newId(new Date(day))}, ${id}, ${day})`;
  return id;
}

/** Runs a service's verb as the system at a time, in a transaction of its own. */
export function asSystemAt<T>(pool: Pool, now: Date, work: (verb: Verb) => Promise<T>): Promise<T> {
  return write(pool, WORKER, (db) => work(asWorker(db, now)), { timeoutMs: 10_000 });
}

/** Starts clocks of subjects that nobody looks at; absent fields make one of the vendor's review of an appeal, for the staff. */
export async function start(pool: Pool, project: ProjectFixture, at: Date, ...specs: Partial<ClockStart>[]): Promise<{ ids: string[]; due: Date[] }> {
  const starts = specs.map((spec): ClockStart => ({
    projectId: project.projectId, subjectType: "Appeal", subjectId: randomUUID(), kind: "APPEAL_L1", audience: { isStaffVisible: true }, ...spec,
  }));
  return { ids: starts.map(({ subjectId }) => subjectId), due: await asSystemAt(pool, at, (verb) => startClocks(verb, starts)) };
}

/** Tells of everything that is passed by then; of how many clocks. */
export async function tellAt(pool: Pool, now: Date): Promise<number> {
  let told = 0;
  for (let more = 1; more > 0; told += more) more = await write(pool, WORKER, (db) => tellThresholds(db, now), { timeoutMs: 10_000 });
  return told;
}
