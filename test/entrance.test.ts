import { type ClientRequest, createServer, type IncomingHttpHeaders, request, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { createServerAdapter } from "@whatwg-node/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { makeProject } from "./kit/factories.ts";
import { createWorld, type World } from "./kit/world.ts";

/** What is sent; a header that is null is not. */
interface Sent {
  method?: string;
  path?: string;
  headers?: Record<string, string | null>;
  body?: string | Buffer;
  isChunked?: boolean;
}

let world: World;
let projectId: string;
const lines: Record<string, unknown>[] = [];
const ports: { short: number; yoga: number } = { short: 0, yoga: 0 };
const closers: (() => void)[] = [];

beforeAll(async () => {
  world = await createWorld(null, { hear: (line) => void lines.push(JSON.parse(line)) });
  const project = await makeProject(world.sql);
  projectId = encodeId("Project", { projectId: null, id: project.projectId });
  const listen = async (listener: RequestListener) => {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(() => server.close());
    return (server.address() as AddressInfo).port;
  };
  ports.short = await listen(world.server.listener);
  ports.yoga = await listen(createServerAdapter(world.server.fetch));
});
afterAll(async () => {
  for (const close of closers) close();
  await world.close();
});

function open(port: number, { method = "POST", path = "/graphql", headers = {}, body, isChunked = false }: Sent): ClientRequest {
  const length = body === undefined || isChunked ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const all = { "content-type": "application/json", authorization: `Bearer ${world.admin.token}`, ...length, ...headers };
  const given = Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null));
  return request({ port, host: "127.0.0.1", agent: false, method, path, headers: given });
}

function exchange(port: number, sent: Sent): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = open(port, sent);
    outgoing.once("error", reject);
    outgoing.once("response", (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.once("end", () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    });
    outgoing.end(sent.body);
  });
}

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** All that a client is told and the log says, but for what is left of a budget, times, ids of requests, and how the bytes travel. */
async function tellingOf(port: number, sent: Sent) {
  lines.length = 0;
  const { status, headers, body } = await exchange(port, sent);
  const { date: _, connection: __, "keep-alive": ___, "content-length": ____, "transfer-encoding": _____, ...rest } = headers;
  // The second to ask has less left.
  const told = Object.fromEntries(Object.entries(rest).filter(([name]) => !name.startsWith("ratelimit")));
  const log = lines.map(({ time: _time, ms, err: _err, ...line }) => ({ ...line, hasTime: typeof ms === "number" }));
  return JSON.parse(JSON.stringify({ status, told, body: body.replace(/"remaining":\d+,"resetSeconds":\d+/, "..."), log }).replaceAll(UUID, "?")) as { status: number; told: IncomingHttpHeaders; body: string; log: object[] };
}

const gql = (query: unknown, rest: object = {}) => JSON.stringify({ query, ...rest });
const TWO = "query A { viewer { role } } query B($first: Int) { projects(first: $first) { nodes { code } } }";
const VIEWER = gql("{ viewer { role } }");

