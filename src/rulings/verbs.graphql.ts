import { Appeal, appealListType, AppealOutcome } from "../appeals/graphql.ts";
import { rolesFor } from "../appeals/rules.ts";
import { appealCaseEntity, appealEntity } from "../appeals/table.ts";
import { decodeIfGiven, decodeProjectId } from "../core/ids.ts";
import { AppealCase } from "../filings/graphql.ts";
import { defineBulkVerb } from "../graphql/bulk.ts";
import { builder, type Fields, type InputFields } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { loadPayload, rowField } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { PolicyQuestion } from "../questions/graphql.ts";
import { policyQuestionEntity } from "../questions/table.ts";
import { Severity } from "../scorecards/criteria.graphql.ts";
import { FindingResult } from "../verdicts/graphql.ts";
import { readTruth, Truth, type TruthFields } from "../verdicts/verbs.graphql.ts";
import { AppealRuling, FindingRulingEnum } from "./graphql.ts";
import { Precedent } from "./precedents.graphql.ts";
import type { FindingRuling } from "./rules.ts";
import { decideAppeal, decideAppealCase, decideAppeals, type Decision, type Ruling } from "./service.ts";
import { appealRulingEntity, precedentEntity } from "./table.ts";

const FindingRulingInput = builder.inputRef<FindingRuling>("FindingRulingInput").implement({
  description: "What a ruling says of one criterion that is contested.",
  fields: (t) => ({
    criterion: t.string({ required: true, description: "The criterion's code in the audit's scorecard." }),
    result: t.field({ type: FindingRulingEnum, required: true, description: "What becomes of it: what passed can only be upheld, and a criterion of the decision goes with what is right." }),
    newResult: t.field({ type: FindingResult, description: "How an overturned criterion of kind PROCESS stands: PASS if absent, or NA where it allows that." }),
    severity: t.field({ type: Severity, description: "How grave it is, with FINDING_SEVERITY_CHANGED only." }),
    note: t.string({ description: "Why, of this criterion: 1 to 2,000 characters." }),
  }),
});

interface SubjectInput {
  policyId?: string | null;
  policyVersionId?: string | null;
  market?: string | null;
}

const subject = (t: InputFields) => ({
  policyId: t.id({ description: "About which policy; the one that the ruling finds right if absent." }),
  policyVersionId: t.id({ description: "About which version of it." }),
  market: t.string({ description: "Where, by the market's code; everywhere if absent." }),
});

const PrecedentInput = builder.inputType("PrecedentInput", {
  description: "What later arbitrations go by. Everybody in the project reads it: it names no people. Without a version, the one in force at the decision.",
  fields: (t) => ({
    title: t.string({ required: true, description: "The kind of case, in a line of 1 to 200 characters." }),
    summary: t.string({ required: true, description: "What the case was and why it was ruled so, 1 to 2,000 characters." }),
    ...subject(t),
  }),
});

const ArbitrationQuestion = builder.inputType("ArbitrationQuestionInput", {
  description: "What a policy leaves open, as an arbitration shows.",
  fields: (t) => ({
    title: t.string({ required: true, description: "What it is about, in a line of 1 to 200 characters." }),
    question: t.string({ required: true, description: "What is asked, 1 to 2,000 characters." }),
    ...subject(t),
  }),
});

type Said = Pick<Ruling, "outcome" | "reason" | "findings"> & { truth?: TruthFields | null };

interface Left {
  precedent?: (SubjectInput & { title: string; summary: string }) | null;
  question?: (SubjectInput & { title: string; question: string }) | null;
  isGolden?: boolean | null;
}

const ruling = (t: InputFields) => ({
  outcome: t.field({ type: AppealOutcome, required: true, description: "What the ruling makes of the audit. Refused with the right one named if what it changes is something else." }),
  reason: t.string({ required: true, description: "Why, in words for the labeler's side: 1 to 2,000 characters." }),
  truth: t.field({
    type: Truth,
    description: "What is right after all. If absent of a wrong decision that is overturned: what the labeler decided; and else as the verdict says.",
  }),
  findings: t.field({
    type: [FindingRulingInput],
    description: "Contested criteria. One that is left out is upheld or overturned with the audit; of an audit that is neither, all that failed must be named.",
  }),
});

const ONLY_L3 = "In L3_ARBITRATION only.";
const lessons = (t: InputFields) => ({
  precedent: t.field({ type: PrecedentInput, description: `Makes a precedent of it. ${ONLY_L3}` }),
  question: t.field({ type: ArbitrationQuestion, description: `Asks a question of policy about its content. ${ONLY_L3}` }),
  isGolden: t.boolean({ description: `True makes a golden item of its content, with what is right as the answer. ${ONLY_L3}` }),
});

