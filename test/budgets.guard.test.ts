import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { makeKey } from "../src/grants/rules.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let url: string;
beforeAll(async () => {
  world = await createWorld(null, { failuresPerMinute: 5, proxies: 1 });
  url = await world.listen();
});
afterAll(() => world.close());

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
  "POST /oauth/token": (from, token) =>
    send("/oauth/token", from, { "content-type": "application/x-www-form-urlencoded" }, `grant_type=client_credentials&client_id=x&client_secret=${token}`),
};

async function send(path: string, from: string, headers: Record<string, string>, body?: string) {
  const response = await fetch(`${url}${path}`, { method: body === undefined ? "GET" : "POST", headers: { ...headers, "x-forwarded-for": from }, body });
  return { status: response.status, retryAfter: response.headers.get("retry-after"), text: await response.text() };
}

test.each(Object.entries(DOORS))("after five tokens that lead nowhere, %s looks at no other from that network for a minute", async (_, knock) => {
  const from = network();
  for (let i = 0; i < 5; i += 1) expect((await knock(from, makeKey().key)).status).toBe(401);
  const { status, retryAfter, text } = await knock(from, makeKey().key);
  expect(status).toBe(429);
  expect(Number(retryAfter)).toBeGreaterThan(50);
  expect(text).toMatch(/Too many credentials from your network were not valid: wait \d+ s, then send a valid one\./);
  expect((await knock(network(), makeKey().key)).status).toBe(401);
});

test("sockets are told to try again later", async () => {
  const from = network();
  for (let i = 0; i < 5; i += 1) expect((await connect(from, makeKey().key)).code).toBe(4401);
  expect(await connect(from, makeKey().key)).toMatchObject({ code: 1013, reason: expect.stringMatching(/^Too many credentials/) });
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
