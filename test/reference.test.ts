import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { drawOrder, sampleSize } from "../src/stats/draw.ts";
import { estimateRate } from "../src/stats/estimation.ts";
import { auditByGold, close, DATA, expectShare, importFile, importMhc, LABELED, leadOf, mhcGold, reference, type Share } from "./kit/reference.ts";
import { createWorld, type World } from "./kit/world.ts";

const VALUES = "values { value n interval { low high method } }";
const RANGE = '{ from: "2022-01-01", to: "2027-01-01", timeZone: "UTC" }';

describe.skipIf(!DATA || !existsSync(DATA))(`real data${DATA ? "" : " (skipped: ASSAY_REFERENCE_DATA names no folder)"}`, () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.close());

  test("mhc_a: all of one market audited through the API gives the reference's accuracy, over all and by day", { timeout: 400_000 }, async () => {
    const MARKET = "hi";
    const expected = reference("mhc_a");
    await importMhc(world);
    const { lead, projectId, id } = await leadOf(world, "mhc");
    const [decisions] = await world.sql`select count(*)::int as n from decisions where project_id = ${id}`;
    expect(decisions!.n).toBe(55_524);
    await world.admin.verb("changeProject", { id: projectId, settings: { publishDelayMinutes: 0 } }, "project { id }");
    const { samplingPlan } = await lead.verb("createSamplingPlan", { projectId, name: "All of one market", frame: { markets: [MARKET] }, rate: 1, isBlind: false }, "samplingPlan { id }");
    await lead.verb("activateSamplingPlan", { id: samplingPlan.id }, "samplingPlan { state }");
    const drawn = await lead.verb("drawSamples", { planId: samplingPlan.id, windowFrom: "2022-01-01T00:00:00Z", windowTo: "2022-12-01T00:00:00Z" }, "samplingRun { frameSize sampleSize }");
    const size = expected.accuracy_by_market[MARKET].n;
    expect(drawn.samplingRun).toEqual({ frameSize: size, sampleSize: size });
    const gold = mhcGold();
    const auditors = await Promise.all([1, 2, 3, 4].map(() => world.caller({ role: "AUDITOR", projectId: id })));
    const done = await Promise.all(auditors.map((auditor) => auditByGold(auditor, projectId, gold)));
    expect(done.reduce((sum, each) => sum + each, 0)).toBe(size);
    const { metrics } = await lead.ask(`{ metrics(projects: ["mhc"], measures: [ACCURACY], basis: PROCESS, groupBy: [MARKET, DAY], range: ${RANGE}, totals: true) {
      rows { market day ${VALUES} } totals { ${VALUES} } } }`);
    expectShare(metrics.totals.values[0], expected.accuracy_by_market[MARKET]);
    const days = expected.accuracy_by_day_market.filter((each: any) => each.market === MARKET);
    expect(metrics.rows.map((row: any) => [row.day, row.market, row.values[0].n])).toEqual(days.map((each: any) => [each.day_utc, MARKET, each.n]));
    for (const [index, each] of days.entries()) close(metrics.rows[index].values[0].value, each.accuracy);
  });

  test("hatecheck: a seeded draw is the same on two databases, and the intervals of 200 seeds cover the census value", { timeout: 240_000 }, async () => {
    const other = await createWorld();
    try {
      const draws = await Promise.all([world, other].map(async (each) => {
        await importFile(each, "decisions", "--project", "hatecheck", "--file", join(DATA!, "hatecheck", "labels.csv"), ...LABELED, "--set", "queue=cases", "--set", "market=en",
          "--set", "modality=TEXT", "--start", "2026-01-05T00:00:00Z", "--every", "1s", "--non-violating", "non-hateful");
        const [project] = await each.sql`select id from projects where code = 'hatecheck'`;
        const lead = await each.caller({ role: "QA_LEAD", projectId: project!.id });
        const { projectByCode } = await lead.ask('{ projectByCode(code: "hatecheck") { id } }');
        const plan = (await lead.verb("createSamplingPlan", { projectId: projectByCode.id, name: "Ten percent", rate: 0.1 }, "samplingPlan { id }")).samplingPlan;
        await lead.verb("activateSamplingPlan", { id: plan.id }, "samplingPlan { state }");
        const { samplingRun } = await lead.verb("drawSamples", { planId: plan.id, windowFrom: "2026-01-05T00:00:00Z", windowTo: "2026-01-06T00:00:00Z", seed: "assay-check" },
          "samplingRun { frameHash frameSize sampleSize seed }");
        const ids = await each.sql`select s.decision_id as id from samples s where s.project_id = ${project!.id} order by s.draw_order`;
        return { samplingRun, ids: ids.map((row) => row.id as string) };
      }));
      expect(draws[0]!.samplingRun).toMatchObject({ frameSize: 19_505, sampleSize: 1_951, seed: "assay-check" });
      expect(draws[1]).toEqual(draws[0]);
      const census = reference("hatecheck").accuracy_all_rows as Share;
      await importFile(world, "gold", "--project", "hatecheck", "--file", join(DATA!, "hatecheck", "gold.csv"), "--content", "item_id", "--truth", "gold_label");
      const graded = await world.sql`select d.id, d.policy_id = g.truth_policy_id as right from decisions d join projects p on p.id = d.project_id
        join golden_items g on g.project_id = d.project_id and g.content_hash = d.content_hash where p.code = 'hatecheck'`;
      const isRight = new Map(graded.map((row) => [row.id as string, row.right as boolean]));
      expect([...isRight.values()].filter(Boolean).length).toBe(census.correct);
      const frame = [...isRight.keys()];
      const n = sampleSize(frame.length, { rate: 0.1 });
      // The draw of the database is the reference draw.
      expect(drawOrder("assay-check", frame).slice(0, n)).toEqual(draws[0]!.ids);
      const covering = Array.from({ length: 200 }, (_, seed) => {
        const x = drawOrder(`seed-${seed}`, frame).slice(0, n).filter((each) => isRight.get(each)).length;
        const row = { runId: "r", stratumId: "s", stratumKey: "k", frameSize: frame.length, audited: n, voided: 0, inGroup: n, n, x };
        const { interval } = estimateRate([row], { basis: "POPULATION" });
        return interval!.low <= census.accuracy! && census.accuracy! <= interval!.high;
      }).filter(Boolean).length;
      console.info(`hatecheck: ${covering} of 200 intervals cover the census value`);
      expect(covering).toBeGreaterThanOrEqual(180);
      expect(covering).toBeLessThanOrEqual(199);
    } finally {
      await other.close();
    }
  });
});
