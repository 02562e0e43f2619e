import { and, eq, gt, inArray, isNull } from "drizzle-orm";
import type { Key } from "../core/ids.ts";
import { changeRow, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import type { List } from "../db/lists.ts";
import {
  criteria, criterionEntity, type CriterionRow, type ErrorCodeRow, errorCodes, scorecardEntity, type ScorecardRow, scorecards,
  scorecardVersionEntity, type ScorecardVersionRow, scorecardVersions,
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

/** True if the viewer sees the scorecard. */
export async function isScorecard(db: Db, id: string): Promise<boolean> {
  return (await db.select({ id: scorecards.id }).from(scorecards).where(eq(scorecards.id, id))).length > 0;
}

/** Adds a scorecard; its content comes with a version. */
export async function insertScorecard(db: Db, row: typeof scorecards.$inferInsert): Promise<void> {
  await db.insert(scorecards).values(row);
}

/** Adds a version with all its criteria. */
export async function insertVersion(
  db: Db,
  version: typeof scorecardVersions.$inferInsert,
  rows: readonly (typeof criteria.$inferInsert)[],
): Promise<void> {
  await db.insert(scorecardVersions).values(version);
  await db.insert(criteria).values([...rows]);
}

/** Changes a scorecard's name, or nothing but its version; holds the row until the transaction ends, so revisions take turns. */
export async function changeScorecard(db: Db, key: Key, expectedVersion: ExpectedVersion, change: { name?: string }, now: Date) {
  await changeRow(db, scorecards, key, expectedVersion, change, now);
}

/** The version that audits are made with now. */
export async function getPublishedVersion(db: Db, scorecardId: string): Promise<ScorecardVersionRow> {
  const [row] = await db
    .select()
    .from(scorecardVersions)
    .where(and(eq(scorecardVersions.scorecardId, scorecardId), eq(scorecardVersions.state, "PUBLISHED")));
  return row!;
}

/** Puts a version into another state. */
export async function setVersionState(db: Db, id: string, state: ScorecardVersionRow["state"], now: Date): Promise<void> {
  await changeRow(db, scorecardVersions, { projectId: null, id }, null, { state }, now);
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

/** The error codes of a scorecard that a finding may name now: leaves that aren't retired, by code. */
export async function listLiveLeaves(db: Db, scorecardId: string): Promise<ErrorCodeRow[]> {
  const isLive = and(eq(errorCodes.scorecardId, scorecardId), eq(errorCodes.isLeaf, true), isNull(errorCodes.retiredAt));
  return db.select().from(errorCodes).where(isLive).orderBy(errorCodes.code);
}
