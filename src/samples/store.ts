import { and, eq, gt, lt, or, sql } from "drizzle-orm";
import type { ProjectKey } from "../core/ids.ts";
import type { Db } from "../db/lease.ts";
import { anyOf, findKeys, type List } from "../db/lists.ts";
import { sampleEntity, type SampleRow } from "./table.ts";

/** What of a sample may be asked for; the ids are rows' own. */
export interface SampleFilter {
  states?: SampleRow["state"][] | null;
  layers?: SampleRow["layer"][] | null;
  queueIds?: string[] | null;
  markets?: string[] | null;
  assigneeId?: string | null;
  dueBefore?: Date | null;
  /** Those that wait, or are being audited, and were due before this time. */
  overdueAt?: Date | null;
  updatedAfter?: Date | null;
  purposes?: SampleRow["purpose"][] | null;
  vendorIds?: string[] | null;
  labelerIds?: string[] | null;
  policyIds?: string[] | null;
  /** Leaves out every sample of a decision that waits for a blind audit of this principal. */
  unseenBy?: string | null;
}

export const sampleList: List<SampleRow, SampleFilter> = {
  entity: sampleEntity,
  where: (t, filter) => [
    anyOf(t.state!, filter.states),
    anyOf(t.layer!, filter.layers),
    anyOf(t.queueId!, filter.queueIds),
    anyOf(t.market!, filter.markets),
    filter.assigneeId ? eq(t.assigneeId!, filter.assigneeId) : undefined,
    filter.dueBefore ? lt(t.dueAt!, filter.dueBefore) : undefined,
    // In two arms, each of which an index of its own answers.
    filter.overdueAt ? or(...(["DRAWN", "IN_AUDIT"] as const).map((state) => and(eq(t.state!, state), lt(t.dueAt!, filter.overdueAt!)))) : undefined,
    filter.updatedAfter ? gt(t.updatedAt!, filter.updatedAfter) : undefined,
    anyOf(t.purpose!, filter.purposes),
    anyOf(t.vendorId!, filter.vendorIds),
    anyOf(t.labelerId!, filter.labelerIds),
    anyOf(t.policyId!, filter.policyIds),
    filter.unseenBy ? sql`${t.decisionId!} <> all (array(select blind.decision_id from samples blind
      where blind.assignee_id = ${filter.unseenBy} and blind.is_blind and blind.state in ('DRAWN', 'IN_AUDIT')))` : undefined,
  ],
  orders: { ID: "id", DUE_AT: "dueAt", UPDATED_AT: "updatedAt" },
};

/** The keys of the first samples that pass the filter. */
export async function findSampleKeys(db: Db, filter: SampleFilter, most: number): Promise<ProjectKey[]> {
  return findKeys(db, sampleList, filter, most);
}
