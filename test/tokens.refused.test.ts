import { generateKeyPairSync, randomUUID } from "node:crypto";
import { importJWK, importPKCS8, type JWTPayload, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeKey } from "../src/grants/rules.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { exchange, idOf, makeClient, type MachineClient, tokenOf } from "./kit/oauth.ts";
import { socketOf } from "./kit/sockets.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

const [IDP, AUDIENCE, OWN] = ["https://id.example.org", "assay", "http://localhost:4000"];
const SPKI = { type: "spki", format: "pem" } as const;
const PKCS8 = { type: "pkcs8", format: "pem" } as const;
const [rsa, other] = [0, 1].map(() => generateKeyPairSync("rsa", { modulusLength: 2048, publicKeyEncoding: SPKI, privateKeyEncoding: PKCS8 })) as [Pair, Pair];
const elliptic = generateKeyPairSync("ec", { namedCurve: "P-256", publicKeyEncoding: SPKI, privateKeyEncoding: PKCS8 });
type Pair = Record<"publicKey" | "privateKey", string>;

let world: World;
let url: string;
let project: ProjectFixture;
let client: MachineClient;
let kid: string;
let privateKey: Awaited<ReturnType<typeof importJWK>>;
let publicKey: Record<string, string>;
beforeAll(async () => {
  const jwt = { issuer: IDP, audience: AUDIENCE, algorithm: "RS256", publicKey: rsa.publicKey } as const;
  world = await createWorld(jwt, { failuresPerMinute: 10_000 });
  url = await world.listen();
  project = await makeProject(world.sql);
  client = await newClient();
  await tokenOf(world, client);
  const [key] = await world.sql`select id, private_key, public_key from signing_keys`;
  kid = key!.id;
  publicKey = key!.public_key;
  privateKey = await importJWK(key!.private_key, "ES256");
  const id = randomUUID();
  await world.sql`insert into principals (id, kind, name, issuer, subject) values (${id}, 'PERSON', 'real', ${IDP}, 'real')`;
  await world.sql`insert into role_grants (id, principal_id, role, project_id) values (${randomUUID()}, ${id}, 'QA_LEAD', ${project.projectId})`;
});
afterAll(() => world.close());

const newClient = () => makeClient(world, { projectId: project.projectId, vendorId: project.vendors[0]!.id, scopes: ["people:act", "metrics:read"] });
const now = () => Math.floor(Date.now() / 1_000);
const text = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const absent = (claims: JWTPayload, ...names: string[]) => Object.fromEntries(Object.entries(claims).filter(([name]) => !names.includes(name)));

const byProvider = (): JWTPayload => ({ iss: IDP, aud: AUDIENCE, sub: "real", iat: now(), exp: now() + 300 });
const fromProvider = async (claims: JWTPayload, header: { alg?: string; kid?: string } = {}, pem = rsa.privateKey) =>
  new SignJWT(claims).setProtectedHeader({ alg: "RS256", ...header }).sign(await importPKCS8(pem, header.alg ?? "RS256"));

let ownClaims: JWTPayload;
const fromUs = (claims: JWTPayload, header: object = {}, key = privateKey) =>
  new SignJWT(claims).setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid, ...header }).sign(key);
const byUs = (): JWTPayload => ({ ...ownClaims, iat: now(), exp: now() + 300 });
beforeAll(async () => {
  const [row] = await world.sql`select id, left(key_hash, 16) as print from api_clients where principal_id = ${client.principalId}`;
  ownClaims = { iss: OWN, aud: OWN, sub: idOf("Principal", client.principalId), client_id: idOf("ApiClient", row!.id), key_print: row!.print, scope: "metrics:read" };
});

async function endedKey(columns: object): Promise<MachineClient> {
  const ended = await newClient();
  await world.sql`update api_clients set ${world.sql(columns)} where principal_id = ${ended.principalId}`;
  return ended;
}

async function exchanged(): Promise<[person: Caller, token: string]> {
  const person = await world.caller({ role: "VENDOR_QA", projectId: project.projectId, vendorId: project.vendors[0]!.id });
  return [person, (await exchange(world, client, idOf("Principal", person.principalId))).body.access_token];
}

