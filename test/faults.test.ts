import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

const RUN_MS = 8_000;
const KILL_EVERY_MS = 300;
const SLOWEST_MS = 8_000;
const BACK_WITHIN_MS = 5_000;

let world: World;
let project: ProjectFixture;
beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
});
afterAll(() => world.close());

interface Tally {
  answers: number;
  failures: number;
  foreign: string[];
  acknowledged: string[];
  slowestMs: number;
}

async function timed<T>(tally: Tally, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  tally.slowestMs = Math.max(tally.slowestMs, performance.now() - start);
  return result;
}

/** Reads its vendor's rows again and again: no answer may name another's. */
async function readOwn(caller: Caller, own: string, tally: Tally, until: number): Promise<void> {
  while (performance.now() < until) {
    const { data, errors } = await timed(tally, () => caller.send("{ vendors { nodes { code teams { nodes { vendor { code } } } } } }"));
    if (errors) tally.failures += 1;
    else {
      tally.answers += 1;
      const seen = data.vendors.nodes.flatMap((vendor: any) => [vendor.code, ...vendor.teams.nodes.map((team: any) => team.vendor.code)]);
      tally.foreign.push(...seen.filter((code: string) => code !== own));
    }
  }
}

/** Adds markets; what was acknowledged must stand afterwards, exactly once. */
async function addMarkets(writer: string, tally: Tally, until: number): Promise<void> {
  for (let i = 0; performance.now() < until; i += 1) {
    const code = `${writer}-${i}`;
    const query = "mutation ($input: CreateMarketInput!) { createMarket(input: $input) { __typename } }";
    const { data, errors } = await timed(tally, () => world.admin.send(query, { input: { code, name: code } }));
    if (errors) tally.failures += 1;
    else {
      tally.answers += 1;
      if (data.createMarket.__typename === "CreateMarketPayload") tally.acknowledged.push(code);
    }
  }
}

test("while backends die, no answer crosses a vendor, no acknowledged write is lost, and service is back at once", async () => {
  const escaped: unknown[] = [];
  const note = (error: unknown) => void escaped.push(error);
  process.on("uncaughtException", note).on("unhandledRejection", note);
  const tally: Tally = { answers: 0, failures: 0, foreign: [], acknowledged: [], slowestMs: 0 };
  const until = performance.now() + RUN_MS;
  const managers = await Promise.all(
    project.vendors.map(({ id }) => world.caller({ role: "VENDOR_MANAGER", projectId: project.projectId, vendorId: id })),
  );
  let killed = 0;
  const kill = async () => {
    while (performance.now() < until) {
      await sleep(KILL_EVERY_MS);
      const dead = await world.sql`select pg_terminate_backend(pid) from pg_stat_activity
        where application_name like 'assay-test%' and datname = current_database() order by random() limit 3`;
      killed += dead.length;
    }
  };
  await Promise.all([
    kill(),
    ...managers.flatMap((caller, index) => [1, 2].map(() => readOwn(caller, project.vendors[index]!.code, tally, until))),
    ...["w1", "w2", "w3"].map((writer) => addMarkets(writer, tally, until)),
  ]);
  const back = performance.now();
  await expect.poll(async () => (await world.admin.send("{ markets(first: 1) { totalCount } }")).errors, { timeout: BACK_WITHIN_MS }).toBeUndefined();
  const backMs = performance.now() - back;
  const stored = (await world.sql`select code from markets where code like 'w_-%'`).map((row) => row.code as string);
  process.off("uncaughtException", note).off("unhandledRejection", note);
  const { foreign, acknowledged, ...figures } = tally;
  console.info(JSON.stringify({ killed, ...figures, acknowledged: acknowledged.length, backMs: Math.round(backMs) }));
  expect(killed).toBeGreaterThan(20);
  expect(tally.answers).toBeGreaterThan(200);
  expect(foreign).toEqual([]);
  expect(acknowledged.filter((code) => !stored.includes(code))).toEqual([]);
  expect(new Set(stored).size).toBe(stored.length);
  expect(escaped).toEqual([]);
  expect(tally.slowestMs).toBeLessThan(SLOWEST_MS);
});

test("what overruns its time is stopped and told so, and not to try the same again: 7 s, but analysts' questions may take 30", async () => {
  const [lead, analyst] = await Promise.all((["QA_LEAD", "ANALYST"] as const).map((role) => world.caller({ role, projectId: project.projectId })));
  const ASK = "{ queues { nodes { code } } }";
  const CHANGE = "mutation ($input: ChangeQueueInput!) { changeQueue(input: $input) { __typename } }";
  const waiting = () => world.sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  let asked: Promise<{ data: any }>;
  const [read, write, left] = await world.sql.begin(async (sql) => {
    await sql`lock table queues in access exclusive mode`;
    asked = analyst!.send(ASK);
    const id = encodeId("Queue", { projectId: project.projectId, id: project.queueId });
    const stopped = await Promise.all([lead!.send(ASK), lead!.send(CHANGE, { input: { id, slaMinutes: 5 } })]);
    return [...stopped, (await waiting()).length];
  });
  const told = [{ message: expect.stringContaining("ask for a shorter range"), extensions: { code: "DEADLINE_EXCEEDED" } }];
  expect([read, write, left]).toMatchObject([{ data: null, errors: told }, { data: null, errors: told }, 1]);
  expect((await asked!).data.queues.nodes).toHaveLength(1);
});
