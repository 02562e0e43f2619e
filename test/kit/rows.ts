import type postgres from "postgres";
import { newId } from "../../src/core/ids.ts";

/** Rows that tests call by name. */
export interface NamedRows {
  /** Adds a row under a name, with a new id unless the row has one or needs none. */
  add(table: string, name: string, row: Record<string, unknown>): Promise<void>;
  /** Names a row that every database has. */
  name(table: string, name: string, key: string): void;
  /** The id of the row that was added to the table under that name. */
  id(table: string, name: string): string;
  /** Every row of a table by its name. */
  all(table: string): string[];
  /** The name of the row with this key; the key itself if nobody named it. */
  nameOf(table: string, key: string): string;
  /** SQL for a row's key: its primary key as text, or its unique one where it has no other. */
  keyOf(table: string): string;
  tables: readonly string[];
}

/** Named rows of a database, which is read for its tables and their primary keys. */
export async function nameRows(sql: postgres.Sql): Promise<NamedRows> {
  const primaryKeys = await sql<{ name: string; columns: string[] }[]>`
    select c.relname as name, array(select a.attname::text from unnest(i.indkey) with ordinality k(n, o)
      join pg_attribute a on a.attrelid = c.oid and a.attnum = k.n order by k.o) as columns
    from pg_class c join lateral (select indkey from pg_index where indrelid = c.oid and indisunique order by indisprimary desc limit 1) i on true
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1`;
  const columnsOf = new Map(primaryKeys.map(({ name, columns }) => [name, columns]));
  const names = new Map<string, Map<string, string>>();
  const ids = new Map<string, string>();

  const keyOf = (table: string) =>
    columnsOf
      .get(table)!
      .map((column) => `coalesce(${column}::text, '')`)
      .join(" || ':' || ");
  const register = (table: string, name: string, key: string) => {
    if (!names.has(table)) names.set(table, new Map());
    names.get(table)!.set(key, name);
  };
  return {
    tables: primaryKeys.map(({ name }) => name),
    keyOf,
    name: register,
    async add(table, name, row) {
      const full = columnsOf.get(table)!.includes("id") && !row.id ? { id: newId(new Date()), ...row } : row;
      const [added] =
        await sql`insert into ${sql(table)} ${sql(full as Record<string, never>)} returning ${sql.unsafe(keyOf(table))} as key`;
      register(table, name, added!.key as string);
      if (full.id) ids.set(`${table} ${name}`, full.id as string);
    },
    id(table, name) {
      const id = ids.get(`${table} ${name}`);
      if (!id) throw new Error(`no row of ${table} is called ${name}`);
      return id;
    },
    all: (table) => [...(names.get(table)?.values() ?? [])].sort(),
    nameOf: (table, key) => names.get(table)?.get(key) ?? key,
  };
}