const idsOf = ({ policyId, policyVersionId, market }: SubjectInput, field: string) => ({
  policyId: decodeIfGiven("Policy", policyId, [field, "policyId"]),
  policyVersionId: decodeIfGiven("PolicyVersion", policyVersionId, [field, "policyVersionId"]),
  market,
});

const readSaid = ({ outcome, reason, findings, truth }: Said): Ruling => ({ outcome, reason, findings, truth: truth && readTruth(truth) });

function readRuling({ precedent, question, isGolden, ...said }: Said & Left): Ruling {
  return {
    ...readSaid(said),
    precedent: precedent && { ...precedent, ...idsOf(precedent, "precedent") } as Ruling["precedent"],
    question: question && { ...question, ...idsOf(question, "question") },
    isGolden,
  };
}

const left = (t: Fields<Decision>) => ({
  precedent: t.field({
    type: Precedent, nullable: true, description: "The precedent that was made of it; null if none.",
    resolve: ({ projectId, precedentId: id }, _: object, context: Context, info) => (id ? loadPayload(precedentEntity, { projectId, id }, context, info) : null),
  }),
  policyQuestion: t.field({
    type: PolicyQuestion, nullable: true, description: "The question that was asked; null if none.",
    resolve: ({ projectId, questionId: id }, _: object, context: Context, info) => (id ? loadPayload(policyQuestionEntity, { projectId, id }, context, info) : null),
  }),
});

const WHO = "In L2_REVIEW QA_LEAD, AUDITOR who may adjudicate; in L3_ARBITRATION POLICY_MANAGER; in L1_REVIEW of layer VENDOR its VENDOR_QA, VENDOR_MANAGER.";
const APART = "Never whoever is its labeler, appellant or auditor, or has judged the audit before.";
const FOLLOWS = "Anything but AUDIT_UPHELD is the audit's next verdict, and every figure follows at once; refused if it would leave the labeler worse off.";

defineVerb<Said & Left & { appealId: string; expectedVersion?: number | null }, Decision>("decideAppeal", {
  description: `Rules on an appeal. From L2_REVIEW it is DECIDED, and may be appealed once more; else CLOSED. ${FOLLOWS} ${WHO} ${APART}`,
  for: { roles: rolesFor("decideAppeal") },
  input: (t) => ({ appealId: t.id({ required: true, description: "The appeal." }), ...ruling(t), ...lessons(t), expectedVersion: t.int({ description: EXPECTED }) }),
  payload: (t) => ({
    appeal: rowField(t as never, appealEntity, Appeal, "The appeal."),
    ruling: t.field({ type: AppealRuling, description: "The ruling.", resolve: ({ projectId, rulingIds }: Decision, _: object, context: Context, info) =>
      loadPayload(appealRulingEntity, { projectId, id: rulingIds[0]! }, context, info) }),
    ...left(t),
  }),
  resolve: (input, context) =>
    context.perform("decideAppeal", input, (verb) => decideAppeal(verb, decodeProjectId("Appeal", input.appealId, ["appealId"]), readRuling(input), input.expectedVersion)),
});

defineVerb<Said & Left & { appealCaseId: string; expectedVersion?: number | null }, Decision>("decideAppealCase", {
  description: `Gives one ruling on all appeals of a case that wait in the viewer's tier, as decideAppeal does on each: on all of them or none. ${WHO} ${APART}`,
  for: { roles: rolesFor("decideAppeal") },
  input: (t) => ({ appealCaseId: t.id({ required: true, description: "The case." }), ...ruling(t), ...lessons(t), expectedVersion: t.int({ description: EXPECTED }) }),
  payload: (t) => ({
    appealCase: rowField(t as never, appealCaseEntity, AppealCase, "The case."),
    decidedCount: t.int({ description: "On how many appeals it was ruled.", resolve: ({ rulingIds }) => rulingIds.length }),
    ...left(t),
  }),
  resolve: (input, context) => {
    const key = decodeProjectId("AppealCase", input.appealCaseId, ["appealCaseId"]);
    return context.perform("decideAppealCase", input, (verb) => decideAppealCase(verb, key, readRuling(input), input.expectedVersion));
  },
});

defineBulkVerb("decideAppeals", {
  description: `Rules alike on appeals, as decideAppeal does on each. ${WHO} ${APART}`,
  for: { roles: rolesFor("decideAppeal") },
  list: appealListType,
  ids: "appealIds",
  input: ruling,
  run: (verb, targets, input: Said & { isDryRun: boolean }) => decideAppeals(verb, targets, readSaid(input), input.isDryRun),
});
