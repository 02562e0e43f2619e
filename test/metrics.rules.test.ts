import { describe, expect, test } from "vitest";
import { type DrawnStratum, type EstimatePlan, estimator, suppress } from "../src/measures/estimates.rules.ts";
import { canMeet, formGroups, intersectReach, NO_COUNTS, poolGroups, reachOfFrame, reachOfGroup } from "../src/measures/groups.rules.ts";
import { definitionOf, type Measure, MEASURES } from "../src/measures/measures.rules.ts";
import type { Dimension } from "../src/measures/reach.table.ts";
import type { AuditCount } from "../src/measures/sources.table.ts";

interface Facts {
  isCorrect: boolean;
  isLabeledViolating: boolean;
  isTrulyViolating: boolean;
  isProcessError: boolean;
}

const audits = (count: number, of: Partial<AuditCount & Facts> = {}): AuditCount => {
  const { isCorrect = true, isLabeledViolating = false, isTrulyViolating = false, ...rest } = of;
  const [label, truth] = [Number(isLabeledViolating), Number(isTrulyViolating)];
  return {
    keys: [], layer: "CLIENT", runId: "r1", stratumId: "s1", inclusionProbability: null, isProcessError: false, audits: count,
    correct: isCorrect ? count : 0, trulyViolating: truth * count, overEnforced: label * (1 - truth) * count, underEnforced: (1 - label) * truth * count, ...rest,
  };
};
const formed = (counts: AuditCount[], groupBy: Dimension[] = []) => formGroups({ ...NO_COUNTS, audits: counts }, groupBy, null);
const wrong = { isCorrect: false };
const january = { from: new Date("2026-01-01T00:00:00Z"), to: new Date("2026-02-01T00:00:00Z") };
const stratum = (of: Partial<DrawnStratum> = {}): DrawnStratum => ({
  projectId: "p1",
  layer: "CLIENT",
  runId: "r1",
  stratumId: "s1",
  stratumKey: "k1",
  frameSize: 400,
  audited: 100,
  voided: 0,
  frameCovers: "ALL",
  frame: {},
  windowFrom: january.from,
  windowTo: january.to,
  ...of,
});
const plan = (of: Partial<EstimatePlan> = {}): EstimatePlan => ({
  measures: ["ACCURACY"],
  groupBy: [],
  reach: { projectIds: ["p1"] },
  period: { ...january, timeZone: "UTC", weekStart: 0 },
  layer: "CLIENT",
  basis: "POPULATION",
  includeProcessErrors: false,
  isWeighted: true,
  isByDecision: true,
  strata: [stratum()],
  ...of,
});
const estimate = (of: Partial<EstimatePlan>, counts: AuditCount[]) => estimator(plan(of))(formed(counts)[0]!);

