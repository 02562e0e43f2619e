import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeId, SYSTEM_PRINCIPAL_ID, SYSTEM_PROJECT_ID } from "../src/core/ids.ts";
import { makeProject, type ProjectFixture, type VendorFixture } from "./kit/factories.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
let one: VendorFixture;
let two: VendorFixture;
beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
  [one, two] = project.vendors as [VendorFixture, VendorFixture];
});
afterAll(() => world.close());

const id = (type: string, key: string) => encodeId(type, { projectId: null, id: key });
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const projectId = () => id("Project", project.projectId);
const atVendor = (vendor: VendorFixture) => ({ projectId: projectId(), vendorId: id("Vendor", vendor.id) });

async function makePrincipal(kind: "PERSON" | "SERVICE" = "PERSON"): Promise<string> {
  const { principal } = await world.admin.verb("createPrincipal", { kind, name: `N ${randomUUID()}` }, "principal { id }");
  return principal.id;
}

async function grant(principalId: string, input: Record<string, unknown>) {
  const { grant } = await world.admin.verb("grantRole", { principalId, ...input }, "grant { id role revokedAt version }");
  return grant as { id: string; role: string; revokedAt: string | null; version: number };
}

const refuse = (principalId: string, input: Record<string, unknown>) => world.admin.refused("grantRole", { principalId, ...input });

describe("principals", () => {
  test("are made, listed and ended by an administrator", async () => {
    const email = `${randomUUID()}@example.org`;
    const { principal } = await world.admin.verb("createPrincipal", { kind: "PERSON", name: " Ana ", email }, "principal { id name kind email deactivatedAt version }");
    expect(principal).toMatchObject({ name: "Ana", kind: "PERSON", email, deactivatedAt: null });
    await grant(principal.id, { role: "AUDITOR", projectId: projectId() });
    await world.admin.verb("deactivatePrincipal", { principalId: principal.id, reason: "left", expectedVersion: principal.version }, "principal { id }");
    const { principals } = await world.admin.ask(
      `query ($email: String!) { principals(filter: { emails: [$email], kinds: [PERSON], isActive: false }) {
        totalCount nodes { deactivatedAt grants { nodes { role revokedAt } } } } }`,
      { email },
    );
    expect(principals).toMatchObject({ totalCount: 1, nodes: [{ deactivatedAt: expect.any(String), grants: { nodes: [{ role: "AUDITOR", revokedAt: expect.any(String) }] } }] });
    expect(await refuse(principal.id, { role: "AUDITOR", projectId: projectId() })).toMatchObject({ code: "NOT_FOUND", path: ["principalId"] });
  });

  test("are refused by field", async () => {
    const make = (input: object) => world.admin.refused("createPrincipal", { kind: "PERSON", name: "x", ...input });
    expect(await make({ name: " " })).toMatchObject({ code: "INVALID_INPUT", path: ["name"] });
    expect(await make({ email: "nowhere" })).toMatchObject({ code: "INVALID_INPUT", path: ["email"] });
    expect(await make({ kind: "SYSTEM" })).toMatchObject({ code: "INVALID_INPUT", path: ["kind"] });
    expect(await make({ issuer: "https://id" })).toMatchObject({ code: "INVALID_INPUT", path: ["subject"] });
    await world.admin.verb("createPrincipal", { kind: "PERSON", name: "x", issuer: "i", subject: "s" }, "principal { id }");
    expect(await make({ issuer: "i", subject: "s" })).toMatchObject({ code: "CONFLICT", path: ["subject"] });
  });

  test("can't end themselves, nor the system", async () => {
    const end = (key: string) => world.admin.refused("deactivatePrincipal", { principalId: id("Principal", key), reason: "x" });
    expect(await end(world.admin.principalId)).toMatchObject({ code: "CONFLICT" });
    expect(await end(SYSTEM_PRINCIPAL_ID)).toMatchObject({ code: "INVALID_INPUT" });
    expect(await end(randomUUID())).toMatchObject({ code: "NOT_FOUND" });
  });

  test("are seen by leads and administrators; grants and keys by administrators and their own", async () => {
    const lead = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
    const auditor = await world.caller({ role: "AUDITOR", projectId: project.projectId });
    const partner = await world.caller({ role: "VENDOR_MANAGER", projectId: project.projectId, vendorId: one.id });
    const query = "{ principals { totalCount } roleGrants { totalCount } apiClients { totalCount } }";
    const all = await world.admin.ask(query);
    expect(await lead.ask(query)).toEqual({ principals: all.principals, roleGrants: { totalCount: 1 }, apiClients: { totalCount: 1 } });
    for (const caller of [auditor, partner]) {
      expect(await caller.ask(query)).toEqual({ principals: { totalCount: 1 }, roleGrants: { totalCount: 1 }, apiClients: { totalCount: 1 } });
      expect(await caller.ask("query ($id: ID!) { node(id: $id) { id } }", { id: id("Principal", lead.principalId) })).toEqual({ node: null });
    }
    for (const verb of ["createPrincipal", "deactivatePrincipal", "grantRole", "revokeGrant", "createApiClient", "revokeApiClient"]) {
      const principalId = id("Principal", auditor.principalId);
      const input = {
        createPrincipal: { kind: "PERSON", name: "x" },
        deactivatePrincipal: { principalId, reason: "x" },
        grantRole: { principalId, role: "ADMIN" },
        revokeGrant: { grantId: id("RoleGrant", randomUUID()) },
        createApiClient: { principalId, name: "x", expiresAt: inDays(1) },
        revokeApiClient: { apiClientId: id("ApiClient", randomUUID()) },
      }[verb]!;
      for (const caller of [lead, auditor, partner]) expect(await caller.refused(verb, input)).toMatchObject({ code: "FORBIDDEN" });
    }
  });

  test("are read with their grants and keys in a number of statements that does not grow", async () => {
    const query = "{ principals(first: 100) { nodes { name grants { nodes { role principal { name } } } apiClients { nodes { prefix principal { name } } } } } }";
    const count = async () => {
      world.statements.length = 0;
      await world.admin.ask(query);
      return world.statements.length;
    };
    const before = await count();
    for (let i = 0; i < 3; i += 1) await world.caller({ role: "AUDITOR", projectId: project.projectId });
    expect([before, await count()]).toEqual([3, 3]);
  });
});

