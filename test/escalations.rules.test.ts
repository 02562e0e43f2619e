import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SYSTEM_VIEWER, type Viewer } from "../src/core/viewer.ts";
import { CLIENT_CLOCKS, clockChanges, clocksOf } from "../src/escalations/clocks.rules.ts";
import { disciplineOf, ESCALATION_MACHINE, escalationParts, isOverdue, isWaiting, possibleActions } from "../src/escalations/rules.ts";
import { fingerprintOf } from "../src/signals/rules.ts";
import { ESCALATION_SEVERITIES } from "../src/contacts/table.ts";
import { ENDED_STATES, ESCALATION_STATES } from "../src/escalations/table.ts";

const viewer = (role: Viewer["role"], principalId = "me", vendorId: string | null = null): Viewer => ({ ...SYSTEM_VIEWER, principalId, role, vendorId, projectIds: ["p"] });
const row = (rest: object = {}) => ({
  state: "TRIAGED", severity: "SEV3", ownerId: "owner", openedById: "opener", vendorId: "v", isPartnerVisible: true, ...rest,
}) as Parameters<typeof possibleActions>[1];

describe("the machine", () => {
  test("leads into every state but OPEN, and out of none that is over", () => {
    const reached = new Set(ESCALATION_MACHINE.arrows.map(({ to }) => to));
    expect(ESCALATION_STATES.filter((state) => !reached.has(state))).toEqual(["OPEN"]);
    expect(ESCALATION_MACHINE.arrows.filter(({ from }) => from.some((state) => (ENDED_STATES as readonly string[]).includes(state)))).toEqual([]);
  });

  test.each([
    ["SEV1", "TRIAGED", "investigateEscalation", "QA_LEAD", false], ["SEV3", "TRIAGED", "investigateEscalation", "QA_LEAD", true],
    ["SEV2", "CONTAINING", "investigateEscalation", "QA_LEAD", true], ["SEV2", "VERIFYING", "resolveEscalation", "QA_LEAD", false],
    ["SEV4", "VERIFYING", "resolveEscalation", "QA_LEAD", true], ["SEV1", "VERIFYING", "waiveEffectiveness", "QA_LEAD", false],
    ["SEV3", "VERIFYING", "waiveEffectiveness", "QA_LEAD", true], ["SEV1", "ROOT_CAUSE_IDENTIFIED", "approveActionPlan", "QA_LEAD", true],
  ] as const)("%s in %s: %s by %s is offered: %s", (severity, state, verb, role, isOffered) => {
    expect(possibleActions(viewer(role), row({ severity, state })).includes(verb)).toBe(isOffered);
  });

  test("nobody approves their own plan of a SEV1 or SEV2", () => {
    const own = (severity: string) => possibleActions(viewer("QA_LEAD", "owner"), row({ severity, state: "ROOT_CAUSE_IDENTIFIED" })).includes("approveActionPlan");
    expect(ESCALATION_SEVERITIES.map(own)).toEqual([false, false, true, true]);
  });
});

describe("who is what to one", () => {
  test.each([
    [viewer("QA_LEAD", "owner"), ["QA_LEAD", "OWNER"]], [viewer("POLICY_MANAGER", "owner"), ["OWNER", "POLICY_MANAGER"]],
    [viewer("AUDITOR", "owner"), []], [viewer("AUDITOR", "opener"), ["OPENER"]], [viewer("ANALYST", "opener"), []], [viewer("ADMIN", "opener"), []],
    [viewer("VENDOR_MANAGER", "me", "v"), ["VENDOR_MANAGER"]], [viewer("VENDOR_QA", "me", "v"), ["VENDOR_QA"]],
    [viewer("VENDOR_QA", "me", "other"), []], [viewer("LABELER", "opener", "v"), []], [SYSTEM_VIEWER, ["SYS"]],
  ] as const)("%#", (who, parts) => expect([...escalationParts(who, row())]).toEqual(parts));

  test("a vendor is nothing to what it doesn't see", () => {
    expect([...escalationParts(viewer("VENDOR_MANAGER", "me", "v"), row({ isPartnerVisible: false }))]).toEqual([]);
  });
});

