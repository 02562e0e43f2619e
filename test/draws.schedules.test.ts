import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { SYSTEM_PRINCIPAL_ID } from "../src/core/ids.ts";
import { WORKER } from "../src/db/identity.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import { write } from "../src/db/session.ts";
import { inSteps, readsOf } from "../src/db/steps.ts";
import { drawDue } from "../src/sampling/schedules.service.ts";
import { framed, globalId, makeActivePlan, rawId } from "./kit/samples.ts";
import { failing } from "./kit/sampling.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
beforeAll(async () => {
  world = await createWorld();
  pool = createPool({ url: world.urls.login, size: 4, queue: 10, waitMs: 5_000, applicationName: "assay-test" });
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

beforeEach(async () => {
  await world.sql`update sampling_plans set state = 'ARCHIVED'`;
});

const NOW = new Date("2026-01-08T12:00:00Z");
const DAILY = { schedule: "0 6 * * *", windowUnit: "DAY", windowLength: 1 };
/** As the job runner does: until nothing is due. How often something was. */
async function runDue(now = NOW): Promise<number> {
  let times = 0;
  const once = () => inSteps<never, number>((step) => write(pool, WORKER, step as never, { timeoutMs: 10_000 }), readsOf(pool), ((db: never) => drawDue(db, now)) as never);
  while ((await once()) > 0) times += 1;
  return times;
}

const DAY = 86_400_000;
const due = (planId: string, at: string) => world.sql`update sampling_plans set next_draw_at = ${at} where id = ${rawId(planId)}`;
const runsOf = (planId: string) => world.sql`select * from sampling_runs where plan_id = ${rawId(planId)} order by window_from`;
const eventsOf = (planId: string) => world.sql`select * from events where subject_id = ${rawId(planId)} and type = 'sampling_plan.drawSkipped' order by id`;
const nextOf = async (planId: string) => (await world.sql`select next_draw_at as at, version from sampling_plans where id = ${rawId(planId)}`)[0]!;

test("a plan whose schedule has come draws its window as the system, one window after the other, and knows when it comes next", async () => {
  const { own, by } = await framed(world, 40, (i) => ({ decidedAt: new Date(Date.UTC(2026, 0, 5, 12) + (i % 2) * DAY + i) }));
  const planId = await makeActivePlan({ ...DAILY, rate: 0.5, seed: "night" }, by, own);
  const { version } = await nextOf(planId);
  await due(planId, "2026-01-06T06:00:00Z");
  expect(await runDue(new Date("2026-01-06T05:59:59Z"))).toBe(0);
  // The 5th, the 6th, and the 7th, which is empty.
  expect(await runDue()).toBe(3);
  const runs = await runsOf(planId);
  expect(runs.map((run) => [run.window_from.toISOString(), run.window_to.toISOString(), run.frame_size, run.sample_size, run.seed, run.drawn_by_id])).toEqual([
    ["2026-01-05T00:00:00.000Z", "2026-01-06T00:00:00.000Z", 20, 10, "night:2026-01-05T00:00:00.000Z", SYSTEM_PRINCIPAL_ID],
    ["2026-01-06T00:00:00.000Z", "2026-01-07T00:00:00.000Z", 20, 10, "night:2026-01-06T00:00:00.000Z", SYSTEM_PRINCIPAL_ID],
  ]);
  expect(await nextOf(planId)).toEqual({ at: new Date("2026-01-09T06:00:00Z"), version });
  const [skipped, ...more] = await eventsOf(planId);
  expect(more).toEqual([]);
  expect(skipped).toMatchObject({
    actor_id: SYSTEM_PRINCIPAL_ID, payload: { windowFrom: "2026-01-07T00:00:00.000Z", windowTo: "2026-01-08T00:00:00.000Z" }, reason: expect.stringContaining("nothing to draw"),
  });
  const { samplingRuns } = await world.admin.ask("{ samplingRuns { nodes { drawnBy { id } } } }");
  expect(samplingRuns.nodes[0].drawnBy.id).toBe(globalId("Principal", SYSTEM_PRINCIPAL_ID));
});

test("a window that was drawn by hand already is skipped with the reason, and the schedule goes on", async () => {
  const { own, by } = await framed(world, 10);
  const planId = await makeActivePlan({ ...DAILY, rate: 1 }, by, own);
  await by.verb("drawSamples", { planId, windowFrom: "2026-01-05T00:00:00Z", windowTo: "2026-01-06T00:00:00Z" }, "samplingRun { id }");
  await due(planId, "2026-01-06T06:00:00Z");
  expect(await runDue(new Date("2026-01-06T06:00:00Z"))).toBe(1);
  expect((await runsOf(planId)).length).toBe(1);
  expect((await eventsOf(planId))[0]!.reason).toContain("has drawn 2026-01-05");
  expect((await nextOf(planId)).at).toEqual(new Date("2026-01-07T06:00:00Z"));
});

test("a draw that fails is put off by ten minutes with the reason, draws meanwhile go on, and it is given up with its day", async () => {
  const [{ own, by }, { own: other, by: lead }] = [await framed(world, 10), await framed(world, 10)];
  const [broken, sound] = [await makeActivePlan({ ...DAILY, rate: 1 }, by, own), await makeActivePlan({ ...DAILY, rate: 1 }, lead, other)];
  const at = async (time: string) => runDue(new Date(time));
  await due(broken, "2026-01-06T06:00:00Z");
  await due(sound, "2026-01-06T06:00:01Z");
  const unbreak = await failing(world, "sampling_runs", own.projectId);
  expect(await at("2026-01-06T06:00:01Z")).toBe(2);
  expect([(await runsOf(broken)).length, (await runsOf(sound)).length]).toEqual([0, 1]);
  expect((await nextOf(broken)).at).toEqual(new Date("2026-01-06T06:10:01Z"));
  expect((await eventsOf(broken)).map(({ reason, payload }) => [reason, payload])).toEqual([[
    "The draw failed: the disk is full. It is tried again at 2026-01-06T06:10:01.000Z.", { windowFrom: "2026-01-05T00:00:00.000Z", windowTo: "2026-01-06T00:00:00.000Z" },
  ]]);
  expect(await at("2026-01-06T23:55:00Z")).toBe(1);
  expect((await eventsOf(broken))[1]!.reason).toBe("The draw failed: the disk is full. Its time is over; draw this window by hand.");
  expect((await nextOf(broken)).at).toEqual(new Date("2026-01-07T06:00:00Z"));
  await unbreak();
  await due(broken, "2026-01-06T06:10:01Z");
  expect(await at("2026-01-06T06:20:00Z")).toBe(1);
  expect((await runsOf(broken)).length).toBe(1);
});

test("a paused plan draws nothing, and two runners draw a window once", async () => {
  const { own, by } = await framed(world, 10);
  const planId = await makeActivePlan({ ...DAILY, rate: 1 }, by, own);
  await by.verb("pauseSamplingPlan", { id: planId }, "samplingPlan { id }");
  expect(await runDue()).toBe(0);
  await by.verb("resumeSamplingPlan", { id: planId }, "samplingPlan { id }");
  await due(planId, "2026-01-06T06:00:00Z");
  const at = new Date("2026-01-06T06:00:00Z");
  await Promise.all([runDue(at), runDue(at), runDue(at)]);
  expect((await runsOf(planId)).length).toBe(1);
  expect(await eventsOf(planId)).toEqual([]);
});

test("the server's job runner draws what is due", async () => {
  const own = await createWorld(null, { jobs: true });
  try {
    const { own: project, by } = await framed(own, 10);
    const planId = await makeActivePlan({ ...DAILY, rate: 1 }, by, project);
    await own.sql`update sampling_plans set next_draw_at = '2026-01-06T06:00:00Z' where id = ${rawId(planId)}`;
    for (const end = Date.now() + 25_000; ; ) {
      const [ready] = await own.sql`select to_regclass('graphile_worker._private_jobs') is not null as ok`;
      if (ready!.ok) break;
      if (Date.now() > end) throw new Error("no job runner");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await own.sql`select graphile_worker.add_job('drawDuePlans')`;
    for (const end = Date.now() + 25_000; ; ) {
      const [run] = await own.sql`select 1 from sampling_runs where plan_id = ${rawId(planId)}`;
      if (run) break;
      if (Date.now() > end) throw new Error("nothing was drawn");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    await own.close();
  }
});
