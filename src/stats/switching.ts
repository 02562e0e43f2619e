import type { Arrow, Machine } from "../core/machine.ts";

/** How strictly lots of a stream are inspected now; while DISCONTINUED they are not inspected at all. */
export const INSPECTION_LEVELS = ["NORMAL", "TIGHTENED", "REDUCED", "DISCONTINUED"] as const;
export type InspectionLevel = (typeof INSPECTION_LEVELS)[number];

export type InspectionVerb =
  | "tightenInspection" | "restoreNormal" | "discontinueInspection" | "approveReduced" | "revokeReduced" | "resumeInspection";

/** The levels of a stream of lots (ISO 2859-1 clause 9, MIL-STD-105E 4.7 and 4.8); a lot's verdict moves it by itself, the lead by hand. */
export const INSPECTION_MACHINE: Machine<InspectionLevel, InspectionVerb, "QA_LEAD" | "SYS"> = {
  entity: "inspection stream",
  arrows: [
    { from: ["NORMAL"], verb: "tightenInspection", to: "TIGHTENED", who: ["SYS"] },
    { from: ["TIGHTENED", "REDUCED"], verb: "restoreNormal", to: "NORMAL", who: ["SYS"] },
    { from: ["TIGHTENED"], verb: "discontinueInspection", to: "DISCONTINUED", who: ["SYS"] },
    { from: ["NORMAL"], verb: "approveReduced", to: "REDUCED", who: ["QA_LEAD"] },
    { from: ["REDUCED"], verb: "revokeReduced", to: "NORMAL", who: ["QA_LEAD"] },
    { from: ["DISCONTINUED"], verb: "resumeInspection", to: "TIGHTENED", who: ["QA_LEAD"] },
  ],
};

export type LotVerdict = "ACCEPTED" | "REJECTED";

/** Where a stream stands. Everything but the level counts from the lot after the level was entered. */
export type InspectionState = {
  level: InspectionLevel;
  switchingScore: number;
  /** At most the last five, the oldest first. */
  recentVerdicts: readonly LotVerdict[];
  rejectedLots: number;
};

export type InspectedLot = {
  verdict: LotVerdict;
  /** The acceptance number that it was held to. */
  ac: number;
  /** It would also have been accepted at the next lower preferred AQL. */
  passesOneStepTighter: boolean;
};

const WINDOW = 5;
const REJECTED_TO_TIGHTEN = 2;
const REJECTED_TO_DISCONTINUE = 5;

/** The score from which a lead may approve reduced inspection. */
export const SCORE_FOR_REDUCED = 30;

/** A level as it is entered: all counters start anew. A new stream enters NORMAL. */
export function enterLevel(level: InspectionLevel): InspectionState {
  return { level, switchingScore: 0, recentVerdicts: [], rejectedLots: 0 };
}

/** True if the lots of this level have earned reduced inspection; whether it suits the supply is for the lead to say. */
export function hasEarnedReduced({ level, switchingScore }: InspectionState): boolean {
  return level === "NORMAL" && switchingScore >= SCORE_FOR_REDUCED;
}

/** Where a stream stands after an original lot inspected at its level. While it is discontinued, lots change nothing. */
export function afterLot(state: InspectionState, lot: InspectedLot): InspectionState {
  if (state.level === "DISCONTINUED") return state;
  const next = {
    level: state.level,
    switchingScore: state.level === "NORMAL" ? scoreAfter(state.switchingScore, lot) : 0,
    recentVerdicts: [...state.recentVerdicts, lot.verdict].slice(-WINDOW),
    rejectedLots: state.rejectedLots + (lot.verdict === "REJECTED" ? 1 : 0),
  };
  const verb = signalOf(next);
  return verb ? enterLevel(arrowOf(next.level, verb).to!) : next;
}

// ISO 2859-1, 9.3.3.
function scoreAfter(score: number, { verdict, ac, passesOneStepTighter }: InspectedLot): number {
  if (verdict === "REJECTED" || (ac >= 2 && !passesOneStepTighter)) return 0;
  return score + (ac >= 2 ? 3 : 2);
}

function signalOf({ level, recentVerdicts, rejectedLots }: InspectionState): InspectionVerb | null {
  const rejected = recentVerdicts.filter((verdict) => verdict === "REJECTED").length;
  if (level === "NORMAL") return rejected >= REJECTED_TO_TIGHTEN ? "tightenInspection" : null;
  if (level === "REDUCED") return rejected > 0 ? "restoreNormal" : null;
  if (rejectedLots >= REJECTED_TO_DISCONTINUE) return "discontinueInspection";
  return recentVerdicts.length === WINDOW && rejected === 0 ? "restoreNormal" : null;
}

function arrowOf(level: InspectionLevel, verb: InspectionVerb): Arrow<InspectionLevel, InspectionVerb, "QA_LEAD" | "SYS"> {
  return INSPECTION_MACHINE.arrows.find((arrow) => arrow.verb === verb && arrow.from.includes(level))!;
}
