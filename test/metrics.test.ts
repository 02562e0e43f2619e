import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wilson, wilsonOfPopulation } from "../src/stats/proportions.ts";
import { encodeId } from "../src/core/ids.ts";
import { type AuditSpec, makeAudits, makeRun } from "./kit/audits.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { askMetrics, firstValues, refusedMetrics } from "./kit/metrics.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const JANUARY = 'range: { from: "2026-01-01", to: "2026-02-01" }';
const asked = (project: ProjectFixture, rest: string, range = JANUARY) => `projects: ["${project.projectCode}"], ${range}, ${rest}`;
const times = (count: number, spec: AuditSpec): AuditSpec[] => Array.from({ length: count }, () => spec);

describe("two strata of unequal weight: x draws 4 of 40, y draws 5 of 10", () => {
  let project: ProjectFixture;
  beforeAll(async () => {
    project = await makeProject(world.sql);
    const {
      policies: { NV, hate },
      vendors: [, other],
    } = project;
    const run = await makeRun(world.sql, project, {
      strata: [
        { key: "x", frameSize: 40 },
        { key: "y", frameSize: 10 },
      ],
    });
    const second = project.vendors[0]!.labelerIds[1]!;
    await makeAudits(world.sql, project, [
      { run },
      { run },
      { run, vendor: other! },
      { run, vendor: other!, truthPolicyId: hate },
      { run, stratum: "y" },
      ...times(2, { run, stratum: "y", policyId: hate, truthPolicyId: NV, labelerId: second }),
      ...times(2, { run, stratum: "y", vendor: other! }),
    ]);
  });

  test("audits count by weight, and the interval takes Kish's effective size", async () => {
    const { rows, totals } = await askMetrics(
      world.admin,
      asked(project, "measures: [ACCURACY, ERROR_RATE, OVER_ENFORCEMENT_RATE, UNDER_ENFORCEMENT_RATE], totals: true"),
    );
    const [accuracy, errors, over, under] = rows[0]!.values;
    expect(accuracy).toMatchObject({
      measure: "ACCURACY",
      value: 36 / 50,
      numerator: 36,
      denominator: 50,
      n: 9,
      weighted: true,
      suppressed: false,
      reason: null,
    });
    expect(accuracy!.interval).toEqual({
      level: 0.95,
      method: "WILSON_KISH",
      ...wilsonOfPopulation(36 / 50, 50 ** 2 / (4 * 100 + 5 * 4), 50),
    });
    expect(errors).toMatchObject({ value: 14 / 50, numerator: 14 });
    expect(over).toMatchObject({ value: 4 / 40, numerator: 4, denominator: 40, n: 8, weighted: true });
    expect(under).toMatchObject({ value: 1, numerator: 1, denominator: 1, n: 1, weighted: false });
    expect(totals!.values).toEqual(rows[0]!.values);
  });

  test("groups share the weights of their strata", async () => {
    const metrics = await askMetrics(
      world.admin,
      asked(project, "measures: [ACCURACY], groupBy: [VENDOR], totals: true"),
      "vendor { code }",
    );
    expect(firstValues(metrics, (row) => row.vendor.code)).toEqual({
      [project.vendors[0]!.code]: 22 / 26,
      [project.vendors[1]!.code]: 14 / 24,
    });
    expect(metrics.totals!.values[0]).toMatchObject({ value: 36 / 50, n: 9 });
  });

  test("a partner's figures are those the lead sees of them, without having named the vendor", async () => {
    const [{ id, labelerIds }] = project.vendors as [ProjectFixture["vendors"][0]];
    const { projectId } = project;
    for (const role of ["VENDOR_MANAGER", "VENDOR_QA"] as const) {
      const partner = await world.caller({ role, projectId, vendorId: id });
      const metrics = await askMetrics(partner, asked(project, "measures: [ACCURACY], groupBy: [VENDOR]"), "vendor { code }");
      expect(firstValues(metrics, (row) => row.vendor.code)).toEqual({ [project.vendors[0]!.code]: 22 / 26 });
    }
    const labeler = await world.caller({ role: "LABELER", projectId, vendorId: id, labelerId: labelerIds[1]! });
    expect((await askMetrics(labeler, asked(project, "measures: [ERROR_RATE, OVER_ENFORCEMENT_RATE]"))).rows[0]!.values).toMatchObject([
      { value: 1, n: 2 },
      { value: 1, n: 2 },
    ]);
  });

  test("filters narrow the group, not the weights", async () => {
    const [first, second] = project.vendors[0]!.labelerIds;
    const id = (labelerId: string) => encodeId("Labeler", { projectId: null, id: labelerId });
    const { rows } = await askMetrics(
      world.admin,
      asked(project, `measures: [ACCURACY], filter: { labelerIds: ["${id(first!)}", "${id(second!)}"] }`),
    );
    expect(rows[0]!.values[0]).toMatchObject({ value: 22 / 26, n: 5 });
    const policy = encodeId("Policy", { projectId: null, id: project.policies.hate });
    const filtered = await askMetrics(
      world.admin,
      asked(project, `measures: [ACCURACY], filter: { policyIds: ["${policy}"], markets: ["${project.market}"] }`),
    );
    expect(filtered.rows[0]!.values[0]).toMatchObject({ value: 0, numerator: 0, n: 2 });
  });
});

