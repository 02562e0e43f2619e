import { decodeId, decodeProjectId, type ProjectKey } from "../core/ids.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb } from "../graphql/verb.ts";
import { projectEntity } from "../projects/table.ts";
import { FrameCovers } from "./frame.graphql.ts";
import { AuditLayer, SamplingPlan } from "./graphql.ts";
import { changeSamplingPlan, createSamplingPlan, movePlan, type NewPlan } from "./service.ts";
import { type FrameFilter, samplingPlanEntity } from "./table.ts";

const EXPECTED = "The version that was read; refused if the row has moved on. Any version if absent.";
const NAME = "1 to 200 characters.";
const RATE = "Share of each frame to draw, above 0 and up to 1, rounded to whole decisions and at least one. Give rate or size.";
const SIZE = "Decisions to draw of each frame, 1 or more; all if it holds fewer. Give rate or size.";
const BLIND = "The auditor sees neither decision nor labeler before the truth is locked.";
const FRAME = "Which decisions are eligible; those of labelers in nesting never are.";
const COVERS = "Which outcomes are eligible.";

type FrameInput = { [Dimension in keyof FrameFilter]?: string[] | null };

const FrameInputType = builder.inputType("SamplingFrameInput", {
  description: "Which decisions are eligible: those that pass every list that is given and not empty. At most 1,000 a list.",
  fields: (t) => ({
    queueIds: t.idList({ description: "Queues of the project." }),
    markets: t.stringList({ description: "Codes of markets." }),
    vendorIds: t.idList({ description: "Vendors." }),
    labelerIds: t.idList({ description: "Labelers." }),
    policyIds: t.idList({ description: "Policies of the project that the labeler chose; not those below them." }),
  }),
});

function readFrame(input: FrameInput | null | undefined): FrameFilter {
  const ids = (type: string, name: keyof FrameInput) => input?.[name]?.map((id) => decodeId(type, id, ["frame", name]).id);
  const queueIds = input?.queueIds?.map((id) => decodeProjectId("Queue", id, ["frame", "queueIds"]).id);
  const [vendorIds, labelerIds, policyIds] = [ids("Vendor", "vendorIds"), ids("Labeler", "labelerIds"), ids("Policy", "policyIds")];
  const lists = { queueIds, markets: input?.markets, vendorIds, labelerIds, policyIds };
  return Object.fromEntries(Object.entries(lists).filter(([, values]) => values && values.length > 0)) as FrameFilter;
}

const settings = (t: InputFields) => ({
  frame: t.field({ type: FrameInputType, description: FRAME }),
  rate: t.float({ description: RATE }),
  size: t.int({ description: SIZE }),
});

type CreateInput = Omit<NewPlan, "frame"> & { frame?: FrameInput | null };

defineVerb<CreateInput, RowPayload>("createSamplingPlan", {
  description: "Adds a plan that draws simple random samples, as a draft. QA_LEAD.",
  input: (t) => ({
    projectId: t.id({ required: true, description: "Whose decisions it draws." }),
    name: t.string({ required: true, description: NAME }),
    layer: t.field({ type: AuditLayer, required: true, defaultValue: "CLIENT", description: "Whose audits its samples are for. Never changes." }),
    ...settings(t),
    frameCovers: t.field({ type: FrameCovers, required: true, defaultValue: "ALL", description: COVERS }),
    isBlind: t.boolean({ required: true, defaultValue: true, description: BLIND }),
  }),
  payload: (t) => ({ samplingPlan: rowField(t, samplingPlanEntity, SamplingPlan, "The new plan.") }),
  resolve: (input, context) => {
    const projectId = keyOf(projectEntity, input.projectId, ["projectId"]).id;
    const plan = { ...input, projectId, frame: readFrame(input.frame), rate: input.rate ?? null, size: input.size ?? null };
    return context.perform("createSamplingPlan", input, (verb) => createSamplingPlan(verb, plan));
  },
});

type ChangeInput = Partial<CreateInput> & { id: string; expectedVersion?: number | null };

defineVerb<ChangeInput, RowPayload>("changeSamplingPlan", {
  description: "Changes a draft; absent and null fields stay, and a rate takes the place of a size. QA_LEAD.",
  input: (t) => ({
    id: t.id({ required: true, description: "The plan." }),
    name: t.string({ description: NAME }),
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
  activateSamplingPlan: "Lets a draft draw. Refused while another active plan of its project and layer may draw the same decisions. QA_LEAD.",
  pauseSamplingPlan: "Stops an active plan for a while. QA_LEAD.",
  resumeSamplingPlan: "Lets a paused plan draw again, under the same condition. QA_LEAD.",
  archiveSamplingPlan: "Ends a plan; what it drew stays. QA_LEAD.",
} as const;

for (const [name, description] of Object.entries(MOVES) as [keyof typeof MOVES, string][]) {
  defineVerb<{ id: string; expectedVersion?: number | null }, RowPayload>(name, {
    description,
    input: (t) => ({ id: t.id({ required: true, description: "The plan." }), expectedVersion: t.int({ description: EXPECTED }) }),
    payload: (t) => ({ samplingPlan: rowField(t, samplingPlanEntity, SamplingPlan, "The plan.") }),
    resolve: (input, context) => {
      const key = keyOf(samplingPlanEntity, input.id, ["id"]) as ProjectKey;
      return context.perform(name, input, (verb) => movePlan(verb, key, name, input.expectedVersion));
    },
  });
}
