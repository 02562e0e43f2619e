import { createRemoteJWKSet, errors, importSPKI, jwtVerify, type JWTVerifyGetKey } from "jose";
import { endOfToken, SKEW_SECONDS } from "./rules.ts";

/** How JWTs of the organisation's identity provider are checked. Exactly one of `jwksUrl` and `publicKey` (SPKI, PEM). */
export interface JwtOptions {
  issuer: string;
  audience: string;
  algorithm: "RS256" | "PS256" | "ES256" | "EdDSA";
  jwksUrl?: string;
  publicKey?: string;
}

/** The identity provider's keys can't be had, so nothing is known about the token: an outage, not a refusal. */
export class KeysUnavailable extends Error {
  override readonly name = "KeysUnavailable";
}

/** Who signed in, and until when. */
export interface SignIn {
  issuer: string;
  subject: string;
  expiresAt: Date;
}

/** Keys are read again after so long, while the known ones go on working. */
const RENEW_MS = 600_000;
/** A key that is not among the known ones is looked for at most this often: whoever invents keys costs the provider no more. */
const SEARCH_MS = 2_000;
/** What the provider's clock may be ahead by. */
const AHEAD_SECONDS = 60;

function remoteKeys(url: string): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(url), { cacheMaxAge: Number.POSITIVE_INFINITY, cooldownDuration: SEARCH_MS });
  let renewAt = Date.now() + RENEW_MS;
  return (header, token) => {
    if (renewAt <= Date.now()) {
      renewAt = Date.now() + RENEW_MS;
      // Where it fails, the known ones are good for as long again.
      void keys.reload().catch(() => {});
    }
    return keys(header, token).catch((cause: unknown) => {
      if (cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys) throw cause;
      throw new KeysUnavailable(`no keys from ${url}`, { cause });
    });
  };
}

async function keySource({ jwksUrl, publicKey, algorithm }: JwtOptions): Promise<JWTVerifyGetKey> {
  if (jwksUrl) return remoteKeys(jwksUrl);
  const key = await importSPKI(publicKey!, algorithm);
  return async () => key;
}

/**
 * Checks JWTs of the identity provider: null for one that can't be trusted, KeysUnavailable where that can't be known. A key that the
 * provider has added is believed from its first token on; while the provider is away, the keys that were known go on.
 */
export function createProvider(jwt: JwtOptions): (token: string) => Promise<SignIn | null> {
  let keys: Promise<JWTVerifyGetKey> | undefined;
  return async (token) => {
    const { issuer, audience, algorithm } = jwt;
    const options = { issuer, audience, algorithms: [algorithm], requiredClaims: ["sub", "exp"], clockTolerance: SKEW_SECONDS };
    const verified = await jwtVerify(token, await (keys ??= keySource(jwt)), options).catch((error: unknown) => {
      if (error instanceof KeysUnavailable) throw error;
      return null;
    });
    const { sub, exp, iat = 0 } = verified?.payload ?? {};
    // Whoever says that it was issued later than now has no clock to be trusted.
    if (typeof sub !== "string" || iat > Date.now() / 1_000 + AHEAD_SECONDS) return null;
    return { issuer, subject: sub, expiresAt: endOfToken(exp!) };
  };
}
