import { InvalidInput } from "./errors.ts";
import { isUuid } from "./ids.ts";

/** One page of a connection: keyset after a cursor, `first` rows (1 to 100). */
export interface Page {
  first: number;
  /** Sort value as text (null when the order is by id alone) and id of the row before the page. */
  after: { value: string | null; id: string } | null;
}

export const MAX_FIRST = 100;
const DEFAULT_FIRST = 20;

/** The page that the arguments ask for; refuses a `first` out of range and a cursor that no page gave. */
export function readPage(args: { first?: number | null; after?: string | null }): Page {
  const first = args.first ?? DEFAULT_FIRST;
  if (first < 0 || first > MAX_FIRST) throw new InvalidInput(`first: ${first} is out of range; ask for 0 to ${MAX_FIRST} and page with after.`, ["first"]);
  return { first, after: args.after == null ? null : readCursor(args.after) };
}

/** The opaque cursor of a row. */
export function encodeCursor(value: string | null, id: string): string {
  return Buffer.from(JSON.stringify([value, id])).toString("base64url");
}

function readCursor(cursor: string): { value: string | null; id: string } {
  try {
    const [value, id] = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")) as [unknown, unknown];
    if ((value === null || typeof value === "string") && typeof id === "string" && isUuid(id)) return { value, id };
  } catch {
    // Falls through to the refusal.
  }
  throw new InvalidInput(`after: "${cursor}" is not a cursor of this list; take it from pageInfo.endCursor.`, ["after"]);
}
