import { SLACK } from "./arithmetic.ts";

/** Patterns that a process in control hardly shows (Western Electric 1956); the last three count points on the same side. */
export const RUN_RULES = ["BEYOND_3_SIGMA", "TWO_OF_THREE_2_SIGMA", "FOUR_OF_FIVE_1_SIGMA", "EIGHT_ONE_SIDE"] as const;
export type RunRule = (typeof RUN_RULES)[number];

type Pattern = { beyond: number; count: number; of: number };

const PATTERNS: Record<RunRule, Pattern> = {
  BEYOND_3_SIGMA: { beyond: 3, count: 1, of: 1 },
  TWO_OF_THREE_2_SIGMA: { beyond: 2, count: 2, of: 3 },
  FOUR_OF_FIVE_1_SIGMA: { beyond: 1, count: 4, of: 5 },
  EIGHT_ONE_SIDE: { beyond: 0, count: 8, of: 8 },
};

/** A value in time order and the standard deviation that it is judged by; null where there is none. */
export type JudgedPoint = { value: number | null; sigma: number | null };

/**
 * The rules that each point completes, in the order of the points: a point signals only if it lies in the zone itself. Points without a
 * value are passed over, as if their neighbours followed each other; one on the centre line is on neither side.
 */
export function runSignals(points: readonly JudgedPoint[], center: number | null, rules: readonly RunRule[] = RUN_RULES): RunRule[][] {
  const seen: { off: number; sigma: number }[] = [];
  return points.map(({ value, sigma }) => {
    if (value === null || sigma === null || center === null) return [];
    seen.push({ off: value - center, sigma });
    return rules.filter((rule) => completes(seen, PATTERNS[rule]));
  });
}

function completes(seen: readonly { off: number; sigma: number }[], { beyond, count, of }: Pattern): boolean {
  const side = Math.sign(seen.at(-1)!.off);
  const isIn = ({ off, sigma }: { off: number; sigma: number }) => side * off > beyond * sigma + SLACK;
  return isIn(seen.at(-1)!) && seen.slice(-of).filter(isIn).length >= count;
}
