import { type SQL, sql } from "drizzle-orm";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import { auditsOf, gradedOf, type Reading, type RowSource } from "../reach/sources.table.ts";
import { type Count, readCount } from "../stats/counts.ts";
import type { LabelPair, LabelRank } from "./confusion.rules.ts";

type PairRow = Omit<LabelPair, "count"> & { count: Count };

// Of each labeler on each content the first, by time of decision, then id.
async function countFirst(db: Db, name: string, { ctes, rows }: RowSource, decisionId: SQL): Promise<LabelPair[]> {
  const pairs = await db.execute<PairRow & Record<string, unknown>>(sql`/* ${sql.raw(name)} */
    ${ctes.length > 0 ? sql`with ${sql.join([...ctes], sql`, `)}` : sql``}
    select f.truth_policy_id as "truthId", f.policy_id as "policyId", count(*) as count
    from (select distinct on (f.project_id, f.labeler_id, f.content_hash) f.truth_policy_id, f.policy_id
      from (${rows}) f order by f.project_id, f.labeler_id, f.content_hash, f.decided_at, ${decisionId}) f group by 1, 2`);
  return pairs.map(({ truthId, policyId, count }) => ({ truthId, policyId, count: readCount(count, "count") }));
}

/** Published primary audits by truth and label: of a labeler's decisions on the same content the first of those read. */
export async function countFirstAudited(db: Db, reading: Reading, includeProcessErrors: boolean): Promise<LabelPair[]> {
  const source = auditsOf(reading, ["audits"]);
  const rows = sql`select f.*, c.content_hash from (${source.rows}) f join audits c on c.project_id = f.project_id and c.id = f.audit_id
      where ${includeProcessErrors} or not f.is_process_error`;
  return countFirst(db, "firstAudited", { ...source, rows }, sql`f.decision_id`);
}

/** Decisions on golden items active when they were made, by truth and label: of a labeler's on the same content the first of those read. */
export async function countFirstGraded(db: Db, reading: Reading): Promise<LabelPair[]> {
  return countFirst(db, "firstGraded", gradedOf(reading), sql`f.id`);
}

/** What orders policies among labels, and whether they are violating; of those the viewer sees. */
export async function listLabels(db: Db, ids: readonly string[]): Promise<(LabelRank & { isViolating: boolean })[]> {
  return db.execute<LabelRank & { isViolating: boolean } & Record<string, unknown>>(sql`/* policyRanks */
    select id, rank, code, is_violating as "isViolating" from policies where id = any (${array(ids, "uuid")})`);
}

/** How first auditors judged what a double audit resolved: how many were truly wrong and right, and how many of each they got wrong. */
export interface AuditorErrors {
  trueErrors: number;
  missed: number;
  trueRights: number;
  falselyFlagged: number;
}

/** Randomly drawn double audits: the first auditors' own verdicts, `was_error`, against the resolved ones, `is_error`. */
export function judgedTwiceOf({ reading, ...where }: Reading, includeProcessErrors: boolean): RowSource {
  const { rows, ...source } = auditsOf({ ...where, reading: { ...reading, purposes: ["RANDOM"], score: "AS_AUDITED" } }, ["audits"]);
  const judged = sql`select not f.is_correct as is_error, own.outcome = 'INCORRECT' as was_error
      from (${rows}) f join double_audits d on d.project_id = f.project_id and d.primary_audit_id = f.audit_id
      cross join lateral (select v.outcome from verdicts v where v.project_id = f.project_id and v.audit_id = f.audit_id
        and v.reason in ('INITIAL', 'AMENDED') order by v.number desc limit 1) own
      where d.outcome in ('AGREED', 'ADJUDICATED') and (${includeProcessErrors} or not f.is_process_error)`;
  return { ...source, rows: judged };
}

/** How often the first auditors erred either way, of double audits. */
export async function countAuditorErrors(db: Db, { ctes, rows }: RowSource): Promise<AuditorErrors> {
  const [row] = await db.execute<Record<keyof AuditorErrors, Count>>(sql`/* auditorErrors */ with ${sql.join([...ctes], sql`, `)}, judged as (${rows})
    select count(*) filter (where is_error) as "trueErrors", count(*) filter (where is_error and not was_error) as missed,
      count(*) filter (where not is_error) as "trueRights", count(*) filter (where not is_error and was_error) as "falselyFlagged" from judged`);
  const read = (name: keyof AuditorErrors) => readCount(row![name], name);
  return { trueErrors: read("trueErrors"), missed: read("missed"), trueRights: read("trueRights"), falselyFlagged: read("falselyFlagged") };
}

/** A policy version as its impact is measured. */
export interface MeasuredVersion {
  policyId: string;
  market: string | null;
  effectiveFrom: Date | null;
  graceHours: number;
}

/** The version with this id, if the viewer sees it. */
export async function findVersion(db: Db, id: string): Promise<MeasuredVersion | null> {
  const [row] = await db.execute<Omit<MeasuredVersion, "effectiveFrom"> & { since: string | null }>(sql`/* versionOfImpact */
    select policy_id as "policyId", market, (extract(epoch from effective_from) * 1000)::bigint as since, grace_hours as "graceHours"
    from policy_versions where id = ${id}::uuid`);
  return row ? { ...row, effectiveFrom: row.since === null ? null : new Date(Number(row.since)) } : null;
}
