import { checkName } from "../core/checks.ts";
import { Conflict, Forbidden, NotFound } from "../core/errors.ts";
import { newId, SYSTEM_PROJECT_ID } from "../core/ids.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { checkRoom, hashOf } from "./rules.ts";
import { changeDocument, findDocument, findDocumentById, insertDocument, lockRoom, restrictClient } from "./store.ts";

/** Type of the subjects of documents' events, by which processes hear that what they keep has changed. */
export const DOCUMENT = "RegisteredDocument";

async function announce(verb: Verb, what: string, id: string, payload: { principalId: string; hash: string }): Promise<void> {
  await append(verb, [{ projectId: SYSTEM_PROJECT_ID, type: `registered_document.${what}`, subjectType: DOCUMENT, subjectId: id, payload, audience: {} }]);
}

export interface RegisterDocumentInput {
  document: string;
  /** What its dearest operation costs. */
  cost: number;
  name?: string | null;
  /** Whose; the viewer's own if absent. */
  principalId?: string | null;
  expectedVersion?: ExpectedVersion;
}

/**
 * Keeps a document, which its door has found valid and affordable, under its hash: for its principal, who may from then on send the hash
 * alone. One that is kept already gets the name; one that was retired stands again.
 */
export async function registerDocument(verb: Verb, { document, cost, name: given, principalId: whose, expectedVersion }: RegisterDocumentInput): Promise<{ id: string }> {
  const { viewer } = verb;
  const principalId = whose ?? viewer.principalId;
  if (principalId !== viewer.principalId && viewer.role !== "ADMIN") {
    throw new Forbidden("principalId: only an administrator registers for somebody else; leave it out.", ["principalId"]);
  }
  const name = given == null ? null : checkName(given);
  const hash = hashOf(document);
  const room = await lockRoom(verb.db, principalId);
  if (room === null) throw new NotFound("There is no such principal.", ["principalId"]);
  const standing = await findDocument(verb.db, principalId, hash);
  if (!standing || standing.retiredAt) checkRoom(document.length, room);
  const id = standing?.id ?? newId(verb.now);
  if (standing) await changeDocument(verb.db, id, expectedVersion, { name, cost, retiredAt: null }, verb.now);
  else {
    // What was never registered is at no version.
    checkVersion(0, expectedVersion);
    await insertDocument(verb.db, { id, principalId, hash, name, document, cost });
  }
  await announce(verb, "registered", id, { principalId, hash });
  return { id };
}

/** Takes a document out of use: from then on nobody runs it by its hash, and keys that may send registered ones alone don't run it at all. */
export async function retireDocument(verb: Verb, { documentId: id, expectedVersion }: { documentId: string; expectedVersion?: ExpectedVersion }): Promise<{ id: string }> {
  const row = await findDocumentById(verb.db, id);
  if (!row) throw new NotFound("There is no such document.", ["documentId"]);
  checkVersion(row.version, expectedVersion);
  if (row.retiredAt) throw new Conflict("documentId: the document is retired already.", ["documentId"]);
  await changeDocument(verb.db, id, expectedVersion, { retiredAt: verb.now }, verb.now);
  await announce(verb, "retired", id, { principalId: row.principalId, hash: row.hash });
  return { id };
}

export interface RestrictApiClientInput {
  apiClientId: string;
  isRestricted: boolean;
  expectedVersion?: ExpectedVersion;
}

/** Binds an API key to its principal's registered documents, or lifts that: from the next operation on, also on open sockets. */
export async function restrictApiClient(verb: Verb, { apiClientId: id, isRestricted, expectedVersion }: RestrictApiClientInput): Promise<{ id: string }> {
  const { principalId } = await restrictClient(verb.db, id, expectedVersion, isRestricted, verb.now);
  const payload = { principalId, isRestricted };
  await append(verb, [{ projectId: SYSTEM_PROJECT_ID, type: "api_client.restricted", subjectType: "ApiClient", subjectId: id, payload, audience: {} }]);
  return { id };
}
