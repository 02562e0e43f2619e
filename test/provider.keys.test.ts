import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { createProvider, type JwtOptions, KeysUnavailable } from "../src/tokens/provider.service.ts";
import { createWorld, type World } from "./kit/world.ts";

const [ISSUER, AUDIENCE] = ["https://id.example.org", "assay"];
type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

/** An identity provider that serves the public halves of these keys. */
interface Idp {
  served: string[];
  isDown: boolean;
  reads: number;
  options: JwtOptions;
  sign: (kid: string) => Promise<string>;
}

const SEARCH_MS = 2_000;
const pairs = new Map<string, Pair>();
const servers: Server[] = [];
beforeAll(async () => {
  for (const kid of ["k1", "k2", "k3"]) pairs.set(kid, await generateKeyPair("ES256", { extractable: true }));
});
afterEach(() => vi.useRealTimers());
afterAll(() => servers.forEach((server) => server.close()));

async function startIdp(...served: string[]): Promise<Idp> {
  const keys = new Map<string, JWK>();
  for (const [kid, { publicKey }] of pairs) keys.set(kid, { ...(await exportJWK(publicKey)), kid, alg: "ES256" });
  const idp = { served, isDown: false, reads: 0 } as unknown as Idp;
  const server = createServer((_, response) => {
    idp.reads += 1;
    if (idp.isDown) return void response.destroy();
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ keys: idp.served.map((kid) => keys.get(kid)) }));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  idp.options = { issuer: ISSUER, audience: AUDIENCE, algorithm: "ES256", jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks` };
  idp.sign = (kid) =>
    new SignJWT({ jti: randomUUID() })
      .setProtectedHeader({ alg: "ES256", kid }).setSubject("eve").setIssuer(ISSUER).setAudience(AUDIENCE).setIssuedAt().setExpirationTime("5 min")
      .sign((pairs.get(kid) ?? pairs.get("k3")!).privateKey);
  return idp;
}

async function statusOf(world: World, token: string): Promise<string> {
  const { errors } = await world.known({ principalId: "", token }).send("{ viewer { role } }");
  return (errors?.[0]?.extensions?.code as string | undefined) ?? "OK";
}

test("a new key of the provider is believed without a restart, a withdrawn one no more, and known ones while it is away", async () => {
  const idp = await startIdp("k1");
  const world = await createWorld(idp.options);
  const ask = async (kid: string) => statusOf(world, await idp.sign(kid));
  const cooledDown = () => new Promise((resolve) => setTimeout(resolve, SEARCH_MS + 100));
  try {
    await world.sql`insert into principals (id, kind, name, issuer, subject) values (${randomUUID()}, 'PERSON', 'eve', ${ISSUER}, 'eve')`;
    await world.sql`insert into role_grants (id, principal_id, role) select gen_random_uuid(), id, 'ADMIN' from principals where subject = 'eve'`;
    expect([await ask("k1"), await ask("k2")]).toEqual(["OK", "UNAUTHENTICATED"]);
    idp.served = ["k1", "k2"];
    await cooledDown();
    expect([await ask("k2"), await ask("k1"), idp.reads]).toEqual(["OK", "OK", 2]);
    expect(new Set(await Promise.all(Array.from({ length: 20 }, () => ask(randomUUID()))))).toEqual(new Set(["UNAUTHENTICATED"]));
    expect(idp.reads).toBe(2);
    idp.isDown = true;
    await cooledDown();
    expect([await ask("k1"), await ask("k2"), await ask("k3")]).toEqual(["OK", "OK", "UNAVAILABLE"]);
    idp.isDown = false;
    idp.served = ["k2"];
    expect([await ask(randomUUID()), await ask("k1"), await ask("k2")]).toEqual(["UNAUTHENTICATED", "UNAUTHENTICATED", "OK"]);
  } finally {
    await world.close();
  }
});

test("keys are read again every ten minutes, and nobody waits for it", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const idp = await startIdp("k1");
  const check = createProvider(idp.options);
  const isBelieved = async (kid: string) => (await check(await idp.sign(kid))) !== null;
  const minutesLater = (minutes: number) => vi.setSystemTime(Date.now() + minutes * 60_000);
  const reads = async (count: number) => {
    while (idp.reads < count) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 50));
  };
  expect(await isBelieved("k1")).toBe(true);
  idp.isDown = true;
  minutesLater(11);
  expect(await isBelieved("k1")).toBe(true);
  await reads(2);
  expect(await isBelieved("k1")).toBe(true);
  await expect(idp.sign("k2").then(check)).rejects.toThrow(KeysUnavailable);
  const before = idp.reads;
  idp.isDown = false;
  idp.served = ["k2"];
  minutesLater(11);
  expect(await isBelieved("k1")).toBe(true);
  await reads(before + 1);
  expect([await isBelieved("k1"), await isBelieved("k2")]).toEqual([false, true]);
});
