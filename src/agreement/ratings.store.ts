import { type SQL, sql } from "drizzle-orm";
import { array } from "../db/arrays.ts";
import { inIds, inReach, type Period, type Reach } from "../measures/reach.table.ts";
import type { AgreementSource } from "./rules.ts";

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

// Each labeler's first decision on each content, by time of decision, then id.
function labeled({ reach, period }: Reading): SQL {
  return sql`select distinct on (f.content_hash, f.labeler_id) f.content_hash as item, f.labeler_id as rater, f.policy_id, f.decided_at as at, null::int as turn
    from decisions f where ${inReach(reach)} and ${inIds(sql`f.id`, period)}
    order by f.content_hash, f.labeler_id, f.decided_at, f.id`;
}

// A labeler's first and second decision on the same content, where there are two.
function repeated({ reach, period }: Reading): SQL {
  return sql`select item, rater, policy_id, at, turn from (
      select f.labeler_id || encode(f.content_hash, 'hex') as item, f.labeler_id as rater, f.policy_id, f.decided_at as at,
        row_number() over same as turn, count(*) over (partition by f.labeler_id, f.content_hash) as times
      from decisions f where ${inReach(reach)} and ${inIds(sql`f.id`, period)}
      window same as (partition by f.labeler_id, f.content_hash order by f.decided_at, f.id)) r
    where times > 1 and turn <= 2`;
}

// What both auditors said themselves, before anybody decided between them; of golden samples verdicts take the item's truth.
function doubled({ projectId, reach, period }: Reading): SQL {
  return sql`select item, rater, policy_id, at, turn from (
      select d.id as item, j.auditor_id as rater, v.truth_policy_id as policy_id, f.decided_at as at, j.turn, count(*) over (partition by d.id) as times
      from double_audits d join audits f on f.project_id = d.project_id and f.id = d.primary_audit_id and f.purpose <> 'GOLDEN' and f.state <> 'VOIDED'
      cross join lateral (values (1, d.primary_audit_id, d.primary_auditor_id), (2, d.second_audit_id, d.second_auditor_id)) j (turn, audit_id, auditor_id)
      cross join lateral (select v.truth_policy_id from verdicts v where v.project_id = d.project_id and v.audit_id = j.audit_id
        and v.reason in ('INITIAL', 'AMENDED') order by v.number desc limit 1) v
      where d.project_id = ${projectId} and d.outcome in ('AGREED', 'ADJUDICATED') and ${inReach(reach)} and ${inIds(sql`f.decision_id`, period)}) r
    where times = 2`;
}

function voted({ projectId, reach, period, sessionId, states }: Reading): SQL {
  return sql`select v.item_id as item, v.principal_id as rater, v.policy_id, v.cast_at as at, null::int as turn
    from calibration_sessions s join calibration_votes v on v.project_id = s.project_id and v.session_id = s.id
    join calibration_items i on i.project_id = v.project_id and i.id = v.item_id
    where s.project_id = ${projectId} and (${sessionId}::uuid is null or s.id = ${sessionId}) and s.state = any (${array(states, "text")})
      and s.closed_at >= ${period.from.toISOString()}::timestamptz and s.closed_at < ${period.to.toISOString()}::timestamptz
      and (${reach.markets ? array(reach.markets, "text") : sql`null::text[]`} is null or i.market = any (${array(reach.markets ?? [], "text")}))`;
}

const RATINGS: Readonly<Record<AgreementSource, (reading: Reading) => SQL>> = {
  LABELS: labeled,
  REPEATS: repeated,
  DOUBLE_AUDITS: doubled,
  CALIBRATION: voted,
};

/** The judgements as a common table `ratings`: `item, rater, policy_id, at`, and `turn` 1 or 2 where an item has just a first and a second. */
export function ratingsOf(reading: Reading): SQL {
  return sql`ratings as materialized (${RATINGS[reading.source](reading)})`;
}
