import { afterAll, beforeAll, expect, test } from "vitest";
import { askMetrics } from "./kit/metrics.ts";
import { claim, globalId, makeSamples, submit } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const NV = { policyCode: "NV" };

test("audits drawn by risk weigh as much as their chance was small, for everybody who sees the figure", async () => {
  // The riskier, the more often wrong: so the unweighted share is too low.
  const sampled = await makeSamples(world, () => Array.from({ length: 60 }, (_, i) => ({ riskScore: i < 40 ? 1 : 10 })), {
    settings: { publishDelayMinutes: 0 }, purpose: "RISK", method: "PPS", rate: undefined, size: 24, isBlind: false,
  });
  const { project, projectId, lead, auditor } = sampled;
  const samples = await world.sql<{ id: string; chance: number; risk: number }[]>`
    select s.decision_id as id, s.inclusion_probability as chance, d.risk_score as risk from samples s join decisions d on d.id = s.decision_id
    where s.project_id = ${project.projectId}`;
  expect(samples.length).toBe(24);
  expect(new Set(samples.map(({ chance }) => chance)).size).toBe(2);
  const risks = new Map(samples.map(({ id, risk }) => [id, risk]));
  let wrong = 0;
  for (let left = 24; left > 0; left -= 12) {
    for (const { id, decision } of await claim(auditor, projectId, "id decision { id }", { count: 12 })) {
      const raw = Buffer.from(decision.id, "base64url").toString().split(":").at(-1)!;
      const isWrong = risks.get(raw)! > 1 && wrong++ % 2 === 0;
      await submit(auditor, id, { truth: isWrong ? { policyId: globalId("Policy", project.policies.hate) } : NV });
    }
  }
  const [totals] = await world.sql`select sum(w * y) / sum(w) as value, sum(w) as weights, sum(w) ^ 2 / sum(w ^ 2) as effective, avg(y)::float8 as naive from (
    select 1 / s.inclusion_probability as w, (v.outcome = 'CORRECT')::int as y from samples s join audits a on a.sample_id = s.id join verdicts v on v.audit_id = a.id
    where s.project_id = ${project.projectId}) each`;
  const args = `projects: ["${projectId}"], measures: [ACCURACY], range: { from: "2026-01-01", to: "2026-02-01" }`;
  const manager = await world.caller({ role: "VENDOR_MANAGER", projectId: project.projectId, vendorId: project.vendors[0]!.id });
  for (const viewer of [lead, manager]) {
    const [accuracy] = (await askMetrics(viewer, args)).rows[0]!.values;
    expect(accuracy!.value).toBeCloseTo(totals!.value, 12);
    expect(accuracy!.denominator).toBeCloseTo(totals!.weights, 9);
    expect(accuracy).toMatchObject({ n: 24, weighted: true, interval: { method: "WILSON_KISH" } });
    expect(accuracy!.value!).toBeGreaterThan(totals!.naive + 0.05);
  }
});
