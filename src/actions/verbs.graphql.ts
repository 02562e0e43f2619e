import { decodeId, decodeProjectId, type ProjectKey } from "../core/ids.ts";
import { InvalidInput } from "../core/errors.ts";
import { type Role } from "../core/viewer.ts";
import type { Verb } from "../db/verb.ts";
import { Escalation } from "../escalations/graphql.ts";
import { type EscalationVerb, rolesOf } from "../escalations/rules.ts";
import { escalationEntity } from "../escalations/table.ts";
import { builder, type Fields, type InputFields } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { loadPayload, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { ANSWERING } from "../rcas/rules.ts";
import { keyOfEscalation, movedFields, onEscalation } from "../rcas/verbs.graphql.ts";
import type { Moved } from "../rcas/service.ts";
import { waiveEffectiveness } from "./effectiveness.service.ts";
import { Action, ActionKind } from "./graphql.ts";
import type { NewAction } from "./rules.ts";
import { type ActionVerb, PROPOSING } from "./rules.ts";
import {
  approveAction, approveActionPlan, completeAction, investigateEscalation, proposeAction, reopenAction, startAction, startImplementation,
  startVerification, submitPartnerRca, verifyAction, waiveAction,
} from "./service.ts";
import { actionEntity } from "./table.ts";

const actionPayload = (t: Fields<RowPayload>) => ({ action: rowField(t, actionEntity, Action, "The action.") });
const inWords = (what: string) => `${what}, 1 to 2,000 characters.`;

const newAction = (t: InputFields) => ({
  kind: t.field({ type: ActionKind, required: true, description: "What it is against." }),
  title: t.string({ required: true, description: "What is to be done, in a line of 1 to 200 characters." }),
  description: t.string({ description: inWords("The rest") }),
  ownerId: t.id({
    required: true,
    description: "Who carries it out: QA_LEAD, AUDITOR or POLICY_MANAGER of the project, or VENDOR_MANAGER or VENDOR_QA of the vendor that the escalation is shared with.",
  }),
  dueAt: t.field({ type: "DateTime", required: true, description: "By when it should be done: to come." }),
  causeId: t.id({ description: "The cause that it is against, of an analysis of the escalation's present cycle." }),
});

const ActionInput = builder.inputRef<NewAction>("ActionInput").implement({
  description: "Something to be done about an escalation.",
  fields: (t) => newAction(t as never) as never,
});

function readAction({ kind, title, description, dueAt, ...ids }: NewAction, projectId: string, path: readonly string[]): NewAction {
  const cause = ids.causeId == null ? null : decodeProjectId("RcaCause", ids.causeId, [...path, "causeId"]);
  if (cause && cause.projectId !== projectId) {
    throw new InvalidInput(`${[...path, "causeId"].join(".")}: it is a cause of another project.`, [...path, "causeId"]);
  }
  return { kind, title, description, dueAt, ownerId: decodeId("Principal", ids.ownerId, [...path, "ownerId"]).id, causeId: cause?.id ?? null };
}

interface OnEscalation {
  escalationId: string;
  expectedVersion?: number | null;
}

defineVerb<NewAction & { escalationId: string }, RowPayload>("proposeAction", {
  description: "Proposes something to be done about an escalation that isn't over, in its present cycle. QA_LEAD, POLICY_MANAGER; vendors propose by submitPartnerRca.",
  for: { roles: PROPOSING },
  input: (t) => ({ escalationId: t.id({ required: true, description: "The escalation." }), ...newAction(t) }),
  payload: actionPayload,
  resolve: (input, context) => {
    const key = keyOfEscalation(input);
    return context.perform("proposeAction", input, (verb) => proposeAction(verb, key, readAction(input, key.projectId, [])));
  },
});

const MAY: Readonly<Record<ActionVerb, readonly Role[]>> = {
  approveAction: ["QA_LEAD"],
  startAction: ANSWERING,
  completeAction: ANSWERING,
  verifyAction: ["QA_LEAD"],
  reopenAction: ["QA_LEAD"],
  waiveAction: ["QA_LEAD"],
};

interface OnAction {
  actionId: string;
  expectedVersion?: number | null;
}

const keyOfAction = ({ actionId }: OnAction) => decodeProjectId(actionEntity.name, actionId, ["actionId"]);

// Verbs on one action, whose answer is the action.
function define<Input extends OnAction>(
  name: ActionVerb,
  description: string,
  input: (t: InputFields) => Record<string, unknown>,
  run: (verb: Verb, key: ProjectKey, input: Input) => Promise<ProjectKey>,
): void {
  defineVerb<Input, RowPayload>(name, {
    description,
    for: { roles: MAY[name] },
    input: (t) => ({
      actionId: t.id({ required: true, description: "The action." }), expectedVersion: t.int({ description: EXPECTED }), ...input(t),
    }),
    payload: actionPayload,
    resolve: (given, context) => context.perform(name, given, (verb) => run(verb, keyOfAction(given), given)),
  });
}

define<OnAction>("approveAction", "Lets a PROPOSED action begin; refused (CONFLICT) once its escalation is over.", () => ({}), (verb, key, { expectedVersion }) => approveAction(verb, key, expectedVersion));

define<OnAction>(
  "startAction",
  "Begins an APPROVED action, or one of kind CONTAINMENT that is PROPOSED. Its owner. Once the escalation is CLOSED only what was approved is begun, and nothing (CONFLICT) where it was REJECTED, CANCELLED or a DUPLICATE.",
  () => ({}),
  (verb, key, { expectedVersion }) => startAction(verb, key, expectedVersion),
);

define<OnAction & { evidence: string[] }>(
  "completeAction",
  "Says that an action IN_PROGRESS is done. Its owner.",
  (t) => ({ evidence: t.stringList({ required: true, description: "What shows it, words or references: 1 to 20, of 1 to 2,000 characters each." }) }),
  (verb, key, { evidence, expectedVersion }) => completeAction(verb, key, evidence, expectedVersion),
);

define<OnAction>(
  "verifyAction",
  "Says of a DONE action that it is in place. QA_LEAD, but not its owner.",
  () => ({}),
  (verb, key, { expectedVersion }) => verifyAction(verb, key, expectedVersion),
);

define<OnAction & { reason: string }>(
  "reopenAction",
  "Gives a DONE action back to its owner.",
  (t) => ({ reason: t.string({ required: true, description: inWords("What is missing") }) }),
  (verb, key, { reason, expectedVersion }) => reopenAction(verb, key, reason, expectedVersion),
);

define<OnAction & { reason: string }>(
  "waiveAction",
  "Gives an action up that isn't done.",
  (t) => ({ reason: t.string({ required: true, description: inWords("Why it isn't needed, or can't be had") }) }),
  (verb, key, { reason, expectedVersion }) => waiveAction(verb, key, reason, expectedVersion),
);

// Steps of an escalation that its actions decide on.
function step<Input extends OnEscalation>(
  name: EscalationVerb,
  description: string,
  input: (t: InputFields) => Record<string, unknown>,
  run: (verb: Verb, key: ProjectKey, input: Input) => Promise<ProjectKey>,
): void {
  defineVerb<Input, RowPayload>(name, {
    description,
    for: { roles: rolesOf(name) },
    input: (t) => ({ ...onEscalation(t), ...input(t) }),
    payload: (t) => ({ escalation: rowField(t, escalationEntity, Escalation, "The escalation.") }),
    resolve: (given, context) => context.perform(name, given, (verb) => run(verb, keyOfEscalation(given), given)),
  });
}

step<OnEscalation>(
  "investigateEscalation",
  "Begins to look for causes: from CONTAINING once a CONTAINMENT action is DONE (its clock stops); of SEV3 and SEV4 from TRIAGED too. Its owner, QA_LEAD.",
  () => ({}),
  (verb, key, { expectedVersion }) => investigateEscalation(verb, key, expectedVersion),
);

step<OnEscalation>(
  "approveActionPlan",
  "Approves what is PROPOSED in the present cycle, and fixes the effectiveness check: each root cause must have an action that isn't waived, one action must be " +
    "CORRECTIVE, and the check window must not have begun before today. QA_LEAD; of SEV1 and SEV2 not the escalation's owner.",
  () => ({}),
  (verb, key, { expectedVersion }) => approveActionPlan(verb, key, expectedVersion),
);

step<OnEscalation>("startImplementation", "Begins to carry out an approved plan. The escalation's owner.", () => ({}), (verb, key, { expectedVersion }) =>
  startImplementation(verb, key, expectedVersion));

step<OnEscalation>(
  "startVerification",
  "Begins to look whether it works, once all actions are DONE, VERIFIED or WAIVED: ESCALATION_ACTIONS stops. The check is made when its window is over. " +
    "The escalation's owner.",
  () => ({}),
  (verb, key, { expectedVersion }) => startVerification(verb, key, expectedVersion),
);

step<OnEscalation & { reason: string }>(
  "waiveEffectiveness",
  "Closes a SEV3 or SEV4 that is VERIFYING without its check, as WAIVED.",
  (t) => ({ reason: t.string({ required: true, description: inWords("Why it needn't be known whether it works") }) }),
  (verb, key, { reason, expectedVersion }) => waiveEffectiveness(verb, key, reason, expectedVersion),
);

defineVerb<OnEscalation & { actions: NewAction[] }, Moved & { actions: ProjectKey[] }>("submitPartnerRca", {
  description:
    "Hands in the analysis that the viewer's vendor was asked for and has written (writeRca), with the actions that it proposes: ESCALATION_PARTNER pauses, the " +
    "client's clocks run again. It must be complete, as for identifyRootCause.",
  for: { roles: rolesOf("submitPartnerRca") },
  input: (t) => ({
    ...onEscalation(t),
    actions: t.field({ type: [ActionInput], required: true, defaultValue: [], description: "What the vendor proposes to be done: at most 50." }),
  }),
  payload: (t) => ({
    ...movedFields(t as never),
    actions: t.field({
      type: [Action],
      description: "The actions, in the order given.",
      resolve: ({ actions }, _: object, context: Context, info) => actions.map((action) => loadPayload(actionEntity, action, context, info)) as never,
    }),
  }),
  resolve: (input, context) => {
    const key = keyOfEscalation(input);
    const actions = input.actions.map((action, index) => readAction(action, key.projectId, ["actions", String(index)]));
    return context.perform("submitPartnerRca", input, (verb) => submitPartnerRca(verb, key, actions, input.expectedVersion));
  },
});
