import { and, asc, desc, getTableColumns, inArray, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { InvalidInput } from "../core/errors.ts";
import { encodeCursor, type Page } from "../core/pages.ts";
import type { ProjectKey } from "../core/ids.ts";
import { array } from "./arrays.ts";
import type { Columns, Entity, Selection } from "./entities.ts";
import type { Db } from "./lease.ts";
import { cellsOf, type Reading, readingOf, selfOf } from "./plans.ts";

/** How an entity is listed: what a filter means, and the columns it may be sorted by (ties go by id; null counts as larger than all, as in PostgreSQL). */
export interface List<Row, Filter> {
  entity: Entity<Row>;
  where: (table: Columns, filter: Filter) => (SQL | undefined)[];
  orders: Readonly<Record<string, string>>;
}

/** One page asked of a list. */
export interface ListQuery<Filter> {
  filter: Filter;
  /** A key of the list's `orders`. */
  orderBy: string;
  isDescending: boolean;
  page: Page;
  /** Whether to look if more follow; if absent, it does. */
  looksFurther?: boolean;
  selection: Selection;
}

/** Rows of one page, and whether more follow, if that was asked. */
export interface Slice<Row> {
  rows: Row[];
  /** The texts that they are sorted by; null where that is by id alone. */
  sortTexts: (string | null)[] | null;
  hasNextPage: boolean;
}

/** The cursor of a slice's row, by its place: few of a page are asked for. */
export function cursorOf<Row>({ rows, sortTexts }: Slice<Row>, place: number): string {
  return encodeCursor(sortTexts?.[place] ?? null, (rows[place] as { id: string }).id);
}

interface Sorted {
  column: PgColumn;
  id: PgColumn;
  isById: boolean;
  /** Rows may have no value to be sorted by. */
  hasNulls: boolean;
}

function sortOf<Row, Filter>(list: List<Row, Filter>, columns: Columns, orderBy: string): Sorted {
  const column = columns[list.orders[orderBy]!]!;
  return { column, id: columns.id!, isById: column === columns.id, hasNulls: !column.notNull };
}

// Times travel as text, since the driver cuts them to milliseconds.
function textOf(column: PgColumn): SQL<string> {
  return sql`${column}::text`;
}

const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?[+-]\d\d(:\d\d)?$/;

// A cursor of another order fits by accident at best, and its value may not be of this column's type.
function isOfOrder(type: string, { isById, hasNulls }: Sorted, value: string | null): boolean {
  if (isById || value === null) return (isById || hasNulls) && value === null;
  if (type === "text") return true;
  if (type === "integer") return /^-?\d{1,9}$/.test(value);
  return TIME.test(value) && !Number.isNaN(Date.parse(value.replace(/([+-]\d\d)$/, "$1:00")));
}

function afterCursor(sorted: Sorted, isDescending: boolean, after: Page["after"]): SQL | undefined {
  if (!after) return undefined;
  const { column, id, isById, hasNulls } = sorted;
  const than = sql.raw(isDescending ? "<" : ">");
  const sqlType = column.getSQLType().replace(/ collate .*/i, "");
  if (!isOfOrder(sqlType, sorted, after.value)) {
    throw new InvalidInput("after: this cursor is of another order; page on with the orderBy that gave it.", ["after"]);
  }
  if (isById) return sql`${id} ${than} ${after.id}::uuid`;
  if (after.value === null) {
    const among = sql`(${column} is null and ${id} ${than} ${after.id}::uuid)`;
    return isDescending ? sql`(${among} or ${column} is not null)` : among;
  }
  const behind = sql`(${column}, ${id}) ${than} (${after.value}::${sql.raw(sqlType)}, ${after.id}::uuid)`;
  return hasNulls && !isDescending ? sql`(${behind} or ${column} is null)` : behind;
}

function ordering({ column, id, isById }: Sorted, isDescending: boolean): SQL[] {
  const direction = isDescending ? desc : asc;
  return isById ? [direction(id)] : [direction(column), direction(id)];
}

// How many rows a page is read with: one more tells that more follow.
function limitOf<Filter>({ page, looksFurther = true }: ListQuery<Filter>): number {
  return page.first + (looksFurther ? 1 : 0);
}

// Behind a row's cells come, in lists of several parents, the place of its own, and the text it is sorted by, if that is not its id.
function sortText({ column, isById }: Sorted): SQL {
  return isById ? sql`` : sql`, ${textOf(column)}`;
}

function slice<Row>({ rowOf }: Reading, { isById }: Sorted, found: readonly (readonly unknown[])[], first: number, sortCell: number): Slice<Row> {
  const page = found.length > first ? found.slice(0, first) : found;
  return { rows: page.map(rowOf) as Row[], sortTexts: isById ? null : page.map((values) => values[sortCell] as string | null), hasNextPage: found.length > first };
}

/** One page of a whole list, in one statement. */
export async function findPage<Row, Filter>(db: Db, list: List<Row, Filter>, query: ListQuery<Filter>): Promise<Slice<Row>> {
  const reading = readingOf(list.entity, query.selection);
  const { self, cells, joins } = reading;
  const sorted = sortOf(list, self, query.orderBy);
  const where = and(...list.where(self, query.filter), afterCursor(sorted, query.isDescending, query.page.after)) ?? sql`true`;
  const found = await cellsOf(db, sql`select ${cells}${sortText(sorted)} from ${selfOf(list.entity)} ${joins}
    where ${where} order by ${sql.join(ordering(sorted, query.isDescending), sql`, `)} limit ${limitOf(query)}`);
  return slice(reading, sorted, found, query.page.first, reading.cellCount);
}

/** How many rows of a whole list pass the filter. */
export async function countAll<Row, Filter>(db: Db, list: List<Row, Filter>, filter: Filter): Promise<number> {
  const columns = getTableColumns(list.entity.table) as Columns;
  const [row] = await db.select({ count: sql<string>`count(*)` }).from(list.entity.table).where(and(...list.where(columns, filter)));
  return Number(row!.count);
}

/** The keys of the first rows of a whole list that pass the filter, by id. */
export async function findKeys<Row, Filter>(db: Db, list: List<Row, Filter>, filter: Filter, most: number): Promise<ProjectKey[]> {
  const columns = getTableColumns(list.entity.table) as Columns;
  const rows = await db
    .select({ projectId: columns.projectId!, id: columns.id! })
    .from(list.entity.table)
    .where(and(...list.where(columns, filter), sql`true /* ${sql.raw(list.entity.name)}Keys */`))
    .orderBy(asc(columns.id!))
    .limit(most);
  return rows as ProjectKey[];
}

// The parents' keys as a table k, numbered; a global parent has no project.
function keyTable(keys: readonly { projectId: string | null; id: string }[]): SQL {
  const projects = array(keys.map((key) => key.projectId), "uuid");
  return sql`unnest(${projects}, ${array(keys.map((key) => key.id), "uuid")}) with ordinality as k(project_id, id, i)`;
}

function childOf(columns: Columns, parentColumn: string, keys: readonly { projectId: string | null }[]): SQL {
  const sameId = sql`${columns[parentColumn]!} = k.id`;
  return keys[0]!.projectId === null ? sameId : sql`${columns.projectId!} = k.project_id and ${sameId}`;
}

/** One page below each parent, in one statement for all parents; `parentColumn` holds the parent's id. */
export async function findPagesByParent<Row, Filter>(
  db: Db,
  list: List<Row, Filter>,
  parentColumn: string,
  query: ListQuery<Filter>,
  parents: readonly (ProjectKey | { projectId: null; id: string })[],
): Promise<Slice<Row>[]> {
  const reading = readingOf(list.entity, query.selection);
  const { self, cells, joins } = reading;
  const inner = getTableColumns(list.entity.table) as Columns;
  const sorted = sortOf(list, inner, query.orderBy);
  const where = and(childOf(inner, parentColumn, parents), ...list.where(inner, query.filter), afterCursor(sorted, query.isDescending, query.page.after));
  const order = (by: Sorted) => sql.join(ordering(by, query.isDescending), sql`, `);
  const outer = sortOf(list, self, query.orderBy);
  const found = await cellsOf(db, sql`select ${cells}, k.i${sortText(outer)} from ${keyTable(parents)}
    cross join lateral (select * from ${list.entity.table} where ${where} order by ${order(sorted)} limit ${limitOf(query)}) "self" ${joins}
    order by k.i, ${order(outer)}`);
  const byParent: unknown[][][] = parents.map(() => []);
  for (const values of found) byParent[Number(values[reading.cellCount]) - 1]!.push(values);
  return byParent.map((values) => slice(reading, sorted, values, query.page.first, reading.cellCount + 1));
}

/** A list's condition that a column is one of these values; none where the filter says nothing. */
export function anyOf(column: Columns[string], values: readonly string[] | null | undefined): SQL | undefined {
  return values ? inArray(column, [...values]) : undefined;
}

/** How many rows below each parent pass the filter, in one statement for all parents. */
export async function countByParent<Row, Filter>(
  db: Db,
  list: List<Row, Filter>,
  parentColumn: string,
  filter: Filter,
  parents: readonly (ProjectKey | { projectId: null; id: string })[],
): Promise<number[]> {
  const columns = getTableColumns(list.entity.table) as Columns;
  const flat = await db
    .select({ parent: sql<string>`k.i`, count: sql<string>`count(*)` })
    .from(sql`${keyTable(parents)} join ${list.entity.table} on ${childOf(columns, parentColumn, parents)}`)
    .where(and(...list.where(columns, filter)))
    .groupBy(sql`k.i`);
  const counts = new Map(flat.map((each) => [Number(each.parent) - 1, Number(each.count)]));
  return parents.map((_, index) => counts.get(index) ?? 0);
}
