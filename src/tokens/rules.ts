import { encodeId, readId } from "../core/ids.ts";
import { type Scope, SCOPES } from "../core/viewer.ts";

/** The one algorithm that the service signs by, and accepts of itself. */
export const ALGORITHM = "ES256";
/** How long a token of the service holds at most. */
export const TOKEN_SECONDS = 600;
/** What the clocks of two machines may differ by. */
export const SKEW_SECONDS = 5;

const DAY_MS = 86_400_000;
const SIGNING_DAYS = 30;
/** Behind the last token's end: for clocks that differ, and for whoever keeps a copy of the keys. */
const MARGIN_MS = 3_600_000;

/** The life of a key that is made now: a new one signs every 30 days, and the old one is published until its last token has ended for an hour. */
export function keyPeriod(now: Date): { createdAt: Date; signsUntil: Date; endsAt: Date } {
  const signsUntil = new Date(now.getTime() + SIGNING_DAYS * DAY_MS);
  return { createdAt: now, signsUntil, endsAt: new Date(signsUntil.getTime() + TOKEN_SECONDS * 1_000 + MARGIN_MS) };
}

/** When a token that ends at this second, by the clock of whoever issued it, is believed no more. */
export function endOfToken(exp: number): Date {
  return new Date((exp + SKEW_SECONDS) * 1_000);
}

/** For whom a client acts by an exchanged token, and at which vendor. */
export interface Behalf {
  principalId: string;
  vendorId: string;
}

/** What a token of the service says. */
export interface Claims {
  /** The machine client's principal, which acts. */
  actorId: string;
  /** The API key that it showed. */
  clientId: string;
  /** Which of the client's keys that was: with that one, the token ends. */
  keyPrint: string;
  scopes: readonly Scope[];
  /** Null where the client acts as itself. */
  behalf: Behalf | null;
}

const PRINT = /^[0-9a-f]{16}$/;
const opaque = (type: string, id: string) => encodeId(type, { projectId: null, id });

/** The claims as a token carries them (RFC 9068; of an exchanged one, RFC 8693 section 4.1): ids are those of the API. */
export function writeClaims({ actorId, clientId, keyPrint, scopes, behalf }: Claims): Record<string, unknown> {
  const actor = opaque("Principal", actorId);
  const shared = { client_id: opaque("ApiClient", clientId), key_print: keyPrint, scope: scopes.join(" ") };
  if (!behalf) return { ...shared, sub: actor };
  return { ...shared, sub: opaque("Principal", behalf.principalId), act: { sub: actor }, vendor_id: opaque("Vendor", behalf.vendorId) };
}

function idOf(type: string, value: unknown): string | null {
  const read = typeof value === "string" ? readId(value) : null;
  return read?.type === type && read.key.projectId === null ? read.key.id : null;
}

/** What `writeClaims` wrote; null if it didn't write this. */
export function readClaims({ sub, client_id, key_print, scope, act, vendor_id }: Readonly<Record<string, unknown>>): Claims | null {
  const [subjectId, clientId] = [idOf("Principal", sub), idOf("ApiClient", client_id)];
  if (!subjectId || !clientId || typeof key_print !== "string" || !PRINT.test(key_print) || typeof scope !== "string") return null;
  const words = scope.split(" ");
  const shared = { clientId, keyPrint: key_print, scopes: SCOPES.filter((each) => words.includes(each)) };
  if (act === undefined) return { ...shared, actorId: subjectId, behalf: null };
  const [actorId, vendorId] = [idOf("Principal", (act as { sub?: unknown } | null)?.sub), idOf("Vendor", vendor_id)];
  return actorId && vendorId ? { ...shared, actorId, behalf: { principalId: subjectId, vendorId } } : null;
}
