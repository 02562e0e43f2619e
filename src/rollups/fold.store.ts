import { getTableColumns, type SQL, sql } from "drizzle-orm";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import { at } from "../db/times.ts";
import { factsOf, violatingOf } from "./facts.table.ts";
import { SUMS } from "./sums.table.ts";
import { auditFacts } from "./table.ts";

const list = (names: readonly string[], alias = "") => sql.raw(names.map((name) => alias + name).join(", "));
const assign = (names: readonly string[], value: (name: string) => string) => sql.raw(names.map((name) => `${name} = ${value(name)}`).join(", "));

const FACTS = Object.values(getTableColumns(auditFacts)).map(({ name }) => name);
const FOLDED = FACTS.filter((name) => name !== "project_id" && name !== "audit_id");
const COUNTS = Object.values(SUMS).map(({ column }) => column);
const EVERY_GRAIN = ["project_id", "grain", "layer", "purpose", "day", "market", "run_id", "stratum_id", "is_process_error"];
const CELL = [...EVERY_GRAIN, "vendor_id", "queue_id", "policy_id"];
const CELL_OF_FACT = sql`${list(EVERY_GRAIN, "f.")}, case when f.grain <> 'MARKET' then f.vendor_id end as vendor_id, ${sql.join(
  ["queue_id", "policy_id"].map((name) => sql.raw(`case f.grain when 'QUEUE_POLICY' then f.${name} end as ${name}`)), sql`, `)}`;

// Adds facts, which come with a grain and a sign, to the cells: all but those whose chances differ within a stratum. `emptied` is the place
// of a cell that counts nothing any more; it is the cell's until this transaction, which has the watermark, writes it again.
function addToCells(signed: SQL): SQL {
  const sums = Object.values(SUMS).map(({ column, ofFact }) => sql`sum(f.sign * ${ofFact}) as ${sql.raw(column)}`);
  return sql`insert into audit_rollups (${list(CELL)}, ${list(COUNTS)})
      select * from (
        select ${CELL_OF_FACT}, ${sql.join(sums, sql`, `)} from (${signed}) f where f.inclusion_probability is null
        group by ${sql.raw(CELL.map((_, i) => i + 1).join(", "))}) c
      where row (${list(COUNTS, "c.")}) is distinct from row (${sql.raw(COUNTS.map(() => "0").join(", "))})
      on conflict on constraint audit_rollups_cell do update set ${assign(COUNTS, (name) => `audit_rollups.${name} + excluded.${name}`)}
      returning case when audits = 0 then ctid::text end as emptied`;
}

/** How far a fold brings the watermark: up to an event, or to an audit while it is built. */
export interface Progress {
  seq?: number;
  builtTo?: string;
}

/**
 * Makes the facts of these audits what the audits say now, adds the differences to the cells and to what strata have, and moves the watermark,
 * which this transaction has locked: one statement, so one moment. The same again changes nothing. A project whose zone is another by now is
 * to be built anew.
 */
export async function foldAudits(db: Db, projectId: string, ids: readonly string[], { seq, builtTo }: Progress, now: Date): Promise<void> {
  const asked = sql`a.project_id = ${projectId} and a.id = any (${array(ids, "uuid")})`;
  const [folded] = await db.execute<{ emptied: string[] }>(sql`/* foldAudits */
    with ${violatingOf([projectId])}, mark as materialized (
      select w.*, p.time_zone as zone, p.time_zone = w.time_zone as is_same from rollup_watermarks w join projects p on p.id = w.project_id
      where w.project_id = ${projectId}
    ), fresh as materialized (${factsOf({ score: "CURRENT", asOf: null }, asked)}
    ), known as materialized (
      select ${list(FACTS)} from audit_facts where project_id = ${projectId} and audit_id = any (${array(ids, "uuid")})
    ), gone as (
      delete from audit_facts f using known k where f.project_id = k.project_id and f.audit_id = k.audit_id
        and k.audit_id not in (select audit_id from fresh) returning 1
    ), written as (
      insert into audit_facts (${list(FACTS)})
      select ${list(FACTS, "n.")} from fresh n left join known k on k.audit_id = n.audit_id
      where k.audit_id is null or row (n.*) is distinct from row (k.*)
      on conflict (project_id, audit_id) do update set ${assign(FOLDED, (name) => `excluded.${name}`)} returning 1
    ), differences as materialized (
      select 1 as sign, n.* from fresh n union all select -1, k.* from known k
    ), cells as (${addToCells(sql`select d.*, g.grain from differences d join (values ('MARKET'), ('HEADLINE'), ('QUEUE_POLICY')) as g (grain)
        on g.grain <> 'QUEUE_POLICY' or (select has_queue_policy or coalesce(d.audit_id <= queue_policy_to, false) from mark)`)}
    ), strata as (
      insert into stratum_rollups (project_id, stratum_id, audited)
      select project_id, stratum_id, sum(sign) from differences where stratum_id is not null group by 1, 2 having sum(sign) <> 0
      on conflict (project_id, stratum_id) do update set audited = stratum_rollups.audited + excluded.audited
    ), moved as (
      update rollup_watermarks w set folded_at = ${at(now)}, seq = coalesce(${seq ?? null}::bigint, w.seq), time_zone = m.zone,
        state = case when m.is_same then w.state else 'BUILDING' end,
        built_to = case when m.is_same then coalesce(${builtTo ?? null}::uuid, w.built_to) end,
        facts = w.facts + (select count(*) from fresh) - (select count(*) from known)
      from mark m where w.project_id = m.project_id
    )
    select coalesce(json_agg(emptied) filter (where emptied is not null), '[]') as emptied from cells`);
  if (folded!.emptied.length > 0) await dropEmptied(db, projectId, folded!.emptied);
}

