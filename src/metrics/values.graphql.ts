import { CALENDAR_UNITS } from "../core/time.ts";
import { nodeId } from "../graphql/entity.ts";
import { builder } from "../graphql/builder.ts";
import type { AnsweredValue, ValueComparison, ValueTarget } from "../measures/answers.rules.ts";
import type { ValueReason } from "../measures/estimates.rules.ts";
import { MeasureEnum } from "../measures/graphql.ts";
import type { ScoreTime, TimeAxis } from "../reach/table.ts";
import type { Interval, INTERVAL_METHODS } from "../stats/proportions.ts";
import { TargetStatus } from "../targets/graphql.ts";

export const CalendarUnitEnum = builder.enumType("CalendarUnit", {
  description: "A stretch of calendar in a time zone.",
  values: {
    DAY: { description: "A day." }, WEEK: { description: "A week, from the project's weekStartsOn." }, MONTH: { description: "A calendar month." },
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
    MOVER_DIFFERENCE: { description: "Of a difference: recovered from the intervals of both sides (Newcombe's method 10 for plain Wilson)." },
    JACKKNIFE: { description: "By leaving out one item at a time." },
  } satisfies Record<(typeof INTERVAL_METHODS)[number], object>,
});

export const Reason = builder.enumType("MetricReason", {
  description: "Why a value is null, or what to know of it.",
  values: {
    NO_DATA: { description: "Nothing of the group was counted." },
    ZERO_DENOMINATOR: { description: "The group has audits, but none that the measure divides by." },
    PARTIAL_COVERAGE: { description: "Strata of the frame have no audit yet. Goes with a value while the share covered is the project's minCoverageRate (0.9) or more; of several projects the highest." },
    FRAME_EXCLUDES_NEGATIVES: { description: "A run drew from decisions labeled violating only: it could not find misses." },
    FRAME_EXCLUDES_POSITIVES: { description: "A run drew from decisions labeled non-violating only: it could find only misses." },
    SMALL_GROUP: { description: "Suppressed: too few people or audits among rows that the viewer can't list." },
    NO_VARIATION: { description: "All judgements are alike, so that agreement beyond chance has no meaning." },
    TOO_FEW: { description: "There are fewer cases than the figure takes to say anything." },
    NO_HOURS: { description: "No productive hours are recorded to divide by." },
    NO_AUDITOR_RATES: { description: "Auditors' own errors are not known well enough." },
    UNSTABLE: { description: "More work comes in than can be done, so that waiting has no end." },
  } satisfies Record<ValueReason, object>,
});

export const ConfidenceInterval = builder.objectRef<Interval>("ConfidenceInterval").implement({
  description: "A two-sided interval around a value; both ends are in 0..1, of differences and coefficients in -1..1.",
  fields: (t) => ({
    low: t.exposeFloat("low", { description: "Lower limit." }),
    high: t.exposeFloat("high", { description: "Upper limit." }),
    level: t.exposeFloat("level", { description: "Confidence level: 0.95." }),
    method: t.field({ type: Method, description: "How it was computed.", resolve: ({ method }) => method }),
  }),
});

const SUM = "A count; if `weighted`, a sum of weights. Null with reasons that hide or exclude, and of differences, means of ratios, coefficients and percentiles.";

const MetricTarget = builder.objectRef<ValueTarget>("MetricTarget").implement({
  description: "The narrowest quality target that held on the group's last day for what group and filter fix.",
  fields: (t) => ({
    id: t.id({ description: "Of the QualityTarget.", resolve: ({ projectId, id }) => nodeId("QualityTarget", projectId, id) }),
    value: t.exposeFloat("value", { description: "What should be reached, in the measure's unit." }),
    status: t.field({
      type: TargetStatus,
      nullable: true,
      description: "How the figure stands to it. Null without a value, with fewer cases than the target asks for, and for NEUTRAL measures: they have no better side.",
      resolve: ({ status }) => status,
    }),
  }),
});

const MetricComparison = builder.objectRef<ValueComparison>("MetricComparison").implement({
  description: "What a figure is set against by compareTo: the same group's figure in another period, or its target.",
  fields: (t) => ({
    value: t.exposeFloat("value", { nullable: true, description: "The other period's value, or the target. Null with a reason." }),
    numerator: t.exposeFloat("numerator", { nullable: true, description: "The other period's. Null of a target." }),
    denominator: t.exposeFloat("denominator", { nullable: true, description: "The other period's. Null of a target." }),
    n: t.exposeInt("n", { nullable: true, description: "The other period's count. Null of a target, and where the group is not in it." }),
    interval: t.field({ type: ConfidenceInterval, nullable: true, description: "The other period's. Null of a target.", resolve: ({ interval }) => interval }),
    difference: t.exposeFloat("difference", { nullable: true, description: "The figure less this value. Null where either has none." }),
    differenceInterval: t.field({
      type: ConfidenceInterval,
      nullable: true,
      description: "Of the difference, MOVER_DIFFERENCE; a target is taken for exact. Null where either value has no interval.",
      resolve: ({ differenceInterval }) => differenceInterval,
    }),
    isSignificant: t.exposeBoolean("isSignificant", { nullable: true, description: "True if the interval of the difference leaves 0 out. Null without one." }),
    reason: t.field({
      type: Reason,
      nullable: true,
      description: "Why there is no other value, or what to know of it; NO_DATA where the group is not in the other period, or has no target.",
      resolve: ({ reason }) => reason,
    }),
  }),
});

export const MetricValueType = builder.objectRef<AnsweredValue>("MetricValue").implement({
  description: "A figure with its count and its interval.",
  fields: (t) => ({
    measure: t.field({ type: MeasureEnum, description: "What is measured.", resolve: ({ measure }) => measure }),
    value: t.exposeFloat("value", { nullable: true, description: "In the measure's unit; a rate is in 0..1. Undefined is null with a reason; never 0." }),
    numerator: t.exposeFloat("numerator", { nullable: true, description: `Cases of the measure. ${SUM}` }),
    denominator: t.exposeFloat("denominator", { nullable: true, description: `Cases that it divides by. ${SUM}` }),
    n: t.exposeInt("n", {
      nullable: true,
      description: "Audits (or decisions, samples, labelers) in the denominator; of agreement the items it is reckoned from. Below 30, don't rank by it. Null if suppressed.",
    }),
    interval: t.field({ type: ConfidenceInterval, nullable: true, description: "Null where the value is, and for measures without one.", resolve: ({ interval }) => interval }),
    weighted: t.exposeBoolean("weighted", { description: "The weights differ, so numerator and denominator are weighted sums." }),
    suppressed: t.exposeBoolean("suppressed", { description: "Hidden as a small group among rows that the viewer can't list." }),
    reason: t.field({
      type: Reason,
      nullable: true,
      description: "Why the value is null, or partial; null where nothing is to be said.",
      resolve: ({ reason }) => reason,
    }),
    target: t.field({
      type: MetricTarget,
      nullable: true,
      description: "What it should reach; null where no target holds for all of the group.",
      resolve: ({ target }) => target ?? null,
    }),
    comparison: t.field({
      type: MetricComparison,
      nullable: true,
      description: "What compareTo sets it against; null unless asked for.",
      resolve: ({ comparison }) => comparison ?? null,
    }),
  }),
});
