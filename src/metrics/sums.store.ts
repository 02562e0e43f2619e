import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../db/lease.ts";
import type { AuditCount, AuditSource } from "../measures/sources.table.ts";
import { type AuditSum, type Dimension, splitBy, summed, withKeys } from "../measures/splits.table.ts";

/** More groups of counts than this are refused by the caller; one more is read, to tell. */
export const MAX_COUNTS = 200_000;

function ordinals(count: number): SQL {
  return sql.raw(Array.from({ length: count }, (_, index) => index + 1).join(", "));
}

/**
 * What of published audits adds up, by the splits, layer, run and stratum, and apart where the process answers for an error. Exact integers, of
 * the rows the viewer may see, in one statement whatever the number of groups and wherever the rows come from.
 */
export async function sumAudits(
  db: Db,
  { ctes, rows, local }: AuditSource,
  splits: readonly Dimension[],
  sums: readonly AuditSum[],
  weekStart: number,
): Promise<AuditCount[]> {
  const { columns, joins } = splitBy(splits, local, weekStart);
  const counts = await db.execute<Omit<AuditCount, "keys"> & Record<string, unknown>>(sql`/* auditSums */
    with ${sql.join([...ctes], sql`, `)}
    select ${columns}f.layer, f.run_id as "runId", f.stratum_id as "stratumId", f.inclusion_probability as "inclusionProbability",
      f.is_process_error as "isProcessError", ${summed(sums)}
    from (${rows}) f ${joins}
    group by ${ordinals(splits.length + 5)} limit ${MAX_COUNTS + 1}`);
  return withKeys(counts, splits);
}
