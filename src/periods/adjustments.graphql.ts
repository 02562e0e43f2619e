import { Forbidden } from "../core/errors.ts";
import { decodeId, encodeId } from "../core/ids.ts";
import type { Viewer } from "../core/viewer.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { Labeler } from "../labelers/graphql.ts";
import { Project } from "../projects/graphql.ts";
import { Vendor } from "../vendors/graphql.ts";
import { ReportingPeriod } from "./graphql.ts";
import { type AdjustmentFilter, adjustmentList } from "./store.ts";
import { ADJUSTMENT_REASONS, scoreAdjustmentEntity } from "./table.ts";

export const ScoreAdjustment = entityRef(scoreAdjustmentEntity);

const AdjustmentReason = builder.enumType("AdjustmentReason", {
  description: "What changed a figure of a closed period.",
  values: {
    CORRECTION: { description: "A lead corrected the verdict." },
    VOID: { description: "A lead voided the audit: it counts no longer." },
    APPEAL: { description: "An appeal was decided." },
  } satisfies Record<(typeof ADJUSTMENT_REASONS)[number], object>,
});

defineEntity(ScoreAdjustment, {
  description:
    "What changed a figure of a period after it was closed: its reports stand, and this line says by how much. An audit whose week and month " +
    "are both closed has a line for each; one that was first published after the closing has none. Auditors see those of their own audits, partners their vendor's, labelers their own.",
  fields: (t) => ({
    reason: t.field({ type: AdjustmentReason, description: "What changed it.", resolve: ({ reason }) => reason }),
    correctDelta: t.exposeInt("correctDelta", {
      description:
        "Correct audits more or fewer: -1, 0 (the verdict changed, but not whether it is CORRECT) or 1. Of a void audit, what it takes away.",
    }),
    scoreDelta: t.exposeFloat("scoreDelta", {
      nullable: true,
      description:
        "Change of the audit's quality score, -1 to 1 in millionths; of a void audit its score, taken away. Null where one of the verdicts " +
        "has none.",
    }),
    recordedAt: t.field({ type: "DateTime", description: "When the figure changed.", resolve: ({ recordedAt }) => recordedAt }),
    auditId: t.id({
      description: "The Audit, to be read by `node`.",
      resolve: ({ projectId, auditId }) => encodeId("Audit", { projectId, id: auditId }),
    }),
    verdictId: t.id({
      nullable: true,
      description: "The Verdict that changed it, to be read by `node`; null where the audit was voided.",
      resolve: ({ projectId, verdictId }) => verdictId && encodeId("Verdict", { projectId, id: verdictId }),
    }),
    period: one(t, "period", ReportingPeriod, "The closed period; null for labelers."),
    labeler: one(t, "labeler", Labeler, "Whose decision it was; null for those who see no labelers."),
    vendor: one(t, "vendor", Vendor, "The labeler's vendor at the decision."),
  }),
});

type FilterInput = Omit<AdjustmentFilter, "labelerIds" | "vendorIds"> & { labelerIds?: string[] | null; vendorIds?: string[] | null };

// Who sees no labelers must not find them by what is left of a list either.
function readFilter({ labelerIds, vendorIds, ...rest }: FilterInput, { role }: Viewer): AdjustmentFilter {
  if (labelerIds && role === "POLICY_MANAGER") {
    throw new Forbidden("filter.labelerIds is of what you may not see as POLICY_MANAGER.", ["filter", "labelerIds"]);
  }
  return {
    ...rest,
    labelerIds: labelerIds?.map((id) => decodeId("Labeler", id, ["filter", "labelerIds"]).id),
    vendorIds: vendorIds?.map((id) => decodeId("Vendor", id, ["filter", "vendorIds"]).id),
  };
}

const adjustmentListType = defineList(ScoreAdjustment, adjustmentList, {
  orders: { ID: "Order in which they were made.", RECORDED_AT: "By when the figure changed." },
  filter: (t: InputFields) => ({
    labelerIds: t.idList({ description: "Those of these labelers. Refused to policy managers." }),
    vendorIds: t.idList({ description: "Those of these vendors." }),
    reasons: t.field({ type: [AdjustmentReason], description: "Those of one of these reasons." }),
    recordedAfter: t.field({ type: "DateTime", description: "Those made after this time." }),
  }),
  read: (input: FilterInput, { viewer }) => readFilter(input, viewer),
});

rootList(adjustmentListType, "scoreAdjustments", "What changed figures of closed periods of the viewer's projects.");
builder.objectFields(Project, (t) => ({
  scoreAdjustments: childList(t, adjustmentListType, "projectId", "What changed figures of its closed periods."),
}));
builder.objectFields(ReportingPeriod, (t) => ({
  adjustments: childList(t, adjustmentListType, "periodId", "What changed its figures after it was closed, also before it was reopened."),
}));
