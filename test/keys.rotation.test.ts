import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SYSTEM_PROJECT_ID } from "../src/core/ids.ts";
import { overlapEnd } from "../src/clients/rules.ts";
import { follow, link } from "./kit/exports.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { askToken, exchange, idOf, makeClient, type MachineClient, tokenOf } from "./kit/oauth.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
});
afterAll(() => world.close());

const PAYLOAD = "secret apiClient { id prefix version scopes expiresAt previousExpiresAt }";
const newClient = () => makeClient(world, { projectId: project.projectId, scopes: ["metrics:read"] });
const apiClientIdOf = async ({ principalId }: MachineClient) => idOf("ApiClient", (await world.sql`select id from api_clients where principal_id = ${principalId}`)[0]!.id);
const rotate = async (client: MachineClient, input: object = {}) => world.admin.verb("rotateApiClient", { apiClientId: await apiClientIdOf(client), ...input }, PAYLOAD);
const works = async (token: string) => (await world.known({ principalId: "", token }).send("{ viewer { role } }")).errors === undefined;
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("a key that is rotated", () => {
  test("works beside the new one until the overlap ends, and the client stays who it is", async () => {
    const client = await newClient();
    const idempotencyKey = randomUUID();
    const { secret, apiClient } = await rotate(client, { overlapSeconds: 4, reason: "due", expectedVersion: 1, idempotencyKey });
    const token = await askToken(world, client, { grant_type: "client_credentials" });
    expect(apiClient).toMatchObject({ prefix: client.clientId, version: 2, scopes: ["METRICS_READ"] });
    expect(new Date(apiClient.previousExpiresAt).getTime() - Date.now()).toBeLessThanOrEqual(4_000);
    expect(await rotate(client, { overlapSeconds: 4, reason: "due", expectedVersion: 1, idempotencyKey })).toMatchObject({ secret: null, apiClient });
    expect(secret.startsWith(`${client.clientId}_`)).toBe(true);
    expect([await works(client.token), await works(secret)]).toEqual([true, true]);
    expect(token.body.expires_in).toBeLessThanOrEqual(4);
    await later(new Date(apiClient.previousExpiresAt).getTime() - Date.now() + 100);
    expect([await works(client.token), await works(secret), await works(token.body.access_token)]).toEqual([false, true, false]);
    expect((await askToken(world, { ...client, token: secret }, { grant_type: "client_credentials" })).status).toBe(200);
    const events = await world.sql`select type, reason from events where project_id = ${SYSTEM_PROJECT_ID} and payload ->> 'principalId' = ${client.principalId}`;
    expect(events).toEqual([{ type: "api_client.rotated", reason: "due" }]);
  });

  test("ends at once without overlap, and when it is rotated again", async () => {
    const client = await newClient();
    expect(await works(client.token)).toBe(true);
    const first = await rotate(client, { overlapSeconds: 0 });
    expect(first.apiClient.previousExpiresAt).toBeNull();
    expect([await works(client.token), await works(first.secret)]).toEqual([false, true]);
    const second = await rotate(client);
    const third = await rotate(client);
    expect([await works(first.secret), await works(second.secret), await works(third.secret)]).toEqual([false, true, true]);
    await world.admin.verb("revokeApiClient", { apiClientId: await apiClientIdOf(client) }, "__typename");
    expect([await works(second.secret), await works(third.secret)]).toEqual([false, false]);
    expect(await world.admin.refused("rotateApiClient", { apiClientId: await apiClientIdOf(client) })).toMatchObject({ code: "CONFLICT", path: ["apiClientId"] });
  });

  test("takes with it whatever it was exchanged for, and the links that were made by it, at once or when the overlap ends", async () => {
    const vendorId = project.vendors[0]!.id;
    const at = { projectId: project.projectId, vendorId };
    const client = await makeClient(world, { ...at, scopes: ["people:act", "decisions:read", "exports:read"] });
    const person = await world.caller({ role: "VENDOR_MANAGER", ...at });
    const made = async (secret: string) => {
      const by = { ...client, token: secret };
      const tokens = [await tokenOf(world, by), (await exchange(world, by, idOf("Principal", person.principalId))).body.access_token as string];
      const wish = { dataset: "DECISIONS", projectId: idOf("Project", project.projectId) };
      return { tokens, urls: await Promise.all([secret, ...tokens].map(async (token) => (await link(world.known({ principalId: "", token }), wish)).url)) };
    };
    const work = async ({ tokens, urls }: Awaited<ReturnType<typeof made>>) =>
      [...(await Promise.all(tokens.map(works))), ...(await Promise.all(urls.map(async (url) => (await follow(world, url, "HEAD")).status === 200)))];
    const ofOld = await made(client.token);
    const { secret } = await rotate(client, { overlapSeconds: 3 });
    const endsAt = Date.now() + 3_000;
    const ofNew = await made(secret);
    for (const all of [ofOld, ofNew]) expect(await work(all)).toEqual([true, true, true, true, true]);
    await later(endsAt - Date.now() + 100);
    expect(await work(ofOld)).toEqual([false, false, false, false, false]);
    expect(await work(ofNew)).toEqual([true, true, true, true, true]);
    await rotate(client, { overlapSeconds: 0 });
    expect(await work(ofNew)).toEqual([false, false, false, false, false]);
  });

  test("is not rotated for longer than a week, by a version that has moved on, or after its end", async () => {
    const client = await newClient();
    const apiClientId = await apiClientIdOf(client);
    for (const overlapSeconds of [-1, 7 * 86_400 + 1]) {
      expect(await world.admin.refused("rotateApiClient", { apiClientId, overlapSeconds })).toMatchObject({ code: "INVALID_INPUT", path: ["overlapSeconds"] });
    }
    expect(await world.admin.refused("rotateApiClient", { apiClientId, expectedVersion: 7 })).toMatchObject({ code: "CONFLICT", path: ["expectedVersion"] });
    expect(await world.admin.refused("rotateApiClient", { apiClientId: idOf("ApiClient", randomUUID()) })).toMatchObject({ code: "NOT_FOUND" });
    await world.sql`update api_clients set expires_at = now() - interval '1 second' where principal_id = ${client.principalId}`;
    expect(await world.admin.refused("rotateApiClient", { apiClientId })).toMatchObject({ code: "CONFLICT", path: ["apiClientId"] });
    const now = new Date();
    expect(overlapEnd(null, now)!.getTime() - now.getTime()).toBe(86_400_000);
  });
});

