import { afterAll, beforeAll, expect, test } from "vitest";
import { frameHash } from "../src/stats/draw.ts";
import { samplesOf, strataOf } from "./kit/draws.ts";
import { makeDecisions, type ProjectFixture } from "./kit/factories.ts";
import { draw, framed, FROM, makeActivePlan, rawId, TO } from "./kit/samples.ts";
import { createWorld, type Caller, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const NEYMAN = { method: "STRATIFIED", strataBy: ["POLICY"], allocation: "NEYMAN" };
const SCANS = /findSliceEnd|countSlice|listFrame|listCandidates/;

/**
 * What drawSamples answers if something is done while it is under way: between its first count of the frame and the last, where the draw of
 * a plan by Neyman waits for the audits that are locked here.
 */
async function meanwhile(planId: string, by: Caller, work: () => Promise<unknown>, input: Record<string, unknown> = {}): Promise<any> {
  let answer: Promise<any> | undefined;
  await world.sql.begin(async (sql) => {
    await sql`lock table audits in access exclusive mode`;
    const document = "mutation ($input: DrawSamplesInput!) { drawSamples(input: $input) { __typename ... on Refusal { code message path } ... on DrawSamplesPayload { samplingRun { id } } } }";
    answer = by.ask(document, { input: { planId, windowFrom: FROM, windowTo: TO, ...input } });
    // By another connection: a transaction sees the activity of its first look only.
    for (let [isWaiting, tries] = [false, 0]; !isWaiting; tries += 1) {
      if (tries > 500) throw new Error("the draw did not come to its past audits");
      await new Promise((resolve) => setTimeout(resolve, 10));
      const [row] = await world.sql`select exists (select from pg_stat_activity
        where datname = current_database() and query like '/* countPast */%' and wait_event_type = 'Lock') as waits`;
      isWaiting = row!.waits as boolean;
    }
    await work();
  });
  return (await answer!).drawSamples;
}

const counted = async (own: ProjectFixture) => (await world.sql`select count(*)::int as n from sampling_runs where project_id = ${own.projectId}`)[0]!.n as number;

test("a frame that changes while it is drawn from is refused, and the next draw takes it as it is", async () => {
  const { own, by, ids } = await framed(world, 30);
  const planId = await makeActivePlan({ ...NEYMAN, rate: 0.5 }, by, own);
  const refused = await meanwhile(planId, by, () => makeDecisions(world.sql, own, [{ externalRef: "late" }]));
  expect(refused).toMatchObject({ __typename: "ConflictRefusal", code: "CONFLICT", path: ["windowTo"], message: expect.stringContaining("draw again") });
  const moved = await meanwhile(planId, by, () => world.sql`update labelers set status = 'NESTING' where id = ${own.vendors[0]!.labelerIds[0]!}`);
  expect(moved).toMatchObject({ code: "CONFLICT", path: ["windowTo"] });
  expect(await counted(own)).toBe(0);
  await world.sql`update labelers set status = 'PRODUCTION' where id = ${own.vendors[0]!.labelerIds[0]!}`;
  const run = await draw(planId, by);
  expect(run.frameSize).toBe(31);
  expect(run.frameHash).not.toBe(frameHash(ids));
});

test("decisions of other windows, projects and frames may come in while a frame is drawn from", async () => {
  const { own, by } = await framed(world, 30);
  const { own: other } = await framed(world, 0);
  const planId = await makeActivePlan({ ...NEYMAN, rate: 0.5, frame: { markets: [own.market] } }, by, own);
  const drawn = await meanwhile(planId, by, async () => {
    await makeDecisions(world.sql, own, [{ decidedAt: TO }, { market: other.market }]);
    await makeDecisions(world.sql, other, [{}]);
  });
  expect(drawn.__typename).toBe("DrawSamplesPayload");
});

test("a plan that is paused, changed or drawn from meanwhile is not drawn from", async () => {
  const { own, by } = await framed(world, 30);
  const planId = await makeActivePlan({ ...NEYMAN, rate: 0.5 }, by, own);
  const pause = () => by.verb("pauseSamplingPlan", { id: planId }, "samplingPlan { id }");
  const resume = () => by.verb("resumeSamplingPlan", { id: planId }, "samplingPlan { id }");
  expect(await meanwhile(planId, by, pause)).toMatchObject({ __typename: "InvalidTransitionRefusal" });
  await resume();
  const changed = await meanwhile(planId, by, async () => {
    await pause();
    await by.verb("changeSamplingPlan", { id: planId, rate: 1 }, "samplingPlan { id }");
    await resume();
  });
  expect(changed).toMatchObject({ __typename: "ConflictRefusal", path: ["planId"], message: expect.stringContaining("changed") });
  expect(await counted(own)).toBe(0);
});

test("of two draws of a window that are under way at once, one is kept", async () => {
  const { own, by } = await framed(world, 30);
  const planId = await makeActivePlan({ ...NEYMAN, rate: 0.5 }, by, own);
  const input = { planId, windowFrom: FROM, windowTo: TO };
  let second: Promise<unknown> | undefined;
  const first = await meanwhile(planId, by, async () => {
    second = by.ask("mutation ($input: DrawSamplesInput!) { drawSamples(input: $input) { __typename } }", { input });
  });
  const outcomes = [first.__typename, ((await second) as any).drawSamples.__typename];
  expect(outcomes.sort()).toEqual(["ConflictRefusal", "DrawSamplesPayload"]);
  expect(await counted(own)).toBe(1);
});

test("an idempotency key gives the same run, also to calls that are under way at once", async () => {
  const { own, by } = await framed(world, 30);
  const planId = await makeActivePlan({ ...NEYMAN, rate: 0.5 }, by, own);
  let second: Promise<any> | undefined;
  const document = "mutation ($input: DrawSamplesInput!) { drawSamples(input: $input) { __typename ... on DrawSamplesPayload { samplingRun { id } } } }";
  const input = { planId, windowFrom: FROM, windowTo: TO, idempotencyKey: "k" };
  const first = await meanwhile(planId, by, async () => {
    second = by.ask(document, { input });
  }, { idempotencyKey: "k" });
  expect(first.__typename).toBe("DrawSamplesPayload");
  expect((await second).drawSamples).toEqual(first);
  world.statements.length = 0;
  expect((await by.ask(document, { input })).drawSamples).toEqual(first);
  expect(world.statements.filter((text) => SCANS.test(text))).toEqual([]);
  expect(await by.refused("drawSamples", { ...input, seed: "other" })).toMatchObject({ code: "CONFLICT", path: ["idempotencyKey"] });
  expect(await counted(own)).toBe(1);
});

test("whoever may not draw reads nothing, and what can't be kept is not read for", async () => {
  const { own, by } = await framed(world, 3);
  const planId = await makeActivePlan({ rate: 1 }, by, own);
  const input = { planId, windowFrom: FROM, windowTo: TO };
  const others = [await world.caller({ role: "AUDITOR", projectId: own.projectId }), await world.caller({ role: "QA_LEAD", projectId: (await framed(world, 0)).own.projectId }), world.admin];
  world.statements.length = 0;
  for (const caller of others) expect(["FORBIDDEN", "NOT_FOUND"]).toContain((await caller.refused("drawSamples", input)).code);
  expect(await by.refused("drawSamples", { ...input, windowTo: FROM })).toMatchObject({ code: "INVALID_INPUT" });
  expect(world.statements.filter((text) => SCANS.test(text))).toEqual([]);
  await draw(planId, by);
  world.statements.length = 0;
  expect(await by.refused("drawSamples", input)).toMatchObject({ code: "CONFLICT" });
  expect(world.statements.filter((text) => SCANS.test(text))).toEqual([]);
});

test("statements of a draw are constant in the numbers of decisions, strata and samples", async () => {
  const count = async (decisions: number, strataBy: string[]) => {
    const { own, by } = await framed(world, decisions, (i, { policies }) => ({ action: `A${i % 50}`, policyId: Object.values(policies)[i % 4]! }));
    const planId = await makeActivePlan({ method: "STRATIFIED", strataBy, rate: 0.5, allocation: "NEYMAN" }, by, own);
    world.statements.length = 0;
    const run = await draw(planId, by);
    expect((await samplesOf(world, run.id)).length).toBe(decisions / 2);
    return [world.statements.length, (await strataOf(world, run.id)).length];
  };
  expect(await count(20, ["MARKET"])).toEqual([21, 1]);
  expect(await count(800, ["POLICY", "ACTION"])).toEqual([21, 100]);
});

test("draws of millions wait for nobody's requests: reading holds no transaction of the viewer's", async () => {
  const { own, by } = await framed(world, 30);
  const planId = await makeActivePlan({ ...NEYMAN, rate: 0.5 }, by, own);
  const drawn = await meanwhile(planId, by, async () => {
    // The plans' rows are free while the frame is read.
    const rows = await world.sql`select id from sampling_plans where project_id = ${own.projectId} for update nowait`;
    expect(rows.length).toBe(1);
    const writing = await world.sql`select from pg_stat_activity where datname = current_database() and application_name = 'assay-test' and backend_xid is not null`;
    expect(writing.length).toBe(0);
  });
  expect(rawId(drawn.samplingRun.id)).toMatch(/^[0-9a-f-]{36}$/);
});
