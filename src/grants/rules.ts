import { createHash, randomBytes } from "node:crypto";
import { Conflict, InvalidInput, NotIndependent } from "../core/errors.ts";
import { type Grant, PARTNER_ROLES, type Role, ROLES, type Scope, STAFF_ROLES, type Viewer } from "../core/viewer.ts";
import type { PrincipalRow, RoleGrantRow } from "./table.ts";

const KEY = /^assay_[A-Za-z0-9]{8}_[A-Za-z0-9_-]{43}$/;

const newPrefix = () => `assay_${randomBytes(6).toString("base64url").replace(/[_-]/g, "x")}`;

/** A new API key with its prefix (to recognise it) and its hash (all that is stored of it). 256 random bits, so a plain hash is safe. */
export function makeKey(prefix = newPrefix()): { key: string; prefix: string; keyHash: string } {
  const key = `${prefix}_${randomBytes(32).toString("base64url")}`;
  return { key, prefix, keyHash: hashKey(key) };
}

/** True for text of an API key's form; every other bearer token is taken for a JWT. */
export function isKey(token: string): boolean {
  return KEY.test(token);
}

/** SHA-256 of the key, in hex. */
export function hashKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** A print of a key by its hash, with 64 bits: enough to tell a client's keys apart, nothing to find one by. */
export function printOfKey(keyHash: string): string {
  return keyHash.slice(0, 16);
}

/** A client's key by what may be told of it: after a rotation it is another. */
export interface KnownKey {
  clientId: string;
  keyPrint: string;
}

/** What a credential leads to. */
export interface Credential {
  principalId: string;
  grants: readonly Grant[];
  /** Every project, for grants that name none. */
  allProjectIds: readonly string[];
  scopes: readonly Scope[];
  vendorIdByCode: ReadonlyMap<string, string>;
  expiresAt: Date | null;
  clientId?: string;
  keyPrint?: string;
  via?: Viewer["via"];
  isRestricted?: boolean;
}

/** An API key that stands. */
export type Client = Pick<Credential, "principalId" | "scopes"> & KnownKey & { expiresAt: Date; isRestricted: boolean };

const endOf = ({ expiresAt }: Grant) => expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
const timeAt = (milliseconds: number) => (milliseconds === Number.POSITIVE_INFINITY ? null : new Date(milliseconds));

/** What an API key leads to by the grants of its principal. */
export function credentialOfClient(client: Client, grants: readonly Grant[]) {
  return { ...client, grants };
}

/**
 * What a key leads to when its client acts for somebody else: their grants as people of the client's own vendor, in projects where the client
 * has one too, until the first of the two ends. Null if that is none, the key isn't for this, or the client is of no vendor (or not of the one that is named).
 */
export function credentialOnBehalf(
  { principalId, clientId, keyPrint, scopes, expiresAt, isRestricted }: Client,
  own: readonly Grant[],
  person: { principalId: string; vendorId?: string; grants: readonly Grant[] },
) {
  const at = own.filter(({ role, vendorId }) => role === "SERVICE" && vendorId !== null && vendorId === (person.vendorId ?? vendorId));
  const covers = (grant: Grant) => at.filter(({ vendorId, projectId }) => grant.vendorId === vendorId && (projectId === null || grant.projectId === projectId));
  const grants = person.grants.filter(({ role }) => familyOf(role) === "partner").flatMap((grant) => {
    const ends = covers(grant).map(endOf);
    return ends.length > 0 ? [{ ...grant, expiresAt: timeAt(Math.min(endOf(grant), Math.max(...ends))) }] : [];
  });
  if (grants.length === 0 || !scopes.includes("people:act")) return null;
  return { principalId: person.principalId, grants, scopes: [], expiresAt, clientId, keyPrint, isRestricted, via: { principalId, clientId } };
}

interface Wish {
  role: Role;
  vendorCode: string | null;
}

/** Reads the header `x-assay-role`: `ROLE` or `ROLE:vendorCode`. */
export function readRoleHeader(header: string | null): Wish | null {
  if (!header) return null;
  const [role, vendorCode] = header.split(":", 2) as [string, string?];
  if (!(ROLES as readonly string[]).includes(role)) throw new InvalidInput(`x-assay-role: "${header}" must be ROLE or ROLE:vendorCode, ROLE one of ${ROLES.join(", ")}.`, ["x-assay-role"]);
  return { role: role as Role, vendorCode: vendorCode ?? null };
}

