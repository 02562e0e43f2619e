import type { GraphQLResolveInfo } from "graphql";
import { encodeId } from "../core/ids.ts";
import { builder } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { loadEntity } from "../graphql/entity.ts";
import { Labeler } from "../labelers/graphql.ts";
import { labelerEntity } from "../labelers/table.ts";
import { StratumDimensionEnum } from "../plans/frame.graphql.ts";
import { SamplingPlan } from "../plans/graphql.ts";
import { STRATUM_DIMENSIONS, type StratumDimension } from "../plans/table.ts";
import type { ExpectedAccuracy } from "../stats/sizing.ts";
import { type Preview, previewPlan, type PreviewStratum } from "./preview.service.ts";
import type { StratumValues } from "./rules.ts";

/** Whose rows a dimension's values are ids of; of the others they are codes and words. */
const ROWS: Partial<Record<StratumDimension, string>> = {
  QUEUE: "Queue", VENDOR: "Vendor", SITE: "Site", TEAM: "Team", LABELER: "Labeler", POLICY: "Policy",
};

/** Values as doors show them: rows by their opaque ids. */
export function shownValues(projectId: string, values: StratumValues): { dimension: StratumDimension; value: string | null }[] {
  const show = (dimension: StratumDimension, value: string | null) => {
    const type = ROWS[dimension];
    return type && value !== null ? encodeId(type, { projectId: type === "Queue" ? projectId : null, id: value }) : value;
  };
  const named = STRATUM_DIMENSIONS.filter((dimension) => dimension in values);
  return named.map((dimension) => ({ dimension, value: show(dimension, values[dimension]!) }));
}

export const StratumValue = builder.objectRef<ReturnType<typeof shownValues>[number]>("StratumValue").implement({
  description: "What the decisions of a stratum have in common in one dimension.",
  fields: (t) => ({
    dimension: t.field({ type: StratumDimensionEnum, description: "In what.", resolve: ({ dimension }) => dimension }),
    value: t.exposeString("value", {
      nullable: true,
      description:
        "The id of the queue, vendor, site, team, labeler or policy; the code of the market, action or language; the word of an " +
        "enum else. Null where they have none.",
    }),
  }),
});

const AccuracySource = builder.enumType("ExpectedAccuracySource", {
  description: "Where an expected accuracy is from.",
  values: {
    PLAN: { description: "The plan's expectedAccuracy." },
    LAST_PERIOD: {
      description:
        "Published audits of random draws of the 90 days before the window, by the same values, in the plan's project and layer.",
    },
    DEFAULT: { description: "0.5, for want of both: no other accuracy needs more audits." },
  } satisfies Record<ExpectedAccuracy["source"], object>,
});

const PreviewStratumType = builder.objectRef<PreviewStratum>("SamplingPreviewStratum").implement({
  description: "A part of a frame as a draw would take of it.",
  fields: (t) => ({
    values: t.field({
      type: [StratumValue],
      description: "What its decisions have in common; empty where the frame is one stratum.",
      resolve: ({ projectId, values }) => shownValues(projectId, values),
    }),
    frameSize: t.exposeInt("frameSize", { description: "Decisions of the frame in it (N)." }),
    sampleSize: t.exposeInt("sampleSize", { description: "Decisions that would be drawn of it (n), 0 or more." }),
    expectedAccuracy: t.float({ description: "What the half-width reckons with, 0 to 1.", resolve: ({ accuracy }) => accuracy.value }),
    expectedAccuracySource: t.field({
      type: AccuracySource,
      description: "Where that is from.",
      resolve: ({ accuracy }) => accuracy.source,
    }),
    halfWidth: t.exposeFloat("halfWidth", {
      nullable: true,
      description:
        "Half the width of the 95 % interval of its accuracy, 0 to 0.5; null where nothing is drawn, for method PPS and purpose GOLDEN.",
    }),
  }),
});

const MAX_STRATA = 500;
const MAX_LABELERS = 100;

const labelersOf = (context: Context, info: GraphQLResolveInfo, ids: readonly string[]) =>
  ids.slice(0, MAX_LABELERS).map((id) => loadEntity(labelerEntity, { projectId: null, id }, context, info)) as never;

const PreviewType = builder.objectRef<Preview>("SamplingPreview").implement({
  description: "What a draw would take of today's decisions. Nothing is drawn or kept.",
  fields: (t) => ({
    frameSize: t.exposeInt("frameSize", { description: "Decisions in the frame (N)." }),
    excludedCount: t.exposeInt("excludedCount", {
      description: "Decisions that pass the filter and are not in the frame, having no risk score above 0; 0 unless the method is PPS.",
    }),
    sampleSize: t.exposeInt("sampleSize", { description: "Decisions that would be drawn (n)." }),
    strataCount: t.int({ description: "How many strata the frame has.", resolve: ({ strata }) => strata.length }),
    strata: t.field({
      type: [PreviewStratumType],
      description: "The 500 with the most decisions, largest first.",
      resolve: ({ strata }) => strata.slice(0, MAX_STRATA),
    }),
    halfWidth: t.exposeFloat("halfWidth", {
      nullable: true,
      description:
        "Half the width of the 95 % interval of the accuracy of all, 0 to 0.5. Null where the strata that are drawn from hold less " +
        "of the frame than the project's minCoverageRate, for method PPS and purpose GOLDEN.",
    }),
    auditHours: t.exposeFloat("auditHours", {
      nullable: true,
      description:
        "Hours of auditing: sampleSize times the median time from claim to submission in the project's last 90 days. Null with fewer " +
        "than 5 such audits (handlingCount).",
    }),
    handlingCount: t.exposeInt("handlingCount", {
      description: "Audits that were claimed and submitted in the project's last 90 days, which auditHours is known from; imported ones don't count.",
    }),
    leftOutCount: t.int({
      description: "Labelers with decisions in the frame, all in strata of which nothing would be drawn.",
      resolve: ({ leftOutIds }) => leftOutIds.length,
    }),
    leftOut: t.field({
      type: [Labeler],
      nullable: { list: false, items: true },
      description: "The first 100 of them; null where the viewer may not see one.",
      resolve: ({ leftOutIds }, _, context, info) => labelersOf(context, info, leftOutIds),
    }),
    absentCount: t.int({
      description: "Labelers at work (for purpose RAMP: in nesting), assigned now to a queue of the frame, without a decision in it.",
      resolve: ({ absentIds }) => absentIds.length,
    }),
    absent: t.field({
      type: [Labeler],
      nullable: { list: false, items: true },
      description: "The first 100 of them; null where the viewer may not see one.",
      resolve: ({ absentIds }, _, context, info) => labelersOf(context, info, absentIds),
    }),
  }),
});

builder.objectFields(SamplingPlan, (t) => ({
  preview: t.field({
    type: PreviewType,
    nullable: true,
    description:
      "What a draw of a window would take now, in whatever state the plan is. Takes seconds for a frame of millions. Null, with an " +
      "error, for others than QA_LEAD and ADMIN, for a window that ends before it begins, for the plan of an inspection stream, and for draws " +
      "that would be too large.",
    extensions: { for: { roles: ["QA_LEAD", "ADMIN"] } },
    args: {
      windowFrom: t.arg({ type: "DateTime", required: true, description: "Start of the window of decision times, inclusive." }),
      windowTo: t.arg({ type: "DateTime", required: true, description: "Its end, exclusive; may lie ahead." }),
    },
    resolve: (plan, { windowFrom: from, windowTo: to }, context) =>
      context.compute((reads) => previewPlan(reads, context.viewer, plan, { from, to }, context.now)),
  }),
}));
