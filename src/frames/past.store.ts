import { sql } from "drizzle-orm";
import { idFloor } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import type { SamplingPlanRow } from "../plans/table.ts";
import type { FrameSpec, StratumValues } from "./rules.ts";
import { grouping, keyColumns, keyTexts, valuesIn } from "./filter.store.ts";

const PERIOD_MS = 90 * 86_400_000;
const PUBLISHED = ["PUBLISHED", "ACKNOWLEDGED", "APPEALED", "FINAL"];

/** What was found in a stratum. */
export interface PastCount {
  values: StratumValues;
  audits: number;
  errors: number;
}

/**
 * Published audits of the layer, and errors among them by the verdict in force, of the decisions of the 90 days before the window, by the
 * same strata. Of random draws only, or of ramps for a ramp: others prefer what is wrong.
 */
export async function countPast(db: Db, spec: FrameSpec, layer: SamplingPlanRow["layer"]): Promise<PastCount[]> {
  const { projectId, strataBy, from } = spec;
  const since = new Date(from.getTime() - PERIOD_MS);
  const rows = await db.execute<{ audits: number; errors: number }>(sql`/* countPast */ select ${keyTexts(strataBy)}
      count(*)::int as audits, (count(*) filter (where outcome = 'INCORRECT'))::int as errors
    from (select ${keyColumns(strataBy)}v.outcome from audits a
      join decisions d on d.project_id = a.project_id and d.id = a.decision_id
        and d.id >= ${idFloor(since)}::uuid and d.id < ${idFloor(from)}::uuid
      join labelers l on l.id = d.labeler_id
      cross join lateral (select v.outcome from verdicts v where v.project_id = a.project_id and v.audit_id = a.id
        order by v.number desc limit 1) v
    where a.project_id = ${projectId} and a.decision_id >= ${idFloor(since)}::uuid and a.decision_id < ${idFloor(from)}::uuid
      and a.layer = ${layer} and a.role = 'PRIMARY' and a.purpose = ${spec.purpose === "RAMP" ? "RAMP" : "RANDOM"}
      and a.state = any (${array(PUBLISHED, "text")})) c${grouping(strataBy)}`);
  return rows.map(({ audits, errors, ...row }) => ({ audits, errors, values: valuesIn(row, strataBy) }));
}

/**
 * How long audits of the project's last 90 days took from claim to submission: how many, and the median in seconds; null if none. Those
 * made elsewhere tell nothing: their ids carry their submission, as nobody claimed them here.
 */
export async function findHandling(db: Db, projectId: string, now: Date): Promise<{ count: number; medianSeconds: number | null }> {
  const claimedAt = sql.raw(`('x' || left(replace(a.id::text, '-', ''), 12))::bit(48)::bigint / 1000.0`);
  const [row] = await db.execute<{ count: number; medianSeconds: number | null }>(sql`/* handlingOfAudits */ select count(*)::int as count,
      percentile_cont(0.5) within group (order by extract(epoch from a.submitted_at)::float8 - ${claimedAt}::float8) as "medianSeconds"
    from audits a where a.project_id = ${projectId} and a.id >= ${idFloor(new Date(now.getTime() - PERIOD_MS))}::uuid
      and a.role = 'PRIMARY' and extract(epoch from a.submitted_at)::float8 > ${claimedAt}::float8`);
  return row!;
}
