import { and, eq, gt, gte, inArray, lt, type SQL, sql } from "drizzle-orm";
import type { ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import { changeRow } from "../db/changes.ts";
import type { Columns } from "../db/entities.ts";
import type { Db } from "../db/lease.ts";
import { findKeys, type List } from "../db/lists.ts";
import { auditEntity, type AuditRow, audits } from "./table.ts";

/** What of an audit may be asked for; the ids are rows' own. */
export interface AuditFilter {
  states?: AuditRow["state"][] | null;
  layers?: AuditRow["layer"][] | null;
  queueIds?: string[] | null;
  markets?: string[] | null;
  auditorIds?: string[] | null;
  updatedAfter?: Date | null;
  vendorIds?: string[] | null;
  labelerIds?: string[] | null;
  policyIds?: string[] | null;
  decidedFrom?: Date | null;
  decidedTo?: Date | null;
  /** Leaves out this principal's own blind audits whose truth is not locked. */
  unseenBy?: string | null;
}

function anyOf(column: Columns[string], values: readonly string[] | null | undefined): SQL | undefined {
  return values ? inArray(column, [...values]) : undefined;
}

export const auditList: List<AuditRow, AuditFilter> = {
  entity: auditEntity,
  where: (t, filter) => [
    anyOf(t.state!, filter.states),
    anyOf(t.layer!, filter.layers),
    anyOf(t.queueId!, filter.queueIds),
    anyOf(t.market!, filter.markets),
    anyOf(t.auditorId!, filter.auditorIds),
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

const isAudit = ({ projectId, id }: ProjectKey) => and(eq(audits.projectId, projectId), eq(audits.id, id));

/** The audit, locked; null if absent or hidden. */
export async function lockAudit(db: Db, key: ProjectKey): Promise<AuditRow | null> {
  const [row] = await db.select().from(audits).where(isAudit(key)).for("update");
  return row ?? null;
}

/** What of an audit a verb changes. */
export type AuditChange = Partial<Pick<AuditRow, "state" | "publishedAt" | "isPartnerVisible">>;

/** Changes a locked audit. */
export async function changeAudit(db: Db, key: ProjectKey, change: AuditChange, now: Date): Promise<void> {
  await changeRow(db, audits, key, null, change, now);
}

/** What an event about a published audit says of it. */
export type Published = Pick<AuditRow, "projectId" | "id" | "layer" | "auditorId" | "vendorId" | "teamId" | "labelerId">;

/** Publishes up to `most` submitted audits whose delay is over. Those being worked on at this moment wait. */
export async function publishDueRows(db: Db, now: Date, most: number): Promise<Published[]> {
  const at = sql`${now.toISOString()}::timestamptz`;
  return [...await db.execute<Published & Record<string, unknown>>(sql`/* publishDue */
    with due as (
      select project_id, id from audits where state = 'SUBMITTED' and publish_due_at <= ${at} and role = 'PRIMARY'
      order by publish_due_at limit ${most} for update skip locked
    )
    update audits a set state = 'PUBLISHED', published_at = ${at}, is_partner_visible = true, version = a.version + 1, updated_at = ${at}
    from due where a.project_id = due.project_id and a.id = due.id
    returning a.project_id as "projectId", a.id, a.layer, a.auditor_id as "auditorId", a.vendor_id as "vendorId", a.team_id as "teamId",
      a.labeler_id as "labelerId"`)];
}

/** Where an audited labeler sits: their site, if any, or just the project. */
export type Place = Pick<AuditRow, "projectId" | "siteId">;

/** The time zone of each place: its site's, or its project's where it has none. */
export async function listTimeZones(db: Db, places: readonly Place[]): Promise<string[]> {
  const asked = sql`unnest(${array(places.map((each) => each.projectId), "uuid")}, ${array(places.map((each) => each.siteId), "uuid")})`;
  const rows = await db.execute<{ timeZone: string }>(sql`/* timeZones */
    select coalesce(s.time_zone, p.time_zone) as "timeZone"
    from ${asked} with ordinality as asked(project_id, site_id, i) join projects p on p.id = asked.project_id left join sites s on s.id = asked.site_id
    order by asked.i`);
  return rows.map(({ timeZone }) => timeZone);
}
