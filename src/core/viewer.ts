import { Forbidden } from "./errors.ts";
import { SYSTEM_PRINCIPAL_ID } from "./ids.ts";

/** Roles of `domain.md` section 2, staff first, highest first. */
export const STAFF_ROLES = ["ADMIN", "QA_LEAD", "POLICY_MANAGER", "AUDITOR", "ANALYST"] as const;
export const PARTNER_ROLES = ["VENDOR_MANAGER", "VENDOR_QA", "LABELER"] as const;
/** Everybody but machine clients. */
export const PEOPLE = [...STAFF_ROLES, ...PARTNER_ROLES] as const;
export const ROLES = [...PEOPLE, "SERVICE"] as const;
export type Role = (typeof ROLES)[number];

/** Scopes of machine clients. */
export const SCOPES = [
  "decisions:write", "gold:write", "roster:write", "audits:write", "operations:write", "decisions:read", "roster:read", "audits:read",
  "appeals:read", "metrics:read", "events:read", "exports:read", "webhooks:write", "people:act", "documents:write",
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
  /** The API key that they came with, or that the token was issued for; absent with a JWT of the identity provider. */
  clientId?: string;
  /** With `clientId`: the print of the key that was shown, old or new while it is rotated. */
  keyPrint?: string;
  /** The machine client that acts for them by a token it exchanged; absent where they act themselves. */
  via?: { principalId: string; clientId: string };
  /** Their key may send its principal's registered documents, and no others. */
  isRestricted?: boolean;
}

/** Who comes: the client where one acts for somebody. Its points are spent, its connections count, and it sends its own registered documents. */
export function comerOf({ principalId, via }: Viewer): string {
  return via?.principalId ?? principalId;
}

/** True if the viewer acts in that project. */
export function actsIn(viewer: Viewer, projectId: string): boolean {
  return viewer.projectIds === null || viewer.projectIds.includes(projectId);
}

/** True for roles of a vendor, who never see another vendor's rows. */
export function isPartner(viewer: Viewer): boolean {
  return (PARTNER_ROLES as readonly Role[]).includes(viewer.role) || (viewer.role === "SERVICE" && viewer.vendorId !== null);
}

/** Who may do or read something: people by their roles, machine clients by the scope, or one of them; without one, SERVICE among the roles is any client. */
export interface Access {
  readonly roles: readonly Role[];
  readonly scope?: Scope | readonly Scope[];
}

/** The scopes of which a client needs one; none where no scope is asked for. */
export function scopesOf({ scope = [] }: Access): readonly Scope[] {
  return typeof scope === "string" ? [scope] : scope;
}

/** True if the viewer is one of those. */
export function isAmong({ role, scopes }: Viewer, access: Access): boolean {
  return access.roles.includes(role) || (role === "SERVICE" && scopesOf(access).some((scope) => scopes?.has(scope)));
}

/** Refuses a verb to viewers who are none of those. */
export function mayOnly(viewer: Viewer, verb: string, access: Access): void {
  if (isAmong(viewer, access)) return;
  const clients = access.scope ? ` or a client with scope ${scopesOf(access).join(", ")}` : "";
  throw new Forbidden(`${verb} is for ${access.roles.join(", ")}${clients}; you act as ${viewer.role}.`);
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

/**
 * Those of the roles of whom a rule about viewers holds wherever they are bound to; and the scopes without which it holds of no client. What
 * is declared of a field or type is so what its resolver goes by.
 */
export function accessOfRule(may: (viewer: Viewer) => boolean, roles: readonly Role[] = ROLES): Access {
  const holds = (role: Role, scopes: readonly Scope[] = []) => may({ ...SYSTEM_VIEWER, role, scopes: role === "SERVICE" ? new Set(scopes) : null });
  const those = roles.filter((role) => holds(role));
  const isScoped = roles.includes("SERVICE") && !those.includes("SERVICE");
  const scope = isScoped ? SCOPES.filter((each) => holds("SERVICE", [each])) : [];
  return scope.length > 0 ? { roles: those, scope } : { roles: those };
}