const CASES: [string, number, Sent | (() => Sent)][] = [
  ["a query", 200, { body: VIEWER }],
  ["one of two operations, with variables", 200, { body: gql(TWO, { operationName: "B", variables: { first: 1 } }) }],
  ["extensions, null members, letters outside ASCII", 200, { body: gql("{ viewer { role } } # ü€😀", { variables: null, operationName: null, extensions: { a: 1 } }) }],
  ["a payload", 200, () => ({ body: gql("mutation ($input: CreateVendorInput!) { createVendor(input: $input) { __typename } }", { variables: { input: { code: `V${Math.random()}`.replace(".", ""), name: "V" } } }) })],
  ["a refusal", 200, { body: gql('mutation { createVendor(input: { code: "", name: "" }) { __typename ... on Refusal { message path } } }') }],
  ["a refused argument", 200, { body: gql("{ projects(first: 1000) { totalCount } viewer { role } }") }],
  ["what does not exist", 200, { body: gql('{ node(id: "none") { id } projectByCode(code: "none") { id } }') }],
  ["two operations and no name", 400, { body: gql(TWO) }],
  ["a name that no operation has", 400, { body: gql(TWO, { operationName: "C" }) }],
  ["a name that is a number", 400, { body: gql(TWO, { operationName: 1 }) }],
  ["no operation", 400, { body: gql("fragment f on Query { viewer { role } }") }],
  ["a syntax error", 200, { body: gql("{ viewer { role }") }],
  ["a syntax error, by the newer type", 400, { body: gql("{ viewer { role }"), headers: { accept: "application/graphql-response+json" } }],
  ["an unknown field", 200, { body: gql("{ none }") }],
  ["an unknown field, by the newer type", 400, { body: gql("{ none }"), headers: { accept: "application/graphql-response+json" } }],
  ["too deep a query", 200, { body: gql(`{ projects { nodes { ${"queues { nodes { project { ".repeat(5)}id${" } } }".repeat(5)} } } }`) }],
  ["a variable of a wrong type", 200, { body: gql(TWO, { operationName: "B", variables: { first: "x" } }) }],
  ["a variable of a wrong type, by the newer type", 200, { body: gql(TWO, { operationName: "B", variables: { first: "x" } }), headers: { accept: "application/graphql-response+json" } }],
  ["no query", 200, { body: "{}" }],
  ["a query that is a number", 400, { body: gql(1) }],
  ["an empty query", 200, { body: gql("") }],
  ["variables that are a list", 400, { body: gql("{ viewer { role } }", { variables: [] }) }],
  ["variables that are a text", 400, { body: gql("{ viewer { role } }", { variables: "{}" }) }],
  ["extensions that are a text", 400, { body: gql("{ viewer { role } }", { extensions: "x" }) }],
  ["an unknown member", 400, { body: gql("{ viewer { role } }", { id: 1 }) }],
  ["an unknown member that is null", 200, { body: gql("{ viewer { role } }", { id: null }) }],
  ["a member called __proto__", 400, { body: '{"query":"{ viewer { role } }","__proto__":{"a":1}}' }],
  ["a batch", 400, { body: `[${VIEWER}]` }],
  ["null", 400, { body: "null" }],
  ["a text", 400, { body: '"x"' }],
  ["no JSON", 400, { body: "{" }],
  ["no JSON, by the newer type", 400, { body: "{", headers: { accept: "application/graphql-response+json" } }],
  ["bytes that are no text", 400, { body: Buffer.from([0xff, 0xfe, 0x7b]) }],
  ["nothing", 400, { body: "" }],
  ["a byte order mark", 400, { body: `\ufeff${VIEWER}` }],
  ["more than 25 MB", 413, { body: gql("{ viewer { role } }", { extensions: { a: "x".repeat(25_000_001) } }) }],
  ["more than a megabyte", 200, { body: gql("{ viewer { role } }", { extensions: { a: "x".repeat(1_000_001) } }) }],
  ["chunks", 200, { body: VIEWER, isChunked: true }],
  ["a type with its charset", 200, { body: VIEWER, headers: { "content-type": "application/json; charset=utf-8" } }],
  ["the type of a form, as another site may send it", 415, { body: VIEWER, headers: { "content-type": "text/plain" } }],
  ["no type", 415, { body: VIEWER, headers: { "content-type": null } }],
  ["a type that begins like JSON's", 415, { body: VIEWER, headers: { "content-type": "application/jsonp" } }],
  ["an origin", 200, { body: VIEWER, headers: { origin: "https://portal.example.org" } }],
  ["a request id", 200, { body: VIEWER, headers: { "x-request-id": "from-the-caller" } }],
  ["no token", 401, { body: VIEWER, headers: { authorization: null } }],
  ["a wrong token", 401, { body: VIEWER, headers: { authorization: "Bearer wrong" } }],
  ["no token and a syntax error", 401, { body: gql("{"), headers: { authorization: null } }],
  ["no token and no operation", 401, { body: "{", headers: { authorization: null } }],
  ["no token for the contract", 401, { method: "GET", path: "/schema.graphql", headers: { authorization: null } }],
  ["a role that the viewer hasn't", 200, { body: VIEWER, headers: { "x-assay-role": "LABELER" } }],
  ["GET", 200, { method: "GET", path: "/graphql?query=%7B%20viewer%20%7B%20role%20%7D%20%7D" }],
  ["a mutation by GET", 405, { method: "GET", path: `/graphql?query=${encodeURIComponent('mutation { createVendor(input: { code: "", name: "" }) { __typename } }')}` }],
  ["OPTIONS", 204, { method: "OPTIONS" }],
  ["PUT", 405, { method: "PUT", body: VIEWER }],
  ["a query in the path too", 200, { path: "/graphql?a=b", body: VIEWER }],
  ["a slash at the path's end", 200, { path: "/graphql/", body: VIEWER }],
  ["GET with a slash at the path's end", 200, { method: "GET", path: "/graphql/?query=%7B%20viewer%20%7B%20role%20%7D%20%7D" }],
  ["another path", 404, { path: "/graphqls", body: VIEWER }],
  ["a path whose query ends like the path", 404, { path: "/import/x?/graphql", body: VIEWER }],
  ["the contract", 200, { method: "GET", path: "/schema.graphql" }],
  ["a subscription for plain JSON", 406, () => ({ body: gql(`subscription { projectEvents(projectId: "${projectId}") { cursor } }`), headers: { accept: "application/json" } })],
  ["a refused subscription", 200, { body: gql('subscription { projectEvents(projectId: "none") { cursor } }') }],
];

