-- As before, with the voids counted of the strata that are read, however many others the project has had.
create or replace function counted_strata(project uuid, of_layer text, of_purposes text[], run_ids uuid[], since timestamptz, until timestamptz)
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
  )
  select r.id, s.id, s.key, s.frame_size, s.sample_size, coalesce(c.audited, 0) + coalesce(n.audited, 0),
    (select count(*) from samples v where v.project_id = s.project_id and v.stratum_id = s.id and v.state = 'VOID'),
    r.frame_covers, case when row_number() over (partition by r.id order by s.id) = 1 then r.frame end, r.window_from, r.window_to
  from sampling_runs r join strata s on s.project_id = r.project_id and s.run_id = r.id
  left join stratum_rollups c on c.project_id = s.project_id and c.stratum_id = s.id
  left join changed n on n.stratum_id = s.id
  where r.project_id = project and (r.id = any (run_ids)
    or r.layer = of_layer and r.purpose = any (of_purposes) and r.window_from < until and r.window_to > since)
$$;
