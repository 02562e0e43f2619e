import { builder } from "../graphql/builder.ts";
import { loadEntity } from "../graphql/entity.ts";
import { MetricsMeta } from "../metrics/graphql.ts";
import { figureArgs, readFigure } from "../metrics/inputs.graphql.ts";
import { FIGURES } from "../metrics/query.rules.ts";
import { ConfidenceInterval, MetricValueType, Reason } from "../metrics/values.graphql.ts";
import { Policy } from "../policies/graphql.ts";
import { policyEntity } from "../policies/table.ts";
import type { ChanceCorrected } from "../stats/agreement.ts";
import { type Confusion, confuse } from "./confusion.service.ts";
import { CONFUSION_SOURCES, type LabelFigures, REPEATS } from "./confusion.rules.ts";

const ConfusionSource = builder.enumType("ConfusionSource", {
  description: "What the truth is taken from.",
  values: {
    AUDITS: { description: "Published primary audits; the verdict in force." },
    GOLDEN: {
      description: "Golden items active when the decision was made; audits play no part. Not for partners, labelers and auditors.",
    },
  } satisfies Record<(typeof CONFUSION_SOURCES)[number], object>,
});

const Repeats = builder.enumType("Repeats", {
  description: "Which decisions count where a labeler decided on the same content (by its hash) more than once.",
  values: {
    ALL: { description: "Every one, as for accuracy." },
    FIRST: { description: "The first of those asked for, by decidedAt, then id: as for agreement." },
  } satisfies Record<(typeof REPEATS)[number], object>,
});

const UNWEIGHTED = "Of the counts as they are, unweighted; `metrics` has the estimate for the frame.";

const Label = builder.objectRef<LabelFigures>("ConfusionLabel").implement({
  description: "How well one policy is told from the others.",
  fields: (t) => ({
    policy: t.field({
      type: Policy,
      nullable: true,
      description: "The policy; null if the viewer may not see it.",
      resolve: ({ policyId }, _, context, info) => loadEntity(policyEntity, { projectId: null, id: policyId }, context, info),
    }),
    support: t.exposeInt("support", { description: "Decisions of which it is the truth." }),
    predicted: t.exposeInt("predicted", { description: "Decisions for which the labeler chose it." }),
    truePositives: t.int({ description: "Decisions of which both hold.", resolve: ({ hits }) => hits }),
    precision: t.field({
      type: MetricValueType,
      description: `truePositives / predicted, with Wilson's interval. ${UNWEIGHTED} Null where it was never chosen, and for a violating policy ` +
        "where a frame left out what was labeled violating (FRAME_EXCLUDES_POSITIVES).",
      resolve: ({ precision }) => precision,
    }),
    recall: t.field({
      type: MetricValueType,
      description: `truePositives / support, with Wilson's interval. ${UNWEIGHTED} Null where it was never the truth, and where a frame left out ` +
        "one side of the labels (FRAME_EXCLUDES_NEGATIVES, FRAME_EXCLUDES_POSITIVES).",
      resolve: ({ recall }) => recall,
    }),
    f1: t.field({
      type: MetricValueType,
      description: "2 truePositives / (support + predicted), the harmonic mean of precision and recall; no interval. Null as recall is, but 0 where " +
        "the policy was chosen and never the truth.",
      resolve: ({ f1 }) => f1,
    }),
  }),
});

const Kappa = builder.objectRef<ChanceCorrected>("ConfusionKappa").implement({
  description: "How much labels agree with the truth beyond chance.",
  fields: (t) => ({
    value: t.exposeFloat("value", { nullable: true, description: "-1..1; 1 is full agreement, 0 what chance would give. Null with a reason." }),
    interval: t.field({
      type: ConfidenceInterval,
      nullable: true,
      description: "95 %, by leaving out one decision at a time (JACKKNIFE). Null under 3 decisions, and where the value hangs on a single one.",
      resolve: ({ interval }) => interval && { ...interval, level: 0.95, method: "JACKKNIFE" as const },
    }),
    n: t.int({ description: "Decisions.", resolve: ({ items }) => items }),
    observed: t.exposeFloat("observed", { nullable: true, description: "po: share of decisions whose policy is the true one, 0..1. Null without decisions." }),
    expected: t.exposeFloat("expected", { nullable: true, description: "pe: what chance would give at these shares of labels, 0..1. Null without decisions." }),
    reason: t.field({
      type: Reason,
      nullable: true,
      description: "Why there is no value: NO_DATA without decisions, NO_VARIATION where only one label occurs. Else null.",
      resolve: ({ reason }) => reason,
    }),
  }),
});

const F1_NULL = "Null without decisions, and where a frame left out one side of the labels.";

const ConfusionMatrix = builder.objectRef<Confusion>("ConfusionMatrix").implement({
  description: "What labelers chose against what was true: exact counts, unweighted.",
  fields: (t) => ({
    labels: t.field({
      type: [Policy],
      nullable: { list: false, items: true },
      description: "The policies that occur, by rank, then code; null for one that the viewer may not see.",
      resolve: ({ policyIds }, _, context, info) => policyIds.map((id) => loadEntity(policyEntity, { projectId: null, id }, context, info)),
    }),
    counts: t.field({
      type: t.listRef(t.listRef("Int")),
      description: "A row for each label as the truth; in it a count for each label as the labeler's choice.",
      resolve: ({ counts }) => counts,
    }),
    n: t.exposeInt("n", { description: "The sum of all counts." }),
    perLabel: t.field({ type: [Label], description: "Each label against all others, in the order of `labels`.", resolve: ({ perLabel }) => perLabel }),
    accuracy: t.field({
      type: MetricValueType,
      description: `Share of the counts in which the policy is the true one, whatever the action; Wilson's interval. ${UNWEIGHTED}`,
      resolve: ({ accuracy }) => accuracy,
    }),
    macroF1: t.exposeFloat("macroF1", {
      nullable: true,
      description: `Mean of the labels' F1, each label alike, an undefined one as 0; 0..1. ${F1_NULL}`,
    }),
    weightedF1: t.exposeFloat("weightedF1", { nullable: true, description: `Mean of the labels' F1, weighted by support; 0..1. ${F1_NULL}` }),
    kappa: t.field({
      type: Kappa,
      description: "Cohen's kappa of labels against truth over all counts: (po - pe) / (1 - pe), agreement beyond chance (Cohen 1960).",
      resolve: ({ kappa }) => kappa,
    }),
    meta: t.field({ type: MetricsMeta, description: "What the counts are made of.", resolve: (answer) => answer }),
  }),
});

builder.queryField("confusionMatrix", (t) =>
  t.field({
    type: ConfusionMatrix,
    description: "Labels against truth, over the rows the viewer may see.",
    extensions: { for: FIGURES },
    args: {
      project: t.arg.id({ required: true, description: "Code or id of the project." }),
      source: t.arg({ type: ConfusionSource, required: true, defaultValue: "AUDITS", description: "What the truth is taken from." }),
      repeats: t.arg({ type: Repeats, required: true, defaultValue: "ALL", description: "Which of a labeler's decisions on the same content." }),
      ...figureArgs(t.arg),
    },
    resolve: (_, { project, source, repeats, ...figure }, context) =>
      context.read((db) => confuse(db, context.viewer, { ...readFigure([project], figure), source, repeats })),
  }),
);