test("the last use of a key is kept to the minute, behind everybody's back, and changes no version", async () => {
  const [used, unused] = [await newClient(), await newClient()];
  const lastUse = async (client: MachineClient) =>
    (await world.admin.ask("query ($id: ID!) { node(id: $id) { ... on ApiClient { lastUsedAt version } } }", { id: await apiClientIdOf(client) })).node;
  expect(await lastUse(used)).toEqual({ lastUsedAt: null, version: 1 });
  world.statements.length = 0;
  for (let i = 0; i < 5; i += 1) await works(used.token);
  expect(world.statements.filter((text) => text.includes("stampUse"))).toEqual([]);
  const until = Date.now() + 5_000;
  while ((await lastUse(used)).lastUsedAt === null && Date.now() < until) await later(100);
  const { lastUsedAt, version } = await lastUse(used);
  expect(Date.now() - new Date(lastUsedAt).getTime()).toBeLessThan(10_000);
  expect(version).toBe(1);
  const { body } = await askToken(world, used, { grant_type: "client_credentials" });
  expect(await works(body.access_token)).toBe(true);
  await later(1_200);
  expect(await lastUse(used)).toEqual({ lastUsedAt, version: 1 });
  expect(await lastUse(unused)).toMatchObject({ lastUsedAt: null });
});
