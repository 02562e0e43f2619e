import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeId, SYSTEM_PRINCIPAL_ID } from "../src/core/ids.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
});
afterAll(() => world.close());

const id = (type: string, key: string) => encodeId(type, { projectId: null, id: key });
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const projectId = () => id("Project", project.projectId);

async function makePrincipal(kind: "PERSON" | "SERVICE" = "PERSON"): Promise<string> {
  const { principal } = await world.admin.verb("createPrincipal", { kind, name: `N ${randomUUID()}` }, "principal { id }");
  return principal.id;
}

async function grant(principalId: string, input: Record<string, unknown>) {
  const { grant } = await world.admin.verb("grantRole", { principalId, ...input }, "grant { id role revokedAt version }");
  return grant as { id: string; role: string; revokedAt: string | null; version: number };
}

describe("API keys", () => {
  test("are shown once, work, and end", async () => {
    const principalId = await makePrincipal("SERVICE");
    await grant(principalId, { role: "SERVICE", projectId: projectId() });
    const input = {
      principalId,
      name: "loader",
      scopes: ["DECISIONS_WRITE", "ROSTER_READ", "ROSTER_READ"],
      expiresAt: inDays(30),
      idempotencyKey: randomUUID(),
    };
    const payload = "secret apiClient { id name prefix scopes expiresAt principal { id } version }";
    const { secret, apiClient } = await world.admin.verb("createApiClient", input, payload);
    expect(apiClient).toMatchObject({ name: "loader", scopes: ["DECISIONS_WRITE", "ROSTER_READ"], principal: { id: principalId } });
    expect(secret.startsWith(`${apiClient.prefix}_`)).toBe(true);
    expect(await world.admin.verb("createApiClient", input, payload)).toMatchObject({ secret: null, apiClient });

    const [kept] =
      await world.sql`select to_jsonb(c)::text as client, (select string_agg(e.payload::text, '') from events e where e.subject_id = c.id) as events,
      (select string_agg(k.response, '') from idempotency_keys k) as answers from api_clients c where prefix = ${apiClient.prefix}`;
    for (const text of [kept!.client, kept!.events, kept!.answers]) expect(text).not.toContain(secret.slice(-43));

    const asClient = () =>
      world.server.fetch(
        new Request("http://assay.test/graphql", {
          method: "POST",
          headers: { "content-type": "application/json", authorization: `Bearer ${secret}` },
          body: JSON.stringify({ query: "{ viewer { role } }" }),
        }),
      );
    expect(await (await asClient()).json()).toMatchObject({ data: { viewer: { role: "SERVICE" } } });
    await world.admin.verb("revokeApiClient", { apiClientId: apiClient.id, reason: "rotated" }, "apiClient { revokedAt }");
    expect((await asClient()).status).toBe(401);
    expect(await world.admin.refused("revokeApiClient", { apiClientId: apiClient.id })).toMatchObject({ code: "CONFLICT" });
    const { node } = await world.admin.ask(
      "query ($id: ID!) { node(id: $id) { ... on Principal { apiClients(filter: { isStanding: true }) { totalCount } } } }",
      { id: principalId },
    );
    expect(node.apiClients.totalCount).toBe(0);
  });

  test("end within a year, and have scopes if a machine's, none if a person's", async () => {
    const [person, client] = [await makePrincipal(), await makePrincipal("SERVICE")];
    const make = (principalId: string, input: object) =>
      world.admin.refused("createApiClient", { principalId, name: "k", expiresAt: inDays(1), ...input });
    expect(await make(person, { expiresAt: inDays(-1) })).toMatchObject({ code: "INVALID_INPUT", path: ["expiresAt"] });
    expect(await make(person, { expiresAt: inDays(367) })).toMatchObject({ code: "INVALID_INPUT", path: ["expiresAt"] });
    expect(await make(person, { scopes: ["EVENTS_READ"] })).toMatchObject({ code: "INVALID_INPUT", path: ["scopes"] });
    expect(await make(client, {})).toMatchObject({ code: "INVALID_INPUT", path: ["scopes"] });
    expect(await make(id("Principal", SYSTEM_PRINCIPAL_ID), {})).toMatchObject({ code: "INVALID_INPUT", path: ["principalId"] });
    expect(
      await world.admin.verb("createApiClient", { principalId: person, name: "k", expiresAt: inDays(365) }, "apiClient { scopes }"),
    ).toMatchObject({ apiClient: { scopes: [] } });
  });
});
