import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Role } from "../src/core/viewer.ts";
import { type AuditSpec, makeAudits, makeGoldenItem, makeRun } from "./kit/audits.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { addFindings, type Card, type Failed, FIGURE, makeCard } from "./kit/insights.ts";
import { globalId } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
let lead: Caller;
let card: Card;

const JANUARY = 'range: { from: "2026-01-01", to: "2026-02-01" }';
const times = (count: number, spec: AuditSpec): AuditSpec[] => Array.from({ length: count }, () => spec);
const as = (role: Role, more: object = {}) => world.caller({ role, projectId: role === "ADMIN" ? null : project.projectId, ...more });
const partner = (role: Role, vendor = 0, labeler = 0) => {
  const { id, labelerIds } = project.vendors[vendor]!;
  return as(role, { vendorId: id, labelerId: role === "LABELER" ? labelerIds[labeler]! : null });
};
const refusal = async (by: Caller, query: string) => (await by.send(query)).errors?.[0]?.message;

beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
  lead = await as("QA_LEAD");
  card = await makeCard(world.sql, project, ["one", "two"], ["A", "B"]);
  const { hate, NV } = project.policies;
  // 10 of a stratum of 100 (weight 10), 10 of one of 10 (weight 1).
  const run = await makeRun(world.sql, project, { strata: [{ key: "large", frameSize: 100 }, { key: "small", frameSize: 10 }] });
  const wrong = (stratum: string): AuditSpec => ({ run, stratum, policyId: hate, truthPolicyId: NV });
  const right = (stratum: string): AuditSpec => ({ run, stratum, policyId: NV });
  const small = project.vendors[1]!;
  const ids = await makeAudits(world.sql, project, [
    wrong("large"), ...times(9, right("large")),
    ...times(4, wrong("small")), { ...wrong("small"), vendor: small }, { ...wrong("small"), policyId: NV, truthPolicyId: hate },
    ...times(4, right("small")),
  ]);
  const found: [number, Failed[]][] = [
    [0, [["one", "A", "OVERSIGHT"]]],
    [10, [["one", "A", "OVERSIGHT"]]],
    [11, [["one", "A", "TOOL"], ["two", "B", "TOOL"]]],
    [12, [["one", "B", null], ["two", "B", "OVERSIGHT"]]],
    [14, [["two", "B", "OVERSIGHT"]]],
    // A criterion that failed though the decision was right is no error.
    [1, [["two", "B", "TOOL"]]],
  ];
  for (const [index, failed] of found) await addFindings(world.sql, project, card, ids[index]!, failed);
});
afterAll(() => world.close());

