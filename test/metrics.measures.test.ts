import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { type Measure, MEASURE_NAMES } from "../src/measures/measures.rules.ts";
import { askAgreement, label } from "./kit/agreement.ts";
import { type AuditSpec, makeAudits, makeGoldenItem, makeRun } from "./kit/audits.ts";
import { makeDecisions, makeProject, type ProjectFixture } from "./kit/factories.ts";
import { makeCard } from "./kit/insights.ts";
import { REMEDY_MEASURES } from "../src/measures/remedies.rules.ts";
import { askMetrics } from "./kit/metrics.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
const hate = () => encodeId("Policy", { projectId: null, id: project.policies.hate });

// x draws 10 of 40 (w 4), y draws 5 of 10 (w 2). One error in x is the process': Σw is 36 + 10 without it, 50 with it.
beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
  const { NV, hate, spam } = project.policies;
  const { criteria } = await makeCard(world.sql, project, ["c1", "c2", "c3", "bonus"], []);
  await world.sql`update criteria set is_bonus = true where id = ${criteria.bonus!}`;
  const finding = (code: string, result: "PASS" | "FAIL" | "NA", severity = "MINOR") => ({ criterionId: criteria[code]!, result, severity });
  const run = await makeRun(world.sql, project, { strata: [{ key: "x", frameSize: 40 }, { key: "y", frameSize: 10 }] });
  const [x, y]: [AuditSpec, AuditSpec] = [{ run }, { run, stratum: "y" }];
  const wrong = { isCorrect: false };
  await makeAudits(world.sql, project, [
    { ...x, score: 1, findings: [finding("bonus", "FAIL", "CRITICAL")] },
    { ...x, dueAt: "2026-01-05T08:00:00Z" },
    x,
    x,
    { ...x, policyId: hate },
    { ...x, policyId: hate, truthPolicyId: NV, severity: "CRITICAL", score: 0, findings: [finding("c1", "FAIL"), finding("c2", "FAIL"), finding("c3", "PASS")] },
    { ...x, truthPolicyId: hate, severity: "MAJOR", score: 0.5 },
    { ...x, policyId: hate, ...wrong, errorType: "WRONG_ACTION" },
    { ...x, policyId: spam, truthPolicyId: hate },
    { ...x, ...wrong, attribution: "PROCESS", errorType: "TECHNICAL" },
    { ...y, policyId: hate, score: 0.75 },
    { ...y, policyId: hate },
    { ...y, policyId: hate },
    { ...y, policyId: spam },
    { ...y, findings: [finding("c1", "FAIL", "CRITICAL"), finding("c2", "NA"), finding("c3", "PASS")] },
  ]);
  const own = await makeRun(world.sql, project, { layer: "VENDOR", strata: [{ key: "all", frameSize: 10 }] });
  await makeAudits(world.sql, project, [{ run: own }, { run: own, truthPolicyId: hate }]);
  await makeDecisions(world.sql, project, [
    { contentRef: "gold", policyId: hate, handleSeconds: 10 },
    { contentRef: "gold", policyId: hate, handleSeconds: 20 },
    { contentRef: "gold", policyId: spam, handleSeconds: 40 },
  ]);
  await makeGoldenItem(world.sql, project, { contentRef: "gold", truthPolicyId: hate });
  const labelerIds = project.vendors[0]!.labelerIds;
  await label(world, project, labelerIds, { p: ["hate", "hate"], q: ["hate", "NV"], r: ["NV", "NV"], s: ["NV", "NV"] });
  await resolveTwice();
});
afterAll(() => world.close());

// One double audit on which both agreed with what was published, and one on which the second auditor did not.
async function resolveTwice(): Promise<void> {
  const { projectId } = project;
  const [second, third] = [randomUUID(), randomUUID()];
  for (const id of [second, third]) await world.sql`insert into principals (id, kind, name) values (${id}, 'PERSON', 'Another Auditor')`;
  const firsts = await world.sql`select a.* from audits a join verdicts v on v.audit_id = a.id where a.project_id = ${projectId} and a.layer = 'CLIENT'
    and v.outcome = 'CORRECT' order by a.id limit 2`;
  for (const [index, first] of firsts.entries()) {
    const [verdict] = await world.sql`select * from verdicts where audit_id = ${first.id}`;
    const again = { ...first, id: randomUUID(), auditor_id: second, role: "SECOND", of_audit_id: first.id, state: "SUBMITTED", published_at: null, is_partner_visible: false };
    await world.sql`insert into audits ${world.sql(again as never)}`;
    const differs = index === 1 ? { truth_policy_id: project.policies.spam, outcome: "INCORRECT", error_type: "WRONG_POLICY", attribution: "LABELER" } : {};
    await world.sql`insert into verdicts ${world.sql({ ...verdict, id: randomUUID(), audit_id: again.id, actor_id: second, ...differs } as never)}`;
    await world.sql`insert into double_audits ${world.sql({
      project_id: projectId, id: randomUUID(), decision_id: first.decision_id, queue_id: first.queue_id, primary_audit_id: first.id,
      primary_auditor_id: first.auditor_id, second_audit_id: again.id, second_auditor_id: second, due_at: first.submitted_at, resolved_at: first.published_at,
      ...(index === 1 ? { outcome: "ADJUDICATED", adjudicator_id: third } : { outcome: "AGREED" }),
    } as never)}`;
  }
}

