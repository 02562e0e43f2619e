import type { CountMeasure, ShareMeasure, TimeMeasure } from "./definitions.rules.ts";

const share = { unit: "RATE", direction: "LOWER_IS_BETTER", interval: "WILSON" } as const;
const time = { unit: "MINUTES", direction: "LOWER_IS_BETTER", interval: "NONE" } as const;

const OF_PUBLICATIONS =
  "Of primary audits of the layer whose verdict was an error when it was published, by that time; of whatever purpose. Score, basis and process errors play no part. Not for auditors.";
const OF_RULINGS =
  "By when it was ruled last; of whatever purpose, and of the layer. Withdrawn, declined, invalid and expired appeals are left out. Score, basis and process errors play no part. Not for auditors.";
const OF_ESCALATIONS = "Of escalations that the viewer sees, cut by what they are about. Layer, purposes, score, basis and process errors play no part. Not for labelers and clients.";
const RESOLUTION = `Open minutes from filing to the ruling in the hours of each tier's calendar, pauses aside. ${OF_RULINGS}`;
const CONTAINED = `Minutes from opening to the containment, day and night; by when it was contained. ${OF_ESCALATIONS}`;
const CLOSED = `Minutes from opening to CLOSED, day and night; by when it was closed. ${OF_ESCALATIONS}`;

/** Measures of appeals, clocks and escalations. */
export const REMEDY_MEASURES = {
  APPEAL_RATE: {
    ...share,
    direction: "NEUTRAL",
    source: "PUBLICATIONS",
    hit: "APPEALED",
    name: "Appeal rate",
    description: `Share of published errors that were appealed, once filed. ${OF_PUBLICATIONS}`,
    formula: "audits appealed / published error verdicts",
  },
  VERDICT_INSTABILITY: {
    ...share,
    source: "PUBLICATIONS",
    hit: "OVERTURNED",
    name: "Verdict instability",
    description: `Share of published errors whose audit a ruling overturned, also in part. ${OF_PUBLICATIONS}`,
    formula: "audits overturned, also partially / published error verdicts",
  },
  OVERTURN_RATE: {
    ...share,
    source: "RULINGS",
    hit: "OVERTURNED",
    name: "Overturn rate",
    description: `Share of appeals ruled on whose last ruling overturned the audit, also in part. ${OF_RULINGS}`,
    formula: "(AUDIT_OVERTURNED + AUDIT_PARTIALLY_OVERTURNED) / appeals decided",
  },
  FRIVOLOUS_RATE: {
    ...share,
    source: "RULINGS",
    hit: "UPHELD",
    name: "Frivolous rate",
    description: `Share of appeals ruled on that every tier they reached upheld. ${OF_RULINGS}`,
    formula: "appeals decided AUDIT_UPHELD at every tier they reached / appeals decided",
  },
  APPEAL_TAT_P50: {
    ...time,
    source: "RULINGS",
    times: "RESOLUTION",
    percentile: 50,
    name: "Median time to resolve an appeal",
    description: `The median of ${RESOLUTION}`,
    formula: "percentile 50 of open minutes filed to decided (Hyndman & Fan type 7)",
  },
  APPEAL_TAT_P90: {
    ...time,
    source: "RULINGS",
    times: "RESOLUTION",
    percentile: 90,
    name: "90th percentile of the time to resolve an appeal",
    description: `Nine of ten took no longer: ${RESOLUTION}`,
    formula: "percentile 90 of open minutes filed to decided (Hyndman & Fan type 7)",
  },
  SLA_RATE: {
    ...share,
    direction: "HIGHER_IS_BETTER",
    source: "CLOCKS",
    hit: "IN_TIME",
    name: "Share in SLA",
    description:
      "Share of SLA clocks that were stopped in time, of those stopped and those still running past their due time; by that due time. Void and paused ones are left out. " +
      "Group by CLOCK_KIND: kinds are of different things. As the clocks are now: not as of a time. Layer, purposes, score, basis and process errors play no part. Not for auditors.",
    formula: "clocks stopped in time / (stopped + open past due)",
  },
  ESCALATIONS_OPEN: {
    unit: "COUNT",
    direction: "LOWER_IS_BETTER",
    interval: "NONE",
    source: "ESCALATIONS",
    counts: "OPEN",
    name: "Open escalations",
    description: `Escalations that are open at asOf, whenever they were opened: the range plays no part. Days, weeks and months are those of their opening. ${OF_ESCALATIONS}`,
    formula: "escalations open at asOf",
  },
  TIME_TO_CONTAIN_P50: {
    ...time,
    source: "ESCALATIONS",
    times: "CONTAINED",
    percentile: 50,
    name: "Median time to contain",
    description: `The median of ${CONTAINED}`,
    formula: "percentile 50 of minutes openedAt to containment (Hyndman & Fan type 7)",
  },
  TIME_TO_CONTAIN_P90: {
    ...time,
    source: "ESCALATIONS",
    times: "CONTAINED",
    percentile: 90,
    name: "90th percentile of the time to contain",
    description: `Nine of ten took no longer: ${CONTAINED}`,
    formula: "percentile 90 of minutes openedAt to containment (Hyndman & Fan type 7)",
  },
  TIME_TO_CLOSE_P50: {
    ...time,
    source: "ESCALATIONS",
    times: "CLOSED",
    percentile: 50,
    name: "Median time to close",
    description: `The median of ${CLOSED}`,
    formula: "percentile 50 of minutes openedAt to closedAt (Hyndman & Fan type 7)",
  },
  TIME_TO_CLOSE_P90: {
    ...time,
    source: "ESCALATIONS",
    times: "CLOSED",
    percentile: 90,
    name: "90th percentile of the time to close",
    description: `Nine of ten took no longer: ${CLOSED}`,
    formula: "percentile 90 of minutes openedAt to closedAt (Hyndman & Fan type 7)",
  },
  ESCALATION_RECURRENCE: {
    ...share,
    source: "ESCALATIONS",
    hit: "RECURRED",
    name: "Recurrence of escalations",
    description: `Share of escalations closed as EFFECTIVE after which the same problem was opened again within the project's recurrenceDays (90); by when they were closed. ${OF_ESCALATIONS}`,
    formula: "closed EFFECTIVE whose fingerprint reopens within recurrenceDays / closed EFFECTIVE",
  },
} as const satisfies Record<string, ShareMeasure | TimeMeasure | CountMeasure>;
