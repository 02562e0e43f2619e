import { afterAll, beforeAll, expect, test } from "vitest";
import { drawKey, drawOrder, frameHash, isDoubleAudited } from "../src/stats/draw.ts";
import { drawProportional, systematicPlaces } from "../src/stats/systematic.ts";
import { samplesOf, strataOf } from "./kit/draws.ts";
import { makeDecisions } from "./kit/factories.ts";
import { draw, framed, globalId, makeActivePlan, rawId } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const STRATIFIED = { method: "STRATIFIED", strataBy: ["POLICY", "VENDOR"] };

// Three policies of one vendor and one of the other: 60, 30, 9 and 1 decisions.
const uneven = () =>
  framed(world, 100, (i, { policies, vendors }) => ({
    policyId: i < 60 ? policies.hate : i < 90 ? policies.spam : i < 99 ? policies.satire : policies.NV,
    vendor: vendors[i === 99 ? 1 : 0]!,
  }));

test("a stratified draw takes the first of each stratum in its seeded order, with chances n / N, and keeps who follows", async () => {
  const { own, by, ids } = await uneven();
  const planId = await makeActivePlan({ ...STRATIFIED, rate: 0.2, doubleAuditRate: 0.5 }, by, own);
  const run = await draw(planId, by, { seed: "s" });
  expect(run).toMatchObject({ frameSize: 100, frameHash: frameHash(ids), sampleSize: 20 });
  const strata = await strataOf(world, run.id);
  const [v0, v1] = own.vendors.map(({ id }) => id) as [string, string];
  const expected = ([["hate", v0, 0, 60, 12], ["spam", v0, 60, 90, 6], ["satire", v0, 90, 99, 2], ["NV", v1, 99, 100, 0]] as const).map(
    ([policy, vendor, from, to, n]) => {
      const order = drawOrder("s", ids.slice(from, to));
      const reserves = n === 0 ? [] : order.slice(n, n + Math.ceil(n / 5) + 5);
      return {
        key: `${rawId(planId)}:POLICY=${own.policies[policy]},VENDOR=${vendor}`, values: { POLICY: own.policies[policy], VENDOR: vendor },
        N: to - from, n, ids: order.slice(0, n), reserves, places: reserves.map((_, i) => n + i + 1),
      };
    });
  expect(strata.map(({ id: _, ...stratum }) => stratum)).toEqual(expected.sort((a, b) => (a.key < b.key ? -1 : 1)));
  const samples = await samplesOf(world, run.id);
  for (const stratum of strata) {
    const own = samples.filter((sample) => sample.stratum_id === stratum.id);
    expect(own.map((sample) => [sample.decision_id, sample.draw_order, sample.inclusion_probability])).toEqual(
      stratum.ids.map((id, i) => [id, i + 1, stratum.n / stratum.N]),
    );
  }
  expect(samples.map((sample) => sample.is_double)).toEqual(samples.map((sample) => isDoubleAudited("s", sample.decision_id, 0.5)));
  expect(new Set(samples.map((sample) => sample.is_double)).size).toBe(2);
  // The weights of what was drawn make up the strata that it was drawn of.
  expect(samples.reduce((sum, sample) => sum + 1 / sample.inclusion_probability!, 0)).toBeCloseTo(99, 9);
});

test("a run shows how it was drawn, and a stratum what its decisions have in common", async () => {
  const { own, by } = await uneven();
  const planId = await makeActivePlan({ ...STRATIFIED, allocation: "EQUAL", size: 8, rate: null, doubleAuditRate: 0.25 }, by, own);
  const { id } = await draw(planId, by);
  const query = `query ($id: ID!) { node(id: $id) { ... on SamplingRun { method strataBy allocation doubleAuditRate planVersion excludedCount plan { version }
    strata(orderBy: { field: KEY }) { nodes { key sampleSize values { dimension value } } } } } }`;
  const { node } = await by.ask(query, { id });
  expect(node).toMatchObject({ method: "STRATIFIED", strataBy: ["POLICY", "VENDOR"], allocation: "EQUAL", doubleAuditRate: 0.25, excludedCount: 0 });
  expect(node.planVersion).toBe(node.plan.version);
  const hate = node.strata.nodes.find(({ key }: { key: string }) => key.includes(own.policies.hate));
  expect(hate.values).toEqual([
    { dimension: "VENDOR", value: globalId("Vendor", own.vendors[0]!.id) },
    { dimension: "POLICY", value: globalId("Policy", own.policies.hate) },
  ]);
});

