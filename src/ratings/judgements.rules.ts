import { InvalidInput } from "../core/errors.ts";
import { type AgreementReason, type Coefficient, fleissKappa, gwetAc1, percentAgreement } from "../stats/agreement.ts";
import { type AlphaLevel, krippendorffAlpha } from "../stats/alpha.ts";
import { cohenKappa, type KappaWeights } from "../stats/kappa.ts";
import type { Limits } from "../stats/proportions.ts";
import { itemsIn, prevalence, type RatingTable, tableOfRatings } from "../stats/ratings.ts";

/** A policy that could be chosen, with its place on an ordinal scale if it has one. */
export interface SchemePolicy {
  id: string;
  code: string;
  rank: number | null;
}

/** Items rated alike, as the store has them: policies with how often each was chosen. */
export interface Pattern {
  pattern: string;
  times: number;
}

/** How many items one rater put here and the other there. */
export interface Cell {
  one: string;
  other: string;
  n: number;
}

/** The chosen policies in order of the scale, with their values on it; no values where not all of them have a place of their own. */
export interface Scale {
  policies: readonly SchemePolicy[];
  values: readonly number[] | null;
}

/** Policies by rank; where one has none, by their codes as numbers if all are; else by code, without values. */
export function scaleOf(policies: readonly SchemePolicy[]): Scale {
  const byRank = policies.map(({ rank }) => rank);
  const byCode = policies.map(({ code }) => (/^-?\d+(\.\d+)?$/.test(code) ? Number(code) : null));
  const values = [byRank, byCode].find((each): each is number[] => each.every((value) => value !== null) && new Set(each).size === each.length);
  const placed = policies.map((policy, index) => ({ policy, value: values?.[index] ?? 0 }));
  placed.sort((a, b) => a.value - b.value || (a.policy.code < b.policy.code ? -1 : 1));
  return { policies: placed.map(({ policy }) => policy), values: values ? placed.map(({ value }) => value) : null };
}

/** Judgements made ready to be reckoned with: of several raters each item, and where there are just two, which of them put what where. */
export interface Judgements {
  scale: Scale;
  table: RatingTable;
  /** First rater down, second across, in the order of the scale; null where an item's raters have no order. */
  square: readonly (readonly number[])[] | null;
}

const MOST_WORK = 100_000_000;
const MOST_CATEGORIES = 10_000;

function checkCategories(categories: number | null, seen: number, least: number): number {
  if (categories === null) return Math.max(2, seen, least);
  if (categories >= Math.max(2, seen) && categories <= MOST_CATEGORIES) return categories;
  throw new InvalidInput(`categories: ${categories} must be 2 to ${MOST_CATEGORIES}, and at least the ${seen} policies that were chosen.`, ["categories"]);
}

/** What it takes to reckon so many different judgements. */
export function workOf(patterns: number, categories: number, seen: number): number {
  return patterns * Math.max(categories, seen ** 2);
}

/** Refuses more work than a moment's. */
export function checkWork(work: number): void {
  if (work <= MOST_WORK) return;
  throw new InvalidInput("range: too many different judgements for one answer; ask for a shorter range or filter more.", ["range"]);
}

const read = (pattern: string) => pattern.split(" ").map((each) => [each.slice(0, 36), Number(each.slice(37))] as const);

/** The judgements of a scheme of so many categories; if null, of those that were chosen, but at least so many. Refuses more work than a moment's. */
export function judgementsOf(
  patterns: readonly Pattern[],
  cells: readonly Cell[] | null,
  scheme: readonly SchemePolicy[],
  asked: number | null,
  least = 2,
): Judgements {
  const parsed = patterns.map(({ pattern, times }) => ({ chosen: read(pattern), times }));
  const seen = new Set(parsed.flatMap(({ chosen }) => chosen.map(([id]) => id)));
  const scale = scaleOf(scheme.filter(({ id }) => seen.has(id)));
  const categories = checkCategories(asked, seen.size, least);
  checkWork(workOf(patterns.length, categories, seen.size));
  const placeOf = new Map(scale.policies.map(({ id }, place) => [id, place]));
  const table = tableOfRatings(categories, parsed.map(({ chosen, times }) => {
    const counts = scale.policies.map(() => 0);
    for (const [id, n] of chosen) counts[placeOf.get(id)!] = n;
    return { counts, times };
  }));
  return { scale, table, square: cells && squareOf(cells, placeOf) };
}