describe("errorPareto", () => {
  const ROWS = `rows { errorCode { code } criterion { code } errorCause errorType audits share cumulativeShare rate { ${FIGURE} } } rest { classes share } errorRate { ${FIGURE} }`;
  const ask = (by: Caller, rest: string, fields = ROWS) =>
    by.ask<any>(`{ errorPareto(project: "${project.projectCode}", ${JANUARY} ${rest}) { ${fields} } }`).then(({ errorPareto }) => errorPareto);

  test("ranks error codes by weight, with their count, share and rate over all audits", async () => {
    const { rows, rest, errorRate } = await ask(lead, "");
    // A: 10 + 1 + 1 of weights; B: 1 + 1 + 1. Mentions weigh 15, all audits 110.
    expect(rows.map(({ errorCode, audits, share, cumulativeShare, rate }: any) => [errorCode.code, audits, share, cumulativeShare, rate.value, rate.numerator, rate.n])).toEqual([
      ["A", 3, 12 / 15, 12 / 15, 12 / 110, 12, 20],
      ["B", 3, 3 / 15, 1, 3 / 110, 3, 20],
    ]);
    expect(rows[0]).toMatchObject({ criterion: null, errorCause: null, errorType: null, rate: { weighted: true, interval: { method: "MOVER_WILSON_FPC" } } });
    expect(rest).toBeNull();
    expect(errorRate).toMatchObject({ value: 16 / 110, numerator: 16, n: 20 });
  });

  test("tells errors apart by criterion, cause and type too", async () => {
    const labels = async (by: string, read: (row: any) => string) => (await ask(lead, `, by: ${by}`)).rows.map((row: any) => [read(row), row.audits, row.rate.numerator]);
    expect(await labels("CRITERION", ({ criterion }) => criterion.code)).toEqual([["one", 4, 13], ["two", 3, 3]]);
    expect(await labels("ERROR_CAUSE", ({ errorCause }) => errorCause)).toEqual([["OVERSIGHT", 4, 13], ["TOOL", 1, 1]]);
    expect(await labels("ERROR_TYPE", ({ errorType }) => errorType)).toEqual([["OVER_ENFORCEMENT", 6, 15], ["UNDER_ENFORCEMENT", 1, 1]]);
  });

  test("shows as many as asked and sums up the rest", async () => {
    const { rows, rest } = await ask(lead, ", top: 1");
    expect([rows.length, rest]).toEqual([1, { classes: 1, share: 3 / 15 }]);
    expect(await refusal(lead, `{ errorPareto(project: "${project.projectCode}", ${JANUARY}, top: 0) { meta { asOf } } }`)).toContain("1 to 200");
  });

  test("takes as many statements for two codes as for one, their names included", async () => {
    const count = async (top: number) => {
      world.statements.length = 0;
      await ask(lead, `, top: ${top}`, `rows { errorCode { name } audits } errorRate { value }`);
      return world.statements.length;
    };
    const one = await count(1);
    expect(await count(2)).toBe(one);
    expect(world.statements.filter((each) => each.includes("ErrorCodeByKey"))).toHaveLength(1);
    expect(one).toBeLessThanOrEqual(6);
  });

  test("is of the viewer's rows, and empty without errors", async () => {
    const { rows, errorRate } = await ask(await partner("VENDOR_QA", 1), "");
    expect([rows.map(({ audits }: any) => audits), errorRate.n]).toEqual([[1], 1]);
    expect(await ask(lead, ', filter: { markets: ["xx-XX"] }')).toMatchObject({ rows: [], rest: null, errorRate: { value: null, reason: "NO_DATA" } });
    expect(await refusal(await partner("VENDOR_QA"), `{ errorPareto(project: "${project.projectCode}", ${JANUARY}, purposes: [RISK]) { meta { asOf } } }`)).toContain("can't be chosen");
  });
});

