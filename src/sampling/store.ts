import { and, eq, gt, inArray, sql } from "drizzle-orm";
import type { ProjectKey } from "../core/ids.ts";
import type { Db } from "../db/lease.ts";
import type { List } from "../db/lists.ts";
import { type SamplingPlanRow, samplingPlans } from "../plans/table.ts";
import { type ProjectSettings, projects } from "../projects/table.ts";
import { samplingRunEntity, type SamplingRunRow, stratumEntity, type StratumRow } from "./table.ts";

export interface RunFilter {
  layers?: SamplingRunRow["layer"][] | null;
  drawnAfter?: Date | null;
}

export interface StratumFilter {
  keys?: string[] | null;
}

export const runList: List<SamplingRunRow, RunFilter> = {
  entity: samplingRunEntity,
  where: (t, filter) => [
    filter.layers ? inArray(t.layer!, filter.layers) : undefined,
    filter.drawnAfter ? gt(t.drawnAt!, filter.drawnAfter) : undefined,
  ],
  orders: { ID: "id", WINDOW_FROM: "windowFrom" },
};

export const stratumList: List<StratumRow, StratumFilter> = {
  entity: stratumEntity,
  where: (t, filter) => [filter.keys ? inArray(t.key!, filter.keys) : undefined],
  orders: { ID: "id", KEY: "key" },
};

/** A plan whose schedule has come, and the calendar of its project. */
export interface DuePlan {
  plan: SamplingPlanRow;
  timeZone: string;
  settings: Partial<ProjectSettings>;
}

/** The active plan whose schedule came first, if it has come by now. */
export async function findDuePlan(db: Db, now: Date): Promise<DuePlan | null> {
  const isDue = sql`${samplingPlans.state} = 'ACTIVE' and ${samplingPlans.nextDrawAt} <= ${now.toISOString()}::timestamptz
    /* findDuePlan */`;
  const [due] = await db
    .select({ plan: samplingPlans, timeZone: projects.timeZone, settings: projects.settings })
    .from(samplingPlans)
    .innerJoin(projects, eq(projects.id, samplingPlans.projectId))
    .where(isDue)
    .orderBy(samplingPlans.nextDrawAt)
    .limit(1);
  return due ?? null;
}

/** Says when a plan's schedule comes next. Its version stays: nobody changed what it is. */
export async function setNextDraw(db: Db, { projectId, id }: ProjectKey, nextDrawAt: Date, now: Date): Promise<void> {
  const isPlan = and(eq(samplingPlans.projectId, projectId), eq(samplingPlans.id, id));
  await db.update(samplingPlans).set({ nextDrawAt, updatedAt: now }).where(isPlan);
}

/**
 * Up to `most` runs of which the clock of their audits runs and no sample waits for one any more, with when the last one ceased to. Strata tell it where there are some: runs
 * of golden items, which have none, are small.
 */
export async function listAuditedRuns(db: Db, most: number): Promise<(ProjectKey & { endedAt: string | null })[]> {
  const waiting = sql.raw("s.state in ('DRAWN', 'IN_AUDIT')");
  return [...await db.execute<ProjectKey & { endedAt: string | null } & Record<string, unknown>>(sql`/* auditedRuns */
    select c.project_id as "projectId", c.subject_id as id,
      (select max(s.updated_at) from samples s where s.project_id = c.project_id and s.run_id = c.subject_id) as "endedAt"
    from sla_clocks c
    where c.kind = 'AUDIT_DUE' and c.stopped_at is null and c.voided_at is null
      and not exists (select from strata t join samples s on s.project_id = t.project_id and s.stratum_id = t.id and ${waiting}
        where t.project_id = c.project_id and t.run_id = c.subject_id)
      and not exists (select from samples s where s.project_id = c.project_id and s.run_id = c.subject_id and s.stratum_id is null and ${waiting})
    order by c.project_id, c.id limit ${most}`)];
}

/** The sizes of a run's strata by their keys. */
export async function listSizes(db: Db, { projectId, id }: ProjectKey): Promise<Map<string, number>> {
  const rows = await db.execute<{ key: string; size: number }>(
    sql`/* sizesOfRun */ select key, sample_size as size from strata where project_id = ${projectId} and run_id = ${id}`,
  );
  return new Map(rows.map(({ key, size }) => [key, size]));
}

/** The decisions that a run drew, without those that took the place of void ones later. */
export async function listDrawn(db: Db, { projectId, id }: ProjectKey): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`/* drawnByRun */ select decision_id as id from samples
    where project_id = ${projectId} and run_id = ${id} and replaces_id is null`);
  return rows.map((row) => row.id);
}
