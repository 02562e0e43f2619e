import type { ProjectKey } from "../core/ids.ts";
import type { InputFields } from "../graphql/builder.ts";
import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { projectEntity } from "../projects/table.ts";
import {
  Allocation, FrameCovers, type FrameInput, FrameInputType, readFrame, SamplingMethod, StratumDimensionEnum, WindowUnit,
} from "./frame.graphql.ts";
import { AuditLayer, SamplePurpose, SamplingPlan } from "./graphql.ts";
import { changeSamplingPlan, type ChangedPlan, createSamplingPlan, movePlan, type NewPlan } from "./service.ts";
import { samplingPlanEntity } from "./table.ts";

const NAME = "1 to 200 characters.";
const BLIND = "The auditor sees neither decision nor labeler before the truth is locked.";
const COVERS = "Which outcomes are eligible.";
const ONE_SIZE = "Give rate, size or halfWidth.";

const settings = (t: InputFields) => ({
  frame: t.field({
    type: FrameInputType,
    description: "Which decisions are eligible. Those of labelers in nesting are for purpose RAMP alone.",
  }),
  rate: t.float({
    description: `Share of each frame to draw, above 0 and up to 1, rounded to whole decisions and at least one. ${ONE_SIZE}`,
  }),
  size: t.int({ description: `Decisions to draw of each frame, 1 or more; all if it holds fewer. ${ONE_SIZE}` }),
  halfWidth: t.float({
    description:
      `Half the width that the 95 % interval shall have in each group of precisionBy, above 0 and below 0.5. Not for RISK, GOLDEN. ${ONE_SIZE}`,
  }),
  precisionBy: t.field({
    type: [StratumDimensionEnum],
    description:
      "What the groups of halfWidth are made by, of strataBy; empty is the whole frame, absent all of strataBy but LABELER. With halfWidth only.",
  }),
  strataBy: t.field({
    type: [StratumDimensionEnum],
    description: "What strata are made by, all together: 1 or more for method STRATIFIED, none for the others.",
  }),
  expectedAccuracy: t.float({
    description: "Accuracy that halfWidth reckons with, above 0 and below 1. That of the period before if null, or 0.5 without one.",
  }),
  minPerStratum: t.int({
    description: "Least decisions to draw of each stratum, 1 or more; all if it holds fewer. Null is no floor. For STRATIFIED.",
  }),
  minPerLabeler: t.int({
    description: "Least decisions to draw of each labeler, 1 or more; all if there are fewer. Null is no floor. Needs LABELER in strataBy.",
  }),
  capPerLabeler: t.int({
    description: "Most decisions to draw of each labeler, minPerLabeler or more. Null is no cap. Needs LABELER in strataBy.",
  }),
  schedule: t.string({
    description: 'Cron of five fields in the project\'s time zone, such as "0 6 * * 1" (Mondays at 06:00). Null is none, with no window.',
  }),
  windowUnit: t.field({
    type: WindowUnit,
    description: "Each scheduled draw takes the last whole ones of these that have ended. Null without a schedule.",
  }),
  windowLength: t.int({ description: "How many of them, 1 to 366. Null without a schedule." }),
  seed: t.string({
    description: "1 to 100 characters: the seed of a run is this, a colon and the start of its window. Null is a random one for each.",
  }),
});

type CreateInput = Omit<NewPlan, "frame"> & { frame?: FrameInput | null };

