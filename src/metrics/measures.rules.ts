import type { samplingRuns } from "../sampling/table.ts";

/** Counts up whenever a definition changes, so that a kept figure says by which it was made. */
export const DEFINITION_VERSION = 1;

export const DIRECTIONS = ["HIGHER_IS_BETTER", "LOWER_IS_BETTER"] as const;

/** What an audit with its verdict in force tells measures; counts are kept apart by it. */
export interface AuditFacts {
  isCorrect: boolean;
  /** The labeler's policy is a violating one. */
  isLabeledViolating: boolean;
  /** The true policy is a violating one. */
  isTrulyViolating: boolean;
  /** An error that the process answers for, not the labeler. */
  isProcessError: boolean;
}

export type FrameCovers = (typeof samplingRuns.$inferSelect)["frameCovers"];
export type FrameReason = "FRAME_EXCLUDES_NEGATIVES" | "FRAME_EXCLUDES_POSITIVES";

interface Definition {
  description: string;
  formula: string;
  direction: (typeof DIRECTIONS)[number];
}

/** A share of weighted audits. */
export interface AuditMeasure extends Definition {
  source: "AUDITS";
  /** In the denominator. */
  isCounted: (facts: AuditFacts) => boolean;
  /** In the numerator, being in the denominator. */
  isHit: (facts: AuditFacts) => boolean;
  /** Why nothing can be said where a run's frame left decisions out. */
  undefinedFor: Partial<Record<FrameCovers, FrameReason>>;
}

/** A share of decisions that were graded against golden items. */
interface GoldenMeasure extends Definition {
  source: "GOLDEN";
}

/** A share of auditors' verdicts that were checked by another audit. */
interface DoubleMeasure extends Definition {
  source: "DOUBLE_AUDITS";
}

export type MeasureDefinition = AuditMeasure | GoldenMeasure | DoubleMeasure;

const always = () => true;
// Where only one side of the labels was in the frame, an error rate over both would come out as exactly 0 or 1.
const bothSides = { VIOLATING_ONLY: "FRAME_EXCLUDES_NEGATIVES", NON_VIOLATING_ONLY: "FRAME_EXCLUDES_POSITIVES" } as const;

/** Every measure. Adding one is an entry here and a test; enum, descriptions and catalogue follow. */
export const MEASURES = {
  ACCURACY: {
    description: "Share of audited decisions that were right.",
    formula: "Σw[correct] / Σw",
    direction: "HIGHER_IS_BETTER",
    source: "AUDITS",
    isCounted: always,
    isHit: ({ isCorrect }) => isCorrect,
    undefinedFor: {},
  },
  ERROR_RATE: {
    description: "Share of audited decisions that were wrong: 1 - ACCURACY.",
    formula: "Σw[incorrect] / Σw",
    direction: "LOWER_IS_BETTER",
    source: "AUDITS",
    isCounted: always,
    isHit: ({ isCorrect }) => !isCorrect,
    undefinedFor: {},
  },
  OVER_ENFORCEMENT_RATE: {
    description: "Share of truly non-violating decisions that were labeled violating. Null where a frame held one side of the labels only.",
    formula: "Σw[labeled violating, truly not] / Σw[truly not violating]",
    direction: "LOWER_IS_BETTER",
    source: "AUDITS",
    isCounted: ({ isTrulyViolating }) => !isTrulyViolating,
    isHit: ({ isLabeledViolating }) => isLabeledViolating,
    undefinedFor: bothSides,
  },
  UNDER_ENFORCEMENT_RATE: {
    description: "Share of truly violating decisions that were labeled non-violating. Null where a frame held one side of the labels only.",
    formula: "Σw[labeled not violating, truly violating] / Σw[truly violating]",
    direction: "LOWER_IS_BETTER",
    source: "AUDITS",
    isCounted: ({ isTrulyViolating }) => isTrulyViolating,
    isHit: ({ isLabeledViolating }) => !isLabeledViolating,
    undefinedFor: bothSides,
  },
  GOLDEN_ACCURACY: {
    description:
      "Share of decisions on golden items, active when they were made, that equal the agreed answer. Needs no sample or audit, so layer, " +
      "purposes, score, basis and process errors play no part; always by the time of decision. Not for partners, labelers and auditors.",
    formula: "decisions equal to the golden truth / decisions on golden items active at decidedAt",
    direction: "HIGHER_IS_BETTER",
    source: "GOLDEN",
  },
  AUDITOR_ACCURACY: {
    description:
      "Share of auditors' own verdicts that equal the resolved one in outcome, policy and action: those of double audits, against what was " +
      "published, and those that an expert audited again, against the expert's. Unweighted, of all purposes; score, basis and process errors " +
      "play no part. For staff only; auditors see their own.",
    formula: "verdicts equal to the resolved one / verdicts resolved by double audit or ATA",
    direction: "HIGHER_IS_BETTER",
    source: "DOUBLE_AUDITS",
  },
} as const satisfies Record<string, MeasureDefinition>;

export type Measure = keyof typeof MEASURES;

/** The definition of a measure, of whichever source. */
export function definitionOf(measure: Measure): MeasureDefinition {
  return MEASURES[measure];
}
