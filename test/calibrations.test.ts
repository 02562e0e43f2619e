import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closeEndedCalibration } from "../src/calibrations/voting.service.ts";
import { WORKER } from "../src/db/identity.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import { write } from "../src/db/session.ts";
import { advance, type Calibration, makeCalibration, onSession, personId, vote } from "./kit/calibrations.ts";
import { makeProject } from "./kit/factories.ts";
import { inProject } from "./kit/roster.ts";
import { eventsOf, globalId, rawId } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
beforeAll(async () => {
  world = await createWorld();
  pool = createPool({ url: world.urls.login, size: 2, queue: 50, waitMs: 10_000, applicationName: "assay-test" });
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const closeEnded = (now: Date) => write(pool, WORKER, (db) => closeEndedCalibration(db, now), { timeoutMs: 5_000 });
const frozenOf = async ({ id }: Calibration) => (await world.sql`select agreement from calibration_sessions where id = ${rawId(id)}`)[0]!.agreement;
const agreedOn = ({ itemIds, policies }: Calibration) => itemIds.map((itemId) => ({ itemId, policyId: policies.hate }));

test("raters vote blindly, the votes' agreement is frozen, all agree, and what was agreed is published", async () => {
  const session = await makeCalibration(world);
  const { id, lead, facilitator, auditor, itemIds, policies, project } = session;
  expect(await lead.refused("closeCalibration", { calibrationSessionId: id })).toMatchObject({ code: "FORBIDDEN" });
  await onSession(facilitator, "openCalibration", id);
  await vote(auditor, session, "NV", "NV", "NV");
  await vote(auditor, session, "hate", "hate", null);
  const [row] = await world.sql`select version from calibration_votes where item_id = ${rawId(itemIds[0]!)}`;
  expect(row!.version).toBe(2);
  await vote(session.vendorQa, session, "hate", "spam", "NV");
  await vote(session.labeler, session, "hate", null, "NV");
  expect(await onSession(facilitator, "closeCalibration", id)).toMatchObject({ state: "CLOSED" });
  expect(await auditor.refused("castVotes", { calibrationSessionId: id, votes: [{ itemId: itemIds[0], policyId: policies.NV }] })).toMatchObject({ __typename: "InvalidTransitionRefusal" });
  // hate hate hate | hate spam | NV NV NV: 2/3 of the pairs of an item agree on average.
  const frozen = await frozenOf(session);
  expect(frozen).toMatchObject({ items: 3, raters: 3, categories: 4, krippendorffAlphaOrdinal: null, fleissKappa: { raters: 3, items: 2, value: 1 } });
  expect(frozen.percentAgreement).toMatchObject({ value: 2 / 3, items: 3, reason: null });
  expect(frozen.gwetAc1.interval).toEqual({ low: expect.any(Number), high: expect.any(Number) });
  await onSession(facilitator, "startDiscussion", id);
  await onSession(facilitator, "setConsensus", id, { items: agreedOn(session) });
  const published = await onSession(lead, "publishCalibration", id, {
    clarifications: [{ policyId: policies.hate, text: "Quoted slurs too." }],
    promotedItemIds: [itemIds[0]],
  }, "state publishedAt clarifications { nodes { text calibrationSession { id } } } items { nodes { consensus { isGolden policy { id } } } }");
  expect(published).toMatchObject({ state: "PUBLISHED", publishedAt: expect.any(String) });
  expect(published.clarifications.nodes).toEqual([{ text: "Quoted slurs too.", calibrationSession: { id } }]);
  expect(published.items.nodes.map(({ consensus }: any) => consensus.isGolden)).toEqual([true, false, false]);
  const golden = await world.sql`select source, truth_policy_id from golden_items where project_id = ${project.projectId}`;
  expect(golden).toEqual([{ source: "calibration", truth_policy_id: project.policies.hate }]);
  const events = await eventsOf(world, id);
  expect(events.filter((each) => !each.includes("castVotes"))).toEqual([
    "calibration_session.draft null>DRAFT", "calibration_session.open DRAFT>OPEN", "calibration_session.closed OPEN>CLOSED",
    "calibration_session.discussion CLOSED>DISCUSSION", "calibration_session.consensus DISCUSSION>CONSENSUS",
    "calibration_session.published CONSENSUS>PUBLISHED",
  ]);
});

test("consensus is set item by item, may change during the discussion, and what stays open is asked", async () => {
  const session = await makeCalibration(world);
  const { id, facilitator, manager, itemIds: [one, two, three], policies } = session;
  await advance(session, "DISCUSSION");
  const item = "state items { nodes { consensus { policy { id } question { title contentRef } } } }";
  expect(await onSession(facilitator, "setConsensus", id, { items: [{ itemId: one, policyId: policies.spam }] })).toMatchObject({ state: "DISCUSSION" });
  const question = { policyId: policies.hate, title: "Songs", question: "And songs?" };
  await onSession(manager, "setConsensus", id, { items: [{ itemId: one, policyId: policies.hate }, { itemId: two, question }] });
  const { state, items } = await onSession(facilitator, "setConsensus", id, { items: [{ itemId: three, policyId: policies.NV }] }, item);
  expect(state).toBe("CONSENSUS");
  expect(items.nodes.map(({ consensus }: any) => [consensus.policy?.id ?? null, consensus.question])).toEqual([
    [policies.hate, null], [null, { title: "Songs", contentRef: "content/1" }], [policies.NV, null],
  ]);
  expect(await eventsOf(world, id)).toEqual(expect.arrayContaining(["calibration_session.setConsensus null>null"]));
  expect(await session.lead.refused("publishCalibration", { calibrationSessionId: id, promotedItemIds: [two] })).toMatchObject({ code: "CONFLICT", path: ["promotedItemIds", "0"] });
});

test("how each rater leans is known once all have agreed", async () => {
  const session = await makeCalibration(world);
  await advance(session, "CONSENSUS");
  const { node } = await session.lead.ask(
    "query ($id: ID!) { node(id: $id) { ... on CalibrationSession { raters { principal { id } againstConsensus { n agreed agreement byPolicy { policy { id } bias } } } } } }",
    { id: session.id },
  );
  const of = (who: Calibration["auditor"]) => node.raters.find(({ principal }: any) => principal.id === personId(who)).againstConsensus;
  expect(of(session.auditor)).toMatchObject({ n: 3, agreed: 3, agreement: 1 });
  expect(of(session.vendorQa)).toMatchObject({ n: 3, agreed: 1 });
  const bias = new Map(of(session.vendorQa).byPolicy.map((each: any) => [each.policy.id, each.bias]));
  expect(bias).toEqual(new Map([[session.policies.hate, -2 / 3], [session.policies.spam, 2 / 3], [session.policies.NV, 0]]));
});

test("voting ends by itself at closesAt", async () => {
  const session = await makeCalibration(world);
  const closesAt = new Date(Date.now() + 3_600_000);
  await onSession(session.lead, "changeCalibration", session.id, { closesAt });
  await advance(session, "OPEN");
  expect(await closeEnded(new Date(closesAt.getTime() - 1))).toBe(0);
  expect(await closeEnded(closesAt)).toBe(1);
  expect(await closeEnded(closesAt)).toBe(0);
  expect((await frozenOf(session)).items).toBe(3);
  expect((await eventsOf(world, session.id)).at(-1)).toBe("calibration_session.closed OPEN>CLOSED");
});

describe("what a session can't be is refused, naming the field", () => {
  const create = { name: "Week 2" };
  const of = (session: Calibration, input: object) => session.lead.refused("createCalibration", { projectId: session.projectId, ...create, ...input });
  const content = { contentRef: "a", modality: "TEXT" };
  test.each([
    ["a project that isn't there", () => ({ projectId: globalId("Project", randomUUID()) }), "NOT_FOUND", ["projectId"]],
    ["an empty name", () => ({ name: " " }), "INVALID_INPUT", ["name"]],
    ["a policy that the project doesn't use", () => ({ policyId: globalId("Policy", randomUUID()) }), "NOT_FOUND", ["policyId"]],
    ["a labeler as facilitator", (of: Calibration) => ({ facilitatorId: personId(of.labeler) }), "INVALID_INPUT", ["facilitatorId"]],
    ["a rater without a grant", () => ({ raterIds: [personId(world.admin)] }), "INVALID_INPUT", ["raterIds", "0"]],
    ["a rater named twice", (of: Calibration) => ({ raterIds: [personId(of.labeler), personId(of.labeler)] }), "INVALID_INPUT", ["raterIds", "1"]],
    ["content that is there twice", () => ({ items: [content, content] }), "INVALID_INPUT", ["items", "1"]],
    ["content without modality", () => ({ items: [{ contentRef: "a" }] }), "INVALID_INPUT", ["items", "0"]],
    ["a decision beside content", (of: Calibration) => ({ items: [{ ...content, decisionId: inProject("Decision", of.project.projectId, randomUUID()) }] }), "INVALID_INPUT", ["items", "0"]],
    ["a decision that isn't there", (of: Calibration) => ({ items: [{ decisionId: inProject("Decision", of.project.projectId, randomUUID()) }] }), "NOT_FOUND", ["items", "0", "decisionId"]],
    ["a market that isn't there", () => ({ items: [{ ...content, market: "nowhere" }] }), "NOT_FOUND", ["items", "0", "market"]],
    ["a digest that is none", () => ({ items: [{ ...content, contentHash: "12" }] }), "INVALID_INPUT", ["items", "0", "contentHash"]],
    ["too many items", () => ({ items: Array.from({ length: 201 }, (_, i) => ({ ...content, contentRef: `${i}` })) }), "INVALID_INPUT", ["items"]],
    ["an end that is past", () => ({ closesAt: new Date(Date.now() - 1) }), "INVALID_INPUT", ["closesAt"]],
  ] as const)("%s", async (_, input, code, path) => {
    const session = await makeCalibration(world);
    expect(await of(session, input(session))).toMatchObject({ code, path });
  });

  test("one that can't be opened: without an item, with one rater, or past its end", async () => {
    const session = await makeCalibration(world);
    const { id, lead, labeler, vendorQa } = session;
    await onSession(lead, "changeCalibration", id, { raterIds: [personId(labeler)] });
    expect(await lead.refused("openCalibration", { calibrationSessionId: id })).toMatchObject({ code: "CONFLICT" });
    await onSession(lead, "changeCalibration", id, { raterIds: [personId(labeler), personId(vendorQa)], items: [] });
    expect(await lead.refused("openCalibration", { calibrationSessionId: id })).toMatchObject({ code: "CONFLICT" });
    await onSession(lead, "changeCalibration", id, { items: [content], closesAt: new Date(Date.now() + 3_600_000) });
    await world.sql`update calibration_sessions set closes_at = now() - interval '1 minute' where id = ${rawId(id)}`;
    expect(await lead.refused("openCalibration", { calibrationSessionId: id })).toMatchObject({ code: "CONFLICT" });
    expect(await lead.refused("openCalibration", { calibrationSessionId: id, expectedVersion: 1 })).toMatchObject({ __typename: "VersionConflictRefusal" });
    await onSession(lead, "changeCalibration", id, { closesAt: null, policyId: session.policies.hate });
    expect(await onSession(lead, "openCalibration", id, {}, "state closesAt policy { id }")).toEqual({ state: "OPEN", closesAt: null, policy: { id: session.policies.hate } });
  });

  test("votes on another session's items, for policies that can't be chosen, or none at all", async () => {
    const [session, other] = [await makeCalibration(world), await makeCalibration(world)];
    const { id, lead, auditor, itemIds: [itemId], policies, project } = session;
    await onSession(lead, "openCalibration", id);
    const refused = (votes: object[]) => auditor.refused("castVotes", { calibrationSessionId: id, votes });
    expect(await refused([])).toMatchObject({ code: "INVALID_INPUT", path: ["votes"] });
    expect(await refused([{ itemId: other.itemIds[0], policyId: policies.hate }])).toMatchObject({ code: "NOT_FOUND", path: ["votes", "0", "itemId"] });
    expect(await refused([{ itemId, policyId: other.policies.hate }])).toMatchObject({ code: "NOT_FOUND", path: ["votes", "0", "policyId"] });
    expect(await refused([{ itemId, policyId: policies.hate, action: "" }])).toMatchObject({ code: "INVALID_INPUT", path: ["votes", "0", "action"] });
    expect(await refused([{ itemId, policyId: policies.hate, rationale: " " }])).toMatchObject({ code: "INVALID_INPUT", path: ["votes", "0", "rationale"] });
    await world.sql`update policies set is_leaf = false where id = ${project.policies.hate}`;
    expect(await refused([{ itemId, policyId: policies.hate }])).toMatchObject({ code: "NOT_FOUND", path: ["votes", "0", "policyId"] });
    expect(await lead.refused("castVotes", { calibrationSessionId: id, votes: [{ itemId, policyId: policies.spam }] })).toMatchObject({ code: "FORBIDDEN" });
  });

  test("a golden item where another answer is active: nothing is published", async () => {
    const session = await makeCalibration(world);
    const { id, lead, itemIds, project } = session;
    await lead.verb("recordGoldenItems", { projectCode: project.projectCode, items: [{ contentRef: "content/1", truthPolicyCode: "NV" }] }, "recorded");
    await advance(session, "CONSENSUS");
    const input = { calibrationSessionId: id, promotedItemIds: [itemIds[1]], clarifications: [{ policyId: session.policies.hate, text: "So." }] };
    expect(await lead.refused("publishCalibration", input)).toMatchObject({ code: "CONFLICT", path: ["promotedItemIds", "0"] });
    expect(await world.sql`select 1 from clarifications where project_id = ${project.projectId}`).toEqual([]);
    expect(await lead.refused("publishCalibration", { calibrationSessionId: id, clarifications: [{ policyId: globalId("Policy", randomUUID()), text: "So." }] }))
      .toMatchObject({ code: "NOT_FOUND", path: ["clarifications", "0", "policyId"] });
  });
});

test("verbs take as many statements however many items, votes, raters and questions they bring", async () => {
  const count = async (contents: number) => {
    const took: number[] = [];
    const during = async (work: () => Promise<unknown>) => {
      world.statements.length = 0;
      await work();
      took.push(world.statements.length);
    };
    const session = await makeCalibration(world, 1);
    const { id, lead, facilitator, auditor, policies } = session;
    const more = Array.from({ length: contents }, (_, i) => ({ contentRef: `more/${i}`, modality: "TEXT", market: session.project.market }));
    await during(() => onSession(lead, "changeCalibration", id, { items: more, raterIds: session.raters.slice(0, contents > 2 ? 3 : 2).map(personId) }));
    const { items } = await onSession(lead, "openCalibration", id, {}, "items(first: 100) { nodes { id } }");
    const itemIds = items.nodes.map((item: any) => item.id);
    await during(() => onSession(auditor, "castVotes", id, { votes: itemIds.map((itemId: string) => ({ itemId, policyId: policies.hate })) }));
    await during(() => onSession(facilitator, "closeCalibration", id));
    await onSession(facilitator, "startDiscussion", id);
    const question = { policyId: policies.hate, title: "Songs", question: "And songs?" };
    const agreed = itemIds.map((itemId: string, i: number) => (i % 2 ? { itemId, policyId: policies.hate } : { itemId, question }));
    await during(() => onSession(facilitator, "setConsensus", id, { items: agreed }));
    return took;
  };
  expect(await count(30)).toEqual(await count(2));
});

test("lists filter, and load a level in a statement however many rows it has", async () => {
  const session = await makeCalibration(world);
  await advance(session, "PUBLISHED");
  const { projectId, lead, facilitator, labeler, id } = session;
  for (let i = 0; i < 3; i += 1) {
    await lead.verb("createCalibration", { projectId, name: `N${i}`, items: [{ contentRef: "x", modality: "TEXT" }], raterIds: [personId(session.auditor)] }, "calibrationSession { id }");
  }
  const query = `query ($id: ID!) { node(id: $id) { ... on Project { calibrationSessions { nodes { id isInvited allowedActions facilitator { id }
    raters { principal { id } vendor { code } againstConsensus { n } }
    items { nodes { position market { code } decision { id } votes { nodes { policy { code } rater { id } } } consensus { policy { code } question { id } setBy { id } } } } } } } } }`;
  await lead.ask(query, { id: projectId });
  world.statements.length = 0;
  const { node } = await lead.ask(query, { id: projectId });
  const statements = [...world.statements];
  expect(node.calibrationSessions.nodes).toHaveLength(4);
  const one = await makeProject(world.sql);
  const alone = await world.caller({ role: "QA_LEAD", projectId: one.projectId });
  expect(node.calibrationSessions.nodes[0].items.nodes.map(({ position }: any) => position)).toEqual([1, 2, 3]);
  // Sessions, raters with principals and vendors, leanings, invitations, items with their sessions, votes, consensus with policies and principals.
  expect(statements.filter((text) => /select/.test(text)).length).toBeLessThanOrEqual(13);
  expect((await alone.ask("{ calibrationSessions { nodes { id } } }")).calibrationSessions.nodes).toEqual([]);
  const list = async (by: typeof lead, filter: object) =>
    (await by.ask("query ($filter: CalibrationSessionFilter) { calibrationSessions(filter: $filter) { nodes { id } } }", { filter })).calibrationSessions.nodes.length;
  expect(await list(lead, { states: ["DRAFT"] })).toBe(3);
  expect(await list(facilitator, { isFacilitator: true })).toBe(1);
  expect(await list(labeler, { isInvited: true })).toBe(1);
  expect(await list(lead, { isInvited: true })).toBe(0);
  expect(await list(lead, { policyIds: [session.policies.hate] })).toBe(0);
  expect(await list(lead, { updatedAfter: new Date(Date.now() + 60_000) })).toBe(0);
  const items = "query ($id: ID!) { node(id: $id) { ... on CalibrationSession { items(filter: { contentRefs: [\"content/1\"] }, orderBy: { field: POSITION, direction: DESC }) { nodes { votes(filter: { isMine: true }) { nodes { isMine item { position } } } } } } } }";
  expect((await labeler.ask(items, { id })).node.items.nodes).toEqual([{ votes: { nodes: [{ isMine: true, item: { position: 2 } }] } }]);
});
