import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import type { Pool } from "../src/db/pool.ts";
import { allSealed, emit, openPool } from "./kit/events.ts";
import { makeProject } from "./kit/factories.ts";
import { follow, followEvents, socketOf } from "./kit/sockets.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

const POINTS = 1_000;
const VIEWER = "{ viewer { role } }";
/** Costs 301: as many principals as it may answer with, and the operation. */
const DEAR = "{ a: principals(first: 100) { nodes { id } } b: principals(first: 100) { nodes { id } } c: principals(first: 100) { nodes { id } } }";

let world: World;
/** Another process on the same database. */
let other: World;
let pool: Pool;
let url: string;

beforeAll(async () => {
  world = await createWorld(null, { pointsPerMinute: POINTS });
  other = await createWorld(null, { pointsPerMinute: POINTS, database: { urls: world.urls, drop: async () => {} } });
  pool = openPool(world, 1);
  url = await world.listen();
});
afterAll(async () => {
  await pool.end();
  await other.close();
  await world.close();
});

const idOf = (caller: Pick<Caller, "principalId">) => encodeId("Principal", { projectId: null, id: caller.principalId });
const leasedOf = async (caller: Caller) => (await world.sql`select leased::int, xmin::text from budget_leases where principal_id = ${caller.principalId}`)[0];
const setPoints = (caller: Caller, pointsPerMinute: number | null) =>
  world.admin.verb("setBudget", { principalId: idOf(caller), pointsPerMinute, reason: "test" }, "budget { id version pointsPerMinute reason principal { id } }");

type Way = (request: Request) => Promise<Response>;

