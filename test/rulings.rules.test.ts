import { describe, expect, test } from "vitest";
import type { Viewer } from "../src/core/viewer.ts";
import {
  checkIndependent, checkNoParty, checkRuling, outcomeOf, type Parties, readFindings, type Ruled, type Standing, wordsOf,
} from "../src/rulings/rules.ts";
import type { ScorecardContent } from "../src/scorecards/rules.ts";
import { changesBetween } from "../src/verdicts/rules.ts";

const criterion = (code: string, more: object = {}) => (
  { id: code, code, kind: "PROCESS", weight: 1, severity: "MINOR", isBonus: false, isNaAllowed: false, isBlindSafe: true, failsOn: [], ...more }
);
const SCORECARD = {
  state: "PUBLISHED", errorCodes: [],
  criteria: [criterion("policy", { kind: "DECISION", failsOn: ["OVER_ENFORCEMENT"] }), criterion("routed"), criterion("noted", { isNaAllowed: true })],
} as unknown as ScorecardContent;

type Said = Record<string, "PASS" | "FAIL" | "NA" | `${"FAIL"} ${"CRITICAL" | "MAJOR" | "MINOR"}`>;
const WRONG = { outcome: "INCORRECT", errorType: "OVER_ENFORCEMENT", attribution: "LABELER", truthPolicyId: "NV", truthAction: null, isGraceApplied: false, severity: "MAJOR", score: 0.2 } as const;
const RIGHT = { ...WRONG, outcome: "CORRECT", errorType: null, attribution: null, truthPolicyId: "hate", severity: null, score: 1 } as const;
const standing = (verdict: object, said: Said): Standing => ({
  ...WRONG, ...verdict,
  findings: Object.entries(said).map(([criterionId, result]) => {
    const [what, severity = "MINOR"] = result.split(" ");
    return { criterionId, result: what, severity, errorCodeId: null, cause: null, note: null };
  }),
}) as Standing;

const ALL = { criterionIds: ["policy", "routed", "noted"], isDecisionContested: true };
const before = standing({}, { policy: "FAIL", routed: "FAIL", noted: "FAIL" });

describe("what a ruling makes of an audit", () => {
  test.each([
    ["nothing changed", ALL, standing({}, { policy: "FAIL", routed: "FAIL", noted: "FAIL" }), "AUDIT_UPHELD"],
    ["all fell", ALL, standing(RIGHT, { policy: "PASS", routed: "PASS", noted: "NA" }), "AUDIT_OVERTURNED"],
    ["the decision fell, a criterion stayed", ALL, standing(RIGHT, { policy: "PASS", routed: "FAIL", noted: "PASS" }), "AUDIT_PARTIALLY_OVERTURNED"],
    ["a criterion fell, the decision stayed", ALL, standing({}, { policy: "FAIL", routed: "PASS", noted: "FAIL" }), "AUDIT_PARTIALLY_OVERTURNED"],
    ["all that was contested fell, though the decision stays wrong", { criterionIds: ["routed"], isDecisionContested: false },
      standing({}, { policy: "FAIL", routed: "PASS", noted: "FAIL" }), "AUDIT_OVERTURNED"],
    ["the decision as a whole fell, without criteria", { criterionIds: [], isDecisionContested: true }, standing(RIGHT, { policy: "PASS", routed: "FAIL", noted: "FAIL" }), "AUDIT_OVERTURNED"],
    ["the process answers for it now", { criterionIds: [], isDecisionContested: true },
      standing({ errorType: "TECHNICAL", attribution: "PROCESS" }, { policy: "FAIL", routed: "FAIL", noted: "FAIL" }), "AUDIT_OVERTURNED"],
    ["another error in its place", ALL, standing({ errorType: "WRONG_POLICY", truthPolicyId: "spam" }, { policy: "FAIL", routed: "FAIL", noted: "FAIL" }), "AUDIT_PARTIALLY_OVERTURNED"],
    ["a finding weighs less", ALL, standing({}, { policy: "FAIL", routed: "FAIL MAJOR", noted: "FAIL" }), "AUDIT_SEVERITY_CHANGED"],
    ["the error weighs less", ALL, standing({ severity: "MINOR" }, { policy: "FAIL", routed: "FAIL", noted: "FAIL" }), "AUDIT_SEVERITY_CHANGED"],
    ["only what nobody contested changed", { criterionIds: ["policy"], isDecisionContested: true }, standing({}, { policy: "FAIL", routed: "PASS", noted: "FAIL" }), "AUDIT_PARTIALLY_OVERTURNED"],
  ] as const)("%s", (_, contested, after, outcome) => expect(outcomeOf(before, after, contested)).toBe(outcome));

  test("an error of the process that stays one has not fallen", () => {
    const process = standing({ errorType: "TECHNICAL", attribution: "PROCESS" }, {});
    expect(outcomeOf(process, standing({ errorType: "TECHNICAL", attribution: "PROCESS" }, {}), { criterionIds: [], isDecisionContested: true })).toBe("AUDIT_UPHELD");
  });
});

