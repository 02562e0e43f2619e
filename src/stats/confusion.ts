import type { ChanceCorrected } from "./agreement.ts";
import { sum } from "./arithmetic.ts";
import { type Count, readCount } from "./counts.ts";
import { cohenKappa } from "./kappa.ts";

/** How a label fared: `support` cases truly are of it, `predicted` were called so, `hits` of them rightly. Undefined shares are null. */
export type LabelScore = {
  support: number;
  predicted: number;
  hits: number;
  precision: number | null;
  recall: number | null;
  f1: number | null;
};

/** The whole matrix: means of F1 over labels (an undefined one counts 0), alike or weighted by support, and Cohen's kappa. */
export type ConfusionScores = { labels: LabelScore[]; n: number; accuracy: number | null; macroF1: number | null; weightedF1: number | null; kappa: ChanceCorrected };

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

/**
 * Precision, recall and F1 = 2TP/(2TP + FP + FN) of each label from the counts of what is true (rows) and what was called (columns). A mean
 * is null without a case.
 */
export function scoreConfusion(counts: readonly (readonly Count[])[]): ConfusionScores {
  const matrix = counts.map((row) => row.map((count) => readCount(count, "cases")));
  const labels = matrix.map((row, label): LabelScore => {
    const [support, predicted, hits] = [sum(row), sum(matrix.map((each) => each[label] ?? 0)), row[label] ?? 0];
    return { support, predicted, hits, precision: ratio(hits, predicted), recall: ratio(hits, support), f1: ratio(2 * hits, support + predicted) };
  });
  const n = sum(labels.map(({ support }) => support));
  return {
    labels,
    n,
    accuracy: ratio(sum(labels.map(({ hits }) => hits)), n),
    macroF1: n === 0 ? null : sum(labels.map(({ f1 }) => f1 ?? 0)) / labels.length,
    weightedF1: ratio(sum(labels.map(({ f1, support }) => (f1 ?? 0) * support)), n),
    kappa: cohenKappa(matrix),
  };
}
