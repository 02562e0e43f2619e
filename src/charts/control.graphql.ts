import { builder } from "../graphql/builder.ts";
import { MetricsMeta } from "../metrics/graphql.ts";
import { figureArgs, MetricRange, readFigure } from "../metrics/inputs.graphql.ts";
import { FIGURES } from "../metrics/query.rules.ts";
import { CHART_UNITS, type ChartKind, type ChartSignal, type ChartSource, type DrawnPoint, type SignalRule } from "./control.rules.ts";
import { chartErrors, type ControlChart } from "./service.ts";

const Kind = builder.enumType("ControlChartKind", {
  description: "What a control chart of error rates draws, and between which limits.",
  values: {
    P: { description: "Shewhart's p-chart: the rates, between p̄ ± 3 √(p̄(1-p̄)/n). Signals too often where subgroups are large." },
    LANEY_P: { description: "Laney's p′ (2002): as P, with limits σ_z times as far, so by how much the points really vary." },
    EWMA: { description: "An average that forgets (Roberts 1959): λ of this rate and 1 - λ of all before, between p̄ ± L of its standard errors." },
    CUSUM: { description: "How far rates, in binomial standard deviations from p̄, add up above and below it less k each (Page 1954); limit h." },
  } satisfies Record<ChartKind, object>,
});

const Unit = builder.enumType("ControlChartUnit", {
  description: "What a subgroup is.",
  values: {
    DAY: { description: "A calendar day." },
    WEEK: { description: "A week, from the project's weekStartsOn." },
  } satisfies Record<(typeof CHART_UNITS)[number], object>,
});

const Source = builder.enumType("ControlChartSource", {
  description: "Whose errors are counted.",
  values: {
    AUDITS: { description: "Published primary audits, as they are: a chart judges the process that made them, so nothing is weighted." },
    GOLDEN: { description: "Decisions on golden items active when they were made; audits play no part. Not for partners, labelers and auditors." },
  } satisfies Record<ChartSource, object>,
});

const Rule = builder.enumType("ControlChartRule", {
  description: "A pattern of points that a process in control hardly shows (Western Electric 1956).",
  values: {
    BEYOND_3_SIGMA: { description: "A point beyond 3 σ, of P and LANEY_P." },
    TWO_OF_THREE_2_SIGMA: { description: "Two of three points in a row beyond 2 σ on the same side, of P and LANEY_P." },
    FOUR_OF_FIVE_1_SIGMA: { description: "Four of five points in a row beyond 1 σ on the same side, of P and LANEY_P." },
    EIGHT_ONE_SIDE: { description: "Eight points in a row on the same side of the centre, of P and LANEY_P." },
    BEYOND_LIMIT: { description: "A point beyond the limits, of EWMA and CUSUM." },
  } satisfies Record<SignalRule, object>,
});

const Point = builder.objectRef<DrawnPoint>("ControlChartPoint").implement({
  description: "A day or week that has cases; others are passed over.",
  fields: (t) => ({
    from: t.field({ type: "Date", description: "The day, or the week's first day, in the range's time zone.", resolve: ({ from }) => from }),
    n: t.exposeInt("n", { description: "Cases, 1 or more." }),
    errors: t.int({ description: "Errors among them.", resolve: ({ x }) => x }),
    rate: t.float({ description: "errors / n, 0..1.", resolve: ({ x, n }) => x / n }),
    statistic: t.exposeFloat("statistic", {
      description: "What is drawn: the rate of P and LANEY_P; the average, 0..1, of EWMA; the sum above the centre, in σ, 0 or more, of CUSUM.",
    }),
    below: t.exposeFloat("below", { nullable: true, description: "The sum below the centre, in σ, 0 or more, of CUSUM; null of others." }),
    low: t.exposeFloat("low", { nullable: true, description: "Lower limit of the statistic, cut to 0..1; null of CUSUM, whose sums have none." }),
    high: t.exposeFloat("high", { description: "Upper limit of the statistic, cut to 0..1; of CUSUM h, for both sums." }),
    signals: t.field({ type: [Rule], description: "The rules that this point completes.", resolve: ({ signals }) => signals }),
  }),
});

const Signal = builder.objectRef<ChartSignal>("ControlChartSignal").implement({
  description: "A rule that points completed.",
  fields: (t) => ({
    rule: t.field({ type: Rule, description: "Which.", resolve: ({ rule }) => rule }),
    observedOn: t.field({ type: ["Date"], description: "The points that it looked at, by their `from`; the last completed it.", resolve: ({ points }) => [...points] }),
  }),
});

const Chart = builder.objectRef<ControlChart>("ControlChart").implement({
  description: "Error rates over time, and where they left what is usual.",
  fields: (t) => ({
    kind: t.field({ type: Kind, description: "What is drawn. LANEY_P falls back to P where the baseline has fewer than two points to vary.", resolve: ({ kind }) => kind }),
    center: t.exposeFloat("center", { nullable: true, description: "p̄: errors of the baseline over its cases, 0..1. Null, with no points, where it has none." }),
    sigmaZ: t.exposeFloat("sigmaZ", {
      nullable: true,
      description: "How much the baseline varies in units of binomial variation: mean moving range of its z-scores / 1.128. Null but of LANEY_P.",
    }),
    points: t.field({ type: [Point], description: "In time order.", resolve: ({ points }) => points }),
    signals: t.field({ type: [Signal], description: "All signals, in time order; several where points complete several rules.", resolve: ({ signals }) => signals }),
    n: t.exposeInt("n", { description: "Cases of all points." }),
    errors: t.exposeInt("errors", { description: "Errors of all points." }),
    meta: t.field({ type: MetricsMeta, description: "What the figures are made of.", resolve: (answer) => answer }),
  }),
});

builder.queryField("controlChart", (t) =>
  t.field({
    type: Chart,
    description: "A control chart of error rates by day or week, of the rows the viewer may see: unweighted counts of the process.",
    extensions: { for: FIGURES },
    args: {
      project: t.arg.id({ required: true, description: "Code or id of the project." }),
      source: t.arg({ type: Source, required: true, defaultValue: "AUDITS", description: "Whose errors." }),
      unit: t.arg({ type: Unit, required: true, defaultValue: "DAY", description: "What a point is." }),
      kind: t.arg({ type: Kind, description: "What is drawn; if absent, LANEY_P where points have 300 cases or more on average, else P." }),
      baseline: t.arg({ type: MetricRange, description: "The period that shows what is usual, by the same units; the whole range if absent." }),
      lambda: t.arg.float({ required: true, defaultValue: 0.2, description: "Of EWMA: weight of the newest rate, above 0, up to 1." }),
      width: t.arg.float({ required: true, defaultValue: 2.86, description: "Of EWMA: L, how many standard errors the limits are off; above 0, up to 10." }),
      k: t.arg.float({ required: true, defaultValue: 0.5, description: "Of CUSUM: the allowance at each point, in σ; half the shift to be found. 0 to 10." }),
      h: t.arg.float({ required: true, defaultValue: 5, description: "Of CUSUM: the sum that signals, in σ; above 0, up to 100." }),
      ...figureArgs(t.arg),
    },
    resolve: (_, { project, source, unit, kind, baseline, lambda, width, k, h, ...figure }, context) => {
      const terms = { kind: kind ?? null, lambda, width, k, h };
      return context.read((db) => chartErrors(db, context.viewer, { ...readFigure([project], figure), source, unit, baseline: baseline ?? null, terms }));
    },
  }),
);
