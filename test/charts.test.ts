import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Role } from "../src/core/viewer.ts";
import { type AuditSpec, makeAudits, makeGoldenItem, makeRun } from "./kit/audits.ts";
import { makeLabeler, makeProject, type ProjectFixture, type VendorFixture } from "./kit/factories.ts";
import { FIGURE } from "./kit/insights.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const JANUARY = 'range: { from: "2026-01-01", to: "2026-02-01" }';
const times = (count: number, spec: AuditSpec): AuditSpec[] => Array.from({ length: count }, () => spec);
const on = (day: number, hour = 10) => new Date(Date.UTC(2026, 0, day, hour));
const refusal = async (by: Caller, query: string) => (await by.send(query)).errors?.[0]?.message;
const callerOf = ({ projectId }: ProjectFixture) => (role: Role, more: object = {}) => world.caller({ role, projectId, ...more });
const partner = (own: ProjectFixture, role: Role, vendor: VendorFixture, more: object = {}) => callerOf(own)(role, { vendorId: vendor.id, ...more });

describe("controlChart", () => {
  let own: ProjectFixture;
  let lead: Caller;
  const FIELDS = "kind center sigmaZ n errors points { from n errors rate statistic below low high signals } signals { rule points }";
  const ask = (by: Caller, rest = "", range = JANUARY) =>
    by.ask<any>(`{ controlChart(project: "${own.projectCode}", ${range} ${rest}) { ${FIELDS} } }`).then(({ controlChart }) => controlChart);

  beforeAll(async () => {
    own = await makeProject(world.sql);
    lead = await callerOf(own)("QA_LEAD");
    const { hate, NV } = own.policies;
    // Weights differ a hundredfold between the strata; a chart counts both alike.
    const run = await makeRun(world.sql, own, { strata: [{ key: "all", frameSize: 1_000 }, { key: "rest", frameSize: 100_000 }] });
    const days: [day: number, errors: number, n: number][] = [[5, 1, 20], [6, 2, 20], [7, 1, 20], [8, 0, 20], [12, 14, 20]];
    await makeAudits(world.sql, own, [
      ...days.flatMap(([day, errors, n]) => [
        ...times(errors, { run, stratum: "rest", policyId: hate, truthPolicyId: NV, decidedAt: on(day) }),
        ...times(n - errors, { run, decidedAt: on(day) }),
      ]),
      // The process answers for it: no case, unless asked.
      { run, policyId: hate, truthPolicyId: NV, attribution: "PROCESS", decidedAt: on(5), vendor: own.vendors[1]! },
      { run, decidedAt: on(8), vendor: own.vendors[1]! },
    ]);
  });

  test("counts audits by day, unweighted, and says where they left what is usual", async () => {
    const chart = await ask(lead);
    expect(chart).toMatchObject({ kind: "P", center: 18 / 101, sigmaZ: null, n: 101, errors: 18 });
    expect(chart.points.map(({ from, n, errors, signals }: any) => [from, n, errors, signals])).toEqual([
      ["2026-01-05", 20, 1, []], ["2026-01-06", 20, 2, []], ["2026-01-07", 20, 1, []], ["2026-01-08", 21, 0, []],
      ["2026-01-12", 20, 14, ["BEYOND_3_SIGMA"]],
    ]);
    const sigma = Math.sqrt(((18 / 101) * (83 / 101)) / 20);
    expect(chart.points[4]).toMatchObject({ rate: 0.7, statistic: 0.7, below: null });
    expect(chart.points[4].high).toBeCloseTo(18 / 101 + 3 * sigma, 12);
    expect(chart.points[4].low).toBe(0);
    expect(chart.signals).toEqual([{ rule: "BEYOND_3_SIGMA", points: ["2026-01-12"] }]);
    expect((await ask(lead, ", includeProcessErrors: true")).errors).toBe(19);
  });

  test("takes what is usual from a baseline of its own", async () => {
    const { center, points } = await ask(lead, ', baseline: { from: "2026-01-05", to: "2026-01-08" }', 'range: { from: "2026-01-12", to: "2026-01-13" }');
    expect([center, points.length, points[0].n]).toEqual([4 / 60, 1, 20]);
  });

  test("counts by the project's weeks, in the zone asked for", async () => {
    const { points } = await ask(lead, ", unit: WEEK, kind: CUSUM");
    expect(points.map(({ from, n, errors }: any) => [from, n, errors])).toEqual([["2026-01-05", 81, 4], ["2026-01-12", 20, 14]]);
    const jakarta = await ask(lead, "", 'range: { from: "2026-01-05", to: "2026-01-06", timeZone: "Pacific/Auckland" }');
    expect(jakarta.points.map(({ from, n }: any) => [from, n])).toEqual([["2026-01-05", 20]]);
  });

  test("draws averages and sums where asked to", async () => {
    const { kind, points } = await ask(lead, ", kind: EWMA, lambda: 1, width: 3");
    expect([kind, points[4].statistic, points[4].signals]).toEqual(["EWMA", 0.7, ["BEYOND_LIMIT"]]);
    expect((await ask(lead, ", kind: LANEY_P")).sigmaZ).toBeGreaterThan(1);
    expect(await refusal(lead, `{ controlChart(project: "${own.projectCode}", ${JANUARY}, kind: EWMA, lambda: 0) { n } }`)).toContain("lambda: 0 must be");
  });

  test("charts decisions on golden items too, but not for those who must not learn them", async () => {
    await makeGoldenItem(world.sql, own, { contentRef: "content/g", truthPolicyId: own.policies.NV });
    const run = await makeRun(world.sql, own, { purpose: "RAMP" });
    const of = (day: number, policyId: string) => ({ run, contentRef: "content/g", policyId, decidedAt: on(day) });
    const { hate, NV } = own.policies;
    await makeAudits(world.sql, own, [of(20, NV), of(20, hate), of(21, NV), of(21, NV)]);
    const { points, center } = await ask(lead, ", source: GOLDEN, kind: P");
    expect(points.map(({ from, n, errors }: any) => [from, n, errors])).toEqual([["2026-01-20", 2, 1], ["2026-01-21", 2, 0]]);
    expect(center).toBe(0.25);
    const others = [await callerOf(own)("AUDITOR"), await partner(own, "VENDOR_QA", own.vendors[0]!)];
    for (const by of others) expect(await refusal(by, `{ controlChart(project: "${own.projectCode}", ${JANUARY}, source: GOLDEN) { n } }`)).toContain("Golden items are not for");
  });

  test("is of the viewer's rows, without a centre where there are none, in as many statements whatever the days", async () => {
    expect((await ask(await partner(own, "VENDOR_MANAGER", own.vendors[1]!))).n).toBe(1);
    expect(await ask(lead, ', filter: { markets: ["xx-XX"] }, kind: EWMA')).toEqual({ kind: "EWMA", center: null, sigmaZ: null, n: 0, errors: 0, points: [], signals: [] });
    world.statements.length = 0;
    await ask(lead);
    const all = world.statements.length;
    world.statements.length = 0;
    await ask(lead, "", 'range: { from: "2026-01-05", to: "2026-01-06" }');
    expect([all, world.statements.length]).toEqual([4, 4]);
  });
});

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
    // Projects, grounds, sums, strata; labelers and queues by key.
    expect([await count(lead), await count(await partner(own, "VENDOR_QA", own.vendors[1]!))]).toEqual([6, 6]);
  });
});

