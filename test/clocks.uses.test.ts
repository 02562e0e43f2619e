import { afterAll, beforeAll, expect, test } from "vitest";
import { dueByDefault } from "../src/calendars/allowances.rules.ts";
import { addBusinessDays, addOpenMs, type Calendar, defaultCalendar } from "../src/core/business.ts";
import { timeOfId } from "../src/core/ids.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import { openPeriods } from "../src/periods/service.ts";
import { stopAudited } from "../src/sampling/schedules.service.ts";
import { asSystemAt, makeCalendar, OFFICE } from "./kit/clocks.ts";
import { makeProject } from "./kit/factories.ts";
import { claim, globalId, lock, makeSamples, projectGid, rawId, submit } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
beforeAll(async () => {
  world = await createWorld();
  pool = createPool({ url: world.urls.login, size: 2, queue: 50, waitMs: 10_000, applicationName: "assay-test" });
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const HOUR_MS = 3_600_000;
// Every other day of this and the next years is a holiday: no due time by it is one by the default.
const HOLIDAYS = Array.from({ length: 800 }, (_, i) => new Date(Date.now() + (2 * i - 30) * 86_400_000).toISOString().slice(0, 10));
const ODD: Calendar = { timeZone: "Asia/Tokyo", hours: OFFICE, holidays: new Set(HOLIDAYS) };
const makeOdd = () => makeCalendar(world, "Asia/Tokyo", OFFICE, HOLIDAYS);
const CLOCKS = "slaClocks { nodes { kind state startedAt dueAt stoppedAt subject { id } } }";

test("a question has a clock for its answer, by its market's calendar, and another once it is reopened", async () => {
  const project = await makeProject(world.sql);
  await world.sql`update markets set calendar_id = ${await makeOdd()} where code = ${project.market}`;
  const as = (grant: Parameters<World["caller"]>[0]) => world.caller({ projectId: project.projectId, ...grant });
  const [vendor] = project.vendors;
  const asker = await as({ role: "LABELER", vendorId: vendor!.id, labelerId: vendor!.labelerIds[0]! });
  const peer = await as({ role: "LABELER", vendorId: vendor!.id, labelerId: vendor!.labelerIds[1]! });
  const manager = await as({ role: "POLICY_MANAGER" });
  const seenBy = async (by: Caller, id: string) => (await by.ask(`query ($id: ID!) { node(id: $id) { ... on PolicyQuestion { dueAt closeDueAt ${CLOCKS} } } }`, { id })).node;
  const input = { projectId: projectGid(project), policyId: globalId("Policy", project.policies.hate), title: "T", question: "Q?" };
  const ask = async (extra: object) => (await asker.verb("askQuestion", { ...input, ...extra }, "policyQuestion { id }")).policyQuestion.id;
  const id = await ask({ market: project.market });
  const on = (by: Caller, verb: string, extra: object = {}) => by.verb(verb, { policyQuestionId: id, ...extra }, "policyQuestion { state }");
  const asked = await seenBy(asker, id);
  const [clock] = asked.slaClocks.nodes;
  expect(clock).toMatchObject({ kind: "POLICY_QUESTION", state: "RUNNING", dueAt: asked.dueAt, subject: { id } });
  expect(new Date(asked.dueAt)).toEqual(addBusinessDays(new Date(clock.startedAt), 2, ODD));
  expect((await peer.ask("{ slaClocks { totalCount } }")).slaClocks.totalCount).toBe(0);
  const elsewhere = await seenBy(asker, await ask({}));
  expect(new Date(elsewhere.dueAt)).toEqual(dueByDefault("POLICY_QUESTION", new Date(elsewhere.slaClocks.nodes[0].startedAt), "UTC"));
  await on(manager, "assignQuestion");
  await on(manager, "answerQuestion", { answer: "A" });
  const answered = await seenBy(asker, id);
  expect(answered.slaClocks.nodes).toMatchObject([{ state: "STOPPED" }]);
  expect(new Date(answered.closeDueAt)).toEqual(addBusinessDays(new Date(answered.slaClocks.nodes[0].stoppedAt), 5, ODD));
  await on(asker, "reopenQuestion", { reason: "R" });
  const reopened = await seenBy(asker, id);
  expect(reopened.slaClocks.nodes).toMatchObject([{ state: "STOPPED" }, { state: "RUNNING", dueAt: reopened.dueAt }]);
  await on(manager, "confirmGap", { answer: "G" });
  expect((await seenBy(asker, id)).slaClocks.nodes).toMatchObject([{ state: "STOPPED" }, { state: "STOPPED" }]);
});

test("a draw has one clock of its audits, which stops with the last", async () => {
  const settings = { clockAllowances: { AUDIT_DUE: { unit: "OPEN_MINUTES", amount: 600 } } };
  const own = await makeSamples(world, () => [{}, {}, {}], { settings });
  const ask = async () => (await own.lead.ask(`query ($id: ID!) { node(id: $id) { ... on Project { ${CLOCKS} samples { nodes { id state dueAt run { id ${CLOCKS} } } } } } }`, { id: own.projectId })).node;
  const { slaClocks: { nodes: [clock] }, samples: { nodes: samples } } = await ask();
  expect(clock).toMatchObject({ kind: "AUDIT_DUE", state: "RUNNING", subject: { id: samples[0].run.id } });
  expect(new Date(clock.dueAt)).toEqual(addOpenMs(new Date(clock.startedAt), 10 * HOUR_MS, defaultCalendar("UTC")));
  for (const sample of samples) expect(sample).toMatchObject({ dueAt: clock.dueAt, run: { slaClocks: { nodes: [{ state: "RUNNING" }] } } });
  const stop = () => asSystemAt(pool, new Date(Date.now() + HOUR_MS), ({ db, now }) => stopAudited(db, now));
  await stop();
  const [first] = await claim(own.auditor, own.projectId);
  await lock(own.auditor, first.id, { policyId: globalId("Policy", own.project.policies.NV) });
  await submit(own.auditor, first.id, { cause: null, guidance: null });
  const left = (await ask()).samples.nodes.filter(({ state }: any) => state === "DRAWN");
  expect(left).toHaveLength(2);
  await own.lead.verb("expireSample", { sampleId: left[0].id }, "sample { state }");
  await stop();
  expect((await ask()).slaClocks.nodes).toMatchObject([{ state: "RUNNING" }]);
  await own.lead.verb("voidSample", { sampleId: left[1].id, reason: "CONTENT_GONE" }, "sample { state }");
  await stop();
  const [{ ended }] = await world.sql`select max(updated_at) as ended from samples where project_id = ${own.project.projectId}` as any;
  expect((await ask()).slaClocks.nodes).toMatchObject([{ state: "STOPPED", stoppedAt: ended.toISOString() }]);
  const manager = await world.caller({ role: "POLICY_MANAGER", projectId: own.project.projectId });
  for (const who of [own.auditor, manager]) expect(await who.ask("{ slaClocks { totalCount } }")).toEqual({ slaClocks: { totalCount: 0 } });
});

async function audited(own: Awaited<ReturnType<typeof makeSamples>>): Promise<Date> {
  const [audit] = await claim(own.auditor, own.projectId);
  await lock(own.auditor, audit.id, { policyId: globalId("Policy", own.project.policies.NV) });
  await submit(own.auditor, audit.id, { cause: null, guidance: null });
  return (await world.sql`select submitted_at from audits where id = ${rawId(audit.id)}`)[0]!.submitted_at;
}

test("the window of an audit goes by the calendar of the labeler's vendor, and lasts as the project says", async () => {
  const settings = { publishDelayMinutes: 0, clockAllowances: { APPEAL_FILING: { unit: "OPEN_MINUTES", amount: 1_200 } } };
  const own = await makeSamples(world, () => [{}], { settings });
  await world.sql`update vendors set calendar_id = ${await makeOdd()} where id = ${own.project.vendors[0]!.id}`;
  const submittedAt = await audited(own);
  const [{ window_due_at: due }] = await world.sql`select window_due_at from audits where project_id = ${own.project.projectId}` as any;
  expect(due).toEqual(addOpenMs(submittedAt, 20 * HOUR_MS, ODD));
});

test("a second audit is due by the market's calendar", async () => {
  const own = await makeSamples(world, () => [{}], { doubleAuditRate: 1 });
  await world.sql`update markets set calendar_id = ${await makeOdd()} where code = ${own.project.market}`;
  const submittedAt = await audited(own);
  const [{ due_at: due }] = await world.sql`select due_at from double_audits where project_id = ${own.project.projectId}` as any;
  expect(due).toEqual(addBusinessDays(submittedAt, 2, ODD));
});

test("samples drawn by hand, and periods, go by the project's calendar", async () => {
  const own = await makeSamples(world, () => [{}, {}], { settings: { periodKinds: ["WEEK"] } });
  await world.sql`update projects set calendar_id = ${await makeOdd()} where id = ${own.project.projectId}`;
  await world.sql`update samples set state = 'EXPIRED' where project_id = ${own.project.projectId}`;
  const decisionIds = own.decisionIds.map((id) => Buffer.from(`Decision:${own.project.projectId}:${id}`).toString("base64url"));
  const { samples } = await own.lead.verb("addTargetedSamples", { projectId: own.projectId, decisionIds, reason: "Why not" }, "samples { id dueAt }");
  expect(new Date(samples[0].dueAt)).toEqual(addBusinessDays(timeOfId(rawId(samples[0].id)), 2, ODD));
  await asSystemAt(pool, new Date(), ({ db, now }) => openPeriods(db, now));
  const [period] = await world.sql`select "to"::text, close_due_at from reporting_periods where project_id = ${own.project.projectId}`;
  expect(period!.close_due_at).toEqual(addBusinessDays(new Date(`${period!.to}T00:00:00Z`), 3, ODD));
});
