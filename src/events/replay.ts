import { sql } from "drizzle-orm";
import { idFloor } from "../core/ids.ts";
import type { Db } from "../db/lease.ts";

/** How far back cursors replay where events are kept for ever, as their subjects' timelines and in `Project.events`. */
export const REPLAY_DAYS = 30;

/** From where a project's events are replayed: behind the last one that isn't, 0 if all are; and of how many days they are. */
export interface ReplayStart {
  lostTo: number;
  days: number;
}

const DAY_MS = 86_400_000;

// The rule of retention for events, by name: its table stands above this one.
async function getReplayDays(db: Db): Promise<number> {
  const [row] = await db.execute<{ days: number | null }>(sql`/* replayDays */ select max(keep_days) as days from retention_rules where kind = 'EVENTS'`);
  return row!.days ?? REPLAY_DAYS;
}

/** Where replays begin: as far back as the rule of retention keeps events, if one does. Ids carry the time, so this is a few look-ups. */
export async function findReplayStart(db: Db, projectId: string, now: Date): Promise<ReplayStart> {
  const days = await getReplayDays(db);
  const from = idFloor(new Date(now.getTime() - days * DAY_MS));
  const [row] = await db.execute<{ seq: string | null }>(sql`/* replayStart */ select coalesce(
    (select s.seq - 1 from events e join event_seals s on s.project_id = e.project_id and s.event_id = e.id
      where e.project_id = ${projectId} and e.id >= ${from} order by e.id limit 1),
    (select seq from event_seals where project_id = ${projectId} order by seq desc limit 1)) as seq`);
  return { lostTo: Number(row!.seq ?? 0), days };
}
