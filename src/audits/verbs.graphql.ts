import type { ProjectKey } from "../core/ids.ts";
import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb } from "../graphql/verb.ts";
import { Audit } from "./graphql.ts";
import { publishAudit } from "./service.ts";
import { auditEntity } from "./table.ts";

const EXPECTED = "The version that was read; refused if the row has moved on. Any version if absent.";

defineVerb<{ auditId: string; expectedVersion?: number | null }, RowPayload>("publishAudit", {
  description: "Publishes a submitted audit before its delay is over. QA_LEAD; VENDOR_MANAGER in layer VENDOR.",
  input: (t) => ({ auditId: t.id({ required: true, description: "The audit." }), expectedVersion: t.int({ description: EXPECTED }) }),
  payload: (t) => ({ audit: rowField(t, auditEntity, Audit, "The audit.") }),
  resolve: (input, context) => {
    const key = keyOf(auditEntity, input.auditId, ["auditId"]) as ProjectKey;
    return context.perform("publishAudit", input, (verb) => publishAudit(verb, key, input.expectedVersion));
  },
});
