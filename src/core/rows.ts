import { InvalidInput } from "./errors.ts";

/** What a row that was computed, not stored, is sorted by; null comes last, whichever the direction. */
export type SortValue = string | number | null;

/** A row with its sort values, which tell it from every other. */
export interface SortedRow<Row> {
  row: Row;
  key: readonly SortValue[];
}

/** One page of rows, and whether more follow. */
export interface RowPage<Row> {
  rows: Row[];
  hasNextPage: boolean;
  startCursor: string | null;
  endCursor: string | null;
}

function compareValues(one: SortValue, other: SortValue, isDescending: boolean): number {
  if (one === other) return 0;
  if (one === null || other === null) return one === null ? 1 : -1;
  return one < other === isDescending ? 1 : -1;
}

/** What rows are sorted by, in words: cursors of one order are refused in another. `isDescending` is of the sort values in their order. */
export interface RowOrder {
  name: string;
  isDescending: readonly boolean[];
}

/**
 * One page of computed rows, ascending where the order says nothing. A cursor holds the order and the sort values of the row before the page,
 * so it stays good when rows come or go.
 */
export function pageRows<Row>(
  rows: readonly SortedRow<Row>[],
  { name, isDescending }: RowOrder,
  first: number,
  after: string | null,
): RowPage<Row> {
  const compare = (one: readonly SortValue[], other: readonly SortValue[]): number => {
    for (let i = 0; i < one.length; i += 1) {
      const difference = compareValues(one[i]!, other[i]!, isDescending[i] ?? false);
      if (difference !== 0) return difference;
    }
    return 0;
  };
  const sorted = [...rows].sort((one, other) => compare(one.key, other.key));
  const place = after === null ? null : readRowCursor(after, name);
  if (place && rows[0] && rows[0].key.length !== place.length) refuseCursor(after!);
  const rest = place ? sorted.filter(({ key }) => compare(key, place) > 0) : sorted;
  const page = rest.slice(0, first);
  const cursorOf = (each: SortedRow<Row> | undefined) => (each ? Buffer.from(JSON.stringify([name, ...each.key])).toString("base64url") : null);
  const hasNextPage = rest.length > page.length;
  return { rows: page.map(({ row }) => row), hasNextPage, startCursor: cursorOf(page[0]), endCursor: cursorOf(page.at(-1)) };
}

function readRowCursor(cursor: string, name: string): SortValue[] {
  try {
    const [order, ...key] = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")) as unknown[];
    if (order === name && key.every((each) => each === null || ["string", "number"].includes(typeof each))) return key as SortValue[];
  } catch {
    // Falls through to the refusal.
  }
  return refuseCursor(cursor);
}

function refuseCursor(cursor: string): never {
  throw new InvalidInput(`after: "${cursor}" is not a cursor of these rows in this order; take it from pageInfo.endCursor.`, ["after"]);
}
