import { decodeIfGiven } from "../core/ids.ts";
import { Principal } from "../grants/graphql.ts";
import { EVERYBODY } from "../graphql/access.ts";
import { builder } from "../graphql/builder.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { Limits } from "../graphql/limits.ts";
import { defineList, rootList } from "../graphql/list.ts";
import type { Balance } from "./rules.ts";
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

const BalanceType = builder.objectRef<Balance>("Balance").implement({
  description:
    "What the caller may spend: points, which are what operations cost. Each answer tells it in `extensions.cost` as `limit`, `remaining` and `resetSeconds`, by HTTP in the headers RateLimit-Limit, RateLimit-Remaining and RateLimit-Reset too. What costs more than is left is RATE_LIMITED, with status 429 by HTTP, and nothing of it runs. What is refused, or is no valid document, costs 1. Uploads and downloads cost 100 for each thousand rows begun, taken as these go: they are refused where 100 are not left, and not cut off later. A token of /oauth/token and the text of /schema.graphql cost 100 each.",
  extensions: { for: EVERYBODY },
  fields: (t) => ({
    pointsPerMinute: t.int({ description: "Points for a minute, which begins with the first that is spent.", resolve: ({ limit }) => limit }),
    remaining: t.exposeInt("remaining", { description: "Points left of the present minute, this operation being paid for; less by what other processes have set aside." }),
    resetSeconds: t.exposeInt("resetSeconds", { description: "Seconds until all points are back, 1 or more." }),
  }),
});

builder.objectField(Limits, "budget", (t) =>
  t.field({ type: BalanceType, description: "What the caller, by all keys and sign-ins together, may spend.", resolve: (_, __, context) => context.balance() }),
);
