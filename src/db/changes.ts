import { and, eq, getTableColumns, sql } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import { NotFound, VersionConflict } from "../core/errors.ts";
import type { Key } from "../core/ids.ts";
import type { Columns } from "./entities.ts";
import type { Db } from "./lease.ts";

/** The version that a caller has read; null and undefined are any. */
export type ExpectedVersion = number | null | undefined;

/** Refuses whoever has read another version of a row than the one that it is at. */
export function checkVersion(version: number, expectedVersion: ExpectedVersion): void {
  if (expectedVersion == null || expectedVersion === version) return;
  throw new VersionConflict(expectedVersion, version);
}

/**
 * Changes one versioned row that the viewer sees, counting its version up. Undefined values stay as they are. Throws VersionConflict if
 * the row isn't at `expectedVersion`, NotFound if there is none.
 */
export async function changeRow<T extends PgTable>(
  db: Db,
  table: T,
  key: Key,
  expectedVersion: ExpectedVersion,
  changes: Partial<T["$inferInsert"]>,
  now: Date,
): Promise<T["$inferSelect"]> {
  const columns = getTableColumns(table) as unknown as Columns;
  const isRow = and(key.projectId ? eq(columns.projectId!, key.projectId) : undefined, eq(columns.id!, key.id));
  const isVersion = expectedVersion == null ? undefined : eq(columns.version!, expectedVersion);
  const [changed] = await db
    .update(table)
    .set({ ...changes, version: sql`${columns.version!} + 1`, updatedAt: now } as never)
    .where(and(isRow, isVersion))
    .returning();
  if (changed) return changed as T["$inferSelect"];
  const [present] = await db.select({ version: columns.version! }).from(table as PgTable).where(isRow);
  if (!present) throw new NotFound("There is no such row.");
  checkVersion(Number(present.version), expectedVersion);
  throw new NotFound("There is no such row.");
}
