import { allowedActions } from "../core/machine.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { Project } from "../projects/graphql.ts";
import { Frame, FrameCovers } from "./frame.graphql.ts";
import { PLAN_MACHINE, planParts } from "./rules.ts";
import { type PlanFilter, planList } from "./store.ts";
import { AUDIT_LAYERS, SAMPLE_PURPOSES, SAMPLING_PLAN_STATES, samplingPlanEntity } from "./table.ts";

export const SamplingPlan = entityRef(samplingPlanEntity);

export const AuditLayer = builder.enumType("AuditLayer", {
  description: "Whose quality assurance it is. The two layers are separate series, never mixed in a figure.",
  values: {
    VENDOR: { description: "The vendor's own." },
    CLIENT: { description: "The platform's, over all vendors." },
  } satisfies Record<(typeof AUDIT_LAYERS)[number], object>,
});

export const SamplePurpose = builder.enumType("SamplePurpose", {
  description: "Why a decision was drawn.",
  values: {
    RANDOM: { description: "With a known chance, the same in its stratum: inferential." },
    RISK: { description: "With a known chance that grows with its risk: inferential." },
    RAMP: { description: "From the decisions of labelers in nesting." },
    TARGETED: { description: "By hand; never inferential." },
    GOLDEN: { description: "For its content, which has an agreed answer." },
  } satisfies Record<(typeof SAMPLE_PURPOSES)[number], object>,
});

const PlanState = builder.enumType("SamplingPlanState", {
  description: "Where a plan stands.",
  values: {
    DRAFT: { description: "May be changed; draws nothing." },
    ACTIVE: { description: "Draws; shares no decision with another active plan of its project and layer." },
    PAUSED: { description: "Draws nothing until it is resumed." },
    ARCHIVED: { description: "Draws nothing any more; what it drew stays." },
  } satisfies Record<(typeof SAMPLING_PLAN_STATES)[number], object>,
});

const planListType = defineList(SamplingPlan, planList, {
  orders: { ID: "Order of creation.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    states: t.field({ type: [PlanState], description: "Those in one of these states." }),
    layers: t.field({ type: [AuditLayer], description: "Those of one of these layers." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: (input: PlanFilter) => input,
});

defineEntity(SamplingPlan, {
  description: "How samples are drawn, as data. For administrators, leads and analysts.",
  fields: (t) => ({
    name: t.exposeString("name", { description: "For people." }),
    state: t.field({ type: PlanState, description: "Where it stands.", resolve: (row) => row.state }),
    purpose: t.field({ type: SamplePurpose, description: "Of all its samples.", resolve: (row) => row.purpose }),
    layer: t.field({ type: AuditLayer, description: "Whose audits they are for.", resolve: (row) => row.layer }),
    frame: t.field({ type: Frame, description: "Which decisions it may draw.", resolve: (row) => row }),
    frameCovers: t.field({ type: FrameCovers, description: "Which outcomes it may draw.", resolve: (row) => row.frameCovers }),
    rate: t.exposeFloat("rate", { nullable: true, description: "Share of a frame to draw, above 0 and up to 1; null where it has a size." }),
    size: t.exposeInt("size", { nullable: true, description: "Decisions to draw of a frame, or all if it holds fewer; null where it has a rate." }),
    isBlind: t.exposeBoolean("isBlind", { description: "The auditor sees neither decision nor labeler before the truth is locked." }),
    allowedActions: t.stringList({
      description: "The viewer's verbs that are possible now.",
      resolve: (row, _, { viewer }) => allowedActions(PLAN_MACHINE, row.state, planParts(viewer)),
    }),
    project: one(t, "project", Project, "Whose plan it is."),
    ...versionedFields(t),
  }),
});

rootList(planListType, "samplingPlans", "Sampling plans of the viewer's projects.");
builder.objectFields(Project, (t) => ({ samplingPlans: childList(t, planListType, "projectId", "Its sampling plans.") }));
