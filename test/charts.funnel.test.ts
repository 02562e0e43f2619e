import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Role } from "../src/core/viewer.ts";
import { type AuditSpec, makeAudits, makeRun } from "./kit/audits.ts";
import { makeLabeler, makeProject, type ProjectFixture, type VendorFixture } from "./kit/factories.ts";
import { FIGURE, inProject, refusal } from "./kit/insights.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const JANUARY = 'range: { from: "2026-01-01", to: "2026-02-01" }';
const times = (count: number, spec: AuditSpec): AuditSpec[] => Array.from({ length: count }, () => spec);
const callerOf = (own: ProjectFixture) => inProject(world, own);
const partner = (own: ProjectFixture, role: Role, vendor: VendorFixture, more: object = {}) => callerOf(own)(role, { vendorId: vendor.id, ...more });

describe("funnel", () => {
  let own: ProjectFixture;
  let lead: Caller;
  const FIELDS = `groups { queue { code } tenureBucket k reference rho reason points { labeler { pseudonym name } vendor { code } team { code }
    errorRate { ${FIGURE} } effectiveN shrunken low95 high95 low998 high998 position pValue isFlagged rank } }`;
  const ask = (by: Caller, rest = "") =>
    by.ask<any>(`{ funnel(project: "${own.projectCode}", ${JANUARY} ${rest}) { ${FIELDS} } }`).then(({ funnel }) => funnel.groups);

  beforeAll(async () => {
    own = await makeProject(world.sql);
    lead = await callerOf(own)("QA_LEAD");
    const [vendor] = own.vendors as [VendorFixture];
    for (let i = 0; i < 3; i += 1) await makeLabeler(world.sql, vendor);
    const run = await makeRun(world.sql, own, { strata: [{ key: "all", frameSize: 10_000 }] });
    const { hate, NV } = own.policies;
    const counts = [[2, 20], [1, 30], [10, 25], [2, 40], [0, 20]] as const;
    await makeAudits(world.sql, own, counts.flatMap(([errors, n], index) => {
      const labelerId = vendor.labelerIds[index]!;
      return [...times(errors, { run, labelerId, policyId: hate, truthPolicyId: NV }), ...times(n - errors, { run, labelerId })];
    }));
    const newcomer = await makeLabeler(world.sql, own.vendors[1]!);
    await world.sql`update labelers set hired_on = '2026-01-01' where id = ${newcomer}`;
    await makeAudits(world.sql, own, times(3, { run, vendor: own.vendors[1]!, labelerId: newcomer }));
  });

  test("sets labelers against those of their queue and tenure", async () => {
    const [peers, newcomers] = await ask(lead);
    // Metrics.md 9, "Shrinkage".
    expect(peers).toMatchObject({ queue: { code: "Q1" }, tenureBucket: "D181_UP", k: 5, reference: 15 / 135, reason: null });
    expect(peers.rho).toBeCloseTo(0.225654, 6);
    expect(peers.points.map(({ errorRate, shrunken, rank, position, isFlagged }: any) => [errorRate.numerator, errorRate.n, Number(shrunken.toFixed(6)), rank, position, isFlagged])).toEqual([
      [10, 25, 0.365132, null, "ABOVE_998", true], [2, 20, 0.101627, null, "IN", false], [2, 40, 0.054828, 2, "IN", false],
      [1, 30, 0.041317, 1, "IN", false], [0, 20, 0.016272, null, "IN", false],
    ]);
    expect(peers.points[0]).toMatchObject({ effectiveN: 25, errorRate: { value: 0.4, interval: { method: "WILSON" } }, vendor: null, team: null, labeler: { name: "A Person" } });
    expect(newcomers).toMatchObject({ tenureBucket: "D0_30", k: 1, reference: null, rho: null, reason: "TOO_FEW", points: [{ shrunken: null, rank: null, position: null, isFlagged: false }] });
  });

  test("holds them against a target, and sets vendors and teams against each other by queue", async () => {
    const [, newcomers] = await ask(lead, ", target: 0.05");
    expect(newcomers).toMatchObject({ reference: 0.05, points: [{ position: "IN", rank: null }] });
    const [vendors] = await ask(lead, ", of: VENDOR, target: 0.05");
    expect([vendors.tenureBucket, vendors.k, vendors.points.map(({ vendor, errorRate, labeler }: any) => [vendor.code, errorRate.n, labeler])]).toEqual([
      null, 2, own.vendors.map(({ code }, index) => [code, index === 0 ? 135 : 3, null]),
    ]);
    expect((await ask(lead, ", of: TEAM"))[0].points.map(({ team }: any) => team.code)).toEqual(["T", "T"]);
    expect(await refusal(lead, `{ funnel(project: "${own.projectCode}", ${JANUARY}, target: 1) { groups { k } } }`)).toContain("target: 1 must be");
  });

  test("weighs: the rate is the frame's, and limits allow for what weights cost", async () => {
    const weighed = await makeProject(world.sql);
    const run = await makeRun(world.sql, weighed, { strata: [{ key: "a", frameSize: 90 }, { key: "b", frameSize: 10 }] });
    await makeAudits(world.sql, weighed, [...times(9, { run }), ...times(10, { run, stratum: "b", policyId: weighed.policies.hate, truthPolicyId: weighed.policies.NV })]);
    const { funnel } = await (await callerOf(weighed)("ANALYST")).ask<any>(`{ funnel(project: "${weighed.projectCode}", ${JANUARY}) { ${FIELDS} } }`);
    // Weights 10 and 1: (90 + 10)² / (900 + 10).
    expect(funnel.groups[0].points[0]).toMatchObject({ effectiveN: 10_000 / 910, errorRate: { value: 0.1, n: 19, weighted: true }, labeler: { name: null, pseudonym: expect.any(String) } });
  });

  test("is of the viewer's rows, and shows no labelers to policy managers", async () => {
    const manager = await callerOf(own)("POLICY_MANAGER");
    expect(await refusal(manager, `{ funnel(project: "${own.projectCode}", ${JANUARY}) { groups { k } } }`)).toContain("LABELER can't be grouped or filtered by as POLICY_MANAGER");
    expect(await ask(manager, ", of: VENDOR")).toHaveLength(1);
    const theirs = await ask(await partner(own, "VENDOR_QA", own.vendors[1]!));
    expect(theirs.map(({ k }: any) => k)).toEqual([1]);
    const labelerId = own.vendors[0]!.labelerIds[0]!;
    const mine = await ask(await partner(own, "LABELER", own.vendors[0]!, { labelerId }));
    expect([mine.length, mine[0].k, mine[0].points[0].errorRate.n]).toEqual([1, 1, 20]);
    expect(await ask(lead, ', filter: { markets: ["xx-XX"] }')).toEqual([]);
  });

  test("takes as many statements for five peers as for one", async () => {
    const count = async (by: Caller) => {
      world.statements.length = 0;
      await ask(by);
      return world.statements.length;
    };
    const five = await count(lead);
    expect(world.statements.filter((each) => /(Labeler|Queue)ByKey/.test(each))).toHaveLength(2);
    expect(await count(await partner(own, "VENDOR_QA", own.vendors[1]!))).toBe(five);
  });
});
