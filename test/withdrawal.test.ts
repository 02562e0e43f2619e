import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createPool } from "../src/db/pool.ts";
import { createAuthenticator } from "../src/grants/authenticator.service.ts";
import { createWatch } from "../src/grants/watch.service.ts";
import { createKeyring } from "../src/tokens/service.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { exchange, idOf, makeClient, type MachineClient, tokenOf } from "./kit/oauth.ts";
import { followEvents, socketOf } from "./kit/sockets.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

/** What is changed by one process ends in the other when its event is heard there: a second is what is wanted, a slow machine may take more. */
const AT_MOST_MS = 5_000;
/** Behind this, it would have ended by itself. */
const REMEMBERED_MS = 60_000;

let here: World;
let there: World;
let url: string;
let project: ProjectFixture;
beforeAll(async () => {
  here = await createWorld();
  there = await createWorld(null, { database: { urls: here.urls, drop: async () => {} } });
  url = await there.listen();
  project = await makeProject(here.sql);
});
afterAll(async () => {
  await there.close();
  await here.close();
});

const FOLLOW = "subscription ($id: ID!) { projectEvents(projectId: $id) { type } }";
const row = async (table: string, principalId: string) => (await here.sql`select id from ${here.sql(table)} where principal_id = ${principalId}`)[0]!.id as string;
const revokeGrant = async ({ principalId }: Pick<Caller, "principalId">) => here.admin.verb("revokeGrant", { grantId: idOf("RoleGrant", await row("role_grants", principalId)) }, "__typename");
const revokeKey = async ({ principalId }: Pick<Caller, "principalId">) => here.admin.verb("revokeApiClient", { apiClientId: idOf("ApiClient", await row("api_clients", principalId)) }, "__typename");
const rotateKey = async ({ principalId }: Pick<Caller, "principalId">) =>
  here.admin.verb("rotateApiClient", { apiClientId: idOf("ApiClient", await row("api_clients", principalId)), overlapSeconds: 0 }, "__typename");
const deactivate = ({ principalId }: Pick<Caller, "principalId">) => here.admin.verb("deactivatePrincipal", { principalId: idOf("Principal", principalId), reason: "left" }, "__typename");

const partner = () => ({ projectId: project.projectId, vendorId: project.vendors[0]!.id });
const newClient = () => makeClient(here, { ...partner(), scopes: ["events:read", "people:act"] });

async function lead(): Promise<[caller: Caller]> {
  return [await here.caller({ role: "QA_LEAD", projectId: project.projectId })];
}

async function byToken(): Promise<[caller: Caller, client: MachineClient]> {
  const client = await newClient();
  return [here.known({ principalId: client.principalId, token: await tokenOf(here, client) }), client];
}

async function onBehalf(): Promise<[caller: Caller, client: MachineClient]> {
  const [client, person] = [await newClient(), await here.caller({ role: "VENDOR_MANAGER", ...partner() })];
  const { body } = await exchange(here, client, idOf("Principal", person.principalId));
  return [here.known({ principalId: person.principalId, token: body.access_token }), client];
}

type Who = Pick<Caller, "principalId">;
/** Who is connected, and what is taken from them or their client. */
const WAYS: Record<string, [connect: () => Promise<[caller: Caller, client?: MachineClient]>, withdraw: (caller: Who, client: Who) => Promise<unknown>]> = {
  "a grant that is revoked": [lead, revokeGrant],
  "a key that is revoked": [lead, revokeKey],
  "a key that is rotated without overlap": [lead, rotateKey],
  "a principal that is deactivated": [lead, deactivate],
  "a token whose key is revoked": [byToken, (_, client) => revokeKey(client)],
  "a token whose client's grant is revoked": [byToken, (_, client) => revokeGrant(client)],
  "a token for somebody who leaves": [onBehalf, deactivate],
  "a token for somebody, of a client that is revoked": [onBehalf, (_, client) => revokeKey(client)],
};

