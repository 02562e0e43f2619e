import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvalidInput } from "../src/core/errors.ts";
import type { ScorecardContent } from "../src/scorecards/rules.ts";
import { checkComplete, complete, decisionResult, findingsOf, type Found, type Judged, readAnswers, scoreFor, severityOf } from "../src/verdicts/findings.rules.ts";
import { checkTruth, isWorse, judgementOf, type Standing } from "../src/verdicts/rules.ts";

type Criterion = ScorecardContent["criteria"][number];
const criterion = (id: string, more: Partial<Criterion> = {}): Criterion => ({
  id, code: id, kind: "PROCESS", weight: 1, severity: "MINOR", isBonus: false, isNaAllowed: false, isBlindSafe: false, failsOn: [], ...more,
});
const code = (id: string, severity: "CRITICAL" | "MAJOR" | "MINOR", more: object = {}) => ({ id, code: id, severity, isLeaf: true, isRetired: false, ...more });
const policy = criterion("policy", { kind: "DECISION", severity: "MAJOR", failsOn: ["UNDER_ENFORCEMENT", "WRONG_POLICY"] });
const action = criterion("action", { kind: "DECISION", failsOn: ["WRONG_ACTION"] });
const tech = criterion("tech", { kind: "DECISION", failsOn: ["TECHNICAL"] });
const tone = criterion("tone", { isNaAllowed: true });
const route = criterion("route");
const scorecard: ScorecardContent = {
  state: "PUBLISHED",
  criteria: [policy, action, tone, route],
  errorCodes: [code("slur", "MAJOR"), code("threat", "CRITICAL"), code("tree", "MINOR", { isLeaf: false }), code("old", "MINOR", { isRetired: true })],
};
const found = (criterionId: string, result: Found["result"], more: Partial<Found> = {}): Found =>
  ({ criterionId, result, severity: "MINOR", errorCodeId: null, cause: null, note: null, ...more });
const asked = () => null;

describe("answers", () => {
  test.each([
    ["unknown", [{ criterion: "x", result: "PASS" }], ["answers", "0", "criterion"], '"x" is no criterion of the audit\'s scorecard.'],
    ["twice", [{ criterion: "tone", result: "PASS" }, { criterion: "tone", result: "FAIL" }], ["answers", "1", "criterion"], '"tone" is answered twice.'],
    ["NA of what always applies", [{ criterion: "route", result: "NA" }], ["answers", "0", "result"], "answer PASS or FAIL"],
    ["an error code on what passes", [{ criterion: "tone", result: "PASS", errorCode: "slur" }], ["answers", "0", "errorCode"], "only what fails"],
    ["a cause on what doesn't apply", [{ criterion: "tone", result: "NA", cause: "TOOL" }], ["answers", "0", "cause"], "only what fails"],
    ["another scorecard's code", [{ criterion: "tone", result: "FAIL", errorCode: "nope" }], ["answers", "0", "errorCode"], "no error code"],
    ["a code with others below it", [{ criterion: "tone", result: "FAIL", errorCode: "tree" }], ["answers", "0", "errorCode"], "error codes below it"],
    ["a retired code", [{ criterion: "tone", result: "FAIL", errorCode: "old" }], ["answers", "0", "errorCode"], "retired"],
    ["an endless note", [{ criterion: "tone", result: "FAIL", note: "x".repeat(2_001) }], ["answers", "0", "note"], "1 to 2,000"],
  ] as const)("%s is refused", (_, answers, path, why) => {
    try {
      readAnswers(scorecard, answers, asked);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidInput);
      expect(error).toMatchObject({ path, message: expect.stringContaining(why) });
    }
  });

  test("what fails is as grave as its criterion, or its error code if that is graver", () => {
    const severities = (of: string, errorCode?: string) => [...readAnswers(scorecard, [{ criterion: of, result: "FAIL", errorCode }], asked).values()][0]!.severity;
    expect([severities("tone"), severities("tone", "slur"), severities("tone", "threat"), severities("policy", "slur")]).toEqual(["MINOR", "MAJOR", "CRITICAL", "MAJOR"]);
    expect(severities("policy")).toBe("MAJOR");
  });

  test("what is left out is named, all at once", () => {
    const answered = new Map([["tone", found("tone", "NA")]]);
    expect(() => checkComplete(scorecard, new Map(), () => true)).toThrow("answers: tone, route must be answered too.");
    expect(() => checkComplete(scorecard, answered, () => true)).toThrow("answers: route must be answered too.");
    expect(() => checkComplete(scorecard, answered, ({ id }) => id === "tone")).not.toThrow();
  });
});

