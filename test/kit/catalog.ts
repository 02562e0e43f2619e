import { readdirSync } from "node:fs";
import { is } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import type postgres from "postgres";

/** What Postgres knows of a table, or what the code says of it. */
export interface Shape {
  columns: Record<string, { type: string; isNullable: boolean }>;
  /** Names of its policies, with the role each is for. */
  policies: Record<string, string>;
}

/** Everything that every table.ts exports. */
export async function importTables(): Promise<Record<string, unknown>> {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((path) => /(^|[/.])table\.ts$/.test(path));
  const modules = await Promise.all(
    files.map((path) => import(/* @vite-ignore */ `../../src/${path}`) as Promise<Record<string, unknown>>),
  );
  return Object.assign({}, ...modules) as Record<string, unknown>;
}

const inCatalogForm = (type: string) => type.replace(" (", "(").replaceAll(", ", ",").replace(/ collate .*/i, ' collate "C"');

/** The tables as the code declares them. */
export async function declaredShapes(): Promise<Record<string, Shape>> {
  const tables = Object.values(await importTables()).filter((value): value is PgTable => is(value, PgTable));
  return Object.fromEntries(
    tables.map((table) => {
      const { name, columns, policies } = getTableConfig(table);
      return [
        name,
        {
          columns: Object.fromEntries(
            columns.map((column) => [column.name, { type: inCatalogForm(column.getSQLType()), isNullable: !column.notNull }]),
          ),
          policies: Object.fromEntries(policies.map((policy) => [policy.name, String(policy.to ?? "-")])),
        },
      ];
    }),
  );
}

const ofHouse = "c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')";

/** The tables as they are in the database; partitions too, if asked for them. */
export async function actualShapes(sql: postgres.Sql, which: "tables" | "partitions" = "tables"): Promise<Record<string, Shape>> {
  const rows = await sql.unsafe(`
    select c.relname as name,
      (select json_object_agg(a.attname, json_build_object('isNullable', not a.attnotnull,
        'type', format_type(a.atttypid, a.atttypmod) || case when l.collname = 'C' then ' collate "C"' else '' end))
        from pg_attribute a left join pg_collation l on l.oid = a.attcollation
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
      (select coalesce(json_object_agg(p.polname, array_to_string(array(select r::regrole::text from unnest(p.polroles) r), ',')), '{}')
        from pg_policy p where p.polrelid = c.oid) as policies
    from pg_class c where ${ofHouse} and c.relispartition = ${which === "partitions"}`);
  return Object.fromEntries(rows.map(({ name, columns, policies }) => [name as string, { columns, policies } as Shape]));
}

/** Tables and partitions that lack what every one must have: forced row security, the house's owner, and the owner's policy. */
export async function unguarded(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql.unsafe(`select c.relname as name from pg_class c where ${ofHouse} and not (
    c.relrowsecurity and c.relforcerowsecurity and c.relowner = 'assay_owner'::regrole and exists (select from pg_policy p
      where p.polrelid = c.oid and p.polname = 'assay_owner' and p.polroles = array['assay_owner'::regrole::oid] and p.polcmd = '*'
        and pg_get_expr(p.polqual, p.polrelid) = 'true' and pg_get_expr(p.polwithcheck, p.polrelid) = 'true'))`);
  return rows.map(({ name }) => name as string);
}

/** Tables of the house by name, without partitions. */
export async function tableNames(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql.unsafe(`select c.relname as name from pg_class c where ${ofHouse} and not c.relispartition order by 1`);
  return rows.map(({ name }) => name as string);
}
