import { describe, expect, test } from "vitest";
import { InvalidInput } from "../src/core/errors.ts";
import { allowedActions } from "../src/core/machine.ts";
import type { Viewer } from "../src/core/viewer.ts";
import { AUDIT_MACHINE, auditAudience, auditParts, checkComment, isBlindTo, minutesAfter, seesPurpose } from "../src/audits/rules.ts";
import { AUDIT_STATES, type AuditRow } from "../src/audits/table.ts";
import { checkCount } from "../src/claims/rules.ts";
import type { PolicyVersionRow } from "../src/policies/table.ts";
import { attributionOf, checkAction, errorTypeOf, isInGrace, judgementOf, type Ruling } from "../src/verdicts/rules.ts";

const viewer = (role: Viewer["role"], principalId = "me") => ({ role, principalId }) as Viewer;
const hate = (action: string | null = null): Ruling => ({ policyId: "hate", isViolating: true, action });
const spam = (action: string | null = null): Ruling => ({ policyId: "spam", isViolating: true, action });
const none = (action: string | null = null): Ruling => ({ policyId: "NV", isViolating: false, action });
const satire = (action: string | null = null): Ruling => ({ policyId: "satire", isViolating: false, action });

describe("error types, first match wins", () => {
  test.each([
    ["no violation missed", none(), hate(), false, "UNDER_ENFORCEMENT", "LABELER"],
    ["violation that is none", hate(), satire(), false, "OVER_ENFORCEMENT", "LABELER"],
    ["another violating policy", hate(), spam(), false, "WRONG_POLICY", "LABELER"],
    ["another policy without violation", none(), satire(), false, "WRONG_POLICY", "LABELER"],
    ["another action", hate("REMOVE"), hate("LIMIT"), false, "WRONG_ACTION", "LABELER"],
    ["an action where none was given", hate(), hate("REMOVE"), false, "WRONG_ACTION", "LABELER"],
    ["the same", hate("REMOVE"), hate("REMOVE"), false, null, null],
    ["an action that nobody judged", hate("REMOVE"), hate(), false, null, null],
    ["wrong policy goes before wrong action", hate("REMOVE"), spam("LIMIT"), false, "WRONG_POLICY", "LABELER"],
    ["a missed violation goes before wrong action", none("KEEP"), hate("REMOVE"), false, "UNDER_ENFORCEMENT", "LABELER"],
    ["a technical failure goes before all", none(), hate(), true, "TECHNICAL", "PROCESS"],
    ["a technical failure, though right", hate(), hate(), true, "TECHNICAL", "PROCESS"],
  ] as const)("%s", (_, labeled, truth, isTechnical, errorType, attribution) => {
    expect(errorTypeOf(labeled, truth, isTechnical)).toBe(errorType);
    expect(attributionOf(errorType)).toBe(attribution);
    expect(judgementOf(errorType, false)).toEqual({ outcome: errorType ? "INCORRECT" : "CORRECT", errorType, attribution, isGraceApplied: false });
  });
});

describe("grace", () => {
  const version = (effectiveFrom: string, effectiveTo: string | null) =>
    ({ market: null, state: effectiveTo ? "SUPERSEDED" : "EFFECTIVE", effectiveFrom: new Date(effectiveFrom), effectiveTo: effectiveTo && new Date(effectiveTo), graceHours: 72 }) as PolicyVersionRow;
  const changed = [version("2025-01-01", "2026-01-10"), version("2026-01-10", null)];
  const unchanged = [version("2025-01-01", null)];
  const decision = (labeled: Ruling, decidedAt: string) => ({ labeled, market: "id-ID", decidedAt: new Date(decidedAt) });

  test.each([
    ["within the grace of the true policy's version", hate(), "2026-01-12T23:59:59Z", spam(), hate(), changed, unchanged, true],
    ["within the grace of the labeler's policy's version", hate(), "2026-01-12", spam(), hate(), unchanged, changed, true],
    ["from the first instant", hate(), "2026-01-10", spam(), hate(), changed, unchanged, true],
    ["after it", hate(), "2026-01-13", spam(), hate(), changed, unchanged, false],
    ["before it", hate(), "2026-01-09", spam(), hate(), changed, unchanged, false],
    ["where no version was before", hate(), "2025-01-02", spam(), hate(), unchanged, unchanged, false],
    ["wrong then too", hate(), "2026-01-12", spam(), none(), changed, unchanged, false],
    ["nothing said of before", hate(), "2026-01-12", spam(), null, changed, unchanged, false],
  ] as const)("%s", (_, labeled, decidedAt, truth, previous, versionsOfTruth, versionsOfLabel, expected) => {
    const versions = new Map([[truth.policyId, versionsOfTruth], [labeled.policyId, versionsOfLabel]]);
    expect(isInGrace(errorTypeOf(labeled, truth, false), decision(labeled, decidedAt), previous, versions)).toBe(expected);
  });

  test("what is right needs none, and a technical failure gets none", () => {
    const versions = new Map([["hate", changed]]);
    expect(isInGrace(null, decision(hate(), "2026-01-12"), hate(), versions)).toBe(false);
    expect(isInGrace("TECHNICAL", decision(hate(), "2026-01-12"), hate(), versions)).toBe(false);
    expect(judgementOf("WRONG_POLICY", true)).toEqual({ outcome: "CORRECT", errorType: null, attribution: null, isGraceApplied: true });
  });
});

