import { InvalidInput, NotFound, Refusal, type RefusalCode, VersionConflict } from "./errors.ts";
import { keyText, type ProjectKey } from "./ids.ts";

/** Items that one call of a bulk verb takes at most. */
export const MAX_ITEMS = 500;

/** Rows named one by one. `path` is the input's field that names them, `read` the one that says which version of each was read: null says nothing. */
export interface Asked {
  path: readonly string[];
  keys: readonly ProjectKey[];
  read: { field: string; versions: readonly (number | null | undefined)[] } | null;
}

/** What a bulk verb is to act on: rows named one by one, or all that pass a filter. */
export type Targets<Filter> = Asked | { path: readonly string[]; filter: Filter };

/** The one row that a single verb acts on, as a bulk verb's target. */
export function only(key: ProjectKey, field: string, expectedVersion?: number | null): Asked {
  return { path: [field], keys: [key], read: { field: "expectedVersion", versions: [expectedVersion] } };
}

/** Refuses to act on more rows than one call takes, saying how to take fewer; of those that pass a filter, one too many is enough. */
export function checkMost(count: number, path: readonly string[]): void {
  if (count <= MAX_ITEMS) return;
  const remedy = path[0] === "filter" ? "narrow the filter, such as by queue or time" : "name fewer, and call again for the rest";
  throw new InvalidInput(`${path.join(".")}: a call acts on at most ${MAX_ITEMS}, and these are more; ${remedy}.`, path);
}

/** What became of a row, or would have without `isDryRun`. */
export type BulkOutcome = "DONE" | "WOULD_DO" | "REFUSED";

/** A bulk verb's answer for one row: plain, since it is kept for the same call again. */
export interface BulkItem extends ProjectKey {
  outcome: BulkOutcome;
  refusal: { code: RefusalCode; message: string; path: string[] } | null;
}

/** A row that the rules let pass, with what they made of it. */
export interface Accepted<Row, Plan> {
  row: Row;
  plan: Plan;
}

/** What the rules say of each row: null, or why not. In the order in which the rows were asked for. */
export interface Decided<Row, Plan> {
  results: readonly { key: ProjectKey; refusal: Refusal | null }[];
  accepted: readonly Accepted<Row, Plan>[];
}

/** A row that is decided on. One without a version is refused to whoever has read one. */
type Versioned = ProjectKey & { version?: number };

// The rows that somebody has read in another version, by name; also where another place names the same row by the right one.
function staleOf(rows: readonly Versioned[], { keys, read }: Asked): Map<string, Refusal> {
  const stale = new Map<string, Refusal>();
  if (!read) return stale;
  const present = new Map(rows.map((row) => [keyText(row), row]));
  keys.forEach((key, place) => {
    const [name, expected] = [keyText(key), read.versions[place]];
    const row = present.get(name);
    if (row && expected != null && expected !== row.version) stale.set(name, new VersionConflict(expected, row.version!, read.field));
  });
  return stale;
}

/**
 * Lets the rules decide on each row by itself: what `decide` refuses by throwing stops no other. `rows` are those of the keys that the viewer
 * sees, in any order; the rest is refused as `entity` that doesn't exist, and what has moved on from the version that was read as a conflict.
 * A key named twice is decided once, and answered twice.
 */
export function decideEach<Row extends Versioned, Plan>(
  entity: string,
  asked: Asked,
  rows: readonly Row[],
  decide: (row: Row) => Plan,
): Decided<Row, Plan> {
  const { keys, path } = asked;
  const found = new Map<string, Accepted<Row, Plan> | Refusal>(staleOf(rows, asked));
  for (const row of rows) {
    if (found.has(keyText(row))) continue;
    try {
      found.set(keyText(row), { row, plan: decide(row) });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      found.set(keyText(row), error);
    }
  }
  const results = keys.map((key) => {
    const one = found.get(keyText(key)) ?? new NotFound(`There is no such ${entity}.`, path);
    return { key, refusal: one instanceof Refusal ? one : null };
  });
  return { results, accepted: [...found.values()].filter((one): one is Accepted<Row, Plan> => !(one instanceof Refusal)) };
}

/** The answer per row. */
export function itemsOf({ results }: Pick<Decided<unknown, unknown>, "results">, isDryRun: boolean): BulkItem[] {
  return results.map(({ key: { projectId, id }, refusal }) => {
    if (!refusal) return { projectId, id, outcome: isDryRun ? "WOULD_DO" : "DONE", refusal: null };
    const { code, message, path } = refusal;
    return { projectId, id, outcome: "REFUSED", refusal: { code, message, path: [...path] } };
  });
}

/** The answer of the single verb, which is the bulk verb of one row: its refusal, if it was refused. */
export function throwRefusal({ results }: Pick<Decided<unknown, unknown>, "results">): void {
  const refused = results.find(({ refusal }) => refusal);
  if (refused) throw refused.refusal!;
}
