import { allowedActions } from "../core/machine.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { Project } from "../projects/graphql.ts";
import { Allocation, Frame, FrameCovers, SamplingMethod, StratumDimensionEnum, WindowUnit } from "./frame.graphql.ts";
import { planMachine, planParts } from "./rules.ts";
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
    RAMP: { description: "With a known chance, from the decisions of labelers in nesting alone, whom RANDOM and RISK leave out." },
    TARGETED: { description: "By hand; never inferential." },
    GOLDEN: { description: "For its content, which has an agreed answer." },
  } satisfies Record<(typeof SAMPLE_PURPOSES)[number], object>,
});

const PlanState = builder.enumType("SamplingPlanState", {
  description: "Where a plan stands.",
  values: {
    DRAFT: { description: "Not yet in use; draws nothing." },
    ACTIVE: { description: "Draws; shares no decision with another active plan of its project and layer." },
    PAUSED: { description: "Draws nothing until it is resumed; may be changed." },
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
    method: t.field({ type: SamplingMethod, description: "How it draws.", resolve: (row) => row.method }),
    strataBy: t.field({
      type: [StratumDimensionEnum],
      description: "What strata are made by, all together; empty unless STRATIFIED.",
      resolve: (row) => row.strataBy,
    }),
    allocation: t.field({ type: Allocation, description: "How a size is shared among strata.", resolve: (row) => row.allocation }),
    rate: t.exposeFloat("rate", {
      nullable: true,
      description: "Share of a frame to draw, above 0 and up to 1; null where size or halfWidth says how many.",
    }),
    size: t.exposeInt("size", {
      nullable: true,
      description: "Decisions to draw of a frame, or all if it holds fewer; null where rate or halfWidth says how many.",
    }),
    halfWidth: t.exposeFloat("halfWidth", {
      nullable: true,
      description:
        "Half the width that the 95 % interval of accuracy shall have, above 0 and below 0.5 (0.03 is 3 points). Null where rate or size is given.",
    }),
    precisionBy: t.field({
      type: [StratumDimensionEnum],
      description: "What the groups are made by that get halfWidth each; empty is the whole frame, or none where there is no halfWidth.",
      resolve: (row) => row.precisionBy,
    }),
    expectedAccuracy: t.exposeFloat("expectedAccuracy", {
      nullable: true,
      description: "Accuracy that halfWidth reckons with, above 0 and below 1; that of the period before where null, or 0.5 without one.",
    }),
    minPerStratum: t.exposeInt("minPerStratum", {
      nullable: true,
      description: "Least decisions to draw of a stratum, or all if it holds fewer; null is no floor.",
    }),
    minPerLabeler: t.exposeInt("minPerLabeler", {
      nullable: true,
      description: "Least decisions to draw of a labeler, or all if there are fewer; null is no floor.",
    }),
    capPerLabeler: t.exposeInt("capPerLabeler", { nullable: true, description: "Most decisions to draw of a labeler; null is no cap." }),
    doubleAuditRate: t.exposeFloat("doubleAuditRate", { description: "Share of its samples that a second auditor judges too, 0 to 1." }),
    schedule: t.exposeString("schedule", {
      nullable: true,
      description: "Cron of five fields in the project's time zone, by which it draws; null where it draws only when asked.",
    }),
    windowUnit: t.field({
      type: WindowUnit,
      nullable: true,
      description: "Of what a scheduled draw takes the last whole ones; null without a schedule.",
      resolve: (row) => row.windowUnit,
    }),
    windowLength: t.exposeInt("windowLength", { nullable: true, description: "How many of them, 1 to 366; null without a schedule." }),
    nextDrawAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "When its schedule comes next; null unless it is ACTIVE and has one.",
      resolve: (row) => row.nextDrawAt,
    }),
    seed: t.exposeString("seed", {
      nullable: true,
      description: "The seed of a run is this, a colon and the start of its window; null where each run has a random one.",
    }),
    isForLots: t.exposeBoolean("isForLots", {
      description:
        "An inspection stream draws its lots by it and says how many: it has no size of its own, and is not drawn from or changed by hand.",
    }),
    isBlind: t.exposeBoolean("isBlind", { description: "The auditor sees neither decision nor labeler before the truth is locked." }),
    allowedActions: t.stringList({
      description: "The viewer's verbs that are possible now.",
      resolve: (row, _, { viewer }) => allowedActions(planMachine(row), row.state, planParts(viewer)),
    }),
    project: one(t, "project", Project, "Whose plan it is."),
    ...versionedFields(t),
  }),
});

rootList(planListType, "samplingPlans", "Sampling plans of the viewer's projects.");
builder.objectFields(Project, (t) => ({ samplingPlans: childList(t, planListType, "projectId", "Its sampling plans.") }));
