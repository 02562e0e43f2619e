import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../src/core/ids.ts";
import type { Pool } from "../src/db/pool.ts";
import { contested, file, on } from "./kit/appeals.ts";
import { start, tellAt } from "./kit/clocks.ts";
import { allSealed, emit, openPool } from "./kit/events.ts";
import { openBy } from "./kit/escalations.ts";
import { makeProject } from "./kit/factories.ts";
import { makeEscalating, makePlanned } from "./kit/rcas.ts";
import { inProject } from "./kit/roster.ts";
import { claim, drawAll, framed, globalId, projectGid } from "./kit/samples.ts";
import { follow, followEvents, type Inbox, socketOf } from "./kit/sockets.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
let url: string;
beforeAll(async () => {
  world = await createWorld();
  pool = openPool(world, 2);
  url = await world.listen();
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const FIELDS: Record<string, string> = {
  appealEvents: "appeal { id state }", escalationEvents: "escalation { id severity }", slaEvents: "clock { kind subjectId }", queueEvents: "queueIds queue { id }",
};
const documentOf = (name: string) => {
  const type = `${name[0]!.toUpperCase()}${name.slice(1, -1)}Filter`;
  return `subscription ($projectId: ID!, $after: EventCursor, $filter: ${type}) { stream: ${name}(projectId: $projectId, after: $after, filter: $filter) {
    event { type cursor payload subject { type id } } ${FIELDS[name]} } }`;
};
/** What happened from the beginning on. */
const replay = (by: Caller, name: string, projectId: string, filter?: object) =>
  follow(socketOf(url, by), documentOf(name), { projectId: globalId("Project", projectId), filter, after: Buffer.from(`${projectId}:0`).toString("base64url") });
const streamed = (box: Inbox) => box.messages.map(({ data, errors }) => data?.stream ?? errors);
const typesIn = (box: Inbox) => streamed(box).map(({ event }) => event.type);
const quiet = (ms = 300) => new Promise((resolve) => setTimeout(resolve, ms));
/** Once the last of these is there, nothing else may be. */
async function expectTypes(boxes: Record<string, [Inbox, string[]]>): Promise<void> {
  for (const [box, types] of Object.values(boxes)) await box.has(types.length);
  await quiet();
  for (const [name, [box, types]] of Object.entries(boxes)) expect([name, ...typesIn(box)]).toEqual([name, ...types]);
  for (const [box] of Object.values(boxes)) box.stop();
}

test("appealEvents: each viewer's appeals, by tier, state and place, with the appeal as it is now", async () => {
  const made = await contested(world, { count: 2 });
  const { projectId, vendors, queueId } = made.project;
  const first = await file(made.labeler, made.auditIds[0]!);
  await on(made.quality, "forwardAppeal", first.id);
  const second = await file(made.labeler, made.auditIds[1]!);
  await on(made.labeler, "withdrawAppeal", second.id);
  await allSealed(world, projectId);
  const all = ["appeal.l1_review", "appeal.l2_review", "appeal.l1_review", "appeal.withdrawn"];
  const by = (caller: Caller, filter?: object) => replay(caller, "appealEvents", projectId, filter);
  const lead = by(made.lead);
  await expectTypes({
    lead: [lead, all],
    labeler: [by(made.labeler), all],
    stranger: [by(made.stranger), []],
    otherLabeler: [by(made.otherLabeler), []],
    one: [by(made.lead, { appealIds: [first.id] }), all.slice(0, 2)],
    audit: [by(made.lead, { auditIds: [made.auditIds[1]] }), all.slice(2)],
    tier: [by(made.lead, { tiers: ["L2"] }), ["appeal.l2_review"]],
    states: [by(made.lead, { toStates: ["WITHDRAWN", "L2_REVIEW"] }), ["appeal.l2_review", "appeal.withdrawn"]],
    queue: [by(made.lead, { queueIds: [inProject("Queue", projectId, queueId)], vendorIds: [globalId("Vendor", vendors[0]!.id)], markets: [made.project.market] }), all],
    vendor: [by(made.lead, { vendorIds: [globalId("Vendor", vendors[1]!.id)] }), []],
  });
  expect(streamed(lead).map(({ appeal }) => appeal)).toEqual([first, first, second, second].map(({ id }) => ({ id, state: id === first.id ? "L2_REVIEW" : "WITHDRAWN" })));
});

test("escalationEvents: with analyses and actions, by severity, kind and vendor; a vendor hears of what is shared", async () => {
  const of = await makeEscalating(world);
  const { projectId, vendors } = of.project;
  const planned = await makePlanned(of);
  const opened = await openBy(of.lead, of, { severity: "SEV1", kind: "SAFETY" });
  await allSealed(world, projectId);
  const by = (caller: Caller, filter?: object) => replay(caller, "escalationEvents", projectId, filter);
  const lead = by(of.lead);
  await quiet(500);
  await lead.has(4);
  const told = streamed(lead);
  const ofPlanned = told.filter(({ escalation }) => escalation.id === planned.id).map(({ event }) => event.type);
  expect(new Set(told.map(({ event }) => event.subject.type))).toEqual(new Set(["Escalation", "Rca", "Action"]));
  await expectTypes({
    lead: [lead, [...ofPlanned, "escalation.open"]],
    manager: [by(of.manager), ofPlanned],
    stranger: [by(of.stranger), []],
    severity: [by(of.lead, { severities: ["SEV1"] }), ["escalation.open"]],
    kind: [by(of.lead, { kinds: ["SAFETY"], triggers: ["MANUAL"], states: ["OPEN"] }), ["escalation.open"]],
    id: [by(of.lead, { escalationIds: [opened.id] }), ["escalation.open"]],
    vendor: [by(of.lead, { vendorIds: [globalId("Vendor", vendors[0]!.id)] }), ofPlanned],
    queue: [by(of.lead, { queueIds: [inProject("Queue", projectId, of.project.queueId)] }), []],
    types: [by(of.lead, { types: ["escalation.open"] }), ["escalation.open"]],
  });
});

test("slaEvents: thresholds by kind, share and subject, of clocks that the viewer may see", async () => {
  const project = await makeProject(world.sql);
  const { projectId } = project;
  const as = (role: "AUDITOR" | "VENDOR_MANAGER") => world.caller({ role, projectId, vendorId: role === "AUDITOR" ? null : project.vendors[0]!.id });
  const [auditor, manager] = await Promise.all([as("AUDITOR"), as("VENDOR_MANAGER")]);
  const at = new Date("2026-02-02T09:00:00Z");
  const shared = { audience: { isStaffVisible: true, isPartnerVisible: true, vendorId: project.vendors[0]!.id }, vendorId: project.vendors[0]!.id };
  // Clocks of appeals are seen with the appeal.
  const run = { subjectType: "SamplingRun" };
  const { ids, due } = await start(pool, project, at, { ...run, kind: "APPEAL_L2" }, { ...run, kind: "APPEAL_L1", ...shared });
  await tellAt(pool, new Date(Math.max(...due.map((each) => each.getTime())) + 60_000));
  await allSealed(world, projectId);
  const by = (caller: Caller, filter?: object) => replay(caller, "slaEvents", projectId, filter);
  const four = Array.from({ length: 4 }, () => "sla.threshold");
  const breaches = by(auditor, { percents: [100], kinds: ["APPEAL_L1"] });
  await expectTypes({
    auditor: [by(auditor), [...four, ...four]],
    manager: [by(manager), four],
    breaches: [breaches, ["sla.threshold"]],
    subject: [by(auditor, { subjectIds: [inProject("SamplingRun", projectId, ids[0]!)] }), four],
    vendor: [by(auditor, { vendorIds: [globalId("Vendor", project.vendors[0]!.id)] }), four],
    market: [by(auditor, { markets: ["nowhere"] }), []],
  });
  expect(streamed(breaches)[0]).toMatchObject({ clock: { kind: "APPEAL_L1", subjectId: inProject("SamplingRun", projectId, ids[1]!) }, event: { payload: { percent: 100 } } });
});

test("queueEvents: draws, samples and audits of the queues asked for", async () => {
  const { own: project, by: lead } = await framed(world, 3);
  const auditor = await world.caller({ role: "AUDITOR", projectId: project.projectId });
  const { projectId, queueId } = project;
  await world.sql`insert into queues (project_id, id, code, name, market, modality) values (${projectId}, ${newId(new Date())}, 'OTHER', 'Other', ${project.market}, 'TEXT')`;
  const [{ id: other }] = (await world.sql`select id from queues where project_id = ${projectId} and code = 'OTHER'`) as unknown as [{ id: string }];
  await drawAll(lead, projectGid(project));
  await claim(auditor, projectGid(project), "id", { count: 1 });
  await emit(pool, world, projectId, [{ type: "queue.changed", subjectType: "Queue", subjectId: other }]);
  await allSealed(world, projectId);
  const gid = (id: string) => inProject("Queue", projectId, id);
  const by = (caller: Caller, filter?: object) => replay(caller, "queueEvents", projectId, filter);
  const everything = by(lead);
  await everything.has(3);
  await quiet();
  const types = typesIn(everything);
  expect(types).toEqual(expect.arrayContaining(["sampling_run.drawn", "sample.in_audit", "queue.changed"]));
  const drawn = streamed(everything).find(({ event }) => event.type === "sampling_run.drawn");
  expect(drawn).toMatchObject({ queue: null, queueIds: [queueId, other].sort().map(gid) });
  expect(streamed(everything).at(-1)).toMatchObject({ queue: { id: gid(other) }, queueIds: [gid(other)] });
  await expectTypes({
    everything: [everything, types],
    mine: [by(lead, { queueIds: [gid(queueId)] }), types.filter((type) => type !== "queue.changed")],
    other: [by(lead, { queueIds: [gid(other)] }), types.filter((type) => ["queue.changed", "sampling_run.drawn"].includes(type))],
    states: [by(lead, { toStates: ["IN_AUDIT"] }), ["sample.in_audit"]],
    types: [by(lead, { types: ["queue.changed"], markets: [project.market] }), ["queue.changed"]],
    auditor: [by(auditor, { types: ["sampling_run.drawn"] }), []],
  });
});

test("what is of no interest is not read for, and what follows it is", async () => {
  const project = await makeProject(world.sql);
  const lead = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
  const box = follow(socketOf(url, lead), documentOf("queueEvents"), { projectId: projectGid(project) });
  await quiet();
  world.statements.length = 0;
  await emit(pool, world, project.projectId, [{}, {}]);
  await allSealed(world, project.projectId);
  await quiet();
  expect(world.statements.filter((text) => text.includes("eventsAbout"))).toEqual([]);
  await emit(pool, world, project.projectId, [{ type: "queue.changed", subjectType: "Queue", subjectId: project.queueId }]);
  expect(typesIn({ ...box, messages: await box.has(1) })).toEqual(["queue.changed"]);
  expect(world.statements.filter((text) => text.includes("eventsAbout")).length).toBe(1);
  box.stop();
});

test("statements are constant in the number of events", async () => {
  const project = await makeProject(world.sql);
  const lead = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
  const counts: number[] = [];
  for (const count of [2, 20]) {
    const box = follow(socketOf(url, lead), documentOf("queueEvents").replace("queue { id }", "queue { project { code } }"), { projectId: projectGid(project) });
    await quiet();
    world.statements.length = 0;
    await emit(pool, world, project.projectId, Array.from({ length: count }, () => ({ type: "queue.changed", subjectType: "Queue", subjectId: project.queueId })));
    await box.has(count);
    counts.push(world.statements.length);
    box.stop();
  }
  expect(counts).toEqual([2, 2]);
});

test("a machine client needs the scopes, and an id of another type is refused", async () => {
  const project = await makeProject(world.sql);
  const grant = { role: "SERVICE", projectId: project.projectId } as const;
  const [events, both, none] = await Promise.all([
    world.caller({ ...grant, scopes: ["events:read"] }), world.caller({ ...grant, scopes: ["events:read", "appeals:read"] }), world.caller({ ...grant, scopes: ["metrics:read"] }),
  ]);
  const codeOf = async (by: Caller, name: string, filter?: object) => {
    const box = follow(socketOf(url, by), documentOf(name), { projectId: projectGid(project), filter });
    await Promise.race([box.has(1), quiet(600)]).catch(() => {});
    box.stop();
    return box.messages[0]?.errors[0].extensions.code;
  };
  expect(await codeOf(events!, "appealEvents")).toBe("FORBIDDEN");
  expect(await codeOf(both!, "appealEvents")).toBeUndefined();
  expect(await codeOf(none!, "queueEvents")).toBe("FORBIDDEN");
  expect(await codeOf(events!, "queueEvents", { queueIds: [projectGid(project)] })).toBe("INVALID_INPUT");
});

test("behind a cursor that is too old, a gap is told of first, then everything that is kept", async () => {
  const project = await makeProject(world.sql);
  const { projectId } = project;
  const days = (count: number) => new Date(Date.now() - count * 86_400_000);
  const old = [45, 40, 35, 29].map((age) => ({ at: days(age), id: newId(days(age)) }));
  for (const { at, id } of old) {
    await world.sql`insert into events (project_id, id, type, subject_type, subject_id, actor_id, recorded_at, is_project_visible, is_partner_visible, is_staff_visible, payload)
      values (${projectId}, ${id}, 'queue.changed', 'Queue', ${project.queueId}, ${world.admin.principalId}, ${at}, true, false, false, ${world.sql.json({ n: at.getTime() })})`;
    await allSealed(world, projectId);
  }
  await emit(pool, world, projectId, [{ type: "queue.changed", subjectType: "Queue", subjectId: project.queueId }]);
  await allSealed(world, projectId);
  const cursor = (seq: number) => Buffer.from(`${projectId}:${seq}`).toString("base64url");
  const variables = (seq: number) => ({ projectId: projectGid(project), after: cursor(seq) });
  const lead = await world.caller({ role: "QA_LEAD", projectId });
  const boxes = [1, 1].map((seq, i) => (i === 0 ? follow(socketOf(url, lead), documentOf("queueEvents"), variables(seq)) : followEvents(url, lead, documentOf("queueEvents"), variables(seq))));
  for (const box of boxes) {
    const [gap, ...rest] = (await box.has(3)).map(({ data }) => data.stream);
    expect(gap).toEqual({ event: { type: "gap", cursor: cursor(3), payload: { lost: 2, replayDays: 30 }, subject: { type: "Project", id: projectGid(project) } }, queueIds: [], queue: null });
    expect(rest.map(({ event }) => event.cursor)).toEqual([cursor(4), cursor(5)]);
    box.stop();
  }
  const kept = follow(socketOf(url, lead), documentOf("queueEvents"), variables(3));
  expect((await kept.has(2)).map(({ data }) => data.stream.event.cursor)).toEqual([cursor(4), cursor(5)]);
  const plain = follow(socketOf(url, lead), "subscription ($projectId: ID!, $after: EventCursor) { projectEvents(projectId: $projectId, after: $after) { type subjectNode { id } actor { id } } }", variables(0));
  expect((await plain.has(3)).map(({ data }) => data.projectEvents)[0]).toEqual({ type: "gap", subjectNode: { id: projectGid(project) }, actor: null });
  for (const box of [kept, plain]) box.stop();
  // As many days are replayed as events are kept, where a rule says so.
  const admin = await world.caller({ role: "ADMIN" });
  const keep = (keepDays: number | null) =>
    admin.verb("setRetention", { kind: "EVENTS", keepDays, reason: "Portals come back after weeks." }, "retentionRule { keepDays }");
  const first = async (seq: number) => {
    const box = follow(socketOf(url, lead), documentOf("queueEvents"), variables(seq));
    const [{ data }] = (await box.has(1)) as [any];
    box.stop();
    return [data.stream.event.type, data.stream.event.cursor];
  };
  await keep(90);
  expect(await first(0)).toEqual(["queue.changed", cursor(1)]);
  await keep(null);
  expect(await first(0)).toEqual(["gap", cursor(3)]);
});
