import { type SQL, sql } from "drizzle-orm";
import type { AuditRow } from "../audits/table.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import { at } from "../db/times.ts";
import type { Reach } from "./rules.ts";

/** Which samples an auditor claims. */
export interface Claim {
  projectId: string;
  layer: AuditRow["layer"];
  auditorId: string;
  count: number;
  /** What is asked for, also of the samples that are kept for the auditor. */
  wished: Reach;
  /** What of it may be offered; null if that is everything that waits. */
  offered: Reach | null;
  /** Of a vendor's auditor: its own vendor's decisions, and of one team if the grant names it. */
  vendorId: string | null;
  teamId: string | null;
  /** The auditor's own labeler records: nobody audits themselves. */
  ownLabelerIds: readonly string[];
  leaseUntil: Date;
  now: Date;
}

function isOneOf(column: string, value: string | null): SQL {
  return value ? sql` and ${sql.raw(column)} = ${value}` : sql``;
}

function anyOf(column: string, values: readonly string[] | null, type: string): SQL {
  return values ? sql` and ${sql.raw(column)} = any (${array(values, type)})` : sql``;
}

// `language` is the row's, or the empty text.
function isWithin({ queueIds, exceptQueueIds, markets, languages }: Reach, row: string, language: string): SQL {
  const except = exceptQueueIds.length > 0 ? sql` and ${sql.raw(row)}.queue_id <> all (${array(exceptQueueIds, "uuid")})` : sql``;
  return sql`true${anyOf(`${row}.queue_id`, queueIds, "uuid")}${except}${anyOf(`${row}.market`, markets, "text")}${anyOf(language, languages, "text")}`;
}

// One that waits and may be offered, as far as the auditor's person goes. A decision drawn twice is offered blindly to nobody who saw it the first time.
function isFor({ projectId, layer, auditorId, ownLabelerIds, teamId }: Claim): SQL {
  return sql`s.project_id = ${projectId} and s.layer = ${layer} and s.state = 'DRAWN' and s.assignee_id is distinct from ${auditorId}::uuid
    and ${auditorId}::uuid <> all (s.skipped_by_ids) and s.labeler_id <> all (${array(ownLabelerIds, "uuid")})${isOneOf("s.team_id", teamId)}
    and not (s.is_blind and exists (select from audits seen where seen.project_id = s.project_id and seen.decision_id = s.decision_id
      and seen.auditor_id = ${auditorId}::uuid and seen.revealed_at is not null))`;
}

// What waits lies in lanes, one for each vendor, queue, market and language that it has: the next lane is one look-up in the index from
// the last. Each lane is read from its head, so that what others may have costs nothing, however much of it waits. A lane's own rows are
// asked for as a range and in the index' whole order: then no other index will do.
const LANE = sql.raw("s.vendor_id, s.queue_id, s.market, coalesce(s.language, '')");
const OF_LANE = sql.raw("l.vendor_id, l.queue_id, l.market, l.language");

function headsOf(claim: Claim, limit: SQL): SQL {
  if (!claim.offered) return sql`heads as materialized (select s.ctid as place, s.due_at, s.id from samples s where ${isFor(claim)} order by s.due_at, s.id limit ${limit})`;
  const waiting = sql`from samples s where s.project_id = ${claim.projectId} and s.layer = ${claim.layer} and s.state = 'DRAWN'${isOneOf("s.vendor_id", claim.vendorId)}`;
  return sql`lanes (vendor_id, queue_id, market, language) as (
      (select ${LANE} ${waiting} order by ${LANE} limit 1)
      union all
      select next.* from lanes l cross join lateral (select ${LANE} ${waiting} and (${LANE}) > (${OF_LANE}) order by ${LANE} limit 1) next
    ), heads as materialized (
      select head.* from lanes l cross join lateral (
        select s.ctid as place, s.due_at, s.id from samples s where ${isFor(claim)} and (${LANE}) >= (${OF_LANE}) and (${LANE}) <= (${OF_LANE})
        order by ${LANE}, s.due_at, s.id limit ${limit}) head
      where ${isWithin(claim.offered, "l", "l.language")}
      order by head.due_at, head.id limit ${limit}
    )`;
}

