import { type Count, readCount } from "./counts.ts";

/** How many ratings an item got in each category, in the order of the scheme; `times` items (one by default) were rated alike. */
export type RatedItem = { counts: readonly Count[]; times?: Count };

/** Items rated alike: `ratings` each, of which the share `agreement` of pairs agrees (null with a single rating). */
export type RatingPattern = { counts: readonly number[]; times: number; ratings: number; agreement: number | null };

/** The rated items of a category scheme, patterns in key order. */
export type RatingTable = { categories: number; patterns: readonly RatingPattern[] };

/**
 * The items to reckon agreement from: equal ones are put together, so that a hundred thousand cost as many as there are patterns, and the
 * order in which they come makes no difference to the last bit. Items without a rating are nothing. `categories` is the size of the scheme
 * (at least 2), seen or not.
 */
export function tableOfRatings(categories: number, items: Iterable<RatedItem>): RatingTable {
  if (!(Number.isSafeInteger(categories) && categories >= 2)) throw new RangeError(`not a scheme of two categories or more: ${categories}`);
  const patterns = new Map<string, RatingPattern>();
  for (const { counts: given, times = 1 } of items) {
    if (given.length > categories) throw new RangeError(`${given.length} categories in a scheme of ${categories}`);
    const counts = Array.from({ length: categories }, (_, k) => readCount(given[k] ?? 0, "ratings"));
    const many = readCount(times, "times");
    const ratings = counts.reduce((sum, count) => sum + count, 0);
    if (ratings === 0 || many === 0) continue;
    const key = counts.join(" ");
    const known = patterns.get(key);
    if (known) known.times += many;
    else patterns.set(key, { counts, times: many, ratings, agreement: agreementOf(counts, ratings) });
  }
  const sorted = [...patterns].sort(([a], [b]) => (a < b ? -1 : 1));
  return { categories, patterns: sorted.map(([, pattern]) => pattern) };
}

function agreementOf(counts: readonly number[], ratings: number): number | null {
  if (ratings < 2) return null;
  return counts.reduce((sum, count) => sum + count * (count - 1), 0) / (ratings * (ratings - 1));
}

/** How many items these patterns stand for. */
export function itemsIn(patterns: readonly RatingPattern[]): number {
  return patterns.reduce((sum, { times }) => sum + times, 0);
}

/** The patterns of items that at least two rated: only these can agree. */
export function comparable({ patterns }: RatingTable): (RatingPattern & { agreement: number })[] {
  return patterns.filter((pattern): pattern is RatingPattern & { agreement: number } => pattern.agreement !== null);
}

/** The mean over all rated items of the share that each category got; null without a rating. Items weigh alike, however often rated. */
export function prevalence({ categories, patterns }: RatingTable): number[] | null {
  const items = itemsIn(patterns);
  if (items === 0) return null;
  const shares = new Array<number>(categories).fill(0);
  for (const { counts, times, ratings } of patterns) counts.forEach((count, k) => (shares[k]! += (times * count) / ratings));
  return shares.map((share) => share / items);
}
