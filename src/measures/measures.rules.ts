import { AUDIT_MEASURES } from "./audits.rules.ts";
import { REMEDY_MEASURES } from "./remedies.rules.ts";
import type { AgreementMeasure, DecisionMeasure, MeasureDefinition, ShareMeasure } from "./definitions.rules.ts";

/** Counts up whenever a definition changes, so that a kept figure says by which it was made. */
export const DEFINITION_VERSION = 5;

const share = { unit: "RATE", direction: "HIGHER_IS_BETTER", interval: "WILSON" } as const;
const decisions = { source: "DECISIONS", direction: "NEUTRAL", interval: "NONE" } as const;
const seconds = { ...decisions, unit: "SECONDS" } as const;
const agreement = { source: "AGREEMENT", unit: "COEFFICIENT", direction: "HIGHER_IS_BETTER", interval: "JACKKNIFE" } as const;
const OF_LABELS =
  "Of each labeler the first decision on a content counts, of those in the group and the range; content of two projects is two items. n are the items " +
  "it is reckoned from; K is the number of leaf policies that the projects use. By POLICY: this one against all others. Layer, purposes, score, basis " +
  "and process errors play no part; always by the time of decision. Not for auditors and labelers.";
const CHANCE = "Null with NO_VARIATION where agreement by chance is certain, as where one policy alone was chosen; no interval under 3 items.";
const OF_DECISIONS = "Needs no audit: layer, purposes, score, basis and process errors play no part; always by the time of decision.";

