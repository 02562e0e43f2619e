import { SYSTEM_PROJECT_ID } from "../core/ids.ts";
import type { Scope, Viewer } from "../core/viewer.ts";
import { AUTH } from "../db/identity.ts";
import type { Db } from "../db/lease.ts";
import type { Pool } from "../db/pool.ts";
import { openRead } from "../db/session.ts";
import type { SignIn } from "../tokens/provider.service.ts";
import type { Behalf } from "../tokens/rules.ts";
import type { Keyring } from "../tokens/service.ts";
import { type Credential, credentialOfClient, credentialOnBehalf, hashKey, isKey, type KnownKey, viewerOf } from "./rules.ts";
import { findClient, findLabelersPrincipal, findPrincipalBySubject, isActive, listGrants, listProjectIds, listVendorCodes } from "./store.ts";

/** The credential is absent, unknown, expired, revoked or forged; the answer never says which. */
export class Unauthenticated extends Error {
  override readonly name = "Unauthenticated";
}

/** Finds the viewer behind a bearer token. */
export interface Authenticator {
  /** Throws Unauthenticated, or InvalidInput if the role header doesn't fit the grants. */
  viewer(token: string | null, roleHeader: string | null): Promise<Viewer>;
  /**
   * As whom a principal would act now, by the same role, the same key (null: they came with a JWT) and no more than these scopes, looked up
   * anew; where the key is another's, that client acts for them. Throws as `viewer` does, if any of it has ended.
   */
  renew(maker: { principalId: string; key: KnownKey | null; scopes: readonly Scope[] | null; actedAs: string | null }): Promise<Viewer>;
  /** The person that the key's client may act for, and its vendor; null if it may not, or there is nobody by this name. */
  represent(key: KnownKey, subject: { principalId: string } | { labelerId: string }): Promise<Behalf | null>;
  /** True for a token that was looked up lately, and led somewhere. */
  knows(token: string): boolean;
  /** Forgets what was looked up: grants or clients have changed. */
  forget(): void;
}

export interface AuthenticatorOptions {
  pool: Pool;
  /** Checks JWTs of the identity provider; null where there is none. */
  provider: ((token: string) => Promise<SignIn | null>) | null;
  keyring: Keyring;
  /** Hears which key was used, at least once a minute while it is. */
  onUse: (clientId: string) => void;
}

const MAX_AGE_MS = 60_000;
const MAX_KEPT = 10_000;
/** Ways to write the role header that are remembered of a credential. */
const MAX_HEADERS = 20;
const TIMEOUT_MS = 5_000;

/** A credential that was looked up, and whom it acted as since, by role header; until a grant of theirs ends. */
interface Kept {
  credential: Promise<Credential>;
  until: number;
  viewers: Map<string | null, { viewer: Viewer; until: number }>;
}

type Found = Omit<Credential, "allProjectIds" | "vendorIdByCode"> | null;

async function findPerson(db: Db, principalId: string | undefined, expiresAt: Date | null, now: Date): Promise<Found> {
  return principalId ? { principalId, grants: await listGrants(db, principalId, now), scopes: [], expiresAt } : null;
}

// A client as itself, or as the person that it acts for.
async function findActing(db: Db, key: Parameters<typeof findClient>[1], person: { principalId: string; vendorId?: string } | null, now: Date): Promise<Found> {
  const client = await findClient(db, key, now);
  if (!client) return null;
  const grants = await listGrants(db, client.principalId, now);
  if (!person || person.principalId === client.principalId) return credentialOfClient(client, grants);
  if (!(await isActive(db, person.principalId))) return null;
  return credentialOnBehalf(client, grants, { ...person, grants: await listGrants(db, person.principalId, now) });
}

function narrowed(credential: Credential, most: readonly Scope[]): Credential {
  return { ...credential, scopes: credential.scopes.filter((scope) => most.includes(scope)) };
}

function nullIfUnknown(error: unknown): null {
  if (error instanceof Unauthenticated) return null;
  throw error;
}

