import { InvalidInput } from "../core/errors.ts";
import { decodeId } from "../core/ids.ts";
import { type Scope, SCOPES } from "../core/viewer.ts";

/** What a client may ask for (RFC 6749 section 4.4, RFC 8693). */
export const GRANT_TYPES = ["client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"] as const;
export const ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token";
/** How a client names the person it acts for: by the id of their Principal, or of their Labeler. */
export const SUBJECT_TYPES = { Principal: "urn:assay:token-type:principal-id", Labeler: "urn:assay:token-type:labeler-id" } as const;

const MEANINGS = {
  invalid_request: 400, invalid_client: 401, unauthorized_client: 400, unsupported_grant_type: 400, invalid_scope: 400, invalid_target: 400,
} as const;

/** Why there is no token, in the words of RFC 6749 section 5.2 and RFC 8693 section 2.2.2. */
export class OauthError extends Error {
  override readonly name = "OauthError";
  readonly code: keyof typeof MEANINGS;

  constructor(code: keyof typeof MEANINGS, message: string) {
    super(message);
    this.code = code;
  }

  get status(): number {
    return MEANINGS[this.code];
  }
}

/** The client isn't who it says it is; the answer never says why. */
export function unknownClient(): OauthError {
  return new OauthError("invalid_client", "The client is unknown, or its secret is wrong, revoked or expired.");
}

/** Parameters of a token request, each given once at most; empty ones count as absent. */
export type Form = ReadonlyMap<string, string>;

/** Reads a form; refuses a parameter that comes twice. */
export function readForm(body: string): Form {
  const form = new Map<string, string>();
  const names = new Set<string>();
  for (const [name, value] of new URLSearchParams(body)) {
    if (names.has(name)) throw new OauthError("invalid_request", "A parameter is given more than once.");
    names.add(name);
    if (value !== "") form.set(name, value);
  }
  return form;
}

/** Who a client says it is. */
export interface ShownClient {
  id: string;
  secret: string;
}

function readBasic(header: string): ShownClient {
  const match = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(header);
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(match ? Buffer.from(match[1]!, "base64").toString() : "") ?? [];
  try {
    // RFC 6749 section 2.3.1: both are form-encoded before they are put together.
    if (id && secret) return { id: decodeURIComponent(id.replaceAll("+", " ")), secret: decodeURIComponent(secret.replaceAll("+", " ")) };
  } catch {
    // No encoding of anything.
  }
  throw unknownClient();
}

/** The client by HTTP Basic or by the form; refuses both at once, and neither. */
export function readClient(authorization: string | null, form: Form): ShownClient {
  const [id, secret] = [form.get("client_id"), form.get("client_secret")];
  if (authorization === null) {
    if (id && secret) return { id, secret };
    throw unknownClient();
  }
  const shown = readBasic(authorization);
  if (secret || (id && id !== shown.id)) throw new OauthError("invalid_request", "The client is named twice: by the header and by the form.");
  return shown;
}

/** The scopes that are asked for, all that the key has if none are; refuses any that it lacks. */
export function narrow(asked: string | undefined, scopes: ReadonlySet<Scope>): Scope[] {
  if (asked === undefined) return SCOPES.filter((scope) => scopes.has(scope));
  const words = asked.split(" ").filter(Boolean);
  if (words.every((word) => scopes.has(word as Scope))) return SCOPES.filter((scope) => words.includes(scope));
  throw new OauthError("invalid_scope", "The key lacks a scope that is asked for.");
}

/** A person, or the labeler as whom they work. */
export type Subject = { principalId: string } | { labelerId: string };

/** Whom an exchange is for; refuses what no answer could be to: another token than a Bearer one, an actor beside the client, other receivers. */
export function readSubject(form: Form, issuer: string): Subject {
  const [token, type] = [form.get("subject_token"), form.get("subject_token_type")];
  const kind = (Object.keys(SUBJECT_TYPES) as (keyof typeof SUBJECT_TYPES)[]).find((each) => SUBJECT_TYPES[each] === type);
  if (!token || !kind) throw new OauthError("invalid_request", `subject_token and subject_token_type are needed, the type one of ${Object.values(SUBJECT_TYPES).join(", ")}.`);
  if (form.has("actor_token")) throw new OauthError("invalid_request", "actor_token: the actor is the client itself; leave it out.");
  const wanted = form.get("requested_token_type") ?? ACCESS_TOKEN_TYPE;
  if (wanted !== ACCESS_TOKEN_TYPE) throw new OauthError("invalid_request", `requested_token_type: ${ACCESS_TOKEN_TYPE} is the only one.`);
  if (form.has("scope")) throw new OauthError("invalid_scope", "People act by role; leave scope out.");
  for (const name of ["resource", "audience"]) {
    if ((form.get(name) ?? issuer) !== issuer) throw new OauthError("invalid_target", `${name}: tokens are for ${issuer} alone.`);
  }
  try {
    const { id } = decodeId(kind, token, []);
    return kind === "Labeler" ? { labelerId: id } : { principalId: id };
  } catch (error) {
    if (error instanceof InvalidInput) throw unknownSubject();
    throw error;
  }
}

/** There is nobody that the client may act for by this name, for whatever reason. */
export function unknownSubject(): OauthError {
  return new OauthError("invalid_request", "subject_token: it is the id of nobody who works for the client's vendor now, where the client may act.");
}
