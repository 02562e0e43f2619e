import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { createDatabase } from "./kit/database.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { type Proxy, startProxy } from "./kit/proxy.ts";
import { startReceiver } from "./kit/receiver.ts";
import { projectGid } from "./kit/samples.ts";
import { type Answer, type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
let lead: Caller;
let proxies: Proxy[];
beforeAll(async () => {
  const { urls, drop } = await createDatabase();
  proxies = await Promise.all([urls.login, urls.migrator, urls.jobs].map(startProxy));
  const [login, migrator, jobs] = proxies.map(({ url }) => url) as [string, string, string];
  world = await createWorld(null, { jobs: true, allowsPrivateTargets: true, database: { urls: { login, migrator, jobs }, drop } });
  project = await makeProject(world.sql);
  lead = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
});
afterEach(() => void (proxies[0]!.breakAfter = undefined));
afterAll(async () => {
  await world.close();
  for (const proxy of proxies) proxy.close();
});

const CHANGE = "mutation ($input: ChangeQueueInput!) { changeQueue(input: $input) { __typename ... on ChangeQueuePayload { queue { version slaMinutes } } } }";
const queueId = () => encodeId("Queue", { projectId: project.projectId, id: project.queueId });
const change = (idempotencyKey: string | null, slaMinutes: number) => lead.send(CHANGE, { input: { id: queueId(), slaMinutes, idempotencyKey } });
const versionNow = async () => (await world.sql`select version from queues where id = ${project.queueId}`)[0]!.version as number;

test("a deadlock is run again where nobody sees it", async () => {
  const before = await versionNow();
  const other = await world.sql.reserve();
  await other`begin`;
  await other`set local deadlock_timeout = '60s'`;
  await other`update queues set name = name where id = ${project.queueId}`;
  const changing = change("deadlock", 7);
  await expect.poll(async () => (await world.sql`select from pg_locks where not granted and locktype in ('tuple', 'transactionid')`).length).toBeGreaterThan(0);
  // What the verb has locked first, by its key: now each waits for the other, and the verb is the one to find out.
  await other`select pg_advisory_xact_lock(hashtextextended(${`${lead.principalId}:deadlock`}, 7361004))`;
  await other`commit`;
  other.release();
  expect((await changing).data.changeQueue.queue).toEqual({ version: before + 1, slaMinutes: 7 });
});

test("a commit that nobody answered is told as such, and by its key happens once", async () => {
  const before = await versionNow();
  proxies[0]!.breakAfter = "commit";
  const told = await change("unknown", 11);
  proxies[0]!.breakAfter = undefined;
  expect(told).toMatchObject({ data: null, errors: [{ message: expect.stringContaining("same idempotencyKey"), extensions: { code: "UNAVAILABLE" } }] });
  expect((await change("unknown", 11)).data.changeQueue.queue.slaMinutes).toBe(11);
  expect(await versionNow()).toBe(before + 1);
});

test("what stands, but can't be read for its answer, isn't told as if it had failed", async () => {
  const before = await versionNow();
  proxies[0]!.breakAfter = "read only";
  const told = await change(null, 12);
  expect([told.errors?.[0]?.message, await versionNow()]).toEqual([expect.stringContaining("may stand or not"), before + 1]);
});

test("nor is it where another verb of the same document can be read", async () => {
  const before = await versionNow();
  const document = `mutation ($input: ChangeQueueInput!, $next: ChangeQueueInput!) {
    changeQueue(input: $input) { ... on ChangeQueuePayload { queue { project { queues(first: 1) { nodes { id } } } } } }
    next: changeQueue(input: $next) { ... on ChangeQueuePayload { queue { slaMinutes } } } }`;
  proxies[0]!.breakAfter = "k.i from unnest";
  const { data, errors } = await lead.send(document, { input: { id: queueId(), slaMinutes: 13 }, next: { id: queueId(), slaMinutes: 14 } });
  expect([data, errors!.map(({ message }) => message), await versionNow()]).toEqual([null, [expect.stringContaining("may stand or not")], before + 2]);
});

test("the server soon misses whoever is gone without a word, also in the middle of a statement, where no timeout of its own counts", async () => {
  for (const url of [world.urls.login, world.urls.jobs]) {
    const sql = postgres(url, { max: 1 });
    const shown = async (name: string) => Object.values((await sql.unsafe(`show tcp_keepalives_${name}`))[0]!)[0];
    expect([await shown("idle"), await shown("interval"), await shown("count")]).toEqual(["10", "5", "3"]);
    await sql.end();
  }
});

interface Told {
  sentMs: number;
  tookMs: number;
  code: unknown;
}

const OUTAGE_MS = 7_000;
const KNOWN_MS = 6_500;

test("while the database can't be reached all are told so, soon at once, and everything goes on by itself when it can", async () => {
  const analyst = await world.caller({ role: "ANALYST", projectId: project.projectId });
  const receiver = await startReceiver();
  const { secret } = await lead.verb("createWebhookEndpoint", { projectId: projectGid(project), url: receiver.url, eventTypes: ["queue.*"] }, "secret");
  receiver.secrets.push(secret);
  await analyst.ask("{ queues { nodes { code } } }");
  const begin = performance.now();
  const told: Told[] = [];
  const note = async (answer: Promise<Answer<unknown>>) => {
    const sentMs = performance.now() - begin;
    const { errors } = await answer;
    told.push({ sentMs, tookMs: performance.now() - begin - sentMs, code: errors?.[0]?.extensions?.code ?? null });
  };
  for (const proxy of proxies) proxy.isFrozen = true;
  const asked: Promise<void>[] = [];
  for (let n = 0; performance.now() - begin < OUTAGE_MS; n += 1) {
    asked.push(note(lead.send("{ queues { nodes { code } } }")), note(analyst.send("{ vendors { nodes { code } } }")), note(change(`outage-${n}`, 20 + n)));
    await sleep(250);
  }
  const readyAt = performance.now();
  expect((await world.server.ready()).ok).toBe(false);
  expect(performance.now() - readyAt).toBeLessThan(3_500);
  await Promise.all(asked);
  for (const proxy of proxies) proxy.isFrozen = false;
  const backAt = performance.now();
  expect(new Set(told.map(({ code }) => code))).toEqual(new Set(["UNAVAILABLE"]));
  expect(Math.max(...told.map(({ tookMs }) => tookMs))).toBeLessThan(KNOWN_MS);
  expect(Math.max(...told.filter(({ sentMs }) => sentMs > KNOWN_MS).map(({ tookMs }) => tookMs))).toBeLessThan(1_000);
  const isBack = async () => [(await change("back", 99)).errors ?? null, (await analyst.send("{ queues { nodes { code } } }")).errors ?? null, (await world.server.ready()).ok];
  await expect.poll(isBack, { timeout: 5_000 }).toEqual([null, null, true]);
  const backMs = performance.now() - backAt;
  // The loops too: the sealer seals, the reader hears, the sender sends, and the runner runs.
  await world.sql`select graphile_worker.add_job('endLeases', job_key => 'after')`;
  const isDone = async () => [receiver.received.at(-1)?.type ?? null, (await world.sql`select from graphile_worker.jobs where key = 'after'`).length];
  await expect.poll(isDone, { timeout: 15_000 }).toEqual(["queue.changed", 0]);
  console.info(JSON.stringify({ told: told.length, slowestMs: Math.round(Math.max(...told.map(({ tookMs }) => tookMs))), backMs: Math.round(backMs), allBackMs: Math.round(performance.now() - backAt) }));
  await receiver.close();
}, 60_000);
