import { sql } from "drizzle-orm";
import { audits } from "../audits/table.ts";
import type { ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import { at } from "../db/times.ts";

/** An audit that can be contested, and whom it is about. */
export interface Contestable extends ProjectKey {
  labelerId: string;
  /** The labeler's own account, if they have one. */
  principalId: string | null;
  publishedAt: Date;
  windowDueAt: Date;
}

/** Which audits to contest. */
export interface Contesting {
  projectId: string;
  vendorId: string;
  queueId: string | null;
  truthPolicyId: string | null;
  isByLabeler: boolean;
  published: readonly [from: Date, to: Date];
  /** When it is contested; null: so many hours after each was published. */
  filedAt: Date | null;
  hours: number;
  most: number;
}

/** Errors of labelers that one auditor found and nobody looked at since, with a window that is open then; the latest first. */
export async function listContestable(db: Db, asked: Contesting): Promise<Contestable[]> {
  const { projectId, vendorId, queueId, truthPolicyId, isByLabeler, published: [from, to], filedAt, hours, most } = asked;
  const filed = sql`coalesce(${filedAt && at(filedAt)}::timestamptz, a.published_at + ${hours} * interval '1 hour')`;
  const rows = await db.execute<Omit<Contestable, "publishedAt" | "windowDueAt"> & Record<"publishedAt" | "windowDueAt", string>>(sql`/* demoContestable */
    select a.project_id as "projectId", a.id, a.labeler_id as "labelerId", g.principal_id as "principalId",
      a.published_at as "publishedAt", a.window_due_at as "windowDueAt" from audits a
    join lateral (select * from verdicts v where v.project_id = a.project_id and v.audit_id = a.id order by v.number desc limit 1) v on v.number = 1
    left join role_grants g on g.labeler_id = a.labeler_id and g.role = 'LABELER'
    where a.project_id = ${projectId} and a.vendor_id = ${vendorId} and a.role = 'PRIMARY' and a.layer = 'CLIENT' and not a.is_double
      and a.published_at >= ${at(from)} and a.published_at < ${at(to)} and a.published_at < ${filed} - interval '1 hour'
      and ${filed} < a.window_due_at
      and (a.acknowledged_at is null or a.acknowledged_at < ${filed})
      and v.outcome = 'INCORRECT' and v.attribution = 'LABELER' and (${truthPolicyId}::uuid is null or v.truth_policy_id = ${truthPolicyId})
      and (${queueId}::uuid is null or a.queue_id = ${queueId}) and (${!isByLabeler} or g.principal_id is not null)
      and not exists (select from appeals p where p.project_id = a.project_id and p.audit_id = a.id)
    order by a.published_at desc, a.id limit ${most}`);
  return rows.map((row) => ({ ...row, publishedAt: new Date(row.publishedAt), windowDueAt: new Date(row.windowDueAt) }));
}

/** Takes audits back to where they stood before their window ended: as they were when they were contested. */
export async function reopenAudits(db: Db, projectId: string, ids: readonly string[]): Promise<void> {
  const { acknowledgedAt, publishedAt, version } = audits;
  await db.update(audits).set({
    state: sql`case when ${acknowledgedAt} is null then 'PUBLISHED' else 'ACKNOWLEDGED' end`, isAutoAcknowledged: false, version: sql`${version} - 1`,
    updatedAt: sql`coalesce(${acknowledgedAt}, ${publishedAt})`,
  }).where(sql`${audits.projectId} = ${projectId} and ${audits.id} = any (${array(ids, "uuid")}) and ${audits.state} = 'FINAL' /* demoReopened */`);
}

/** The root causes of an analysis, in the order in which they were written. */
export async function listRootCauses(db: Db, { projectId, id }: ProjectKey): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`/* demoRootCauses */
    select id from rca_causes where project_id = ${projectId} and rca_id = ${id} and is_root order by id`);
  return rows.map((row) => row.id);
}

/** The escalation that a rule has raised and nobody has looked at; null if there is none. */
export async function findRaisedBy(db: Db, { projectId, id }: ProjectKey): Promise<ProjectKey | null> {
  const [row] = await db.execute<{ id: string }>(sql`/* demoRaised */
    select id from escalations where project_id = ${projectId} and rule_id = ${id} and state = 'OPEN'`);
  return row ? { projectId, id: row.id } : null;
}

/** Lots of a vendor that were rejected, in their order. */
export async function listRejected(db: Db, projectId: string, vendorId: string): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`/* demoRejectedLots */ select id from lots
    where project_id = ${projectId} and vendor_id = ${vendorId} and verdict = 'REJECTED' order by id`);
  return rows.map((row) => row.id);
}
