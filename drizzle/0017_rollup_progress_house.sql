-- What drizzle can't say of facts and rollups.

-- Whatever takes criteria into account takes all of them, whoever looks: a scorecard that a queue no longer has is hidden from partners.
create function bonus_criteria() returns setof uuid
language sql stable security definer set search_path = public, pg_temp as $$
  select id from criteria where is_bonus
$$;
--> statement-breakpoint

-- Audits that changed, or may have, since the project's facts were folded: subjects of events behind the watermark, sealed or not yet, as
-- of the caller's snapshot. Ids only; what they name is under row security. However old the planner's statistics are, the tail is short
-- and is read by its index.
create function touched_audits(project uuid) returns uuid[]
language sql stable security definer set search_path = public, pg_temp
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
  select coalesce(array_agg(distinct t.subject_id), '{}') from (
    select e.subject_id from event_seals s cross join lateral (
      select * from events e where e.project_id = s.project_id and e.id = s.event_id limit 1) e
    where s.project_id = project and s.seq > (select w.seq from rollup_watermarks w where w.project_id = project) and e.subject_type = 'Audit'
    union all
    select e.subject_id from events e
    where e.transaction_id >= (select sealed_before from sealer_state) and e.project_id = project and e.subject_type = 'Audit') t
$$;
--> statement-breakpoint

-- What drawn_strata says of audits as they are now, where the project's facts are folded: strata of the runs named, and of runs whose
-- window shares time with the one given. A run's frame stands with one of its strata; the others have null.
create function counted_strata(project uuid, of_layer text, of_purposes text[], run_ids uuid[], since timestamptz, until timestamptz)
returns table (run_id uuid, stratum_id uuid, stratum_key text, frame_size integer, drawn integer, audited bigint, voided bigint,
  frame_covers text, frame jsonb, window_from timestamptz, window_to timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  with touched as materialized (
    select id from unnest(touched_audits(project)) as t (id)
  ), changed as materialized (
    select c.stratum_id, sum(c.audited) as audited from (
      select f.stratum_id, -1 as audited from touched t join audit_facts f on f.project_id = project and f.audit_id = t.id
      union all
      select a.stratum_id, 1 from touched t join audits a on a.project_id = project and a.id = t.id
      where a.role = 'PRIMARY' and a.state in ('PUBLISHED', 'ACKNOWLEDGED', 'APPEALED', 'FINAL')) c
    where c.stratum_id is not null group by c.stratum_id
  ), void as materialized (
    select v.stratum_id, count(*) as voided from samples v
    where v.project_id = project and v.state = 'VOID' and v.stratum_id is not null group by v.stratum_id
  )
  select r.id, s.id, s.key, s.frame_size, s.sample_size, coalesce(c.audited, 0) + coalesce(n.audited, 0), coalesce(v.voided, 0),
    r.frame_covers, case when row_number() over (partition by r.id order by s.id) = 1 then r.frame end, r.window_from, r.window_to
  from sampling_runs r join strata s on s.project_id = r.project_id and s.run_id = r.id
  left join stratum_rollups c on c.project_id = s.project_id and c.stratum_id = s.id
  left join changed n on n.stratum_id = s.id left join void v on v.stratum_id = s.id
  where r.project_id = project and (r.id = any (run_ids)
    or r.layer = of_layer and r.purpose = any (of_purposes) and r.window_from < until and r.window_to > since)
$$;
--> statement-breakpoint

revoke all on function bonus_criteria, touched_audits, counted_strata from public;
--> statement-breakpoint
grant execute on function bonus_criteria, touched_audits, counted_strata to assay_admin, assay_lead, assay_auditor, assay_policy, assay_analyst,
  assay_partner, assay_partner_team, assay_labeler, assay_service;
--> statement-breakpoint
grant execute on function bonus_criteria, violating_policies to assay_worker;
--> statement-breakpoint

create or replace function refresh_statistics() returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  analyze decisions, decision_refs, golden_items, labelers, sampling_runs, strata, samples, audits, verdicts, findings, double_audits,
    audit_facts, audit_rollups, stratum_rollups;
end $$;
