import { Forbidden } from "./errors.ts";
import { SYSTEM_PRINCIPAL_ID } from "./ids.ts";

/** Roles of `domain.md` section 2, staff first, highest first. */
export const STAFF_ROLES = ["ADMIN", "QA_LEAD", "POLICY_MANAGER", "AUDITOR", "ANALYST"] as const;
export const PARTNER_ROLES = ["VENDOR_MANAGER", "VENDOR_QA", "LABELER"] as const;
export const ROLES = [...STAFF_ROLES, ...PARTNER_ROLES, "SERVICE"] as const;
export type Role = (typeof ROLES)[number];

/** Scopes of machine clients. */
export const SCOPES = [
  "decisions:write", "gold:write", "roster:write", "audits:write", "operations:write", "decisions:read", "roster:read", "audits:read",
  "appeals:read", "metrics:read", "events:read", "exports:read", "webhooks:write",
] as const;
export type Scope = (typeof SCOPES)[number];

/** One grant of a principal; `projectId` null means all projects (ADMIN and SERVICE only). */
export interface Grant {
  id: string;
  role: Role;
  projectId: string | null;
  vendorId: string | null;
  teamId: string | null;
  labelerId: string | null;
  canAdjudicate: boolean;
  expiresAt: Date | null;
}

/** Who asks, and the one role family (and vendor) under which this request acts. */
export interface Viewer {
  principalId: string;
  role: Role;
  /** Every grant of the principal that has not expired. */
  grants: readonly Grant[];
  /** Projects of the acting role's grants; null means all. */
  projectIds: readonly string[] | null;
  vendorId: string | null;
  teamId: string | null;
  labelerId: string | null;
  /** Of a machine client; null for people, whose role decides. */
  scopes: ReadonlySet<Scope> | null;
  /** When the credential ends: open sockets are closed then. */
  expiresAt: Date | null;
  /** The API key they came with; absent with a JWT. */
  clientId?: string;
}

/** True if the viewer acts in that project. */
export function actsIn(viewer: Viewer, projectId: string): boolean {
  return viewer.projectIds === null || viewer.projectIds.includes(projectId);
}

/** True for roles of a vendor, who never see another vendor's rows. */
export function isPartner(viewer: Viewer): boolean {
  return (PARTNER_ROLES as readonly Role[]).includes(viewer.role) || (viewer.role === "SERVICE" && viewer.vendorId !== null);
}

/** Refuses a verb to viewers of other roles; a machine client needs the scope, if the verb is for clients at all. */
export function mayOnly(viewer: Viewer, verb: string, roles: readonly Role[], scope?: Scope): void {
  if (viewer.role === "SERVICE" ? scope && viewer.scopes?.has(scope) : roles.includes(viewer.role)) return;
  const clients = scope ? ` or a client with scope ${scope}` : "";
  throw new Forbidden(`${verb} is for ${roles.join(", ")}${clients}; you act as ${viewer.role}.`);
}

/** The system as a viewer: local commands act as it, with an administrator's rights and no grants that could be withdrawn. */
export const SYSTEM_VIEWER: Viewer = {
  principalId: SYSTEM_PRINCIPAL_ID,
  role: "ADMIN",
  grants: [],
  projectIds: null,
  vendorId: null,
  teamId: null,
  labelerId: null,
  scopes: null,
  expiresAt: null,
};