describe("precisionPlan", () => {
  let own: ProjectFixture;
  let lead: Caller;
  const FIELDS = `missing rows { group { vendor { code } values { value n reason } } halfWidth population needed missing }`;
  const ask = (by: Caller, rest: string) =>
    by.ask<any>(`{ precisionPlan(projects: ["${own.projectCode}"], ${JANUARY}, ${rest}) { ${FIELDS} } }`).then(({ precisionPlan }) => precisionPlan);

  beforeAll(async () => {
    own = await makeProject(world.sql);
    lead = await callerOf(own)("QA_LEAD");
    const run = await makeRun(world.sql, own, { strata: [{ key: "all", frameSize: 2_000 }] });
    const [, other] = own.vendors as [VendorFixture, VendorFixture];
    await makeAudits(world.sql, own, [
      ...times(5, { run, policyId: own.policies.hate, truthPolicyId: own.policies.NV }), ...times(95, { run }),
      ...times(100, { run, vendor: other }),
    ]);
  });

  test("says how many audits each group still needs", async () => {
    const { rows, missing } = await ask(lead, "halfWidth: 0.02, groupBy: [VENDOR], basis: PROCESS");
    // metrics.md 9, "Size": p .95, e .02.
    expect(rows.map(({ group, needed, missing: more, population }: any) => [group.vendor.code, group.values[0].n, needed, more, population])).toEqual([
      [own.vendors[0]!.code, 100, 457, 357, null],
      // Without an error the rate is taken for 1/102: 1.96² · 1/102 · 101/102 / 0.02² = 93.2. Wilson's half-width is 0.0185 already.
      [own.vendors[1]!.code, 100, 94, 0, null],
    ]);
    expect(missing).toBe(357);
    // Wilson of 95/100 is [0.888250, 0.978456].
    expect(rows[0].halfWidth).toBeCloseTo((0.978456 - 0.88825) / 2, 6);
  });

  test("counts on the frame, where the figures are about it", async () => {
    const { rows: [all] } = await ask(lead, "halfWidth: 0.02");
    // p 0.975 of 200: n0 = 234.09, of 2,000: 234.09 / (1 + 233.09 / 2000) = 209.7.
    expect(all).toMatchObject({ population: 2_000, needed: 210, group: { vendor: null, values: [{ value: 0.975, n: 200 }] } });
    expect(all.missing).toBe(all.halfWidth <= 0.02 ? 0 : 10);
  });

  test("says nothing of a group of which nothing is known, and refuses what is no half-width", async () => {
    expect(await ask(lead, 'halfWidth: 0.02, filter: { markets: ["xx-XX"] }')).toEqual({
      missing: 0, rows: [{ group: { vendor: null, values: [{ value: null, n: 0, reason: "NO_DATA" }] }, halfWidth: null, population: null, needed: null, missing: null }],
    });
    expect(await refusal(lead, `{ precisionPlan(projects: ["${own.projectCode}"], ${JANUARY}, halfWidth: 0.5) { missing } }`)).toContain("halfWidth: 0.5 must be above 0");
    const theirs = await ask(await partner(own, "VENDOR_MANAGER", own.vendors[1]!), "halfWidth: 0.01, groupBy: [VENDOR]");
    expect(theirs.rows).toHaveLength(1);
    const manager = await callerOf(own)("POLICY_MANAGER");
    expect(await refusal(manager, `{ precisionPlan(projects: ["${own.projectCode}"], ${JANUARY}, halfWidth: 0.1, groupBy: [LABELER]) { missing } }`)).toContain("LABELER");
  });
});

