import { WORKER } from "../db/identity.ts";
import type { Pool } from "../db/pool.ts";
import { openRead } from "../db/session.ts";
import { textsByHash } from "./store.ts";

/** What principals have registered, at hand. */
export interface Documents {
  /** The text that a principal has registered under a hash; null if there is none. */
  find(principalId: string, hash: string): Promise<string | null>;
  /** Lets go of what is known of a principal's documents: they have changed. */
  forget(principalId: string): void;
}

const TIMEOUT_MS = 5_000;
const MAX_KEPT = 200;
const MAX_AGE_MS = 60_000;

/** Reads a principal's documents when one is first asked for, and again when they have changed or a minute is over; hashes that lead nowhere cost no statement either. */
export function createDocuments(pool: Pool): Documents {
  const kept = new Map<string, { texts: Promise<Map<string, string>>; until: number }>();

  async function read(principalId: string): Promise<Map<string, string>> {
    const session = openRead(pool, WORKER, { timeoutMs: TIMEOUT_MS });
    return session.run((db) => textsByHash(db, principalId)).finally(session.close);
  }

  function textsOf(principalId: string): Promise<Map<string, string>> {
    const found = kept.get(principalId);
    if (found && found.until > Date.now()) return found.texts;
    const texts = read(principalId);
    kept.delete(principalId);
    if (kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value!);
    kept.set(principalId, { texts, until: Date.now() + MAX_AGE_MS });
    texts.catch(() => kept.delete(principalId));
    return texts;
  }

  return {
    find: async (principalId, hash) => (await textsOf(principalId)).get(hash) ?? null,
    forget: (principalId) => void kept.delete(principalId),
  };
}