defineVerb<CreateInput, RowPayload>("createSamplingPlan", {
  description:
    "Adds a plan as a draft. Refused by the first field that is out of range or doesn't go with the others.",
  for: { roles: ["QA_LEAD"] },
  input: (t) => ({
    projectId: t.id({ required: true, description: "Whose decisions it draws." }),
    name: t.string({ required: true, description: NAME }),
    layer: t.field({
      type: AuditLayer,
      required: true,
      defaultValue: "CLIENT",
      description: "Whose audits its samples are for. Never changes.",
    }),
    purpose: t.field({
      type: SamplePurpose,
      required: true,
      defaultValue: "RANDOM",
      description:
        "RANDOM, RISK (method PPS), RAMP, or GOLDEN (decisions on golden items; method SIMPLE_RANDOM, rate or size). Never changes.",
    }),
    method: t.field({ type: SamplingMethod, required: true, defaultValue: "SIMPLE_RANDOM", description: "How it draws." }),
    allocation: t.field({
      type: Allocation,
      required: true,
      defaultValue: "PROPORTIONAL",
      description: "How a size is shared among strata. For STRATIFIED.",
    }),
    doubleAuditRate: t.float({
      required: true,
      defaultValue: 0,
      description: "Share of its samples that a second auditor judges too, 0 to 1; 0 for GOLDEN.",
    }),
    ...settings(t),
    frameCovers: t.field({ type: FrameCovers, required: true, defaultValue: "ALL", description: COVERS }),
    isBlind: t.boolean({ required: true, defaultValue: true, description: BLIND }),
  }),
  payload: (t) => ({ samplingPlan: rowField(t, samplingPlanEntity, SamplingPlan, "The new plan.") }),
  resolve: (input, context) => {
    const projectId = keyOf(projectEntity, input.projectId, ["projectId"]).id;
    const plan = { ...input, projectId, frame: readFrame(input.frame) };
    return context.perform("createSamplingPlan", input, (verb) => createSamplingPlan(verb, plan));
  },
});

type ChangeInput = Omit<ChangedPlan, "frame"> & { frame?: FrameInput | null; id: string; expectedVersion?: number | null };

defineVerb<ChangeInput, RowPayload>("changeSamplingPlan", {
  description:
    "Changes a draft or a paused plan; runs keep the design they were drawn by. Absent fields stay, as do nulls that no field explains. " +
    "A rate, size or halfWidth takes the place of the one there was.",
  for: { roles: ["QA_LEAD"] },
  input: (t) => ({
    id: t.id({ required: true, description: "The plan; not one of an inspection stream." }),
    name: t.string({ description: NAME }),
    method: t.field({ type: SamplingMethod, description: "How it draws. Give strataBy with it, if that no longer fits." }),
    allocation: t.field({ type: Allocation, description: "How a size is shared among strata. For STRATIFIED." }),
    doubleAuditRate: t.float({ description: "Share of its samples that a second auditor judges too, 0 to 1; 0 for GOLDEN." }),
    ...settings(t),
    frameCovers: t.field({ type: FrameCovers, description: COVERS }),
    isBlind: t.boolean({ description: BLIND }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload: (t) => ({ samplingPlan: rowField(t, samplingPlanEntity, SamplingPlan, "The plan.") }),
  resolve: (input, context) => {
    const key = keyOf(samplingPlanEntity, input.id, ["id"]) as ProjectKey;
    const change = { ...input, frame: input.frame && readFrame(input.frame) };
    return context.perform("changeSamplingPlan", input, (verb) => changeSamplingPlan(verb, key, change, input.expectedVersion));
  },
});

const MOVES = {
  activateSamplingPlan: "Lets a draft draw. Refused while another active plan of its project and layer may draw the same decisions.",
  pauseSamplingPlan: "Stops an active plan and its schedule for a while.",
  resumeSamplingPlan: "Lets a paused plan draw again, under the same condition.",
  archiveSamplingPlan: "Ends a plan; what it drew stays.",
} as const;

for (const [name, description] of Object.entries(MOVES) as [keyof typeof MOVES, string][]) {
  defineVerb<{ id: string; expectedVersion?: number | null }, RowPayload>(name, {
    description,
    for: { roles: ["QA_LEAD"] },
    input: (t) => ({ id: t.id({ required: true, description: "The plan." }), expectedVersion: t.int({ description: EXPECTED }) }),
    payload: (t) => ({ samplingPlan: rowField(t, samplingPlanEntity, SamplingPlan, "The plan.") }),
    resolve: (input, context) => {
      const key = keyOf(samplingPlanEntity, input.id, ["id"]) as ProjectKey;
      return context.perform(name, input, (verb) => movePlan(verb, key, name, input.expectedVersion));
    },
  });
}
