import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Role } from "../src/core/viewer.ts";
import { type AuditSpec, makeAudits, makeGoldenItem, makeRun } from "./kit/audits.ts";
import { makeProject, type ProjectFixture, type VendorFixture } from "./kit/factories.ts";
import { inProject, refusal } from "./kit/insights.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const JANUARY = 'range: { from: "2026-01-01", to: "2026-02-01" }';
const times = (count: number, spec: AuditSpec): AuditSpec[] => Array.from({ length: count }, () => spec);
const on = (day: number) => new Date(Date.UTC(2026, 0, day, 10));
const callerOf = (own: ProjectFixture) => inProject(world, own);
const partner = (own: ProjectFixture, role: Role, vendor: VendorFixture, more: object = {}) => callerOf(own)(role, { vendorId: vendor.id, ...more });

describe("controlChart", () => {
  let own: ProjectFixture;
  let lead: Caller;
  const FIELDS = "kind center sigmaZ n errors points { from n errors rate statistic below low high signals } signals { rule observedOn }";
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
    expect(chart.signals).toEqual([{ rule: "BEYOND_3_SIGMA", observedOn: ["2026-01-12"] }]);
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
    expect(world.statements).toHaveLength(all);
  });
});
