import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DIMENSION_NAMES } from "../src/measures/definitions.rules.ts";
import { type AuditSpec, makeAudits, makeGoldenItem, makeRun } from "./kit/audits.ts";
import { makeDecisions, makeProject, type ProjectFixture } from "./kit/factories.ts";
import { type Card, makeCard } from "./kit/insights.ts";
import { askMetrics, refusedMetrics } from "./kit/metrics.ts";
import { globalId } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
let card: Card;
beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
  card = await makeCard(world.sql, project, ["c1", "c2"], ["e1", "e2"]);
  const { NV, hate, spam } = project.policies;
  await world.sql`update policies set harm_category = 'HATE' where id = ${hate}`;
  await world.sql`update labelers set hired_on = '2025-12-20' where id = ${project.vendors[0]!.labelerIds[1]!}`;
  await world.sql`update labelers set hired_on = '2025-11-20' where vendor_id = ${project.vendors[1]!.id}`;
  const [version] = await world.sql`select id from policy_versions where policy_id = ${hate}`;
  const fail = (criterion: string, code?: string, cause?: string) => ({
    criterionId: card.criteria[criterion]!, result: "FAIL" as const, errorCodeId: code && card.codes[code]!, cause: cause!,
  });
  const run = await makeRun(world.sql, project, { strata: [{ key: "all", frameSize: 80 }] });
  const miss = { run, truthPolicyId: hate, severity: "MAJOR" };
  const specs: AuditSpec[] = [
    { run, action: "keep", language: "id", modality: "VIDEO" },
    { run, policyId: hate, policyVersionId: version!.id, action: "remove" },
    { ...miss, findings: [fail("c1", "e1", "OVERSIGHT"), fail("c2", "e1", "TOOL")] },
    { ...miss, findings: [fail("c1", "e2", "OVERSIGHT")] },
    { ...miss, labelerId: project.vendors[0]!.labelerIds[1]! },
    { run, policyId: hate, truthPolicyId: NV, severity: "CRITICAL", findings: [fail("c1", "e1", "KNOWLEDGE_GAP")] },
    { run, policyId: spam, truthPolicyId: hate, severity: "MAJOR", vendor: project.vendors[1]! },
    { run, attribution: "PROCESS", isCorrect: false, errorType: "TECHNICAL", findings: [fail("c1", "e1", "TOOL")] },
  ];
  await makeAudits(world.sql, project, specs);
  const own = await makeRun(world.sql, project, { layer: "VENDOR", purpose: "RISK", strata: [{ key: "all", frameSize: 2 }] });
  await makeAudits(world.sql, project, [{ run: own }, { run: own, truthPolicyId: hate }]);
  await makeDecisions(world.sql, project, [{ contentRef: "gold" }]);
  await makeGoldenItem(world.sql, project, { contentRef: "gold", truthPolicyId: hate });
  await world.sql`update golden_items set rule = 'slur_h' where project_id = ${project.projectId}`;
});
afterAll(() => world.close());

const asked = (rest: string) => `projects: ["${project.projectCode}"], range: { from: "2026-01-01", to: "2026-02-01" }, ${rest}`;
/** n and numerator by what a row shows of its dimension. */
async function cut(dimension: string, fields: string, label: (row: any) => unknown, measure = "ERROR_RATE"): Promise<Record<string, [number | null, number | null]>> {
  const { rows } = await askMetrics(world.admin, asked(`measures: [${measure}], groupBy: [${dimension}]`), fields);
  return Object.fromEntries(rows.map((row) => [String(label(row)), [row.values[0]!.n, row.values[0]!.numerator]]));
}
const nameOf = (code: string | undefined) => code?.split("-")[0];

