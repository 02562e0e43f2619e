import { checkName } from "../core/checks.ts";
import { Conflict, Forbidden, NotFound } from "../core/errors.ts";
import { newId, SYSTEM_PROJECT_ID } from "../core/ids.ts";
import type { Scope } from "../core/viewer.ts";
import type { ExpectedVersion } from "../db/changes.ts";
import type { Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { makeKey } from "../grants/rules.ts";
import { isAdministrator, kindOf, reasonOf } from "../grants/service.ts";
import type { ApiClientRow } from "../grants/table.ts";
import { checkClientEnd, checkScopes, overlapEnd } from "./rules.ts";
import { changeClient, insertClient, lockClient } from "./store.ts";

async function announce(verb: Verb, id: string, what: string, payload: Record<string, unknown>, reason: string | null = null): Promise<void> {
  await append(verb, [{ projectId: SYSTEM_PROJECT_ID, type: `api_client.${what}`, subjectType: "ApiClient", subjectId: id, payload, reason, audience: {} }]);
}

async function takeClient(verb: Verb, id: string): Promise<ApiClientRow> {
  const client = await lockClient(verb.db, id);
  if (!client) throw new NotFound("There is no such key.", ["apiClientId"]);
  if (client.revokedAt) throw new Conflict("apiClientId: the key is revoked already.", ["apiClientId"]);
  return client;
}

// Who had another administrator's key would be two of the four eyes.
async function checkOwner(verb: Verb, principalId: string, needsFourEyes: boolean, field: string): Promise<void> {
  if (!needsFourEyes || principalId === verb.viewer.principalId || !(await isAdministrator(verb, principalId))) return;
  throw new Forbidden(`${field}: an administrator's key is made by themself, or by the operator with npm run admin-key.`, [field]);
}

/** Makes an API key for a principal. The `secret` is in this answer alone: only its hash is kept. With four eyes, none for another administrator. */
export async function createApiClient(
  verb: Verb,
  input: { principalId: string; name: string; scopes: readonly Scope[]; expiresAt: Date },
  needsFourEyes = false,
): Promise<{ id: string; secret: string | null }> {
  const { principalId, expiresAt } = input;
  const scopes = [...new Set(input.scopes)];
  checkClientEnd(expiresAt, verb.now);
  checkScopes(await kindOf(verb, principalId), scopes);
  await checkOwner(verb, principalId, needsFourEyes, "principalId");
  const { key, prefix, keyHash } = makeKey();
  const id = newId(verb.now);
  await insertClient(verb.db, { id, principalId, madeById: verb.viewer.principalId, name: checkName(input.name), prefix, keyHash, scopes, expiresAt });
  await announce(verb, id, "created", { principalId, scopes, prefix, expiresAt });
  return { id, secret: key };
}

/**
 * Gives a client a new key, which begins as the old one does. The old one works beside it until the overlap ends, and one that a rotation
 * before had left ends at once. The `secret` is in this answer alone.
 */
export async function rotateApiClient(
  verb: Verb,
  input: { apiClientId: string; overlapSeconds?: number | null; reason?: string | null; expectedVersion?: ExpectedVersion },
  needsFourEyes: boolean,
): Promise<{ id: string; secret: string | null }> {
  const { id, principalId, prefix, keyHash: oldHash, expiresAt } = await takeClient(verb, input.apiClientId);
  if (expiresAt <= verb.now) throw new Conflict("apiClientId: the key has ended; make another by createApiClient.", ["apiClientId"]);
  await checkOwner(verb, principalId, needsFourEyes, "apiClientId");
  const previousExpiresAt = overlapEnd(input.overlapSeconds, verb.now);
  const { key, keyHash } = makeKey(prefix);
  await changeClient(verb.db, id, input.expectedVersion, { keyHash, madeById: verb.viewer.principalId, previousKeyHash: previousExpiresAt && oldHash, previousExpiresAt }, verb.now);
  await announce(verb, id, "rotated", { principalId, previousExpiresAt }, reasonOf(input));
  return { id, secret: key };
}

/** Ends an API key with all that it was exchanged for, from the next request on. */
export async function revokeApiClient(
  verb: Verb,
  input: { apiClientId: string; reason?: string | null; expectedVersion?: ExpectedVersion },
): Promise<{ id: string }> {
  const { id, principalId } = await takeClient(verb, input.apiClientId);
  await changeClient(verb.db, id, input.expectedVersion, { revokedAt: verb.now }, verb.now);
  await announce(verb, id, "revoked", { principalId }, reasonOf(input));
  return { id };
}
