import { InvalidInput, NotFound, Refusal, type RefusalCode } from "./errors.ts";
import type { ProjectKey } from "./ids.ts";

/** Items that one call of a bulk verb takes at most. */
export const MAX_ITEMS = 500;

/** What a bulk verb is to act on: rows named one by one, or all that pass a filter. `path` is the input's field that says so. */
export type Targets<Filter> = { path: readonly string[] } & ({ keys: readonly ProjectKey[] } | { filter: Filter });

/** The one row that a single verb acts on, as a bulk verb's target. */
export function only(key: ProjectKey, field: string): { path: readonly string[]; keys: readonly ProjectKey[] } {
  return { path: [field], keys: [key] };
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

const nameOf = ({ projectId, id }: ProjectKey) => `${projectId}:${id}`;

/**
 * Lets the rules decide on each row by itself: what `decide` refuses by throwing stops no other. `rows` are those of the keys that the viewer
 * sees, in any order; the rest is refused as `entity` that doesn't exist. A key named twice is decided once, and answered twice.
 */
export function decideEach<Row extends ProjectKey, Plan>(
  entity: string,
  { keys, path }: { keys: readonly ProjectKey[]; path: readonly string[] },
  rows: readonly Row[],
  decide: (row: Row) => Plan,
): Decided<Row, Plan> {
  const found = new Map<string, Accepted<Row, Plan> | Refusal>();
  for (const row of rows) {
    try {
      found.set(nameOf(row), { row, plan: decide(row) });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      found.set(nameOf(row), error);
    }
  }
  const results = keys.map((key) => {
    const one = found.get(nameOf(key)) ?? new NotFound(`There is no such ${entity}.`, path);
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
