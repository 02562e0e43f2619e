import { sql } from "drizzle-orm";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import { type Dimension, withKeys } from "../reach/table.ts";
import type { RowSource } from "../reach/sources.table.ts";
import type { UsedPolicy } from "./figures.rules.ts";
import type { Cell, Pattern } from "./judgements.rules.ts";
import { cellsOf, firstOf, patternsOf } from "./ratings.table.ts";

/** More different judgements than this are refused by the caller; one more is read, to tell. */
export const MOST_RATINGS = 200_000;

/** The policies that these projects use. */
export async function listScheme(db: Db, projectIds: readonly string[]): Promise<UsedPolicy[]> {
  return [...await db.execute<UsedPolicy & Record<string, unknown>>(sql`/* schemeOfRatings */
    select u.project_id as "projectId", p.id, p.code, p.rank, p.is_leaf as "isLeaf" from project_policies u join policies p on p.id = u.policy_id
    where u.project_id = any (${array(projectIds, "uuid")})`)];
}

/** How many items of each group were judged alike. */
export async function countPatterns(db: Db, source: RowSource, splits: readonly Dimension[], weekStart: number) {
  const rows = await db.execute<Pattern & Record<string, unknown>>(sql`/* ratingPatterns */
    with ratings as (${firstOf(source, splits, weekStart)}) ${patternsOf(splits.length)} limit ${MOST_RATINGS + 1}`);
  return withKeys<Pattern>(rows, splits);
}

/** What first raters of each group's items put where the second put what. */
export async function countCells(db: Db, source: RowSource, splits: readonly Dimension[], weekStart: number) {
  const rows = await db.execute<Cell & Record<string, unknown>>(sql`/* ratingCells */
    with ratings as materialized (${firstOf(source, splits, weekStart)}) ${cellsOf(splits.length)} limit ${MOST_RATINGS + 1}`);
  return withKeys<Cell>(rows, splits);
}
