import { and, eq, gt, inArray, lt, notInArray, sql } from "drizzle-orm";
import type { ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import { changeRow } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { anyOf, type List } from "../db/lists.ts";
import { at } from "../db/times.ts";
import type { Linked, Scope } from "./rules.ts";
import {
  ENDED_STATES, escalationEntity, escalationLinkEntity, type EscalationLinkRow, escalationLinks, type EscalationRow, escalationRuleEntity,
  type EscalationRuleRow, escalations, escalationSignalEntity, type EscalationSignalRow, escalationSignals, LINKABLE,
} from "./table.ts";

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

/** What of a rule may be asked for. */
export interface RuleFilter {
  triggers?: EscalationRow["trigger"][] | null;
  isActive?: boolean | null;
  updatedAfter?: Date | null;
}

export const ruleList: List<EscalationRuleRow, RuleFilter> = {
  entity: escalationRuleEntity,
  where: (t, { triggers, isActive, updatedAfter }) => [
    anyOf(t.trigger!, triggers),
    isActive == null ? undefined : eq(t.isActive!, isActive),
    updatedAfter ? gt(t.updatedAt!, updatedAfter) : undefined,
  ],
  orders: { ID: "id", NAME: "name", UPDATED_AT: "updatedAt" },
};

export const signalList: List<EscalationSignalRow, { seenAfter?: Date | null }> = {
  entity: escalationSignalEntity,
  where: (t, { seenAfter }) => [seenAfter ? gt(t.seenAt!, seenAfter) : undefined],
  orders: { ID: "id" },
};

export const linkList: List<EscalationLinkRow, { subjectTypes?: string[] | null }> = {
  entity: escalationLinkEntity,
  where: (t, { subjectTypes }) => [anyOf(t.subjectType!, subjectTypes)],
  orders: { ID: "id" },
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

/** Lets openings of a project take turns until the transaction ends, so that no two open the same. */
export async function lockOpening(db: Db, projectIds: readonly string[]): Promise<void> {
  const ids = array([...new Set(projectIds)].sort(), "uuid");
  await db.execute(sql`select pg_advisory_xact_lock(hashtextextended(id::text, 7361014)) from unnest(${ids}) as p (id) /* lockOpening */`);
}

/** Who may see an escalation that the viewer sees; null if they see none. */
export async function findSeen(db: Db, { projectId, id }: ProjectKey): Promise<Pick<EscalationRow, "vendorId" | "isPartnerVisible"> | null> {
  const { vendorId, isPartnerVisible } = escalations;
  const isIt = and(eq(escalations.projectId, projectId), eq(escalations.id, id), sql`true /* whoSeesEscalation */`);
  const [row] = await db.select({ vendorId, isPartnerVisible }).from(escalations).where(isIt);
  return row ?? null;
}

/** What is open under a fingerprint. */
export type Standing = Pick<EscalationRow, "projectId" | "id" | "state" | "fingerprint" | "vendorId" | "isPartnerVisible">;

/** Those with one of the fingerprints that are not over, locked. */
export async function lockOpen(db: Db, of: readonly Pick<EscalationRow, "projectId" | "fingerprint">[]): Promise<Standing[]> {
  const { projectId, id, fingerprint, vendorId, isPartnerVisible, state } = escalations;
  const isOne = sql`(${projectId}, ${fingerprint}) in (select * from unnest(${array(of.map((each) => each.projectId), "uuid")},
    ${array(of.map((each) => each.fingerprint), "text")})) /* openByFingerprint */`;
  return db.select({ projectId, id, state, fingerprint, vendorId, isPartnerVisible }).from(escalations)
    .where(and(notInArray(state, [...ENDED_STATES]), isOne)).for("no key update");
}

/** Adds escalations, all in one statement. */
export async function insertEscalations(db: Db, rows: readonly (typeof escalations.$inferInsert)[]): Promise<void> {
  if (rows.length > 0) await db.insert(escalations).values([...rows]);
}

/** Adds signals, all in one statement. */
export async function insertSignals(db: Db, rows: readonly (typeof escalationSignals.$inferInsert)[]): Promise<void> {
  if (rows.length > 0) await db.insert(escalationSignals).values([...rows]);
}

/** Adds links; what is linked already stays as it is. How many are new. */
export async function insertLinks(db: Db, rows: readonly (typeof escalationLinks.$inferInsert)[]): Promise<number> {
  if (rows.length === 0) return 0;
  return (await db.insert(escalationLinks).values([...rows]).onConflictDoNothing().returning({ id: escalationLinks.id })).length;
}

/** True if the escalation has such a link, as far as the viewer sees it. */
export async function hasLink(db: Db, { projectId, id }: ProjectKey, linkId: string): Promise<boolean> {
  const { escalationId, id: ownId } = escalationLinks;
  const isIt = and(eq(escalationLinks.projectId, projectId), eq(escalationId, id), eq(ownId, linkId), sql`true /* linkOfEscalation */`);
  return (await db.select({ id: ownId }).from(escalationLinks).where(isIt)).length > 0;
}

/** Takes a link away. */
export async function deleteLink(db: Db, projectId: string, linkId: string): Promise<void> {
  await db.delete(escalationLinks).where(and(eq(escalationLinks.projectId, projectId), eq(escalationLinks.id, linkId)));
}

/** True if the principal has one of the roles in the project, by a grant that stands. */
export async function findGranted(db: Db, projectId: string, principalId: string, roles: readonly string[], now: Date): Promise<boolean> {
  const rows = await db.execute(sql`/* grantOfOwner */
    select 1 from role_grants where principal_id = ${principalId} and project_id = ${projectId} and role = any (${array(roles, "text")})
      and revoked_at is null and (expires_at is null or expires_at > ${at(now)}) limit 1`);
  return rows.length > 0;
}

/** Which field of a scope names what the viewer can't find, and the index of it in a list; null if all is there. */
export async function findMissing(db: Db, projectId: string, { vendorId, queueIds = [], errorCodeId }: Scope): Promise<string[] | null> {
  const [found] = await db.execute<{ hasVendor: boolean; hasCode: boolean; queueIds: string[] }>(sql`/* scopeOfEscalation */ select
    ${vendorId ?? null}::uuid is null or exists (select from vendors where id = ${vendorId ?? null}) as "hasVendor",
    ${errorCodeId ?? null}::uuid is null or exists (select from error_codes where id = ${errorCodeId ?? null}) as "hasCode",
    array_to_json(array(select id from queues where project_id = ${projectId} and id = any (${array(queueIds, "uuid")}))) as "queueIds"`);
  if (!found!.hasVendor) return ["vendorId"];
  if (!found!.hasCode) return ["errorCodeId"];
  const missing = queueIds.findIndex((id) => !found!.queueIds.includes(id));
  return missing < 0 ? null : ["queueIds", String(missing)];
}

/** Which of these objects the viewer doesn't see, by their place; what a project owns must be this one's. */
export async function findHidden(db: Db, projectId: string, subjects: readonly Linked[]): Promise<number[]> {
  const types = [...new Set(subjects.map(({ type }) => type))];
  const seen = types.map((type) => {
    const ofProject = type === "PolicyVersion" ? sql`` : sql`x.project_id = ${projectId} and`;
    return sql`select s.place from s join ${sql.identifier(LINKABLE[type])} x on ${ofProject} x.id = s.id where s.type = ${type}`;
  });
  const rows = await db.execute<{ place: string }>(sql`/* linkedSubjects */
    with s as materialized (select * from unnest(${array(subjects.map(({ type }) => type), "text")}, ${array(subjects.map(({ id }) => id), "uuid")})
      with ordinality as s (type, id, place)) ${sql.join(seen, sql` union all `)}`);
  const found = new Set(rows.map(({ place }) => Number(place) - 1));
  return subjects.flatMap((_, place) => (found.has(place) ? [] : [place]));
}

/** Lets principals watch an escalation that the viewer sees, or stop to; false if they see none. */
export async function changeWatchers(db: Db, { projectId, id }: ProjectKey, principalId: string, isWatching: boolean, now: Date): Promise<boolean> {
  const without = sql`array_remove(${escalations.watcherIds}, ${principalId}::uuid)`;
  const watcherIds = isWatching ? sql`array_append(${without}, ${principalId}::uuid)` : without;
  const rows = await db.update(escalations).set({ watcherIds, updatedAt: now })
    .where(and(eq(escalations.projectId, projectId), eq(escalations.id, id))).returning({ id: escalations.id });
  return rows.length > 0;
}
