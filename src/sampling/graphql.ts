import { clocksOf } from "../clocks/graphql.ts";
import type { ProjectKey } from "../core/ids.ts";
import { shownValues, StratumValue } from "../frames/graphql.ts";
import { Principal } from "../grants/graphql.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef, keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { one } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { defineVerb } from "../graphql/verb.ts";
import { Allocation, Frame, FrameCovers, SamplingMethod, StratumDimensionEnum } from "../plans/frame.graphql.ts";
import { AuditLayer, SamplePurpose, SamplingPlan } from "../plans/graphql.ts";
import { samplingPlanEntity } from "../plans/table.ts";
import { Project } from "../projects/graphql.ts";
import { drawInSteps } from "./draws.service.ts";
import { type Redraw, redrawRun } from "./redraw.service.ts";
import { type RunFilter, runList, type StratumFilter, stratumList } from "./store.ts";
import { samplingRunEntity, stratumEntity } from "./table.ts";

export const SamplingRun = entityRef(samplingRunEntity);
export const Stratum = entityRef(stratumEntity);

const runListType = defineList(SamplingRun, runList, {
  orders: { ID: "Order of the draws.", WINDOW_FROM: "By the start of the window." },
  filter: (t: InputFields) => ({
    layers: t.field({ type: [AuditLayer], description: "Those of one of these layers." }),
    drawnAfter: t.field({ type: "DateTime", description: "Those drawn after this time; runs never change." }),
  }),
  read: (input: RunFilter) => input,
});

const stratumListType = defineList(Stratum, stratumList, {
  orders: { ID: "Order of creation.", KEY: "By key, byte by byte." },
  filter: (t: InputFields) => ({ keys: t.stringList({ description: "Those with one of these keys." }) }),
  read: (input: StratumFilter) => input,
});

defineEntity(SamplingRun, {
  description: "One draw of a plan: its seed and frozen frame, so that anyone can draw it again. Never changes.",
  fields: (t) => ({
    purpose: t.field({ type: SamplePurpose, description: "Of all its samples.", resolve: (row) => row.purpose }),
    layer: t.field({ type: AuditLayer, description: "Whose audits they are for.", resolve: (row) => row.layer }),
    frame: t.field({ type: Frame, description: "The plan's filter at the draw.", resolve: (row) => row }),
    frameCovers: t.field({
      type: FrameCovers,
      description: "The outcomes the plan covered at the draw.",
      resolve: (row) => row.frameCovers,
    }),
    planVersion: t.exposeInt("planVersion", { description: "The plan's version at the draw." }),
    method: t.field({ type: SamplingMethod, description: "How it was drawn.", resolve: (row) => row.method }),
    strataBy: t.field({
      type: [StratumDimensionEnum],
      description: "What its strata were made by, all together; empty unless STRATIFIED.",
      resolve: (row) => row.design.strataBy ?? [],
    }),
    allocation: t.field({
      type: Allocation,
      description: "How its size was shared among them.",
      resolve: (row) => row.design.allocation ?? "PROPORTIONAL",
    }),
    doubleAuditRate: t.float({
      description:
        "Share that a second auditor judges too, 0 to 1: those where SHA-256 of seed, \":double:\" and the decision's UUID is below it.",
      resolve: (row) => row.design.doubleAuditRate ?? 0,
    }),
    seed: t.exposeString("seed", { description: "The draw's order is SHA-256 of seed, a colon and the decision's UUID." }),
    windowFrom: t.field({
      type: "DateTime",
      description: "Start of the window of decision times, inclusive.",
      resolve: (row) => row.windowFrom,
    }),
    windowTo: t.field({ type: "DateTime", description: "Its end, exclusive.", resolve: (row) => row.windowTo }),
    frameSize: t.exposeInt("frameSize", { description: "Decisions in the frame (N)." }),
    frameHash: t.exposeString("frameHash", { description: "SHA-256 in hex of the frame's decision UUIDs, sorted, one a line." }),
    sampleSize: t.exposeInt("sampleSize", { description: "Decisions drawn (n)." }),
    excludedCount: t.exposeInt("excludedCount", {
      description: "Decisions that pass the filter and are not in the frame, having no risk score above 0; 0 unless the method is PPS.",
    }),
    drawnAt: t.field({ type: "DateTime", description: "When it was drawn.", resolve: (row) => row.drawnAt }),
    slaClocks: clocksOf(t, "The clock of its audits: samples of a run are due together."),
    drawnBy: one(t, "drawnBy", Principal, "Who drew it; null for those who may not see the person."),
    plan: one(t, "plan", SamplingPlan, "The plan it belongs to."),
    strata: childList(
      t,
      stratumListType,
      "runId",
      "The parts of its frame that were drawn from on their own, also those that gave nothing; one unless STRATIFIED, none for purpose " +
        "GOLDEN.",
    ),
  }),
});

