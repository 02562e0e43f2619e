import { checkEmail, checkName, checkText } from "../core/checks.ts";
import { Conflict, Forbidden, InvalidInput, NotFound } from "../core/errors.ts";
import { newId, SYSTEM_PROJECT_ID } from "../core/ids.ts";
import type { ExpectedVersion } from "../db/changes.ts";
import type { Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { actingGrants, checkApproval, checkFit, checkGrant, type GrantWish } from "./rules.ts";
import {
  areGrantsValid, changeGrant, deactivate, findBrokenScope, findGrant, hasAdminGrant, hasSharedKey, insertGrant, insertPrincipal,
  isSubjectTaken, listGrants, lockAdministrators, lockPrincipal,
} from "./store.ts";
import type { PrincipalRow, RoleGrantRow } from "./table.ts";

interface Announcement {
  subjectType: "Principal" | "RoleGrant";
  subjectId: string;
  what: string;
  payload?: Record<string, unknown>;
  reason?: string | null;
}

const EVENT_NAMES = { Principal: "principal", RoleGrant: "role_grant" };

async function announce(verb: Verb, { what, ...rest }: Announcement): Promise<void> {
  await append(verb, [{ projectId: SYSTEM_PROJECT_ID, type: `${EVENT_NAMES[rest.subjectType]}.${what}`, ...rest, audience: {} }]);
}

/** Why, in the caller's words; null if they gave none. */
export function reasonOf(input: { reason?: string | null }): string | null {
  return input.reason == null ? null : checkText(input.reason, ["reason"]);
}

/** What an active principal is, kept from changing until the verb ends. */
export async function kindOf(verb: Verb, principalId: string): Promise<PrincipalRow["kind"]> {
  const kind = await lockPrincipal(verb.db, principalId);
  if (!kind) throw new NotFound("There is no such principal, or it is deactivated.", ["principalId"]);
  return kind;
}

/** A principal as it is asked for. */
export interface PrincipalInput {
  kind: PrincipalRow["kind"];
  name: string;
  email?: string | null;
  issuer?: string | null;
  subject?: string | null;
}

/** Adds a person or a machine client. It may do nothing before it holds a grant. */
export async function createPrincipal(verb: Verb, input: PrincipalInput): Promise<{ id: string }> {
  if (input.kind === "SYSTEM") throw new InvalidInput("kind: there is one SYSTEM, and no other; take PERSON or SERVICE.", ["kind"]);
  const issuer = input.issuer == null ? null : checkText(input.issuer, ["issuer"]);
  const subject = input.subject == null ? null : checkText(input.subject, ["subject"]);
  if ((issuer === null) !== (subject === null)) throw new InvalidInput("subject: goes together with issuer; give both or neither.", ["subject"]);
  if (issuer !== null && (await isSubjectTaken(verb.db, issuer, subject!))) {
    throw new Conflict("subject: another principal, perhaps a deactivated one, signs in by this issuer and subject.", ["subject"]);
  }
  const email = input.email == null ? null : checkEmail(input.email);
  const id = newId(verb.now);
  await insertPrincipal(verb.db, { id, kind: input.kind, name: checkName(input.name), email, issuer, subject });
  await announce(verb, { subjectType: "Principal", subjectId: id, what: "created", payload: { kind: input.kind } });
  return { id };
}

// In turns, so that nothing is taken twice, and one always remains: of two who take each other off, the second finds their own grant gone.
async function takeOff(verb: Verb): Promise<void> {
  await lockAdministrators(verb.db);
  const grantIds = actingGrants(verb.viewer).map(({ id }) => id);
  if (!(await areGrantsValid(verb.db, grantIds, verb.now))) throw new Forbidden("Your grant was changed or withdrawn; sign in again.");
}

/** Ends a principal: its grants and keys are revoked with it. There is no way back; what it did keeps its name. */
export async function deactivatePrincipal(
  verb: Verb,
  input: { principalId: string; reason: string; expectedVersion?: number | null },
): Promise<{ id: string }> {
  const { principalId: id } = input;
  if (id === verb.viewer.principalId) throw new Conflict("principalId: it is you; ask another administrator.", ["principalId"]);
  if ((await kindOf(verb, id)) === "SYSTEM") throw new InvalidInput("principalId: it is the system itself.", ["principalId"]);
  await takeOff(verb);
  await deactivate(verb.db, id, input.expectedVersion, verb.now);
  await announce(verb, { subjectType: "Principal", subjectId: id, what: "deactivated", reason: reasonOf(input) });
  return { id };
}

/** True if the principal is an administrator, or will be when that is approved. */
export async function isAdministrator(verb: Verb, principalId: string): Promise<boolean> {
  return hasAdminGrant(verb.db, principalId);
}

/**
 * Lets a principal act in a role, in one place. The same grant is revived if it was revoked or has expired. With four eyes, ADMIN has no
 * effect before another administrator approves it.
 */
export async function grantRole(
  verb: Verb,
  input: GrantWish & { principalId: string; reason?: string | null },
  needsFourEyes = false,
): Promise<{ id: string }> {
  const { principalId, role, projectId, vendorId, teamId, labelerId, canAdjudicate, expiresAt } = input;
  const wish = { role, projectId, vendorId, teamId, labelerId, canAdjudicate, expiresAt };
  checkGrant(wish, verb.now);
  checkFit(wish, await kindOf(verb, principalId), await listGrants(verb.db, principalId, verb.now));
  const broken = await findBrokenScope(verb.db, wish);
  if (broken) throw new NotFound(`${broken}: there is no such one, or not at that vendor.`, [broken]);
  const reason = reasonOf(input);
  const isPending = needsFourEyes && role === "ADMIN";
  const given = { grantedProjectId: projectId, reason, grantedById: verb.viewer.principalId, isPending };
  const id = await insertGrant(verb.db, { id: newId(verb.now), principalId, ...wish, ...given }, verb.now);
  if (!id) throw new Conflict("The principal holds this grant already, or it waits for approval; revoke it first to change it.");
  const payload = { principalId, ...wish, ...(isPending ? { isPending } : {}) };
  await announce(verb, { subjectType: "RoleGrant", subjectId: id, what: "granted", payload, reason });
  return { id };
}

interface Revocation {
  reason?: string | null;
  expectedVersion?: ExpectedVersion;
}

// A grant that is not revoked.
async function standing(verb: Verb, grantId: string): Promise<RoleGrantRow> {
  const grant = await findGrant(verb.db, grantId);
  if (!grant) throw new NotFound("There is no such grant.", ["grantId"]);
  if (grant.revokedAt) throw new Conflict("grantId: the grant is revoked already.", ["grantId"]);
  return grant;
}

/**
 * Gives a grant of ADMIN its effect, from the next request on: by a second administrator, neither who gave it nor whose it is, and beside no
 * other that it can't be mixed with. Refused while others may know a key of the principal's: they would be administrators too.
 */
export async function approveGrant(verb: Verb, input: Revocation & { grantId: string }): Promise<{ id: string }> {
  const grant = await standing(verb, input.grantId);
  const { id, principalId, role } = grant;
  checkApproval(grant, verb.viewer.principalId, verb.now);
  // They may have been granted something else meanwhile.
  checkFit({ ...grant, projectId: grant.grantedProjectId }, await kindOf(verb, principalId), await listGrants(verb.db, principalId, verb.now));
  if (await hasSharedKey(verb.db, principalId, verb.now)) {
    throw new Conflict("grantId: others made a key of the principal's, or one that still works beside it: have it revoked (revokeApiClient), then approve.", ["grantId"]);
  }
  await changeGrant(verb.db, id, input.expectedVersion ?? grant.version, { isPending: false, approvedById: verb.viewer.principalId }, verb.now);
  await announce(verb, { subjectType: "RoleGrant", subjectId: id, what: "approved", payload: { principalId, role }, reason: reasonOf(input) });
  return { id };
}

/** Ends a grant once, from the next request on. An administrator's own is another administrator's to end, so that one always remains. */
export async function revokeGrant(verb: Verb, input: Revocation & { grantId: string }): Promise<{ id: string }> {
  await takeOff(verb);
  const grant = await standing(verb, input.grantId);
  if (grant.role === "ADMIN" && grant.principalId === verb.viewer.principalId) {
    throw new Conflict("grantId: nobody revokes their own ADMIN; ask another administrator.", ["grantId"]);
  }
  await changeGrant(verb.db, grant.id, input.expectedVersion, { revokedAt: verb.now }, verb.now);
  const payload = { principalId: grant.principalId, role: grant.role };
  await announce(verb, { subjectType: "RoleGrant", subjectId: grant.id, what: "revoked", payload, reason: reasonOf(input) });
  return { id: grant.id };
}