describe("what is said of contested criteria", () => {
  const FAILED = new Set(["policy", "routed", "noted"]);
  const read = (outcome: Ruled["result"] | string, said: object[], failed = FAILED) => readFindings(SCORECARD, ALL, failed, outcome as never, said as never);
  const one = (criterion_: string, result: string, more: object = {}) => ({ criterion: criterion_, result, ...more });
  const results = (rows: readonly Ruled[]) => rows.map(({ criterionId, result }) => `${criterionId} ${result}`);

  test("what is left out goes with the audit, if that goes as a whole", () => {
    expect(results(read("AUDIT_UPHELD", []))).toEqual(["policy FINDING_UPHELD", "routed FINDING_UPHELD", "noted FINDING_UPHELD"]);
    expect(results(read("AUDIT_OVERTURNED", [one("routed", "FINDING_UPHELD")]))).toEqual(["policy FINDING_OVERTURNED", "routed FINDING_UPHELD", "noted FINDING_OVERTURNED"]);
    expect(results(read("AUDIT_OVERTURNED", [], new Set(["policy"])))).toEqual(["policy FINDING_OVERTURNED", "routed FINDING_UPHELD", "noted FINDING_UPHELD"]);
    expect(() => read("AUDIT_SEVERITY_CHANGED", [one("policy", "FINDING_UPHELD")])).toThrow("findings: say what becomes of routed, noted too.");
    expect(results(read("AUDIT_SEVERITY_CHANGED", [one("policy", "FINDING_SEVERITY_CHANGED", { severity: "MINOR" })], new Set(["policy"])))[0]).toBe("policy FINDING_SEVERITY_CHANGED");
  });

  test.each([
    ["a criterion that isn't contested", one("praise", "FINDING_UPHELD"), "is not contested"],
    ["what passed", one("noted", "FINDING_OVERTURNED"), "can only be FINDING_UPHELD", new Set(["policy", "routed"])],
    ["a severity without its result", one("routed", "FINDING_UPHELD", { severity: "MINOR" }), "findings.0.severity"],
    ["a result without its severity", one("routed", "FINDING_SEVERITY_CHANGED"), "findings.0.severity"],
    ["a new result of the decision's", one("policy", "FINDING_OVERTURNED", { newResult: "PASS" }), "findings.0.newResult"],
    ["a new result of what is upheld", one("routed", "FINDING_UPHELD", { newResult: "PASS" }), "findings.0.newResult"],
    ["a new result that fails", one("routed", "FINDING_OVERTURNED", { newResult: "FAIL" }), "say PASS or NA"],
    ["NA where it always applies", one("routed", "FINDING_OVERTURNED", { newResult: "NA" }), "always applies"],
    ["words that are too long", one("routed", "FINDING_UPHELD", { note: "x".repeat(2_001) }), "note: must have"],
  ] as const)("%s is refused", (_, said, message, failed: Set<string> = FAILED) => {
    expect(() => read("AUDIT_OVERTURNED", [said], failed)).toThrow(message);
  });

  test("a criterion is spoken of once", () => {
    expect(() => read("AUDIT_UPHELD", [one("routed", "FINDING_UPHELD"), one("routed", "FINDING_UPHELD")])).toThrow('findings.1.criterion: "routed" stands there twice.');
  });

  test("as words of a verdict: answers of the process' criteria, severities of any", () => {
    const rows = read("AUDIT_PARTIALLY_OVERTURNED", [
      one("policy", "FINDING_SEVERITY_CHANGED", { severity: "MINOR" }), one("routed", "FINDING_OVERTURNED", { note: "Down." }), one("noted", "FINDING_OVERTURNED", { newResult: "NA" }),
    ]);
    const { answers, severities } = wordsOf(SCORECARD, rows);
    expect(answers).toEqual([{ criterion: "routed", result: "PASS", note: "Down." }, { criterion: "noted", result: "NA", note: null }]);
    expect([...severities]).toEqual([["policy", { severity: "MINOR", isSeverityRuled: true }]]);
  });
});

