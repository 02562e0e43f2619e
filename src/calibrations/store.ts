import { and, eq, gt, inArray, lte, sql } from "drizzle-orm";
import type { ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import { changeRow } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { anyOf, type List } from "../db/lists.ts";
import { at } from "../db/times.ts";
import { decisions } from "../decisions/table.ts";
import type { VoteCount } from "./rules.ts";
import {
  calibrationConsensus, type CalibrationConsensusRow, calibrationItemEntity, type CalibrationItemRow, calibrationItems, calibrationRaters,
  calibrationSessionEntity, type CalibrationSessionRow, calibrationSessions, calibrationVoteEntity, type CalibrationVoteRow,
} from "./table.ts";

/** What of a session may be asked for; the ids are rows' own. */
export interface SessionFilter {
  states?: CalibrationSessionRow["state"][] | null;
  policyIds?: string[] | null;
  /** Those that this principal is invited to. */
  raterId?: string | null;
  facilitatorId?: string | null;
  updatedAfter?: Date | null;
}

export const sessionList: List<CalibrationSessionRow, SessionFilter> = {
  entity: calibrationSessionEntity,
  where: (t, { states, policyIds, raterId, facilitatorId, updatedAfter }) => [
    anyOf(t.state!, states),
    anyOf(t.policyId!, policyIds),
    raterId
      ? sql`exists (select from calibration_raters r where r.project_id = ${t.projectId!} and r.session_id = ${t.id!} and r.principal_id = ${raterId})`
      : undefined,
    facilitatorId ? eq(t.facilitatorId!, facilitatorId) : undefined,
    updatedAfter ? gt(t.updatedAt!, updatedAfter) : undefined,
  ],
  orders: { ID: "id", UPDATED_AT: "updatedAt" },
};

export const itemList: List<CalibrationItemRow, { contentRefs?: string[] | null }> = {
  entity: calibrationItemEntity,
  where: (t, { contentRefs }) => [anyOf(t.contentRef!, contentRefs)],
  orders: { ID: "id", POSITION: "position" },
};

export const voteList: List<CalibrationVoteRow, { raterId?: string | null }> = {
  entity: calibrationVoteEntity,
  where: (t, { raterId }) => [raterId ? eq(t.principalId!, raterId) : undefined],
  orders: { ID: "id", CAST_AT: "castAt" },
};

const isSession = ({ projectId, id }: ProjectKey) => and(eq(calibrationSessions.projectId, projectId), eq(calibrationSessions.id, id));

/** True if the viewer sees the session. */
export async function isVisible(db: Db, key: ProjectKey): Promise<boolean> {
  return (await db.select({ id: calibrationSessions.id }).from(calibrationSessions).where(isSession(key))).length > 0;
}

/** The session, locked: against votes too, or only against what ends voting. */
export async function lockSession(db: Db, key: ProjectKey, isVote: boolean): Promise<CalibrationSessionRow> {
  const [row] = await db.select().from(calibrationSessions).where(isSession(key)).for(isVote ? "share" : "no key update");
  return row!;
}

/** An open session whose voting is over by the clock, locked; none if there is none. */
export async function lockEnded(db: Db, now: Date): Promise<CalibrationSessionRow[]> {
  const isEnded = and(eq(calibrationSessions.state, "OPEN"), lte(calibrationSessions.closesAt, now), sql`true /* endedCalibrations */`);
  return db.select().from(calibrationSessions).where(isEnded).orderBy(calibrationSessions.closesAt).limit(1).for("no key update", { skipLocked: true });
}

/** Adds a session. */
export async function insertSession(db: Db, row: typeof calibrationSessions.$inferInsert): Promise<void> {
  await db.insert(calibrationSessions).values(row);
}

/** What of a session changes; undefined stays. */
export type SessionChange = Partial<Omit<typeof calibrationSessions.$inferInsert, "projectId" | "id">>;

/** Changes a locked session. */
export async function changeSession(db: Db, key: ProjectKey, change: SessionChange, now: Date): Promise<void> {
  await changeRow(db, calibrationSessions, key, null, change, now);
}

/** The contents of these decisions, as far as the viewer sees them. */
export async function listContents(db: Db, projectId: string, decisionIds: readonly string[]) {
  const { id, contentRef, contentHash, modality, language, market } = decisions;
  const isAsked = and(eq(decisions.projectId, projectId), sql`${id} = any (${array(decisionIds, "uuid")}) /* contentsOfDecisions */`);
  const rows = await db.select({ id, contentRef, contentHash, modality, language, market }).from(decisions).where(isAsked);
  return new Map(rows.map((row) => [row.id, row]));
}

/** Puts these items in the place of a session's. */
export async function replaceItems(db: Db, { projectId, id }: ProjectKey, rows: readonly (typeof calibrationItems.$inferInsert)[]): Promise<void> {
  await db.delete(calibrationItems).where(and(eq(calibrationItems.projectId, projectId), eq(calibrationItems.sessionId, id)));
  if (rows.length > 0) await db.insert(calibrationItems).values([...rows]);
}

/** Puts these raters in the place of a session's. */
export async function replaceRaters(db: Db, { projectId, id }: ProjectKey, raters: readonly { principalId: string; vendorId: string | null }[]): Promise<void> {
  await db.delete(calibrationRaters).where(and(eq(calibrationRaters.projectId, projectId), eq(calibrationRaters.sessionId, id)));
  if (raters.length > 0) await db.insert(calibrationRaters).values(raters.map((rater) => ({ ...rater, projectId, sessionId: id })));
}

/** Those of the principals who have one of the roles in the project, by a grant that stands; with their vendors. */
export async function listGranted(db: Db, projectId: string, principalIds: readonly string[], roles: readonly string[], now: Date): Promise<Map<string, string | null>> {
  const rows = await db.execute<{ id: string; vendorId: string | null }>(sql`/* grantedPrincipals */
    select distinct on (principal_id) principal_id as id, vendor_id as "vendorId" from role_grants
    where project_id = ${projectId} and principal_id = any (${array(principalIds, "uuid")}) and role = any (${array(roles, "text")})
      and revoked_at is null and (expires_at is null or expires_at > ${at(now)}) order by principal_id, vendor_id nulls first`);
  return new Map(rows.map(({ id, vendorId }) => [id, vendorId]));
}

/** How many items and raters a session has. */
export async function countInvited(db: Db, { projectId, id }: ProjectKey): Promise<{ items: number; raters: number }> {
  const [row] = await db.execute<{ items: number; raters: number }>(sql`/* calibrationSize */
    select (select count(*)::int from calibration_items where project_id = ${projectId} and session_id = ${id}) as items,
      (select count(*)::int from calibration_raters where project_id = ${projectId} and session_id = ${id}) as raters`);
  return row!;
}

/** For each session whether the principal is invited to it. */
export async function areInvited(db: Db, principalId: string, keys: readonly ProjectKey[]): Promise<boolean[]> {
  const { projectId, sessionId } = calibrationRaters;
  const isIt = and(eq(calibrationRaters.principalId, principalId), inArray(projectId, keys.map((key) => key.projectId)), inArray(sessionId, keys.map(({ id }) => id)));
  const rows = await db.select({ sessionId }).from(calibrationRaters).where(isIt);
  const invited = new Set(rows.map((row) => row.sessionId));
  return keys.map(({ id }) => invited.has(id));
}

/** Those of the items that are the session's, with their contents. */
export async function listItems(db: Db, { projectId, id }: ProjectKey, itemIds: readonly string[]): Promise<Map<string, CalibrationItemRow>> {
  const isAsked = and(eq(calibrationItems.projectId, projectId), eq(calibrationItems.sessionId, id), inArray(calibrationItems.id, [...itemIds]));
  return new Map((await db.select().from(calibrationItems).where(isAsked)).map((row) => [row.id, row]));
}

/** How often each policy was chosen for each item of a session, how many voted, and how many policies could be chosen: leaves that the project uses. */
export async function countVotes(db: Db, { projectId, id }: ProjectKey): Promise<{ counts: VoteCount[]; raters: number; schemeSize: number }> {
  const [row] = await db.execute<{ counts: VoteCount[]; raters: number; schemeSize: number }>(sql`/* calibrationVotes */
    with votes as (select item_id, policy_id, principal_id from calibration_votes where project_id = ${projectId} and session_id = ${id}),
      counted as (select item_id, policy_id, count(*)::int as votes from votes group by item_id, policy_id)
    select coalesce((select jsonb_agg(jsonb_build_object('itemId', c.item_id, 'policyId', c.policy_id, 'rank', p.rank, 'votes', c.votes) order by c.item_id, c.policy_id)
        from counted c join policies p on p.id = c.policy_id), '[]') as counts,
      (select count(distinct principal_id)::int from votes) as raters,
      (select count(*)::int from project_policies u join policies p on p.id = u.policy_id where u.project_id = ${projectId} and p.is_leaf) as "schemeSize"`);
  return row!;
}

/** What a rater says of an item. */
export interface Vote {
  id: string;
  itemId: string;
  policyId: string;
  action: string | null;
  rationale: string | null;
}

/** Keeps a rater's votes, each in the place of an earlier one on the same item. */
export async function saveVotes(db: Db, { projectId, id }: ProjectKey, principalId: string, votes: readonly Vote[], now: Date): Promise<void> {
  const column = (type: string, name: keyof Vote) => array(votes.map((vote) => vote[name]), type);
  await db.execute(sql`/* castVotes */
    insert into calibration_votes (project_id, session_id, principal_id, cast_at, created_at, updated_at, id, item_id, policy_id, action, rationale)
    select ${projectId}::uuid, ${id}::uuid, ${principalId}::uuid, ${at(now)}, ${at(now)}, ${at(now)}, * from unnest(${column("uuid", "id")},
      ${column("uuid", "itemId")}, ${column("uuid", "policyId")}, ${column("text", "action")}, ${column("text", "rationale")})
    on conflict (project_id, item_id, principal_id) do update set policy_id = excluded.policy_id, action = excluded.action,
      rationale = excluded.rationale, cast_at = excluded.cast_at, updated_at = excluded.updated_at, version = calibration_votes.version + 1`);
}

/** What was agreed on an item, or the question that it left open. */
export interface Consensus {
  itemId: string;
  policyId: string | null;
  action: string | null;
  rationale: string | null;
  questionId: string | null;
}

/** Keeps what was agreed on items, in the place of what was before; how many items of the session have nothing yet. */
export async function saveConsensus(db: Db, { projectId, id }: ProjectKey, setById: string, agreed: readonly Consensus[], now: Date): Promise<number> {
  const column = (type: string, name: keyof Consensus) => array(agreed.map((each) => each[name]), type);
  await db.execute(sql`/* setConsensus */
    insert into calibration_consensus (project_id, session_id, set_by_id, set_at, item_id, policy_id, action, rationale, question_id)
    select ${projectId}::uuid, ${id}::uuid, ${setById}::uuid, ${at(now)}, * from unnest(${column("uuid", "itemId")},
      ${column("uuid", "policyId")}, ${column("text", "action")}, ${column("text", "rationale")}, ${column("uuid", "questionId")})
    on conflict (project_id, item_id) do update set policy_id = excluded.policy_id, action = excluded.action, rationale = excluded.rationale,
      question_id = excluded.question_id, set_by_id = excluded.set_by_id, set_at = excluded.set_at`);
  const [row] = await db.execute<{ left: number }>(sql`/* itemsWithoutConsensus */
    select count(*)::int as left from calibration_items i where i.project_id = ${projectId} and i.session_id = ${id}
      and not exists (select from calibration_consensus c where c.project_id = i.project_id and c.item_id = i.id)`);
  return row!.left;
}

/** The codes of policies by id: those that the project uses, that the viewer sees, and that have none below them. */
export async function listLeaves(db: Db, projectId: string, policyIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await db.execute<{ id: string; code: string }>(sql`/* leavesOfProject */
    select p.id, p.code from policies p join project_policies u on u.policy_id = p.id
    where u.project_id = ${projectId} and p.is_leaf and p.id = any (${array(policyIds, "uuid")})`);
  return new Map(rows.map(({ id, code }) => [id, code]));
}

/** What was agreed on items, as far as the viewer sees it; null where nothing is. */
export async function consensusByItem(db: Db, keys: readonly ProjectKey[]): Promise<(CalibrationConsensusRow | null)[]> {
  const { projectId, itemId } = calibrationConsensus;
  const isAsked = and(inArray(projectId, keys.map((key) => key.projectId)), inArray(itemId, keys.map(({ id }) => id)));
  const found = new Map((await db.select().from(calibrationConsensus).where(isAsked)).map((row) => [row.itemId, row]));
  return keys.map(({ id }) => found.get(id) ?? null);
}

/** Says of items that golden items were made of them; by which code their project is known. */
export async function markGolden(db: Db, projectId: string, itemIds: readonly string[]): Promise<string> {
  const isAsked = and(eq(calibrationConsensus.projectId, projectId), inArray(calibrationConsensus.itemId, [...itemIds]));
  await db.update(calibrationConsensus).set({ isGolden: true }).where(isAsked);
  const [row] = await db.execute<{ code: string }>(sql`/* projectCode */ select code from projects where id = ${projectId}`);
  return row!.code;
}

/** Who is invited to sessions, as far as the viewer sees them, in order of their ids. */
export async function ratersBySession(db: Db, keys: readonly ProjectKey[]) {
  const { projectId, sessionId, principalId } = calibrationRaters;
  const isAsked = and(inArray(projectId, keys.map((key) => key.projectId)), inArray(sessionId, keys.map(({ id }) => id)));
  const rows = await db.select().from(calibrationRaters).where(isAsked).orderBy(principalId);
  return keys.map(({ id }) => rows.filter((row) => row.sessionId === id));
}

/** How often a rater chose a policy where all agreed on another, or the same. */
export interface VotedAgainst {
  sessionId: string;
  principalId: string;
  vote: string;
  consensus: string;
  times: number;
}

/** Votes beside what all agreed on, once that is settled, as far as the viewer sees both. */
export async function votesAgainstConsensus(db: Db, keys: readonly ProjectKey[]): Promise<VotedAgainst[][]> {
  const column = (name: keyof ProjectKey) => array(keys.map((key) => key[name]), "uuid");
  const rows = await db.execute<VotedAgainst & Record<string, unknown>>(sql`/* votesAgainstConsensus */
    select v.session_id as "sessionId", v.principal_id as "principalId", v.policy_id as vote, c.policy_id as consensus, count(*)::int as times
    from unnest(${column("projectId")}, ${column("id")}) as k (project_id, id)
    join calibration_sessions s on s.project_id = k.project_id and s.id = k.id and s.state in ('CONSENSUS', 'PUBLISHED')
    join calibration_votes v on v.project_id = s.project_id and v.session_id = s.id
    join calibration_consensus c on c.project_id = v.project_id and c.item_id = v.item_id and c.policy_id is not null
    group by 1, 2, 3, 4 order by 1, 2, 3, 4`);
  return keys.map(({ id }) => rows.filter((row) => row.sessionId === id));
}
