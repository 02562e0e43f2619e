import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { principalEntity } from "../grants/table.ts";
import { Budget } from "./graphql.ts";
import { MOST_POINTS } from "./rules.ts";
import { setBudget, type SetBudgetInput } from "./service.ts";
import { budgetEntity } from "./table.ts";

defineVerb<SetBudgetInput, RowPayload>("setBudget", {
  description: "Says what a principal may spend a minute, on every process within a second. What was spent of the present minute stays spent.",
  for: { roles: ["ADMIN"] },
  input: (t) => ({
    principalId: t.id({ required: true, description: "Whose budget." }),
    pointsPerMinute: t.int({ description: `Points a minute, 1 to ${MOST_POINTS}; what everybody may if absent.` }),
    reason: t.string({ required: true, description: "Why; 1 to 2,000 characters." }),
    expectedVersion: t.int({ description: `${EXPECTED} 0 says that none was set before.` }),
  }),
  payload: (t) => ({ budget: rowField(t, budgetEntity, Budget, "The budget.") }),
  resolve: (input, context) => {
    const principalId = keyOf(principalEntity, input.principalId, ["principalId"]).id;
    return context.perform("setBudget", input, (verb) => setBudget(verb, { ...input, principalId }));
  },
});
