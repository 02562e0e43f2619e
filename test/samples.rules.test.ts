import { expect, test } from "vitest";
import { dueByDefault } from "../src/calendars/allowances.rules.ts";
import { allowedActions } from "../src/core/machine.ts";
import type { Viewer } from "../src/core/viewer.ts";
import { isBlindTo, isOverdue, SAMPLE_MACHINE, sampleParts, seesDraw } from "../src/samples/rules.ts";
import { SAMPLE_STATES } from "../src/samples/table.ts";

const viewer = (role: Viewer["role"], principalId = "me") => ({ role, principalId }) as Viewer;

test.each([
  // Asia/Jakarta is UTC+7 all year.
  ["2026-01-28T03:30:00Z", "Asia/Jakarta", "2026-01-30T03:30:00Z", "Wednesday to Friday"],
  ["2026-01-30T08:00:00Z", "Asia/Jakarta", "2026-02-03T08:00:00Z", "Friday 15:00 to Tuesday 15:00"],
  ["2026-01-30T16:59:59Z", "Asia/Jakarta", "2026-02-03T16:59:59Z", "Friday, one second before Saturday there"],
  ["2026-01-30T17:00:00Z", "Asia/Jakarta", "2026-02-03T17:00:00Z", "Saturday there: opens on Monday 00:00, due on Wednesday 00:00"],
  ["2026-02-01T05:00:00Z", "Asia/Jakarta", "2026-02-03T17:00:00Z", "Sunday there"],
  ["2026-03-27T17:00:00Z", "Europe/Dublin", "2026-03-31T16:00:00Z", "17:00 stays 17:00 when the clocks change between"],
])("an audit drawn at %s in %s is due at %s: %s", (drawnAt, zone, dueAt) => {
  expect(dueByDefault("AUDIT_DUE", new Date(drawnAt), zone)).toEqual(new Date(dueAt));
});

const OWN = ["saveAuditDraft", "extendLease", "skipSample", "releaseSample", "voidSample"];
const LEADS = ["reassignSample", "voidSample"];

test.each([
  ["AUDITOR", "CLIENT", null, { DRAWN: ["claimSamples"] }],
  ["AUDITOR", "CLIENT", "me", { DRAWN: ["claimSamples", "voidSample"], IN_AUDIT: OWN }],
  ["AUDITOR", "VENDOR", "other", {}],
  ["QA_LEAD", "CLIENT", "other", { DRAWN: ["claimSamples", ...LEADS, "expireSample"], IN_AUDIT: ["releaseSample", ...LEADS] }],
  ["QA_LEAD", "VENDOR", "other", { DRAWN: [...LEADS, "expireSample"], IN_AUDIT: ["releaseSample", ...LEADS] }],
  ["QA_LEAD", "CLIENT", "me", { DRAWN: ["claimSamples", ...LEADS, "expireSample"], IN_AUDIT: [...OWN.slice(0, 4), ...LEADS] }],
  ["VENDOR_QA", "VENDOR", null, { DRAWN: ["claimSamples"] }],
  ["VENDOR_QA", "VENDOR", "me", { DRAWN: ["claimSamples", "voidSample"], IN_AUDIT: OWN }],
  ["VENDOR_QA", "CLIENT", null, {}],
  ["ADMIN", "CLIENT", null, {}],
  ["ANALYST", "CLIENT", "other", {}],
  ["POLICY_MANAGER", "CLIENT", "me", {}],
] as const)("what a %s may do with a sample of layer %s of %s", (role, layer, assigneeId, expected) => {
  const parts = sampleParts(viewer(role), { layer, assigneeId });
  for (const state of SAMPLE_STATES) {
    expect(allowedActions(SAMPLE_MACHINE, state, parts), state).toEqual((expected as Record<string, string[]>)[state] ?? []);
  }
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