/** A claimed sample, and whose lease on it had ended. */
export interface Claimed {
  id: string;
  heldById: string | null;
}

const WALK = ["enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin", "enable_sort"];

// Statistics may be old, or of the time when nothing waited: what waits is walked along the index that has it in order, in any case.
async function walkIndexes(db: Db): Promise<void> {
  await db.execute(sql`select set_config(setting, 'off', true) from unnest(${array(WALK, "text")}) setting`);
}

async function lease(db: Db, claim: Claim, most: number): Promise<{ claimed: Claimed[]; isCutOff: boolean }> {
  const { projectId, layer, auditorId, count, wished } = claim;
  const limit = sql.raw(String(most));
  // Bounds of the state say the same as its equality, and "is true" nothing more: but so only the index of assignees fits, and only the
  // row's place. Rows are locked one by one, in turn, until there are enough.
  const [row] = await db.execute<{ claimed: Claimed[]; heads: number }>(sql`/* claimSamples */
    with recursive mine as materialized (
      select s.ctid as place, s.due_at, s.id from samples s where s.assignee_id = ${auditorId} and s.state >= 'DRAWN' and s.state <= 'DRAWN'
        and (s.project_id = ${projectId}) is true and (s.layer = ${layer}) is true and ${isWithin(wished, "s", "coalesce(s.language, '')")}
    ), ${headsOf(claim, limit)}, waiting as materialized (
      select * from (select 1 as turn, * from mine union all select 2, * from heads) each order by turn, due_at, id
    ), picked as (
      select w.place, s.assignee_id from waiting w cross join lateral (
        select s.assignee_id from samples s where s.ctid = w.place and (s.project_id = ${projectId}) is true and s.state = 'DRAWN'
          and ${auditorId}::uuid <> all (s.skipped_by_ids) for update of s skip locked) s
      limit ${count}::int
    ), leased as (
      update samples s set state = 'IN_AUDIT', assignee_id = ${auditorId}, lease_until = ${at(claim.leaseUntil)}, version = s.version + 1,
        updated_at = ${at(claim.now)}
      from picked where s.ctid = picked.place and (s.project_id = ${projectId}) is true
      returning s.id, s.due_at, picked.assignee_id
    )
    select (select count(*)::int from heads) as heads,
      coalesce((select json_agg(json_build_object('id', id, 'heldById', assignee_id) order by due_at, id) from leased), '[]') as claimed`);
  return { claimed: row!.claimed, isCutOff: row!.heads >= most };
}

/** How many heads are looked at: more only if so many of them are being claimed by others at this moment. */
const LOOKS = [50, 500, 5_000];

/**
 * Leases the next waiting samples: first those that this auditor's lease ended on, then by due time and id. Samples that somebody else is
 * claiming at this moment are passed over, so that claims neither share a sample nor wait for each other.
 */
export async function leaseSamples(db: Db, claim: Claim): Promise<Claimed[]> {
  const claimed: Claimed[] = [];
  for (const most of LOOKS) {
    const [, got] = await Promise.all([walkIndexes(db), lease(db, { ...claim, count: claim.count - claimed.length }, most)]);
    claimed.push(...got.claimed);
    if (claimed.length === claim.count || !got.isCutOff) break;
  }
  return claimed;
}

function pairs(keys: readonly ProjectKey[]): SQL {
  return sql`${array(keys.map(({ projectId }) => projectId), "uuid")}, ${array(keys.map(({ id }) => id), "uuid")}`;
}

/** Whose samples they are from now on. */
export interface Taker {
  auditorId: string;
  now: Date;
}

/** A sample, and until when it is leased from now on. */
export interface Given {
  key: ProjectKey;
  leaseUntil: Date;
}

/** Leases these samples, which are locked, to somebody, whoever had them. */
export async function giveSamples(db: Db, { auditorId, now }: Taker, given: readonly Given[]): Promise<void> {
  const untils = array(given.map(({ leaseUntil }) => leaseUntil), "timestamptz");
  await db.execute(sql`/* giveSamples */
    update samples s set state = 'IN_AUDIT', assignee_id = ${auditorId}, lease_until = g.lease_until, version = s.version + 1, updated_at = ${at(now)}
    from unnest(${pairs(given.map(({ key }) => key))}, ${untils}) as g (project_id, id, lease_until) where s.project_id = g.project_id and s.id = g.id`);
}

