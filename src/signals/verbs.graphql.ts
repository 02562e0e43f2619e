import { EscalationKind, EscalationSeverity } from "../contacts/graphql.ts";
import { InvalidInput } from "../core/errors.ts";
import { decodeIfGiven, decodeProjectId, readId } from "../core/ids.ts";
import { OPENING } from "../escalations/rules.ts";
import { defineStep, type OnEscalation, payload } from "../escalations/verbs.graphql.ts";
import { keyOf, type RowPayload } from "../graphql/entity.ts";
import { defineVerb } from "../graphql/verb.ts";
import { projectEntity } from "../projects/table.ts";
import { linkEvidence, type NewEscalation, openEscalation, unlinkEvidence } from "./opening.service.ts";
import type { Linked } from "./rules.ts";
import { LINKABLE } from "./table.ts";

const LINKED_TYPES = Object.keys(LINKABLE).join(", ");
const EVIDENCE = `At most 100 objects of these types that the viewer sees: ${LINKED_TYPES}.`;

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
    "same title, scope, error code and policy version is open.",
  for: { roles: OPENING },
  input: (t) => ({
    projectId: t.id({ required: true, description: "In which project." }),
    title: t.string({ required: true, description: "What it is about, in a line of 1 to 200 characters." }),
    kind: t.field({ type: EscalationKind, required: true, description: "What it is about." }),
    severity: t.field({ type: EscalationSeverity, required: true, description: "How grave it seems; triage says how grave it is." }),
    description: t.string({ required: true, description: "What is wrong, as far as is known: 1 to 2,000 characters. Triage makes it a problem statement." }),
    vendorId: t.id({ description: "The vendor concerned; absent for none in particular. For a vendor's manager always their own." }),
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

defineStep<OnEscalation & { evidenceIds: string[]; note?: string | null }>(
  "linkEvidence",
  "Links objects to an open escalation; what is linked already stays as it is. Who opened it, its owner, POLICY_MANAGER, QA_LEAD.",
  (t) => ({
    evidenceIds: t.idList({ required: true, description: EVIDENCE }),
    note: t.string({ description: "What they show, 1 to 2,000 characters." }),
  }),
  (verb, key, { evidenceIds, note = null, expectedVersion }) =>
    linkEvidence(verb, key, { evidence: readEvidence(key.projectId, evidenceIds), note }, expectedVersion),
);

defineStep<OnEscalation & { linkId: string }>(
  "unlinkEvidence",
  "Takes a link away from an open escalation. The object itself is not touched. Who opened it, its owner, POLICY_MANAGER, QA_LEAD.",
  (t) => ({ linkId: t.id({ required: true, description: "The EscalationLink." }) }),
  (verb, key, { linkId, expectedVersion }) => unlinkEvidence(verb, key, decodeProjectId("EscalationLink", linkId, ["linkId"]).id, expectedVersion),
);