describe("grants", () => {
  test("are given, seen by their principal, revoked, and given again", async () => {
    const caller = await world.caller({ role: "ANALYST", projectId: project.projectId });
    const principalId = id("Principal", caller.principalId);
    const given = await grant(principalId, { role: "AUDITOR", projectId: projectId(), canAdjudicate: true, reason: "cover", expiresAt: inDays(3) });
    const mine = "{ viewer { role grants { id role canAdjudicate reason expiresAt principal { id } } } }";
    const { viewer } = await caller.ask(mine);
    expect(viewer.role).toBe("AUDITOR");
    expect(viewer.grants.map((each: { role: string }) => each.role).sort()).toEqual(["ANALYST", "AUDITOR"]);
    expect(viewer.grants.find((each: { id: string }) => each.id === given.id)).toMatchObject({ canAdjudicate: true, reason: "cover", principal: { id: principalId } });
    expect(await refuse(principalId, { role: "AUDITOR", projectId: projectId() })).toMatchObject({ code: "CONFLICT" });

    await world.admin.verb("revokeGrant", { grantId: given.id, reason: "back", expectedVersion: 1 }, "grant { revokedAt }");
    expect((await caller.ask(mine)).viewer).toMatchObject({ role: "ANALYST", grants: [{ role: "ANALYST" }] });
    expect(await world.admin.refused("revokeGrant", { grantId: given.id })).toMatchObject({ code: "CONFLICT" });
    expect(await grant(principalId, { role: "AUDITOR", projectId: projectId() })).toMatchObject({ id: given.id, revokedAt: null, version: 3 });
    const { roleGrants } = await world.admin.ask(
      `query ($principalId: ID!, $projectId: ID!) { roleGrants(filter: { principalId: $principalId, projectId: $projectId, roles: [AUDITOR], isStanding: true }) { nodes { id reason } } }`,
      { principalId, projectId: projectId() },
    );
    expect(roleGrants.nodes).toEqual([{ id: given.id, reason: null }]);
    const events = await world.sql`select type, reason from events where project_id = ${SYSTEM_PROJECT_ID} and type like 'role_grant.%' and payload ->> 'principalId' = ${caller.principalId} order by id`;
    expect(events.map(({ type, reason }) => [type, reason])).toEqual([["role_grant.granted", "cover"], ["role_grant.revoked", "back"], ["role_grant.granted", null]]);
  });

  test("name what their role needs, and nothing else", async () => {
    const person = await makePrincipal();
    const client = await makePrincipal("SERVICE");
    const [teamId, labelerId, foreignTeam] = [id("Team", one.teamId), id("Labeler", one.labelerIds[0]!), id("Team", two.teamId)];
    const wrong: [principal: string, input: Record<string, unknown>, field: string][] = [
      [person, { role: "ADMIN", projectId: projectId() }, "projectId"],
      [person, { role: "AUDITOR" }, "projectId"],
      [person, { role: "AUDITOR", ...atVendor(one) }, "vendorId"],
      [person, { role: "VENDOR_QA", projectId: projectId() }, "vendorId"],
      [person, { role: "LABELER", ...atVendor(one) }, "labelerId"],
      [person, { role: "LABELER", ...atVendor(one), labelerId, teamId }, "teamId"],
      [person, { role: "VENDOR_QA", ...atVendor(one), labelerId }, "labelerId"],
      [person, { role: "ANALYST", projectId: projectId(), canAdjudicate: true }, "canAdjudicate"],
      [person, { role: "AUDITOR", projectId: projectId(), expiresAt: inDays(-1) }, "expiresAt"],
      [person, { role: "AUDITOR", projectId: id("Vendor", one.id) }, "projectId"],
      [person, { role: "SERVICE" }, "role"],
      [client, { role: "ANALYST", projectId: projectId() }, "role"],
      [id("Principal", SYSTEM_PRINCIPAL_ID), { role: "ANALYST", projectId: projectId() }, "role"],
    ];
    for (const [principal, input, field] of wrong) expect(await refuse(principal, input)).toMatchObject({ code: "INVALID_INPUT", path: [field] });
    const absent: [input: Record<string, unknown>, field: string][] = [
      [{ role: "AUDITOR", projectId: id("Project", randomUUID()) }, "projectId"],
      [{ role: "AUDITOR", projectId: id("Project", SYSTEM_PROJECT_ID) }, "projectId"],
      [{ role: "VENDOR_MANAGER", projectId: projectId(), vendorId: id("Vendor", randomUUID()) }, "vendorId"],
      [{ role: "VENDOR_MANAGER", ...atVendor(one), teamId: foreignTeam }, "teamId"],
      [{ role: "LABELER", ...atVendor(two), labelerId }, "labelerId"],
    ];
    for (const [input, field] of absent) expect(await refuse(person, input)).toMatchObject({ code: "NOT_FOUND", path: [field] });
    expect(await grant(person, { role: "LABELER", ...atVendor(one), labelerId })).toMatchObject({ role: "LABELER" });
    expect(await grant(client, { role: "SERVICE" })).toMatchObject({ role: "SERVICE" });
    expect(await refuse(client, { role: "SERVICE", vendorId: id("Vendor", one.id) })).toMatchObject({ code: "CONFLICT", path: ["vendorId"] });
  });

  test("never mix staff and partner, nor what the role header can't tell apart", async () => {
    const [staff, partner] = [await makePrincipal(), await makePrincipal()];
    await grant(staff, { role: "POLICY_MANAGER", projectId: projectId() });
    expect(await refuse(staff, { role: "VENDOR_QA", ...atVendor(one) })).toMatchObject({ code: "CONFLICT", path: ["role"] });
    const narrow = await grant(partner, { role: "VENDOR_MANAGER", ...atVendor(one), teamId: id("Team", one.teamId) });
    expect(await refuse(partner, { role: "AUDITOR", projectId: projectId() })).toMatchObject({ code: "CONFLICT", path: ["role"] });
    expect(await refuse(partner, { role: "VENDOR_MANAGER", ...atVendor(one) })).toMatchObject({ code: "CONFLICT", path: ["teamId"] });
    await grant(partner, { role: "VENDOR_MANAGER", ...atVendor(two) });
    await grant(partner, { role: "VENDOR_QA", ...atVendor(one) });
    await world.admin.verb("revokeGrant", { grantId: narrow.id }, "grant { id }");
    await grant(partner, { role: "VENDOR_MANAGER", ...atVendor(one) });
  });

  test("leave an administrator: nobody revokes their own", async () => {
    const { viewer } = await world.admin.ask("{ viewer { grants { id } } }");
    expect(await world.admin.refused("revokeGrant", { grantId: viewer.grants[0].id })).toMatchObject({ code: "CONFLICT", path: ["grantId"] });
  });
});