test("every dimension makes strata, and what a decision lacks is a value too", async () => {
  const { own, by, ids } = await framed(world, 40, (i, { vendors }) => ({ vendor: vendors[i % 2]!, action: i % 3 ? "REMOVE" : null }));
  const [a, b] = own.vendors.map((vendor) => vendor.labelerIds[0]!) as [string, string];
  await world.sql`update labelers set kind = 'MODEL', hired_on = null where id = ${a}`;
  await world.sql`update labelers set hired_on = '2025-11-06' where id = ${b}`;
  await world.sql`update decisions set language = null, modality = 'IMAGE', team_id = null where id = any (${ids.slice(0, 4)})`;
  const strataBy = ["QUEUE", "MARKET", "VENDOR", "SITE", "TEAM", "LABELER", "LABELER_KIND", "POLICY", "ACTION", "MODALITY", "LANGUAGE", "TENURE_BUCKET"];
  const run = await draw(await makeActivePlan({ method: "STRATIFIED", strataBy, rate: 1 }, by, own), by);
  const rows = await world.sql`select jsonb_build_object('QUEUE', d.queue_id, 'MARKET', d.market, 'VENDOR', d.vendor_id, 'SITE', d.site_id, 'TEAM', d.team_id,
      'LABELER', d.labeler_id, 'LABELER_KIND', case when d.labeler_id = ${a} then 'MODEL' else 'HUMAN' end, 'POLICY', d.policy_id, 'ACTION', d.action,
      'MODALITY', d.modality, 'LANGUAGE', d.language, 'TENURE_BUCKET', case when d.labeler_id = ${a} then null else 'D31_90' end) as values, count(*)::int as n
    from decisions d where project_id = ${own.projectId} group by 1`;
  const strata = await strataOf(world, run.id);
  const sorted = (list: { values: unknown; n: number }[]) => list.map((each) => JSON.stringify([each.n, Object.entries(each.values as object).sort()])).sort();
  expect(sorted(strata)).toEqual(sorted(rows as never));
  expect(strata.length).toBeGreaterThan(4);
  expect(strata.some(({ key }) => key.includes("ACTION=,"))).toBe(true);
  await expect(by.ask("query ($id: ID!) { node(id: $id) { ... on SamplingRun { strata { nodes { values { dimension value } } } } } }", { id: run.id })).resolves.toBeTruthy();
});

test("tenure counts days in the project's zone, the day of hire being 0, and none before", async () => {
  const { own, by } = await framed(world, 6, (i, { vendors }) => ({
    labelerId: vendors[i % 2]!.labelerIds[i < 4 ? 0 : 1]!, vendor: vendors[i % 2]!, decidedAt: new Date(`2026-01-05T${i < 2 ? "16" : "18"}:00:00Z`),
  }));
  await world.sql`update projects set time_zone = 'Asia/Jakarta' where id = ${own.projectId}`;
  // 16:00 UTC is the 5th in Jakarta, 18:00 the 6th.
  const hired = { "2025-12-06": own.vendors[0]!.labelerIds[0]!, "2026-01-06": own.vendors[1]!.labelerIds[0]!, "2025-07-09": own.vendors[0]!.labelerIds[1]!, "2025-07-10": own.vendors[1]!.labelerIds[1]! };
  for (const [day, id] of Object.entries(hired)) await world.sql`update labelers set hired_on = ${day} where id = ${id}`;
  const planId = await makeActivePlan({ method: "STRATIFIED", strataBy: ["TENURE_BUCKET"], rate: 1 }, by, own);
  const strata = await strataOf(world, (await draw(planId, by)).id);
  expect(Object.fromEntries(strata.map(({ values, N }) => [values.TENURE_BUCKET ?? "none", N]))).toEqual({ D0_30: 2, D31_90: 1, none: 1, D91_180: 1, D181_UP: 1 });
  await by.verb("archiveSamplingPlan", { id: planId }, "samplingPlan { id }");
  const young = await makeActivePlan({ frame: { tenureBuckets: ["D0_30", "D31_90"] }, rate: 1 }, by, own);
  expect((await draw(young, by)).frameSize).toBe(3);
});

