import { EscalationKind, EscalationSeverity } from "../contacts/graphql.ts";
import { InvalidInput } from "../core/errors.ts";
import { decodeIfGiven, decodeProjectId, type ProjectKey, readId } from "../core/ids.ts";
import type { ExpectedVersion } from "../db/changes.ts";
import type { Verb } from "../db/verb.ts";
import { builder, type Fields, type InputFields } from "../graphql/builder.ts";
import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { projectEntity } from "../projects/table.ts";
import { Escalation } from "./graphql.ts";
import {
  linkEvidence, type NewEscalation, openEscalation, shareWithPartner, unlinkEvidence, watchEscalation,
} from "./opening.service.ts";
import type { Linked } from "./rules.ts";
import {
  changeSeverity, containEscalation, endEscalation, markEscalationDuplicate, reassignEscalation, resolveEscalation, resumeEscalation, triageEscalation, waitEscalation,
} from "./service.ts";
import { type EscalationRow, escalationEntity, LINKABLE } from "./table.ts";

const LINKED_TYPES = Object.keys(LINKABLE).join(", ");
const EVIDENCE = `At most 100 objects of these types that the viewer sees: ${LINKED_TYPES}.`;

const payload = (t: Fields<RowPayload>) => ({ escalation: rowField(t, escalationEntity, Escalation, "The escalation.") });

// What a project owns must be this one's; policy versions are no project's.
function readEvidence(projectId: string, ids: readonly string[]): Linked[] {
  return ids.map((opaque, index) => {
    const path = ["evidenceIds", String(index)];
    const read = readId(opaque);
    if (!read || !Object.hasOwn(LINKABLE, read.type)) {
      throw new InvalidInput(`evidenceIds[${index}]: "${opaque}" can't be linked; take the id of one of: ${LINKED_TYPES}.`, path);
    }
    if (read.key.projectId !== null && read.key.projectId !== projectId) {
      throw new InvalidInput(`evidenceIds[${index}]: it is of another project; link what is of the escalation's own.`, path);
    }
    return { type: read.type as Linked["type"], id: read.key.id };
  });
}

interface OpenInput extends Pick<NewEscalation, "title" | "kind" | "severity" | "description"> {
  projectId: string;
  vendorId?: string | null;
  queueIds?: string[] | null;
  market?: string | null;
  policyId?: string | null;
  policyVersionId?: string | null;
  errorCodeId?: string | null;
  evidenceIds?: string[] | null;
  isShared: boolean;
}

defineVerb<OpenInput, RowPayload>("openEscalation", {
  description:
    "Opens an escalation; its clocks start. What a vendor's manager opens concerns their vendor, which sees it. CONFLICT, naming it, while one of the " +
    "same title, scope, error code and policy version is open. QA_LEAD, AUDITOR, POLICY_MANAGER, VENDOR_MANAGER.",
  input: (t) => ({
    projectId: t.id({ required: true, description: "In which project." }),
    title: t.string({ required: true, description: "What it is about, in a line of 1 to 200 characters." }),
    kind: t.field({ type: EscalationKind, required: true, description: "What it is about." }),
    severity: t.field({ type: EscalationSeverity, required: true, description: "How grave it seems; triage says how grave it is." }),
    description: t.string({ required: true, description: "What is wrong, as far as is known: 1 to 2,000 characters. Triage makes it a problem statement." }),
    vendorId: t.id({ description: "The vendor concerned; absent for none in particular. A vendor's manager's own, whatever is given." }),
    queueIds: t.idList({ description: "The queues concerned; absent for none in particular." }),
    market: t.string({ description: "The market concerned, by its code; absent for none in particular." }),
    policyId: t.id({ description: "The policy concerned, one that the project uses; absent for none in particular." }),
    policyVersionId: t.id({ description: "The version of it; absent where it doesn't matter." }),
    errorCodeId: t.id({ description: "The error concerned; absent for none in particular." }),
    evidenceIds: t.idList({ description: `What it goes by. ${EVIDENCE}` }),
    isShared: t.boolean({ required: true, defaultValue: false, description: "If true, the vendor concerned sees it from the start." }),
  }),
  payload,
  resolve: (input, context) => {
    const { title, kind, severity, description, market, isShared } = input;
    const projectId = keyOf(projectEntity, input.projectId, ["projectId"]).id;
    const given = {
      projectId, title, kind, severity, description, market, isShared,
      vendorId: decodeIfGiven("Vendor", input.vendorId, ["vendorId"]),
      queueIds: (input.queueIds ?? []).map((id) => decodeProjectId("Queue", id, ["queueIds"]).id),
      policyId: decodeIfGiven("Policy", input.policyId, ["policyId"]),
      policyVersionId: decodeIfGiven("PolicyVersion", input.policyVersionId, ["policyVersionId"]),
      errorCodeId: decodeIfGiven("ErrorCode", input.errorCodeId, ["errorCodeId"]),
      evidence: readEvidence(projectId, input.evidenceIds ?? []),
    };
    return context.perform("openEscalation", input, (verb) => openEscalation(verb, given));
  },
});