async function post(caller: Pick<Caller, "token">, query: string, way: Way = fetch) {
  const init = { method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${caller.token}` }, body: JSON.stringify({ query }) };
  const response = await way(new Request(`${url}/graphql`, init));
  const told = Object.fromEntries([...response.headers].filter(([name]) => name.startsWith("ratelimit") || name === "retry-after"));
  return { status: response.status, told, body: (await response.json()) as any };
}

const WAYS: [string, Way][] = [["the short path", fetch], ["Yoga's path", (request) => world.server.fetch(request)]];

describe.each(WAYS)("on %s", (_, way) => {
  test("an answer tells what it cost and what is left, in its body and its head", async () => {
    const caller = await world.caller({ role: "ADMIN" });
    const { status, told, body } = await post(caller, VIEWER, way);
    expect(status).toBe(200);
    expect(body.extensions.cost).toMatchObject({ requested: 1, limit: POINTS, remaining: 999 });
    const { resetSeconds } = body.extensions.cost;
    expect(resetSeconds).toBeGreaterThan(50);
    expect(told).toEqual({
      ratelimit: `"points";r=999;t=${resetSeconds}`, "ratelimit-policy": '"points";q=1000;w=60',
      "ratelimit-limit": "1000", "ratelimit-remaining": "999", "ratelimit-reset": String(resetSeconds),
    });
    expect((await post(caller, VIEWER, way)).told["ratelimit-remaining"]).toBe("998");
  });

  test("what costs more than is left is refused with 429, and runs nothing", async () => {
    const caller = await world.caller({ role: "ADMIN" });
    const { body: first } = await post(caller, DEAR, way);
    const { requested } = first.extensions.cost;
    while ((await post(caller, DEAR, way)).status === 200);
    world.statements.length = 0;
    const { status, told, body } = await post(caller, DEAR, way);
    expect(status).toBe(429);
    expect(body.data ?? null).toBeNull();
    const { remaining, resetSeconds } = body.extensions.cost;
    expect(remaining).toBeLessThan(requested);
    expect(body.errors).toEqual([
      {
        message: `This costs ${requested} points, and ${remaining} of your 1000 a minute are left: wait ${resetSeconds} s, or ask for fewer rows.`,
        extensions: { code: "RATE_LIMITED", retryAfterSeconds: resetSeconds },
      },
    ]);
    expect(told).toMatchObject({ "retry-after": String(resetSeconds), "ratelimit-remaining": String(remaining) });
    expect(world.statements).toEqual([]);
    // What is left still buys what is cheaper.
    expect((await post(caller, VIEWER, way)).status).toBe(200);
  });
});

test("limits tell the caller's budget, as the answer around them does", async () => {
  const caller = await world.caller({ role: "ADMIN" });
  await setPoints(caller, 700);
  await expect.poll(async () => ((await caller.send(VIEWER)) as any).extensions.cost.limit).toBe(700);
  const { data, extensions } = (await caller.send("{ limits { budget { pointsPerMinute remaining resetSeconds } } }")) as any;
  const { limit, remaining, resetSeconds } = extensions.cost;
  expect(data.limits.budget).toMatchObject({ pointsPerMinute: limit, remaining });
  expect(Math.abs(data.limits.budget.resetSeconds - resetSeconds)).toBeLessThanOrEqual(1);
});

test("reads write nothing while points are at hand", async () => {
  const caller = await world.caller({ role: "ADMIN" });
  for (let i = 0; i < 8; i += 1) await caller.ask(VIEWER);
  await expect.poll(async () => (await leasedOf(caller))!.leased).toBe(POINTS / 100 + POINTS / 10);
  const before = await leasedOf(caller);
  world.statements.length = 0;
  for (let i = 0; i < 20; i += 1) await caller.ask(VIEWER);
  expect(await leasedOf(caller)).toEqual(before);
  expect(world.statements).toEqual([]);
});

test("two processes share one budget, to within what each leases ahead", async () => {
  const caller = await world.caller({ role: "ADMIN" });
  const there = other.known(caller);
  let spent = 0;
  for (const each of [caller, there]) for (let i = 0; i < 3; i += 1) spent += (await each.send(DEAR).then(() => 301));
  expect(spent).toBe(6 * 301);
  const answers = await Promise.all([caller, there].map((each) => each.send(DEAR)));
  for (const { errors } of answers) expect(errors![0]!.extensions!.code).toBe("RATE_LIMITED");
  expect((await leasedOf(caller))!.leased).toBe(POINTS);
});

describe("over WebSocket", () => {
  test("an operation past the budget is refused by an error, and the socket stays", async () => {
    const caller = await world.caller({ role: "ADMIN" });
    // What is at hand already is let go of when the budget's event is heard, and not later.
    await caller.send(VIEWER);
    await setPoints(caller, 590);
    await expect.poll(async () => (await caller.send(VIEWER) as any).extensions.cost.limit).toBe(590);
    const client = socketOf(url, caller, { retryAttempts: 0 });
    const results: any[] = [];
    for (const query of [DEAR, DEAR, VIEWER]) {
      const { messages, ended } = follow(client, query, {});
      expect(await ended).toBe("complete");
      results.push(...messages);
    }
    const [first, second, third] = results;
    expect(first.extensions.cost).toMatchObject({ requested: 301, limit: 590 });
    expect(first.extensions.http).toBeUndefined();
    expect(second.errors[0].extensions).toMatchObject({ code: "RATE_LIMITED" });
    expect(third.data.viewer.role).toBe("ADMIN");
    await client.dispose();
  });

  test("a subscription is paid for when it begins, and again for each batch; it goes on when there is nothing left", async () => {
    const project = await makeProject(world.sql);
    const caller = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
    const FOLLOW = "subscription ($id: ID!) { projectEvents(projectId: $id) { type payload } }";
    const variables = { id: encodeId("Project", { projectId: null, id: project.projectId }) };
    const left = async () => ((await caller.send(VIEWER)) as any).extensions.cost.remaining as number;
    const before = await left();
    const box = follow(socketOf(url, caller), FOLLOW, variables);
    await expect.poll(left).toBeLessThan(before - 90);
    const begun = await left();
    const note = (count: number) => emit(pool, world, project.projectId, Array.from({ length: count }, (_, n) => ({ payload: { n } })));
    await note(50);
    await box.has(50);
    await expect.poll(left).toBeLessThanOrEqual(begun - 50);
    await note(1_000);
    await box.has(1_050);
    await expect.poll(async () => (await caller.send(DEAR)).errors?.[0]!.extensions!.code).toBe("RATE_LIMITED");
    await note(10);
    await box.has(1_060);
    const refused = follow(socketOf(url, caller), FOLLOW, variables);
    const [{ errors }] = await refused.has(1);
    expect(errors[0].extensions.code).toBe("RATE_LIMITED");
    box.stop();
    await allSealed(world, project.projectId);
  });
});

test("server-sent events tell the budget when they begin, and are refused with 429 past it", async () => {
  const project = await makeProject(world.sql);
  const caller = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
  const id = encodeId("Project", { projectId: null, id: project.projectId });
  const subscribe = () => {
    const stopping = new AbortController();
    const answer = fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream", authorization: `Bearer ${caller.token}` },
      body: JSON.stringify({ query: "subscription ($id: ID!) { projectEvents(projectId: $id) { type } }", variables: { id } }),
      signal: stopping.signal,
    });
    return answer.finally(() => stopping.abort());
  };
  const begun = await subscribe();
  expect(begun.status).toBe(200);
  expect(begun.headers.get("ratelimit-limit")).toBe(String(POINTS));
  expect(Number(begun.headers.get("ratelimit-remaining"))).toBeLessThan(POINTS);
  await expect.poll(async () => (await subscribe()).status).toBe(429);
  const refused = followEvents(url, caller, "subscription ($id: ID!) { projectEvents(projectId: $id) { type } }", { id });
  expect((await refused.has(1))[0].errors[0].extensions.code).toBe("RATE_LIMITED");
});

describe("setBudget", () => {
  test("gives a principal a budget of its own on every process, and takes it back", async () => {
    const caller = await world.caller({ role: "AUDITOR", projectId: (await makeProject(world.sql)).projectId });
    const there = other.known(caller);
    const limits = async () => Promise.all([caller, there].map(async (each) => ((await each.send(VIEWER)) as any).extensions.cost.limit));
    expect(await limits()).toEqual([POINTS, POINTS]);
    const { budget } = await setPoints(caller, 5_000);
    expect(budget).toMatchObject({ version: 1, pointsPerMinute: 5_000, reason: "test", principal: { id: idOf(caller) } });
    await expect.poll(limits, { timeout: 1_000 }).toEqual([5_000, 5_000]);
    expect((await setPoints(caller, null)).budget).toMatchObject({ id: budget.id, version: 2, pointsPerMinute: null });
    await expect.poll(limits, { timeout: 1_000 }).toEqual([POINTS, POINTS]);
    const [event] = await world.sql`select type, reason, payload from events where subject_id = ${(await world.sql`select id from budgets where principal_id = ${caller.principalId}`)[0]!.id} order by id`;
    expect(event).toEqual({ type: "budget.set", reason: "test", payload: { principalId: caller.principalId, pointsPerMinute: 5_000 } });
  });

  test("is refused for numbers out of range, versions that have passed, and whoever there is not", async () => {
    const caller = await world.caller({ role: "ADMIN" });
    const set = (input: object) => world.admin.refused("setBudget", { principalId: idOf(caller), reason: "r", ...input });
    expect(await set({ pointsPerMinute: 0 })).toMatchObject({ code: "INVALID_INPUT", path: ["pointsPerMinute"], message: "pointsPerMinute: 0 must be from 1 to 2000000000; leave it out for what everybody has." });
    expect(await set({ pointsPerMinute: 2_000_000_001 })).toMatchObject({ code: "INVALID_INPUT" });
    expect(await set({ pointsPerMinute: 5, reason: " " })).toMatchObject({ code: "INVALID_INPUT", path: ["reason"] });
    expect(await set({ principalId: encodeId("Principal", { projectId: null, id: "00000000-0000-7000-8000-00000000dead" }) })).toMatchObject({ code: "NOT_FOUND" });
    expect(await set({ expectedVersion: 1 })).toMatchObject({ __typename: "VersionConflictRefusal" });
    await world.admin.verb("setBudget", { principalId: idOf(caller), pointsPerMinute: 7, reason: "r", expectedVersion: 0 }, "budget { id }");
    expect(await set({ expectedVersion: 0 })).toMatchObject({ __typename: "VersionConflictRefusal" });
    expect(await (await world.caller({ role: "ANALYST", projectId: (await makeProject(world.sql)).projectId })).refused("setBudget", { principalId: idOf(caller), reason: "mine" })).toMatchObject({ code: "FORBIDDEN" });
  });

  test("is seen by its principal and administrators, in one statement", async () => {
    const project = await makeProject(world.sql);
    const [one, two] = [await world.caller({ role: "QA_LEAD", projectId: project.projectId }), await world.caller({ role: "QA_LEAD", projectId: project.projectId })];
    for (const each of [one, two]) await setPoints(each, 900);
    const LIST = "query ($filter: BudgetFilter) { budgets(filter: $filter) { nodes { pointsPerMinute principal { id } } } }";
    world.statements.length = 0;
    expect((await one.ask(LIST)).budgets.nodes).toEqual([{ pointsPerMinute: 900, principal: { id: idOf(one) } }]);
    expect(world.statements).toHaveLength(1);
    expect((await world.admin.ask(LIST, { filter: { principalId: idOf(two) } })).budgets.nodes).toEqual([{ pointsPerMinute: 900, principal: { id: idOf(two) } }]);
  });
});