test("words and scores narrow the frame", async () => {
  const { own, by, ids } = await framed(world, 8, (i, { vendors }) => ({ vendor: vendors[i < 6 ? 0 : 1]!, action: i % 2 ? "REMOVE" : "KEEP" }));
  await world.sql`update labelers set kind = 'MODEL' where id = ${own.vendors[1]!.labelerIds[0]!}`;
  await world.sql`update decisions set modality = 'VIDEO' where id = any (${ids.slice(0, 3)})`;
  await world.sql`update decisions set language = 'de' where id = any (${ids.slice(2, 5)})`;
  for (const [i, id] of ids.entries()) if (i > 0) await world.sql`update decisions set risk_score = ${i / 10} where id = ${id}`;
  const frames: [Record<string, unknown>, number[]][] = [
    [{ actions: ["REMOVE"] }, [1, 3, 5, 7]], [{ modalities: ["VIDEO"] }, [0, 1, 2]], [{ languages: ["de", "xx"] }, [2, 3, 4]], [{ labelerKinds: ["MODEL"] }, [6, 7]],
    [{ riskFrom: 0.3 }, [3, 4, 5, 6, 7]], [{ riskTo: 0.3 }, [1, 2]], [{ riskFrom: 0.3, riskTo: 0.5, labelerKinds: ["HUMAN"] }, [3, 4]],
  ];
  for (const [frame, expected] of frames) {
    const planId = await makeActivePlan({ frame, rate: 1 }, by, own);
    expect((await draw(planId, by)).frameHash, JSON.stringify(frame)).toBe(frameHash(expected.map((i) => ids[i]!)));
    await by.verb("archiveSamplingPlan", { id: planId }, "samplingPlan { id }");
  }
});

test("a systematic draw takes every k-th by time from a seeded start, and nobody replaces its voids", async () => {
  const { own, by, ids } = await framed(world, 103);
  const run = await draw(await makeActivePlan({ method: "SYSTEMATIC", size: 17, rate: null }, by, own), by, { seed: "x" });
  const sorted = [...ids].sort();
  const [stratum] = await strataOf(world, run.id);
  expect(run.frameHash).toBe(frameHash(ids));
  expect(stratum).toMatchObject({ N: 103, n: 17, values: {}, reserves: [], ids: systematicPlaces("x", 103, 17).map((place) => sorted[place]) });
  expect((await samplesOf(world, run.id)).every((sample) => sample.inclusion_probability === 17 / 103)).toBe(true);
});

test("a risk-weighted draw has chances in proportion to the score, keeps each, and counts whom it can't draw", async () => {
  const { own, by, ids } = await framed(world, 60);
  const scores = ids.map((_, i) => (i < 50 ? (i === 7 ? 40 : 1 + (i % 5)) : i < 55 ? 0 : null));
  await world.sql`update decisions d set risk_score = s.score from unnest(${ids}::uuid[], ${scores as number[]}::float8[]) s(id, score) where d.id = s.id`;
  const planId = await makeActivePlan({ purpose: "RISK", method: "PPS", size: 10, rate: null }, by, own);
  const run = await draw(planId, by, { seed: "p" });
  const frame = ids.slice(0, 50).map((id, i) => ({ id, size: scores[i]! }));
  expect(run).toMatchObject({ frameSize: 50, frameHash: frameHash(frame.map(({ id }) => id)), sampleSize: 10 });
  const { node } = await by.ask("query ($id: ID!) { node(id: $id) { ... on SamplingRun { excludedCount } } }", { id: run.id });
  expect(node.excludedCount).toBe(10);
  const samples = await samplesOf(world, run.id);
  const expected = drawProportional("p", frame, 10);
  expect(samples.map((sample) => sample.decision_id)).toEqual(expected.map(({ id }) => id));
  samples.forEach((sample, i) => expect(sample.inclusion_probability).toBeCloseTo(expected[i]!.inclusionProbability, 14));
  expect(samples.find((sample) => sample.decision_id === ids[7])!.inclusion_probability).toBe(1);
  expect(samples.every((sample) => sample.purpose === "RISK" && sample.stratum_id !== null)).toBe(true);
  expect((await strataOf(world, run.id))[0]).toMatchObject({ N: 50, n: 10, reserves: [] });
  const later = { planId, windowFrom: "2026-01-06T00:00:00Z", windowTo: "2026-01-07T00:00:00Z" };
  expect(await by.refused("drawSamples", later)).toMatchObject({ code: "CONFLICT", path: ["windowFrom"] });
});

