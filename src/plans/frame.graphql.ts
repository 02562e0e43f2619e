import { decodeId, decodeProjectId, encodeId } from "../core/ids.ts";
import { builder } from "../graphql/builder.ts";
import { idOf } from "../graphql/entity.ts";
import { LabelerKind } from "../labelers/graphql.ts";
import { Modality } from "../projects/queues.graphql.ts";
import { queueEntity } from "../projects/table.ts";
import { ALLOCATIONS, FRAME_COVERS, type FrameFilter, SAMPLING_METHODS, STRATUM_DIMENSIONS, TENURE_BUCKETS, WINDOW_UNITS } from "./table.ts";

export const FrameCovers = builder.enumType("FrameCovers", {
  description: "Which outcomes a frame holds.",
  values: {
    ALL: { description: "Every decision." },
    VIOLATING_ONLY: { description: "Those labeled violating: misses can't be found in it." },
    NON_VIOLATING_ONLY: { description: "Those labeled not violating." },
  } satisfies Record<(typeof FRAME_COVERS)[number], object>,
});

export const TenureBucket = builder.enumType("TenureBucket", {
  description: "Days from the labeler's hire to the decision, the day of hire being 0. A labeler without a date of hire is in none.",
  values: {
    D0_30: { description: "0 to 30." },
    D31_90: { description: "31 to 90." },
    D91_180: { description: "91 to 180." },
    D181_UP: { description: "181 or more." },
  } satisfies Record<(typeof TENURE_BUCKETS)[number], object>,
});

export const SamplingMethod = builder.enumType("SamplingMethod", {
  description: "How decisions of a frame are drawn.",
  values: {
    SIMPLE_RANDOM: { description: "Each with the same chance." },
    SYSTEMATIC: { description: "every k-th by time of decision, from a random start." },
    STRATIFIED: { description: "Each part of the frame on its own; see strataBy." },
    PPS: { description: "With chances in proportion to the risk score; decisions without one are left out. For purpose RISK." },
  } satisfies Record<(typeof SAMPLING_METHODS)[number], object>,
});

export const Allocation = builder.enumType("SampleAllocation", {
  description: "How a sample's size is shared among strata.",
  values: {
    PROPORTIONAL: { description: "By their decisions." },
    NEYMAN: { description: "By their decisions times the spread of their past error rates." },
    EQUAL: { description: "The same for each." },
  } satisfies Record<(typeof ALLOCATIONS)[number], object>,
});

export const StratumDimensionEnum = builder.enumType("StratumDimension", {
  description: "What strata are made by: decisions that are alike in it lie in one stratum.",
  values: {
    QUEUE: { description: "Queue." },
    MARKET: { description: "Market." },
    VENDOR: { description: "Vendor." },
    SITE: { description: "The labeler's site at the decision." },
    TEAM: { description: "The labeler's team at the decision." },
    LABELER: { description: "Labeler. A minimum and a cap for each go with it." },
    LABELER_KIND: { description: "People or models." },
    POLICY: { description: "Policy that the labeler chose." },
    ACTION: { description: "Action that the labeler chose." },
    MODALITY: { description: "Kind of content." },
    LANGUAGE: { description: "Language of the content." },
    TENURE_BUCKET: { description: "Days from hire to decision, in four buckets." },
  } satisfies Record<(typeof STRATUM_DIMENSIONS)[number], object>,
});

export const WindowUnit = builder.enumType("WindowUnit", {
  description: "Stretch of calendar in the project's time zone.",
  values: {
    DAY: { description: "A day." },
    WEEK: { description: "A week, from the project's weekStartsOn." },
    MONTH: { description: "A calendar month." },
  } satisfies Record<(typeof WINDOW_UNITS)[number], object>,
});

const RISK_FROM = "Least risk score, 0 or more, inclusive; decisions without a score are out.";
const RISK_TO = "Highest risk score, exclusive, above riskFrom; decisions without a score are out.";

function globalIds(type: string, ids: readonly string[] = []): string[] {
  return ids.map((id) => encodeId(type, { projectId: null, id }));
}

