-- What the grain MARKET holds of the facts that are folded already: a third of the cells where three vendors work in each market.
insert into audit_rollups (project_id, grain, layer, purpose, day, market, run_id, stratum_id, is_process_error, audits, correct, critical, truly_violating,
  over_enforced, under_enforced, policy_right, action_right, scored, score_millionths, failed_criteria, judged_criteria)
select project_id, 'MARKET', layer, purpose, day, market, run_id, stratum_id, is_process_error, sum(audits), sum(correct), sum(critical), sum(truly_violating),
  sum(over_enforced), sum(under_enforced), sum(policy_right), sum(action_right), sum(scored), sum(score_millionths), sum(failed_criteria), sum(judged_criteria)
from audit_rollups where grain = 'HEADLINE' group by project_id, layer, purpose, day, market, run_id, stratum_id, is_process_error;
--> statement-breakpoint

-- What follows answers for many projects at once: to call a function for each took most of the time.
drop function touched_audits(uuid), counted_strata(uuid, text, text[], uuid[], timestamptz, timestamptz);
--> statement-breakpoint

-- Audits that changed, or may have, since their project's facts were folded: subjects of events behind the watermark, and of those that aren't
-- sealed yet, as of the caller's snapshot. Ids only; what they name is under row security. However old the planner's statistics are, the tail is short
-- and is read by its index.
create function touched_audits(projects uuid[]) returns table (project_id uuid, audit_id uuid)
language sql stable security definer set search_path = public, pg_temp
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan as $$
  select e.project_id, e.subject_id from rollup_watermarks w
  join event_seals s on s.project_id = w.project_id and s.seq > w.seq
  cross join lateral (select * from events e where e.project_id = s.project_id and e.id = s.event_id limit 1) e
  where w.project_id = any (projects) and e.subject_type = 'Audit'
  union
  select e.project_id, e.subject_id from events e
  where e.transaction_id >= (select sealed_before from sealer_state) and e.project_id = any (projects) and e.subject_type = 'Audit'
    and not exists (select from event_seals s where s.project_id = e.project_id and s.event_id = e.id)
$$;
--> statement-breakpoint

-- What drawn_strata says of audits as they are now, where the projects' facts are folded, but for the audits named, which changed since: the runs
-- named, and runs whose window shares time with the one given, each with its strata.
create function counted_strata(projects uuid[], layers text[], purposes text[], run_ids uuid[], since timestamptz, until timestamptz, touched uuid[])
returns table (project_id uuid, layer text, run_id uuid, frame_covers text, frame jsonb, window_from timestamptz, window_to timestamptz,
  stratum_ids uuid[], stratum_keys text[], frame_sizes integer[], drawn integer[], audited bigint[], voided bigint[])
language sql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
  with changed as materialized (
    select c.stratum_id, sum(c.audited) as audited from (
      select f.stratum_id, -1 as audited from audit_facts f where f.project_id = any (projects) and f.audit_id = any (touched)
      union all
      select a.stratum_id, 1 from audits a where a.project_id = any (projects) and a.id = any (touched)
        and a.role = 'PRIMARY' and a.state in ('PUBLISHED', 'ACKNOWLEDGED', 'APPEALED', 'FINAL')) c
    where c.stratum_id is not null group by c.stratum_id
  )
  select r.project_id, r.layer, r.id, r.frame_covers, r.frame, r.window_from, r.window_to, array_agg(s.id), array_agg(s.key), array_agg(s.frame_size),
    array_agg(s.sample_size), array_agg(coalesce(c.audited, 0) + coalesce(n.audited, 0)),
    array_agg((select count(*) from samples v where v.project_id = s.project_id and v.stratum_id = s.id and v.state = 'VOID'))
  from sampling_runs r join strata s on s.project_id = r.project_id and s.run_id = r.id
  left join stratum_rollups c on c.project_id = s.project_id and c.stratum_id = s.id
  left join changed n on n.stratum_id = s.id
  where r.project_id = any (projects) and (r.id = any (run_ids)
    or r.layer = any (layers) and r.purpose = any (purposes) and r.window_from < until and r.window_to > since)
  group by r.project_id, r.id
$$;
--> statement-breakpoint

revoke all on function touched_audits, counted_strata from public;
--> statement-breakpoint
grant execute on function touched_audits, counted_strata to assay_admin, assay_lead, assay_auditor, assay_policy, assay_analyst,
  assay_partner, assay_partner_team, assay_labeler, assay_service, assay_worker;
