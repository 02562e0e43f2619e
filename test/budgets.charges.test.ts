import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { emit, openPool } from "./kit/events.ts";
import { follow as fetchLink, link } from "./kit/exports.ts";
import { makeProject } from "./kit/factories.ts";
import { askToken, exchange, makeClient } from "./kit/oauth.ts";
import { projectGid } from "./kit/samples.ts";
import { follow, followEvents, socketOf } from "./kit/sockets.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

const POINTS = 1_000;
const VIEWER = "{ viewer { role } }";
const DEEP = `{ projects { nodes { ${"queues { nodes { project { ".repeat(5)}id${" } } }".repeat(5)} } } }`;
/** Documents that can't be run as they stand. */
const MISTAKES: [string, string][] = [
  ["a syntax error", "{ viewer { role }"], ["too deep a document", DEEP], ["too many tokens", `{ viewer { role } }${" ,{".repeat(3_000)}`], ["an unknown field", "{ none }"],
  ["no operation", "fragment f on Query { viewer { role } }"], ["two operations and no name", "query A { viewer { role } } query B { viewer { role } }"],
];

let world: World;
let url: string;
beforeAll(async () => {
  world = await createWorld(null, { pointsPerMinute: POINTS });
  url = await world.listen();
});
afterAll(() => world.close());

const idOf = ({ principalId }: Pick<Caller, "principalId">) => encodeId("Principal", { projectId: null, id: principalId });
const setPoints = (caller: Caller, pointsPerMinute: number) => world.admin.verb("setBudget", { principalId: idOf(caller), pointsPerMinute, reason: "test" }, "budget { id }");

type Way = (request: Request) => Promise<Response>;

async function post(caller: Pick<Caller, "token">, sent: string | object, way: Way = fetch, accept = "application/json") {
  const params = typeof sent === "string" ? { query: sent } : sent;
  const init = { method: "POST", headers: { "content-type": "application/json", accept, authorization: `Bearer ${caller.token}` }, body: JSON.stringify(params) };
  const response = await way(new Request(`${url}/graphql`, init));
  return { status: response.status, headers: response.headers, body: (await response.json()) as any };
}

const WAYS: [string, Way][] = [["the short path", fetch], ["Yoga's path", (request) => world.server.fetch(request)]];

describe.each(WAYS)("on %s", (_, way) => {
  test.each<[string, string | object]>([...MISTAKES, ["no document", {}], ["variables that are a text", { query: VIEWER, variables: "x" }], ["a hash that leads nowhere", { documentId: `sha256:${"0".repeat(64)}` }]])(
    "%s costs a point, and is told no more where none is left",
    async (_name, sent) => {
      const caller = await world.caller({ role: "ADMIN" });
      const { headers, body } = await post(caller, sent, way);
      expect(body.errors[0].extensions?.code).not.toBe("RATE_LIMITED");
      expect(body.extensions.cost).toMatchObject({ requested: 1, limit: POINTS, remaining: 999 });
      expect(headers.get("ratelimit-remaining")).toBe("999");
      await setPoints(caller, 1);
      await expect.poll(async () => (await post(caller, VIEWER, way)).status).toBe(429);
      for (const accept of ["application/json", "application/graphql-response+json"]) {
        const refused = await post(caller, sent, way, accept);
        expect(refused.status).toBe(429);
        expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
        expect(refused.body).toMatchObject({ errors: [{ extensions: { code: "RATE_LIMITED" } }] });
        expect(refused.body.errors).toHaveLength(1);
      }
    },
  );
});

