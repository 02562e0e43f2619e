import { eq, gt, inArray, isNotNull, isNull, sql } from "drizzle-orm";
import type { Key } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import { changeRow, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import type { List } from "../db/lists.ts";
import type { PresentCode, ScorecardContent } from "./rules.ts";
import {
  criteria, criterionEntity, type CriterionRow, errorCodeEntity, type ErrorCodeRow, errorCodes, scorecardEntity, type ScorecardRow,
  scorecards, scorecardVersionEntity, type ScorecardVersionRow, scorecardVersions,
} from "./table.ts";

/** Filter of scorecards. */
export interface ScorecardFilter {
  codes?: string[] | null;
  updatedAfter?: Date | null;
}

/** Filter of a scorecard's versions. */
export interface ScorecardVersionFilter {
  states?: ScorecardVersionRow["state"][] | null;
  updatedAfter?: Date | null;
}

/** Filter of a version's criteria. */
export interface CriterionFilter {
  kinds?: CriterionRow["kind"][] | null;
}

/** Filter of a scorecard's error codes. */
export interface ErrorCodeFilter {
  codes?: string[] | null;
  isLeaf?: boolean | null;
  isRetired?: boolean | null;
  updatedAfter?: Date | null;
}

export const scorecardList: List<ScorecardRow, ScorecardFilter> = {
  entity: scorecardEntity,
  where: (table, filter) => [
    filter.codes ? inArray(table.code!, filter.codes) : undefined,
    filter.updatedAfter ? gt(table.updatedAt!, filter.updatedAfter) : undefined,
  ],
  orders: { ID: "id", CODE: "code", UPDATED_AT: "updatedAt" },
};
export const scorecardVersionList: List<ScorecardVersionRow, ScorecardVersionFilter> = {
  entity: scorecardVersionEntity,
  where: (table, filter) => [
    filter.states ? inArray(table.state!, filter.states) : undefined,
    filter.updatedAfter ? gt(table.updatedAt!, filter.updatedAfter) : undefined,
  ],
  orders: { ID: "id", NUMBER: "number" },
};
export const criterionList: List<CriterionRow, CriterionFilter> = {
  entity: criterionEntity,
  where: (table, filter) => [filter.kinds ? inArray(table.kind!, filter.kinds) : undefined],
  orders: { ID: "id" },
};

export const errorCodeList: List<ErrorCodeRow, ErrorCodeFilter> = {
  entity: errorCodeEntity,
  where: (table, { codes, isLeaf, isRetired, updatedAfter }) => [
    codes ? inArray(table.code!, codes) : undefined,
    isLeaf == null ? undefined : eq(table.isLeaf!, isLeaf),
    isRetired == null ? undefined : isRetired ? isNotNull(table.retiredAt!) : isNull(table.retiredAt!),
    updatedAfter ? gt(table.updatedAt!, updatedAfter) : undefined,
  ],
  orders: { ID: "id", CODE: "code", UPDATED_AT: "updatedAt" },
};

/** True if the viewer sees the scorecard. */
export async function isScorecard(db: Db, id: string): Promise<boolean> {
  return (await db.select({ id: scorecards.id }).from(scorecards).where(eq(scorecards.id, id))).length > 0;
}

/** Adds a scorecard; its content comes with a version. */
export async function insertScorecard(db: Db, row: typeof scorecards.$inferInsert): Promise<void> {
  await db.insert(scorecards).values(row);
}

/** Adds a version; its criteria come apart. */
export async function insertVersion(db: Db, version: typeof scorecardVersions.$inferInsert): Promise<void> {
  await db.insert(scorecardVersions).values(version);
}

/** Adds criteria. */
export async function insertCriteria(db: Db, rows: readonly (typeof criteria.$inferInsert)[]): Promise<void> {
  await db.insert(criteria).values([...rows]);
}

/** Takes all criteria from a version; of one that isn't a draft none goes, whoever asks. */
export async function deleteCriteria(db: Db, scorecardVersionId: string): Promise<void> {
  await db.delete(criteria).where(eq(criteria.scorecardVersionId, scorecardVersionId));
}

/** Changes a scorecard's name, or nothing but its version; holds the row until the transaction ends, so that versions take turns. */
export async function changeScorecard(db: Db, key: Key, expectedVersion: ExpectedVersion, change: { name?: string }, now: Date) {
  await changeRow(db, scorecards, key, expectedVersion, change, now);
}

/** As `changeScorecard` does without a name, by one of its versions; the scorecard's id, null if the version is absent or hidden. */
export async function touchScorecardOf(db: Db, scorecardVersionId: string, now: Date): Promise<string | null> {
  const [row] = await db
    .update(scorecards)
    .set({ version: sql`${scorecards.version} + 1`, updatedAt: now })
    .where(sql`${scorecards.id} = (select v.scorecard_id from scorecard_versions v where v.id = ${scorecardVersionId})`)
    .returning({ id: scorecards.id });
  return row?.id ?? null;
}

/** All versions of a scorecard, by number. */
export async function listVersions(db: Db, scorecardId: string): Promise<ScorecardVersionRow[]> {
  return db.select().from(scorecardVersions).where(eq(scorecardVersions.scorecardId, scorecardId)).orderBy(scorecardVersions.number);
}

/** What of a version changes; undefined stays. */
export type VersionChange = Partial<Pick<ScorecardVersionRow, "state" | "publishedAt">>;

/** Changes a version, or nothing but its own version. */
export async function changeVersion(db: Db, id: string, expectedVersion: ExpectedVersion, change: VersionChange, now: Date): Promise<void> {
  await changeRow(db, scorecardVersions, { projectId: null, id }, expectedVersion, change, now);
}

/** A version and its criteria in their order; null if absent or hidden. */
export async function findVersionWithCriteria(
  db: Db,
  id: string,
): Promise<{ version: ScorecardVersionRow; criteria: CriterionRow[] } | null> {
  const rows = await db
    .select({ version: scorecardVersions, criterion: criteria })
    .from(scorecardVersions)
    .innerJoin(criteria, eq(criteria.scorecardVersionId, scorecardVersions.id))
    .where(eq(scorecardVersions.id, id))
    .orderBy(criteria.position);
  return rows[0] ? { version: rows[0].version, criteria: rows.map((row) => row.criterion) } : null;
}

/** The content of versions, by their ids, in one statement; those absent or hidden are left out. */
export async function listContents(db: Db, versionIds: readonly string[]): Promise<Map<string, ScorecardContent>> {
  const rows = await db.execute<{ id: string } & ScorecardContent & Record<string, unknown>>(sql`/* scorecardContents */
    select v.id, v.state,
      (select json_agg(json_build_object('id', c.id, 'code', c.code, 'kind', c.kind, 'weight', c.weight, 'severity', c.severity, 'isBonus', c.is_bonus,
          'isNaAllowed', c.is_na_allowed, 'isBlindSafe', c.is_blind_safe, 'failsOn', c.fails_on) order by c.position)
        from criteria c where c.scorecard_version_id = v.id) as criteria,
      (select coalesce(json_agg(json_build_object('id', e.id, 'code', e.code, 'severity', e.severity, 'isLeaf', e.is_leaf,
          'isRetired', e.retired_at is not null) order by e.code), '[]')
        from error_codes e where e.scorecard_id = v.scorecard_id) as "errorCodes"
    from scorecard_versions v where v.id = any (${array(versionIds, "uuid")})`);
  return new Map(rows.map(({ id, state, criteria, errorCodes }) => [id, { state, criteria: criteria ?? [], errorCodes }]));
}

/** Holds the scorecard until the transaction ends, so that changes of its error codes take turns; false if absent or hidden. */
export async function lockCodes(db: Db, scorecardId: string): Promise<boolean> {
  return (await db.select({ id: scorecards.id }).from(scorecards).where(eq(scorecards.id, scorecardId)).for("no key update")).length > 0;
}

/** As `lockCodes`, by one of the codes. */
export async function lockCodesBeside(db: Db, errorCodeId: string): Promise<boolean> {
  const rows = await db.execute(sql`/* lockCodesBeside */
    select from scorecards s where s.id = (select e.scorecard_id from error_codes e where e.id = ${errorCodeId}) for no key update`);
  return rows.length > 0;
}

/** The error code with this id. */
export async function getErrorCode(db: Db, id: string): Promise<ErrorCodeRow> {
  const [row] = await db.select().from(errorCodes).where(eq(errorCodes.id, id));
  return row!;
}

/** The scorecard's error codes with these codes, each with its parent's. */
export async function listCodes(db: Db, scorecardId: string, codes: readonly string[]): Promise<PresentCode[]> {
  return db.execute<PresentCode & Record<string, unknown>>(sql`/* errorCodesByCode */
    select e.id, e.code, e.name, e.severity, e.retired_at is not null as "isRetired", p.code as "parentCode"
    from error_codes e left join error_codes p on p.id = e.parent_id
    where e.scorecard_id = ${scorecardId} and e.code = any (${array(codes, "text")})`);
}

/** An error code to be added. */
export type AddedCode = Pick<ErrorCodeRow, "id" | "code" | "name" | "severity"> & { parentCode: string | null };

/** Adds error codes to a scorecard, in one statement: each below the code it names, which is there or among them. */
export async function insertCodes(db: Db, scorecardId: string, rows: readonly AddedCode[], now: Date): Promise<void> {
  const column = (name: keyof AddedCode, type: string) => array(rows.map((row) => row[name]), type);
  await db.execute(sql`/* insertErrorCodes */
    with added as (select * from unnest(${column("id", "uuid")}, ${column("code", "text")}, ${column("name", "text")},
      ${column("severity", "text")}, ${column("parentCode", "text")}) as k (id, code, name, severity, parent_code))
    insert into error_codes (id, scorecard_id, code, name, severity, parent_id, is_leaf, created_at, updated_at)
    select k.id, ${scorecardId}::uuid, k.code, k.name, k.severity, coalesce(above.id, p.id),
      not exists (select from added c where c.parent_code = k.code), ${now}::timestamptz, ${now}::timestamptz
    from added k
    left join added above on above.code = k.parent_code
    left join error_codes p on p.scorecard_id = ${scorecardId} and p.code = k.parent_code`);
}

/** Says of leaves that have got codes below them that they are none any more. */
export async function unleaf(db: Db, scorecardId: string, now: Date): Promise<void> {
  await db.execute(sql`/* unleafErrorCodes */
    update error_codes p set is_leaf = false, version = p.version + 1, updated_at = ${now}
    where p.scorecard_id = ${scorecardId} and p.is_leaf and exists (select from error_codes c where c.parent_id = p.id)`);
}

/** Gives an error code another name. */
export async function renameCode(db: Db, key: Key, expectedVersion: ExpectedVersion, name: string, now: Date): Promise<void> {
  await changeRow(db, errorCodes, key, expectedVersion, { name }, now);
}

/** Retires an error code and all below it that aren't yet; their ids. */
export async function retireCodes(db: Db, id: string, now: Date): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`/* retireErrorCodes */
    with recursive below as (
      select id from error_codes where id = ${id}
      union all select c.id from below b join error_codes c on c.parent_id = b.id)
    update error_codes e set retired_at = ${now}, version = e.version + 1, updated_at = ${now}
    from below where e.id = below.id and e.retired_at is null returning e.id`);
  return rows.map((row) => row.id);
}
