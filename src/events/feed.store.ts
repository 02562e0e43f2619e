import { and, gt, type SQL, sql } from "drizzle-orm";
import { newId, type ProjectKey, SYSTEM_PRINCIPAL_ID } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import { entity, type Selection } from "../db/entities.ts";
import type { Db } from "../db/lease.ts";
import { ask, cellsOf, readingOf, textOf } from "../db/plans.ts";
import { principalEntity, type PrincipalRow } from "../grants/table.ts";
import { isOfTypes } from "./about.ts";
import { areWithin, isPlannedAnew, SEALED } from "./range.ts";
import type { ReplayStart } from "./replay.ts";
import { events, eventSeals } from "./table.ts";

type SealRow = typeof eventSeals.$inferSelect;
export type EventRow = typeof events.$inferSelect & { seal?: SealRow | null; actor?: PrincipalRow | null; via?: PrincipalRow | null };

// Here and not beside its table, since it names principals, who stand above the outbox.
const sealEntity = entity<SealRow>("EventSeal", eventSeals);
export const eventEntity = entity<EventRow>("Event", events, {
  seal: { entity: () => sealEntity, column: "id", target: "eventId" },
  actor: { entity: () => principalEntity, column: "actorId" },
  via: { entity: () => principalEntity, column: "viaId" },
});

/**
 * The event that no table has: it tells who subscribes with an old cursor that what came behind it, up to and with `lostTo`, is replayed no
 * more. Its own cursor is that of the last one lost.
 */
export function gapEvent(projectId: string, after: number, { lostTo, days: replayDays }: ReplayStart, now: Date): EventRow {
  const id = newId(now);
  const nobody = { actorId: SYSTEM_PRINCIPAL_ID, actor: null, viaId: null, via: null, vendorId: null, teamId: null, labelerId: null, auditorId: null };
  const what = { type: "gap", subjectType: "Project", subjectId: projectId, fromState: null, toState: null, reason: null, recordedAt: now };
  return {
    projectId, id, ...what, ...nobody, isProjectVisible: true, isPartnerVisible: false, isStaffVisible: false, transactionId: "0",
    payload: { lost: lostTo - after, replayDays },
    seal: { projectId, seq: lostTo, eventId: id, hash: Buffer.alloc(0), sealedAt: now },
  };
}

/** Sealed events of a project, in its order. */
export interface EventQuery {
  /** Behind this one. */
  after: number;
  /** Of one of these types; null for all. */
  types: readonly string[] | null;
  first: number;
  selection: Selection;
}

/** An event with its number in its project's order. */
export interface Numbered {
  seq: number;
  row: EventRow;
}

interface EventSlice {
  rows: Numbered[];
  hasMore: boolean;
}

/** The events that the viewer sees of a part of a project's order, up to and with one, as subscriptions read them: again and again, of one project. */
export async function listEventsUpTo(db: Db, projectId: string, query: EventQuery & { upTo: number }): Promise<Numbered[]> {
  const { after, upTo, types, first, selection } = query;
  const reading = readingOf(eventEntity, selection);
  const isNew = isPlannedAnew(upTo);
  const text = textOf(reading, `eventsByProject ${types !== null} ${isNew}`, () => sql`/* eventsByProject */
    select ${reading.cells}, "self".seq from (select events.*, event_seals.seq from ${SEALED}
      where ${and(areWithin(projectId, query), isOfTypes(types))} order by event_seals.seq limit ${first}) "self" ${reading.joins} order by "self".seq`);
  const found = await ask(db, text, [isNew ? [projectId] : projectId, after, upTo, ...(types ? [types] : []), first]);
  return found.map((values) => ({ seq: Number(values[reading.cellCount]), row: reading.rowOf(values) as EventRow }));
}

// A page of events for each row of a numbered table k.
async function listEvents(
  db: Db,
  { after, types, first, selection }: EventQuery,
  { keys, isOf, count }: { keys: SQL; isOf: SQL; count: number },
): Promise<EventSlice[]> {
  const { cells, cellCount, joins, rowOf } = readingOf(eventEntity, selection);
  const where = and(isOf, gt(eventSeals.seq, after), isOfTypes(types));
  const found = await cellsOf(db, sql`select ${cells}, "self".seq, k.i from ${keys} cross join lateral (
      select events.*, event_seals.seq from event_seals join events on events.project_id = event_seals.project_id and events.id = event_seals.event_id
      where ${where} order by event_seals.seq limit ${first + 1}) "self" ${joins} order by k.i, "self".seq`);
  const byParent: unknown[][][] = Array.from({ length: count }, () => []);
  for (const values of found) byParent[Number(values[cellCount + 1]) - 1]!.push(values);
  return byParent.map((mine) => {
    const shown = mine.slice(0, first).map((values) => ({ seq: Number(values[cellCount]), row: rowOf(values) as EventRow }));
    return { rows: shown, hasMore: mine.length > first };
  });
}

/** The events that the viewer sees in each project, and whether more follow, in one statement for all projects. */
export async function listEventsByProject(db: Db, query: EventQuery, projectIds: readonly string[]): Promise<EventSlice[]> {
  const keys = sql`unnest(${array(projectIds, "uuid")}) with ordinality as k(project_id, i)`;
  return listEvents(db, query, { keys, isOf: sql`${eventSeals.projectId} = k.project_id /* eventsByProject */`, count: projectIds.length });
}

/** The events of each subject that the viewer sees, and whether more follow, in one statement for all subjects. */
export async function listEventsBySubject(db: Db, query: EventQuery, subjects: readonly ProjectKey[]): Promise<EventSlice[]> {
  const column = (name: keyof ProjectKey) => array(subjects.map((subject) => subject[name]), "uuid");
  const keys = sql`unnest(${column("projectId")}, ${column("id")}) with ordinality as k(project_id, id, i)`;
  const isOf = sql`${events.projectId} = k.project_id and ${events.subjectId} = k.id /* eventsBySubject */`;
  return listEvents(db, query, { keys, isOf, count: subjects.length });
}
