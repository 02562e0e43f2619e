import { describe, expect, test } from "vitest";
import { InvalidInput } from "../src/core/errors.ts";
import { allowedActions, walk } from "../src/core/machine.ts";
import type { Viewer } from "../src/core/viewer.ts";
import { possibleActions, publishDueAt, seesDouble, seesPurpose, walkAudit } from "../src/audits/publication.rules.ts";
import { AUDIT_MACHINE, auditAudience, auditParts, checkComment, isBlindTo, minutesAfter } from "../src/audits/rules.ts";
import { AUDIT_STATES, type AuditRow } from "../src/audits/table.ts";
import { checkCount } from "../src/claims/rules.ts";
import { DEFAULT_SETTINGS } from "../src/projects/rules.ts";
import type { PolicyVersionRow } from "../src/policies/table.ts";
import { attributionOf, checkAction, errorTypeOf, isInGrace, judgementOf, type Ruling } from "../src/verdicts/rules.ts";

const viewer = (role: Viewer["role"], principalId = "me") => ({ role, principalId, grants: [], vendorId: null, labelerId: null }) as unknown as Viewer;
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
    expect(judgementOf(errorType, false)).toEqual({
      outcome: errorType ? "INCORRECT" : "CORRECT", errorType, attribution, processReason: isTechnical ? "TECHNICAL" : null, isGraceApplied: false,
    });
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
    expect(judgementOf("WRONG_POLICY", true)).toEqual({ outcome: "CORRECT", errorType: null, attribution: null, processReason: null, isGraceApplied: true });
  });
});

const audit = (changes: Partial<AuditRow> = {}) =>
  ({ projectId: "p", auditorId: "me", isBlind: true, role: "PRIMARY", layer: "CLIENT", vendorId: "v", labelerId: "l", revealedAt: null, ...changes }) as AuditRow;

