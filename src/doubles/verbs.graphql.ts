import { Audit, ErrorCause } from "../audits/graphql.ts";
import { auditEntity } from "../audits/table.ts";
import type { ProjectKey } from "../core/ids.ts";
import type { InputFields } from "../graphql/builder.ts";
import { keyOf, loadPayload, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { AuditLayer } from "../plans/graphql.ts";
import { projectEntity } from "../projects/table.ts";
import { AUDITING } from "../samples/rules.ts";
import { AnswerInput, type JudgingInput, readJudging, Truth } from "../verdicts/verbs.graphql.ts";
import { adjudicateAudit, claimSecondAudit, expireDoubleAudit, type SecondRequest, startAta } from "./service.ts";

defineVerb<SecondRequest, { projectId: string; auditIds: string[] }>("claimSecondAudit", {
  description:
    "Gives the viewer second audits of samples drawn for two, blind to the first: never of what they audited first, nor of their own decisions. There is no lease: an unfinished one is void when it is due. AUDITOR and QA_LEAD in layer CLIENT, VENDOR_QA in layer VENDOR.",
  for: { roles: AUDITING },
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
    return context.perform("claimSecondAudit", input, (verb) => claimSecondAudit(verb, { ...input, projectId }));
  },
});

const target = (t: InputFields) => ({
  auditId: t.id({ required: true, description: "The first audit." }),
  expectedVersion: t.int({ description: EXPECTED }),
});

defineVerb<{ auditId: string; expectedVersion?: number | null }, RowPayload>("expireDoubleAudit", {
  description: "Gives up an audit's double audit before it is due: the first audit is published as it is, an unfinished second one is void. Refused once the second is submitted.",
  for: { roles: ["QA_LEAD"] },
  input: target,
  payload: (t) => ({ audit: rowField(t, auditEntity, Audit, "The first audit, published.") }),
  resolve: (input, context) => {
    const key = keyOf(auditEntity, input.auditId, ["auditId"]) as ProjectKey;
    return context.perform("expireDoubleAudit", input, (verb) => expireDoubleAudit(verb, key, input.expectedVersion));
  },
});

const KEPT = "As the first auditor has it if absent.";

defineVerb<JudgingInput & { explanation?: string | null }, RowPayload>("adjudicateAudit", {
  description:
    "Decides between two auditors who differ, and publishes: the first verdict stands if nothing else is said, else its next version follows. QA_LEAD, or AUDITOR with canAdjudicate, who made neither of the two.",
  for: { roles: ["QA_LEAD", "AUDITOR"] },
  input: (t) => ({
    ...target(t),
    truth: t.field({ type: Truth, description: `What is right. ${KEPT}` }),
    answers: t.field({ type: [AnswerInput], description: `Criteria that are answered otherwise. ${KEPT}` }),
    cause: t.field({ type: ErrorCause, description: `Why the labeler erred. ${KEPT}` }),
    explanation: t.string({ description: "Why, in words for vendor and labeler: 1 to 2,000 characters. Required where the first verdict is changed." }),
  }),
  payload: (t) => ({ audit: rowField(t, auditEntity, Audit, "The first audit, published.") }),
  resolve: (input, context) => {
    const { key, words } = readJudging(input);
    const { truth, cause } = words;
    const given = { truth, cause, answers: input.answers ? words.answers : undefined, explanation: input.explanation };
    return context.perform("adjudicateAudit", input, (verb) => adjudicateAudit(verb, key, given, input.expectedVersion));
  },
});

defineVerb<{ auditId: string; isBlind: boolean }, RowPayload>("startAta", {
  description: "Begins an expert's audit of a published audit, as a draft of the viewer's own: it says how right its auditor was, and changes nothing else. QA_LEAD, or AUDITOR with canAdjudicate; not the first auditor.",
  for: { roles: ["QA_LEAD", "AUDITOR"] },
  input: (t) => ({
    auditId: t.id({ required: true, description: "The published audit." }),
    isBlind: t.boolean({ required: true, defaultValue: true, description: "The expert sees neither decision nor verdict before their own truth is locked." }),
  }),
  payload: (t) => ({ audit: rowField(t, auditEntity, Audit, "The expert's audit.") }),
  resolve: (input, context) => {
    const key = keyOf(auditEntity, input.auditId, ["auditId"]) as ProjectKey;
    return context.perform("startAta", input, (verb) => startAta(verb, key, input.isBlind));
  },
});
