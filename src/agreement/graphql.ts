import { shownTo } from "../graphql/access.ts";
import { FIGURES } from "../metrics/query.rules.ts";
import type { ObjectRef } from "@pothos/core";
import { CalibrationSession } from "../calibrations/graphql.ts";
import type { FrozenAgreement } from "../calibrations/table.ts";
import { isPartner } from "../core/viewer.ts";
import { decodeProjectId } from "../core/ids.ts";
import { builder, type Fields, type Types } from "../graphql/builder.ts";
import { DEFAULT_PURPOSES } from "../measures/definitions.rules.ts";
import { MetricFilter, MetricRange, readFigure } from "../metrics/inputs.graphql.ts";
import { alphaOf, binary, COEFFICIENTS, type Judgements, kappaOf, prevalenceOf, ratersPerItem } from "../ratings/judgements.rules.ts";
import { itemsIn } from "../stats/ratings.ts";
import { Lean, MajorityType, Pair, policyField } from "./raters.graphql.ts";
import { type Agreement, gradeMajority, listLeans, listPairs, openAgreement } from "./service.ts";
import { AgreementSourceEnum, AgreementValueType, AlphaLevelEnum, KappaWeightsEnum } from "./values.graphql.ts";

// The coefficients of whatever was judged, each reckoned when it is asked for.
function coefficients<Row extends Judgements>(t: Fields<Row>) {
  return {
    percentAgreement: t.field({
      type: AgreementValueType, description: "Share of the pairs of judgements of an item that are equal, as the mean over items with two or more.",
      resolve: (row) => COEFFICIENTS.percentAgreement(row),
    }),
    gwetAc1: t.field({
      type: AgreementValueType, description: "Gwet's AC1, with the size of the scheme: sensible where one policy dominates.", resolve: (row) => COEFFICIENTS.gwetAc1(row),
    }),
    fleissKappa: t.field({
      type: AgreementValueType, description: "Fleiss' kappa, of the items with the most common number of judgements.", resolve: (row) => COEFFICIENTS.fleissKappa(row),
    }),
    krippendorffAlpha: t.field({
      type: AgreementValueType, description: "Krippendorff's alpha, of items with two or more judgements, however many.",
      args: { level: t.arg({ type: AlphaLevelEnum, required: true, defaultValue: "NOMINAL", description: "How far two policies are apart." }) },
      resolve: (row, { level }) => alphaOf(row, level),
    }),
    cohenKappa: t.field({
      type: AgreementValueType, nullable: true, description: "Cohen's kappa of the first against the second; null where items have no first and second: LABELS, CALIBRATION.",
      args: { weights: t.arg({ type: KappaWeightsEnum, required: true, defaultValue: "NOMINAL", description: "What a disagreement counts." }) },
      resolve: (row, { weights }) => kappaOf(row.square, row.scale, weights),
    }),
  };
}

const Prevalence = builder.objectRef<ReturnType<typeof prevalenceOf>[number]>("AgreementPrevalence").implement({
  description: "How often a policy was chosen.",
  fields: (t) => ({
    policy: policyField(t, ({ policyId }) => policyId),
    share: t.exposeFloat("share", { description: "Its mean share over all items, items alike, in 0..1." }),
    ratings: t.exposeInt("ratings", { description: "Judgements for it." }),
  }),
});

const RatersPerItem = builder.objectRef<{ raters: number; items: number }>("AgreementRaters").implement({
  description: "How many items so many judged.",
  fields: (t) => ({
    raters: t.exposeInt("raters", { description: "Judgements of an item." }),
    items: t.exposeInt("items", { description: "Items with so many." }),
  }),
});

const OfPolicy = builder.objectRef<Judgements>("AgreementOfPolicy").implement({
  description: "Agreement on one question: this policy, or another? A scheme of two, whose order plays no part.",
  fields: (t) => ({ policy: policyField(t, ({ scale }) => scale.policies[0]!.id), ...coefficients(t) }),
});