test.each(CASES)("by node:http and through Yoga alike: %s", async (_, status, given) => {
  const sent = typeof given === "function" ? given() : given;
  const short = await tellingOf(ports.short, sent);
  expect(short).toEqual(await tellingOf(ports.yoga, sent));
  expect(short.status).toBe(status);
});

describe("an answer is of the first type asked for that fits", () => {
  const urql = "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed";
  const accepts = [
    null, "*/*", "application/*", "application/json", "application/graphql-response+json", urql, "application/json, application/graphql-response+json",
    "APPLICATION/JSON ; q=0.1", "application/json; charset=utf-16", "application/json;charset=utf-16,application/graphql-response+json", "text/event-stream",
    "text/event-stream, application/json", "multipart/mixed", "text/html", "*/json", "", ",",
  ];
  test.each(accepts.flatMap((accept) => [VIEWER, gql("{ none }")].map((body) => [accept, body] as const)))("%s for %s", async (accept, body) => {
    const sent = { body, headers: { accept } };
    expect(await tellingOf(ports.short, sent)).toEqual(await tellingOf(ports.yoga, sent));
  });
});

test("a connection is kept for the next request, and the answer says how long it is", async () => {
  const { headers, body } = await exchange(ports.short, { body: VIEWER, headers: { connection: "keep-alive" } });
  expect(headers).toMatchObject({ connection: "keep-alive", "content-length": String(body.length) });
});

test.each(["short", "yoga"] as const)("a query whose client has gone away reads no more (%s)", async (path) => {
  const body = gql("{ projects { nodes { queues { nodes { code } } } } }");
  await exchange(ports[path], { body });
  const lock = await world.sql.reserve();
  await lock`begin`;
  await lock`lock table projects in access exclusive mode`;
  world.statements.length = 0;
  const outgoing = open(ports[path], { body });
  outgoing.on("error", () => {});
  outgoing.end(body);
  await expect.poll(() => world.statements.length).toBe(1);
  const waiting = async () => (await world.sql`select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock'`)[0]!.n as number;
  await expect.poll(waiting).toBe(1);
  outgoing.destroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
  await lock`commit`;
  lock.release();
  await expect.poll(waiting).toBe(0);
  expect((await exchange(ports[path], { body: VIEWER })).status).toBe(200);
  expect(world.statements).toHaveLength(1);
});
