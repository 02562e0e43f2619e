import { describe, expect, test } from "vitest";
import {
  type Auditor, checkAssignee, checkCount, checkDailyTarget, checkDraft, closedQueues, isBoundless, reachOf, reachOfWish, type Wish,
} from "../src/claims/rules.ts";

const QUEUES = [
  { id: "plain", requiredSkills: [] },
  { id: "law", requiredSkills: ["law"] },
  { id: "both", requiredSkills: ["law", "hate"] },
];
const any: Wish = { queueIds: null, markets: null, languages: null, skill: null };
const profile = (said: Partial<NonNullable<Auditor["profile"]>> = {}) => ({ profile: { markets: [], languages: [], skills: [], ...said } });

describe("what a claim reaches", () => {
  test.each([
    ["nobody has said anything", { profile: null }, any, { queueIds: null, exceptQueueIds: ["law", "both"], markets: null, languages: null }],
    ["an empty profile", profile(), any, { queueIds: null, exceptQueueIds: ["law", "both"], markets: null, languages: null }],
    ["one skill", profile({ skills: ["law"] }), any, { exceptQueueIds: ["both"] }],
    ["every skill", profile({ skills: ["hate", "law", "x"] }), any, { exceptQueueIds: [] }],
    ["a queue asked for stays closed", profile(), { ...any, queueIds: ["law", "plain"] }, { queueIds: ["law", "plain"], exceptQueueIds: ["law", "both"] }],
    ["a skill asked for", profile({ skills: ["law", "hate"] }), { ...any, skill: "hate" }, { queueIds: ["both"], exceptQueueIds: [] }],
    ["a skill that no queue asks for", profile({ skills: ["x"] }), { ...any, skill: "x" }, { queueIds: [] }],
    ["a skill and queues", profile({ skills: ["law"] }), { ...any, skill: "law", queueIds: ["plain", "law"] }, { queueIds: ["law"] }],
    ["markets of the profile", profile({ markets: ["a", "b"] }), any, { markets: ["a", "b"] }],
    ["markets of both", profile({ markets: ["a", "b"] }), { ...any, markets: ["b", "c"] }, { markets: ["b"] }],
    ["an empty wish is none", profile(), { ...any, markets: [] }, { markets: [] }],
    ["languages of the profile, and unknown ones", profile({ languages: ["id"] }), any, { languages: ["id", ""] }],
    ["languages asked for, not unknown ones", profile({ languages: ["id", "en"] }), { ...any, languages: ["en", "fr"] }, { languages: ["en"] }],
  ] as const)("%s", (_, auditor, wish, expected) => {
    expect(reachOf(auditor, wish, QUEUES)).toMatchObject(expected);
  });

  test("a wish alone opens what is closed: a draft that was kept is its auditor's, whatever the profile says now", () => {
    expect(reachOfWish({ ...any, skill: "law" }, QUEUES)).toEqual({ queueIds: ["law", "both"], exceptQueueIds: [], markets: null, languages: null });
    expect(isBoundless(reachOfWish(any, QUEUES))).toBe(true);
  });

  test("everything is within reach only if nothing is left out", () => {
    expect(isBoundless(reachOf({ profile: null }, any, [QUEUES[0]!]))).toBe(true);
    expect(isBoundless(reachOf({ profile: null }, any, QUEUES))).toBe(false);
    for (const wish of [{ queueIds: [] }, { markets: ["a"] }, { languages: ["a"] }, { skill: "law" }]) {
      expect(isBoundless(reachOf({ profile: null }, { ...any, ...wish }, [])), JSON.stringify(wish)).toBe(false);
    }
  });

  test("a queue is closed to whoever lacks one of its skills", () => {
    expect(closedQueues(profile({ skills: ["law"] }), QUEUES)).toEqual(["both"]);
    expect(closedQueues({ profile: null }, QUEUES)).toEqual(["law", "both"]);
  });
});

