import { and, eq, gt, gte, lt, type SQL, sql } from "drizzle-orm";
import type { ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import { anyOf, findKeys, type List } from "../db/lists.ts";
import { samples } from "../samples/table.ts";
import type { Lease } from "./publication.rules.ts";
import { auditEntity, type AuditRow, audits } from "./table.ts";

/** What of an audit may be asked for; the ids are rows' own. */
export interface AuditFilter {
  projectIds?: string[] | null;
  states?: AuditRow["state"][] | null;
  roles?: AuditRow["role"][] | null;
  layers?: AuditRow["layer"][] | null;
  queueIds?: string[] | null;
  markets?: string[] | null;
  auditorIds?: string[] | null;
  submittedBefore?: Date | null;
  updatedAfter?: Date | null;
  vendorIds?: string[] | null;
  labelerIds?: string[] | null;
  policyIds?: string[] | null;
  decidedFrom?: Date | null;
  decidedTo?: Date | null;
  /** Leaves out this principal's own blind audits whose truth is not locked. */
  unseenBy?: string | null;
}

export const auditList: List<AuditRow, AuditFilter> = {
  entity: auditEntity,
  where: (t, filter) => [
    anyOf(t.projectId!, filter.projectIds),
    anyOf(t.state!, filter.states),
    anyOf(t.role!, filter.roles),
    anyOf(t.layer!, filter.layers),
    anyOf(t.queueId!, filter.queueIds),
    anyOf(t.market!, filter.markets),
    anyOf(t.auditorId!, filter.auditorIds),
    filter.submittedBefore ? lt(t.submittedAt!, filter.submittedBefore) : undefined,
    filter.updatedAfter ? gt(t.updatedAt!, filter.updatedAfter) : undefined,
    anyOf(t.vendorId!, filter.vendorIds),
    anyOf(t.labelerId!, filter.labelerIds),
    anyOf(t.policyId!, filter.policyIds),
    filter.decidedFrom ? gte(t.decidedAt!, filter.decidedFrom) : undefined,
    filter.decidedTo ? lt(t.decidedAt!, filter.decidedTo) : undefined,
    filter.unseenBy ? sql`not (${t.isBlind!} and ${t.revealedAt!} is null and ${t.auditorId!} = ${filter.unseenBy})` : undefined,
  ],
  orders: { ID: "id", UPDATED_AT: "updatedAt" },
};

/** The keys of the first audits that pass the filter. */
export async function findAuditKeys(db: Db, filter: AuditFilter, most: number): Promise<ProjectKey[]> {
  return findKeys(db, auditList, filter, most);
}

function isOneOf(keys: readonly ProjectKey[]): SQL {
  const named = sql`unnest(${array(keys.map((key) => key.projectId), "uuid")}, ${array(keys.map((key) => key.id), "uuid")})`;
  return sql`(${audits.projectId}, ${audits.id}) in (select * from ${named})`;
}

/** Those of the audits that the viewer sees, not locked. */
export async function listAudits(db: Db, keys: readonly ProjectKey[]): Promise<AuditRow[]> {
  return db.select().from(audits).where(and(isOneOf(keys), sql`true /* audits */`));
}

/** An audit with its sample's lease; null where the viewer doesn't see the sample. */
export type Leased = AuditRow & { lease: Lease | null };

const lease = { state: samples.state, leaseUntil: samples.leaseUntil };
const isItsSample = and(eq(samples.projectId, audits.projectId), eq(samples.id, audits.sampleId));

/** Those of the audits that the viewer sees, locked. */
export async function lockAudits(db: Db, keys: readonly ProjectKey[]): Promise<Leased[]> {
  const rows = await db
    .select({ audit: audits, lease })
    .from(audits)
    .leftJoin(samples, isItsSample)
    .where(and(isOneOf(keys), sql`true /* lockAudits */`))
    .orderBy(audits.id)
    .for("update", { of: audits });
  return rows.map((row) => ({ ...row.audit, lease: row.lease }));
}

/** An audit with its sample's lease. */
export type WithSample = AuditRow & { lease: Lease };

/** The same with their samples, locked in the order in which claims lock them; as the system, since not everybody who sees audits sees samples. */
export async function lockWithSamples(db: Db, keys: readonly ProjectKey[]): Promise<WithSample[]> {
  const rows = await db
    .select({ audit: audits, lease })
    .from(audits)
    .innerJoin(samples, isItsSample)
    .where(and(isOneOf(keys), sql`true /* lockWithSamples */`))
    .orderBy(audits.id)
    .for("update", { of: [samples, audits] });
  return rows.map((row) => ({ ...row.audit, lease: row.lease }));
}

/** Where an audited labeler sits. */
export type Place = Pick<AuditRow, "projectId" | "vendorId" | "siteId">;
