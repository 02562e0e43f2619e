import { Audit, ErrorCause } from "../audits/graphql.ts";
import { mayReadWords } from "../audits/publication.rules.ts";
import { checkReading, mayRead } from "../audits/rules.ts";
import type { AuditRow } from "../audits/table.ts";
import type { ProjectKey } from "../core/ids.ts";
import type { Viewer } from "../core/viewer.ts";
import type { Db } from "../db/lease.ts";
import { Principal } from "../grants/graphql.ts";
import { shownTo } from "../graphql/access.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one } from "../graphql/fields.ts";
import { childList, defineList } from "../graphql/list.ts";
import { selectionOf } from "../graphql/selection.ts";
import { Policy } from "../policies/graphql.ts";
import { ErrorCode } from "../scorecards/codes.graphql.ts";
import { Criterion, ErrorType, Severity } from "../scorecards/criteria.graphql.ts";
import { type FindingFilter, findingList, latestVerdicts, type VerdictFilter, verdictList } from "./store.ts";
import { ATTRIBUTIONS, FINDING_RESULTS, findingEntity, OUTCOMES, PROCESS_REASONS, VERDICT_REASONS, verdictEntity } from "./table.ts";

export const Verdict = entityRef(verdictEntity);
const Finding = entityRef(findingEntity);

export const Outcome = builder.enumType("Outcome", {
  description: "Whether a decision was right.",
  values: { CORRECT: { description: "Right." }, INCORRECT: { description: "Wrong." } } satisfies Record<(typeof OUTCOMES)[number], object>,
});

export const Attribution = builder.enumType("Attribution", {
  description: "Who answers for an error.",
  values: {
    LABELER: { description: "Whoever decided." },
    PROCESS: { description: "Platform or process: it stays out of accuracy." },
  } satisfies Record<(typeof ATTRIBUTIONS)[number], object>,
});

const ProcessReason = builder.enumType("ProcessReason", {
  description: "Why the process answers for an error.",
  values: {
    TECHNICAL: { description: "The platform failed." },
    CASCADE_GAP: { description: "The labeler had not been told of the policy version in force." },
  } satisfies Record<(typeof PROCESS_REASONS)[number], object>,
});

export const FindingResult = builder.enumType("FindingResult", {
  description: "How a decision stands against a criterion.",
  values: {
    PASS: { description: "It is met." },
    FAIL: { description: "It is not met." },
    NA: { description: "It doesn't apply, and counts for nothing." },
  } satisfies Record<(typeof FINDING_RESULTS)[number], object>,
});

const VerdictReason = builder.enumType("VerdictReason", {
  description: "Why there is this version of a verdict.",
  values: {
    INITIAL: { description: "The first." },
    AMENDED: { description: "The auditor thought better before publication." },
    ADJUDICATION: { description: "Two auditors differed." },
    APPEAL: { description: "An appeal was decided." },
    CORRECTION: { description: "A lead corrected it." },
  } satisfies Record<(typeof VERDICT_REASONS)[number], object>,
});

const verdictListType = defineList(Verdict, verdictList, {
  orders: { ID: "Order of recording.", NUMBER: "By number." },
  filter: (t: InputFields) => ({ recordedAfter: t.field({ type: "DateTime", description: "Those recorded after this time; verdicts never change." }) }),
  read: (input: VerdictFilter, { viewer }) => {
    checkReading(viewer);
    return input;
  },
});

const findingListType = defineList(Finding, findingList, {
  orders: { ID: "The scorecard's order, what was answered before the truth was locked first." },
  filter: (t: InputFields) => ({ results: t.field({ type: [FindingResult], description: "Those with one of these results." }) }),
  read: (input: FindingFilter, { viewer }) => {
    checkReading(viewer);
    return input;
  },
});

defineEntity(Finding, {
  isFor: mayRead,
  description: "What a verdict says of one criterion of its audit's scorecard. Never changes: a later verdict has findings of its own.",
  fields: (t) => ({
    criterion: one(t, "criterion", Criterion, "The criterion."),
    result: t.field({ type: FindingResult, description: "How the decision stands against it.", resolve: (row) => row.result }),
    errorCode: one(t, "errorCode", ErrorCode, "The kind of error; null unless it failed and a code was named."),
    severity: t.field({
      type: Severity,
      description: "The criterion's; of a failed one its error code's, if that is higher, or what a ruling says instead. A CRITICAL failure outside the bonus makes the score 0.",
      resolve: (row) => row.severity,
    }),
    isSeverityRuled: t.exposeBoolean("isSeverityRuled", {
      description: "An appeal's ruling says how grave it is: that stands against criterion, error code and policy.",
    }),
    cause: t.field({ type: ErrorCause, nullable: true, description: "Why it failed; null unless it did and a cause is known.", resolve: (row) => row.cause }),
    note: t.string({
      nullable: true,
      description: "The auditor's words; null if none. Analysts don't see them.",
      ...shownTo(mayReadWords),
      resolve: (row, _, { viewer }) => (mayReadWords(viewer) ? row.note : null),
    }),
  }),
});

