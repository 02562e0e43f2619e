-- As before, but events that were sealed and folded already are out, though an older transaction is still open: it would hold the bound of what
-- is looked through back for as long as it lasts, and readers would read every audit that changed meanwhile anew.
create or replace function touched_audits(project uuid) returns uuid[]
language sql stable security definer set search_path = public, pg_temp
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
  select coalesce(array_agg(distinct t.subject_id), '{}') from (
    select e.subject_id from event_seals s cross join lateral (
      select * from events e where e.project_id = s.project_id and e.id = s.event_id limit 1) e
    where s.project_id = project and s.seq > (select w.seq from rollup_watermarks w where w.project_id = project) and e.subject_type = 'Audit'
    union all
    select e.subject_id from events e
    where e.transaction_id >= (select sealed_before from sealer_state) and e.project_id = project and e.subject_type = 'Audit'
      and not exists (select from event_seals s where s.project_id = e.project_id and s.event_id = e.id)) t
$$;
