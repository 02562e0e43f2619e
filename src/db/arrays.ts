import { type SQL, sql } from "drizzle-orm";
import { makePgArray } from "drizzle-orm/pg-core";

/** A whole array as one parameter, cast to `type[]`: the statement's text stays the same for any number of values. Nulls are kept, times are UTC. */
export function array(values: readonly unknown[], type: string): SQL {
  const texts = values.map((value) => (value instanceof Date ? value.toISOString() : value));
  return sql`${makePgArray(texts)}::${sql.raw(type)}[]`;
}
