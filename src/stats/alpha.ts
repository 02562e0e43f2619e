import { type AgreementReason, type Coefficient } from "./agreement.ts";
import { jackknifeInterval } from "./jackknife.ts";
import { comparable, itemsIn, type RatingPattern, type RatingTable } from "./ratings.ts";

/** How far two categories are apart: NOMINAL the same or not, ORDINAL by the ratings that lie between, INTERVAL by their values. */
export const ALPHA_LEVELS = ["NOMINAL", "ORDINAL", "INTERVAL"] as const;
export type AlphaLevel = (typeof ALPHA_LEVELS)[number];

export type AlphaScale = { level: "NOMINAL" | "ORDINAL" } | { level: "INTERVAL"; values: readonly number[] };

// Of the categories that were used, flat: how often two ratings of an item met in (c, k), and how often each category was given.
type Coincidences = { pairs: Float64Array; totals: Float64Array };

/**
 * Krippendorff's alpha, 1 - Do/De from the matrix of coincidences (Krippendorff 2011): any number of raters, ratings may be missing, items
 * with one rating are left out. Ordinal distances are those of mid-ranks, which depend on the items left in.
 */
export function krippendorffAlpha(table: RatingTable, scale: AlphaScale): Coefficient {
  const rated = comparable(table);
  const items = itemsIn(rated);
  const none = (reason: AgreementReason): Coefficient => ({ value: null, interval: null, reason, items });
  if (items === 0) return none("NO_DATA");
  const used = Array.from({ length: table.categories }, (_, k) => k).filter((k) => rated.some(({ counts }) => counts[k]! > 0));
  const values = scale.level === "INTERVAL" ? used.map((k) => readValue(scale.values[k])) : null;
  const patterns = rated.map((pattern) => ({ ...pattern, counts: used.map((k) => pattern.counts[k]!) }));
  const coincidences = { pairs: new Float64Array(used.length ** 2), totals: new Float64Array(used.length) };
  for (const pattern of patterns) add(coincidences, pattern, pattern.times);
  const alpha = () => alphaOf(coincidences, scale.level === "NOMINAL" ? null : values ?? midRanks(coincidences.totals));
  const value = alpha();
  if (value === null) return none("NO_VARIATION");
  const leftOut = patterns.map((pattern) => {
    const kept = { pairs: coincidences.pairs.slice(), totals: coincidences.totals.slice() };
    add(coincidences, pattern, -1);
    const without = items > 1 ? alpha() : null;
    coincidences.pairs.set(kept.pairs);
    coincidences.totals.set(kept.totals);
    return { value: without, times: pattern.times };
  });
  return { value, interval: jackknifeInterval(value, leftOut), reason: null, items };
}

function readValue(value: number | undefined): number {
  if (value === undefined || !Number.isFinite(value)) throw new RangeError(`a category that was used has no value: ${value}`);
  return value;
}

function add({ pairs, totals }: Coincidences, { counts, ratings }: Pick<RatingPattern, "counts" | "ratings">, times: number): void {
  const size = totals.length;
  for (let c = 0; c < size; c += 1) {
    const count = counts[c]!;
    if (count === 0) continue;
    totals[c]! += times * count;
    for (let k = 0; k < size; k += 1) pairs[c * size + k]! += (times * count * (counts[k]! - (c === k ? 1 : 0))) / (ratings - 1);
  }
}

// Krippendorff's ordinal distance, the ratings from c to k less half of those in c and k, is the difference of these.
function midRanks(totals: Float64Array): number[] {
  let before = 0;
  return Array.from(totals, (total) => (before += total) - total / 2);
}

function alphaOf({ pairs, totals }: Coincidences, values: readonly number[] | null): number | null {
  const size = totals.length;
  const n = totals.reduce((sum, total) => sum + total, 0);
  let [observed, expected] = [0, 0];
  for (let c = 0; c < size; c += 1) {
    for (let k = 0; k < c; k += 1) {
      const distance = values ? (values[c]! - values[k]!) ** 2 : 1;
      observed += pairs[c * size + k]! * distance;
      expected += totals[c]! * totals[k]! * distance;
    }
  }
  return expected === 0 ? null : 1 - ((n - 1) * observed) / expected;
}
