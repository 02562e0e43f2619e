import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isTold } from "../src/contacts/rules.ts";
import { ESCALATION, openBy } from "./kit/escalations.ts";
import { type Escalating, makeEscalating, onEscalation, personOf, toldOf } from "./kit/rcas.ts";
import { globalId, projectGid, rawId } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let of: Escalating;
let vendorId: string;
beforeAll(async () => {
  world = await createWorld();
  of = await makeEscalating(world);
  vendorId = globalId("Vendor", of.project.vendors[0]!.id);
});
afterAll(() => world.close());

const CONTACT = "contact { id version duty name topic leastSeverity market { code } vendor { id } principal { id } }";
const set = async (who: Caller, input: object = {}, own = of) =>
  (await own.lead.verb("setContact", { projectId: projectGid(own.project), principalId: personOf(who), duty: "POLICY_POC", ...input }, CONTACT)).contact;
const list = async (by: Caller, filter: object = {}) => (await by.ask(
  "query ($filter: ContactFilter) { contacts(filter: $filter) { totalCount nodes { id duty name principal { id } } } }", { filter },
)).contacts;

test("a contact that has moved on is neither changed nor removed by who read an older version", async () => {
  const own = await makeEscalating(world);
  const first = await set(own.policyManager, { topic: "SAFETY", expectedVersion: 0 }, own);
  await set(own.policyManager, { topic: "SAFETY", leastSeverity: "SEV2", expectedVersion: 1 }, own);
  const input = { projectId: projectGid(own.project), principalId: personOf(own.policyManager), duty: "POLICY_POC", topic: "SAFETY" };
  for (const expectedVersion of [0, 1]) expect(await own.lead.refused("setContact", { ...input, expectedVersion })).toMatchObject({ __typename: "VersionConflictRefusal" });
  expect(await own.lead.refused("removeContact", { contactId: first.id, expectedVersion: 1 })).toMatchObject({ __typename: "VersionConflictRefusal" });
  expect((await own.lead.verb("removeContact", { contactId: first.id, expectedVersion: 2 }, "contactId")).contactId).toBe(first.id);
});

test("a contact is named once; the same again changes its severity and name", async () => {
  const own = await makeEscalating(world);
  const first = await set(own.policyManager, { topic: "POLICY", name: "Policy desk" }, own);
  expect(first).toMatchObject({ version: 1, duty: "POLICY_POC", name: "Policy desk", topic: "POLICY", leastSeverity: "SEV4", market: null, vendor: null, principal: { id: personOf(own.policyManager) } });
  const again = await set(own.policyManager, { topic: "POLICY", leastSeverity: "SEV2" }, own);
  expect(again).toMatchObject({ id: first.id, version: 2, leastSeverity: "SEV2", name: null });
  expect((await set(own.policyManager, {}, own)).id).not.toBe(first.id);
  expect(await list(own.lead, { topics: ["SAFETY"] })).toMatchObject({ totalCount: 1 });
  expect(await list(own.lead, { topics: ["POLICY"] })).toMatchObject({ totalCount: 2 });
  expect(await list(own.policyManager, { isMe: true })).toMatchObject({ totalCount: 2 });
  expect((await own.lead.verb("removeContact", { contactId: first.id }, "contactId")).contactId).toBe(first.id);
  expect(await own.lead.refused("removeContact", { contactId: first.id })).toMatchObject({ code: "NOT_FOUND", path: ["contactId"] });
  expect(await list(own.lead)).toMatchObject({ totalCount: 1 });
  expect((await toldOf(world, rawId(first.id))).map(({ type }) => type)).toEqual(["contact.set", "contact.set", "contact.removed"]);
});

test("staff see them, a vendor's people those named for their vendor, and not the person", async () => {
  const own = await makeEscalating(world);
  const [one, two] = own.project.vendors.map(({ id }) => globalId("Vendor", id));
  const mine = await set(own.auditor, { duty: "MARKET_POC", vendorId: one, name: "MY desk" }, own);
  const theirs = await set(own.auditor, { duty: "MARKET_POC", vendorId: two }, own);
  const all = await set(own.auditor, { duty: "RD" }, own);
  const seenBy = async (by: Caller) => (await list(by)).nodes.map(({ id }: { id: string }) => id);
  for (const by of [own.lead, own.policyManager, own.auditor]) expect(await seenBy(by)).toEqual([mine.id, theirs.id, all.id]);
  expect(await list(own.manager)).toEqual({ totalCount: 1, nodes: [{ id: mine.id, duty: "MARKET_POC", name: "MY desk", principal: null }] });
  expect(await seenBy(own.stranger)).toEqual([theirs.id]);
  expect(await seenBy(own.analyst)).toEqual([]);
  expect((await own.manager.ask("query ($id: ID!) { node(id: $id) { id } }", { id: theirs.id })).node).toBeNull();
});

