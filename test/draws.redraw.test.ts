import { afterAll, beforeAll, expect, test } from "vitest";
import { frameHash } from "../src/stats/draw.ts";
import { redraw, samplesOf } from "./kit/draws.ts";
import { makeDecisions } from "./kit/factories.ts";
import { draw, framed, makeActivePlan, rawId } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const uneven = (count: number) =>
  framed(world, count, (i, { policies, vendors }) => ({ policyId: Object.values(policies)[i % 7 > 3 ? 0 : i % 4]!, vendor: vendors[i % 5 ? 0 : 1]! }));

test.each([
  ["SIMPLE_RANDOM", { rate: 0.2 }],
  ["SYSTEMATIC", { method: "SYSTEMATIC", rate: 0.13 }],
  ["STRATIFIED", { method: "STRATIFIED", strataBy: ["POLICY", "VENDOR"], allocation: "EQUAL", size: 40, rate: null }],
  ["Neyman's", { method: "STRATIFIED", strataBy: ["POLICY"], allocation: "NEYMAN", size: 40, rate: null }],
  ["PPS", { method: "PPS", purpose: "RISK", size: 20, rate: null }],
  ["GOLDEN", { purpose: "GOLDEN", rate: 0.5 }],
])("a run by %s is drawn again with the same ids", async (_, plan) => {
  const { own, by, ids } = await uneven(150);
  await world.sql`update decisions set risk_score = (abs(hashtext(id::text)) % 100) / 10.0 where id = any (${ids})`;
  await world.sql`insert into golden_items (project_id, id, content_ref, content_hash, truth_policy_id, status, active_from)
    select project_id, gen_random_uuid(), content_ref, content_hash, policy_id, 'ACTIVE', '2026-01-01' from decisions where id = any (${ids.slice(0, 40)})`;
  const run = await draw(await makeActivePlan(plan, by, own), by);
  const drawn = (await samplesOf(world, run.id)).map((sample) => sample.decision_id);
  expect(drawn.length).toBe(run.sampleSize);
  const expected = {
    isSame: true, sampleHashThen: frameHash(drawn), sampleHashNow: frameHash(drawn), frameHashThen: run.frameHash, frameHashNow: run.frameHash,
    frameSizeThen: run.frameSize, frameSizeNow: run.frameSize, sampleSizeThen: drawn.length, sampleSizeNow: drawn.length,
    addedCount: 0, movedCount: 0, missingCount: 0, extraCount: 0,
  };
  for (const caller of [by, await world.caller({ role: "ANALYST", projectId: own.projectId }), world.admin]) expect(await redraw(run.id, caller)).toEqual(expected);
});

test("what changed since is said: decisions recorded later, and those that came or left otherwise", async () => {
  const { own, by, ids } = await uneven(100);
  const run = await draw(await makeActivePlan({ rate: 0.5 }, by, own), by);
  await makeDecisions(world.sql, own, Array.from({ length: 30 }, (_, i) => ({ externalRef: `late${i}` })));
  const later = await redraw(run.id, by);
  expect(later).toMatchObject({ isSame: false, frameSizeThen: 100, frameSizeNow: 130, addedCount: 30, movedCount: 0, sampleSizeThen: 50, sampleSizeNow: 50 });
  expect(later.missingCount).toBe(later.extraCount);
  expect(later.extraCount).toBeGreaterThan(0);
  expect(later.frameHashThen).toBe(run.frameHash);
  expect(later.frameHashNow).not.toBe(run.frameHash);
  await world.sql`update labelers set status = 'NESTING' where id = ${own.vendors[1]!.labelerIds[0]!}`;
  const moved = await redraw(run.id, by);
  expect(moved).toMatchObject({ isSame: false, addedCount: 30, movedCount: -20, frameSizeNow: 110 });
  expect(await redraw(run.id, by)).toEqual(moved);
  expect(ids.length).toBe(100);
});

test("a sample that took the place of a void one is none of the draw", async () => {
  const { own, by } = await uneven(60);
  const run = await draw(await makeActivePlan({ rate: 0.2 }, by, own), by);
  await world.sql`update samples set state = 'VOID', void_reason = 'CONTENT_GONE' where run_id = ${rawId(run.id)} and draw_order = 1`;
  await world.sql`insert into samples (project_id, id, decision_id, run_id, stratum_id, purpose, layer, inclusion_probability, draw_order, is_blind, state, due_at,
      replaces_id, content_ref, content_hash, modality, queue_id, labeler_id, vendor_id, policy_id, market, decided_at)
    select s.project_id, gen_random_uuid(), d.id, s.run_id, s.stratum_id, s.purpose, s.layer, s.inclusion_probability, r.draw_order, true, 'DRAWN', s.due_at,
      s.id, d.content_ref, d.content_hash, d.modality, d.queue_id, d.labeler_id, d.vendor_id, d.policy_id, d.market, d.decided_at
    from samples s join sample_reserves r on r.stratum_id = s.stratum_id and r.draw_order = 13 join decisions d on d.id = r.decision_id
    where s.run_id = ${rawId(run.id)} and s.draw_order = 1`;
  expect((await samplesOf(world, run.id)).length).toBe(13);
  expect(await redraw(run.id, by)).toMatchObject({ isSame: true, sampleSizeThen: 12, sampleSizeNow: 12 });
});

test("statements of a redraw are constant, and whoever sees no runs sees none drawn again", async () => {
  const counts = [];
  for (const size of [20, 400]) {
    const { own, by } = await uneven(size);
    const run = await draw(await makeActivePlan({ method: "STRATIFIED", strataBy: ["POLICY", "VENDOR"], rate: 0.5 }, by, own), by);
    world.statements.length = 0;
    await redraw(run.id, by);
    counts.push(world.statements.length);
    const auditor = await world.caller({ role: "AUDITOR", projectId: own.projectId });
    expect((await auditor.ask("query ($id: ID!) { node(id: $id) { ... on SamplingRun { redraw { isSame } } } }", { id: run.id })).node).toBeNull();
  }
  expect(counts).toEqual([8, 8]);
});