describe("confusionMatrix", () => {
  const FIELDS = `labels { code } counts n accuracy { value n } macroF1 weightedF1 kappa { value n reason observed expected interval { low method } }
    perLabel { policy { code } support predicted truePositives precision { ${FIGURE} } recall { ${FIGURE} } f1 { ${FIGURE} } }`;
  const ask = (by: Caller, rest = "", of = project) =>
    by.ask<any>(`{ confusionMatrix(project: "${of.projectCode}", ${JANUARY} ${rest}) { ${FIELDS} } }`).then(({ confusionMatrix }) => confusionMatrix);

  test("says how well each label is told from the others", async () => {
    const matrix = await ask(lead);
    // Truth NV: 13 labeled NV, 6 hate; truth hate: 1 labeled NV.
    const nv = matrix.perLabel.findIndex(({ policy }: any) => policy.code === "NV");
    const hate = 1 - nv;
    expect([matrix.counts[nv][nv], matrix.counts[nv][hate], matrix.counts[hate][nv], matrix.counts[hate][hate], matrix.n]).toEqual([13, 6, 1, 0, 20]);
    expect(matrix.perLabel[nv]).toMatchObject({
      support: 19, predicted: 14, truePositives: 13, precision: { value: 13 / 14, n: 14, weighted: false, interval: { method: "WILSON" } },
      recall: { value: 13 / 19, numerator: 13, denominator: 19 }, f1: { value: 26 / 33, interval: null },
    });
    expect(matrix.perLabel[hate]).toMatchObject({ support: 1, predicted: 6, truePositives: 0, precision: { value: 0 }, recall: { value: 0 }, f1: { value: 0 } });
    expect(matrix).toMatchObject({ accuracy: { value: 13 / 20, n: 20 }, macroF1: 13 / 33, kappa: { n: 20, observed: 13 / 20 } });
    expect(matrix.weightedF1).toBeCloseTo((19 * (26 / 33)) / 20, 12);
    // pe = (19·14 + 1·6) / 400.
    expect(matrix.kappa.value).toBeCloseTo((13 / 20 - 272 / 400) / (1 - 272 / 400), 12);
    expect(matrix.kappa.interval.method).toBe("JACKKNIFE");
  });

  test("of repeats the first decision of a labeler on the same content may count alone, by audits and golden items", async () => {
    const own = await makeProject(world.sql);
    const { hate, NV } = own.policies;
    const run = await makeRun(world.sql, own);
    const [first, second] = own.vendors[0]!.labelerIds as [string, string];
    const of = (contentRef: string, policyId: string, day: number, labelerId = first) =>
      ({ run, contentRef, policyId, truthPolicyId: hate, labelerId, decidedAt: new Date(`2026-01-${day}T10:00:00Z`) });
    // Right only on second thoughts; a second labeler; and one decision on something else.
    await makeAudits(world.sql, own, [of("a", hate, 12), of("a", NV, 11), of("a", hate, 13), of("a", hate, 12, second), of("b", hate, 11)]);
    for (const contentRef of ["a", "b"]) await makeGoldenItem(world.sql, own, { contentRef, truthPolicyId: hate });
    const by = await world.caller({ role: "QA_LEAD", projectId: own.projectId });
    for (const source of ["AUDITS", "GOLDEN"]) {
      expect((await ask(by, `, source: ${source}`, own)).accuracy).toEqual({ value: 4 / 5, n: 5 });
      expect((await ask(by, `, source: ${source}, repeats: FIRST`, own)).accuracy).toEqual({ value: 2 / 3, n: 3 });
    }
  });

  test.each([
    ["VIOLATING_ONLY", { precision: { value: 1 / 2 }, recall: { value: null, reason: "FRAME_EXCLUDES_NEGATIVES" }, f1: { value: null, reason: "FRAME_EXCLUDES_NEGATIVES" } }],
    ["NON_VIOLATING_ONLY", { precision: { value: null, reason: "FRAME_EXCLUDES_POSITIVES" }, recall: { value: null, reason: "FRAME_EXCLUDES_POSITIVES" } }],
  ] as const)("where frames were %s nothing is said that they can't tell", async (frameCovers, expected) => {
    const own = await makeProject(world.sql);
    const { hate, NV } = own.policies;
    const run = await makeRun(world.sql, own, { frameCovers });
    await makeAudits(world.sql, own, [{ run, policyId: hate }, { run, policyId: hate, truthPolicyId: NV }, { run, policyId: NV }]);
    const by = await world.caller({ role: "ANALYST", projectId: own.projectId });
    const { perLabel, macroF1, weightedF1, kappa, accuracy } = await ask(by, "", own);
    expect(perLabel.find(({ policy }: any) => policy.code.startsWith("hate"))).toMatchObject(expected);
    expect([macroF1, weightedF1, accuracy.value, kappa.value === null]).toEqual([null, null, 2 / 3, false]);
  });

  test("is null without decisions, and refused to those who must not learn golden answers", async () => {
    expect(await ask(lead, ', filter: { markets: ["xx-XX"] }')).toMatchObject({
      labels: [], counts: [], n: 0, perLabel: [], macroF1: null, weightedF1: null, accuracy: { value: null }, kappa: { value: null, n: 0, reason: "NO_DATA", interval: null },
    });
    for (const by of [await partner("VENDOR_QA"), await partner("LABELER"), await as("AUDITOR")])
      expect(await refusal(by, `{ confusionMatrix(project: "${project.projectCode}", ${JANUARY}, source: GOLDEN) { n } }`)).toContain("Golden items are not for");
    expect((await ask(await partner("VENDOR_MANAGER", 1))).n).toBe(1);
  });

  test("takes as many statements whatever the number of labels", async () => {
    world.statements.length = 0;
    await ask(lead);
    // Projects, pairs, ranks, frames, and the policies shown.
    expect(world.statements.length).toBe(5);
  });
});

