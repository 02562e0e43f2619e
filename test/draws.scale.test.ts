import { afterAll, beforeAll, expect, test } from "vitest";
import { drawOrder, frameHash } from "../src/stats/draw.ts";
import { systematicPlaces } from "../src/stats/systematic.ts";
import { redraw, samplesOf, strataOf } from "./kit/draws.ts";
import { draw, framed, FROM, makeActivePlan, TO } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const COUNT = 230_000;

/** A day of so many decisions: more than a statement looks at. Young: nobody has told the planner of them. */
async function crowded() {
  const { own, by } = await framed(world, 1);
  const labelers = own.vendors.flatMap((vendor) => vendor.labelerIds.map((id) => ({ id, vendor })));
  await world.sql`with made as (
      insert into decisions (project_id, id, external_ref, content_ref, content_hash, modality, queue_id, labeler_id, vendor_id, policy_id, market, decided_at, action)
      select ${own.projectId}, (left(h, 8) || '-' || right(h, 4) || '-7' || substr(r, 1, 3) || '-8' || substr(r, 4, 3) || '-' || substr(r, 7, 12))::uuid, 'c' || i,
        'c', sha256('c'), 'TEXT', ${own.queueId}, (${labelers.map(({ id }) => id)}::uuid[])[1 + i % 4], (${labelers.map(({ vendor }) => vendor.id)}::uuid[])[1 + i % 4],
        (${Object.values(own.policies)}::uuid[])[1 + (i / 3) % 4], ${own.market}, to_timestamp(ms / 1000.0), 'A' || i % 3
      from (select i, ms, lpad(to_hex(ms), 12, '0') as h, md5(i::text) as r
        from (select i, ${FROM.getTime()}::bigint + (i / 3) * 1000 as ms from generate_series(1, ${COUNT - 1}) i) t) x
      returning 1)
    select count(*) from made`;
  const ids = (await world.sql`select id from decisions where project_id = ${own.projectId} order by id`).map((row) => row.id as string);
  return { own, by, ids };
}

test("frames of several slices are drawn from as one, by every order, and again", async () => {
  const { own, by, ids } = await crowded();
  expect(ids.length).toBe(COUNT);
  const late = ids.filter((id) => id >= ids[200_000]!).length;
  expect(late).toBe(30_000);
  const stratified = await draw(await makeActivePlan({ method: "STRATIFIED", strataBy: ["POLICY", "ACTION"], allocation: "EQUAL", size: 600, rate: null }, by, own), by, { seed: "s" });
  expect(stratified).toMatchObject({ frameSize: COUNT, frameHash: frameHash(ids), sampleSize: 600 });
  const groups = await world.sql`select policy_id || coalesce(action, '') as code, array_agg(id::text) as ids from decisions where project_id = ${own.projectId} group by 1`;
  const idsOf = new Map(groups.map((row) => [row.code as string, row.ids as string[]]));
  const strata = await strataOf(world, stratified.id);
  expect(strata.length).toBe(13);
  for (const { values, N, n, ids: drawn, reserves } of strata) {
    const order = drawOrder("s", idsOf.get(`${values.POLICY}${values.ACTION ?? ""}`)!);
    expect([order.length, drawn, reserves]).toEqual([N, order.slice(0, n), order.slice(n, n + (N === 1 ? 0 : Math.ceil(n / 5) + 5))]);
  }
  const systematic = await draw(await makeActivePlan({ layer: "VENDOR", method: "SYSTEMATIC", size: 1_000, rate: null }, by, own), by, { seed: "y" });
  const places = systematicPlaces("y", COUNT, 1_000);
  expect(places.some((place) => place < 200_000) && places.some((place) => place > 200_000)).toBe(true);
  expect((await samplesOf(world, systematic.id)).map((sample) => sample.decision_id)).toEqual(places.map((place) => ids[place]));
  expect(await redraw(systematic.id, by)).toMatchObject({ isSame: true, frameHashNow: frameHash(ids) });
  const everything = await makeActivePlan({ purpose: "GOLDEN", rate: 1 }, by, own);
  await world.sql`insert into golden_items (project_id, id, content_ref, content_hash, truth_policy_id, status, active_from)
    values (${own.projectId}, gen_random_uuid(), 'c', sha256('c'), ${own.policies.NV}, 'ACTIVE', '2026-01-01')`;
  const tooMany = await by.refused("drawSamples", { planId: everything, windowFrom: FROM, windowTo: TO });
  expect(tooMany).toMatchObject({ code: "CONFLICT", path: ["windowTo"], message: expect.stringContaining("at most 200000") });
}, 120_000);
