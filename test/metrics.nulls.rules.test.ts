import { describe, expect, test } from "vitest";
import { type DrawnStratum, type EstimatePlan, estimator } from "../src/measures/estimates.rules.ts";
import { formGroups, NO_COUNTS } from "../src/measures/groups.rules.ts";
import type { Measure } from "../src/measures/measures.rules.ts";
import type { AuditCount } from "../src/reach/sources.table.ts";
import { audits, type Facts, formed, plan, stratum } from "./kit/estimates.ts";

const wrong = { isCorrect: false };

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
});
