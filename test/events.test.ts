import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeId, SYSTEM_PROJECT_ID } from "../src/core/ids.ts";
import type { Pool } from "../src/db/pool.ts";
import { allSealed, emit, openPool, someId } from "./kit/events.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
beforeAll(async () => {
  world = await createWorld();
  pool = openPool(world, 2);
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const LIST = `query ($id: ID!, $first: Int, $after: EventCursor, $types: [String!]) {
  node(id: $id) { ... on Project { events(first: $first, after: $after, types: $types) {
    nodes { type cursor payload } edges { cursor } pageInfo { hasNextPage endCursor } } } } }`;
const idOf = (project: ProjectFixture) => encodeId("Project", { projectId: null, id: project.projectId });

async function typesSeen(caller: Caller, project: ProjectFixture): Promise<string[]> {
  const { node } = await caller.ask(LIST, { id: idOf(project), first: 100 });
  return node ? node.events.nodes.map(({ type }: { type: string }) => type) : ["no such project"];
}

test("events are listed in their project's order, by pages, by type and behind a cursor", async () => {
  const project = await makeProject(world.sql);
  await emit(pool, world, project.projectId, Array.from({ length: 7 }, (_, n) => ({ type: n % 2 ? "odd" : "even", payload: { n } })));
  await allSealed(world, project.projectId);
  const seen: number[] = [];
  let after: string | null = null;
  do {
    const { node }: any = await world.admin.ask(LIST, { id: idOf(project), first: 3, after });
    const { nodes, edges, pageInfo } = node.events;
    expect(nodes.map((each: { cursor: string }) => each.cursor)).toEqual(edges.map((each: { cursor: string }) => each.cursor));
    seen.push(...nodes.map((each: { payload: { n: number } }) => each.payload.n));
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after);
  expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6]);
  const { node } = await world.admin.ask(LIST, { id: idOf(project), types: ["odd"] });
  expect(node.events.nodes.map((each: { payload: { n: number } }) => each.payload.n)).toEqual([1, 3, 5]);
});

test("a cursor of another project, or of nothing, is refused", async () => {
  const [one, other] = [await makeProject(world.sql), await makeProject(world.sql)];
  await emit(pool, world, one.projectId, [{}]);
  await allSealed(world, one.projectId);
  const { node } = await world.admin.ask(LIST, { id: idOf(one) });
  for (const after of [node.events.pageInfo.endCursor, "nonsense"]) {
    const { errors } = await world.admin.send(LIST, { id: idOf(other), after });
    expect(errors![0]!.extensions).toMatchObject({ code: "INVALID_INPUT", path: ["after"] });
  }
});

test("statements are constant in the number of events and projects", async () => {
  const count = async () => {
    world.statements.length = 0;
    await world.admin.ask("{ projects(first: 100) { nodes { events(first: 50) { nodes { cursor actor { name } subjectNode { id } } } } } }");
    return world.statements.length;
  };
  const project = await makeProject(world.sql);
  await emit(pool, world, project.projectId, [{}]);
  await allSealed(world, project.projectId);
  const before = await count();
  for (let i = 0; i < 3; i += 1) {
    const more = await makeProject(world.sql);
    await emit(pool, world, more.projectId, Array.from({ length: 5 }, () => ({})));
    await allSealed(world, more.projectId);
  }
  expect(await count()).toBe(before);
  expect(before).toBe(3);
});

