import { and, gt, inArray, isNull, or, sql } from "drizzle-orm";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import type { List } from "../db/lists.ts";
import { type PolicyVersionRow, policyVersionEntity, policyVersions } from "./table.ts";

/** Filter of a policy's versions. */
export interface PolicyVersionFilter {
  states?: PolicyVersionRow["state"][] | null;
  /** Those that may hold in this market: its own, and those for all. */
  market?: string | null;
  updatedAfter?: Date | null;
}

export const policyVersionList: List<PolicyVersionRow, PolicyVersionFilter> = {
  entity: policyVersionEntity,
  where: (table, { states, market, updatedAfter }) => [
    states ? inArray(table.state!, states) : undefined,
    market ? or(isNull(table.market!), sql`${table.market!} = ${market}`) : undefined,
    updatedAfter ? gt(table.updatedAt!, updatedAfter) : undefined,
  ],
  orders: { ID: "id", UPDATED_AT: "updatedAt" },
};

/** The versions of these policies that are or were in force. */
export async function listVersionsInForce(db: Db, policyIds: readonly string[]): Promise<PolicyVersionRow[]> {
  return db
    .select()
    .from(policyVersions)
    .where(and(sql`${policyVersions.policyId} = any (${array(policyIds, "uuid")})`, inArray(policyVersions.state, ["EFFECTIVE", "SUPERSEDED"])));
}

/** Adds versions. */
export async function insertVersions(db: Db, rows: readonly (typeof policyVersions.$inferInsert)[]): Promise<void> {
  await db.insert(policyVersions).values([...rows]);
}

/** Ends the open periods of versions: they are SUPERSEDED. */
export async function closeVersions(db: Db, closed: readonly { id: string; effectiveTo: Date }[], now: Date): Promise<void> {
  const ids = array(closed.map((each) => each.id), "uuid");
  const times = array(closed.map((each) => each.effectiveTo.toISOString()), "timestamptz");
  await db.execute(sql`/* closePolicyVersions */
    update policy_versions v set state = 'SUPERSEDED', effective_to = c.effective_to, version = v.version + 1, updated_at = ${now.toISOString()}::timestamptz
    from unnest(${ids}, ${times}) as c (id, effective_to) where v.id = c.id`);
}
