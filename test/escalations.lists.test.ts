import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allSealed } from "./kit/events.ts";
import { openBy, seeEscalation as seen } from "./kit/escalations.ts";
import { type Escalating, escalationGid, makeEscalating, makeEscalation, onEscalation, personOf, toldOf } from "./kit/rcas.ts";
import { inProject } from "./kit/roster.ts";
import { globalId, rawId } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let of: Escalating;
beforeAll(async () => {
  world = await createWorld();
  of = await makeEscalating(world);
});
afterAll(() => world.close());

describe("who sees it", () => {
  test("the vendor only once it is shared, for good; other vendors and labelers never", async () => {
    const id = escalationGid(of, await makeEscalation(of, { state: "TRIAGED", isShared: false }));
    expect(await seen(of.manager, id)).toBeNull();
    expect(await of.manager.refused("watchEscalation", { escalationId: id })).toMatchObject({ code: "NOT_FOUND" });
    await onEscalation(of.owner, "shareWithPartner", id);
    const fields = "title problemStatement state owner { id } openedBy { id } watcherIds rule { id } signals { totalCount } allowedActions";
    expect(await seen(of.manager, id, fields)).toEqual({
      title: "Hate is missed", problemStatement: "Hate is missed.", state: "TRIAGED", owner: null, openedBy: null, watcherIds: [], rule: null,
      signals: { totalCount: 0 }, allowedActions: [],
    });
    expect(await seen(of.stranger, id)).toBeNull();
    expect(await of.owner.refused("shareWithPartner", { escalationId: id })).toMatchObject({ code: "CONFLICT" });
    const labeler = await of.as({ role: "LABELER", vendorId: of.project.vendors[0]!.id, labelerId: of.project.vendors[0]!.labelerIds[0]! });
    expect(await seen(labeler, id)).toBeNull();
    expect((await toldOf(world, rawId(id))).at(-1)).toMatchObject({ type: "escalation.shareWithPartner", isPartnerVisible: true, vendorId: of.project.vendors[0]!.id });
  });

  test("the whole vendor, whichever team one is of: with what happens to it, the vendor's own clock, and what is said", async () => {
    const [vendor] = of.project.vendors;
    const inTeam = await of.as({ role: "VENDOR_QA", vendorId: vendor!.id, teamId: vendor!.teamId });
    const id = escalationGid(of, await makeEscalation(of, { isShared: false }));
    expect(await seen(inTeam, id)).toBeNull();
    await onEscalation(of.owner, "shareWithPartner", id);
    await onEscalation(of.owner, "requestPartnerRca", id);
    await of.owner.verb("postMessage", { subjectId: id, visibility: "PARTNER", text: "Please look into it." }, "thread { id }");
    await allSealed(world, of.project.projectId);
    const fields = "timeline { nodes { type } } slaClocks { nodes { kind } } threads { nodes { visibility } }";
    const whole = await seen(of.vendorQa, id, fields);
    expect(whole.timeline.nodes.map(({ type }: any) => type)).toEqual(expect.arrayContaining(["escalation.shareWithPartner", "escalation.waiting_partner"]));
    expect(whole).toMatchObject({ slaClocks: { nodes: [{ kind: "ESCALATION_PARTNER" }] }, threads: { nodes: [{ visibility: "PARTNER" }] } });
    expect(await seen(inTeam, id, fields)).toEqual(whole);
    const other = await of.as({ role: "VENDOR_QA", vendorId: of.project.vendors[1]!.id, teamId: of.project.vendors[1]!.teamId });
    expect(await seen(other, id)).toBeNull();
  });

  test("one that concerns no vendor is shared with the one that is named, and with no other later", async () => {
    const { id } = await openBy(of.lead, of);
    const [one, two] = of.project.vendors.map((vendor) => globalId("Vendor", vendor.id));
    expect(await of.lead.refused("shareWithPartner", { escalationId: id })).toMatchObject({ code: "INVALID_INPUT", path: ["vendorId"] });
    expect(await of.lead.refused("shareWithPartner", { escalationId: id, vendorId: globalId("Vendor", randomUUID()) })).toMatchObject({ code: "NOT_FOUND" });
    await onEscalation(of.lead, "shareWithPartner", id, { vendorId: two });
    expect(await seen(of.stranger, id)).not.toBeNull();
    const other = await openBy(of.lead, of, { vendorId: one });
    expect(await of.lead.refused("shareWithPartner", { escalationId: other.id, vendorId: two })).toMatchObject({ code: "CONFLICT", path: ["vendorId"] });
  });

  test("analysts read no words", async () => {
    const id = escalationGid(of, await makeEscalation(of));
    expect(await seen(of.analyst, id, "title problemStatement stateReason state allowedActions")).toEqual({
      title: null, problemStatement: null, stateReason: null, state: "INVESTIGATING", allowedActions: [],
    });
  });

  test("a vendor's people see themselves among those who follow it, and nobody else", async () => {
    const id = escalationGid(of, await makeEscalation(of));
    await onEscalation(of.lead, "watchEscalation", id);
    await onEscalation(of.vendorQa, "watchEscalation", id);
    expect((await seen(of.vendorQa, id, "watcherIds isWatchedByMe"))).toEqual({ watcherIds: [personOf(of.vendorQa)], isWatchedByMe: true });
    expect((await seen(of.lead, id, "watcherIds")).watcherIds).toEqual([personOf(of.lead), personOf(of.vendorQa)]);
    await onEscalation(of.lead, "unwatchEscalation", id);
    expect((await seen(of.lead, id, "watcherIds isWatchedByMe"))).toEqual({ watcherIds: [personOf(of.vendorQa)], isWatchedByMe: false });
  });
});

