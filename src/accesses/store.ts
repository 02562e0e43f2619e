import { eq, gte, inArray, lt, type SQL, sql } from "drizzle-orm";
import { idFloor, type NamedKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Columns } from "../db/entities.ts";
import type { Db } from "../db/lease.ts";
import type { List } from "../db/lists.ts";
import { at } from "../db/times.ts";
import type { AccessKind, NewAccess, Outcome } from "./rules.ts";
import { accessEntity, type AccessRow } from "./table.ts";

/** Filter of the list of accesses. */
export interface AccessFilter {
  principalId?: string | null;
  kinds?: AccessKind[] | null;
  subject?: NamedKey | null;
  outcomes?: Outcome[] | null;
  recordedFrom?: Date | null;
  recordedTo?: Date | null;
}

// As the index has it: whatever the order in which a thing is written down.
const names = (table: Columns, { type, key }: NamedKey): SQL => sql`${table.subjects!} @> ${JSON.stringify([{ type, key: { id: key.id } }])}::jsonb`;

export const accessList: List<AccessRow, AccessFilter> = {
  entity: accessEntity,
  // Times are asked of the id, by which the log lies in partitions.
  where: (table, { principalId, kinds, subject, outcomes, recordedFrom, recordedTo }) => [
    principalId ? eq(table.principalId!, principalId) : undefined,
    kinds ? sql`${table.kinds!} && ${array(kinds, "text")}` : undefined,
    subject ? names(table, subject) : undefined,
    outcomes ? inArray(table.outcome!, outcomes) : undefined,
    recordedFrom ? gte(table.id!, idFloor(recordedFrom)) : undefined,
    recordedTo ? lt(table.id!, idFloor(recordedTo)) : undefined,
  ],
  orders: { ID: "id" },
};

/** Makes the monthly partitions from one time to another, where they are missing. */
export async function ensurePartitions(db: Db, first: Date, last: Date): Promise<void> {
  await db.execute(sql`/* ensureAccessPartitions */ select ensure_access_partitions(${at(first)}, ${at(last)})`);
}

const COLUMNS = sql.raw(`principal_id, via_id, client_id, role, kinds, operation, fields, personal_fields, personal_count, subjects, project_ids, outcome, code,
  request_id, transport`);

// By names that are the table's columns.
function recordOf({ principalId, viaId, clientId, personalFields, personalCount, projectIds, requestId, ...rest }: NewAccess, place: number) {
  return {
    place, principal_id: principalId, via_id: viaId, client_id: clientId, personal_fields: personalFields, personal_count: personalCount, project_ids: projectIds,
    request_id: requestId, ...rest,
  };
}

// The millisecond that an id carries.
const TIME_OF_ID = sql.raw("to_timestamp(('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint / 1000.0)");

/** Adds rows to the log, at this moment by the database's clock. */
export async function insertAccesses(db: Db, rows: readonly NewAccess[]): Promise<void> {
  await db.execute(sql`/* logAccesses */ insert into access_log (id, recorded_at, ${COLUMNS})
    select id, ${TIME_OF_ID}, ${COLUMNS} from (select event_id(place) as id, a.* from jsonb_to_recordset(${JSON.stringify(rows.map(recordOf))}::jsonb) as a(
      place integer, principal_id uuid, via_id uuid, client_id uuid, role text, kinds text[], operation text, fields text[], personal_fields text[], personal_count integer,
      subjects jsonb, project_ids uuid[], outcome text, code text, request_id text, transport text)) r`);
}
