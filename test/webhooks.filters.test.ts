import { afterAll, beforeAll, expect, test } from "vitest";
import type { Pool } from "../src/db/pool.ts";
import { openBy } from "./kit/escalations.ts";
import { allSealed, emit, openPool, someId } from "./kit/events.ts";
import { makeProject } from "./kit/factories.ts";
import { type Escalating, makeEscalating, makePlanned } from "./kit/rcas.ts";
import { inProject } from "./kit/roster.ts";
import { globalId, projectGid } from "./kit/samples.ts";
import { follow, socketOf } from "./kit/sockets.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
let of: Escalating;
let url: string;
beforeAll(async () => {
  world = await createWorld(null, { jobs: true, allowsPrivateTargets: true });
  pool = openPool(world, 2);
  of = await makeEscalating(world);
  url = await world.listen();
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const wish = (rest: object) => ({ projectId: projectGid(of.project), url: "http://127.0.0.1:1/", ...rest });
const create = async (by: Caller, rest: object): Promise<string> =>
  (await by.verb("createWebhookEndpoint", wish(rest), "webhookEndpoint { id filter }")).webhookEndpoint.id;
const queue = () => inProject("Queue", of.project.projectId, of.project.queueId);
/** The events that an endpoint is sent, by their place, once it has looked at all. */
async function sentTo(id: string): Promise<string[]> {
  const head = Buffer.from(`${of.project.projectId}:${await allSealed(world, of.project.projectId)}`).toString("base64url");
  const see = async () => (await of.lead.ask(
    "query ($id: ID!) { node(id: $id) { ... on WebhookEndpoint { cursor deliveries(first: 100) { nodes { eventCursor } } } } }", { id })).node;
  await expect.poll(async () => (await see()).cursor, { timeout: 8_000, interval: 25 }).toBe(head);
  return (await see()).deliveries.nodes.map(({ eventCursor }: any) => eventCursor).sort();
}
/** The events that a subscription tells from the beginning on, so many of them. */
async function toldBy(by: Caller, name: string, filter: object, count: number): Promise<string[]> {
  const type = `${name[0]!.toUpperCase()}${name.slice(1, -1)}Filter`;
  const document = `subscription ($projectId: ID!, $after: EventCursor, $filter: ${type}) { stream: ${name}(projectId: $projectId, after: $after, filter: $filter) { event { cursor } } }`;
  const after = Buffer.from(`${of.project.projectId}:0`).toString("base64url");
  const box = follow(socketOf(url, by), document, { projectId: projectGid(of.project), after, filter });
  await box.has(count);
  await new Promise((resolve) => setTimeout(resolve, 100));
  box.stop();
  return box.messages.map(({ data, errors }) => data?.stream.event.cursor ?? errors).sort();
}

test("an endpoint is sent what live subscriptions with its filters tell its owner, and nothing else", async () => {
  const grave = { severities: ["SEV1"] };
  const endpoints = {
    grave: await create(of.lead, { filter: { escalations: grave } }),
    opened: await create(of.lead, { filter: { escalations: {} }, eventTypes: ["escalation.open"] }),
    shared: await create(of.manager, { filter: { escalations: {} } }),
    queue: await create(of.lead, { filter: { queues: { queueIds: [queue()], types: ["queue.noted"] }, escalations: grave, appeals: null } }),
    appeals: await create(of.lead, { filter: { appeals: { toStates: ["L1_REVIEW"] } } }),
    clocks: await create(of.lead, { filter: { clocks: { percents: [100] } } }),
    all: await create(of.lead, { filter: {} }),
  };
  await makePlanned(of);
  await openBy(of.lead, of, { severity: "SEV1" });
  const noted = (type: string, subjectId = of.project.queueId) => ({ type, subjectId, subjectType: "Queue", audience: { isStaffVisible: true } });
  await emit(pool, world, of.project.projectId, [noted("queue.noted"), noted("queue.moved"), noted("queue.noted", someId())]);
  const sent = Object.fromEntries(await Promise.all(Object.entries(endpoints).map(async ([name, id]) => [name, await sentTo(id)] as const)));
  expect(Object.fromEntries(Object.entries(sent).map(([name, { length }]) => [name, length]))).toMatchObject({ grave: 1, opened: 1, queue: 2, appeals: 0, clocks: 0 });
  expect(sent.all).toEqual(expect.arrayContaining([...sent.shared!, ...sent.queue!]));
  expect(sent.grave).toEqual(await toldBy(of.lead, "escalationEvents", grave, 1));
  expect(sent.opened).toEqual(sent.grave);
  expect(sent.shared).toEqual(await toldBy(of.manager, "escalationEvents", {}, sent.shared!.length));
  expect(sent.shared!.length).toBeGreaterThan(3);
  expect(sent.shared).not.toContain(sent.grave![0]);
  expect(sent.queue).toEqual([...sent.grave!, ...(await toldBy(of.lead, "queueEvents", { queueIds: [queue()], types: ["queue.noted"] }, 1))].sort());
});

test("a filter is shown as it was given, and can be changed and dropped", async () => {
  const filter = { escalations: { vendorIds: [globalId("Vendor", of.project.vendors[0]!.id)], states: ["OPEN"] }, queues: {} };
  const id = await create(of.lead, { filter });
  const change = async (more: object) =>
    (await of.lead.verb("changeWebhookEndpoint", { webhookEndpointId: id, ...more }, "webhookEndpoint { filter }")).webhookEndpoint.filter;
  expect(await change({ description: "as it is" })).toEqual(filter);
  expect(await change({ filter: { clocks: { kinds: ["APPEAL_L1"] } } })).toEqual({ clocks: { kinds: ["APPEAL_L1"] } });
  const literal = `mutation { changeWebhookEndpoint(input: { webhookEndpointId: "${id}", filter: { queues: { types: ["queue.noted"] } } }) {
    ... on ChangeWebhookEndpointPayload { webhookEndpoint { filter } } } }`;
  expect((await of.lead.ask(literal)).changeWebhookEndpoint.webhookEndpoint.filter).toEqual({ queues: { types: ["queue.noted"] } });
  expect(await change({ filter: null })).toBeNull();
  expect(await change({ filter: {} })).toBeNull();
});

test("ids of something else are refused by their path, and what a client may not subscribe to", async () => {
  // A project of the lead's, too.
  const other = await makeProject(world.sql);
  await world.admin.verb("grantRole", { principalId: globalId("Principal", of.lead.principalId), role: "QA_LEAD", projectId: projectGid(other) }, "grant { id }");
  const wrong = globalId("Vendor", of.project.vendors[0]!.id);
  for (const [filter, path] of [
    [{ escalations: { queueIds: [wrong] } }, ["filter", "escalations", "queueIds"]], [{ queues: { queueIds: [wrong] } }, ["filter", "queues", "queueIds"]],
    [{ appeals: { appealIds: [wrong] } }, ["filter", "appeals", "appealIds"]], [{ clocks: { vendorIds: [queue()] } }, ["filter", "clocks", "vendorIds"]],
  ] as const) expect(await of.lead.refused("createWebhookEndpoint", wish({ filter }))).toMatchObject({ code: "INVALID_INPUT", path });
  for (const id of [inProject("Queue", of.project.projectId, someId()), inProject("Queue", other.projectId, other.queueId)]) {
    expect(await of.lead.refused("createWebhookEndpoint", wish({ filter: { queues: { queueIds: [queue(), id] } } }))).toMatchObject({
      code: "NOT_FOUND", path: ["filter", "queues", "queueIds", "1"],
    });
  }
  const many = Array.from({ length: 200 }, queue);
  expect(await of.lead.refused("createWebhookEndpoint", wish({ filter: { queues: { queueIds: many } } }))).toMatchObject({ code: "INVALID_INPUT", path: ["filter"] });
  const client = await of.as({ role: "SERVICE", scopes: ["webhooks:write", "events:read"] });
  expect(await client.refused("createWebhookEndpoint", wish({ filter: { appeals: {} } }))).toMatchObject({ code: "FORBIDDEN", path: ["filter"] });
  const reader = await of.as({ role: "SERVICE", scopes: ["webhooks:write", "events:read", "appeals:read"] });
  expect(await create(reader, { filter: { appeals: {} } })).toBeTruthy();
});