test.each([
  ["principalId", () => ({ principalId: personOf(of.analyst) }), "INVALID_INPUT"],
  ["principalId", () => ({ principalId: personOf(of.manager) }), "INVALID_INPUT"],
  ["principalId", () => ({ principalId: personOf(of.stranger), duty: "VENDOR", vendorId }), "INVALID_INPUT"],
  ["principalId", () => ({ principalId: personOf(of.lead), duty: "VENDOR", vendorId }), "INVALID_INPUT"],
  ["vendorId", () => ({ principalId: personOf(of.manager), duty: "VENDOR" }), "INVALID_INPUT"],
  ["vendorId", () => ({ vendorId: globalId("Vendor", randomUUID()) }), "NOT_FOUND"],
  ["market", () => ({ market: "nowhere" }), "NOT_FOUND"],
  ["name", () => ({ name: " " }), "INVALID_INPUT"],
  ["projectId", () => ({ projectId: globalId("Project", randomUUID()) }), "NOT_FOUND"],
] as const)("%s that can't be is refused", async (path, input, code) => {
  const given = { projectId: projectGid(of.project), principalId: personOf(of.auditor), duty: "OTHER", ...input() };
  expect(await of.lead.refused("setContact", given)).toMatchObject({ code, path: [path] });
});

test("only leads name contacts", async () => {
  for (const by of [of.policyManager, of.auditor, of.analyst, of.manager]) {
    const given = { projectId: projectGid(of.project), principalId: personOf(of.auditor), duty: "OTHER" };
    expect(await by.refused("setContact", given)).toMatchObject({ code: "FORBIDDEN" });
  }
});

describe("who is told", () => {
  const concern = { kind: "POLICY", severity: "SEV2", market: "id-ID", vendorId: "V1", isPartnerVisible: false } as const;
  const contact = { duty: "OTHER", topic: null, market: null, vendorId: null, leastSeverity: "SEV4" } as const;
  test.each([
    [{}, {}, true],
    [{ topic: "POLICY" }, {}, true], [{ topic: "SAFETY" }, {}, false],
    [{ market: "id-ID" }, {}, true], [{ market: "ms-MY" }, {}, false], [{ market: "id-ID" }, { market: null }, false],
    [{ vendorId: "V1" }, {}, true], [{ vendorId: "V2" }, {}, false], [{ vendorId: "V1" }, { vendorId: null }, false],
    [{ leastSeverity: "SEV1" }, {}, false], [{ leastSeverity: "SEV2" }, {}, true], [{ leastSeverity: "SEV2" }, { severity: "SEV1" }, true],
    [{ duty: "VENDOR", vendorId: "V1" }, {}, false], [{ duty: "VENDOR", vendorId: "V1" }, { isPartnerVisible: true }, true],
    [{ topic: "POLICY", market: "ms-MY" }, {}, false],
  ] as const)("%j of %j: %s", (named, about, told) => expect(isTold({ ...contact, ...named } as never, { ...concern, ...about } as never)).toBe(told));

  test("at triage, when it is found graver, and when it is shared: they watch it, and the event names their duties alone", async () => {
    const own = await makeEscalating(world);
    const vendor = globalId("Vendor", own.project.vendors[0]!.id);
    await set(own.policyManager, { duty: "POLICY_POC", topic: "QUALITY" }, own);
    await set(own.auditor, { duty: "RD", leastSeverity: "SEV1" }, own);
    await set(own.manager, { duty: "VENDOR", vendorId: vendor }, own);
    const { id } = await openBy(own.lead, own, { vendorId: vendor });
    const about = { ownerId: personOf(own.owner), severity: "SEV2", problemStatement: "P" };
    const watching = [personOf(own.lead), personOf(own.policyManager)];
    expect((await onEscalation(own.lead, "triageEscalation", id, about, ESCALATION)).escalation.watcherIds).toEqual(watching);
    watching.push(personOf(own.auditor));
    expect((await onEscalation(own.lead, "changeSeverity", id, { severity: "SEV1", reason: "R" }, ESCALATION)).escalation.watcherIds).toEqual(watching);
    watching.push(personOf(own.manager));
    expect((await onEscalation(own.lead, "shareWithPartner", id, {}, ESCALATION)).escalation.watcherIds).toEqual(watching);
    expect((await toldOf(world, rawId(id))).slice(1).map(({ payload }) => payload.duties)).toEqual([["POLICY_POC"], ["POLICY_POC", "RD"], ["POLICY_POC", "RD", "VENDOR"]]);
  });
});

test("a list takes two statements, however long it is", async () => {
  world.statements.length = 0;
  await list(of.lead);
  expect(world.statements.filter((text) => /contacts/.test(text)).length).toBe(2);
});
