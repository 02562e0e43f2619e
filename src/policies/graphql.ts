import type { InputFields } from "../graphql/builder.ts";
import { rootByCode } from "../graphql/code.ts";
import { defineEntity, entityRef, keyOf } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { projectEntity } from "../projects/table.ts";
import { Severity } from "../scorecards/criteria.graphql.ts";
import { type PolicyFilter, policyList } from "./store.ts";
import { policyEntity } from "./table.ts";

export const Policy = entityRef(policyEntity);

const policyListType = defineList(Policy, policyList, {
  orders: { ID: "Order of creation.", CODE: "By code, byte by byte.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    codes: t.stringList({ description: "Those with one of these codes." }),
    projectId: t.id({ description: "Those that this project uses." }),
    isLeaf: t.boolean({ description: "True: those that a decision may name; false: those with others below them." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: ({ projectId, ...filter }: PolicyFilter) => {
    return { ...filter, projectId: projectId == null ? null : keyOf(projectEntity, projectId, ["filter", "projectId"]).id };
  },
});

defineEntity(Policy, {
  description: "A rule that content may break, or a way of not breaking one. Policies are a tree; decisions name its leaves.",
  fields: (t) => ({
    code: t.exposeString("code", { description: "Unique; never changes. NV, no violation, is there from the start." }),
    name: t.exposeString("name", { description: "For people." }),
    parent: one(t, "parent", Policy, "The policy it stands below; null at the top, and where no project of the viewer uses that one."),
    children: childList(t, policyListType, "parentId", "The policies below it."),
    isLeaf: t.exposeBoolean("isLeaf", { description: "No policy stands below it, so that a decision may name it." }),
    isViolating: t.exposeBoolean("isViolating", { description: "Content under it breaks a rule. Never changes." }),
    severity: t.expose("severity", { type: Severity, description: "The least weight of an error about it." }),
    harmCategory: t.exposeString("harmCategory", { nullable: true, description: "The kind of harm, for exposure limits; null for none." }),
    rank: t.exposeInt("rank", { nullable: true, description: "Place on an ordinal scale, such as G, PG, R, X; null where there is none." }),
    ...versionedFields(t),
  }),
});

rootList(policyListType, "policies", "Policies: staff see all, others those that a project of theirs uses; labelers those in force.");
rootByCode(policyEntity, Policy, "policyByCode", "The policy with this code; null if there is none, or the viewer may not see it.");

