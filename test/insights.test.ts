import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Role } from "../src/core/viewer.ts";
import { type AuditSpec, makeAudits, makeGoldenItem, makeRun } from "./kit/audits.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { addFindings, FIGURE, makeCard, refusal, type Card, type Failed } from "./kit/insights.ts";
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

beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
  lead = await as("QA_LEAD");
  card = await makeCard(world.sql, project, ["one", "two", "bonus"], ["A", "B"]);
  await world.sql`update criteria set is_bonus = true where id = ${card.criteria.bonus!}`;
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
    // A bonus that wasn't earned is no error, nor is a criterion that failed though the decision was right.
    [13, [["bonus", "B", "TOOL"]]],
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
    const two = world.statements.length;
    expect(world.statements.filter((each) => /policyRanks|PolicyByKey/.test(each))).toHaveLength(2);
    world.statements.length = 0;
    await ask(lead, `, filter: { policyIds: ["${globalId("Policy", project.policies.hate)}"] }`);
    expect(world.statements).toHaveLength(two);
  });
});
