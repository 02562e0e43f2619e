import { and, eq, sql } from "drizzle-orm";
import type { ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import { changeRow, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { at } from "../db/times.ts";
import { type EscalationRuleRow, escalationRules } from "../escalations/table.ts";
import { queues } from "../projects/table.ts";

const isKey = ({ projectId, id }: ProjectKey) => and(eq(escalationRules.projectId, projectId), eq(escalationRules.id, id));

/** Adds a rule. */
export async function insertRule(db: Db, row: typeof escalationRules.$inferInsert): Promise<void> {
  await db.insert(escalationRules).values(row);
}

/** A rule that the viewer sees, locked; null if there is none. */
export async function lockRule(db: Db, key: ProjectKey): Promise<EscalationRuleRow | null> {
  const [row] = await db.select().from(escalationRules).where(isKey(key)).for("no key update");
  return row ?? null;
}

/** Changes a rule, counting its version up. */
export async function changeRule(
  db: Db,
  key: ProjectKey,
  version: ExpectedVersion,
  change: Partial<typeof escalationRules.$inferInsert>,
  now: Date,
): Promise<void> {
  await changeRow(db, escalationRules, key, version, change, now);
}

/** The first of these queues that the project doesn't have, by its place; -1 if all are there. */
export async function findStrayQueue(db: Db, projectId: string, queueIds: readonly string[]): Promise<number> {
  const rows = await db.select({ id: queues.id }).from(queues).where(and(eq(queues.projectId, projectId), sql`${queues.id} = any (${array(queueIds, "uuid")})`));
  const known = new Set(rows.map(({ id }) => id));
  return queueIds.findIndex((id) => !known.has(id));
}

/** Takes an active rule whose rest is over, longest ago first, so that no other process looks by it; null if none is due. */
export async function takeDueRule(db: Db, now: Date, figureTriggers: readonly string[], restSeconds: { figures: number; others: number }): Promise<EscalationRuleRow | null> {
  const rest = sql`case when r.trigger = any (${array(figureTriggers, "text")}) then ${restSeconds.figures}::int else ${restSeconds.others}::int end * interval '1 second'`;
  const taken = await db.execute<{ projectId: string; id: string }>(sql`/* takeDueRule */ update escalation_rules t set attempted_at = ${at(now)} from (
      select r.project_id, r.id from escalation_rules r where r.is_active and (r.attempted_at is null or r.attempted_at <= ${at(now)} - ${rest})
      order by r.attempted_at nulls first, r.id limit 1 for no key update skip locked) d
    where t.project_id = d.project_id and t.id = d.id returning t.project_id as "projectId", t.id`);
  if (!taken[0]) return null;
  const [row] = await db.select().from(escalationRules).where(isKey(taken[0]));
  return row ?? null;
}

/** Notes up to when a rule has looked, or why it couldn't. */
export async function noteLook(db: Db, key: ProjectKey, noted: { evaluatedAt: Date } | { evaluationError: string }): Promise<void> {
  await db.update(escalationRules).set("evaluatedAt" in noted ? { ...noted, evaluationError: null } : noted).where(isKey(key));
}

/** What is known of fingerprints that a rule has raised: whether one is open, when the last ended, and what was seen last. */
export interface Known extends Record<string, unknown> {
  fingerprint: string;
  isOpen: boolean;
  endedAt: string | null;
  value: number | null;
  n: number | null;
  linked: string | null;
}

/** What has come of these fingerprints so far; those never raised are left out. */
export async function listKnown(db: Db, projectId: string, fingerprints: readonly string[]): Promise<Known[]> {
  return db.execute<Known>(sql`/* knownFingerprints */ select distinct on (x.fingerprint) x.fingerprint, x.closed_at is null as "isOpen", x.closed_at::text as "endedAt", s.value, s.n,
      (select string_agg(l.subject_id::text, ',') from escalation_links l where l.project_id = x.project_id and l.escalation_id = x.id) as linked
    from escalations x left join lateral (select value, n from escalation_signals s where s.project_id = x.project_id and s.escalation_id = x.id order by s.id desc limit 1) s on true
    where x.project_id = ${projectId} and x.fingerprint = any (${array(fingerprints, "text")}) order by x.fingerprint, (x.closed_at is null) desc, x.closed_at desc`);
}