const ofHate = () => `filter: { policyIds: ["${hate()}"] }`;
type Expected = { value: number | null; numerator: number | null; denominator: number | null; n: number; more?: () => string; interval?: string; reason?: string };
const rate = (numerator: number, denominator: number, n: number, rest: Partial<Expected> = {}): Expected => ({
  value: numerator / denominator, numerator, denominator, n, ...rest,
});

const coefficient = (value: number, n: number): Expected => ({ value, numerator: null, denominator: null, n, interval: "JACKKNIFE" });
// Of 22 contents, 18 by one labeler: hate 7 + 1.5, spam 2, NV 9 + 2.5; a scheme of 4.
const BY_CHANCE = [8.5, 2, 11.5].reduce((sum, n) => sum + (n / 22) * (1 - n / 22), 0) / 3;

// Each by hand, from the list of audits above.
const EXPECTED: Record<Exclude<Measure, keyof typeof REMEDY_MEASURES>, Expected> = {
  ACCURACY: rate(20 + 10, 46, 14, { interval: "WILSON_KISH" }),
  ERROR_RATE: rate(16, 46, 14, { interval: "WILSON_KISH" }),
  QUALITY_SCORE: rate(4 * 1 + 4 * 0 + 4 * 0.5 + 2 * 0.75, 14, 4, { interval: "WILSON_KISH" }),
  CRITICAL_ERROR_RATE: rate(4 + 2, 46, 14, { interval: "WILSON_KISH" }),
  CRITICAL_ACCURACY: rate(40, 46, 14, { interval: "WILSON_KISH" }),
  OVER_ENFORCEMENT_RATE: rate(4, 16 + 4 + 2, 6, { interval: "WILSON_KISH" }),
  OVER_ENFORCEMENT_SHARE: rate(4, 46, 14, { interval: "WILSON_KISH" }),
  UNDER_ENFORCEMENT_RATE: rate(4, 16 + 8, 8, { interval: "WILSON_KISH" }),
  UNDER_ENFORCEMENT_SHARE: rate(4, 46, 14, { interval: "WILSON_KISH" }),
  PRECISION: rate(8 + 6, 12 + 6, 6, { more: ofHate, interval: "WILSON_KISH" }),
  RECALL: rate(8 + 6, 16 + 6, 7, { more: ofHate, interval: "WILSON_KISH" }),
  F1: rate(2 * 14, 18 + 22, 8, { more: ofHate }),
  ACTION_ACCURACY: rate(20 + 10, 34, 11, { interval: "WILSON_KISH" }),
  PROCESS_ERROR_RATE: rate(4, 50, 15, { interval: "WILSON_KISH" }),
  DPU: rate(2 * 4 + 1 * 2, 46, 14),
  DPMO: { ...rate(10, 3 * 4 + 2 * 2, 14), value: 625_000 },
  LAYER_VARIANCE: { value: 1 / 2 - 30 / 46, numerator: null, denominator: null, n: 2 + 14, interval: "MOVER_DIFFERENCE" },
  GOLDEN_ACCURACY: rate(2, 3, 3, { interval: "WILSON" }),
  AUDITOR_ACCURACY: rate(3, 4, 4, { interval: "WILSON" }),
  PLAN_ATTAINMENT: rate(14, 15, 15),
  AUDIT_COVERAGE: rate(15, 28, 28),
  LABELER_COVERAGE: rate(0, 2, 2),
  AHT_MEAN: rate(70, 3, 3),
  AHT_P50: { value: 20, numerator: null, denominator: null, n: 3 },
  AHT_P90: { value: 36, numerator: null, denominator: null, n: 3 },
  OUTPUT: { value: null, numerator: 28, denominator: null, n: 28, reason: "NO_HOURS" },
  PERCENT_AGREEMENT: coefficient(3 / 4, 4),
  FLEISS_KAPPA: coefficient((3 / 4 - 34 / 64) / (1 - 34 / 64), 4),
  KRIPPENDORFF_ALPHA: coefficient(1 - (7 * 1) / (3 * 5), 4),
  GWET_AC1: coefficient((3 / 4 - BY_CHANCE) / (1 - BY_CHANCE), 22),
  COHEN_KAPPA: { ...coefficient(0, 2), interval: undefined },
};

