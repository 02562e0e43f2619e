import { and, eq, gt, sql } from "drizzle-orm";
import type { ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import { changeRow } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { anyOf, type List } from "../db/lists.ts";
import { precedentEntity, type PrecedentRow, precedents } from "./table.ts";

/** What of a precedent may be asked for; the ids are rows' own. */
export interface PrecedentFilter {
  states?: PrecedentRow["state"][] | null;
  policyIds?: string[] | null;
  policyVersionIds?: string[] | null;
  markets?: string[] | null;
  errorTypes?: NonNullable<PrecedentRow["errorType"]>[] | null;
  /** Words as people type them: all of them, in any order; quoted ones beside each other; `or`, and `-` for without. */
  search?: string | null;
  updatedAfter?: Date | null;
}

export const precedentList: List<PrecedentRow, PrecedentFilter> = {
  entity: precedentEntity,
  where: (t, { states, policyIds, policyVersionIds, markets, errorTypes, search, updatedAfter }) => [
    anyOf(t.state!, states),
    anyOf(t.policyId!, policyIds),
    anyOf(t.policyVersionId!, policyVersionIds),
    // What holds everywhere holds there too.
    markets ? sql`(${t.market!} is null or ${t.market!} = any (${array(markets, "text")}))` : undefined,
    anyOf(t.errorType!, errorTypes),
    search == null ? undefined : sql`to_tsvector('simple'::regconfig, ${t.title!} || ' ' || ${t.summary!}) @@ websearch_to_tsquery('simple'::regconfig, ${search})`,
    updatedAfter ? gt(t.updatedAt!, updatedAfter) : undefined,
  ],
  orders: { ID: "id", UPDATED_AT: "updatedAt" },
};

const uuids = (values: readonly string[]) => array(values, "uuid");

/**
 * The ids of the precedents in force that are most like each appeal's case, best first, in one statement for all: of the policy that the labeler
 * chose or the one that fits, then of the same error code, then of the same error type, then of the same words. Those that share none of the
 * first three are not alike, nor are those of another market.
 */
export async function listSimilar(db: Db, appeals: readonly ProjectKey[], most: number): Promise<string[][]> {
  const rows = await db.execute<{ ids: string[] | null }>(sql`/* similarPrecedents */
    select (select json_agg(s.id order by s.is_of_policy desc, s.is_of_code desc, s.is_of_type desc, s.rank desc, s.id desc) from (
      select p.id, m.*, ts_rank(to_tsvector('simple'::regconfig, p.title || ' ' || p.summary), w.words) as rank
      from precedents p cross join lateral (select p.policy_id in (a.policy_id, v.truth_policy_id) as is_of_policy,
        coalesce(p.error_code_id = any (f.codes), false) as is_of_code, coalesce(p.error_type = v.error_type, false) as is_of_type) m
      where p.project_id = a.project_id and p.state = 'ACTIVE' and (p.market is null or p.market = a.market)
        and (m.is_of_policy or m.is_of_code or m.is_of_type)
      order by m.is_of_policy desc, m.is_of_code desc, m.is_of_type desc, rank desc, p.id desc limit ${most}
    ) s) as ids
    from unnest(${uuids(appeals.map(({ projectId }) => projectId))}, ${uuids(appeals.map(({ id }) => id))}) with ordinality as n (project_id, id, place)
    left join appeals a on a.project_id = n.project_id and a.id = n.id
    left join verdicts v on v.project_id = a.project_id and v.id = a.verdict_id
    left join lateral (select array_agg(x.error_code_id) as codes from findings x where x.project_id = v.project_id and x.verdict_id = v.id) f on true
    left join lateral (select replace(plainto_tsquery('simple'::regconfig, a.reason)::text, '&', '|')::tsquery as words) w on true
    order by n.place`);
  return rows.map(({ ids }) => ids ?? []);
}

/** Adds a precedent. */
export async function insertPrecedent(db: Db, row: typeof precedents.$inferInsert): Promise<void> {
  await db.insert(precedents).values(row);
}

/** The precedent, locked; null if absent or hidden. */
export async function lockPrecedent(db: Db, { projectId, id }: ProjectKey): Promise<PrecedentRow | null> {
  const [row] = await db.select().from(precedents).where(and(eq(precedents.projectId, projectId), eq(precedents.id, id))).for("update");
  return row ?? null;
}

/** Ends a locked precedent. */
export async function retireRow(db: Db, key: ProjectKey, now: Date): Promise<void> {
  await changeRow(db, precedents, key, null, { state: "RETIRED", retiredAt: now }, now);
}

/** By which codes a project and policies of it are known. */
export async function findCodes(db: Db, projectId: string, policyIds: readonly string[]): Promise<{ project: string; policies: ReadonlyMap<string, string> }> {
  const rows = await db.execute<{ project: string; id: string; code: string }>(sql`/* codesOfPolicies */
    select j.code as project, p.id, p.code from projects j cross join policies p where j.id = ${projectId} and p.id = any (${uuids(policyIds)})`);
  return { project: rows[0]!.project, policies: new Map(rows.map(({ id, code }) => [id, code])) };
}
