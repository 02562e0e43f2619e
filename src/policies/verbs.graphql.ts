import { builder } from "../graphql/builder.ts";
import { keyOf, loadPayload, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { Project } from "../projects/graphql.ts";
import { projectEntity } from "../projects/table.ts";
import { Severity } from "../scorecards/criteria.graphql.ts";
import { Policy } from "./graphql.ts";
import { MANAGERS } from "./rules.ts";
import { addProjectPolicies, changePolicy, type ChangedPolicy, createPolicy, type NewPolicy } from "./service.ts";
import { policyEntity, policyVersionEntity } from "./table.ts";
import { PolicyVersion } from "./versions.graphql.ts";
import { importPolicyVersions } from "./versions.service.ts";

const CATEGORY = "The kind of harm, for exposure limits: a code";
const RANK = "Place on an ordinal scale";

function parentIdOf<T extends string | null | undefined>(opaque: T): T {
  return opaque == null ? opaque : (keyOf(policyEntity, opaque, ["parentId"]).id as T);
}

defineVerb<NewPolicy, RowPayload>("createPolicy", {
  description: "Adds a policy and its version 1.0.0, in force for all markets. ADMIN, POLICY_MANAGER; below one that is theirs to change.",
  for: { roles: MANAGERS },
  input: (t) => ({
    code: t.string({ required: true, description: '1 to 64 letters, digits, ".", "_" or "-". Never changes.' }),
    name: t.string({ required: true, description: "1 to 200 characters." }),
    parentId: t.id({ description: "The policy it stands below, which decisions then no longer name; at the top if absent." }),
    isViolating: t.boolean({ required: true, description: "Content under it breaks a rule. Never changes." }),
    severity: t.field({ type: Severity, required: true, description: "The least weight of an error about it." }),
    harmCategory: t.string({ description: `${CATEGORY}.` }),
    rank: t.int({ description: `${RANK}; none if absent.` }),
    effectiveFrom: t.field({ type: "DateTime", description: "Since when its first version is in force: 1970 to now; now if absent." }),
  }),
  payload: (t) => ({ policy: rowField(t, policyEntity, Policy, "The new policy.") }),
  resolve: (input, context) => {
    const parentId = parentIdOf(input.parentId);
    return context.perform("createPolicy", input, (verb) => createPolicy(verb, { ...input, parentId }));
  },
});

defineVerb<ChangedPolicy & { id: string }, RowPayload>("changePolicy", {
  description: "Changes a policy; absent fields stay. ADMIN, POLICY_MANAGER of a project that uses it.",
  for: { roles: MANAGERS },
  input: (t) => ({
    id: t.id({ required: true, description: "The policy." }),
    name: t.string({ description: "1 to 200 characters; null stays." }),
    severity: t.field({ type: Severity, description: "The least weight of an error about it from now on; null stays." }),
    harmCategory: t.string({ description: `${CATEGORY}; null for none.` }),
    rank: t.int({ description: `${RANK}; null for none.` }),
    parentId: t.id({ description: "The policy it stands below; null for the top. Never one of those below it." }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload: (t) => ({ policy: rowField(t, policyEntity, Policy, "The policy.") }),
  resolve: (input, context) => {
    const key = keyOf(policyEntity, input.id, ["id"]);
    const parentId = parentIdOf(input.parentId);
    return context.perform("changePolicy", input, (verb) => changePolicy(verb, key, { ...input, parentId }));
  },
});

defineVerb<{ projectId: string; policyIds: string[] }, RowPayload & { addedCount: number }>("addProjectPolicies", {
  description: "Makes a project use policies, and NV with them. Those it uses already stay. ADMIN, POLICY_MANAGER of the project.",
  for: { roles: MANAGERS },
  input: (t) => ({
    projectId: t.id({ required: true, description: "The project." }),
    policyIds: t.idList({ required: true, description: "The policies; at most 500." }),
  }),
  payload: (t) => ({
    project: rowField(t as never, projectEntity, Project, "The project."),
    addedCount: t.exposeInt("addedCount", { description: "How many it did not use before." }),
  }),
  resolve: (input, context) => {
    const projectId = keyOf(projectEntity, input.projectId, ["projectId"]).id;
    const policyIds = input.policyIds.map((id, index) => keyOf(policyEntity, id, ["policyIds", String(index)]).id);
    return context.perform("addProjectPolicies", input, (verb) => addProjectPolicies(verb, projectId, policyIds));
  },
});

interface VersionInput {
  policyId: string;
  market?: string | null;
  semver: string;
  effectiveFrom: Date;
  effectiveTo?: Date | null;
  graceHours: number;
  isMandatory: boolean;
  diff?: string | null;
}

const ImportedVersionInput = builder.inputRef<VersionInput>("ImportedPolicyVersionInput").implement({
  description: "One version of a policy's history.",
  fields: (t) => ({
    policyId: t.id({ required: true, description: "The policy." }),
    market: t.string({ description: "Code of the market where it holds; everywhere if absent." }),
    semver: t.string({ required: true, description: "Its number, such as 2.1.0; unique for the policy and market." }),
    effectiveFrom: t.field({ type: "DateTime", required: true, description: "Since when it is in force: 1970 to now." }),
    effectiveTo: t.field({ type: "DateTime", description: "Until when it was in force, itself excluded; still in force if absent." }),
    graceHours: t.int({
      required: true,
      defaultValue: 72,
      description: "Hours in which a decision right under the version before counts as right: 0 to 8760.",
    }),
    isMandatory: t.boolean({ required: true, defaultValue: false, description: "Labelers must acknowledge it." }),
    diff: t.string({ description: "What changed, for people." }),
  }),
});

defineVerb<{ versions: VersionInput[] }, { ids: string[]; supersededCount: number }>("importPolicyVersions", {
  description:
    "Adds the history of policies, all or nothing. The periods of a policy and market follow each other without overlap or hole; an " +
    "open version is closed by one that starts after it. Decisions recorded earlier keep their version. ADMIN, POLICY_MANAGER of a " +
    "project that uses the policy.",
  for: { roles: MANAGERS },
  input: (t) => ({
    versions: t.field({ type: [ImportedVersionInput], required: true, description: "The versions, in any order: 1 to 500." }),
  }),
  payload: (t) => ({
    versions: t.field({
      type: [PolicyVersion],
      description: "The new versions, in the order of the input.",
      resolve: ({ ids }, _, context, info) => {
        const rows = ids.map((id) => loadPayload(policyVersionEntity, { projectId: null, id }, context, info));
        return Promise.all(rows) as never;
      },
    }),
    supersededCount: t.exposeInt("supersededCount", { description: "How many open versions they closed." }),
  }),
  resolve: (input, context) => {
    const versions = input.versions.map(({ market = null, effectiveTo = null, diff = null, ...version }, index) => {
      const policyId = keyOf(policyEntity, version.policyId, ["versions", String(index), "policyId"]).id;
      return { ...version, policyId, market, effectiveTo, diff };
    });
    return context.perform("importPolicyVersions", input, (verb) => importPolicyVersions(verb, versions));
  },
});