describe("to whom a lead may give a sample", () => {
  const sample = {
    state: "DRAWN", layer: "CLIENT", assigneeId: null, labelerId: "L", queueId: "plain", vendorId: "V", teamId: "T", skippedByIds: [] as string[],
  } as const;
  const someone = (changes: Partial<Auditor> = {}): Auditor =>
    ({ principalId: "me", profile: null, labelerIds: [], grants: [{ role: "AUDITOR", vendorId: null, teamId: null }], ...changes });
  const quality = (vendorId: string, teamId: string | null = null): Partial<Auditor> => ({ grants: [{ role: "VENDOR_QA", vendorId, teamId }] });
  const VENDORS = { ...sample, layer: "VENDOR" } as const;

  test.each([
    ["an auditor", {}, sample, null],
    ["a lead", { grants: [{ role: "QA_LEAD", vendorId: null, teamId: null }] }, sample, null],
    ["nobody of the project", { grants: [] }, sample, "INVALID_INPUT"],
    ["an analyst", { grants: [{ role: "ANALYST", vendorId: null, teamId: null }] }, sample, "INVALID_INPUT"],
    ["an auditor, of layer VENDOR", {}, VENDORS, "INVALID_INPUT"],
    ["vendor QA, of layer CLIENT", quality("V"), sample, "INVALID_INPUT"],
    ["vendor QA of the vendor", quality("V"), VENDORS, null],
    ["vendor QA of its team", quality("V", "T"), VENDORS, null],
    ["vendor QA of another vendor", quality("W"), VENDORS, "INVALID_INPUT"],
    ["vendor QA of another team", quality("V", "U"), VENDORS, "INVALID_INPUT"],
    ["the labeler", { labelerIds: ["K", "L"] }, sample, "CONFLICT"],
    ["who skipped it", {}, { ...sample, skippedByIds: ["me"] as string[] }, "CONFLICT"],
    ["who lacks a skill", {}, { ...sample, queueId: "law" }, "CONFLICT"],
    ["who has the skill", profile({ skills: ["law"] }), { ...sample, queueId: "law" }, null],
    ["who doesn't work in its market", profile({ markets: ["elsewhere"] }), sample, null],
    ["whose it is", {}, { ...sample, state: "IN_AUDIT", assigneeId: "me" }, "CONFLICT"],
    ["for whom it is kept", {}, { ...sample, assigneeId: "me" }, null],
    ["another than whose it is", {}, { ...sample, state: "IN_AUDIT", assigneeId: "you" }, null],
  ] as const)("%s", (_, changes, given, code) => {
    const check = () => checkAssignee(someone(changes as Partial<Auditor>), QUEUES, given);
    if (code === null) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code, path: ["assigneeId"] }));
  });
});

const nested = (levels: number): unknown => Array.from({ length: levels - 1 }).reduce((inner) => ({ inner }), {});

test.each([
  ["an object", { a: [1, "x", null] }, true],
  ["an empty object", {}, true],
  ["20,000 bytes", { a: "x".repeat(20_000 - 8) }, true],
  ["one byte more", { a: "x".repeat(20_000 - 7) }, false],
  ["bytes, not characters", { a: "é".repeat(10_000) }, false],
  ["20 levels", nested(20), true],
  ["21 levels", nested(21), false],
  ["very many levels", nested(5_000), false],
  ["a list", [], false],
  ["a text", "x", false],
  ["null", null, false],
  ["half a surrogate pair", { a: "\ud83d" }, false],
  ["a whole pair, and words like an escape", { a: "\u{1f600} \\ud83d" }, true],
] as const)("a draft may be %s: %#", (_, draft, isTaken) => {
  if (isTaken) expect(JSON.parse(checkDraft(draft))).toEqual(draft);
  else expect(() => checkDraft(draft)).toThrow(expect.objectContaining({ code: "INVALID_INPUT", path: ["draft"] }));
});

test("counts and targets out of range are refused", () => {
  for (const count of [1, 20]) expect(checkCount(count)).toBe(count);
  for (const count of [0, 21]) expect(() => checkCount(count)).toThrow(expect.objectContaining({ path: ["count"] }));
  expect(checkDailyTarget(undefined)).toBeNull();
  expect(checkDailyTarget(1)).toBe(1);
  expect(() => checkDailyTarget(0)).toThrow(expect.objectContaining({ path: ["dailyTarget"] }));
});