describe("auditorCorrected", () => {
  const FIELDS = `errorRate { ${FIGURE} } accuracy { value } missRate { value x n } falseFlagRate { value x n } correctedErrorRate correctedAccuracy standardError reason`;
  const ask = (by: Caller, of: ProjectFixture) =>
    by.ask<any>(`{ auditorCorrected(project: "${of.projectCode}", ${JANUARY}) { ${FIELDS} } }`).then(({ auditorCorrected }) => auditorCorrected);
  const double = async (own: ProjectFixture, decisionIds: string[], outcome: string) => {
    await world.sql`insert into double_audits (project_id, id, decision_id, queue_id, primary_audit_id, primary_auditor_id, second_auditor_id, due_at, outcome, adjudicator_id, resolved_at)
      select a.project_id, gen_random_uuid(), a.decision_id, a.queue_id, a.id, a.auditor_id, ${lead.principalId}, now(), ${outcome},
        ${outcome === "ADJUDICATED" ? world.admin.principalId : null}, now()
      from audits a where a.project_id = ${own.projectId} and a.decision_id = any (${decisionIds})`;
  };

  test("corrects for what random double audits found that first auditors missed and flagged falsely", async () => {
    const own = await makeProject(world.sql);
    const { hate, NV } = own.policies;
    const run = await makeRun(world.sql, own, { strata: [{ key: "all", frameSize: 1_000 }] });
    const risk = await makeRun(world.sql, own, { purpose: "RISK", strata: [{ key: "risk", frameSize: 10 }] });
    const at = "2026-01-05T09:05:00Z";
    const adjudicated = (first: string, then: string): AuditSpec => ({ run, policyId: NV, truthPolicyId: first, later: [{ truthPolicyId: then, recordedAt: at }] });
    // Of 20 true errors 2 were missed, of 40 right decisions 1 was flagged; 40 more audits were not audited twice.
    const doubled = [...times(18, { run, policyId: NV, truthPolicyId: hate }), ...times(2, adjudicated(NV, hate)), ...times(39, { run }), adjudicated(hate, NV)];
    const ids = await makeAudits(world.sql, own, [...doubled, ...times(40, { run }), { run: risk, policyId: NV, truthPolicyId: NV, later: [{ truthPolicyId: hate, recordedAt: at }] }]);
    await double(own, ids.slice(0, 59), "AGREED");
    await double(own, ids.slice(59, 60), "ADJUDICATED");
    await double(own, ids.slice(100), "ADJUDICATED");
    const by = await world.caller({ role: "ANALYST", projectId: own.projectId });
    const only = `{ auditorCorrected(project: "${own.projectCode}", ${JANUARY}, purposes: [RANDOM]) { ${FIELDS} } }`;
    const { auditorCorrected: answer } = await by.ask<any>(only);
    expect(answer).toMatchObject({ missRate: { value: 0.1, x: 2, n: 20 }, falseFlagRate: { value: 1 / 40, x: 1, n: 40 }, errorRate: { value: 0.2, n: 100 }, accuracy: { value: 0.8 }, reason: null });
    const e = (0.2 - 0.025) / (1 - 0.1 - 0.025);
    expect(answer.correctedErrorRate).toBeCloseTo(e, 12);
    expect(answer.correctedAccuracy).toBeCloseTo(1 - e, 12);
    const variance = (0.2 * 0.8) / 100 + (1 - e) ** 2 * ((0.025 * 0.975) / 40) + e ** 2 * ((0.1 * 0.9) / 20);
    expect(answer.standardError).toBeCloseTo(Math.sqrt(variance) / 0.875, 12);
  });

  test("says nothing with fewer than 20 true errors, and nothing where nothing was audited", async () => {
    expect(await ask(lead, project)).toMatchObject({ errorRate: { value: 16 / 110 }, correctedErrorRate: null, correctedAccuracy: null, standardError: null, reason: "NO_AUDITOR_RATES", missRate: { value: null, x: 0, n: 0 } });
    const own = await makeProject(world.sql);
    expect(await ask(world.admin, own)).toMatchObject({ errorRate: { value: null }, correctedErrorRate: null, reason: "NO_DATA" });
  });

  test.each<Role>(["POLICY_MANAGER", "AUDITOR", "VENDOR_MANAGER", "VENDOR_QA", "LABELER"])("is not for %s", async (role) => {
    const by = ["POLICY_MANAGER", "AUDITOR"].includes(role) ? await as(role) : await partner(role);
    expect(await refusal(by, `{ auditorCorrected(project: "${project.projectCode}", ${JANUARY}) { reason } }`)).toContain("auditorCorrected is for ADMIN, QA_LEAD, ANALYST");
  });
});

