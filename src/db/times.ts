import { type SQL, sql } from "drizzle-orm";

/** A time as a parameter, whatever the statement around it would take it for. */
export function at(time: Date): SQL {
  return sql`${time.toISOString()}::timestamptz`;
}
