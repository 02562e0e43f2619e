import type { FrameReason } from "../measures/definitions.rules.ts";
import type { MetricValue } from "../measures/estimates.rules.ts";
import type { ChanceCorrected } from "../stats/agreement.ts";
import { type LabelScore, scoreConfusion } from "../stats/confusion.ts";
import { type Estimate, plainRate } from "../stats/estimation.ts";

export const CONFUSION_SOURCES = ["AUDITS", "GOLDEN"] as const;
export type ConfusionSource = (typeof CONFUSION_SOURCES)[number];
/** Whether all of a labeler's decisions on the same content count, or the first alone. */
export const REPEATS = ["ALL", "FIRST"] as const;
export type Repeats = (typeof REPEATS)[number];

/** Decisions by what was true and what was chosen. */
export interface LabelPair {
  truthId: string;
  policyId: string;
  count: number;
}

/** How a policy orders among labels; those that the viewer doesn't see have neither rank nor code. */
export interface LabelRank {
  id: string;
  rank: number | null;
  code: string;
}

/** Each label against all others. */
export interface LabelFigures extends Pick<LabelScore, "support" | "predicted" | "hits"> {
  policyId: string;
  precision: MetricValue;
  recall: MetricValue;
  f1: MetricValue;
}

/** What a matrix says as a whole; F1s are null without decisions and where frames leave out what they need. */
export interface MatrixFigures {
  perLabel: LabelFigures[];
  accuracy: MetricValue;
  macroF1: number | null;
  weightedF1: number | null;
  kappa: ChanceCorrected;
}

/** Labels in order: by place on the ordinal scale, then code, then id. */
export function inLabelOrder(ids: readonly string[], ranks: readonly LabelRank[]): string[] {
  const known = new Map(ranks.map((each) => [each.id, each]));
  const keyOf = (id: string) => ({ rank: known.get(id)?.rank ?? Infinity, code: known.get(id)?.code ?? "\uffff", id });
  const compare = <T extends number | string>(a: T, b: T) => (a < b ? -1 : a > b ? 1 : 0);
  return ids.map(keyOf).sort((a, b) => compare(a.rank, b.rank) || compare(a.code, b.code) || compare(a.id, b.id)).map(({ id }) => id);
}

/** The counts of these pairs: a row a label as the truth, a column a label as the choice. */
export function matrixOf(labels: readonly string[], pairs: readonly LabelPair[]): number[][] {
  const places = new Map(labels.map((id, index) => [id, index]));
  const counts = labels.map(() => labels.map(() => 0));
  for (const { truthId, policyId, count } of pairs) counts[places.get(truthId)!]![places.get(policyId)!]! += count;
  return counts;
}

/** What can't be said of a label, since the frame left out what it takes. */
export interface Excluded {
  precision: FrameReason | null;
  recall: FrameReason | null;
}

/**
 * Precision, recall and F1 of each label against all others, and what the matrix says as a whole: accuracy, macro and weighted F1 and Cohen's
 * kappa of labels against truth. Of counts as they are; `excludedOf` says what a frame forbids.
 */
export function figuresOf(labels: readonly string[], counts: readonly (readonly number[])[], excludedOf: (label: string) => Excluded): MatrixFigures {
  const { labels: scores, n, macroF1, weightedF1, kappa } = scoreConfusion(counts);
  const perLabel = scores.map(({ support, predicted, hits }, index): LabelFigures => {
    const policyId = labels[index]!;
    const excluded = excludedOf(policyId);
    const f1 = { ...plainRate({ x: 2 * hits, n: support + predicted }), n: support + predicted - hits, interval: null };
    return {
      policyId, support, predicted, hits,
      precision: valueOf("PRECISION", plainRate({ x: hits, n: predicted, cases: n }), excluded.precision),
      recall: valueOf("RECALL", plainRate({ x: hits, n: support, cases: n }), excluded.recall),
      f1: valueOf("F1", f1, excluded.recall ?? excluded.precision),
    };
  });
  const isF1Known = perLabel.every(({ f1 }) => f1.value !== null);
  return {
    perLabel,
    accuracy: valueOf("ACCURACY", plainRate({ x: scores.reduce((sum, { hits }) => sum + hits, 0), n }), null),
    macroF1: isF1Known ? macroF1 : null,
    weightedF1: isF1Known ? weightedF1 : null,
    kappa,
  };
}

function valueOf(measure: MetricValue["measure"], estimate: Estimate, excluded: FrameReason | null): MetricValue {
  const figure = { measure, suppressed: false, ...estimate };
  if (!excluded || estimate.reason === "NO_DATA") return figure;
  return { ...figure, value: null, numerator: null, denominator: null, interval: null, reason: excluded };
}
