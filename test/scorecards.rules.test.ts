import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvalidInput } from "../src/core/errors.ts";
import { checkCriteria, type CodePlan, type NewCriterion, type NewErrorCode, planErrorCodes, type PresentCode } from "../src/scorecards/rules.ts";
import { CRITERION_KINDS, ERROR_TYPES } from "../src/scorecards/table.ts";

const PLAIN = { code: "a", name: "A", kind: "DECISION", weight: 1, severity: "MAJOR", isBonus: false, isNaAllowed: false, isBlindSafe: false } as const;
const criterion = (more: Partial<NewCriterion>): NewCriterion => ({ ...PLAIN, ...more });

function refusalOf(...criteria: Partial<NewCriterion>[]): string {
  try {
    checkCriteria(criteria.map(criterion));
    return "taken";
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return error.path.join(".");
  }
}

describe("criteria", () => {
  test("of DECISION fail on every error but a technical one, unless they say; of PROCESS on none", () => {
    const failsOn = (more: Partial<NewCriterion>) => checkCriteria([criterion(more)])[0]!.failsOn;
    const usual = ["OVER_ENFORCEMENT", "UNDER_ENFORCEMENT", "WRONG_POLICY", "WRONG_ACTION"];
    expect(failsOn({})).toEqual(usual);
    expect(failsOn({ failsOn: null })).toEqual(usual);
    expect(failsOn({ failsOn: ["TECHNICAL", "WRONG_ACTION", "TECHNICAL"] })).toEqual(["WRONG_ACTION", "TECHNICAL"]);
    expect(failsOn({ kind: "PROCESS" })).toEqual([]);
    expect(failsOn({ kind: "PROCESS", failsOn: [] })).toEqual([]);
  });

  test.each<[string, Partial<NewCriterion>[]]>([
    ["criteria", []],
    ["criteria", Array.from({ length: 101 }, (_, i) => ({ code: `c${i}` }))],
    ["criteria", [{ isBonus: true }, { code: "b", isBonus: true }]],
    ["criteria.1.code", [{}, {}]],
    ["criteria.0.code", [{ code: "a b" }]],
    ["criteria.0.name", [{ name: " " }]],
    ["criteria.0.section", [{ section: " " }]],
    ["criteria.0.weight", [{ weight: 0 }]],
    ["criteria.0.weight", [{ weight: Number.NaN }]],
    ["criteria.1.isBlindSafe", [{}, { code: "b", isBlindSafe: true }]],
    ["criteria.0.isNaAllowed", [{ isNaAllowed: true }]],
    ["criteria.0.failsOn", [{ failsOn: [] }]],
    ["criteria.0.failsOn", [{ kind: "PROCESS", failsOn: ["WRONG_ACTION"] }]],
    ["taken", [{ isBonus: true }, { code: "b", kind: "PROCESS", isBlindSafe: true, isNaAllowed: true, isBonus: false }]],
    ["taken", Array.from({ length: 100 }, (_, i) => ({ code: `c${i}` }))],
  ])("%s", (expected, criteria) => expect(refusalOf(...criteria)).toBe(expected));

  test("that are taken obey what verdicts rest on", () => {
    const any = fc.record({
      ...Object.fromEntries(Object.entries(PLAIN).map(([name, value]) => [name, fc.constant(value)])),
      kind: fc.constantFrom(...CRITERION_KINDS),
      weight: fc.double(),
      isBonus: fc.boolean(),
      isNaAllowed: fc.boolean(),
      isBlindSafe: fc.boolean(),
      failsOn: fc.option(fc.array(fc.constantFrom(...ERROR_TYPES))),
    }) as fc.Arbitrary<NewCriterion>;
    fc.assert(
      fc.property(fc.array(any, { maxLength: 4 }), (some) => {
        const criteria = some.map((each, index) => ({ ...each, code: `c${index}` }));
        if (refusalOf(...criteria) !== "taken") return;
        const checked = checkCriteria(criteria);
        expect(checked.some(({ isBonus }) => !isBonus)).toBe(true);
        for (const each of checked) {
          const isOfDecision = each.kind === "DECISION";
          expect(each.failsOn.length > 0).toBe(isOfDecision);
          expect(isOfDecision && (each.isBlindSafe || each.isNaAllowed)).toBe(false);
          expect(each.weight).toBeGreaterThan(0);
        }
      }),
    );
  });
});

