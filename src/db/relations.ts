import { and, getTableColumns, sql } from "drizzle-orm";
import { array } from "./arrays.ts";
import { type Columns, type Entity, isOwned, type Selection } from "./entities.ts";
import type { Db } from "./lease.ts";

type Row = Record<string, unknown>;

/** Rows that have been pointed to, by relation and key; null where absent or hidden. For one snapshot of one identity. */
export type Known = Map<string, Map<string, Row | null>>;

/** Past so many, a relation's rows are forgotten and read again when they are pointed to again. */
const MOST_KEPT = 10_000;

async function rowsBy(db: Db, other: Entity, target: string, rows: readonly Row[], column: string): Promise<Row[]> {
  const columns = getTableColumns(other.table) as Columns;
  const distinct = (name: string) => [...new Set(rows.map((row) => row[name] as string))];
  const projects = isOwned(other) ? sql`${columns.projectId!} = any (${array(distinct("projectId"), "uuid")})` : undefined;
  const isOne = sql`${columns[target]!} = any (${array(distinct(column), target === "id" ? "uuid" : "text")})`;
  return db.select().from(other.table).where(and(projects, isOne, sql`true /* related${sql.raw(other.name)} */`)) as Promise<Row[]>;
}

/**
 * Puts the selected to-one relations into rows that were read without them: one statement a relation and call at most, none where all that
 * is pointed to is known. What stands in a row afterwards is what a join would have put there.
 */
export async function attachRelations(db: Db, entity: Entity, selection: Selection, rows: readonly Row[], known: Known, place = ""): Promise<void> {
  for (const [relation, deeper] of Object.entries(selection)) {
    const { column, target = "id", ...one } = entity.one[relation]!;
    const other = one.entity();
    const keyOf = (row: Row, id: unknown) => (isOwned(other) ? `${row.projectId as string}:${id as string}` : (id as string));
    const here = `${place}.${relation}`;
    const kept = known.get(here) ?? new Map<string, Row | null>();
    if (kept.size > MOST_KEPT) kept.clear();
    known.set(here, kept);
    const unknown = rows.filter((row) => row[column] != null && !kept.has(keyOf(row, row[column])));
    if (unknown.length > 0) {
      const found = await rowsBy(db, other, target, unknown, column);
      await attachRelations(db, other, deeper, found, known, here);
      for (const row of unknown) kept.set(keyOf(row, row[column]), null);
      for (const row of found) kept.set(keyOf(row, row[target]), row);
    }
    for (const row of rows) row[relation] = row[column] == null ? null : kept.get(keyOf(row, row[column]))!;
  }
}
