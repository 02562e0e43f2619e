import { Audit, auditListType, ErrorCause } from "../audits/graphql.ts";
import { auditEntity } from "../audits/table.ts";
import { InvalidInput } from "../core/errors.ts";
import { decodeId, type ProjectKey } from "../core/ids.ts";
import { defineBulkVerb } from "../graphql/bulk.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { AUDITING } from "../samples/rules.ts";
import { amendAudit, lockTruth, submitAudit } from "./auditing.service.ts";
import type { Answer } from "./findings.rules.ts";
import { FindingResult } from "./graphql.ts";
import type { PolicyName, TruthInput } from "./rules.ts";
import { type Correction, correctVerdict, correctVerdicts } from "./service.ts";

interface RulingInput {
  policyId?: string | null;
  policyCode?: string | null;
  action?: string | null;
}

/** What is right, as inputs have it. */
export interface TruthFields extends RulingInput {
  tags?: string[] | null;
  isTechnicalFailure?: boolean | null;
  previous?: RulingInput | null;
}

const ruling = (t: InputFields) => ({
  policyId: t.id({ description: "The policy that fits, a leaf that the project uses. Give its id or its code." }),
  policyCode: t.string({ description: "The same by its code." }),
  action: t.string({ description: "The action that fits, 1 to 64 characters; the action is not judged if absent." }),
});

const PreviousTruth = builder.inputType("PreviousTruthInput", {
  description: "What was right under the policy version before.",
  fields: (t) => ruling(t),
});

export const Truth = builder.inputType("TruthInput", {
  description: "What is right, in the auditor's judgement.",
  fields: (t) => ({
    ...ruling(t),
    tags: t.stringList({ description: "Words that fit, at most 50 of 1 to 64 characters; kept, but not compared with the labeler's." }),
    isTechnicalFailure: t.boolean({ description: "The platform failed, so that nobody could decide rightly: the error is TECHNICAL, and the process answers for it." }),
    previous: t.field({
      type: PreviousTruth,
      description: "If a policy has changed lately: what was right before. A decision right then counts as right within the new version's grace.",
    }),
  }),
});

export const AnswerInput = builder.inputRef<Answer>("AnswerInput").implement({
  description: "What an auditor says of one criterion.",
  fields: (t) => ({
    criterion: t.string({ required: true, description: "The criterion's code in the audit's scorecard." }),
    result: t.field({ type: FindingResult, required: true, description: "How the decision stands against it; NA only where the criterion allows it." }),
    errorCode: t.string({ description: "The code of the kind of error: one in use with none below it. Only with FAIL." }),
    cause: t.field({ type: ErrorCause, description: "Why it failed. Only with FAIL." }),
    note: t.string({ description: "Words for vendor and labeler, 1 to 2,000 characters." }),
  }),
});

function readPolicy({ policyId, policyCode }: RulingInput, path: readonly string[]): PolicyName {
  if ((policyId == null) === (policyCode == null)) throw new InvalidInput(`${path.join(".")}: give policyId or policyCode, and not both.`, [...path, "policyId"]);
  return { id: policyId == null ? null : decodeId("Policy", policyId, [...path, "policyId"]).id, code: policyCode ?? null };
}

/** Decodes what is right. */
export function readTruth(truth: TruthFields): TruthInput {
  const { action, tags, isTechnicalFailure, previous } = truth;
  const before = previous && { policy: readPolicy(previous, ["truth", "previous"]), action: previous.action };
  return { policy: readPolicy(truth, ["truth"]), action, tags, isTechnicalFailure, previous: before };
}

/** What every verb that judges may be given. */
export interface JudgingInput {
  auditId: string;
  truth?: TruthFields | null;
  answers?: Answer[] | null;
  cause?: Answer["cause"];
  expectedVersion?: number | null;
}

export interface SubmissionInput extends JudgingInput {
  comment?: string | null;
  guidance?: string | null;
}

/** Decodes what a verb that judges was given. */
export function readJudging({ auditId, truth, answers, ...rest }: SubmissionInput) {
  const key = keyOf(auditEntity, auditId, ["auditId"]) as ProjectKey;
  return { key, words: { ...rest, answers: answers ?? [], truth: truth && readTruth(truth) } };
}

const COMMENT = "For vendor and labeler, who see it once it is published; at most 10,000 characters.";
const GUIDANCE = "What the labeler should do another time, 1 to 2,000 characters.";
const CAUSE = "Why the labeler erred; kept only if the decision was wrong.";
const REQUIRED = "Required where the decision was wrong and its labeler answers for it.";
const OF_DECISION = "The system fills DECISION criteria; one that fails may be named for its error code, cause or note.";
const KEPT = "As it was if absent.";

const target = (t: InputFields) => ({
  auditId: t.id({ required: true, description: "The audit." }),
  expectedVersion: t.int({ description: EXPECTED }),
});

