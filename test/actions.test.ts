import { afterAll, beforeAll, expect, test } from "vitest";
import {
  actionOf, analysisOf, checkOf, type Escalating, escalationGid, makeEscalating, makeEscalation, makeExplained, makePlanned, onEscalation, personOf, toldOf,
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

const ACTION = `action { id kind state title description cycle dueAt isOverdue evidence completedAt verifiedAt waiveReason allowedActions version
  escalation { id } cause { id } vendor { code } owner { id } proposedBy { id } verifiedBy { id } }`;
const make = async (spec: Parameters<typeof makeEscalation>[1] = {}) => {
  const row = await makeEscalation(of, spec);
  return { row, id: escalationGid(of, row) };
};
const propose = async (by: Caller, id: string, rest: object = {}, owner = of.auditor) => (await onEscalation(by, "proposeAction", id, actionOf(owner, rest), ACTION)).action;
const on = async (by: Caller, verb: string, actionId: string, input: object = {}) => (await by.verb(verb, { actionId, ...input }, ACTION)).action;
const stateOf = async (id: string) => (await of.lead.ask("query ($id: ID!) { node(id: $id) { ... on Escalation { state } } }", { id })).node.state;
const typesOf = async (id: string) => (await toldOf(world, rawId(id))).map(({ type }) => type);

test("an action is proposed, approved, done, given back, done again and verified by somebody else", async () => {
  const { id } = await make();
  const proposed = await propose(of.policyManager, id, { description: "Ten of MY.", title: " Add examples " });
  expect(proposed).toMatchObject({
    kind: "CORRECTIVE", state: "PROPOSED", title: "Add examples", description: "Ten of MY.", cycle: 1, isOverdue: false, evidence: [], completedAt: null,
    verifiedAt: null, waiveReason: null, version: 1, escalation: { id }, cause: null, vendor: null, owner: null, proposedBy: { id: personOf(of.policyManager) },
    allowedActions: [],
  });
  const actionId = proposed.id;
  expect(await on(of.lead, "approveAction", actionId)).toMatchObject({ state: "APPROVED", allowedActions: ["waiveAction"], owner: { id: personOf(of.auditor) } });
  expect(await on(of.auditor, "startAction", actionId)).toMatchObject({ state: "IN_PROGRESS", allowedActions: ["completeAction"] });
  expect(await of.auditor.refused("completeAction", { actionId, evidence: [] })).toMatchObject({ code: "INVALID_INPUT", path: ["evidence"] });
  expect(await of.auditor.refused("completeAction", { actionId, evidence: ["a", " "] })).toMatchObject({ code: "INVALID_INPUT", path: ["evidence", "1"] });
  expect(await on(of.auditor, "completeAction", actionId, { evidence: ["1.1.0"] })).toMatchObject({ state: "DONE", evidence: ["1.1.0"], completedAt: expect.any(String) });
  expect(await of.lead.refused("reopenAction", { actionId, reason: "" })).toMatchObject({ code: "INVALID_INPUT", path: ["reason"] });
  expect(await on(of.lead, "reopenAction", actionId, { reason: "Not in Malay." })).toMatchObject({ state: "IN_PROGRESS", completedAt: null });
  await on(of.auditor, "completeAction", actionId, { evidence: ["1.1.1"], expectedVersion: 5 });
  expect(await of.lead.refused("verifyAction", { actionId, expectedVersion: 5 })).toMatchObject({ __typename: "VersionConflictRefusal" });
  expect(await on(of.lead, "verifyAction", actionId)).toMatchObject({ state: "VERIFIED", verifiedBy: { id: personOf(of.lead) }, verifiedAt: expect.any(String), allowedActions: [] });
  expect(await typesOf(actionId)).toEqual([
    "action.proposed", "action.approved", "action.in_progress", "action.done", "action.in_progress", "action.done", "action.verified",
  ]);
  expect((await toldOf(world, rawId(actionId)))[4]).toMatchObject({ reason: "Not in Malay.", payload: { kind: "CORRECTIVE" } });
});

test("what contains harm needs no approval; who did it doesn't verify it; what isn't needed is waived with a reason", async () => {
  const { id } = await make({ state: "CONTAINING" });
  const { id: actionId } = await propose(of.lead, id, { kind: "CONTAINMENT", title: "Stop the queue" }, of.owner);
  await on(of.owner, "startAction", actionId);
  await on(of.owner, "completeAction", actionId, { evidence: ["stopped"] });
  expect(await of.owner.refused("verifyAction", { actionId })).toMatchObject({ code: "FORBIDDEN" });
  const other = await propose(of.lead, id);
  expect(await of.auditor.refused("startAction", { actionId: other.id })).toMatchObject({ __typename: "InvalidTransitionRefusal" });
  expect(await on(of.lead, "waiveAction", other.id, { reason: "There are some." })).toMatchObject({ state: "WAIVED", waiveReason: "There are some." });
});

test.each([
  ["a title", () => ({ title: "" }), "title"],
  ["a time to come", () => ({ dueAt: new Date(Date.now() - 1_000) }), "dueAt"],
  ["an owner who acts", () => ({ ownerId: personOf(of.analyst) }), "ownerId"],
  ["an owner of the vendor that it is shared with", () => ({ ownerId: personOf(of.stranger) }), "ownerId"],
  ["a cause of its own", () => ({ causeId: Buffer.from(`RcaCause:${of.project.projectId}:${of.project.projectId}`).toString("base64url") }), "causeId"],
  ["a cause of its project", () => ({ causeId: Buffer.from(`RcaCause:${of.project.queueId}:${of.project.projectId}`).toString("base64url") }), "causeId"],
])("an action has %s", async (_, part, field) => {
  const { id } = await make();
  expect(await of.lead.refused("proposeAction", { escalationId: id, ...actionOf(of.auditor), ...part() })).toMatchObject({ code: "INVALID_INPUT", path: [field] });
});

test("actions are proposed by leads and policy managers, of what isn't over", async () => {
  const { id } = await make();
  for (const by of [of.auditor, of.analyst, of.manager]) {
    expect(await by.refused("proposeAction", { escalationId: id, ...actionOf(of.auditor) })).toMatchObject({ code: "FORBIDDEN" });
  }
  const over = await make({ state: "CANCELLED" });
  expect(await of.lead.refused("proposeAction", { escalationId: over.id, ...actionOf(of.auditor) })).toMatchObject({ code: "CONFLICT" });
  const unshared = await make({ isShared: false });
  expect(await of.lead.refused("proposeAction", { escalationId: unshared.id, ...actionOf(of.manager) })).toMatchObject({ code: "INVALID_INPUT", path: ["ownerId"] });
});

test("causes are looked for once the harm is contained; what is small needn't be", async () => {
  const { id, row } = await make({ state: "CONTAINING", severity: "SEV1" });
  expect(await of.owner.refused("investigateEscalation", { escalationId: id })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("CONTAINMENT") });
  const { id: actionId } = await propose(of.lead, id, { kind: "CONTAINMENT" }, of.manager);
  await on(of.manager, "startAction", actionId);
  expect(await of.owner.refused("investigateEscalation", { escalationId: id })).toMatchObject({ code: "CONFLICT" });
  await on(of.manager, "completeAction", actionId, { evidence: ["done"] });
  await onEscalation(of.owner, "investigateEscalation", id);
  const [contained] = await world.sql`select contained_at from escalations where id = ${row}`;
  expect(contained!.contained_at).toBeInstanceOf(Date);
  expect((await toldOf(world, row)).map(({ type }) => type)).toEqual(["escalation.investigating"]);
  const [small, large] = [await make({ state: "TRIAGED" }), await make({ state: "TRIAGED", severity: "SEV2" })];
  await onEscalation(of.owner, "investigateEscalation", small.id);
  expect(await of.owner.refused("investigateEscalation", { escalationId: large.id })).toMatchObject({ code: "CONFLICT" });
});

