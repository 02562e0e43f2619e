import { describe, expect, test } from "vitest";
import { Forbidden, InvalidTransition } from "../src/core/errors.ts";
import { allowedActions, walk } from "../src/core/machine.ts";
import { STAFF_ROLES, type Viewer } from "../src/core/viewer.ts";
import { areDisjoint, checkFrame, checkSize, findOverlap, PLAN_MACHINE, planParts } from "../src/plans/rules.ts";
import { SAMPLING_PLAN_STATES, type SamplingPlanRow } from "../src/plans/table.ts";
import { auditDueAt, isBlindTo, isOverdue, SAMPLE_MACHINE, sampleParts, seesDraw } from "../src/samples/rules.ts";
import { SAMPLE_STATES } from "../src/samples/table.ts";
import { checkWindow } from "../src/sampling/rules.ts";

const viewer = (role: Viewer["role"], principalId = "me") => ({ role, principalId }) as Viewer;
const plan = (changes: Partial<SamplingPlanRow> = {}) =>
  ({ id: "a", state: "ACTIVE", layer: "CLIENT", purpose: "RANDOM", frame: {}, frameCovers: "ALL", ...changes }) as SamplingPlanRow;

test.each([
  // Asia/Jakarta is UTC+7 all year.
  ["2026-01-28T03:30:00Z", "Asia/Jakarta", "2026-01-30T03:30:00Z", "Wednesday to Friday"],
  ["2026-01-30T08:00:00Z", "Asia/Jakarta", "2026-02-03T08:00:00Z", "Friday 15:00 to Tuesday 15:00"],
  ["2026-01-30T16:59:59Z", "Asia/Jakarta", "2026-02-03T16:59:59Z", "Friday, one second before Saturday there"],
  ["2026-01-30T17:00:00Z", "Asia/Jakarta", "2026-02-03T17:00:00Z", "Saturday there: opens on Monday 00:00, due on Wednesday 00:00"],
  ["2026-02-01T05:00:00Z", "Asia/Jakarta", "2026-02-03T17:00:00Z", "Sunday there"],
  ["2026-03-27T17:00:00Z", "Europe/Dublin", "2026-03-31T16:00:00Z", "17:00 stays 17:00 when the clocks change between"],
])("an audit drawn at %s in %s is due at %s: %s", (drawnAt, zone, dueAt) => {
  expect(auditDueAt(new Date(drawnAt), zone)).toEqual(new Date(dueAt));
});

describe("frames", () => {
  test.each([
    [{}, {}, false],
    [{ frame: { markets: ["id-ID"] } }, { frame: { markets: ["ms-MY"] } }, true],
    [{ frame: { markets: ["id-ID", "th-TH"] } }, { frame: { markets: ["ms-MY", "th-TH"] } }, false],
    [{ frame: { markets: ["id-ID"] } }, { frame: { markets: [] } }, false],
    [{ frame: { markets: ["id-ID"] } }, { frame: { queueIds: ["q"] } }, false],
    [{ frame: { queueIds: ["q"], policyIds: ["x"] } }, { frame: { queueIds: ["q"], policyIds: ["y"] } }, true],
    [{ frameCovers: "VIOLATING_ONLY" }, { frameCovers: "NON_VIOLATING_ONLY" }, true],
    [{ frameCovers: "VIOLATING_ONLY" }, { frameCovers: "ALL" }, false],
    [{ frameCovers: "VIOLATING_ONLY" }, { frameCovers: "VIOLATING_ONLY" }, false],
  ] as const)("%j and %j: disjoint is %s, in either order", (one, other, expected) => {
    const [left, right] = [plan(one as never), plan(other as never)];
    expect(areDisjoint(left, right)).toBe(expected);
    expect(areDisjoint(right, left)).toBe(expected);
  });

  test("a plan overlaps only with other active plans of its layer", () => {
    const rivals = [plan({ id: "a" }), plan({ id: "b", state: "PAUSED" }), plan({ id: "c", layer: "VENDOR" }), plan({ id: "d", purpose: "TARGETED" }), plan({ id: "e" })];
    expect(findOverlap(plan({ id: "a", state: "DRAFT" }), rivals)?.id).toBe("e");
    expect(findOverlap(plan({ id: "a", state: "DRAFT", layer: "VENDOR" }), rivals)?.id).toBe("c");
    expect(findOverlap(plan({ id: "a", frame: { markets: ["x"] } }), [plan({ id: "e", frame: { markets: ["y"] } })])).toBeNull();
  });

  test("sizes, windows and lists out of range are refused by field", () => {
    for (const [rate, size] of [[null, null], [0.1, 5], [0, null], [1.01, null], [null, 0], [Number.NaN, null]] as const) {
      expect(() => checkSize(rate, size), `${rate} ${size}`).toThrow();
    }
    for (const [rate, size] of [[1, null], [0.001, null], [null, 1]] as const) checkSize(rate, size);
    const [early, late, now] = ["2026-01-01", "2026-01-02", "2026-01-03"].map((day) => new Date(day)) as [Date, Date, Date];
    checkWindow(early, late, now);
    checkWindow(early, now, now);
    expect(() => checkWindow(late, early, now)).toThrow(/after windowFrom/);
    expect(() => checkWindow(late, late, now)).toThrow(/after windowFrom/);
    expect(() => checkWindow(early, now, late)).toThrow(/not come yet/);
    expect(() => checkFrame({ markets: Array(1_001).fill("x") })).toThrow(/1001 are too many/);
  });
});