function offer(grants: readonly Grant[], vendorIdByCode: ReadonlyMap<string, string>): string {
  const codeById = new Map([...vendorIdByCode].map(([code, id]) => [id, code]));
  const lines = grants.map(({ role, vendorId }) => (vendorId ? `${role}:${codeById.get(vendorId)}` : role));
  return `name one of yours by the header x-assay-role: ${[...new Set(lines)].join(", ") || "there is none"}.`;
}

function lineOf(grant: Grant): string {
  return `${grant.role}:${grant.vendorId ?? ""}:${grant.labelerId ?? ""}`;
}

function choose(grants: readonly Grant[], wish: Wish | null, vendorIdByCode: ReadonlyMap<string, string>): Grant {
  const fits = wish
    ? grants.filter((g) => g.role === wish.role && (wish.vendorCode === null || g.vendorId === vendorIdByCode.get(wish.vendorCode)))
    : grants;
  const [first, ...others] = fits;
  if (!first) {
    const reason = wish ? `you hold no such grant; ${offer(grants, vendorIdByCode)}` : "You hold no grant; ask an administrator for one.";
    throw new InvalidInput(reason, ["x-assay-role"]);
  }
  const staff = STAFF_ROLES.flatMap((role) => fits.filter((grant) => grant.role === role))[0];
  if (staff) return staff;
  if (others.some((grant) => lineOf(grant) !== lineOf(first))) {
    throw new InvalidInput(`You hold several grants; ${offer(fits, vendorIdByCode)}`, ["x-assay-role"]);
  }
  return first;
}

/**
 * The viewer that a credential acts as: one role family and, for partners, one vendor (`domain.md` section 2). Staff act as their highest
 * role unless the header names another; partners with several must name one.
 */
export function viewerOf(credential: Credential, header: string | null, now: Date): Viewer {
  const grants = credential.grants.filter((grant) => !grant.expiresAt || grant.expiresAt > now);
  const chosen = choose(grants, readRoleHeader(header), credential.vendorIdByCode);
  const sameLine = grants.filter((grant) => lineOf(grant) === lineOf(chosen));
  // Grants without a team are wider than those with one; they are never mixed.
  const teamId = sameLine.some((grant) => grant.teamId === null) ? null : chosen.teamId;
  const acting = sameLine.filter((grant) => grant.teamId === teamId);
  const isEverywhere = acting.some((grant) => grant.projectId === null);
  const projectIds = isEverywhere ? credential.allProjectIds : [...new Set(acting.map((grant) => grant.projectId!))];
  return {
    principalId: credential.principalId,
    role: chosen.role,
    grants,
    projectIds: chosen.role === "ADMIN" ? null : projectIds,
    vendorId: chosen.vendorId,
    teamId,
    labelerId: chosen.labelerId,
    scopes: chosen.role === "SERVICE" ? new Set(credential.scopes) : null,
    expiresAt: credential.expiresAt,
    ...(credential.clientId ? { clientId: credential.clientId, keyPrint: credential.keyPrint } : {}),
    ...(credential.via ? { via: credential.via } : {}),
    ...(credential.isRestricted ? { isRestricted: true } : {}),
  };
}

type Acting = Pick<Viewer, "role" | "vendorId" | "teamId" | "labelerId">;

/** True if both act in the same role, for the same vendor and team, as the same labeler. */
export function actAlike(one: Acting, other: Acting): boolean {
  return one.role === other.role && one.vendorId === other.vendorId && one.teamId === other.teamId && one.labelerId === other.labelerId;
}

/** The grants that a viewer acts under: they must still stand when a write commits. */
export function actingGrants(viewer: Viewer): Grant[] {
  return viewer.grants.filter((grant) => actAlike(grant, viewer));
}

const CREDENTIAL_VERBS = ["grantRole", "revokeGrant", "revokeApiClient", "rotateApiClient", "restrictApiClient", "approveGrant", "deactivatePrincipal", "createProject"];

