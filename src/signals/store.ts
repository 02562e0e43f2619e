import { and, eq, gt, notInArray, sql } from "drizzle-orm";
import type { ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import { anyOf, type List } from "../db/lists.ts";
import { ENDED_STATES, type EscalationRow, escalationRuleEntity, type EscalationRuleRow, escalations } from "../escalations/table.ts";
import type { Linked, Scope } from "./rules.ts";
import {
  escalationLinkEntity, type EscalationLinkRow, escalationLinks, escalationSignalEntity, type EscalationSignalRow, escalationSignals, LINKABLE,
} from "./table.ts";

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

/** Lets openings of a project take turns until the transaction ends, so that no two open the same. */
export async function lockOpening(db: Db, projectIds: readonly string[]): Promise<void> {
  const ids = array([...new Set(projectIds)].sort(), "uuid");
  await db.execute(sql`select pg_advisory_xact_lock(hashtextextended(id::text, 7361014)) from unnest(${ids}) as p (id) /* lockOpening */`);
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

/**
 * A waiting escalation whose reply has come since it began to wait, locked; null if there is none. A vendor replies by what its people say of it to
 * the client, unless an analysis is asked of them, which they hand in; a policy's manager by the answer to a question that is linked to it.
 */
export async function takeAnswered(db: Db): Promise<ProjectKey | null> {
  const [row] = await db.execute<{ projectId: string; id: string }>(sql`/* answeredEscalation */
    select e.project_id as "projectId", e.id from escalations e
    cross join lateral (select max(v.recorded_at) as since from events v where v.project_id = e.project_id and v.subject_id = e.id and v.to_state = e.state) w
    where e.state in ('WAITING_PARTNER', 'WAITING_POLICY') and case e.state
      when 'WAITING_PARTNER' then exists (select from threads t join messages m on m.project_id = t.project_id and m.thread_id = t.id
            and m.author_vendor_id = e.vendor_id and m.sent_at > w.since
          where t.project_id = e.project_id and t.subject_id = e.id and t.visibility = 'PARTNER')
        and not exists (select from rcas r where r.project_id = e.project_id and r.escalation_id = e.id and r.vendor_id is not null and r.state in ('DRAFT', 'RETURNED'))
      else exists (select from escalation_links l join policy_questions q on q.project_id = l.project_id and q.id = l.subject_id and q.answered_at > w.since
          where l.project_id = e.project_id and l.escalation_id = e.id and l.subject_type = 'PolicyQuestion') end
    order by e.id limit 1 for no key update of e skip locked`);
  return row ?? null;
}
