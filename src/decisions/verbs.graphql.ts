import type { OnError, Recorded } from "../core/fields.ts";
import { builder } from "../graphql/builder.ts";
import { RowRefusalType } from "../graphql/rows.ts";
import { defineVerb } from "../graphql/verb.ts";
import { Modality } from "../projects/queues.graphql.ts";
import { checkDecision, type DecisionInput, MOST_DECISIONS, RECORDERS } from "./rules.ts";
import { checkBatch, makeRoom, recordDecisions, roomsFor } from "./service.ts";

export const OnErrorEnum = builder.enumType("OnError", {
  description: "What becomes of the rows around a refused one.",
  values: {
    SKIP: { description: "All others are taken." },
    STOP: { description: "Those before the first refused one are taken; it and all after it are left." },
  } satisfies Record<OnError, object>,
});

const Input = builder.inputRef<DecisionInput>("DecisionInput").implement({
  description: "One decision, naming things by codes and references.",
  fields: (t) => ({
    vendorCode: t.string({ required: true, description: "Whose labeler decided." }),
    labelerRef: t.string({ required: true, description: "Who decided, by the vendor's own reference." }),
    queueCode: t.string({ required: true, description: "The queue it was decided in." }),
    policyCode: t.string({ required: true, description: "The policy chosen: a leaf of those that the project uses. NV for no violation." }),
    market: t.string({ description: "Code of the market; the queue's if absent." }),
    externalRef: t.string({ required: true, description: "The caller's own reference, 1 to 200 characters, unique within project and vendor." }),
    contentRef: t.string({ required: true, description: "What was decided on, 1 to 2,000 characters: a reference, never the content itself." }),
    contentHash: t.string({ description: "SHA-256 of the content in hex; that of contentRef if absent." }),
    modality: t.field({ type: Modality, description: "The kind of content; the queue's if absent." }),
    language: t.string({ description: "Language of the content." }),
    action: t.string({ description: "What was done about the content, 1 to 64 characters." }),
    tags: t.stringList({ description: "At most 50 words about it, of 1 to 64 characters." }),
    riskScore: t.float({ description: "Risk as the source scored it, 0 or more." }),
    enqueuedAt: t.field({ type: "DateTime", description: "When the content came into the queue; not after decidedAt." }),
    claimedAt: t.field({ type: "DateTime", description: "When the labeler took it up last; not after decidedAt. Gives handleSeconds." }),
    decidedAt: t.field({ type: "DateTime", required: true, description: "When it was decided: not before 2000, nor in the future (5 minutes are forgiven)." }),
  }),
});

interface RecordInput {
  projectCode: string;
  decisions: DecisionInput[];
  onError: OnError;
}

defineVerb<RecordInput, Recorded>("recordDecisions", {
  description: `Records up to ${MOST_DECISIONS} decisions of a project; more go to POST /import/decisions. The same decision again is counted as alreadyPresent; the same reference with other content, or at another time, is refused. ADMIN, and clients with scope decisions:write for their own vendor (for all, if they have none).`,
  for: RECORDERS,
  input: (t) => ({
    projectCode: t.string({ required: true, description: "The project's code." }),
    decisions: t.field({ type: [Input], required: true, description: `1 to ${MOST_DECISIONS} decisions.` }),
    onError: t.field({ type: OnErrorEnum, required: true, defaultValue: "SKIP", description: "What becomes of the others if a row is refused." }),
  }),
  payload: (t) => ({
    recorded: t.exposeInt("recorded", { description: "Decisions recorded by this call." }),
    alreadyPresent: t.exposeInt("alreadyPresent", { description: "Decisions that were there already, with the same content." }),
    refused: t.exposeInt("refused", { description: "Decisions refused." }),
    refusals: t.field({ type: [RowRefusalType], description: "Each refused decision, in order.", resolve: ({ refusals }) => refusals }),
  }),
  resolve: async (input, context) => {
    checkBatch(input.decisions);
    const sound = input.decisions.filter((decision) => !checkDecision(decision, context.now));
    for (const mondays of roomsFor(sound.map(({ decidedAt }) => decidedAt))) {
      await context.perform("makeRoom", {}, (verb) => makeRoom(verb, mondays));
    }
    return context.perform("recordDecisions", input, (verb) => recordDecisions(verb, input));
  },
});
