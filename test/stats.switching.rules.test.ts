import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  afterLot, enterLevel, hasEarnedReduced, type InspectedLot, INSPECTION_LEVELS, INSPECTION_MACHINE, type InspectionState,
} from "../src/stats/switching.ts";

const lot = (letter: string, rest: Partial<InspectedLot> = {}): InspectedLot => ({
  verdict: letter === "A" ? "ACCEPTED" : "REJECTED", ac: 3, passesOneStepTighter: letter === "A", ...rest,
});
const after = (letters: string, state: InspectionState = enterLevel("NORMAL")) =>
  [...letters].reduce((current, letter) => afterLot(current, lot(letter)), state);

describe("the inspection level", () => {
  it.each([
    ["NORMAL", "RAAAR", "TIGHTENED"], ["NORMAL", "RAAAAR", "NORMAL"], ["NORMAL", "RR", "TIGHTENED"], ["NORMAL", "AAAAAAAAAA", "NORMAL"],
    ["TIGHTENED", "AAAA", "TIGHTENED"], ["TIGHTENED", "AAAAA", "NORMAL"], ["TIGHTENED", "AAAARAAAA", "TIGHTENED"],
    ["TIGHTENED", "RAARAARAAR", "TIGHTENED"], ["TIGHTENED", "RAARAARAARAAAAA", "NORMAL"], ["TIGHTENED", "RAARAARAARAAR", "DISCONTINUED"],
    ["TIGHTENED", "RRRRR", "DISCONTINUED"], ["REDUCED", "AAAAAAA", "REDUCED"], ["REDUCED", "AAR", "NORMAL"],
    ["DISCONTINUED", "AAAAARRR", "DISCONTINUED"],
  ] as const)("%s goes after %s to %s", (from, letters, to) => expect(after(letters, enterLevel(from)).level).toBe(to));

  it("starts its counters anew when it is entered", () => {
    // One rejected before, one after: not two at this level.
    expect(after("RRAAAAAR")).toEqual({ level: "NORMAL", switchingScore: 0, recentVerdicts: ["REJECTED"], rejectedLots: 1 });
    expect(after("AR", enterLevel("REDUCED"))).toEqual(enterLevel("NORMAL"));
    expect(after("RRRR", after("RR"))).toMatchObject({ level: "TIGHTENED", rejectedLots: 4 });
  });

  it("earns reduced inspection by score, at NORMAL alone, and only a lead approves it", () => {
    expect(hasEarnedReduced(after("AAAAAAAAA"))).toBe(false);
    expect(hasEarnedReduced(after("AAAAAAAAAA"))).toBe(true);
    expect(after("AAAAAAAAAA").level).toBe("NORMAL");
    expect(hasEarnedReduced({ ...after("AAAAAAAAAA"), level: "TIGHTENED" })).toBe(false);
    const byHand = INSPECTION_MACHINE.arrows.filter(({ who }) => who.includes("QA_LEAD"));
    expect(byHand.map(({ from, verb, to }) => [...from, verb, to])).toEqual([
      ["NORMAL", "approveReduced", "REDUCED"], ["REDUCED", "revokeReduced", "NORMAL"], ["DISCONTINUED", "resumeInspection", "TIGHTENED"],
    ]);
  });

  it("scores 3 for a lot that passes a step tighter, 2 where nothing or one may be defective, and starts over else", () => {
    const scores = (...lots: InspectedLot[]) => {
      let state = enterLevel("NORMAL");
      return lots.map((each) => (state = afterLot(state, each)).switchingScore);
    };
    const strict = lot("A", { ac: 1, passesOneStepTighter: false });
    expect(scores(lot("A"), strict, lot("A", { ac: 0 }), lot("A", { ac: 2 }))).toEqual([3, 5, 7, 10]);
    expect(scores(lot("A"), lot("A", { passesOneStepTighter: false }), lot("A"))).toEqual([3, 0, 3]);
    expect(scores(lot("A"), lot("R", { ac: 1 }), lot("A"))).toEqual([3, 0, 3]);
    expect(scores(lot("A"), lot("R", { passesOneStepTighter: true }))).toEqual([3, 0]);
    expect(after("AAA", enterLevel("TIGHTENED")).switchingScore).toBe(0);
  });

  it("moves by its machine's arrows alone, and keeps no more than five verdicts", () => {
    const letters = fc.string({ unit: fc.constantFrom("A", "A", "A", "R"), maxLength: 60 });
    fc.assert(fc.property(letters, fc.constantFrom(...INSPECTION_LEVELS), (verdicts, from) => {
      let state = enterLevel(from);
      for (const letter of verdicts) {
        const next = afterLot(state, lot(letter));
        const arrows = INSPECTION_MACHINE.arrows.filter((arrow) => arrow.who.includes("SYS") && arrow.from.includes(state.level));
        if (next.level !== state.level) {
          expect(arrows.map(({ to }) => to)).toContain(next.level);
          expect(next).toEqual(enterLevel(next.level));
        }
        expect(next.recentVerdicts.length).toBeLessThanOrEqual(5);
        state = next;
      }
    }));
  });
});

const folder = process.env.ASSAY_REFERENCE_DATA;
const why = folder && existsSync(folder) ? "" : " (skipped: ASSAY_REFERENCE_DATA is not set to a folder)";

describe.skipIf(why !== "")(`published switching${why}`, () => {
  const published = (name: string) =>
    JSON.parse(readFileSync(join(folder ?? "", "textbook_cases.json"), "utf8")).find((each: { name: string }) => each.name === name);

  it("goes lot by lot as the rules say", () => {
    const { input, expected } = published("switching_rules_P");
    for (const [index, letters] of input.lots.entries()) {
      let state = enterLevel("NORMAL");
      const levels = [...letters].map((letter) => {
        const { level } = state;
        state = afterLot(state, lot(letter));
        return level.toLowerCase();
      });
      expect(levels).toEqual(expected.states[index].state_per_lot);
      expect(state.level.toLowerCase()).toBe(expected.states[index].state_after);
    }
  });

  it("scores lot by lot, and allows reduced inspection from the lot after 30 is reached", () => {
    const { input, expected, expected_full_precision: full } = published("switching_score_P");
    let state = enterLevel("NORMAL");
    const isEarned: boolean[] = [];
    const lots: [number, boolean, boolean][] = input.lots_ac_accepted_acceptedOneStepTighter;
    const scores = lots.map(([ac, isAccepted, passesOneStepTighter]) => {
      isEarned.push(hasEarnedReduced(state));
      state = afterLot(state, { verdict: isAccepted ? "ACCEPTED" : "REJECTED", ac, passesOneStepTighter });
      return state.switchingScore;
    });
    expect(scores).toEqual(expected.score);
    expect([...isEarned, hasEarnedReduced(state)].indexOf(true) + 1).toBe(full.reduced_allowed_from_lot_1based);
  });
});
