import { SCOPES } from "../core/viewer.ts";
import type { OpenRoute, OpenVisit } from "../graphql/routes.ts";
import type { Credentials } from "./credentials.service.ts";
import { GRANT_TYPES, OauthError, readClient, readForm, SUBJECT_TYPES } from "./rules.ts";
import { issueToken } from "./service.ts";

type Issuers = Pick<Credentials, "authenticator" | "keyring">;

const LONGEST_BODY = 10_000;
const NO_STORE = { "cache-control": "no-store", pragma: "no-cache" };
const PUBLIC = { "cache-control": "public, max-age=300" };

async function bodyOf({ headers, body }: Request): Promise<string> {
  if (!/^application\/x-www-form-urlencoded *(;|$)/i.test(headers.get("content-type") ?? "")) {
    throw new OauthError("invalid_request", "content-type: application/x-www-form-urlencoded is the only one.");
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > LONGEST_BODY) throw new OauthError("invalid_request", `The request has more than ${LONGEST_BODY} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function refuse({ code, message, status }: OauthError): Response {
  const headers = { ...NO_STORE, ...(status === 401 ? { "www-authenticate": 'Basic realm="Assay"' } : {}) };
  return Response.json({ error: code, error_description: message }, { status, headers });
}

async function answerToken({ request, guarded, meter, note }: OpenVisit, { authenticator, keyring }: Issuers): Promise<Response> {
  const viewer: Issuers["authenticator"]["viewer"] = async (token, roleHeader) => {
    const client = await guarded(token!, () => authenticator.viewer(token, roleHeader));
    await meter(client);
    return client;
  };
  try {
    const form = readForm(await bodyOf(request));
    const shown = readClient(request.headers.get("authorization"), form);
    const { answer, ...issued } = await issueToken({ ...authenticator, viewer }, keyring, shown, form);
    note({ ...issued, token: form.get("grant_type") });
    return Response.json(answer, { headers: NO_STORE });
  } catch (error) {
    if (error instanceof OauthError) return refuse(error);
    throw error;
  }
}

/** RFC 8414. */
function describe(issuer: string): object {
  return {
    issuer,
    token_endpoint: `${issuer}/oauth/token`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    grant_types_supported: GRANT_TYPES,
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
    scopes_supported: SCOPES,
    response_types_supported: [],
    subject_token_types_supported: Object.values(SUBJECT_TYPES),
  };
}

/**
 * POST /oauth/token: tokens for machine clients, as themselves (RFC 6749 section 4.4) or for one of their vendor's people (RFC 8693).
 * GET /.well-known/jwks.json and /.well-known/oauth-authorization-server: the keys that sign them, and where everything is.
 */
export function oauthRoutes(issuers: Issuers): readonly OpenRoute[] {
  const { keyring } = issuers;
  return [
    { path: "/oauth/token", methods: ["POST"], answer: (visit) => answerToken(visit, issuers) },
    { path: "/.well-known/jwks.json", methods: ["GET", "HEAD"], answer: async () => Response.json(await keyring.published(), { headers: PUBLIC }) },
    { path: "/.well-known/oauth-authorization-server", methods: ["GET", "HEAD"], answer: async () => Response.json(describe(keyring.issuer), { headers: PUBLIC }) },
  ];
}
