import { createLocalJWKSet, decodeJwt, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { askToken, idOf, makeClient, type MachineClient, tokenOf } from "./kit/oauth.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
let client: MachineClient;
beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
  client = await makeClient(world, { projectId: project.projectId, scopes: ["decisions:write", "metrics:read"] });
});
afterAll(() => world.close());

const ISSUER = "http://localhost:4000";
const OWN = { grant_type: "client_credentials" };
const WHO = "{ viewer { role principal { id } } }";
const asked = (token: string, of: World = world) => of.known({ principalId: "", token }).send(WHO);
const get = async (path: string, of: World = world) => (await of.server.fetch(new Request(`http://assay.test${path}`))).json() as Promise<any>;

const clientGid = async () => idOf("ApiClient", (await world.sql`select id from api_clients where principal_id = ${client.principalId}`)[0]!.id);

describe("a machine client", () => {
  test("gets a token by its key, by header or form, which acts as it for ten minutes", async () => {
    const byHeader = await askToken(world, client, OWN);
    expect(byHeader).toMatchObject({
      status: 200, body: { token_type: "Bearer", expires_in: 600, scope: "decisions:write metrics:read", access_token: expect.any(String) },
    });
    expect(byHeader.headers.get("cache-control")).toBe("no-store");
    for (const clientId of [client.clientId, await clientGid()]) {
      const { body } = await askToken(world, null, { ...OWN, client_id: clientId, client_secret: client.token });
      expect((await asked(body.access_token)).data).toEqual({ viewer: { role: "SERVICE", principal: { id: idOf("Principal", client.principalId) } } });
    }
    const claims = decodeJwt(byHeader.body.access_token);
    expect(claims).toMatchObject({ iss: ISSUER, aud: ISSUER, sub: idOf("Principal", client.principalId), client_id: await clientGid() });
    expect(claims.exp! - claims.iat!).toBe(600);
  });

  test("is answered over HTTP as it stands in the README", async () => {
    const url = await world.listen();
    const body = new URLSearchParams({ ...OWN, client_id: client.clientId, client_secret: client.token });
    const response = await fetch(`${url}/oauth/token`, { method: "POST", body });
    expect([response.status, response.headers.get("cache-control"), response.headers.get("content-type")]).toEqual([200, "no-store", "application/json"]);
    const { access_token: token } = (await response.json()) as { access_token: string };
    const request = { method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${token}` }, body: JSON.stringify({ query: WHO }) };
    expect(await (await fetch(`${url}/graphql`, request)).json()).toMatchObject({ data: { viewer: { role: "SERVICE" } } });
    expect((await fetch(`${url}/.well-known/jwks.json`)).status).toBe(200);
  });

  test("may have fewer scopes than its key, and no others", async () => {
    const narrow = await askToken(world, client, { ...OWN, scope: "metrics:read" });
    expect(narrow.body.scope).toBe("metrics:read");
    const may = async (token: string) => (await world.known({ principalId: "", token }).ask("{ viewer { may } }")).viewer.may;
    expect(await may(await tokenOf(world, client))).toEqual(await may(client.token));
    expect(await may(client.token)).toContain("recordDecisions");
    expect(await may(narrow.body.access_token)).not.toContain("recordDecisions");
    expect(await askToken(world, client, { ...OWN, scope: "metrics:read gold:write" })).toMatchObject({ status: 400, body: { error: "invalid_scope" } });
  });

  test("is told what is wrong in the words of RFC 6749", async () => {
    const person = await world.caller({ role: "AUDITOR", projectId: project.projectId });
    const idle = await world.caller();
    const other = { ...client, clientId: "assay_00000000" };
    const own = await tokenOf(world, client);
    type Wrong = [status: number, error: string, answer: ReturnType<typeof askToken>];
    const wrong: Wrong[] = [
      [400, "unsupported_grant_type", askToken(world, client, { grant_type: "password" })],
      [400, "invalid_request", askToken(world, client, {})],
      [400, "invalid_request", askToken(world, client, { ...OWN, client_secret: client.token })],
      [400, "invalid_request", askToken(world, client, OWN, { "content-type": "application/json" })],
      [400, "invalid_request", askToken(world, client, { ...OWN, state: "x".repeat(10_001) })],
      [401, "invalid_client", askToken(world, null, OWN)],
      [401, "invalid_client", askToken(world, other, OWN)],
      [401, "invalid_client", askToken(world, { ...client, token: `${client.token.slice(0, -3)}AAA` }, OWN)],
      ...[client.clientId, await clientGid()].map((clientId): Wrong => [401, "invalid_client", askToken(world, { clientId, token: own }, OWN)]),
      [401, "invalid_client", askToken(world, null, OWN, { authorization: "Basic %%%" })],
      [400, "unauthorized_client", askToken(world, { clientId: person.token.slice(0, 14), token: person.token }, OWN)],
      [400, "unauthorized_client", askToken(world, { clientId: idle.token.slice(0, 14), token: idle.token }, OWN)],
    ];
    for (const [status, error, answer] of wrong) {
      const { headers, ...told } = await answer;
      expect(told).toMatchObject({ status, body: { error } });
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("www-authenticate")).toBe(status === 401 ? 'Basic realm="Assay"' : null);
    }
    const twice = new Request("http://assay.test/oauth/token", {
      method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body: "grant_type=client_credentials&grant_type=client_credentials",
    });
    expect(await (await world.server.fetch(twice)).json()).toMatchObject({ error: "invalid_request" });
    expect((await world.server.fetch(new Request("http://assay.test/oauth/token"))).status).toBe(405);
  });

  test("has no longer token than its key lasts", async () => {
    const brief = await makeClient(world, { projectId: project.projectId, scopes: ["metrics:read"] });
    await world.sql`update api_clients set expires_at = now() + interval '30 seconds' where principal_id = ${brief.principalId}`;
    const { body } = await askToken(world, brief, OWN);
    expect(body.expires_in).toBeLessThanOrEqual(30);
  });
});

describe("the keys that sign", () => {
  test("are published without their private halves, and found from the issuer's address", async () => {
    const token = await tokenOf(world, client);
    const described = await get("/.well-known/oauth-authorization-server");
    expect(described).toMatchObject({ issuer: ISSUER, token_endpoint: `${ISSUER}/oauth/token`, jwks_uri: `${ISSUER}/.well-known/jwks.json` });
    const set = await get("/.well-known/jwks.json");
    expect(set.keys.map((key: object) => Object.keys(key).sort())).toEqual([["alg", "crv", "kid", "kty", "use", "x", "y"]]);
    expect((await jwtVerify(token, createLocalJWKSet(set), { algorithms: ["ES256"] })).payload.iss).toBe(ISSUER);
  });

  test("are the same in all processes, also if they need one at the same moment", async () => {
    await world.sql`delete from signing_keys`;
    const [one, two] = await Promise.all(["a", "b"].map(() => createWorld(null, { database: { urls: world.urls, drop: async () => {} } }))) as [World, World];
    try {
      const tokens = await Promise.all([one, two, one, two].map((of) => tokenOf(of, client)));
      expect((await world.sql`select id from signing_keys`).length).toBe(1);
      for (const token of tokens) for (const of of [one, two]) expect((await asked(token, of)).data.viewer.role).toBe("SERVICE");
    } finally {
      await Promise.all([one.close(), two.close()]);
    }
  });

  test("change every 30 days: the old one is believed until its tokens have ended, and signs no more", async () => {
    const earlier = await createWorld(null, { database: { urls: world.urls, drop: async () => {} } });
    try {
      const old = await tokenOf(earlier, client);
      await world.sql`update signing_keys set created_at = created_at - interval '30 days', signs_until = now() - interval '1 second'`;
      const later = await createWorld(null, { database: { urls: world.urls, drop: async () => {} } });
      try {
        const fresh = await tokenOf(later, client);
        const keys = await world.sql`select id, private_key is null as "isSpent" from signing_keys order by created_at`;
        expect(keys.map(({ isSpent }) => isSpent)).toEqual([true, false]);
        for (const token of [old, fresh]) for (const of of [earlier, later]) expect((await asked(token, of)).data?.viewer.role).toBe("SERVICE");
        await world.sql`update signing_keys set signs_until = now() - interval '2 seconds', ends_at = now() - interval '1 second' where private_key is null`;
        expect((await get("/.well-known/jwks.json", later)).keys.length).toBe(1);
        const afterwards = await createWorld(null, { database: { urls: world.urls, drop: async () => {} } });
        expect((await asked(old, afterwards)).errors![0]!.extensions).toMatchObject({ code: "UNAUTHENTICATED" });
        await afterwards.close();
      } finally {
        await later.close();
      }
    } finally {
      await earlier.close();
    }
  });

  test("sign for the address that the service has by then", async () => {
    let told = "http://localhost:1";
    const other = await createWorld(null, { database: { urls: world.urls, drop: async () => {} }, publicUrl: () => told });
    try {
      const before = await tokenOf(other, client);
      told = "http://localhost:2";
      const after = await tokenOf(other, client);
      expect([(await get("/.well-known/oauth-authorization-server", other)).token_endpoint, decodeJwt(after)]).toMatchObject([`${told}/oauth/token`, { iss: told, aud: told }]);
      expect((await asked(after, other)).data?.viewer.role).toBe("SERVICE");
      expect((await asked(before, other)).errors![0]!.extensions).toMatchObject({ code: "UNAUTHENTICATED" });
    } finally {
      await other.close();
    }
  });

  test("are nobody's to read but the system's", async () => {
    const rows = await world.sql`select grantee, privilege_type from information_schema.role_table_grants where table_name = 'signing_keys' and grantee not in ('assay_owner', 'assay_worker')`;
    expect(rows.filter(({ grantee }) => String(grantee).startsWith("assay"))).toEqual([]);
  });
});
