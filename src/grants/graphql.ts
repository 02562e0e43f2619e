import { type Grant, ROLES, type Viewer } from "../core/viewer.ts";
import { builder } from "../graphql/builder.ts";
import { defineEntity, entityRef, loadPayload } from "../graphql/entity.ts";
import { principalEntity } from "./table.ts";

export const Principal = entityRef(principalEntity);

defineEntity(Principal, {
  description: "Whoever acts: a person, a machine client or the system. The viewer sees their own; leads and administrators see all.",
  fields: (t) => ({
    name: t.exposeString("name", { description: "For people. Personal." }),
    email: t.exposeString("email", { nullable: true, description: "Personal." }),
  }),
});

const RoleEnum = builder.enumType("Role", {
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

const GrantType = builder.objectRef<Grant>("RoleGrant").implement({
  description: "One thing that a principal may be, and where.",
  fields: (t) => ({
    role: t.field({ type: RoleEnum, description: "The role.", resolve: (grant) => grant.role }),
    canAdjudicate: t.exposeBoolean("canAdjudicate", { description: "May adjudicate double audits and appeals too." }),
    expiresAt: t.field({ type: "DateTime", nullable: true, description: "When it ends; null is never.", resolve: (grant) => grant.expiresAt }),
  }),
});

const ViewerType = builder.objectRef<Viewer>("Viewer").implement({
  description: "Who asks, and as what.",
  fields: (t) => ({
    principal: t.field({
      type: Principal,
      description: "Who it is.",
      resolve: (viewer, _, context, info) => loadPayload(principalEntity, { projectId: null, id: viewer.principalId }, context, info),
    }),
    role: t.field({ type: RoleEnum, description: "The role this request acts under; header x-assay-role chooses another.", resolve: (viewer) => viewer.role }),
    grants: t.field({ type: [GrantType], description: "Every grant that stands, also those this request does not act under.", resolve: (viewer) => [...viewer.grants] }),
  }),
});

builder.queryField("viewer", (t) =>
  t.field({ type: ViewerType, description: "The caller.", resolve: (_, __, context) => context.viewer }),
);
