import { afterAll, beforeAll, expect, test } from "vitest";
import { plannedErrorRate } from "../src/stats/allocation.ts";
import { sizeForPrecision } from "../src/stats/sizes.ts";
import { makeAudits, makeRun } from "./kit/audits.ts";
import { strataOf } from "./kit/draws.ts";
import { makeDecisions, makeLabeler, type ProjectFixture } from "./kit/factories.ts";
import { draw, framed, makeActivePlan } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const BY_POLICY = { method: "STRATIFIED", strataBy: ["POLICY"], rate: null };

/** What is drawn of each stratum, by the values in one of its dimensions. */
async function sizes(runId: string, dimension: string): Promise<Record<string, number>> {
  return Object.fromEntries((await strataOf(world, runId)).map(({ values, n }) => [values[dimension]!, n]));
}

/** 200 decisions: 120 for hate, 60 for spam, 20 for satire. */
const three = () => framed(world, 200, (i, { policies }) => ({ policyId: i < 120 ? policies.hate : i < 180 ? policies.spam : policies.satire }));

/** Audits of the period before: so many of a policy, the first of them wrong. */
async function audited(own: ProjectFixture, policyId: string, count: number, errors: number, decidedAt = "2025-12-20T08:00:00Z", purpose: "RANDOM" | "RISK" = "RANDOM") {
  const run = await makeRun(world.sql, own, { purpose, from: "2025-12-01T00:00:00Z", to: "2026-01-01T00:00:00Z" });
  const times = (i: number) => new Date(new Date(decidedAt).getTime() + i);
  await makeAudits(world.sql, own, Array.from({ length: count }, (_, i) => ({ run, policyId, isCorrect: i >= errors, decidedAt: times(i) })));
}

test("an equal allocation gives each stratum the same, as far as it has them, and a minimum is kept", async () => {
  const { own, by } = await three();
  const { hate, spam, satire } = own.policies;
  const equal = await draw(await makeActivePlan({ ...BY_POLICY, allocation: "EQUAL", size: 90 }, by, own), by);
  expect(await sizes(equal.id, "POLICY")).toEqual({ [hate]: 35, [spam]: 35, [satire]: 20 });
  const second = await three();
  const least = await draw(await makeActivePlan({ ...BY_POLICY, size: 20, minPerStratum: 4 }, second.by, second.own), second.by);
  expect(await sizes(least.id, "POLICY")).toEqual({ [second.own.policies.hate]: 11, [second.own.policies.spam]: 5, [second.own.policies.satire]: 4 });
});

test("Neyman's allocation follows the error rates of published random audits of the 90 days before the window", async () => {
  const { own, by } = await three();
  const { hate, spam, satire } = own.policies;
  await audited(own, hate, 20, 10);
  await audited(own, spam, 20, 1);
  await audited(own, satire, 20, 10, "2025-09-01T08:00:00Z");
  await audited(own, satire, 20, 10, "2025-12-20T09:00:00Z", "RISK");
  const run = await draw(await makeActivePlan({ ...BY_POLICY, allocation: "NEYMAN", size: 60 }, by, own), by);
  const spread = (N: number, errors: number, audits: number) => {
    const p = plannedErrorRate({ errors, audits });
    return N * Math.sqrt(p * (1 - p));
  };
  const weights = [spread(120, 10, 20), spread(60, 1, 20), spread(20, 0, 0)];
  const shares = weights.map((weight) => (60 * weight) / weights.reduce((sum, each) => sum + each, 0));
  const drawn = await sizes(run.id, "POLICY");
  for (const [i, policy] of [hate, spam, satire].entries()) expect(Math.abs(drawn[policy]! - shares[i]!)).toBeLessThan(1);
  expect(drawn[hate]! + drawn[spam]! + drawn[satire]!).toBe(60);
});

test("a promised precision sizes each group by what is expected of it: the plan's, the last period's, or 0.5", async () => {
  const { own, by } = await three();
  const { hate, spam, satire } = own.policies;
  await audited(own, hate, 40, 4);
  await audited(own, spam, 40, 0);
  const precise = { ...BY_POLICY, halfWidth: 0.1, precisionBy: ["POLICY"] };
  const run = await draw(await makeActivePlan(precise, by, own), by);
  expect(await sizes(run.id, "POLICY")).toEqual({
    [hate]: sizeForPrecision({ halfWidth: 0.1, p: 0.9, frameSize: 120 }),
    // Without an error: (0 + 1) / (40 + 2), since a rate of 0 would ask for a single audit.
    [spam]: sizeForPrecision({ halfWidth: 0.1, p: 41 / 42, frameSize: 60 }),
    [satire]: sizeForPrecision({ halfWidth: 0.1, p: 0.5, frameSize: 20 }),
  });
  const planned = await three();
  const second = await draw(await makeActivePlan({ ...precise, expectedAccuracy: 0.8 }, planned.by, planned.own), planned.by);
  expect(await sizes(second.id, "POLICY")).toEqual(Object.fromEntries(
    ([["hate", 120], ["spam", 60], ["satire", 20]] as const).map(([name, frameSize]) => [planned.own.policies[name], sizeForPrecision({ halfWidth: 0.1, p: 0.8, frameSize })]),
  ));
  const whole = await three();
  const third = await draw(await makeActivePlan({ halfWidth: 0.1, rate: null, expectedAccuracy: 0.8 }, whole.by, whole.own), whole.by);
  expect(third.sampleSize).toBe(sizeForPrecision({ halfWidth: 0.1, p: 0.8, frameSize: 200 }));
});

test("a minimum and a cap hold for each labeler over all their strata", async () => {
  const { own, by } = await framed(world, 0);
  const vendor = own.vendors[0]!;
  for (let i = 0; i < 2; i += 1) await makeLabeler(world.sql, vendor);
  const labelers = vendor.labelerIds;
  // Labeler k made 5, 40, 100 and 200 decisions, alternately for two policies.
  const specs = [5, 40, 100, 200].flatMap((count, k) => Array.from({ length: count }, (_, i) => ({ labelerId: labelers[k]!, policyId: i % 2 ? own.policies.hate : own.policies.spam })));
  await makeDecisions(world.sql, own, specs);
  const plan = { method: "STRATIFIED", strataBy: ["POLICY", "LABELER"], minPerLabeler: 6, capPerLabeler: 20 };
  const drawn = async (input: Record<string, unknown>) => {
    const planId = await makeActivePlan({ ...plan, ...input }, by, own);
    const run = await draw(planId, by);
    await by.verb("archiveSamplingPlan", { id: planId }, "samplingPlan { id }");
    const rows = await strataOf(world, run.id);
    return labelers.map((id) => rows.filter(({ values }) => values.LABELER === id).reduce((sum, { n }) => sum + n, 0));
  };
  expect(await drawn({ rate: 0.1 })).toEqual([5, 6, 8, 16]);
  expect(await drawn({ rate: 0.5 })).toEqual([5, 20, 20, 20]);
  const precise = await drawn({ rate: null, halfWidth: 0.15, precisionBy: ["POLICY"] });
  expect(precise[0]).toBe(5);
  precise.slice(1).forEach((n) => expect([n >= 6, n <= 20]).toEqual([true, true]));
});
