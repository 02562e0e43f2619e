import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { estimateRate } from "../src/stats/estimation.ts";
import { auditByGold, DATA, importFile, importMhc, leadOf, mhcGold, reference, type Share } from "./kit/reference.ts";
import { createWorld, type World } from "./kit/world.ts";

describe.skipIf(!DATA || !existsSync(DATA))(`real data in strata${DATA ? "" : " (skipped: ASSAY_REFERENCE_DATA names no folder)"}`, () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    await importMhc(world);
  }, 120_000);
  afterAll(() => world.close());

  test("mhc_a by market, sized by precision: 2,000 audits through the API, weighted beside unweighted, and 200 seeds in SQL", { timeout: 400_000 }, async () => {
    const census = reference("mhc_a").accuracy_all_rows as Share;
    const { lead, projectId, id } = await leadOf(world, "mhc");
    await world.admin.verb("changeProject", { id: projectId, settings: { publishDelayMinutes: 0 } }, "project { id }");
    const plan = {
      projectId, name: "Three points by market", method: "STRATIFIED", strataBy: ["MARKET"], halfWidth: 0.0313, expectedAccuracy: 0.88, minPerStratum: 350,
      isBlind: false, seed: "mhc",
    };
    const { samplingPlan } = await lead.verb("createSamplingPlan", plan, "samplingPlan { id }");
    await lead.verb("activateSamplingPlan", { id: samplingPlan.id }, "samplingPlan { state }");
    const { samplingRun } = await lead.verb("drawSamples", { planId: samplingPlan.id, windowFrom: "2022-01-01T00:00:00Z", windowTo: "2022-12-01T00:00:00Z" },
      "samplingRun { frameSize sampleSize strata { nodes { key frameSize sampleSize values { dimension value } } } }");
    const strata: { market: string; frameSize: number; sampleSize: number }[] = samplingRun.strata.nodes.map(({ values, ...rest }: any) => ({ ...rest, market: values[0].value }));
    expect(samplingRun.frameSize).toBe(census.n);
    expect(strata.length).toBe(5);
    for (const { sampleSize } of strata) expect(sampleSize).toBeGreaterThanOrEqual(350);
    expect(Math.abs(samplingRun.sampleSize - 2_000)).toBeLessThan(60);

    const gold = mhcGold();
    const auditors = await Promise.all([1, 2, 3, 4].map(() => world.caller({ role: "AUDITOR", projectId: id })));
    const done = await Promise.all(auditors.map((auditor) => auditByGold(auditor, projectId, gold)));
    expect(done.reduce((sum, each) => sum + each, 0)).toBe(samplingRun.sampleSize);
    const { metrics } = await lead.ask(`{ metrics(projects: ["mhc"], measures: [ACCURACY], range: { from: "2022-01-01", to: "2022-12-01", timeZone: "UTC" }) {
      rows { values { value n numerator denominator weighted interval { low high method } reason } } } }`);
    const [accuracy] = metrics.rows[0].values;
    const [{ naive }] = (await world.sql`select avg((outcome = 'CORRECT')::int)::float8 as naive from verdicts where project_id = ${id}`) as unknown as [{ naive: number }];
    console.info(`mhc_a: weighted ${accuracy.value.toFixed(4)} [${accuracy.interval.low.toFixed(4)}, ${accuracy.interval.high.toFixed(4)}], `
      + `unweighted ${naive.toFixed(4)}, census ${census.accuracy!.toFixed(4)}, n ${accuracy.n}`);
    expect(accuracy).toMatchObject({ n: samplingRun.sampleSize, weighted: true, reason: null, interval: { method: "MOVER_WILSON_FPC" } });
    expect(Math.abs(accuracy.denominator - census.n)).toBeLessThan(1e-6);
    expect(accuracy.interval.low).toBeLessThan(census.accuracy!);
    expect(accuracy.interval.high).toBeGreaterThan(census.accuracy!);

    await importFile(world, "gold", "--project", "mhc", "--file", join(DATA!, "mhc_a", "gold.csv"), "--content", "item_id", "--truth", "gold_label");
    await world.sql`create table graded as select d.id, d.market, d.policy_id = g.truth_policy_id as is_right
      from decisions d join golden_items g on g.project_id = d.project_id and g.content_hash = d.content_hash where d.project_id = ${id}`;
    const found = new Map<string, number>();
    const sizes = new Map(strata.map(({ market, sampleSize }) => [market, sampleSize]));
    for (let first = 1; first <= 200; first += 20) {
      // Each market's sample is found among the eighth of its keys that come first.
      const rows = await world.sql`select seed, market, count(*)::int as size, count(*) filter (where is_right)::int as x from (
        select seed, market, is_right, row_number() over (partition by seed, market order by key) as place from (
          select seed, market, is_right, sha256(convert_to('seed-' || seed || ':' || id::text, 'UTF8')) as key
          from graded, generate_series(${first}::int, ${first + 19}::int) as seed
        ) keyed where key < ${Buffer.from([32])}::bytea
      ) drawn join unnest(${[...sizes.keys()]}::text[], ${[...sizes.values()]}::int[]) as s (market, size) using (market)
      where place <= s.size group by seed, market`;
      for (const { seed, market, size, x } of rows) {
        expect(size).toBe(sizes.get(market));
        found.set(`${seed} ${market}`, x as number);
      }
    }
    const covering = Array.from({ length: 200 }, (_, index) => {
      const counts = strata.map(({ market, frameSize, sampleSize: n }) => ({
        runId: "r", stratumId: market, stratumKey: market, frameSize, audited: n, voided: 0, inGroup: n, n, x: found.get(`${index + 1} ${market}`)!,
      }));
      const { interval } = estimateRate(counts, { basis: "POPULATION" });
      return interval!.low <= census.accuracy! && census.accuracy! <= interval!.high;
    }).filter(Boolean).length;
    console.info(`mhc_a: ${covering} of 200 intervals cover the census value`);
    expect(covering).toBeGreaterThanOrEqual(180);
    expect(covering).toBeLessThanOrEqual(199);
  });
});
