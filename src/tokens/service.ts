import { randomUUID } from "node:crypto";
import { decodeJwt, exportJWK, generateKeyPair, importJWK, type JWK, jwtVerify, SignJWT } from "jose";
import { isUuid, newId } from "../core/ids.ts";
import { WORKER } from "../db/identity.ts";
import type { Db } from "../db/lease.ts";
import type { Pool } from "../db/pool.ts";
import { write } from "../db/session.ts";
import { ALGORITHM, type Claims, endOfToken, keyPeriod, readClaims, SKEW_SECONDS, TOKEN_SECONDS, writeClaims } from "./rules.ts";
import { dropEnded, findSigner, insertKey, listPublicKeys, lockKeys, type Signer } from "./store.ts";
import type { Jwk } from "./table.ts";

/** The service's own tokens. */
export interface Keyring {
  /** The address that tokens are issued by and for. */
  readonly issuer: string;
  /** True for a token that says it is one of these. It may be lying. */
  claims(token: string): boolean;
  /** A signed token that holds so many seconds. */
  issue(claims: Claims, seconds: number): Promise<string>;
  /** What a token says and until when; null if it is none of these, or holds no more. */
  read(token: string): Promise<{ claims: Claims; expiresAt: Date } | null>;
  /** The public halves, for whoever checks tokens themselves (RFC 7517). */
  published(): Promise<{ keys: Jwk[] }>;
}

const TYPE = "at+jwt";
const TIMEOUT_MS = 5_000;
/** A key that is taken out of the database is believed for so long at most. */
const MAX_AGE_MS = 60_000;

/** Everybody may ask for the public halves, and costs the database no more than this. */
const PUBLISHED_MS = 5_000;

type ImportedKey = Awaited<ReturnType<typeof importJWK>>;

async function makeSigner(db: Db, now: Date): Promise<Signer> {
  await lockKeys(db);
  const other = await findSigner(db, now);
  if (other) return other;
  const pair = await generateKeyPair(ALGORITHM, { extractable: true });
  const [publicKey, privateKey] = (await Promise.all([exportJWK(pair.publicKey), exportJWK(pair.privateKey)])) as [Jwk, Jwk];
  const [id, period] = [newId(now), keyPeriod(now)];
  await insertKey(db, { id, publicKey, privateKey, ...period });
  await dropEnded(db, now);
  return { id, privateKey, signsUntil: period.signsUntil };
}

/**
 * Tokens by keys that stand in the database: every process on it signs by the same one, made when it is first needed and anew every 30
 * days, and believes what the others have signed. A token is checked by the key it names, one algorithm, and the issuer of
 * now, as issuer and audience.
 */
export function createKeyring(pool: Pool, issuerNow: () => string): Keyring {
  const known = new Map<string, { key: ImportedKey; until: number }>();
  let signing: { signer: Signer; key: ImportedKey; until: number } | null = null;
  let published: { set: { keys: Jwk[] }; until: number } | null = null;
  const transact = <T>(work: (db: Db) => Promise<T>) => write(pool, WORKER, work, { timeoutMs: TIMEOUT_MS });

  async function signerAt(now: Date): Promise<NonNullable<typeof signing>> {
    if (signing && signing.until > now.getTime()) return signing;
    const signer = await transact(async (db) => (await findSigner(db, now)) ?? makeSigner(db, now));
    const key = await importJWK(signer.privateKey as JWK, ALGORITHM);
    published = null;
    return (signing = { signer, key, until: Math.min(now.getTime() + MAX_AGE_MS, signer.signsUntil.getTime()) });
  }

  async function keyNamed(kid: string | undefined): Promise<ImportedKey | null> {
    const now = new Date();
    const found = known.get(kid ?? "");
    if (found && found.until > now.getTime()) return found.key;
    const [row] = kid && isUuid(kid) ? await transact((db) => listPublicKeys(db, now, kid)) : [];
    if (!row) return null;
    const key = await importJWK(row.publicKey as JWK, ALGORITHM);
    known.set(row.id, { key, until: now.getTime() + MAX_AGE_MS });
    return key;
  }

  return {
    get issuer() {
      return issuerNow();
    },
    claims(token) {
      try {
        return decodeJwt(token).iss === issuerNow();
      } catch {
        return false;
      }
    },
    async issue(claims, seconds) {
      const now = new Date();
      const { signer, key } = await signerAt(now);
      const at = Math.floor(now.getTime() / 1_000);
      const issuer = issuerNow();
      return new SignJWT({ ...writeClaims(claims), iss: issuer, aud: issuer, iat: at, exp: at + seconds, jti: randomUUID() })
        .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: signer.id })
        .sign(key);
    },
    async read(token) {
      // What is known of the key comes first: a database that can't be asked is an outage, and no judgement of the token.
      let failure: unknown;
      const find = async ({ kid }: { kid?: string }) => {
        const key = await keyNamed(kid).catch((error: unknown) => {
          failure = error;
          throw error;
        });
        if (!key) throw new Error("unknown key");
        return key;
      };
      const issuer = issuerNow();
      const options = { issuer, audience: issuer, algorithms: [ALGORITHM], typ: TYPE, requiredClaims: ["exp"], maxTokenAge: TOKEN_SECONDS, clockTolerance: SKEW_SECONDS };
      const verified = await jwtVerify(token, find, options).catch(() => null);
      if (failure) throw failure;
      const claims = verified && readClaims(verified.payload);
      return claims && { claims, expiresAt: endOfToken(verified.payload.exp!) };
    },
    async published() {
      const now = new Date();
      if (published && published.until > now.getTime()) return published.set;
      const rows = await transact((db) => listPublicKeys(db, now));
      const set = { keys: rows.map(({ id, publicKey }) => ({ ...publicKey, kid: id, alg: ALGORITHM, use: "sig" })) };
      published = { set, until: now.getTime() + PUBLISHED_MS };
      return set;
    },
  };
}
