import { randomUUID } from "node:crypto";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeId, SYSTEM_PROJECT_ID } from "../src/core/ids.ts";
import { allSealed } from "./kit/events.ts";
import { makeLabeler, makeProject, type ProjectFixture, type VendorFixture } from "./kit/factories.ts";
import { askToken, exchange, EXCHANGE, idOf, LABELER_ID, makeClient, type MachineClient, PRINCIPAL_ID, tokenOf } from "./kit/oauth.ts";
import { type Caller, createWorld, type GrantSpec, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
let one: VendorFixture;
let two: VendorFixture;
let client: MachineClient;
beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
  [one, two] = project.vendors as [VendorFixture, VendorFixture];
  client = await makeClient(world, { projectId: project.projectId, vendorId: one.id, scopes: ["people:act", "roster:read"] });
});
afterAll(() => world.close());

const at = (vendor: VendorFixture, role: GrantSpec["role"] = "VENDOR_MANAGER") => ({ role, projectId: project.projectId, vendorId: vendor.id });
const asLabeler = (vendor: VendorFixture, labelerId = vendor.labelerIds[0]!) => ({ ...at(vendor, "LABELER"), labelerId });
const WHO = "{ viewer { role principal { id } grants { role } } }";

async function actFor(person: Caller, by: MachineClient = client): Promise<Caller> {
  const { status, body } = await exchange(world, by, idOf("Principal", person.principalId));
  if (status !== 200) throw new Error(JSON.stringify(body));
  return world.known({ principalId: person.principalId, token: body.access_token });
}

describe("a vendor's client acts for its own people", () => {
  test("with their rights, by a token that names both", async () => {
    const manager = await world.caller(at(one));
    const { status, body } = await exchange(world, client, idOf("Principal", manager.principalId));
    expect({ status, body }).toEqual({
      status: 200,
      body: { access_token: expect.any(String), token_type: "Bearer", expires_in: 600, issued_token_type: "urn:ietf:params:oauth:token-type:access_token" },
    });
    expect(decodeJwt(body.access_token)).toMatchObject({
      sub: idOf("Principal", manager.principalId), act: { sub: idOf("Principal", client.principalId) }, vendor_id: idOf("Vendor", one.id), scope: "",
    });
    const acting = world.known({ principalId: manager.principalId, token: body.access_token });
    expect(await acting.ask(WHO)).toEqual(await manager.ask(WHO));
    const labelers = "{ labelers(first: 100) { nodes { id } totalCount } }";
    expect(await acting.ask(labelers)).toEqual(await manager.ask(labelers));
  });

  test("for a labeler by the labeler's id", async () => {
    const [labelerId] = one.labelerIds;
    const labeler = await world.caller(asLabeler(one));
    const { body } = await exchange(world, client, idOf("Labeler", labelerId!), LABELER_ID);
    const acting = world.known({ principalId: labeler.principalId, token: body.access_token });
    expect(await acting.ask(WHO)).toEqual({ viewer: { role: "LABELER", principal: { id: idOf("Principal", labeler.principalId) }, grants: [{ role: "LABELER" }] } });
  });

  test("and events keep both, as they keep who did it", async () => {
    const manager = await world.caller(at(one));
    const acting = await actFor(manager);
    await acting.verb("pauseLabeler", { labelerId: idOf("Labeler", one.labelerIds[0]!), pauseReason: "ADMIN" }, "labeler { id }");
    await allSealed(world, SYSTEM_PROJECT_ID);
    const [event] = await world.sql`select actor_id, via_id from events where via_id is not null`;
    expect(event).toEqual({ actor_id: manager.principalId, via_id: client.principalId });
    const query = "{ systemEvents(first: 100) { nodes { actor { id } via { id } } } }";
    const { systemEvents } = await world.admin.ask(query);
    const [shown, ...others] = systemEvents.nodes.filter(({ via }: { via: object | null }) => via !== null);
    expect([shown, others]).toEqual([{ actor: { id: idOf("Principal", manager.principalId) }, via: { id: idOf("Principal", client.principalId) } }, []]);
  });

  test("at its own vendor, in its own projects, and never as more than that", async () => {
    const elsewhere = await makeProject(world.sql);
    const [theirs] = elsewhere.vendors as [VendorFixture];
    const both = await world.caller(at(one), at(two), { ...at(one), projectId: elsewhere.projectId }, { ...at(theirs), projectId: elsewhere.projectId });
    const acting = await actFor(both);
    expect((await acting.ask("{ viewer { grants { role } } projects { nodes { code } } }"))).toEqual({
      viewer: { grants: [{ role: "VENDOR_MANAGER" }] }, projects: { nodes: [{ code: project.projectCode }] },
    });
    const refused = await acting.send(WHO, {}, { "x-assay-role": `VENDOR_MANAGER:${two.code}` });
    expect(refused.errors![0]!.extensions).toMatchObject({ code: "INVALID_INPUT" });
    const mine = `query ($id: ID!) { roleGrants { nodes { id } } apiClients { nodes { id } } node(id: $id) { ... on Principal { grants { totalCount } apiClients { totalCount } } } }`;
    const seen = await acting.ask(mine, { id: idOf("Principal", both.principalId) });
    expect(seen.roleGrants.nodes.length).toBe(1);
    expect(seen).toMatchObject({ apiClients: { nodes: [] }, node: { grants: { totalCount: 1 }, apiClients: { totalCount: 0 } } });
  });

  test("and not to what is the person's own elsewhere: what they asked as another vendor's labeler", async () => {
    const both = await world.caller(asLabeler(one, one.labelerIds[1]), asLabeler(two, two.labelerIds[1]));
    const acting = await actFor(both);
    const question = { projectId: idOf("Project", project.projectId), policyId: idOf("Policy", project.policies.hate), title: "T", question: "Q" };
    const asking = { query: "mutation ($input: AskQuestionInput!) { askQuestion(input: $input) { ... on AskQuestionPayload { policyQuestion { id } } } }", variables: { input: question } };
    const at = (vendor: VendorFixture) => ({ "x-assay-role": `LABELER:${vendor.code}` });
    const [here, there] = await Promise.all([one, two].map(async (vendor) => (await both.send(asking.query, asking.variables, at(vendor))).data.askQuestion.policyQuestion));
    const node = "query ($id: ID!) { node(id: $id) { id } }";
    expect((await both.send(node, here, at(two))).data.node).toEqual(here);
    expect([await acting.ask(node, here), await acting.ask(node, there)]).toEqual([{ node: here }, { node: null }]);
  });
});

