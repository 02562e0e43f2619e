import { afterAll, beforeAll, expect, test } from "vitest";
import {
  actionOf, analysisOf, type Escalating, escalationGid, makeEscalating, makeEscalation, onEscalation, personOf, toldOf,
} from "./kit/rcas.ts";
import { rawId } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let of: Escalating;
beforeAll(async () => {
  world = await createWorld();
  of = await makeEscalating(world);
});
afterAll(() => world.close());

const RCA = `rca { id state cycle version problemStatement contributingFactors returnReason requestedAt submittedAt acceptedAt allowedActions vendor { code }
  submittedBy { id } escalation { state } whys(orderBy: { field: POSITION }) { nodes { position text evidence } }
  causes { nodes { id category code text isRoot owner { id } } } }`;
const MOVED = `escalation { state dueAt rootCauseAt } ${RCA}`;
const make = async (spec: Parameters<typeof makeEscalation>[1] = {}) => {
  const row = await makeEscalation(of, spec);
  return { row, id: escalationGid(of, row) };
};
const write = async (by: Caller, id: string, input: object = analysisOf(of.auditor)) => (await onEscalation(by, "writeRca", id, input, RCA)).rca;
const seenBy = async (by: Caller, id: string, fields = RCA.replace("rca {", "rcas { totalCount nodes {") + " }") =>
  (await by.ask(`query ($id: ID!) { node(id: $id) { ... on Escalation { ${fields} } } }`, { id })).node;
const clocksOf = async (row: string) => {
  const rows = await world.sql`select kind, case when voided_at is not null then 'VOID' when stopped_at is not null then 'STOPPED'
    when paused_at is not null then 'PAUSED' else 'RUNS' end as state from sla_clocks where subject_id = ${row} order by id`;
  return rows.map(({ kind, state }) => `${kind} ${state}`);
};

test("an analysis is written as a whole, and once it is complete its root causes are the escalation's", async () => {
  const { id, row } = await make();
  const first = await write(of.owner, id, { problemStatement: " Hate is missed. " });
  expect(first).toMatchObject({
    state: "DRAFT", cycle: 1, problemStatement: "Hate is missed.", contributingFactors: [], vendor: null, requestedAt: null, whys: { nodes: [] },
    causes: { nodes: [] }, allowedActions: ["writeRca", "identifyRootCause"],
  });
  const analysis = analysisOf(of.auditor);
  const second = await write(of.policyManager, id, { ...analysis, expectedVersion: first.version });
  expect(second).toMatchObject({ id: first.id, problemStatement: analysis.problemStatement, contributingFactors: analysis.contributingFactors, allowedActions: ["writeRca"] });
  expect(second.whys.nodes).toEqual(analysis.whys.map((why, index) => ({ ...why, position: index + 1 })));
  const less = { ...analysis, whys: analysis.whys.slice(1), causes: analysis.causes.slice(0, 1) };
  const third = await write(of.lead, id, less);
  expect([third.whys.nodes.length, third.causes.nodes.length]).toEqual([2, 1]);
  expect(third.causes.nodes[0].id).toBe(second.causes.nodes[0].id);
  expect(await of.lead.refused("writeRca", { escalationId: id, expectedVersion: first.version })).toMatchObject({ __typename: "VersionConflictRefusal" });
  expect(await of.owner.refused("identifyRootCause", { escalationId: id })).toMatchObject({ code: "INVALID_INPUT", path: ["whys"] });
  await write(of.owner, id);
  const { rca, escalation } = await onEscalation(of.owner, "identifyRootCause", id, {}, MOVED);
  expect(escalation).toMatchObject({ state: "ROOT_CAUSE_IDENTIFIED", rootCauseAt: rca.acceptedAt });
  expect(rca).toMatchObject({ state: "ACCEPTED", acceptedAt: expect.any(String), allowedActions: [] });
  const told = await toldOf(world, rawId(rca.id));
  expect(told.map(({ type }) => type)).toEqual(["rca.writeRca", "rca.writeRca", "rca.writeRca", "rca.writeRca", "rca.accepted"]);
  expect(told.at(-1)).toMatchObject({ from: "DRAFT", to: "ACCEPTED", isStaffVisible: true, isPartnerVisible: true, vendorId: of.project.vendors[0]!.id });
  expect((await toldOf(world, row)).map(({ type, from }) => `${type} ${from}`)).toEqual(["escalation.root_cause_identified INVESTIGATING"]);
});

