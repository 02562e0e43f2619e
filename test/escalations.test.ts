import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeProject } from "./kit/factories.ts";
import { clocksOf, ESCALATION, openBy, seeEscalation as seen } from "./kit/escalations.ts";
import { type Escalating, makeEscalating, onEscalation, personOf, toldOf } from "./kit/rcas.ts";
import { inProject } from "./kit/roster.ts";
import { globalId, projectGid, rawId } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let of: Escalating;
beforeAll(async () => {
  world = await createWorld();
  of = await makeEscalating(world);
});
afterAll(() => world.close());

const DAY = 1_440;
const triage = (id: string, input: object = {}) =>
  onEscalation(of.lead, "triageEscalation", id, { ownerId: personOf(of.owner), severity: "SEV2", problemStatement: "Hate of MY is left up.", ...input }, ESCALATION);

describe("opening", () => {
  test("starts the clocks of its severity from now, and is followed by who opened it", async () => {
    const opened = await openBy(of.auditor, of, { queueIds: [inProject("Queue", of.project.projectId, of.project.queueId)] });
    expect(opened).toMatchObject({
      state: "OPEN", trigger: "MANUAL", version: 1, isMine: false, isWatchedByMe: true, watcherIds: [personOf(of.auditor)], openedBy: { id: personOf(of.auditor) },
      owner: null, discipline: null, allowedActions: ["linkEvidence", "unlinkEvidence"], isPartnerVisible: false, problemStatement: "One in ten.",
    });
    expect(await clocksOf(of, rawId(opened.id))).toEqual({
      ACK: [240, "RUNNING"], CONTAIN: [DAY, "RUNNING"], RCA: [3 * DAY, "RUNNING"], ACTIONS: [10 * DAY, "RUNNING"],
    });
    expect(Date.parse(opened.dueAt) - Date.parse(opened.openedAt)).toBe(240 * 60_000);
    expect(await toldOf(world, rawId(opened.id))).toMatchObject([{ type: "escalation.open", from: null, to: "OPEN", isStaffVisible: true, isPartnerVisible: false }]);
  });

  test("is refused while the same is open, which it names; once that is over, it is not", async () => {
    const input = { title: "The same", vendorId: globalId("Vendor", of.project.vendors[0]!.id) };
    const first = await openBy(of.lead, of, input);
    const refusal = await of.auditor.refused("openEscalation", {
      ...input, title: " the SAME ", projectId: projectGid(of.project), kind: "POLICY", severity: "SEV4", description: "Again.",
    });
    expect(refusal).toMatchObject({ code: "CONFLICT", path: ["title"] });
    expect(refusal.message).toContain(first.id);
    await openBy(of.lead, of, { ...input, market: of.project.market });
    await onEscalation(of.lead, "cancelEscalation", first.id, { reason: "Not so." });
    expect((await openBy(of.lead, of, input)).id).not.toBe(first.id);
  });

  test("by a vendor's manager concerns their vendor, which sees it, and tells nothing of the client's own", async () => {
    const hidden = await openBy(of.lead, of, { title: "Shared name", vendorId: globalId("Vendor", of.project.vendors[0]!.id) });
    const opened = await openBy(of.manager, of, { title: "Shared name" });
    expect(opened).toMatchObject({ isPartnerVisible: true, vendor: { id: globalId("Vendor", of.project.vendors[0]!.id) } });
    expect(await seen(of.manager, hidden.id)).toBeNull();
    expect(await seen(of.vendorQa, opened.id)).toMatchObject({ state: "OPEN" });
    expect(await seen(of.stranger, opened.id)).toBeNull();
    await openBy(of.stranger, of, { title: "Shared name" });
  });

  test.each([
    ["projectId", () => ({ projectId: globalId("Project", randomUUID()) }), "NOT_FOUND", "lead"],
    ["title", () => ({ title: " " }), "INVALID_INPUT", "lead"],
    ["description", () => ({ description: "x".repeat(2_001) }), "INVALID_INPUT", "lead"],
    ["vendorId", () => ({ vendorId: globalId("Vendor", randomUUID()) }), "NOT_FOUND", "lead"],
    ["vendorId", () => ({ isShared: true }), "INVALID_INPUT", "lead"],
    ["vendorId", () => ({ vendorId: globalId("Vendor", of.project.vendors[1]!.id) }), "NOT_FOUND", "manager"],
    ["queueIds.0", () => ({ queueIds: [inProject("Queue", of.project.projectId, randomUUID())] }), "NOT_FOUND", "lead"],
    ["market", () => ({ market: "nowhere" }), "NOT_FOUND", "lead"],
    ["policyId", () => ({ policyId: globalId("Policy", randomUUID()) }), "NOT_FOUND", "lead"],
    ["policyId", () => ({ policyVersionId: globalId("PolicyVersion", randomUUID()) }), "INVALID_INPUT", "lead"],
    ["errorCodeId", () => ({ errorCodeId: globalId("ErrorCode", randomUUID()) }), "NOT_FOUND", "lead"],
    ["evidenceIds.0", () => ({ evidenceIds: [inProject("Audit", of.project.projectId, randomUUID())] }), "NOT_FOUND", "lead"],
    ["evidenceIds.0", () => ({ evidenceIds: [globalId("Vendor", of.project.vendors[0]!.id)] }), "INVALID_INPUT", "lead"],
    ["", () => ({}), "FORBIDDEN", "analyst"],
    ["", () => ({}), "FORBIDDEN", "vendorQa"],
  ] as const)("refuses %s", async (path, input, code, by) => {
    const given = { projectId: projectGid(of.project), title: "T", kind: "QUALITY", severity: "SEV2", description: "D", ...input() };
    expect(await of[by].refused("openEscalation", given)).toMatchObject({ code, path: path === "" ? [] : path.split(".") });
  });
});