const AgreementType = builder.objectRef<Agreement>("Agreement").implement({
  description: "How far several judgements of the same items agree, of the rows that the viewer may see.",
  fields: (t) => ({
    source: t.field({ type: AgreementSourceEnum, description: "Whose judgements.", resolve: ({ reading }) => reading.source }),
    items: t.int({ description: "Items judged, also once.", resolve: ({ table }) => itemsIn(table.patterns) }),
    ratings: t.int({ description: "Judgements.", resolve: ({ table }) => table.patterns.reduce((sum, { ratings, times }) => sum + ratings * times, 0) }),
    raters: t.exposeInt("raters", { description: "How many judged." }),
    ratersPerItem: t.field({ type: [RatersPerItem], description: "Items by how many judged them, ascending.", resolve: ({ table }) => ratersPerItem(table) }),
    categories: t.int({ description: "The size of the scheme (K): as asked, else the project's policies that could be chosen (its leaves), at least 2.", resolve: ({ table }) => table.categories }),
    prevalence: t.field({
      type: [Prevalence], description: "The policies that were chosen, by rank, number or code.", resolve: (row) => prevalenceOf(row),
    }),
    ...coefficients(t),
    byPolicy: t.field({
      type: [OfPolicy], description: "Each policy against all others, in the order of prevalence.",
      resolve: (row) => row.scale.policies.map((_, place) => binary(row, place)),
    }),
    pairs: t.field({
      type: [Pair], nullable: true,
      description: "Pairs of raters with 20 or more items in common, those with most first. Null for REPEATS, and for policy managers, who see no labelers.",
      args: { first: t.arg.int({ required: true, defaultValue: 20, description: "How many: 1 to 500; of equals at the end, those whose raters came first." }) },
      resolve: async (row, { first }, context) => {
        const pairs = await context.read((db) => listPairs(db, context.viewer, row, first));
        return pairs?.map((pair) => ({ ...pair, source: row.reading.source })) ?? null;
      },
    }),
    raterLeans: t.field({
      type: [Lean], nullable: true,
      description: "How each rater leans, those with most items first. Null for DOUBLE_AUDITS and REPEATS, and for policy managers, who see no labelers.",
      args: { first: t.arg.int({ required: true, defaultValue: 20, description: "How many: 1 to 1,000." }) },
      resolve: async (row, { first }, context) => {
        const leans = await context.read((db) => listLeans(db, context.viewer, row, first));
        return leans?.map((lean) => ({ ...lean, source: row.reading.source })) ?? null;
      },
    }),
    majorityVote: t.field({
      type: MajorityType, nullable: true, description: "How right the majority is; null but for LABELS.",
      resolve: (row, _, context) => context.read((db) => gradeMajority(db, context.viewer, row)),
    }),
    asOf: t.field({ type: "DateTime", description: "Everything committed by then is in it.", resolve: ({ asOf }) => asOf }),
  }),
});

const ALL_TIME = { from: "1970-01-01", to: "9999-01-01" };
const CHOICE = { timeAxis: "DECIDED_AT", layer: "CLIENT", purposes: DEFAULT_PURPOSES, score: "CURRENT", includeProcessErrors: false } as const;

builder.queryField("agreement", (t) =>
  t.field({
    type: AgreementType,
    description: "How far several judgements of the same items agree. Show percent agreement, AC1, a kappa or alpha, and prevalence together.",
    extensions: { for: FIGURES },
    args: {
      project: t.arg.id({ required: true, description: "Code or id of the project." }),
      source: t.arg({ type: AgreementSourceEnum, required: true, description: "Whose judgements." }),
      filter: t.arg({ type: MetricFilter, description: "Of which decisions; calibrations by markets alone, and nothing by policies." }),
      range: t.arg({ type: MetricRange, description: "When decided; of calibrations, when voting ended. All time if absent." }),
      calibrationSessionId: t.arg.id({ description: "One session alone, of CALIBRATION." }),
      categories: t.arg.int({ description: "The size of the scheme (K), 2 to 10,000: it counts for AC1. If absent, the project's policies that could be chosen: its leaves." }),
    },
    resolve: (_, { project, source, filter, range, calibrationSessionId, categories }, context) => {
      const figure = readFigure([String(project)], { ...CHOICE, filter, range: range ?? ALL_TIME });
      const session = calibrationSessionId == null ? null : decodeProjectId("CalibrationSession", String(calibrationSessionId), ["calibrationSessionId"]);
      return context.read((db) => openAgreement(db, context.viewer, { ...figure, source, session, categories: categories ?? null }));
    },
  }),
);

const Frozen: ObjectRef<Types, FrozenAgreement> = builder.objectRef<FrozenAgreement>("CalibrationAgreement").implement({
  description: "How far the votes of a session agreed when voting ended. It never changes.",
  fields: (t) => ({
    items: t.exposeInt("items", { description: "Items with a vote." }),
    raters: t.exposeInt("raters", { description: "Raters who voted." }),
    categories: t.exposeInt("categories", { description: "The size of the scheme (K): policies of the project that could be chosen." }),
    percentAgreement: t.field({ type: AgreementValueType, description: "As Agreement.percentAgreement.", resolve: (row) => row.percentAgreement }),
    fleissKappa: t.field({ type: AgreementValueType, description: "As Agreement.fleissKappa.", resolve: (row) => row.fleissKappa }),
    krippendorffAlpha: t.field({ type: AgreementValueType, description: "As Agreement.krippendorffAlpha, NOMINAL.", resolve: (row) => row.krippendorffAlpha }),
    krippendorffAlphaOrdinal: t.field({
      type: AgreementValueType, nullable: true, description: "The same, ORDINAL by the policies' ranks; null where one that was chosen has none.",
      resolve: (row) => row.krippendorffAlphaOrdinal,
    }),
    gwetAc1: t.field({ type: AgreementValueType, description: "As Agreement.gwetAc1.", resolve: (row) => row.gwetAc1 }),
  }),
});

builder.objectFields(CalibrationSession, (t) => ({
  agreement: t.field({
    type: Frozen, nullable: true, description: "How far the votes agreed when voting ended; null before, and for partners and labelers, whom it would tell others' votes.",
    ...shownTo((viewer) => !isPartner(viewer)),
    resolve: ({ agreement }, _, { viewer }) => (isPartner(viewer) ? null : agreement),
  }),
}));
