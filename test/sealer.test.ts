import { drizzle } from "drizzle-orm/postgres-js";
import { eq, sql as raw } from "drizzle-orm";
import pino from "pino";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { WORKER } from "../src/db/identity.ts";
import { directUrl } from "../src/db/migrate.ts";
import type { Pool } from "../src/db/pool.ts";
import { write } from "../src/db/session.ts";
import { append } from "../src/events/outbox.ts";
import { startSealer } from "../src/events/sealer.ts";
import { chain, sealedText } from "../src/events/seals.ts";
import { events, eventSeals } from "../src/events/table.ts";
import { createDatabase } from "./kit/database.ts";
import { actor, allSealed, emit, openPool, someId } from "./kit/events.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { startProxy } from "./kit/proxy.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
let project: ProjectFixture;
beforeAll(async () => {
  world = await createWorld();
  pool = openPool(world, 10);
  project = await makeProject(world.sql);
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function makeAggregates(count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, someId);
  for (const id of ids) {
    await world.sql`insert into queues (project_id, id, code, name, market, modality) values (${project.projectId}, ${id}, ${id}, 'A', ${project.market}, 'TEXT')`;
  }
  return ids;
}

/** Changes aggregates one after the other in one transaction: each event carries the version that it made. */
async function change(ids: readonly string[], { pauseMs = 0, isFailing = false } = {}): Promise<void> {
  const work = async (db: Parameters<Parameters<typeof write>[2]>[0]) => {
    for (const id of ids) {
      const [row] = await db.execute<{ version: number }>(raw`update queues set version = version + 1 where project_id = ${project.projectId} and id = ${id} returning version`);
      const verb = { db, viewer: actor(world.admin.principalId), now: new Date() };
      await append(verb, [{ projectId: project.projectId, type: "queue.changed", subjectType: "Queue", subjectId: id, payload: { version: row!.version }, audience: {} }]);
      if (pauseMs > 0) await pause(pauseMs);
    }
    if (isFailing) throw new Error("changed its mind");
  };
  await write(pool, WORKER, work, { timeoutMs: 20_000 });
}

async function sealed(): Promise<{ seq: number; subjectId: string; version: number | undefined; hash: Buffer; text: string }[]> {
  const rows = await drizzle(world.sql)
    .select({ seq: eventSeals.seq, subjectId: events.subjectId, payload: events.payload, hash: eventSeals.hash, text: sealedText })
    .from(eventSeals)
    .innerJoin(events, eq(events.id, eventSeals.eventId))
    .where(eq(eventSeals.projectId, project.projectId))
    .orderBy(eventSeals.seq);
  return rows.map(({ payload, ...row }) => ({ ...row, version: payload.version as number | undefined }));
}

function expectCausal(rows: Awaited<ReturnType<typeof sealed>>, ids: readonly string[]): void {
  for (const id of ids) {
    const versions = rows.filter(({ subjectId }) => subjectId === id).map(({ version }) => version!);
    expect(versions).toEqual(versions.map((_, index) => index + 2));
  }
}

test("every committed event is sealed once, densely, in its aggregate's order and in an unbroken chain, while sealers die", async () => {
  const ids = await makeAggregates(12);
  const other = startSealer({ url: directUrl(world.urls), log: pino({ level: "silent" }) });
  let isOver = false;
  const killing = (async () => {
    while (!isOver) {
      await pause(300);
      await world.sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'assay-sealer' and datname = current_database()`;
    }
  })();
  let failed = 0;
  const writer = async (seed: number) => {
    for (let i = 0; i < 40; i += 1) {
      // Two aggregates in no particular order: deadlocks are part of it, and are run again.
      const mine = [ids[(seed * 7 + i * 5) % ids.length]!, ids[(seed * 3 + i * 11 + 1) % ids.length]!].slice(0, 1 + ((seed + i) % 2));
      const isFailing = i % 9 === 0;
      const pauseMs = i % 13 === 0 ? 150 : i % 3;
      await change([...new Set(mine)], { isFailing, pauseMs }).catch(() => (failed += 1));
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, seed) => writer(seed)));
  isOver = true;
  await killing;
  const count = await allSealed(world, project.projectId);
  await other.close();
  const rows = await sealed();
  expect(failed).toBeGreaterThan(0);
  expect(rows.length).toBe(count);
  expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, index) => index + 1));
  expectCausal(rows, ids);
  let previous: Buffer | null = null;
  for (const { hash, text } of rows) {
    previous = chain(previous, text);
    expect(hash.equals(previous)).toBe(true);
  }
});

test("an open transaction holds nobody up, and doesn't turn cause and effect round", async () => {
  const [x, y, z] = (await makeAggregates(3)) as [string, string, string];
  // The effect's transaction begins first, on another aggregate; then one begins that stays open; then the cause is committed.
  const effect = change([y, x], { pauseMs: 200 });
  await pause(50);
  const slow = change([z], { pauseMs: 1_500 });
  await pause(50);
  await change([x]);
  await effect;
  await pause(200);
  const rows = await sealed();
  expect(rows.filter(({ subjectId }) => subjectId === x).map(({ version }) => version)).toEqual([2, 3]);
  expect(rows.some(({ subjectId }) => subjectId === z)).toBe(false);
  await slow;
  await allSealed(world, project.projectId);
  expect((await sealed()).at(-1)!.subjectId).toBe(z);
});

test("events of one transaction keep the order in which they were appended", async () => {
  const order = Array.from({ length: 300 }, (_, version) => ({ type: "queue.ordered", payload: { version } }));
  const before = await allSealed(world, project.projectId);
  await emit(pool, world, project.projectId, order);
  await allSealed(world, project.projectId);
  expect((await sealed()).slice(before).map(({ version }) => version)).toEqual(order.map(({ payload }) => payload.version));
});

test("a write transaction that stays open is told of", async () => {
  const lines: string[] = [];
  const log = pino({ level: "warn" }, { write: (line: string) => void lines.push(line) });
  const lone = await createWorld();
  await lone.server.close();
  const sealer = startSealer({ url: directUrl(lone.urls), log });
  const told = () => lines.filter((line) => line.includes("has been open for over 5 s"));
  let transaction = "";
  await lone.sql.begin(async (open) => {
    await open`update projects set name = 'Open'`;
    [{ transaction }] = (await open`select pg_current_xact_id()::text as transaction`) as unknown as [{ transaction: string }];
    // Not before 5 s; how long after is the machine's business, and that of older transactions on the same server.
    await vi.waitFor(() => expect(told().some((line) => line.includes(`"${transaction}"`))).toBe(true), { timeout: 40_000, interval: 100 });
    await pause(1_500);
  });
  await sealer.close();
  await lone.close();
  expect(told().filter((line) => line.includes(`"${transaction}"`)).length).toBe(1);
}, 60_000);

test("the lock is free within seconds after its holder has gone without a word, even if none of its turns ever went well", async () => {
  const { urls, drop } = await createDatabase();
  const [sql, proxy] = [postgres(urls.migrator, { max: 1 }), await startProxy(directUrl(urls))];
  const holders = async () => (await sql`select from pg_locks where locktype = 'advisory' and objid = 7361005 and granted and database = (select oid from pg_database where datname = current_database())`).length;
  await sql`alter table events rename to hidden`;
  const sealer = startSealer({ url: proxy.url, log: pino({ level: "silent" }) });
  await expect.poll(holders).toBe(1);
  await pause(100);
  expect(await holders()).toBe(1);
  proxy.isFrozen = true;
  await expect.poll(holders, { timeout: 8_000 }).toBe(0);
  proxy.isFrozen = false;
  await sealer.close();
  await sql.end();
  proxy.close();
  await drop();
}, 20_000);
