import { encodeId } from "../core/ids.ts";
import { allowedActions } from "../core/machine.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef, idOf } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { Principal } from "../grants/graphql.ts";
import { Project } from "../projects/graphql.ts";
import { queueEntity } from "../projects/table.ts";
import { PLAN_MACHINE, planParts } from "./rules.ts";
import { type PlanFilter, planList, type RunFilter, runList, type StratumFilter, stratumList } from "./store.ts";
import {
  AUDIT_LAYERS, FRAME_COVERS, type FrameFilter, SAMPLE_PURPOSES, SAMPLING_PLAN_STATES, samplingPlanEntity, samplingRunEntity, stratumEntity,
} from "./table.ts";

export const SamplingPlan = entityRef(samplingPlanEntity);
export const SamplingRun = entityRef(samplingRunEntity);
export const Stratum = entityRef(stratumEntity);

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

export const FrameCovers = builder.enumType("FrameCovers", {
  description: "Which outcomes a frame holds.",
  values: {
    ALL: { description: "Every decision." },
    VIOLATING_ONLY: { description: "Those labeled violating: misses can't be found in it." },
    NON_VIOLATING_ONLY: { description: "Those labeled not violating." },
  } satisfies Record<(typeof FRAME_COVERS)[number], object>,
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

function globalIds(type: string, ids: readonly string[] = []): string[] {
  return ids.map((id) => encodeId(type, { projectId: null, id }));
}

const Frame = builder.objectRef<{ projectId: string; frame: FrameFilter }>("SamplingFrame").implement({
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

const runListType = defineList(SamplingRun, runList, {
  orders: { ID: "Order of the draws.", WINDOW_FROM: "By the start of the window." },
  filter: (t: InputFields) => ({
    layers: t.field({ type: [AuditLayer], description: "Those of one of these layers." }),
    drawnAfter: t.field({ type: "DateTime", description: "Those drawn after this time; runs never change." }),
  }),
  read: (input: RunFilter) => input,
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

const stratumListType = defineList(Stratum, stratumList, {
  orders: { ID: "Order of creation.", KEY: "By key, byte by byte." },
  filter: (t: InputFields) => ({ keys: t.stringList({ description: "Those with one of these keys." }) }),
  read: (input: StratumFilter) => input,
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
    runs: childList(t, runListType, "planId", "What it has drawn."),
    ...versionedFields(t),
  }),
});

defineEntity(SamplingRun, {
  description: "One draw of a plan: its seed and frozen frame, so that anyone can draw it again. Never changes.",
  fields: (t) => ({
    purpose: t.field({ type: SamplePurpose, description: "Of all its samples.", resolve: (row) => row.purpose }),
    layer: t.field({ type: AuditLayer, description: "Whose audits they are for.", resolve: (row) => row.layer }),
    frame: t.field({ type: Frame, description: "The plan's filter at the draw.", resolve: (row) => row }),
    frameCovers: t.field({ type: FrameCovers, description: "The outcomes the plan covered at the draw.", resolve: (row) => row.frameCovers }),
    seed: t.exposeString("seed", { description: "The draw's order is SHA-256 of seed, a colon and the decision's UUID." }),
    windowFrom: t.field({ type: "DateTime", description: "Start of the window of decision times, inclusive.", resolve: (row) => row.windowFrom }),
    windowTo: t.field({ type: "DateTime", description: "Its end, exclusive.", resolve: (row) => row.windowTo }),
    frameSize: t.exposeInt("frameSize", { description: "Decisions in the frame (N)." }),
    frameHash: t.exposeString("frameHash", { description: "SHA-256 in hex of the frame's decision UUIDs, sorted, one a line." }),
    sampleSize: t.exposeInt("sampleSize", { description: "Decisions drawn (n)." }),
    drawnAt: t.field({ type: "DateTime", description: "When it was drawn.", resolve: (row) => row.drawnAt }),
    drawnBy: one(t, "drawnBy", Principal, "Who drew it; null for those who may not see the person."),
    plan: one(t, "plan", SamplingPlan, "The plan it belongs to."),
    strata: childList(t, stratumListType, "runId", "The parts of its frame that were drawn from on their own; one for a simple random sample."),
  }),
});

defineEntity(Stratum, {
  description: "A part of a run's frame, drawn from on its own.",
  fields: (t) => ({
    key: t.exposeString("key", { description: "Strata with the same key are pooled over runs." }),
    frameSize: t.exposeInt("frameSize", { description: "Decisions of the frame in it (N)." }),
    sampleSize: t.exposeInt("sampleSize", { description: "Decisions drawn from it (n)." }),
    run: one(t, "run", SamplingRun, "The run it belongs to."),
  }),
});

rootList(planListType, "samplingPlans", "Sampling plans of the viewer's projects.");
rootList(runListType, "samplingRuns", "Draws of the viewer's projects.");
builder.objectFields(Project, (t) => ({
  samplingPlans: childList(t, planListType, "projectId", "Its sampling plans."),
  samplingRuns: childList(t, runListType, "projectId", "What was drawn."),
}));
