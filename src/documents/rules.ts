import { createHash } from "node:crypto";
import { Conflict, InvalidInput } from "../core/errors.ts";

/** Characters that all of a principal's registered documents may have together: a process keeps them at hand. */
export const MOST_CHARACTERS = 500_000;

const PREFIXED = /^sha256:([0-9a-f]{64})$/;
const HASH = /^[0-9a-f]{64}$/;

/** A document was sent, or named by its hash, that its sender has not registered. `isRestricted` says that no other may be sent at all. */
export class NotRegistered extends Error {
  override readonly name = "NotRegistered";
  readonly isRestricted: boolean;

  constructor(message: string, isRestricted: boolean) {
    super(message);
    this.isRestricted = isRestricted;
  }
}

/** SHA-256 of a document's text as it is, in hex: what it is registered under. */
export function hashOf(document: string): string {
  return createHash("sha256").update(document).digest("hex");
}

/** A request's parameters, as far as they may name a document. */
export interface Naming {
  query?: unknown;
  documentId?: unknown;
  extensions?: unknown;
}

/**
 * The hash by which a request names its document in place of the text: `documentId` "sha256:..." as GraphQL over HTTP has it (appendix A), or
 * `extensions.persistedQuery.sha256Hash`, which most clients send. Null if it brings its text, or names none.
 */
export function namedHash({ query, documentId, extensions }: Naming): string | null {
  if (typeof query === "string" && query !== "") return null;
  if (typeof documentId === "string") {
    const hash = PREFIXED.exec(documentId)?.[1];
    if (!hash) throw new InvalidInput(`documentId: "${documentId.slice(0, 100)}" must be sha256: and 64 lower-case hexadecimal digits.`, ["documentId"]);
    return hash;
  }
  const hash = (extensions as { persistedQuery?: { sha256Hash?: unknown } | null } | null | undefined)?.persistedQuery?.sha256Hash;
  return typeof hash === "string" && HASH.test(hash) ? hash : null;
}

/** What is told of a hash under which nothing is registered. */
export function unknownHash(hash: string): NotRegistered {
  return new NotRegistered(`You have no registered document sha256:${hash}; register it by registerDocument, or send its text.`, false);
}

/** What a key is told that may send registered documents alone. */
export function unregistered(hash: string): NotRegistered {
  return new NotRegistered(`This key may send registered documents alone, and sha256:${hash} is none; have it registered by registerDocument.`, true);
}

/** Refuses a document that would make the principal's registered ones too long, all together. */
export function checkRoom(characters: number, standing: number): void {
  if (standing + characters <= MOST_CHARACTERS) return;
  throw new Conflict(
    `document: its ${characters} characters and the ${standing} of those registered are over ${MOST_CHARACTERS}; retire some by retireDocument.`,
    ["document"],
  );
}
