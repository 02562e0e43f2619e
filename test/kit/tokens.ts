import { getTableName } from "drizzle-orm";
import type postgres from "postgres";
import type { Entity } from "../../src/db/entities.ts";
import { importTables } from "./catalog.ts";
import type { NamedRows } from "./rows.ts";
import { expectedRows, type Reader } from "./visibility.ts";

/** What of a row can be recognised in an answer. */
const TELLING = ["id", "code", "name", "external_ref", "pseudonym", "prefix", "content_ref", "seed", "title", "question", "text", "rationale", "data"];

/** One row, as the walk through the schema needs it. */
export interface Told {
  table: string;
  name: string;
  projectId: string | null;
  id: string;
  tokens: string[];
  /** What root fields ask for: code, ref, and the codes of project and vendor. */
  asked: Record<string, string | null>;
}

/** The named rows of every table whose rows have ids. */
export async function tellRows(sql: postgres.Sql, { tables, keyOf, nameOf, all }: NamedRows): Promise<Told[]> {
  const columns = await sql<{ table: string; column: string; type: string }[]>`
    select table_name as table, column_name as column, data_type as type from information_schema.columns where table_schema = 'public'`;
  const told: Told[] = [];
  for (const table of tables) {
    const own = new Set(columns.filter((each) => each.table === table).map(({ column }) => column));
    if (!columns.some((each) => each.table === table && each.column === "id" && each.type === "uuid")) continue;
    const ofProject = own.has("project_id") ? "(select code from projects p where p.id = t.project_id)" : "null";
    const ofVendor = own.has("vendor_id") ? "(select code from vendors v where v.id = t.vendor_id)" : "null";
    const rows = await sql.unsafe(`select t.*, ${keyOf(table)} as key, ${ofProject} as project, ${ofVendor} as vendor from ${table} t`);
    for (const row of rows) {
      const isOwned = own.has("project_id") && (row.key as string).includes(":");
      const tokens = TELLING.filter((column) => own.has(column) && row[column]).map((column) => String(row[column]));
      const { code, project, vendor, external_ref: ref, content_ref: contentRef } = row as Record<string, string>;
      const asked = Object.fromEntries(
        Object.entries({ code, projectCode: project, vendorCode: vendor, externalRef: ref, ref, contentRef }).map(([name, value]) => [
          name,
          value ?? null,
        ]),
      );
      const name = nameOf(table, row.key as string);
      if (all(table).includes(name)) told.push({ table, name, projectId: isOwned ? row.project_id : null, id: row.id, tokens, asked });
    }
  }
  return told;
}

/** Which rows a reader may see, and which not. */
export function split(told: readonly Told[], rows: NamedRows, reader: Reader): { visible: Told[]; hidden: Told[] } {
  const seen = new Map(rows.tables.map((table) => [table, new Set<string>(expectedRows(table, reader, rows.all(table)))]));
  return {
    visible: told.filter(({ table, name }) => seen.get(table)!.has(name)),
    hidden: told.filter(({ table, name }) => !seen.get(table)!.has(name)),
  };
}

/** What only hidden rows are called. */
export function hiddenTokens({ visible, hidden }: { visible: Told[]; hidden: Told[] }): string[] {
  const shared = new Set(visible.flatMap(({ tokens }) => tokens));
  return [...new Set(hidden.flatMap(({ tokens }) => tokens))].filter((token) => !shared.has(token));
}

/** GraphQL types of objects by the table of their rows. */
export async function typesByTable(): Promise<Map<string, string>> {
  const exported = Object.values(await importTables()) as (Partial<Entity> | null)[];
  const entities = exported.filter(
    (value): value is Entity => typeof value?.name === "string" && value.table !== undefined && value.one !== undefined,
  );
  return new Map(entities.map(({ name, table }) => [getTableName(table), name]));
}