test("a plan is approved once every root cause has an action and one is corrective, with all that is proposed", async () => {
  const { id, causeId } = await makeExplained(of);
  await onEscalation(of.owner, "planEffectivenessCheck", id, checkOf(), "effectivenessCheck { id }");
  const refused = (part: RegExp) => expect(of.lead.refused("approveActionPlan", { escalationId: id })).resolves.toMatchObject({ code: "CONFLICT", message: expect.stringMatching(part) });
  await refused(/POLICY\/NO_LOCAL_EXAMPLES/);
  const preventive = await propose(of.lead, id, { kind: "PREVENTIVE", causeId });
  await refused(/CORRECTIVE/);
  const waived = await propose(of.lead, id, { causeId });
  await on(of.lead, "waiveAction", waived.id, { reason: "Too dear." });
  await refused(/CORRECTIVE/);
  const corrective = await propose(of.lead, id);
  await on(of.lead, "waiveAction", preventive.id, { reason: "Not elsewhere." });
  await refused(/POLICY\/NO_LOCAL_EXAMPLES/);
  const against = await propose(of.lead, id, { kind: "CORRECTION", causeId });
  expect(await of.auditor.refused("approveActionPlan", { escalationId: id })).toMatchObject({ code: "FORBIDDEN" });
  const { escalation } = await onEscalation(of.owner, "approveActionPlan", id, {}, "escalation { state actions { nodes { id state } } }");
  expect(escalation.state).toBe("ACTIONS_PLANNED");
  const states = new Map(escalation.actions.nodes.map((each: any) => [each.id, each.state]));
  expect([preventive, waived, corrective, against].map((each) => states.get(each.id))).toEqual(["WAIVED", "WAIVED", "APPROVED", "APPROVED"]);
  expect(await typesOf(corrective.id)).toEqual(["action.proposed", "action.approved"]);
});