describe("from triage to containment", () => {
  test("triage names owner, severity and problem; its due times are counted anew from the opening", async () => {
    const { id } = await openBy(of.auditor, of, { severity: "SEV4" });
    const triaged = (await triage(id, { severity: "SEV1" })).escalation;
    expect(triaged).toMatchObject({ state: "TRIAGED", severity: "SEV1", discipline: 2, owner: { id: personOf(of.owner) }, problemStatement: "Hate of MY is left up." });
    expect(await clocksOf(of, rawId(id))).toMatchObject({ CONTAIN: [240, "RUNNING"], RCA: [DAY, "RUNNING"], ACTIONS: [3 * DAY, "RUNNING"] });
    expect((await clocksOf(of, rawId(id))).ACK![1]).toBe("STOPPED");
    expect(Date.parse(triaged.dueAt) - Date.parse(triaged.openedAt)).toBe(240 * 60_000);
    expect(triaged.allowedActions).toEqual([
      "markEscalationDuplicate", "rejectEscalation", "containEscalation", "reassignEscalation", "changeSeverity", "shareWithPartner", "linkEvidence",
      "unlinkEvidence", "cancelEscalation",
    ]);
  });

  test("SEV3 has time for its containment once that is entered, SEV4 none", async () => {
    const { id } = await openBy(of.lead, of, { severity: "SEV3" });
    await triage(id, { severity: "SEV3" });
    expect(await clocksOf(of, rawId(id))).not.toHaveProperty("CONTAIN");
    expect((await onEscalation(of.owner, "containEscalation", id, {}, ESCALATION)).escalation).toMatchObject({ state: "CONTAINING", discipline: 3 });
    expect((await clocksOf(of, rawId(id))).CONTAIN![1]).toBe("RUNNING");
    await onEscalation(of.lead, "changeSeverity", id, { severity: "SEV4", reason: "Smaller." });
    expect((await clocksOf(of, rawId(id))).CONTAIN![1]).toBe("VOID");
  });

  test.each([
    ["an auditor", () => personOf(of.auditor)], ["a partner", () => personOf(of.manager)], ["nobody", () => globalId("Principal", randomUUID())],
  ])("%s can't own one", async (_, ownerId) => {
    const { id } = await openBy(of.lead, of);
    const refusal = await of.lead.refused("triageEscalation", { escalationId: id, ownerId: ownerId(), severity: "SEV2", problemStatement: "P" });
    expect(refusal).toMatchObject({ code: "INVALID_INPUT", path: ["ownerId"] });
    await triage(id);
    expect(await of.owner.refused("reassignEscalation", { escalationId: id, ownerId: ownerId() })).toMatchObject({ code: "INVALID_INPUT", path: ["ownerId"] });
  });
});

