import { ErrorCause } from "../audits/graphql.ts";
import type { OnError, Recorded } from "../core/fields.ts";
import { OnErrorEnum } from "../decisions/verbs.graphql.ts";
import { builder } from "../graphql/builder.ts";
import { RowRefusalType } from "../graphql/rows.ts";
import { defineVerb } from "../graphql/verb.ts";
import { AuditLayer } from "../plans/graphql.ts";
import { type AuditInput, MOST_AUDITS, RECORDERS } from "./rules.ts";
import { recordAudits } from "./service.ts";

const Input = builder.inputRef<AuditInput>("HistoricAuditInput").implement({
  description: "An audit made elsewhere, such as a row of an old QA sheet. Decision, layer, auditor and submittedAt are what it is known by.",
  fields: (t) => ({
    decisionId: t.id({ description: "The decision audited. Absent where decisionRef names it." }),
    vendorCode: t.string({ description: "Whose labeler decided; needed with decisionRef." }),
    decisionRef: t.string({ description: "The decision audited, by the externalRef that it was recorded with." }),
    truthPolicyCode: t.string({ required: true, description: "The right policy: a leaf of those that the project uses. NV for no violation." }),
    truthAction: t.string({ description: "The right action, 1 to 64 characters; absent where the action was not judged." }),
    isTechnicalFailure: t.boolean({ description: "The platform, the rendering or the routing failed: errorType is TECHNICAL, whatever was right. False if absent." }),
    auditorRef: t.string({
      description: "Who audited: JWT subject, e-mail address or opaque id of one principal who has or had a role in the project. Whoever records it if absent, so that the same row recorded by somebody else is another audit; clients must give it.",
    }),
    submittedAt: t.field({
      type: "DateTime", required: true, description: "When it was submitted, and counts as published: not before the decision, nor in the future. Its appeal window runs from here.",
    }),
    cause: t.field({ type: ErrorCause, description: "Why the labeler erred; absent if it isn't known. Refused if the decision was right." }),
    comment: t.string({ description: "Words for vendor and labeler, at most 10,000 characters." }),
    guidance: t.string({ description: "What the labeler should do another time, at most 2,000 characters." }),
    layer: t.field({ type: AuditLayer, description: "Whose QA made it; CLIENT if absent." }),
  }),
});

defineVerb<{ projectCode: string; items: AuditInput[]; onError: OnError }, Recorded>("recordAudits", {
  description: `Records up to ${MOST_AUDITS} audits made elsewhere; more go to POST /import/audits. Each becomes a TARGETED sample and its audit, PUBLISHED (FINAL once its window is over) and seen by vendor and labeler, with verdict 1 derived as for audits made here, but no findings and no score. Nobody knows how they were drawn, so only figures with purposes TARGETED have them. The same audit again is counted as alreadyPresent; said otherwise, it is refused. ADMIN, QA_LEAD, and clients with scope audits:write that are no vendor's.`,
  for: RECORDERS,
  input: (t) => ({
    projectCode: t.string({ required: true, description: "The project's code." }),
    items: t.field({ type: [Input], required: true, description: `1 to ${MOST_AUDITS} audits.` }),
    onError: t.field({ type: OnErrorEnum, required: true, defaultValue: "SKIP", description: "What becomes of the others if a row is refused." }),
  }),
  payload: (t) => ({
    recorded: t.exposeInt("recorded", { description: "Audits recorded by this call." }),
    alreadyPresent: t.exposeInt("alreadyPresent", { description: "Audits that were there already, and say the same." }),
    refused: t.exposeInt("refused", { description: "Audits refused." }),
    refusals: t.field({ type: [RowRefusalType], description: "Each refused audit, in order.", resolve: ({ refusals }) => refusals }),
  }),
  resolve: (input, context) => context.perform("recordAudits", input, (verb) => recordAudits(verb, input)),
});
