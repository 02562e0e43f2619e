import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Pool } from "../src/db/pool.ts";
import { emit, openPool, someId } from "./kit/events.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { startReceiver } from "./kit/receiver.ts";
import { globalId, projectGid, rawId } from "./kit/samples.ts";
import { type Caller, createWorld, type GrantSpec, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
let project: ProjectFixture;
let lead: Caller;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
const as = (grant: GrantSpec, of = project) => world.caller({ projectId: of.projectId, ...grant });
beforeAll(async () => {
  world = await createWorld(null, { jobs: true, allowsPrivateTargets: true });
  pool = openPool(world, 4);
});
beforeEach(async () => {
  project = await makeProject(world.sql);
  lead = await as({ role: "QA_LEAD" });
  receiver = await startReceiver();
  return () => receiver.close();
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const FIELDS = "webhookEndpoint { id url state stateReason eventTypes version allowedActions consecutiveFailures vendor { code } owner { id } }";
const LOG = "id eventType state attempts lastStatus lastError isReplay deliveredAt nextAttemptAt eventCursor";
const create = async (by: Caller, input: object = {}) => {
  const { webhookEndpoint, secret } = await by.verb("createWebhookEndpoint", { projectId: projectGid(project), url: receiver.url, ...input }, `${FIELDS} secret`);
  receiver.secrets.push(secret);
  return { ...webhookEndpoint, secret };
};
const on = (by: Caller, verb: string, id: string, input: object = {}, fields = FIELDS) => by.verb(verb, { webhookEndpointId: id, ...input }, fields);
const logOf = async (by: Caller, id: string) => {
  const { node } = await by.ask(`query ($id: ID!) { node(id: $id) { ... on WebhookEndpoint { state stateReason deliveries(first: 100) { nodes { ${LOG} } } } } }`, { id });
  return { ...node, deliveries: node.deliveries.nodes };
};
const happen = (drafts: readonly object[]) => emit(pool, world, project.projectId, drafts as never);
const noted = (count: number, type = "project.noted") => Array.from({ length: count }, (_, place) => ({ type, subjectId: someId(), payload: { place } }));
const until = (check: () => unknown, timeout = 8_000) => expect.poll(check, { timeout, interval: 25 });
const sooner = () => world.sql`update webhook_deliveries set next_attempt_at = now() where state = 'FAILED' and project_id = ${project.projectId}`;
// The sender looks again when something happens.
const nudge = async () => {
  await sooner();
  await happen([{ type: "nudge.noted" }]);
};

test("what happens is sent, signed, once each, and the log says so", async () => {
  const endpoint = await create(lead, { eventTypes: ["project.*"] });
  expect(endpoint).toMatchObject({ state: "ACTIVE", eventTypes: ["project.*"], owner: { id: globalId("Principal", lead.principalId) }, vendor: null, version: 1 });
  expect(endpoint.secret).toMatch(/^whsec_/);
  await happen([...noted(30), ...noted(5, "other.noted")]);
  await until(() => receiver.once().length).toBe(30);
  expect(receiver.received.map(({ type, data }) => [type, data.payload.place])).toEqual(expect.arrayContaining([["project.noted", 0], ["project.noted", 29]]));
  const cursors = receiver.once().map(({ data }) => Number(Buffer.from(data.cursor, "base64url").toString().split(":")[1]));
  expect(new Set(cursors).size).toBe(30);
  expect(receiver.received[0]!.data).toMatchObject({ subject: { type: "Project" }, fromState: null, toState: null, reason: null });
  await until(async () => (await logOf(lead, endpoint.id)).deliveries.filter(({ state }: any) => state === "DELIVERED").length).toBe(30);
  const { deliveries } = await logOf(lead, endpoint.id);
  expect(deliveries[0]).toMatchObject({ eventType: "project.noted", attempts: 1, lastStatus: 204, lastError: null, isReplay: false, nextAttemptAt: null });
  expect([receiver.requests, receiver.refused]).toEqual([30, 0]);
});

test("what fails is tried again with the same id: after an error, a hang-up and a redirect", async () => {
  const statuses = [500, 0, 302];
  receiver.answer = (request) => statuses[request] ?? 200;
  const endpoint = await create(lead);
  await happen(noted(1));
  await until(() => receiver.requests).toBeGreaterThanOrEqual(1);
  await until(async () => (await logOf(lead, endpoint.id)).deliveries.find(({ eventType }: any) => eventType === "project.noted")?.state).toBe("FAILED");
  const { deliveries } = await logOf(lead, endpoint.id);
  const failed = deliveries.find(({ eventType }: any) => eventType === "project.noted");
  expect(Date.parse(failed.nextAttemptAt) - Date.now()).toBeGreaterThan(1_000);
  expect(failed.lastStatus === 500 || failed.lastError !== null || deliveries.some(({ lastStatus }: any) => lastStatus === 500)).toBe(true);
  await until(async () => {
    await nudge();
    return receiver.once().filter(({ type }) => type === "project.noted").length;
  }).toBe(1);
});

test("partners are sent what they may see, and nothing else; a labeler and an analyst make none", async () => {
  const vendor = project.vendors[0]!;
  const manager = await as({ role: "VENDOR_MANAGER", vendorId: vendor.id });
  const endpoint = await create(manager, { eventTypes: ["project.*"] });
  expect(endpoint).toMatchObject({ vendor: { code: vendor.code } });
  const audience = (vendorId: string) => ({ isPartnerVisible: true, vendorId });
  await happen([
    { payload: { to: "staff" }, audience: { isStaffVisible: true } }, { payload: { to: "other" }, audience: audience(project.vendors[1]!.id) },
    { payload: { to: "mine" }, audience: audience(vendor.id) }, { payload: { to: "all" } },
  ]);
  await until(() => receiver.received.map(({ data }) => data.payload.to).sort()).toEqual(["all", "mine"]);
  const other = await as({ role: "VENDOR_MANAGER", vendorId: project.vendors[1]!.id });
  const team = await as({ role: "VENDOR_MANAGER", vendorId: vendor.id, teamId: vendor.teamId });
  for (const stranger of [other, team]) {
    expect((await stranger.ask("{ webhookEndpoints { totalCount } webhookDeliveries { totalCount } }"))).toEqual({
      webhookEndpoints: { totalCount: 0 }, webhookDeliveries: { totalCount: 0 },
    });
    expect(await stranger.refused("pauseWebhookEndpoint", { webhookEndpointId: endpoint.id })).toMatchObject({ code: "NOT_FOUND" });
  }
  for (const role of ["ANALYST", "AUDITOR", "POLICY_MANAGER"] as const) {
    expect(await (await as({ role })).refused("createWebhookEndpoint", { projectId: projectGid(project), url: receiver.url })).toMatchObject({ code: "FORBIDDEN" });
  }
  const client = await as({ role: "SERVICE", vendorId: vendor.id, scopes: ["webhooks:write", "events:read"] });
  expect((await create(client)).vendor).toMatchObject({ code: vendor.code });
  for (const scope of ["events:read", "webhooks:write"] as const) {
    const half = await as({ role: "SERVICE", scopes: [scope] });
    expect(await half.refused("createWebhookEndpoint", { projectId: projectGid(project), url: receiver.url })).toMatchObject({ code: "FORBIDDEN" });
  }
});

test("whoever loses the role is sent nothing more", async () => {
  const manager = await as({ role: "VENDOR_MANAGER", vendorId: project.vendors[0]!.id });
  const endpoint = await create(manager);
  const client = await as({ role: "SERVICE", scopes: ["webhooks:write", "events:read"] });
  const clients = await create(client);
  await world.sql`update role_grants set revoked_at = now() where principal_id = ${manager.principalId}`;
  await world.sql`update api_clients set revoked_at = now() where principal_id = ${client.principalId}`;
  const before = receiver.requests;
  await happen(noted(3));
  for (const { id } of [endpoint, clients]) {
    await until(async () => (await logOf(lead, id)).state).toBe("DISABLED");
    expect((await logOf(lead, id)).stateReason).toMatch(/no longer holds the role/);
    const types = (await logOf(lead, id)).deliveries.map(({ eventType }: any) => eventType);
    expect(types).not.toContain("project.noted");
  }
  expect(receiver.received.slice(before).filter(({ type }) => type === "project.noted")).toEqual([]);
});

test("paused, nothing is sent; resumed, what happened meanwhile is", async () => {
  const endpoint = await create(lead, { eventTypes: ["project.noted"] });
  expect((await on(lead, "pauseWebhookEndpoint", endpoint.id, { expectedVersion: 1 })).webhookEndpoint).toMatchObject({
    state: "PAUSED", allowedActions: ["resumeWebhookEndpoint", "disableWebhookEndpoint"], version: 2,
  });
  expect(await lead.refused("pauseWebhookEndpoint", { webhookEndpointId: endpoint.id })).toMatchObject({ code: "CONFLICT" });
  await happen(noted(2));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(receiver.requests).toBe(0);
  await on(lead, "resumeWebhookEndpoint", endpoint.id);
  await until(() => receiver.once().length).toBe(2);
  await on(lead, "disableWebhookEndpoint", endpoint.id);
  await happen(noted(1));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(receiver.once().length).toBe(2);
});

test("a rotated secret and the one before both sign until the overlap is over", async () => {
  const endpoint = await create(lead, { eventTypes: ["project.noted"] });
  const { secret } = await on(lead, "rotateWebhookSecret", endpoint.id, { overlapHours: 1 }, "secret");
  await happen(noted(1));
  await until(() => receiver.once().length).toBe(1);
  receiver.secrets = [secret];
  await happen(noted(1));
  await until(() => receiver.once().length).toBe(2);
  const last = await on(lead, "rotateWebhookSecret", endpoint.id, { overlapHours: 0 }, "secret");
  await happen(noted(1));
  await until(() => receiver.refused).toBe(1);
  receiver.secrets = [last.secret];
  await happen(noted(1));
  await until(() => receiver.refused + receiver.once().length).toBe(4);
  expect(await lead.refused("rotateWebhookSecret", { webhookEndpointId: endpoint.id, overlapHours: 200 })).toMatchObject({ code: "INVALID_INPUT", path: ["overlapHours"] });
});

test("a test is sent, and the same key makes one endpoint whose secret is shown once", async () => {
  const input = { projectId: projectGid(project), url: receiver.url, eventTypes: ["project.noted"], idempotencyKey: randomUUID() };
  const first = await lead.verb("createWebhookEndpoint", input, "webhookEndpoint { id } secret");
  expect(await lead.verb("createWebhookEndpoint", input, "webhookEndpoint { id } secret")).toMatchObject({ webhookEndpoint: first.webhookEndpoint, secret: null });
  receiver.secrets.push(first.secret);
  const { webhookDelivery } = await on(lead, "testWebhookEndpoint", first.webhookEndpoint.id, {}, `webhookDelivery { ${LOG} }`);
  expect(webhookDelivery).toMatchObject({ eventType: "webhook.test", eventCursor: null });
  await until(() => receiver.received.map(({ type, data }) => [type, data])).toEqual([["webhook.test", {}]]);
});

test("dead ones are replayed under the id that they had; an address that is gone is disabled", async () => {
  receiver.answer = () => 410;
  const endpoint = await create(lead, { eventTypes: ["project.noted"] });
  await happen(noted(1));
  await until(async () => (await logOf(lead, endpoint.id)).state).toBe("DISABLED");
  const before = await logOf(lead, endpoint.id);
  expect(before).toMatchObject({ stateReason: "Its address is gone (410).", deliveries: [{ state: "DEAD", lastStatus: 410 }] });
  receiver.answer = () => 200;
  await on(lead, "resumeWebhookEndpoint", endpoint.id);
  expect(await on(lead, "replayWebhookDeliveries", endpoint.id, {}, "replayed")).toMatchObject({ replayed: 1 });
  await until(() => receiver.once().length).toBe(1);
  expect(receiver.received[0]!.id).toBe(`msg_${rawId(before.deliveries[0].id)}`);
  expect(await on(lead, "replayWebhookDeliveries", endpoint.id, {}, "replayed")).toMatchObject({ replayed: 0 });
  // A dead one that repeated another is repeated once, too.
  await until(async () => (await logOf(lead, endpoint.id)).deliveries[1].state).toBe("DELIVERED");
  await world.sql`update webhook_deliveries set state = 'DEAD', delivered_at = null where replay_of_id is not null and project_id = ${project.projectId}`;
  expect(await on(lead, "replayWebhookDeliveries", endpoint.id, {}, "replayed")).toMatchObject({ replayed: 1 });
  expect(await on(lead, "replayWebhookDeliveries", endpoint.id, {}, "replayed")).toMatchObject({ replayed: 0 });
  expect(await on(lead, "replayWebhookDeliveries", endpoint.id, { deliveryIds: [before.deliveries[0].id] }, "replayed")).toMatchObject({ replayed: 1 });
  const elsewhere = await create(lead);
  expect(await lead.refused("replayWebhookDeliveries", { webhookEndpointId: elsewhere.id, deliveryIds: [before.deliveries[0].id] })).toMatchObject({
    code: "NOT_FOUND", path: ["deliveryIds", "0"],
  });
});

test("there are at most 50 of a project, one that is resumed counts again", async () => {
  const { id } = await create(lead);
  await on(lead, "disableWebhookEndpoint", id);
  await world.sql`insert into webhook_endpoints (project_id, id, url, state, owner_id, role, cursor_seq, created_at, updated_at)
    select ${project.projectId}, gen_random_uuid(), 'http://127.0.0.1:1/', 'PAUSED', ${lead.principalId}, 'QA_LEAD', 0, now(), now() from generate_series(1, 50)`;
  expect(await lead.refused("createWebhookEndpoint", { projectId: projectGid(project), url: receiver.url })).toMatchObject({ code: "CONFLICT", path: ["projectId"] });
  expect(await lead.refused("resumeWebhookEndpoint", { webhookEndpointId: id })).toMatchObject({ code: "CONFLICT", path: ["webhookEndpointId"] });
});

test("lists read one statement a level", async () => {
  await create(lead);
  await create(lead);
  // Asked where no sender runs, whose statements would be counted with the list's.
  const quiet = await createWorld(null, { database: { urls: world.urls, drop: async () => {} } });
  const { webhookEndpoints } = await quiet.known(lead).ask("{ webhookEndpoints(first: 10) { totalCount nodes { url owner { id } project { code } deliveries(first: 5) { nodes { state endpoint { url } } } } } }");
  await quiet.close();
  expect(webhookEndpoints.totalCount).toBe(2);
  expect(quiet.statements.filter((text) => !/set_config/.test(text)).length).toBe(3);
});
