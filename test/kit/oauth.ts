import { encodeId } from "../../src/core/ids.ts";
import type { Scope } from "../../src/core/viewer.ts";
import type { Caller, World } from "./world.ts";

export const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
export const PRINCIPAL_ID = "urn:assay:token-type:principal-id";
export const LABELER_ID = "urn:assay:token-type:labeler-id";

/** A machine client, as it shows itself at the token endpoint. */
export interface MachineClient extends Caller {
  clientId: string;
}

/** The beginning of a key, which is its client's id. */
export const prefixOf = ({ token }: Pick<Caller, "token">) => token.slice(0, 14);
export const idOf = (type: string, id: string) => encodeId(type, { projectId: null, id });

/** A machine client with a grant and a key. */
export async function makeClient(world: World, grant: { projectId?: string; vendorId?: string; scopes: Scope[] }): Promise<MachineClient> {
  const caller = await world.caller({ role: "SERVICE", ...grant });
  return { ...caller, clientId: prefixOf(caller) };
}

/** The answer of the token endpoint. */
export interface TokenAnswer {
  status: number;
  headers: Headers;
  body: Record<string, any>;
}

/** Asks for a token by HTTP Basic, unless the form says who asks. */
export async function askToken(world: World, client: Pick<MachineClient, "clientId" | "token"> | null, form: Record<string, string>, headers: Record<string, string> = {}): Promise<TokenAnswer> {
  const authorization = client && { authorization: `Basic ${Buffer.from(`${client.clientId}:${client.token}`).toString("base64")}` };
  const response = await world.server.fetch(
    new Request("http://assay.test/oauth/token", {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", ...authorization, ...headers },
      body: new URLSearchParams(form).toString(),
    }),
  );
  return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, any> };
}

/** A token of the client's own. */
export async function tokenOf(world: World, client: MachineClient, scope?: string): Promise<string> {
  const { status, body } = await askToken(world, client, { grant_type: "client_credentials", ...(scope ? { scope } : {}) });
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body.access_token;
}

/** The answer to a client that wants to act for somebody. */
export function exchange(world: World, client: MachineClient, subject: string, type = PRINCIPAL_ID): Promise<TokenAnswer> {
  return askToken(world, client, { grant_type: EXCHANGE, subject_token: subject, subject_token_type: type });
}