test.each([
  ["without an analysis", null, "CONFLICT", ["escalationId"]],
  ["without a problem statement", { problemStatement: null }, "INVALID_INPUT", ["problemStatement"]],
  ["without evidence", { whys: analysisWhys(0) }, "INVALID_INPUT", ["whys", "1", "evidence"]],
  ["without a root cause", { causes: [] }, "INVALID_INPUT", ["causes"]],
] as const)("root causes aren't identified %s", async (_, part, code, path) => {
  const { id } = await make();
  if (part) await write(of.owner, id, { ...analysisOf(of.auditor), ...part });
  expect(await of.owner.refused("identifyRootCause", { escalationId: id })).toMatchObject({ code, path });
  expect((await seenBy(of.owner, id, "state")).state).toBe("INVESTIGATING");
});

function analysisWhys(bare: number) {
  return [0, 1, 2].map((index) => ({ text: "Why?", evidence: index === bare + 1 ? [] : ["e"] }));
}

test("somebody's slip is no root cause by itself", async () => {
  const { id } = await make();
  const slip = { category: "PEOPLE", code: "HUMAN_ERROR", text: "They slipped.", isRoot: true, ownerId: personOf(of.lead) };
  await write(of.owner, id, { ...analysisOf(of.auditor), causes: [slip] });
  expect(await of.lead.refused("identifyRootCause", { escalationId: id })).toMatchObject({
    __typename: "InvalidInputRefusal", code: "INVALID_INPUT", path: ["causes"], message: expect.stringContaining("HUMAN_ERROR_ONLY"),
  });
  const [behind] = analysisOf(of.auditor).causes;
  await write(of.owner, id, { ...analysisOf(of.auditor), causes: [slip, behind!] });
  await onEscalation(of.lead, "identifyRootCause", id);
});

