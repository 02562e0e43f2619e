import { rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { RetentionKind, RetentionRule } from "./graphql.ts";
import { LEAST_DAYS, MOST_DAYS } from "./rules.ts";
import { setRetention, type SetRetentionInput } from "./service.ts";
import { retentionRuleEntity } from "./table.ts";

const LEAST = Object.entries(LEAST_DAYS).map(([kind, days]) => `${kind} ${days}`).join(", ");

defineVerb<SetRetentionInput, RowPayload>("setRetention", {
  description:
    "Says for how many days something is kept in all projects. What is older goes within minutes, then once a day, for good; retentionPreview tells beforehand what.",
  for: { roles: ["ADMIN"] },
  input: (t) => ({
    kind: t.field({ type: RetentionKind, required: true, description: "What." }),
    keepDays: t.int({ description: `Days to keep it, up to ${MOST_DAYS}; for ever if absent. At least: ${LEAST}.` }),
    reason: t.string({ required: true, description: "Why; 1 to 2,000 characters." }),
    expectedVersion: t.int({ description: `${EXPECTED} 0 says that none was set before.` }),
  }),
  payload: (t) => ({ retentionRule: rowField(t, retentionRuleEntity, RetentionRule, "The rule.") }),
  resolve: (input, context) => context.perform("setRetention", input, (verb) => setRetention(verb, input)),
});