describe("what the system finds", () => {
  test.each([
    [policy, null, "PASS"], [policy, "UNDER_ENFORCEMENT", "FAIL"], [policy, "WRONG_POLICY", "FAIL"], [policy, "WRONG_ACTION", "PASS"], [policy, "TECHNICAL", "NA"],
    [action, "WRONG_ACTION", "FAIL"], [action, "OVER_ENFORCEMENT", "PASS"], [tech, "TECHNICAL", "FAIL"],
  ] as const)("$0.code of $1", (of, errorType, result) => {
    expect(decisionResult(of, errorType)).toBe(result);
  });

  test("comes in the scorecard's order; a failed DECISION criterion has the verdict's cause unless its answer names another", () => {
    const answered = new Map([["route", found("route", "PASS")], ["policy", found("policy", "FAIL", { errorCodeId: "slur", note: "!" })]]);
    const all = findingsOf(scorecard, "WRONG_POLICY", "OVERSIGHT", answered);
    expect(all.map(({ criterionId, result, cause, errorCodeId, note }) => [criterionId, result, cause, errorCodeId, note])).toEqual([
      ["policy", "FAIL", "OVERSIGHT", "slur", "!"], ["action", "PASS", null, null, null], ["route", "PASS", null, null, null],
    ]);
    answered.set("policy", found("policy", "FAIL", { cause: "TOOL" }));
    expect(findingsOf(scorecard, "WRONG_POLICY", "OVERSIGHT", answered)[0]!.cause).toBe("TOOL");
  });

  test("an error is as grave as its policy, or an error code on a failed DECISION criterion if that is graver", () => {
    expect(severityOf(scorecard, [], "MAJOR")).toBe("MAJOR");
    expect(severityOf(scorecard, [found("policy", "FAIL", { errorCodeId: "threat" })], "MINOR")).toBe("CRITICAL");
    expect(severityOf(scorecard, [found("policy", "FAIL", { errorCodeId: "slur" })], "CRITICAL")).toBe("CRITICAL");
    expect(severityOf(scorecard, [found("tone", "FAIL", { errorCodeId: "threat" })], "MINOR")).toBe("MINOR");
  });

  test("a CRITICAL error code makes a failure an auto-fail, and the criterion's own severity weighs", () => {
    const all = (errorCode: string) => [found("policy", "PASS"), found("route", "FAIL", { errorCodeId: errorCode, severity: errorCode === "threat" ? "CRITICAL" : "MAJOR" })];
    expect(scoreFor(scorecard, all("slur"))).toBe(0.75);
    expect(scoreFor(scorecard, all("threat"))).toBe(0);
    expect(scoreFor(scorecard, [found("tone", "NA")])).toBeNull();
  });
});

