import { sql } from "drizzle-orm";
import { idFloor, type ProjectKey } from "../core/ids.ts";
import type { Db } from "../db/lease.ts";

/** Something that was decided in a queue. */
export interface Decided {
  decisionId: string;
  /** Code of the policy that was chosen. */
  policy: string;
}

/** What was decided in a queue between two times, each content once, by the ids of the decisions. */
export async function listDecided(db: Db, { projectId, id }: ProjectKey, [from, to]: readonly [Date, Date]): Promise<Decided[]> {
  return db.execute<Decided & Record<string, unknown>>(sql`/* demoDecided */
    select d.id as "decisionId", p.code as policy from decisions d join policies p on p.id = d.policy_id
    where d.project_id = ${projectId} and d.queue_id = ${id} and d.id >= ${idFloor(from)}::uuid and d.id < ${idFloor(to)}::uuid
      and not exists (select from decisions o where o.project_id = d.project_id and o.queue_id = d.queue_id and o.content_hash = d.content_hash
        and o.id < d.id and o.id >= ${idFloor(from)}::uuid)
    order by d.id`);
}

/** The version that this policy changed to. */
export async function getNewVersion(db: Db, policyId: string): Promise<string> {
  const [row] = await db.execute<{ id: string }>(sql`select id from policy_versions where policy_id = ${policyId} and semver = '2.0.0'`);
  return row!.id;
}

/** An audit with what was decided. */
export interface Judged {
  id: string;
  policy: string;
  action: string | null;
}

/** A final audit of decisions between two times that found an error which nobody has corrected, with what was decided; the one of the first decision. */
export async function findError(db: Db, projectId: string, [from, to]: readonly [Date, Date]): Promise<Judged | null> {
  const [row] = await db.execute<Judged & Record<string, unknown>>(sql`/* demoError */
    select a.id, p.code as policy, d.action from audits a join verdicts v on v.project_id = a.project_id and v.audit_id = a.id
    join decisions d on d.project_id = a.project_id and d.id = a.decision_id join policies p on p.id = a.policy_id
    where a.project_id = ${projectId} and a.decision_id >= ${idFloor(from)}::uuid and a.decision_id < ${idFloor(to)}::uuid and a.state = 'FINAL'
      and a.role = 'PRIMARY' and a.layer = 'CLIENT' and v.outcome = 'INCORRECT' and v.attribution = 'LABELER'
      and not exists (select from verdicts o where o.project_id = a.project_id and o.audit_id = a.id and o.number > 1)
    order by a.decision_id, a.id limit 1`);
  return row ?? null;
}

/** The items of a session in their order. */
export async function listSessionItems(db: Db, { projectId, id }: ProjectKey): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`select id from calibration_items where project_id = ${projectId} and session_id = ${id} order by position`);
  return rows.map((row) => row.id);
}

/** The question with this title. */
export async function getQuestion(db: Db, projectId: string, title: string): Promise<ProjectKey> {
  const [row] = await db.execute<{ id: string }>(sql`select id from policy_questions where project_id = ${projectId} and title = ${title}`);
  return { projectId, id: row!.id };
}
