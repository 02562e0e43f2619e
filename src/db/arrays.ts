import { type SQL, sql } from "drizzle-orm";
import { makePgArray } from "drizzle-orm/pg-core";

/**
 * That a column holds one of these. Of an array the server doesn't know that it holds one alone, and so plans the statement anew each time, which of
 * a small one costs more than to run it.
 */
export function isAmong(column: SQL, values: readonly unknown[], type: string): SQL {
  return values.length === 1 ? sql`${column} = ${values[0]}::${sql.raw(type)}` : sql`${column} = any (${array(values, type)})`;
}

/** A whole array as one parameter, cast to `type[]`: the statement's text stays the same for any number of values. Nulls are kept, times are UTC. */
export function array(values: readonly unknown[], type: string): SQL {
  const texts = values.map((value) => (value instanceof Date ? value.toISOString() : value));
  return sql`${makePgArray(texts)}::${sql.raw(type)}[]`;
}