test("a census leaves nothing open of its period, but something of the process; process errors are left out unless asked for", async () => {
  const project = await makeProject(world.sql);
  const run = await makeRun(world.sql, project, { strata: [{ key: "all", frameSize: 20 }] });
  const { hate } = project.policies;
  await makeAudits(world.sql, project, [
    ...times(17, { run }),
    { run, truthPolicyId: hate },
    ...times(2, { run, truthPolicyId: hate, attribution: "PROCESS" }),
  ]);
  const value = async (rest: string) =>
    (await askMetrics(world.admin, asked(project, `measures: [ACCURACY], ${rest}`))).rows[0]!.values[0]!;
  expect(await value("basis: POPULATION, includeProcessErrors: true")).toMatchObject({
    value: 0.85,
    n: 20,
    interval: { low: 0.85, high: 0.85, method: "WILSON_FPC" },
  });
  expect((await value("basis: PROCESS, includeProcessErrors: true")).interval).toEqual({
    level: 0.95,
    method: "WILSON",
    ...wilson(0.85, 20),
  });
  expect(await value("basis: PROCESS")).toMatchObject({ value: 17 / 18, n: 18, denominator: 18 });
});

test("the verdict that counts, and the axis that places it, are the caller's choice", async () => {
  const project = await makeProject(world.sql);
  const run = await makeRun(world.sql, project);
  const { hate } = project.policies;
  const overturned = { truthPolicyId: hate, later: [{ recordedAt: "2026-01-07T00:00:00Z" }] };
  await makeAudits(world.sql, project, [
    {
      run,
      decidedAt: new Date("2026-01-05T08:00:00Z"),
      submittedAt: "2026-01-06T08:00:00Z",
      publishedAt: "2026-01-06T12:00:00Z",
      ...overturned,
    },
    {
      run,
      decidedAt: new Date("2026-01-05T09:00:00Z"),
      submittedAt: "2026-01-05T23:00:00Z",
      publishedAt: "2026-01-06T01:00:00Z",
      state: "FINAL",
    },
    { run, state: "SUBMITTED" },
    { run, state: "VOIDED" },
    { run, role: "SECOND", truthPolicyId: hate },
  ]);
  const value = async (rest: string) =>
    (await askMetrics(world.admin, asked(project, `measures: [ACCURACY], ${rest}`))).rows[0]!.values[0]!;
  expect(await value("score: AS_AUDITED")).toMatchObject({ value: 0.5, n: 2 });
  expect(await value("score: CURRENT")).toMatchObject({ value: 1, n: 2 });
  expect(await value("score: FINAL")).toMatchObject({ value: 1, n: 1 });
  expect(await value('asOf: "2026-01-06T23:00:00Z"')).toMatchObject({ value: 0.5, n: 2 });
  expect(await value('asOf: "2026-01-06T02:00:00Z"')).toMatchObject({ value: 1, n: 1 });
  expect(await value('asOf: "2026-01-05T10:00:00Z"')).toMatchObject({ value: null, n: 0, reason: "NO_DATA" });
  expect((await refusedMetrics(world.admin, asked(project, 'measures: [ACCURACY], asOf: "2099-01-01T00:00:00Z"'))).message).toContain(
    "has not come yet",
  );
  const days = async (axis: string) =>
    (await askMetrics(world.admin, asked(project, `measures: [ACCURACY], groupBy: [DAY], timeAxis: ${axis}`), "day")).rows.map(
      ({ day, values }) => [day, values[0]!.n],
    );
  expect(await days("DECIDED_AT")).toEqual([["2026-01-05", 2]]);
  expect(await days("AUDITED_AT")).toEqual([
    ["2026-01-05", 1],
    ["2026-01-06", 1],
  ]);
  expect(await days("PUBLISHED_AT")).toEqual([["2026-01-06", 2]]);
});
