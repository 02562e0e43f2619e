import { and, getTableColumns, getTableName, type SQL, sql } from "drizzle-orm";
import { Column } from "drizzle-orm/column";
import { type PgColumn, PgDialect } from "drizzle-orm/pg-core";
import type { Key } from "../core/ids.ts";
import { isoOfText, timeOf } from "../core/iso.ts";
import { isAmong } from "./arrays.ts";
import { type Columns, type Entity, isOwned, plan, type Selection, WHOLE } from "./entities.ts";
import type { Db } from "./lease.ts";

/** One cell of a row: the name of its value, and what makes that of the driver's; null where it is that already. */
interface Cell {
  name: string;
  decode: ((value: unknown) => unknown) | null;
}

/** Makes an object of a row's cells; null where it isn't there. */
type Make = (values: readonly unknown[]) => Record<string, unknown> | null;

/** One object of a row: its cells lie together, one of them tells whether it is there, and others hang below it. */
interface Part {
  typeName: string;
  cells: readonly Cell[];
  first: number;
  proof: number;
  below: readonly [relation: string, make: Make][];
}

/** How an entity is read with a selection: written once, since writing it costs more than the rest of a small read. */
export interface Reading {
  /** The columns of `self`, which the entity's table has to be called. */
  self: Columns;
  /** What is selected. */
  cells: SQL;
  cellCount: number;
  /** The joins behind `self`. */
  joins: SQL;
  /** The row that cells make. */
  rowOf: (values: readonly unknown[]) => Record<string, unknown>;
  /** The statements that read so, by name. */
  texts: Map<string, string>;
}

/** What clients select is theirs to choose: past so many ways, all are written anew. */
const MOST_KEPT = 1_000;

const dialect = new PgDialect();
const kept = new Map<Entity, Map<string, Reading>>();
let count = 0;

// Nobody computes with what is only shown.
function isShown(chosen: Selection, name: string): boolean {
  return !(WHOLE in chosen) && name in chosen && !(WHOLE in chosen[name]!);
}

// Drizzle would give back what the driver gave: numbers are numbers already, and some of our own types are but texts.
function isAsItIs(column: PgColumn): boolean {
  if (column.columnType === "PgCustomColumn") return (column as { mapFrom?: unknown }).mapFrom === undefined;
  return ["PgInteger", "PgDoublePrecision"].includes(column.columnType) || column.mapFromDriverValue === Column.prototype.mapFromDriverValue;
}

function cellOf(name: string, column: PgColumn, chosen: Selection): Cell {
  if (column.columnType === "PgTimestamp") return { name, decode: (isShown(chosen, name) ? isoOfText : timeOf) as Cell["decode"] };
  return { name, decode: isAsItIs(column) ? null : (value) => column.mapFromDriverValue(value as never) };
}

// Written as one literal, by names that are all our own: what gets a dozen keys one by one becomes a table, which takes ten times as long to make.
function makerOf({ typeName, cells, first, proof, below }: Part): Make {
  const values = cells.map(({ name, decode }, i): [string, string] => {
    const cell = `values[${first + i}]`;
    return [name, decode ? `${cell} === null ? null : decoders[${i}](${cell})` : cell];
  });
  const objects = below.map(([relation], i): [string, string] => [relation, `makers[${i}](values)`]);
  const members = [["__typename", JSON.stringify(typeName)], ...values, ...objects].map(([name, value]) => `${JSON.stringify(name)}: ${value}`);
  const text = `return (values) => values[${proof}] === null ? null : { ${members.join(", ")} };`;
  return new Function("decoders", "makers", text)(cells.map(({ decode }) => decode), below.map(([, make]) => make)) as Make;
}

