import { and, eq, ne, sql } from "drizzle-orm";
import { array } from "../db/arrays.ts";
import { changeRow } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { at } from "../db/times.ts";
import { policyVersions, type PolicyVersionRow } from "../policies/table.ts";

/** Holds a policy until the transaction ends, so that changes of its versions take turns; false if there is none, or it is hidden. */
export async function lockPolicy(db: Db, policyId: string): Promise<boolean> {
  return (await db.execute(sql`/* lockPolicy */ select from policies where id = ${policyId} for no key update`)).length > 0;
}

/** The version, with its policy held as by `lockPolicy`; null if absent or hidden. */
export async function lockVersion(db: Db, id: string): Promise<PolicyVersionRow | null> {
  await db.execute(sql`/* lockPolicyOfVersion */
    select from policies where id = (select policy_id from policy_versions where id = ${id}) for no key update`);
  const [row] = await db.select().from(policyVersions).where(eq(policyVersions.id, id)).for("no key update");
  return row ?? null;
}

/** Every version of the policy but those that were given up. */
export async function listStanding(db: Db, policyId: string): Promise<PolicyVersionRow[]> {
  return db.select().from(policyVersions).where(and(eq(policyVersions.policyId, policyId), ne(policyVersions.state, "WITHDRAWN")));
}

/** Of each policy, whether a project that uses it has two policy managers or more. */
export async function areOfTwo(db: Db, policyIds: readonly string[]): Promise<boolean[]> {
  const [row] = await db.execute<{ found: string[] }>(sql`/* policiesOfTwo */ select policies_of_two(${array(policyIds, "uuid")})::text[] as found`);
  return policyIds.map((id) => row!.found.includes(id));
}

/** Adds a draft. */
export async function insertDraft(db: Db, row: typeof policyVersions.$inferInsert): Promise<void> {
  await db.insert(policyVersions).values(row);
}

/** Takes a version to a state, at another time in force if one is given. */
export async function moveVersion(db: Db, id: string, change: Partial<Pick<PolicyVersionRow, "state" | "effectiveFrom">>, now: Date): Promise<void> {
  await changeRow(db, policyVersions, { projectId: null, id }, null, change, now);
}

/** Holds up to `most` policies of which a version is due, in one order, so that two who activate wait for each other. */
export async function lockDue(db: Db, now: Date, most: number): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`/* lockDuePolicies */
    select id from policies where id in (
      select policy_id from policy_versions where state = 'SCHEDULED' and effective_from <= ${at(now)} order by effective_from limit ${most})
    order by id for no key update`);
  return rows.map(({ id }) => id);
}

/** What was over and what took effect, by id. */
export interface Activated {
  superseded: string[];
  effective: string[];
}

/**
 * Of each policy and market the earliest version that is due takes effect, and the open one before it ends when it begins. The policies are held;
 * what is over goes first, since periods may not overlap at any time.
 */
export async function activateEarliest(db: Db, policyIds: readonly string[], now: Date): Promise<Activated> {
  const moved = sql`version = v.version + 1, updated_at = ${at(now)}`;
  const due = sql`(select distinct on (policy_id, market) id, policy_id, market, effective_from from policy_versions
    where policy_id = any (${array(policyIds, "uuid")}) and state = 'SCHEDULED' and effective_from <= ${at(now)}
    order by policy_id, market, effective_from) d`;
  const over = await db.execute<{ id: string }>(sql`/* supersedePolicyVersions */
    update policy_versions v set state = 'SUPERSEDED', effective_to = d.effective_from, ${moved} from ${due}
    where v.policy_id = d.policy_id and v.market is not distinct from d.market and v.state = 'EFFECTIVE' returning v.id`);
  const begun = await db.execute<{ id: string }>(sql`/* activatePolicyVersions */
    update policy_versions v set state = 'EFFECTIVE', ${moved} from ${due} where v.id = d.id returning v.id`);
  return { superseded: over.map(({ id }) => id), effective: begun.map(({ id }) => id) };
}