test("of SEV1 and SEV2 the owner doesn't approve the plan", async () => {
  const { id, causeId } = await makeExplained(of, { severity: "SEV2" });
  await onEscalation(of.owner, "planEffectivenessCheck", id, checkOf(), "effectivenessCheck { id }");
  await propose(of.lead, id, { causeId });
  expect(await of.owner.refused("approveActionPlan", { escalationId: id })).toMatchObject({ code: "CONFLICT" });
  await onEscalation(of.lead, "approveActionPlan", id);
  expect(await stateOf(id)).toBe("ACTIONS_PLANNED");
});

test("a plan is carried out by its owner's word, and verified when nothing is left to be done", async () => {
  const { id, row, actionId } = await makePlanned(of);
  for (const [verb, state] of [["startImplementation", "IMPLEMENTING"], ["startVerification", "IMPLEMENTING"]] as const) {
    expect(await of.lead.refused(verb, { escalationId: id })).toMatchObject({ code: "FORBIDDEN" });
    if (verb === "startImplementation") await onEscalation(of.owner, verb, id);
    expect(await stateOf(id)).toBe(state);
  }
  expect(await of.owner.refused("startVerification", { escalationId: id })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("1 APPROVED") });
  await on(of.auditor, "startAction", actionId);
  const late = await propose(of.lead, id, { kind: "PREVENTIVE" });
  expect(await of.owner.refused("startVerification", { escalationId: id })).toMatchObject({ message: expect.stringContaining("1 PROPOSED, 1 IN_PROGRESS") });
  await on(of.auditor, "completeAction", actionId, { evidence: ["1.1.0"] });
  await on(of.lead, "waiveAction", late.id, { reason: "Another time." });
  const { escalation } = await onEscalation(of.owner, "startVerification", id, {}, "escalation { state effectivenessChecks { nodes { dueAt checkWindow { to } } } }");
  const [{ dueAt, checkWindow }] = escalation.effectivenessChecks.nodes;
  expect([escalation.state, dueAt]).toEqual(["VERIFYING", `${checkWindow.to}T00:00:00.000Z`]);
  expect((await toldOf(world, row)).map(({ type }) => type).slice(-3)).toEqual(["escalation.actions_planned", "escalation.implementing", "escalation.verifying"]);
  expect((await toldOf(world, row)).at(-1).payload).toEqual({ checkDueAt: dueAt });
});