defineVerb<JudgingInput & { truth: TruthFields }, RowPayload>("lockTruth", {
  description: "Fixes what is right, once and for ever; then the decision is revealed to its auditor, and the first verdict follows from both. Its auditor, of a first audit while the lease lasts.",
  for: { roles: AUDITING },
  input: (t) => ({
    ...target(t),
    truth: t.field({ type: Truth, required: true, description: "What is right." }),
    answers: t.field({
      type: [AnswerInput],
      description: "Of a blind audit: each PROCESS criterion that can be judged without the decision, and none else. Otherwise any PROCESS criteria. They can't be changed.",
    }),
  }),
  payload: (t) => ({ audit: rowField(t, auditEntity, Audit, "The audit, with its decision.") }),
  resolve: (input, context) => {
    const { key, words } = readJudging(input);
    return context.perform("lockTruth", input, (verb) => lockTruth(verb, key, { ...words, truth: words.truth! }, input.expectedVersion));
  },
});

defineVerb<SubmissionInput, RowPayload>("submitAudit", {
  description: "Completes an audit: its verdict gets severity and score. It is published when the project's delay is over, at once if there is none. Its auditor.",
  for: { roles: AUDITING },
  input: (t) => ({
    ...target(t),
    comment: t.string({ description: COMMENT }),
    truth: t.field({ type: Truth, description: "What is right, for an audit that is not blind and whose truth was not locked; refused otherwise." }),
    answers: t.field({ type: [AnswerInput], description: `Each PROCESS criterion that was not answered before the truth was locked. ${OF_DECISION}` }),
    cause: t.field({ type: ErrorCause, description: `${CAUSE} ${REQUIRED} Failed DECISION criteria have it unless an answer names another.` }),
    guidance: t.string({ description: `${GUIDANCE} ${REQUIRED}` }),
  }),
  payload: (t) => ({ audit: rowField(t, auditEntity, Audit, "The audit.") }),
  resolve: (input, context) => {
    const { key, words } = readJudging(input);
    return context.perform("submitAudit", input, (verb) => submitAudit(verb, key, words, input.expectedVersion));
  },
});

defineVerb<SubmissionInput, RowPayload>("amendAudit", {
  description: "Thinks better of a submitted audit before it is published: its next verdict, marked as given after the reveal. Its auditor, of a first audit.",
  for: { roles: AUDITING },
  input: (t) => ({
    ...target(t),
    comment: t.string({ description: `${COMMENT} ${KEPT}` }),
    truth: t.field({ type: Truth, description: `What is right after all. ${KEPT}` }),
    answers: t.field({ type: [AnswerInput], description: `Criteria that are answered otherwise. ${OF_DECISION} ${KEPT}` }),
    cause: t.field({ type: ErrorCause, description: `${CAUSE} ${REQUIRED} ${KEPT}` }),
    guidance: t.string({ description: `${GUIDANCE} ${REQUIRED} ${KEPT}` }),
  }),
  payload: (t) => ({ audit: rowField(t, auditEntity, Audit, "The audit, with its next verdict.") }),
  resolve: (input, context) => {
    const { key, words } = readJudging(input);
    return context.perform("amendAudit", input, (verb) => amendAudit(verb, key, words, input.expectedVersion));
  },
});

const ANEW = "A verdict that is worse for the labeler (wrong instead of right, graver, or of a lower score) publishes the audit anew, with a new window; another keeps the state.";
const EXPLANATION = "Why, in words for vendor and labeler: 1 to 2,000 characters.";

defineVerb<JudgingInput & { explanation: string }, RowPayload>("correctVerdict", {
  description: `Corrects a published verdict by the next version. ${ANEW} Refused if nothing would change. QA_LEAD who isn't its auditor.`,
  for: { roles: ["QA_LEAD"] },
  input: (t) => ({
    ...target(t),
    truth: t.field({ type: Truth, description: `What is right after all, also of a golden sample. ${KEPT}` }),
    answers: t.field({ type: [AnswerInput], description: `Criteria that are answered otherwise. ${OF_DECISION} ${KEPT}` }),
    cause: t.field({ type: ErrorCause, description: `${CAUSE} ${KEPT}` }),
    explanation: t.string({ required: true, description: EXPLANATION }),
  }),
  payload: (t) => ({ audit: rowField(t, auditEntity, Audit, "The audit, with its next verdict.") }),
  resolve: (input, context) => {
    const { key, words } = readJudging(input);
    const correction: Correction = { ...words, explanation: input.explanation };
    return context.perform("correctVerdict", input, (verb) => correctVerdict(verb, key, correction, input.expectedVersion));
  },
});

interface BulkCorrection extends Pick<JudgingInput, "cause"> {
  truth: TruthFields;
  explanation: string;
  isDryRun: boolean;
}

defineBulkVerb("correctVerdicts", {
  description: `Corrects published verdicts alike, each by its next version. ${ANEW} QA_LEAD who isn't the auditor.`,
  for: { roles: ["QA_LEAD"] },
  list: auditListType,
  ids: "auditIds",
  input: (t) => ({
    truth: t.field({ type: Truth, required: true, description: "What is right after all, of every one of them." }),
    cause: t.field({ type: ErrorCause, description: `${CAUSE} ${KEPT}` }),
    explanation: t.string({ required: true, description: EXPLANATION }),
  }),
  run: (verb, targets, { truth, cause, explanation, isDryRun }: BulkCorrection) =>
    correctVerdicts(verb, targets, { truth: readTruth(truth), cause, explanation }, isDryRun),
});