async function refusedAfter(caller: Caller, startedAt: number): Promise<number> {
  for (;;) {
    const { errors } = await caller.send("{ viewer { role } }");
    if (errors || performance.now() - startedAt > REMEMBERED_MS) return performance.now() - startedAt;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("what one process withdraws ends in another within a second: requests, sockets and streams", () => {
  test.each(Object.keys(WAYS))("%s", async (name) => {
    const [connect, withdraw] = WAYS[name]!;
    const [caller, by = caller as MachineClient] = await connect();
    const elsewhere = there.known(caller);
    expect((await elsewhere.send("{ viewer { role } }")).errors).toBeUndefined();
    const client = socketOf(url, caller, { lazy: false, onNonLazyError: () => {} });
    const closed = new Promise<{ code: number }>((resolve) => client.on("closed", (event) => resolve(event as { code: number })));
    await new Promise((resolve) => client.on("connected", resolve));
    const stream = followEvents(url, caller, FOLLOW, { id: idOf("Project", project.projectId) });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await withdraw(caller, by);
    const startedAt = performance.now();
    const since = async (what: Promise<unknown>) => what.then(() => performance.now() - startedAt);
    const waits = await Promise.all([refusedAfter(elsewhere, startedAt), since(closed), since(stream.ended)]);
    expect((await closed).code).toBe(4403);
    expect(Math.max(...waits)).toBeLessThan(AT_MOST_MS);
  });
});

test("of any number of connections, those that an event is about are looked at alone, and before all others", async () => {
  const lookUps: string[] = [];
  const onStatement = (text: string) => void (text.includes("api_clients") && lookUps.push(text));
  const pool = createPool({ url: here.urls.login, size: 2, queue: 50, waitMs: 5_000, applicationName: "assay-test", onStatement });
  const authenticator = createAuthenticator({ pool, provider: null, keyring: createKeyring(pool, () => "http://localhost:4000"), onUse: () => {} });
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const watch = createWatch(authenticator);
  try {
    const callers = await Promise.all(Array.from({ length: 20 }, async () => (await lead())[0]));
    const [[person, client], [machine]] = [await onBehalf(), await byToken()];
    const everybody = [...callers, person, machine];
    const ended: string[] = [];
    let hear = () => {};
    const end = (token: string) => {
      ended.push(token);
      hear();
    };
    for (const { token } of everybody) watch.start({ token, roleHeader: null }, await authenticator.viewer(token, null), () => end(token));
    const hasEnded = (caller: Caller) => new Promise<void>((resolve) => (hear = () => void (ended.includes(caller.token) && resolve())));
    const withdraw = async (from: Pick<Caller, "principalId">, caller: Caller) => {
      await here.sql`update role_grants set revoked_at = now() where principal_id = ${from.principalId}`;
      authenticator.forget();
      const before = lookUps.length;
      const heard = hasEnded(caller);
      watch.recheck([from.principalId]);
      await heard;
      return lookUps.length - before;
    };
    lookUps.length = 0;
    expect(await withdraw(callers[7]!, callers[7]!)).toBe(1);
    expect(await withdraw(client, person)).toBe(1);
    // Whoever comes once a minute has just begun to be looked at.
    lookUps.length = 0;
    vi.advanceTimersByTime(60_000);
    expect(await withdraw(machine, machine)).toBeLessThanOrEqual(2);
    await vi.waitFor(() => expect(lookUps.length).toBeGreaterThanOrEqual(20));
    expect(ended).toEqual([callers[7]!, person, machine].map(({ token }) => token));
    // What is withdrawn while somebody connects ends their connection too.
    const [late] = await lead();
    const viewer = await authenticator.viewer(late.token, null);
    await here.sql`update role_grants set revoked_at = now() where principal_id = ${late.principalId}`;
    authenticator.forget();
    watch.recheck([late.principalId]);
    const heard = hasEnded(late);
    watch.start({ token: late.token, roleHeader: null }, viewer, () => end(late.token));
    await heard;
  } finally {
    watch.close();
    vi.useRealTimers();
    await pool.end();
  }
});

test("a grant that is given in one process holds in another within a second", async () => {
  const caller = await here.caller({ role: "ANALYST", projectId: project.projectId });
  const elsewhere = there.known(caller);
  const role = async () => (await elsewhere.ask("{ viewer { role } }")).viewer.role;
  expect(await role()).toBe("ANALYST");
  await here.admin.verb("grantRole", { principalId: idOf("Principal", caller.principalId), role: "QA_LEAD", projectId: idOf("Project", project.projectId) }, "__typename");
  const startedAt = performance.now();
  while ((await role()) !== "QA_LEAD" && performance.now() - startedAt < AT_MOST_MS) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await role()).toBe("QA_LEAD");
});

test("a grant that expires ends by the clock: no event tells of it", async () => {
  const [caller] = await lead();
  await here.sql`update role_grants set expires_at = now() + interval '1500 milliseconds' where principal_id = ${caller.principalId}`;
  const client = socketOf(url, caller, { lazy: false, onNonLazyError: () => {} });
  const closed = new Promise<{ code: number }>((resolve) => client.on("closed", (event) => resolve(event as { code: number })));
  const startedAt = performance.now();
  const [{ code }, refused] = await Promise.all([closed, refusedAfter(there.known(caller), startedAt)]);
  expect(code).toBe(4403);
  expect(Math.max(performance.now() - startedAt, refused)).toBeLessThan(1_500 + AT_MOST_MS);
});