const row = (code: string, parentCode?: string | null, more: Partial<NewErrorCode> = {}): NewErrorCode => {
  return { code, name: code, severity: "MINOR", parentCode, ...more };
};
const present = (code: string, parentCode: string | null = null, isRetired = false): PresentCode => {
  return { id: `id of ${code}`, code, name: code, severity: "MINOR", parentCode, isRetired };
};
const told = (plan: CodePlan) => (plan.outcome === "REFUSED" ? `${plan.refusal.code} ${plan.refusal.field}` : plan.outcome);

describe("error codes", () => {
  const there = [present("A"), present("A1", "A"), present("OLD", null, true)];
  test.each<[string, NewErrorCode[], string[]]>([
    ["hang on the top, on what is there and on each other, in any order", [row("C", "B"), row("B"), row("A2", "A")], ["CREATED", "CREATED", "CREATED"]],
    ["stay as they are", [row("A"), row("A1", "A")], ["UNCHANGED", "UNCHANGED"]],
    ["never change", [row("A", null, { name: "else" }), row("A1"), row("A1", "A", { severity: "MAJOR" })],
      ["CONFLICT code", "CONFLICT code", "CONFLICT code"]],
    ["come once", [row("B"), row("B")], ["CREATED", "CONFLICT code"]],
    ["have a parent that there is", [row("B", "nowhere")], ["NOT_FOUND parentCode"]],
    ["don't come back, and nothing hangs on what is retired", [row("OLD"), row("B", "OLD")], ["CONFLICT code", "CONFLICT parentCode"]],
    ["take those below along", [row("C", "B"), row("B", "nowhere"), row("D", "C"), row("E")],
      ["CONFLICT parentCode", "NOT_FOUND parentCode", "CONFLICT parentCode", "CREATED"]],
    ["stand below no other that stands below them", [row("B", "B"), row("C", "D"), row("D", "E"), row("E", "C")],
      ["INVALID_INPUT parentCode", "CONFLICT parentCode", "CONFLICT parentCode", "INVALID_INPUT parentCode"]],
    ["have words", [row("a b"), row("B", null, { name: "" }), row("C", "a b")], ["INVALID_INPUT code", "INVALID_INPUT name", "CONFLICT parentCode"]],
  ])("%s", (_, rows, expected) => expect(planErrorCodes(rows, there).map(told)).toEqual(expected));

  test("never close a ring, whatever is brought", () => {
    const codes = ["a", "b", "c", "d", "e", "A", "A1", "OLD"];
    const any = fc.record({ code: fc.constantFrom(...codes), parentCode: fc.option(fc.constantFrom(...codes)) });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 8 }), (some) => {
        const rows = some.map(({ code, parentCode }) => row(code, parentCode));
        const parents = new Map<string, string | null>(there.filter(({ isRetired }) => !isRetired).map((each) => [each.code, each.parentCode]));
        planErrorCodes(rows, there).forEach((plan, index) => {
          if (plan.outcome === "CREATED") parents.set(rows[index]!.code, rows[index]!.parentCode ?? null);
        });
        for (const code of parents.keys()) {
          let at: string | null = code;
          for (let steps = 0; at !== null; steps += 1) {
            expect(steps).toBeLessThan(10);
            expect(parents.has(at)).toBe(true);
            at = parents.get(at)!;
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test("stand as deep as one call can bring them", () => {
    const rows = [...Array(500).keys()].map((i) => row(`c${i}`, i === 499 ? null : `c${i + 1}`));
    expect(new Set(planErrorCodes(rows, []).map(told))).toEqual(new Set(["CREATED"]));
  });
});
