import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { newId } from "../src/core/ids.ts";
import { WORKER } from "../src/db/identity.ts";
import type { Pool } from "../src/db/pool.ts";
import { write } from "../src/db/session.ts";
import { deleteDeliveries } from "../src/webhooks/store.ts";
import { emit, openPool, someId } from "./kit/events.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { startReceiver } from "./kit/receiver.ts";
import { projectGid, rawId } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
let project: ProjectFixture;
let lead: Caller;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
beforeAll(async () => {
  world = await createWorld(null, { jobs: true, allowsPrivateTargets: true });
  pool = openPool(world, 4);
});
beforeEach(async () => {
  project = await makeProject(world.sql);
  lead = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
  receiver = await startReceiver();
  return () => receiver.close();
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const on = (by: Caller, verb: string, id: string, input: object = {}) => by.verb(verb, { webhookEndpointId: id, ...input }, "webhookEndpoint { id }");
const create = async (by: Caller, input: object) => {
  const { webhookEndpoint, secret } = await by.verb("createWebhookEndpoint", { projectId: projectGid(project), url: receiver.url, ...input }, "webhookEndpoint { id } secret");
  receiver.secrets.push(secret);
  return webhookEndpoint;
};
const logOf = async (by: Caller, id: string) => {
  const { node } = await by.ask("query ($id: ID!) { node(id: $id) { ... on WebhookEndpoint { state stateReason deliveries(first: 100) { nodes { eventType state } } } } }", { id });
  return { ...node, deliveries: node.deliveries.nodes };
};
const happen = (drafts: readonly object[]) => emit(pool, world, project.projectId, drafts as never);
const noted = (count: number) => Array.from({ length: count }, (_, place) => ({ subjectId: someId(), payload: { place } }));
const until = (check: () => unknown, timeout = 8_000) => expect.poll(check, { timeout, interval: 25 });

test("what waits for an endpoint that is stopped keeps nothing from the others", async () => {
  const stopped = await create(lead, { eventTypes: ["project.noted"] });
  await on(lead, "disableWebhookEndpoint", stopped.id);
  await world.sql`insert into webhook_deliveries (project_id, id, endpoint_id, event_type, state, next_attempt_at, owner_id, created_at, updated_at)
    select ${project.projectId}, gen_random_uuid(), ${rawId(stopped.id)}, 'project.noted', 'PENDING', now() - interval '1 hour', ${lead.principalId}, now(), now()
    from generate_series(1, 5001)`;
  await create(lead, { eventTypes: ["project.noted"] });
  await happen(noted(1));
  await until(() => receiver.once().length).toBe(1);
});

test("an answer that comes after somebody stopped the endpoint, or sent it elsewhere, ends nothing", async () => {
  const slow = await startReceiver();
  slow.answer = () => 410;
  slow.delayMs = 400;
  const paused = await create(lead, { url: slow.url, eventTypes: ["project.noted"] });
  const moved = await create(lead, { url: slow.url, eventTypes: ["project.noted"] });
  await happen(noted(1));
  await until(() => slow.requests).toBe(2);
  await on(lead, "pauseWebhookEndpoint", paused.id);
  await on(lead, "changeWebhookEndpoint", moved.id, { url: receiver.url });
  for (const { id, state } of [{ ...paused, state: "PAUSED" }, { ...moved, state: "ACTIVE" }]) {
    await until(async () => (await logOf(lead, id)).deliveries[0].state).toBe("DEAD");
    expect(await logOf(lead, id)).toMatchObject({ state, stateReason: null });
  }
  await slow.close();
});

test("what ended over a month ago is deleted, so much at a time, and nothing else", async () => {
  const { id } = await create(lead, { eventTypes: ["nothing.*"] });
  await on(lead, "disableWebhookEndpoint", id);
  const add = (state: string, days: number) => {
    const at = new Date(Date.now() - days * 86_400_000);
    return world.sql`insert into webhook_deliveries (project_id, id, endpoint_id, event_type, state, delivered_at, next_attempt_at, owner_id, created_at, updated_at)
      values (${project.projectId}, ${newId(at)}, ${rawId(id)}, ${`${state} ${days}`}, ${state}, ${state === "DELIVERED" ? at : null}, ${state === "PENDING" ? at : null},
        ${lead.principalId}, ${at}, ${at})`;
  };
  for (const state of ["DELIVERED", "DEAD", "PENDING"]) for (const days of [40, 31, 29]) await add(state, days);
  const before = new Date(Date.now() - 30 * 86_400_000);
  const clear = () => write(pool, WORKER, (db) => deleteDeliveries(db, before, 3), { timeoutMs: 10_000 });
  expect([await clear(), await clear(), await clear()]).toEqual([3, 1, 0]);
  const left = (await logOf(lead, id)).deliveries.map(({ eventType }: any) => eventType).sort();
  expect(left).toEqual(["DEAD 29", "DELIVERED 29", "PENDING 29", "PENDING 31", "PENDING 40"]);
});

test("a target that never answers holds up nobody else's", async () => {
  const dead = await startReceiver();
  dead.answer = () => null;
  await lead.verb("createWebhookEndpoint", { projectId: projectGid(project), url: dead.url, eventTypes: ["project.noted"] }, "secret");
  await create(lead, { eventTypes: ["project.noted"] });
  await happen(noted(1));
  await until(() => [dead.requests, receiver.once().length], 4_000).toEqual([1, 1]);
  await happen(noted(5));
  await until(() => receiver.once().length, 4_000).toBe(6);
  expect(dead.requests).toBeLessThanOrEqual(10);
  await dead.close();
});