describe("estimates of a group", () => {
  test("one stratum: plain counts, WILSON_FPC; the same without correction as a process", () => {
    const counts = [audits(95), audits(5, wrong)];
    const [value] = estimate({}, counts);
    expect(value).toMatchObject({
      measure: "ACCURACY",
      value: 0.95,
      numerator: 95,
      denominator: 100,
      n: 100,
      weighted: false,
      suppressed: false,
      reason: null,
    });
    expect(value!.interval).toMatchObject({ level: 0.95, method: "WILSON_FPC" });
    expect(value!.interval!.low).toBeCloseTo(0.898728, 6);
    expect(value!.interval!.high).toBeCloseTo(0.976007, 6);
    const [process] = estimate({ basis: "PROCESS" }, counts);
    expect(process!.interval).toMatchObject({ method: "WILSON" });
    expect(process!.interval!.low).toBeCloseTo(0.88825, 6);
  });

  test("two strata by weight: 9,000/90/88 and 1,000/110/88", () => {
    const strata = [
      stratum({ frameSize: 9_000, audited: 90 }),
      stratum({ stratumId: "s2", stratumKey: "k2", frameSize: 1_000, audited: 110 }),
    ];
    const [value] = estimate({ strata }, [
      audits(88),
      audits(2, wrong),
      audits(88, { stratumId: "s2" }),
      audits(22, { stratumId: "s2", ...wrong }),
    ]);
    expect(value).toMatchObject({ n: 200, weighted: true, reason: null, interval: { method: "MOVER_WILSON_FPC" } });
    expect(value!.value).toBeCloseTo(0.96, 12);
    expect(value!.denominator).toBeCloseTo(10_000, 6);
    expect(value!.interval!.low).toBeCloseTo(0.910034, 6);
  });

  test("a void shrinks its stratum, and so its weight", () => {
    const strata = [
      stratum({ frameSize: 400, audited: 90, voided: 10 }),
      stratum({ stratumId: "s2", stratumKey: "k2", frameSize: 400, audited: 100 }),
    ];
    const [value] = estimate({ strata }, [audits(90), audits(100, { stratumId: "s2", ...wrong })]);
    expect(value!.value).toBeCloseTo(360 / 760, 12);
  });

  test("process errors leave numerator and denominator, unless they are to count as errors", () => {
    const counts = [audits(8), audits(2, { ...wrong, isProcessError: true })];
    const strata = [stratum({ audited: 10 })];
    expect(estimate({ strata }, counts)[0]).toMatchObject({ value: 1, n: 8 });
    expect(estimate({ strata, includeProcessErrors: true, measures: ["ERROR_RATE"] }, counts)[0]).toMatchObject({ value: 0.2, n: 10 });
    expect(estimate({ strata }, [counts[1]!])[0]).toMatchObject({ value: null, n: 0, reason: "ZERO_DENOMINATOR", interval: null });
  });

  test("over- and under-enforcement divide by what was truly not, and truly, violating", () => {
    const counts = [
      audits(6),
      audits(2, { ...wrong, isLabeledViolating: true }),
      audits(9, { isLabeledViolating: true, isTrulyViolating: true }),
      audits(1, { ...wrong, isTrulyViolating: true }),
    ];
    const values = estimate({ strata: [stratum({ audited: 18 })], measures: ["OVER_ENFORCEMENT_RATE", "UNDER_ENFORCEMENT_RATE"] }, counts);
    expect(values).toMatchObject([
      { value: 0.25, numerator: 2, denominator: 8 },
      { value: 0.1, numerator: 1, denominator: 10 },
    ]);
  });

  test("purposes without an inclusion probability are read unweighted, by plain Wilson", () => {
    const counts = [audits(4, { runId: null, stratumId: null }), audits(1, { runId: null, stratumId: null, ...wrong })];
    expect(estimate({ isWeighted: false, strata: [] }, counts)[0]).toMatchObject({
      value: 0.8,
      weighted: false,
      interval: { method: "WILSON" },
    });
  });

  test("golden decisions are counted apart from audits", () => {
    const shares = [
      { source: "GOLDEN", keys: [], n: "7", x: "6" },
      { source: "GOLDEN", keys: [], n: 3, x: 2 },
    ] as const;
    const [group] = formGroups({ ...NO_COUNTS, shares }, [], null);
    expect(estimator(plan({ measures: ["GOLDEN_ACCURACY", "ACCURACY"] }))(group!)).toMatchObject([
      { value: 0.8, n: 10 },
      { value: null, reason: "NO_DATA", n: 0 },
    ]);
  });

  test.each([
    ["VIOLATING_ONLY", "OVER_ENFORCEMENT_RATE", "FRAME_EXCLUDES_NEGATIVES"],
    ["VIOLATING_ONLY", "UNDER_ENFORCEMENT_RATE", "FRAME_EXCLUDES_NEGATIVES"],
    ["NON_VIOLATING_ONLY", "OVER_ENFORCEMENT_RATE", "FRAME_EXCLUDES_POSITIVES"],
    ["NON_VIOLATING_ONLY", "UNDER_ENFORCEMENT_RATE", "FRAME_EXCLUDES_POSITIVES"],
    ["VIOLATING_ONLY", "ACCURACY", null],
    ["NON_VIOLATING_ONLY", "ERROR_RATE", null],
  ] as const)("a frame of %s: %s has reason %s", (frameCovers, measure, reason) => {
    const [value] = estimate({ strata: [stratum({ frameCovers, audited: 10 })], measures: [measure] }, [audits(10)]);
    expect(value!.reason).toBe(reason);
    if (reason) expect(value).toMatchObject({ value: null, numerator: null, denominator: null, interval: null });
    expect(estimate({ strata: [stratum({ frameCovers })], measures: [measure] }, [])[0]!.reason).toBe("NO_DATA");
  });
});

