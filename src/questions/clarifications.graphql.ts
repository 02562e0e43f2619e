import { decodeId } from "../core/ids.ts";
import { Principal } from "../grants/graphql.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { Policy } from "../policies/graphql.ts";
import { PolicyVersion } from "../policies/versions.graphql.ts";
import { Project } from "../projects/graphql.ts";
import { Market } from "../vendors/graphql.ts";
import { PolicyQuestion } from "./graphql.ts";
import { type ClarificationFilter, clarificationList } from "./store.ts";
import { clarificationEntity } from "./table.ts";

export const Clarification = entityRef(clarificationEntity);

defineEntity(Clarification, {
  description: "How a policy is to be read, published to everybody in the project, partners and labelers too. It never changes.",
  fields: (t) => ({
    text: t.exposeString("text", { description: "The words." }),
    publishedAt: t.field({ type: "DateTime", description: "Since when it is known.", resolve: ({ publishedAt }) => publishedAt }),
    project: one(t, "project", Project, "In which project it holds."),
    policy: one(t, "policy", Policy, "The policy; null for labelers while it is not in force."),
    policyVersion: one(t, "policyVersion", PolicyVersion, "The version that it is about; null for all, or where the viewer may not see it."),
    market: one(t, "marketRow", Market, "Where it holds; null is everywhere."),
    question: one(t, "question", PolicyQuestion, "What it answers; null where nobody asked, or the viewer may not see the question."),
    publishedBy: one(t, "publishedBy", Principal, "Who published it; null where the viewer may not see the person."),
  }),
});

export const clarificationListType = defineList(Clarification, clarificationList, {
  orders: { ID: "Order of publication.", PUBLISHED_AT: "By when they were published." },
  filter: (t: InputFields) => ({
    policyIds: t.idList({ description: "Those of one of these policies." }),
    markets: t.stringList({ description: "Those that hold in one of these markets, by its code: its own, and those for all." }),
    publishedAfter: t.field({ type: "DateTime", description: "Those published after this time." }),
  }),
  read: ({ policyIds, ...filter }: ClarificationFilter): ClarificationFilter => ({
    ...filter,
    policyIds: policyIds?.map((id) => decodeId("Policy", id, ["filter", "policyIds"]).id),
  }),
});

rootList(clarificationListType, "clarifications", "Clarifications of the viewer's projects.");
builder.objectFields(Project, (t) => ({ clarifications: childList(t, clarificationListType, "projectId", "How its policies are to be read.") }));
builder.objectFields(Policy, (t) => ({ clarifications: childList(t, clarificationListType, "policyId", "How it is to be read, in the viewer's projects.") }));
