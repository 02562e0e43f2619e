import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeId, SYSTEM_PRINCIPAL_ID } from "../src/core/ids.ts";
import { makeProject, type ProjectFixture, type VendorFixture } from "./kit/factories.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
let one: VendorFixture;
beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
  [one] = project.vendors as [VendorFixture];
});
afterAll(() => world.close());

const id = (type: string, key: string) => encodeId(type, { projectId: null, id: key });
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const projectId = () => id("Project", project.projectId);

async function grant(principalId: string, input: Record<string, unknown>) {
  const { grant } = await world.admin.verb("grantRole", { principalId, ...input }, "grant { id role revokedAt version }");
  return grant as { id: string; role: string; revokedAt: string | null; version: number };
}

const refuse = (principalId: string, input: Record<string, unknown>) => world.admin.refused("grantRole", { principalId, ...input });

describe("principals", () => {
  test("are made, listed and ended by an administrator", async () => {
    const email = `${randomUUID()}@example.org`;
    const { principal } = await world.admin.verb(
      "createPrincipal",
      { kind: "PERSON", name: " Ana ", email },
      "principal { id name kind email deactivatedAt version }",
    );
    expect(principal).toMatchObject({ name: "Ana", kind: "PERSON", email, deactivatedAt: null });
    await grant(principal.id, { role: "AUDITOR", projectId: projectId() });
    await world.admin.verb(
      "deactivatePrincipal",
      { principalId: principal.id, reason: "left", expectedVersion: principal.version },
      "principal { id }",
    );
    const { principals } = await world.admin.ask(
      `query ($email: String!) { principals(filter: { emails: [$email], kinds: [PERSON], isActive: false }) {
        totalCount nodes { deactivatedAt grants { nodes { role revokedAt } } } } }`,
      { email },
    );
    expect(principals).toMatchObject({
      totalCount: 1,
      nodes: [{ deactivatedAt: expect.any(String), grants: { nodes: [{ role: "AUDITOR", revokedAt: expect.any(String) }] } }],
    });
    expect(await refuse(principal.id, { role: "AUDITOR", projectId: projectId() })).toMatchObject({
      code: "NOT_FOUND",
      path: ["principalId"],
    });
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
      expect(await caller.ask(query)).toEqual({
        principals: { totalCount: 1 },
        roleGrants: { totalCount: 1 },
        apiClients: { totalCount: 1 },
      });
      expect(await caller.ask("query ($id: ID!) { node(id: $id) { id } }", { id: id("Principal", lead.principalId) })).toEqual({
        node: null,
      });
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
    const query =
      "{ principals(first: 100) { nodes { name grants { nodes { role principal { name } } } apiClients { nodes { prefix principal { name } } } } } }";
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
