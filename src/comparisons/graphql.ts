import { decodeIfGiven } from "../core/ids.ts";
import { PEOPLE } from "../core/viewer.ts";
import { builder } from "../graphql/builder.ts";
import { LabelerKind } from "../labelers/graphql.ts";
import { DEFAULT_PURPOSES } from "../measures/definitions.rules.ts";
import { figureArgs, readFigure } from "../metrics/inputs.graphql.ts";
import { FIGURES } from "../metrics/query.rules.ts";
import type { Limits } from "../stats/proportions.ts";
import { type Side, TRUTH_SOURCES } from "./rules.ts";
import { type Comparison, comparePairedly } from "./service.ts";

const TruthSource = builder.enumType("TruthSource", {
  description: "What decides who was right.",
  values: {
    AUDITS: { description: "The current verdicts of published primary audits, one of each side's decision." },
    GOLDEN: { description: "Golden items active when the decisions were made. Not for partners and auditors." },
  } satisfies Record<(typeof TRUTH_SOURCES)[number], object>,
});

const SideInput = builder.inputType("ComparisonSideInput", {
  description: "Whose decisions: those of one labeler, or of all labelers of a kind.",
  fields: (t) => ({
    labelerId: t.id({ description: "One labeler, a person or a model." }),
    kind: t.field({ type: LabelerKind, description: "All people, or all models." }),
  }),
});

const readSide = (side: { labelerId?: string | null; kind?: Side["kind"] }, name: string): Side => ({
  labelerId: decodeIfGiven("Labeler", side.labelerId, [name, "labelerId"]) ?? null,
  kind: side.kind ?? null,
});

const DifferenceInterval = builder.objectRef<Limits>("DifferenceInterval").implement({
  description: "A two-sided 95 % interval around a difference of shares; both ends are in -1..1.",
  fields: (t) => ({
    low: t.exposeFloat("low", { description: "Lower limit." }),
    high: t.exposeFloat("high", { description: "Upper limit." }),
  }),
});

const NONE = "Null if there is no such item.";

const PairedComparison = builder.objectRef<Comparison>("PairedComparison").implement({
  description: "Two sides on the same items: those that both decided and whose truth is known. An item is content by its hash; of repeats a side's first decision counts.",
  fields: (t) => ({
    n: t.exposeInt("n", { description: "Items." }),
    bothRight: t.exposeInt("bothRight", { description: "Items that both had right." }),
    leftOnly: t.exposeInt("leftOnly", { description: "Items that only the left side had right." }),
    rightOnly: t.exposeInt("rightOnly", { description: "Items that only the right side had right." }),
    neither: t.exposeInt("neither", { description: "Items that neither had right." }),
    left: t.exposeFloat("left", { nullable: true, description: `Share of the items that the left side had right, 0..1. ${NONE}` }),
    right: t.exposeFloat("right", { nullable: true, description: `Share of the items that the right side had right, 0..1. ${NONE}` }),
    difference: t.exposeFloat("difference", { nullable: true, description: `left - right, in -1..1. ${NONE}` }),
    interval: t.field({
      type: DifferenceInterval,
      nullable: true,
      description: `Of the difference: Newcombe's method 10 for paired proportions (1998). ${NONE}`,
      resolve: ({ interval }) => interval,
    }),
    pValue: t.exposeFloat("pValue", {
      nullable: true,
      description: `Exact McNemar test, two-sided: the chance of so uneven a split of the items on which they differ, were both equally good. ${NONE}`,
    }),
    asOf: t.field({ type: "DateTime", description: "Publications and verdicts up to this time are in it.", resolve: ({ asOf }) => asOf }),
  }),
});

builder.queryField("pairedComparison", (t) => {
  const { filter, range, layer, asOf } = figureArgs(t.arg);
  return t.field({
    type: PairedComparison,
    description:
      "Compares two labelers, or people and models, on the items that both decided. It describes these items, and no others unless both were " +
      "drawn at random. Not for policy managers and labelers.",
    extensions: { for: { ...FIGURES, roles: PEOPLE.filter((role) => role !== "POLICY_MANAGER" && role !== "LABELER") } },
    args: {
      project: t.arg.id({ required: true, description: "Code or id of the project." }),
      left: t.arg({ type: SideInput, required: true, description: "One side." }),
      right: t.arg({ type: SideInput, required: true, description: "The other side." }),
      source: t.arg({ type: TruthSource, required: true, defaultValue: "AUDITS", description: "What decides who was right." }),
      filter,
      range,
      layer,
      asOf,
    },
    resolve: (_, { project, left, right, source, ...args }, context) => {
      const figure = { ...args, timeAxis: "DECIDED_AT", purposes: [...DEFAULT_PURPOSES], score: "CURRENT", includeProcessErrors: false } as const;
      const sides = { left: readSide(left, "left"), right: readSide(right, "right") };
      return context.read((db) => comparePairedly(db, context.viewer, { ...readFigure([project], figure), ...sides, source }));
    },
  });
});
