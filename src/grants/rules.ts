import { createHash, randomBytes } from "node:crypto";
import { InvalidInput } from "../core/errors.ts";
import { type Grant, PARTNER_ROLES, type Role, ROLES, type Scope, STAFF_ROLES, type Viewer } from "../core/viewer.ts";

const KEY = /^assay_[A-Za-z0-9]{8}_[A-Za-z0-9_-]{43}$/;

/** A new API key with its prefix (to recognise it) and its hash (all that is stored of it). 256 random bits, so a plain hash is safe. */
export function makeKey(): { key: string; prefix: string; keyHash: string } {
  const prefix = `assay_${randomBytes(6).toString("base64url").replace(/[_-]/g, "x")}`;
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

/** What a credential leads to. */
export interface Credential {
  principalId: string;
  grants: readonly Grant[];
  /** Every project, for grants that name none. */
  allProjectIds: readonly string[];
  scopes: readonly Scope[];
  vendorIdByCode: ReadonlyMap<string, string>;
  expiresAt: Date | null;
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

function lineOf(grant: Grant): string {
  return `${grant.role}:${grant.vendorId ?? ""}:${grant.labelerId ?? ""}`;
}

function choose(grants: readonly Grant[], wish: Wish | null, vendorIdByCode: ReadonlyMap<string, string>): Grant {
  const fits = wish
    ? grants.filter((g) => g.role === wish.role && (!wish.vendorCode || g.vendorId === vendorIdByCode.get(wish.vendorCode)))
    : grants;
  if (fits.length === 0) throw new InvalidInput(wish ? `x-assay-role: you hold no grant ${wish.role}.` : "You hold no grant; ask an administrator for one.", ["x-assay-role"]);
  const staff = STAFF_ROLES.flatMap((role) => fits.filter((grant) => grant.role === role))[0];
  if (staff) return staff;
  const lines = new Set(fits.map(lineOf));
  if (lines.size > 1) throw new InvalidInput(`You hold several grants; name one by the header x-assay-role: ROLE:vendorCode, ROLE one of ${PARTNER_ROLES.join(", ")}, SERVICE.`, ["x-assay-role"]);
  return fits[0]!;
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
    projectIds: chosen.role === "ADMIN" && isEverywhere ? null : projectIds,
    vendorId: chosen.vendorId,
    teamId,
    labelerId: chosen.labelerId,
    canAdjudicate: acting.some((grant) => grant.canAdjudicate),
    scopes: chosen.role === "SERVICE" ? new Set(credential.scopes) : null,
    expiresAt: credential.expiresAt,
  };
}
