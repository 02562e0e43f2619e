import { decodeIfGiven } from "../core/ids.ts";
import { ROLES, type Scope, SCOPES, type Viewer } from "../core/viewer.ts";
import { EVERYBODY, verbsFor } from "../graphql/access.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { defineEntity, entityRef, loadEntity, loadPayload } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { personal } from "../graphql/personal.ts";
import { apiClientList, type GrantFilter, principalList, type PrincipalFilter, roleGrantList } from "./store.ts";
import {
  apiClientEntity, type ApiClientRow, PRINCIPAL_KINDS, principalEntity, type PrincipalRow, roleGrantEntity, type RoleGrantRow,
} from "./table.ts";

export const Principal = entityRef(principalEntity);
export const RoleGrant = entityRef(roleGrantEntity);
export const ApiClient = entityRef(apiClientEntity);

export const PrincipalKind = builder.enumType("PrincipalKind", {
  description: "What sort of actor it is.",
  values: {
    PERSON: { description: "Somebody, who acts by role." },
    SERVICE: { description: "A machine client, which acts by the scopes of its key." },
    SYSTEM: { description: "Timers and rules of the service itself. There is one." },
  } satisfies Record<(typeof PRINCIPAL_KINDS)[number], object>,
});

export const RoleEnum = builder.enumType("Role", {
  description: "What a principal may be.",
  values: {
    ADMIN: { description: "Set-up, grants, retention." },
    QA_LEAD: { description: "Plans, publishing, adjudication, escalations, reports." },
    POLICY_MANAGER: { description: "Policies, questions, arbitration." },
    AUDITOR: { description: "Audits and calibration votes." },
    ANALYST: { description: "Reads, pseudonymised." },
    VENDOR_MANAGER: { description: "Own vendor: people, actions, schedule." },
    VENDOR_QA: { description: "Own vendor: its own audits, first-tier appeals, coaching." },
    LABELER: { description: "Own published audits and appeals." },
    SERVICE: { description: "A machine client with scopes." },
  } satisfies Record<(typeof ROLES)[number], object>,
});

const MEANINGS: Record<Scope, string> = {
  "decisions:write": "Record decisions.",
  "gold:write": "Bring golden items.",
  "roster:write": "Bring labelers, move and assign them.",
  "audits:write": "Bring audits.",
  "operations:write": "Bring queue snapshots, work logs, counts and signals of user appeals.",
  "decisions:read": "Read decisions.",
  "roster:read": "Read labelers.",
  "audits:read": "Read audits.",
  "appeals:read": "Read appeals.",
  "metrics:read": "Read figures.",
  "events:read": "Follow events.",
  "exports:read": "Fetch exports.",
  "webhooks:write": "Register webhooks.",
  "documents:write": "Register and retire its own documents.",
  "people:act": "Act for people of the client's own vendor, by tokens exchanged at /oauth/token.",
};
export const ScopeEnum = builder.enumType("Scope", {
  description: "What a machine client's key is for.",
  values: Object.fromEntries(
    SCOPES.map((scope) => [scope.toUpperCase().replace(":", "_"), { value: scope, description: `${scope}: ${MEANINGS[scope]}` }]),
  ),
});

interface FilterInput extends Omit<GrantFilter, "standingAt"> {
  isStanding?: boolean | null;
}
const isStanding = (t: InputFields) => t.boolean({ description: "True: those neither revoked nor expired, nor waiting for approval. All if absent." });
const updatedAfter = (t: InputFields) => t.field({ type: "DateTime", description: "Those changed after this time." });
const readGrants = (input: FilterInput, now: Date): GrantFilter => ({
  ...input,
  principalId: decodeIfGiven("Principal", input.principalId, ["filter", "principalId"]),
  projectId: decodeIfGiven("Project", input.projectId, ["filter", "projectId"]),
  vendorId: decodeIfGiven("Vendor", input.vendorId, ["filter", "vendorId"]),
  standingAt: input.isStanding ? now : null,
});

const orders = { ID: "Order of creation.", UPDATED_AT: "By the last change." };
const principalListType = defineList(Principal, principalList, {
  orders: { ...orders, NAME: personal({ description: "By name." }) },
  filter: (t) => ({
    kinds: t.field({ type: [PrincipalKind], description: "Those of one of these kinds." }),
    emails: t.stringList(personal({ description: "Those with one of these addresses." })),
    isActive: t.boolean({ description: "True: those not deactivated; false: those deactivated." }),
    updatedAfter: updatedAfter(t),
  }),
  read: (input: PrincipalFilter) => input,
});
const roleGrantListType = defineList(RoleGrant, roleGrantList, {
  orders,
  filter: (t) => ({
    principalId: t.id({ description: "Those of this principal." }),
    roles: t.field({ type: [RoleEnum], description: "Those of one of these roles." }),
    projectId: t.id({ description: "Those that name this project; grants for all projects name none." }),
    vendorId: t.id({ description: "Those that name this vendor." }),
    isStanding: isStanding(t),
    isPending: t.boolean({ description: "True: those that wait for a second administrator's approval; false: all others." }),
    updatedAfter: updatedAfter(t),
  }),
  read: (input: FilterInput, { now }: Context) => readGrants(input, now),
});
const apiClientListType = defineList(ApiClient, apiClientList, {
  orders: { ...orders, EXPIRES_AT: "By the end." },
  filter: (t) => ({ principalId: t.id({ description: "Those of this principal." }), isStanding: isStanding(t), updatedAfter: updatedAfter(t) }),
  read: (input: FilterInput, { now }: Context) => readGrants(input, now),
});

