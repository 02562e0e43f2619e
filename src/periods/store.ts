import { and, eq, gt, gte, lte, sql } from "drizzle-orm";
import type { ProjectKey } from "../core/ids.ts";
import type { Day } from "../core/time.ts";
import { array } from "../db/arrays.ts";
import { changeRow } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { anyOf, type List } from "../db/lists.ts";
import { at } from "../db/times.ts";
import type { ProjectSettings } from "../projects/table.ts";
import type { PeriodKind, Span } from "./rules.ts";
import {
  reportingPeriodEntity, type ReportingPeriodRow, reportingPeriods, scoreAdjustmentEntity, type ScoreAdjustmentRow,
} from "./table.ts";

/** What of a period may be asked for. */
export interface PeriodFilter {
  kinds?: PeriodKind[] | null;
  states?: ReportingPeriodRow["state"][] | null;
  /** Periods that begin then or later, and that end then or earlier. */
  from?: Day | null;
  to?: Day | null;
  updatedAfter?: Date | null;
}

export const periodList: List<ReportingPeriodRow, PeriodFilter> = {
  entity: reportingPeriodEntity,
  where: (t, filter) => [
    anyOf(t.kind!, filter.kinds),
    anyOf(t.state!, filter.states),
    filter.from ? gte(t.from!, filter.from) : undefined,
    filter.to ? lte(t.to!, filter.to) : undefined,
    filter.updatedAfter ? gt(t.updatedAt!, filter.updatedAfter) : undefined,
  ],
  orders: { ID: "id", CLOSE_DUE_AT: "closeDueAt", UPDATED_AT: "updatedAt" },
};

/** What of an adjustment may be asked for; the ids are rows' own. */
export interface AdjustmentFilter {
  labelerIds?: string[] | null;
  vendorIds?: string[] | null;
  reasons?: ScoreAdjustmentRow["reason"][] | null;
  recordedAfter?: Date | null;
}

export const adjustmentList: List<ScoreAdjustmentRow, AdjustmentFilter> = {
  entity: scoreAdjustmentEntity,
  where: (t, filter) => [
    anyOf(t.labelerId!, filter.labelerIds),
    anyOf(t.vendorId!, filter.vendorIds),
    anyOf(t.reason!, filter.reasons),
    filter.recordedAfter ? gt(t.recordedAt!, filter.recordedAfter) : undefined,
  ],
  orders: { ID: "id", RECORDED_AT: "recordedAt" },
};

/** A project with the end of its last period of each kind; null where it has none. */
export interface LastPeriods {
  projectId: string;
  timeZone: string;
  settings: Partial<ProjectSettings>;
  lastTo: Record<PeriodKind, Day | null>;
}

/** Every project, with where its periods go on. */
export async function listLastPeriods(db: Db): Promise<LastPeriods[]> {
  const last = (kind: PeriodKind) => sql`(select max(r."to")::text from reporting_periods r where r.project_id = p.id and r.kind = ${kind})`;
  return [...await db.execute<LastPeriods & Record<string, unknown>>(sql`/* lastPeriods */
    select p.id as "projectId", p.time_zone as "timeZone", p.settings,
      json_build_object('WEEK', ${last("WEEK")}, 'MONTH', ${last("MONTH")}) as "lastTo"
    from projects p where p.code <> '' order by p.id`)];
}

/** A period to open. */
export type NewPeriod = ProjectKey & Span & { kind: PeriodKind; closeDueAt: Date };

/** Opens periods; those that are new. One that starts where another of its kind does stays as it is. */
export async function insertPeriods(db: Db, rows: readonly NewPeriod[], now: Date): Promise<ProjectKey[]> {
  const column = (name: keyof NewPeriod, type: string) => array(rows.map((row) => row[name]), type);
  return [...await db.execute<ProjectKey & Record<string, unknown>>(sql`/* openPeriods */
    insert into reporting_periods (project_id, id, kind, "from", "to", state, close_due_at, created_at, updated_at)
    select n.project_id, n.id, n.kind, n."from", n."to", 'OPEN', n.close_due_at, ${at(now)}, ${at(now)}
    from unnest(${column("projectId", "uuid")}, ${column("id", "uuid")}, ${column("kind", "text")}, ${column("from", "date")}, ${column("to", "date")},
      ${column("closeDueAt", "timestamptz")}) as n (project_id, id, kind, "from", "to", close_due_at)
    on conflict (project_id, kind, "from") do nothing
    returning project_id as "projectId", id`)];
}

/** Periods of the kind that share days with these. */
export async function listOverlapping(db: Db, projectId: string, kind: PeriodKind, { from, to }: Span): Promise<ReportingPeriodRow[]> {
  const { projectId: project, kind: ofKind } = reportingPeriods;
  return db.select().from(reportingPeriods)
    .where(and(eq(project, projectId), eq(ofKind, kind), sql`"from" < ${to} and "to" > ${from} /* overlappingPeriods */`));
}

/** The period, locked; null if absent or hidden. */
export async function lockPeriod(db: Db, { projectId, id }: ProjectKey): Promise<ReportingPeriodRow | null> {
  const isIt = and(eq(reportingPeriods.projectId, projectId), eq(reportingPeriods.id, id));
  const [row] = await db.select().from(reportingPeriods).where(isIt).for("update");
  return row ?? null;
}

/** Changes a locked period. */
export async function changePeriod(db: Db, key: ProjectKey, changes: Partial<ReportingPeriodRow>, now: Date): Promise<void> {
  await changeRow(db, reportingPeriods, key, null, changes, now);
}

/** The open period whose closing is due the longest, put off until then, so that one that fails keeps no other waiting; null if none is due. */
export async function putOffDue(db: Db, now: Date, until: Date): Promise<ProjectKey | null> {
  const [row] = await db.execute<ProjectKey & Record<string, unknown>>(sql`/* duePeriod */
    with due as (
      select project_id, id from reporting_periods where state = 'OPEN' and close_due_at <= ${at(now)}
      order by close_due_at, id limit 1 for update skip locked
    )
    update reporting_periods p set close_due_at = ${at(until)} from due where p.project_id = due.project_id and p.id = due.id
    returning p.project_id as "projectId", p.id`);
  return row ?? null;
}

/** The period that was closed first of those whose waiting samples have not been given up. */
export async function findUnsettled(db: Db): Promise<ReportingPeriodRow | null> {
  const [row] = await db.select().from(reportingPeriods).where(sql`state = 'CLOSED' and settled_at is null /* unsettledPeriod */`)
    .orderBy(reportingPeriods.closedAt).limit(1);
  return row ?? null;
}

/** Says that nothing waits any more that waited at the closing; a period that was reopened meanwhile stays as it is. */
export async function markSettled(db: Db, { projectId, id, closings }: ReportingPeriodRow, now: Date): Promise<void> {
  await db.execute(sql`/* markSettled */ update reporting_periods set settled_at = ${at(now)}
    where project_id = ${projectId} and id = ${id} and state = 'CLOSED' and closings = ${closings}`);
}