test("the vendor is asked, hands in, gets it back, hands in again, and is accepted: its clock runs while it is waited for", async () => {
  const { id, row } = await make({ severity: "SEV2" });
  await write(of.owner, id, { problemStatement: "Ours." });
  const asked = await onEscalation(of.owner, "requestPartnerRca", id, {}, MOVED);
  expect(asked.escalation).toMatchObject({ state: "WAITING_PARTNER", dueAt: expect.any(String) });
  expect(Date.parse(asked.escalation.dueAt) - Date.now()).toBeGreaterThan(23.9 * 3_600_000);
  expect(asked.rca).toMatchObject({
    state: "DRAFT", problemStatement: "Ours.", vendor: { code: of.project.vendors[0]!.code }, requestedAt: expect.any(String), allowedActions: [],
  });
  expect(await clocksOf(row)).toEqual(["ESCALATION_PARTNER RUNS"]);
  for (const by of [of.owner, of.policyManager]) expect(await by.refused("writeRca", { escalationId: id })).toMatchObject({ code: "FORBIDDEN" });
  expect(await of.manager.refused("submitPartnerRca", { escalationId: id })).toMatchObject({ code: "INVALID_INPUT", path: ["whys"] });
  const written = await write(of.vendorQa, id, analysisOf(of.manager));
  expect(written).toMatchObject({ id: asked.rca.id, state: "DRAFT", allowedActions: ["writeRca", "submitPartnerRca"] });
  const [{ id: causeId }] = written.causes.nodes;
  const proposed = [actionOf(of.vendorQa, { causeId }), actionOf(of.manager, { kind: "PREVENTIVE", title: "Elsewhere too" })];
  const handedIn = await onEscalation(of.manager, "submitPartnerRca", id, { actions: proposed }, `${MOVED} actions { state title kind cause { id } owner { id } vendor { code } }`);
  expect(handedIn.escalation.state).toBe("RCA_REVIEW");
  expect(handedIn.rca).toMatchObject({ state: "SUBMITTED", submittedBy: { id: personOf(of.manager) }, allowedActions: [] });
  expect(handedIn.actions).toEqual([
    { state: "PROPOSED", title: "Add examples", kind: "CORRECTIVE", cause: { id: causeId }, owner: null, vendor: { code: of.project.vendors[0]!.code } },
    { state: "PROPOSED", title: "Elsewhere too", kind: "PREVENTIVE", cause: null, owner: { id: personOf(of.manager) }, vendor: { code: of.project.vendors[0]!.code } },
  ]);
  expect(await clocksOf(row)).toEqual(["ESCALATION_PARTNER PAUSED"]);
  expect(await of.manager.refused("writeRca", { escalationId: id })).toMatchObject({ __typename: "InvalidTransitionRefusal" });
  expect(await of.owner.refused("returnRca", { escalationId: id, reason: " " })).toMatchObject({ code: "INVALID_INPUT", path: ["reason"] });
  const returned = await onEscalation(of.owner, "returnRca", id, { reason: "Why did nobody ask?" }, MOVED);
  expect([returned.escalation.state, returned.rca.state, returned.rca.returnReason]).toEqual(["WAITING_PARTNER", "RETURNED", "Why did nobody ask?"]);
  expect(await clocksOf(row)).toEqual(["ESCALATION_PARTNER RUNS"]);
  const other = { ...analysisOf(of.manager), causes: [{ category: "MANAGEMENT", code: "NO_OWNER", text: "Nobody's.", isRoot: true, ownerId: personOf(of.manager) }] };
  await write(of.manager, id, other);
  expect((await world.sql`select cause_id from actions where escalation_id = ${row}`).map((each) => each.cause_id)).toEqual([null, null]);
  await onEscalation(of.vendorQa, "submitPartnerRca", id);
  const accepted = await onEscalation(of.lead, "acceptRca", id, {}, MOVED);
  expect([accepted.escalation.state, accepted.rca.state]).toEqual(["ROOT_CAUSE_IDENTIFIED", "ACCEPTED"]);
  expect(await clocksOf(row)).toEqual(["ESCALATION_PARTNER STOPPED"]);
  expect((await toldOf(world, rawId(asked.rca.id))).map(({ type }) => type)).toEqual([
    "rca.draft", "rca.writeRca", "rca.submitted", "rca.returned", "rca.writeRca", "rca.submitted", "rca.accepted",
  ]);
  expect((await toldOf(world, row)).map(({ type }) => type)).toEqual([
    "escalation.waiting_partner", "escalation.rca_review", "escalation.waiting_partner", "escalation.rca_review", "escalation.root_cause_identified",
  ]);
  const all = await seenBy(of.lead, id);
  expect(all.rcas.nodes.map(({ state, vendor }: any) => [state, vendor === null])).toEqual([["WITHDRAWN", true], ["ACCEPTED", false]]);
});

test("nobody is asked whom the escalation isn't shared with", async () => {
  const { id } = await make({ isShared: false });
  expect(await of.owner.refused("requestPartnerRca", { escalationId: id })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("shareWithPartner") });
});

test("whoever isn't asked hands nothing in: another vendor's people find nothing, nor is there anything where only a reply is waited for", async () => {
  const { id } = await make({ state: "WAITING_PARTNER", heldState: "INVESTIGATING" });
  expect(await of.manager.refused("submitPartnerRca", { escalationId: id })).toMatchObject({ code: "CONFLICT" });
  expect(await of.manager.refused("writeRca", { escalationId: id })).toMatchObject({ code: "CONFLICT" });
  for (const verb of ["submitPartnerRca", "writeRca"]) {
    const refused = await of.stranger.refused(verb, { escalationId: id });
    expect(refused).toEqual({ __typename: "NotFoundRefusal", code: "NOT_FOUND", path: ["escalationId"], message: "There is no such escalation." });
  }
});