describe("coverage of a group", () => {
  const gap = (of: Partial<DrawnStratum>) => stratum({ runId: "r2", stratumId: "s2", audited: 0, ...of });
  const reasonOf = (of: Partial<EstimatePlan>, keys: string[] = []) => {
    const [value] = estimator(plan(of))(formed([audits(95, { keys }), audits(5, { keys, ...wrong })], [...(of.groupBy ?? [])])[0]!);
    return [value!.value, value!.reason];
  };

  test("strata without an audit are dropped and said; with less than 90 % of the frame left there is no value", () => {
    expect(reasonOf({ strata: [stratum(), gap({ frameSize: 44 })] })).toEqual([0.95, "PARTIAL_COVERAGE"]);
    expect(reasonOf({ strata: [stratum(), gap({ frameSize: 45 })] })).toEqual([null, "PARTIAL_COVERAGE"]);
    expect(reasonOf({ strata: [stratum(), gap({ frameSize: 0 })] })).toEqual([0.95, null]);
  });

  test.each<[string, Partial<EstimatePlan>, string[], Partial<DrawnStratum>]>([
    ["another market", { groupBy: ["MARKET"] }, ["id-ID"], { frame: { markets: ["ms-MY"] } }],
    ["another queue", { groupBy: ["QUEUE"] }, ["p1:q1"], { frame: { queueIds: ["q2"] } }],
    ["another project", { groupBy: ["PROJECT"], reach: { projectIds: ["p1", "p2"] } }, ["p1"], { projectId: "p2" }],
    ["a vendor that the filter leaves out", { reach: { projectIds: ["p1"], vendorIds: ["v1"] } }, [], { frame: { vendorIds: ["v2"] } }],
    ["another day", { groupBy: ["DAY"] }, ["2026-01-05"], { windowFrom: new Date("2026-01-06T00:00:00Z") }],
    ["another week", { groupBy: ["WEEK"] }, ["2026-01-05"], { windowFrom: new Date("2026-01-12T00:00:00Z") }],
    ["time outside the period", {}, [], { windowFrom: january.to, windowTo: new Date("2026-02-02T00:00:00Z") }],
    ["a period of audits, not decisions", { isByDecision: false }, [], {}],
  ])("a run of %s leaves no gap", (_, of, keys, run) => {
    expect(reasonOf({ ...of, strata: [stratum(), gap(run)] }, keys)).toEqual([0.95, null]);
  });

  test.each<[string, Partial<EstimatePlan>, string[], Partial<DrawnStratum>]>([
    ["of the same market", { groupBy: ["MARKET"] }, ["id-ID"], { frame: { markets: ["ms-MY", "id-ID"], queueIds: [] } }],
    ["that share the day", { groupBy: ["DAY"] }, ["2026-01-05"], { windowFrom: new Date("2026-01-05T23:00:00Z") }],
    ["whose frame says nothing of labelers", { groupBy: ["LABELER"] }, ["l1"], {}],
    ["of a run with audits in the group, on any axis", { isByDecision: false }, [], { runId: "r1" }],
  ])("strata %s may hold some of the group", (_, of, keys, run) => {
    expect(reasonOf({ ...of, strata: [stratum(), gap(run)] }, keys)).toEqual([null, "PARTIAL_COVERAGE"]);
  });

  test("totals are estimated anew, over every gap", () => {
    const counts = { ...NO_COUNTS, audits: [audits(95, { keys: ["a"] }), audits(5, { keys: ["b"], ...wrong })] };
    const groups = formGroups(counts, ["MARKET"], null);
    expect(groups.map(({ keys }) => keys)).toEqual([["a"], ["b"]]);
    const strata = [stratum(), gap({ frameSize: 44, frame: { markets: ["c"] } })];
    expect(groups.map((group) => estimator(plan({ groupBy: ["MARKET"], strata }))(group)[0]!.reason)).toEqual([null, null]);
    expect(estimator(plan({ strata }))(poolGroups(counts, null))[0]).toMatchObject({ value: 0.95, n: 100, reason: "PARTIAL_COVERAGE" });
  });
});