defineEntity(Principal, {
  description: "Whoever acts: a person, a machine client or the system. The viewer sees their own; leads and administrators see all.",
  fields: (t) => ({
    kind: t.field({ type: PrincipalKind, description: "What sort of actor it is.", resolve: (row: PrincipalRow) => row.kind }),
    name: t.exposeString("name", personal({ description: "For people." })),
    email: t.exposeString("email", personal({ nullable: true as const, description: "For messages, not for signing in; null if unknown." })),
    deactivatedAt: t.field({ type: "DateTime", nullable: true, description: "When it was ended; null while active.", resolve: (row) => row.deactivatedAt }),
    grants: childList(t, roleGrantListType, "principalId", "What it is and was; seen by itself and administrators."),
    apiClients: childList(t, apiClientListType, "principalId", "Its API keys; seen by itself and administrators."),
    ...versionedFields(t),
  }),
});

defineEntity(RoleGrant, {
  description: "One thing that a principal may be, and where. Seen by the principal and administrators.",
  fields: (t) => ({
    principal: one(t, "principal", Principal, "Whose it is."),
    role: t.field({ type: RoleEnum, description: "The role.", resolve: (row: RoleGrantRow) => row.role }),
    canAdjudicate: t.exposeBoolean("canAdjudicate", { description: "May adjudicate double audits and appeals too." }),
    reason: t.exposeString("reason", { nullable: true, description: "Why it was given." }),
    expiresAt: t.field({ type: "DateTime", nullable: true, description: "When it ends; null is never.", resolve: (row) => row.expiresAt }),
    revokedAt: t.field({ type: "DateTime", nullable: true, description: "When it was revoked; null if not.", resolve: (row) => row.revokedAt }),
    isPending: t.exposeBoolean("isPending", { description: "It is ADMIN, and has no effect before a second administrator approves it." }),
    grantedBy: one(t, "grantedBy", Principal, "Who gave it. Null if that was before it was kept, or where the viewer may not see them."),
    approvedBy: one(t, "approvedBy", Principal, "Who approved it. Null if nobody had to or has yet, or where the viewer may not see them."),
    ...versionedFields(t),
  }),
});

defineEntity(ApiClient, {
  description: "An API key of a principal. The key itself is shown once, by createApiClient or rotateApiClient. Seen by the principal and administrators.",
  fields: (t) => ({
    principal: one(t, "principal", Principal, "As whom it acts."),
    name: t.exposeString("name", { description: "For people: what it is used for." }),
    prefix: t.exposeString("prefix", { description: "The key's beginning, to recognise it by; also the client_id at /oauth/token. It stays when the key is rotated." }),
    scopes: t.field({ type: [ScopeEnum], description: "What it is for; empty for people.", resolve: (row: ApiClientRow) => row.scopes }),
    expiresAt: t.field({ type: "DateTime", description: "When it ends.", resolve: (row) => row.expiresAt }),
    revokedAt: t.field({ type: "DateTime", nullable: true, description: "When it was revoked; null if not.", resolve: (row) => row.revokedAt }),
    previousExpiresAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "Until when the key before the last rotation works beside this one, perhaps a past time; null if it ended at once or there was none.",
      resolve: (row) => row.previousExpiresAt,
    }),
    lastUsedAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "When it, or a token issued for it, was last used, to two minutes; null if never. A use is no change: version and updatedAt stay.",
      resolve: (row) => row.lastUsedAt,
    }),
    ...versionedFields(t),
  }),
});

export const ViewerType = builder.objectRef<Viewer>("Viewer").implement({
  description: "Who asks, and as what.",
  fields: (t) => ({
    principal: t.field({
      type: Principal,
      description: "Who it is.",
      resolve: (viewer, _, context, info) => loadPayload(principalEntity, { projectId: null, id: viewer.principalId }, context, info),
    }),
    role: t.field({
      type: RoleEnum,
      description: "The role this request acts under; header x-assay-role chooses another.",
      resolve: (viewer) => viewer.role,
    }),
    may: t.stringList({
      description: "The mutations that are open to the role, or to the client's scopes, by name in byte order. What they refuse of a row, its allowedActions say.",
      resolve: (viewer) => verbsFor(viewer),
    }),
    grants: t.field({
      type: [RoleGrant],
      description: "Every grant that stands, also those this request does not act under.",
      resolve: async (viewer, _, context, info) => {
        const rows = await Promise.all(viewer.grants.map(({ id }) => loadEntity(roleGrantEntity, { projectId: null, id }, context, info, ["revokedAt"])));
        return rows.filter((row) => row !== null && row.revokedAt === null) as RoleGrantRow[];
      },
    }),
  }),
});

builder.queryField("viewer", (t) =>
  t.field({ type: ViewerType, description: "The caller.", extensions: { for: EVERYBODY }, resolve: (_, __, context) => context.viewer }),
);

rootList(principalListType, "principals", "Principals the viewer may see: administrators and leads all, others themselves.");
rootList(roleGrantListType, "roleGrants", "Grants the viewer may see: administrators all, others their own.");
rootList(apiClientListType, "apiClients", "API keys the viewer may see: administrators all, others their own.");
