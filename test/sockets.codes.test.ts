import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeId, readId } from "../src/core/ids.ts";
import { pacerOf } from "../src/graphql/plugins/quotas.ts";
import { makeProject } from "./kit/factories.ts";
import { exchangeRaw, headOf, openRaw } from "./kit/raw.ts";
import { followEvents, listenOn } from "./kit/sockets.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let url: string;
let projectId: string;
let token: string;
beforeAll(async () => {
  world = await createWorld(null, { corsOrigins: ["https://portal.example.org"], socketsPerPrincipal: 3 });
  url = await world.listen();
  const project = await makeProject(world.sql);
  projectId = encodeId("Project", { projectId: null, id: project.projectId });
  token = world.admin.token;
});
afterAll(() => world.close());

const init = (payload: unknown) => ({ type: "connection_init", payload });
const subscribe = (id: string, query = `subscription { projectEvents(projectId: "${projectId}") { cursor } }`) => ({ id, type: "subscribe", payload: { query } });

describe("a socket is closed with the code of what it did", () => {
  test.each<[string, number, unknown[]]>([
    ["a text that is no message", 4400, ["nonsense"]],
    ["a list", 4400, ["[]"]],
    ["a message without a type", 4400, [{ payload: {} }]],
    ["a message of an unknown type", 4400, [{ type: "subscribes" }]],
    ["a message that only a server sends", 4400, [{ type: "next", id: "1", payload: { data: null } }]],
    ["an operation without its document", 4400, [{ type: "subscribe", id: "1", payload: {} }]],
    ["an operation without an id", 4400, [{ type: "subscribe", payload: { query: "{ viewer { role } }" } }]],
    ["an operation before anything else", 4401, [{ type: "subscribe", id: "1", payload: { query: "{ viewer { role } }" } }]],
    ["no token", 4401, [init(undefined)]],
    ["a token that is none", 4401, [init({ authorization: "Bearer nonsense" })]],
    ["a token that is a list", 4401, [init({ authorization: ["Bearer x"] })]],
    ["a message of more than 100 kB", 1009, ["x".repeat(100_001)]],
    ["nothing for 3 s", 4408, []],
  ])("%s: %i", async (_, code, messages) => {
    const { say, closed } = await openRaw(url);
    for (const message of messages) say(message);
    expect(await closed).toMatchObject({ code });
  });

  test("a second initialisation: 4429", async () => {
    const { say, closed } = await openRaw(url, token);
    say(init({ authorization: `Bearer ${token}` }));
    expect(await closed).toMatchObject({ code: 4429 });
  });

  test("an id that is under way: 4409", async () => {
    const { say, closed } = await openRaw(url, token);
    say(subscribe("1"));
    say(subscribe("1"));
    expect(await closed).toMatchObject({ code: 4409, reason: "Subscriber for 1 already exists" });
  });

  test("another protocol: 4406, and the older one too", async () => {
    for (const protocol of ["graphql-ws", "mqtt"]) {
      const text = headOf("GET /graphql HTTP/1.1", { connection: "upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==", "sec-websocket-protocol": protocol });
      const told = await exchangeRaw(url, [text], { patienceMs: 300 });
      expect(told.status).toBe(101);
      // A close frame: its kind, its length, the code.
      expect(Buffer.from(told.text.split("\r\n\r\n")[1]!, "latin1").readUInt16BE(2)).toBe(4406);
    }
  });

  test("a key that is revoked: 4403", async () => {
    const auditor = await world.caller({ role: "ANALYST", projectId: readId(projectId)!.key.id });
    const { messages, closed } = await openRaw(url, auditor.token);
    expect(messages).toEqual([{ type: "connection_ack" }]);
    const [client] = await world.sql`select id from api_clients where principal_id = ${auditor.principalId}`;
    const apiClientId = encodeId("ApiClient", { projectId: null, id: client!.id });
    await world.admin.verb("revokeApiClient", { apiClientId, reason: "It is over." }, "__typename");
    expect(await closed).toMatchObject({ code: 4403 });
  });
});