describe("clocks", () => {
  test.each([
    ["SEV1", "OPEN", "ACK CONTAIN RCA ACTIONS"], ["SEV3", "OPEN", "ACK RCA ACTIONS"], ["SEV4", "OPEN", "ACK RCA ACTIONS"],
    ["SEV2", "TRIAGED", "CONTAIN RCA ACTIONS"], ["SEV3", "CONTAINING", "CONTAIN RCA ACTIONS"], ["SEV4", "CONTAINING", "RCA ACTIONS"],
    ["SEV1", "INVESTIGATING", "RCA ACTIONS"], ["SEV1", "RCA_REVIEW", "RCA ACTIONS"], ["SEV1", "ROOT_CAUSE_IDENTIFIED", "ACTIONS"],
    ["SEV1", "IMPLEMENTING", "ACTIONS"], ["SEV1", "VERIFYING", ""], ["SEV1", "CLOSED", ""],
  ] as const)("of a %s that is %s: %s", (severity, state, kinds) => {
    expect(clocksOf(severity, state).map((kind) => kind.replace("ESCALATION_", "")).join(" ")).toBe(kinds);
  });

  const standing = fc.tuple(
    fc.constantFrom(...ESCALATION_SEVERITIES),
    fc.constantFrom(...ESCALATION_STATES.filter((state) => !(ENDED_STATES as readonly string[]).includes(state))),
  ).map(([severity, state]) => ({ severity, state, heldState: isWaiting(state) ? ("INVESTIGATING" as const) : null }));
  const kindsOf = ({ severity, state, heldState }: { severity: (typeof ESCALATION_SEVERITIES)[number]; state: (typeof ESCALATION_STATES)[number]; heldState: "INVESTIGATING" | null }) =>
    clocksOf(severity, heldState ?? state);

  test("after any step, those run that its standing has, and no others; each changes in one way", () => {
    fc.assert(fc.property(standing, standing, (before, after) => {
      const { stopped, voided, started, isRecomputed } = clockChanges(before, after);
      const left = kindsOf(before).filter((kind) => !stopped.includes(kind) && !voided.includes(kind));
      expect([...left, ...started].sort()).toEqual([...kindsOf(after)].sort());
      const changed = [...stopped, ...voided, ...started];
      expect(new Set(changed).size).toBe(changed.length);
      expect(isRecomputed).toBe(before.severity !== after.severity);
      expect(changed.every((kind) => CLIENT_CLOCKS.includes(kind))).toBe(true);
    }));
  });

  test("what the state ends is stopped, what the severity has no time for is void", () => {
    const at = (severity: "SEV1" | "SEV4", state: "OPEN" | "TRIAGED" | "CONTAINING" | "INVESTIGATING") => ({ severity, state, heldState: null });
    expect(clockChanges(at("SEV1", "OPEN"), at("SEV4", "TRIAGED"))).toMatchObject({ stopped: ["ESCALATION_ACK"], voided: ["ESCALATION_CONTAIN"] });
    expect(clockChanges(at("SEV1", "CONTAINING"), at("SEV1", "INVESTIGATING"))).toMatchObject({ stopped: ["ESCALATION_CONTAIN"], voided: [], isRecomputed: false });
  });
});

describe("fingerprints", () => {
  const scope = { vendorId: "v", queueIds: ["q1", "q2"], market: "m", policyId: "p", policyVersionId: "pv", errorCodeId: "e" };
  test("are equal for the same, in whatever order", () => {
    expect(fingerprintOf(["r"], { ...scope, queueIds: ["q2", "q1"] })).toBe(fingerprintOf(["r"], scope));
    expect(fingerprintOf(["r"], { vendorId: null, queueIds: [] })).toBe(fingerprintOf(["r"], {}));
    expect(fingerprintOf(["r"], scope)).toMatch(/^[0-9a-f]{64}$/);
  });
  test.each(Object.keys(scope))("tell apart by %s", (key) => {
    expect(fingerprintOf(["r"], { ...scope, [key]: key === "queueIds" ? ["q1"] : "other" })).not.toBe(fingerprintOf(["r"], scope));
    expect(fingerprintOf(["r"], { ...scope, [key]: key === "queueIds" ? [] : null })).not.toBe(fingerprintOf(["r"], scope));
  });
  test("tell rules apart", () => expect(fingerprintOf(["r", "a"], scope)).not.toBe(fingerprintOf(["r"], scope)));
});

test.each([
  ["OPEN", null, null, null], ["TRIAGED", null, null, 2], ["CONTAINING", null, null, 3], ["INVESTIGATING", null, null, 2], ["INVESTIGATING", null, new Date(), 3],
  ["WAITING_PARTNER", "INVESTIGATING", new Date(), 3], ["WAITING_POLICY", "IMPLEMENTING", null, 6], ["RCA_REVIEW", null, new Date(), 3],
  ["ROOT_CAUSE_IDENTIFIED", null, null, 4], ["ACTIONS_PLANNED", null, null, 5], ["IMPLEMENTING", null, null, 6], ["VERIFYING", null, null, 7], ["CLOSED", null, null, 8],
  ["DUPLICATE", null, null, null], ["REJECTED", null, null, null], ["CANCELLED", null, null, null],
] as const)("8D: %s (left %s, contained %s) is at %s", (state, heldState, containedAt, discipline) => {
  expect(disciplineOf({ state, heldState, containedAt })).toBe(discipline);
});

test("it is overdue when its next step is late, while it is open", () => {
  const now = new Date("2026-01-05T00:00:00Z");
  const before = new Date(now.getTime() - 1);
  expect([isOverdue({ state: "OPEN", dueAt: before }, now), isOverdue({ state: "OPEN", dueAt: now }, now), isOverdue({ state: "OPEN", dueAt: null }, now)]).toEqual([true, false, false]);
  expect(isOverdue({ state: "CLOSED", dueAt: before }, now)).toBe(false);
});