test("who was deactivated answers for nothing any more: no escalation, no action, no contact", async () => {
  const gone = await world.caller({ role: "POLICY_MANAGER", projectId: of.project.projectId });
  const { id } = await openBy(of.lead, of);
  await triage(id);
  await onEscalation(of.lead, "reassignEscalation", id, { ownerId: personOf(gone) });
  await world.sql`update principals set deactivated_at = now() where id = ${gone.principalId}`;
  const own = { escalationId: id, ownerId: personOf(gone) };
  const action = { ...own, kind: "CONTAINMENT", title: "Stop.", dueAt: new Date(Date.now() + 86_400_000).toISOString() };
  const contact = { projectId: projectGid(of.project), principalId: personOf(gone), duty: "OTHER" };
  for (const [verb, input, path] of [["reassignEscalation", own, "ownerId"], ["proposeAction", action, "ownerId"], ["setContact", contact, "principalId"]] as const) {
    expect(await of.lead.refused(verb, input), verb).toMatchObject({ code: "INVALID_INPUT", path: [path] });
  }
});

test("severity and owner change at any time, and each is told", async () => {
  const { id } = await openBy(of.lead, of);
  await triage(id);
  const to = { ownerId: personOf(of.policyManager) };
  expect((await onEscalation(of.owner, "reassignEscalation", id, to, ESCALATION)).escalation).toMatchObject({ state: "TRIAGED", owner: { id: to.ownerId } });
  expect((await onEscalation(of.policyManager, "containEscalation", id, {}, ESCALATION)).escalation).toMatchObject({ isMine: true, state: "CONTAINING" });
  const refused = await of.lead.refused("changeSeverity", { escalationId: id, severity: "SEV2", reason: "R" });
  expect(refused).toMatchObject({ code: "INVALID_INPUT", path: ["severity"] });
  const graver = (await onEscalation(of.lead, "changeSeverity", id, { severity: "SEV1", reason: "Children." }, ESCALATION)).escalation;
  expect(graver).toMatchObject({ severity: "SEV1", state: "CONTAINING" });
  expect((await clocksOf(of, rawId(id))).CONTAIN).toEqual([240, "RUNNING"]);
  expect(Date.parse(graver.dueAt) - Date.parse(graver.openedAt)).toBe(240 * 60_000);
  expect((await toldOf(world, rawId(id))).map(({ type }) => type)).toEqual([
    "escalation.open", "escalation.triaged", "escalation.reassignEscalation", "escalation.containing", "escalation.changeSeverity",
  ]);
});

test("while it waits the client's clocks stand still, and go on where it left", async () => {
  const { id } = await openBy(of.lead, of);
  await triage(id);
  await onEscalation(of.owner, "containEscalation", id);
  expect(await of.lead.refused("waitEscalation", { escalationId: id, waitsFor: "POLICY", reason: "R" })).toMatchObject({ code: "FORBIDDEN" });
  const waiting = (await onEscalation(of.owner, "waitEscalation", id, { waitsFor: "POLICY", reason: "A new rule is due." }, ESCALATION)).escalation;
  expect(waiting).toMatchObject({ state: "WAITING_POLICY", stateReason: "A new rule is due.", dueAt: null, discipline: 3, isOverdue: false });
  expect(Object.values(await clocksOf(of, rawId(id))).map(([, state]) => state)).toEqual(["STOPPED", "PAUSED", "PAUSED", "PAUSED"]);
  await onEscalation(of.lead, "changeSeverity", id, { severity: "SEV1", reason: "Graver." });
  expect(Object.values(await clocksOf(of, rawId(id))).map(([, state]) => state)).toEqual(["STOPPED", "PAUSED", "PAUSED", "PAUSED"]);
  const resumed = (await onEscalation(of.owner, "resumeEscalation", id, {}, ESCALATION)).escalation;
  expect(resumed).toMatchObject({ state: "CONTAINING", stateReason: null });
  expect(resumed.dueAt).not.toBeNull();
  expect((await toldOf(world, rawId(id))).slice(-3).map(({ type, from, to }) => [type, from, to])).toEqual([
    ["escalation.waiting_policy", "CONTAINING", "WAITING_POLICY"], ["escalation.changeSeverity", null, null], ["escalation.containing", "WAITING_POLICY", "CONTAINING"],
  ]);
});

