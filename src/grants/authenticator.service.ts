import { createRemoteJWKSet, errors, importSPKI, jwtVerify, type JWTVerifyGetKey } from "jose";
import { SYSTEM_PROJECT_ID } from "../core/ids.ts";
import type { Viewer } from "../core/viewer.ts";
import { AUTH } from "../db/identity.ts";
import type { Db } from "../db/lease.ts";
import type { Pool } from "../db/pool.ts";
import { openRead } from "../db/session.ts";
import { type Credential, hashKey, isKey, viewerOf } from "./rules.ts";
import { findClient, findPrincipalBySubject, isActive, listGrants, listProjectIds, listVendorCodes } from "./store.ts";

/** How JWTs of the organisation's identity provider are checked. Exactly one of `jwksUrl` and `publicKey` (SPKI, PEM). */
export interface JwtOptions {
  issuer: string;
  audience: string;
  algorithm: "RS256" | "PS256" | "ES256" | "EdDSA";
  jwksUrl?: string;
  publicKey?: string;
}

/** The credential is absent, unknown, expired, revoked or forged; the answer never says which. */
export class Unauthenticated extends Error {
  override readonly name = "Unauthenticated";
}

/** Finds the viewer behind a bearer token. */
export interface Authenticator {
  /** Throws Unauthenticated, or InvalidInput if the role header doesn't fit the grants. */
  viewer(token: string | null, roleHeader: string | null): Promise<Viewer>;
  /**
   * As whom a principal would act now, by the same role and the same key (null: they came with a JWT), looked up anew. Throws as `viewer`
   * does, if any of the three has ended.
   */
  renew(maker: { principalId: string; clientId: string | null; actedAs: string }): Promise<Viewer>;
  /** Forgets what was looked up: grants or clients have changed. */
  forget(): void;
}

const MAX_AGE_MS = 60_000;
const MAX_KEPT = 10_000;
/** Ways to write the role header that are remembered of a credential. */
const MAX_HEADERS = 20;
const TIMEOUT_MS = 5_000;

/** The identity provider's keys can't be had, so nothing is known about the token: an outage, not a refusal. */
export class KeysUnavailable extends Error {
  override readonly name = "KeysUnavailable";
}

async function keySource(jwt: JwtOptions): Promise<JWTVerifyGetKey> {
  if (jwt.jwksUrl) {
    const find = createRemoteJWKSet(new URL(jwt.jwksUrl));
    return (header, token) =>
      find(header, token).catch((cause: unknown) => {
        if (cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys) throw cause;
        throw new KeysUnavailable(`no keys from ${jwt.jwksUrl}`, { cause });
      });
  }
  const key = await importSPKI(jwt.publicKey!, jwt.algorithm);
  return async () => key;
}

/** A credential that was looked up, and whom it acted as since, by role header; until a grant of theirs ends. */
interface Kept {
  credential: Promise<Credential>;
  until: number;
  viewers: Map<string | null, { viewer: Viewer; until: number }>;
}

/** Looks credentials up as the one database role that may, and remembers them for at most 60 s. */
export function createAuthenticator(pool: Pool, jwt: JwtOptions | null): Authenticator {
  const kept = new Map<string, Kept>();
  let keys: Promise<JWTVerifyGetKey> | undefined;

  async function subjectOf(token: string): Promise<{ subject: string; expiresAt: Date }> {
    if (!jwt) throw new Unauthenticated();
    const { payload } = await jwtVerify(token, await (keys ??= keySource(jwt)), {
      issuer: jwt.issuer,
      audience: jwt.audience,
      algorithms: [jwt.algorithm],
      requiredClaims: ["sub", "exp"],
    }).catch((error: unknown) => {
      throw error instanceof KeysUnavailable ? error : new Unauthenticated();
    });
    if (typeof payload.sub !== "string") throw new Unauthenticated();
    return { subject: payload.sub, expiresAt: new Date(payload.exp! * 1000) };
  }

  type Client = Awaited<ReturnType<typeof findClient>>;

  // The credential of whoever is found, with all that their grants name.
  async function credentialBy(find: (db: Db, now: Date) => Promise<{ principalId: string | null; client: Client; expiresAt: Date | null }>): Promise<Credential> {
    const now = new Date();
    const session = openRead(pool, AUTH, { timeoutMs: TIMEOUT_MS });
    try {
      return await session.run(async (db) => {
        const { principalId, client, expiresAt } = await find(db, now);
        if (!principalId) throw new Unauthenticated();
        const [grants, allProjectIds, vendorIdByCode] = await Promise.all([listGrants(db, principalId, now), listProjectIds(db, SYSTEM_PROJECT_ID), listVendorCodes(db)]);
        const shared = { principalId, grants, allProjectIds, vendorIdByCode };
        return client ? { ...shared, scopes: client.scopes, expiresAt: client.expiresAt, clientId: client.clientId } : { ...shared, scopes: [], expiresAt };
      });
    } finally {
      session.close();
    }
  }

  async function lookUp(token: string): Promise<Credential> {
    const person = isKey(token) ? null : await subjectOf(token);
    return credentialBy(async (db, now) => {
      if (person) return { principalId: (await findPrincipalBySubject(db, jwt!.issuer, person.subject))?.id ?? null, client: null, expiresAt: person.expiresAt };
      const client = await findClient(db, { keyHash: hashKey(token) }, now);
      return { principalId: client?.principalId ?? null, client, expiresAt: null };
    });
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
    async renew({ principalId, clientId, actedAs }) {
      const credential = await credentialBy(async (db, now) => {
        const client = clientId ? await findClient(db, { id: clientId }, now) : null;
        const stands = clientId ? client?.principalId === principalId : await isActive(db, principalId);
        return { principalId: stands ? principalId : null, client, expiresAt: null };
      });
      return viewerOf(credential, actedAs, new Date());
    },
    forget: () => kept.clear(),
  };
}
