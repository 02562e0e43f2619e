import { sql } from "drizzle-orm";
import {
  type AnyPgColumn, check, customType, doublePrecision, foreignKey, integer, makePgArray, type PgColumn, primaryKey, text, timestamp, uuid,
} from "drizzle-orm/pg-core";

/** Key of a global table. */
export function globalKey() {
  return { id: uuid("id").primaryKey() };
}

/** Key columns of a table that a project owns; close the table with `projectPrimaryKey`. */
export function projectKey() {
  return { projectId: uuid("project_id").notNull(), id: uuid("id").notNull() };
}

interface ProjectRow {
  projectId: AnyPgColumn;
  id: AnyPgColumn;
}

/** The (project_id, id) primary key: a project's rows lie together and shard together. */
export function projectPrimaryKey(table: ProjectRow) {
  return primaryKey({ columns: [table.projectId as PgColumn, table.id as PgColumn] });
}

/** A foreign key that can't leave the project. */
export function projectReference(table: { projectId: AnyPgColumn }, column: AnyPgColumn, target: ProjectRow) {
  return foreignKey({
    columns: [table.projectId as PgColumn, column as PgColumn],
    foreignColumns: [target.projectId as PgColumn, target.id as PgColumn],
  });
}

const bytewiseText = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' });

/** Text that is compared and sorted byte by byte, alike on every server: codes and references. */
export function code(name: string) {
  return bytewiseText(name);
}

const textArray = customType<{ data: string[]; driverData: string }>({
  dataType: () => "text[]",
  toDriver: (texts) => makePgArray(texts),
  // Drizzle's own reader drops every backslash.
  fromDriver: (literal) => [...literal.matchAll(/"((?:[^"\\]|\\.)*)"|[^{},]+/gs)].map(([text, quoted]) => quoted?.replace(/\\(.)/gs, "$1") ?? text),
});

/** Several texts, in order. */
export function texts(name: string) {
  return textArray(name);
}

/** One of a fixed set of words; `oneOf` makes the database refuse all others. */
export function word<const Words extends readonly [string, ...string[]]>(name: string, words: Words) {
  return text(name, { enum: words as unknown as [string, ...string[]] }).$type<Words[number]>();
}

/** The check that goes with `word`. */
export function oneOf(name: string, column: AnyPgColumn, words: readonly string[]) {
  return check(name, sql`${column} in (${sql.raw(words.map((each) => `'${each}'`).join(", "))})`);
}

/** A UTC time to the millisecond. */
export function time(name: string) {
  return timestamp(name, { withTimezone: true, precision: 3, mode: "date" });
}

/** SHA-256 digest, 32 bytes. */
export const digest = customType<{ data: Buffer }>({ dataType: () => "bytea" });

/** A probability, rate or score as an IEEE double. */
export function real(name: string) {
  return doublePrecision(name);
}

/** Columns of a row that verbs change: `version` for expectedVersion, `updatedAt` for those who synchronise. */
export function versioned() {
  return {
    version: integer("version").notNull().default(1),
    createdAt: time("created_at").notNull().default(sql`clock_timestamp()`),
    updatedAt: time("updated_at").notNull().default(sql`clock_timestamp()`),
  };
}