interface OnEscalation {
  escalationId: string;
  expectedVersion?: ExpectedVersion;
}

const REASON = { required: true, description: "Why, 1 to 2,000 characters." } as const;
const severity = (t: InputFields) => t.field({ type: EscalationSeverity, required: true, description: "How grave it is." });
const ownerId = (t: InputFields) => t.id({ required: true, description: "Who sees it through: a lead or policy manager of the project." });
const principal = (opaque: string) => decodeIfGiven("Principal", opaque, ["ownerId"])!;

// Verbs on one escalation, whose answer is the escalation.
function define<Input extends OnEscalation>(
  name: string,
  description: string,
  input: (t: InputFields) => Record<string, unknown>,
  run: (verb: Verb, key: ProjectKey, input: Input) => Promise<ProjectKey>,
): void {
  defineVerb<Input, RowPayload>(name, {
    description,
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

define<OnEscalation & { ownerId: string; severity: EscalationRow["severity"]; problemStatement: string }>(
  "triageEscalation",
  "Gives an OPEN escalation its owner, severity and problem statement. Its due times are counted anew from its opening; the project's contacts for it watch it from now on. QA_LEAD.",
  (t) => ({
    ownerId: ownerId(t),
    severity: severity(t),
    problemStatement: t.string({ required: true, description: "What is wrong, where, since when and how much: 1 to 2,000 characters." }),
  }),
  (verb, key, input) => triageEscalation(verb, key, { ...input, ownerId: principal(input.ownerId) }, input.expectedVersion),
);

define<OnEscalation & { duplicateOfId: string; reason: string }>(
  "markEscalationDuplicate",
  "Ends an OPEN or TRIAGED escalation that is the same as another of its project. QA_LEAD.",
  (t) => ({ duplicateOfId: t.id({ required: true, description: "The other one; not a duplicate itself." }), reason: t.string(REASON) }),
  (verb, key, { duplicateOfId, reason, expectedVersion }) =>
    markEscalationDuplicate(verb, key, { duplicateOf: decodeProjectId(escalationEntity.name, duplicateOfId, ["duplicateOfId"]), reason }, expectedVersion),
);

define<OnEscalation & { reason: string }>(
  "rejectEscalation",
  "Turns down an OPEN or TRIAGED escalation. QA_LEAD.",
  (t) => ({ reason: t.string(REASON) }),
  (verb, key, { reason, expectedVersion }) => endEscalation(verb, key, "rejectEscalation", reason, expectedVersion),
);

define<OnEscalation & { reason: string }>(
  "cancelEscalation",
  "Gives up an escalation, however far it is. QA_LEAD.",
  (t) => ({ reason: t.string(REASON) }),
  (verb, key, { reason, expectedVersion }) => endEscalation(verb, key, "cancelEscalation", reason, expectedVersion),
);

define<OnEscalation>(
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

define<OnEscalation & { closeReason: "NO_ACTION" | "FALSE_SIGNAL" | "KNOWN_CAUSE" | "FIXED"; reason: string }>(
  "resolveEscalation",
  "Closes a SEV3 or SEV4 the short way, from TRIAGED to VERIFYING; CONFLICT for a graver one. QA_LEAD.",
  (t) => ({ closeReason: t.field({ type: Resolution, required: true, description: "How." }), reason: t.string(REASON) }),
  (verb, key, input) => resolveEscalation(verb, key, input, input.expectedVersion),
);

const WaitsFor = builder.enumType("EscalationWait", {
  description: "For whom an escalation waits.",
  values: { PARTNER: { description: "The vendor." }, POLICY: { description: "Those who write the policies." } },
});

define<OnEscalation & { waitsFor: "PARTNER" | "POLICY"; reason: string }>(
  "waitEscalation",
  "Waits for others, from TRIAGED to VERIFYING: the client's clocks stand still until it is resumed. Its owner.",
  (t) => ({ waitsFor: t.field({ type: WaitsFor, required: true, description: "For whom." }), reason: t.string(REASON) }),
  (verb, key, input) => waitEscalation(verb, key, input, input.expectedVersion),
);

define<OnEscalation>(
  "resumeEscalation",
  "Goes on in the state that a waiting escalation left. An analysis that was asked of the vendor and is not handed in is withdrawn, its clock void unless it is breached. Its owner.",
  () => ({}),
  (verb, key, { expectedVersion }) => resumeEscalation(verb, key, expectedVersion),
);

define<OnEscalation & { ownerId: string }>(
  "reassignEscalation",
  "Hands an open escalation over to another owner. Its owner, QA_LEAD.",
  (t) => ({ ownerId: ownerId(t) }),
  (verb, key, input) => reassignEscalation(verb, key, principal(input.ownerId), input.expectedVersion),
);

define<OnEscalation & { severity: EscalationRow["severity"]; reason: string }>(
  "changeSeverity",
  "Says how grave an open escalation is, found later: its clocks are counted anew from their start, and the project's contacts for it watch it too. QA_LEAD.",
  (t) => ({ severity: severity(t), reason: t.string(REASON) }),
  (verb, key, input) => changeSeverity(verb, key, input, input.expectedVersion),
);

define<OnEscalation & { vendorId?: string | null }>(
  "shareWithPartner",
  "Shows an open escalation to the vendor concerned, for good: its managers and QA see it as it is. CONFLICT if they do already, or it concerns another vendor. Its owner, QA_LEAD.",
  (t) => ({ vendorId: t.id({ description: "The vendor, for an escalation that names none yet." }) }),
  (verb, key, { vendorId, expectedVersion }) => shareWithPartner(verb, key, decodeIfGiven("Vendor", vendorId, ["vendorId"]), expectedVersion),
);

define<OnEscalation & { evidenceIds: string[]; note?: string | null }>(
  "linkEvidence",
  "Links objects to an open escalation; what is linked already stays as it is. Who opened it, its owner, POLICY_MANAGER, QA_LEAD.",
  (t) => ({
    evidenceIds: t.idList({ required: true, description: EVIDENCE }),
    note: t.string({ description: "What they show, 1 to 2,000 characters." }),
  }),
  (verb, key, { evidenceIds, note = null, expectedVersion }) =>
    linkEvidence(verb, key, { evidence: readEvidence(key.projectId, evidenceIds), note }, expectedVersion),
);

define<OnEscalation & { linkId: string }>(
  "unlinkEvidence",
  "Takes a link away from an open escalation. The object itself is not touched. Who opened it, its owner, POLICY_MANAGER, QA_LEAD.",
  (t) => ({ linkId: t.id({ required: true, description: "The EscalationLink." }) }),
  (verb, key, { linkId, expectedVersion }) => unlinkEvidence(verb, key, decodeProjectId("EscalationLink", linkId, ["linkId"]).id, expectedVersion),
);

const WATCHERS = "QA_LEAD, AUDITOR, POLICY_MANAGER, VENDOR_MANAGER, VENDOR_QA.";

define<OnEscalation>("watchEscalation", `Lets the viewer follow an escalation that they see. ${WATCHERS}`, () => ({}), (verb, key) => watchEscalation(verb, key, true));
define<OnEscalation>("unwatchEscalation", `Lets the viewer follow an escalation no more. ${WATCHERS}`, () => ({}), (verb, key) => watchEscalation(verb, key, false));