test("a page of another site opens no socket; a listed one, the server's own, and a machine do", async () => {
  const { host } = new URL(url);
  const handshake = (origin?: string, path = "/graphql") =>
    headOf(`GET ${path} HTTP/1.1`, {
      host, connection: "upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==", "sec-websocket-protocol": "graphql-transport-ws",
      ...(origin === undefined ? {} : { origin }),
    });
  const statusOf = async (origin?: string, path?: string) => (await exchangeRaw(url, [handshake(origin, path)], { patienceMs: 200 })).status;
  expect(await Promise.all(["https://evil.example", "null", `${url}.evil.example`, "https://portal.example.org.evil.example"].map((origin) => statusOf(origin)))).toEqual([403, 403, 403, 403]);
  expect(await Promise.all([url, "https://portal.example.org", undefined].map((origin) => statusOf(origin)))).toEqual([101, 101, 101]);
  expect(await Promise.all(["/graphql/", "/graphql?a=b"].map((path) => statusOf(url, path)))).toEqual([101, 101]);
});

test("a path of slashes, and one that is not GraphQL's, open none, and end nothing else", async () => {
  for (const path of ["//", "/graphqls", "/graphql/../x", "http://["]) {
    const text = headOf(`GET ${path} HTTP/1.1`, { connection: "upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" });
    expect((await exchangeRaw(url, [text])).status).toBe(404);
  }
});

test("who offers another protocol than WebSocket is answered in this one, with all that they sent", async () => {
  const offer = { connection: "Upgrade, HTTP2-Settings", upgrade: "h2c", "http2-settings": "AAMAAABkAAQCAAAAAAIAAAAA" };
  const body = JSON.stringify({ query: "{ viewer { role } }" });
  const text = headOf("POST /graphql HTTP/1.1", { ...offer, "content-type": "application/json", "content-length": String(body.length) }, token);
  const answers = await Promise.all([[text + body], [text, body.slice(0, 9), body.slice(9)]].map((pieces) => exchangeRaw(url, pieces, { everyMs: pieces.length > 1 ? 50 : 0 })));
  for (const answer of answers) expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('{"viewer":{"role":"ADMIN"}}')]);
  expect((await exchangeRaw(url, [headOf("GET /livez HTTP/1.1", offer)])).status).toBe(200);
});

test("a socket has 100 operations under way, and the next is refused until one is complete", async () => {
  const { say, has, messages, socket } = await openRaw(url, token);
  for (let i = 0; i < 101; i += 1) say(subscribe(String(i)));
  await has(2);
  expect(messages.slice(1)).toMatchObject([{ id: "100", type: "error", payload: [{ extensions: { code: "TOO_MANY_OPERATIONS" } }] }]);
  say({ id: "5", type: "complete" });
  say(subscribe("101", "{ viewer { role } }"));
  await has(3);
  expect(messages[2]).toMatchObject({ id: "101", type: "next" });
  socket.terminate();
});

test.each([
  ["is no GraphQL", "{ viewer {", "GRAPHQL_PARSE_FAILED"],
  ["names what there is not", "{ viewr }", "GRAPHQL_VALIDATION_FAILED"],
  ["has more tokens than are taken", `{ ${"role ".repeat(3_000)}}`, "TOO_MANY_TOKENS"],
  ["costs more than is left", "{ viewer { role } }", "RATE_LIMITED"],
  ["is a subscription for which nothing is left", `subscription { projectEvents(projectId: "x") { cursor } }`, "RATE_LIMITED"],
])("what is told of an operation that %s is what HTTP's bodies say, without what they say to HTTP", async (_, query, code) => {
  const { token: theirs, principalId } = await world.caller({ role: "ADMIN" });
  if (code === "RATE_LIMITED") {
    const spend = { principalId: encodeId("Principal", { projectId: null, id: principalId }), pointsPerMinute: 1, reason: "test" };
    await world.admin.verb("setBudget", spend, "budget { id }");
    const post = () => world.known({ principalId, token: theirs }).send("{ viewer { role } }");
    await expect.poll(async () => (await post()).errors?.[0]!.extensions!.code).toBe(code);
  }
  const { say, has, socket } = await openRaw(url, theirs);
  say(subscribe("1", query));
  const [, { payload }] = await has(2);
  const [error] = Array.isArray(payload) ? payload : payload.errors;
  expect(error.extensions).toEqual({ code, ...(code === "RATE_LIMITED" ? { retryAfterSeconds: expect.any(Number) } : {}) });
  socket.terminate();
});

