import type { ProjectKey } from "../core/ids.ts";
import { defineBulkVerb } from "../graphql/bulk.ts";
import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { Audit, auditListType, ErrorCause } from "./graphql.ts";
import { acknowledgeAudit, type AcknowledgeInput, publishAudit, publishAudits, voidAudit, voidAudits } from "./service.ts";
import { auditEntity } from "./table.ts";

const PUBLISHING = ["QA_LEAD", "VENDOR_MANAGER"] as const;
const WHY = "Why, for all who see the audit: 1 to 2,000 characters.";

const auditKey = (auditId: string) => keyOf(auditEntity, auditId, ["auditId"]) as ProjectKey;

interface AuditInput {
  auditId: string;
  expectedVersion?: number | null;
}

defineVerb<AuditInput, RowPayload>("publishAudit", {
  description: "Publishes a submitted first audit before its delay is over. QA_LEAD; VENDOR_MANAGER in layer VENDOR.",
  for: { roles: PUBLISHING },
  input: (t) => ({ auditId: t.id({ required: true, description: "The audit." }), expectedVersion: t.int({ description: EXPECTED }) }),
  payload: (t) => ({ audit: rowField(t, auditEntity, Audit, "The audit.") }),
  resolve: (input, context) => {
    const key = auditKey(input.auditId);
    return context.perform("publishAudit", input, (verb) => publishAudit(verb, key, input.expectedVersion));
  },
});

defineBulkVerb("publishAudits", {
  description: "Publishes submitted first audits before their delay is over, or of projects that publish in batches. QA_LEAD; VENDOR_MANAGER in layer VENDOR.",
  for: { roles: PUBLISHING },
  list: auditListType,
  ids: "auditIds",
  run: (verb, targets, { isDryRun }: { isDryRun: boolean }) => publishAudits(verb, targets, isDryRun),
});

defineVerb<AuditInput & AcknowledgeInput, RowPayload>("acknowledgeAudit", {
  description: "Says that a published audit was read; it can be contested until its window ends all the same. Its labeler; VENDOR_QA of their vendor.",
  for: { roles: ["LABELER", "VENDOR_QA"] },
  input: (t) => ({
    auditId: t.id({ required: true, description: "The audit." }),
    cause: t.field({ type: ErrorCause, description: "Why the labeler erred, as a proposal. VENDOR_QA; refused to labelers." }),
    comment: t.string({ description: "Words for the auditors: 1 to 2,000 characters." }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload: (t) => ({ audit: rowField(t, auditEntity, Audit, "The audit.") }),
  resolve: (input, context) => {
    const key = auditKey(input.auditId);
    return context.perform("acknowledgeAudit", input, (verb) => acknowledgeAudit(verb, key, input));
  },
});

const VOIDS = "The sample of a first audit waits for another auditor, and its open double audit ends. In any state but APPEALED and VOIDED.";

defineVerb<AuditInput & { reason: string }, RowPayload>("voidAudit", {
  description: `Voids an audit, so that it counts for nothing. ${VOIDS}`,
  for: { roles: ["QA_LEAD"] },
  input: (t) => ({
    auditId: t.id({ required: true, description: "The audit." }),
    reason: t.string({ required: true, description: WHY }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload: (t) => ({ audit: rowField(t, auditEntity, Audit, "The audit.") }),
  resolve: (input, context) => {
    const key = auditKey(input.auditId);
    return context.perform("voidAudit", input, (verb) => voidAudit(verb, key, input.reason, input.expectedVersion));
  },
});

defineBulkVerb("voidAudits", {
  description: `Voids audits for one reason. ${VOIDS}`,
  for: { roles: ["QA_LEAD"] },
  list: auditListType,
  ids: "auditIds",
  input: (t) => ({ reason: t.string({ required: true, description: WHY }) }),
  run: (verb, targets, input: { reason: string; isDryRun: boolean }) => voidAudits(verb, targets, input),
});
