import { Audit } from "../audits/graphql.ts";
import { auditEntity } from "../audits/table.ts";
import { decodeId, type ProjectKey } from "../core/ids.ts";
import { principalEntity } from "../grants/table.ts";
import { defineBulkVerb } from "../graphql/bulk.ts";
import type { Fields } from "../graphql/builder.ts";
import { keyOf, loadEntity, loadPayload, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { AuditLayer } from "../plans/graphql.ts";
import { projectEntity } from "../projects/table.ts";
import { Sample, sampleListType } from "../samples/graphql.ts";
import { AUDITING } from "../samples/rules.ts";
import { sampleEntity } from "../samples/table.ts";
import { AuditorProfile } from "./graphql.ts";
import type { Wish } from "./rules.ts";
import { claimSamples, type ClaimRequest, reassignSample, reassignSamples } from "./service.ts";
import type { Profile } from "./store.ts";
import { auditorProfileEntity } from "./table.ts";
import { extendLease, releaseSample, saveAuditDraft, setAuditorProfile, skipSample } from "./work.service.ts";

const ASSIGNEE = "Who audits it from now on: somebody who could have claimed it. AUDITOR or QA_LEAD of the project in layer CLIENT, VENDOR_QA of the labeler's vendor in layer VENDOR.";

const sampleKey = (sampleId: string) => keyOf(sampleEntity, sampleId, ["sampleId"]) as ProjectKey;
const assigneeOf = (assigneeId: string) => keyOf(principalEntity, assigneeId, ["assigneeId"]).id;

interface SampleInput {
  sampleId: string;
  expectedVersion?: number | null;
}

// Whoever gives a sample back may not see it any more.
const givenBack = (t: Fields<RowPayload>) => ({
  sample: t.field({
    type: Sample,
    nullable: true,
    description: "The sample; null for those who see only what they have claimed.",
    resolve: ({ projectId, id }, _, context, info) => loadEntity(sampleEntity, { projectId: projectId!, id }, context, info),
  }),
});

type ClaimInput = Omit<ClaimRequest, keyof Wish> & Partial<Wish>;

defineVerb<ClaimInput, { projectId: string; auditIds: string[] }>("claimSamples", {
  description:
    "Leases the next waiting samples that fit the viewer's profile, each with a draft audit; nobody else gets them while the lease lasts. An ended lease's audit comes first. AUDITOR and QA_LEAD in layer CLIENT, VENDOR_QA in layer VENDOR.",
  for: { roles: AUDITING },
  input: (t) => ({
    projectId: t.id({ required: true, description: "Whose samples." }),
    count: t.int({ required: true, defaultValue: 1, description: "How many, 1 to 20; fewer come if fewer wait." }),
    layer: t.field({ type: AuditLayer, required: true, defaultValue: "CLIENT", description: "Whose audits." }),
    queueIds: t.idList({ description: "Only of these queues of the project; of any if absent." }),
    markets: t.stringList({ description: "Only of these markets, by their codes; of any if absent." }),
    languages: t.stringList({ description: "Only content of these languages, written as decisions have them; of any, also unknown, if absent." }),
    skill: t.string({ description: "Only of queues that ask for this skill; of any if absent." }),
  }),
  payload: (t) => ({
    audits: t.field({
      type: [Audit],
      description: "The audits to make, by when they are due; empty if nothing waits for the viewer.",
      resolve: ({ projectId, auditIds }, _, context, info) => auditIds.map((id) => loadPayload(auditEntity, { projectId, id }, context, info)),
    }),
  }),
  resolve: (input, context) => {
    const projectId = keyOf(projectEntity, input.projectId, ["projectId"]).id;
    // A queue of another project is none of this one.
    const queueIds = input.queueIds?.map((opaque) => decodeId("Queue", opaque, ["queueIds"]).id) ?? null;
    const { markets = null, languages = null, skill = null } = input;
    return context.perform("claimSamples", input, (verb) => claimSamples(verb, { ...input, projectId, queueIds, markets, languages, skill }));
  },
});

defineVerb<SampleInput, RowPayload>("extendLease", {
  description: "Begins a lease anew that has not ended: it lasts as long from now as a claim's. Its assignee.",
  for: { roles: AUDITING },
  input: (t) => ({ sampleId: t.id({ required: true, description: "The sample." }), expectedVersion: t.int({ description: EXPECTED }) }),
  payload: (t) => ({ sample: rowField(t, sampleEntity, Sample, "The sample, with the new end of its lease.") }),
  resolve: (input, context) => context.perform("extendLease", input, (verb) => extendLease(verb, sampleKey(input.sampleId), input.expectedVersion)),
});

defineVerb<{ auditId: string; draft: unknown; expectedVersion?: number | null }, RowPayload>("saveAuditDraft", {
  description: "Keeps what the auditor has so far, in the place of what was kept before; nobody else sees it. Its auditor, before submission; of a first audit while the lease lasts.",
  for: { roles: AUDITING },
  input: (t) => ({
    auditId: t.id({ required: true, description: "The audit." }),
    draft: t.field({ type: "JSON", required: true, description: "An object of the client's own: at most 20,000 bytes as JSON, at most 20 levels deep." }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload: (t) => ({ audit: rowField(t, auditEntity, Audit, "The audit.") }),
  resolve: (input, context) => {
    const key = keyOf(auditEntity, input.auditId, ["auditId"]) as ProjectKey;
    return context.perform("saveAuditDraft", input, (verb) => saveAuditDraft(verb, key, input.draft, input.expectedVersion));
  },
});

defineVerb<SampleInput & { reason: string }, RowPayload>("skipSample", {
  description: "Gives a leased sample back for good: its audit is void, and its assignee is never offered it again. Its assignee.",
  for: { roles: AUDITING },
  input: (t) => ({
    sampleId: t.id({ required: true, description: "The sample." }),
    reason: t.string({ required: true, description: "Why, for the leads: 1 to 2,000 characters." }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload: givenBack,
  resolve: (input, context) => context.perform("skipSample", input, (verb) => skipSample(verb, sampleKey(input.sampleId), input.reason, input.expectedVersion)),
});

defineVerb<SampleInput, RowPayload>("releaseSample", {
  description: "Gives a leased sample back: its audit is void, and it waits for the next auditor. Its assignee; QA_LEAD.",
  for: { roles: AUDITING },
  input: (t) => ({ sampleId: t.id({ required: true, description: "The sample." }), expectedVersion: t.int({ description: EXPECTED }) }),
  payload: givenBack,
  resolve: (input, context) => context.perform("releaseSample", input, (verb) => releaseSample(verb, sampleKey(input.sampleId), input.expectedVersion)),
});

defineVerb<SampleInput & { assigneeId: string }, RowPayload>("reassignSample", {
  description: "Leases a sample, waiting or leased to somebody, to an auditor of the lead's choice; an earlier audit of it is void.",
  for: { roles: ["QA_LEAD"] },
  input: (t) => ({
    sampleId: t.id({ required: true, description: "The sample." }),
    assigneeId: t.id({ required: true, description: ASSIGNEE }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload: (t) => ({ sample: rowField(t, sampleEntity, Sample, "The sample, with its new lease.") }),
  resolve: (input, context) => {
    const [key, assigneeId] = [sampleKey(input.sampleId), assigneeOf(input.assigneeId)];
    return context.perform("reassignSample", input, (verb) => reassignSample(verb, key, assigneeId, input.expectedVersion));
  },
});

defineBulkVerb("reassignSamples", {
  description: "Leases samples, waiting or leased to somebody, to one auditor; earlier audits of them are void.",
  for: { roles: ["QA_LEAD"] },
  list: sampleListType,
  ids: "sampleIds",
  input: (t) => ({ assigneeId: t.id({ required: true, description: ASSIGNEE }) }),
  run: (verb, targets, { assigneeId, isDryRun }: { assigneeId: string; isDryRun: boolean }) =>
    reassignSamples(verb, targets, { assigneeId: assigneeOf(assigneeId), isDryRun }),
});

defineVerb<Profile & { expectedVersion?: number | null }, RowPayload>("setAuditorProfile", {
  description: "Says what somebody may claim in a project, and how much they should audit a day, in the place of all that was said before.",
  for: { roles: ["QA_LEAD"] },
  input: (t) => ({
    projectId: t.id({ required: true, description: "Where it holds." }),
    principalId: t.id({ required: true, description: "Whose it is: somebody who audits in the project." }),
    markets: t.stringList({ required: true, description: "Codes of the markets whose samples they are offered; empty for any. At most 50." }),
    languages: t.stringList({ required: true, description: "Languages of content that they are offered, written as decisions have them, of at most 64 characters; empty for any. At most 50." }),
    skills: t.stringList({ required: true, description: "What they are able to do, in words of 1 to 64 characters; queues ask for these. At most 50." }),
    dailyTarget: t.int({ description: "Audits that they should submit a day, 1 or more; none if absent." }),
    expectedVersion: t.int({ description: "The version that was read, 0 if there was none; refused if it has moved on. Any version if absent." }),
  }),
  payload: (t) => ({ auditorProfile: rowField(t, auditorProfileEntity, AuditorProfile, "The profile.") }),
  resolve: (input, context) => {
    const projectId = keyOf(projectEntity, input.projectId, ["projectId"]).id;
    const principalId = keyOf(principalEntity, input.principalId, ["principalId"]).id;
    return context.perform("setAuditorProfile", input, (verb) => setAuditorProfile(verb, { ...input, projectId, principalId }, input.expectedVersion));
  },
});
