import { and, eq, gt, type SQL, sql } from "drizzle-orm";
import { idFloor, newId, type ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import { changeRow } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { anyOf, type List } from "../db/lists.ts";
import type { PeriodKind } from "../periods/rules.ts";
import {
  reportDefinitionEntity, type ReportDefinitionRow, reportDefinitions, reportSnapshotEntity, type ReportSnapshotRow, reportSnapshots,
} from "./table.ts";

/** What of a definition may be asked for. */
export interface DefinitionFilter {
  kinds?: PeriodKind[] | null;
  audiences?: ReportDefinitionRow["audience"][] | null;
  isArchived?: boolean | null;
  updatedAfter?: Date | null;
}

export const definitionList: List<ReportDefinitionRow, DefinitionFilter> = {
  entity: reportDefinitionEntity,
  where: (t, filter) => [
    filter.kinds ? sql`${t.kinds!} && ${array(filter.kinds, "text")}` : undefined,
    anyOf(t.audience!, filter.audiences),
    filter.isArchived == null ? undefined : eq(t.isArchived!, filter.isArchived),
    filter.updatedAfter ? gt(t.updatedAt!, filter.updatedAfter) : undefined,
  ],
  orders: { ID: "id", NAME: "name", UPDATED_AT: "updatedAt" },
};

/** What of a snapshot may be asked for; the ids are rows' own. */
export interface SnapshotFilter {
  vendorIds?: string[] | null;
  /** True for those of one vendor's rows, false for those of everybody's. */
  isOfVendor?: boolean | null;
  closing?: number | null;
  createdAfter?: Date | null;
}

export const snapshotList: List<ReportSnapshotRow, SnapshotFilter> = {
  entity: reportSnapshotEntity,
  where: (t, filter) => [
    anyOf(t.vendorId!, filter.vendorIds),
    filter.isOfVendor == null ? undefined : sql`(${t.vendorId!} is not null) = ${filter.isOfVendor}::bool`,
    filter.closing ? eq(t.closing!, filter.closing) : undefined,
    filter.createdAfter ? gt(t.createdAt!, filter.createdAfter) : undefined,
  ],
  orders: { ID: "id", AS_OF: "asOf" },
};

/** Adds a definition. */
export async function insertDefinition(db: Db, row: typeof reportDefinitions.$inferInsert): Promise<void> {
  await db.insert(reportDefinitions).values(row);
}

/** The definition, locked; null if absent or hidden. */
export async function lockDefinition(db: Db, { projectId, id }: ProjectKey): Promise<ReportDefinitionRow | null> {
  const isIt = and(eq(reportDefinitions.projectId, projectId), eq(reportDefinitions.id, id));
  const [row] = await db.select().from(reportDefinitions).where(isIt).for("update");
  return row ?? null;
}

/** Changes a locked definition; undefined stays. */
export async function changeDefinition(
  db: Db,
  key: ProjectKey,
  change: Partial<Pick<ReportDefinitionRow, "name" | "query" | "kinds" | "audience" | "isArchived">>,
  now: Date,
): Promise<void> {
  await changeRow(db, reportDefinitions, key, null, change, now);
}

/** The definitions that are frozen when a period of this kind closes, in the order in which they were made. */
export async function listFrozen(db: Db, projectId: string, kind: PeriodKind): Promise<ReportDefinitionRow[]> {
  return db.select().from(reportDefinitions)
    .where(sql`project_id = ${projectId} and not is_archived and ${kind} = any (kinds) /* definitionsToFreeze */`)
    .orderBy(reportDefinitions.id);
}

/** The vendors with decisions made from then to then, whenever they were recorded, in the order of their ids. */
export async function listVendors(db: Db, projectId: string, { from, to }: { from: Date; to: Date }): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`/* vendorsOfPeriod */
    select distinct vendor_id as id from decisions where project_id = ${projectId} and id >= ${idFloor(from)}::uuid and id < ${idFloor(to)}::uuid
    order by id`);
  return rows.map(({ id }) => id);
}

/** Where the name is found that never changes of what a dimension's values name. */
const LABELS: Readonly<Record<string, SQL>> = {
  Project: sql`select id::text as value, code as label from projects`,
  Queue: sql`select project_id || ':' || id, code from queues`,
  Vendor: sql`select id::text, code from vendors`,
  Site: sql`select id::text, code from sites`,
  Team: sql`select id::text, code from teams`,
  Labeler: sql`select id::text, pseudonym from labelers`,
  Policy: sql`select id::text, code from policies`,
  PolicyVersion: sql`select v.id::text, p.code || ' ' || v.semver from policy_versions v join policies p on p.id = v.policy_id`,
  ErrorCode: sql`select id::text, code from error_codes`,
  Criterion: sql`select id::text, code from criteria`,
};

/** Codes and pseudonyms of objects of a type, which never change; of people with names none. */
export async function listLabels(db: Db, type: string, values: readonly string[]): Promise<Map<string, string>> {
  const labels = LABELS[type];
  if (!labels || values.length === 0) return new Map();
  const rows = await db.execute<{ value: string; label: string }>(sql`/* labelsOfReport */
    select * from (${labels}) l (value, label) where value = any (${array(values, "text")})`);
  return new Map(rows.map(({ value, label }) => [value, label]));
}

/** What a closing froze: a definition's answer, of everybody's rows or of one vendor's. */
export type Frozen = Pick<
  ReportSnapshotRow,
  "definitionId" | "vendorId" | "audience" | "scoreTime" | "query" | "measureDefsVersion" | "data" | "dataHash"
>;

/** Adds the snapshots of one closing, in one statement. */
export async function insertSnapshots(
  db: Db,
  { projectId, periodId, closing, asOf }: Pick<ReportSnapshotRow, "projectId" | "periodId" | "closing" | "asOf">,
  frozen: readonly Frozen[],
  now: Date,
): Promise<void> {
  if (frozen.length === 0) return;
  const ids = frozen.map(() => newId(now)).sort();
  const common = { projectId, periodId, closing, asOf, createdAt: now };
  await db.insert(reportSnapshots).values(frozen.map((each, place) => ({ ...each, ...common, id: ids[place]! })));
}

/** A snapshot; null if absent or hidden. */
export async function findSnapshot(db: Db, { projectId, id }: ProjectKey): Promise<ReportSnapshotRow | null> {
  const [row] = await db.select().from(reportSnapshots)
    .where(and(eq(reportSnapshots.projectId, projectId), eq(reportSnapshots.id, id), sql`true /* snapshot */`));
  return row ?? null;
}
