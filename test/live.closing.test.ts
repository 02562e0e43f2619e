import { connect, Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { encodeId } from "../src/core/ids.ts";
import type { Pool } from "../src/db/pool.ts";
import { emit, openPool } from "./kit/events.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { openRaw } from "./kit/raw.ts";
import { follow, followEvents, socketOf } from "./kit/sockets.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
let url: string;
beforeAll(async () => {
  world = await createWorld();
  pool = openPool(world, 4);
  url = await world.listen();
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const FOLLOW = `subscription ($id: ID!, $after: EventCursor, $types: [String!]) {
  projectEvents(projectId: $id, after: $after, types: $types) { type cursor payload subjectNode { ... on Project { code } } } }`;
const idOf = (project: ProjectFixture) => encodeId("Project", { projectId: null, id: project.projectId });
const numbers = (messages: readonly any[]) => messages.map(({ data }) => data.projectEvents.payload.n);
const note = (project: ProjectFixture, ...ns: number[]) => emit(pool, world, project.projectId, ns.map((n) => ({ payload: { n } })));
const subscribed = () => new Promise((resolve) => setTimeout(resolve, 300));

function closing(client: ReturnType<typeof socketOf>): Promise<{ code: number; reason: string }> {
  return new Promise((resolve) => client.on("closed", (event) => resolve(event as { code: number; reason: string })));
}

test("no token and a forged one are refused with 4401, a role that isn't held with 4400", async () => {
  for (const params of [{}, { authorization: "Bearer nonsense" }]) {
    const client = socketOf(url, { token: "" }, { connectionParams: params, lazy: false, onNonLazyError: () => {} });
    expect(await closing(client)).toMatchObject({ code: 4401 });
  }
  const params = { Authorization: `Bearer ${world.admin.token}`, "x-assay-role": "ANALYST" };
  const client = socketOf(url, { token: "" }, { connectionParams: params, lazy: false, onNonLazyError: () => {} });
  expect(await closing(client)).toMatchObject({ code: 4400 });
});

test("a withdrawn grant, a revoked key and an ended one close with 4403, and end a stream of server-sent events", async () => {
  const project = await makeProject(world.sql);
  const { projectId } = project;
  const ways = {
    grant: (principalId: string) => world.sql`update role_grants set revoked_at = now() where principal_id = ${principalId}`,
    key: (principalId: string) => world.sql`update api_clients set revoked_at = now() where principal_id = ${principalId}`,
  };
  for (const [way, withdraw] of Object.entries(ways)) {
    const lead = await world.caller({ role: "QA_LEAD", projectId });
    const bystander = await world.caller({ role: "QA_LEAD", projectId });
    const client = socketOf(url, lead);
    const closed = closing(client);
    const box = follow(client, FOLLOW, { id: idOf(project) });
    const events = followEvents(url, lead, FOLLOW, { id: idOf(project) });
    const other = follow(socketOf(url, bystander), FOLLOW, { id: idOf(project) });
    await subscribed();
    await note(project, 1);
    await Promise.all([box.has(1), events.has(1)]);
    await withdraw(lead.principalId);
    await emit(pool, world, projectId, [{ type: "role_grant.revoked", subjectType: "RoleGrant", payload: { n: way, principalId: lead.principalId } }]);
    expect(await closed).toMatchObject({ code: 4403 });
    expect(await events.ended).toBe("complete");
    expect(events.messages.at(-1).errors[0].extensions.code).toMatch(/UNAUTHENTICATED|INVALID_INPUT/);
    await note(project, 2);
    expect(numbers(await other.has(3))).toEqual([1, way, 2]);
    expect(numbers(box.messages).includes(2)).toBe(false);
    other.stop();
  }
  const brief = await world.caller({ role: "QA_LEAD", projectId });
  await world.sql`update api_clients set expires_at = now() + interval '2 seconds' where principal_id = ${brief.principalId}`;
  const client = socketOf(url, brief, { lazy: false, onNonLazyError: () => {} });
  expect(await closing(client)).toMatchObject({ code: 4403 });
});

test("a subscriber that takes nothing is read no further and harms nobody", async () => {
  const project = await makeProject(world.sql);
  const stalled = new WebSocket(`${url.replace(/^http/, "ws")}/graphql`, "graphql-transport-ws");
  await new Promise((resolve) => stalled.once("open", resolve));
  stalled.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${world.admin.token}` } }));
  await new Promise((resolve) => stalled.once("message", resolve));
  stalled.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query: FOLLOW, variables: { id: idOf(project) } } }));
  await subscribed();
  stalled.pause();
  const box = follow(socketOf(url, world.admin), FOLLOW, { id: idOf(project), types: ["last"] });
  await subscribed();
  const big = "x".repeat(100_000);
  for (let i = 0; i < 20; i += 1) await emit(pool, world, project.projectId, Array.from({ length: 10 }, () => ({ payload: { big } })));
  await emit(pool, world, project.projectId, [{ type: "last", payload: { n: "last" } }]);
  expect(numbers(await box.has(1))).toEqual(["last"]);
  box.stop();
  // It catches up by itself.
  let received = 0;
  const caughtUp = new Promise<void>((resolve) => stalled.on("message", () => (received += 1) === 201 && resolve()));
  stalled.resume();
  await caughtUp;
  stalled.close();
});

test("what waits to be taken stays as it was, whatever others are sent meanwhile", async () => {
  const project = await makeProject(world.sql);
  const sockets = [await openRaw(url, world.admin.token), await openRaw(url, world.admin.token)];
  for (const [index, { say }] of sockets.entries()) {
    say({ id: "ab"[index], type: "subscribe", payload: { query: FOLLOW, variables: { id: idOf(project) } } });
    await subscribed();
  }
  // The first one's connection takes what it is given a little later.
  const { localPort } = (sockets[0]!.socket as unknown as { _socket: Socket })._socket;
  const { _write } = Socket.prototype;
  Socket.prototype._write = function (this: Socket, ...given) {
    if (this.remotePort === localPort) setTimeout(() => _write.apply(this, given), 100);
    else _write.apply(this, given);
  };
  try {
    for (let n = 1; n <= 3; n += 1) {
      await note(project, n);
      for (const raw of sockets) await raw.has(1 + n);
    }
  } finally {
    Socket.prototype._write = _write;
  }
  const told = sockets.map(({ messages }) => messages.slice(1).map(({ id, payload }) => [id, payload.data.projectEvents.payload.n]));
  expect(told).toEqual([[["a", 1], ["a", 2], ["a", 3]], [["b", 1], ["b", 2], ["b", 3]]]);
  for (const { socket } of sockets) socket.close();
});

test("who takes nothing while 10,000 events happen is parted from, over WebSocket and SSE, and nobody else notices", async () => {
  const project = await makeProject(world.sql);
  const { port, hostname } = new URL(url);
  const variables = { id: idOf(project), types: ["big"] };
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/graphql`, "graphql-transport-ws");
  await new Promise((resolve) => socket.once("open", resolve));
  socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${world.admin.token}` } }));
  await new Promise((resolve) => socket.once("message", resolve));
  socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query: FOLLOW, variables } }));
  const stream = connect(Number(port), hostname);
  const body = JSON.stringify({ query: FOLLOW, variables });
  stream.write(["POST /graphql HTTP/1.1", "host: assay", "content-type: application/json", "accept: text/event-stream", `authorization: Bearer ${world.admin.token}`,
    `content-length: ${body.length}`, "", body].join("\r\n"));
  await new Promise((resolve) => stream.once("data", resolve));
  await subscribed();
  socket.pause();
  stream.pause();
  const box = follow(socketOf(url, world.admin), FOLLOW, { id: idOf(project), types: ["last"] });
  await subscribed();
  const ends = [socket, stream].map((each) => new Promise((resolve) => each.once("close", resolve).on("error", () => {})));
  for (let i = 0; i < 20; i += 1) await emit(pool, world, project.projectId, Array.from({ length: 10 }, () => ({ type: "big", payload: { big: "x".repeat(100_000) } })));
  for (let i = 0; i < 6; i += 1) await emit(pool, world, project.projectId, Array.from({ length: 2_000 }, () => ({})));
  await emit(pool, world, project.projectId, [{ type: "last", payload: { n: "last" } }]);
  expect(numbers(await box.has(1))).toEqual(["last"]);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  socket.resume();
  stream.resume();
  await Promise.all(ends);
  box.stop();
}, 60_000);

test("subscriptions whose id was used again before they were answered end with their socket, and are no more than others may be", async () => {
  const project = await makeProject(world.sql);
  const { projectId } = project;
  const payload = { query: FOLLOW, variables: { id: idOf(project) } };
  const { say, has, messages, socket, closed } = await openRaw(url, world.admin.token);
  const again = (id: string, times: number) => {
    for (let i = 0; i < times; i += 1) for (const message of [{ type: "subscribe", id, payload }, { type: "complete", id }]) say(message);
    say({ type: "subscribe", id, payload });
  };
  again("a", 2);
  await subscribed();
  await note(project, 0);
  await has(4);
  again("b", 150);
  await subscribed();
  await note(project, 1);
  await has(100);
  await subscribed();
  expect(messages.slice(4).filter(({ type }) => type === "next")).toHaveLength(101);
  socket.close();
  await closed;
  const other = follow(socketOf(url, await world.caller({ role: "QA_LEAD", projectId })), FOLLOW, { id: idOf(project) });
  await subscribed();
  world.statements.length = 0;
  await note(project, 2);
  await other.has(1);
  await subscribed();
  expect(world.statements.filter((text) => text.includes("eventsByProject"))).toHaveLength(1);
  other.stop();
});

test("server-sent events have a sign of life, and end when the key does", async () => {
  const project = await makeProject(world.sql);
  const brief = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
  await world.sql`update api_clients set expires_at = now() + interval '2 seconds' where principal_id = ${brief.principalId}`;
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream", authorization: `Bearer ${brief.token}` },
    body: JSON.stringify({ query: FOLLOW, variables: { id: idOf(project) } }),
  });
  const text = await response.text();
  expect(text.match(/^:$/gm)!.length).toBeGreaterThan(2);
  expect(text).toMatch(/event: next\ndata: .*"UNAUTHENTICATED".*\n\nevent: complete/);
});
