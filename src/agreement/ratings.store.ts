import { type SQL, sql } from "drizzle-orm";
import { array } from "../db/arrays.ts";
import { inIds, inReach, type Period, type Reach } from "../reach/table.ts";
import { firstOf, ratedOf } from "../ratings/ratings.table.ts";
import type { AgreementSource } from "../ratings/rules.ts";

/** Which judgements are read. */
export interface Reading {
  source: AgreementSource;
  projectId: string;
  reach: Reach;
  period: Period;
  /** One session alone. */
  sessionId: string | null;
  /** The states of sessions that are read. */
  states: readonly string[];
}

// A labeler's first and second decision on the same content, where there are two.
function repeated({ reach, period }: Reading): SQL {
  return sql`select project_id, item, rater, policy_id, at, turn from (
      select f.project_id, f.labeler_id || encode(f.content_hash, 'hex') as item, f.labeler_id as rater, f.policy_id, f.decided_at as at,
        row_number() over same as turn, count(*) over (partition by f.labeler_id, f.content_hash) as times
      from decisions f where ${inReach(reach)} and ${inIds(sql`f.id`, period)}
      window same as (partition by f.labeler_id, f.content_hash order by f.decided_at, f.id)) r
    where times > 1 and turn <= 2`;
}

function voted({ projectId, reach, period, sessionId, states }: Reading): SQL {
  return sql`select v.project_id, v.item_id as item, v.principal_id as rater, v.policy_id, v.cast_at as at, null::int as turn
    from calibration_sessions s join calibration_votes v on v.project_id = s.project_id and v.session_id = s.id
    join calibration_items i on i.project_id = v.project_id and i.id = v.item_id
    where s.project_id = ${projectId} and (${sessionId}::uuid is null or s.id = ${sessionId}) and s.state = any (${array(states, "text")})
      and s.closed_at >= ${period.from.toISOString()}::timestamptz and s.closed_at < ${period.to.toISOString()}::timestamptz
      and (${reach.markets ? array(reach.markets, "text") : sql`null::text[]`} is null or i.market = any (${array(reach.markets ?? [], "text")}))`;
}

const RATINGS: Readonly<Record<AgreementSource, (reading: Reading) => SQL>> = {
  LABELS: (reading) => firstOf(ratedOf("LABELS", { ...reading, asOf: null }), [], 0),
  REPEATS: repeated,
  DOUBLE_AUDITS: (reading) => firstOf(ratedOf("DOUBLE_AUDITS", { ...reading, asOf: null }), [], 0),
  CALIBRATION: voted,
};

/** The judgements as a common table `ratings`: `project_id, item, rater, policy_id, at`, and `turn` 1 or 2 where an item has just a first and a second. */
export function ratingsOf(reading: Reading): SQL {
  return sql`ratings as materialized (${RATINGS[reading.source](reading)})`;
}
