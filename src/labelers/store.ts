import { and, eq, gt, inArray, isNull, lte, or, sql } from "drizzle-orm";
import type { Key, ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import { changeRow, type ExpectedVersion } from "../db/changes.ts";
import type { Columns } from "../db/entities.ts";
import type { Db } from "../db/lease.ts";
import type { List } from "../db/lists.ts";
import { queues } from "../projects/table.ts";
import { sites, teams } from "../vendors/table.ts";
import type { Place } from "./rules.ts";
import {
  assignmentEntity, type AssignmentRow, labelerAssignments, labelerEntity, labelerMemberships, type LabelerRow, labelers, membershipEntity,
  type MembershipRow,
} from "./table.ts";

/** Filter of the list of labelers. */
export interface LabelerFilter {
  vendorId?: string | null;
  siteId?: string | null;
  teamId?: string | null;
  kinds?: LabelerRow["kind"][] | null;
  statuses?: LabelerRow["status"][] | null;
  externalRefs?: string[] | null;
  updatedAfter?: Date | null;
}

/** Filter of the lists of memberships and assignments; `heldAt` keeps those that hold then. */
export interface PeriodFilter {
  heldAt?: Date | null;
  kinds?: AssignmentRow["kind"][] | null;
  updatedAfter?: Date | null;
}

const is = (table: Columns, column: string, id: string | null | undefined) => (id ? eq(table[column]!, id) : undefined);
const changedAfter = (table: Columns, time: Date | null | undefined) => (time ? gt(table.updatedAt!, time) : undefined);
const holdsAt = (table: Columns, time: Date | null | undefined) =>
  time ? and(lte(table.from!, time), or(isNull(table.to!), gt(table.to!, time))) : undefined;

export const labelerList: List<LabelerRow, LabelerFilter> = {
  entity: labelerEntity,
  where: (table, { vendorId, siteId, teamId, kinds, statuses, externalRefs, updatedAfter }) => [
    is(table, "vendorId", vendorId),
    is(table, "siteId", siteId),
    is(table, "teamId", teamId),
    kinds ? inArray(table.kind!, kinds) : undefined,
    statuses ? inArray(table.status!, statuses) : undefined,
    externalRefs ? sql`${table.externalRef!} = any (${array(externalRefs, "text")})` : undefined,
    changedAfter(table, updatedAfter),
  ],
  orders: { ID: "id", PSEUDONYM: "pseudonym", UPDATED_AT: "updatedAt" },
};

export const membershipList: List<MembershipRow, PeriodFilter> = {
  entity: membershipEntity,
  where: (table, { heldAt }) => [holdsAt(table, heldAt)],
  orders: { ID: "id", FROM: "from" },
};

export const assignmentList: List<AssignmentRow, PeriodFilter> = {
  entity: assignmentEntity,
  where: (table, { heldAt, kinds, updatedAfter }) => [
    holdsAt(table, heldAt),
    kinds ? inArray(table.kind!, kinds) : undefined,
    changedAfter(table, updatedAfter),
  ],
  orders: { ID: "id", FROM: "from", UPDATED_AT: "updatedAt" },
};

/** A labeler's vendor and what it calls them. */
export interface LabelerRef {
  vendorCode: string;
  externalRef: string;
}

/** The keys of the labelers with these references, in their order; null where absent or hidden. */
export async function findKeysByRef(db: Db, refs: readonly LabelerRef[]): Promise<(Key | null)[]> {
  const rows = await db.execute<{ i: string; id: string }>(sql`/* labelersByRef */
    select k.i, l.id from unnest(${array(refs.map((ref) => ref.vendorCode), "text")}, ${array(refs.map((ref) => ref.externalRef), "text")})
      with ordinality as k(vendor, ref, i)
    join vendors v on v.code = k.vendor join labelers l on l.vendor_id = v.id and l.external_ref = k.ref`);
  const ids = new Map(rows.map((row) => [Number(row.i) - 1, row.id]));
  return refs.map((_, index) => (ids.has(index) ? { projectId: null, id: ids.get(index)! } : null));
}

/** The labeler with this id; null if absent or hidden. */
export async function findLabeler(db: Db, id: string): Promise<LabelerRow | null> {
  const [row] = await db.select().from(labelers).where(eq(labelers.id, id));
  return row ?? null;
}

/** Changes a labeler. */
export async function changeLabeler(
  db: Db,
  id: string,
  version: ExpectedVersion,
  changes: Partial<typeof labelers.$inferInsert>,
  now: Date,
): Promise<void> {
  await changeRow(db, labelers, { projectId: null, id }, version, changes, now);
}

/** The site and team meant, if they are this vendor's and go together; null if not. */
export async function findPlace(db: Db, vendorId: string, { siteId, teamId }: Place): Promise<Place | null> {
  const [row] = teamId
    ? await db.select({ siteId: teams.siteId }).from(teams).where(and(eq(teams.id, teamId), eq(teams.vendorId, vendorId)))
    : await db.select({ siteId: sites.id }).from(sites).where(and(eq(sites.id, siteId!), eq(sites.vendorId, vendorId)));
  return row && (!siteId || row.siteId === siteId) ? { siteId: row.siteId, teamId } : null;
}

/** When the labeler's present membership began; null if they have none. */
export async function findOpenSince(db: Db, labelerId: string): Promise<Date | null> {
  const isOpen = and(eq(labelerMemberships.labelerId, labelerId), isNull(labelerMemberships.to));
  const [row] = await db.select({ from: labelerMemberships.from }).from(labelerMemberships).where(isOpen);
  return row?.from ?? null;
}

/** True if the viewer sees that queue. */
export async function hasQueue(db: Db, { projectId, id }: ProjectKey): Promise<boolean> {
  const rows = await db.select({ id: queues.id }).from(queues).where(and(eq(queues.projectId, projectId), eq(queues.id, id)));
  return rows.length > 0;
}

/** Adds an assignment. */
export async function insertAssignment(db: Db, row: typeof labelerAssignments.$inferInsert): Promise<void> {
  await db.insert(labelerAssignments).values(row);
}

/** The assignment with this key and its labeler's team; null if absent or hidden. */
export async function findAssignment(db: Db, { projectId, id }: ProjectKey) {
  const [row] = await db
    .select({ assignment: labelerAssignments, teamId: labelers.teamId })
    .from(labelerAssignments)
    .innerJoin(labelers, eq(labelers.id, labelerAssignments.labelerId))
    .where(and(eq(labelerAssignments.projectId, projectId), eq(labelerAssignments.id, id)));
  return row ?? null;
}

/** Sets when an assignment ends. */
export async function changeAssignmentEnd(db: Db, key: ProjectKey, version: ExpectedVersion, to: Date, now: Date): Promise<void> {
  await changeRow(db, labelerAssignments, key, version, { to }, now);
}

/** Ends what holds of a labeler's assignments, or is to come, in all projects; their keys. */
export async function endAssignments(db: Db, labelerId: string, now: Date): Promise<ProjectKey[]> {
  const { projectId, id, from, to, version } = labelerAssignments;
  return db
    .update(labelerAssignments)
    .set({ to: sql`greatest(${from}, ${now})`, version: sql`${version} + 1`, updatedAt: now })
    .where(and(eq(labelerAssignments.labelerId, labelerId), or(isNull(to), gt(to, now))))
    .returning({ projectId, id });
}
