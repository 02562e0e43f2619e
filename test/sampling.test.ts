import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { drawOrder, frameHash } from "../src/stats/draw.ts";
import { makeDecisions, makeProject, type ProjectFixture } from "./kit/factories.ts";
import { draw, framed, FROM, globalId, makeActivePlan, makePlan, projectGid, rawId, TO } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const DAY = 86_400_000;

test("a draw is the seeded order of the frozen frame, and copies what an auditor needs", async () => {
  const { own, by, ids } = await framed(world, 200, (i, { policies }) => ({ policyId: i % 2 ? policies.hate : policies.NV }));
  await makeDecisions(world.sql, own, [{ decidedAt: TO }, { decidedAt: new Date(FROM.getTime() - 1) }]);
  const planId = await makeActivePlan({ rate: 0.145 }, by, own);
  const before = Date.now();
  const run = await draw(planId, by, { seed: "s1" });
  expect(run).toMatchObject({
    seed: "s1", frameSize: 200, frameHash: frameHash(ids), sampleSize: 29, purpose: "RANDOM", layer: "CLIENT", frameCovers: "ALL",
    windowFrom: FROM.toISOString(), windowTo: TO.toISOString(), plan: { name: "Weekly" }, drawnBy: { id: globalId("Principal", by.principalId) },
    strata: { nodes: [{ key: rawId(planId), frameSize: 200, sampleSize: 29 }] },
  });
  const rows = await world.sql`select s.*, d.content_ref as ref, d.content_hash as hash, d.policy_id as policy, d.decided_at as decided
    from samples s join decisions d on d.id = s.decision_id where s.run_id = ${rawId(run.id)} order by draw_order`;
  expect(rows.map((row) => row.decision_id)).toEqual(drawOrder("s1", ids).slice(0, 29));
  rows.forEach((row, index) => {
    expect(row).toMatchObject({
      draw_order: index + 1, inclusion_probability: 29 / 200, state: "DRAWN", purpose: "RANDOM", layer: "CLIENT", is_blind: true, market: own.market,
      content_ref: row.ref, content_hash: row.hash, policy_id: row.policy, decided_at: row.decided, queue_id: own.queueId, vendor_id: own.vendors[0]!.id,
      site_id: own.vendors[0]!.siteId, team_id: own.vendors[0]!.teamId, labeler_id: own.vendors[0]!.labelerIds[0], modality: "TEXT", language: "en", version: 1,
    });
    const drawnAt = Number.parseInt(row.id.slice(0, 8) + row.id.slice(9, 13), 16);
    expect(drawnAt).toBeGreaterThanOrEqual(before);
    expect(drawnAt).toBeLessThan(before + 60_000);
    expect(row.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
  expect(rows.map((row) => row.id).sort()).not.toEqual(rows.map((row) => row.id));
  const [event] = await world.sql`select * from events where subject_id = ${rawId(run.id)}`;
  expect(event).toMatchObject({ type: "sampling_run.drawn", subject_type: "SamplingRun", payload: { frameSize: 200, sampleSize: 29 }, is_project_visible: false });
});

test("the same frame and seed give the same sample on two databases, and no seed gives a random one", async () => {
  const other = await createWorld();
  try {
    const drawn = [];
    for (const each of [world, other]) {
      const own = { ...(await makeProject(each.sql)), projectCode: "SAME" };
      own.vendors = own.vendors.map((vendor) => ({ ...vendor, code: "SAME" }));
      const by = await each.caller({ role: "QA_LEAD", projectId: own.projectId });
      await makeDecisions(each.sql, own, Array.from({ length: 300 }, (_, i) => ({ externalRef: `same-${i}` })));
      const run = await draw(await makeActivePlan({ size: 50, rate: null }, by, own), by, { seed: "seed of both" });
      const rows = await each.sql`select decision_id, draw_order, inclusion_probability from samples where run_id = ${rawId(run.id)} order by draw_order`;
      drawn.push({ hash: run.frameHash, rows: [...rows] });
    }
    expect(drawn[0]).toEqual(drawn[1]);
    expect(drawn[0]!.rows.length).toBe(50);
  } finally {
    await other.close();
  }
  const { own, by } = await framed(world, 20);
  const planId = await makeActivePlan({}, by, own);
  expect((await draw(planId, by)).seed).toMatch(/^[0-9a-f]{32}$/);
});

test("no decision is drawn twice by a plan: windows may touch, not overlap, even when drawn at once", async () => {
  const { own, by } = await framed(world, 20, (i) => ({ decidedAt: new Date(FROM.getTime() + i * (DAY / 10)) }));
  const planId = await makeActivePlan({ rate: 1 }, by, own);
  const query = "mutation ($input: DrawSamplesInput!) { drawSamples(input: $input) { __typename } }";
  const input = { planId, windowFrom: FROM, windowTo: TO };
  const race = await Promise.all([1, 2, 3].map(() => by.ask(query, { input })));
  expect(race.map((each) => each.drawSamples.__typename).sort()).toEqual(["ConflictRefusal", "ConflictRefusal", "DrawSamplesPayload"]);
  const { samplingRuns } = await by.ask("{ samplingRuns { nodes { id sampleSize } } }");
  const refusal = await by.refused("drawSamples", { ...input, windowFrom: new Date(FROM.getTime() + DAY / 2), windowTo: new Date(TO.getTime() + DAY) });
  expect(refusal).toMatchObject({ code: "CONFLICT", path: ["windowFrom"], message: expect.stringContaining(samplingRuns.nodes[0].id) });
  await draw(planId, by, { windowFrom: TO, windowTo: new Date(TO.getTime() + DAY) });
  const [{ count }] = (await world.sql`select count(distinct decision_id)::int as count from samples where project_id = ${own.projectId}`) as unknown as [{ count: number }];
  expect(count).toBe(20);
});

test("draws that can't be are refused: not active, empty, window reversed or still open", async () => {
  const { own, by } = await framed(world, 3);
  const planId = await makePlan({}, by, own);
  const input = { planId, windowFrom: FROM, windowTo: TO };
  expect(await by.refused("drawSamples", input)).toMatchObject({ __typename: "InvalidTransitionRefusal", message: expect.stringContaining("activateSamplingPlan") });
  await by.verb("activateSamplingPlan", { id: planId }, "samplingPlan { id }");
  expect(await by.refused("drawSamples", { ...input, windowTo: FROM })).toMatchObject({ code: "INVALID_INPUT", path: ["windowTo"] });
  expect(await by.refused("drawSamples", { ...input, windowTo: new Date(Date.now() + DAY) })).toMatchObject({ code: "INVALID_INPUT", path: ["windowTo"] });
  expect(await by.refused("drawSamples", { ...input, seed: "" })).toMatchObject({ code: "INVALID_INPUT", path: ["seed"] });
  expect(await by.refused("drawSamples", { ...input, windowFrom: new Date("2020-01-01"), windowTo: new Date("2020-01-02") })).toMatchObject({ code: "CONFLICT" });
  expect((await draw(planId, by)).sampleSize).toBe(1);
  const auditor = await world.caller({ role: "AUDITOR", projectId: own.projectId });
  expect(await auditor.refused("drawSamples", input)).toMatchObject({ code: "FORBIDDEN" });
});

test("each filter narrows the frame, and labelers in nesting are in none", async () => {
  const [{ own, by }, { own: other }] = [await framed(world, 0), await framed(world, 0)];
  const [first, second] = own.vendors as [ProjectFixture["vendors"][0], ProjectFixture["vendors"][0]];
  const [a, b] = first.labelerIds as [string, string];
  const [c, d] = second.labelerIds as [string, string];
  const queueId = own.queueId.replace(/^./, "1");
  await world.sql`insert into queues (project_id, id, code, name, market, modality) values (${own.projectId}, ${queueId}, 'Q2', 'Q2', ${own.market}, 'TEXT')`;
  const ids = await makeDecisions(world.sql, own, [
    { labelerId: a, policyId: own.policies.hate },
    { labelerId: a, policyId: own.policies.NV, queueId },
    { labelerId: b, policyId: own.policies.satire },
    { vendor: second, labelerId: c, policyId: own.policies.spam },
    { vendor: second, labelerId: d, market: other.market },
  ]);
  await world.sql`update labelers set status = 'NESTING' where id = ${b}`;
  await world.sql`update labelers set status = 'PAUSED', paused_from = 'NESTING', pause_reason = 'ADMIN' where id = ${d}`;
  const frames: [Record<string, unknown>, number[]][] = [
    [{}, [0, 1, 3]],
    [{ frame: { queueIds: [encodeId("Queue", { projectId: own.projectId, id: queueId })] } }, [1]],
    [{ frame: { markets: [own.market] } }, [0, 1, 3]],
    [{ frame: { vendorIds: [globalId("Vendor", second.id)] } }, [3]],
    [{ frame: { labelerIds: [globalId("Labeler", a), globalId("Labeler", b)] } }, [0, 1]],
    [{ frame: { policyIds: [globalId("Policy", own.policies.NV), globalId("Policy", own.policies.spam)] } }, [1, 3]],
    [{ frameCovers: "VIOLATING_ONLY" }, [0, 3]],
    [{ frameCovers: "NON_VIOLATING_ONLY" }, [1]],
  ];
  for (const [input, expected] of frames) {
    const planId = await makeActivePlan({ ...input, rate: 1 }, by, own);
    expect((await draw(planId, by)).frameHash, JSON.stringify(input)).toBe(frameHash(expected.map((index) => ids[index]!)));
    await by.verb("archiveSamplingPlan", { id: planId }, "samplingPlan { id }");
  }
  await world.sql`update labelers set status = 'PRODUCTION', go_live_at = ${TO} where id = ${b}`;
  const late = await makeActivePlan({ rate: 1 }, by, own);
  expect((await draw(late, by)).frameSize, "what was decided in nesting stays out").toBe(3);
});

test("plans and draws are for leads, analysts and administrators", async () => {
  const { own, by } = await framed(world, 5);
  const run = await draw(await makeActivePlan({ rate: 1 }, by, own), by);
  const query = "query ($id: ID!) { samplingPlans { totalCount } samplingRuns { totalCount nodes { samples { totalCount } } } node(id: $id) { id } samples { totalCount } }";
  const vendorId = own.vendors[0]!.id;
  for (const grant of [
    { role: "AUDITOR", projectId: own.projectId }, { role: "POLICY_MANAGER", projectId: own.projectId }, { role: "VENDOR_MANAGER", projectId: own.projectId, vendorId },
    { role: "VENDOR_QA", projectId: own.projectId, vendorId }, { role: "LABELER", projectId: own.projectId, vendorId, labelerId: own.vendors[0]!.labelerIds[0]! },
    { role: "SERVICE", projectId: own.projectId }, { role: "QA_LEAD", projectId: (await makeProject(world.sql)).projectId },
  ] as const) {
    const caller = await world.caller(grant);
    const data = await caller.ask(query, { id: run.id });
    expect(data.node, grant.role).toBeNull();
    if (grant.projectId === own.projectId) expect(data, grant.role).toMatchObject({ samplingPlans: { totalCount: 0 }, samplingRuns: { totalCount: 0, nodes: [] }, samples: { totalCount: 0 } });
  }
  for (const caller of [by, await world.caller({ role: "ANALYST", projectId: own.projectId })]) {
    const data = await caller.ask(query, { id: run.id });
    expect(data).toMatchObject({ samplingPlans: { totalCount: 1 }, samplingRuns: { totalCount: 1, nodes: [{ samples: { totalCount: 5 } }] }, samples: { totalCount: 5 } });
  }
});

test("statements are constant in the number of plans, runs and samples", async () => {
  const { own, by } = await framed(world, 30, (i) => ({ decidedAt: new Date(FROM.getTime() + i * (DAY / 10)) }));
  const planId = await makeActivePlan({ rate: 1 }, by, own);
  const query = `query ($id: ID!) { node(id: $id) { ... on Project { samplingPlans(first: 5) { nodes { name project { code }
    runs(first: 5) { nodes { plan { name } drawnBy { name } strata { nodes { key } } samples(first: 100) { totalCount nodes { purpose queue { code } market { code } run { seed } stratum { key } assignee { name } } } } } } }
    samplingRuns { nodes { id } } samples { nodes { id } } } } }`;
  const count = async () => {
    world.statements.length = 0;
    await by.ask(query, { id: projectGid(own) });
    return world.statements.length;
  };
  const window = (day: number) => ({ windowFrom: new Date(FROM.getTime() + day * DAY), windowTo: new Date(FROM.getTime() + (day + 1) * DAY) });
  await draw(planId, by, window(0));
  const before = await count();
  for (const day of [1, 2]) await draw(planId, by, window(day));
  const second = await makePlan({ layer: "VENDOR", rate: 1 }, by, own);
  await by.verb("activateSamplingPlan", { id: second }, "samplingPlan { id }");
  await draw(second, by, window(0));
  expect(await count()).toBe(before);
  expect(before).toBe(8);
  world.statements.length = 0;
  await draw(second, by, window(1));
  const [few] = [world.statements.length];
  expect(few).toBe(19);
});
