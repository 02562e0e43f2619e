import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import type { Pool } from "../src/db/pool.ts";
import { allSealed, emit, openPool } from "./kit/events.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
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

test("subscribers over WebSocket and SSE get each event once, in order, soon after its commit", async () => {
  const project = await makeProject(world.sql);
  await note(project, 0);
  await allSealed(world, project.projectId);
  const lead = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
  const client = socketOf(url, lead);
  const boxes = [
    follow(client, FOLLOW, { id: idOf(project) }),
    follow(client, FOLLOW, { id: idOf(project) }),
    follow(socketOf(url, world.admin), FOLLOW, { id: idOf(project) }),
    followEvents(url, lead, FOLLOW, { id: idOf(project) }),
  ];
  await subscribed();
  const delays: number[] = [];
  for (let n = 1; n <= 10; n += 1) {
    await note(project, n);
    const committed = performance.now();
    await boxes[0]!.has(n);
    delays.push(performance.now() - committed);
  }
  for (const box of boxes) expect(numbers(await box.has(10))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(boxes[0]!.messages[0].data.projectEvents.subjectNode).toEqual({ code: project.projectCode });
  expect(delays.sort((a, b) => a - b)[5]).toBeLessThan(250);
  for (const box of boxes) box.stop();
});

test("a cursor replays what came behind it, then follows; types choose", async () => {
  const project = await makeProject(world.sql);
  await note(project, ...Array.from({ length: 250 }, (_, n) => n));
  await emit(pool, world, project.projectId, [{ type: "other", payload: { n: "other" } }]);
  await allSealed(world, project.projectId);
  const client = socketOf(url, world.admin);
  const cursorAt = async (first: number) => {
    const query = "query ($id: ID!, $first: Int) { node(id: $id) { ... on Project { events(first: $first) { pageInfo { endCursor } } } } }";
    return (await world.admin.ask(query, { id: idOf(project), first })).node.events.pageInfo.endCursor;
  };
  const box = follow(client, FOLLOW, { id: idOf(project), after: await cursorAt(10), types: ["project.noted"] });
  await box.has(240);
  await note(project, 250);
  expect(numbers(await box.has(241))).toEqual(Array.from({ length: 241 }, (_, n) => n + 10));
  // Reconnecting with the cursor of a message goes on behind it.
  box.stop();
  const again = follow(client, FOLLOW, { id: idOf(project), after: box.messages[199].data.projectEvents.cursor });
  expect(numbers(await again.has(42)).slice(0, 2)).toEqual([210, 211]);
  again.stop();
});

test("viewers get what they may see, and no project of others", async () => {
  const project = await makeProject(world.sql);
  const [mine, theirs] = project.vendors as [ProjectFixture["vendors"][0], ProjectFixture["vendors"][0]];
  const managers = [mine, theirs].map(({ id }) => world.caller({ role: "VENDOR_MANAGER", projectId: project.projectId, vendorId: id }));
  const boxes = (await Promise.all(managers)).map((manager) => follow(socketOf(url, manager), FOLLOW, { id: idOf(project) }));
  await subscribed();
  await emit(pool, world, project.projectId, [
    { payload: { n: "mine" }, audience: { isPartnerVisible: true, vendorId: mine.id } },
    { payload: { n: "leads" }, audience: {} },
    { payload: { n: "theirs" }, audience: { isPartnerVisible: true, vendorId: theirs.id } },
    { payload: { n: "all" }, audience: { isProjectVisible: true } },
  ]);
  expect(numbers(await boxes[0]!.has(2))).toEqual(["mine", "all"]);
  expect(numbers(await boxes[1]!.has(2))).toEqual(["theirs", "all"]);
  for (const box of boxes) box.stop();
  const stranger = await world.caller({ role: "QA_LEAD", projectId: (await makeProject(world.sql)).projectId });
  const refusal = follow(socketOf(url, stranger), FOLLOW, { id: idOf(project) });
  expect((await refusal.has(1))[0].errors[0].extensions).toMatchObject({ code: "NOT_FOUND" });
  const overEvents = followEvents(url, stranger, FOLLOW, { id: idOf(project) });
  expect((await overEvents.has(1))[0].errors[0].extensions).toMatchObject({ code: "NOT_FOUND" });
});

test("queries, mutations and mistakes are answered over the socket too", async () => {
  const client = socketOf(url, world.admin);
  const ask = async (query: string) => {
    const box = follow(client, query, {});
    await box.ended;
    return box.messages[0] ?? box.ended;
  };
  expect(await ask("{ viewer { role } }")).toMatchObject({ data: { viewer: { role: "ADMIN" } }, extensions: { cost: { requested: 1 } } });
  const made = await ask('mutation { createVendor(input: { code: "WS", name: "Over a socket", kind: EXTERNAL }) { ... on CreateVendorPayload { vendor { code } } } }');
  expect(made.data.createVendor.vendor).toEqual({ code: "WS" });
  expect(JSON.stringify(await ask("{ nothing }"))).toContain("Cannot query field");
  expect(JSON.stringify(await ask("{ viewer "))).toContain("Syntax Error");
});

test("nothing is lost, repeated or turned round when every connection to the database dies", async () => {
  const project = await makeProject(world.sql);
  const boxes = [follow(socketOf(url, world.admin), FOLLOW, { id: idOf(project) }), followEvents(url, world.admin, FOLLOW, { id: idOf(project) })];
  await subscribed();
  for (let n = 0; n < 40; n += 1) {
    if (n % 10 === 5) await world.sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'assay_login'`;
    await note(project, n);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  for (const box of boxes) {
    expect(numbers(await box.has(40))).toEqual(Array.from({ length: 40 }, (_, n) => n));
    box.stop();
  }
});

test("subscribers that share document, variables and rights share one read", async () => {
  const project = await makeProject(world.sql);
  const boxes = Array.from({ length: 20 }, () => follow(socketOf(url, world.admin), FOLLOW, { id: idOf(project) }));
  await subscribed();
  world.statements.length = 0;
  await note(project, 1);
  for (const box of boxes) await box.has(1);
  expect(world.statements.filter((text) => text.includes("eventsByProject")).length).toBe(1);
  for (const box of boxes) box.stop();
});

test("a plan is kept only where there are events enough for their key's index to seem the best", async () => {
  const project = await makeProject(world.sql);
  const filtered = "subscription ($id: ID!) { queueEvents(projectId: $id) { event { type } } }";
  const [all, ofQueues] = [FOLLOW, filtered].map((document) => follow(socketOf(url, world.admin), document, { id: idOf(project) }));
  await subscribed();
  const textsOf = async (count: number, names: readonly string[]) => {
    world.statements.length = 0;
    await emit(pool, world, project.projectId, [{ type: "queue.changed", subjectType: "Queue", subjectId: project.queueId }]);
    await Promise.all([all!.has(count), ofQueues!.has(ofQueues!.messages.length + 1)]);
    return names.map((name) => world.statements.find((each) => each.includes(`/* ${name} */`))!);
  };
  const names = ["eventsByProject", "eventsAbout"];
  for (const text of await textsOf(1, names)) expect(text).toContain(`"event_seals"."project_id" = any (`);
  await note(project, ...Array.from({ length: 1_000 }, (_, n) => n));
  await all!.has(1_001);
  for (const [i, text] of (await textsOf(1_002, names)).entries()) {
    const plan = await world.sql.begin(async (sql) => {
      await sql`set local plan_cache_mode = force_generic_plan`;
      await sql.unsafe(`prepare by_key_${i} ${i === 0 ? "(uuid, bigint, bigint, bigint)" : ""} as ${text}`);
      const [{ count }] = (await sql`select cardinality(parameter_types) as count from pg_prepared_statements where name = ${`by_key_${i}`}`) as any;
      return (await sql.unsafe(`explain execute by_key_${i} (${Array(count).fill("null")})`)).map((row) => row["QUERY PLAN"]).join("\n");
    });
    expect(plan).toMatch(/Index Scan using events_project_id_id_pk on events .*\n +Index Cond: .*event_seals\.event_id/);
  }
  for (const box of [all, ofQueues]) box!.stop();
});

test("who connects again with a cursor shares with the others; a cursor that is used for more tells them apart", async () => {
  const project = await makeProject(world.sql);
  await note(project, 0, 1, 2);
  await allSealed(world, project.projectId);
  const after = (seq: number) => Buffer.from(`${project.projectId}:${seq}`).toString("base64url");
  // What is sealed is heard of a little later, and who names no cursor begins behind what was heard of.
  const heard = follow(socketOf(url, world.admin), FOLLOW, { id: idOf(project), after: after(0) });
  await heard.has(3);
  heard.stop();
  const boxes = [undefined, after(0), after(1), after(3)].map((cursor) => follow(socketOf(url, world.admin), FOLLOW, { id: idOf(project), after: cursor }));
  const NESTED = `subscription ($id: ID!, $after: EventCursor) { projectEvents(projectId: $id, after: $after) { payload subjectNode { ... on Project { events(after: $after) { nodes { payload } } } } } }`;
  const nested = [0, 2].map((seq) => follow(socketOf(url, world.admin), NESTED, { id: idOf(project), after: after(seq) }));
  await Promise.all([boxes[1]!.has(3), boxes[2]!.has(2), nested[0]!.has(3), nested[1]!.has(1)]);
  await subscribed();
  world.statements.length = 0;
  await note(project, 3);
  expect(numbers(await boxes[0]!.has(1))).toEqual([3]);
  expect(numbers(await boxes[1]!.has(4))).toEqual([0, 1, 2, 3]);
  expect(numbers(await boxes[2]!.has(3))).toEqual([1, 2, 3]);
  expect(numbers(await boxes[3]!.has(1))).toEqual([3]);
  await Promise.all([nested[0]!.has(4), nested[1]!.has(2)]);
  expect(nested.map(({ messages }) => messages.at(-1).data.projectEvents.subjectNode.events.nodes.length)).toEqual([4, 2]);
  // One reading for four, and one each for the two, with the list below.
  expect(world.statements.filter((text) => text.includes("eventsByProject")).length).toBe(5);
  for (const box of [...boxes, ...nested]) box.stop();
});

test("requests carry an id, and readiness says what is there", async () => {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${world.admin.token}`, "x-request-id": "mine-1" },
    body: JSON.stringify({ query: "{ viewer { role } }" }),
  });
  expect(response.headers.get("x-request-id")).toBe("mine-1");
  const ready = await fetch(`${url}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([200, { ok: true, staying: true, database: true, migrations: true, events: true }]);
});

test("readiness says what isn't there, and comes back by itself", async () => {
  const lone = await createWorld();
  const ready = async () => {
    const response = await lone.server.fetch(new Request("http://assay.test/readyz"));
    return [response.status, await response.json()];
  };
  const until = async (status: number) => {
    for (let i = 0; i < 300 && (await ready())[0] !== status; i += 1) await new Promise((resolve) => setTimeout(resolve, 20));
    return ready();
  };
  expect((await until(200))[0]).toBe(200);
  await lone.sql.unsafe("update drizzle.__drizzle_migrations set created_at = created_at - 1");
  expect(await ready()).toEqual([503, { ok: false, staying: true, database: true, migrations: false, events: true }]);
  await lone.sql.unsafe("update drizzle.__drizzle_migrations set created_at = created_at + 1");
  const database = new URL(lone.urls.migrator).pathname.slice(1);
  await world.sql.unsafe(`alter database ${database} with allow_connections false`);
  await lone.sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'assay_login'`;
  await expect.poll(ready).toEqual([503, { ok: false, staying: true, database: false, migrations: false, events: false }]);
  await world.sql.unsafe(`alter database ${database} with allow_connections true`);
  expect((await until(200))[0]).toBe(200);
  await lone.close();
});
