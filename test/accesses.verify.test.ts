import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { proveAll } from "../src/accesses/proof.service.ts";
import { sealSome } from "../src/accesses/sealing.service.ts";
import { WORKER } from "../src/db/identity.ts";
import type { Pool } from "../src/db/pool.ts";
import { write } from "../src/db/session.ts";
import { readsOf } from "../src/db/steps.ts";
import { startCommand } from "./kit/commands.ts";
import { allSealed, emit, openPool } from "./kit/events.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
let project: ProjectFixture;
beforeAll(async () => {
  world = await createWorld();
  pool = openPool(world, 2);
  project = await makeProject(world.sql);
  await emit(pool, world, project.projectId, Array.from({ length: 6 }, (_, n) => ({ payload: { n }, reason: n === 3 ? "“quoted”" : null })));
  await allSealed(world, project.projectId);
  for (let i = 0; i < 6; i += 1) await world.admin.ask("query Look { principals { nodes { id name } } }");
  while ((await write(pool, WORKER, sealSome, { timeoutMs: 5_000 })) > 0);
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

/** What is broken, by chain; nothing where all hold. */
async function broken(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { name, broken } of proveAll(readsOf(pool), undefined, () => {})) if (broken) found[name] = broken;
  return found;
}

const ids = async (query: string) => (await world.sql.unsafe(query)).map(({ id }) => id as string);
const eventIds = () => ids(`select event_id as id from event_seals where project_id = '${project.projectId}' order by seq`);
const accessIds = () => ids("select access_id as id from access_seals order by seq");

/** Does something as the database's superuser that no role of the application may, looks, and undoes it. */
async function tampered(doing: string[], undoing: string[]): Promise<Record<string, string>> {
  const run = (statements: string[]) => world.sql.begin(async (sql) => {
    await sql.unsafe("set local session_replication_role = replica");
    for (const statement of statements) await sql.unsafe(statement);
  });
  await run(doing);
  const found = await broken();
  await run(undoing);
  expect(await broken()).toEqual({});
  return found;
}

test("chains hold as they were made, and so does one that retention has shortened", async () => {
  expect(await broken()).toEqual({});
  const [first] = await accessIds();
  const seen = await tampered(
    ["create table kept_log as select * from access_log", "create table kept_seals as select * from access_seals", `delete from access_log where id = '${first}'`, `delete from access_seals where access_id = '${first}'`],
    ["insert into access_log select * from kept_log on conflict do nothing", "insert into access_seals select * from kept_seals on conflict do nothing", "drop table kept_log, kept_seals"],
  );
  expect(seen).toEqual({});
});

describe("in a project's events, it shows", () => {
  const name = () => `events of ${project.projectCode}`;
  const where = (id: string) => `where project_id = '${project.projectId}' and ${id}`;

  test.each([["payload", "payload || '{\"n\": 9}'", "payload - 'n' || '{\"n\": 2}'"], ["actor_id", "'00000000-0000-7000-8000-000000000002'", "ACTOR"], ["reason", "'why'", "null"]])(
    "that an event's %s was changed", async (column, to, back) => {
      const id = (await eventIds())[2]!;
      const set = (value: string) => [`update events set ${column} = ${value} ${where(`id = '${id}'`)}`];
      expect(await tampered(set(to), set(back.replace("ACTOR", `'${world.admin.principalId}'`)))).toEqual({ [name()]: expect.stringContaining(`event ${id} is not what seal 3 was made of`) });
    },
  );

  test("that an event was removed, alone or with its seal", async () => {
    const id = (await eventIds())[2]!;
    const remove = `delete from events ${where(`id = '${id}'`)}`;
    const keep = ["create table kept_events as select * from events", "create table kept_seals as select * from event_seals"];
    const back = ["insert into events select * from kept_events on conflict do nothing", "insert into event_seals select * from kept_seals on conflict do nothing", "drop table kept_events, kept_seals"];
    expect(await tampered([...keep, remove], back)).toEqual({ [name()]: `event ${id} is missing, of which seal 3 is` });
    expect(await tampered([...keep, remove, `delete from event_seals ${where("seq = 3")}`], back)).toEqual({ [name()]: "seal 3 is missing" });
  });

  test("that two changed places, or one was put in beside the chain", async () => {
    const [, , c, d] = await eventIds();
    const put = (seq: number, id: string) => `update event_seals set event_id = '${id}' ${where(`seq = ${seq}`)}`;
    const nobody = "00000000-0000-7000-8000-0000000000ff";
    expect(await tampered([put(3, nobody), put(4, c!), put(3, d!)], [put(3, nobody), put(4, d!), put(3, c!)])).toEqual({ [name()]: expect.stringContaining("seal 3") });
    const copy = `insert into events (project_id, id, type, subject_type, subject_id, actor_id, recorded_at, is_project_visible, is_partner_visible, is_staff_visible, transaction_id)
      select project_id, '${nobody}', type, subject_type, subject_id, actor_id, recorded_at, true, true, true, '3' from events ${where(`id = '${c}'`)}`;
    expect(await tampered([copy], [`delete from events ${where(`id = '${nobody}'`)}`])).toEqual({ [name()]: `event ${nobody} has no seal` });
  });
});

describe("in the access log, it shows", () => {
  test("that a row was changed, whatever of it", async () => {
    const id = (await accessIds())[1]!;
    const set = (text: string) => [`update access_log set ${text} where id = '${id}'`];
    const [row] = await world.sql`select request_id, subjects::text as subjects from access_log where id = ${id}`;
    const changes = [
      ["operation = 'Other'", "operation = 'Look'"], ["personal_count = 0", "personal_count = (select personal_count from access_log limit 1)"],
      ["request_id = ''", `request_id = '${row!.request_id}'`], ["subjects = '[]'", `subjects = '${row!.subjects}'`],
    ];
    for (const [doing, undoing] of changes) expect(await tampered(set(doing!), set(undoing!))).toEqual({ "access log": expect.stringContaining(`access ${id} is not what seal 2 was made of`) });
  });

  test("that a row was removed, two changed places, or one was put in beside the chain", async () => {
    const [a, b, c] = await accessIds();
    const keep = "create table kept_log as select * from access_log";
    const back = ["insert into access_log select * from kept_log on conflict do nothing", "drop table kept_log"];
    expect(await tampered([keep, `delete from access_log where id = '${b}'`], back)).toEqual({ "access log": `access ${b} is missing, of which seal 2 is` });
    const nobody = "00000000-0000-7000-8000-0000000000ff";
    const put = (seq: number, id: string) => `update access_seals set access_id = '${id}' where seq = ${seq}`;
    expect(await tampered([put(2, nobody), put(3, b!), put(2, c!)], [put(2, nobody), put(3, c!), put(2, b!)])).toEqual({ "access log": expect.stringContaining("seal 2") });
    // As if it had been written a day before.
    const early = `${new Date(Date.now() - 86_400_000).getTime().toString(16).padStart(12, "0").replace(/(.{8})(.{4})/, "$1-$2")}-7000-8000-000000000000`;
    const copy = `insert into access_log select (jsonb_populate_record(l, jsonb_build_object('id', '${early}'))).* from access_log l where id = '${a}'`;
    await world.sql`select ensure_access_partitions(now() - interval '1 day', now())`;
    expect(await tampered([copy], [`delete from access_log where id = '${early}'`])).toEqual({ "access log": `access ${early} has no seal` });
  });
});

test("the command prints each chain, names the first that is broken, and exits with 1", async () => {
  const id = (await accessIds())[2]!;
  await world.sql`update access_log set fields = '{other}' where id = ${id}`;
  const { code, text } = await startCommand(world, "verify").ended;
  await world.sql`update access_log set fields = '{principals}' where id = ${id}`;
  expect(text).toContain(`events of ${project.projectCode}: seals 1 to 6 hold, the last is `);
  expect(text).toContain("events of no project: ");
  expect([code, text]).toEqual([1, expect.stringContaining(`BROKEN access log: access ${id} is not what seal 3 was made of`)]);
});

test("Ctrl-C ends the command behind the page that it reads, with what it has looked at and with 2", async () => {
  const { ended, interrupt } = startCommand(world, "verify");
  const waiting = () => world.sql`select from pg_stat_activity where application_name = 'assay-verify' and datname = current_database() and wait_event_type = 'Lock'`;
  await world.sql.begin(async (sql) => {
    await sql`lock table access_seals in access exclusive mode`;
    await expect.poll(async () => (await waiting()).length, { timeout: 15_000 }).toBe(1);
    interrupt();
    await setTimeout(100);
  });
  const { code, text } = await ended;
  expect([code, text]).toEqual([2, expect.stringMatching(/events of[^]*stopped: what is printed was looked at to its end, the rest was not/)]);
  expect(text).not.toContain("access log:");
}, 40_000);
