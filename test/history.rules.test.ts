import { describe, expect, test } from "vitest";
import type { FieldRefusal } from "../src/core/fields.ts";
import { decisionId, encodeId, identityId, timeOfId } from "../src/core/ids.ts";
import { type Audited, type Auditor, auditOf, contradiction, type HistoricAudit, type Named } from "../src/history/judging.rules.ts";
import { type AuditInput, checkAudit, checkRecorder } from "../src/history/rules.ts";
import type { Scope, Viewer } from "../src/core/viewer.ts";

const now = new Date("2026-03-01T00:00:00Z");
const decidedAt = new Date("2026-01-05T08:00:00Z");
const policy = (id: string, isViolating: boolean, severity: "CRITICAL" | "MAJOR" | "MINOR", isLeaf = true) => ({ id, code: id.toUpperCase(), isViolating, severity, isLeaf });
const POLICIES = { nv: policy("nv", false, "MINOR"), hate: policy("hate", true, "CRITICAL"), spam: policy("spam", true, "MAJOR"), all: policy("all", true, "MAJOR", false) };
type Policy = keyof typeof POLICIES;

const input = (changes: Partial<AuditInput> = {}): AuditInput => ({ vendorCode: "V", decisionRef: "r", truthPolicyCode: "NV", submittedAt: new Date("2026-01-06T00:00:00Z"), ...changes });
const decision = (label: Policy, action: string | null = null): Audited => {
  const { id: policyId, isViolating, severity } = POLICIES[label];
  return { id: decisionId("P", "V", "r", decidedAt), labelerId: "l", vendorId: "v", siteId: null, market: "m", labeled: { policyId, isViolating, severity, action } };
};
const auditor = (changes: Partial<Auditor> = {}): Auditor => ({ id: "a", isStaff: true, vendorIds: [], labelerIds: [], ...changes });
const named = (label: Policy, truth: Policy, auditors = [auditor()], action: string | null = null): Named => ({ decision: decision(label, action), truth: POLICIES[truth], auditors });
const made = (each: HistoricAudit | FieldRefusal) => each as HistoricAudit;
const refused = (each: FieldRefusal | HistoricAudit | null) => (each && "field" in each ? [each.field, each.value, each.code] : null);

const lead = { role: "QA_LEAD" } as Viewer;

describe("an audit that can be taken", () => {
  test("names its auditor, from a client", () => {
    const client = { role: "SERVICE" } as Viewer;
    expect(refused(checkAudit(input(), client, now))).toEqual(["auditorRef", null, "INVALID_INPUT"]);
    expect(checkAudit(input({ auditorRef: "who" }), client, now)).toBeNull();
  });

  test.each<[string, Partial<AuditInput>, string, string | null]>([
    ["the future", { submittedAt: new Date("2026-03-01T00:00:00.001Z") }, "submittedAt", "2026-03-01T00:00:00.001Z"],
    ["no time at all", { submittedAt: new Date(Number.NaN) }, "submittedAt", "Invalid Date"],
    ["no decision", { decisionRef: null }, "decisionRef", null],
    ["a reference of no vendor", { vendorCode: null }, "vendorCode", null],
    ["a decision named twice", { decisionId: encodeId("Decision", { projectId: decisionId("", "", "", now), id: decisionId("", "", "", now) }) }, "decisionRef", "r"],
    ["an id of something else", { decisionRef: null, decisionId: encodeId("Sample", { projectId: decisionId("", "", "", now), id: decisionId("", "", "", now) }) }, "decisionId", expect.any(String) as never],
    ["an unheard-of cause", { cause: "BAD" as never }, "cause", "BAD"],
    ["an unheard-of layer", { layer: "MIDDLE" as never }, "layer", "MIDDLE"],
    ["an empty action", { truthAction: "" }, "truthAction", ""],
    ["a comment with U+0000", { comment: "a\u0000b" }, "comment", "a\u0000b"],
    ["too much guidance", { guidance: "x".repeat(2_001) }, "guidance", expect.stringContaining("...") as never],
  ])("isn't one with %s", (_, changes, field, value) => expect(refused(checkAudit(input(changes), lead, now))).toEqual([field, value, "INVALID_INPUT"]));

  test("may have words of several lines, and be of this moment", () => {
    expect(checkAudit(input({ comment: "one\n\ttwo", guidance: "x".repeat(2_000), submittedAt: now, layer: "VENDOR", cause: "TOOL" }), lead, now)).toBeNull();
  });
});

describe("its verdict", () => {
  test.each<[Policy, Policy, Partial<AuditInput>, string | null, string | null, string | null, string | null]>([
    ["nv", "nv", {}, null, null, null, null],
    ["nv", "hate", {}, "UNDER_ENFORCEMENT", "LABELER", null, "CRITICAL"],
    ["spam", "nv", {}, "OVER_ENFORCEMENT", "LABELER", null, "MAJOR"],
    ["hate", "spam", {}, "WRONG_POLICY", "LABELER", null, "MAJOR"],
    ["hate", "hate", { truthAction: "BAN" }, "WRONG_ACTION", "LABELER", null, "CRITICAL"],
    ["hate", "hate", { truthAction: "REMOVE" }, null, null, null, null],
    ["hate", "hate", { isTechnicalFailure: true }, "TECHNICAL", "PROCESS", "TECHNICAL", "CRITICAL"],
  ])("of %s where %s is right, %j", (label, truth, changes, errorType, attribution, processReason, severity) => {
    const audit = made(auditOf(input(changes), named(label, truth, [auditor()], "REMOVE"), "P"));
    expect(audit).toMatchObject({ outcome: errorType ? "INCORRECT" : "CORRECT", errorType, attribution, processReason, severity, truthPolicyId: truth, cause: null });
  });

  test("has a cause only if it is of an error", () => {
    expect(made(auditOf(input({ cause: "TOOL" }), named("nv", "hate"), "P")).cause).toBe("TOOL");
    expect(refused(auditOf(input({ cause: "TOOL" }), named("nv", "nv"), "P"))).toEqual(["cause", "TOOL", "INVALID_INPUT"]);
  });
});

