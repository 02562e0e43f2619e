import { type SQL, sql } from "drizzle-orm";
import { factsOf, violatingOf } from "../rollups/facts.table.ts";
import type { Count } from "../stats/counts.ts";
import { AXIS_COLUMNS, type AuditReading, isRead, type Layer, type Period, type Reach } from "./reach.table.ts";
import { type AuditSum, summable } from "./splits.table.ts";

/** Which published audits are summed, and what of them. */
export interface SumQuery {
  sums: readonly AuditSum[];
  reading: AuditReading;
  reach: Reach;
  period: Period;
}

/** Sums of the audits of one group, run and stratum; `keys` are the values of the dimensions that they were split by. */
export type AuditCount = Partial<Record<AuditSum, Count>> & {
  keys: readonly (string | null)[];
  layer: Layer;
  runId: string | null;
  stratumId: string | null;
  /** Where chances differed within the stratum; null elsewhere. */
  inclusionProbability: number | null;
  isProcessError: boolean;
};

/**
 * Rows `f` to be summed, wherever they come from: of them the columns of `audit_facts` that the splits and sums need (a rollup has only its
 * own), restricted to what the query reads. Behind `with ctes`; `local` is the local time of a row, which days, weeks and months are cut of.
 */
export interface AuditSource {
  ctes: readonly SQL[];
  rows: SQL;
  local: SQL;
}

/** The audits themselves, with the verdict that counts: any score time, as of any time. */
export function directSource({ sums, reading, reach, period }: SumQuery): AuditSource {
  const facts = sql`select f.* from (${factsOf(reading, sql`true`)}) f where ${isRead(reading, reach, period)}`;
  const local = sql`(${AXIS_COLUMNS[reading.timeAxis]} at time zone ${period.timeZone})`;
  return { ctes: [violatingOf(reach.projectIds!)], rows: summable(facts, sums), local };
}
