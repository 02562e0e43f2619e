import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { LeaseLost, OutcomeUnknown, PoolExhausted, sqlStateOf } from "../src/db/failures.ts";
import { type Identity, WORKER } from "../src/db/identity.ts";
import type { Db } from "../src/db/lease.ts";
import { createPool, type Pool, type PoolOptions } from "../src/db/pool.ts";
import { openRead, withRole, write } from "../src/db/session.ts";
import { type Proxy, startProxy } from "./kit/proxy.ts";
import { createTenantDatabase, type TenantDatabase } from "./kit/tenants.ts";

const TIMEOUT = { timeoutMs: 3_000 };
let database: TenantDatabase;
let proxy: Proxy;
let pools: Pool[] = [];

beforeAll(async () => {
  database = await createTenantDatabase();
  proxy = await startProxy(database.url);
});

afterEach(async () => {
  Object.assign(proxy, { isFrozen: false, breakAfter: undefined });
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
});

afterAll(async () => {
  proxy.close();
  await database.close();
});

function pooled(options: Partial<PoolOptions> = {}): Pool {
  const pool = createPool({ url: database.url, size: 2, queue: 8, waitMs: 2_000, applicationName: "pool-test", ...options });
  pools.push(pool);
  return pool;
}

const tenant = (id: string = randomUUID()): Identity => ({ role: "assay_lead", settings: { "app.project_ids": id } });
const idOf = (identity: Identity): string => identity.settings["app.project_ids"]!;
const addNote = (db: Db, author: Identity, id: string = randomUUID()) =>
  db.execute(sql`insert into notes (id, author) values (${id}, ${idOf(author)})`);
const countNotes = async (db: Db) => (await db.execute<{ n: number }>(sql`select count(*)::int as n from notes`))[0]!.n;
const failWith = (db: Db, code: string) => db.execute(sql.raw(`do $$ begin raise exception using errcode = '${code}'; end $$`));
const caught = (work: Promise<unknown>): Promise<unknown> => work.then(() => undefined, (error: unknown) => error);

test("begin travels with the first statements, and commit with the next begin, or soon alone", async () => {
  const texts: string[] = [];
  const pool = pooled({ url: proxy.url, size: 1, onStatement: (text) => texts.push(text) });
  const me = tenant();
  const readTwice = async () => {
    const session = openRead(pool, me, TIMEOUT);
    const one = (n: number) => session.run((db) => db.execute(sql`select ${n}::int, tenant from notes where author = ${idOf(me)}`));
    await Promise.all([one(1), one(2), session.run(countNotes)]);
    expect(session.hasRows).toBe(true);
    session.close();
  };
  await readTwice(); // connects and prepares
  proxy.flights = 0;
  await readTwice();
  expect(proxy.flights).toBe(1);
  await readTwice();
  expect(proxy.flights).toBe(2);
  await sleep(100);
  expect(proxy.flights).toBe(3); // the commit
  await readTwice();
  expect(proxy.flights).toBe(4);
  expect(texts).toHaveLength(12);
  expect(openRead(pool, me, TIMEOUT).hasRows).toBe(false);
  expect(pool.stats).toMatchObject({ open: 1, idle: 1, opened: 1, statements: 12 });
});

test("parameters of every kind reach the server as what they are", async () => {
  const values = [1, 2n, true, "x'\"\\", null, new Date(0), new Uint8Array([1, 255]), ["a,b", null, 'c"'], [1, 2]];
  const casts = ["int", "bigint", "bool", "text", "text", "timestamptz", "bytea", "text[]", "int[]"];
  const columns = values.map((value, i) => sql`${sql.param(value)}::${sql.raw(casts[i]!)} as ${sql.raw(`c${i}`)}`);
  const pool = pooled();
  for (const prepare of [true, true, false]) {
    const ask = (db: Db) => db.execute(sql`select ${sql.join(columns, sql`, `)}`);
    const rows = await write(prepare ? pool : pooled({ prepare }), tenant(), ask, TIMEOUT);
    expect(Object.values(rows[0]!)).toEqual(
      [1, "2", true, "x'\"\\", null, "1970-01-01 00:00:00+00", Buffer.from([1, 255]), '{"a,b",NULL,"c\\""}', "{1,2}"]);
  }
  const refused = await caught(write(pool, tenant(), (db) => db.execute(sql`select ${sql.param({})}::text`), TIMEOUT));
  expect(refused).toBeInstanceOf(TypeError);
  expect(pool.stats).toMatchObject({ open: 1, gone: 0 });
});