test("a principal has so many sockets, others have theirs, and one that closes makes room", async () => {
  const { token: theirs } = await world.caller({ role: "ADMIN" });
  const held = await Promise.all([1, 2, 3].map(() => openRaw(url, theirs)));
  expect(held.map(({ messages }) => messages[0]?.type)).toEqual(["connection_ack", "connection_ack", "connection_ack"]);
  const fourth = await openRaw(url, theirs);
  expect(await fourth.closed).toMatchObject({ code: 1008, reason: expect.stringContaining("Too many sockets") });
  held[0]!.socket.close();
  await held[0]!.closed;
  await new Promise((resolve) => setTimeout(resolve, 50));
  const fifth = await openRaw(url, theirs);
  expect(fifth.messages[0]).toMatchObject({ type: "connection_ack" });
  for (const { socket } of [...held, fifth]) socket.terminate();
});

test("streams have their places among the sockets'", async () => {
  const streamer = await world.caller({ role: "ADMIN" });
  const query = `subscription { projectEvents(projectId: "${projectId}") { cursor } }`;
  const streams = [1, 2, 3].map(() => followEvents(url, streamer, query, {}));
  await new Promise((resolve) => setTimeout(resolve, 500));
  const refused = followEvents(url, streamer, query, {});
  expect(await refused.has(1)).toMatchObject([{ errors: [{ extensions: { code: "TOO_MANY_STREAMS" } }] }]);
  expect(await (await openRaw(url, streamer.token)).closed).toMatchObject({ code: 1008 });
  streams[0]!.stop();
  await new Promise((resolve) => setTimeout(resolve, 200));
  const { messages, socket } = await openRaw(url, streamer.token);
  expect(messages[0]).toMatchObject({ type: "connection_ack" });
  for (const { stop } of streams) stop();
  socket.terminate();
});

test("a stream that its client can't take, or asks for with variables nested without end, gives its place back", async () => {
  const streamer = await world.caller({ role: "ADMIN" });
  const query = `subscription { projectEvents(projectId: "${projectId}") { cursor } }`;
  const headers = (accept: string) => ({ accept, "content-type": "application/json", authorization: `Bearer ${streamer.token}` });
  for (let i = 0; i < 4; i += 1) expect((await fetch(`${url}/graphql`, { method: "POST", headers: headers("application/json"), body: JSON.stringify({ query }) })).status).toBe(406);
  const nested = `{"query":${JSON.stringify(query)},"variables":{"x":${"[".repeat(9_000)}${"]".repeat(9_000)}}}`;
  for (let i = 0; i < 4; i += 1) {
    const response = await fetch(`${url}/graphql`, { method: "POST", headers: headers("text/event-stream"), body: nested });
    expect(response.status).toBe(200);
    await response.body!.cancel();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { messages, socket } = await openRaw(url, streamer.token);
  expect(messages[0]).toMatchObject({ type: "connection_ack" });
  socket.terminate();
});

test("after a thousand messages a socket is not read until the second is over", async () => {
  const socket = { isPaused: false, pause: () => void (socket.isPaused = true), resume: () => void (socket.isPaused = false) };
  const count = pacerOf(socket as never);
  for (let i = 0; i < 1_000; i += 1) count();
  expect(socket.isPaused).toBe(false);
  count();
  expect(socket.isPaused).toBe(true);
  await expect.poll(() => socket.isPaused, { timeout: 5_000 }).toBe(false);
});

test("a flood of messages is read a thousand a second, and answered whole", async () => {
  const { say, has, socket } = await openRaw(url, (await world.caller({ role: "ADMIN" })).token);
  const begun = performance.now();
  for (let i = 0; i < 4_000; i += 1) say({ type: "ping", payload: { i } });
  const pongs = (await has(4_001)).slice(1);
  expect(performance.now() - begun).toBeGreaterThan(800);
  expect(pongs.map(({ payload }) => payload.i)).toEqual(Array.from({ length: 4_000 }, (_, i) => i));
  socket.terminate();
});

test("when the server stops, sockets are closed with 1001 and told to connect again", async () => {
  const other = await createWorld();
  const { url: there, close } = await listenOn(other.server);
  const { closed } = await openRaw(there, other.admin.token);
  await other.close();
  expect(await closed).toMatchObject({ code: 1001, reason: expect.stringContaining("connect again") });
  await close();
});
