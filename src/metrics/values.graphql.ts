import { CALENDAR_UNITS } from "../core/time.ts";
import { builder } from "../graphql/builder.ts";
import type { Interval, INTERVAL_METHODS } from "../stats/proportions.ts";
import { DIMENSIONS } from "./dimensions.rules.ts";
import type { MetricValue, ValueReason } from "./estimates.rules.ts";
import { definitionOf, DIRECTIONS, type Measure, MEASURES } from "./measures.rules.ts";
import type { ScoreTime, TimeAxis } from "./query.rules.ts";

interface Described {
  description: string;
}

function described<Name extends string>(registry: Record<Name, Described>): Record<Name, Described> {
  return Object.fromEntries(Object.entries<Described>(registry).map(([name, { description }]) => [name, { description }])) as never;
}

export const MeasureEnum = builder.enumType("Measure", {
  description: "What is measured. `metricDefinitions` has the formulas.",
  values: described(MEASURES),
});
export const DimensionEnum = builder.enumType("Dimension", { description: "What figures are cut by.", values: described(DIMENSIONS) });

export const CalendarUnitEnum = builder.enumType("CalendarUnit", {
  description: "A stretch of calendar in a time zone.",
  values: {
    DAY: { description: "A day." },
    WEEK: { description: "A week, from the project's weekStartsOn." },
    MONTH: { description: "A calendar month." },
  } satisfies Record<(typeof CALENDAR_UNITS)[number], object>,
});

export const TimeAxisEnum = builder.enumType("TimeAxis", {
  description: "Which time of an audited decision puts it into the range, day, week and month.",
  values: {
    DECIDED_AT: { description: "When the labeler decided. Strata of the period in which nothing was audited yet count as gaps." },
    AUDITED_AT: { description: "When the audit was submitted." },
    PUBLISHED_AT: { description: "When the audit was first published." },
  } satisfies Record<TimeAxis, object>,
});

export const ScoreTimeEnum = builder.enumType("ScoreTime", {
  description: "Which verdict of an audit counts.",
  values: {
    AS_AUDITED: { description: "The one in force at first publication, after amendment and adjudication." },
    CURRENT: { description: "The latest." },
    FINAL: { description: "The latest, of audits that are FINAL." },
  } satisfies Record<ScoreTime, object>,
});

export const BasisEnum = builder.enumType("Basis", {
  description: "What the interval is about.",
  values: {
    POPULATION: { description: "The finite period that was sampled: the more was audited, the narrower; a census leaves nothing open." },
    PROCESS: { description: "The process that made these decisions: no finite population correction." },
  },
});

const Method = builder.enumType("IntervalMethod", {
  description: "How an interval was computed.",
  values: {
    WILSON: { description: "Wilson's score interval." },
    WILSON_FPC: { description: "Wilson with finite population correction." },
    WILSON_KISH: { description: "Wilson at Kish's effective size, for weights that differ; with the correction on basis POPULATION." },
    MOVER_WILSON: { description: "Wilson by stratum, combined by variance recovery (Zou & Donner)." },
    MOVER_WILSON_FPC: { description: "As MOVER_WILSON, with finite population correction." },
  } satisfies Record<(typeof INTERVAL_METHODS)[number], object>,
});

const Reason = builder.enumType("MetricReason", {
  description: "Why a value is null, or what to know of it.",
  values: {
    NO_DATA: { description: "Nothing of the group was counted." },
    ZERO_DENOMINATOR: { description: "The group has audits, but none that the measure divides by." },
    PARTIAL_COVERAGE: { description: "Strata of the frame have no audit yet. Goes with a value while 90 % of the frame are covered." },
    FRAME_EXCLUDES_NEGATIVES: { description: "A run drew from decisions labeled violating only: it could not find misses." },
    FRAME_EXCLUDES_POSITIVES: { description: "A run drew from decisions labeled non-violating only: it could find only misses." },
    SMALL_GROUP: { description: "Suppressed: too few people or audits among rows that the viewer can't list." },
  } satisfies Record<ValueReason, object>,
});

const IntervalType = builder.objectRef<Interval>("ConfidenceInterval").implement({
  description: "A two-sided interval around a value; both ends are in 0..1.",
  fields: (t) => ({
    low: t.exposeFloat("low", { description: "Lower limit." }),
    high: t.exposeFloat("high", { description: "Upper limit." }),
    level: t.exposeFloat("level", { description: "Confidence level: 0.95." }),
    method: t.field({ type: Method, description: "How it was computed.", resolve: ({ method }) => method }),
  }),
});

const SUM = "A count; if `weighted`, a sum of weights. Null with reasons that hide or exclude.";

export const MetricValueType = builder.objectRef<MetricValue>("MetricValue").implement({
  description: "A figure with its count and its interval.",
  fields: (t) => ({
    measure: t.field({ type: MeasureEnum, description: "What is measured.", resolve: ({ measure }) => measure }),
    value: t.exposeFloat("value", { nullable: true, description: "A rate is in 0..1. Undefined is null with a reason; never 0." }),
    numerator: t.exposeFloat("numerator", { nullable: true, description: `Cases of the measure. ${SUM}` }),
    denominator: t.exposeFloat("denominator", { nullable: true, description: `Cases that it divides by. ${SUM}` }),
    n: t.exposeInt("n", {
      nullable: true,
      description: "Audits (or decisions on golden items) in the denominator. Below 30, don't rank by it. Null if suppressed.",
    }),
    interval: t.field({ type: IntervalType, nullable: true, description: "Null where the value is.", resolve: ({ interval }) => interval }),
    weighted: t.exposeBoolean("weighted", { description: "The weights differ, so numerator and denominator are weighted sums." }),
    suppressed: t.exposeBoolean("suppressed", { description: "Hidden as a small group among rows that the viewer can't list." }),
    reason: t.field({
      type: Reason,
      nullable: true,
      description: "Why the value is null, or partial; null where nothing is to be said.",
      resolve: ({ reason }) => reason,
    }),
  }),
});

const MeasureDirection = builder.enumType("MeasureDirection", {
  description: "Which way a measure should go.",
  values: {
    HIGHER_IS_BETTER: { description: "More is better." },
    LOWER_IS_BETTER: { description: "Less is better." },
  } satisfies Record<(typeof DIRECTIONS)[number], object>,
});

const MetricDefinition = builder.objectRef<Measure>("MetricDefinition").implement({
  description: "What a measure means.",
  fields: (t) => ({
    measure: t.field({ type: MeasureEnum, description: "The measure.", resolve: (measure) => measure }),
    description: t.string({ description: "What it says, and when it is null.", resolve: (measure) => definitionOf(measure).description }),
    formula: t.string({
      description: "Sums over the decisions counted; w is the inverse of the chance to be drawn.",
      resolve: (measure) => definitionOf(measure).formula,
    }),
    direction: t.field({ type: MeasureDirection, description: "Which way to go.", resolve: (measure) => definitionOf(measure).direction }),
  }),
});

builder.queryField("metricDefinitions", (t) =>
  t.field({ type: [MetricDefinition], description: "The catalogue of measures.", resolve: () => Object.keys(MEASURES) as Measure[] }),
);
