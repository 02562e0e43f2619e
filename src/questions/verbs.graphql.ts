import { decodeIfGiven, decodeProjectId, type ProjectKey } from "../core/ids.ts";
import { type Role } from "../core/viewer.ts";
import type { Verb } from "../db/verb.ts";
import type { Fields, InputFields } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { keyOf, loadPayload, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { policyEntity, policyVersionEntity } from "../policies/table.ts";
import { projectEntity } from "../projects/table.ts";
import { Clarification } from "./clarifications.graphql.ts";
import { PolicyQuestion } from "./graphql.ts";
import { ASKING, type QuestionVerb } from "./rules.ts";
import {
  answerQuestion, askQuestion, assignQuestion, closeQuestion, confirmGap, linkUpdate, publishClarification, reopenQuestion,
} from "./service.ts";
import { clarificationEntity, policyQuestionEntity } from "./table.ts";

interface AskInput {
  projectId: string;
  policyId: string;
  policyVersionId?: string | null;
  market?: string | null;
  title: string;
  question: string;
  contentRef?: string | null;
}

const payload = (t: Fields<RowPayload>) => ({ policyQuestion: rowField(t, policyQuestionEntity, PolicyQuestion, "The question.") });

defineVerb<AskInput, RowPayload>("askQuestion", {
  description:
    "Asks about a policy that the project uses. Due after the time that the project gives, by default two business days.",
  for: { roles: ASKING },
  input: (t) => ({
    projectId: t.id({ required: true, description: "In which project." }),
    policyId: t.id({ required: true, description: "About which policy." }),
    policyVersionId: t.id({ description: "The version of it that was read; absent where it doesn't matter." }),
    market: t.string({ description: "Where it came up, by the market's code; absent for no market in particular." }),
    title: t.string({ required: true, description: "What it is about, in a line of 1 to 200 characters." }),
    question: t.string({ required: true, description: "What is asked, 1 to 2,000 characters." }),
    contentRef: t.string({ description: "What it came up on: content by reference, 1 to 2,000 characters." }),
  }),
  payload,
  resolve: (input, context) => {
    const projectId = keyOf(projectEntity, input.projectId, ["projectId"]).id;
    const policyId = keyOf(policyEntity, input.policyId, ["policyId"]).id;
    const policyVersionId = decodeIfGiven(policyVersionEntity.name, input.policyVersionId, ["policyVersionId"]);
    return context.perform("askQuestion", input, (verb) => askQuestion(verb, { ...input, projectId, policyId, policyVersionId }));
  },
});

const MAY: Readonly<Record<QuestionVerb, readonly Role[]>> = {
  assignQuestion: ["POLICY_MANAGER", "QA_LEAD"],
  answerQuestion: ["POLICY_MANAGER"],
  publishClarification: ["POLICY_MANAGER"],
  confirmGap: ["POLICY_MANAGER"],
  linkUpdate: ["POLICY_MANAGER"],
  reopenQuestion: ASKING,
  closeQuestion: ASKING,
};

interface OnQuestion {
  policyQuestionId: string;
  expectedVersion?: number | null;
}

const target = (t: InputFields) => ({
  policyQuestionId: t.id({ required: true, description: "The question." }),
  expectedVersion: t.int({ description: EXPECTED }),
});

// Verbs on one question, whose answer is the question.
function define<Input extends OnQuestion>(
  name: QuestionVerb,
  description: string,
  input: (t: InputFields) => Record<string, unknown>,
  run: (verb: Verb, key: ProjectKey, input: Input) => Promise<ProjectKey>,
): void {
  defineVerb<Input, RowPayload>(name, {
    description,
    for: { roles: MAY[name] },
    input: (t) => ({ ...target(t), ...input(t) }),
    payload,
    resolve: (given, context) => context.perform(name, given, (verb) => run(verb, keyOfQuestion(given), given)),
  });
}

const keyOfQuestion = ({ policyQuestionId }: OnQuestion) => decodeProjectId(policyQuestionEntity.name, policyQuestionId, ["policyQuestionId"]);
const inWords = (what: string) => `${what}, 1 to 2,000 characters.`;

define<OnQuestion & { assigneeId?: string | null }>(
  "assignQuestion",
  "Gives an ASKED question to a policy manager.",
  (t) => ({ assigneeId: t.id({ description: "A policy manager of the project; the viewer if absent, who then must be one." }) }),
  (verb, key, { assigneeId, expectedVersion }) =>
    assignQuestion(verb, key, decodeIfGiven("Principal", assigneeId, ["assigneeId"]), expectedVersion),
);

define<OnQuestion & { answer: string }>(
  "answerQuestion",
  "Answers an ASSIGNED question. It closes by itself on the fifth business day after, unless its asker reopens it.",
  (t) => ({ answer: t.string({ required: true, description: inWords("What is right, and why") }) }),
  (verb, key, { answer, expectedVersion }) => answerQuestion(verb, key, answer, expectedVersion),
);

define<OnQuestion & { answer: string }>(
  "confirmGap",
  "Says of an ASSIGNED question that its policy is silent on it: a version that says something is to follow.",
  (t) => ({ answer: t.string({ required: true, description: inWords("What is missing, and what holds meanwhile") }) }),
  (verb, key, { answer, expectedVersion }) => confirmGap(verb, key, answer, expectedVersion),
);

define<OnQuestion & { policyVersionId: string }>(
  "linkUpdate",
  "Names the version of the policy that closes a confirmed gap.",
  (t) => ({ policyVersionId: t.id({ required: true, description: "A version of the question's policy." }) }),
  (verb, key, { policyVersionId, expectedVersion }) =>
    linkUpdate(verb, key, keyOf(policyVersionEntity, policyVersionId, ["policyVersionId"]).id, expectedVersion),
);

define<OnQuestion & { reason: string }>(
  "reopenQuestion",
  "Takes an ANSWERED question up again, due anew from now: for its asker, whom the answer does not help.",
  (t) => ({ reason: t.string({ required: true, description: inWords("What is still open") }) }),
  (verb, key, { reason, expectedVersion }) => reopenQuestion(verb, key, reason, expectedVersion),
);

define<OnQuestion>(
  "closeQuestion",
  "Ends a question that is ANSWERED, CLARIFICATION_PUBLISHED or UPDATE_LINKED. Its asker, POLICY_MANAGER.",
  () => ({}),
  (verb, key, { expectedVersion }) => closeQuestion(verb, key, expectedVersion),
);

defineVerb<OnQuestion & { text: string }, RowPayload & { clarification: ProjectKey }>("publishClarification", {
  description:
    "Answers an ASSIGNED question with a clarification of its policy, version and market, which everybody in the project reads.",
  for: { roles: MAY.publishClarification },
  input: (t) => ({ ...target(t), text: t.string({ required: true, description: inWords("How the policy is to be read") }) }),
  payload: (t) => ({
    ...payload(t as never),
    clarification: t.field({
      type: Clarification,
      description: "The clarification.",
      resolve: ({ clarification }, _: object, context: Context, info) => loadPayload(clarificationEntity, clarification, context, info),
    }),
  }),
  resolve: (input, context) =>
    context.perform("publishClarification", input, (verb) => publishClarification(verb, keyOfQuestion(input), input.text, input.expectedVersion)),
});
