import { type SQL, sql } from "drizzle-orm";

/** What of a fact `f` adds up, by the column of a rollup's cell that holds the sum: 0, 1 or a small number of each. */
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