describe("machines", () => {
  const verbs = [...new Set(PLAN_MACHINE.arrows.map(({ verb }) => verb))];

  test.each(SAMPLING_PLAN_STATES.flatMap((state) => verbs.map((verb) => [state, verb] as const)))("a plan that is %s and %s", (state, verb) => {
    const allowed: Record<string, string[]> = {
      DRAFT: ["changeSamplingPlan", "activateSamplingPlan", "archiveSamplingPlan"],
      ACTIVE: ["drawSamples", "pauseSamplingPlan", "archiveSamplingPlan"],
      PAUSED: ["resumeSamplingPlan", "archiveSamplingPlan"],
      ARCHIVED: [],
    };
    const lead = planParts(viewer("QA_LEAD"));
    expect(allowedActions(PLAN_MACHINE, state, lead)).toEqual(allowed[state]);
    if (allowed[state]!.includes(verb)) expect(walk(PLAN_MACHINE, state, verb, lead).verb).toBe(verb);
    else expect(() => walk(PLAN_MACHINE, state, verb, lead)).toThrow(InvalidTransition);
    for (const role of STAFF_ROLES.filter((each) => each !== "QA_LEAD")) {
      expect(() => walk(PLAN_MACHINE, state, verb, planParts(viewer(role)))).toThrow(Forbidden);
    }
  });

  test.each([
    ["AUDITOR", "CLIENT", null, { DRAWN: ["claimSamples"] }],
    ["AUDITOR", "CLIENT", "me", { DRAWN: ["claimSamples"], IN_AUDIT: ["submitAudit", "releaseSample"] }],
    ["AUDITOR", "VENDOR", "other", {}],
    ["QA_LEAD", "CLIENT", "other", { DRAWN: ["claimSamples"], IN_AUDIT: ["releaseSample"] }],
    ["VENDOR_QA", "VENDOR", null, { DRAWN: ["claimSamples"] }],
    ["VENDOR_QA", "CLIENT", null, {}],
    ["ADMIN", "CLIENT", null, {}],
  ] as const)("what a %s may do with a sample of layer %s of %s", (role, layer, assigneeId, expected) => {
    const parts = sampleParts(viewer(role), { layer, assigneeId });
    for (const state of SAMPLE_STATES) {
      expect(allowedActions(SAMPLE_MACHINE, state, parts), state).toEqual((expected as Record<string, string[]>)[state] ?? []);
    }
  });
});

test("who sees how a sample was drawn", () => {
  const sample = { isBlind: true, assigneeId: "me", state: "IN_AUDIT" } as const;
  expect(isBlindTo(viewer("QA_LEAD"), sample)).toBe(true);
  expect(isBlindTo(viewer("QA_LEAD"), { ...sample, state: "DRAWN" })).toBe(true);
  expect(isBlindTo(viewer("QA_LEAD"), { ...sample, state: "AUDITED" })).toBe(false);
  expect(isBlindTo(viewer("QA_LEAD"), { ...sample, isBlind: false })).toBe(false);
  for (const [role, sees] of [["ADMIN", true], ["QA_LEAD", true], ["ANALYST", true], ["AUDITOR", false], ["POLICY_MANAGER", false], ["VENDOR_QA", false]] as const) {
    expect(seesDraw(viewer(role, "other"), sample), role).toBe(sees);
    expect(seesDraw(viewer(role), sample), role).toBe(false);
  }
});

test("only waiting samples are overdue", () => {
  const dueAt = new Date("2026-01-01");
  expect(isOverdue({ state: "DRAWN", dueAt }, new Date("2026-01-02"))).toBe(true);
  expect(isOverdue({ state: "DRAWN", dueAt }, dueAt)).toBe(false);
  expect(isOverdue({ state: "AUDITED", dueAt }, new Date("2026-01-02"))).toBe(false);
});