/** Looks credentials up as the one database role that may, and remembers them for at most 60 s. */
export function createAuthenticator({ pool, provider, keyring, onUse }: AuthenticatorOptions): Authenticator {
  const kept = new Map<string, Kept>();

  // The credential of whoever is found, with all that their grants name.
  async function credentialBy(find: (db: Db, now: Date) => Promise<Found>): Promise<Credential> {
    const now = new Date();
    const session = openRead(pool, AUTH, { timeoutMs: TIMEOUT_MS });
    try {
      return await session.run(async (db) => {
        const [found, allProjectIds, vendorIdByCode] = await Promise.all([find(db, now), listProjectIds(db, SYSTEM_PROJECT_ID), listVendorCodes(db)]);
        if (!found) throw new Unauthenticated();
        return { ...found, allProjectIds, vendorIdByCode };
      });
    } finally {
      session.close();
    }
  }

  async function findBySignIn(token: string): Promise<Credential> {
    const signIn = await provider?.(token);
    if (!signIn) throw new Unauthenticated();
    return credentialBy(async (db, now) => findPerson(db, (await findPrincipalBySubject(db, signIn.issuer, signIn.subject))?.id, signIn.expiresAt, now));
  }

  async function findByOwn(token: string): Promise<Credential> {
    const read = await keyring.read(token);
    if (!read) throw new Unauthenticated();
    const { behalf, scopes, ...key } = read.claims;
    const credential = await credentialBy((db, now) => findActing(db, key, behalf, now));
    const ends = [read.expiresAt, ...(credential.expiresAt ? [credential.expiresAt] : [])];
    return { ...narrowed(credential, scopes), expiresAt: new Date(Math.min(...ends.map(Number))) };
  }

  async function lookUp(token: string): Promise<Credential> {
    if (!isKey(token) && !keyring.claims(token)) return findBySignIn(token);
    const credential = await (isKey(token) ? credentialBy((db, now) => findActing(db, { keyHash: hashKey(token) }, null, now)) : findByOwn(token));
    onUse(credential.clientId!);
    return credential;
  }

  function find(token: string): Kept {
    const found = kept.get(token);
    if (found && found.until > Date.now()) return found;
    const looked: Kept = { credential: lookUp(token), until: Date.now() + MAX_AGE_MS, viewers: new Map() };
    if (kept.size >= MAX_KEPT) kept.clear();
    kept.set(token, looked);
    looked.credential.catch(() => kept.delete(token));
    return looked;
  }

  return {
    async viewer(token, roleHeader) {
      if (!token) throw new Unauthenticated();
      const found = find(token);
      const credential = await found.credential;
      const now = new Date();
      if (credential.expiresAt && credential.expiresAt <= now) throw new Unauthenticated();
      const known = found.viewers.get(roleHeader);
      if (known && known.until > now.getTime()) return known.viewer;
      const viewer = viewerOf(credential, roleHeader, now);
      if (found.viewers.size === MAX_HEADERS) found.viewers.clear();
      const ends = viewer.grants.map(({ expiresAt }) => expiresAt?.getTime() ?? Number.POSITIVE_INFINITY);
      found.viewers.set(roleHeader, { viewer, until: Math.min(...ends) });
      return viewer;
    },
    async renew({ principalId, key, scopes, actedAs }) {
      const credential = await credentialBy(async (db, now) => {
        if (key) return findActing(db, key, { principalId }, now);
        return findPerson(db, (await isActive(db, principalId)) ? principalId : undefined, null, now);
      });
      return viewerOf(narrowed(credential, scopes ?? []), actedAs, new Date());
    },
    async represent(key, subject) {
      const found = await credentialBy(async (db, now) => {
        const labelerId = "labelerId" in subject ? subject.labelerId : null;
        const principalId = "labelerId" in subject ? await findLabelersPrincipal(db, subject.labelerId, now) : subject.principalId;
        const acting = principalId ? await findActing(db, key, { principalId }, now) : null;
        return acting && (!labelerId || acting.grants.some((grant) => grant.labelerId === labelerId)) ? acting : null;
      }).catch(nullIfUnknown);
      return found?.via ? { principalId: found.principalId, vendorId: found.grants[0]!.vendorId! } : null;
    },
    knows: (token) => kept.has(token),
    forget: () => kept.clear(),
  };
}
