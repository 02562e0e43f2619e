import { and, sql } from "drizzle-orm";
import type { Selection } from "../db/entities.ts";
import type { Db } from "../db/lease.ts";
import { cellsOf, readingOf } from "../db/plans.ts";
import { type Asked, idsFor, isOfKind } from "./about.ts";
import { eventEntity, type EventRow } from "./feed.store.ts";
import { areWithin, SEALED } from "./range.ts";

/** An event with the ids of the things that it has to do with. */
export interface AboutRow extends EventRow {
  aboutIds: readonly string[];
}

/** Which events of a project are looked for, in its order. */
export interface AboutQuery extends Asked {
  after: number;
  upTo: number;
  first: number;
  selection: Selection;
}

/** The sealed events that have to do with what is chosen, as far as the viewer sees both. */
export async function listEventsAbout(db: Db, projectId: string, query: AboutQuery): Promise<{ seq: number; row: AboutRow }[]> {
  const { about, chosen, first, selection } = query;
  const { cells, cellCount, joins, rowOf } = readingOf(eventEntity, selection);
  const found = await cellsOf(db, sql`/* eventsAbout */ select ${cells}, "self".seq, "self".about_ids from (
      select events.*, event_seals.seq, found.ids as about_ids from ${SEALED}
      join lateral ${idsFor(about, chosen)} as found(ids) on found.ids is not null
      where ${and(areWithin(projectId, query), isOfKind(query))} order by event_seals.seq limit ${first}) "self" ${joins} order by "self".seq`);
  return found.map((values) => (
    { seq: Number(values[cellCount]), row: { ...(rowOf(values) as EventRow), aboutIds: (values[cellCount + 1] as string).split(",") } }
  ));
}
