import { type SQL, sql } from "drizzle-orm";
import { makePgArray } from "drizzle-orm/pg-core";

/** A whole array as one parameter, cast to `type[]`: the statement's text stays the same for any number of values. Nulls are kept. */
export function array(values: readonly unknown[], type: string): SQL {
  return sql`${makePgArray(values as unknown[])}::${sql.raw(type)}[]`;
}
