import { and, eq, sql } from "drizzle-orm";
import type { ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import { changeRow, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { at } from "../db/times.ts";
import type { ProjectRow } from "../projects/table.ts";
import { type GoldenItemRow, goldenItems } from "./table.ts";

/** The item, locked; null if absent or hidden. */
export async function lockGoldenItem(db: Db, { projectId, id }: ProjectKey): Promise<GoldenItemRow | null> {
  const isIt = and(eq(goldenItems.projectId, projectId), eq(goldenItems.id, id));
  const [row] = await db.select().from(goldenItems).where(isIt).for("no key update");
  return row ?? null;
}

/** By which code a project's items are recorded. */
export async function findProjectCode(db: Db, projectId: string): Promise<string> {
  const [row] = await db.execute<{ code: string }>(sql`/* projectCode */ select code from projects where id = ${projectId}`);
  return row!.code;
}

/** Ends an item. */
export async function retireRow(db: Db, key: ProjectKey, expectedVersion: ExpectedVersion, activeTo: Date, now: Date): Promise<void> {
  await changeRow(db, goldenItems, key, expectedVersion, { status: "RETIRED", activeTo }, now);
}

/** An item that has come to an end, and when. */
export interface EndedItem extends ProjectKey {
  activeTo: Date;
}

// Raw statements answer with times as text.
function ended(rows: Iterable<Record<"projectId" | "id" | "activeTo", string>>): EndedItem[] {
  return [...rows].map(({ activeTo, ...key }) => ({ ...key, activeTo: new Date(activeTo) }));
}

type EndedText = Record<"projectId" | "id" | "activeTo", string>;

/**
 * Ends up to `most` active items whose answer may be out of date, to be reviewed: the version that they were found under is over, or another
 * of the same policy, of one market perhaps, took effect since they were recorded. They end when that one began.
 */
export async function outdateItems(db: Db, now: Date, most: number): Promise<EndedItem[]> {
  const inForce = sql`state in ('EFFECTIVE', 'SUPERSEDED') and effective_from <= ${at(now)}`;
  return ended(await db.execute<EndedText>(sql`/* outdateItems */
    with latest as (select policy_id, max(effective_from) as began from policy_versions where ${inForce} group by policy_id),
    due as (
      select g.project_id, g.id, least(g.active_to, case when own.effective_to <= ${at(now)} then own.effective_to end,
        (select min(effective_from) from policy_versions where policy_id = g.truth_policy_id and ${inForce}
          and effective_from > greatest(g.created_at, own.effective_from))) as ended
      from golden_items g join latest l on l.policy_id = g.truth_policy_id left join policy_versions own on own.id = g.policy_version_id
      where g.status = 'ACTIVE' and (own.effective_to <= ${at(now)} or l.began > greatest(g.created_at, own.effective_from))
      limit ${most} for update of g skip locked
    )
    update golden_items g set status = 'NEEDS_REVIEW', active_to = greatest(due.ended, g.active_from + interval '1 millisecond'),
      version = g.version + 1, updated_at = ${at(now)}
    from due where g.project_id = due.project_id and g.id = due.id
    returning g.project_id as "projectId", g.id, g.active_to as "activeTo"`));
}

/** Retires up to `most` active items whose time is over. */
export async function expireItems(db: Db, now: Date, most: number): Promise<EndedItem[]> {
  return ended(await db.execute<EndedText>(sql`/* expireItems */
    with due as (
      select project_id, id from golden_items where status = 'ACTIVE' and active_to <= ${at(now)} limit ${most} for update skip locked
    )
    update golden_items g set status = 'RETIRED', version = g.version + 1, updated_at = ${at(now)}
    from due where g.project_id = due.project_id and g.id = due.id
    returning g.project_id as "projectId", g.id, g.active_to as "activeTo"`));
}

/** An item with the decisions on its content, and what its project has set. */
export interface CountedItem extends ProjectKey {
  exposureCount: number;
  settings: ProjectRow["settings"];
}

/**
 * Counts the decisions on the contents of up to `most` active items that were not counted since `since`, made while the item was active.
 * A count is no change of the item that somebody could have missed: its version stays.
 */
export async function countExposures(db: Db, since: Date, now: Date, most: number): Promise<CountedItem[]> {
  return [...await db.execute<CountedItem & Record<string, unknown>>(sql`/* countExposures */
    with due as (
      select project_id, id, content_hash, active_from, active_to from golden_items
      where status = 'ACTIVE' and (exposures_counted_at is null or exposures_counted_at <= ${at(since)}) limit ${most} for update skip locked
    ), counted as (
      select project_id, id, (select count(*)::int from decisions d where d.project_id = due.project_id and d.content_hash = due.content_hash
        and d.decided_at >= due.active_from and d.decided_at < coalesce(due.active_to, 'infinity')) as seen from due
    )
    update golden_items g set exposure_count = seen, exposures_counted_at = ${at(now)},
      updated_at = case when g.exposure_count = seen then g.updated_at else ${at(now)} end
    from counted join projects p on p.id = counted.project_id
    where g.project_id = counted.project_id and g.id = counted.id
    returning g.project_id as "projectId", g.id, g.exposure_count as "exposureCount", p.settings`)];
}

/** Retires active items now. */
export async function retireItems(db: Db, keys: readonly ProjectKey[], now: Date): Promise<void> {
  const worn = sql`unnest(${array(keys.map(({ projectId }) => projectId), "uuid")}, ${array(keys.map(({ id }) => id), "uuid")})`;
  await db.execute(sql`/* retireItems */
    update golden_items g set status = 'RETIRED', version = g.version + 1, updated_at = ${at(now)},
      active_to = least(g.active_to, greatest(${at(now)}, g.active_from + interval '1 millisecond'))
    from ${worn} as worn (project_id, id) where g.project_id = worn.project_id and g.id = worn.id`);
}
