import { and, eq, gt, lte, type SQL, sql } from "drizzle-orm";
import { array } from "../db/arrays.ts";
import { eventSeals } from "./table.ts";

/** Seals with their events, which are looked up one by one, whatever the server thinks of how many there are. */
export const SEALED = sql`event_seals cross join lateral (
  select * from events where events.project_id = event_seals.project_id and events.id = event_seals.event_id limit 1) events`;

/** From so many events of a project on, the index of their key is seen to be better than any other. */
const MANY = 1_000;

/** True while a statement on this project's events, of which there are at least `upTo`, must not be planned once for all: any index would seem as good as the key's. */
export function isPlannedAnew(upTo: number): boolean {
  return upTo < MANY;
}

/**
 * That seals are this project's, behind `after`, up to and with `upTo`. While these are few, of an array: the server doesn't know that it holds
 * one alone, and so plans the statement anew each time.
 */
export function areWithin(projectId: string, { after, upTo }: { after: number; upTo: number }): SQL {
  const areOf = isPlannedAnew(upTo) ? sql`${eventSeals.projectId} = any (${array([projectId], "uuid")})` : eq(eventSeals.projectId, projectId);
  return and(areOf, gt(eventSeals.seq, after), lte(eventSeals.seq, upTo))!;
}