test("a request ends when the escalation is resumed or given up: what was written stays to be read, and the clock is void unless it was breached", async () => {
  for (const [isBreached, clock, verb, input, to] of [
    [false, "VOID", "resumeEscalation", {}, "INVESTIGATING"], [true, "STOPPED", "resumeEscalation", {}, "INVESTIGATING"],
    [false, "VOID", "cancelEscalation", { reason: "Not so." }, "CANCELLED"],
  ] as const) {
    const { id, row } = await make();
    const { rca } = await onEscalation(of.owner, "requestPartnerRca", id, {}, MOVED);
    await write(of.manager, id, { problemStatement: "Begun." });
    if (isBreached) await world.sql`update sla_clocks set breached_at = now(), told_percent = 100, next_threshold_at = null where subject_id = ${row}`;
    await onEscalation(of.owner, verb, id, input);
    const { state, rcas } = await seenBy(of.owner, id, `state rcas { nodes { id state problemStatement } }`);
    expect(state).toBe(to);
    expect(rcas.nodes).toEqual([{ id: rca.id, state: "WITHDRAWN", problemStatement: "Begun." }]);
    expect(await clocksOf(row)).toEqual([`ESCALATION_PARTNER ${clock}`]);
    expect((await toldOf(world, rawId(rca.id))).at(-1)).toMatchObject({ type: "rca.withdrawn", from: "DRAFT", to: "WITHDRAWN" });
    if (verb === "resumeEscalation") await onEscalation(of.owner, "requestPartnerRca", id);
  }
});

test("what was handed in stays so while its review waits for something else", async () => {
  const { id, row } = await make();
  await onEscalation(of.owner, "requestPartnerRca", id);
  await write(of.manager, id, analysisOf(of.manager));
  await onEscalation(of.manager, "submitPartnerRca", id);
  await onEscalation(of.owner, "waitEscalation", id, { waitsFor: "POLICY", reason: "Is it hate?" });
  expect((await seenBy(of.manager, id, "rcas { nodes { allowedActions } }")).rcas.nodes[0].allowedActions).toEqual([]);
  await onEscalation(of.owner, "resumeEscalation", id);
  expect(await clocksOf(row)).toEqual(["ESCALATION_PARTNER PAUSED"]);
  const { state, rcas } = await seenBy(of.owner, id, "state rcas { nodes { state allowedActions } }");
  expect([state, rcas.nodes]).toEqual(["RCA_REVIEW", [{ state: "SUBMITTED", allowedActions: ["acceptRca", "returnRca"] }]]);
});

test("causes are answered for by people who have to do with it", async () => {
  const { id } = await make();
  const unshared = await make({ isShared: false });
  const ownedBy = (person: string) => ({ ...analysisOf(of.auditor), causes: [{ ...analysisOf(of.auditor).causes[0]!, ownerId: person }] });
  for (const by of [of.auditor, of.policyManager, of.manager, of.vendorQa]) await write(of.owner, id, ownedBy(personOf(by)));
  for (const by of [of.analyst, of.stranger]) {
    expect(await of.owner.refused("writeRca", { escalationId: id, ...ownedBy(personOf(by)) })).toMatchObject({ code: "INVALID_INPUT", path: ["causes", "0", "ownerId"] });
  }
  const input = { escalationId: unshared.id, ...ownedBy(personOf(of.manager)) };
  expect(await of.owner.refused("writeRca", input)).toMatchObject({ code: "INVALID_INPUT", path: ["causes", "0", "ownerId"] });
});

