import { type SQL, sql } from "drizzle-orm";
import { array } from "../db/arrays.ts";
import { type Dimension, inIds, inReach, type Period, type Reach, splitBy } from "../reach/table.ts";
import { localDay, type Raters, type RowSource, until } from "../reach/sources.table.ts";

/** Which judgements are read, as they were at a time. */
interface Rated {
  reach: Reach;
  period: Period;
  asOf: Date | null;
}

// Decisions on content that others, or the same labeler, may have decided on too.
function labels({ reach, period, asOf }: Rated): SQL {
  return sql`select f.*, f.content_hash as item, f.labeler_id as rater, f.policy_id as chosen, null::int as turn
    from decisions f where ${inReach(reach)} and ${inIds(sql`f.id`, period)} and f.recorded_at <= ${until(asOf)}`;
}

// What both auditors said themselves, before anybody decided between them; of golden samples verdicts take the item's truth.
function ownVerdicts({ reach, period, asOf }: Rated): SQL {
  return sql`select * from (
      select f.*, d.id as item, j.auditor_id as rater, v.truth_policy_id as chosen, j.turn, count(*) over (partition by d.project_id, d.id) as times
      from double_audits d join audits f on f.project_id = d.project_id and f.id = d.primary_audit_id and f.purpose <> 'GOLDEN'
        and (f.state <> 'VOIDED' or f.updated_at > ${until(asOf)})
      cross join lateral (values (1, d.primary_audit_id, d.primary_auditor_id), (2, d.second_audit_id, d.second_auditor_id)) j (turn, audit_id, auditor_id)
      cross join lateral (select v.truth_policy_id from verdicts v where v.project_id = d.project_id and v.audit_id = j.audit_id
        and v.reason in ('INITIAL', 'AMENDED') and v.recorded_at <= ${until(asOf)} order by v.number desc limit 1) v
      where d.project_id = any (${array(reach.projectIds!, "uuid")}) and d.outcome in ('AGREED', 'ADJUDICATED') and d.resolved_at <= ${until(asOf)}
        and ${inReach(reach)} and ${inIds(sql`f.decision_id`, period)}) r
    where times = 2`;
}

const RATED: Readonly<Record<Raters, (rated: Rated) => SQL>> = { LABELS: labels, DOUBLE_AUDITS: ownVerdicts };

/** Judgements `f`, beside the facts of what was judged: `item`, `rater`, the policy `chosen`, and `turn` 1 or 2 where an item has just two in an order. */
export function ratedOf(raters: Raters, rated: Rated): RowSource {
  return { ctes: [], rows: RATED[raters](rated), day: localDay(sql`f.decided_at`, rated.period) };
}

function ordinals(count: number): SQL {
  return sql.raw(Array.from({ length: count }, (_, index) => index + 1).join(", "));
}

/** Of each rater the first judgement of each item in a group, by time of decision, then id: `k0 ..., project_id, item, rater, policy_id, at, turn`. */
export function firstOf({ rows, day }: RowSource, splits: readonly Dimension[], weekStart: number): SQL {
  const { columns, joins } = splitBy(splits, day, weekStart);
  const places = ordinals(splits.length + 3);
  return sql`select distinct on (${places}) ${columns}f.project_id, f.item, f.rater, f.chosen as policy_id, f.decided_at as at, f.turn
    from (${rows}) f ${joins} order by ${places}, f.decided_at, f.id`;
}

const names = (splits: number, of = "") => sql.raw(Array.from({ length: splits }, (_, index) => `${of}k${index}, `).join(""));

/** How many items of a group were judged alike, of the common table `ratings`: `k0 ..., pattern, times`. */
export function patternsOf(splits: number): SQL {
  return sql`select ${names(splits)}pattern, count(*)::int as times from (
      select ${names(splits)}string_agg(policy_id || ':' || n, ' ' order by policy_id) as pattern
      from (select ${names(splits)}project_id, item, policy_id, count(*) as n from ratings group by ${ordinals(splits + 3)}) c
      group by ${names(splits)}project_id, item) i group by ${ordinals(splits + 1)}`;
}

/** What the first rater of an item put where the second put what, of the common table `ratings`: `k0 ..., one, other, n`. */
export function cellsOf(splits: number): SQL {
  return sql`select ${names(splits, "a.")}a.policy_id as one, b.policy_id as other, count(*)::int as n
    from ratings a join ratings b on b.project_id = a.project_id and b.item = a.item and b.turn = 2 where a.turn = 1 group by ${ordinals(splits + 2)}`;
}
