import { sql } from "drizzle-orm";
import pino from "pino";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Pool } from "../src/db/pool.ts";
import { readsOf } from "../src/db/steps.ts";
import type { SealedEvent } from "../src/events/reader.ts";
import { timeIn, wishesOf } from "../src/jobs/rules.ts";
import { type Jobs, startJobs, type Task } from "../src/jobs/runner.ts";
import { emit, openPool } from "./kit/events.ts";
import { claim, lock, makeSamples, rawId, some, submit } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
beforeAll(async () => {
  world = await createWorld();
  pool = openPool(world, 4);
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const event = (due: Date | null): SealedEvent => ({
  projectId: "p", seq: 1, type: "t", subjectType: "T", subjectId: "s", payload: due ? { due: due.toISOString() } : {},
});
const dueAfter = ({ payload }: SealedEvent) => timeIn(payload.due);

test("what falls due in the same second is one job, never early; what is due already is asked for at once", () => {
  const now = new Date("2026-01-01T00:00:00Z");
  const at = (seconds: number) => event(new Date(now.getTime() + seconds * 1_000));
  const wishes = wishesOf([{ name: "do", dueAfter }], [at(61.001), at(61.9), at(62), at(62.001), at(-3), at(0), event(null)], now);
  expect(wishes.map(({ runAt }) => (runAt.getTime() - now.getTime()) / 1_000)).toEqual([62, 63, 0]);
  expect(new Set(wishes.map(({ key }) => key)).size).toBe(3);
});

/** A task that has some batches to do, and tells as whom it did them. */
function work(name: string): Task & { waiting: number; calls: { role: string; at: Date }[] } {
  const task = {
    name,
    waiting: 0,
    calls: [] as { role: string; at: Date }[],
    dueAfter,
    run: async (db: Parameters<Task["run"]>[0]) => {
      const [row] = await db.execute<{ role: string }>(sql`select current_user as role`);
      task.calls.push({ role: row!.role, at: new Date() });
      return task.waiting-- > 0 ? 10 : 0;
    },
  };
  return task;
}

async function until(condition: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> {
  for (const end = Date.now() + ms; !(await condition()); ) {
    if (Date.now() > end) throw new Error("it did not happen");
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

const isReady = async () => (await world.sql`select to_regclass('graphile_worker._private_known_crontabs') is not null as ok`)[0]!.ok as boolean;
const log = pino({ level: "silent" });
const start = (tasks: Task[]): Jobs => startJobs({ url: world.urls.jobs, pool, reads: readsOf(pool), tasks, log });

test("an event's job runs when it is due, batch by batch, as the worker, and once for several processes", async () => {
  const spies = (["log", "info", "warn", "error", "debug"] as const).map((name) => vi.spyOn(console, name));
  const [mine, theirs] = [work("shared"), work("shared")];
  const processes = [start([mine]), start([theirs])];
  await until(isReady);
  await until(async () => (await world.sql`select from graphile_worker._private_known_crontabs`).length > 0);
  // The sweep of the full minute would do the task too: keep out of its way.
  const untilSweep = 60_000 - (Date.now() % 60_000);
  if (untilSweep < 15_000) await new Promise((resolve) => setTimeout(resolve, untilSweep + 4_000));
  mine.calls.length = theirs.calls.length = 0;
  mine.waiting = theirs.waiting = 2;
  const due = new Date(Date.now() + 1_000);
  for (const each of processes) each.hear([event(due), event(due)]);
  await until(async () => (await world.sql`select from graphile_worker.jobs where key like 'shared:%'`).length === 1);
  await until(() => mine.calls.length + theirs.calls.length >= 3);
  await until(async () => (await world.sql`select from graphile_worker.jobs where key like 'shared:%'`).length === 0);
  const calls = [...mine.calls, ...theirs.calls];
  expect(calls.length).toBe(3);
  for (const { role, at } of calls) {
    expect(role).toBe("assay_worker");
    expect(at.getTime()).toBeGreaterThanOrEqual(due.getTime());
  }
  await Promise.all(processes.map((each) => each.close()));
  for (const spy of spies) {
    expect(spy).not.toHaveBeenCalled();
    spy.mockRestore();
  }
}, 60_000);

test("jobs go on after the database has lost every connection, and every task is swept each minute", async () => {
  const task = work("lasting");
  const jobs = start([task]);
  const sweeps = async () => (await world.sql`select from graphile_worker._private_known_crontabs where identifier = 'sweep:lasting'`).length > 0;
  await until(sweeps);
  jobs.hear([event(new Date())]);
  await until(() => task.calls.length > 0);
  for (let i = 0; i < 3; i += 1) {
    await world.sql`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'assay_jobs' and datname = current_database()`;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const before = task.calls.length;
  await until(() => {
    jobs.hear([event(new Date())]);
    return task.calls.length > before;
  });
  await jobs.close();
}, 40_000);

test("closing waits for the job that runs", async () => {
  const slow = work("slow");
  let isDone = false;
  const task: Task = {
    ...slow,
    run: async (db) => {
      slow.calls.push({ role: "", at: new Date() });
      await db.execute(sql`select pg_sleep(0.7)`);
      isDone = true;
      return 0;
    },
  };
  const jobs = start([task]);
  await until(async () => (await world.sql`select from graphile_worker._private_known_crontabs where identifier = 'sweep:slow'`).length > 0);
  await until(() => {
    if (slow.calls.length === 0) jobs.hear([event(new Date())]);
    return slow.calls.length > 0;
  });
  await jobs.close();
  expect(isDone).toBe(true);
});

test("a lease that has ended and an audit whose delay is over are seen to by themselves", async () => {
  const lively = await createWorld(null, { jobs: true });
  const { project, projectId, auditor } = await makeSamples(lively, some(2), { settings: { leaseMinutes: 10, publishDelayMinutes: 20 } });
  await until(async () => (await lively.sql`select to_regclass('graphile_worker._private_known_crontabs') is not null as ok`)[0]!.ok as boolean);
  await until(async () => (await lively.sql`select from graphile_worker._private_known_crontabs`).length > 0);
  const [kept, left] = await claim(auditor, projectId, "id sample { id leaseUntil }", { count: 2 });
  await lock(auditor, kept.id, { policyCode: "NV" });
  await submit(auditor, kept.id);
  const planned = async () => {
    const jobs = await lively.sql`select split_part(key, ':', 1) as task, run_at from graphile_worker.jobs where key not like all ('{%:sweep,foldRollups:%,stopAuditedRuns:%}') order by key`;
    return jobs.map(({ task, run_at }) => [task, Math.round((run_at as Date).getTime() / 60_000 - Date.now() / 60_000)]);
  };
  await until(async () => (await planned()).length === 2);
  expect(await planned()).toEqual([["endLeases", 10], ["publishDueAudits", 20]]);
  // The time comes.
  await lively.sql`update samples set lease_until = now() where id = ${rawId(left.sample.id)}`;
  await lively.sql`update audits set publish_due_at = now() where id = ${rawId(kept.id)}`;
  const now = new Date().toISOString();
  const own = openPool(lively, 1);
  await emit(own, lively, project.projectId, [
    { type: "sample.in_audit", payload: { leaseUntil: now } },
    { type: "audit.submitted", payload: { publishDueAt: now } },
  ]);
  await own.end();
  const state = async (table: string, id: string) => (await lively.sql`select state from ${lively.sql(table)} where id = ${rawId(id)}`)[0]!.state as string;
  await until(async () => (await state("samples", left.sample.id)) === "DRAWN" && (await state("audits", kept.id)) === "PUBLISHED");
  await lively.close();
});
