import { jackknifeInterval, type LeftOut } from "./jackknife.ts";
import type { Limits } from "./proportions.ts";
import { comparable, itemsIn, prevalence, type RatingPattern, type RatingTable } from "./ratings.ts";

/** NO_DATA: no item was rated twice. NO_VARIATION: agreement by chance would be certain, as where only one category was used. */
export type AgreementReason = "NO_DATA" | "NO_VARIATION";

/** A coefficient over `items` items, with its 95 % jackknife interval over them; either null, or without a reason. */
export type Coefficient = { value: number | null; interval: Limits | null; reason: AgreementReason | null; items: number };

/** A coefficient that takes off the agreement `expected` by chance from the `observed` one: (observed - expected) / (1 - expected). */
export type ChanceCorrected = Coefficient & { observed: number | null; expected: number | null };

const NO_DATA = { value: null, interval: null, reason: "NO_DATA", items: 0, observed: null, expected: null } as const;

type Comparable = RatingPattern & { agreement: number };

function agreementSum(patterns: readonly Comparable[]): number {
  return patterns.reduce((sum, { agreement, times }) => sum + agreement * times, 0);
}

/** The mean over items of the share of their pairs of ratings that agree; says nothing of how much of that is chance. In 0..1. */
export function percentAgreement(table: RatingTable): Coefficient {
  const patterns = comparable(table);
  const items = itemsIn(patterns);
  if (items === 0) return NO_DATA;
  const sum = agreementSum(patterns);
  const leftOut = patterns.map(({ agreement, times }) => ({ value: items > 1 ? (sum - agreement) / (items - 1) : null, times }));
  const value = sum / items;
  return { value, interval: jackknifeInterval(value, leftOut, { low: 0, high: 1 }), reason: null, items };
}

/**
 * Fleiss' kappa (Fleiss 1971) of the items that were rated by the most common number of raters (of equals, the larger), since it is
 * defined for one number alone. With two raters it is Scott's pi.
 */
export function fleissKappa(table: RatingTable): ChanceCorrected & { raters: number | null } {
  const rated = comparable(table);
  const raters = commonRaters(rated);
  if (raters === null) return { ...NO_DATA, raters };
  const patterns = rated.filter(({ ratings }) => ratings === raters);
  const items = itemsIn(patterns);
  const sum = agreementSum(patterns);
  const inCategory = new Array<number>(table.categories).fill(0);
  for (const { counts, times } of patterns) counts.forEach((count, k) => (inCategory[k]! += count * times));
  const kappaOf = (of: number, observed: number, totals: readonly number[]) => {
    const ratings = of * raters;
    const alike = totals.reduce((squares, total) => squares + total * total, 0);
    return corrected(observed, alike / (ratings * ratings));
  };
  const leftOut = patterns.map(({ agreement, counts, times }) => ({
    value: items > 1 ? kappaOf(items - 1, (sum - agreement) / (items - 1), inCategory.map((total, k) => total - counts[k]!)).value : null,
    times,
  }));
  return { ...withInterval(kappaOf(items, sum / items, inCategory), leftOut, items), raters };
}

/**
 * Gwet's AC1 (Gwet 2008): chance agreement from the prevalence over all rated items, also those with one rating, and from the size of the
 * scheme. It stays sensible where nearly everything falls into one category, where kappa collapses.
 */
export function gwetAc1(table: RatingTable): ChanceCorrected {
  const patterns = comparable(table);
  const [pairs, items] = [itemsIn(patterns), itemsIn(table.patterns)];
  const shares = prevalence(table);
  if (pairs === 0 || shares === null) return { ...NO_DATA, items };
  const sum = agreementSum(patterns);
  const ac1Of = (observed: number, of: readonly number[]) =>
    corrected(observed, of.reduce((chance, share) => chance + share * (1 - share), 0) / (table.categories - 1));
  const leftOut = table.patterns.map(({ agreement, counts, ratings, times }) => {
    const left = pairs - (agreement === null ? 0 : 1);
    const others = shares.map((share, k) => (share * items - counts[k]! / ratings) / (items - 1));
    return { value: left > 0 ? ac1Of((sum - (agreement ?? 0)) / left, others).value : null, times };
  });
  return withInterval(ac1Of(sum / pairs, shares), leftOut, items);
}

type Corrected = Pick<ChanceCorrected, "value" | "observed" | "expected">;

/** Agreement beyond chance, (observed - expected) / (1 - expected); null where chance alone would always agree. */
export function corrected(observed: number, expected: number): Corrected {
  return { value: expected === 1 ? null : (observed - expected) / (1 - expected), observed, expected };
}

/** The coefficient with the jackknife interval that goes with it; where chance alone would always agree, with that as its reason. */
export function withInterval(found: Corrected, leftOut: readonly LeftOut[], items: number): ChanceCorrected {
  if (found.value === null) return { ...found, interval: null, reason: "NO_VARIATION", items };
  return { ...found, interval: jackknifeInterval(found.value, leftOut), reason: null, items };
}

function commonRaters(patterns: readonly Comparable[]): number | null {
  const itemsOf = new Map<number, number>();
  for (const { ratings, times } of patterns) itemsOf.set(ratings, (itemsOf.get(ratings) ?? 0) + times);
  const [most] = [...itemsOf].sort(([a, ofA], [b, ofB]) => ofB - ofA || b - a);
  return most?.[0] ?? null;
}
