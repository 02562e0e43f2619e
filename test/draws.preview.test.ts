import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { expectPrecision } from "../src/stats/precision.ts";
import { makeAudits, makeRun } from "./kit/audits.ts";
import { preview, previewOf } from "./kit/draws.ts";
import { makeLabeler } from "./kit/factories.ts";
import { draw, framed, FROM, globalId, makeActivePlan, makePlan, projectGid, rawId, TO } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const BY_POLICY = { method: "STRATIFIED", strataBy: ["POLICY"] };

test("a preview of a draft says what a draw would take, how well it would know, and draws nothing", async () => {
  const { own, by } = await framed(world, 200, (i, { policies }) => ({ policyId: i < 150 ? policies.hate : i < 190 ? policies.spam : policies.satire }));
  const run = await makeRun(world.sql, own, { from: "2025-12-01T00:00:00Z", to: "2026-01-01T00:00:00Z" });
  const past = (policyId: string, count: number, errors: number) =>
    Array.from({ length: count }, (_, i) => ({ run, policyId, isCorrect: i >= errors, decidedAt: new Date(Date.UTC(2025, 11, 20, 8, 0, 0, i)) }));
  await makeAudits(world.sql, own, [...past(own.policies.hate, 20, 2), ...past(own.policies.spam, 10, 0)]);
  const planId = await makePlan({ ...BY_POLICY, rate: 0.3 }, by, own);
  const seen = await preview(planId, by);
  const value = (policyId: string) => [{ dimension: "POLICY", value: globalId("Policy", policyId) }];
  const planned = [
    { key: "a", frameSize: 150, sampleSize: 45, p: 0.9 }, { key: "b", frameSize: 40, sampleSize: 12, p: 11 / 12 }, { key: "c", frameSize: 10, sampleSize: 3, p: 0.5 },
  ];
  const precision = expectPrecision(planned);
  expect(seen).toMatchObject({
    frameSize: 200, excludedCount: 0, sampleSize: 60, strataCount: 3,
    strata: [
      { values: value(own.policies.hate), frameSize: 150, sampleSize: 45, expectedAccuracy: 0.9, expectedAccuracySource: "LAST_PERIOD" },
      { values: value(own.policies.spam), frameSize: 40, sampleSize: 12, expectedAccuracy: 1 - 1 / 12, expectedAccuracySource: "LAST_PERIOD" },
      { values: value(own.policies.satire), frameSize: 10, sampleSize: 3, expectedAccuracy: 0.5, expectedAccuracySource: "DEFAULT" },
    ],
  });
  seen.strata.forEach(({ halfWidth }: { halfWidth: number }, i: number) => expect(halfWidth).toBeCloseTo(precision.strata[i]!.halfWidth!, 12));
  expect(seen.halfWidth).toBeCloseTo(precision.halfWidth!, 12);
  expect((await world.sql`select count(*)::int as n from samples s join sampling_runs r on r.id = s.run_id where r.plan_id = ${rawId(planId)}`)[0]!.n).toBe(0);
  const expecting = await makePlan({ ...BY_POLICY, halfWidth: 0.1, expectedAccuracy: 0.7, rate: null }, by, own);
  expect((await preview(expecting, by)).strata.map((each: any) => [each.expectedAccuracy, each.expectedAccuracySource])).toEqual(Array(3).fill([0.7, "PLAN"]));
});

test("a preview and the draw that follows take the same of each stratum", async () => {
  const { own, by } = await framed(world, 90, (i, { policies, vendors }) => ({ policyId: Object.values(policies)[i % 4]!, vendor: vendors[i % 3 ? 0 : 1]! }));
  const planId = await makeActivePlan({ method: "STRATIFIED", strataBy: ["POLICY", "LABELER"], size: 31, rate: null, minPerLabeler: 7 }, by, own);
  const seen = await preview(planId, by);
  const run = await draw(planId, by);
  const sizes = (list: { frameSize: number; sampleSize: number }[]) => list.map(({ frameSize, sampleSize }) => `${sampleSize} of ${frameSize}`).sort();
  expect(sizes(seen.strata)).toEqual(sizes(run.strata.nodes));
  expect([seen.frameSize, seen.sampleSize]).toEqual([run.frameSize, run.sampleSize]);
});

test("hours of auditing follow the median of the project's last 90 days, once there are five", async () => {
  const { own, by, ids } = await framed(world, 40);
  const planId = await makePlan({ rate: 0.5 }, by, own);
  const run = await makeRun(world.sql, own);
  // Of those made elsewhere nobody knows how long they took.
  const items = ids.map((id) => ({ decisionId: encodeId("Decision", { projectId: own.projectId, id }), truthPolicyCode: "NV", submittedAt: new Date(Date.now() - 3_600_000).toISOString() }));
  await by.verb("recordAudits", { projectCode: own.projectCode, items }, "recorded");
  expect(await preview(planId, by)).toMatchObject({ auditHours: null, handlingCount: 0 });
  const claimed = Date.now() - 86_400_000;
  // An audit's id carries the time of its claim.
  const audit = async (minutes: number, at = claimed) => {
    await makeAudits(world.sql, own, [{ run, decidedAt: new Date("2026-01-10T08:00:00Z"), submittedAt: new Date(at).toISOString() }]);
    await world.sql`update audits set submitted_at = submitted_at + ${`${minutes} minutes`}::interval where project_id = ${own.projectId} and submitted_at = ${new Date(at)}`;
  };
  for (const [i, minutes] of [1, 2, 30, 4].entries()) await audit(minutes, claimed + i);
  await audit(500, Date.now() - 91 * 86_400_000);
  expect(await preview(planId, by)).toMatchObject({ auditHours: null, handlingCount: 4 });
  await audit(6, claimed + 10);
  const { auditHours, handlingCount } = await preview(planId, by);
  expect(handlingCount).toBe(5);
  expect(auditHours).toBeCloseTo((4 * 20) / 60, 6);
});