/** How many items one put here and the other there, in the order of the scale. */
export function squareOf(cells: readonly Cell[], placeOf: ReadonlyMap<string, number>): number[][] {
  const square = Array.from(placeOf, () => Array.from(placeOf, () => 0));
  for (const { one, other, n } of cells) square[placeOf.get(one)!]![placeOf.get(other)!]! += n;
  return square;
}

/** The same judgements as answers to one question: this policy, or another. */
export function binary({ scale, table, square }: Judgements, place: number): Judgements {
  const two = (counts: readonly number[]) => [counts[place]!, counts.reduce((sum, count) => sum + count, 0) - counts[place]!];
  const rows = square?.map(two);
  const columns = (pick: (row: readonly number[], index: number) => boolean) =>
    rows!.reduce((sum, row, index) => (pick(row, index) ? sum.map((each, k) => each + row[k]!) : sum), [0, 0]);
  return {
    scale: { policies: [scale.policies[place]!], values: null },
    table: tableOfRatings(2, table.patterns.map(({ counts, times }) => ({ counts: two(counts), times }))),
    square: rows ? [columns((_, index) => index === place), columns((_, index) => index !== place)] : null,
  };
}

/** A coefficient as an answer has it; NO_ORDER where it needs the policies' order, and they have none. */
export interface AgreementValue {
  value: number | null;
  interval: Limits | null;
  items: number;
  reason: AgreementReason | "NO_ORDER" | null;
  observed?: number | null;
  expected?: number | null;
  raters?: number | null;
}

const NO_ORDER: AgreementValue = { value: null, interval: null, items: 0, reason: "NO_ORDER" };

/** The coefficients of `metrics.md` section 7. */
export const COEFFICIENTS = {
  percentAgreement: ({ table }: Judgements): Coefficient => percentAgreement(table),
  fleissKappa: ({ table }: Judgements): AgreementValue => fleissKappa(table),
  gwetAc1: ({ table }: Judgements): AgreementValue => gwetAc1(table),
};

/** Krippendorff's alpha: intervals by the policies' places on their scale. */
export function alphaOf({ scale, table }: Judgements, level: AlphaLevel): AgreementValue {
  if (level === "NOMINAL") return krippendorffAlpha(table, { level });
  if (!scale.values) return { ...NO_ORDER, items: itemsIn(table.patterns) };
  return krippendorffAlpha(table, level === "ORDINAL" ? { level } : { level, values: scale.values });
}

/** Cohen's kappa of a square: null where there is none. */
export function kappaOf(square: Judgements["square"], scale: Scale, weights: KappaWeights): AgreementValue | null {
  if (!square) return null;
  return weights !== "NOMINAL" && !scale.values ? NO_ORDER : cohenKappa(square, weights);
}

/** How many items so many rated, in order; and how many ratings and items that makes. */
export function ratersPerItem({ patterns }: RatingTable): { raters: number; items: number }[] {
  const itemsOf = new Map<number, number>();
  for (const { ratings, times } of patterns) itemsOf.set(ratings, (itemsOf.get(ratings) ?? 0) + times);
  return [...itemsOf].map(([raters, items]) => ({ raters, items })).sort((a, b) => a.raters - b.raters);
}

/** How prevalent each chosen policy is: mean share over all rated items, and how many ratings it got. */
export function prevalenceOf({ scale, table }: Judgements): { policyId: string; share: number; ratings: number }[] {
  const shares = prevalence(table);
  return scale.policies.map(({ id }, place) => ({
    policyId: id,
    share: shares![place]!,
    ratings: table.patterns.reduce((sum, { counts, times }) => sum + counts[place]! * times, 0),
  }));
}