test("a mistake costs a point over WebSocket and server-sent events too; a token that is none spends nobody's", async () => {
  const caller = await world.caller({ role: "ADMIN" });
  const leftNow = () => left(caller);
  for (const [, query] of MISTAKES) {
    const before = await leftNow();
    const client = socketOf(url, caller);
    expect(await follow(client, query, {}).ended).toMatchObject([{ message: expect.anything() }]);
    await client.dispose();
    expect(await leftNow()).toBe(before - 2);
    await followEvents(url, caller, query, {}).has(1);
    expect(await leftNow()).toBe(before - 4);
  }
  const before = await leftNow();
  expect((await post({ token: `${caller.token}x` }, "{ none }")).status).toBe(401);
  expect(await leftNow()).toBe(before - 1);
  await setPoints(caller, 1);
  const client = socketOf(url, caller);
  await expect.poll(async () => await follow(client, "{ none }", {}).ended).toMatchObject([{ extensions: { code: "RATE_LIMITED" } }]);
  await client.dispose();
});

const left = async (caller: Caller) => ((await caller.send(VIEWER)) as any).extensions.cost.remaining as number;

test("who acts for somebody spends points of their own, on every transport, and nothing of theirs", async () => {
  const { projectId, vendors } = await makeProject(world.sql);
  const vendorId = vendors[0]!.id;
  const client = await makeClient(world, { projectId, vendorId, scopes: ["people:act"] });
  const person = await world.caller({ role: "VENDOR_MANAGER", projectId, vendorId });
  const { body } = await exchange(world, client, idOf(person));
  const acting = world.known({ principalId: person.principalId, token: body.access_token });
  const before = await left(client);
  expect(await left(acting)).toBe(before - 1);
  expect((await post(acting, VIEWER)).body.extensions.cost.remaining).toBe(before - 2);
  const socket = socketOf(url, acting);
  expect((await follow(socket, VIEWER, {}).has(1))[0].extensions.cost.remaining).toBe(before - 3);
  await socket.dispose();
  expect((await post(acting, "{ none }")).body.extensions.cost.remaining).toBe(before - 4);
  expect(await left(person)).toBe(POINTS - 1);
  expect(await left(client)).toBe(before - 5);
});

test("a token and the schema's text cost 100 points each, and there is neither where none are left", async () => {
  const { projectId } = await makeProject(world.sql);
  const client = await makeClient(world, { projectId, scopes: ["metrics:read"] });
  const read = async () => (await world.server.fetch(new Request("http://assay.test/schema.graphql", { headers: { authorization: `Bearer ${client.token}` } }))).status;
  const statuses: number[] = [];
  for (let i = 0; i < 6; i += 1) statuses.push(await read(), (await askToken(world, client, { grant_type: "client_credentials" })).status);
  expect(statuses).toEqual([...Array.from({ length: 10 }, () => 200), 429, 429]);
});

test("every answer that was paid for tells what is left, a refused one too", async () => {
  const { projectId } = await makeProject(world.sql);
  const client = await makeClient(world, { projectId, scopes: ["metrics:read"] });
  const authorization = `Bearer ${client.token}`;
  const answers = [
    await fetch(`${url}/schema.graphql`, { headers: { authorization } }),
    await askToken(world, client, { grant_type: "client_credentials" }),
    await askToken(world, client, { grant_type: "client_credentials", scope: "gold:write" }),
    await fetch(`${url}/import/decisions?nonsense=1`, { method: "POST", headers: { authorization, "content-type": "text/csv" }, body: "a\n" }),
  ];
  expect(answers.map(({ status, headers }) => [status, headers.get("ratelimit-remaining"), headers.get("ratelimit-limit")])).toEqual([
    [200, "900", "1000"], [200, "800", "1000"], [400, "700", "1000"], [400, "600", "1000"],
  ]);
  expect((await askToken(world, null, { grant_type: "client_credentials", client_id: client.clientId, client_secret: "no" })).headers.get("ratelimit")).toBeNull();
});

