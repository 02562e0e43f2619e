import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { type AuditSpec, makeAudits, makeRun } from "./kit/audits.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { askMetrics } from "./kit/metrics.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const JANUARY = 'range: { from: "2026-01-01", to: "2026-02-01" }';
const asked = (project: ProjectFixture, rest: string, range = JANUARY) => `projects: ["${project.projectCode}"], ${range}, ${rest}`;
const times = (count: number, spec: AuditSpec): AuditSpec[] => Array.from({ length: count }, () => spec);

test("runs without audits are gaps in a period of decisions, to everybody alike", async () => {
  const project = await makeProject(world.sql);
  const run = await makeRun(world.sql, project, { strata: [{ key: "x", frameSize: 90 }], to: "2026-01-08T00:00:00Z" });
  await makeRun(world.sql, project, { strata: [{ key: "x", frameSize: 10 }], from: "2026-01-08T00:00:00Z" });
  await makeRun(world.sql, project, {
    strata: [{ key: "x", frameSize: 20 }],
    from: "2026-01-20T00:00:00Z",
    frame: { vendorIds: [project.vendors[1]!.id] },
  });
  await makeRun(world.sql, project, { layer: "VENDOR" });
  await makeAudits(world.sql, project, times(10, { run }));
  const value = async (rest: string, range?: string, caller = world.admin) =>
    (await askMetrics(caller, asked(project, `measures: [ACCURACY] ${rest}`, range))).rows[0]!.values[0]!;
  const vendorId = encodeId("Vendor", { projectId: null, id: project.vendors[0]!.id });
  const partner = await world.caller({ role: "VENDOR_QA", projectId: project.projectId, vendorId: project.vendors[0]!.id });
  expect(await value("")).toMatchObject({ value: null, n: 10, interval: null, reason: "PARTIAL_COVERAGE" });
  expect(await value(`filter: { vendorIds: ["${vendorId}"] }`)).toMatchObject({ value: 1, reason: "PARTIAL_COVERAGE" });
  expect(await value("", JANUARY, partner)).toMatchObject({ value: 1, reason: "PARTIAL_COVERAGE" });
  expect(await value("", 'range: { from: "2026-01-01", to: "2026-01-08" }')).toMatchObject({ value: 1, reason: null });
  expect(await value("timeAxis: AUDITED_AT")).toMatchObject({ value: 1, reason: null });
});

test("projects say how much of a frame is enough, and how many audits of a labeler; of several the strictest holds", async () => {
  const [project, other] = [await makeProject(world.sql), await makeProject(world.sql)];
  const run = await makeRun(world.sql, project, { strata: [{ key: "x", frameSize: 60 }, { key: "y", frameSize: 40 }] });
  await makeAudits(world.sql, project, times(10, { run }));
  const values = async (projects: ProjectFixture[]) => {
    const codes = projects.map(({ projectCode }) => `"${projectCode}"`).join(", ");
    const { rows } = await askMetrics(world.admin, `projects: [${codes}], ${JANUARY}, measures: [ACCURACY, LABELER_COVERAGE]`);
    return rows[0]!.values.map(({ value, reason }) => value ?? reason);
  };
  expect(await values([project])).toEqual(["PARTIAL_COVERAGE", 0]);
  const id = encodeId("Project", { projectId: null, id: project.projectId });
  await world.admin.verb("changeProject", { id, settings: { minCoverageRate: 0.6, labelerMinAudits: 10 } }, "project { id }");
  expect(await values([project])).toEqual([1, 1]);
  expect(await values([project, other])).toEqual(["PARTIAL_COVERAGE", 0]);
});

test("a frame of violating labels knows no misses", async () => {
  const project = await makeProject(world.sql);
  const run = await makeRun(world.sql, project, { frameCovers: "VIOLATING_ONLY" });
  await makeAudits(world.sql, project, times(3, { run, policyId: project.policies.spam }));
  const { rows } = await askMetrics(world.admin, asked(project, "measures: [ACCURACY, UNDER_ENFORCEMENT_RATE]"));
  expect(rows[0]!.values).toMatchObject([
    { value: 1 },
    { value: null, numerator: null, interval: null, reason: "FRAME_EXCLUDES_NEGATIVES" },
  ]);
});

test("no data, and nothing to divide by", async () => {
  const project = await makeProject(world.sql);
  const measures = "measures: [ACCURACY, UNDER_ENFORCEMENT_RATE], totals: true";
  expect(await askMetrics(world.admin, asked(project, measures))).toMatchObject({
    rows: [{ values: [{ value: null, n: 0, reason: "NO_DATA" }, { reason: "NO_DATA" }] }],
    totals: { values: [{ reason: "NO_DATA" }, {}] },
  });
  expect((await askMetrics(world.admin, asked(project, `${measures}, groupBy: [DAY]`))).rows).toEqual([]);
  await makeAudits(world.sql, project, [{ run: await makeRun(world.sql, project) }]);
  expect((await askMetrics(world.admin, asked(project, measures))).rows[0]!.values[1]).toMatchObject({
    value: null,
    n: 0,
    reason: "ZERO_DENOMINATOR",
  });
});

test("the same figure as of the same time is the same, byte for byte, whatever is voided, corrected or published later", async () => {
  const project = await makeProject(world.sql);
  const { hate } = project.policies;
  const run = await makeRun(world.sql, project, { strata: [{ key: "x", frameSize: 90 }, { key: "y", frameSize: 30 }], to: "2026-01-20T00:00:00Z" });
  const later = await makeRun(world.sql, project, { strata: [{ key: "x", frameSize: 40 }] });
  await makeAudits(world.sql, project, [...times(12, { run }), ...times(10, { run, stratum: "y" }), ...times(3, { run, truthPolicyId: hate })]);
  const ask = async (asOf: string) => {
    const metrics = await askMetrics(world.admin, asked(project, `measures: [ACCURACY, ERROR_RATE, F1], groupBy: [LABELER, DAY], totals: true, asOf: "${asOf}"`));
    return JSON.stringify([metrics.rows, metrics.totals]);
  };
  const asOf = "2026-01-21T00:00:00.000Z";
  const before = await ask(asOf);
  expect(JSON.parse(before)[1].values[0].n).toBe(25);
  const [voided, corrected] = await world.sql`select id, sample_id from audits where project_id = ${project.projectId} order by id limit 2`;
  const at = "2026-01-22T00:00:00Z";
  await world.sql`update audits set state = 'VOIDED', updated_at = ${at} where id = ${voided!.id}`;
  await world.sql`update samples set state = 'VOID', updated_at = ${at} where id = ${voided!.sample_id}`;
  const [verdict] = await world.sql`select * from verdicts where audit_id = ${corrected!.id}`;
  const wrong = { outcome: "INCORRECT", truth_policy_id: hate, error_type: "UNDER_ENFORCEMENT", attribution: "LABELER", reason: "CORRECTION" };
  await world.sql`insert into verdicts ${world.sql({ ...verdict, id: crypto.randomUUID(), number: 2, recorded_at: new Date(at), ...wrong } as never)}`;
  await makeAudits(world.sql, project, [{ run: later, publishedAt: at }, { run, publishedAt: at, truthPolicyId: hate }]);
  expect(await ask(asOf)).toBe(before);
  const now = JSON.parse(await ask(new Date().toISOString()));
  expect(now[1].values[0].n).not.toBe(25);
});