function write(target: Entity, selection: Selection): Reading {
  const { self, fields, joins } = plan(target, selection);
  const texts: SQL[] = [];
  const makes = (of: Entity, chosen: Selection, path: string): Make => {
    const columns = fields[path || "self"] as Columns;
    const first = texts.length;
    const names = Object.keys(columns);
    // Not by their alias, which is a proxy: it would be asked for each cell.
    const plain = getTableColumns(of.table) as Columns;
    texts.push(...Object.values(columns).map((column) => sql`${column}`));
    const below = Object.keys(chosen)
      .filter((relation) => relation in of.one)
      .map((relation): [string, Make] => [relation, makes(of.one[relation]!.entity(), chosen[relation]!, path ? `${path}.${relation}` : relation)]);
    const proof = first + names.findIndex((name) => columns[name]!.notNull);
    return makerOf({ typeName: of.name, cells: names.map((name) => cellOf(name, plain[name]!, chosen)), first, proof, below });
  };
  const whole = makes(target, selection, "");
  const fixed = (text: SQL) => sql.raw(dialect.sqlToQuery(text).sql);
  // Looked up for each row of a page, by whatever the server thinks of its length: else it may read a table of weeks to join ten rows.
  const joined = joins.map(({ entity, name, on }) => {
    const other = sql`${sql.identifier(getTableName(entity.table))} ${sql.identifier(name)}`;
    return sql`left join lateral (select * from ${other} where ${on} limit 1) ${sql.identifier(name)} on true`;
  });
  return {
    self: self.columns,
    cells: fixed(sql.join(texts, sql`, `)),
    cellCount: texts.length,
    joins: fixed(sql.join(joined, sql` `)),
    rowOf: whole as Reading["rowOf"],
    texts: new Map(),
  };
}

const keys = new WeakMap<Selection, string>();

/** Equal for equal selections. */
export function keyOfSelection(selection: Selection): string {
  const known = keys.get(selection);
  if (known !== undefined) return known;
  const key = JSON.stringify(selection);
  keys.set(selection, key);
  return key;
}

/** How to read an entity as `self` with the selected relations, and the selected columns if it selects any. */
export function readingOf(target: Entity, selection: Selection): Reading {
  if (count >= MOST_KEPT) {
    kept.clear();
    count = 0;
  }
  const known = kept.get(target) ?? new Map<string, Reading>();
  kept.set(target, known);
  const key = keyOfSelection(selection);
  let reading = known.get(key);
  if (!reading) {
    known.set(key, (reading = write(target, selection)));
    count += 1;
  }
  return reading;
}

/** The table of an entity, called `self`. */
export function selfOf(target: Entity): SQL {
  return sql`${sql.identifier(getTableName(target.table))} "self"`;
}

/** The rows, as their cells, of a statement whose text is written already: to write one costs more than the rest of sending it. */
export function ask(db: Db, text: string, params: unknown[]): Promise<unknown[][]> {
  const { $client } = db as unknown as { $client: { unsafe: (text: string, params: unknown[]) => { values: () => Promise<unknown[][]> } } };
  return $client.unsafe(text, params).values();
}

/** The rows of a statement, as their cells. */
export function cellsOf(db: Db, statement: SQL): Promise<unknown[][]> {
  const { sql: text, params } = dialect.sqlToQuery(statement);
  return ask(db, text, params);
}

/** The text of a statement of this reading, written once by that name. What it takes are the values that it was written with, in their order. */
export function textOf({ texts }: Reading, name: string, write: () => SQL): string {
  let text = texts.get(name);
  if (text === undefined) texts.set(name, (text = dialect.sqlToQuery(write()).sql));
  return text;
}

function textByKey(target: Entity, reading: Reading, ids: readonly unknown[], projectIds: readonly unknown[]): string {
  const { self, cells, joins } = reading;
  return textOf(reading, `${ids.length === 1} ${projectIds.length === 1}`, () => {
    const where = and(projectIds.length > 0 ? isAmong(sql`${self.projectId!}`, projectIds, "uuid") : undefined, isAmong(sql`${self.id!}`, ids, "uuid"));
    return sql`/* ${sql.raw(target.name)}ByKey */ select ${cells} from ${selfOf(target)} ${joins} where ${where}`;
  });
}

const alone = (values: readonly unknown[]) => (values.length === 1 ? values[0] : values);

/** The rows with these keys and the selected relations, in one statement, in the keys' order; null where absent or hidden. */
export async function rowsByKey<Row>(db: Db, target: Entity<Row>, selection: Selection, keys: readonly Key[]): Promise<(Row | null)[]> {
  const reading = readingOf(target, selection);
  const owned = isOwned(target);
  const ids = keys.map((key) => key.id);
  const projectIds = owned ? [...new Set(keys.map((key) => key.projectId))] : [];
  const rows = await ask(db, textByKey(target, reading, ids, projectIds), [...(owned ? [alone(projectIds)] : []), alone(ids)]);
  const found = new Map<string, Row>();
  for (const values of rows) {
    const row = reading.rowOf(values);
    found.set(`${owned ? row.projectId : ""}:${row.id}`, row as Row);
  }
  return keys.map((key) => found.get(`${owned ? key.projectId : ""}:${key.id}`) ?? null);
}