test("what goes on takes what is left where that is too little, and what is asked next is refused", async () => {
  const { projectId } = await makeProject(world.sql);
  const caller = await world.caller({ role: "QA_LEAD", projectId });
  await left(caller);
  await setPoints(caller, 300);
  await expect.poll(async () => ((await caller.send(VIEWER)) as any).extensions.cost.limit).toBe(300);
  const pool = openPool(world, 1);
  const box = follow(socketOf(url, caller), "subscription ($id: ID!) { projectEvents(projectId: $id) { type } }", { id: encodeId("Project", { projectId: null, id: projectId }) });
  const note = () => emit(pool, world, projectId, Array.from({ length: 100 }, () => ({})));
  await expect.poll(() => left(caller), { timeout: 2_000 }).toBeLessThan(100);
  expect(await left(caller)).toBeGreaterThan(30);
  await note();
  await box.has(100);
  await expect.poll(async () => (await caller.send(VIEWER)).errors?.[0]!.extensions!.code, { timeout: 1_000 }).toBe("RATE_LIMITED");
  await note();
  await box.has(200);
  box.stop();
  await pool.end();
});

describe("rows that are carried in bulk cost 100 points for each thousand begun", () => {
  async function prepared() {
    const project = await makeProject(world.sql);
    const [labeler] = await world.sql`select external_ref from labelers where id = ${project.vendors[0]!.labelerIds[0]!}`;
    const options = new URLSearchParams({ project: project.projectCode, labeler: "who", policy: "label", content: "item", start: "2026-03-01T00:00:00Z" });
    for (const set of [`vendor=${project.vendors[0]!.code}`, "queue=Q1"]) options.append("set", set);
    const client = await world.caller({ role: "SERVICE", projectId: project.projectId, scopes: ["decisions:write", "decisions:read", "exports:read"] });
    const upload = (rows: number) => {
      const body = ["who,label,item", ...Array.from({ length: rows }, (_, i) => `${labeler!.external_ref},NV,item-${i}`)].join("\n");
      const headers = { "content-type": "text/csv", authorization: `Bearer ${client.token}` };
      return fetch(`${url}/import/decisions?${options}`, { method: "POST", headers, body });
    };
    const made = () => link(client, { dataset: "DECISIONS", projectId: projectGid(project), columns: ["externalRef"] });
    return { client, upload, made };
  }

  test("an upload and a download are paid for as their rows go", async () => {
    const { client, upload, made } = await prepared();
    const uploaded = await upload(2_500);
    expect([uploaded.status, Number(uploaded.headers.get("ratelimit-remaining"))]).toEqual([200, await left(client) + 1]);
    await expect.poll(() => left(client), { timeout: 2_000 }).toBeLessThan(700);
    const { url: address } = await made();
    let before = await left(client);
    expect(before).toBeGreaterThan(600);
    const fetched = await fetchLink(world, address);
    expect(Number(fetched.headers.get("ratelimit-remaining"))).toBe(before - 100);
    expect((await fetched.text()).split("\n").filter(Boolean)).toHaveLength(2_500);
    await expect.poll(() => left(client), { timeout: 2_000 }).toBeLessThanOrEqual(before - 301);
    before = await left(client);
    expect(before).toBeGreaterThan(300);
    expect((await fetchLink(world, address, "HEAD")).status).toBe(200);
    expect(await left(client)).toBe(before - 1);
  });

  test("what has begun takes what is left, and ends whole; then both are refused before anything is done", async () => {
    const { client, upload, made } = await prepared();
    const { url: address } = await made();
    await setPoints(client, 250);
    await expect.poll(async () => ((await client.send(VIEWER)) as any).extensions.cost.limit).toBe(250);
    const whole = await upload(3_500);
    expect([whole.status, ((await whole.json()) as any).recorded]).toEqual([200, 3_500]);
    await expect.poll(async () => (await client.send(VIEWER)).errors?.[0]!.extensions!.code, { timeout: 2_000 }).toBe("RATE_LIMITED");
    world.statements.length = 0;
    for (const refused of [await upload(1), await fetchLink(world, address)]) {
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(refused.headers.get("ratelimit-limit")).toBe("250");
      expect(await refused.json()).toMatchObject({ error: { code: "RATE_LIMITED", message: expect.stringMatching(/^This costs 100 points, and \d+ of your 250 a minute are left: wait \d+ s/) } });
    }
    expect(world.statements).toEqual([]);
  });
});
