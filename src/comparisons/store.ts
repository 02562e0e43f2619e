import { type SQL, sql } from "drizzle-orm";
import { idFloor } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import type { Period, Reach } from "../metrics/dimensions.rules.ts";
import type { Layer } from "../metrics/query.rules.ts";
import type { PairedCounts } from "../stats/paired.ts";
import type { Side, TruthSource } from "./rules.ts";

/** Which decisions are compared. */
export interface PairedQuery {
  left: Side;
  right: Side;
  source: TruthSource;
  layer: Layer;
  reach: Reach;
  period: Period;
  asOf: Date;
}

function inReach({ projectIds, queueIds, markets, vendorIds, policyIds }: Reach): SQL {
  const among = (column: string, values: readonly string[] | undefined, type: string) =>
    values ? sql` and f.${sql.raw(column)} = any (${array(values, type)})` : sql``;
  return sql`f.project_id = any (${array(projectIds!, "uuid")})${among("queue_id", queueIds, "uuid")}${among("market", markets, "text")}${
    among("vendor_id", vendorIds, "uuid")}${among("policy_id", policyIds, "uuid")}`;
}

function isOf({ labelerId, kind }: Side): SQL {
  return labelerId ? sql`labeler_id = ${labelerId}::uuid` : sql`labeler_id in (select id from labelers where kind = ${kind})`;
}

// Decisions whose rightness is known. An error that the process answers for says nothing of who decided.
function judged({ source, layer, reach, period, asOf }: PairedQuery): SQL {
  const [from, to, until] = [idFloor(period.from), idFloor(period.to), asOf.toISOString()];
  if (source === "GOLDEN") {
    return sql`select f.project_id, f.content_hash, f.labeler_id, f.id as decision_id, f.decided_at,
        f.policy_id = g.truth_policy_id and coalesce(f.action = g.truth_action, g.truth_action is null) as is_right
      from golden_items g join decisions f on f.project_id = g.project_id and f.content_hash = g.content_hash and f.decided_at >= g.active_from
        and f.decided_at < coalesce(g.active_to, case g.status when 'ACTIVE' then 'infinity'::timestamptz end)
      where ${inReach(reach)} and f.id >= ${from}::uuid and f.id < ${to}::uuid and f.recorded_at <= ${until}::timestamptz
        and g.created_at <= ${until}::timestamptz`;
  }
  return sql`select f.project_id, f.content_hash, f.labeler_id, f.decision_id, f.decided_at, v.outcome = 'CORRECT' as is_right
    from audits f cross join lateral (select v.outcome, v.attribution from verdicts v where v.project_id = f.project_id and v.audit_id = f.id
      and v.recorded_at <= ${until}::timestamptz order by v.number desc limit 1) v
    where ${inReach(reach)} and f.decision_id >= ${from}::uuid and f.decision_id < ${to}::uuid and f.layer = ${layer} and f.role = 'PRIMARY'
      and f.state in ('PUBLISHED', 'ACKNOWLEDGED', 'APPEALED', 'FINAL') and f.published_at <= ${until}::timestamptz
      and v.attribution is distinct from 'PROCESS'`;
}

/** Items of which both sides made a decision whose rightness is known, by who was right; of repeats the first decision of a side counts. */
export async function countPairs(db: Db, query: PairedQuery): Promise<PairedCounts> {
  const first = (side: Side) => sql`select distinct on (project_id, content_hash) project_id, content_hash, is_right from judged
    where ${isOf(side)} order by project_id, content_hash, decided_at, decision_id`;
  const [row] = await db.execute<PairedCounts>(sql`/* pairedCounts */
    with judged as materialized (${judged(query)}), l as (${first(query.left)}), r as (${first(query.right)})
    select count(*) filter (where l.is_right and r.is_right) as "bothRight", count(*) filter (where l.is_right and not r.is_right) as "leftOnly",
      count(*) filter (where r.is_right and not l.is_right) as "rightOnly", count(*) filter (where not l.is_right and not r.is_right) as neither
    from l join r using (project_id, content_hash)`);
  return row!;
}