describe("nobody else", () => {
  test("is acted for: who is not there, and who is not theirs, are told alike", async () => {
    const [staff, left, idle, foreign, elsewhere] = await Promise.all([
      world.caller({ role: "QA_LEAD", projectId: project.projectId }), world.caller(at(one)), world.caller(at(one)), world.caller(at(two)), makeProject(world.sql),
    ]);
    const outside = await world.caller({ ...at(one), projectId: elsewhere.projectId });
    await world.caller(asLabeler(two));
    const asOther = await makeLabeler(world.sql, two);
    await world.caller(at(one), asLabeler(two, asOther));
    await world.sql`update principals set deactivated_at = now() where id = ${left.principalId}`;
    await world.sql`update role_grants set revoked_at = now() where principal_id = ${idle.principalId}`;
    const subjects: [subject: string, type?: string][] = [
      [idOf("Principal", randomUUID())],
      ...[staff, left, idle, foreign, outside, world.admin, client].map(({ principalId }): [string] => [idOf("Principal", principalId)]),
      [idOf("Labeler", two.labelerIds[0]!), LABELER_ID],
      [idOf("Labeler", asOther), LABELER_ID],
      [idOf("Labeler", await makeLabeler(world.sql, one)), LABELER_ID],
      [idOf("Labeler", one.labelerIds[0]!)],
      [foreign.principalId],
      ["nobody"],
      [encodeId("Principal", { projectId: project.projectId, id: foreign.principalId })],
    ];
    const answers = await Promise.all(subjects.map(([subject, type]) => exchange(world, client, subject, type)));
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 400, body: { error: "invalid_request" } });
  });

  test("acts for people: no client without the scope or of no vendor, and no token in a key's place", async () => {
    const manager = await world.caller(at(one));
    const subject = idOf("Principal", manager.principalId);
    const [unscoped, ofNone] = await Promise.all([
      makeClient(world, { projectId: project.projectId, vendorId: one.id, scopes: ["roster:read"] }),
      makeClient(world, { projectId: project.projectId, scopes: ["people:act"] }),
    ]);
    for (const each of [unscoped, ofNone]) expect(await exchange(world, each, subject)).toMatchObject({ status: 400, body: { error: "unauthorized_client" } });
    const acting = await actFor(manager);
    for (const token of [acting.token, await tokenOf(world, client), manager.token]) {
      expect((await exchange(world, { ...client, token }, subject)).body.error).toMatch(/invalid_client|unauthorized_client/);
    }
    const form = { grant_type: EXCHANGE, subject_token: subject, subject_token_type: PRINCIPAL_ID };
    const wrong: [form: Record<string, string>, error: string][] = [
      [{ subject_token_type: "urn:ietf:params:oauth:token-type:jwt" }, "invalid_request"],
      [{ actor_token: "x", actor_token_type: PRINCIPAL_ID }, "invalid_request"],
      [{ requested_token_type: "urn:ietf:params:oauth:token-type:saml2" }, "invalid_request"],
      [{ audience: "https://elsewhere.example.org" }, "invalid_target"],
      [{ scope: "metrics:read" }, "invalid_scope"],
    ];
    for (const [more, error] of wrong) expect(await askToken(world, client, { ...form, ...more })).toMatchObject({ status: 400, body: { error } });
  });

  test("goes on when the person, the client or the vendor's grant has ended", async () => {
    const ends: Record<string, (person: Caller, by: MachineClient) => Promise<unknown>> = {
      "the person has left": ({ principalId }) => world.admin.verb("deactivatePrincipal", { principalId: idOf("Principal", principalId), reason: "left" }, "__typename"),
      "the person's grant": async ({ principalId }) => revokeGrantsOf(principalId),
      "the client's grant": async (_, { principalId }) => revokeGrantsOf(principalId),
      "the client's key": async (_, { principalId }) => {
        const [row] = await world.sql`select id from api_clients where principal_id = ${principalId}`;
        await world.admin.verb("revokeApiClient", { apiClientId: idOf("ApiClient", row!.id) }, "__typename");
      },
      "the client": (_, { principalId }) => world.admin.verb("deactivatePrincipal", { principalId: idOf("Principal", principalId), reason: "closed" }, "__typename"),
    };
    for (const [name, end] of Object.entries(ends)) {
      const person = await world.caller(at(one));
      const by = await makeClient(world, { projectId: project.projectId, vendorId: one.id, scopes: ["people:act"] });
      const acting = await actFor(person, by);
      expect((await acting.ask(WHO)).viewer.role, name).toBe("VENDOR_MANAGER");
      await end(person, by);
      expect((await acting.send(WHO)).errors![0]!.extensions, name).toMatchObject({ code: "UNAUTHENTICATED" });
    }
  });

  async function revokeGrantsOf(principalId: string): Promise<void> {
    const [row] = await world.sql`select id from role_grants where principal_id = ${principalId}`;
    await world.admin.verb("revokeGrant", { grantId: idOf("RoleGrant", row!.id) }, "__typename");
  }

  test("is a way to what outlasts the token: exports end with the client, webhooks are refused", async () => {
    const person = await world.caller(at(one));
    const by = await makeClient(world, { projectId: project.projectId, vendorId: one.id, scopes: ["people:act"] });
    const acting = await actFor(person, by);
    const projectId = idOf("Project", project.projectId);
    const { url } = await acting.verb("createExport", { dataset: "LABELERS", format: "CSV" }, "url");
    const fetchExport = async () => (await world.server.fetch(new Request(new URL(url, "http://assay.test")))).status;
    expect(await fetchExport()).toBe(200);
    const wish = { projectId, url: "https://example.org/hook", eventTypes: ["labeler.onboarded"] };
    expect(await acting.refused("createWebhookEndpoint", wish)).toMatchObject({ code: "FORBIDDEN" });
    await world.sql`update api_clients set revoked_at = now() where principal_id = ${by.principalId}`;
    expect(await fetchExport()).toBe(404);
  });
});