describe("the machine", () => {
  const audit = (changes: Partial<AuditRow> = {}) => ({ auditorId: "me", isBlind: true, layer: "CLIENT", revealedAt: null, ...changes }) as AuditRow;

  test.each([
    ["its auditor, blind", viewer("AUDITOR"), audit(), { DRAFT: ["lockTruth", "releaseSample"], REVEALED: ["submitAudit", "releaseSample"] }],
    ["its auditor, not blind", viewer("AUDITOR"), audit({ isBlind: false }), { DRAFT: ["lockTruth", "submitAudit", "releaseSample"], REVEALED: ["submitAudit", "releaseSample"] }],
    ["another auditor", viewer("AUDITOR", "other"), audit(), {}],
    ["a lead", viewer("QA_LEAD", "other"), audit(), { DRAFT: ["releaseSample"], REVEALED: ["releaseSample"], SUBMITTED: ["publishAudit"] }],
    ["its auditor, acting as analyst", viewer("ANALYST"), audit(), {}],
    ["a vendor manager, layer CLIENT", viewer("VENDOR_MANAGER", "other"), audit(), {}],
    ["a vendor manager, layer VENDOR", viewer("VENDOR_MANAGER", "other"), audit({ layer: "VENDOR" }), { SUBMITTED: ["publishAudit"] }],
    ["an administrator", viewer("ADMIN", "other"), audit(), {}],
    ["a labeler", viewer("LABELER", "other"), audit(), {}],
  ] as const)("what %s may do", (_, who, row, expected) => {
    for (const state of AUDIT_STATES) {
      expect(allowedActions(AUDIT_MACHINE, state, auditParts(who, row)), state).toEqual((expected as Record<string, readonly string[]>)[state] ?? []);
    }
  });

  test("blindness ends with the truth, and the auditor never sees the purpose", () => {
    expect(isBlindTo(viewer("QA_LEAD"), audit())).toBe(true);
    expect(isBlindTo(viewer("QA_LEAD"), audit({ revealedAt: new Date() }))).toBe(false);
    expect(isBlindTo(viewer("QA_LEAD"), audit({ isBlind: false }))).toBe(false);
    expect(isBlindTo(viewer("QA_LEAD", "other"), audit())).toBe(false);
    expect(seesPurpose(viewer("QA_LEAD"), audit())).toBe(false);
    expect(seesPurpose(viewer("QA_LEAD"), audit({ revealedAt: new Date() }))).toBe(true);
    for (const role of ["AUDITOR", "VENDOR_MANAGER", "VENDOR_QA", "LABELER", "SERVICE"] as const) {
      expect(seesPurpose(viewer(role, "other"), audit({ revealedAt: new Date() })), role).toBe(false);
    }
  });

  test("events name vendor and labeler only to whom the audit is shown", () => {
    const of = { auditorId: "a", layer: "CLIENT", vendorId: "v", teamId: "t", labelerId: "l" } as const;
    expect(auditAudience(of, false)).toEqual({ auditorId: "a", isStaffVisible: false, isPartnerVisible: false, vendorId: null, teamId: null, labelerId: null });
    expect(auditAudience({ ...of, layer: "VENDOR" }, false)).toMatchObject({ isStaffVisible: false, isPartnerVisible: true, vendorId: "v", teamId: "t", labelerId: null });
    expect(auditAudience(of, true)).toEqual({ auditorId: "a", isStaffVisible: true, isPartnerVisible: true, vendorId: "v", teamId: "t", labelerId: "l" });
  });
});

test("input out of range is refused by field", () => {
  for (const count of [0, 21, -1]) expect(() => checkCount(count)).toThrow(InvalidInput);
  expect([1, 20].map(checkCount)).toEqual([1, 20]);
  expect(checkComment("  well done ")).toBe("well done");
  expect(checkComment("   ")).toBeNull();
  expect(() => checkComment("x".repeat(10_001))).toThrow(InvalidInput);
  expect(checkAction(undefined, ["truth", "action"])).toBeNull();
  expect(() => checkAction("", ["truth", "action"])).toThrow(/truth.action/);
  expect(minutesAfter(new Date("2026-01-01T00:00:00Z"), 60)).toEqual(new Date("2026-01-01T01:00:00Z"));
});
