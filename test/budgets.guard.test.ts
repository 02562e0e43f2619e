import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { makeKey } from "../src/grants/rules.ts";
import { exported, link } from "./kit/exports.ts";
import { idOf, makeClient } from "./kit/oauth.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let url: string;
beforeAll(async () => {
  world = await createWorld(null, { failuresPerMinute: 5, proxies: 1 });
  url = await world.listen();
});
afterAll(() => world.close());

const PROJECT = "00000000-0000-7000-8000-000000000009";
const FOLLOW = JSON.stringify({ query: "subscription ($id: ID!) { projectEvents(projectId: $id) { type } }", variables: { id: PROJECT } });

let last = 0;
/** A network of one's own, as the proxy tells it. */
const network = () => `203.0.113.${(last += 1)}`;

/** Opens a socket with a token; the code that it is closed with. */
function connect(from: string, token: string): Promise<{ code: number; reason: string }> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/graphql`, "graphql-transport-ws", { headers: { "x-forwarded-for": from } });
  socket.once("open", () => socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${token}` } })));
  socket.once("message", () => socket.close(1000));
  return new Promise((resolve) => socket.once("close", (code, reason) => resolve({ code, reason: String(reason) })));
}

const DOORS: Record<string, (from: string, token: string) => Promise<{ status: number; retryAfter?: string | null; text: string }>> = {
  "the short path": (from, token) => send("/graphql", from, { "content-type": "application/json", authorization: `Bearer ${token}` }, '{"query":"{ viewer { role } }"}'),
  "an import": (from, token) => send("/import/decisions?project=x", from, { "content-type": "text/csv", authorization: `Bearer ${token}` }, "a\n"),
  "the contract": (from, token) => send("/schema.graphql", from, { authorization: `Bearer ${token}` }),
  "Yoga's path": async (from, token) => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}`, "x-forwarded-for": from };
    const response = await world.server.fetch(new Request("http://assay.test/graphql", { method: "POST", headers, body: '{"query":"{ viewer { role } }"}' }));
    return { status: response.status, retryAfter: response.headers.get("retry-after"), text: await response.text() };
  },
  "server-sent events": (from, token) =>
    send("/graphql", from, { "content-type": "application/json", accept: "text/event-stream", authorization: `Bearer ${token}` }, FOLLOW),
  "the link of an export": (from, token) => send(`/exports/${PROJECT}/x.csv?secret=${token}`, from, {}),
  "POST /oauth/token": (from, token) =>
    send("/oauth/token", from, { "content-type": "application/x-www-form-urlencoded" }, `grant_type=client_credentials&client_id=x&client_secret=${token}`),
};

async function send(path: string, from: string, headers: Record<string, string>, body?: string) {
  const response = await fetch(`${url}${path}`, { method: body === undefined ? "GET" : "POST", headers: { ...headers, "x-forwarded-for": from }, body });
  return { status: response.status, retryAfter: response.headers.get("retry-after"), text: await response.text() };
}

test.each(Object.entries(DOORS))("after five tokens that lead nowhere, %s looks at no other from that network for a minute", async (_, knock) => {
  const from = network();
  const refusal = knock === DOORS["the link of an export"] ? 404 : 401;
  for (let i = 0; i < 5; i += 1) expect((await knock(from, makeKey().key)).status).toBe(refusal);
  const { status, retryAfter, text } = await knock(from, makeKey().key);
  expect(status).toBe(429);
  expect(Number(retryAfter)).toBeGreaterThan(50);
  expect(text).toMatch(/Too many credentials from your network were not valid: wait \d+ s, then send a valid one\./);
  expect((await knock(network(), makeKey().key)).status).toBe(refusal);
});

test.each(Object.entries(DOORS))("of many secrets that come to %s at once, five are looked at", async (_, knock) => {
  const from = network();
  const told = await Promise.all(Array.from({ length: 30 }, () => knock(from, makeKey().key)));
  expect(told.filter(({ status }) => status === 429).length).toBe(25);
});

test("a crowd behind one address that comes at once, unknown to the process, is let in one after the other", async () => {
  const from = network();
  const crowd = await Promise.all(Array.from({ length: 30 }, () => world.caller({ role: "ADMIN" })));
  const told = await Promise.all(crowd.map(({ token }) => DOORS["the short path"]!(from, token)));
  expect(told.map(({ status }) => status)).toEqual(crowd.map(() => 200));
});

test("a secret that was good passes though all was forgotten since, at whichever door; one that is good no more does so once", async () => {
  const from = network();
  const { project, lead, base } = await exported(world);
  const client = await makeClient(world, { projectId: project.projectId, scopes: ["metrics:read"] });
  const { url: path } = await link(lead, base);
  const form = `grant_type=client_credentials&client_id=${client.clientId}&client_secret=${client.token}`;
  const doors = {
    token: () => DOORS["the short path"]!(from, lead.token),
    key: () => send("/oauth/token", from, { "content-type": "application/x-www-form-urlencoded" }, form),
    link: () => send(path, from, {}),
  };
  const all = async () => Object.fromEntries(await Promise.all(Object.entries(doors).map(async ([name, knock]) => [name, (await knock()).status])));
  expect(await all()).toEqual({ token: 200, key: 200, link: 200 });
  for (let i = 0; i < 5; i += 1) await DOORS["the short path"]!(from, makeKey().key);
  // Whatever a grant may have changed is looked up again.
  const grant = async () => {
    const someone = await world.caller();
    await world.admin.verb("grantRole", { principalId: idOf("Principal", someone.principalId), role: "ADMIN" }, "__typename");
  };
  await grant();
  expect(await all()).toEqual({ token: 200, key: 200, link: 200 });
  await world.sql`update api_clients set revoked_at = now() where principal_id in ${world.sql([lead.principalId, client.principalId])}`;
  await grant();
  expect(await all()).toEqual({ token: 401, key: 401, link: 404 });
  expect(await all()).toEqual({ token: 429, key: 429, link: 429 });
});

test("sockets are told to try again later", async () => {
  const from = network();
  for (let i = 0; i < 5; i += 1) expect((await connect(from, makeKey().key)).code).toBe(4401);
  expect(await connect(from, makeKey().key)).toMatchObject({ code: 1013, reason: expect.stringMatching(/^Too many credentials/) });
  const another = network();
  const codes = await Promise.all(Array.from({ length: 20 }, async () => (await connect(another, makeKey().key)).code));
  expect(codes.filter((code) => code === 4401).length).toBe(5);
});

test("who is known passes, whatever their neighbours send; who is not waits with them", async () => {
  const from = network();
  const [known, unknown] = [await world.caller({ role: "ADMIN" }), await world.caller({ role: "ADMIN" })];
  const knock = DOORS["the short path"]!;
  expect((await knock(from, known.token)).status).toBe(200);
  for (let i = 0; i < 5; i += 1) await knock(from, makeKey().key);
  expect((await knock(from, known.token)).status).toBe(200);
  expect((await knock(from, unknown.token)).status).toBe(429);
  expect((await connect(from, known.token)).code).toBe(1000);
});

test("requests without a token are nobody's guess, and what a client says of its address is not believed", async () => {
  const from = network();
  for (let i = 0; i < 8; i += 1) expect((await send("/graphql", from, { "content-type": "application/json" }, '{"query":"{ viewer { role } }"}')).status).toBe(401);
  for (let i = 0; i < 5; i += 1) await DOORS["the short path"]!(`198.51.100.${i}, ${from}`, makeKey().key);
  expect((await DOORS["the short path"]!(`198.51.100.9, ${from}`, makeKey().key)).status).toBe(429);
});
