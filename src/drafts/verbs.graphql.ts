import type { Verb } from "../db/verb.ts";
import type { Fields, InputFields } from "../graphql/builder.ts";
import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { MANAGERS } from "../policies/rules.ts";
import { policyEntity, policyVersionEntity } from "../policies/table.ts";
import { PolicyVersion } from "../policies/versions.graphql.ts";
import type { VersionVerb } from "./rules.ts";
import {
  approvePolicyVersion, createPolicyVersion, type NewVersion, returnPolicyVersion, submitPolicyVersion, withdrawPolicyVersion,
} from "./service.ts";

const payload = (t: Fields<RowPayload>) => ({ policyVersion: rowField(t, policyVersionEntity, PolicyVersion, "The version.") });
const WHOSE = "of a project that uses the policy, never of NV, and ADMIN of any";

defineVerb<Omit<NewVersion, "market" | "diff"> & { market?: string | null; diff?: string | null }, RowPayload>("createPolicyVersion", {
  description: `Drafts a version of a policy, whose author the viewer is. POLICY_MANAGER ${WHOSE}.`,
  for: { roles: MANAGERS },
  input: (t) => ({
    policyId: t.id({ required: true, description: "The policy." }),
    market: t.string({ description: "Code of the market where it is to hold; everywhere if absent." }),
    semver: t.string({ required: true, description: "Its number, such as 2.1.0: after all others of the policy and market that were not withdrawn." }),
    graceHours: t.int({
      required: true,
      defaultValue: 72,
      description: "Hours from effectiveFrom in which a decision right under the version before counts as right: 0 to 8760.",
    }),
    isMandatory: t.boolean({ required: true, defaultValue: false, description: "Labelers must acknowledge it." }),
    diff: t.string({ description: "What changes, for people: 1 to 2,000 characters." }),
  }),
  payload,
  resolve: ({ market = null, diff = null, ...rest }, context) => {
    const policyId = keyOf(policyEntity, rest.policyId, ["policyId"]).id;
    const input = { ...rest, market, diff };
    return context.perform("createPolicyVersion", input, (verb) => createPolicyVersion(verb, { ...input, policyId }));
  },
});

interface OnVersion {
  policyVersionId: string;
  expectedVersion?: number | null;
}

// Verbs on one version, whose answer is the version.
function define<Input extends OnVersion>(
  name: VersionVerb,
  description: string,
  input: (t: InputFields) => Record<string, unknown>,
  run: (verb: Verb, id: string, input: Input) => Promise<{ id: string }>,
): void {
  defineVerb<Input, RowPayload>(name, {
    description: `${description} POLICY_MANAGER ${WHOSE}.`,
    for: { roles: MANAGERS },
    input: (t) => ({
      policyVersionId: t.id({ required: true, description: "The version." }),
      expectedVersion: t.int({ description: EXPECTED }),
      ...input(t),
    }),
    payload,
    resolve: (given, context) => {
      const { id } = keyOf(policyVersionEntity, given.policyVersionId, ["policyVersionId"]);
      return context.perform(name, given, (verb) => run(verb, id, given));
    },
  });
}

const because = (what: string) => (t: InputFields) => ({ reason: t.string({ required: true, description: `${what}, 1 to 2,000 characters.` }) });

define<OnVersion>(
  "submitPolicyVersion", "Asks for a DRAFT to be approved.", () => ({}),
  (verb, id, { expectedVersion }) => submitPolicyVersion(verb, id, expectedVersion),
);

define<OnVersion & { reason: string }>(
  "returnPolicyVersion", "Makes a version under review a DRAFT again.", because("What is to be done before it can be approved"),
  (verb, id, { reason, expectedVersion }) => returnPolicyVersion(verb, id, reason, expectedVersion),
);

define<OnVersion & { effectiveFrom?: Date | null }>(
  "approvePolicyVersion",
  "Approves a version under review: from effectiveFrom on it is in force and the one before it is SUPERSEDED, at once if that time has come. Its author " +
    "is refused while a project that uses the policy has two policy managers or more.",
  (t) => ({
    effectiveFrom: t.field({
      type: "DateTime",
      description: "When it takes effect, now or later; of a policy's first version since 1970. Now if absent. No two of a policy and market at one time.",
    }),
  }),
  (verb, id, { effectiveFrom = null, expectedVersion }) => approvePolicyVersion(verb, id, effectiveFrom, expectedVersion),
);

define<OnVersion & { reason: string }>(
  "withdrawPolicyVersion", "Gives up a version that has not taken effect. Its number is free again.", because("Why"),
  (verb, id, { reason, expectedVersion }) => withdrawPolicyVersion(verb, id, reason, expectedVersion),
);
