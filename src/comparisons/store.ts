import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../db/lease.ts";
import { isRead } from "../reach/table.ts";
import { gradedOf, type Reading } from "../reach/sources.table.ts";
import { factsOf, violatingOf } from "../rollups/facts.table.ts";
import type { PairedCounts } from "../stats/paired.ts";
import type { Side, TruthSource } from "./rules.ts";

/** Which decisions are compared. */
export interface PairedQuery extends Reading {
  left: Side;
  right: Side;
  source: TruthSource;
}

function isOf({ labelerId, kind }: Side): SQL {
  return labelerId ? sql`labeler_id = ${labelerId}::uuid` : sql`labeler_id in (select id from labelers where kind = ${kind})`;
}

// Decisions whose rightness is known. An error that the process answers for says nothing of who decided.
function judged({ source, ...query }: PairedQuery): SQL {
  if (source === "GOLDEN") return sql`select f.*, f.id as decision_id, f.is_hit as is_right from (${gradedOf(query).rows}) f`;
  return sql`select f.*, a.content_hash, f.is_correct as is_right from (${factsOf(query.reading, sql`true`)}) f
    join audits a on a.project_id = f.project_id and a.id = f.audit_id where ${isRead(query.reading, query.reach, query.period)} and not f.is_process_error`;
}

/** Items of which both sides made a decision whose rightness is known, by who was right; of repeats the first decision of a side counts. */
export async function countPairs(db: Db, query: PairedQuery): Promise<PairedCounts> {
  const first = (side: Side) => sql`select distinct on (project_id, content_hash) project_id, content_hash, is_right from judged
    where ${isOf(side)} order by project_id, content_hash, decided_at, decision_id`;
  const [row] = await db.execute<PairedCounts>(sql`/* pairedCounts */
    with ${violatingOf(query.reach.projectIds!)}, judged as materialized (${judged(query)}), l as (${first(query.left)}), r as (${first(query.right)})
    select count(*) filter (where l.is_right and r.is_right) as "bothRight", count(*) filter (where l.is_right and not r.is_right) as "leftOnly",
      count(*) filter (where r.is_right and not l.is_right) as "rightOnly", count(*) filter (where not l.is_right and not r.is_right) as neither
    from l join r using (project_id, content_hash)`);
  return row!;
}