test("a preview names who gets none: those in strata that get nothing, and those at work without a decision", async () => {
  const { own, by } = await framed(world, 103, (i, { vendors }) => ({
    vendor: vendors[i < 102 ? 0 : 1]!, labelerId: i < 100 ? vendors[0]!.labelerIds[0]! : i < 102 ? vendors[0]!.labelerIds[1]! : vendors[1]!.labelerIds[0]!,
  }));
  const [first, second] = own.vendors as [(typeof own.vendors)[0], (typeof own.vendors)[0]];
  const idle = await makeLabeler(world.sql, second);
  await world.sql`insert into labeler_assignments (project_id, id, queue_id, labeler_id, vendor_id, kind, "from", "to")
    values (${own.projectId}, gen_random_uuid(), ${own.queueId}, ${idle}, ${second.id}, 'PRIMARY', '2025-01-01', '2025-06-01')`;
  const ids = (list: { id: string }[]) => list.map(({ id }) => id).sort();
  const labelers = (...each: string[]) => each.map((id) => globalId("Labeler", id)).sort();
  const planId = await makePlan({ method: "STRATIFIED", strataBy: ["LABELER"], size: 10, rate: null }, by, own);
  const seen = await preview(planId, by);
  expect([seen.leftOutCount, seen.absentCount]).toEqual([2, 1]);
  expect(ids(seen.leftOut)).toEqual(labelers(first.labelerIds[1]!, second.labelerIds[0]!));
  // Whose assignment has ended is not expected at work.
  expect(ids(seen.absent)).toEqual(labelers(second.labelerIds[1]!));
  const fair = await preview(await makePlan({ method: "STRATIFIED", strataBy: ["LABELER"], size: 10, rate: null, minPerLabeler: 1 }, by, own), by);
  expect(fair.leftOutCount).toBe(0);
  const narrow = await preview(await makePlan({ frame: { vendorIds: [globalId("Vendor", first.id)] }, rate: 1 }, by, own), by);
  expect([narrow.leftOutCount, narrow.absentCount]).toEqual([0, 0]);
});

test("what can't be inferred from has no expected width: golden and risk-weighted draws", async () => {
  const { own, by, ids } = await framed(world, 20);
  await world.sql`update decisions set risk_score = 0.5 where id = any (${ids.slice(0, 12)})`;
  const risky = await preview(await makePlan({ purpose: "RISK", method: "PPS", size: 5, rate: null }, by, own), by);
  expect(risky).toMatchObject({ frameSize: 12, excludedCount: 8, sampleSize: 5, halfWidth: null });
  const golden = await preview(await makePlan({ purpose: "GOLDEN", rate: 1 }, by, own), by);
  expect(golden).toMatchObject({ frameSize: 0, sampleSize: 0, halfWidth: null });
  const empty = await by.ask(previewOf(await makePlan({ rate: 1 }, by, own), new Date("2020-01-01"), new Date("2020-01-02")));
  expect(empty.node.preview).toMatchObject({ frameSize: 0, sampleSize: 0 });
});

test("previews are for leads and administrators, of windows in order", async () => {
  const { own, by } = await framed(world, 5);
  const planId = await makePlan({ rate: 1 }, by, own);
  for (const caller of [by, world.admin]) expect((await preview(planId, caller)).frameSize).toBe(5);
  const analyst = await world.caller({ role: "ANALYST", projectId: own.projectId });
  const refused = await analyst.send(previewOf(planId));
  expect([refused.errors![0]!.extensions!.code, (refused.data as any).node.preview]).toEqual(["FORBIDDEN", null]);
  for (const role of ["AUDITOR", "POLICY_MANAGER"] as const) {
    const caller = await world.caller({ role, projectId: own.projectId });
    expect((await caller.ask(previewOf(planId))).node).toBeNull();
  }
  const reversed = await by.send(previewOf(planId, TO, FROM));
  expect(reversed.errors![0]!.extensions!.code).toBe("INVALID_INPUT");
});

test("a width is expected where strata drawn from hold as much of the frame as the project asks for", async () => {
  const { own, by } = await framed(world, 60, (i) => ({ action: `A${i % 30}` }));
  const planId = await makePlan({ method: "STRATIFIED", strataBy: ["ACTION"], size: 20, rate: null }, by, own);
  expect((await preview(planId, by)).halfWidth).toBeNull();
  await by.verb("changeProject", { id: projectGid(own), settings: { minCoverageRate: 0.6 } }, "project { id }");
  expect((await preview(planId, by)).halfWidth).toBeGreaterThan(0);
});

test("statements of a preview are constant, and several of one operation take turns", async () => {
  const { own, by } = await framed(world, 60, (i) => ({ action: `A${i % 30}` }));
  const plans = [await makePlan({ rate: 1 }, by, own), await makePlan({ method: "STRATIFIED", strataBy: ["ACTION"], rate: 0.1 }, by, own)];
  const counts = [];
  for (const planId of plans) {
    world.statements.length = 0;
    await preview(planId, by);
    counts.push(world.statements.length);
  }
  expect(counts).toEqual([9, 9]);
  const window = `windowFrom: "${FROM.toISOString()}", windowTo: "${TO.toISOString()}"`;
  const { samplingPlans } = await by.ask(`{ samplingPlans { nodes { name preview(${window}) { frameSize leftOut { id } } project { code } } } samples { totalCount } }`);
  expect(samplingPlans.nodes.map((node: any) => node.preview.frameSize)).toEqual([60, 60]);
});