test("the vendor's proposals come with its analysis; those that don't hold keep it from being handed in", async () => {
  const { id } = await make();
  await onEscalation(of.owner, "requestPartnerRca", id);
  await onEscalation(of.manager, "writeRca", id, analysisOf(of.manager), "rca { id }");
  const bad = [actionOf(of.manager), actionOf(of.stranger)];
  expect(await of.manager.refused("submitPartnerRca", { escalationId: id, actions: bad })).toMatchObject({ code: "INVALID_INPUT", path: ["actions", "1", "ownerId"] });
  const many = Array.from({ length: 51 }, () => actionOf(of.manager));
  expect(await of.manager.refused("submitPartnerRca", { escalationId: id, actions: many })).toMatchObject({ code: "INVALID_INPUT", path: ["actions"] });
  expect(await stateOf(id)).toBe("WAITING_PARTNER");
  const { actions } = await onEscalation(of.manager, "submitPartnerRca", id, { actions: [actionOf(of.vendorQa), actionOf(of.manager)] }, "actions { id state allowedActions }");
  expect(actions.map(({ state }: any) => state)).toEqual(["PROPOSED", "PROPOSED"]);
  await on(of.lead, "approveAction", actions[1].id);
  expect(await on(of.manager, "startAction", actions[1].id)).toMatchObject({ state: "IN_PROGRESS", vendor: { code: of.project.vendors[0]!.code } });
  expect(await of.vendorQa.refused("completeAction", { actionId: actions[1].id, evidence: ["x"] })).toMatchObject({ code: "FORBIDDEN" });
});

test("the list has what one has to do first: by owner, state, kind, vendor and due time", async () => {
  const own = await makeEscalating(world);
  const id = escalationGid(own, await makeEscalation(own));
  const due = (days: number) => new Date(Date.now() + days * 86_400_000);
  const make = async (rest: object, owner: Caller) => (await onEscalation(own.lead, "proposeAction", id, actionOf(owner, rest), "action { id }")).action.id as string;
  const late = await make({ dueAt: due(3), title: "late" }, own.auditor);
  const soon = await make({ dueAt: due(1), title: "soon", kind: "CONTAINMENT" }, own.auditor);
  const theirs = await make({ dueAt: due(2), title: "theirs" }, own.manager);
  await world.sql`update actions set due_at = now() - interval '1 hour' where id = ${rawId(soon)}`;
  const list = async (by: Caller, filter: object, total = false) => {
    const { actions } = await by.ask(
      `query ($filter: ActionFilter) { actions(filter: $filter, orderBy: { field: DUE_AT }) { ${total ? "totalCount" : ""} nodes { title isOverdue } } }`, { filter });
    return actions.nodes.map(({ title }: any) => title);
  };
  expect(await list(own.lead, {})).toEqual(["soon", "theirs", "late"]);
  expect(await list(own.auditor, { isMine: true })).toEqual(["soon", "late"]);
  expect(await list(own.lead, { isOverdue: true })).toEqual(["soon"]);
  const isLate = async () => (await own.lead.ask("query ($id: ID!) { node(id: $id) { ... on Action { isOverdue } } }", { id: soon })).node.isOverdue;
  const stands = (state: string) => world.sql`update escalations set state = ${state}, closed_at = case when ${state} = 'INVESTIGATING' then null else now() end,
    close_reason = case when ${state} = 'CLOSED' then 'FIXED' end, duplicate_of_id = case when ${state} = 'DUPLICATE' then id end where id = ${rawId(id)}`;
  for (const [state, isOverdue] of [["DUPLICATE", false], ["REJECTED", false], ["CANCELLED", false], ["CLOSED", true], ["INVESTIGATING", true]] as const) {
    await stands(state);
    expect([state, await list(own.lead, { isOverdue: true }), await isLate()]).toEqual([state, isOverdue ? ["soon"] : [], isOverdue]);
  }
  expect(await list(own.lead, { dueBefore: due(2.5) })).toEqual(["soon", "theirs"]);
  expect(await list(own.lead, { kinds: ["CORRECTIVE"] })).toEqual(["theirs", "late"]);
  expect(await list(own.lead, { vendorIds: [Buffer.from(`Vendor:${own.project.vendors[0]!.id}`).toString("base64url")] })).toEqual(["theirs"]);
  await own.lead.verb("waiveAction", { actionId: soon, reason: "No." }, "action { id }");
  expect(await list(own.lead, { isOverdue: true })).toEqual([]);
  expect(await list(own.lead, { states: ["WAIVED"] })).toEqual(["soon"]);
  expect(await list(own.manager, {})).toEqual(["soon", "theirs", "late"]);
  expect(await list(own.stranger, {})).toEqual([]);
  expect([late, theirs].every(Boolean)).toBe(true);
});

