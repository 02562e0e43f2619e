import { and, eq, getTableColumns, type SQL, sql } from "drizzle-orm";
import { alias, type PgColumn, type PgTable } from "drizzle-orm/pg-core";
import type { Key } from "../core/ids.ts";
import { array } from "./arrays.ts";
import type { Db } from "./lease.ts";

/** What the database knows of a GraphQL object type: its table, and the to-one relations that may be joined into its row. */
export interface Entity<Row = unknown> {
  /** The GraphQL type. */
  name: string;
  table: PgTable;
  one: Readonly<Record<string, One>>;
  /** Never set; carries the row's type. */
  row?: Row;
}

/** A to-one relation: the entity joined, and its key columns on this side. */
interface One {
  entity: () => Entity;
  /** Column of this table that names the other; the project, where the other is owned by one, is this row's. */
  column: string;
  /** The column of the other that it holds; its id if absent. */
  target?: string;
}

/**
 * To-one relations to join, and theirs. Columns that it names are all that is read of a row; if it names none, or `WHOLE`, the whole row is
 * read. Below a column, `WHOLE` says that its value is computed with, and not just shown.
 */
export interface Selection {
  [relationOrColumn: string]: Selection;
}

/** In a selection: every column. */
export const WHOLE = "*";

/** A table's columns by name. */
export type Columns = Record<string, PgColumn>;

/** Declares a table as an entity. `one` names relation and column. */
export function entity<Row>(name: string, table: PgTable, one: Record<string, One> = {}): Entity<Row> {
  return { name, table, one };
}

/** True for entities whose key is (project, id). */
export function isOwned(target: Entity): boolean {
  return "projectId" in getTableColumns(target.table);
}

/** The entity's table under a name, with its columns. */
export function aliased(target: Entity, name: string): { table: PgTable; columns: Columns } {
  const table = alias(target.table, name);
  return { table, columns: getTableColumns(table as never) as Columns };
}

interface Join {
  entity: Entity;
  name: string;
  table: PgTable;
  on: SQL;
}

// The columns that are read of a row, by name.
function chosenColumns(of: Entity, columns: Columns, chosen: Selection): Columns {
  const names = new Set(Object.keys(chosen).filter((name) => name in columns && !(name in of.one)));
  if (names.size === 0 || WHOLE in chosen) return columns;
  // One that is never null tells whether the row is there.
  if (![...names].some((name) => columns[name]!.notNull)) names.add("id");
  if (names.has("id") && columns.projectId) names.add("projectId");
  return Object.fromEntries([...names].map((name) => [name, columns[name]!]));
}

/** The fields and left joins that read an entity (as `self`) with the selected relations, each under its dotted path. */
export function plan(target: Entity, selection: Selection) {
  const self = aliased(target, "self");
  const fields: Record<string, Columns> = { self: chosenColumns(target, self.columns, selection) };
  const joins: Join[] = [];
  const visit = (from: Entity, columns: Columns, chosen: Selection, path: string) => {
    for (const [relation, deeper] of Object.entries(chosen)) {
      const one = from.one[relation];
      if (!one) continue;
      const other = one.entity();
      const name = path + relation;
      const joined = aliased(other, name);
      const isOther = eq(joined.columns[one.target ?? "id"]!, columns[one.column]!);
      const on = isOwned(other) ? and(eq(joined.columns.projectId!, columns.projectId!), isOther)! : isOther;
      joins.push({ entity: other, name, table: joined.table, on });
      fields[name] = chosenColumns(other, joined.columns, deeper);
      visit(other, joined.columns, deeper, `${name}.`);
    }
  };
  visit(target, self.columns, selection, "");
  return { self, fields, joins };
}

/** The keys of the global rows with these codes, in their order; null where absent or hidden. */
export async function keysByCode(db: Db, target: Entity, codes: readonly string[]): Promise<(Key | null)[]> {
  const { id, code } = getTableColumns(target.table) as Columns;
  const rows = await db
    .select({ id: id!, code: code! })
    .from(target.table)
    .where(sql`${code!} = any (${array(codes, "text")}) /* ${sql.raw(target.name)}ByCode */`);
  const ids = new Map(rows.map((row) => [row.code as string, row.id as string]));
  return codes.map((each) => (ids.has(each) ? { projectId: null, id: ids.get(each)! } : null));
}
