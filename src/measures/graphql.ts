import { EVERYBODY } from "../graphql/access.ts";
import { SamplePurpose } from "../plans/graphql.ts";
import { builder } from "../graphql/builder.ts";
import {
  DEFAULT_PURPOSES, DIMENSION_NAMES, type DIRECTIONS, dimensionOf, DIMENSIONS, type INTERVALS, type Source, type SOURCES, type UNITS,
} from "./definitions.rules.ts";
import { definitionOf, type Measure, MEASURE_NAMES, MEASURES } from "./measures.rules.ts";
import type { Dimension } from "../reach/table.ts";

function described<Name extends string>(registry: Record<Name, { description: string }>): Record<Name, { description: string }> {
  return Object.fromEntries(Object.entries<{ description: string }>(registry).map(([name, { description }]) => [name, { description }])) as never;
}

export const MeasureEnum = builder.enumType("Measure", {
  description: "What is measured. `metricDefinitions` has the formulas.",
  values: described(MEASURES),
});
export const DimensionEnum = builder.enumType("Dimension", {
  description: "What figures are cut by. `dimensionDefinitions` says which measures can be.",
  values: described(DIMENSIONS),
});

const MeasureDirection = builder.enumType("MeasureDirection", {
  description: "Which way a measure should go.",
  values: {
    HIGHER_IS_BETTER: { description: "More is better." },
    LOWER_IS_BETTER: { description: "Less is better." },
    NEUTRAL: { description: "Neither: it describes." },
  } satisfies Record<(typeof DIRECTIONS)[number], object>,
});

const MeasureUnit = builder.enumType("MeasureUnit", {
  description: "What a value is in.",
  values: {
    RATE: { description: "A share, 0..1." },
    DIFFERENCE: { description: "A difference of shares, -1..1." },
    COEFFICIENT: { description: "A coefficient of agreement, -1..1." },
    PER_AUDIT: { description: "A number an audit, 0 or more." },
    PER_MILLION: { description: "A number in a million, 0..1,000,000." },
    SECONDS: { description: "Seconds, 0 or more." },
    PER_HOUR: { description: "A number an hour, 0 or more." },
    MINUTES: { description: "Minutes, 0 or more." },
    COUNT: { description: "A number of things, 0 or more." },
  } satisfies Record<(typeof UNITS)[number], object>,
});

export const MeasureSource = builder.enumType("MetricSource", {
  description: "What a measure is counted from.",
  values: {
    AUDITS: { description: "Published primary audits, weighted by the inverse of their chance to be drawn; one layer." },
    GOLDEN: { description: "Decisions on golden items." },
    DOUBLE_AUDITS: { description: "Audits that another audit resolved." },
    DECISIONS: { description: "Decisions, judged or not." },
    SAMPLES: { description: "Samples that were drawn." },
    AGREEMENT: { description: "Items with several judgements." },
    PUBLICATIONS: { description: "Errors as they were published, unweighted." },
    RULINGS: { description: "Appeals by their last ruling." },
    CLOCKS: { description: "SLA clocks that are due." },
    ESCALATIONS: { description: "Escalations." },
  } satisfies Record<(typeof SOURCES)[number], object>,
});

const MeasureInterval = builder.enumType("MeasureInterval", {
  description: "Which 95 % interval a measure has.",
  values: {
    STRATIFIED: {
      description: "Wilson's, by stratum and combined by variance recovery, with finite population correction on basis POPULATION; without weights plain Wilson.",
    },
    WILSON: { description: "Wilson's, unweighted." },
    MOVER_DIFFERENCE: { description: "Of a difference: recovered from the intervals of both sides." },
    JACKKNIFE: { description: "By leaving out one item at a time." },
    NONE: { description: "None is known." },
  } satisfies Record<(typeof INTERVALS)[number], object>,
});

const dimensionsOf = (measure: Measure) =>
  DIMENSION_NAMES.filter((name) => {
    const { sources, isErrorClass } = dimensionOf(name);
    const definition = definitionOf(measure);
    const isOwn = name === "LAYER" && definition.source === "AUDITS" && definition.betweenLayers;
    return sources.includes(definition.source) && !isOwn && (!isErrorClass || measure === "ERROR_RATE");
  });

const PURPOSED: readonly Source[] = ["AUDITS", "SAMPLES"];

// Coverage of labelers counts audits, though by labelers who decided.
function isPurposed(measure: Measure): boolean {
  const definition = definitionOf(measure);
  return PURPOSED.includes(definition.source) || ("reads" in definition && definition.reads === "LABELERS");
}

const MetricDefinition = builder.objectRef<Measure>("MetricDefinition").implement({
  description: "What a measure means.",
  fields: (t) => ({
    measure: t.field({ type: MeasureEnum, description: "The measure.", resolve: (measure) => measure }),
    name: t.string({ description: "For people.", resolve: (measure) => definitionOf(measure).name }),
    description: t.string({ description: "What it says, and when it is null.", resolve: (measure) => definitionOf(measure).description }),
    formula: t.string({
      description: "Sums over the decisions counted; w is the inverse of the chance to be drawn.",
      resolve: (measure) => definitionOf(measure).formula,
    }),
    unit: t.field({ type: MeasureUnit, description: "What its value is in.", resolve: (measure) => definitionOf(measure).unit }),
    direction: t.field({ type: MeasureDirection, description: "Which way to go.", resolve: (measure) => definitionOf(measure).direction }),
    source: t.field({ type: MeasureSource, description: "What it is counted from.", resolve: (measure) => definitionOf(measure).source }),
    purposes: t.field({
      type: [SamplePurpose],
      description: "Which samples count unless `purposes` says otherwise; empty where it takes no account of samples.",
      resolve: (measure) => (isPurposed(measure) ? [...DEFAULT_PURPOSES] : []),
    }),
    interval: t.field({ type: MeasureInterval, description: "Which interval it has.", resolve: (measure) => definitionOf(measure).interval }),
    nullRule: t.string({
      nullable: true,
      description: "When it is null beside NO_DATA and ZERO_DENOMINATOR, in words; null if there is no such rule.",
      resolve: (measure) => definitionOf(measure).nullRule ?? null,
    }),
    dimensions: t.field({ type: [DimensionEnum], description: "What it can be cut by.", resolve: dimensionsOf }),
  }),
});

const DimensionDefinition = builder.objectRef<Dimension>("DimensionDefinition").implement({
  description: "What a dimension means.",
  fields: (t) => ({
    dimension: t.field({ type: DimensionEnum, description: "The dimension.", resolve: (dimension) => dimension }),
    name: t.string({ description: "For people.", resolve: (dimension) => dimensionOf(dimension).name }),
    description: t.string({ description: "What its values are, and whom it is not for.", resolve: (dimension) => dimensionOf(dimension).description }),
    measures: t.field({
      type: [MeasureEnum],
      description: "Which measures can be cut by it.",
      resolve: (dimension) => MEASURE_NAMES.filter((measure) => dimensionsOf(measure).includes(dimension)),
    }),
  }),
});

builder.queryFields((t) => ({
  metricDefinitions: t.field({ type: [MetricDefinition], description: "The catalogue of measures.", extensions: { for: EVERYBODY }, resolve: () => MEASURE_NAMES }),
  dimensionDefinitions: t.field({ type: [DimensionDefinition], description: "The catalogue of dimensions.", extensions: { for: EVERYBODY }, resolve: () => DIMENSION_NAMES }),
}));
