import { EscalationSeverity } from "../contacts/graphql.ts";
import { decodeIfGiven, decodeProjectId, type ProjectKey } from "../core/ids.ts";
import { type Role } from "../core/viewer.ts";
import type { ExpectedVersion } from "../db/changes.ts";
import type { Verb } from "../db/verb.ts";
import { builder, type Fields, type InputFields } from "../graphql/builder.ts";
import { rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { Escalation } from "./graphql.ts";
import { type EscalationVerb, rolesOf, WATCHING } from "./rules.ts";
import {
  changeSeverity, containEscalation, endEscalation, markEscalationDuplicate, reassignEscalation, resolveEscalation, resumeEscalation, shareWithPartner,
  triageEscalation, waitEscalation, watchEscalation,
} from "./steps.service.ts";
import { type EscalationRow, escalationEntity } from "./table.ts";

/** What verbs on one escalation answer. */
export const payload = (t: Fields<RowPayload>) => ({ escalation: rowField(t, escalationEntity, Escalation, "The escalation.") });

/** What verbs on one escalation take. */
export interface OnEscalation {
  escalationId: string;
  expectedVersion?: ExpectedVersion;
}

const REASON = { required: true, description: "Why, 1 to 2,000 characters." } as const;
const severity = (t: InputFields) => t.field({ type: EscalationSeverity, required: true, description: "How grave it is." });
const ownerId = (t: InputFields) => t.id({ required: true, description: "Who sees it through: a lead or policy manager of the project." });
const principal = (opaque: string) => decodeIfGiven("Principal", opaque, ["ownerId"])!;

/** A verb on one escalation, whose answer is the escalation. */
export function defineStep<Input extends OnEscalation>(
  name: string,
  description: string,
  input: (t: InputFields) => Record<string, unknown>,
  run: (verb: Verb, key: ProjectKey, input: Input) => Promise<ProjectKey>,
  roles: readonly Role[] = rolesOf(name as EscalationVerb),
): void {
  defineVerb<Input, RowPayload>(name, {
    description,
    for: { roles },
    input: (t) => ({
      escalationId: t.id({ required: true, description: "The escalation." }),
      expectedVersion: t.int({ description: EXPECTED }),
      ...input(t),
    }),
    payload,
    resolve: (given, context) => {
      const key = decodeProjectId(escalationEntity.name, given.escalationId, ["escalationId"]);
      return context.perform(name, given, (verb) => run(verb, key, given));
    },
  });
}

defineStep<OnEscalation & { ownerId: string; severity: EscalationRow["severity"]; problemStatement: string }>(
  "triageEscalation",
  "Gives an OPEN escalation its owner, severity and problem statement. Its due times are counted anew from its opening; the project's contacts for it watch it from now on.",
  (t) => ({
    ownerId: ownerId(t),
    severity: severity(t),
    problemStatement: t.string({ required: true, description: "What is wrong, where, since when and how much: 1 to 2,000 characters." }),
  }),
  (verb, key, input) => triageEscalation(verb, key, { ...input, ownerId: principal(input.ownerId) }, input.expectedVersion),
);

defineStep<OnEscalation & { duplicateOfId: string; reason: string }>(
  "markEscalationDuplicate",
  "Ends an OPEN or TRIAGED escalation that is the same as another of its project.",
  (t) => ({ duplicateOfId: t.id({ required: true, description: "The other one; not a duplicate itself." }), reason: t.string(REASON) }),
  (verb, key, { duplicateOfId, reason, expectedVersion }) =>
    markEscalationDuplicate(verb, key, { duplicateOf: decodeProjectId(escalationEntity.name, duplicateOfId, ["duplicateOfId"]), reason }, expectedVersion),
);

defineStep<OnEscalation & { reason: string }>(
  "rejectEscalation",
  "Turns down an OPEN or TRIAGED escalation.",
  (t) => ({ reason: t.string(REASON) }),
  (verb, key, { reason, expectedVersion }) => endEscalation(verb, key, "rejectEscalation", reason, expectedVersion),
);

defineStep<OnEscalation & { reason: string }>(
  "cancelEscalation",
  "Gives up an escalation, however far it is.",
  (t) => ({ reason: t.string(REASON) }),
  (verb, key, { reason, expectedVersion }) => endEscalation(verb, key, "cancelEscalation", reason, expectedVersion),
);

defineStep<OnEscalation>(
  "containEscalation",
  "Begins the containment of a TRIAGED escalation. Its owner, QA_LEAD.",
  () => ({}),
  (verb, key, { expectedVersion }) => containEscalation(verb, key, expectedVersion),
);

const Resolution = builder.enumType("EscalationResolution", {
  description: "How a small escalation is closed the short way.",
  values: {
    NO_ACTION: { description: "Nothing needs to be done." },
    FALSE_SIGNAL: { description: "What raised it was no problem." },
    KNOWN_CAUSE: { description: "The cause is known, and dealt with elsewhere." },
    FIXED: { description: "It is mended." },
  },
});

defineStep<OnEscalation & { closeReason: "NO_ACTION" | "FALSE_SIGNAL" | "KNOWN_CAUSE" | "FIXED"; reason: string }>(
  "resolveEscalation",
  "Closes a SEV3 or SEV4 the short way, from TRIAGED to VERIFYING; CONFLICT for a graver one.",
  (t) => ({ closeReason: t.field({ type: Resolution, required: true, description: "How." }), reason: t.string(REASON) }),
  (verb, key, input) => resolveEscalation(verb, key, input, input.expectedVersion),
);

const WaitsFor = builder.enumType("EscalationWait", {
  description: "For whom an escalation waits.",
  values: { PARTNER: { description: "The vendor." }, POLICY: { description: "Those who write the policies." } },
});

defineStep<OnEscalation & { waitsFor: "PARTNER" | "POLICY"; reason: string }>(
  "waitEscalation",
  "Waits for others, from TRIAGED to VERIFYING: the client's clocks stand still until it is resumed, by its owner or by the reply: what the vendor's people write to the client " +
    "in a message about it, or the answer to a policy question that is linked to it. Its owner.",
  (t) => ({ waitsFor: t.field({ type: WaitsFor, required: true, description: "For whom." }), reason: t.string(REASON) }),
  (verb, key, input) => waitEscalation(verb, key, input, input.expectedVersion),
);

defineStep<OnEscalation>(
  "resumeEscalation",
  "Goes on in the state that a waiting escalation left. An analysis that was asked of the vendor and is not handed in is withdrawn, its clock void unless it is breached. Its owner, and the system when the reply has come (waitEscalation).",
  () => ({}),
  (verb, key, { expectedVersion }) => resumeEscalation(verb, key, expectedVersion),
);

defineStep<OnEscalation & { ownerId: string }>(
  "reassignEscalation",
  "Hands an open escalation over to another owner. Its owner, QA_LEAD.",
  (t) => ({ ownerId: ownerId(t) }),
  (verb, key, input) => reassignEscalation(verb, key, principal(input.ownerId), input.expectedVersion),
);

defineStep<OnEscalation & { severity: EscalationRow["severity"]; reason: string }>(
  "changeSeverity",
  "Says how grave an open escalation is, found later: its clocks are counted anew from their start, and the project's contacts for it watch it too.",
  (t) => ({ severity: severity(t), reason: t.string(REASON) }),
  (verb, key, input) => changeSeverity(verb, key, input, input.expectedVersion),
);

defineStep<OnEscalation & { vendorId?: string | null }>(
  "shareWithPartner",
  "Shows an open escalation to the vendor concerned, for good: its managers and QA see it as it is. CONFLICT if they do already, or it concerns another vendor. Its owner, QA_LEAD.",
  (t) => ({ vendorId: t.id({ description: "The vendor, for an escalation that names none yet." }) }),
  (verb, key, { vendorId, expectedVersion }) => shareWithPartner(verb, key, decodeIfGiven("Vendor", vendorId, ["vendorId"]), expectedVersion),
);

defineStep<OnEscalation>("watchEscalation", "Lets the viewer follow an escalation that they see.", () => ({}), (verb, key) => watchEscalation(verb, key, true), WATCHING);
defineStep<OnEscalation>("unwatchEscalation", "Lets the viewer follow an escalation no more.", () => ({}), (verb, key) => watchEscalation(verb, key, false), WATCHING);
