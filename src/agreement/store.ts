import { sql } from "drizzle-orm";
import type { Db } from "../db/lease.ts";
import type { Cell, Pattern, SchemePolicy } from "../ratings/judgements.rules.ts";
import { cellsOf, patternsOf } from "../ratings/ratings.table.ts";
import { type Reading, ratingsOf } from "./ratings.store.ts";

/** The policies that the project uses, how many of them can be chosen, and how often each combination of them was chosen for an item; and when that was so. */
export async function readPatterns(db: Db, reading: Reading): Promise<{ scheme: SchemePolicy[]; schemeSize: number; patterns: Pattern[]; raters: number; now: Date }> {
  const [row] = await db.execute<{ scheme: SchemePolicy[]; schemeSize: number; patterns: Pattern[]; raters: number; now: string }>(sql`/* agreementPatterns */
    with ${ratingsOf(reading)}, patterns as (${patternsOf(0)})
    select coalesce((select json_agg(json_build_object('pattern', pattern, 'times', times)) from patterns), '[]') as patterns,
      (select count(distinct rater)::int from ratings) as raters,
      coalesce((select json_agg(json_build_object('id', p.id, 'code', p.code, 'rank', p.rank)) from policies p
        join project_policies u on u.policy_id = p.id where u.project_id = ${reading.projectId}), '[]') as scheme,
      (select count(*)::int from policies p join project_policies u on u.policy_id = p.id where u.project_id = ${reading.projectId} and p.is_leaf) as "schemeSize",
      now() as now`);
  return { ...row!, now: new Date(row!.now) };
}

/** What first raters put where, and second ones, of sources whose items have just these two. */
export async function readCells(db: Db, reading: Reading): Promise<Cell[]> {
  return [...await db.execute<Cell & Record<string, unknown>>(sql`/* agreementCells */
    with ${ratingsOf(reading)} ${cellsOf(0)}`)];
}

/** Two raters, and what they put where of the items that both judged. */
export interface PairCells {
  one: string;
  other: string;
  items: number;
  cells: Cell[];
}

const COMMON_ITEMS = 20;

/** Pairs of raters with at least 20 items in common, those with most first. */
export async function readPairs(db: Db, reading: Reading, first: number): Promise<PairCells[]> {
  return [...await db.execute<PairCells & Record<string, unknown>>(sql`/* agreementPairs */
    with ${ratingsOf(reading)}, joined as (
      select a.rater as one, b.rater as other, a.policy_id as mine, b.policy_id as theirs, count(*)::int as n
      from ratings a join ratings b on b.item = a.item and b.rater > a.rater group by 1, 2, 3, 4
    ), pairs as (
      select one, other, sum(n)::int as items from joined group by 1, 2 having sum(n) >= ${COMMON_ITEMS} order by 3 desc, 1, 2 limit ${first}
    )
    select p.one, p.other, p.items, json_agg(json_build_object('one', j.mine, 'other', j.theirs, 'n', j.n) order by j.mine, j.theirs) as cells
    from pairs p join joined j using (one, other) group by 1, 2, 3 order by 3 desc, 1, 2`)];
}

/** How often a rater chose what where the others chose what. */
export interface VoteCell {
  rater: string;
  vote: string;
  consensus: string;
  n: number;
}

// What most of the other raters of an item chose, where one policy was chosen most often.
const OTHERS = sql`counted as (select item, policy_id, count(*)::int as n from ratings group by item, policy_id),
  others as (
    select item, vote, policy_id from (
      select v.item, v.policy_id as vote, c.policy_id, rank() over most as place, count(*) over ranked as alike
      from counted v join counted c on c.item = v.item and c.n - (c.policy_id = v.policy_id)::int > 0
      window most as (partition by v.item, v.policy_id order by c.n - (c.policy_id = v.policy_id)::int desc),
        ranked as (partition by v.item, v.policy_id, c.n - (c.policy_id = v.policy_id)::int)) r
    where place = 1 and alike = 1)`;
const agreed = ({ projectId }: Reading) => sql`others as (
    select r.item, r.policy_id as vote, c.policy_id from (select distinct item, policy_id from ratings) r
    join calibration_consensus c on c.project_id = ${projectId} and c.item_id = r.item and c.policy_id is not null)`;

/** Each rater's votes beside what most of the others chose; of calibrations beside the consensus. */
export async function readVotes(db: Db, reading: Reading): Promise<VoteCell[]> {
  return [...await db.execute<VoteCell & Record<string, unknown>>(sql`/* agreementVotes */
    with ${ratingsOf(reading)}, ${reading.source === "CALIBRATION" ? agreed(reading) : OTHERS}
    select r.rater, r.policy_id as vote, o.policy_id as consensus, count(*)::int as n
    from ratings r join others o on o.item = r.item and o.vote = r.policy_id group by 1, 2, 3 order by 1, 2, 3`)];
}

/** What most raters of an item chose, against the agreed answers. */
export interface MajorityCount {
  items: number;
  ties: number;
  graded: number;
  correct: number;
}

/** How many items have one policy that was chosen most often, and how many of these were golden then, and right. */
export async function readMajority(db: Db, reading: Reading): Promise<MajorityCount> {
  const [row] = await db.execute<MajorityCount & Record<string, unknown>>(sql`/* agreementMajority */
    with ${ratingsOf(reading)}, ranked as (
      select item, policy_id, min(at) as at, rank() over (partition by item order by count(*) desc) as place from ratings group by item, policy_id
    ), majority as (
      select item, count(*) as alike, min(policy_id::text)::uuid as policy_id, min(at) as at from ranked where place = 1 group by item
    )
    select count(*)::int as items, count(*) filter (where m.alike > 1)::int as ties,
      count(g.truth_policy_id) filter (where m.alike = 1)::int as graded,
      count(*) filter (where m.alike = 1 and g.truth_policy_id = m.policy_id)::int as correct
    from majority m left join lateral (select g.truth_policy_id from golden_items g where g.project_id = ${reading.projectId} and g.content_hash = m.item
      and g.active_from <= m.at and (g.active_to is null or g.active_to > m.at) order by g.active_from desc limit 1) g on true`);
  return row!;
}

/** True if the viewer sees the session. */
export async function hasSession(db: Db, projectId: string, sessionId: string): Promise<boolean> {
  const rows = await db.execute(sql`/* sessionOfAgreement */ select 1 from calibration_sessions where project_id = ${projectId} and id = ${sessionId}`);
  return rows.length > 0;
}
