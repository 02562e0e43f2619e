import { decodeIfGiven } from "../core/ids.ts";
import { Principal } from "../grants/graphql.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { defineList, rootList } from "../graphql/list.ts";
import { type BudgetFilter, budgetList } from "./store.ts";
import { budgetEntity, type BudgetRow } from "./table.ts";

export const Budget = entityRef(budgetEntity);

const budgetListType = defineList(Budget, budgetList, {
  orders: { ID: "Order of creation.", UPDATED_AT: "By the last change." },
  filter: (t) => ({
    principalId: t.id({ description: "The one of this principal." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: (input: BudgetFilter) => ({ ...input, principalId: decodeIfGiven("Principal", input.principalId, ["filter", "principalId"]) }),
});

defineEntity(Budget, {
  description:
    "What an administrator has allowed a principal to spend; whoever has none spends what everybody may. Points are an operation's cost, told as `requested` in `extensions.cost`. Seen by the principal and administrators.",
  fields: (t) => ({
    principal: one(t, "principal", Principal, "Whose it is: all keys and sign-ins of a principal spend from one."),
    pointsPerMinute: t.exposeInt("pointsPerMinute", {
      nullable: true,
      description: "Points that may be spent within a minute from the first of them; null for what everybody may.",
    }),
    reason: t.exposeString("reason", { description: "Why it was set so." }),
    ...versionedFields<BudgetRow>(t),
  }),
});

rootList(budgetListType, "budgets", "Budgets that were set, as far as the viewer may see them: administrators all, others their own.");