test("who sees the escalation sees its analyses: partners no staff by name, analysts no words, others nothing", async () => {
  const { id } = await make();
  const { id: rcaId } = await write(of.owner, id);
  const fields = RCA.replace("rca {", "... on Rca {");
  const see = async (by: Caller) => (await by.ask(`query ($id: ID!) { node(id: $id) { __typename ${fields} } }`, { id: rcaId })).node;
  const [byAuditor, byManager, byAnalyst] = [await see(of.auditor), await see(of.manager), await see(of.analyst)];
  expect(byAuditor.causes.nodes[0]).toMatchObject({ text: "No example is of MY.", owner: { id: personOf(of.auditor) } });
  expect(byManager).toMatchObject({ problemStatement: analysisOf(of.auditor).problemStatement, allowedActions: [] });
  expect(byManager.causes.nodes.map(({ owner }: any) => owner)).toEqual([null, null]);
  expect(byAnalyst).toMatchObject({ problemStatement: null, contributingFactors: null, returnReason: null, state: "DRAFT" });
  expect(byAnalyst.whys.nodes[0]).toEqual({ position: 1, text: null, evidence: null });
  expect(byAnalyst.causes.nodes[0]).toMatchObject({ category: "POLICY", code: "NO_LOCAL_EXAMPLES", text: null, isRoot: true });
  const vendor = of.project.vendors[0]!;
  const labeler = await of.as({ role: "LABELER", vendorId: vendor.id, labelerId: vendor.labelerIds[0]! });
  const elsewhere = await makeEscalating(world);
  for (const by of [of.stranger, labeler, elsewhere.lead]) expect(await see(by)).toBeNull();
  const whyId = (await of.lead.ask("query ($id: ID!) { node(id: $id) { ... on Rca { whys { nodes { id } } } } }", { id: rcaId })).node.whys.nodes[0].id;
  expect((await of.stranger.ask("query ($id: ID!) { node(id: $id) { id } }", { id: whyId })).node).toBeNull();
  const hidden = await make({ isShared: false });
  const { id: hiddenRca } = await write(of.owner, hidden.id);
  expect((await of.manager.ask("query ($id: ID!) { node(id: $id) { id } }", { id: hiddenRca })).node).toBeNull();
  expect((await toldOf(world, rawId(hiddenRca)))[0]).toMatchObject({ isPartnerVisible: false, vendorId: null });
});

test("causes are counted by codes that everybody may look up", async () => {
  const { rcaCauseCodes } = await of.manager.ask("{ rcaCauseCodes { category code description } }");
  expect(rcaCauseCodes.length).toBeGreaterThan(40);
  expect(rcaCauseCodes).toContainEqual({ category: "PEOPLE", code: "HUMAN_ERROR", description: expect.stringContaining("Never a root cause") });
  const { id } = await make();
  const causes = [{ category: "POLICY", code: "MOOD", text: "?" }];
  expect(await of.owner.refused("writeRca", { escalationId: id, causes })).toMatchObject({ code: "INVALID_INPUT", path: ["causes", "0", "code"] });
});

test("analyses are written and read in as many statements, however much is in them", async () => {
  const counted = async (work: () => Promise<unknown>) => {
    world.statements.length = 0;
    await work();
    return world.statements.length;
  };
  const whole = analysisOf(of.auditor);
  const causes = ["AMBIGUOUS", "GAP", "CONFLICTING"].map((code) => ({ category: "POLICY", code, text: "So.", isRoot: true, ownerId: personOf(of.auditor) }));
  const took: number[] = [];
  for (const input of [{ ...whole, whys: whole.whys.slice(0, 1), causes: causes.slice(0, 1) }, { ...whole, whys: [...whole.whys, ...whole.whys], causes }]) {
    const { id } = await make();
    await write(of.owner, id, { problemStatement: "Begun." });
    took.push(await counted(() => onEscalation(of.owner, "writeRca", id, input, "rca { id }")));
  }
  expect(new Set(took).size).toBe(1);
  const filled = await make();
  const { id: vendorless } = await make();
  await write(of.owner, filled.id);
  await write(of.owner, vendorless);
  const read = (ids: string[]) => counted(() => of.lead.ask(
    `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Escalation { rcas { totalCount nodes { state allowedActions escalation { title } whys { nodes { text } } causes { nodes { code owner { id } } } } } } } }`,
    { ids },
  ));
  expect(await read([filled.id, vendorless])).toBe(await read([filled.id]));
});