const TOKENS: Record<string, () => Promise<string> | string> = {
  "an empty one": () => "",
  garbage: () => "é.è.ê",
  "three dots": () => "...",
  "an unknown key": () => makeKey().key,
  "a revoked key": async () => (await endedKey({ revoked_at: new Date() })).token,
  "an expired key": async () => (await endedKey({ expires_at: new Date(Date.now() - 1) })).token,
  "the provider's: unsigned": () => `${text({ alg: "none" })}.${text(byProvider())}.`,
  "the provider's: HS256 by the public key": () => new SignJWT(byProvider()).setProtectedHeader({ alg: "HS256" }).sign(Buffer.from(rsa.publicKey)),
  "the provider's: by another key": () => fromProvider(byProvider(), {}, other.privateKey),
  "the provider's: by another algorithm": () => fromProvider(byProvider(), { alg: "ES256" }, elliptic.privateKey),
  "the provider's: expired": () => fromProvider({ ...byProvider(), exp: now() - 10 }),
  "the provider's: not yet valid": () => fromProvider({ ...byProvider(), nbf: now() + 60 }),
  "the provider's: issued in the future": () => fromProvider({ ...byProvider(), iat: now() + 120 }),
  "the provider's: for another audience": () => fromProvider({ ...byProvider(), aud: "elsewhere" }),
  "the provider's: of another issuer": () => fromProvider({ ...byProvider(), iss: "https://evil.example.org" }),
  "the provider's: without subject": () => fromProvider(absent(byProvider(), "sub")),
  "the provider's: without end": () => fromProvider(absent(byProvider(), "exp")),
  "the provider's, as if it were ours": () => fromProvider({ ...byUs(), sub: "real" }),
  "the provider's key, on what ours says": () => fromProvider(byUs(), { kid }),
  "ours: unsigned": () => `${text({ alg: "none", typ: "at+jwt", kid })}.${text(byUs())}.`,
  "ours: HS256 by the public key": () => fromUs(byUs(), { alg: "HS256" }, Buffer.from(publicKey.x! + publicKey.y!, "base64url")),
  "ours: HS256 by the public key's JSON": () => fromUs(byUs(), { alg: "HS256" }, Buffer.from(JSON.stringify(publicKey).padEnd(32))),
  "ours: by another key": async () => fromUs(byUs(), {}, await importPKCS8(elliptic.privateKey, "ES256")),
  "ours: by an unknown key": () => fromUs(byUs(), { kid: randomUUID() }),
  "ours: by no key": () => fromUs(byUs(), { kid: undefined }),
  "ours: by a key that is a query": () => fromUs(byUs(), { kid: "' or true --" }),
  "ours: of another type": () => fromUs(byUs(), { typ: "JWT" }),
  "ours: expired": () => fromUs({ ...byUs(), exp: now() - 10 }),
  "ours: not yet valid": () => fromUs({ ...byUs(), nbf: now() + 60 }),
  "ours: issued in the future": () => fromUs({ ...byUs(), iat: now() + 60 }),
  "ours: issued too long ago": () => fromUs({ ...byUs(), iat: now() - 700 }),
  "ours: for another audience": () => fromUs({ ...byUs(), aud: AUDIENCE }),
  "ours, as if it were the provider's": () => fromUs({ ...byUs(), iss: IDP, aud: AUDIENCE, sub: "real" }),
  "ours: without subject": () => fromUs(absent(byUs(), "sub")),
  "ours: without end": () => fromUs(absent(byUs(), "exp")),
  "ours: without its key": () => fromUs(absent(byUs(), "key_print")),
  "ours: by no key of the client's": () => fromUs({ ...byUs(), key_print: "0123456789abcdef" }),
  "ours: for somebody else, without an actor": async () => fromUs({ ...byUs(), sub: idOf("Principal", world.admin.principalId), act: {} }),
  "ours: for an administrator": async () =>
    fromUs({ ...byUs(), sub: idOf("Principal", world.admin.principalId), act: { sub: ownClaims.sub }, vendor_id: idOf("Vendor", project.vendors[0]!.id) }),
  "ours, with claims that were changed": async () => {
    const [header, , signature] = (await fromUs(byUs())).split(".");
    return `${header}.${text({ ...byUs(), scope: "metrics:read gold:write" })}.${signature}`;
  },
  "a revoked client's": async () => {
    const ended = await newClient();
    const token = await tokenOf(world, ended);
    await world.sql`update api_clients set revoked_at = now() where principal_id = ${ended.principalId}`;
    return token;
  },
  "for somebody who has left": async () => {
    const [person, token] = await exchanged();
    await world.sql`update principals set deactivated_at = now() where id = ${person.principalId}`;
    return token;
  },
  "for somebody who works for the vendor no more": async () => {
    const [person, token] = await exchanged();
    await world.sql`update role_grants set revoked_at = now() where principal_id = ${person.principalId}`;
    return token;
  },
};

