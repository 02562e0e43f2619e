import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CAUSE_CODE_LIST, CAUSE_CODES } from "../src/rcas/causes.rules.ts";
import { type Analysis, checkComplete, checkDraft, type RcaDraft, writingSide } from "../src/rcas/rules.ts";
import { CAUSE_CATEGORIES } from "../src/rcas/table.ts";
import { ESCALATION_STATES } from "../src/escalations/table.ts";

const why = { evidence: ["audits of week 2"] };
const root = (category: keyof typeof CAUSE_CODES, code: string, isRoot = true) => ({ category, code, isRoot });
const whole = { problemStatement: "Hate is missed in MY.", whys: [why, why, why], causes: [root("POLICY", "GAP")] } satisfies Analysis;
const draft = (part: Partial<RcaDraft> = {}): RcaDraft => ({ whys: [], causes: [], contributingFactors: [], ...part });
const refusal = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    const { message, path, code } = error as { message: string; path: string[]; code: string };
    return { message, path: path.join("."), code };
  }
  return null;
};

describe("an analysis that is handed in", () => {
  it.each([1, 2, 3, 4, 5, 6, 7])("has 3 to 7 whys, not %i unless it is so many", (count) => {
    const found = refusal(() => checkComplete({ ...whole, whys: Array.from({ length: count }, () => why) }));
    expect(found?.path ?? null).toBe(count < 3 ? "whys" : null);
  });

  it.each<[string, Partial<Analysis>, string, RegExp]>([
    ["a problem statement", { problemStatement: null }, "problemStatement", /writeRca/],
    ["evidence of each why", { whys: [why, { evidence: [] }, why] }, "whys.1.evidence", /evidence/],
    ["a root cause", { causes: [root("POLICY", "GAP", false)] }, "causes", /root cause/],
    ["any cause", { causes: [] }, "causes", /root cause/],
  ])("has %s", (_, part, path, message) => {
    const found = refusal(() => checkComplete({ ...whole, ...part }));
    expect(found).toMatchObject({ code: "INVALID_INPUT", path });
    expect(found!.message).toMatch(message);
  });

  const slip = root("PEOPLE", "HUMAN_ERROR");
  it.each([
    ["alone", [slip], true],
    ["beside a cause that is no root", [slip, root("POLICY", "GAP", false)], true],
    ["beside another root cause", [slip, root("POLICY", "GAP")], false],
    ["as no root cause", [root("PEOPLE", "HUMAN_ERROR", false), root("PROCESS", "STEP_MISSING")], false],
    ["never: another cause of people", [root("PEOPLE", "FATIGUE")], false],
  ] as const)("may have somebody's slip as a root cause, but not as the only one: %s", (_, causes, isRefused) => {
    const found = refusal(() => checkComplete({ ...whole, causes }));
    expect(found?.message.includes("HUMAN_ERROR_ONLY") ?? false).toBe(isRefused);
    if (found) expect([found.code, found.path]).toEqual(["INVALID_INPUT", "causes"]);
  });
});

describe("an analysis that is being written", () => {
  const cause = { category: "POLICY", code: "GAP", text: "Silent on it.", isRoot: false } as const;

  it("may lack anything", () => {
    expect(checkDraft(draft())).toEqual({ problemStatement: null, whys: [], causes: [], contributingFactors: [] });
  });

  it("is kept trimmed, with the owners of its causes", () => {
    expect(checkDraft(draft({ problemStatement: " Missed. ", whys: [{ text: " Why? ", evidence: [" e "] }], causes: [{ ...cause, text: " T ", ownerId: "x" }] }))).toEqual({
      problemStatement: "Missed.", whys: [{ text: "Why?", evidence: ["e"] }], causes: [{ ...cause, text: "T", ownerId: "x" }], contributingFactors: [],
    });
  });

  it.each([
    ["eight whys", draft({ whys: Array.from({ length: 8 }, () => ({ text: "Why?", evidence: [] })) }), "whys"],
    ["an empty why", draft({ whys: [{ text: " ", evidence: [] }] }), "whys.0.text"],
    ["empty evidence", draft({ whys: [{ text: "Why?", evidence: ["a", ""] }] }), "whys.0.evidence.1"],
    ["a code of another category", draft({ causes: [{ ...cause, code: "HUMAN_ERROR" }] }), "causes.0.code"],
    ["a code that every object has", draft({ causes: [{ ...cause, code: "toString" }] }), "causes.0.code"],
    ["a cause twice", draft({ causes: [cause, { ...cause, text: "Again." }] }), "causes.1.code"],
    ["a root cause that nobody answers for", draft({ causes: [{ ...cause, isRoot: true }] }), "causes.0.ownerId"],
    ["an empty factor", draft({ contributingFactors: [""] }), "contributingFactors.0"],
    ["21 factors", draft({ contributingFactors: Array(21).fill("A") }), "contributingFactors"],
    ["an empty statement", draft({ problemStatement: "" }), "problemStatement"],
  ])("has no %s", (_, given, path) => {
    expect(refusal(() => checkDraft(given))).toMatchObject({ code: "INVALID_INPUT", path });
  });

  it("is complete if and only if all of it is there", () => {
    const anyCause = fc.constantFrom(...CAUSE_CODE_LIST).chain(({ category, code }) => fc.boolean().map((isRoot) => ({ category, code, isRoot })));
    const analysis = fc.record({
      problemStatement: fc.option(fc.constant("Missed.")),
      whys: fc.array(fc.record({ evidence: fc.array(fc.constant("e"), { maxLength: 2 }) }), { maxLength: 7 }),
      causes: fc.array(anyCause, { maxLength: 4 }),
    });
    fc.assert(fc.property(analysis, (given) => {
      const roots = given.causes.filter(({ isRoot }) => isRoot);
      const isWhole = given.problemStatement !== null && given.whys.length >= 3 && given.whys.every(({ evidence }) => evidence.length > 0) &&
        roots.some(({ category, code }) => category !== "PEOPLE" || code !== "HUMAN_ERROR");
      expect(refusal(() => checkComplete(given)) === null).toBe(isWhole);
    }));
  });
});

describe("what analyses are made of", () => {
  it("are codes of every category, each with a way out that its text explains", () => {
    expect(Object.keys(CAUSE_CODES).sort()).toEqual([...CAUSE_CATEGORIES].sort());
    for (const category of CAUSE_CATEGORIES) expect(Object.keys(CAUSE_CODES[category])).toContain("OTHER");
    expect(CAUSE_CODE_LIST.length).toBe(Object.values(CAUSE_CODES).reduce((sum, codes) => sum + Object.keys(codes).length, 0));
  });

  it("is written by the side that looks for causes", () => {
    const sides = Object.fromEntries(ESCALATION_STATES.flatMap((state) => (writingSide(state) ? [[state, writingSide(state)]] : [])));
    expect(sides).toEqual({ INVESTIGATING: "CLIENT", WAITING_PARTNER: "PARTNER" });
  });
});
