import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clockTasks } from "../src/clocks/jobs.ts";
import { pauseClocks, recomputeClocks, resumeClocks, startClocks, stopClocks, voidClocks } from "../src/clocks/service.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import { asSystemAt, makeCalendar, OFFICE, start, tellAt } from "./kit/clocks.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
let project: ProjectFixture;
beforeAll(async () => {
  world = await createWorld();
  pool = createPool({ url: world.urls.login, size: 4, queue: 50, waitMs: 10_000, applicationName: "assay-test", onStatement: (text) => void world.statements.push(text) });
  project = await makeProject(world.sql);
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const MINUTE_MS = 60_000;
// A Monday; the project's zone is UTC, its sites' Asia/Jakarta.
const MONDAY = new Date("2026-02-02T09:00:00Z");
const later = (minutes: number, from = MONDAY) => new Date(from.getTime() + minutes * MINUTE_MS);
const system = <T>(now: Date, work: Parameters<typeof asSystemAt<T>>[2]) => asSystemAt(pool, now, work);
const rowsOf = (ids: readonly string[]) => world.sql`select * from sla_clocks where subject_id = any(${ids as string[]}) order by array_position(${ids as string[]}::uuid[], subject_id), kind, id`;
const told = async (...ids: string[]) => {
  const rows = await world.sql`select e.payload from events e join sla_clocks c on c.id = e.subject_id where c.subject_id = any(${ids}) and e.type = 'sla.threshold' order by e.id`;
  return rows.map(({ payload }) => payload.percent);
};

describe("whose calendar counts", () => {
  const OFFICE_DUE = "2026-02-05T15:00:00Z";
  const places = {
    site: { market: false, project: false, vendor: true, site: true, kind: "APPEAL_L1", due: OFFICE_DUE },
    vendor: { market: true, project: true, vendor: true, site: false, kind: "APPEAL_REPLY", due: OFFICE_DUE },
    "site's zone": { market: true, project: true, vendor: false, site: false, kind: "APPEAL_L1", due: "2026-02-03T09:00:00Z" },
    market: { market: true, project: false, vendor: true, site: true, kind: "APPEAL_L2", due: "2026-02-09T12:00:00Z" },
    project: { market: false, project: true, vendor: true, site: true, kind: "APPEAL_L2", due: "2026-02-09T12:00:00Z" },
    "project's zone": { market: false, project: false, vendor: true, site: true, kind: "APPEAL_L2", due: "2026-02-04T09:00:00Z" },
  } as const;
  test.each(Object.entries(places))("the %s's", async (name, { kind, due, ...has }) => {
    const own = await makeProject(world.sql);
    const [vendor] = own.vendors;
    // Nine hours a day, from 09:00 in Jakarta (02:00 UTC), or in UTC; whichever must not count is open for a minute a week.
    const partner = await makeCalendar(world, "Asia/Jakarta", OFFICE);
    const client = await makeCalendar(world, "UTC", OFFICE);
    const rare = await makeCalendar(world, "UTC", { SUNDAY: [[0, 1]] });
    if (has.vendor) await world.sql`update vendors set calendar_id = ${name === "site" ? rare : partner} where id = ${vendor!.id}`;
    if (has.site) await world.sql`update sites set calendar_id = ${partner} where id = ${vendor!.siteId}`;
    if (has.project) await world.sql`update projects set calendar_id = ${name === "project" ? client : rare} where id = ${own.projectId}`;
    if (has.market) await world.sql`update markets set calendar_id = ${name === "market" ? client : rare} where code = ${own.market}`;
    const where = { vendorId: vendor!.id, siteId: vendor!.siteId, market: own.market };
    const [started] = (await start(pool, own, MONDAY, { kind, ...where })).due;
    // 24 h of nine a day from 16:00 in Jakarta: two that day, nine on Tuesday and Wednesday, four on Thursday. 48 h of nine a day from 09:00 UTC.
    expect(started).toEqual(new Date(name === "site" || name === "vendor" ? "2026-02-05T06:00:00Z" : due));
  });

  test("holidays of it count too, and neither of them of SEV1", async () => {
    const own = await makeProject(world.sql);
    await world.sql`update projects set calendar_id = ${await makeCalendar(world, "UTC", OFFICE, ["2026-02-03"])} where id = ${own.projectId}`;
    const { due } = await start(pool, own, MONDAY, { kind: "ESCALATION_ACK", severity: "SEV3" }, { kind: "ESCALATION_RCA", severity: "SEV1" });
    expect(due).toEqual([new Date("2026-02-04T09:00:00Z"), new Date("2026-02-03T09:00:00Z")]);
  });

  test("the project says how long it gives", async () => {
    const own = await makeProject(world.sql, { clockAllowances: { APPEAL_L1: { unit: "BUSINESS_DAYS", amount: 3 } } });
    expect((await start(pool, own, MONDAY, {}, { kind: "APPEAL_REPLY" })).due).toEqual([new Date("2026-02-05T09:00:00Z"), new Date("2026-02-03T09:00:00Z")]);
  });
});

test("what is passed is told once each and in order, also by two at a time, and after downtime", async () => {
  const { ids, due } = await start(pool, project, MONDAY, {}, {}, {});
  expect(due[0]).toEqual(later(1_440));
  await tellAt(pool, later(719));
  expect(await told(...ids)).toEqual([]);
  await Promise.all([tellAt(pool, later(720)), tellAt(pool, later(720))]);
  expect(await told(ids[0]!)).toEqual([50]);
  await tellAt(pool, later(1_300));
  expect(await told(ids[0]!)).toEqual([50, 75, 90]);
  expect((await rowsOf(ids))[0]).toMatchObject({ told_percent: 90, breached_at: null, next_threshold_at: due[0] });
  await tellAt(pool, later(9_000));
  for (const id of ids) expect(await told(id)).toEqual([50, 75, 90, 100]);
  expect((await rowsOf(ids))[0]).toMatchObject({ told_percent: 100, breached_at: due[0], next_threshold_at: null });
  expect(await tellAt(pool, later(9_001))).toBe(0);
  const [event] = await world.sql`select e.* from events e join sla_clocks c on c.id = e.subject_id where c.subject_id = ${ids[0]!} order by e.id desc limit 1`;
  const subject = Buffer.from(`Appeal:${project.projectId}:${ids[0]}`).toString("base64url");
  expect(event).toMatchObject({ subject_type: "SlaClock", is_staff_visible: true, is_partner_visible: false });
  expect(event!.payload).toEqual({ kind: "APPEAL_L1", percent: 100, subjectType: "Appeal", subjectId: subject, dueAt: due[0]!.toISOString() });
});

test("the job is woken by what says when it is due", () => {
  const heard = (type: string, payload: object) => clockTasks[0]!.dueAfter({ projectId: "p", seq: 1, type, subjectType: "T", subjectId: "s", payload: payload as never });
  expect(heard("appeal.l1_review", { dueAt: "2026-02-03T09:00:00.000Z" })).toEqual(new Date("2026-02-03T09:00:00Z"));
  expect(heard("sla.threshold", { dueAt: "2026-02-03T09:00:00.000Z", nextThresholdAt: "2026-02-03T03:00:00.000Z" })).toEqual(new Date("2026-02-03T03:00:00Z"));
  expect(heard("project.changed", {})).toBeNull();
});

test("a clock stands still, goes on, stops and is void", async () => {
  const { projectId } = project;
  const { ids } = await start(pool, project, MONDAY, {}, { kind: "APPEAL_L2" });
  const both = ["APPEAL_L1", "APPEAL_L2"] as const;
  await system(later(60), (verb) => pauseClocks(verb, projectId, ids, ["APPEAL_L1"], "A question"));
  expect(await rowsOf(ids)).toMatchObject([{ remaining_seconds: 23 * 3_600, pause_reason: "A question" }, { paused_at: null }]);
  await tellAt(pool, later(1_439));
  expect([await told(ids[0]!), await told(ids[1]!)]).toEqual([[], []]);
  expect(await system(later(180), (verb) => resumeClocks(verb, projectId, ids, [...both]))).toEqual(new Map([[ids[0], later(1_560)], [ids[1], later(2_880)]]));
  expect(await rowsOf(ids)).toMatchObject([{ paused_seconds: 7_200, paused_at: null, next_threshold_at: later(840) }, { paused_seconds: 0 }]);
  await system(later(200), (verb) => voidClocks(verb, projectId, [ids[0]!], [...both]));
  await system(later(200), (verb) => stopClocks(verb, projectId, ids, [...both]));
  expect(await rowsOf(ids)).toMatchObject([{ voided_at: later(200), stopped_at: null }, { voided_at: null, stopped_at: later(200), breached_at: null }]);
  await system(later(300), (verb) => stopClocks(verb, projectId, ids, [...both]));
  expect((await rowsOf(ids))[1]).toMatchObject({ stopped_at: later(200) });
  expect(await told(...ids)).toEqual([]);
});

test("who stops a clock before the job has told has it told first, and what is breached is not void", async () => {
  const { ids, due } = await start(pool, project, MONDAY, {}, {});
  await system(later(1_450), (verb) => stopClocks(verb, project.projectId, [ids[0]!], ["APPEAL_L1"]));
  await system(later(1_450), (verb) => voidClocks(verb, project.projectId, [ids[1]!], ["APPEAL_L1"]));
  for (const id of ids) expect(await told(id)).toEqual([50, 75, 90, 100]);
  expect(await rowsOf(ids)).toMatchObject([{ stopped_at: later(1_450), breached_at: due[0] }, { stopped_at: later(1_450), voided_at: null, breached_at: due[1] }]);
});

test("a subject has one clock of a kind that runs, and another once that has ended", async () => {
  const subjectId = randomUUID();
  await start(pool, project, MONDAY, { subjectId });
  await expect(start(pool, project, MONDAY, { subjectId })).rejects.toThrow();
  await system(later(5), (verb) => stopClocks(verb, project.projectId, [subjectId], ["APPEAL_L1"]));
  await start(pool, project, later(10), { subjectId });
  expect(await rowsOf([subjectId])).toHaveLength(2);
});

test("another severity counts from the start, and ends what it has no time for", async () => {
  const subjectId = randomUUID();
  const of = { subjectType: "Escalation", subjectId, severity: "SEV3", startedAt: MONDAY } as const;
  const kinds = ["ESCALATION_ACK", "ESCALATION_CONTAIN", "ESCALATION_RCA"] as const;
  await start(pool, project, later(60), ...kinds.map((kind) => ({ ...of, kind })));
  const graver = await system(later(60), (verb) => recomputeClocks(verb, project.projectId, [subjectId], [...kinds], "SEV1"));
  expect(graver).toEqual(new Map([[subjectId, later(30)]]));
  expect(await rowsOf([subjectId])).toMatchObject([{ due_at: later(30) }, { due_at: later(240) }, { due_at: later(1_440), is_always_open: true, unit: "OPEN_MINUTES", allowance: 1_440 }]);
  await tellAt(pool, later(60));
  expect(await told(subjectId)).toEqual([50, 75, 90, 100]);
  await system(later(70), (verb) => recomputeClocks(verb, project.projectId, [subjectId], [...kinds], "SEV4"));
  expect(await rowsOf([subjectId])).toMatchObject([
    { due_at: new Date("2026-02-04T09:00:00Z"), breached_at: later(30) }, { voided_at: later(70) }, { is_always_open: false, unit: "BUSINESS_DAYS", allowance: 10 },
  ]);
  await expect(start(pool, project, MONDAY, { ...of, subjectId: randomUUID(), severity: "SEV4", kind: "ESCALATION_CONTAIN" })).rejects.toThrow("no time");
});

test("a pause counts by the hours that a severity gives, whenever that is said", async () => {
  const subjectId = randomUUID();
  const [kind, days] = ["ESCALATION_ACTIONS" as const, 1_440];
  await start(pool, project, MONDAY, { subjectType: "Escalation", subjectId, severity: "SEV2", startedAt: MONDAY, kind });
  // From Saturday to Sunday, as long as it is by the clock on the wall.
  await system(later(5 * days), (verb) => pauseClocks(verb, project.projectId, [subjectId], [kind], "Asked"));
  expect(await system(later(6 * days), (verb) => resumeClocks(verb, project.projectId, [subjectId], [kind]))).toEqual(new Map([[subjectId, later(11 * days)]]));
  // All of it was closed.
  expect(await system(later(7 * days), (verb) => recomputeClocks(verb, project.projectId, [subjectId], [kind], "SEV3"))).toEqual(new Map([[subjectId, later(28 * days)]]));
  expect(await system(later(8 * days), (verb) => recomputeClocks(verb, project.projectId, [subjectId], [kind], "SEV2"))).toEqual(new Map([[subjectId, later(11 * days)]]));
});

test("statements are constant in the number of clocks", async () => {
  const count = async (size: number) => {
    const counts: number[] = [];
    const measure = async <T>(work: () => Promise<T>) => {
      world.statements.length = 0;
      const done = await work();
      counts.push(world.statements.length);
      return done;
    };
    const calendarId = await makeCalendar(world, "UTC", OFFICE);
    await world.sql`update vendors set calendar_id = ${calendarId} where id = ${project.vendors[0]!.id}`;
    const specs = Array.from({ length: size }, (_, i) => ({ vendorId: project.vendors[i % 2]!.id, siteId: project.vendors[i % 2]!.siteId }));
    const { ids } = await measure(() => start(pool, project, MONDAY, ...specs));
    const { projectId } = project;
    await measure(() => system(later(10), (verb) => pauseClocks(verb, projectId, ids, ["APPEAL_L1"], "x")));
    await measure(() => system(later(20), (verb) => resumeClocks(verb, projectId, ids, ["APPEAL_L1"])));
    await measure(() => tellAt(pool, later(30_000)));
    await measure(() => system(later(30_001), (verb) => stopClocks(verb, projectId, ids, ["APPEAL_L1"])));
    await world.sql`update vendors set calendar_id = null where id = ${project.vendors[0]!.id}`;
    return counts;
  };
  const few = await count(2);
  expect(await count(100)).toEqual(few);
  expect(few.every((each) => each <= 14)).toBe(true);
});

test("startClocks of none asks nothing", async () => {
  world.statements.length = 0;
  expect(await system(MONDAY, (verb) => startClocks(verb, []))).toEqual([]);
  expect(world.statements).toHaveLength(0);
});
