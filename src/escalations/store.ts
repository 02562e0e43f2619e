import { and, eq, gt, inArray, lt, notInArray, sql } from "drizzle-orm";
import type { ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import { changeRow } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { anyOf, type List } from "../db/lists.ts";
import { at } from "../db/times.ts";
import { ENDED_STATES, escalationEntity, type EscalationRow, escalations } from "./table.ts";

/** What of an escalation may be asked for; the ids are rows' own. */
export interface EscalationFilter {
  states?: EscalationRow["state"][] | null;
  isOpen?: boolean | null;
  severities?: EscalationRow["severity"][] | null;
  kinds?: EscalationRow["kind"][] | null;
  triggers?: EscalationRow["trigger"][] | null;
  vendorIds?: string[] | null;
  queueIds?: string[] | null;
  markets?: string[] | null;
  policyIds?: string[] | null;
  ruleIds?: string[] | null;
  ownerId?: string | null;
  watcherId?: string | null;
  openedAfter?: Date | null;
  dueBefore?: Date | null;
  /** Those whose next step was due before this time. */
  overdueAt?: Date | null;
  updatedAfter?: Date | null;
}

export const escalationList: List<EscalationRow, EscalationFilter> = {
  entity: escalationEntity,
  where: (t, filter) => [
    anyOf(t.state!, filter.states),
    filter.isOpen == null ? undefined : filter.isOpen ? notInArray(t.state!, [...ENDED_STATES]) : inArray(t.state!, [...ENDED_STATES]),
    anyOf(t.severity!, filter.severities),
    anyOf(t.kind!, filter.kinds),
    anyOf(t.trigger!, filter.triggers),
    anyOf(t.vendorId!, filter.vendorIds),
    filter.queueIds ? sql`${t.queueIds!} && ${array(filter.queueIds, "uuid")}` : undefined,
    anyOf(t.market!, filter.markets),
    anyOf(t.policyId!, filter.policyIds),
    anyOf(t.ruleId!, filter.ruleIds),
    filter.ownerId ? eq(t.ownerId!, filter.ownerId) : undefined,
    filter.watcherId ? sql`${filter.watcherId} = any (${t.watcherIds!})` : undefined,
    filter.openedAfter ? gt(t.openedAt!, filter.openedAfter) : undefined,
    filter.dueBefore ? lt(t.dueAt!, filter.dueBefore) : undefined,
    filter.overdueAt ? lt(t.dueAt!, filter.overdueAt) : undefined,
    filter.updatedAfter ? gt(t.updatedAt!, filter.updatedAfter) : undefined,
  ],
  orders: { ID: "id", DUE_AT: "dueAt", OPENED_AT: "openedAt", UPDATED_AT: "updatedAt" },
};

/** What of an escalation changes; undefined stays. */
export type EscalationChange = Partial<Omit<typeof escalations.$inferInsert, "projectId" | "id">>;

/** The escalation, locked; null if absent or hidden. */
export async function lockEscalation(db: Db, { projectId, id }: ProjectKey): Promise<EscalationRow | null> {
  const isIt = and(eq(escalations.projectId, projectId), eq(escalations.id, id));
  const [row] = await db.select().from(escalations).where(isIt).for("no key update");
  return row ?? null;
}

/** Changes a locked escalation; it is due when the nearest of its running clocks is. */
export async function changeEscalation(db: Db, key: ProjectKey, change: EscalationChange, now: Date): Promise<void> {
  const dueAt = sql`(select min(c.due_at) from sla_clocks c where c.project_id = ${key.projectId} and c.subject_id = ${key.id}
    and c.stopped_at is null and c.voided_at is null and c.paused_at is null)`;
  await changeRow(db, escalations, key, null, { ...change, dueAt: dueAt as never }, now);
}

/** Withdraws the analysis that a vendor was asked for and hasn't handed in: which, and how far it was; null if there is none. */
export async function withdrawRequest(db: Db, { projectId, id }: ProjectKey, now: Date): Promise<{ id: string; state: string } | null> {
  const [row] = await db.execute<{ id: string; state: string }>(sql`/* withdrawRequest */
    update rcas r set state = 'WITHDRAWN', version = r.version + 1, updated_at = ${at(now)} from (
      select project_id, id, state from rcas where project_id = ${projectId} and escalation_id = ${id} and vendor_id is not null
        and state in ('DRAFT', 'RETURNED') for no key update) asked
    where r.project_id = asked.project_id and r.id = asked.id returning r.id, asked.state`);
  return row ?? null;
}

/** Who may see an escalation that the viewer sees; null if they see none. */
export async function findSeen(db: Db, { projectId, id }: ProjectKey): Promise<Pick<EscalationRow, "vendorId" | "isPartnerVisible"> | null> {
  const { vendorId, isPartnerVisible } = escalations;
  const isIt = and(eq(escalations.projectId, projectId), eq(escalations.id, id), sql`true /* whoSeesEscalation */`);
  const [row] = await db.select({ vendorId, isPartnerVisible }).from(escalations).where(isIt);
  return row ?? null;
}

/** True if the principal has one of the roles in the project, by a grant that stands. */
export async function findGranted(db: Db, projectId: string, principalId: string, roles: readonly string[], now: Date): Promise<boolean> {
  const rows = await db.execute(sql`/* grantOfOwner */
    select 1 from role_grants where principal_id = ${principalId} and project_id = ${projectId} and role = any (${array(roles, "text")})
      and revoked_at is null and (expires_at is null or expires_at > ${at(now)})
      and exists (select from principals p where p.id = principal_id and p.deactivated_at is null) limit 1`);
  return rows.length > 0;
}

/** Lets principals watch an escalation that the viewer sees, or stop to; false if they see none. */
export async function changeWatchers(db: Db, { projectId, id }: ProjectKey, principalId: string, isWatching: boolean, now: Date): Promise<boolean> {
  const without = sql`array_remove(${escalations.watcherIds}, ${principalId}::uuid)`;
  const watcherIds = isWatching ? sql`array_append(${without}, ${principalId}::uuid)` : without;
  const rows = await db.update(escalations).set({ watcherIds, updatedAt: now })
    .where(and(eq(escalations.projectId, projectId), eq(escalations.id, id))).returning({ id: escalations.id });
  return rows.length > 0;
}
