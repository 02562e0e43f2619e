import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeId, SYSTEM_PRINCIPAL_ID, SYSTEM_PROJECT_ID } from "../src/core/ids.ts";
import { makeProject, type ProjectFixture, type VendorFixture } from "./kit/factories.ts";
import { rawId } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

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

describe("grants", () => {
  test("of administrators end one after the other, so that of two who take each other off one remains", async () => {
    for (let i = 0; i < 6; i += 1) {
      const pair = await Promise.all([1, 2].map(() => world.caller({ role: "ADMIN" })));
      const grantOf = async ({ principalId }: Caller) => id("RoleGrant", (await world.sql`select id from role_grants where principal_id = ${principalId}`)[0]!.id);
      const [one, two] = await Promise.all(pair.map(grantOf));
      const send = (by: Caller, grantId: string) => by.send("mutation ($input: RevokeGrantInput!) { revokeGrant(input: $input) { __typename } }", { input: { grantId } });
      const told = await Promise.all([send(pair[0]!, two!), send(pair[1]!, one!)]);
      expect(told.filter(({ data }) => data?.revokeGrant.__typename === "RevokeGrantPayload").length).toBe(1);
    }
  });

  test("are revoked once, by the first of several who do it at the same time", async () => {
    for (let i = 0; i < 3; i += 1) {
      const given = await grant(await makePrincipal(), { role: "AUDITOR", projectId: projectId() });
      const told = await Promise.all([1, 2, 3].map(() => world.admin.send(
        "mutation ($input: RevokeGrantInput!) { revokeGrant(input: $input) { __typename ... on Refusal { code path } } }", { input: { grantId: given.id } })));
      const refused = { __typename: "ConflictRefusal", code: "CONFLICT", path: ["grantId"] };
      expect(told.map(({ data }) => data!.revokeGrant)).toEqual(expect.arrayContaining([{ __typename: "RevokeGrantPayload" }, refused]));
      const [row] = await world.sql`select count(*)::int as n from events where subject_id = ${rawId(given.id)} and type = 'role_grant.revoked'`;
      expect(row!.n).toBe(1);
    }
  });

  test("are given, seen by their principal, revoked, and given again", async () => {
    const caller = await world.caller({ role: "ANALYST", projectId: project.projectId });
    const principalId = id("Principal", caller.principalId);
    const given = await grant(principalId, {
      role: "AUDITOR",
      projectId: projectId(),
      canAdjudicate: true,
      reason: "cover",
      expiresAt: inDays(3),
    });
    const mine = "{ viewer { role grants { id role canAdjudicate reason expiresAt principal { id } } } }";
    const { viewer } = await caller.ask(mine);
    expect(viewer.role).toBe("AUDITOR");
    expect(viewer.grants.map((each: { role: string }) => each.role).sort()).toEqual(["ANALYST", "AUDITOR"]);
    expect(viewer.grants.find((each: { id: string }) => each.id === given.id)).toMatchObject({
      canAdjudicate: true,
      reason: "cover",
      principal: { id: principalId },
    });
    expect(await refuse(principalId, { role: "AUDITOR", projectId: projectId() })).toMatchObject({ code: "CONFLICT" });

    await world.admin.verb("revokeGrant", { grantId: given.id, reason: "back", expectedVersion: 1 }, "grant { revokedAt }");
    expect((await caller.ask(mine)).viewer).toMatchObject({ role: "ANALYST", grants: [{ role: "ANALYST" }] });
    expect(await world.admin.refused("revokeGrant", { grantId: given.id })).toMatchObject({ code: "CONFLICT" });
    expect(await grant(principalId, { role: "AUDITOR", projectId: projectId() })).toMatchObject({
      id: given.id,
      revokedAt: null,
      version: 3,
    });
    const { roleGrants } = await world.admin.ask(
      `query ($principalId: ID!, $projectId: ID!) { roleGrants(filter: { principalId: $principalId, projectId: $projectId, roles: [AUDITOR], isStanding: true }) { nodes { id reason } } }`,
      { principalId, projectId: projectId() },
    );
    expect(roleGrants.nodes).toEqual([{ id: given.id, reason: null }]);
    const events =
      await world.sql`select type, reason from events where project_id = ${SYSTEM_PROJECT_ID} and type like 'role_grant.%' and payload ->> 'principalId' = ${caller.principalId} order by id`;
    expect(events.map(({ type, reason }) => [type, reason])).toEqual([
      ["role_grant.granted", "cover"],
      ["role_grant.revoked", "back"],
      ["role_grant.granted", null],
    ]);
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
    for (const [principal, input, field] of wrong)
      expect(await refuse(principal, input)).toMatchObject({ code: "INVALID_INPUT", path: [field] });
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
    expect(await refuse(client, { role: "SERVICE", vendorId: id("Vendor", one.id) })).toMatchObject({
      code: "CONFLICT",
      path: ["vendorId"],
    });
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
    expect(await world.admin.refused("revokeGrant", { grantId: viewer.grants[0].id })).toMatchObject({
      code: "CONFLICT",
      path: ["grantId"],
    });
  });
});