/** What an event about an audit says of it. */
export type Voided = Pick<AuditRow, "projectId" | "id" | "state" | "layer" | "auditorId" | "vendorId" | "teamId">;

const VOIDED = sql.raw(`project_id as "projectId", id, state, layer, auditor_id as "auditorId", vendor_id as "vendorId", team_id as "teamId"`);

/**
 * Voids the audits that others keep on these samples; the voided ones, with the state they left. An auditor who has seen the decision is
 * not offered it again.
 */
export async function voidKept(db: Db, { auditorId, now }: Taker, samples: readonly ProjectKey[]): Promise<Voided[]> {
  return [...await db.execute<Voided & Record<string, unknown>>(sql`/* voidKeptAudits */
    with kept as (
      select a.* from unnest(${pairs(samples)}) as t (project_id, sample_id) join audits a on a.project_id = t.project_id and a.sample_id = t.sample_id
      where a.auditor_id <> ${auditorId} and a.role = 'PRIMARY' and a.state in ('DRAFT', 'REVEALED') for update of a
    ), voided as (
      update audits a set state = 'VOIDED', version = a.version + 1, updated_at = ${at(now)}
      from kept where a.project_id = kept.project_id and a.id = kept.id
    ), seen as (
      update samples s set skipped_by_ids = array_append(s.skipped_by_ids, kept.auditor_id)
      from kept where kept.state = 'REVEALED' and s.project_id = kept.project_id and s.id = kept.sample_id
    )
    select ${VOIDED} from kept`)];
}

/** An audit and its sample. */
export interface Opened {
  id: string;
  sampleId: string;
}

/** The auditor's audit of each of these samples: the one kept from an earlier lease, or a new draft with the facts copied. */
export async function openAudits(db: Db, { auditorId, now }: Taker, samples: readonly ProjectKey[]): Promise<Opened[]> {
  const ids = array(samples.map(() => newId(now)), "uuid");
  return [...await db.execute<Opened & Record<string, unknown>>(sql`/* openAudits */
    with taken as (select * from unnest(${pairs(samples)}, ${ids}) as t (project_id, sample_id, audit_id)),
    kept as (
      select a.id, a.sample_id from taken t join audits a on a.project_id = t.project_id and a.sample_id = t.sample_id
      where a.auditor_id = ${auditorId} and a.role = 'PRIMARY' and a.state in ('DRAFT', 'REVEALED')
    ), made as (
      insert into audits (project_id, id, sample_id, decision_id, run_id, stratum_id, auditor_id, role, layer, purpose, is_blind, is_double, state,
        inclusion_probability, scorecard_version_id, policy_version_id, content_ref, content_hash, modality, language, queue_id, labeler_id, vendor_id,
        site_id, team_id, policy_id, market, decided_at, created_at, updated_at)
      select s.project_id, t.audit_id, s.id, s.decision_id, s.run_id, s.stratum_id, ${auditorId}::uuid, 'PRIMARY', s.layer, s.purpose, s.is_blind, s.is_double, 'DRAFT',
        case when s.purpose = 'RISK' then s.inclusion_probability end,
        (select v.id from queues q join scorecard_versions v on v.scorecard_id = q.scorecard_id and v.state = 'PUBLISHED'
          where q.project_id = s.project_id and q.id = s.queue_id order by v.number desc limit 1),
        (select d.policy_version_id from decisions d where d.project_id = s.project_id and d.id = s.decision_id),
        s.content_ref, s.content_hash, s.modality, s.language, s.queue_id, s.labeler_id, s.vendor_id, s.site_id, s.team_id, s.policy_id, s.market,
        s.decided_at, ${at(now)}, ${at(now)}
      from taken t join samples s on s.project_id = t.project_id and s.id = t.sample_id
      where not exists (select from kept where kept.sample_id = s.id)
      returning id, sample_id
    )
    select id, sample_id as "sampleId" from kept union all select id, sample_id from made`)];
}
