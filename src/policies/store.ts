import { and, eq, gt, inArray, isNull, or, sql } from "drizzle-orm";
import type { Key } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import { changeRow, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import type { List } from "../db/lists.ts";
import { projects } from "../projects/table.ts";
import {
  policies, policyEntity, type PolicyRow, policyVersionEntity, type PolicyVersionRow, policyVersions, projectPolicies,
} from "./table.ts";

/** Filter of policies. */
export interface PolicyFilter {
  codes?: string[] | null;
  /** Those that this project uses. */
  projectId?: string | null;
  isLeaf?: boolean | null;
  updatedAfter?: Date | null;
}

export const policyList: List<PolicyRow, PolicyFilter> = {
  entity: policyEntity,
  where: (table, { codes, projectId, isLeaf, updatedAfter }) => [
    codes ? inArray(table.code!, codes) : undefined,
    projectId ? sql`exists (select from project_policies u where u.project_id = ${projectId} and u.policy_id = ${table.id!})` : undefined,
    isLeaf == null ? undefined : eq(table.isLeaf!, isLeaf),
    updatedAfter ? gt(table.updatedAt!, updatedAfter) : undefined,
  ],
  orders: { ID: "id", CODE: "code", UPDATED_AT: "updatedAt" },
};

/** The policies with these ids that the viewer sees. */
export async function listPolicies(db: Db, ids: readonly string[]): Promise<PolicyRow[]> {
  return db.select().from(policies).where(inArray(policies.id, [...ids]));
}

/** As `listPolicies`, and holds them until the transaction ends, so that changes of their versions take turns. */
export async function lockPolicies(db: Db, ids: readonly string[]): Promise<PolicyRow[]> {
  return db.select().from(policies).where(inArray(policies.id, [...ids])).orderBy(policies.id).for("no key update");
}

/** The policies with these codes. */
export async function listPoliciesByCode(db: Db, codes: readonly string[]): Promise<PolicyRow[]> {
  return db.select().from(policies).where(sql`${policies.code} = any (${array(codes, "text")})`);
}

/** Those of the policies that a project of the viewer's uses. */
export async function listUsedPolicies(db: Db, ids: readonly string[]): Promise<Set<string>> {
  const { policyId } = projectPolicies;
  const rows = await db.selectDistinct({ id: policyId }).from(projectPolicies).where(inArray(policyId, [...ids]));
  return new Set(rows.map((row) => row.id));
}

/** True if the viewer sees the project. */
export async function isProject(db: Db, id: string): Promise<boolean> {
  return (await db.select({ id: projects.id }).from(projects).where(eq(projects.id, id))).length > 0;
}

/** Adds policies but those whose code is taken, in the codes' order so that two importers can't lock each other out; those added. */
export async function insertPolicies(db: Db, rows: readonly (typeof policies.$inferInsert)[]): Promise<PolicyRow[]> {
  const sorted = [...rows].sort((a, b) => (a.code < b.code ? -1 : 1));
  return db.insert(policies).values(sorted).onConflictDoNothing({ target: policies.code }).returning();
}

/** Makes a project use policies; the ids of those that it did not use before. */
export async function linkPolicies(db: Db, projectId: string, policyIds: readonly string[]): Promise<string[]> {
  const rows = [...new Set(policyIds)].sort().map((policyId) => ({ projectId, policyId }));
  return (await db.insert(projectPolicies).values(rows).onConflictDoNothing().returning()).map((row) => row.policyId);
}

/** What of a policy changes; undefined stays. */
export type PolicyChange = Partial<Pick<PolicyRow, "name" | "severity" | "harmCategory" | "rank" | "parentId">>;

/** Changes a policy. */
export async function changePolicyRow(db: Db, key: Key, expectedVersion: ExpectedVersion, change: PolicyChange, now: Date): Promise<void> {
  await changeRow(db, policies, key, expectedVersion, change, now);
}

/** Changes of the tree take turns until the end of the transaction: so no two moves close a ring, and leaves are counted right. */
export async function lockTree(db: Db): Promise<void> {
  await db.execute(sql`select pg_advisory_xact_lock(7361006) /* policyTree */`);
}

/** A policy and all above it. */
export async function listPathUp(db: Db, id: string): Promise<Set<string>> {
  const rows = await db.execute<{ id: string }>(sql`/* policyPath */
    with recursive path as (
      select id, parent_id from policies where id = ${id}
      union all select p.id, p.parent_id from path join policies p on p.id = path.parent_id)
    select id from path`);
  return new Set(rows.map((row) => row.id));
}

/** Says anew of these policies whether any stands below them; changed ones count up their version. */
export async function recountLeaves(db: Db, ids: readonly string[], now: Date): Promise<void> {
  const isLeaf = sql`not exists (select from policies c where c.parent_id = policies.id)`;
  await db
    .update(policies)
    .set({ isLeaf: isLeaf as never, version: sql`${policies.version} + 1`, updatedAt: now })
    .where(and(inArray(policies.id, [...ids]), sql`${policies.isLeaf} <> (${isLeaf})`));
}

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

/** The versions of these policies that are, were or will be in force. */
export async function listApprovedVersions(db: Db, policyIds: readonly string[]): Promise<PolicyVersionRow[]> {
  const { policyId, state } = policyVersions;
  const isOfThese = sql`${policyId} = any (${array(policyIds, "uuid")})`;
  return db.select().from(policyVersions).where(and(isOfThese, inArray(state, ["SCHEDULED", "EFFECTIVE", "SUPERSEDED"])));
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
    update policy_versions v
    set state = 'SUPERSEDED', effective_to = c.effective_to, version = v.version + 1, updated_at = ${now.toISOString()}::timestamptz
    from unnest(${ids}, ${times}) as c (id, effective_to) where v.id = c.id`);
}
