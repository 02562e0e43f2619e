import { and, eq, gt, inArray, lt, lte, ne, sql } from "drizzle-orm";
import type { ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import { changeRow } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { anyOf, type List } from "../db/lists.ts";
import { at } from "../db/times.ts";
import { policies, policyVersions, projectPolicies } from "../policies/table.ts";
import {
  clarificationEntity, type ClarificationRow, clarifications, policyQuestionEntity, type PolicyQuestionRow, policyQuestions,
} from "./table.ts";

/** What of a question may be asked for; the ids are rows' own. */
export interface QuestionFilter {
  states?: PolicyQuestionRow["state"][] | null;
  policyIds?: string[] | null;
  markets?: string[] | null;
  askedById?: string | null;
  assigneeId?: string | null;
  dueBefore?: Date | null;
  /** Those that wait for their answer and were due before this time. */
  overdueAt?: Date | null;
  updatedAfter?: Date | null;
}

export const questionList: List<PolicyQuestionRow, QuestionFilter> = {
  entity: policyQuestionEntity,
  where: (t, filter) => [
    anyOf(t.state!, filter.states),
    anyOf(t.policyId!, filter.policyIds),
    anyOf(t.market!, filter.markets),
    filter.askedById ? eq(t.askedById!, filter.askedById) : undefined,
    filter.assigneeId ? eq(t.assigneeId!, filter.assigneeId) : undefined,
    filter.dueBefore ? lt(t.dueAt!, filter.dueBefore) : undefined,
    filter.overdueAt ? and(inArray(t.state!, ["ASKED", "ASSIGNED"]), lt(t.dueAt!, filter.overdueAt)) : undefined,
    filter.updatedAfter ? gt(t.updatedAt!, filter.updatedAfter) : undefined,
  ],
  orders: { ID: "id", DUE_AT: "dueAt", UPDATED_AT: "updatedAt" },
};

/** What of a clarification may be asked for. */
export interface ClarificationFilter {
  policyIds?: string[] | null;
  markets?: string[] | null;
  publishedAfter?: Date | null;
}

export const clarificationList: List<ClarificationRow, ClarificationFilter> = {
  entity: clarificationEntity,
  where: (t, { policyIds, markets, publishedAfter }) => [
    anyOf(t.policyId!, policyIds),
    // What holds everywhere holds there too.
    markets ? sql`(${t.market!} is null or ${t.market!} = any (${array(markets, "text")}))` : undefined,
    publishedAfter ? gt(t.publishedAt!, publishedAfter) : undefined,
  ],
  orders: { ID: "id", PUBLISHED_AT: "publishedAt" },
};

/** Those of the policies that the project uses and the viewer sees: labelers see those in force alone. */
export async function listUsedPolicies(db: Db, projectId: string, policyIds: readonly string[]): Promise<Set<string>> {
  const rows = await db
    .select({ id: projectPolicies.policyId })
    .from(projectPolicies)
    .innerJoin(policies, eq(policies.id, projectPolicies.policyId))
    .where(and(eq(projectPolicies.projectId, projectId), inArray(projectPolicies.policyId, [...policyIds])));
  return new Set(rows.map((row) => row.id));
}

/** The policy that each of these versions is of, as far as the viewer sees them. */
export async function listPoliciesOfVersions(db: Db, versionIds: readonly string[]): Promise<Map<string, string>> {
  const { id, policyId } = policyVersions;
  const rows = await db.select({ id, policyId }).from(policyVersions).where(inArray(id, [...versionIds]));
  return new Map(rows.map((row) => [row.id, row.policyId]));
}

/** True if the principal has a grant as policy manager of the project that stands. */
export async function canAnswer(db: Db, projectId: string, principalId: string, now: Date): Promise<boolean> {
  const rows = await db.execute(sql`/* canAnswer */
    select 1 from role_grants where principal_id = ${principalId} and project_id = ${projectId} and role = 'POLICY_MANAGER'
      and revoked_at is null and (expires_at is null or expires_at > ${at(now)}) limit 1`);
  return rows.length > 0;
}

/** Adds questions, all in one statement. */
export async function insertQuestions(db: Db, rows: readonly (typeof policyQuestions.$inferInsert)[]): Promise<void> {
  await db.insert(policyQuestions).values([...rows]);
}

/** The question, locked; null if absent or hidden. */
export async function lockQuestion(db: Db, { projectId, id }: ProjectKey): Promise<PolicyQuestionRow | null> {
  const isIt = and(eq(policyQuestions.projectId, projectId), eq(policyQuestions.id, id));
  const [row] = await db.select().from(policyQuestions).where(isIt).for("no key update");
  return row ?? null;
}

/** What of a question changes; undefined stays. */
export type QuestionChange = Partial<Omit<typeof policyQuestions.$inferInsert, "projectId" | "id">>;

/** Changes a locked question. */
export async function changeQuestion(db: Db, key: ProjectKey, change: QuestionChange, now: Date): Promise<void> {
  await changeRow(db, policyQuestions, key, null, change, now);
}

/** Adds clarifications, all in one statement. */
export async function insertClarifications(db: Db, rows: readonly (typeof clarifications.$inferInsert)[]): Promise<void> {
  await db.insert(clarifications).values([...rows]);
}

/** Closes up to `most` questions that were answered long enough ago; these, as they were. */
export async function closeDue(db: Db, now: Date, most: number): Promise<PolicyQuestionRow[]> {
  const { closeDueAt, state } = policyQuestions;
  const due = await db.select().from(policyQuestions).where(and(lte(closeDueAt, now), ne(state, "CLOSED"), sql`true /* closeDueQuestions */`))
    .orderBy(closeDueAt).limit(most).for("no key update", { skipLocked: true });
  if (due.length === 0) return [];
  const [projectIds, ids] = [array(due.map((row) => row.projectId), "uuid"), array(due.map((row) => row.id), "uuid")];
  await db.execute(sql`/* closeQuestions */
    update policy_questions q set state = 'CLOSED', closed_at = ${at(now)}, close_due_at = null, version = q.version + 1, updated_at = ${at(now)}
    from unnest(${projectIds}, ${ids}) as due (project_id, id) where q.project_id = due.project_id and q.id = due.id`);
  return due;
}

/** Where the askers of questions sit: the team and labeler of their grants for the vendor that they asked for; none of staff. */
export async function listAskers(
  db: Db,
  questions: readonly Pick<PolicyQuestionRow, "projectId" | "askedById" | "vendorId">[],
): Promise<{ teamId: string | null; labelerId: string | null }[]> {
  const column = (name: "projectId" | "askedById" | "vendorId") => array(questions.map((question) => question[name]), "uuid");
  const rows = await db.execute<{ place: string; teamId: string | null; labelerId: string | null }>(sql`/* askersOfQuestions */
    select distinct on (asked.place) asked.place, coalesce(g.team_id, l.team_id) as "teamId", g.labeler_id as "labelerId"
    from unnest(${column("projectId")}, ${column("askedById")}, ${column("vendorId")}) with ordinality as asked (project_id, principal_id, vendor_id, place)
    join role_grants g on g.principal_id = asked.principal_id and g.project_id = asked.project_id and g.vendor_id = asked.vendor_id
    left join labelers l on l.id = g.labeler_id
    order by asked.place, g.labeler_id nulls last, g.id`);
  const found = new Map(rows.map(({ place, ...asker }) => [Number(place), asker]));
  return questions.map((_, index) => found.get(index + 1) ?? { teamId: null, labelerId: null });
}