describe("what each dimension shows", () => {
  test.each<[string, string, (row: any) => unknown, Record<string, [number, number]>]>([
    ["SITE", "site { code }", (row) => row.site.code, { S: [1, 1] }],
    ["TEAM", "team { code vendor { code } }", (row) => row.team.vendor.code === project.vendors[0]!.code, { true: [6, 4], false: [1, 1] }],
    ["AUDITOR", "auditor { name }", (row) => row.auditor.name, { "An Auditor": [7, 5] }],
    ["TRUTH_POLICY", "truthPolicy { code }", (row) => nameOf(row.truthPolicy.code), { NV: [2, 1], hate: [5, 4] }],
    ["POLICY_VERSION", "policyVersion { semver }", (row) => row.policyVersion?.semver, { "1.0.0": [1, 0], undefined: [6, 5] }],
    ["ACTION", "action", (row) => row.action, { keep: [1, 0], remove: [1, 0], null: [5, 5] }],
    ["HARM_CATEGORY", "harmCategory", (row) => row.harmCategory, { HATE: [2, 1], null: [5, 4] }],
    ["MODALITY", "modality", (row) => row.modality, { VIDEO: [1, 0], TEXT: [6, 5] }],
    ["LANGUAGE", "language", (row) => row.language, { id: [1, 0], en: [6, 5] }],
    ["TENURE_BUCKET", "tenureBucket", (row) => row.tenureBucket, { D0_30: [1, 1], D31_90: [1, 1], D181_UP: [5, 3] }],
    ["LAYER", "layer", (row) => row.layer, { CLIENT: [7, 5], VENDOR: [2, 1] }],
    ["PURPOSE", "purpose", (row) => row.purpose, { RANDOM: [7, 5] }],
  ])("%s", async (dimension, fields, label, expected) => {
    const found = await cut(dimension, fields, label);
    if (dimension === "SITE") expect(Object.keys(found)).toEqual(["S"]);
    else expect(found).toEqual(expected);
    // From the newest on, not by their letters.
    if (dimension === "TENURE_BUCKET") expect(Object.keys(found)).toEqual(Object.keys(expected));
  });

  test.each<[string, string, (row: any) => unknown, Record<string, number>]>([
    ["ERROR_TYPE", "errorType", (row) => row.errorType, { UNDER_ENFORCEMENT: 3, OVER_ENFORCEMENT: 1, WRONG_POLICY: 1 }],
    ["SEVERITY", "severity", (row) => row.severity, { MAJOR: 4, CRITICAL: 1 }],
    ["ERROR_CODE", "errorCode { code }", (row) => row.errorCode.code, { e1: 2, e2: 1 }],
    ["CRITERION", "criterion { code }", (row) => row.criterion.code, { c1: 3, c2: 1 }],
    ["ERROR_CAUSE", "errorCause", (row) => row.errorCause, { OVERSIGHT: 2, TOOL: 1, KNOWLEDGE_GAP: 1 }],
  ])("%s divides errors of the class by all audits of the group, each audit once in each class", async (dimension, fields, label, expected) => {
    const { rows, totals } = await askMetrics(world.admin, asked(`measures: [ERROR_RATE], groupBy: [${dimension}], totals: true`), fields);
    expect(Object.fromEntries(rows.map((row) => [label(row), row.values[0]!.numerator]))).toEqual(expected);
    for (const { values } of rows) expect(values[0]).toMatchObject({ n: 7, denominator: 7, value: values[0]!.numerator! / 7, interval: { method: "WILSON_FPC" } });
    expect(totals!.values[0]).toMatchObject({ n: 7, numerator: 5 });
  });

  test("classes within groups divide by the group", async () => {
    const { rows } = await askMetrics(world.admin, asked("measures: [ERROR_RATE], groupBy: [VENDOR, ERROR_TYPE]"), "vendor { code } errorType");
    const first = rows.filter(({ vendor }) => vendor.code === project.vendors[0]!.code);
    expect(first.map(({ errorType, values }) => [errorType, values[0]!.numerator, values[0]!.n])).toEqual([["OVER_ENFORCEMENT", 1, 6], ["UNDER_ENFORCEMENT", 3, 6]]);
  });

  test("GOLDEN_RULE", async () => {
    expect(await cut("GOLDEN_RULE", "goldenRule", (row) => row.goldenRule, "GOLDEN_ACCURACY")).toEqual({ slur_h: [1, 0] });
  });
});

test.each<[string, number | string]>([
  ["siteIds", 6], ["teamIds", 6], ["truthPolicyIds", 5], ["policyVersionIds", 1], ['actions: ["keep"]', 1], ["modalities: [VIDEO]", 1],
  ['languages: ["id", "en"]', 7], ["tenureBuckets: [D0_30]", 1], ["tenureBuckets: [D31_90]", 1],
])("filter %s leaves %s audits", async (filter, n) => {
  const [version] = await world.sql`select id from policy_versions where policy_id = ${project.policies.hate}`;
  const ids: Record<string, string> = {
    siteIds: globalId("Site", project.vendors[0]!.siteId), teamIds: globalId("Team", project.vendors[0]!.teamId),
    truthPolicyIds: globalId("Policy", project.policies.hate), policyVersionIds: globalId("PolicyVersion", version!.id),
  };
  const given = ids[filter] ? `${filter}: ["${ids[filter]}"]` : filter;
  const { rows } = await askMetrics(world.admin, asked(`measures: [ACCURACY], filter: { ${given} }`));
  expect(rows[0]!.values[0]!.n).toBe(n);
});

