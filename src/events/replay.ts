import { sql } from "drizzle-orm";
import { idFloor } from "../core/ids.ts";
import type { Db } from "../db/lease.ts";

/** How far back cursors replay. The rows stay, as their subjects' timelines, and in `Project.events`. */
export const REPLAY_DAYS = 30;

const DAY_MS = 86_400_000;

/** The number of the last event that is not replayed any more; 0 if all are. Ids carry the time, so this is two look-ups. */
export async function findReplayStart(db: Db, projectId: string, now: Date): Promise<number> {
  const from = idFloor(new Date(now.getTime() - REPLAY_DAYS * DAY_MS));
  const [row] = await db.execute<{ seq: string | null }>(sql`/* replayStart */ select coalesce(
    (select s.seq - 1 from events e join event_seals s on s.project_id = e.project_id and s.event_id = e.id
      where e.project_id = ${projectId} and e.id >= ${from} order by e.id limit 1),
    (select seq from event_seals where project_id = ${projectId} order by seq desc limit 1)) as seq`);
  return Number(row!.seq ?? 0);
}