describe("ends", () => {
  test("the short way is for SEV3 and SEV4 alone; its clocks stop", async () => {
    const { id } = await openBy(of.lead, of);
    await triage(id);
    const resolve = { escalationId: id, closeReason: "FIXED", reason: "The label is back." };
    expect(await of.lead.refused("resolveEscalation", resolve)).toMatchObject({ code: "CONFLICT" });
    expect((await seen(of.lead, id, "allowedActions")).allowedActions).not.toContain("resolveEscalation");
    await onEscalation(of.lead, "changeSeverity", id, { severity: "SEV3", reason: "Smaller." });
    const closed = (await onEscalation(of.lead, "resolveEscalation", id, resolve, ESCALATION)).escalation;
    expect(closed).toMatchObject({ state: "CLOSED", closeReason: "FIXED", discipline: 8, dueAt: null, allowedActions: [], stateReason: "The label is back." });
    expect(closed.closedAt).not.toBeNull();
    const states = await clocksOf(of, rawId(id));
    expect([states.ACK![1], states.CONTAIN![1], states.RCA![1], states.ACTIONS![1]]).toEqual(["STOPPED", "VOID", "STOPPED", "STOPPED"]);
  });

  test("rejected, cancelled: its clocks are void", async () => {
    for (const [verb, state] of [["rejectEscalation", "REJECTED"], ["cancelEscalation", "CANCELLED"]] as const) {
      const { id } = await openBy(of.lead, of);
      expect(await of.lead.refused(verb, { escalationId: id, reason: " " })).toMatchObject({ code: "INVALID_INPUT", path: ["reason"] });
      expect((await onEscalation(of.lead, verb, id, { reason: "None." }, ESCALATION)).escalation).toMatchObject({ state, dueAt: null, discipline: null });
      expect(new Set(Object.values(await clocksOf(of, rawId(id))).map(([, each]) => each))).toEqual(new Set(["VOID"]));
    }
  });

  test("a duplicate names the one that it is of, in the same project, and not itself or another duplicate", async () => {
    const [first, second, third] = [await openBy(of.lead, of), await openBy(of.lead, of), await openBy(of.lead, of)];
    const mark = (id: string, duplicateOfId: string) => ({ escalationId: id, duplicateOfId, reason: "The same." });
    const ended = (await onEscalation(of.lead, "markEscalationDuplicate", second.id, mark(second.id, first.id), ESCALATION)).escalation;
    expect(ended).toMatchObject({ state: "DUPLICATE", duplicateOf: { id: first.id } });
    const duplicates = await seen(of.lead, first.id, "duplicates { nodes { id } totalCount }");
    expect(duplicates.duplicates).toEqual({ nodes: [{ id: second.id }], totalCount: 1 });
    const elsewhere = await makeEscalating(world);
    const foreign = await openBy(elsewhere.lead, elsewhere);
    for (const [target, code] of [[third.id, "INVALID_INPUT"], [second.id, "CONFLICT"], [foreign.id, "NOT_FOUND"]] as const) {
      expect(await of.lead.refused("markEscalationDuplicate", mark(third.id, target))).toMatchObject({ code, path: ["duplicateOfId"] });
    }
  });
});

test("a verb takes so many statements, whatever there is already", async () => {
  const own = await makeEscalating(world);
  const count = async (work: () => Promise<unknown>) => {
    world.statements.length = 0;
    await work();
    return world.statements.length;
  };
  const opening = await count(() => openBy(own.lead, own));
  for (let i = 0; i < 5; i += 1) await openBy(own.lead, own);
  expect(await count(() => openBy(own.lead, own))).toBe(opening);
  expect(opening).toBeLessThanOrEqual(20);
});

test("a version that has moved on, a project that isn't theirs", async () => {
  const { id } = await openBy(of.lead, of);
  expect(await of.lead.refused("rejectEscalation", { escalationId: id, reason: "R", expectedVersion: 7 })).toMatchObject({ __typename: "VersionConflictRefusal" });
  const other = await makeProject(world.sql);
  const lead = await world.caller({ role: "QA_LEAD", projectId: other.projectId });
  expect(await lead.refused("rejectEscalation", { escalationId: id, reason: "R" })).toMatchObject({ code: "NOT_FOUND", path: ["escalationId"] });
});