describe("a ruling", () => {
  const row = (criterionId: string, result: Ruled["result"], severity: Ruled["severity"] = null): Ruled => ({ criterionId, result, severity, newResult: "PASS", note: null });
  const check = (outcome: string, findings: Ruled[], after: Standing) => checkRuling({ outcome: outcome as never, findings }, SCORECARD, [before, after], ALL);
  const overturned = standing(RIGHT, { policy: "PASS", routed: "PASS", noted: "PASS" });

  test("that says what it does is let pass, and another named what fits", () => {
    const all = ALL.criterionIds.map((id) => row(id, "FINDING_OVERTURNED"));
    expect(() => check("AUDIT_OVERTURNED", all, overturned)).not.toThrow();
    expect(() => check("AUDIT_UPHELD", all, overturned)).toThrow("it is AUDIT_OVERTURNED, not AUDIT_UPHELD");
    expect(() => check("AUDIT_OVERTURNED", [row("routed", "FINDING_UPHELD")], overturned)).toThrow('"routed" is FINDING_OVERTURNED, not FINDING_UPHELD');
    expect(() => check("AUDIT_UPHELD", [row("routed", "FINDING_SEVERITY_CHANGED", "MINOR")], before)).toThrow('"routed" is FINDING_UPHELD');
  });

  test("never leaves the labeler worse off, in a finding or as a whole", () => {
    const graver = standing({}, { policy: "FAIL", routed: "FAIL CRITICAL", noted: "FAIL" });
    expect(() => check("AUDIT_SEVERITY_CHANGED", [row("routed", "FINDING_SEVERITY_CHANGED", "CRITICAL")], graver)).toThrow("worse off");
    expect(() => check("AUDIT_PARTIALLY_OVERTURNED", [], standing({ severity: "CRITICAL" }, { policy: "FAIL", routed: "PASS", noted: "FAIL" }))).toThrow("worse off");
    expect(() => check("AUDIT_PARTIALLY_OVERTURNED", [], standing({ score: 0.1 }, { policy: "FAIL", routed: "PASS", noted: "FAIL" }))).toThrow("worse off");
  });

  test("tells what of the verdict it changed", () => {
    expect(changesBetween(before, before)).toEqual([]);
    expect(changesBetween(before, overturned)).toEqual(["OUTCOME", "ERROR_TYPE", "TRUTH_POLICY", "SEVERITY", "SCORE"]);
  });
});

describe("independence", () => {
  const me = { principalId: "me", grants: [{ teamId: "T1" }, { teamId: null }] } as unknown as Viewer;
  const parties: Parties = { appellantId: "a", auditorId: "b", labelerPrincipalIds: ["c"], earlierAdjudicatorIds: ["d"], teamIds: ["T1"] };

  test.each([
    ["labeler", { labelerPrincipalIds: ["c", "me"] }], ["appellant", { appellantId: "me" }], ["auditor", { auditorId: "me" }],
  ])("no %s rules", (part, more) => {
    expect(() => checkNoParty(me, { ...parties, ...more })).toThrow(`You are the ${part}`);
    expect(() => checkNoParty(me, parties)).not.toThrow();
  });

  test("nobody rules twice, and of one's own team where the project forbids it", () => {
    expect(() => checkIndependent(me, { ...parties, earlierAdjudicatorIds: ["me"] }, false)).toThrow("judged this audit before");
    expect(() => checkIndependent(me, parties, false)).not.toThrow();
    expect(() => checkIndependent(me, parties, true)).toThrow("team");
    expect(() => checkIndependent(me, { ...parties, teamIds: ["T2"] }, true)).not.toThrow();
  });
});
