import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SYSTEM_PROJECT_ID, SYSTEM_PRINCIPAL_ID } from "../src/core/ids.ts";
import { makeProject } from "./kit/factories.ts";
import { idOf } from "./kit/oauth.ts";
import { rawId } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let second: Caller;
beforeAll(async () => {
  world = await createWorld(null, { needsFourEyes: true });
  second = await world.caller({ role: "ADMIN" });
});
afterAll(() => world.close());

const GRANT = "grant { id role isPending grantedBy { id } approvedBy { id } version }";
const principal = ({ principalId }: Caller) => idOf("Principal", principalId);
const giveAdmin = async (to: Caller) => (await world.admin.verb("grantRole", { principalId: principal(to), role: "ADMIN" }, GRANT)).grant;
const roleOf = async (caller: Caller) => (await caller.send("{ viewer { role } }")).data?.viewer.role ?? null;
const pending = async () => (await world.admin.ask("{ roleGrants(filter: { isPending: true }) { nodes { id } } }")).roleGrants.nodes.map(({ id }: { id: string }) => id);

describe("with four eyes", () => {
  test("a grant of ADMIN has no effect before another administrator approves it, at once after", async () => {
    const novice = await world.caller();
    const grant = await giveAdmin(novice);
    expect(grant).toMatchObject({ isPending: true, grantedBy: { id: principal(world.admin) }, approvedBy: null });
    expect(await roleOf(novice)).toBeNull();
    expect(await pending()).toContain(grant.id);
    const standing = "query ($id: ID!) { roleGrants(filter: { principalId: $id, isStanding: true }) { totalCount } }";
    expect((await world.admin.ask(standing, { id: principal(novice) })).roleGrants.totalCount).toBe(0);
    const approved = await second.verb("approveGrant", { grantId: grant.id, reason: "seen", expectedVersion: grant.version }, GRANT);
    expect(approved.grant).toMatchObject({ isPending: false, approvedBy: { id: principal(second) } });
    expect(await roleOf(novice)).toBe("ADMIN");
    expect(await pending()).not.toContain(grant.id);
    expect(await second.refused("approveGrant", { grantId: grant.id })).toMatchObject({ code: "CONFLICT", path: ["grantId"] });
    const events = await world.sql`select type, reason, actor_id from events where project_id = ${SYSTEM_PROJECT_ID} and payload ->> 'principalId' = ${novice.principalId} order by id`;
    expect(events).toEqual([
      { type: "role_grant.granted", reason: null, actor_id: world.admin.principalId },
      { type: "role_grant.approved", reason: "seen", actor_id: second.principalId },
    ]);
  });

  test("nobody approves what they gave or what is theirs, and the database holds to it", async () => {
    const novice = await world.caller();
    const grant = await giveAdmin(novice);
    expect(await world.admin.refused("approveGrant", { grantId: grant.id })).toMatchObject({ __typename: "NotIndependentRefusal", path: ["grantId"] });
    const approveAs = (id: string) => world.sql`update role_grants set is_pending = false, approved_by_id = ${id} where principal_id = ${novice.principalId}`;
    for (const id of [world.admin.principalId, novice.principalId]) await expect(approveAs(id)).rejects.toThrow(/role_grants_approval/);
    const withoutGiver = world.sql`update role_grants set granted_by_id = null where principal_id = ${novice.principalId}`;
    await expect(withoutGiver).rejects.toThrow(/role_grants_pending/);
    const auditor = await world.caller({ role: "ADMIN" });
    const [own] = await world.sql`select id from role_grants where principal_id = ${auditor.principalId}`;
    await world.sql`update role_grants set is_pending = true, granted_by_id = ${SYSTEM_PRINCIPAL_ID} where id = ${own!.id}`;
    expect((await auditor.send("mutation ($input: ApproveGrantInput!) { approveGrant(input: $input) { __typename } }", { input: { grantId: idOf("RoleGrant", own!.id) } })).errors).toBeDefined();
  });

  test("one that waits is not approved once the principal is a partner", async () => {
    const { projectId, vendors } = await makeProject(world.sql);
    const novice = await world.caller();
    const grant = await giveAdmin(novice);
    await world.admin.verb("grantRole", { principalId: principal(novice), role: "VENDOR_MANAGER", projectId: idOf("Project", projectId), vendorId: idOf("Vendor", vendors[0]!.id) }, GRANT);
    expect(await second.refused("approveGrant", { grantId: grant.id })).toMatchObject({ code: "CONFLICT", path: ["role"], message: expect.stringContaining("never mix") });
    expect(await roleOf(novice)).toBe("VENDOR_MANAGER");
  });

  test("one that waits can be withdrawn, even by who gave it, and given again", async () => {
    const novice = await world.caller();
    const grant = await giveAdmin(novice);
    expect(await world.admin.refused("grantRole", { principalId: principal(novice), role: "ADMIN" })).toMatchObject({ code: "CONFLICT" });
    await world.admin.verb("revokeGrant", { grantId: grant.id }, "__typename");
    expect(await pending()).not.toContain(grant.id);
    expect(await second.refused("approveGrant", { grantId: grant.id })).toMatchObject({ code: "CONFLICT" });
    expect(await giveAdmin(novice)).toMatchObject({ id: grant.id, isPending: true, approvedBy: null });
    await world.sql`update role_grants set expires_at = now() - interval '1 second' where principal_id = ${novice.principalId}`;
    expect(await second.refused("approveGrant", { grantId: grant.id })).toMatchObject({ code: "CONFLICT" });
    expect(await second.refused("approveGrant", { grantId: idOf("RoleGrant", randomUUID()) })).toMatchObject({ code: "NOT_FOUND" });
  });

  test("nobody makes or rotates another administrator's key, whose eyes they would then have", async () => {
    const [novice, plain] = [await world.caller(), await world.caller()];
    await giveAdmin(novice);
    const make = (to: Caller) => ({ principalId: principal(to), name: "k", expiresAt: new Date(Date.now() + 86_400_000).toISOString() });
    for (const other of [second, novice]) expect(await world.admin.refused("createApiClient", make(other))).toMatchObject({ code: "FORBIDDEN", path: ["principalId"] });
    const [row] = await world.sql`select id from api_clients where principal_id = ${second.principalId}`;
    expect(await world.admin.refused("rotateApiClient", { apiClientId: idOf("ApiClient", row!.id) })).toMatchObject({ code: "FORBIDDEN", path: ["apiClientId"] });
    expect(await second.verb("rotateApiClient", { apiClientId: idOf("ApiClient", row!.id) }, "apiClient { id }")).toBeTruthy();
    for (const own of [world.admin, plain]) expect((await world.admin.verb("createApiClient", make(own), "secret")).secret).toMatch(/^assay_/);
  });

  test("nor has anybody made one before the grant: it is approved once such keys are gone, which an overlap keeps", async () => {
    const id = idOf("Principal", (await world.caller()).principalId);
    const { secret, apiClient } = await world.admin.verb("createApiClient", { principalId: id, name: "k", expiresAt: new Date(Date.now() + 86_400_000).toISOString() }, "secret apiClient { id }");
    const { grant } = await world.admin.verb("grantRole", { principalId: id, role: "ADMIN" }, GRANT);
    const refusal = { code: "CONFLICT", path: ["grantId"], message: expect.stringContaining("revokeApiClient") };
    expect(await second.refused("approveGrant", { grantId: grant.id })).toMatchObject(refusal);
    await world.sql`update api_clients set made_by_id = principal_id, previous_key_hash = ${randomUUID()}, previous_expires_at = now() + interval '1 hour' where id = ${rawId(apiClient.id)}`;
    expect(await second.refused("approveGrant", { grantId: grant.id })).toMatchObject(refusal);
    await world.admin.verb("revokeApiClient", { apiClientId: apiClient.id }, "__typename");
    expect((await second.verb("approveGrant", { grantId: grant.id }, GRANT)).grant.isPending).toBe(false);
    const left = await fetch(`${await world.listen()}/graphql`, { method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${secret}` }, body: '{"query":"{ viewer { role } }"}' });
    expect(left.status).toBe(401);
  });

  test("other roles wait for nobody", async () => {
    const [person, { projectId }] = [await world.caller(), await makeProject(world.sql)];
    const { grant } = await world.admin.verb("grantRole", { principalId: principal(person), role: "ANALYST", projectId: idOf("Project", projectId) }, GRANT);
    expect(grant).toMatchObject({ isPending: false, grantedBy: { id: principal(world.admin) } });
    expect(await roleOf(person)).toBe("ANALYST");
  });
});

test("without them, a grant of ADMIN holds at once", async () => {
  const open = await createWorld(null, { database: { urls: world.urls, drop: async () => {} } });
  try {
    const novice = await open.caller();
    const { grant } = await open.admin.verb("grantRole", { principalId: principal(novice), role: "ADMIN" }, GRANT);
    expect(grant).toMatchObject({ isPending: false });
    expect(await roleOf(open.known(novice))).toBe("ADMIN");
  } finally {
    await open.close();
  }
});