/** True for verbs after which a known credential may lead elsewhere: what is remembered of it must be forgotten. */
export function changesCredentials(verb: string): boolean {
  return CREDENTIAL_VERBS.includes(verb);
}

/** A grant as it is asked for. */
export type GrantWish = Omit<Grant, "id">;

function familyOf(role: Role): "staff" | "partner" | "machine" {
  if (role === "SERVICE") return "machine";
  return (STAFF_ROLES as readonly Role[]).includes(role) ? "staff" : "partner";
}

// A field that a role must name, may name, or must leave out.
function checkField(role: Role, field: keyof GrantWish, value: unknown, needs: "must" | "may" | "never"): void {
  if (needs === "must" && value === null) throw new InvalidInput(`${field}: a grant ${role} must name one.`, [field]);
  if (needs === "never" && value !== null) throw new InvalidInput(`${field}: a grant ${role} names none; leave it out.`, [field]);
}

/** Refuses a grant whose fields don't fit its role: what it must, may and can't name, and an end that is not ahead. */
export function checkGrant(wish: GrantWish, now: Date): void {
  const { role } = wish;
  const isPartner = (PARTNER_ROLES as readonly Role[]).includes(role);
  // An administrator is one of all projects: their rows aren't narrowed by project.
  checkField(role, "projectId", wish.projectId, role === "ADMIN" ? "never" : role === "SERVICE" ? "may" : "must");
  checkField(role, "vendorId", wish.vendorId, isPartner ? "must" : role === "SERVICE" ? "may" : "never");
  checkField(role, "teamId", wish.teamId, role === "VENDOR_MANAGER" || role === "VENDOR_QA" ? "may" : "never");
  checkField(role, "labelerId", wish.labelerId, role === "LABELER" ? "must" : "never");
  if (wish.canAdjudicate && role !== "AUDITOR" && role !== "QA_LEAD") {
    throw new InvalidInput(`canAdjudicate: only AUDITOR and QA_LEAD may adjudicate, not ${role}.`, ["canAdjudicate"]);
  }
  if (wish.expiresAt && wish.expiresAt <= now) throw new InvalidInput(`expiresAt: ${wish.expiresAt.toISOString()} is past.`, ["expiresAt"]);
}

/**
 * Refuses a grant that the principal can't hold beside what they are and hold: clients and people have different roles, staff and partner
 * grants never mix, and two grants that the header x-assay-role can't tell apart cover the same team, labeler and vendor.
 */
export function checkFit(wish: GrantWish, kind: PrincipalRow["kind"], standing: readonly Grant[]): void {
  if (kind !== (wish.role === "SERVICE" ? "SERVICE" : "PERSON")) {
    throw new InvalidInput(`role: a ${kind} can't be ${wish.role}; SERVICE is for machine clients, every other for people.`, ["role"]);
  }
  const other = standing.find((grant) => familyOf(grant.role) !== familyOf(wish.role));
  if (other) throw new Conflict(`role: the principal is ${other.role}; staff and partner grants never mix on one principal.`, ["role"]);
  const alike = standing.filter((grant) => grant.role === wish.role && (grant.vendorId === wish.vendorId || wish.role === "SERVICE"));
  for (const field of ["vendorId", "teamId", "labelerId"] as const) {
    if (alike.every((grant) => grant[field] === wish[field])) continue;
    throw new Conflict(`${field}: the principal holds ${wish.role} with another ${field.slice(0, -2)} or none; revoke that first.`, [field]);
  }
}

/** Refuses an approval of a grant that waits for none or has expired, and one by who gave it or whose it is. */
export function checkApproval({ isPending, expiresAt, grantedById, principalId }: RoleGrantRow, approverId: string, now: Date): void {
  if (!isPending) throw new Conflict("grantId: the grant waits for no approval.", ["grantId"]);
  if (expiresAt && expiresAt <= now) throw new Conflict("grantId: the grant has expired; give it anew.", ["grantId"]);
  if (approverId !== grantedById && approverId !== principalId) return;
  throw new NotIndependent("grantId: a second administrator approves it, neither who gave it nor whose it is.", ["grantId"]);
}
