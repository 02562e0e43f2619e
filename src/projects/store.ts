import { eq, gt, inArray, type SQL, sql } from "drizzle-orm";
import type { Key, ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import { changeRow, type ExpectedVersion } from "../db/changes.ts";
import type { Columns } from "../db/entities.ts";
import type { Db } from "../db/lease.ts";
import type { List } from "../db/lists.ts";
import type { SettingsChange } from "./rules.ts";
import { projectEntity, type ProjectRow, projects, queueEntity, type QueueRow, queues } from "./table.ts";

/** Filter of projects, and the part of queues' that is alike. */
export interface ProjectFilter {
  codes?: string[] | null;
  updatedAfter?: Date | null;
}

/** Filter of queues. */
export interface QueueFilter extends ProjectFilter {
  markets?: string[] | null;
}

const byCodeAndTime = (table: Columns, filter: ProjectFilter): (SQL | undefined)[] => [
  filter.codes ? inArray(table.code!, filter.codes) : undefined,
  filter.updatedAfter ? gt(table.updatedAt!, filter.updatedAfter) : undefined,
];
const orders = { ID: "id", CODE: "code", UPDATED_AT: "updatedAt" };

export const projectList: List<ProjectRow, ProjectFilter> = { entity: projectEntity, where: byCodeAndTime, orders };
export const queueList: List<QueueRow, QueueFilter> = {
  entity: queueEntity,
  where: (table, filter) => [...byCodeAndTime(table, filter), filter.markets ? inArray(table.market!, filter.markets) : undefined],
  orders,
};

/** Where a caller's own code finds a queue. */
export interface QueueCode {
  projectCode: string;
  code: string;
}

/** The keys of the queues with these codes, in their order; null where absent or hidden. */
export async function findQueueKeys(db: Db, codes: readonly QueueCode[]): Promise<(ProjectKey | null)[]> {
  const asked = sql`unnest(${array(codes.map((each) => each.projectCode), "text")}, ${array(codes.map((each) => each.code), "text")})
    with ordinality as asked(project_code, code, i)`;
  const rows = await db.execute<{ i: string; projectId: string; id: string }>(sql`/* queueByCode */
    select asked.i, q.project_id as "projectId", q.id from ${asked}
    join projects p on p.code = asked.project_code join queues q on q.project_id = p.id and q.code = asked.code`);
  const found = new Map(rows.map(({ i, projectId, id }) => [Number(i) - 1, { projectId, id }]));
  return codes.map((_, index) => found.get(index) ?? null);
}

/** True if the viewer sees the project. */
export async function isProject(db: Db, id: string): Promise<boolean> {
  return (await db.select({ id: projects.id }).from(projects).where(eq(projects.id, id))).length > 0;
}

/** Adds a project. */
export async function insertProject(db: Db, row: typeof projects.$inferInsert): Promise<void> {
  await db.insert(projects).values(row);
}

/** What of a project changes; undefined stays. */
export interface ProjectChange {
  name?: string | undefined;
  timeZone?: string | undefined;
  settings?: SettingsChange | undefined;
}

/** Changes a project; settings are merged in the database, so that two who change different ones don't undo each other. */
export async function changeProjectRow(db: Db, key: Key, expectedVersion: ExpectedVersion, change: ProjectChange, now: Date) {
  const { settings, ...plain } = change;
  const merged = settings && sql`jsonb_strip_nulls(${projects.settings} || ${JSON.stringify(settings)}::text::jsonb)`;
  await changeRow(db, projects, key, expectedVersion, { ...plain, settings: merged as never }, now);
}

/** Adds a queue. */
export async function insertQueue(db: Db, row: typeof queues.$inferInsert): Promise<void> {
  await db.insert(queues).values(row);
}

/** What of a queue changes; undefined stays. */
export interface QueueChange {
  name?: string | undefined;
  slaMinutes?: number | null | undefined;
  scorecardId?: string | null | undefined;
  requiredSkills?: string[] | undefined;
}

/** Changes a queue. */
export async function changeQueueRow(db: Db, key: Key, expectedVersion: ExpectedVersion, change: QueueChange, now: Date) {
  await changeRow(db, queues, key, expectedVersion, change, now);
}

/** A project's zone and what it has set of its own. */
export async function findCalendar(db: Db, projectId: string): Promise<Pick<ProjectRow, "timeZone" | "settings">> {
  const { timeZone, settings } = projects;
  const [row] = await db.select({ timeZone, settings }).from(projects).where(eq(projects.id, projectId));
  return row!;
}
