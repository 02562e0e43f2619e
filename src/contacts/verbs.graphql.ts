import { decodeIfGiven, decodeProjectId, encodeId } from "../core/ids.ts";
import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { principalEntity } from "../grants/table.ts";
import { projectEntity } from "../projects/table.ts";
import { Contact, ContactDuty, EscalationKind, EscalationSeverity } from "./graphql.ts";
import { removeContact, setContact } from "./service.ts";
import { contactEntity, type ContactRow } from "./table.ts";

interface SetInput extends Pick<ContactRow, "duty" | "leastSeverity"> {
  projectId: string;
  principalId: string;
  topic?: ContactRow["topic"];
  market?: string | null;
  vendorId?: string | null;
  name?: string | null;
  expectedVersion?: number | null;
}

defineVerb<SetInput, RowPayload>("setContact", {
  description:
    "Names who is told of escalations. The same person, duty, topic, market and vendor again changes the least severity and the name of that " +
    "contact. INVALID_INPUT for somebody without a grant in the project as QA_LEAD, AUDITOR or POLICY_MANAGER; for the duty VENDOR, as " +
    "VENDOR_MANAGER or VENDOR_QA of the vendor.",
  for: { roles: ["QA_LEAD"] },
  input: (t) => ({
    projectId: t.id({ required: true, description: "In which project." }),
    principalId: t.id({ required: true, description: "Who." }),
    duty: t.field({ type: ContactDuty, required: true, description: "As what." }),
    topic: t.field({ type: EscalationKind, description: "Of what; of all if absent." }),
    market: t.string({ description: "Of which market, by its code; of all if absent." }),
    vendorId: t.id({ description: "Of which vendor, whose people see the contact; of all if absent. VENDOR needs it." }),
    leastSeverity: t.field({ type: EscalationSeverity, required: true, defaultValue: "SEV4", description: "Of this severity and graver ones." }),
    name: t.string({ description: "What everybody who sees the contact may call it, such as a desk or a channel: 1 to 200 characters." }),
    expectedVersion: t.int({ description: `${EXPECTED} 0 says that there is no such contact yet.` }),
  }),
  payload: (t) => ({ contact: rowField(t, contactEntity, Contact, "The contact.") }),
  resolve: (input, context) => {
    const { duty, leastSeverity, topic = null, market = null, name = null } = input;
    const projectId = keyOf(projectEntity, input.projectId, ["projectId"]).id;
    const principalId = keyOf(principalEntity, input.principalId, ["principalId"]).id;
    const vendorId = decodeIfGiven("Vendor", input.vendorId, ["vendorId"]);
    const contact = { projectId, principalId, duty, topic, market, vendorId, leastSeverity, name };
    return context.perform("setContact", input, (verb) => setContact(verb, contact, input.expectedVersion));
  },
});

defineVerb<{ contactId: string; expectedVersion?: number | null }, { projectId: string; id: string }>("removeContact", {
  description: "Takes a contact away: they are told of no escalation any more, and go on watching those that they were told of.",
  for: { roles: ["QA_LEAD"] },
  input: (t) => ({ contactId: t.id({ required: true, description: "The contact." }), expectedVersion: t.int({ description: EXPECTED }) }),
  payload: (t) => ({ contactId: t.id({ description: "The contact that there was.", resolve: (key) => encodeId(contactEntity.name, key) }) }),
  resolve: (input, context) => {
    const key = decodeProjectId(contactEntity.name, input.contactId, ["contactId"]);
    return context.perform("removeContact", input, (verb) => removeContact(verb, key, input.expectedVersion));
  },
});