describe("refusals", () => {
  test.each([
    ["measures: [ACCURACY], groupBy: [GOLDEN_RULE]", "ACCURACY has no GOLDEN_RULE"],
    ["measures: [ACCURACY, ERROR_RATE], groupBy: [ERROR_CODE]", "ERROR_CODE is a class of errors, for ERROR_RATE alone; ask for ACCURACY"],
    ["measures: [AHT_P50], groupBy: [AUDITOR]", "AHT_P50 has no AUDITOR"],
    ['measures: [PLAN_ATTAINMENT], filter: { actions: ["keep"] }', "filter: PLAN_ATTAINMENT has no ACTION"],
    ["measures: [LAYER_VARIANCE], groupBy: [LAYER]", "LAYER_VARIANCE compares layers"],
    ["measures: [PRECISION]", "PRECISION is of one policy; group by POLICY, or name a single one"],
    ["measures: [F1], groupBy: [POLICY, TRUTH_POLICY]", "F1 is of one policy; group by POLICY or TRUTH_POLICY"],
    ["measures: [AHT_MEAN], timeAxis: AUDITED_AT", "AHT_MEAN has no AUDITED_AT"],
  ])("%s", async (rest, message) => {
    expect(await refusedMetrics(world.admin, asked(rest))).toMatchObject({ code: "INVALID_INPUT", message: expect.stringContaining(message) });
  });

  test.each([
    ["VENDOR_QA", "measures: [ACCURACY], groupBy: [PURPOSE]", "PURPOSE can't be grouped or filtered by"],
    ["VENDOR_QA", "measures: [ACCURACY], groupBy: [AUDITOR]", "AUDITOR can't be grouped"],
    ["VENDOR_QA", "measures: [PLAN_ATTAINMENT]", "PLAN_ATTAINMENT is for administrators, leads and analysts"],
    ["AUDITOR", "measures: [AUDIT_COVERAGE]", "not for auditors"],
    ["POLICY_MANAGER", "measures: [ACCURACY], filter: { tenureBuckets: [D0_30] }", "TENURE_BUCKET can't be grouped or filtered by"],
  ] as const)("%s: %s", async (role, rest, message) => {
    const isPartner = role === "VENDOR_QA";
    const by = await world.caller({ role, projectId: project.projectId, vendorId: isPartner ? project.vendors[0]!.id : null });
    expect(await refusedMetrics(by, asked(rest))).toMatchObject({ code: "FORBIDDEN", message: expect.stringContaining(message) });
  });
});

test("objects of rows are read in one statement a dimension, however many rows there are", async () => {
  const fields = "site { code } team { code } policy { code } truthPolicy { code } labeler { pseudonym }";
  world.statements.length = 0;
  const { rows } = await askMetrics(world.admin, asked("measures: [ACCURACY], groupBy: [SITE, TEAM, POLICY, TRUTH_POLICY, LABELER]"), fields);
  expect(rows.length).toBeGreaterThan(4);
  const loads = world.statements.flatMap((each) => /from "(sites|teams|policies|labelers)"/.exec(each)?.[1] ?? []);
  // Policies of both kinds at once.
  expect(loads.sort()).toEqual(["labelers", "policies", "sites", "teams"]);
});

test("the catalogue says what can be cut by what", async () => {
  const { metricDefinitions, dimensionDefinitions } = await world.admin.ask<any>(`{
    metricDefinitions { measure name description formula unit direction source purposes interval nullRule dimensions }
    dimensionDefinitions { dimension name description measures } }`);
  expect(dimensionDefinitions.map(({ dimension }: any) => dimension)).toEqual(DIMENSION_NAMES);
  for (const { measure, dimensions } of metricDefinitions) {
    const cutting = dimensionDefinitions.filter(({ measures }: any) => measures.includes(measure)).map(({ dimension }: any) => dimension);
    expect(dimensions).toEqual(cutting);
  }
  const of = (name: string) => metricDefinitions.find(({ measure }: any) => measure === name);
  expect(of("ERROR_RATE").dimensions).toContain("ERROR_CODE");
  expect(of("ACCURACY")).toMatchObject({ unit: "RATE", direction: "HIGHER_IS_BETTER", source: "AUDITS", purposes: ["RANDOM", "RISK"], interval: "STRATIFIED" });
  expect(of("ACCURACY").dimensions).not.toContain("ERROR_CODE");
  expect(of("GOLDEN_ACCURACY")).toMatchObject({ purposes: [], interval: "WILSON" });
  expect([of("LABELER_COVERAGE").purposes, of("AUDIT_COVERAGE").purposes]).toEqual([["RANDOM", "RISK"], []]);
});
