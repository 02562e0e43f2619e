import { Principal } from "../grants/graphql.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { Frame, FrameCovers } from "../plans/frame.graphql.ts";
import { AuditLayer, SamplePurpose, SamplingPlan } from "../plans/graphql.ts";
import { Project } from "../projects/graphql.ts";
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

rootList(runListType, "samplingRuns", "Draws of the viewer's projects.");
builder.objectFields(Project, (t) => ({ samplingRuns: childList(t, runListType, "projectId", "What was drawn.") }));
builder.objectFields(SamplingPlan, (t) => ({ runs: childList(t, runListType, "planId", "What it has drawn.") }));