async function dropEmptied(db: Db, projectId: string, places: readonly string[]): Promise<void> {
  await db.execute(sql`/* dropEmptiedCells */
    delete from audit_rollups where project_id = ${projectId} and ctid = any (${array(places, "tid")}) and audits = 0`);
}

/** The next audits of a project in order of their ids, whatever becomes of them. */
export async function listAuditsBehind(db: Db, projectId: string, id: string | null, most: number): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`/* auditsToBuild */
    select id from audits where project_id = ${projectId} and (${id}::uuid is null or id > ${id}) order by id limit ${most}`);
  return rows.map((row) => row.id);
}

/** The audits that the next events of a project are about, and the last of these events. */
export async function listAuditsOfEvents(db: Db, projectId: string, after: number, most: number): Promise<{ seq: number; ids: string[] }> {
  const [row] = await db.execute<{ seq: string | null; ids: string[] }>(sql`/* eventsToFold */
    select max(e.seq) as seq, coalesce(json_agg(distinct e.subject_id) filter (where e.subject_type = 'Audit'), '[]') as ids from (
      select s.seq, e.subject_type, e.subject_id from (
        select * from event_seals where project_id = ${projectId} and seq > ${after} order by seq limit ${most}) s
      cross join lateral (select * from events e where e.project_id = s.project_id and e.id = s.event_id limit 1) e) e`);
  return { seq: Number(row!.seq ?? after), ids: row!.ids };
}

/** Adds the next facts to the cells of grain QUEUE_POLICY; once there are no more, the grain is whole. */
export async function fillQueuePolicy(db: Db, projectId: string, most: number): Promise<void> {
  await db.execute(sql`/* fillQueuePolicy */
    with slice as materialized (
      select f.* from rollup_watermarks w join audit_facts f on f.project_id = w.project_id and f.audit_id > w.queue_policy_to
      where w.project_id = ${projectId} order by f.audit_id limit ${most}
    ), cells as (${addToCells(sql`select s.*, 'QUEUE_POLICY' as grain, 1 as sign from slice s`)}
    )
    update rollup_watermarks set queue_policy_to = (select audit_id from slice order by audit_id desc limit 1),
      has_queue_policy = not exists (select from slice) where project_id = ${projectId}`);
}

/** Drops so many cells of grain QUEUE_POLICY. */
export async function dropQueuePolicy(db: Db, projectId: string, most: number): Promise<void> {
  await db.execute(sql`/* dropQueuePolicy */
    delete from audit_rollups where project_id = ${projectId} and ctid = any (array(
      select ctid from audit_rollups where project_id = ${projectId} and grain = 'QUEUE_POLICY' limit ${most}))`);
}

/** How many of the newest facts there are, up to `most`, and in how many cells of grain QUEUE_POLICY they lie. */
export async function weighQueuePolicy(db: Db, projectId: string, most: number): Promise<{ facts: number; cells: number }> {
  const [row] = await db.execute<{ facts: string; cells: string }>(sql`/* weighQueuePolicy */
    with newest as materialized (
      select f.*, 'QUEUE_POLICY' as grain from audit_facts f where f.project_id = ${projectId} order by f.audit_id desc limit ${most}
    ), counted as (select * from newest where inclusion_probability is null)
    select (select count(*) from counted) as facts, (select count(*) from (select distinct ${list(CELL)} from counted) c) as cells`);
  return { facts: Number(row!.facts), cells: Number(row!.cells) };
}
