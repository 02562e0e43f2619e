import { eq, gte, inArray, lt, type SQL, sql } from "drizzle-orm";
import { idFloor, type NamedKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Columns } from "../db/entities.ts";
import type { Db } from "../db/lease.ts";
import type { List } from "../db/lists.ts";
import type { AccessKind, NewAccess, Outcome } from "./rules.ts";
import { accessEntity, type AccessRow } from "./table.ts";

/** Filter of the list of accesses. */
export interface AccessFilter {
  principalId?: string | null;
  kinds?: AccessKind[] | null;
  /** Of the things, one or none: nothing is about none. */
  subjects?: NamedKey[] | null;
  outcomes?: Outcome[] | null;
  recordedFrom?: Date | null;
  recordedTo?: Date | null;
}

// As the index has it: whatever the order in which a thing is written down.
const names = (table: Columns, { type, key }: NamedKey): SQL => sql`${table.subjects!} @> ${JSON.stringify([{ type, key }])}::jsonb`;

export const accessList: List<AccessRow, AccessFilter> = {
  entity: accessEntity,
  // Times are asked of the id, by which the log lies in partitions.
  where: (table, { principalId, kinds, subjects, outcomes, recordedFrom, recordedTo }) => [
    principalId ? eq(table.principalId!, principalId) : undefined,
    kinds ? sql`${table.kinds!} && ${array(kinds, "text")}` : undefined,
    subjects?.[0] ? names(table, subjects[0]) : subjects ? sql`false` : undefined,
    outcomes ? inArray(table.outcome!, outcomes) : undefined,
    recordedFrom ? gte(table.id!, idFloor(recordedFrom)) : undefined,
    recordedTo ? lt(table.id!, idFloor(recordedTo)) : undefined,
  ],
  orders: { ID: "id" },
};

// By names that are the function's columns.
function recordOf({ principalId, viaId, clientId, personalFields, personalCount, projectIds, requestId, ...rest }: NewAccess, place: number) {
  return {
    place, principal_id: principalId, via_id: viaId, client_id: clientId, personal_fields: personalFields, personal_count: personalCount, project_ids: projectIds,
    request_id: requestId, ...rest,
  };
}

/** Adds rows to the log, at this moment by the database's clock, for whose month they make room; whoever acts in the transaction adds rows of their own. */
export async function insertAccesses(db: Db, rows: readonly NewAccess[]): Promise<void> {
  await db.execute(sql`/* logAccesses */ select log_accesses(${JSON.stringify(rows.map(recordOf))}::jsonb)`);
}
