-- How retention lets go. Nobody of the application may delete what is kept: these functions of the owner do, as far as a rule of
-- retention says, and only the system may call them.

-- Whoever may see no rule finds none, as everywhere.
grant select on retention_rules to assay_lead, assay_auditor, assay_policy, assay_analyst, assay_partner, assay_partner_team, assay_labeler,
  assay_service;
--> statement-breakpoint

-- The first id that a row of this time can have, and the time of an id.
create function id_floor(at timestamptz) returns uuid language sql stable set search_path = public, pg_temp as $$
  select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid $$;
--> statement-breakpoint
create function id_time(id uuid) returns timestamptz language sql stable set search_path = public, pg_temp as $$
  select to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0) $$;
--> statement-breakpoint

-- Partitions by time of a table, oldest first.
create function partitions_by_time(of text) returns table (name text, low uuid, high uuid)
language sql stable set search_path = public, pg_temp as $$
  select c.relname::text, b.bounds[1]::uuid, b.bounds[2]::uuid from pg_inherits h join pg_class c on c.oid = h.inhrelid
  cross join lateral regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \(''([^'']+)''\) TO \(''([^'']+)''\)') as b(bounds)
  where h.inhparent = of::regclass order by 2 $$;
--> statement-breakpoint

-- Why a week of decisions has to stay: something unfinished goes back to it.
create function decision_holds(low uuid, high uuid) returns text[]
language sql stable set search_path = public, pg_temp as $$
  with audited as materialized (
    select a.* from projects p join audits a on a.project_id = p.id and a.decision_id >= low and a.decision_id < high
  ), contested as materialized (
    select e.* from audited a join appeals e on e.project_id = a.project_id and e.audit_id = a.id
  ), drawn as materialized (
    select s.* from projects p join samples s on s.project_id = p.id and s.decision_id >= low and s.decision_id < high
  )
  select array_remove(array[
    case when exists (select from drawn where state in ('DRAWN', 'IN_AUDIT')) then 'WAITING_SAMPLES' end,
    case when exists (select from audited where state not in ('FINAL', 'VOIDED')
      and not (state in ('PUBLISHED', 'ACKNOWLEDGED') and coalesce(window_due_at, published_at) < now())) then 'UNFINISHED_AUDITS' end,
    case when exists (select from contested where state not in ('WITHDRAWN', 'INVALID', 'EXPIRED', 'CLOSED')) then 'OPEN_APPEALS' end,
    case when exists (select from contested c join appeal_rulings r on r.project_id = c.project_id and r.appeal_id = c.id
      join precedents t on t.project_id = r.project_id and t.ruling_id = r.id) then 'PRECEDENTS' end,
    case when exists (select from escalations e where e.state not in ('CLOSED', 'DUPLICATE', 'REJECTED', 'CANCELLED') and (
      exists (select from escalation_links l where l.project_id = e.project_id and l.escalation_id = e.id and (l.subject_id in (select id from audited)
        or l.subject_id in (select id from contested) or l.subject_id in (select id from drawn)))
      or exists (select from effectiveness_checks k where k.project_id = e.project_id and k.escalation_id = e.id and k.result is null
        and k.baseline_from::timestamp at time zone 'UTC' < id_time(high) + interval '1 day'))) then 'OPEN_ESCALATIONS' end,
    case when exists (select from reporting_periods r join projects p on p.id = r.project_id
      where r.state = 'OPEN' and r."from"::timestamp at time zone p.time_zone < id_time(high) and r."to"::timestamp at time zone p.time_zone > id_time(low)
        and exists (select from decisions d where d.project_id = p.id and d.id >= low and d.id < high)) then 'OPEN_PERIODS' end
  ], null) $$;
--> statement-breakpoint