describe("the machine", () => {
  const grant = { role: "AUDITOR", projectId: "p", canAdjudicate: true };
  const adjudicator = (changes: object = {}) => ({ ...viewer("AUDITOR", "other"), grants: [{ ...grant, ...changes }] }) as unknown as Viewer;
  const ofVendor = (role: Viewer["role"], vendorId = "v") => ({ ...viewer(role, "other"), vendorId }) as Viewer;
  const labeler = (labelerId: string) => ({ ...viewer("LABELER", "other"), labelerId }) as Viewer;
  const AFTER = ["PUBLISHED", "ACKNOWLEDGED", "FINAL"];
  const [leads, held] = [["voidAudit", "releaseSample", "reassignSample", "voidSample", "expireSample"], ["saveAuditDraft", "skipSample", "releaseSample", "voidSample"]];
  const APPEALS = { PUBLISHED: ["draftAppeal"], ACKNOWLEDGED: ["draftAppeal"] };
  const shown = (of: readonly string[]) => Object.fromEntries(AFTER.map((state) => [state, of]));

  test.each([
    ["its auditor, blind", viewer("AUDITOR"), audit(), { DRAFT: ["lockTruth", ...held], REVEALED: ["submitAudit", ...held], SUBMITTED: ["amendAudit"] }],
    ["its auditor, not blind", viewer("AUDITOR"), audit({ isBlind: false }), { DRAFT: ["lockTruth", "submitAudit", ...held], REVEALED: ["submitAudit", ...held], SUBMITTED: ["amendAudit"] }],
    ["its auditor, a second audit", viewer("AUDITOR"), audit({ role: "SECOND" }), { DRAFT: ["lockTruth", "saveAuditDraft"], REVEALED: ["submitAudit", "saveAuditDraft"] }],
    ["its auditor, of a vendor", { ...ofVendor("VENDOR_QA"), principalId: "me" }, audit({ layer: "VENDOR" }), { DRAFT: ["lockTruth", ...held], REVEALED: ["submitAudit", ...held], SUBMITTED: ["amendAudit"], ...APPEALS, PUBLISHED: ["acknowledgeAudit", "draftAppeal"] }],
    ["another auditor", viewer("AUDITOR", "other"), audit(), {}],
    ["an adjudicator", adjudicator(), audit(), { ADJUDICATION: ["adjudicateAudit"], APPEALED: ["startAta"], ...shown(["startAta"]) }],
    ["an adjudicator of another project", adjudicator({ projectId: "q" }), audit(), {}],
    ["an auditor who may not adjudicate", adjudicator({ canAdjudicate: false }), audit(), {}],
    ["an adjudicator, its auditor", { ...adjudicator(), principalId: "me" }, audit(), { DRAFT: ["lockTruth", ...held], REVEALED: ["submitAudit", ...held], SUBMITTED: ["amendAudit"] }],
    ["a lead", viewer("QA_LEAD", "other"), audit(), {
      DRAFT: leads, REVEALED: leads, SUBMITTED: ["publishAudit", "voidAudit"], DOUBLE_PENDING: ["expireDoubleAudit", "voidAudit"],
      ADJUDICATION: ["adjudicateAudit", "voidAudit"], APPEALED: ["startAta"], ...shown(["correctVerdict", "startAta", "voidAudit"]),
    }],
    ["a lead, its auditor", viewer("QA_LEAD"), audit(), {
      DRAFT: ["lockTruth", "voidAudit", "saveAuditDraft", "skipSample", "releaseSample", "reassignSample", "voidSample", "expireSample"],
      REVEALED: ["submitAudit", "voidAudit", "saveAuditDraft", "skipSample", "releaseSample", "reassignSample", "voidSample", "expireSample"],
      SUBMITTED: ["amendAudit", "publishAudit", "voidAudit"], DOUBLE_PENDING: ["voidAudit"], ADJUDICATION: ["voidAudit"], ...shown(["voidAudit"]),
    }],
    ["a lead, of an expert audit", viewer("QA_LEAD", "other"), audit({ role: "ATA" }), Object.fromEntries(AUDIT_STATES.filter((state) => !["APPEALED", "VOIDED"].includes(state)).map((state) => [state, ["voidAudit"]]))],
    ["its auditor, acting as analyst", viewer("ANALYST"), audit(), {}],
    ["a vendor manager, layer CLIENT", ofVendor("VENDOR_MANAGER"), audit(), APPEALS],
    ["a vendor manager, layer VENDOR", ofVendor("VENDOR_MANAGER"), audit({ layer: "VENDOR" }), { SUBMITTED: ["publishAudit"], ...APPEALS }],
    ["a vendor manager, a second audit", ofVendor("VENDOR_MANAGER"), audit({ layer: "VENDOR", role: "SECOND" }), {}],
    ["a vendor's QA", ofVendor("VENDOR_QA"), audit(), { ...APPEALS, PUBLISHED: ["acknowledgeAudit", "draftAppeal"] }],
    ["another vendor's QA", ofVendor("VENDOR_QA", "w"), audit(), {}],
    ["an administrator", viewer("ADMIN", "other"), audit(), {}],
    ["a policy manager", viewer("POLICY_MANAGER", "other"), audit(), {}],
    ["its labeler", labeler("l"), audit(), { ...APPEALS, PUBLISHED: ["acknowledgeAudit", "draftAppeal"] }],
    ["another labeler", labeler("m"), audit(), {}],
  ] as const)("what %s may do, and all else is refused with what is possible", (_, who, row, expected) => {
    const verbs = [...new Set(AUDIT_MACHINE.arrows.map(({ verb }) => verb))];
    for (const state of AUDIT_STATES) {
      const parts = auditParts(who as Viewer, row);
      const allowed = allowedActions(AUDIT_MACHINE, state, parts);
      expect(allowed, state).toEqual((expected as Record<string, readonly string[]>)[state] ?? []);
      for (const verb of verbs) {
        const go = () => walk(AUDIT_MACHINE, state, verb, parts);
        if (allowed.includes(verb)) expect(go().from, `${verb} ${state}`).toContain(state);
        else expect(go, `${verb} ${state}`).toThrow(new RegExp(`is not yours|is not possible while the audit is ${state}. Possible now: ${allowed.join(", ") || "nothing"}`));
      }
    }
  });

  test("what needs a lease is offered while there is one", () => {
    const now = new Date("2026-01-05T00:00:00Z");
    const lease = (minutes: number) => ({ state: "IN_AUDIT", leaseUntil: new Date(now.getTime() + minutes * 60_000) }) as const;
    const waiting = { state: "DRAWN", leaseUntil: null } as const;
    const of = (state: AuditRow["state"], ...[sample, changes, who = viewer("AUDITOR")]: [Parameters<typeof possibleActions>[2], Partial<AuditRow>?, Viewer?]) =>
      possibleActions(who, audit({ state, ...changes }), sample, now);
    expect(of("DRAFT", lease(1))).toEqual(["lockTruth", "saveAuditDraft", "skipSample", "releaseSample", "voidSample"]);
    expect(of("DRAFT", lease(0))).toEqual(["skipSample", "releaseSample", "voidSample"]);
    expect(of("DRAFT", lease(1), { isBlind: false })).toContain("submitAudit");
    expect(of("DRAFT", lease(0), { isBlind: false })).not.toContain("submitAudit");
    expect(of("REVEALED", lease(0))).toEqual(["submitAudit", "skipSample", "releaseSample", "voidSample"]);
    for (const state of ["DRAFT", "REVEALED"] as const) expect(of(state, waiting), state).toEqual(["voidSample"]);
    expect(of("DRAFT", null, { role: "SECOND" })).toEqual(["lockTruth", "saveAuditDraft"]);
    const lead = viewer("QA_LEAD", "other");
    expect(of("DRAFT", waiting, {}, lead)).toEqual(["voidAudit", "reassignSample", "voidSample", "expireSample"]);
    expect(of("DRAFT", lease(0), {}, lead)).toEqual(["voidAudit", "releaseSample", "reassignSample", "voidSample"]);
    const walked = () => walkAudit({ viewer: lead, now }, audit({ state: "DRAFT" }), waiting, "publishAudit");
    expect(walked).toThrow("Possible now: voidAudit, reassignSample, voidSample, expireSample.");
    expect(of("SUBMITTED", null, {}, lead)).toEqual(["publishAudit", "voidAudit"]);
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

describe("publication", () => {
  test("is due after the delay, or never by itself", () => {
    const now = new Date("2026-01-05T00:00:00Z");
    expect(publishDueAt(now, { ...DEFAULT_SETTINGS, publishDelayMinutes: 45 })).toEqual(new Date("2026-01-05T00:45:00Z"));
    expect(publishDueAt(now, { ...DEFAULT_SETTINGS, publishDelayMinutes: 0 })).toEqual(now);
    expect(publishDueAt(now, { ...DEFAULT_SETTINGS, publication: "BATCHES", publishDelayMinutes: 0 })).toBeNull();
  });

  test("a second judgement is known to staff, and to the auditor once they have submitted theirs", () => {
    const done = { submittedAt: new Date() };
    for (const role of ["QA_LEAD", "AUDITOR", "ADMIN"] as const) {
      expect(seesDouble(viewer(role), audit({ submittedAt: null })), role).toBe(false);
      expect(seesDouble(viewer(role), audit(done)), role).toBe(true);
      expect(seesDouble(viewer(role, "other"), audit({ submittedAt: null })), role).toBe(true);
    }
    for (const role of ["VENDOR_MANAGER", "VENDOR_QA", "LABELER"] as const) expect(seesDouble(viewer(role, "other"), audit(done)), role).toBe(false);
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