export const Frame = builder.objectRef<{ projectId: string; frame: FrameFilter }>("SamplingFrame").implement({
  description: "Which decisions are eligible: those that pass every list that is not empty, and the bounds of risk.",
  fields: (t) => ({
    queueIds: t.idList({
      description: "Queues; empty is any.",
      resolve: ({ projectId, frame }) => (frame.queueIds ?? []).map((id) => idOf(queueEntity, { projectId, id })),
    }),
    markets: t.stringList({ description: "Codes of markets; empty is any.", resolve: ({ frame }) => frame.markets ?? [] }),
    vendorIds: t.idList({ description: "Vendors; empty is any.", resolve: ({ frame }) => globalIds("Vendor", frame.vendorIds) }),
    labelerIds: t.idList({ description: "Labelers; empty is any.", resolve: ({ frame }) => globalIds("Labeler", frame.labelerIds) }),
    policyIds: t.idList({
      description: "Policies that the labeler chose; empty is any.",
      resolve: ({ frame }) => globalIds("Policy", frame.policyIds),
    }),
    actions: t.stringList({
      description: "Actions of the labeler; empty is any, none at all included.",
      resolve: ({ frame }) => frame.actions ?? [],
    }),
    modalities: t.field({
      type: [Modality],
      description: "Kinds of content; empty is any.",
      resolve: ({ frame }) => frame.modalities ?? [],
    }),
    languages: t.stringList({
      description: "BCP 47 tags of the content, as recorded; empty is any.",
      resolve: ({ frame }) => frame.languages ?? [],
    }),
    labelerKinds: t.field({
      type: [LabelerKind],
      description: "People or models; empty is both.",
      resolve: ({ frame }) => frame.labelerKinds ?? [],
    }),
    tenureBuckets: t.field({
      type: [TenureBucket],
      description: "Tenure at the decision; empty is any.",
      resolve: ({ frame }) => frame.tenureBuckets ?? [],
    }),
    riskFrom: t.float({ nullable: true, description: `${RISK_FROM} Null is no bound.`, resolve: ({ frame }) => frame.riskFrom ?? null }),
    riskTo: t.float({ nullable: true, description: `${RISK_TO} Null is no bound.`, resolve: ({ frame }) => frame.riskTo ?? null }),
  }),
});

/** A frame as a caller names it: opaque ids, and nulls for what is absent. */
export type FrameInput = { [Dimension in keyof FrameFilter]?: FrameFilter[Dimension] | null };

export const FrameInputType = builder.inputType("SamplingFrameInput", {
  description:
    "Which decisions are eligible: those that pass every list that is given and not empty, and the bounds of risk. At most 1,000 a list.",
  fields: (t) => ({
    queueIds: t.idList({ description: "Queues of the project." }),
    markets: t.stringList({ description: "Codes of markets." }),
    vendorIds: t.idList({ description: "Vendors." }),
    labelerIds: t.idList({ description: "Labelers." }),
    policyIds: t.idList({ description: "Policies of the project that the labeler chose; not those below them." }),
    actions: t.stringList({ description: "Actions of the labeler, 1 to 64 characters each." }),
    modalities: t.field({ type: [Modality], description: "Kinds of content." }),
    languages: t.stringList({
      description: "BCP 47 tags of the content as they are recorded, 1 to 35 characters each; id doesn't include id-ID.",
    }),
    labelerKinds: t.field({ type: [LabelerKind], description: "People or models." }),
    tenureBuckets: t.field({ type: [TenureBucket], description: "Tenure of the labeler at the decision." }),
    riskFrom: t.float({ description: RISK_FROM }),
    riskTo: t.float({ description: RISK_TO }),
  }),
});

const isGiven = (value: unknown) => value != null && !(Array.isArray(value) && value.length === 0);

/** The frame that an input names, by rows' own ids; only what narrows it. */
export function readFrame(input: FrameInput | null | undefined): FrameFilter {
  const ids = (type: string, name: "vendorIds" | "labelerIds" | "policyIds") =>
    input?.[name]?.map((id) => decodeId(type, id, ["frame", name]).id);
  const queueIds = input?.queueIds?.map((id) => decodeProjectId("Queue", id, ["frame", "queueIds"]).id);
  const [vendorIds, labelerIds, policyIds] = [ids("Vendor", "vendorIds"), ids("Labeler", "labelerIds"), ids("Policy", "policyIds")];
  return Object.fromEntries(Object.entries({ ...input, queueIds, vendorIds, labelerIds, policyIds }).filter(([, value]) => isGiven(value)));
}