test("a statement that the driver chokes on costs the connection, never another's answer", async () => {
  const pool = pooled({ size: 1 });
  const tooMany = sql.join(Array.from({ length: 65_535 }, (_, i) => sql`${i}`), sql`, `);
  const session = openRead(pool, tenant(), TIMEOUT);
  const both = [session.run((db) => db.execute(sql`select ${tooMany}`)), session.run(countNotes)].map(caught);
  const lost = { name: "LeaseLost", cause: { code: "MAX_PARAMETERS_EXCEEDED" } };
  for (const error of await Promise.all(both)) expect(error).toMatchObject(lost);
  session.close();
  expect(pool.stats).toMatchObject({ open: 0, gone: 1 });
});

test("an identity can't outlive its transaction, nor a db its lease", async () => {
  const pool = pooled({ size: 1 });
  const [me, other] = [tenant(), tenant()];
  let mine: Db | undefined;
  await write(pool, me, async (db) => void ((mine = db), await addNote(db, me)), TIMEOUT);
  const theirs = openRead(pool, other, TIMEOUT);
  expect(await theirs.run(countNotes)).toBe(0);
  expect(((await caught(countNotes(mine!))) as Error).cause).toBeInstanceOf(LeaseLost); // on the same connection
  theirs.close();
  expect(await caught(theirs.run(countNotes))).toBeInstanceOf(LeaseLost);
  const bare = await pool.lease(1_000);
  expect(sqlStateOf(await caught(countNotes(bare.db)))).toBe("42501");
  const who = await bare.db.execute(sql`select current_user::text as role, current_setting('app.project_ids', true) as projects`);
  expect(who[0]).toEqual({ role: database.login, projects: "" });
  expect(pool.stats).toMatchObject({ opened: 1, gone: 0 });
  bare.release(); // outside a transaction that ended: not trusted again
  expect(pool.stats.gone).toBe(1);
});

test("another identity acts inside the transaction, alone, and then its own again", async () => {
  const pool = pooled();
  const [me, other] = [tenant(), tenant()];
  await write(pool, other, (db) => addNote(db, other), TIMEOUT);
  await write(pool, me, async (db) => {
    await addNote(db, me);
    await withRole(db, WORKER, async (system) => {
      expect(await countNotes(system)).toBeGreaterThan(1);
      expect(String(((await caught(countNotes(db))) as Error).cause)).toContain("lent");
      await expect(withRole(db, other, countNotes)).rejects.toThrow("lent");
    });
    expect(await countNotes(db)).toBe(1);
  }, TIMEOUT);
});

test("leases are served in turn, the queue is bounded and so is the wait", async () => {
  const pool = pooled({ size: 1, queue: 2, waitMs: 150 });
  const first = await pool.lease(5_000);
  const order: number[] = [];
  const second = pool.lease(5_000).then((lease) => (order.push(2), lease));
  const third = pool.lease(5_000).then((lease) => (order.push(3), lease));
  expect(await caught(pool.lease(5_000))).toMatchObject({ name: "PoolExhausted", retryAfterSeconds: 1 });
  first.release();
  await second;
  expect(await caught(third)).toBeInstanceOf(PoolExhausted);
  expect(order).toEqual([2]);
  (await second).discard();
  expect(await write(pool, tenant(), countNotes, TIMEOUT)).toBe(0);
});

test("a lease that hangs is discarded at its deadline, with all that waits on it", async () => {
  const pool = pooled({ url: proxy.url, size: 1 });
  await write(pool, tenant(), countNotes, TIMEOUT);
  const lease = await pool.lease(300);
  proxy.isFrozen = true;
  const waiting = [caught(lease.simple("begin")), caught(countNotes(lease.db)), caught(lease.simple("rollback"))];
  const [first, second, third] = await Promise.all(waiting);
  expect([first, (second as Error).cause, third].every((error) => error instanceof LeaseLost)).toBe(true);
  proxy.isFrozen = false;
  lease.release();
  expect(await write(pool, tenant(), countNotes, TIMEOUT)).toBe(0);
  expect(pool.stats).toMatchObject({ open: 1, opened: 2, gone: 1 });
});