defineEntity(Verdict, {
  isFor: mayRead,
  description: "A versioned result of an audit. Never changes: a corrected one has the next number.",
  fields: (t) => ({
    number: t.exposeInt("number", { description: "1 for the first." }),
    outcome: t.field({ type: Outcome, description: "Whether the decision was right.", resolve: (row) => row.outcome }),
    errorType: t.field({ type: ErrorType, nullable: true, description: "How it was wrong; null if it was right.", resolve: (row) => row.errorType }),
    attribution: t.field({ type: Attribution, nullable: true, description: "Who answers for the error; null if it was right.", resolve: (row) => row.attribution }),
    processReason: t.field({
      type: ProcessReason,
      nullable: true,
      description: "Why the process answers for the error; null if it doesn't.",
      resolve: (row) => row.processReason,
    }),
    severity: t.field({
      type: Severity,
      nullable: true,
      description: "How grave the error is: the policy's severity, or that of an error code if higher; or what a ruling says of it. Null if it was right, and before the audit is submitted.",
      resolve: (row) => row.severity,
    }),
    score: t.exposeFloat("score", {
      nullable: true,
      description: "0 to 1 in six decimals: the weighted share of the scorecard that passed. Null before the audit is submitted, without a scorecard, and if nothing applied.",
    }),
    cause: t.field({ type: ErrorCause, nullable: true, description: "Why the labeler erred; null if it was right, or not known.", resolve: (row) => row.cause }),
    truthPolicy: one(t, "truthPolicy", Policy, "The policy that fits."),
    truthAction: t.exposeString("truthAction", { nullable: true, description: "The action that fits; null where it was not judged." }),
    truthTags: t.exposeStringList("truthTags", { description: "The words that fit; they are not compared with the labeler's." }),
    isGraceApplied: t.exposeBoolean("isGraceApplied", { description: "It was right under the policy version before, within the grace of the new one, and counts as right." }),
    reason: t.field({ type: VerdictReason, description: "Why there is this version.", resolve: (row) => row.reason }),
    explanation: t.string({
      nullable: true,
      description: "Why there is this version, in words of whoever gave it; null for none. Analysts don't see it.",
      ...shownTo(mayReadWords),
      resolve: (row, _, { viewer }) => (mayReadWords(viewer) ? row.explanation : null),
    }),
    isAfterReveal: t.exposeBoolean("isAfterReveal", { description: "Whoever gave it had seen the decision." }),
    recordedAt: t.field({ type: "DateTime", description: "When it was given.", resolve: (row) => row.recordedAt }),
    findings: childList(t, findingListType, "verdictId", "What it says of each criterion; those of DECISION, and what was not asked blindly, come with submission."),
    audit: one(t, "audit", Audit, "The audit it belongs to."),
    actor: one(t, "actor", Principal, "Who gave it. Null unless it is the viewer, or the viewer may see all principals."),
  }),
});

// What the auditor said is theirs and the leads': beside a verdict that differs, it would tell a golden sample.
function seesAnswer({ role, principalId }: Viewer, audit: AuditRow): boolean {
  return role === "ADMIN" || role === "QA_LEAD" || principalId === audit.auditorId;
}

const ANSWER = "Null before, and for everybody but its auditor, ADMIN and QA_LEAD. Never changes.";

builder.objectFields(Audit, (t) => ({
  answerPolicy: one(t, "answerPolicy", Policy, `The policy that the auditor named as right when they locked the truth. ${ANSWER}`, { isVisible: seesAnswer }),
  answerAction: t.string({
    nullable: true,
    description: `The action named with it; null if none was. ${ANSWER}`,
    resolve: (row, _, { viewer }) => (seesAnswer(viewer, row) ? row.answerAction : null),
  }),
  answerTags: t.stringList({
    nullable: true,
    description: `The words named with it. ${ANSWER}`,
    resolve: (row, _, { viewer }) => (seesAnswer(viewer, row) && row.answerPolicyId ? row.answerTags : null),
  }),
  verdict: t.field({
    type: Verdict,
    nullable: true,
    description: "Its latest verdict; null before the truth is locked.",
    resolve: ({ projectId, id }, _, context, info) => {
      const selection = selectionOf(info, "Verdict");
      const load = (db: Db, keys: readonly ProjectKey[]) => latestVerdicts(db, selection, keys);
      return context.load({ name: `latestVerdicts:${JSON.stringify(selection)}`, load }, { projectId, id });
    },
  }),
  verdicts: childList(t, verdictListType, "auditId", "All its verdicts: a changed one is a new one."),
}));