test("who sees the escalation sees its actions: partners no staff by name, analysts no words, others nothing", async () => {
  const { id } = await make();
  const action = await propose(of.lead, id, { description: "Ten of MY." });
  await on(of.lead, "waiveAction", action.id, { reason: "There are some." });
  const see = async (by: Caller, node = action.id) => (await by.ask(`query ($id: ID!) { node(id: $id) { ... on Action { ${ACTION.slice(9, -1)} } } }`, { id: node })).node;
  expect(await see(of.auditor)).toMatchObject({ title: "Add examples", owner: { id: personOf(of.auditor) }, proposedBy: null });
  expect(await see(of.manager)).toMatchObject({ title: "Add examples", waiveReason: "There are some.", owner: null, proposedBy: null, allowedActions: [] });
  expect(await see(of.analyst)).toMatchObject({ title: null, description: null, waiveReason: null, evidence: null, state: "WAIVED" });
  const vendor = of.project.vendors[0]!;
  const labeler = await of.as({ role: "LABELER", vendorId: vendor.id, labelerId: vendor.labelerIds[0]! });
  const elsewhere = await makeEscalating(world);
  for (const by of [of.stranger, labeler, elsewhere.lead]) {
    expect(await see(by)).toBeNull();
    const refused = await by.refused("completeAction", { actionId: action.id, evidence: ["x"] });
    expect(["NOT_FOUND", "FORBIDDEN"]).toContain(refused.code);
  }
  const unshared = await make({ isShared: false });
  const hidden = await propose(of.lead, unshared.id);
  expect(await see(of.manager, hidden.id)).toBeNull();
  expect((await toldOf(world, rawId(hidden.id)))[0]).toMatchObject({ isStaffVisible: true, isPartnerVisible: false, vendorId: null });
});

test("actions are handed in, approved and read in as many statements, however many", async () => {
  const counted = async (work: () => Promise<unknown>) => {
    world.statements.length = 0;
    await work();
    return world.statements.length;
  };
  const took: number[][] = [];
  for (const count of [1, 5]) {
    const { id } = await make();
    await onEscalation(of.owner, "requestPartnerRca", id);
    await onEscalation(of.manager, "writeRca", id, analysisOf(of.manager), "rca { id }");
    const [{ id: causeId }] = (await of.manager.ask("query ($id: ID!) { node(id: $id) { ... on Escalation { rcas { nodes { causes { nodes { id } } } } } } }", { id }))
      .node.rcas.nodes[0].causes.nodes;
    const actions = Array.from({ length: count }, () => actionOf(of.manager, { causeId }));
    const submitted = await counted(() => onEscalation(of.manager, "submitPartnerRca", id, { actions }));
    await onEscalation(of.lead, "acceptRca", id);
    await onEscalation(of.lead, "planEffectivenessCheck", id, checkOf(), "effectivenessCheck { id }");
    const approved = await counted(() => onEscalation(of.lead, "approveActionPlan", id));
    const read = await counted(() => of.lead.ask(`query ($id: ID!) { node(id: $id) { ... on Escalation {
      actions { totalCount nodes { title cause { code } owner { id } escalation { title } } } effectivenessChecks { nodes { target } } } } }`, { id }));
    const listed = await counted(() => of.lead.ask(`{ actions(first: 100) { nodes { title cause { code owner { id } } owner { name } vendor { code } } } }`));
    took.push([submitted, approved, read, listed]);
  }
  expect(took[1]).toEqual(took[0]);
});