-- The seals of each project up to which its events may go: never the newest, never what has still to be folded or sent, and nothing since the first
-- event of what is unfinished. Events of global rows stay.
create function removable_events(before timestamptz) returns table (project_id uuid, first bigint, last bigint)
language sql stable set search_path = public, pg_temp as $$
  select * from (
    select p.id, (select s.seq from event_seals s where s.project_id = p.id order by s.seq limit 1) as first, least(
      (select s.seq - 1 from event_seals s where s.project_id = p.id order by s.seq desc limit 1),
      (select s.seq - 1 from events e join event_seals s on s.project_id = e.project_id and s.event_id = e.id
        where e.project_id = p.id and e.id >= id_floor(before) order by e.id limit 1),
      (select w.seq from rollup_watermarks w where w.project_id = p.id),
      (select min(w.cursor_seq) from webhook_endpoints w where w.project_id = p.id and w.state <> 'DISABLED'),
      (select min(d.seq) - 1 from webhook_deliveries d where d.project_id = p.id and d.next_attempt_at is not null),
      (select min(s.seq) - 1 from (
          select id from audits a where a.project_id = p.id and a.state in ('DRAFT', 'REVEALED', 'SUBMITTED', 'DOUBLE_PENDING', 'ADJUDICATION', 'APPEALED')
          union all select id from appeals a where a.project_id = p.id and a.state not in ('WITHDRAWN', 'INVALID', 'EXPIRED', 'CLOSED')
          union all select id from escalations a where a.project_id = p.id and a.state not in ('CLOSED', 'DUPLICATE', 'REJECTED', 'CANCELLED')) o
        join events e on e.project_id = p.id and e.subject_id = o.id join event_seals s on s.project_id = e.project_id and s.event_id = e.id)) as last
    from projects p where p.id <> '00000000-0000-7000-8000-000000000001') r
  where first <= last $$;
--> statement-breakpoint

-- What a rule would let go of, and what it would have to leave: by partition, by project, or as a whole.
create function retention_pieces(what text, before timestamptz)
returns table (name text, since timestamptz, until timestamptz, row_count bigint, waits_for text[])
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare each record; counted bigint;
begin
  if what = 'IDEMPOTENCY_KEYS' then
    return query select 'idempotency_keys', min(k.created_at), before, count(*), '{}'::text[] from idempotency_keys k where k.created_at < before having count(*) > 0;
  elsif what = 'EXPORT_LINKS' then
    return query select 'export_links', min(l.expires_at), before, count(*), '{}'::text[] from export_links l where l.expires_at < before having count(*) > 0;
  elsif what = 'EVENTS' then
    return query select 'events of ' || p.code, id_time(f.event_id), id_time(l.event_id), r.last - r.first + 1, '{}'::text[] from removable_events(before) r
      join projects p on p.id = r.project_id join event_seals f on f.project_id = p.id and f.seq = r.first
      join event_seals l on l.project_id = p.id and l.seq = r.last order by p.code;
  else
    for each in select * from partitions_by_time(case what when 'ACCESS_LOG' then 'access_log' when 'DECISIONS' then 'decisions' end) t
      where t.high <= id_floor(before) loop
      execute format('select count(*) from %I', each.name) into counted;
      name := each.name; since := id_time(each.low); until := id_time(each.high); row_count := counted;
      waits_for := case when what = 'DECISIONS' then decision_holds(each.low, each.high)
        when exists (select from access_seals s where s.access_id >= each.high) then '{}' else array['NEWEST_SEAL'] end;
      return next;
    end loop;
  end if;
end $$;
--> statement-breakpoint

-- Lets go of so many rows, or of a month of the access log, and says how many: 0 once there is nothing left to go.
create function remove_retained(what text, before timestamptz, most integer) returns integer
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '500ms' as $$
declare each record; removed bigint; gone uuid[]; last_seq bigint;
begin
  if what = 'IDEMPOTENCY_KEYS' then
    delete from idempotency_keys k where k.ctid = any (array(select o.ctid from idempotency_keys o where o.created_at < before limit most));
    get diagnostics removed = row_count;
    return removed;
  elsif what = 'EXPORT_LINKS' then
    delete from export_links l where l.ctid = any (array(select o.ctid from export_links o where o.expires_at < before limit most));
    get diagnostics removed = row_count;
    return removed;
  elsif what = 'EVENTS' then
    for each in select * from removable_events(before) limit 1 loop
      with cut as (delete from event_seals s where s.project_id = each.project_id and s.seq <= least(each.last, each.first + most - 1) returning s.event_id)
      select array_agg(event_id) into gone from cut;
      delete from events e where e.project_id = each.project_id and e.id = any (gone);
      return cardinality(gone);
    end loop;
    return 0;
  end if;
  for each in select * from partitions_by_time('access_log') t where what = 'ACCESS_LOG' and t.high <= id_floor(before)
    and exists (select from access_seals s where s.access_id >= t.high) limit 1 loop
    execute format('select count(*) from %I', each.name) into removed;
    select max(s.seq) into last_seq from access_seals s where s.access_id < each.high;
    -- The rest of the chain must be one: what was written just behind the month and sealed before its end goes too.
    with cut as (delete from access_seals s where s.seq <= last_seq returning s.access_id) select array_agg(access_id) into gone from cut;
    delete from access_log l where l.id >= each.high and l.id = any (gone);
    execute format('alter table access_log detach partition %I', each.name);
    execute format('drop table %I', each.name);
    return greatest(removed, 1);
  end loop;
  return 0;
