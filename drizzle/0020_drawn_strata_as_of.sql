-- As before, with the voids as they were known by then: an audit that was voided later still counts as one, so that a weight asked for twice
-- as of the same time is the same.
create or replace function drawn_strata(project uuid, of_layer text, of_purposes text[], states text[], by_then timestamptz, run_ids uuid[],
  since timestamptz, until timestamptz)
returns table (run_id uuid, stratum_id uuid, stratum_key text, frame_size integer, drawn integer, audited bigint, voided bigint,
  frame_covers text, frame jsonb, window_from timestamptz, window_to timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select r.id, s.id, s.key, s.frame_size, s.sample_size,
    (select count(*) from audits a where a.project_id = s.project_id and a.stratum_id = s.id and a.role = 'PRIMARY'
      and (a.state = any (states) or a.state = 'VOIDED' and a.updated_at > by_then and cardinality(states) > 1) and a.published_at <= by_then),
    (select count(*) from samples v where v.project_id = s.project_id and v.stratum_id = s.id and v.state = 'VOID' and v.updated_at <= by_then),
    r.frame_covers, r.frame, r.window_from, r.window_to
  from sampling_runs r join strata s on s.project_id = r.project_id and s.run_id = r.id
  where r.project_id = project and (r.id = any (run_ids)
    or r.layer = of_layer and r.purpose = any (of_purposes) and r.drawn_at <= by_then and r.window_from < until and r.window_to > since)
$$;
