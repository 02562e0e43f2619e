import { type SQL, sql } from "drizzle-orm";
import type { Entity } from "../db/entities.ts";

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
