import type { InspectionLevel } from "./switching.ts";

/** The preferred acceptable quality levels as rates; above 0.1 they count defects, of which a unit may have several. */
export const PREFERRED_AQLS = [
  0.0001, 0.00015, 0.00025, 0.0004, 0.00065, 0.001, 0.0015, 0.0025, 0.004, 0.0065, 0.01, 0.015, 0.025, 0.04, 0.065, 0.1, 0.15, 0.25, 0.4,
  0.65, 1, 1.5, 2.5, 4, 6.5, 10,
] as const;

/** How much is inspected of a lot of given size: special levels S1 to S4 little, general levels I to III more; II is the usual one. */
export const TABLE_LEVELS = ["S1", "S2", "S3", "S4", "I", "II", "III"] as const;
export type TableLevel = (typeof TABLE_LEVELS)[number];

export const CODE_LETTERS = "ABCDEFGHJKLMNPQR";
const SAMPLE_SIZES = [2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250, 2000];

// Table I: a column of letters a level, by the largest lot of each row; the last row is open.
const LOT_SIZES = [8, 15, 25, 50, 90, 150, 280, 500, 1_200, 3_200, 10_000, 35_000, 150_000, 500_000];
const TABLE_I: Readonly<Record<TableLevel, string>> = {
  S1: "AAAABBBBCCCCDDD", S2: "AAABBBCCCDDDEEE", S3: "AABBCCDDEEFFGGH", S4: "AABCCDEEFGGHJJK",
  I: "AABCCDEFGHJKLMN", II: "ABCDEFGHJKLMNPQ", III: "BCDEFGHJKLMNPQR",
};

type Severity = "NORMAL" | "TIGHTENED";
type Cell = number | "UP" | "DOWN";

// Tables II-A and II-B: each row is the same run of acceptance numbers, one AQL further left than the row above, with arrows down to the
// left of it and up to the right; the five smallest sample sizes alone go on to two further numbers.
const TABLE_II: Readonly<Record<Severity, { zeroOfA: number; run: readonly Cell[] }>> = {
  NORMAL: { zeroOfA: 14, run: [0, "UP", "DOWN", 1, 2, 3, 5, 7, 10, 14, 21, 30, 44] },
  TIGHTENED: { zeroOfA: 15, run: [0, "DOWN", "DOWN", 1, 2, 3, 5, 8, 12, 18, 27, 41] },
};

export type TableTerms = { lotSize: number; tableLevel: TableLevel; aql: number };

/** A plan of the tables: reject at `re` = `ac` + 1 defectives. Of a lot no larger than the sample all is inspected. */
export type TablePlan = { codeLetter: string; planLetter: string; n: number; ac: number; re: number; isFullInspection: boolean };

/** The next preferred AQL below a rate; null below the lowest. */
export function nextLowerAql(rate: number): number | null {
  return PREFERRED_AQLS.findLast((aql) => aql < rate * (1 - 1e-9)) ?? null;
}

/** The code letter of a lot (MIL-STD-105E, table I). */
export function codeLetterOf(lotSize: number, level: TableLevel): string {
  if (!(Number.isSafeInteger(lotSize) && lotSize >= 1)) throw new RangeError(`not a lot size: ${lotSize}`);
  const row = LOT_SIZES.findIndex((largest) => lotSize <= largest);
  return TABLE_I[level].at(row)!;
}

/** What a master table says in a cell: an acceptance number, or to go to the next larger (DOWN) or smaller sample size. */
export function masterTableCell(severity: Severity, codeLetter: string, aql: number): Cell {
  const row = CODE_LETTERS.indexOf(codeLetter);
  const column = PREFERRED_AQLS.findIndex((preferred) => Math.abs(preferred - aql) <= 1e-9 * aql);
  if (column === -1) throw new RangeError(`${aql} is not a preferred AQL`);
  const { zeroOfA, run } = TABLE_II[severity];
  const at = column - (zeroOfA - row);
  const length = row <= CODE_LETTERS.indexOf("E") ? run.length : run.length - 2;
  return at < 0 ? "DOWN" : at < length ? run[at]! : "UP";
}

/**
 * The single sampling plan of MIL-STD-105E (1989, in the public domain) for a lot: an arrow leads to the first number that it meets, whose
 * sample size holds. Throws a RangeError for REDUCED, whose tables aren't here, and for an AQL that is not a preferred one.
 */
export function tablePlan({ lotSize, tableLevel, aql }: TableTerms, level: InspectionLevel): TablePlan {
  if (level !== "NORMAL" && level !== "TIGHTENED") throw new RangeError(`no table for ${level} inspection, only for NORMAL and TIGHTENED`);
  const codeLetter = codeLetterOf(lotSize, tableLevel);
  const { planLetter, ac } = followArrows(level, codeLetter, aql);
  const size = SAMPLE_SIZES[CODE_LETTERS.indexOf(planLetter)]!;
  return { codeLetter, planLetter, n: Math.min(size, lotSize), ac, re: ac + 1, isFullInspection: size >= lotSize };
}

/** What a plan's sample would be allowed at the next lower preferred AQL (for the switching score, which asks where `ac` is 2 or more). */
export function tableAcOneStepTighter({ planLetter, ac }: TablePlan, aql: number, level: Severity): number {
  const lower = nextLowerAql(aql);
  const cell = lower === null ? null : masterTableCell(level, planLetter, lower);
  return typeof cell === "number" ? cell : Math.max(0, ac - 1);
}

// An arrow that would leave the table (in its corners) turns round.
function followArrows(severity: Severity, codeLetter: string, aql: number): { planLetter: string; ac: number } {
  const row = CODE_LETTERS.indexOf(codeLetter);
  const below = [...CODE_LETTERS.slice(row)];
  const above = [...CODE_LETTERS.slice(0, row + 1)].reverse();
  const path = masterTableCell(severity, codeLetter, aql) === "UP" ? [...above, ...below] : [...below, ...above];
  for (const planLetter of path) {
    const cell = masterTableCell(severity, planLetter, aql);
    if (typeof cell === "number") return { planLetter, ac: cell };
  }
  throw new RangeError(`the table has no plan at AQL ${aql}`);
}
