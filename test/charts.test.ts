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
const on = (day: number) => new Date(Date.UTC(2026, 0, day, 10));
const callerOf = (own: ProjectFixture) => inProject(world, own);
const partner = (own: ProjectFixture, role: Role, vendor: VendorFixture, more: object = {}) => callerOf(own)(role, { vendorId: vendor.id, ...more });

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

  test("takes one statement more for the names of any number of groups", async () => {
    const count = async (rest: string) => {
      world.statements.length = 0;
      await ask(lead, `halfWidth: 0.02 ${rest}`);
      return world.statements.length;
    };
    const one = await count("");
    expect(await count(", groupBy: [VENDOR]")).toBe(one + 1);
  });

  test("counts on the frame, where the figures are about it", async () => {
    const { rows: [all] } = await ask(lead, "halfWidth: 0.02");
    // p 0.975 of 200: n0 = 234.09, of 2,000: 234.09 / (1 + 233.09 / 2000) = 209.7.
    expect(all).toMatchObject({ population: 2_000, needed: 210, group: { vendor: null, values: [{ value: 0.975, n: 200 }] } });
    expect(all.missing).toBe(all.halfWidth <= 0.02 ? 0 : 10);
  });

  test("reads both layers apart where groups are cut by them", async () => {
    const run = await makeRun(world.sql, own, { layer: "VENDOR", strata: [{ key: "all", frameSize: 50 }] });
    await makeAudits(world.sql, own, times(10, { run, decidedAt: on(7) }));
    const { rows } = await ask(lead, "halfWidth: 0.001, groupBy: [LAYER]");
    expect(rows.map(({ group, population }: any) => [group.values[0].n, population])).toEqual([[200, 2_000], [10, 50]]);
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

  test("takes as many statements for four vendors as for none", async () => {
    const lead = await callerOf(own)("QA_LEAD");
    const count = async (from: string) => {
      world.statements.length = 0;
      await ask(lead, `from: "${from}"`);
      return world.statements.length;
    };
    const four = await count("2026-01-05");
    expect(await count("2026-01-12")).toBe(four);
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
