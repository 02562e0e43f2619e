import { checkEmail, checkName, checkText } from "../core/checks.ts";
import { Conflict, InvalidInput, NotFound } from "../core/errors.ts";
import { newId, SYSTEM_PROJECT_ID } from "../core/ids.ts";
import type { Scope } from "../core/viewer.ts";
import type { Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { checkClientEnd, checkFit, checkGrant, checkScopes, type GrantWish, makeKey } from "./rules.ts";
import {
  deactivate, findBrokenScope, findHeld, insertClient, insertGrant, insertPrincipal, isSubjectTaken, listGrants, lockPrincipal, revoke,
} from "./store.ts";
import { apiClients, type PrincipalRow, roleGrants } from "./table.ts";

interface Announcement {
  subjectType: "Principal" | "RoleGrant" | "ApiClient";
  subjectId: string;
  what: string;
  payload?: Record<string, unknown>;
  reason?: string | null;
}

const EVENT_NAMES = { Principal: "principal", RoleGrant: "role_grant", ApiClient: "api_client" };

async function announce(verb: Verb, { what, ...rest }: Announcement): Promise<void> {
  await append(verb, [{ projectId: SYSTEM_PROJECT_ID, type: `${EVENT_NAMES[rest.subjectType]}.${what}`, ...rest, audience: {} }]);
}

function reasonOf(input: { reason?: string | null }): string | null {
  return input.reason == null ? null : checkText(input.reason, ["reason"]);
}

async function kindOf(verb: Verb, principalId: string): Promise<PrincipalRow["kind"]> {
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

/** Ends a principal: its grants and keys are revoked with it. There is no way back; what it did keeps its name. */
export async function deactivatePrincipal(
  verb: Verb,
  input: { principalId: string; reason: string; expectedVersion?: number | null },
): Promise<{ id: string }> {
  const { principalId: id } = input;
  if (id === verb.viewer.principalId) throw new Conflict("principalId: it is you; ask another administrator.", ["principalId"]);
  if ((await kindOf(verb, id)) === "SYSTEM") throw new InvalidInput("principalId: it is the system itself.", ["principalId"]);
  await deactivate(verb.db, id, input.expectedVersion, verb.now);
  await announce(verb, { subjectType: "Principal", subjectId: id, what: "deactivated", reason: reasonOf(input) });
  return { id };
}

/** Lets a principal act in a role, in one place. The same grant is revived if it was revoked or has expired. */
export async function grantRole(verb: Verb, input: GrantWish & { principalId: string; reason?: string | null }): Promise<{ id: string }> {
  const { principalId, role, projectId, vendorId, teamId, labelerId, canAdjudicate, expiresAt } = input;
  const wish = { role, projectId, vendorId, teamId, labelerId, canAdjudicate, expiresAt };
  checkGrant(wish, verb.now);
  checkFit(wish, await kindOf(verb, principalId), await listGrants(verb.db, principalId, verb.now));
  const broken = await findBrokenScope(verb.db, wish);
  if (broken) throw new NotFound(`${broken}: there is no such one, or not at that vendor.`, [broken]);
  const reason = reasonOf(input);
  const id = await insertGrant(verb.db, { id: newId(verb.now), principalId, ...wish, grantedProjectId: projectId, reason }, verb.now);
  if (!id) throw new Conflict("The principal holds this grant already; revoke it first to change it.");
  await announce(verb, { subjectType: "RoleGrant", subjectId: id, what: "granted", payload: { principalId, ...wish }, reason });
  return { id };
}

interface Revocation {
  reason?: string | null;
  expectedVersion?: number | null;
}

/** Ends a grant, from the next request on. An administrator's own is another administrator's to end, so that one always remains. */
export async function revokeGrant(verb: Verb, input: Revocation & { grantId: string }): Promise<{ id: string }> {
  const grant = await findHeld(verb.db, roleGrants, input.grantId);
  if (!grant) throw new NotFound("There is no such grant.", ["grantId"]);
  if (grant.revokedAt) throw new Conflict("grantId: the grant is revoked already.", ["grantId"]);
  if (grant.role === "ADMIN" && grant.principalId === verb.viewer.principalId) {
    throw new Conflict("grantId: nobody revokes their own ADMIN; ask another administrator.", ["grantId"]);
  }
  await revoke(verb.db, roleGrants, grant.id, input.expectedVersion, verb.now);
  const payload = { principalId: grant.principalId, role: grant.role };
  await announce(verb, { subjectType: "RoleGrant", subjectId: grant.id, what: "revoked", payload, reason: reasonOf(input) });
  return { id: grant.id };
}

/** Makes an API key for a principal. The `secret` is in this answer alone: only its hash is kept. */
export async function createApiClient(
  verb: Verb,
  input: { principalId: string; name: string; scopes: readonly Scope[]; expiresAt: Date },
): Promise<{ id: string; secret: string | null }> {
  const { principalId, expiresAt } = input;
  const scopes = [...new Set(input.scopes)];
  checkClientEnd(expiresAt, verb.now);
  checkScopes(await kindOf(verb, principalId), scopes);
  const { key, prefix, keyHash } = makeKey();
  const id = newId(verb.now);
  await insertClient(verb.db, { id, principalId, name: checkName(input.name), prefix, keyHash, scopes, expiresAt });
  await announce(verb, { subjectType: "ApiClient", subjectId: id, what: "created", payload: { principalId, scopes, prefix, expiresAt } });
  return { id, secret: key };
}

/** Ends an API key, from the next request on. */
export async function revokeApiClient(verb: Verb, input: Revocation & { apiClientId: string }): Promise<{ id: string }> {
  const client = await findHeld(verb.db, apiClients, input.apiClientId);
  if (!client) throw new NotFound("There is no such key.", ["apiClientId"]);
  if (client.revokedAt) throw new Conflict("apiClientId: the key is revoked already.", ["apiClientId"]);
  await revoke(verb.db, apiClients, client.id, input.expectedVersion, verb.now);
  const payload = { principalId: client.principalId };
  await announce(verb, { subjectType: "ApiClient", subjectId: client.id, what: "revoked", payload, reason: reasonOf(input) });
  return { id: client.id };
}
