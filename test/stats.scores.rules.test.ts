import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { failuresAmong, scoreOf, type ScoredFinding, SEVERITY_WEIGHTS } from "../src/stats/scores.ts";

type Severity = ScoredFinding["severity"];
type Result = ScoredFinding["result"];

const finding = (severity: Severity, weight: number, result: Result, rest: Partial<ScoredFinding> = {}) => ({
  severity, weight, result, isBonus: false, ...rest,
});
const base = [finding("MAJOR", 1, "FAIL"), finding("MAJOR", 1, "PASS"), finding("MINOR", 2, "PASS")];
const bonus = (severity: Severity, weight: number, result: Result) => finding(severity, weight, result, { isBonus: true });

describe("the score of an audit", () => {
  it("meets the check vectors", () => {
    expect(scoreOf(base)).toBe(0.625);
    expect(scoreOf([...base, bonus("MINOR", 1, "PASS")])).toBe(0.75);
    expect(scoreOf([...base, bonus("MAJOR", 2, "PASS")])).toBe(1);
  });

  it("weighs what applies anew where some of it doesn't", () => {
    expect(scoreOf([...base, finding("MAJOR", 5, "NA")])).toBe(0.625);
    expect(scoreOf([base[0]!, finding("MAJOR", 1, "NA"), base[2]!])).toBe(0.4);
    expect(scoreOf([finding("MAJOR", 5, "NA")])).toBeNull();
    expect(scoreOf([finding("MAJOR", 5, "NA"), bonus("MAJOR", 1, "PASS")])).toBeNull();
    expect(scoreOf([])).toBeNull();
  });

  it("is 0 for a critical failure, which no bonus lifts", () => {
    const critical = [finding("CRITICAL", 0.1, "FAIL"), finding("MINOR", 90, "PASS"), bonus("CRITICAL", 50, "PASS")];
    expect(scoreOf(critical)).toBe(0);
    expect(scoreOf([...base, finding("MINOR", 1, "FAIL", { raisedSeverity: "CRITICAL" })])).toBe(0);
    expect(scoreOf([finding("CRITICAL", 1, "FAIL", { raisedSeverity: "MINOR" }), finding("CRITICAL", 1, "PASS")])).toBe(0.5);
    expect(scoreOf([...base, finding("CRITICAL", 1, "NA")])).toBe(0.625);
  });

  it("loses nothing by a bonus that wasn't earned, not even a critical one", () => {
    expect(scoreOf([...base, bonus("CRITICAL", 1, "FAIL")])).toBe(0.625);
    expect(scoreOf([...base, bonus("MAJOR", 1, "NA")])).toBe(0.625);
  });

  it("takes other weights of the severities", () => {
    expect(scoreOf(base, { CRITICAL: 5, MAJOR: 1, MINOR: 1 })).toBe(0.75);
    expect(SEVERITY_WEIGHTS).toEqual({ CRITICAL: 10, MAJOR: 3, MINOR: 1 });
  });

  it("rounds to six decimals, halves away from zero", () => {
    const share = (failed: number, of: number) => scoreOf([finding("MINOR", failed, "FAIL"), finding("MINOR", of - failed, "PASS")]);
    expect(share(1, 3)).toBe(0.666667);
    expect(share(1, 128)).toBe(0.992188);
    expect(share(1, 640)).toBe(0.998438);
    expect(share(599, 640)).toBe(0.064063);
    expect(share(127, 128)).toBe(0.007813);
    expect(share(639, 640)).toBe(0.001563);
    expect(share(0.3, 1)).toBe(0.7);
  });

  it("is in 0..1, and only worse when one more criterion fails", () => {
    const anyFinding = fc.record({
      severity: fc.constantFrom("MAJOR" as const, "MINOR" as const), weight: fc.integer({ min: 1, max: 9 }),
      isBonus: fc.boolean(), result: fc.constantFrom("PASS" as const, "FAIL" as const, "NA" as const),
    });
    fc.assert(fc.property(fc.array(anyFinding, { minLength: 1, maxLength: 9 }), fc.nat(8), (findings, at) => {
      const score = scoreOf(findings);
      expect(score === null).toBe(findings.every(({ isBonus, result }) => isBonus || result === "NA"));
      if (score === null) return;
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(1);
      const worse = findings.map((each, index) => (index === at && each.result === "PASS" ? { ...each, result: "FAIL" as const } : each));
      expect(scoreOf(worse)).toBeLessThanOrEqual(score);
    }));
  });
});

it("counts as failed what failed, outside the bonus", () => {
  const findings = [...base, bonus("MAJOR", 1, "FAIL"), finding("MINOR", 1, "NA"), finding("CRITICAL", 2, "FAIL")];
  expect(failuresAmong(findings)).toEqual([base[0], findings.at(-1)]);
});
