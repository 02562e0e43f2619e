import { Audit } from "../audits/graphql.ts";
import { auditEntity, type AuditRow } from "../audits/table.ts";
import type { ProjectKey } from "../core/ids.ts";
import { keyOf, loadEntity, loadPayload, type RowPayload } from "../graphql/entity.ts";
import { defineVerb } from "../graphql/verb.ts";
import { AuditLayer } from "../plans/graphql.ts";
import { projectEntity } from "../projects/table.ts";
import { Sample } from "../samples/graphql.ts";
import { sampleEntity } from "../samples/table.ts";
import { claimSamples, releaseSample } from "./service.ts";

const EXPECTED = "The version that was read; refused if the row has moved on. Any version if absent.";

defineVerb<{ projectId: string; count: number; layer: AuditRow["layer"] }, { projectId: string; auditIds: string[] }>("claimSamples", {
  description:
    "Leases the next waiting samples to the viewer, each with a draft audit; nobody else gets them while the lease lasts. An ended lease's audit comes first. AUDITOR and QA_LEAD in layer CLIENT, VENDOR_QA in layer VENDOR.",
  input: (t) => ({
    projectId: t.id({ required: true, description: "Whose samples." }),
    count: t.int({ required: true, defaultValue: 1, description: "How many, 1 to 20; fewer come if fewer wait." }),
    layer: t.field({ type: AuditLayer, required: true, defaultValue: "CLIENT", description: "Whose audits." }),
  }),
  payload: (t) => ({
    audits: t.field({
      type: [Audit],
      description: "The audits to make, by when they are due; empty if nothing waits.",
      resolve: ({ projectId, auditIds }, _, context, info) => auditIds.map((id) => loadPayload(auditEntity, { projectId, id }, context, info)),
    }),
  }),
  resolve: (input, context) => {
    const projectId = keyOf(projectEntity, input.projectId, ["projectId"]).id;
    return context.perform("claimSamples", input, (verb) => claimSamples(verb, { ...input, projectId }));
  },
});

defineVerb<{ sampleId: string; expectedVersion?: number | null }, RowPayload>("releaseSample", {
  description: "Gives a leased sample back: its audit is void, and it waits for the next auditor. Its assignee; QA_LEAD.",
  input: (t) => ({ sampleId: t.id({ required: true, description: "The sample." }), expectedVersion: t.int({ description: EXPECTED }) }),
  payload: (t) => ({
    sample: t.field({
      type: Sample,
      nullable: true,
      description: "The sample; null for those who see only what they have claimed.",
      resolve: ({ projectId, id }, _, context, info) => loadEntity(sampleEntity, { projectId: projectId!, id }, context, info),
    }),
  }),
  resolve: (input, context) => {
    const key = keyOf(sampleEntity, input.sampleId, ["sampleId"]) as ProjectKey;
    return context.perform("releaseSample", input, (verb) => releaseSample(verb, key, input.expectedVersion));
  },
});
