import { encodeId } from "../core/ids.ts";
import { builder } from "../graphql/builder.ts";
import { idOf } from "../graphql/entity.ts";
import { queueEntity } from "../projects/table.ts";
import { FRAME_COVERS, type FrameFilter } from "./table.ts";

export const FrameCovers = builder.enumType("FrameCovers", {
  description: "Which outcomes a frame holds.",
  values: {
    ALL: { description: "Every decision." },
    VIOLATING_ONLY: { description: "Those labeled violating: misses can't be found in it." },
    NON_VIOLATING_ONLY: { description: "Those labeled not violating." },
  } satisfies Record<(typeof FRAME_COVERS)[number], object>,
});

function globalIds(type: string, ids: readonly string[] = []): string[] {
  return ids.map((id) => encodeId(type, { projectId: null, id }));
}

export const Frame = builder.objectRef<{ projectId: string; frame: FrameFilter }>("SamplingFrame").implement({
  description: "Which decisions are eligible: those that pass every list that is not empty.",
  fields: (t) => ({
    queueIds: t.idList({
      description: "Queues; empty is any.",
      resolve: ({ projectId, frame }) => (frame.queueIds ?? []).map((id) => idOf(queueEntity, { projectId, id })),
    }),
    markets: t.stringList({ description: "Codes of markets; empty is any.", resolve: ({ frame }) => frame.markets ?? [] }),
    vendorIds: t.idList({ description: "Vendors; empty is any.", resolve: ({ frame }) => globalIds("Vendor", frame.vendorIds) }),
    labelerIds: t.idList({ description: "Labelers; empty is any.", resolve: ({ frame }) => globalIds("Labeler", frame.labelerIds) }),
    policyIds: t.idList({ description: "Policies that the labeler chose; empty is any.", resolve: ({ frame }) => globalIds("Policy", frame.policyIds) }),
  }),
});