/** Measures of anything but weighted audits. */
const OTHER_MEASURES = {
  GOLDEN_ACCURACY: {
    ...share,
    source: "GOLDEN",
    name: "Golden accuracy",
    description:
      "Share of decisions on golden items, active when they were made, that equal the agreed answer. Needs no sample or audit, so layer, " +
      "purposes, score, basis and process errors play no part; always by the time of decision. Not for partners, labelers and auditors.",
    formula: "decisions equal to the golden truth / decisions on golden items active at decidedAt",
  },
  AUDITOR_ACCURACY: {
    ...share,
    source: "DOUBLE_AUDITS",
    name: "Auditor accuracy",
    description:
      "Share of auditors' own verdicts that equal the resolved one in outcome, policy and action: those of double audits, against what was " +
      "published, and those that an expert audited again, against the expert's. Unweighted, of all purposes; score, basis and process errors " +
      "play no part. For staff only; auditors see their own.",
    formula: "verdicts equal to the resolved one / verdicts resolved by double audit or ATA",
  },
  PLAN_ATTAINMENT: {
    ...share,
    source: "SAMPLES",
    interval: "NONE",
    name: "Plan attainment",
    description:
      "Share of samples that fell due in the range and by asOf, void ones left out, whose audit was submitted in time. Always by the due time. " +
      "For administrators, leads and analysts.",
    formula: "audits submitted by dueAt / samples due less VOID",
  },
  AUDIT_COVERAGE: {
    ...decisions,
    reads: "COVERAGE",
    unit: "RATE",
    name: "Audit coverage",
    description: "Share of the group's decisions with a published primary audit in the layer, of whatever purpose. Always by the time of decision. Not for auditors.",
    formula: "audited decisions / decisions",
  },
  LABELER_COVERAGE: {
    ...decisions,
    reads: "LABELERS",
    unit: "RATE",
    direction: "HIGHER_IS_BETTER",
    name: "Labeler coverage",
    description: "Share of labelers with a decision in the range who have at least the project's labelerMinAudits (30) there, of the layer and purposes; of several projects the most that one asks for. Always by the time of decision. Not for auditors.",
    formula: "labelers with n ≥ labelerMinAudits / labelers with a decision",
  },
  AHT_MEAN: {
    ...seconds,
    reads: "HANDLE_MEAN",
    name: "Mean handle time",
    description: `Mean seconds from the latest claim to the decision, of decisions that have them. ${OF_DECISIONS} Not for auditors.`,
    formula: "Σ handleSeconds / decisions with handleSeconds",
  },
  AHT_P50: {
    ...seconds,
    reads: "HANDLE_P50",
    name: "Median handle time",
    description: `Median of the seconds from the latest claim to the decision. ${OF_DECISIONS} Not for auditors.`,
    formula: "percentile 50 of handleSeconds (Hyndman & Fan type 7)",
  },
  AHT_P90: {
    ...seconds,
    reads: "HANDLE_P90",
    name: "90th percentile of handle time",
    description: `Nine of ten decisions took no longer, in seconds from the latest claim. ${OF_DECISIONS} Not for auditors.`,
    formula: "percentile 90 of handleSeconds (Hyndman & Fan type 7)",
  },
  OUTPUT: {
    ...decisions,
    reads: "OUTPUT",
    unit: "PER_HOUR",
    direction: "HIGHER_IS_BETTER",
    name: "Output",
    description: `Decisions per productive hour; the numerator and n are the decisions. ${OF_DECISIONS} Not for auditors.`,
    formula: "decisions / productive hours",
    nullRule: "Null with NO_HOURS where no productive hours are recorded.",
  },
  PERCENT_AGREEMENT: {
    ...agreement,
    raters: "LABELS",
    unit: "RATE",
    name: "Percent agreement",
    description: `Share of the pairs of labelers of a content who chose the same policy, as the mean over contents that two or more decided. ${OF_LABELS}`,
    formula: "mean over items of Σ r_k(r_k - 1) / (r(r - 1))",
    nullRule: "No interval under 3 items, or where it hangs on a single one.",
  },
  FLEISS_KAPPA: {
    ...agreement,
    raters: "LABELS",
    name: "Fleiss' kappa",
    description: `Agreement of labelers beyond chance, of the contents with the most common number of labelers (of equals, the larger). ${OF_LABELS}`,
    formula: "(P̄ - P̄e) / (1 - P̄e), P̄e = Σp_k²",
    nullRule: CHANCE,
  },
  KRIPPENDORFF_ALPHA: {
    ...agreement,
    raters: "LABELS",
    name: "Krippendorff's alpha",
    description: `Agreement of labelers beyond chance, of contents that two or more decided, however many; policies are the same or not (NOMINAL). ${OF_LABELS}`,
    formula: "1 - Do / De, from the coincidence matrix",
    nullRule: CHANCE,
  },
  GWET_AC1: {
    ...agreement,
    raters: "LABELS",
    name: "Gwet's AC1",
    description: `Agreement of labelers beyond chance that stays sensible where one policy dominates; contents of one labeler count for prevalence. ${OF_LABELS}`,
    formula: "(pa - pe) / (1 - pe), pe = Σπ_k(1 - π_k) / (K - 1)",
    nullRule: "No interval under 3 items, or where it hangs on a single one.",
  },
  COHEN_KAPPA: {
    ...agreement,
    raters: "DOUBLE_AUDITS",
    name: "Cohen's kappa",
    description:
      "Agreement beyond chance of the first auditor with the second, of resolved double audits, by the policy that each said was right before anybody " +
      "decided between them; golden samples are left out. n are these double audits. Cuts are of the audited decision; by POLICY: this one against all " +
      "others. Layer, purposes, score, basis and process errors play no part; always by the time of decision. For staff but policy managers; auditors see their own.",
    formula: "(po - pe) / (1 - pe), pe = Σ p_k. p._k",
    nullRule: CHANCE,
  },
} as const satisfies Record<string, ShareMeasure | DecisionMeasure | AgreementMeasure>;

/** Every measure. Adding one is an entry here and a test; enum, descriptions, catalogue and SQL follow. */
export const MEASURES = { ...AUDIT_MEASURES, ...OTHER_MEASURES, ...REMEDY_MEASURES } as const satisfies Record<string, MeasureDefinition>;

export type Measure = keyof typeof MEASURES;

export const MEASURE_NAMES = Object.keys(MEASURES) as [Measure, ...Measure[]];

/** The definition of a measure, of whichever source. */
export function definitionOf(measure: Measure): MeasureDefinition {
  return MEASURES[measure];
}
