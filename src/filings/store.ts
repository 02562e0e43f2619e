import { and, eq, gt, isNull, sql } from "drizzle-orm";
import { appealCaseEntity, type AppealCaseRow, appealCases, appealCriteria, type AppealRow, appeals } from "../appeals/table.ts";
import { type AuditRow, audits } from "../audits/table.ts";
import type { Lease } from "../audits/publication.rules.ts";
import type { ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import { changeRow } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { anyOf, type List } from "../db/lists.ts";
import { samples } from "../samples/table.ts";
import type { Contestable } from "./rules.ts";

/** What of an appeal case may be asked for. */
export interface AppealCaseFilter {
  projectIds?: string[] | null;
  layers?: AppealCaseRow["layer"][] | null;
  vendorIds?: string[] | null;
  openedById?: string | null;
  updatedAfter?: Date | null;
}

export const appealCaseList: List<AppealCaseRow, AppealCaseFilter> = {
  entity: appealCaseEntity,
  where: (t, filter) => [
    anyOf(t.projectId!, filter.projectIds),
    anyOf(t.layer!, filter.layers),
    anyOf(t.vendorId!, filter.vendorIds),
    filter.openedById ? eq(t.openedById!, filter.openedById) : undefined,
    filter.updatedAfter ? gt(t.updatedAt!, filter.updatedAfter) : undefined,
  ],
  orders: { ID: "id", UPDATED_AT: "updatedAt" },
};

const keyTable = (keys: readonly ProjectKey[]) =>
  sql`unnest(${array(keys.map((key) => key.projectId), "uuid")}, ${array(keys.map((key) => key.id), "uuid")})`;

/** Those of the audits that the viewer sees. */
export async function listVisibleAudits(db: Db, keys: readonly ProjectKey[]): Promise<ProjectKey[]> {
  const { projectId, id } = audits;
  return db.select({ projectId, id }).from(audits).where(sql`(${projectId}, ${id}) in (select * from ${keyTable(keys)}) /* auditsToAppeal */`);
}

/** An audit and what its latest verdict says; the criteria are in the order of its findings. */
export interface Contested extends Contestable {
  audit: AuditRow;
  lease: Lease | null;
  verdictId: string;
  failedIds: string[];
}

/**
 * Audits, locked, with what says whether they can be appealed, by id. Two statements, so that what is read is what was so once the locks were
 * held; as the system, since who appeals writes no audits. `exceptIds` are the appeals at hand.
 */
export async function lockContested(db: Db, keys: readonly ProjectKey[], exceptIds: readonly string[]): Promise<Contested[]> {
  const locked = await db.select({ audit: audits, lease: { state: samples.state, leaseUntil: samples.leaseUntil } }).from(audits)
    .leftJoin(samples, and(eq(samples.projectId, audits.projectId), eq(samples.id, audits.sampleId)))
    .where(sql`(${audits.projectId}, ${audits.id}) in (select * from ${keyTable(keys)}) /* lockAppealedAudits */`)
    .orderBy(audits.id).for("update", { of: audits });
  const rows = await db.execute<Omit<Contested, "audit" | "lease" | "windowDueAt"> & { auditId: string }>(sql`/* verdictsToAppeal */
    select k.id as "auditId", v.id as "verdictId", v.outcome, v.score::float8 as score,
      f."criterionIds", f."failedIds",
      exists(select from appeals p where p.project_id = k.project_id and p.audit_id = k.id and p.id <> all (${array(exceptIds, "uuid")})
        and p.state in ('DRAFT', 'L1_REVIEW', 'L2_REVIEW', 'L3_ARBITRATION', 'RETURNED_FOR_INFO')) as "isAppealed"
    from ${keyTable(keys)} as k (project_id, id)
    left join lateral (select * from verdicts v where v.project_id = k.project_id and v.audit_id = k.id order by v.number desc limit 1) v on true
    cross join lateral (
      select coalesce(jsonb_agg(criterion_id order by id), '[]') as "criterionIds",
        coalesce(jsonb_agg(criterion_id order by id) filter (where result = 'FAIL'), '[]') as "failedIds"
      from findings where project_id = v.project_id and verdict_id = v.id
    ) f`);
  const verdictOf = new Map(rows.map(({ auditId, ...verdict }) => [auditId, verdict]));
  return locked.map(({ audit, lease }) => ({ audit, lease, windowDueAt: audit.windowDueAt, ...verdictOf.get(audit.id)! }));
}

/** Adds appeals and what they contest, in two statements. */
export async function insertAppeals(
  db: Db,
  rows: readonly (typeof appeals.$inferInsert)[],
  criteria: readonly (typeof appealCriteria.$inferInsert)[],
): Promise<void> {
  await db.insert(appeals).values([...rows]);
  if (criteria.length > 0) await db.insert(appealCriteria).values([...criteria]);
}

/** Replaces what a draft contests. */
export async function replaceCriteria(db: Db, { projectId, id }: ProjectKey, criteria: readonly (typeof appealCriteria.$inferInsert)[]): Promise<void> {
  await db.delete(appealCriteria).where(and(eq(appealCriteria.projectId, projectId), eq(appealCriteria.appealId, id)));
  if (criteria.length > 0) await db.insert(appealCriteria).values([...criteria]);
}

/** Keeps the words of a locked draft, and the case that it joins. */
export async function saveWords(db: Db, key: ProjectKey, words: Partial<Pick<AppealRow, "reason" | "evidence" | "caseId">>, now: Date): Promise<void> {
  await changeRow(db, appeals, key, null, words, now);
}

/** The criteria that each of these appeals contests. */
export async function listContests(db: Db, keys: readonly ProjectKey[]): Promise<Map<string, string[]>> {
  const rows = await db.select({ appealId: appealCriteria.appealId, criterionId: appealCriteria.criterionId }).from(appealCriteria)
    .where(sql`(${appealCriteria.projectId}, ${appealCriteria.appealId}) in (select * from ${keyTable(keys)}) /* contests */`);
  const contested = new Map<string, string[]>();
  for (const { appealId, criterionId } of rows) contested.set(appealId, [...(contested.get(appealId) ?? []), criterionId]);
  return contested;
}

/** Adds an appeal case. */
export async function insertCase(db: Db, row: typeof appealCases.$inferInsert): Promise<void> {
  await db.insert(appealCases).values(row);
}

/** The case, locked, with how many appeals it has; null if absent or hidden. */
export async function lockCase(db: Db, { projectId, id }: ProjectKey): Promise<{ row: AppealCaseRow; size: number } | null> {
  const [row] = await db.select().from(appealCases).where(and(eq(appealCases.projectId, projectId), eq(appealCases.id, id))).for("no key update");
  if (!row) return null;
  return { row, size: await db.$count(appeals, and(eq(appeals.projectId, projectId), eq(appeals.caseId, id))) };
}

/** Lets staff see a case from the first of its appeals that is filed on. */
export async function markCaseFiled(db: Db, { projectId, id }: ProjectKey, now: Date): Promise<void> {
  await db.update(appealCases).set({ filedAt: now })
    .where(and(eq(appealCases.projectId, projectId), eq(appealCases.id, id), isNull(appealCases.filedAt)));
}