end $$;
--> statement-breakpoint

-- The next decisions to go, all of one project, with their audits: of the oldest week that may. A week without decisions is dropped.
create function next_decisions(before timestamptz, most integer) returns table (project_id uuid, decision_ids uuid[], audit_ids uuid[], dropped text)
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '500ms' as $$
declare week record;
begin
  for week in select * from partitions_by_time('decisions') t where t.high <= id_floor(before) loop
    if decision_holds(week.low, week.high) <> '{}' then continue; end if;
    select d.project_id into project_id from decisions d where d.id >= week.low and d.id < week.high limit 1;
    if project_id is not null then
      decision_ids := array(select d.id from decisions d where d.project_id = next_decisions.project_id and d.id >= week.low and d.id < week.high order by d.id limit most);
      audit_ids := array(select a.id from audits a where a.project_id = next_decisions.project_id and a.decision_id = any (decision_ids));
    else
      delete from sample_reserves r where r.decision_id >= week.low and r.decision_id < week.high;
      execute format('alter table decisions detach partition %I', week.name);
      execute format('drop table %I', week.name);
      dropped := week.name;
    end if;
    return next;
    return;
  end loop;
end $$;
--> statement-breakpoint

-- Decisions with everything that refers to them, children first.
create function remove_decisions(project uuid, gone uuid[]) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare audited uuid[]; contested uuid[]; ruled uuid[]; cases uuid[];
begin
  audited := array(select a.id from audits a where a.project_id = project and a.decision_id = any (gone));
  contested := array(select a.id from appeals a where a.project_id = project and a.audit_id = any (audited));
  ruled := array(select r.id from appeal_rulings r where r.project_id = project and r.appeal_id = any (contested));
  cases := array(select distinct a.case_id from appeals a where a.project_id = project and a.id = any (contested) and a.case_id is not null);
  delete from ruling_findings t where t.project_id = project and t.ruling_id = any (ruled);
  delete from appeal_rulings t where t.project_id = project and t.id = any (ruled);
  delete from appeal_criteria t where t.project_id = project and t.appeal_id = any (contested);
  delete from appeals t where t.project_id = project and t.id = any (contested);
  delete from appeal_cases t where t.project_id = project and t.id = any (cases)
    and not exists (select from appeals a where a.project_id = project and a.case_id = t.id);
  delete from messages m using threads t where t.project_id = project and t.subject_id = any (audited || contested)
    and m.project_id = project and m.thread_id = t.id;
  delete from threads t where t.project_id = project and t.subject_id = any (audited || contested);
  delete from sla_clocks t where t.project_id = project and t.subject_id = any (audited || contested);
  delete from double_audits t where t.project_id = project and (t.primary_audit_id = any (audited) or t.second_audit_id = any (audited));
  delete from audit_facts t where t.project_id = project and t.audit_id = any (audited);
  delete from findings t where t.project_id = project and t.audit_id = any (audited);
  delete from verdicts t where t.project_id = project and t.audit_id = any (audited);
  delete from audits t where t.project_id = project and t.id = any (audited);
  delete from samples t where t.project_id = project and t.decision_id = any (gone);
  delete from decision_refs t using decisions d where d.project_id = project and d.id = any (gone)
    and t.project_id = d.project_id and t.vendor_id = d.vendor_id and t.external_ref = d.external_ref and t.decision_id = d.id;
  delete from decisions t where t.project_id = project and t.id = any (gone);
end $$;
--> statement-breakpoint

do $$
declare each regprocedure;
begin
  for each in select oid::regprocedure from pg_proc where pronamespace = 'public'::regnamespace and proname in ('id_floor', 'id_time', 'partitions_by_time',
    'decision_holds', 'removable_events', 'retention_pieces', 'remove_retained', 'next_decisions', 'remove_decisions') loop
    execute format('revoke all on function %s from public', each);
  end loop;
end $$;
--> statement-breakpoint
grant execute on function retention_pieces, remove_retained, next_decisions, remove_decisions to assay_worker;
