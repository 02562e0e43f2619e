import { and, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { array } from "../db/arrays.ts";
import { aliased, type Entity } from "../db/entities.ts";
import { events } from "./table.ts";

/** What events have to do with things of one kind, beside those whose subject is the thing. */
export interface About {
  /** The things. */
  entity: Entity;
  /** Subjects of other types that belong to one thing each: which, of the row of `events`. */
  parts: Readonly<Record<string, SQL>>;
  /** Subjects of other types that belong to several: whether to the thing `s`. */
  shared: Readonly<Record<string, SQL>>;
}

/** Which of them: things with one of these values in each column named, or any of them where the column holds several; null and absent are all. */
export type Chosen = Readonly<Record<string, readonly string[] | null | undefined>>;

/** Which events: of one of these types, into one of these states, and with one of these values under each name of the payload; null and absent are all. */
export interface Happening {
  types?: readonly string[] | null;
  toStates?: readonly string[] | null;
  payload?: Chosen;
}

/** Events of things: which things, and which events of them. */
export interface Asked {
  about: About;
  chosen: Chosen;
  happening: Happening;
}

function namedBy(table: string, column: string): SQL {
  return sql.raw(`(select part.${column} from ${table} part where part.project_id = events.project_id and part.id = events.subject_id)`);
}

/** Things that nothing else belongs to. */
export function alone(entity: Entity): About {
  return { entity, parts: {}, shared: {} };
}

/** Escalations, with their analyses and actions. */
export function escalationsWithParts(entity: Entity): About {
  return { entity, parts: { Rca: namedBy("rcas", "escalation_id"), Action: namedBy("actions", "escalation_id") }, shared: {} };
}

const IN_QUEUE = {
  Sample: "samples", Audit: "audits", DoubleAudit: "double_audits", Lot: "lots", InspectionStream: "inspection_streams", LabelerAssignment: "labeler_assignments",
};
// A draw says which queues it took from; none named are all.
const DRAWN_FROM = sql.raw(`exists (select from sampling_runs run where run.project_id = events.project_id and run.id = events.subject_id
  and (jsonb_typeof(run.frame -> 'queueIds') is distinct from 'array' or jsonb_exists(run.frame -> 'queueIds', s.id::text)))`);

/** Queues, with the draws from them, their samples, audits, double audits, lots, inspections and assignments. */
export function queuesWithParts(entity: Entity): About {
  const parts = Object.fromEntries(Object.entries(IN_QUEUE).map(([type, table]) => [type, namedBy(table, "queue_id")]));
  return { entity, parts, shared: { SamplingRun: DRAWN_FROM } };
}

/** The types of subjects that have to do with such things. */
export function typesOf({ entity, parts, shared }: About): string[] {
  return [entity.name, ...Object.keys(parts), ...Object.keys(shared)];
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

/** Of a row of `events`: the ids of the things chosen that it has to do with and that whoever asks sees, as a text; null for none. */
export function idsFor({ entity, parts, shared }: About, chosen: Chosen): SQL {
  const { columns } = aliased(entity, "s");
  const names = Object.keys(shared);
  const isIt = sql`s.id = ${cases(parts, sql`events.subject_id`)}`;
  const isOne = names.length > 0 ? sql`(case when events.subject_type = any (${array(names, "text")}) then ${cases(shared, sql`false`)} else ${isIt} end)` : isIt;
  const filters = given(chosen).map(([name, values]) => isChosen(columns[name]!, values));
  return sql`(select string_agg(s.id::text, ',' order by s.id) from ${entity.table} s where s.project_id = events.project_id and ${and(isOne, ...filters)})`;
}

/** True of a row of `events` of one of these types; none where all are meant. */
export function isOfTypes(types: readonly string[] | null | undefined): SQL | undefined {
  return types ? sql`${events.type} = any (${array(types, "text")})` : undefined;
}

/** True of a row of `events` that happened to things of the kind, in the way that is asked for. */
export function isOfKind({ about, happening: { types, toStates, payload } }: Asked): SQL {
  return and(
    sql`${events.subjectType} = any (${array(typesOf(about), "text")})`,
    isOfTypes(types),
    toStates ? sql`${events.toState} = any (${array(toStates, "text")})` : undefined,
    ...given(payload).map(([name, values]) => sql`${events.payload} ->> ${name} = any (${array(values, "text")})`),
  )!;
}

/** True of a row of `events` that is asked for, as far as whoever asks sees what it has to do with. */
export function isAsked(asked: Asked): SQL {
  return and(isOfKind(asked), sql`${idsFor(asked.about, asked.chosen)} is not null`)!;
}