test("an event is seen by whoever may see its subject", async () => {
  const project = await makeProject(world.sql);
  const elsewhere = await makeProject(world.sql);
  const [mine, theirs] = project.vendors as [ProjectFixture["vendors"][0], ProjectFixture["vendors"][0]];
  const { projectId } = project;
  const people = {
    lead: await world.caller({ role: "QA_LEAD", projectId }),
    strangeLead: await world.caller({ role: "QA_LEAD", projectId: elsewhere.projectId }),
    analyst: await world.caller({ role: "ANALYST", projectId }),
    policyManager: await world.caller({ role: "POLICY_MANAGER", projectId }),
    auditor: await world.caller({ role: "AUDITOR", projectId }),
    otherAuditor: await world.caller({ role: "AUDITOR", projectId }),
    manager: await world.caller({ role: "VENDOR_MANAGER", projectId, vendorId: mine.id }),
    otherTeam: await world.caller({ role: "VENDOR_MANAGER", projectId, vendorId: mine.id, teamId: someTeam(theirs) }),
    otherManager: await world.caller({ role: "VENDOR_MANAGER", projectId, vendorId: theirs.id }),
    labeler: await world.caller({ role: "LABELER", projectId, vendorId: mine.id, labelerId: mine.labelerIds[0]! }),
    otherLabeler: await world.caller({ role: "LABELER", projectId, vendorId: mine.id, labelerId: mine.labelerIds[1]! }),
    client: await world.caller({ role: "SERVICE", projectId, scopes: ["events:read"] }),
  };
  const ofLabeler = { vendorId: mine.id, teamId: mine.teamId, labelerId: mine.labelerIds[0]! };
  await emit(pool, world, projectId, [
    { type: "all", audience: { isProjectVisible: true } },
    { type: "own", audience: { ...ofLabeler, auditorId: people.auditor.principalId } },
    { type: "staff", audience: { ...ofLabeler, isStaffVisible: true } },
    { type: "partner", audience: { ...ofLabeler, isPartnerVisible: true } },
    { type: "leads", audience: {} },
  ]);
  await allSealed(world, projectId);
  const seen: Record<string, string[]> = {};
  for (const [name, caller] of Object.entries(people)) seen[name] = await typesSeen(caller, project);
  const everything = ["all", "own", "staff", "partner", "leads"];
  expect(seen).toEqual({
    lead: everything,
    strangeLead: ["no such project"],
    analyst: everything,
    policyManager: ["all", "staff"],
    auditor: ["all", "own", "staff"],
    otherAuditor: ["all", "staff"],
    manager: ["all", "partner"],
    otherTeam: ["all"],
    otherManager: ["all"],
    labeler: ["all", "partner"],
    otherLabeler: ["all"],
    client: ["all", "partner"],
  });
  expect(await typesSeen(world.admin, project)).toEqual(everything);
});

function someTeam(vendor: ProjectFixture["vendors"][0]): string {
  return vendor.teamId;
}

test("a machine client needs the scope", async () => {
  const project = await makeProject(world.sql);
  const client = await world.caller({ role: "SERVICE", projectId: project.projectId, scopes: ["metrics:read"] });
  const { errors } = await client.send(LIST, { id: idOf(project) });
  expect(errors![0]!.extensions).toMatchObject({ code: "FORBIDDEN" });
});

test("the actor, the reason and the subject are masked", async () => {
  const project = await makeProject(world.sql);
  const { projectId } = project;
  const hidden = { subjectType: "Sample", subjectId: someId() };
  await emit(pool, world, projectId, [{ reason: "because" }, { ...hidden, audience: { isProjectVisible: true } }]);
  await allSealed(world, projectId);
  const query = `query ($id: ID!) { node(id: $id) { ... on Project { events {
    nodes { actor { id } reason subject { type id } subjectNode { __typename ... on Project { code } } recordedAt fromState toState } } } } }`;
  const ask = async (caller: Caller) => (await caller.ask(query, { id: idOf(project) })).node.events.nodes;
  const lead = await world.caller({ role: "QA_LEAD", projectId });
  const analyst = await world.caller({ role: "ANALYST", projectId });
  const actor = { id: encodeId("Principal", { projectId: null, id: world.admin.principalId }) };
  const subject = { type: "Project", id: idOf(project) };
  const subjectNode = { __typename: "Project", code: project.projectCode };
  expect(await ask(world.admin)).toMatchObject([{ actor, reason: "because", subject, subjectNode }, { subjectNode: null }]);
  expect(await ask(lead)).toMatchObject([{ actor, reason: "because" }, { subject: { type: "Sample", id: encodeId("Sample", { projectId, id: hidden.subjectId }) } }]);
  expect(await ask(analyst)).toMatchObject([{ actor: null, reason: null, subjectNode }, { subjectNode: null }]);
});

test("events of global rows are the administrators'", async () => {
  await world.admin.verb("createVendor", { code: "SYS", name: "Vendor", kind: "EXTERNAL" }, "vendor { id }");
  await allSealed(world, SYSTEM_PROJECT_ID);
  const query = "{ systemEvents(first: 100) { nodes { id type subjectNode { ... on Vendor { code } } } } }";
  const { systemEvents } = await world.admin.ask(query);
  expect(systemEvents.nodes.at(-1)).toMatchObject({ type: "vendor.created", subjectNode: { code: "SYS" } });
  const project = await makeProject(world.sql);
  const lead = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
  expect(await lead.ask(query)).toEqual({ systemEvents: { nodes: [] } });
  const { id } = systemEvents.nodes.at(-1);
  const byId = "query ($id: ID!) { node(id: $id) { ... on Event { type cursor } } }";
  expect(await world.admin.ask(byId, { id })).toMatchObject({ node: { type: "vendor.created" } });
  expect(await lead.ask(byId, { id })).toEqual({ node: null });
});