describe("policyImpact", () => {
  const FIELDS = `policyVersion { semver } before { from to } after { from to } graceUntil isComplete
    policy { before { value n } after { value n } difference interval { low high method } isSignificant } others { before { value n } after { value n } difference isSignificant }`;
  let own: ProjectFixture;
  let by: Caller;
  const version = async (policyId: string, semver: string, effectiveFrom: string | null, market: string | null = null) => {
    const [row] = await world.sql`insert into policy_versions (id, policy_id, market, semver, state, effective_from, grace_hours)
      values (gen_random_uuid(), ${policyId}, ${market}, ${semver}, 'WITHDRAWN', ${effectiveFrom}, 48) returning id`;
    return globalId("PolicyVersion", row!.id as string);
  };
  const ask = (id: string, rest = "") =>
    by.ask<any>(`{ policyImpact(project: "${own.projectCode}", policyVersionId: "${id}" ${rest}) { ${FIELDS} } }`).then(({ policyImpact }) => policyImpact);

  beforeAll(async () => {
    own = await makeProject(world.sql);
    by = await world.caller({ role: "POLICY_MANAGER", projectId: own.projectId });
    const { hate, NV } = own.policies;
    const run = await makeRun(world.sql, own, { strata: [{ key: "all", frameSize: 1_000 }] });
    const of = (day: number, policyId: string, truthPolicyId: string, market?: string): AuditSpec =>
      ({ run, policyId, truthPolicyId, market, decidedAt: new Date(`2026-01-${day}T10:00:00Z`) });
    await makeAudits(world.sql, own, [
      // Before: 12 of 40 of hate are wrong, by choice or by truth; after, 2 of 40. Of the others 1 of 10, and 1 of 10.
      ...times(28, of(10, hate, hate)), ...times(6, of(11, hate, NV)), ...times(6, of(12, NV, hate)),
      ...times(38, of(16, hate, hate)), ...times(2, of(17, NV, hate)),
      of(11, NV, own.policies.spam), ...times(9, of(12, NV, NV)), of(18, NV, own.policies.spam), ...times(9, of(18, NV, NV)),
      // Outside of the windows.
      ...times(3, of(25, hate, NV)),
    ]);
  });

  test("sets the same days before and after side by side, for the policy and for all others", async () => {
    const impact = await ask(await version(own.policies.hate, "2.0.0", "2026-01-15T00:00:00Z"), ", days: 7");
    expect(impact).toMatchObject({
      policyVersion: { semver: "2.0.0" }, isComplete: true, graceUntil: "2026-01-17T00:00:00.000Z",
      before: { from: "2026-01-08T00:00:00.000Z", to: "2026-01-15T00:00:00.000Z" }, after: { from: "2026-01-15T00:00:00.000Z", to: "2026-01-22T00:00:00.000Z" },
      policy: { before: { value: 0.3, n: 40 }, after: { value: 0.05, n: 40 }, isSignificant: true, interval: { method: "MOVER_DIFFERENCE" } },
      others: { before: { value: 0.1, n: 10 }, after: { value: 0.1, n: 10 }, difference: 0, isSignificant: false },
    });
    expect(impact.policy.difference).toBeCloseTo(-0.25, 12);
    // Newcombe's method 10 from the Wilson limits of 2/40 [0.013822, 0.165039] and 12/40 [0.180724, 0.454299].
    expect(impact.policy.interval.low).toBeCloseTo(-0.25 - Math.hypot(0.05 - 0.013822, 0.454299 - 0.3), 4);
    expect(impact.policy.interval.high).toBeCloseTo(-0.25 + Math.hypot(0.165039 - 0.05, 0.3 - 0.180724), 4);
  });

  test("of a version for one market is about that market", async () => {
    const { policy } = await ask(await version(own.policies.hate, "3.0.0", "2026-01-15T00:00:00Z", own.market), ", days: 7");
    expect(policy.before.n).toBe(40);
    const [other] = await world.sql`insert into markets (id, code, name) values (gen_random_uuid(), ${`o-${own.market}`}, 'Other') returning code`;
    expect(await ask(await version(own.policies.hate, "3.0.0", "2026-01-15T00:00:00Z", other!.code), ", days: 7")).toMatchObject({
      policy: { before: { value: null, n: 0 }, after: { value: null, n: 0 }, difference: null, interval: null, isSignificant: null },
    });
  });

  test("is refused of what has not taken effect, and of what isn't there", async () => {
    const query = (id: string) => `{ policyImpact(project: "${own.projectCode}", policyVersionId: "${id}") { isComplete } }`;
    expect(await refusal(by, query(await version(own.policies.hate, "4.0.0", "2100-01-01T00:00:00Z")))).toContain("has not taken effect yet");
    expect(await refusal(by, query(await version(own.policies.hate, "5.0.0", null)))).toContain("has not taken effect yet");
    expect(await refusal(by, query(globalId("PolicyVersion", own.projectId)))).toBe("policyVersionId: there is no such policy version.");
    const mine = await version((await makeProject(world.sql)).policies.spam, "1.1.0", "2026-01-15T00:00:00Z");
    const other = await world.caller({ role: "VENDOR_QA", projectId: own.projectId, vendorId: own.vendors[0]!.id });
    expect(await refusal(other, query(mine))).toBe("policyVersionId: there is no such policy version.");
  });
});