describe("API keys", () => {
  test("are shown once, work, and end", async () => {
    const principalId = await makePrincipal("SERVICE");
    await grant(principalId, { role: "SERVICE", projectId: projectId() });
    const input = { principalId, name: "loader", scopes: ["DECISIONS_WRITE", "ROSTER_READ", "ROSTER_READ"], expiresAt: inDays(30), idempotencyKey: randomUUID() };
    const payload = "secret apiClient { id name prefix scopes expiresAt principal { id } version }";
    const { secret, apiClient } = await world.admin.verb("createApiClient", input, payload);
    expect(apiClient).toMatchObject({ name: "loader", scopes: ["DECISIONS_WRITE", "ROSTER_READ"], principal: { id: principalId } });
    expect(secret.startsWith(`${apiClient.prefix}_`)).toBe(true);
    expect(await world.admin.verb("createApiClient", input, payload)).toMatchObject({ secret: null, apiClient });

    const [kept] = await world.sql`select to_jsonb(c)::text as client, (select string_agg(e.payload::text, '') from events e where e.subject_id = c.id) as events,
      (select string_agg(k.response, '') from idempotency_keys k) as answers from api_clients c where prefix = ${apiClient.prefix}`;
    for (const text of [kept!.client, kept!.events, kept!.answers]) expect(text).not.toContain(secret.slice(-43));

    const asClient = () => world.server.fetch(new Request("http://assay.test/graphql", {
      method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${secret}` }, body: JSON.stringify({ query: "{ viewer { role } }" }),
    }));
    expect(await (await asClient()).json()).toEqual({ data: { viewer: { role: "SERVICE" } } });
    await world.admin.verb("revokeApiClient", { apiClientId: apiClient.id, reason: "rotated" }, "apiClient { revokedAt }");
    expect((await asClient()).status).toBe(401);
    expect(await world.admin.refused("revokeApiClient", { apiClientId: apiClient.id })).toMatchObject({ code: "CONFLICT" });
    const { node } = await world.admin.ask("query ($id: ID!) { node(id: $id) { ... on Principal { apiClients(filter: { isStanding: true }) { totalCount } } } }", { id: principalId });
    expect(node.apiClients.totalCount).toBe(0);
  });

  test("end within a year, and have scopes if a machine's, none if a person's", async () => {
    const [person, client] = [await makePrincipal(), await makePrincipal("SERVICE")];
    const make = (principalId: string, input: object) => world.admin.refused("createApiClient", { principalId, name: "k", expiresAt: inDays(1), ...input });
    expect(await make(person, { expiresAt: inDays(-1) })).toMatchObject({ code: "INVALID_INPUT", path: ["expiresAt"] });
    expect(await make(person, { expiresAt: inDays(367) })).toMatchObject({ code: "INVALID_INPUT", path: ["expiresAt"] });
    expect(await make(person, { scopes: ["EVENTS_READ"] })).toMatchObject({ code: "INVALID_INPUT", path: ["scopes"] });
    expect(await make(client, {})).toMatchObject({ code: "INVALID_INPUT", path: ["scopes"] });
    expect(await make(id("Principal", SYSTEM_PRINCIPAL_ID), {})).toMatchObject({ code: "INVALID_INPUT", path: ["principalId"] });
    expect(await world.admin.verb("createApiClient", { principalId: person, name: "k", expiresAt: inDays(365) }, "apiClient { scopes }")).toMatchObject({ apiClient: { scopes: [] } });
  });
});
