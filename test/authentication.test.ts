import { createHash, createPublicKey, generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, importPKCS8, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SYSTEM_PROJECT_ID } from "../src/core/ids.ts";
import type { JwtOptions } from "../src/tokens/provider.service.ts";
import { makeKey } from "../src/grants/rules.ts";
import { allSealed } from "./kit/events.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { createWorld, type World } from "./kit/world.ts";

const ISSUER = "https://id.example.org";
const AUDIENCE = "assay";
const SPKI = { type: "spki", format: "pem" } as const;
const PKCS8 = { type: "pkcs8", format: "pem" } as const;

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048, publicKeyEncoding: SPKI, privateKeyEncoding: PKCS8 });
const otherRsa = generateKeyPairSync("rsa", { modulusLength: 2048, publicKeyEncoding: SPKI, privateKeyEncoding: PKCS8 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256", publicKeyEncoding: SPKI, privateKeyEncoding: PKCS8 });

let world: World;
let project: ProjectFixture;
beforeAll(async () => {
  world = await createWorld({ issuer: ISSUER, audience: AUDIENCE, algorithm: "RS256", publicKey: rsa.publicKey });
  project = await makeProject(world.sql);
});
afterAll(() => world.close());

interface Claims {
  subject?: string;
  issuer?: string;
  audience?: string;
  expiresIn?: string;
  algorithm?: string;
  key?: string;
}

async function makeJwt({
  subject = "nobody",
  issuer = ISSUER,
  audience = AUDIENCE,
  expiresIn = "5 min",
  algorithm = "RS256",
  key = rsa.privateKey,
}: Claims) {
  const jwt = new SignJWT()
    .setProtectedHeader({ alg: algorithm })
    .setSubject(subject)
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(expiresIn);
  return jwt.sign(algorithm.startsWith("HS") ? Buffer.from(key) : await importPKCS8(key, algorithm));
}

const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A person who signs in by JWT. */
async function makePerson(subject: string, role = "AUDITOR") {
  const id = randomUUID();
  await world.sql`insert into principals (id, kind, name, issuer, subject) values (${id}, 'PERSON', ${subject}, ${ISSUER}, ${subject})`;
  await world.sql`insert into role_grants (id, principal_id, role, project_id) values (${randomUUID()}, ${id}, ${role}, ${project.projectId})`;
}

async function signIn(token: string | null, of: World = world) {
  const response = await of.server.fetch(
    new Request("http://assay.test/graphql", {
      method: "POST",
      headers: { "content-type": "application/json", ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query: "{ viewer { role principal { name } grants { role } } }" }),
    }),
  );
  const body = await response.text();
  const { data, errors } = JSON.parse(body);
  return { status: response.status, body, header: response.headers.get("www-authenticate"), viewer: data?.viewer, refusal: errors?.[0] };
}

async function keyOf(columns: { expiresAt?: Date; revokedAt?: Date; deactivatedAt?: Date }): Promise<string> {
  const caller = await world.caller({ role: "AUDITOR", projectId: project.projectId });
  const { expiresAt = new Date(Date.now() + 60_000), revokedAt = null, deactivatedAt = null } = columns;
  await world.sql`update api_clients set expires_at = ${expiresAt}, revoked_at = ${revokedAt} where principal_id = ${caller.principalId}`;
  await world.sql`update principals set deactivated_at = ${deactivatedAt} where id = ${caller.principalId}`;
  return caller.token;
}

describe("a token that can't be trusted is answered by 401 and the same bytes", () => {
  const [past, now] = [new Date(Date.now() - 1_000), Math.floor(Date.now() / 1_000)];
  const good = { sub: "real", iss: ISSUER, aud: AUDIENCE, exp: now + 300 };
  const tokens: Record<string, () => Promise<string | null> | string | null> = {
    "no token": () => null,
    "an unknown key": () => makeKey().key,
    "a key of unknown form": () => "assay_nothing",
    "a hash in place of its key": () => createHash("sha256").update("x").digest("hex"),
    "an expired key": () => keyOf({ expiresAt: past }),
    "a revoked key": () => keyOf({ revokedAt: past }),
    "a key of a deactivated principal": () => keyOf({ deactivatedAt: past }),
    "an expired JWT": () => makeJwt({ subject: "real", expiresIn: "-10 s" }),
    "a JWT for another audience": () => makeJwt({ subject: "real", audience: "elsewhere" }),
    "a JWT of another issuer": () => makeJwt({ subject: "real", issuer: "https://evil.example.org" }),
    "a JWT of an unknown subject": () => makeJwt({ subject: "nobody" }),
    "a JWT signed by another key": () => makeJwt({ subject: "real", key: otherRsa.privateKey }),
    "a JWT whose claims were changed": async () => {
      const [header, , signature] = (await makeJwt({ subject: "nobody" })).split(".");
      return `${header}.${base64(good)}.${signature}`;
    },
    "a JWT without signature": () => `${base64({ alg: "none" })}.${base64(good)}.`,
    "a JWT whose secret is the public key": () => makeJwt({ subject: "real", algorithm: "HS256", key: rsa.publicKey }),
    "a JWT by another algorithm of the same key": () => makeJwt({ subject: "real", algorithm: "PS256" }),
    "a JWT by another algorithm": () => makeJwt({ subject: "real", algorithm: "ES256", key: ec.privateKey }),
    "a JWT without an end": async () =>
      new SignJWT({ sub: "real", iss: ISSUER, aud: AUDIENCE })
        .setProtectedHeader({ alg: "RS256" })
        .sign(await importPKCS8(rsa.privateKey, "RS256")),
    "a JWT whose subject is a number": async () =>
      new SignJWT({ ...good, sub: 7 as never }).setProtectedHeader({ alg: "RS256" }).sign(await importPKCS8(rsa.privateKey, "RS256")),
    "letters that no token has": () => "é.è.ê",
  };
  let body: string;
  beforeAll(async () => {
    await makePerson("real");
    body = (await signIn(null)).body;
  });

  test.each(Object.keys(tokens))("%s", async (name) => {
    const answer = await signIn(await tokens[name]!());
    expect(answer).toMatchObject({ status: 401, header: "Bearer", body });
    expect(JSON.parse(body)).toMatchObject({ errors: [{ extensions: { code: "UNAUTHENTICATED" } }] });
  });
});

describe("a JWT leads to the principal of its issuer and subject", () => {
  test("by a public key", async () => {
    await makePerson("ana");
    const { status, viewer } = await signIn(await makeJwt({ subject: "ana" }));
    expect({ status, viewer }).toEqual({
      status: 200,
      viewer: { role: "AUDITOR", principal: { name: "ana" }, grants: [{ role: "AUDITOR" }] },
    });
  });

  test("by an elliptic key, and by a key set; without the set nothing is known of the token", async () => {
    const jwk = { ...(await exportJWK(createPublicKey(ec.publicKey))), kid: "k1", alg: "ES256" };
    let isDown = false;
    const idp = createServer(
      (_, response) =>
        void response.writeHead(isDown ? 500 : 200, { "content-type": "application/json" }).end(JSON.stringify({ keys: [jwk] })),
    );
    await new Promise<void>((resolve) => idp.listen(0, "127.0.0.1", resolve));
    const options: JwtOptions = {
      issuer: ISSUER,
      audience: AUDIENCE,
      algorithm: "ES256",
      jwksUrl: `http://127.0.0.1:${(idp.address() as AddressInfo).port}/`,
    };
    const here = await createWorld(options);
    try {
      await here.sql`insert into principals (id, kind, name, issuer, subject) values (${randomUUID()}, 'PERSON', 'eve', ${ISSUER}, 'eve')`;
      await here.sql`insert into role_grants (id, principal_id, role) select gen_random_uuid(), id, 'ADMIN' from principals where subject = 'eve'`;
      isDown = true;
      expect((await signIn(await makeJwt({ subject: "eve", algorithm: "ES256", key: ec.privateKey }), here)).status).toBe(503);
      isDown = false;
      expect(await signIn(await makeJwt({ subject: "eve", algorithm: "ES256", key: ec.privateKey }), here)).toMatchObject({
        status: 200,
        viewer: { role: "ADMIN" },
      });
      expect((await signIn(await makeJwt({ subject: "eve" }), here)).status).toBe(401);
    } finally {
      idp.close();
      await here.close();
    }
  });

  test("whose end ends it, also while it is remembered", async () => {
    await makePerson("brief");
    const token = await makeJwt({ subject: "brief", expiresIn: "-2 s" });
    const statuses = [(await signIn(token)).status];
    await new Promise((resolve) => setTimeout(resolve, 3_100));
    statuses.push((await signIn(token)).status);
    expect(statuses).toEqual([200, 401]);
  });
});

describe("what an administrator changes holds from the next request on", () => {
  const clientOf = async (principalId: string) => {
    const { principal } = await world.admin.ask(`{ principal: node(id: "${Buffer.from(`Principal:${principalId}`).toString("base64url")}") {
      ... on Principal { id apiClients { nodes { id } } grants { nodes { id } } } } }`);
    return { principalId: principal.id, apiClientId: principal.apiClients.nodes[0]?.id, grantId: principal.grants.nodes[0]?.id };
  };

  test("a revoked key, a revoked grant, a deactivated principal", async () => {
    for (const [verb, code] of [
      ["revokeApiClient", "UNAUTHENTICATED"],
      ["revokeGrant", "INVALID_INPUT"],
      ["deactivatePrincipal", "UNAUTHENTICATED"],
    ] as const) {
      const caller = await world.caller({ role: "AUDITOR", projectId: project.projectId });
      expect((await signIn(caller.token)).refusal).toBeUndefined();
      const { principalId, apiClientId, grantId } = await clientOf(caller.principalId);
      const input = { revokeApiClient: { apiClientId }, revokeGrant: { grantId }, deactivatePrincipal: { principalId, reason: "left" } }[
        verb
      ];
      await world.admin.verb(verb, input, "__typename");
      expect((await signIn(caller.token)).refusal).toMatchObject({ extensions: { code } });
    }
  });

  test("a grant that was withdrawn elsewhere stops a write, though the caller is remembered", async () => {
    // What the tests before changed is heard of first, so that nothing is forgotten in between.
    await allSealed(world, SYSTEM_PROJECT_ID);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const other = await world.caller({ role: "ADMIN" });
    expect((await signIn(other.token)).status).toBe(200);
    await world.sql`update role_grants set revoked_at = now() where principal_id = ${other.principalId}`;
    expect(await other.refused("createMarket", { code: "xx-XX", name: "X" })).toMatchObject({ code: "FORBIDDEN" });
  });
});