describe("what it names", () => {
  test.each<[string, AuditInput, Partial<Named>, [string, string | null, string]]>([
    ["no decision by that reference", input(), { decision: null }, ["decisionRef", "r", "NOT_FOUND"]],
    ["no decision by that id", input({ decisionRef: null, decisionId: "x" }), { decision: null }, ["decisionId", "x", "NOT_FOUND"]],
    ["no policy", input(), { truth: null }, ["truthPolicyCode", "NV", "NOT_FOUND"]],
    ["a policy with others below it", input(), { truth: POLICIES.all }, ["truthPolicyCode", "NV", "INVALID_INPUT"]],
    ["a time before the decision", input({ submittedAt: new Date(decidedAt.getTime() - 1) }), {}, ["submittedAt", "2026-01-05T07:59:59.999Z", "INVALID_INPUT"]],
    ["nobody", input({ auditorRef: "who" }), { auditors: [] }, ["auditorRef", "who", "NOT_FOUND"]],
    ["two people", input({ auditorRef: "who" }), { auditors: [auditor(), auditor({ id: "b" })] }, ["auditorRef", "who", "INVALID_INPUT"]],
    ["the labeler", input({ auditorRef: "who" }), { auditors: [auditor({ labelerIds: ["l"] })] }, ["auditorRef", "who", "INVALID_INPUT"]],
    ["a vendor's own in layer CLIENT", input({ auditorRef: "who" }), { auditors: [auditor({ isStaff: false, vendorIds: ["v"] })] }, ["auditorRef", "who", "INVALID_INPUT"]],
    ["another vendor's", input({ auditorRef: "who", layer: "VENDOR" }), { auditors: [auditor({ isStaff: false, vendorIds: ["w"] })] }, ["auditorRef", "who", "INVALID_INPUT"]],
  ])("can't be %s", (_, row, changes, refusal) => expect(refused(auditOf(row, { ...named("nv", "nv"), ...changes }, "P"))).toEqual(refusal));

  test("may be the vendor's own auditor in its layer, and the instant of the decision", () => {
    expect(made(auditOf(input({ auditorRef: "who", layer: "VENDOR" }), named("nv", "nv", [auditor({ isStaff: false, vendorIds: ["v"] })]), "P")).layer).toBe("VENDOR");
    expect(made(auditOf(input({ submittedAt: decidedAt }), named("nv", "nv"), "P")).id).toMatch(/^019b/);
  });
});

describe("identity", () => {
  const of = (changes: Partial<AuditInput> = {}, who = auditor(), truth: Policy = "nv") => made(auditOf(input(changes), named("nv", truth, [who]), "P"));

  test("is decision, layer, auditor and time, and nothing else", () => {
    const base = of();
    expect(of({ comment: "x", truthAction: "y" }, auditor(), "hate")).toMatchObject({ id: base.id, sampleId: base.sampleId, verdictId: base.verdictId });
    const others = [of({ layer: "VENDOR" }), of({}, auditor({ id: "b" })), of({ submittedAt: new Date(base.submittedAt.getTime() + 1) })];
    const ids = [base, ...others].flatMap(({ id, sampleId, verdictId }) => [id, sampleId, verdictId]);
    expect(new Set(ids).size).toBe(12);
    expect(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(true);
    expect(timeOfId(base.id)).toEqual(base.submittedAt);
    expect(identityId(decidedAt, "P", "V", "r")).toBe(decisionId("P", "V", "r", decidedAt));
  });

  test.each<[Partial<AuditInput>, Policy, string | null]>([
    [{}, "nv", null],
    [{ truthPolicyCode: "HATE" }, "hate", "truthPolicyCode"],
    [{ truthAction: "KEEP" }, "nv", "truthAction"],
    [{ isTechnicalFailure: true }, "nv", "isTechnicalFailure"],
    [{ comment: "Other." }, "nv", "comment"],
    [{ guidance: "Other." }, "nv", "guidance"],
    [{ comment: "  " }, "nv", null],
  ])("with %j is contradicted by what was said otherwise", (changes, truth, field) => {
    const contrary = contradiction(of(changes, auditor(), truth), of());
    expect(contrary && [contrary.field, contrary.code]).toEqual(field && [field, "CONFLICT"]);
  });
});

test("it is recorded by those who answer for what was audited, and by no vendor", () => {
  const viewer = (role: Viewer["role"], vendorId: string | null = null, scope: Scope = "audits:write") =>
    () => checkRecorder({ role, vendorId, scopes: role === "SERVICE" ? new Set([scope]) : null } as Viewer);
  for (const role of ["ADMIN", "QA_LEAD", "SERVICE"] as const) expect(viewer(role)).not.toThrow();
  for (const role of ["AUDITOR", "POLICY_MANAGER", "ANALYST", "VENDOR_MANAGER", "VENDOR_QA", "LABELER"] as const) expect(viewer(role)).toThrow("recordAudits is for");
  expect(viewer("SERVICE", "v")).toThrow("grade its own vendor");
  expect(viewer("SERVICE", null, "gold:write")).toThrow("audits:write");
});
