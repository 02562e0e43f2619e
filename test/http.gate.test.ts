import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../src/config.ts";
import { exchangeRaw, headOf } from "./kit/raw.ts";
import { listenOn } from "./kit/sockets.ts";
import { createWorld, type World } from "./kit/world.ts";

const PORTAL = "https://portal.example.org";
const lines: string[] = [];
let world: World;
let url: string;
let closed: World;
let closedUrl: string;
beforeAll(async () => {
  world = await createWorld(null, { hear: (line) => void lines.push(line), corsOrigins: [PORTAL, "http://localhost:5173"], isBehindTls: true });
  closed = await createWorld();
  [url, closedUrl] = await Promise.all([world.listen(), closed.listen()]);
});
afterAll(() => Promise.all([world.close(), closed.close()]));

const QUERY = "{ viewer { role } }";
const json = { "content-type": "application/json" };

/** Sends to the entrance of node:http and to that of the fetch API, which have to answer alike. */
async function ask(path: string, init: RequestInit & { of?: World; at?: string } = {}): Promise<{ status: number; headers: Headers; text: string }> {
  const { of = world, at = url, ...rest } = init;
  const headers = { authorization: `Bearer ${of.admin.token}`, ...(rest.headers as Record<string, string>) };
  const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ""));
  const [byNode, byFetch] = await Promise.all([fetch(at + path, { ...rest, headers: given }), of.server.fetch(new Request(`http://assay.test${path}`, { ...rest, headers: given }))]);
  const told = (response: Response) => {
    const { date: _, connection: __, "keep-alive": ___, "transfer-encoding": ____, "content-length": _____, "x-request-id": ______, ...kept } = Object.fromEntries([...response.headers].map(([name, value]) => [name.toLowerCase(), name.toLowerCase().startsWith("ratelimit") ? "" : value]));
    return kept;
  };
  expect(told(byNode)).toEqual(told(byFetch));
  expect(byNode.status).toBe(byFetch.status);
  return { status: byNode.status, headers: byNode.headers, text: await byNode.text() };
}

const post = (headers: Record<string, string> = {}, body = JSON.stringify({ query: QUERY })) => ({ method: "POST", headers: { ...json, ...headers }, body });
const corsOf = (headers: Headers) => Object.fromEntries([...headers].filter(([name]) => name.startsWith("access-control")));

describe("pages of other sites", () => {
  test("a listed one reads answers and the headers that matter, without cookies", async () => {
    const { status, headers } = await ask("/graphql", post({ origin: PORTAL }));
    expect(status).toBe(200);
    expect(headers.get("access-control-allow-origin")).toBe(PORTAL);
    expect(headers.get("access-control-allow-credentials")).toBeNull();
    expect(headers.get("vary")).toMatch(/origin/i);
    for (const shown of ["ratelimit", "ratelimit-remaining", "retry-after", "x-request-id"]) expect(headers.get("access-control-expose-headers")!.split(", ")).toContain(shown);
  });

  test("its browser asks before, and is told what it may send, also for an import", async () => {
    for (const path of ["/graphql", "/import/decisions"]) {
      const { status, headers, text } = await ask(path, { method: "OPTIONS", headers: { authorization: "", origin: PORTAL, "access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type" } });
      expect([status, text]).toEqual([204, ""]);
      expect(corsOf(headers)).toMatchObject({ "access-control-allow-origin": PORTAL, "access-control-allow-methods": "GET, POST", "access-control-max-age": "7200" });
      for (const name of ["authorization", "content-type", "x-assay-role", "x-request-id"]) expect(headers.get("access-control-allow-headers")!.split(", ")).toContain(name);
    }
  });

  test.each(["https://evil.example", "null", `${PORTAL}.evil.example`, "http://portal.example.org", "https://PORTAL.example.org"])("%s reads nothing", async (origin) => {
    const { headers } = await ask("/graphql", post({ origin }));
    expect(corsOf(headers)).toEqual({});
    expect(headers.get("vary")).toMatch(/origin/i);
    expect(corsOf((await ask("/graphql", { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } })).headers)).toEqual({});
  });

  test("with no list nobody's page reads anything, and with * everybody's, never with cookies", async () => {
    expect(corsOf((await ask("/graphql", { ...post({ origin: PORTAL }), of: closed, at: closedUrl })).headers)).toEqual({});
    const open = await createWorld(null, { corsOrigins: ["*"] });
    const { url: at, close } = await listenOn(open.server);
    const { headers } = await ask("/graphql", { ...post({ origin: PORTAL }), of: open, at });
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("access-control-allow-credentials")).toBeNull();
    await close();
    await open.close();
  });
});