describe("lists", () => {
  const LIST = `query ($filter: EscalationFilter, $orderBy: EscalationOrder) { escalations(first: 100, filter: $filter, orderBy: $orderBy) { totalCount nodes {
    id dueAt vendor { id } owner { id } policy { id } slaClocks { nodes { kind } } signals { nodes { id } } links { nodes { id } } timeline { nodes { type } } } } }`;

  test("by urgency, those that nothing is due of behind all others; filtered by what they are", async () => {
    const own = await makeEscalating(world);
    const vendorId = globalId("Vendor", own.project.vendors[0]!.id);
    const ids: string[] = [];
    for (const severity of ["SEV3", "SEV1", "SEV2"]) ids.push((await openBy(own.lead, own, { severity, vendorId })).id);
    await onEscalation(own.lead, "cancelEscalation", ids[2]!, { reason: "R" });
    await onEscalation(own.lead, "triageEscalation", ids[0]!, { ownerId: personOf(own.owner), severity: "SEV3", problemStatement: "P" });
    const list = async (filter: object, orderBy?: object, by = own.lead) => (await by.ask(LIST, { filter, orderBy })).escalations.nodes.map((node: any) => ids.indexOf(node.id));
    expect(await list({}, { field: "DUE_AT", direction: "ASC" })).toEqual([1, 0, 2]);
    expect(await list({ isOpen: true })).toEqual([0, 1]);
    expect(await list({ isOpen: false })).toEqual([2]);
    expect(await list({ severities: ["SEV1", "SEV2"], vendorIds: [vendorId] })).toEqual([1, 2]);
    expect(await list({ states: ["TRIAGED"], kinds: ["QUALITY"], triggers: ["MANUAL"] })).toEqual([0]);
    expect(await list({ isMine: true }, undefined, own.owner)).toEqual([0]);
    expect(await list({ isWatchedByMe: true })).toEqual([0, 1, 2]);
    expect(await list({ isOverdue: true })).toEqual([]);
    expect(await list({ queueIds: [inProject("Queue", own.project.projectId, own.project.queueId)] })).toEqual([]);
    expect(await list({}, undefined, own.manager)).toEqual([]);
  });

  test("a page with clocks, signals, links and timelines takes a statement each, however many there are", async () => {
    const own = await makeEscalating(world);
    for (let i = 0; i < 5; i += 1) await openBy(own.lead, own);
    await allSealed(world, own.project.projectId);
    world.statements.length = 0;
    const { escalations } = await own.lead.ask(LIST, {});
    expect(escalations.nodes.map((node: any) => [node.slaClocks.nodes.length, node.timeline.nodes])).toEqual(Array(5).fill([4, [{ type: "escalation.open" }]]));
    expect(world.statements.filter((text) => /^\s*(\/\*.*\*\/)?\s*(select|with)/i.test(text)).length).toBeLessThanOrEqual(7);
  });
});

test("staff and the vendor talk about it apart, the vendor once it is shared", async () => {
  const id = escalationGid(of, await makeEscalation(of, { isShared: false }));
  const post = (by: typeof of.lead, visibility: string) => by.verb("postMessage", { subjectId: id, visibility, text: `To ${visibility}.` }, "thread { visibility }");
  await post(of.lead, "INTERNAL");
  expect(await of.lead.refused("postMessage", { subjectId: id, visibility: "PARTNER", text: "Too early." })).toMatchObject({ code: "CONFLICT" });
  await onEscalation(of.lead, "shareWithPartner", id);
  await post(of.manager, "PARTNER");
  const heard = async (by: typeof of.lead) =>
    (await seen(by, id, "threads { nodes { visibility messages { nodes { text } } } }"))?.threads.nodes.map((thread: any) => thread.messages.nodes[0].text);
  expect([await heard(of.lead), await heard(of.vendorQa), await heard(of.stranger), await heard(of.analyst)]).toEqual([
    ["To INTERNAL.", "To PARTNER."], ["To PARTNER."], undefined, [],
  ]);
});
