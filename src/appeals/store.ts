import { and, eq, gt, gte, inArray, lt, lte, not, or, type SQL, sql } from "drizzle-orm";
import { audits } from "../audits/table.ts";
import type { ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import type { Columns } from "../db/entities.ts";
import { anyOf, findKeys, type List } from "../db/lists.ts";
import { at } from "../db/times.ts";
import { projects } from "../projects/table.ts";
import type { Turn } from "./rules.ts";
import { appealCases, appealCriterionEntity, type AppealCriterionRow, appealEntity, type AppealRow, appeals } from "./table.ts";

/** What of an appeal may be asked for; the ids are rows' own. */
export interface AppealFilter {
  projectIds?: string[] | null;
  states?: AppealRow["state"][] | null;
  tiers?: NonNullable<AppealRow["tier"]>[] | null;
  outcomes?: NonNullable<AppealRow["outcome"]>[] | null;
  layers?: AppealRow["layer"][] | null;
  auditIds?: string[] | null;
  caseIds?: string[] | null;
  labelerIds?: string[] | null;
  queueIds?: string[] | null;
  policyIds?: string[] | null;
  vendorIds?: string[] | null;
  markets?: string[] | null;
  raisedById?: string | null;
  turn?: Turn | null;
  dueBefore?: Date | null;
  filedFrom?: Date | null;
  filedTo?: Date | null;
  updatedAfter?: Date | null;
}

function isTurnOf(t: Columns, { principalId, answers, reviews, projectIds, labelerIds }: Turn): SQL | undefined {
  const isParty = sql`(${t.raisedById!} = ${principalId} or ${t.auditorId!} = ${principalId} or ${t.labelerId!} = any (${array(labelerIds, "uuid")}))`;
  return or(
    and(inArray(t.state!, answers), eq(t.raisedById!, principalId)),
    and(inArray(t.state!, reviews), anyOf(t.projectId!, projectIds), not(isParty)),
  );
}

export const appealList: List<AppealRow, AppealFilter> = {
  entity: appealEntity,
  where: (t, filter) => [
    anyOf(t.projectId!, filter.projectIds),
    anyOf(t.state!, filter.states),
    anyOf(t.tier!, filter.tiers),
    anyOf(t.outcome!, filter.outcomes),
    anyOf(t.layer!, filter.layers),
    anyOf(t.auditId!, filter.auditIds),
    anyOf(t.caseId!, filter.caseIds),
    anyOf(t.labelerId!, filter.labelerIds),
    anyOf(t.queueId!, filter.queueIds),
    anyOf(t.policyId!, filter.policyIds),
    anyOf(t.vendorId!, filter.vendorIds),
    anyOf(t.market!, filter.markets),
    filter.raisedById ? eq(t.raisedById!, filter.raisedById) : undefined,
    filter.turn ? isTurnOf(t, filter.turn) : undefined,
    filter.dueBefore ? lt(t.dueAt!, filter.dueBefore) : undefined,
    filter.filedFrom ? gte(t.filedAt!, filter.filedFrom) : undefined,
    filter.filedTo ? lt(t.filedAt!, filter.filedTo) : undefined,
    filter.updatedAfter ? gt(t.updatedAt!, filter.updatedAfter) : undefined,
  ],
  orders: { ID: "id", DUE_AT: "dueAt", RULED_AT: "ruledAt", UPDATED_AT: "updatedAt" },
};

/** The keys of the first appeals that pass the filter. */
export async function findAppealKeys(db: Db, filter: AppealFilter, most: number): Promise<ProjectKey[]> {
  return findKeys(db, appealList, filter, most);
}

/** What an appeal contests, one by one. */
export const appealCriterionList: List<AppealCriterionRow, { criterionIds?: string[] | null }> = {
  entity: appealCriterionEntity,
  where: (t, { criterionIds }) => [anyOf(t.criterionId!, criterionIds)],
  orders: { ID: "id" },
};

/** The appeal; null if absent or hidden. */
export async function findAppeal(db: Db, { projectId, id }: ProjectKey): Promise<AppealRow | null> {
  const [row] = await db.select().from(appeals).where(and(eq(appeals.projectId, projectId), eq(appeals.id, id)));
  return row ?? null;
}

const keyTable = (keys: readonly ProjectKey[]) =>
  sql`unnest(${array(keys.map((key) => key.projectId), "uuid")}, ${array(keys.map((key) => key.id), "uuid")})`;

async function lock(db: Db, isOne: SQL | undefined): Promise<AppealRow[]> {
  const rows = await db.select({ appeal: appeals, project: projects }).from(appeals)
    .innerJoin(projects, eq(projects.id, appeals.projectId))
    .where(and(isOne, sql`true /* lockAppeals */`))
    .orderBy(appeals.id).for("no key update", { of: appeals });
  return rows.map(({ appeal, project }) => ({ ...appeal, project }));
}

/** Those of the appeals that the viewer sees, locked, by id, with their projects. */
export async function lockAppeals(db: Db, keys: readonly ProjectKey[]): Promise<AppealRow[]> {
  return lock(db, sql`(${appeals.projectId}, ${appeals.id}) in (select * from ${keyTable(keys)})`);
}

/** The appeals of a case in any of these states, likewise. */
export async function lockAppealsOfCase(db: Db, { projectId, id }: ProjectKey, states: readonly AppealRow["state"][]): Promise<AppealRow[]> {
  return lock(db, and(eq(appeals.projectId, projectId), eq(appeals.caseId, id), inArray(appeals.state, [...states])));
}

/** The case's version; null if the viewer doesn't see the case. */
export async function findCaseVersion(db: Db, { projectId, id }: ProjectKey): Promise<number | null> {
  const [row] = await db.select({ version: appealCases.version }).from(appealCases).where(and(eq(appealCases.projectId, projectId), eq(appealCases.id, id)));
  return row?.version ?? null;
}

/** Counts the versions of cases up, each once, locking them by id. */
export async function renewCases(db: Db, keys: readonly ProjectKey[], now: Date): Promise<void> {
  await db.execute(sql`/* renewCases */
    with moved as (
      select project_id, id from appeal_cases where (project_id, id) in (select * from ${keyTable(keys)}) order by id for no key update
    )
    update appeal_cases c set version = c.version + 1, updated_at = ${at(now)} from moved m where c.project_id = m.project_id and c.id = m.id`);
}

/** What has changed of a locked appeal: all that a move may write, as it is now. */
export type Moved = Pick<
  AppealRow,
  | "projectId" | "id" | "state" | "tier" | "dueAt" | "closedAt" | "outcome" | "ruledAt" | "asked" | "answer" | "endReason" | "hasContinued"
  | "hasReappealed" | "filedAt" | "verdictId" | "auditState"
>;

/** Moves locked appeals, in one statement; `handlerId` is added to those who have handled them. */
export async function saveMoves(db: Db, rows: readonly Moved[], handlerId: string | null, now: Date): Promise<void> {
  const column = (name: keyof Moved, type: string) => array(rows.map((row) => row[name]), type);
  await db.execute(sql`/* moveAppeals */
    update appeals a set state = m.state, tier = m.tier, due_at = m.due_at, closed_at = m.closed_at, outcome = m.outcome, ruled_at = m.ruled_at,
      asked = m.asked, answer = m.answer, end_reason = m.end_reason, has_continued = m.has_continued, has_reappealed = m.has_reappealed,
      filed_at = m.filed_at, verdict_id = m.verdict_id, audit_state = m.audit_state, version = a.version + 1, updated_at = ${at(now)},
      handled_by_ids = case when ${handlerId}::uuid = any (a.handled_by_ids) then a.handled_by_ids
        else array_remove(a.handled_by_ids || ${handlerId}::uuid, null) end
    from unnest(${column("projectId", "uuid")}, ${column("id", "uuid")}, ${column("state", "text")}, ${column("tier", "text")},
      ${column("dueAt", "timestamptz")}, ${column("closedAt", "timestamptz")}, ${column("outcome", "text")}, ${column("ruledAt", "timestamptz")},
      ${column("asked", "text")}, ${column("answer", "text")}, ${column("endReason", "text")}, ${column("hasContinued", "boolean")},
      ${column("hasReappealed", "boolean")}, ${column("filedAt", "timestamptz")}, ${column("verdictId", "uuid")}, ${column("auditState", "text")})
      as m (project_id, id, state, tier, due_at, closed_at, outcome, ruled_at, asked, answer, end_reason, has_continued, has_reappealed,
        filed_at, verdict_id, audit_state)
    where a.project_id = m.project_id and a.id = m.id`);
}

// The vendor's own layer has no further tier that a late review could go to; a draft may have got a new window.
const waiting = sql`(${appeals.state} in ('RETURNED_FOR_INFO', 'DECIDED', 'DECLINED') or (${appeals.state} = 'L1_REVIEW' and ${appeals.layer} = 'CLIENT')
  or (${appeals.state} = 'DRAFT' and (${audits.windowDueAt} <= ${appeals.dueAt} or ${audits.windowDueAt} is null)))`;

/** Up to `most` appeals that time moves and whose time has come, locked, with their projects. Those being worked on at this moment wait. */
export async function lockDue(db: Db, now: Date, most: number): Promise<AppealRow[]> {
  const rows = await db.select({ appeal: appeals, project: projects }).from(appeals)
    .innerJoin(projects, eq(projects.id, appeals.projectId))
    .innerJoin(audits, and(eq(audits.projectId, appeals.projectId), eq(audits.id, appeals.auditId)))
    .where(and(lte(appeals.dueAt, now), waiting, sql`true /* dueAppeals */`))
    .orderBy(appeals.dueAt).limit(most).for("no key update", { of: appeals, skipLocked: true });
  return rows.map(({ appeal, project }) => ({ ...appeal, project }));
}

/** Ends the windows of declined appeals: nobody went on with them. */
export async function endWindows(db: Db, keys: readonly ProjectKey[], now: Date): Promise<void> {
  await db.execute(sql`/* endAppealWindows */
    update appeals a set due_at = null, version = a.version + 1, updated_at = ${at(now)} from ${keyTable(keys)} as k (project_id, id)
    where a.project_id = k.project_id and a.id = k.id`);
}

/** Moves the due times of drafts whose audits were published anew to the ends of the new windows. */
export async function renewDrafts(db: Db, now: Date): Promise<void> {
  await db.execute(sql`/* renewAppealDrafts */
    update appeals p set due_at = a.window_due_at, version = p.version + 1, updated_at = ${at(now)} from audits a
    where p.state = 'DRAFT' and p.due_at <= ${at(now)} and a.project_id = p.project_id and a.id = p.audit_id and a.window_due_at > p.due_at`);
}
