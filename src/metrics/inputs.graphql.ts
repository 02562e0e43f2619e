import type { ArgBuilder } from "@pothos/core";
import { builder, type Types } from "../graphql/builder.ts";
import { Direction } from "../graphql/list.ts";
import type { BOUNDS } from "../measures/answers.rules.ts";
import { DEFAULT_PURPOSES } from "../measures/definitions.rules.ts";
import { DimensionEnum, MeasureEnum } from "../measures/graphql.ts";
import { TenureBucket } from "../plans/frame.graphql.ts";
import { AuditLayer, SamplePurpose } from "../plans/graphql.ts";
import { Modality } from "../projects/queues.graphql.ts";
import { TargetStatus } from "../targets/graphql.ts";
import { type AskedFilter, type AskedRange, type AuditChoice, decodeFilter } from "./query.rules.ts";
import type { FigureQuery } from "./service.ts";
import { CalendarUnitEnum, ScoreTimeEnum, TimeAxisEnum } from "./values.graphql.ts";

const MetricLast = builder.inputType("MetricLast", {
  description: "The last whole units that ended at or before asOf.",
  fields: (t) => ({
    unit: t.field({ type: CalendarUnitEnum, required: true, description: "Of which kind." }),
    n: t.int({ required: true, description: "How many: 1 to 10,000." }),
  }),
});

export const MetricRange = builder.inputType("MetricRange", {
  description: "A period: either from and to, or last.",
  fields: (t) => ({
    from: t.field({ type: "Date", description: "First day, inclusive." }),
    to: t.field({ type: "Date", description: "Day after the last, exclusive." }),
    last: t.field({ type: MetricLast, description: "The last whole days, weeks or months." }),
    timeZone: t.string({ description: "IANA time zone of its days, weeks and months; the project's if absent. Required if they differ." }),
  }),
});

export const MetricFilter = builder.inputType("MetricFilter", {
  description: "Which decisions: those that pass every list given. A dimension that the viewer may not see can't be filtered by either.",
  fields: (t) => ({
    queueIds: t.idList({ description: "Those of these queues, which must be of the projects asked for." }),
    markets: t.stringList({ description: "Those of these markets, by code." }),
    vendorIds: t.idList({ description: "Those of these vendors' labelers." }),
    siteIds: t.idList({ description: "Those decided at these sites." }),
    teamIds: t.idList({ description: "Those decided in these teams." }),
    labelerIds: t.idList({ description: "Those of these labelers. Not for policy managers." }),
    policyIds: t.idList({ description: "Those for which the labeler chose one of these policies. PRECISION, RECALL and F1 are then of these." }),
    truthPolicyIds: t.idList({ description: "Those of which one of these policies is the truth. Not of measures that need no judgement." }),
    policyVersionIds: t.idList({ description: "Those under these versions of the labeler's policy." }),
    actions: t.stringList({ description: "Those with one of these actions." }),
    modalities: t.field({ type: [Modality], description: "Those on content of these kinds." }),
    languages: t.stringList({ description: "Those on content in these languages, BCP 47 tags as recorded." }),
    tenureBuckets: t.field({ type: [TenureBucket], description: "Those of labelers hired so many days before. Not for policy managers." }),
  }),
});

const BoundEnum = builder.enumType("MetricBound", {
  description: "What of a figure a condition reads.",
  values: {
    VALUE: { description: "The value." },
    LOW: { description: "The lower limit of its interval." },
    HIGH: { description: "The upper limit of its interval." },
    N: { description: "Its count." },
  } satisfies Record<(typeof BOUNDS)[number], object>,
});

export const MetricCondition = builder.inputType("MetricCondition", {
  description: "What a row must have to be shown. What has no value, or no interval where a limit is read, doesn't have it.",
  fields: (t) => ({
    measure: t.field({ type: MeasureEnum, required: true, description: "One of measures." }),
    bound: t.field({ type: BoundEnum, required: true, defaultValue: "VALUE", description: "What of it is read." }),
    gte: t.float({ description: "At least this." }),
    lte: t.float({ description: "At most this." }),
    targetStatuses: t.field({ type: [TargetStatus], description: "It stands so to its target; BELOW: off target with certainty." }),
  }),
});

export const MetricCompareTo = builder.inputType("MetricCompareTo", {
  description: "What figures are set against: one of these. A period can't be had by DAY, WEEK or MONTH, whose groups have no counterpart in it.",
  fields: (t) => ({
    previous: t.boolean({
      description: "The period just before, as long as the range: as many of the units of `last`; else whole months where it is made of them; else days.",
    }),
    range: t.field({ type: MetricRange, description: "Any other period." }),
    target: t.boolean({ description: "The quality target of each figure." }),
  }),
});

export const MetricOrder = builder.inputType("MetricOrder", {
  description: "What rows are sorted by: either a dimension or a measure. Nulls come last.",
  fields: (t) => ({
    dimension: t.field({ type: DimensionEnum, description: "One of groupBy: days in time, codes and words by letter, objects as they were made, auditors in an order that tells nothing." }),
    measure: t.field({ type: MeasureEnum, description: "A measure of measures, by its value." }),
    direction: t.field({ type: Direction, required: true, defaultValue: "ASC", description: "Which way." }),
  }),
});

/** The arguments of every figure. */
export function figureArgs(t: ArgBuilder<Types>) {
  return {
    filter: t({ type: MetricFilter, description: "Which decisions; all if absent." }),
    range: t({ type: MetricRange, required: true, description: "Which period, on the time axis." }),
    timeAxis: t({ type: TimeAxisEnum, required: true, defaultValue: "DECIDED_AT", description: "Which time counts." }),
    layer: t({
      type: AuditLayer, required: true, defaultValue: "CLIENT", description: "Whose audits; layers are never mixed. LAYER as a dimension reads both, apart.",
    }),
    purposes: t({
      type: [SamplePurpose],
      required: true,
      defaultValue: [...DEFAULT_PURPOSES],
      description:
        "Which samples' audits. TARGETED or GOLDEN can only be read alone, unweighted: they have no inclusion probability (else " +
        "INVALID_INPUT, MIXED_PURPOSES). Partners can't choose in layer CLIENT.",
    }),
    score: t({ type: ScoreTimeEnum, required: true, defaultValue: "CURRENT", description: "Which verdict of an audit." }),
    includeProcessErrors: t.boolean({
      required: true,
      defaultValue: false,
      description: "True counts errors that the process answers for as errors; else these audits are left out.",
    }),
    asOf: t({
      type: "DateTime",
      description:
        "Audits and verdicts as they were then, before later voids, corrections and publications; now if absent. The same figure asked for twice as " +
        "of the same time is the same, while the projects' settings are, but for score FINAL, which takes today's states, and for auditors, who don't see what was voided.",
    }),
  };
}

interface FigureArgs extends AuditChoice {
  filter?: AskedFilter | null;
  range: AskedRange;
  includeProcessErrors: boolean;
  asOf?: Date | null;
}

/** Decodes what `figureArgs` declares. */
export function readFigure(projects: readonly string[], args: FigureArgs): FigureQuery {
  const { filter, range, includeProcessErrors, asOf, ...choice } = args;
  return { projects, filter: decodeFilter(filter, ["filter"]), range, includeProcessErrors, asOf: asOf ?? null, choice };
}