describe("a later verdict", () => {
  const judged = (errorType: Judged["errorType"]): Judged =>
    ({ ...judgementOf(errorType, false), truthPolicyId: "p", truthAction: null, truthTags: [], policySeverity: "MAJOR", namedId: null });
  const before = { ...judged("WRONG_POLICY"), id: "v", number: 1, severity: "MAJOR", score: 0.5, cause: "OVERSIGHT" } as const;
  const findings = [found("policy", "FAIL", { cause: "OVERSIGHT", errorCodeId: "slur" }), found("action", "PASS"), found("tone", "NA"), found("route", "FAIL", { cause: "TOOL" })];
  const basis = { labeled: null!, truth: null, previous: null, golden: null, before, findings };

  test("keeps what nobody answers anew, and lets a cause that was the verdict's follow it", () => {
    const next = complete(scorecard, judged("WRONG_POLICY"), basis, { answers: [{ criterion: "tone", result: "PASS" }], cause: "TOOL" });
    expect(next.findings.map(({ criterionId, result, cause, errorCodeId }) => [criterionId, result, cause, errorCodeId])).toEqual([
      ["policy", "FAIL", "TOOL", "slur"], ["action", "PASS", null, null], ["tone", "PASS", null, null], ["route", "FAIL", "TOOL", null],
    ]);
    expect(next).toMatchObject({ cause: "TOOL", severity: "MAJOR" });
    expect(complete(scorecard, judged("WRONG_POLICY"), basis, { answers: [], cause: undefined })).toMatchObject({ cause: "OVERSIGHT" });
  });

  test("that finds the decision right has neither cause nor severity, and no error code on what passes", () => {
    const next = complete(scorecard, judged(null), basis, { answers: [], cause: "TOOL" });
    expect(next).toMatchObject({ cause: null, severity: null });
    expect(next.findings[0]).toEqual(found("policy", "PASS", { severity: "MAJOR" }));
  });

  test("takes no answer to a DECISION criterion that doesn't fail, and none but FAIL", () => {
    const answer = (errorType: Judged["errorType"], result: "PASS" | "FAIL") => () =>
      complete(scorecard, judged(errorType), basis, { answers: [{ criterion: "policy", result }], cause: undefined });
    expect(answer("WRONG_ACTION", "FAIL")).toThrow('answers.0.criterion: "policy" is filled by the system, which finds PASS');
    expect(answer("WRONG_POLICY", "PASS")).toThrow("which finds FAIL");
    expect(answer("WRONG_POLICY", "FAIL")).not.toThrow();
  });
});

describe("worse for the labeler", () => {
  const standing = (more: Partial<Standing>): Standing => ({ outcome: "CORRECT", attribution: null, severity: null, score: 1, ...more });
  const wrong = (more: Partial<Standing> = {}) => standing({ outcome: "INCORRECT", attribution: "LABELER", severity: "MAJOR", score: 0.5, ...more });
  test.each([
    ["right to wrong", standing({}), wrong(), true],
    ["wrong to right", wrong(), standing({}), false],
    ["graver", wrong(), wrong({ severity: "CRITICAL" }), true],
    ["less grave", wrong(), wrong({ severity: "MINOR" }), false],
    ["a lower score", wrong(), wrong({ score: 0.4 }), true],
    ["a higher score", wrong(), wrong({ score: 0.6 }), false],
    ["the process' error becomes theirs", wrong({ attribution: "PROCESS" }), wrong(), true],
    ["their error becomes the process'", wrong(), wrong({ attribution: "PROCESS" }), false],
    ["a first score that is full", wrong({ score: null }), wrong({ score: 1 }), false],
    ["a first score that is not", wrong({ score: null }), wrong({ score: 0.9 }), true],
  ])("%s", (_, before, after, expected) => expect(isWorse(before, after)).toBe(expected));

  test("nothing is worse than itself, and no two are worse than each other unless they differ in several ways", () => {
    const any = fc.record({
      outcome: fc.constantFrom("CORRECT", "INCORRECT"), attribution: fc.constantFrom("LABELER", "PROCESS", null),
      severity: fc.constantFrom("CRITICAL", "MAJOR", "MINOR", null), score: fc.constantFrom(0, 0.5, 1, null),
    }) as fc.Arbitrary<Standing>;
    fc.assert(fc.property(any, (one) => !isWorse(one, one)));
    fc.assert(fc.property(any, fc.constantFrom(0, 0.5, 1), (one, score) => !(isWorse(one, { ...one, score }) && isWorse({ ...one, score }, one))));
  });
});

test("tags are words, each once", () => {
  const tags = (given: string[]) => checkTruth({ policy: { code: "NV" }, tags: given }).tags;
  expect(tags(["a", "b", "a"])).toEqual(["a", "b"]);
  expect(() => tags(["ok", ""])).toThrow("truth.tags");
  expect(() => tags(["x".repeat(65)])).toThrow("1 to 64");
  expect(() => tags(Array.from({ length: 51 }, (_, i) => `t${i}`))).toThrow("51 are too many");
});
