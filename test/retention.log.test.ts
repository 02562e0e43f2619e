import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { proveAll } from "../src/accesses/proof.service.ts";
import { findHead, listUnsealed, sealAccesses, takeTurn } from "../src/accesses/seals.store.ts";
import { idFloor, newId } from "../src/core/ids.ts";
import { WORKER } from "../src/db/identity.ts";
import type { Pool } from "../src/db/pool.ts";
import { write } from "../src/db/session.ts";
import { readsOf } from "../src/db/steps.ts";
import { startCommand } from "./kit/commands.ts";
import { openPool } from "./kit/events.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
beforeAll(async () => {
  world = await createWorld();
  pool = openPool(world, 2);
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);
const count = async (from: string) => (await world.sql.unsafe(`select count(*)::int as n from ${from}`))[0]!.n as number;

test("the access log goes in batches, oldest seals first, then months without any: its chain holds all the while, whatever the clock was set to", async () => {
  const add = async (days: number) => {
    await world.sql`select ensure_access_partitions(${daysAgo(days)}, ${daysAgo(days)})`;
    await world.sql`insert into access_log (id, principal_id, role, kinds, fields, personal_fields, subjects, project_ids, outcome, request_id, transport)
      values (${newId(daysAgo(days))}, ${world.admin.principalId}, 'ADMIN', '{MUTATION}', '{createPolicy}', '{}', '[]', '{}', 'OK', 'r', 'HTTP')`;
  };
  // As where the sealer's clock says what the rows' does.
  const sealed = (seals: number) => expect.poll(async () => {
    await write(pool, WORKER, async (db) => {
      if (!(await takeTurn(db))) return;
      const head = await findHead(db);
      await sealAccesses(db, head, await listUnsealed(db, { ...head, openFrom: idFloor(new Date(0)) }, 9), new Date());
    }, { timeoutMs: 5_000 });
    return count("access_seals");
  }, { timeout: 10_000 }).toBe(seals);
  type Piece = { rows: number; waitsFor: string[] };
  const preview = async () => (await world.admin.ask("{ retentionPreview(kind: ACCESS_LOG, keepDays: 100) { rows waitsFor } }")).retentionPreview as Piece[];
  const pieces = async () => (await preview()).filter(({ rows }) => rows > 0).map(({ rows, waitsFor }) => [rows, ...waitsFor]);
  const remove = async () => (await world.sql`select remove_retained('ACCESS_LOG', ${daysAgo(100)}, 3) as removed`)[0]!.removed as number;
  const policy = (code: string) => world.admin.verb("createPolicy", { code, name: "L", isViolating: true, severity: "MAJOR" }, "policy { id }");

  for (const [i, days] of [200, 170, -400, 140].entries()) {
    await add(days);
    await sealed(i + 1);
  }
  expect((await pieces()).at(-1)).toEqual([1, "NEWEST_SEAL"]);
  await policy("LOGGED");
  await sealed(5);
  await add(201);
  await sealed(6);
  await policy("LATER");
  await sealed(7);
  expect((await pieces()).sort()).toEqual([[1, "SEALED_LATE"], [1], [1], [1]].sort());
  // The one from the future goes with what was sealed behind it.
  const isWhole = async () => {
    for await (const proof of proveAll(readsOf(pool), undefined, () => {})) expect(proof).toMatchObject({ broken: null });
  };
  for (const removed of [3, 1]) {
    expect(await remove()).toBe(removed);
    await isWhole();
  }
  expect([await count("access_log"), await count("access_seals")]).toEqual([3, 3]);
  expect(await remove()).toBe(1);
  while ((await remove()) > 0);
  expect([await count("access_log"), await pieces()]).toEqual([3, [[1, "SEALED_LATE"]]]);
  await isWhole();
});

test("the command applies each rule though another fails, ends behind the batch at Ctrl-C, says what is gone, and exits with 2", async () => {
  const key = () => world.sql`insert into idempotency_keys (principal_id, key, request_hash, response, created_at)
    values (${world.admin.principalId}, ${randomUUID()}, '', '', ${daysAgo(3)})`;
  const slowly = (what: string) => world.sql.unsafe(`create or replace function before_going() returns trigger language plpgsql as $$ begin ${what}; return null; end $$`);
  const rule = (kind: string) => world.admin.verb("setRetention", { kind, keepDays: kind === "EVENTS" ? 36_000 : 2, reason: "R" }, "retentionRule { id }");
  const isAtIt = () => world.sql`select from pg_stat_activity where wait_event = 'PgSleep' and query like '%removeRetained%' and datname = current_database()`;
  for (const kind of ["IDEMPOTENCY_KEYS", "EVENTS"]) await rule(kind);
  await key();
  await slowly("raise 'no'");
  await world.sql`create trigger before_going before delete on idempotency_keys for each statement execute function before_going()`;
  const failed = await startCommand(world, "retention", "--apply").ended;
  expect(failed).toEqual({ code: 2, text: expect.stringMatching(/IDEMPOTENCY_KEYS: .*no\n[^]*EVENTS: done/) });
  await slowly("perform pg_sleep(1)");
  const { ended, interrupt } = startCommand(world, "retention", "--apply");
  await expect.poll(async () => (await isAtIt()).length, { timeout: 15_000 }).toBe(1);
  interrupt();
  expect(await ended).toEqual({ code: 2, text: expect.stringMatching(/IDEMPOTENCY_KEYS: stopped, 1 gone so far\nstopped: what is told as gone is gone/) });
  await world.sql`drop function before_going cascade`;
  await world.sql`delete from retention_rules`;
}, 40_000);
