import { Principal } from "../grants/graphql.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList } from "../graphql/list.ts";
import { Market } from "../vendors/graphql.ts";
import { Policy } from "./graphql.ts";
import { type PolicyVersionFilter, policyVersionList } from "./store.ts";
import { POLICY_VERSION_STATES, policyVersionEntity } from "./table.ts";

export const PolicyVersion = entityRef(policyVersionEntity);

export const PolicyVersionState = builder.enumType("PolicyVersionState", {
  description: "How far a version of a policy is.",
  values: {
    DRAFT: { description: "Being written." },
    IN_REVIEW: { description: "Waiting for approval." },
    SCHEDULED: { description: "Approved; takes effect at effectiveFrom." },
    EFFECTIVE: { description: "In force." },
    SUPERSEDED: { description: "Was in force until effectiveTo." },
    WITHDRAWN: { description: "Given up before it took effect." },
  } satisfies Record<(typeof POLICY_VERSION_STATES)[number], object>,
});

defineEntity(PolicyVersion, {
  description: "The text of a policy for a time and a market. A market's own version goes before the one for all markets.",
  fields: (t) => ({
    policy: one(t, "policy", Policy, "The policy."),
    market: one(t, "marketRow", Market, "Where it holds; null is everywhere."),
    semver: t.exposeString("semver", { description: "Its number, such as 2.1.0; unique for a policy and market." }),
    state: t.expose("state", { type: PolicyVersionState, description: "How far it is." }),
    effectiveFrom: t.field({
      type: "DateTime",
      nullable: true,
      description: "Since when it is in force, or from when on where it is SCHEDULED; null before it is approved.",
      resolve: (row) => row.effectiveFrom,
    }),
    effectiveTo: t.field({
      type: "DateTime",
      nullable: true,
      description: "Until when it was in force, itself excluded; null while it is.",
      resolve: (row) => row.effectiveTo,
    }),
    graceHours: t.exposeInt("graceHours", {
      description: "Hours from effectiveFrom in which a decision right under the version before counts as right.",
    }),
    isMandatory: t.exposeBoolean("isMandatory", { description: "Labelers must acknowledge it." }),
    diff: t.exposeString("diff", { nullable: true, description: "What changed, for people; null where nobody wrote it down." }),
    author: one(t, "author", Principal, "Who drafted it; null for what was imported or came with its policy, and where the viewer may not see the person."),
    ...versionedFields(t),
  }),
});

const versionListType = defineList(PolicyVersion, policyVersionList, {
  orders: { ID: "By effectiveFrom where it was imported, by when it was drafted otherwise.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    states: t.field({ type: [PolicyVersionState], description: "Those in one of these states." }),
    market: t.string({ description: "Those that may hold in this market: its own, and those for all." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: (input: PolicyVersionFilter) => input,
});

builder.objectFields(Policy, (t) => ({
  versions: childList(t, versionListType, "policyId", "Its texts over time. Staff see all, partners and machine clients those that are or were in force, labelers those in force."),
}));