test("a golden draw takes decisions on items that were active then and are now, without strata or chances", async () => {
  const { own, by, ids } = await framed(world, 12, (i) => ({ contentRef: `golden/${i % 6}` }));
  const decisions = await world.sql`select id, content_hash from decisions where id = any (${ids})`;
  const hashOf = (i: number) => decisions.find((row) => row.id === ids[i])!.content_hash as Buffer;
  const item = async (i: number, status: string, from: string, to: string | null) => {
    const [row] = await world.sql`insert into golden_items (project_id, id, content_ref, content_hash, truth_policy_id, status, active_from, active_to)
      values (${own.projectId}, gen_random_uuid(), 'r', ${hashOf(i)}, ${own.policies.hate}, ${status}, ${from}, ${to}) returning id`;
    return row!.id as string;
  };
  const [first, second] = [await item(0, "ACTIVE", "2026-01-01", null), await item(1, "ACTIVE", "2026-01-01", "2027-01-01")];
  await item(2, "RETIRED", "2026-01-01", "2026-01-31");
  await item(3, "ACTIVE", "2026-01-06", null);
  const run = await draw(await makeActivePlan({ purpose: "GOLDEN", rate: 1 }, by, own), by, { seed: "g" });
  expect(run).toMatchObject({ frameSize: 4, sampleSize: 4, purpose: "GOLDEN", strata: { nodes: [] } });
  const samples = await samplesOf(world, run.id);
  expect(samples.map((sample) => sample.decision_id).sort()).toEqual([ids[0], ids[1], ids[6], ids[7]].sort());
  expect(samples.map((sample) => sample.draw_order)).toEqual([1, 2, 3, 4]);
  for (const sample of samples) {
    const isFirst = sample.decision_id === ids[0] || sample.decision_id === ids[6];
    expect(sample).toMatchObject({ stratum_id: null, inclusion_probability: null, golden_item_id: isFirst ? first : second, purpose: "GOLDEN" });
  }
});

test("a ramp draws labelers in nesting alone, now or when they decided", async () => {
  const { own, by, ids } = await framed(world, 4, (i, { vendors }) => ({ vendor: vendors[i >> 1]!, labelerId: vendors[i >> 1]!.labelerIds[i & 1]! }));
  const [a, b, c] = own.vendors.flatMap(({ labelerIds }) => labelerIds) as [string, string, string];
  await world.sql`update labelers set status = 'NESTING' where id = ${a}`;
  await world.sql`update labelers set status = 'PAUSED', paused_from = 'NESTING', pause_reason = 'ADMIN' where id = ${b}`;
  await world.sql`update labelers set go_live_at = '2026-01-06' where id = ${c}`;
  const ramp = await draw(await makeActivePlan({ purpose: "RAMP", rate: 1 }, by, own), by);
  expect(ramp.frameHash).toBe(frameHash(ids.slice(0, 3)));
  expect((await samplesOf(world, ramp.id)).map((sample) => [sample.purpose, sample.inclusion_probability])).toEqual(Array(3).fill(["RAMP", 1]));
  const random = await draw(await makeActivePlan({ rate: 1 }, by, own), by);
  expect(random.frameHash).toBe(frameHash(ids.slice(3)));
});

test("who left from nesting stays in ramps and out of other frames; who left from production doesn't", async () => {
  const { own, by } = await framed(world, 0);
  const vendor = own.vendors[0]!;
  const rows = [{ externalRef: "new", initialStatus: "NESTING" }, { externalRef: "paused", initialStatus: "NESTING" }, { externalRef: "old", initialStatus: "PRODUCTION" }];
  const { results } = await world.admin.verb("upsertLabelers", { vendorCode: vendor.code, rows }, "results { labeler { id } }");
  const labelerIds: string[] = results.map(({ labeler }: { labeler: { id: string } }) => labeler.id);
  await by.verb("pauseLabeler", { labelerId: labelerIds[1], pauseReason: "ADMIN" }, "labeler { status }");
  for (const labelerId of labelerIds) await world.admin.verb("offboardLabeler", { labelerId, reason: "Left." }, "labeler { status }");
  const ids = await makeDecisions(world.sql, own, labelerIds.map((id) => ({ vendor, labelerId: rawId(id) })));
  expect((await draw(await makeActivePlan({ purpose: "RAMP", rate: 1 }, by, own), by)).frameHash).toBe(frameHash(ids.slice(0, 2)));
  expect((await draw(await makeActivePlan({ rate: 1 }, by, own), by)).frameHash).toBe(frameHash(ids.slice(2)));
});

test("the plan's seed names its windows", async () => {
  const { own, by, ids } = await framed(world, 30);
  const run = await draw(await makeActivePlan({ seed: "audit-2026", size: 5, rate: null }, by, own), by);
  expect(run.seed).toBe("audit-2026:2026-01-05T00:00:00.000Z");
  const [stratum] = await strataOf(world, run.id);
  expect(stratum!.ids).toEqual([...ids].sort((a, b) => (drawKey(run.seed, a) < drawKey(run.seed, b) ? -1 : 1)).slice(0, 5));
});
