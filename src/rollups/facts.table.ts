import { type SQL, sql } from "drizzle-orm";
import { array } from "../db/arrays.ts";

export const SCORE_TIMES = ["AS_AUDITED", "CURRENT", "FINAL"] as const;

/** Which verdict of an audit counts, and as known when (null: now). */
export interface FactChoice {
  score: (typeof SCORE_TIMES)[number];
  asOf: Date | null;
}

const PUBLISHED = sql`a.state in ('PUBLISHED', 'ACKNOWLEDGED', 'APPEALED', 'FINAL')`;

function instant(time: Date | null): SQL {
  return sql`${time?.toISOString() ?? "infinity"}::timestamptz`;
}

/** The CTEs that `factsOf` reads: `violating`, policies of these projects under which content breaks a rule, and criteria of the `bonus`. */
export function violatingOf(projectIds: readonly string[]): SQL {
  return sql`violating as materialized (select v.id from projects p cross join lateral violating_policies(p.id) v(id)
    where p.id = any (${array(projectIds, "uuid")})), bonus as materialized (select c.id from bonus_criteria() c (id))`;
}

/**
 * Published primary audits `a` that pass `where`, with the verdict that counts: column for column what `audit_facts` keeps, and the one
 * definition of it. Stands behind `with violatingOf(...)`. An audit that was voided after `asOf` is still among them.
 */
export function factsOf({ score, asOf }: FactChoice, where: SQL): SQL {
  const states = score === "FINAL" ? sql`a.state = 'FINAL'` : PUBLISHED;
  const wasPublished = asOf && score !== "FINAL" ? sql`(${states} or a.state = 'VOIDED' and a.updated_at > ${instant(asOf)})` : states;
  // Imported audits were published long before we knew them.
  const wasKnown = asOf ? sql` and a.created_at <= ${instant(asOf)}` : sql``;
  const inForce = score === "AS_AUDITED" ? sql` and v.recorded_at <= a.published_at` : sql``;
  const criteria = (count: SQL) => sql`(select ${count} from findings f
      where f.project_id = a.project_id and f.verdict_id = v.id and f.criterion_id not in (select id from bonus))::int`;
  return sql`select a.project_id, a.id as audit_id, a.decision_id, a.auditor_id, v.id as verdict_id, a.layer, a.purpose, a.run_id, a.stratum_id,
      a.inclusion_probability, a.queue_id, a.labeler_id, a.vendor_id, a.site_id, a.team_id, a.policy_id, a.market, a.decided_at, a.modality, a.language,
      a.policy_version_id, (select d.action from decisions d where d.project_id = a.project_id and d.id = a.decision_id) as action,
      a.submitted_at, a.published_at,
      (a.decided_at at time zone (select p.time_zone from projects p where p.id = a.project_id))::date as day,
      v.truth_policy_id, v.error_type, v.severity, v.attribution is not distinct from 'PROCESS' as is_process_error, v.outcome = 'CORRECT' as is_correct,
      v.severity is not distinct from 'CRITICAL' or exists (select from findings f
        where f.project_id = a.project_id and f.verdict_id = v.id and f.result = 'FAIL' and f.severity = 'CRITICAL' and f.criterion_id not in (select id from bonus)) as is_critical,
      a.policy_id in (select id from violating) as is_labeled_violating, v.truth_policy_id in (select id from violating) as is_truly_violating,
      v.outcome = 'CORRECT' and a.policy_id = v.truth_policy_id as is_action_right, (v.score * 1000000)::int as score_millionths,
      ${criteria(sql`count(*) filter (where f.result = 'FAIL')`)} as failed_count, ${criteria(sql`count(*) filter (where f.result <> 'NA')`)} as judged_count
    from audits a cross join lateral (
      select v.* from verdicts v where v.project_id = a.project_id and v.audit_id = a.id and v.recorded_at <= ${instant(asOf)}${inForce}
      order by v.number desc limit 1) v
    where a.role = 'PRIMARY' and ${wasPublished} and a.published_at <= ${instant(asOf)}${wasKnown} and ${where}`;
}
