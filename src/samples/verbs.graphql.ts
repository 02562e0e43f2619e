import type { BulkItem } from "../core/bulk.ts";
import { encodeId, type ProjectKey } from "../core/ids.ts";
import { decisionEntity } from "../decisions/table.ts";
import { BulkItemType } from "../graphql/bulk.ts";
import { keyOf, loadEntity, loadPayload, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { AuditLayer } from "../plans/graphql.ts";
import { projectEntity } from "../projects/table.ts";
import { Sample } from "./graphql.ts";
import { AUDITING } from "./rules.ts";
import { addTargetedSamples, expireSample, type Targeted, voidSample } from "./service.ts";
import { sampleEntity, type SampleRow } from "./table.ts";
import { SampleVoidReason } from "./words.graphql.ts";

interface TargetInput {
  projectId: string;
  decisionIds: string[];
  reason: string;
  layer: SampleRow["layer"];
  isBlind: boolean;
}

const opaque = ({ projectId, id, ...item }: BulkItem) => ({ ...item, id: encodeId(decisionEntity.name, { projectId, id }) });

defineVerb<TargetInput, Targeted>("addTargetedSamples", {
  description:
    "Draws decisions by hand, of purpose TARGETED: without a known chance, they are in no inferential figure. " +
    "Each is judged by itself, and answered.",
  for: { roles: ["QA_LEAD"] },
  input: (t) => ({
    projectId: t.id({ required: true, description: "Whose decisions." }),
    decisionIds: t.idList({
      required: true,
      description: "Up to 500 decisions. One that waits for an audit of the layer already is refused.",
    }),
    reason: t.string({ required: true, description: "Why, 1 to 2,000 characters; hidden from their auditors." }),
    layer: t.field({ type: AuditLayer, required: true, defaultValue: "CLIENT", description: "Whose audits they are for." }),
    isBlind: t.boolean({
      required: true,
      defaultValue: true,
      description: "The auditor sees neither decision nor labeler before the truth is locked.",
    }),
  }),
  payload: (t) => ({
    items: t.field({
      type: [BulkItemType],
      description: "An answer for each decision, by its id, in the order of decisionIds.",
      resolve: ({ items }) => items.map(opaque),
    }),
    samples: t.field({
      type: [Sample],
      description: "The new samples, in the order of decisionIds.",
      resolve: ({ samples }, _, context, info) => samples.map((key) => loadPayload(sampleEntity, key, context, info)),
    }),
  }),
  resolve: (input, context) => {
    const projectId = keyOf(projectEntity, input.projectId, ["projectId"]).id;
    const decisions = input.decisionIds.map((id, place) => keyOf(decisionEntity, id, ["decisionIds", String(place)]) as ProjectKey);
    return context.perform("addTargetedSamples", input, (verb) => addTargetedSamples(verb, { ...input, projectId, decisions }));
  },
});

interface VoidInput {
  sampleId: string;
  reason: NonNullable<SampleRow["voidReason"]>;
  expectedVersion?: number | null;
}

defineVerb<VoidInput, { sample: ProjectKey; replacement: ProjectKey | null }>("voidSample", {
  description:
    "Takes a sample that can't be audited out of the work. Its open audit is void; its probability stays, and the next decision in the " +
    "seeded order of its stratum is drawn in its place, while what the draw kept in reserve of the stratum lasts: a fifth of the " +
    "stratum's sample and five more. Its assignee; QA_LEAD.",
  for: { roles: AUDITING },
  input: (t) => ({
    sampleId: t.id({ required: true, description: "A sample that waits or is in an audit." }),
    reason: t.field({ type: SampleVoidReason, required: true, description: "Why it can't be audited." }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload: (t) => ({
    sample: t.field({
      type: Sample,
      description: "The void sample.",
      resolve: ({ sample }, _, context, info) => loadPayload(sampleEntity, sample, context, info),
    }),
    replacement: t.field({
      type: Sample,
      nullable: true,
      description:
        "What was drawn in its place. Null once the stratum's reserve is used up, where the method or purpose has none, and for those who " +
        "see only what they have claimed.",
      resolve: ({ replacement }, _, context, info) => replacement && loadEntity(sampleEntity, replacement, context, info),
    }),
  }),
  resolve: (input, context) => {
    const key = keyOf(sampleEntity, input.sampleId, ["sampleId"]) as ProjectKey;
    return context.perform("voidSample", input, (verb) => voidSample(verb, key, input));
  },
});

defineVerb<{ sampleId: string; expectedVersion?: number | null }, RowPayload>("expireSample", {
  description: "Gives a waiting sample up: it is not audited any more, and weighs as one not yet audited.",
  for: { roles: ["QA_LEAD"] },
  input: (t) => ({ sampleId: t.id({ required: true, description: "A sample that waits." }), expectedVersion: t.int({ description: EXPECTED }) }),
  payload: (t) => ({ sample: rowField(t, sampleEntity, Sample, "The expired sample.") }),
  resolve: (input, context) => {
    const key = keyOf(sampleEntity, input.sampleId, ["sampleId"]) as ProjectKey;
    return context.perform("expireSample", input, (verb) => expireSample(verb, key, input.expectedVersion));
  },
});
