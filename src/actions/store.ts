import { and, eq, gt, inArray, lt, sql } from "drizzle-orm";
import type { ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import { changeRow } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { anyOf, type List } from "../db/lists.ts";
import { at } from "../db/times.ts";
import { escalations } from "../escalations/table.ts";
import { NOTHING_STATES, type Plan, UNDONE_STATES } from "./rules.ts";
import { actionEntity, type ActionRow, actions, effectivenessCheckEntity, type EffectivenessCheckRow, effectivenessChecks } from "./table.ts";

/** What of an action may be asked for; the ids are rows' own. */
export interface ActionFilter {
  states?: ActionRow["state"][] | null;
  kinds?: ActionRow["kind"][] | null;
  cycle?: number | null;
  ownerId?: string | null;
  vendorIds?: string[] | null;
  dueBefore?: Date | null;
  /** Those that are still to be done and were due before this time. */
  overdueAt?: Date | null;
  updatedAfter?: Date | null;
}

export const actionList: List<ActionRow, ActionFilter> = {
  entity: actionEntity,
  where: (t, filter) => [
    anyOf(t.state!, filter.states),
    anyOf(t.kind!, filter.kinds),
    filter.cycle == null ? undefined : eq(t.cycle!, filter.cycle),
    filter.ownerId ? eq(t.ownerId!, filter.ownerId) : undefined,
    anyOf(t.vendorId!, filter.vendorIds),
    filter.dueBefore ? lt(t.dueAt!, filter.dueBefore) : undefined,
    filter.overdueAt ? and(inArray(t.state!, [...UNDONE_STATES]), lt(t.dueAt!, filter.overdueAt), sql`(select e.state from escalations e
      where e.project_id = ${t.projectId!} and e.id = ${t.escalationId!}) <> all (${array(NOTHING_STATES, "text")})`) : undefined,
    filter.updatedAfter ? gt(t.updatedAt!, filter.updatedAfter) : undefined,
  ],
  orders: { ID: "id", DUE_AT: "dueAt", UPDATED_AT: "updatedAt" },
};

/** What of effectiveness checks may be asked for. */
export interface CheckFilter {
  results?: NonNullable<EffectivenessCheckRow["result"]>[] | null;
  cycle?: number | null;
}

export const checkList: List<EffectivenessCheckRow, CheckFilter> = {
  entity: effectivenessCheckEntity,
  where: (t, { results, cycle }) => [anyOf(t.result!, results), cycle == null ? undefined : eq(t.cycle!, cycle)],
  orders: { ID: "id" },
};

/** Adds actions, all in one statement. */
export async function insertActions(db: Db, rows: readonly (typeof actions.$inferInsert)[]): Promise<void> {
  await db.insert(actions).values([...rows]);
}

const isAction = ({ projectId, id }: ProjectKey) => and(eq(actions.projectId, projectId), eq(actions.id, id));

/** Where the escalation stands that an action belongs to, and who sees it, and what happens to it. */
export async function findOrigin(db: Db, { projectId, escalationId }: Pick<ActionRow, "projectId" | "escalationId">) {
  const { vendorId, isPartnerVisible, state } = escalations;
  const isIt = and(eq(escalations.projectId, projectId), eq(escalations.id, escalationId), sql`true /* originOfAction */`);
  const [row] = await db.select({ vendorId, isPartnerVisible, state }).from(escalations).where(isIt);
  return row!;
}

/** The action, locked; null if absent or hidden. */
export async function lockAction(db: Db, key: ProjectKey): Promise<ActionRow | null> {
  const [row] = await db.select().from(actions).where(isAction(key)).for("no key update");
  return row ?? null;
}

/** What of an action changes; undefined stays. */
export type ActionChange = Partial<Omit<typeof actions.$inferInsert, "projectId" | "id">>;

/** Changes a locked action. */
export async function changeAction(db: Db, key: ProjectKey, change: ActionChange, now: Date): Promise<void> {
  await changeRow(db, actions, key, null, change, now);
}

/** An action that has gone on, with its kind, as its event tells it. */
export type Gone = Pick<ActionRow, "projectId" | "id" | "kind" | "ownerId" | "dueAt">;

/** Takes all of an escalation's actions on that are in a state, of one cycle or of all, in one statement: these, in their order. */
export async function changeAll(db: Db, { projectId, id }: ProjectKey, from: ActionRow["state"], cycle: number | null, change: ActionChange, now: Date): Promise<Gone[]> {
  const isOne = and(eq(actions.projectId, projectId), eq(actions.escalationId, id), eq(actions.state, from), cycle === null ? undefined : eq(actions.cycle, cycle));
  const rows = await db.update(actions).set({ ...change, version: sql`${actions.version} + 1`, updatedAt: now }).where(isOne).returning();
  return rows.sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** What stands against an escalation's root causes in a cycle: waived actions don't. */
export async function readPlan(db: Db, { projectId, id }: ProjectKey, cycle: number): Promise<Omit<Plan, "hasCheck" | "isCheckBegun">> {
  const [row] = await db.execute<Omit<Plan, "hasCheck" | "isCheckBegun"> & Record<string, unknown>>(sql`/* actionPlan */
    with roots as (select c.id, c.category || '/' || c.code as name from rca_causes c
        join rcas r on r.project_id = c.project_id and r.id = c.rca_id
        where r.project_id = ${projectId} and r.escalation_id = ${id} and r.cycle = ${cycle} and r.state = 'ACCEPTED' and c.is_root),
      standing as (select kind, cause_id from actions where project_id = ${projectId} and escalation_id = ${id} and cycle = ${cycle} and state <> 'WAIVED')
    select to_jsonb(array(select distinct kind from standing order by kind)) as kinds,
      to_jsonb(array(select name from roots where id not in (select cause_id from standing where cause_id is not null) order by name)) as "bareCauses",
      exists (select from roots) as "hasRootCause"`);
  return row!;
}

/** How many of an escalation's actions are in each state, those of one kind or all; they stay so until the transaction ends. */
export async function countActions(db: Db, { projectId, id }: ProjectKey, kind: ActionRow["kind"] | null): Promise<Map<ActionRow["state"], number>> {
  const rows = await db.execute<{ state: ActionRow["state"]; count: number }>(sql`/* actionsByState */
    select state, count(*)::int as count from (select state from actions where project_id = ${projectId} and escalation_id = ${id}
      and (${kind}::text is null or kind = ${kind}) for share) a group by state`);
  return new Map(rows.map(({ state, count }) => [state, count]));
}

/** Those of the causes that belong to an analysis of the escalation's cycle that isn't withdrawn. */
export async function listCauses(db: Db, { projectId, id }: ProjectKey, cycle: number, causeIds: readonly string[]): Promise<Set<string>> {
  const rows = await db.execute<{ id: string }>(sql`/* causesOfEscalation */ select c.id from rca_causes c join rcas r on r.project_id = c.project_id and r.id = c.rca_id
    where r.project_id = ${projectId} and r.escalation_id = ${id} and r.cycle = ${cycle} and r.state <> 'WITHDRAWN' and c.id = any (${array(causeIds, "uuid")})`);
  return new Set(rows.map((row) => row.id));
}

/** The effectiveness check of an escalation's cycle, locked; null if there is none. */
export async function lockCheck(db: Db, { projectId, id }: ProjectKey, cycle: number): Promise<EffectivenessCheckRow | null> {
  const { projectId: project, escalationId, cycle: ofCycle } = effectivenessChecks;
  const [row] = await db.select().from(effectivenessChecks).where(and(eq(project, projectId), eq(escalationId, id), eq(ofCycle, cycle))).for("no key update");
  return row ?? null;
}

/** Adds an effectiveness check. */
export async function insertCheck(db: Db, row: typeof effectivenessChecks.$inferInsert): Promise<void> {
  await db.insert(effectivenessChecks).values(row);
}

/** What of an effectiveness check changes; undefined stays. */
export type CheckChange = Partial<Omit<typeof effectivenessChecks.$inferInsert, "projectId" | "id">>;

/** Changes a locked effectiveness check. */
export async function changeCheck(db: Db, key: ProjectKey, change: CheckChange, now: Date): Promise<void> {
  await changeRow(db, effectivenessChecks, key, null, change, now);
}

/** A check whose window is over, in its project's calendar. */
export interface DueCheck {
  projectId: string;
  timeZone: string;
  check: EffectivenessCheckRow;
}

/** The check that is due the longest, of an escalation that is being verified; it is not due again before `retryAt`. Null if none is due. */
export async function putOffDue(db: Db, now: Date, retryAt: Date): Promise<DueCheck | null> {
  const [due] = await db.execute<{ projectId: string; escalationId: string; cycle: number; timeZone: string }>(sql`/* dueCheck */
    update effectiveness_checks c set due_at = ${at(retryAt)} from (
      select c.project_id, c.id, p.time_zone from effectiveness_checks c join projects p on p.id = c.project_id
      join escalations e on e.project_id = c.project_id and e.id = c.escalation_id and e.cycle = c.cycle and e.state = 'VERIFYING'
      where c.due_at <= ${at(now)} order by c.due_at limit 1 for no key update of c skip locked) d
    where c.project_id = d.project_id and c.id = d.id
    returning c.project_id as "projectId", c.escalation_id as "escalationId", c.cycle, d.time_zone as "timeZone"`);
  if (!due) return null;
  const { projectId, escalationId, cycle, timeZone } = due;
  return { projectId, timeZone, check: (await lockCheck(db, { projectId, id: escalationId }, cycle))! };
}
