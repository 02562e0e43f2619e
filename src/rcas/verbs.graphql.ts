import { decodeIfGiven, decodeProjectId, type ProjectKey } from "../core/ids.ts";
import type { Verb } from "../db/verb.ts";
import { Escalation } from "../escalations/graphql.ts";
import { type EscalationVerb, rolesOf } from "../escalations/rules.ts";
import { escalationEntity } from "../escalations/table.ts";
import { builder, type Fields, type InputFields } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { loadPayload, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { CauseCategory } from "./causes.graphql.ts";
import { Rca } from "./graphql.ts";
import type { RcaDraft } from "./rules.ts";
import { WRITING } from "./rules.ts";
import { acceptRca, identifyRootCause, type Moved, requestPartnerRca, returnRca, writeRca } from "./service.ts";
import { rcaEntity } from "./table.ts";

const WhyInput = builder.inputRef<RcaDraft["whys"][number]>("RcaWhyInput").implement({
  description: "One step of the chain from what was seen to what is behind it.",
  fields: (t) => ({
    text: t.string({ required: true, description: "Why what the step before says is so; of the first, why the problem is: 1 to 2,000 characters." }),
    evidence: t.stringList({
      required: true,
      defaultValue: [],
      description: "What shows it, words or references: at most 20, of 1 to 2,000 characters each. An analysis that is handed in needs one a step.",
    }),
  }),
});

const CauseInput = builder.inputRef<RcaDraft["causes"][number]>("RcaCauseInput").implement({
  description: "What caused the problem.",
  fields: (t) => ({
    category: t.field({ type: CauseCategory, required: true, description: "Where it lies." }),
    code: t.string({ required: true, description: "One of the category's codes (`rcaCauseCodes`), each once." }),
    text: t.string({ required: true, description: "What it is here, 1 to 2,000 characters." }),
    isRoot: t.boolean({ required: true, defaultValue: false, description: "True of a root cause: without it, the problem would not have come." }),
    ownerId: t.id({
      description: "Who answers for it; needed of a root cause. Staff of the project (not analysts), or managers or QA of the vendor that it is shared with.",
    }),
  }),
});

interface OnEscalation {
  escalationId: string;
  expectedVersion?: number | null;
}

/** The escalation that a verb is about, and the version that its caller has read. */
export const onEscalation = (t: InputFields, expected = EXPECTED) => ({
  escalationId: t.id({ required: true, description: "The escalation." }),
  expectedVersion: t.int({ description: expected }),
});

/** The key of the escalation that a verb is about. */
export const keyOfEscalation = ({ escalationId }: { escalationId: string }): ProjectKey =>
  decodeProjectId(escalationEntity.name, escalationId, ["escalationId"]);

/** What verbs answer that take an escalation and its analysis on. */
export const movedFields = (t: Fields<Moved>) => ({
  escalation: t.field({
    type: Escalation,
    description: "The escalation.",
    resolve: ({ escalation }, _: object, context: Context, info) => loadPayload(escalationEntity, escalation, context, info),
  }),
  rca: t.field({
    type: Rca,
    description: "The analysis.",
    resolve: ({ rca }, _: object, context: Context, info) => loadPayload(rcaEntity, rca, context, info),
  }),
});

interface WriteInput extends Omit<RcaDraft, "causes"> {
  escalationId: string;
  expectedVersion?: number | null;
  causes: RcaDraft["causes"];
}

function readDraft({ problemStatement, whys, causes, contributingFactors }: WriteInput): RcaDraft {
  const read = causes.map((cause, index) => ({ ...cause, ownerId: decodeIfGiven("Principal", cause.ownerId, ["causes", String(index), "ownerId"]) }));
  return { problemStatement, whys, causes: read, contributingFactors };
}

defineVerb<WriteInput, RowPayload>("writeRca", {
  description:
    "Keeps what is written of an escalation's analysis, in the place of all that was; what is missing yet may be missing. While the escalation is " +
    "INVESTIGATING: its owner, QA_LEAD, POLICY_MANAGER, of the client's own. While it is WAITING_PARTNER: VENDOR_MANAGER and VENDOR_QA of the vendor that " +
    "was asked. A cause that is left out loses its actions.",
  for: { roles: WRITING },
  input: (t) => ({
    ...onEscalation(t, "The version of the analysis that was read; refused if it has moved on. Any version if absent."),
    problemStatement: t.string({ description: "What is wrong, where, since when and how much: 1 to 2,000 characters." }),
    whys: t.field({ type: [WhyInput], required: true, defaultValue: [], description: "The chain, in order: at most 7; 5 is the aim, and fewer than 3 can't be handed in." }),
    causes: t.field({ type: [CauseInput], required: true, defaultValue: [], description: "What caused it: at most 20." }),
    contributingFactors: t.stringList({
      required: true,
      defaultValue: [],
      description: "What made it worse or likelier without having caused it: at most 20, of 1 to 2,000 characters each.",
    }),
  }),
  payload: (t) => ({ rca: rowField(t, rcaEntity, Rca, "The analysis.") }),
  resolve: (input, context) =>
    context.perform("writeRca", input, (verb) => writeRca(verb, keyOfEscalation(input), readDraft(input), input.expectedVersion)),
});

const RULES =
  "It must be complete: a problem statement, 3 to 7 whys with evidence each, a root cause with its owner. PEOPLE/HUMAN_ERROR as the only root cause is refused " +
  "(INVALID_INPUT, HUMAN_ERROR_ONLY).";

// Verbs on an escalation and its open analysis.
function define<Input extends OnEscalation>(
  name: EscalationVerb,
  description: string,
  input: (t: InputFields) => Record<string, unknown>,
  run: (verb: Verb, key: ProjectKey, input: Input) => Promise<Moved>,
): void {
  defineVerb<Input, Moved>(name, {
    description,
    for: { roles: rolesOf(name) },
    input: (t) => ({ ...onEscalation(t), ...input(t) }),
    payload: movedFields,
    resolve: (given, context) => context.perform(name, given, (verb) => run(verb, keyOfEscalation(given), given)),
  });
}

define<OnEscalation>(
  "identifyRootCause",
  `Makes the client's own analysis that of an INVESTIGATING escalation: its ESCALATION_RCA clock stops. ${RULES} Its owner, QA_LEAD.`,
  () => ({}),
  (verb, key, { expectedVersion }) => identifyRootCause(verb, key, expectedVersion),
);

define<OnEscalation>(
  "requestPartnerRca",
  "Asks the vendor of an INVESTIGATING escalation, which must be shared with it, for its analysis: ESCALATION_PARTNER starts, the client's clocks pause. " +
    "What the client wrote itself is withdrawn. Its owner, QA_LEAD.",
  () => ({}),
  (verb, key, { expectedVersion }) => requestPartnerRca(verb, key, expectedVersion),
);

define<OnEscalation>(
  "acceptRca",
  "Makes the analysis that the vendor handed in that of the escalation: ESCALATION_PARTNER and ESCALATION_RCA stop. Its owner, QA_LEAD.",
  () => ({}),
  (verb, key, { expectedVersion }) => acceptRca(verb, key, expectedVersion),
);

define<OnEscalation & { reason: string }>(
  "returnRca",
  "Gives the vendor back the analysis that it handed in: ESCALATION_PARTNER runs again. The escalation's owner, QA_LEAD.",
  (t) => ({ reason: t.string({ required: true, description: "What is missing or doesn't hold, 1 to 2,000 characters." }) }),
  (verb, key, { reason, expectedVersion }) => returnRca(verb, key, reason, expectedVersion),
);
