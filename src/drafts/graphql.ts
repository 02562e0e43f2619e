import { allowedActions } from "../core/machine.ts";
import { builder } from "../graphql/builder.ts";
import { areManaged } from "../policies/usage.service.ts";
import { PolicyVersion } from "../policies/versions.graphql.ts";
import { POLICY_VERSION_MACHINE, versionParts } from "./rules.ts";
import { areOfTwo } from "./store.ts";

builder.objectFields(PolicyVersion, (t) => ({
  allowedActions: t.stringList({
    description: "The viewer's verbs that are possible now.",
    resolve: async ({ policyId, authorId, state }, _, context) => {
      const { viewer } = context;
      const managed = { name: "managedPolicies", load: areManaged };
      const isManager = viewer.role === "ADMIN" || (viewer.role === "POLICY_MANAGER" && (await context.load(managed, policyId)));
      if (!isManager) return [];
      const mayAsk = state === "IN_REVIEW" && authorId === viewer.principalId;
      const needsAnother = mayAsk && (await context.load({ name: "policiesOfTwo", load: areOfTwo }, policyId));
      return allowedActions(POLICY_VERSION_MACHINE, state, versionParts(viewer, { authorId }, needsAnother));
    },
  }),
}));
