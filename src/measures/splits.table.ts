import { type SQL, sql } from "drizzle-orm";
import { TENURE_BUCKET } from "./reach.table.ts";

/** How a dimension is read of a row `f` with the facts of a decision: its column, and what must be joined for it. */
export interface Split {
  column: (local: SQL, weekStart: number) => SQL;
  join?: keyof typeof JOINS;
}

const of = (column: string): Split => ({ column: () => sql.raw(`f.${column}`) });
const id = (column: string): Split => ({ column: () => sql.raw(`f.${column}::text`) });

/** What a split joins, each at most once. A finding that failed says how and why; one of its audit counts in each of its classes. */
const JOINS = {
  policy: sql`left join policies h on h.id = f.policy_id`,
  finding: sql`join findings g on g.project_id = f.project_id and g.verdict_id = f.verdict_id and g.result = 'FAIL'`,
  cause: sql`join verdicts c on c.project_id = f.project_id and c.id = f.verdict_id`,
};

/** The SQL of every dimension. */
export const SPLITS = {
  PROJECT: id("project_id"),
  QUEUE: { column: () => sql`f.project_id || ':' || f.queue_id` },
  MARKET: of("market"),
  VENDOR: id("vendor_id"),
  SITE: id("site_id"),
  TEAM: id("team_id"),
  LABELER: id("labeler_id"),
  AUDITOR: id("auditor_id"),
  POLICY: id("policy_id"),
  TRUTH_POLICY: id("truth_policy_id"),
  POLICY_VERSION: id("policy_version_id"),
  ACTION: of("action"),
  HARM_CATEGORY: { column: () => sql`h.harm_category`, join: "policy" },
  ERROR_TYPE: of("error_type"),
  SEVERITY: of("severity"),
  ERROR_CODE: { column: () => sql`g.error_code_id::text`, join: "finding" },
  CRITERION: { column: () => sql`g.criterion_id::text`, join: "finding" },
  ERROR_CAUSE: { column: () => sql`g.cause`, join: "finding" },
  GOLDEN_RULE: of("golden_rule"),
  MODALITY: of("modality"),
  LANGUAGE: of("language"),
  TENURE_BUCKET: { column: () => TENURE_BUCKET },
  LAYER: of("layer"),
  PURPOSE: of("purpose"),
  DAY: { column: (local) => sql`${local}::date::text` },
  WEEK: { column: (local, weekStart) => sql`(${local}::date - (extract(isodow from ${local})::int + 6 - ${weekStart}::int) % 7)::text` },
  MONTH: { column: (local) => sql`date_trunc('month', ${local})::date::text` },
} as const satisfies Record<string, Split>;

export type Dimension = keyof typeof SPLITS;

/** The columns of these dimensions, as k0, k1 ..., days cut of the local time `local`; and the joins that they need behind `f`. */
export function splitBy(dimensions: readonly Dimension[], local: SQL, weekStart: number) {
  const splits = dimensions.map((dimension): Split => SPLITS[dimension]);
  const keys = splits.map(({ column }, index) => sql`${column(local, weekStart)} as ${sql.raw(`k${index}`)}`);
  const joins = [...new Set(splits.flatMap(({ join }) => join ?? []))].map((join) => JOINS[join]);
  return { columns: sql.join(keys.map((key) => sql`${key}, `)), joins: sql.join(joins, sql` `) };
}

/** Counted rows with the values of the dimensions that they were split by, in their order. */
export function withKeys<Row extends object>(rows: readonly Row[], dimensions: readonly Dimension[]): (Row & { keys: (string | null)[] })[] {
  return rows.map((row) => ({ ...row, keys: dimensions.map((_, index) => (row as Record<string, string | null>)[`k${index}`]!) }));
}

/**
 * What of published audits adds up, by the column that holds it: of a fact it is 0 or 1 or a small number, of a rollup's cell their sum. Every
 * measure of audits is a ratio of such sums.
 */
export const SUMS = {
  audits: { column: "audits", ofFact: sql`1` },
  correct: { column: "correct", ofFact: sql`f.is_correct::int` },
  critical: { column: "critical", ofFact: sql`f.is_critical::int` },
  trulyViolating: { column: "truly_violating", ofFact: sql`f.is_truly_violating::int` },
  overEnforced: { column: "over_enforced", ofFact: sql`(f.is_labeled_violating and not f.is_truly_violating)::int` },
  underEnforced: { column: "under_enforced", ofFact: sql`(f.is_truly_violating and not f.is_labeled_violating)::int` },
  policyRight: { column: "policy_right", ofFact: sql`(f.policy_id = f.truth_policy_id)::int` },
  actionRight: { column: "action_right", ofFact: sql`f.is_action_right::int` },
  scored: { column: "scored", ofFact: sql`(f.score_millionths is not null)::int` },
  scoreMillionths: { column: "score_millionths", ofFact: sql`coalesce(f.score_millionths, 0)` },
  failedCriteria: { column: "failed_criteria", ofFact: sql`f.failed_count` },
  judgedCriteria: { column: "judged_criteria", ofFact: sql`f.judged_count` },
} as const satisfies Record<string, { column: string; ofFact: SQL }>;

export type AuditSum = keyof typeof SUMS;

/** Facts as a source to sum: their columns, and beside these the sums' own. `facts` selects the columns of `audit_facts`. */
export function summable(facts: SQL, sums: readonly AuditSum[]): SQL {
  return sql`select f.*, ${sql.join(sums.map((sum) => sql`${SUMS[sum].ofFact} as ${sql.raw(SUMS[sum].column)}`), sql`, `)} from (${facts}) f`;
}

/** The sums of a group of summable rows `f`: exact integers as text. */
export function summed(sums: readonly AuditSum[]): SQL {
  return sql.join(sums.map((sum) => sql`sum(f.${sql.raw(SUMS[sum].column)}) as ${sql.raw(`"${sum}"`)}`), sql`, `);
}
