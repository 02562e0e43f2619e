import { afterAll, beforeAll, expect, test } from "vitest";
import type { Pool } from "../src/db/pool.ts";
import { openPeriods } from "../src/periods/service.ts";
import { makeDecisions, makeProject } from "./kit/factories.ts";
import { doAll } from "./kit/inspection.ts";
import { close, closeDue, jobsPool, MONTH, settle, WEEK } from "./kit/periods.ts";
import { claim, eventsOf, globalId, makeSamples, projectGid, rawId, some } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
beforeAll(async () => {
  world = await createWorld();
  pool = jobsPool(world);
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const FIELDS = "id kind from to state closeDueAt closedAt closedBy { name } closings reopenReason allowedActions version project { code }";
const list = async (by: Caller, projectId: string, filter: object = {}, fields = "kind from to state closeDueAt") => (await by.ask(
  `query ($id: ID!, $filter: ReportingPeriodFilter) { node(id: $id) { ... on Project { reportingPeriods(filter: $filter) { totalCount nodes { ${fields} } } } } }`,
  { id: projectId, filter },
)).node.reportingPeriods;

test("periods are opened as they end, of the kinds that a project reports on, and none is left out", async () => {
  const [both, months] = [await makeProject(world.sql), await makeProject(world.sql, { periodKinds: ["MONTH"], closeAfterBusinessDays: 1 })];
  await world.sql`update projects set time_zone = 'America/New_York' where id = ${both.projectId}`;
  const lead = await world.caller(...[both, months].map(({ projectId }) => ({ role: "QA_LEAD" as const, projectId })));
  const at = (time: string) => doAll(pool, openPeriods, new Date(time));
  const read = async (own: typeof both) => (await list(lead, projectGid(own))).nodes.map((each: any) => `${each.kind} ${each.from} ${each.to} ${each.state} ${each.closeDueAt}`);
  await at("2026-03-09T03:59:00Z");
  expect(await read(both)).toEqual([
    "MONTH 2026-02-01 2026-03-01 OPEN 2026-03-05T05:00:00.000Z", "WEEK 2026-02-23 2026-03-02 OPEN 2026-03-05T05:00:00.000Z",
  ]);
  expect(await read(months)).toEqual(["MONTH 2026-02-01 2026-03-01 OPEN 2026-03-03T00:00:00.000Z"]);
  expect(await at("2026-03-09T04:00:00Z")).toBe(1);
  expect(await at("2026-03-09T04:00:00Z")).toBe(0);
  await at("2026-03-24T12:00:00Z");
  expect((await read(both)).slice(2)).toEqual([
    "WEEK 2026-03-02 2026-03-09 OPEN 2026-03-12T04:00:00.000Z", "WEEK 2026-03-09 2026-03-16 OPEN 2026-03-19T04:00:00.000Z",
    "WEEK 2026-03-16 2026-03-23 OPEN 2026-03-26T04:00:00.000Z",
  ]);
  const rows = await world.sql`select id from reporting_periods where project_id = ${both.projectId} order by id`;
  for (const { id } of rows) expect(await eventsOf(world, globalId("ReportingPeriod", id))).toEqual(["reporting_period.open null>OPEN"]);
  expect((await list(lead, projectGid(both), { kinds: ["WEEK"], from: "2026-03-02", to: "2026-03-16" })).totalCount).toBe(2);
  expect((await list(lead, projectGid(both), { states: ["CLOSED"] })).totalCount).toBe(0);
});

test("a period is closed by a lead once it has ended, by id or by its place in the calendar, and once", async () => {
  const own = await makeProject(world.sql);
  const projectId = projectGid(own);
  const lead = await world.caller({ role: "QA_LEAD", projectId: own.projectId });
  const before = Date.now();
  const closed = await close(lead, projectId, WEEK, FIELDS);
  expect(closed).toMatchObject({
    kind: "WEEK", from: "2026-01-05", to: "2026-01-12", state: "CLOSED", closeDueAt: "2026-01-15T00:00:00.000Z", closings: 1, version: 2,
    closedBy: { name: expect.any(String) }, reopenReason: null, allowedActions: ["reopenPeriod"], project: { code: own.projectCode },
  });
  expect(Date.parse(closed.closedAt)).toBeGreaterThanOrEqual(before);
  expect(await eventsOf(world, closed.id)).toEqual(["reporting_period.open null>OPEN", "reporting_period.closed OPEN>CLOSED"]);
  const refused = (input: object, by = lead) => by.refused("closePeriod", { ...input });
  expect(await refused({ periodId: closed.id })).toMatchObject({ __typename: "InvalidTransitionRefusal" });
  expect(await refused({ period: { projectId, ...WEEK } })).toMatchObject({ __typename: "InvalidTransitionRefusal" });
  expect(await refused({ periodId: closed.id, expectedVersion: 1 })).toMatchObject({ __typename: "VersionConflictRefusal" });
  expect(await refused({})).toMatchObject({ code: "INVALID_INPUT", path: ["periodId"] });
  expect(await refused({ period: { projectId, kind: "WEEK", from: "2026-01-06" } })).toMatchObject({ code: "INVALID_INPUT", path: ["period", "from"], message: expect.stringContaining("2026-01-05") });
  for (const from of ["1960-01-01", "9999-12-01"]) {
    expect(await refused({ period: { projectId, kind: "MONTH", from } })).toMatchObject({ code: "INVALID_INPUT", path: ["period", "from"], message: expect.stringContaining("1970") });
  }
  expect(await refused({ period: { projectId, kind: "MONTH", from: "2099-01-01" } })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("2099-02-01") });
  expect((await list(lead, projectId)).totalCount).toBe(1);
  const other = await world.caller({ role: "QA_LEAD", projectId: (await makeProject(world.sql)).projectId });
  expect(await refused({ periodId: closed.id }, other)).toMatchObject({ code: "NOT_FOUND" });
  expect(await refused({ period: { projectId, ...MONTH } }, other)).toMatchObject({ code: "NOT_FOUND" });
  for (const role of ["AUDITOR", "ANALYST", "POLICY_MANAGER"] as const) {
    expect(await refused({ periodId: closed.id }, await world.caller({ role, projectId: own.projectId }))).toMatchObject({ code: "FORBIDDEN" });
  }
});

test("a period that was opened by another first day of the week keeps its days, and no other may share them", async () => {
  const own = await makeProject(world.sql);
  const projectId = projectGid(own);
  const lead = await world.caller({ role: "QA_LEAD", projectId: own.projectId });
  await close(lead, projectId);
  await lead.verb("changeProject", { id: projectId, settings: { weekStartsOn: "SUNDAY" } }, "project { id }");
  expect(await lead.refused("closePeriod", { period: { projectId, kind: "WEEK", from: "2026-01-11" } })).toMatchObject({
    code: "CONFLICT", path: ["period", "from"], message: expect.stringContaining("2026-01-05 to 2026-01-12"),
  });
  expect(await close(lead, projectId, { kind: "WEEK", from: "2026-01-18" }, "to")).toEqual({ to: "2026-01-25" });
});

test("reopening needs a reason; the period then closes by itself as if it had ended now, and counts its closings", async () => {
  const own = await makeProject(world.sql);
  const lead = await world.caller({ role: "QA_LEAD", projectId: own.projectId });
  const { id, version } = await close(lead, projectGid(own));
  expect(await lead.refused("reopenPeriod", { periodId: id, reason: " " })).toMatchObject({ code: "INVALID_INPUT", path: ["reason"] });
  expect(await lead.refused("reopenPeriod", { periodId: id, reason: "x", expectedVersion: 1 })).toMatchObject({ __typename: "VersionConflictRefusal" });
  const { reportingPeriod } = await lead.verb("reopenPeriod", { periodId: id, reason: "Wrong frame.", expectedVersion: version }, `reportingPeriod { ${FIELDS} }`);
  expect(reportingPeriod).toMatchObject({ state: "OPEN", closedAt: null, closedBy: null, reopenReason: "Wrong frame.", closings: 1, allowedActions: ["closePeriod"] });
  const days = (Date.parse(reportingPeriod.closeDueAt) - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(2);
  expect(days).toBeLessThan(6);
  expect(await lead.refused("reopenPeriod", { periodId: id, reason: "Again." })).toMatchObject({ __typename: "InvalidTransitionRefusal" });
  expect(await close(lead, projectGid(own), WEEK, "closings state")).toEqual({ closings: 2, state: "CLOSED" });
  const read = async (by: Caller) => (await by.ask("query ($id: ID!) { node(id: $id) { ... on ReportingPeriod { reopenReason } } }", { id })).node;
  expect(await read(await world.caller({ role: "ANALYST", projectId: own.projectId }))).toEqual({ reopenReason: null });
  const vendor = { projectId: own.projectId, vendorId: own.vendors[0]!.id };
  expect(await read(await world.caller({ role: "VENDOR_MANAGER", ...vendor }))).toEqual({ reopenReason: null });
  expect(await world.sql`select from events where subject_id = ${rawId(id)} and (is_project_visible or is_partner_visible or not is_staff_visible)`).toHaveLength(0);
  expect(await read(await world.caller({ role: "LABELER", ...vendor, labelerId: own.vendors[0]!.labelerIds[0]! }))).toBeNull();
});

test("the system closes what is due, one period after the other, and one that fails keeps no other waiting", async () => {
  const own = await makeProject(world.sql);
  const lead = await world.caller({ role: "QA_LEAD", projectId: own.projectId });
  await doAll(pool, openPeriods, new Date("2026-01-20T00:00:00Z"));
  const states = async () => (await list(lead, projectGid(own), {}, "kind state closings closedBy { name }")).nodes.map((each: any) => `${each.kind} ${each.state}`);
  expect(await states()).toEqual(["MONTH OPEN", "WEEK OPEN"]);
  await closeDue(pool, new Date("2026-01-06T23:59:59Z"));
  expect(await states()).toEqual(["MONTH CLOSED", "WEEK OPEN"]);
  // A zone further west: the week has not ended, as far as that clock can tell.
  await world.sql`update reporting_periods set "to" = '2099-01-01' where project_id = ${own.projectId} and kind = 'WEEK'`;
  await world.sql`insert into reporting_periods (project_id, id, kind, "from", "to", state, close_due_at)
    values (${own.projectId}, gen_random_uuid(), 'WEEK', '2025-12-01', '2025-12-08', 'OPEN', '2026-01-23')`;
  await closeDue(pool);
  expect((await states()).sort()).toEqual(["MONTH CLOSED", "WEEK CLOSED", "WEEK OPEN"]);
  const [skipped] = await world.sql`select close_due_at from reporting_periods where project_id = ${own.projectId} and state = 'OPEN'`;
  expect(skipped!.close_due_at.getTime()).toBeGreaterThan(Date.now());
  const [by] = await world.sql`select closed_by_id from reporting_periods where project_id = ${own.projectId} and kind = 'MONTH'`;
  expect(by!.closed_by_id).toBe("00000000-0000-7000-8000-000000000002");
});

test("samples that wait at the closing are given up, with the audits kept for them; those in an audit, outside, or drawn later are not", async () => {
  const { project, projectId, lead, auditor } = await makeSamples(world, () => [
    ...some(3)(), ...["2026-01-04T23:59:59.999Z", "2026-01-05T00:00:00Z", "2026-01-12T00:00:00Z"].map((time) => ({ decidedAt: new Date(time) })),
  ]);
  const audits = await claim(auditor, projectId, "id sample { id }", { count: 4 });
  const waiting = await world.sql`select id from samples where id = any (${audits.map(({ sample }) => rawId(sample.id))})
    and decided_at >= '2026-01-05' and decided_at < '2026-01-12' order by id`;
  const [first, second] = waiting.map((row) => audits.find(({ sample }) => rawId(sample.id) === row.id)!);
  await world.sql`update samples set state = 'DRAWN', lease_until = null where id = any (${audits.map(({ sample }) => rawId(sample.id))})
    and id <> ${rawId(first.sample.id)}`;
  const { id } = await close(lead, projectId);
  const [late] = await makeDecisions(world.sql, project, [{ decidedAt: new Date("2026-01-05T12:00:00Z") }]);
  const targeted = { projectId, decisionIds: [Buffer.from(`Decision:${project.projectId}:${late}`).toString("base64url")], reason: "Look again." };
  await lead.verb("addTargetedSamples", targeted, "samples { id }");
  expect((await world.sql`select settled_at from reporting_periods where id = ${rawId(id)}`)[0]!.settled_at).toBeNull();
  await settle(pool);
  const rows = await world.sql`select id, state, purpose, to_char(decided_at, 'DD') as day from samples where project_id = ${project.projectId}
    and id <> ${rawId(first.sample.id)} order by decided_at, id`;
  expect(rows.map(({ day, state, purpose }) => `${day} ${state} ${purpose}`)).toEqual([
    "04 DRAWN RANDOM", ...Array.from({ length: 3 }, () => "05 EXPIRED RANDOM"), "05 DRAWN TARGETED", "12 DRAWN RANDOM",
  ]);
  expect((await world.sql`select state from samples where id = ${rawId(first.sample.id)}`)[0]!.state).toBe("IN_AUDIT");
  expect((await world.sql`select state, void_reason from audits where id = ${rawId(second.id)}`)[0]).toEqual({ state: "VOIDED", void_reason: "EXPIRED" });
  expect((await eventsOf(world, second.sample.id)).at(-1)).toBe("sample.expired DRAWN>EXPIRED");
  expect((await eventsOf(world, second.id)).at(-1)).toBe("audit.voided DRAFT>VOIDED");
  expect((await world.sql`select settled_at from reporting_periods where id = ${rawId(id)}`)[0]!.settled_at).not.toBeNull();
  expect(await settle(pool)).toBe(0);
});

test("periods and adjustments of several projects take as many statements as of one", async () => {
  const owns = await Promise.all(Array.from({ length: 3 }, () => makeProject(world.sql)));
  const lead = await world.caller(...owns.map(({ projectId }) => ({ role: "QA_LEAD" as const, projectId })));
  for (const own of owns) await close(lead, projectGid(own));
  const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Project { reportingPeriods { totalCount nodes { ${FIELDS} adjustments { totalCount nodes {
    reason labeler { pseudonym } vendor { code } } } } } scoreAdjustments { nodes { period { kind } } } } } }`;
  const statements = async (ids: string[]) => {
    world.statements.length = 0;
    await lead.ask(query, { ids });
    return world.statements.length;
  };
  const one = await statements([projectGid(owns[0]!)]);
  expect(one).toBe(6);
  expect(await statements(owns.map(projectGid))).toBe(one);
  world.statements.length = 0;
  await close(lead, projectGid(owns[0]!), MONTH);
  expect(world.statements.filter((text) => !text.includes("writersOf"))).toHaveLength(16);
});
