import { and, asc, eq, sql } from "drizzle-orm";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import { labelerMemberships, labelers } from "../labelers/table.ts";
import { policies, projectPolicies } from "../policies/table.ts";
import { projects, queues } from "../projects/table.ts";
import { markets, vendors } from "../vendors/table.ts";

/** The project with this code; null if absent or hidden. */
export async function findProjectId(db: Db, code: string): Promise<string | null> {
  const [row] = await db.select({ id: projects.id }).from(projects).where(eq(projects.code, code));
  return row?.id ?? null;
}

/** The vendors with these codes. */
export async function listVendors(db: Db, codes: readonly string[]) {
  return db.select({ code: vendors.code, id: vendors.id }).from(vendors).where(sql`${vendors.code} = any (${array(codes, "text")})`);
}

/** The markets with these codes. */
export async function listMarkets(db: Db, codes: readonly string[]) {
  return db.select({ code: markets.code }).from(markets).where(sql`${markets.code} = any (${array(codes, "text")})`);
}

/** The project's queues with these codes. */
export async function listQueues(db: Db, projectId: string, codes: readonly string[]) {
  return db
    .select({ code: queues.code, id: queues.id, market: queues.market, modality: queues.modality })
    .from(queues)
    .where(and(eq(queues.projectId, projectId), sql`${queues.code} = any (${array(codes, "text")})`));
}

/** The policies with these codes that the project uses. */
export async function listProjectPolicies(db: Db, projectId: string, codes: readonly string[]) {
  return db
    .select({ code: policies.code, id: policies.id, isLeaf: policies.isLeaf })
    .from(policies)
    .innerJoin(projectPolicies, eq(projectPolicies.policyId, policies.id))
    .where(and(eq(projectPolicies.projectId, projectId), sql`${policies.code} = any (${array(codes, "text")})`));
}

/** A labeler as its vendor names it. */
export interface LabelerName {
  vendorCode: string;
  labelerRef: string;
}

/** The labelers with these references. */
export async function listLabelers(db: Db, names: readonly LabelerName[]) {
  const asked = sql`unnest(${array(names.map((name) => name.vendorCode), "text")}, ${array(names.map((name) => name.labelerRef), "text")}) as asked(vendor_code, ref)`;
  return db
    .select({ vendorCode: vendors.code, labelerRef: labelers.externalRef, id: labelers.id })
    .from(asked)
    .innerJoin(vendors, sql`${vendors.code} = asked.vendor_code`)
    .innerJoin(labelers, sql`${labelers.vendorId} = ${vendors.id} and ${labelers.externalRef} = asked.ref`);
}

/** Where these labelers sat when, earliest first. */
export async function listPlaces(db: Db, labelerIds: readonly string[]) {
  const { labelerId, siteId, teamId, from, to } = labelerMemberships;
  return db
    .select({ labelerId, siteId, teamId, from, to })
    .from(labelerMemberships)
    .where(sql`${labelerId} = any (${array(labelerIds, "uuid")})`)
    .orderBy(asc(from));
}