describe("what a browser sends to another site unasked is refused before it is read", () => {
  const get = `/graphql?query=${encodeURIComponent(QUERY)}`;
  test("a query by GET without a sign that somebody asked for it", async () => {
    const { status, text } = await ask(get, { headers: { authorization: "" } });
    expect([status, JSON.parse(text)]).toMatchObject([403, { errors: [{ extensions: { code: "CSRF" }, message: expect.stringContaining("x-assay-csrf") }] }]);
  });
  test.each(["x-assay-csrf", "apollo-require-preflight"])("but not with header %s, where only the token is missing", async (name) => {
    expect((await ask(get, { headers: { authorization: "", [name]: "1" } })).status).toBe(401);
    expect((await ask(get, { headers: { [name]: "1" } })).status).toBe(200);
  });
  test.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql", "application/jsonp", ""])("a body of type %s", async (type) => {
    const { status, text, headers } = await ask("/graphql", { ...post({ "content-type": type || "text/plain;charset=UTF-8" }) });
    expect([status, JSON.parse(text).errors[0].extensions.code, headers.get("accept")]).toEqual([415, "UNSUPPORTED_MEDIA_TYPE", "application/json"]);
  });
  test("by any other spelling of the path", async () => {
    for (const path of ["/./graphql", "/x/../graphql", "/%2e/graphql", "/graphql/.", "/\\graphql"]) {
      expect((await exchangeRaw(url, [headOf(`GET ${path}?query={viewer{role}} HTTP/1.1`, {})])).status).toBe(400);
    }
    expect((await ask("/graphql/?query={viewer{role}}", { headers: { authorization: "" } })).status).toBe(403);
  });
  test("a mutation by GET, with a token", async () => {
    const mutation = 'mutation { createMarket(input: { code: "x", name: "x" }) { __typename } }';
    expect((await ask(`/graphql?query=${encodeURIComponent(mutation)}`)).status).toBe(405);
  });
});

describe("every answer", () => {
  test.each<[string, string, RequestInit]>([
    ["an operation's", "/graphql", post()],
    ["a refused operation's", "/graphql", post({ authorization: "Bearer no" })],
    ["a mistake's", "/graphql", post({}, "{")],
    ["a stream's", "/graphql", post({ accept: "text/event-stream" }, JSON.stringify({ query: 'subscription { projectEvents(projectId: "x") { cursor } }' }))],
    ["an import's", "/import/decisions", { method: "POST", headers: { "content-type": "text/csv" }, body: "a" }],
    ["a link's", "/exports/x/y", {}],
    ["a probe's", "/livez", {}],
    ["nothing's", "/nothing", {}],
  ])("%s is kept by nobody, framed by nobody, taken for nothing else, and says nothing of the server", async (_, path, init) => {
    const { headers } = await ask(path, init);
    expect(Object.fromEntries(headers)).toMatchObject({
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "strict-transport-security": "max-age=63072000",
    });
    for (const name of ["server", "x-powered-by", "via", "set-cookie"]) expect(headers.get(name)).toBeNull();
  });

  const upgrade = { connection: "upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" };
  test.each<[string, number, string | null, string]>([
    ["a socket elsewhere", 404, null, headOf("GET /graphqls HTTP/1.1", upgrade)],
    ["a socket for another site's page", 403, null, headOf("GET /graphql HTTP/1.1", { ...upgrade, origin: "https://evil.example" })],
    ["a socket without a key", 400, "BAD_REQUEST", headOf("GET /graphql HTTP/1.1", { connection: "upgrade", upgrade: "websocket" })],
    ["a socket of another version", 400, "BAD_REQUEST", headOf("GET /graphql HTTP/1.1", { ...upgrade, "sec-websocket-version": "7" })],
    ["no HTTP", 400, "BAD_REQUEST", "\u0016\u0003\u0001 GARBAGE\r\n\r\n"],
    ["no host", 400, "BAD_REQUEST", "GET /livez HTTP/1.1\r\n\r\n"],
    ["a head of 20 kB", 431, "HEADERS_TOO_LARGE", headOf("GET /livez HTTP/1.1", { "x-a": "x".repeat(20_000) })],
    ["an expectation that nobody meets", 417, "EXPECTATION_FAILED", headOf("GET /livez HTTP/1.1", { expect: "a miracle" })],
  ])("even to %s, past all that reads requests: %i", async (_, status, code, sent) => {
    const told = await exchangeRaw(url, [sent], { patienceMs: 2_000 });
    const [head, body] = told.text.split("\r\n\r\n") as [string, string];
    const headers = Object.fromEntries(head.split("\r\n").slice(1).map((line) => line.split(": ") as [string, string]));
    expect([told.status, headers]).toMatchObject([status, {
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "strict-transport-security": "max-age=63072000",
      "x-request-id": expect.any(String),
    }]);
    const { error, errors } = body ? JSON.parse(body) : { error: { code: null } };
    expect([error?.code ?? errors?.[0].extensions.code ?? null, headers["content-type"]]).toEqual([code, code === null ? undefined : "application/json; charset=utf-8"]);
    expect(lines.some((line) => line.includes(headers["x-request-id"]!))).toBe(true);
  });

  test("only behind TLS it says to keep to it", async () => {
    expect((await ask("/livez", { of: closed, at: closedUrl })).headers.get("strict-transport-security")).toBeNull();
  });

  test("has the caller's own id of the request if that is harmless, and else a new one, as has the log", async () => {
    for (const [given, isKept] of [["from-caller:7/a_b.c", true], ["x".repeat(100), true], ["x".repeat(101), false], ['a" level="error', false], ["a b", false], ["ü", false]] as const) {
      lines.length = 0;
      const { headers } = await fetch(`${url}/graphql`, post({ authorization: `Bearer ${world.admin.token}`, "x-request-id": given }));
      const told = headers.get("x-request-id")!;
      if (isKept) expect(told).toBe(given);
      else expect(told).toMatch(/^[0-9a-f-]{36}$/);
      await expect.poll(() => lines.map((line) => JSON.parse(line).requestId)).toContain(told);
    }
  });

  test("has one off GraphQL's path too, the same as its text", async () => {
    const paths: [string, RequestInit][] = [["/import/decisions", { method: "POST", body: "a" }], ["/oauth/token", { method: "POST", body: "a" }], ["/schema.graphql", {}], ["/exports/x/y", {}], ["/nothing", {}]];
    for (const [path, init] of paths) expect((await ask(path, { ...init, headers: { "x-request-id": "mine:1" } })).headers.get("x-request-id"), path).toBe("mine:1");
    const refused = await ask("/import/decisions", { method: "POST", body: "a" });
    expect(JSON.parse(refused.text).error.requestId).toBe(refused.headers.get("x-request-id"));
  });
});

