import { type ChanceCorrected, corrected, withInterval } from "./agreement.ts";
import { sum } from "./arithmetic.ts";
import { type Count, readCount } from "./counts.ts";

/** What a disagreement counts: NOMINAL all the same, LINEAR by the steps between the categories, QUADRATIC by their square. */
export const KAPPA_WEIGHTS = ["NOMINAL", "LINEAR", "QUADRATIC"] as const;
export type KappaWeights = (typeof KAPPA_WEIGHTS)[number];

const COSTS: Record<KappaWeights, (steps: number) => number> = {
  NOMINAL: (steps) => (steps === 0 ? 0 : 1),
  LINEAR: (steps) => steps,
  QUADRATIC: (steps) => steps * steps,
};

/**
 * Cohen's kappa of two raters (Cohen 1960; weighted: Cohen 1968) from the table of what the first (rows) and the second (columns) said of
 * the same items. Rows and columns are the categories in order.
 */
export function cohenKappa(counts: readonly (readonly Count[])[], weights: KappaWeights = "NOMINAL"): ChanceCorrected {
  const table = counts.map((row) => row.map((count) => readCount(count, "items")));
  const size = table.length;
  if (table.some((row) => row.length !== size)) throw new RangeError("not a square table");
  const cost = (i: number, j: number) => COSTS[weights](Math.abs(i - j));
  const rows = table.map(sum);
  const columns = table.map((_, j) => sum(table.map((row) => row[j]!)));
  const items = sum(rows);
  if (items === 0) return { value: null, interval: null, reason: "NO_DATA", items, observed: null, expected: null };
  const ofRow = rows.map((_, i) => sum(columns.map((column, j) => column * cost(i, j))));
  const ofColumn = columns.map((_, j) => sum(rows.map((row, i) => row * cost(i, j))));
  const disagreed = sum(table.map((row, i) => sum(row.map((count, j) => count * cost(i, j)))));
  const chance = sum(rows.map((row, i) => row * ofRow[i]!));
  const most = Math.max(1, cost(0, size - 1));
  const kappaOf = (n: number, apart: number, byChance: number) => corrected(1 - apart / (n * most), 1 - byChance / (n * n * most));
  const leftOut = table.flatMap((row, i) => row.flatMap((times, j) => {
    if (times === 0) return [];
    const byChance = chance - ofRow[i]! - ofColumn[j]! + cost(i, j);
    return { value: items > 1 ? kappaOf(items - 1, disagreed - cost(i, j), byChance).value : null, times };
  }));
  return withInterval(kappaOf(items, disagreed, chance), leftOut, items);
}
