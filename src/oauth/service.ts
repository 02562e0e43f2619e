import { Refusal } from "../core/errors.ts";
import { encodeId } from "../core/ids.ts";
import type { Viewer } from "../core/viewer.ts";
import { type Authenticator, Unauthenticated } from "../grants/authenticator.service.ts";
import { isKey, type KnownKey } from "../grants/rules.ts";
import { type Behalf, TOKEN_SECONDS } from "../tokens/rules.ts";
import type { Keyring } from "../tokens/service.ts";
import { ACCESS_TOKEN_TYPE, type Form, GRANT_TYPES, narrow, OauthError, readSubject, type ShownClient, unknownClient, unknownSubject } from "./rules.ts";

/** What a token was issued for. */
export interface Issued {
  answer: { access_token: string; token_type: "Bearer"; expires_in: number; scope?: string; issued_token_type?: string };
  clientId: string;
  /** The person that the client acts for; null for itself. */
  subjectId: string | null;
}

type Client = Viewer & KnownKey;

async function identify(authenticator: Authenticator, { id, secret }: ShownClient): Promise<Client> {
  // Another token would do for a viewer; a secret is a key.
  if (!isKey(secret)) throw unknownClient();
  const viewer = await authenticator.viewer(secret, null).catch((error: unknown) => {
    if (error instanceof Unauthenticated) throw unknownClient();
    if (error instanceof Refusal) throw new OauthError("unauthorized_client", "The client has no grant to act under.");
    throw error;
  });
  const names = [secret.slice(0, secret.indexOf("_", "assay_".length)), encodeId("ApiClient", { projectId: null, id: viewer.clientId! })];
  if (!names.includes(id)) throw unknownClient();
  if (viewer.role !== "SERVICE") throw new OauthError("unauthorized_client", "Tokens are for machine clients; people sign in at the identity provider.");
  return viewer as Client;
}

async function exchange(authenticator: Authenticator, client: Client, form: Form, issuer: string): Promise<Behalf> {
  if (!client.scopes!.has("people:act")) throw new OauthError("unauthorized_client", "The key lacks scope people:act.");
  if (!client.vendorId) throw new OauthError("unauthorized_client", "Only a vendor's client acts for people, and this one is of none.");
  const behalf = await authenticator.represent(client, readSubject(form, issuer));
  if (!behalf) throw unknownSubject();
  return behalf;
}

/**
 * A token for a client: as itself, with the scopes of its key or fewer, or for one of its own vendor's people. It ends with the key at the
 * latest, and is worth nothing as soon as what it stands on is withdrawn: it is looked up like the key itself. Throws OauthError.
 */
export async function issueToken(authenticator: Authenticator, keyring: Keyring, shown: ShownClient, form: Form): Promise<Issued> {
  const client = await identify(authenticator, shown);
  const type = form.get("grant_type");
  if (!type) throw new OauthError("invalid_request", `grant_type is needed, one of ${GRANT_TYPES.join(", ")}.`);
  const [asClient] = GRANT_TYPES;
  if (!(GRANT_TYPES as readonly string[]).includes(type)) throw new OauthError("unsupported_grant_type", `grant_type: one of ${GRANT_TYPES.join(", ")}.`);
  const behalf = type === asClient ? null : await exchange(authenticator, client, form, keyring.issuer);
  const scopes = behalf ? [] : narrow(form.get("scope"), client.scopes!);
  const left = Math.floor(((client.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY) - Date.now()) / 1_000);
  if (left < 1) throw unknownClient();
  const seconds = Math.min(TOKEN_SECONDS, left);
  const token = await keyring.issue({ actorId: client.principalId, clientId: client.clientId, keyPrint: client.keyPrint, scopes, behalf }, seconds);
  const extra = behalf ? { issued_token_type: ACCESS_TOKEN_TYPE } : { scope: scopes.join(" ") };
  return {
    answer: { access_token: token, token_type: "Bearer", expires_in: seconds, ...extra },
    clientId: client.clientId,
    subjectId: behalf?.principalId ?? null,
  };
}