test("an SQL error fails the whole read, and a write leaves nothing behind", async () => {
  const pool = pooled({ size: 1 });
  const me = tenant();
  const session = openRead(pool, me, TIMEOUT);
  const both = [caught(session.run((db) => failWith(db, "22012"))), caught(session.run(countNotes))];
  expect(sqlStateOf((await Promise.all(both))[0])).toBe("22012");
  expect(await both[1]).toBe(session.failure);
  expect(await caught(session.run(countNotes))).toBe(session.failure);
  session.close();
  const abandoned = write(pool, me, async (db) => void (await addNote(db, me), await caught(failWith(db, "22012"))), TIMEOUT);
  expect(sqlStateOf(await caught(abandoned))).toBe("22012"); // the work hid the error: not acknowledged
  const refused = write(pool, me, async (db) => (await addNote(db, me), Promise.reject(new RangeError("no"))), TIMEOUT);
  expect(await caught(refused)).toBeInstanceOf(RangeError);
  expect(await write(pool, me, countNotes, TIMEOUT)).toBe(0);
  expect(pool.stats).toMatchObject({ open: 1, gone: 0 });
});

test("deadlocks and serialization failures run again, at most three times", async () => {
  const pool = pooled();
  const me = tenant();
  let runs = 0;
  expect(sqlStateOf(await caught(write(pool, me, (db) => (runs++, failWith(db, "40001")), TIMEOUT)))).toBe("40001");
  expect(runs).toBe(4);
  const rows = [randomUUID(), randomUUID()];
  await database.admin`insert into counters (tenant) select unnest(${rows}::uuid[])`;
  const bump = (db: Db, row: string) => db.execute(sql`update counters set value = value + 1 where tenant = ${row}`);
  runs = 0;
  const inOrder = (order: string[]) => write(pool, me, async (db) => {
    runs += 1;
    await bump(db, order[0]!);
    await sleep(100);
    await bump(db, order[1]!);
  }, { timeoutMs: 5_000 });
  await Promise.all([inOrder(rows), inOrder(rows.toReversed())]);
  expect(runs).toBe(3); // one of them was the deadlock's victim
  expect((await database.admin`select value from counters where tenant = any(${rows})`).map((row) => row["value"])).toEqual([2, 2]);
});

test("a commit that nobody answered is not run again", async () => {
  const pool = pooled({ url: proxy.url });
  const me = tenant();
  let runs = 0;
  proxy.breakAfter = "commit";
  const lost = await caught(write(pool, me, (db) => (runs++, addNote(db, me)), TIMEOUT));
  expect([lost instanceof OutcomeUnknown, runs]).toEqual([true, 1]);
  proxy.breakAfter = "insert into";
  expect(await caught(write(pool, me, (db) => (runs++, addNote(db, me)), TIMEOUT))).toMatchObject({ name: "LeaseLost" });
  expect(runs).toBe(5);
  proxy.breakAfter = undefined;
  expect(await write(pool, me, countNotes, TIMEOUT)).toBeLessThan(2);
});

test("what waits on a lost connection is sent nowhere else", async () => {
  const pool = pooled({ url: proxy.url });
  const session = openRead(pool, tenant(), TIMEOUT);
  await session.run(countNotes);
  proxy.connections = 0;
  proxy.breakAfter = "as broken";
  const columns = ["broken", "second", "third", "fourth"]; // each waits until the one before it is prepared
  const runs = columns.map((name) => caught(session.run((db) => db.execute(sql`select ${1}::int as ${sql.raw(name)}`))));
  expect((await Promise.all(runs)).map((error) => error === session.failure)).toEqual([true, true, true, true]);
  expect(session.failure).toBeInstanceOf(LeaseLost);
  session.close();
  await sleep(100); // the driver would have reconnected by now
  expect([proxy.connections, pool.stats.open]).toEqual([0, 0]);
});

test("a transaction that idled too long loses its lease quietly", async () => {
  const pool = pooled({ size: 1 });
  const session = openRead(pool, tenant(), { timeoutMs: 100 });
  await session.run(countNotes);
  await sleep(300);
  expect(session.failure).toBeInstanceOf(LeaseLost);
  expect(await caught(session.run(countNotes))).toBe(session.failure);
  session.close();
  expect(pool.stats).toMatchObject({ open: 0, gone: 1 });
});