test("browsers get GraphiQL, whose own scripts alone run, from a cache if they have it, and without a token", async () => {
  const headers = { authorization: "", accept: "text/html,*/*", "accept-encoding": "gzip" };
  const { status, headers: told, text } = await ask("/graphql", { headers });
  expect([status, told.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  expect(text).toMatch(/<title>Assay<\/title>/);
  const policy = told.get("content-security-policy")!;
  expect(policy).toMatch(/script-src 'sha256-[^ ]+';/);
  expect(policy).not.toMatch(/script-src[^;]*unsafe|\*|https?:/);
  expect(policy).toContain("frame-ancestors 'none'");
  expect(told.get("cache-control")).toBe("public, max-age=3600");
  for (const path of ["/graphql", "/graphql/"]) {
    expect((await fetch(url + path, { headers: { accept: "text/html", "if-none-match": told.get("etag")! } })).status).toBe(304);
  }
  const plain = await world.server.fetch(new Request("http://assay.test/graphql", { headers: { accept: "text/html" } }));
  expect(await plain.text()).toBe(text);
  const packed = await world.server.fetch(new Request("http://assay.test/graphql", { headers: { accept: "text/html", "accept-encoding": "gzip" } }));
  expect(gunzipSync(Buffer.from(await packed.arrayBuffer())).toString()).toBe(text);
});

test("GraphiQL is one page in memory, however many ask for it and take nothing", async () => {
  const page = (encoding: string) => world.server.fetch(new Request("http://assay.test/graphql", { headers: { accept: "text/html", "accept-encoding": encoding } }));
  const before = (await Promise.all(["gzip", "identity"].map(page))).length && process.memoryUsage().arrayBuffers;
  const asked = await Promise.all(Array.from({ length: 40 }, (_, i) => page(i % 2 ? "gzip" : "identity")));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(9_000_000);
  for (const { status, body } of asked) {
    expect(status).toBe(200);
    await body!.cancel();
  }
});

test("the settings are read, and refused by name", () => {
  const read = (env: Record<string, string>) => readConfig(env, "x");
  expect(read({})).toMatchObject({ corsOrigins: [], isBehindTls: false, socketsPerPrincipal: 100 });
  expect(read({ CORS_ORIGINS: ` ${PORTAL}, http://localhost:5173`, BEHIND_TLS: "true", SOCKETS_PER_PRINCIPAL: "7" })).toMatchObject({
    corsOrigins: [PORTAL, "http://localhost:5173"], isBehindTls: true, socketsPerPrincipal: 7,
  });
  for (const wrong of ["portal.example.org", `${PORTAL}/`, `${PORTAL}/path`, "https://*.example.org"]) {
    expect(() => read({ CORS_ORIGINS: wrong })).toThrow(`CORS_ORIGINS="${wrong}"`);
  }
});
