import { Audit } from "../audits/graphql.ts";
import { auditEntity } from "../audits/table.ts";
import { InvalidInput } from "../core/errors.ts";
import { decodeId, type ProjectKey } from "../core/ids.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb } from "../graphql/verb.ts";
import { lockTruth, submitAudit, type TruthInput } from "./service.ts";
import type { PolicyName } from "./store.ts";

const EXPECTED = "The version that was read; refused if the row has moved on. Any version if absent.";

interface RulingInput {
  policyId?: string | null;
  policyCode?: string | null;
  action?: string | null;
}

interface TruthFields extends RulingInput {
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

const Truth = builder.inputType("TruthInput", {
  description: "What is right, in the auditor's judgement.",
  fields: (t) => ({
    ...ruling(t),
    isTechnicalFailure: t.boolean({ description: "The platform failed, so that nobody could decide rightly: the error is TECHNICAL, and the process answers for it." }),
    previous: t.field({
      type: PreviousTruth,
      description: "If a policy has changed lately: what was right before. A decision right then counts as right within the new version's grace.",
    }),
  }),
});

function readPolicy({ policyId, policyCode }: RulingInput, path: readonly string[]): PolicyName {
  if ((policyId == null) === (policyCode == null)) throw new InvalidInput(`${path.join(".")}: give policyId or policyCode, and not both.`, [...path, "policyId"]);
  return { id: policyId == null ? null : decodeId("Policy", policyId, [...path, "policyId"]).id, code: policyCode ?? null };
}

function readTruth(truth: TruthFields): TruthInput {
  const { action, isTechnicalFailure, previous } = truth;
  return {
    policy: readPolicy(truth, ["truth"]),
    action,
    isTechnicalFailure,
    previous: previous && { policy: readPolicy(previous, ["truth", "previous"]), action: previous.action },
  };
}

defineVerb<{ auditId: string; truth: TruthFields; expectedVersion?: number | null }, RowPayload>("lockTruth", {
  description: "Fixes what is right, once and for ever; then the decision is revealed to its auditor, and the first verdict follows from both. Its auditor, while the lease lasts.",
  input: (t) => ({
    auditId: t.id({ required: true, description: "The audit." }),
    truth: t.field({ type: Truth, required: true, description: "What is right." }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload: (t) => ({ audit: rowField(t, auditEntity, Audit, "The audit, with its decision.") }),
  resolve: (input, context) => {
    const key = keyOf(auditEntity, input.auditId, ["auditId"]) as ProjectKey;
    const truth = readTruth(input.truth);
    return context.perform("lockTruth", input, (verb) => lockTruth(verb, key, truth, input.expectedVersion));
  },
});

defineVerb<{ auditId: string; comment?: string | null; truth?: TruthFields | null; expectedVersion?: number | null }, RowPayload>("submitAudit", {
  description: "Completes an audit. It is published when the project's delay is over, at once if there is none. Its auditor.",
  input: (t) => ({
    auditId: t.id({ required: true, description: "The audit." }),
    comment: t.string({ description: "For vendor and labeler, who see it once it is published; at most 10,000 characters." }),
    truth: t.field({ type: Truth, description: "What is right, for an audit that is not blind and whose truth was not locked; refused otherwise." }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload: (t) => ({ audit: rowField(t, auditEntity, Audit, "The audit.") }),
  resolve: (input, context) => {
    const key = keyOf(auditEntity, input.auditId, ["auditId"]) as ProjectKey;
    const submission = { comment: input.comment, truth: input.truth && readTruth(input.truth) };
    return context.perform("submitAudit", input, (verb) => submitAudit(verb, key, submission, input.expectedVersion));
  },
});
