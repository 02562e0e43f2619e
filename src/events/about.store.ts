import { and, eq, getTableColumns, gt, lte, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { array } from "../db/arrays.ts";
import { aliased, fold, plan, type Selection } from "../db/entities.ts";
import type { Db } from "../db/lease.ts";
import { type About, type Chosen, type Happening, typesOf } from "./about.ts";
import { eventEntity, type EventRow } from "./feed.store.ts";
import { events, eventSeals } from "./table.ts";

/** An event with the ids of the things that it has to do with. */
export interface AboutRow extends EventRow {
  aboutIds: readonly string[];
}

/** Which events of a project are looked for, in its order. */
export interface AboutQuery {
  about: About;
  chosen: Chosen;
  happening: Happening;
  after: number;
  upTo: number;
  first: number;
  selection: Selection;
}

const given = (chosen: Chosen = {}) => Object.entries(chosen).filter((each): each is [string, readonly string[]] => each[1] != null);

function isChosen(column: PgColumn, values: readonly string[]): SQL {
  const type = column.getSQLType();
  const list = array(values, type.startsWith("uuid") ? "uuid" : "text");
  return type.endsWith("[]") ? sql`${column} && ${list}` : sql`${column} = any (${list})`;
}

function cases(parts: About["parts"], otherwise: SQL): SQL {
  const whens = Object.entries(parts).map(([type, part]) => sql`when ${type} then ${part}`);
  return whens.length > 0 ? sql`case events.subject_type ${sql.join(whens, sql` `)} else ${otherwise} end` : otherwise;
}

// The ids of the things that an event has to do with and that the viewer sees, as a text; null for none.
function idsFor({ entity, parts, shared }: About, chosen: Chosen): SQL {
  const { columns } = aliased(entity, "s");
  const names = Object.keys(shared);
  const isIt = sql`s.id = ${cases(parts, sql`events.subject_id`)}`;
  const isOne = names.length > 0 ? sql`(case when events.subject_type = any (${array(names, "text")}) then ${cases(shared, sql`false`)} else ${isIt} end)` : isIt;
  const filters = given(chosen).map(([name, values]) => isChosen(columns[name]!, values));
  return sql`(select string_agg(s.id::text, ',' order by s.id) from ${entity.table} s where s.project_id = events.project_id and ${and(isOne, ...filters)})`;
}

/** The sealed events that have to do with what is chosen, as far as the viewer sees both. */
export async function listEventsAbout(db: Db, projectId: string, query: AboutQuery): Promise<{ seq: number; row: AboutRow }[]> {
  const { about, chosen, happening: { types, toStates, payload }, after, upTo, first, selection } = query;
  const { fields, joins } = plan(eventEntity, selection);
  const page = db
    .select({ ...getTableColumns(events), seq: eventSeals.seq, aboutIds: sql<string>`found.ids`.as("about_ids") })
    .from(eventSeals)
    .innerJoin(events, and(eq(events.projectId, eventSeals.projectId), eq(events.id, eventSeals.eventId)))
    .innerJoin(sql`lateral ${idsFor(about, chosen)} as found(ids)`, sql`found.ids is not null`)
    .where(
      and(
        sql`${eventSeals.projectId} = ${projectId} /* eventsAbout */`,
        gt(eventSeals.seq, after),
        lte(eventSeals.seq, upTo),
        sql`${events.subjectType} = any (${array(typesOf(about), "text")})`,
        types ? sql`${events.type} = any (${array(types, "text")})` : undefined,
        toStates ? sql`${events.toState} = any (${array(toStates, "text")})` : undefined,
        ...given(payload).map(([name, values]) => sql`${events.payload} ->> ${name} = any (${array(values, "text")})`),
      ),
    )
    .orderBy(eventSeals.seq)
    .limit(first)
    .as("self");
  let statement = db.select({ ...fields, seq: sql`"self"."seq"`, aboutIds: sql`"self"."about_ids"` } as never).from(page).$dynamic();
  for (const { table, on } of joins) statement = statement.leftJoin(table as never, on) as never;
  const rows = (await statement.orderBy(sql`"self"."seq"`)) as unknown as (Record<string, unknown> & { seq: string; aboutIds: string })[];
  return rows.map((each) => ({ seq: Number(each.seq), row: { ...fold<EventRow>(eventEntity, selection, each), aboutIds: each.aboutIds.split(",") } }));
}