defineEntity(Stratum, {
  description: "A part of a run's frame, drawn from on its own.",
  fields: (t) => ({
    key: t.exposeString("key", { description: "Strata with the same key are pooled over runs." }),
    values: t.field({
      type: [StratumValue],
      description: "What its decisions have in common, by dimension of strataBy; empty where the run has one stratum.",
      resolve: ({ projectId, values }) => shownValues(projectId, values),
    }),
    frameSize: t.exposeInt("frameSize", { description: "Decisions of the frame in it (N)." }),
    sampleSize: t.exposeInt("sampleSize", { description: "Decisions drawn from it (n), 0 or more." }),
    run: one(t, "run", SamplingRun, "The run it belongs to."),
  }),
});

rootList(runListType, "samplingRuns", "Draws of the viewer's projects.");
builder.objectFields(Project, (t) => ({ samplingRuns: childList(t, runListType, "projectId", "What was drawn.") }));
builder.objectFields(SamplingPlan, (t) => ({ runs: childList(t, runListType, "planId", "What it has drawn.") }));

defineVerb<{ planId: string; windowFrom: Date; windowTo: Date; seed?: string | null }, RowPayload>("drawSamples", {
  description:
    "Draws a sample of the decisions of a window by the plan's method: the same frame and seed give the same sample. Windows of a plan's " +
    "runs never overlap. A run takes at most 200,000 samples, and of method PPS a frame at most 100,000 decisions. Takes seconds for a " +
    "frame of millions; refused if the frame changes meanwhile.",
  for: { roles: ["QA_LEAD"] },
  input: (t) => ({
    planId: t.id({ required: true, description: "An active plan." }),
    windowFrom: t.field({ type: "DateTime", required: true, description: "Start of the window of decision times, inclusive." }),
    windowTo: t.field({ type: "DateTime", required: true, description: "Its end, exclusive; has passed." }),
    seed: t.string({ description: "1 to 200 characters; the plan's, or random without one, if absent. Kept with the run." }),
  }),
  payload: (t) => ({ samplingRun: rowField(t, samplingRunEntity, SamplingRun, "The run, with its frame's size and hash.") }),
  resolve: (input, context) => {
    const key = keyOf(samplingPlanEntity, input.planId, ["planId"]) as ProjectKey;
    return context.perform("drawSamples", input, (verb) => drawInSteps(verb, key, input));
  },
});

const RedrawType = builder.objectRef<Redraw>("SamplingRedraw").implement({
  description: "A run beside what its seed and the sizes of its strata draw of today's decisions.",
  fields: (t) => ({
    isSame: t.exposeBoolean("isSame", { description: "The same decisions are drawn." }),
    sampleHashThen: t.exposeString("hashThen", {
      description: "SHA-256 in hex of the UUIDs of the decisions that the run drew, sorted, one a line.",
    }),
    sampleHashNow: t.exposeString("hashNow", { description: "The same of those drawn now." }),
    frameHashThen: t.string({ description: "The run's frameHash.", resolve: ({ run }) => run.frameHash }),
    frameHashNow: t.exposeString("frameHash", { description: "That of the same frame and window now." }),
    frameSizeThen: t.int({ description: "Decisions in the frame at the draw.", resolve: ({ run }) => run.frameSize }),
    frameSizeNow: t.exposeInt("frameSize", { description: "Decisions in it now." }),
    sampleSizeThen: t.int({ description: "Decisions drawn by the run.", resolve: ({ run }) => run.sampleSize }),
    sampleSizeNow: t.exposeInt("sampleSize", { description: "Decisions drawn now; fewer where a stratum has too few." }),
    addedCount: t.exposeInt("recordedLater", { description: "Decisions in the frame now that were recorded after the draw." }),
    movedCount: t.exposeInt("otherwise", {
      description:
        "How many more decisions came into the frame otherwise (negative: left it), where labelers' nesting or hire, policies or golden " +
        "items changed.",
    }),
    missingCount: t.exposeInt("missing", { description: "Decisions that the run drew and that are not drawn now." }),
    extraCount: t.exposeInt("extra", { description: "Decisions that are drawn now and that the run did not draw." }),
  }),
});

builder.objectFields(SamplingRun, (t) => ({
  redraw: t.field({
    type: RedrawType,
    nullable: true,
    description:
      "Draws the run again in memory, from today's decisions: what came of it, and what changed in its frame. Takes seconds for a frame " +
      "of millions; the runs of one operation take turns. Null, with an error, if the frame has become too large to draw from.",
    resolve: (run, _, context) => context.compute((reads) => redrawRun(reads, run)),
  }),
}));