describe("vendorBenchmark", () => {
  let own: ProjectFixture;
  let vendors: VendorFixture[];
  const FIELDS = `p25 p50 p75 reason own { ${FIGURE} } from to`;
  const query = (rest: string, of = own) => `{ vendorBenchmark(project: "${of.projectCode}", ${rest}) { ${FIELDS} } }`;
  const ask = (by: Caller, rest = 'from: "2026-01-05"', of = own) =>
    by.ask<any>(query(`market: "${of.market}", ${rest}`, of)).then(({ vendorBenchmark }) => vendorBenchmark);

  // Vendors of five labelers with ten audits each, and so many errors among these fifty.
  const makeVendors = async (project: ProjectFixture, errors: readonly number[], labelers = 5) => {
    const extra = await Promise.all(errors.slice(2).map(() => makeProject(world.sql)));
    const all = [...project.vendors, ...extra.map((each) => each.vendors[0]!)].slice(0, errors.length);
    const run = await makeRun(world.sql, project, { strata: [{ key: "all", frameSize: 5_000 }] });
    for (const [index, vendor] of all.entries()) {
      while (vendor.labelerIds.length < labelers) await makeLabeler(world.sql, vendor);
      const of = (labelerId: string): AuditSpec => ({ run, vendor, labelerId, decidedAt: on(6) });
      const audits = vendor.labelerIds.slice(0, labelers).flatMap((labelerId) => times(10, of(labelerId)));
      await makeAudits(world.sql, project, audits.map((spec, i) => (i < errors[index]! ? { ...spec, policyId: project.policies.hate, truthPolicyId: project.policies.NV } : spec)));
    }
    return all;
  };

  beforeAll(async () => {
    own = await makeProject(world.sql);
    vendors = await makeVendors(own, [5, 10, 15, 20]);
  });

  test("tells quartiles of vendors, and each vendor its own value beside them", async () => {
    // Accuracies 0.6, 0.7, 0.8, 0.9: type 7.
    const quartiles = { p25: 0.675, p50: 0.75, p75: 0.825, reason: null, from: "2026-01-05", to: "2026-01-12" };
    const close = (answer: any) => ({ ...answer, p25: Number(answer.p25.toFixed(12)), p50: Number(answer.p50.toFixed(12)), p75: Number(answer.p75.toFixed(12)) });
    expect(close(await ask(await callerOf(own)("QA_LEAD")))).toEqual({ ...quartiles, own: null });
    expect(close(await ask(await partner(own, "VENDOR_MANAGER", vendors[0]!)))).toMatchObject({ ...quartiles, own: { value: 0.9, n: 50 } });
    expect(close(await ask(await partner(own, "VENDOR_QA", vendors[3]!)))).toMatchObject({ ...quartiles, own: { value: 0.6, n: 50 } });
    expect((await ask(await partner(own, "VENDOR_MANAGER", vendors[0]!, { teamId: vendors[0]!.teamId }))).own).toBeNull();
  });

  test("is not told where somebody could be computed back", async () => {
    const hidden = { p25: null, p50: null, p75: null };
    const two = await makeProject(world.sql);
    const [vendor] = await makeVendors(two, [5, 10]);
    expect(await ask(await partner(two, "VENDOR_QA", vendor!), undefined, two)).toMatchObject({ ...hidden, reason: "TOO_FEW", own: { value: 0.9 } });
    const small = await makeProject(world.sql);
    await makeVendors(small, [5, 10, 15], 4);
    expect(await ask(await callerOf(small)("ANALYST"), undefined, small)).toMatchObject({ ...hidden, reason: "SMALL_GROUP", own: null });
    expect(await ask(await callerOf(own)("QA_LEAD"), 'from: "2026-01-12"')).toMatchObject({ ...hidden, reason: "NO_DATA" });
  });

  test("takes whole weeks that have ended, and nothing else", async () => {
    const lead = await callerOf(own)("QA_LEAD");
    const asked = (rest: string) => refusal(lead, query(`market: "${own.market}", ${rest}`));
    expect(await asked('from: "2026-01-06"')).toContain("begins on 2026-01-05");
    expect(await asked('from: "2026-01-05", weeks: 54')).toContain("1 to 53");
    expect(await asked(`from: "2099-01-05"`)).toContain("has not ended yet");
    expect((await ask(lead, 'from: "2025-12-29", weeks: 3')).to).toBe("2026-01-19");
  });

  test("is not for labelers, nor for those outside of the project", async () => {
    const labeler = await partner(own, "LABELER", vendors[0]!, { labelerId: vendors[0]!.labelerIds[0]! });
    expect(await refusal(labeler, query(`market: "${own.market}", from: "2026-01-05"`))).toContain("vendorBenchmark is for");
    const stranger = await callerOf(await makeProject(world.sql))("QA_LEAD");
    expect(await refusal(stranger, query(`market: "${own.market}", from: "2026-01-05"`))).toBe(`projects: there is no project "${own.projectCode}".`);
    const client = await callerOf(own)("SERVICE", { scopes: [] });
    expect(await refusal(client, query(`market: "${own.market}", from: "2026-01-05"`))).toContain("metrics:read");
  });
});
