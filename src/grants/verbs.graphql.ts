import { decodeIfGiven } from "../core/ids.ts";
import type { Role } from "../core/viewer.ts";
import type { InputFields } from "../graphql/builder.ts";
import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { Principal, PrincipalKind, RoleEnum, RoleGrant } from "./graphql.ts";
import { approveGrant, createPrincipal, deactivatePrincipal, grantRole, type PrincipalInput, revokeGrant } from "./service.ts";
import { principalEntity, roleGrantEntity } from "./table.ts";

const NAME = "1 to 200 characters.";
const reason = (t: InputFields) => t.string({ description: "Why; 1 to 2,000 characters." });
const expectedVersion = (t: InputFields) => t.int({ description: EXPECTED });
// Projects, vendors, teams and labelers stand above grants, so their ids are known here by type name alone.

interface Ending {
  reason?: string | null;
  expectedVersion?: number | null;
}

defineVerb<PrincipalInput, RowPayload>("createPrincipal", {
  description: "Adds a person or a machine client, who may do nothing before a grant.",
  for: { roles: ["ADMIN"] },
  input: (t) => ({
    kind: t.field({ type: PrincipalKind, required: true, description: "PERSON or SERVICE; there is one SYSTEM, and no other." }),
    name: t.string({ required: true, description: NAME }),
    email: t.string({ description: "For messages, not for signing in." }),
    issuer: t.string({ description: "Issuer (`iss`) of the JWTs it signs in with; goes with `subject`. Absent where API keys are used alone." }),
    subject: t.string({ description: "Subject (`sub`) of these JWTs, unique per issuer." }),
  }),
  payload: (t) => ({ principal: rowField(t, principalEntity, Principal, "The new principal.") }),
  resolve: (input, context) => context.perform("createPrincipal", input, (verb) => createPrincipal(verb, input)),
});

defineVerb<Ending & { principalId: string; reason: string }, RowPayload>("deactivatePrincipal", {
  description: "Ends a principal for ever, and revokes its grants and keys.",
  for: { roles: ["ADMIN"] },
  input: (t) => ({
    principalId: t.id({ required: true, description: "Whom." }),
    reason: t.string({ required: true, description: "Why; 1 to 2,000 characters." }),
    expectedVersion: expectedVersion(t),
  }),
  payload: (t) => ({ principal: rowField(t, principalEntity, Principal, "The principal.") }),
  resolve: (input, context) => {
    const principalId = keyOf(principalEntity, input.principalId, ["principalId"]).id;
    return context.perform("deactivatePrincipal", input, (verb) => deactivatePrincipal(verb, { ...input, principalId }));
  },
});

interface GrantRoleInput {
  principalId: string;
  role: Role;
  projectId?: string | null;
  vendorId?: string | null;
  teamId?: string | null;
  labelerId?: string | null;
  canAdjudicate?: boolean | null;
  reason?: string | null;
  expiresAt?: Date | null;
}

defineVerb<GrantRoleInput, RowPayload>("grantRole", {
  description: "Lets a principal act in a role, in one place. Staff and partner grants never mix on one principal.",
  for: { roles: ["ADMIN"] },
  input: (t) => ({
    principalId: t.id({ required: true, description: "To whom." }),
    role: t.field({ type: RoleEnum, required: true, description: "The role; SERVICE for machine clients, every other for people." }),
    projectId: t.id({ description: "The project. Required, but ADMIN has all projects and names none, and SERVICE has all if absent." }),
    vendorId: t.id({ description: "The vendor: required for VENDOR_MANAGER, VENDOR_QA and LABELER, possible for SERVICE." }),
    teamId: t.id({ description: "Narrows VENDOR_MANAGER or VENDOR_QA to one team of the vendor." }),
    labelerId: t.id({ description: "Required for LABELER, and for no other: who they are at the vendor." }),
    canAdjudicate: t.boolean({ description: "AUDITOR and QA_LEAD alone: may adjudicate double audits and appeals too. False if absent." }),
    reason: reason(t),
    expiresAt: t.field({ type: "DateTime", description: "When it ends by itself; never if absent." }),
  }),
  payload: (t) => ({ grant: rowField(t, roleGrantEntity, RoleGrant, "The grant.") }),
  resolve: (input, context) => {
    const wish = {
      role: input.role,
      principalId: keyOf(principalEntity, input.principalId, ["principalId"]).id,
      projectId: decodeIfGiven("Project", input.projectId, ["projectId"]),
      vendorId: decodeIfGiven("Vendor", input.vendorId, ["vendorId"]),
      teamId: decodeIfGiven("Team", input.teamId, ["teamId"]),
      labelerId: decodeIfGiven("Labeler", input.labelerId, ["labelerId"]),
      canAdjudicate: input.canAdjudicate ?? false,
      reason: input.reason,
      expiresAt: input.expiresAt ?? null,
    };
    return context.perform("grantRole", input, (verb) => grantRole(verb, wish, context.needsFourEyes));
  },
});

defineVerb<Ending & { grantId: string }, RowPayload>("approveGrant", {
  description: "Gives a grant of ADMIN its effect, where the service is set to want a second administrator. NotIndependentRefusal for who gave it and whose it is. Look at the principal's keys first: who holds one acts as them.",
  for: { roles: ["ADMIN"] },
  input: (t) => ({ grantId: t.id({ required: true, description: "Which." }), reason: reason(t), expectedVersion: expectedVersion(t) }),
  payload: (t) => ({ grant: rowField(t, roleGrantEntity, RoleGrant, "The grant.") }),
  resolve: (input, context) => {
    const grantId = keyOf(roleGrantEntity, input.grantId, ["grantId"]).id;
    return context.perform("approveGrant", input, (verb) => approveGrant(verb, { ...input, grantId }));
  },
});

defineVerb<Ending & { grantId: string }, RowPayload>("revokeGrant", {
  description: "Ends a grant at once. ADMIN; their own ADMIN is another administrator's to revoke.",
  for: { roles: ["ADMIN"] },
  input: (t) => ({ grantId: t.id({ required: true, description: "Which." }), reason: reason(t), expectedVersion: expectedVersion(t) }),
  payload: (t) => ({ grant: rowField(t, roleGrantEntity, RoleGrant, "The grant.") }),
  resolve: (input, context) => {
    const grantId = keyOf(roleGrantEntity, input.grantId, ["grantId"]).id;
    return context.perform("revokeGrant", input, (verb) => revokeGrant(verb, { ...input, grantId }));
  },
});
