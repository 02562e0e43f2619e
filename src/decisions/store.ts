import { and, eq, gte, inArray, lt, sql } from "drizzle-orm";
import { idFloor, type ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import type { List } from "../db/lists.ts";
import { decisionEntity, type DecisionRow } from "./table.ts";

/** Filter of decisions. */
export interface DecisionFilter {
  projectId?: string | null;
  queue?: ProjectKey | null;
  labelerId?: string | null;
  vendorId?: string | null;
  policyId?: string | null;
  markets?: string[] | null;
  decidedFrom?: Date | null;
  decidedTo?: Date | null;
}

export const decisionList: List<DecisionRow, DecisionFilter> = {
  entity: decisionEntity,
  where: (table, { projectId, queue, labelerId, vendorId, policyId, markets, decidedFrom, decidedTo }) => [
    projectId ? eq(table.projectId!, projectId) : undefined,
    queue ? and(eq(table.projectId!, queue.projectId), eq(table.queueId!, queue.id)) : undefined,
    labelerId ? eq(table.labelerId!, labelerId) : undefined,
    vendorId ? eq(table.vendorId!, vendorId) : undefined,
    policyId ? eq(table.policyId!, policyId) : undefined,
    markets ? inArray(table.market!, markets) : undefined,
    // Times become bounds of the id, which is what partitions and keys are sorted by.
    decidedFrom ? gte(table.id!, idFloor(decidedFrom)) : undefined,
    decidedTo ? lt(table.id!, idFloor(decidedTo)) : undefined,
  ],
  orders: { ID: "id" },
};

/** What names a decision for its recorder. */
export interface DecisionRef {
  projectCode: string;
  vendorCode: string;
  externalRef: string;
}

/** The keys of the decisions with these references, in their order; null where absent or hidden. */
export async function findKeysByRef(db: Db, refs: readonly DecisionRef[]): Promise<(ProjectKey | null)[]> {
  const column = (name: keyof DecisionRef) => array(refs.map((ref) => ref[name]), "text");
  const asked = sql`unnest(${column("projectCode")}, ${column("vendorCode")}, ${column("externalRef")}) with ordinality as asked(project, vendor, ref, i)`;
  const rows = await db.execute<{ i: string; projectId: string; id: string }>(sql`/* decisionByRef */
    select asked.i, r.project_id as "projectId", r.decision_id as id from ${asked}
    join projects p on p.code = asked.project join vendors v on v.code = asked.vendor
    join decision_refs r on r.project_id = p.id and r.vendor_id = v.id and r.external_ref = asked.ref`);
  const found = new Map(rows.map(({ i, projectId, id }) => [Number(i) - 1, { projectId, id }]));
  return refs.map((_, index) => found.get(index) ?? null);
}
