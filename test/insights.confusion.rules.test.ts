import { describe, expect, test } from "vitest";
import { figuresOf, inLabelOrder, matrixOf } from "../src/insights/confusion.rules.ts";

const NONE = () => ({ precision: null, recall: null });

// "AdultContent2" (ipeirotis/Get-Another-Label), labels of 825 workers against gold; figures checked with scikit-learn.
const ADULT = [[1671, 167, 35, 34], [327, 195, 53, 32], [79, 118, 77, 62], [36, 51, 66, 321]];

describe("what a matrix says", () => {
  test("is what scikit-learn says of it", () => {
    const { perLabel, accuracy, macroF1, weightedF1, kappa } = figuresOf(["G", "P", "R", "X"], ADULT, NONE);
    expect(perLabel.map(({ support, predicted, hits }) => [support, predicted, hits])).toEqual([
      [1907, 2113, 1671], [607, 531, 195], [336, 231, 77], [474, 449, 321],
    ]);
    const close = (actual: number | null, expected: number) => expect(actual).toBeCloseTo(expected, 12);
    [0.7908187411263606, 0.3672316384180791, 0.3333333333333333, 0.7149220489977728].forEach((each, i) => close(perLabel[i]!.precision.value, each));
    [0.8762454116413214, 0.3212520593080725, 0.22916666666666666, 0.6772151898734177].forEach((each, i) => close(perLabel[i]!.recall.value, each));
    [0.8313432835820895, 0.3427065026362039, 0.2716049382716049, 0.695557963163597].forEach((each, i) => close(perLabel[i]!.f1.value, each));
    close(accuracy.value, 0.681107099879663);
    close(accuracy.interval!.low, 0.6650624323340927);
    close(macroF1, 0.5353031719133738);
    close(weightedF1, 0.6661697420848451);
    close(kappa.value, 0.4500404730903116);
    expect([kappa.items, kappa.interval !== null]).toEqual([3324, true]);
  });

  test("is null with a reason where there is nothing to divide by", () => {
    const { perLabel, macroF1, weightedF1, kappa } = figuresOf(["a", "b"], [[0, 2], [0, 3]], NONE);
    expect(perLabel[0]!.precision).toMatchObject({ value: null, reason: "ZERO_DENOMINATOR", n: 0 });
    expect(perLabel[0]!.recall).toMatchObject({ value: 0, n: 2 });
    expect(perLabel[0]!.f1).toMatchObject({ value: 0, n: 2, interval: null, reason: null });
    expect([macroF1, weightedF1]).toEqual([0.75 / 2, (3 * 0.75) / 5]);
    expect(kappa).toMatchObject({ value: 0, reason: null });
  });

  test.each([
    ["without decisions", [], [], { value: null, reason: "NO_DATA" }, null],
    ["of one label", ["a"], [[3]], { value: null, reason: "NO_VARIATION" }, 1],
  ])("%s", (_, labels, counts, kappa, macro) => {
    const figures = figuresOf(labels, counts, NONE);
    expect(figures.kappa).toMatchObject(kappa);
    expect(figures.macroF1).toBe(macro);
  });

  test("nothing is said where a frame left out what it takes", () => {
    const { perLabel, accuracy, macroF1, weightedF1 } = figuresOf(["a", "b"], [[2, 1], [1, 3]], (label) =>
      label === "a" ? { precision: null, recall: "FRAME_EXCLUDES_NEGATIVES" } : { precision: "FRAME_EXCLUDES_POSITIVES", recall: null });
    const excluded = (reason: string) => ({ value: null, numerator: null, denominator: null, interval: null, reason });
    expect(perLabel[0]).toMatchObject({ precision: { value: 2 / 3 }, recall: excluded("FRAME_EXCLUDES_NEGATIVES"), f1: excluded("FRAME_EXCLUDES_NEGATIVES") });
    expect(perLabel[1]).toMatchObject({ precision: excluded("FRAME_EXCLUDES_POSITIVES"), recall: { value: 3 / 4 }, f1: excluded("FRAME_EXCLUDES_POSITIVES") });
    expect([accuracy.value, macroF1, weightedF1]).toEqual([5 / 7, null, null]);
  });
});

test("labels stand by rank, then code, those that the viewer doesn't see behind them", () => {
  const ranks = [{ id: "1", rank: null, code: "A" }, { id: "2", rank: 2, code: "A" }, { id: "3", rank: 1, code: "B" }, { id: "4", rank: null, code: "0" }];
  expect(inLabelOrder(["9", "1", "2", "8", "3", "4"], ranks)).toEqual(["3", "2", "4", "1", "8", "9"]);
});

test("pairs of the same label and truth add up", () => {
  const pair = (truthId: string, policyId: string, count: number) => ({ truthId, policyId, count });
  expect(matrixOf(["a", "b"], [pair("a", "b", 2), pair("b", "b", 1), pair("a", "b", 3)])).toEqual([[0, 5], [0, 1]]);
});