test("what groups and frames are about", () => {
  expect(reachOfGroup(["QUEUE", "DAY", "VENDOR"], ["p1:q1", "2026-01-01", "v1"])).toEqual({
    projectIds: ["p1"],
    queueIds: ["q1"],
    vendorIds: ["v1"],
  });
  expect(intersectReach({ vendorIds: ["a", "b"] }, { vendorIds: ["b", "c"], markets: ["m"] })).toEqual({
    vendorIds: ["b"],
    markets: ["m"],
  });
  expect(canMeet(reachOfFrame("p1", { markets: [], queueIds: ["q1"] }), { markets: ["m"], queueIds: ["q1", "q2"] })).toBe(true);
  expect(canMeet({ markets: ["a"] }, { markets: [] })).toBe(false);
});

test("every measure is described", () => {
  for (const name of Object.keys(MEASURES) as Measure[]) {
    const definition = definitionOf(name);
    expect(definition.description.length + definition.formula.length).toBeGreaterThan(30);
  }
});

describe("null rules", () => {
  const run = (frameSize: number, audited: number, of: Partial<DrawnStratum> = {}) => [stratum({ frameSize, audited, ...of })];
  const bare = { isWeighted: false, strata: [] };
  type Case = [string, Measure, Partial<EstimatePlan>, AuditCount[], object];

  test.each<Case>([
    ["an empty group", "ACCURACY", {}, [], { value: null, n: 0, interval: null, reason: "NO_DATA" }],
    ["no denominator", "UNDER_ENFORCEMENT_RATE", { strata: run(100, 10) }, [audits(10)], { value: null, n: 0, interval: null, reason: "ZERO_DENOMINATOR" }],
    ["one audit", "ACCURACY", { strata: run(100, 1) }, [audits(1)], { value: 1, n: 1, reason: null, interval: { low: expect.closeTo(0.206549, 6), high: 1 } }],
    ["all right", "ACCURACY", { basis: "PROCESS", strata: run(1000, 50) }, [audits(50)], { value: 1, interval: { low: expect.closeTo(0.928652, 6), high: 1 } }],
    ["all wrong", "ACCURACY", { basis: "PROCESS", strata: run(1000, 50) }, [audits(50, wrong)], { value: 0, interval: { low: 0, high: expect.closeTo(0.071348, 6) } }],
    ["a census", "ACCURACY", { strata: run(100, 100) }, [audits(95), audits(5, wrong)], { value: 0.95, interval: { low: 0.95, high: 0.95, method: "WILSON_FPC" } }],
    [
      "a census of a process", "ACCURACY", { basis: "PROCESS", strata: run(100, 100) }, [audits(95), audits(5, wrong)],
      { value: 0.95, interval: { low: expect.closeTo(0.88825, 6), high: expect.closeTo(0.978456, 6), method: "WILSON" } },
    ],
    ["N unknown", "ACCURACY", bare, [audits(95, { stratumId: null }), audits(5, { stratumId: null, ...wrong })], { value: 0.95, interval: { method: "WILSON" } }],
    ["N unknown, of nothing", "DPU", bare, [], { value: null, n: 0, interval: null, reason: "NO_DATA" }],
    ["N unknown, of what has no interval", "DPU", bare, [audits(4, { stratumId: null, failedCriteria: 6 })], { value: 1.5, numerator: 6, denominator: 4, n: 4, interval: null }],
    ["no criterion judged", "DPMO", { strata: run(10, 4) }, [audits(4, { failedCriteria: 0, judgedCriteria: 0 })], { value: null, n: 0, reason: "ZERO_DENOMINATOR" }],
    ["no score", "QUALITY_SCORE", { strata: run(10, 4) }, [audits(4, { scored: 0, scoreMillionths: 0 })], { value: null, n: 0, reason: "ZERO_DENOMINATOR" }],
    ["one layer alone", "LAYER_VARIANCE", { strata: run(10, 4) }, [audits(4)], { value: null, interval: null, reason: "NO_DATA" }],
    [
      "accuracy by truth, no misses in the frame", "ACCURACY", { groupBy: ["TRUTH_POLICY"], strata: run(10, 4, { frameCovers: "VIOLATING_ONLY" }) },
      [audits(4, { keys: ["p"] })], { value: null, numerator: null, interval: null, reason: "FRAME_EXCLUDES_NEGATIVES" },
    ],
  ])("%s: %s", (_, measure, of, counts, expected) => {
    const groups = formed(counts, [...(of.groupBy ?? [])]);
    expect(estimator(plan({ measures: [measure], ...of }))(groups[0]!)[0]).toMatchObject(expected);
  });

  const pairs = (label: string, truth: string, count: number, of: Partial<Facts> = {}) => ({ ...audits(count, { ...of, policyRight: label === truth ? count : 0 } as never), label, truth });
  const violating = { isLabeledViolating: true, isTrulyViolating: true };
  test.each<[string, Measure, DrawnStratum["frameCovers"], string | null, string | null]>([
    ["precision of a violating policy", "PRECISION", "NON_VIOLATING_ONLY", "hate", "FRAME_EXCLUDES_POSITIVES"],
    ["precision of a non-violating policy", "PRECISION", "NON_VIOLATING_ONLY", "NV", null],
    ["precision of what was seen", "PRECISION", "VIOLATING_ONLY", "hate", null],
    ["recall without misses", "RECALL", "VIOLATING_ONLY", "hate", "FRAME_EXCLUDES_NEGATIVES"],
    ["F1 without misses", "F1", "VIOLATING_ONLY", "hate", "FRAME_EXCLUDES_NEGATIVES"],
    ["the mean of F1 without misses", "F1", "VIOLATING_ONLY", null, "FRAME_EXCLUDES_NEGATIVES"],
    ["recall of all", "RECALL", "ALL", "hate", null],
  ])("%s: %s in a frame of %s", (_, measure, frameCovers, policy, reason) => {
    const labeled = frameCovers === "NON_VIOLATING_ONLY" ? "NV" : "hate";
    const policies = [
      pairs(labeled, "hate", 3, labeled === "NV" ? { isTrulyViolating: true } : violating),
      pairs(labeled, "NV", 2, labeled === "NV" ? {} : { isLabeledViolating: true }),
    ];
    const counts = { ...NO_COUNTS, policies };
    const [group] = formGroups(counts, policy ? ["POLICY"] : [], policy ? [policy] : null);
    const strata = run(10, 5, { frameCovers });
    const [value] = estimator(plan({ measures: [measure], groupBy: policy ? ["POLICY"] : [], strata }))(group!);
    expect(value!.reason).toBe(reason);
    if (reason) expect(value).toMatchObject({ value: null, interval: null });
    else expect(value!.value).not.toBeNull();
  });

  test("a small group among rows that the viewer can't list is not told", () => {
    const [value] = estimate({ strata: run(10, 4) }, [audits(4)]);
    expect(suppress(value!)).toEqual({
      measure: "ACCURACY", value: null, numerator: null, denominator: null, n: null, weighted: false, interval: null, suppressed: true, reason: "SMALL_GROUP",
    });
  });
});
