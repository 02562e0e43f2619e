import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { OutcomeUnknown } from "../src/db/failures.ts";
import type { Identity } from "../src/db/identity.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import { openRead, write } from "../src/db/session.ts";
import { createTenantDatabase, type TenantDatabase } from "./kit/tenants.ts";

const RUN_MS = 10_000;
const KILL_EVERY_MS = 300;
const WORKERS = 8;
const TENANTS = Array.from({ length: 4 }, () => randomUUID());
const TIMEOUT = { timeoutMs: 4_000 };

let database: TenantDatabase;
let pool: Pool;
const escaped: unknown[] = [];
const escape = (error: unknown): number => escaped.push(error);

beforeAll(async () => {
  database = await createTenantDatabase();
  pool = createPool({ url: database.url, size: 6, queue: 16, waitMs: 3_000, applicationName: "pool-faults" });
  process.on("uncaughtException", escape).on("unhandledRejection", escape);
});

afterAll(async () => {
  process.off("uncaughtException", escape).off("unhandledRejection", escape);
  await pool.end();
  await database.close();
});

const tally = { written: 0, read: 0, failed: 0, unknown: 0, kills: 0, foreignRows: 0, slowestMs: 0 };
const acknowledged = new Set<string>();
const attempted = new Set<string>();

// The row's tenant is the transaction's, its author the worker's: they differ if a statement ran in another's transaction.
async function addNotes(identity: Identity, tenant: string, idleMs: number): Promise<void> {
  const ids = [randomUUID(), randomUUID()];
  for (const id of ids) attempted.add(id);
  await write(pool, identity, async (db) => {
    if (idleMs > 0) await db.execute(sql`set local idle_in_transaction_session_timeout = 150`);
    for (const id of ids) {
      await db.execute(sql`insert into notes (id, author) values (${id}, ${tenant})`);
      if (idleMs > 0) await sleep(idleMs);
    }
  }, TIMEOUT);
  for (const id of ids) acknowledged.add(id);
  tally.written += 1;
}

async function readNotes(identity: Identity, tenant: string): Promise<void> {
  const session = openRead(pool, identity, TIMEOUT);
  try {
    const answers = await Promise.all([1, 2, 3].map(async (n) => {
      await sleep(Math.random() * n);
      return session.run((db) => db.execute(sql`select tenant, author, ${n}::int as n from notes limit ${n * 10}`));
    }));
    tally.foreignRows += answers.flat().filter((row) => row["tenant"] !== tenant || row["author"] !== tenant).length;
    tally.foreignRows += answers.filter((rows, i) => rows.some((row) => row["n"] !== i + 1)).length;
    tally.read += 1;
  } finally {
    session.close();
  }
}

async function labour(worker: number, until: number): Promise<void> {
  const tenant = TENANTS[worker % TENANTS.length]!;
  const identity: Identity = { role: "assay_lead", settings: { "app.project_ids": tenant } };
  while (performance.now() < until) {
    const startedAt = performance.now();
    const dice = Math.random();
    const call = dice < 0.5 ? readNotes(identity, tenant) : addNotes(identity, tenant, dice < 0.98 ? 0 : 100 + Math.random() * 100);
    await call.catch((error: unknown) => {
      if (error instanceof OutcomeUnknown) tally.unknown += 1;
      else tally.failed += 1;
    });
    tally.slowestMs = Math.max(tally.slowestMs, performance.now() - startedAt);
    await sleep(Math.random() * 4);
  }
}

async function killBackends(until: number): Promise<void> {
  while (performance.now() < until) {
    await sleep(KILL_EVERY_MS);
    const killed = await database.admin`
      select pg_terminate_backend(pid)
      from (select pid from pg_stat_activity where usename = ${database.login} order by random() limit 3) victims`;
    tally.kills += killed.count;
  }
}

test("under dying backends and idle timeouts no row crosses, none is lost, nothing escapes", async () => {
  const until = performance.now() + RUN_MS;
  await Promise.all([killBackends(until), ...Array.from({ length: WORKERS }, (_, worker) => labour(worker, until))]);
  const lastKillAt = performance.now();
  await Promise.all(Array.from({ length: WORKERS }, (_, worker) => labour(worker, 0)));
  await Promise.all(TENANTS.map((tenant) => addNotes({ role: "assay_lead", settings: { "app.project_ids": tenant } }, tenant, 0)));
  const servedAgainMs = performance.now() - lastKillAt;

  const rows = await database.admin<{ id: string; crossed: boolean }[]>`select id, tenant <> author as crossed from notes`;
  const stored = new Set(rows.map((row) => row.id));
  const [backends] = await database.admin`select count(*)::int as n from pg_stat_activity where usename = ${database.login}`;
  const figures = {
    ...tally,
    slowestMs: Math.round(tally.slowestMs),
    servedAgainMs: Math.round(servedAgainMs),
    rows: rows.length,
    crossed: rows.filter((row) => row.crossed).length,
    doubled: rows.length - stored.size,
    lost: [...acknowledged].filter((id) => !stored.has(id)).length,
    strangers: [...stored].filter((id) => !attempted.has(id)).length,
    escaped: escaped.length,
    backends: backends!["n"] as number,
    ...pool.stats,
  };
  console.info(`faults: ${JSON.stringify(figures)}`);
  expect(figures).toMatchObject({ foreignRows: 0, crossed: 0, doubled: 0, lost: 0, strangers: 0, escaped: 0 });
  expect(figures.slowestMs).toBeLessThan(8_000);
  expect(figures.servedAgainMs).toBeLessThan(5_000);
  expect(figures.backends).toBe(pool.stats.open);
  expect(tally.written).toBeGreaterThan(200);
  expect(tally.kills).toBeGreaterThan(50);
});