const QUERY = JSON.stringify({ query: "{ viewer { role } }" });
const SUBSCRIPTION = JSON.stringify({ query: `subscription ($id: ID!) { projectEvents(projectId: $id) { type } }`, variables: { id: "x" } });
const bearer = (token: string | null): Record<string, string> => (token === null ? {} : { authorization: `Bearer ${encodeURI(token)}` });

async function told(response: Response): Promise<unknown> {
  const body = await response.text();
  return [response.status, response.headers.get("www-authenticate"), body.replace(/"requestId":"[^"]*"/, "")];
}

const WAYS: Record<string, (token: string | null) => Promise<unknown>> = {
  "the short path": async (token) => told(await fetch(`${url}/graphql`, { method: "POST", headers: { "content-type": "application/json", ...bearer(token) }, body: QUERY })),
  "Yoga's path": async (token) =>
    told(await world.server.fetch(new Request("http://assay.test/graphql", { method: "POST", headers: { "content-type": "application/json", ...bearer(token) }, body: QUERY }))),
  "server-sent events": async (token) => {
    const headers = { "content-type": "application/json", accept: "text/event-stream", ...bearer(token) };
    return told(await fetch(`${url}/graphql`, { method: "POST", headers, body: SUBSCRIPTION }));
  },
  uploads: async (token) =>
    told(await fetch(`${url}/import/decisions?project=${project.projectCode}`, { method: "POST", headers: { "content-type": "text/csv", ...bearer(token) }, body: "a\n" })),
  "a WebSocket": (token) =>
    new Promise((resolve) => {
      const socket = socketOf(url, { token: "" }, { connectionParams: bearer(token), lazy: false, onNonLazyError: () => {} });
      socket.on("closed", (event) => resolve([(event as { code: number }).code, (event as { reason: string }).reason]));
    }),
};

describe("a token that can't be trusted is answered by the same bytes as none, on every path", () => {
  const none = new Map<string, unknown>();
  beforeAll(async () => {
    for (const [way, send] of Object.entries(WAYS)) none.set(way, await send(null));
  });

  test("which say that one is needed", () => {
    for (const way of ["the short path", "Yoga's path", "uploads"]) expect(none.get(way), way).toMatchObject([401, "Bearer", expect.stringContaining("UNAUTHENTICATED")]);
    expect(JSON.stringify(none.get("server-sent events"))).toContain("UNAUTHENTICATED");
    expect(none.get("a WebSocket")).toMatchObject([4401, expect.any(String)]);
  });

  test("and would be told apart from one that is good", async () => {
    for (const token of [await fromProvider(byProvider()), await fromUs(byUs()), (await exchanged())[1]]) {
      expect(await WAYS["the short path"]!(token)).toMatchObject([200, null, expect.stringContaining("role")]);
    }
  });

  test("nor does a token count as ended, or as not yet valid, for what two clocks may differ by", async () => {
    for (const skewed of [{ iat: now() - 300, exp: now() - 2 }, { iat: now() + 3, nbf: now() + 3 }]) {
      for (const token of [await fromProvider({ ...byProvider(), ...skewed }), await fromUs({ ...byUs(), ...skewed })]) {
        expect(await WAYS["the short path"]!(token)).toMatchObject([200, null, expect.stringContaining("role")]);
      }
    }
  });

  test.each(Object.keys(TOKENS))("%s", async (name) => {
    const token = await TOKENS[name]!();
    const answers = await Promise.all(Object.entries(WAYS).map(async ([way, send]) => [way, await send(token)]));
    expect(Object.fromEntries(answers)).toEqual(Object.fromEntries(none));
  });
});
