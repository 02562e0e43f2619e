import { describe, expect, test } from "vitest";
import { rankRows } from "../src/measures/answers.rules.ts";
import { type DrawnStratum, type EstimatePlan, estimator } from "../src/measures/estimates.rules.ts";
import { canMeet, formGroups, intersectReach, NO_COUNTS, poolGroups, reachOfFrame, reachOfGroup } from "../src/measures/groups.rules.ts";
import { definitionOf, type Measure, MEASURES } from "../src/measures/measures.rules.ts";
import { audits, estimate, formed, january, plan, stratum } from "./kit/estimates.ts";

const wrong = { isCorrect: false };
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
      { measure: "GOLDEN_ACCURACY", keys: [], n: "7", x: "6" },
      { measure: "GOLDEN_ACCURACY", keys: [], n: 3, x: 2 },
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

test("F1 over the policies that a filter names is the mean of theirs, whatever others they are mistaken for", () => {
  const of = (label: string, truth: string, count: number) => ({ ...audits(count, { policyRight: label === truth ? count : 0 }), label, truth });
  const policies = [of("a", "a", 8), of("a", "c", 2), of("b", "b", 5), of("c", "b", 5)];
  const strata = [stratum({ audited: 20 })];
  const macro = (reach: EstimatePlan["reach"]) =>
    estimator(plan({ measures: ["F1"], reach, strata }))(formGroups({ ...NO_COUNTS, policies }, [], reach.policyIds ?? reach.truthPolicyIds ?? null)[0]!)[0]!;
  expect(macro({ policyIds: ["a", "b"] })).toMatchObject({ value: (16 / 18 + 10 / 15) / 2, n: 20 });
  expect(macro({ truthPolicyIds: ["b", "a"] }).value).toBe(macro({ policyIds: ["a", "b"] }).value);
  expect(macro({}).value).toBe((16 / 18 + 10 / 15 + 0) / 3);
});

test("two hundred thousand rows are ranked at once", () => {
  const [figure] = estimate({}, [audits(100)]);
  const rows = Array.from({ length: 200_000 }, (_, place) => ({ keys: [String(place)], values: [{ ...figure!, value: place / 1e6 }] }));
  const before = performance.now();
  const ranks = rankRows(rows, [{ measure: "ACCURACY", direction: "DESC" }]).map(({ rank }) => rank);
  expect(performance.now() - before).toBeLessThan(4_000);
  expect([ranks[0], ranks.at(-1)]).toEqual([200_000, 1]);
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

  test("however many the groups, a run's frame is read once", () => {
    let reads = 0;
    const drawn = (of: Partial<DrawnStratum>) => Object.defineProperty(gap(of), "frame", { enumerable: true, get: () => ((reads += 1), {}) });
    const groups = formed(Array.from({ length: 50 }, (_, place) => audits(2, { keys: [`l${place}`] })), ["LABELER"]);
    const estimates = estimator(plan({ groupBy: ["LABELER"], strata: [stratum(), drawn({}), drawn({ stratumId: "s3" })] }));
    const before = reads;
    for (const group of groups) expect(estimates(group)[0]!.reason).toBe("PARTIAL_COVERAGE");
    expect(reads).toBe(before);
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