const asked = (rest: string) => `projects: ["${project.projectCode}"], range: { from: "2026-01-01", to: "2026-02-01" }, ${rest}`;

const HERE = Object.keys(EXPECTED) as (keyof typeof EXPECTED)[];

test("every measure of the registry has its figure here, or beside the appeals and escalations", () => {
  expect([...HERE, ...Object.keys(REMEDY_MEASURES)].sort()).toEqual([...MEASURE_NAMES].sort());
});

test.each(HERE)("%s", async (measure) => {
  const { value, more, interval = null, reason = null, ...counts } = EXPECTED[measure];
  const { rows, totals } = await askMetrics(world.admin, asked(`measures: [${measure}], totals: true, ${more?.() ?? ""}`));
  const [figure] = rows[0]!.values;
  expect(figure).toMatchObject({ ...counts, measure, reason });
  if (value === null) expect(figure!.value).toBeNull();
  else expect(figure!.value).toBeCloseTo(value, 12);
  expect(figure!.interval?.method ?? null).toBe(interval);
  if (interval) expect(figure!.interval!.low < figure!.value! && figure!.value! < figure!.interval!.high).toBe(true);
  expect(totals!.values).toEqual(rows[0]!.values);
});

test("many measures at once are what each is alone, grouped by vendor too", async () => {
  const measures = HERE.filter((measure) => !["PRECISION", "RECALL"].includes(measure));
  const { rows, totals } = await askMetrics(world.admin, asked(`measures: [${measures.join(", ")}], groupBy: [VENDOR], totals: true`), "vendor { code }");
  expect(rows.map(({ vendor }) => vendor.code)).toEqual([project.vendors[0]!.code]);
  for (const [index, measure] of measures.entries()) {
    if (measure === "F1") continue;
    for (const row of [rows[0]!, totals!]) {
      const { value, n } = EXPECTED[measure];
      expect({ measure, n: row.values[index]!.n, value: row.values[index]!.value }).toEqual({ measure, n, value: value === null ? null : expect.closeTo(value, 12) });
    }
  }
});

test("Cohen's kappa is what the field of double audits has", async () => {
  const { cohenKappa } = await askAgreement(world.admin, project.projectCode, "source: DOUBLE_AUDITS", "cohenKappa { value items }");
  expect(cohenKappa).toEqual({ value: 0, items: 2 });
  const { rows } = await askMetrics(world.admin, asked("measures: [COHEN_KAPPA], groupBy: [POLICY]"), "policy { code }");
  expect(rows.map(({ policy, values }) => [policy.code.split("-")[0], values[0]!.value, values[0]!.n])).toEqual([["NV", 0, 2], ["spam", 0, 2]]);
});

describe("of one policy", () => {
  const figures = async (by: string, rest = "") => {
    const { rows, totals } = await askMetrics(world.admin, asked(`measures: [PRECISION, RECALL, F1], groupBy: [${by}], ${rest}`), "policy { code } truthPolicy { code }");
    const named = rows.map((row) => [(row.policy ?? row.truthPolicy).code.split("-")[0], row.values.map(({ value }) => value)] as const);
    return { named: Object.fromEntries(named), totals };
  };
  const close = (...values: number[]) => values.map((value) => expect.closeTo(value, 12));

  test("precision, recall and F1 are per policy, by the label's name or the truth's alike", async () => {
    const expected = { NV: close(18 / 22, 18 / 22, 36 / 44), hate: close(14 / 18, 14 / 22, 28 / 40), spam: close(2 / 6, 1, 4 / 8) };
    expect((await figures("POLICY")).named).toEqual(expected);
    expect((await figures("TRUTH_POLICY")).named).toEqual(expected);
    expect((await figures("POLICY", ofHate())).named).toEqual({ hate: expected.hate });
  });

  test("F1 of no policy is the mean of theirs", async () => {
    const { rows } = await askMetrics(world.admin, asked("measures: [F1]"));
    expect(rows[0]!.values[0]).toMatchObject({ numerator: null, denominator: null, n: 14, interval: null });
    expect(rows[0]!.values[0]!.value).toBeCloseTo((36 / 44 + 28 / 40 + 4 / 8) / 3, 12);
  });
});
