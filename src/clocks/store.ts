import { and, gt, inArray, isNull, lt, lte, type SQL, sql } from "drizzle-orm";
import { array } from "../db/arrays.ts";
import type { Columns } from "../db/entities.ts";
import type { Db } from "../db/lease.ts";
import { anyOf, type List } from "../db/lists.ts";
import { at } from "../db/times.ts";
import type { Course } from "./rules.ts";
import type { ClockState } from "./standing.rules.ts";
import { type ClockKind, slaClockEntity, type SlaClockRow, slaClocks } from "./table.ts";

/** What of a clock may be asked for; `now` says what is breached and at risk. */
export interface ClockFilter {
  projectIds?: string[] | null;
  kinds?: ClockKind[] | null;
  states?: ClockState[] | null;
  vendorIds?: string[] | null;
  markets?: string[] | null;
  queueIds?: string[] | null;
  isBreached?: boolean | null;
  isAtRisk?: boolean | null;
  dueBefore?: Date | null;
  updatedAfter?: Date | null;
  now: Date;
}

const stateOf = (t: Columns) => sql`case when ${t.voidedAt!} is not null then 'VOID' when ${t.stoppedAt!} is not null then 'STOPPED'
  when ${t.pausedAt!} is not null then 'PAUSED' else 'RUNNING' end`;

function either(isTrue: boolean | null | undefined, condition: SQL): SQL | undefined {
  return isTrue == null ? undefined : isTrue ? condition : sql`not (${condition})`;
}

export const clockList: List<SlaClockRow, ClockFilter> = {
  entity: slaClockEntity,
  where: (t, { now, ...filter }) => [
    anyOf(t.projectId!, filter.projectIds),
    anyOf(t.kind!, filter.kinds),
    filter.states ? sql`${stateOf(t)} = any (${array(filter.states, "text")})` : undefined,
    anyOf(t.vendorId!, filter.vendorIds),
    anyOf(t.market!, filter.markets),
    anyOf(t.queueId!, filter.queueIds),
    either(filter.isBreached, sql`(${t.breachedAt!} is not null or (${t.dueAt!} <= ${at(now)} and ${stateOf(t)} = 'RUNNING'))`),
    either(filter.isAtRisk, sql`(coalesce(${t.atRiskAt!} <= ${at(now)}, false) and ${t.stoppedAt!} is null and ${t.voidedAt!} is null)`),
    filter.dueBefore ? lt(t.dueAt!, filter.dueBefore) : undefined,
    filter.updatedAfter ? gt(t.updatedAt!, filter.updatedAfter) : undefined,
  ],
  orders: { ID: "id", DUE_AT: "dueAt", UPDATED_AT: "updatedAt" },
};

/** Adds clocks, all in one statement. */
export async function insertClocks(db: Db, rows: readonly (typeof slaClocks.$inferInsert)[]): Promise<void> {
  await db.insert(slaClocks).values([...rows]);
}

const isOpen = and(isNull(slaClocks.stoppedAt), isNull(slaClocks.voidedAt));

/** The clocks of these kinds and subjects that run or are paused, locked. */
export async function lockClocks(db: Db, projectId: string, subjectIds: readonly string[], kinds: readonly ClockKind[]): Promise<SlaClockRow[]> {
  const ofSubjects = sql`${slaClocks.projectId} = ${projectId} and ${slaClocks.subjectId} = any (${array(subjectIds, "uuid")})`;
  return db.select().from(slaClocks).where(and(ofSubjects, inArray(slaClocks.kind, [...kinds]), isOpen, sql`true /* clocksOfSubjects */`))
    .orderBy(slaClocks.id).for("no key update");
}

/** Clocks of which a share is to be told by now, the most urgent first, locked; those that somebody else works on are passed over. */
export async function lockPassed(db: Db, now: Date, most: number): Promise<SlaClockRow[]> {
  return db.select().from(slaClocks).where(and(lte(slaClocks.nextThresholdAt, now), isOpen, sql`true /* passedClocks */`))
    .orderBy(slaClocks.nextThresholdAt).limit(most).for("no key update", { skipLocked: true });
}

type Coursing = Pick<SlaClockRow, "projectId" | "id"> & Course;

/** Writes how locked clocks go on, in one statement. */
export async function saveCourses(db: Db, clocks: readonly Coursing[], now: Date): Promise<void> {
  const column = (type: string, read: (clock: Coursing) => unknown) => array(clocks.map(read), type);
  await db.execute(sql`/* saveClocks */
    update sla_clocks c set is_always_open = n.is_always_open, unit = n.unit, allowance = n.allowance, due_at = n.due_at, open_seconds = n.open_seconds, paused_at = n.paused_at, pause_reason = n.pause_reason,
      remaining_seconds = n.remaining_seconds, paused_seconds = n.paused_seconds, pauses = n.pauses::jsonb, stopped_at = n.stopped_at, elapsed_seconds = n.elapsed_seconds,
      breached_at = n.breached_at, voided_at = n.voided_at, told_percent = n.told_percent, next_threshold_at = n.next_threshold_at, at_risk_at = n.at_risk_at,
      version = c.version + 1, updated_at = ${at(now)}
    from unnest(${column("uuid", (clock) => clock.projectId)}, ${column("uuid", (clock) => clock.id)}, ${column("bool", (clock) => clock.isAlwaysOpen)}, ${column("text", (clock) => clock.unit)},
      ${column("int", (clock) => clock.allowance)}, ${column("timestamptz", (clock) => clock.dueAt)},
      ${column("int", (clock) => clock.openSeconds)}, ${column("timestamptz", (clock) => clock.pausedAt)}, ${column("text", (clock) => clock.pauseReason)},
      ${column("int", (clock) => clock.remainingSeconds)}, ${column("int", (clock) => clock.pausedSeconds)}, ${column("text", (clock) => JSON.stringify(clock.pauses))},
      ${column("timestamptz", (clock) => clock.stoppedAt)}, ${column("int", (clock) => clock.elapsedSeconds)}, ${column("timestamptz", (clock) => clock.breachedAt)}, ${column("timestamptz", (clock) => clock.voidedAt)}, ${column("int", (clock) => clock.toldPercent)},
      ${column("timestamptz", (clock) => clock.nextThresholdAt)}, ${column("timestamptz", (clock) => clock.atRiskAt)})
      as n (project_id, id, is_always_open, unit, allowance, due_at, open_seconds, paused_at, pause_reason, remaining_seconds, paused_seconds, pauses, stopped_at, elapsed_seconds, breached_at,
        voided_at, told_percent, next_threshold_at, at_risk_at)
    where c.project_id = n.project_id and c.id = n.id`);
}
