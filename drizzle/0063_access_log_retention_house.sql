-- The access log makes its own room, whatever the clock says and whatever retention has dropped: no process has to remember for how long there is some.
create or replace function log_accesses(rows jsonb) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare me constant uuid := nullif(current_setting('app.principal_id', true), '')::uuid;
begin
  perform ensure_access_partitions(clock_timestamp(), clock_timestamp() + interval '1 day');
  insert into access_log (id, recorded_at, principal_id, via_id, client_id, role, kinds, operation, fields, personal_fields, personal_count, subjects, project_ids,
    outcome, code, request_id, transport)
  select id, to_timestamp(('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint / 1000.0), coalesce(me, principal_id), via_id, client_id, role, kinds,
    operation, fields, personal_fields, personal_count, subjects, project_ids, outcome, code, request_id, transport
  from (select event_id(place) as id, a.* from jsonb_to_recordset(rows) as a(
    place integer, principal_id uuid, via_id uuid, client_id uuid, role text, kinds text[], operation text, fields text[], personal_fields text[],
    personal_count integer, subjects jsonb, project_ids uuid[], outcome text, code text, request_id text, transport text)) r;
end $$;
--> statement-breakpoint
revoke execute on function ensure_access_partitions from assay_worker;
--> statement-breakpoint

-- What retention leaves of the log begins here or before: whole months go, never that of the newest seal, to which the next one is chained; and
-- whoever's clock runs ahead, nothing is older than this server's says. Null while nothing is sealed.
create function accesses_kept_from(before timestamptz) returns uuid language sql stable set search_path = public, pg_temp as $$
  select id_floor(date_trunc('month', least(before, now() - interval '90 days', id_time(s.access_id)) at time zone 'UTC') at time zone 'UTC')
  from access_seals s order by s.seq desc limit 1 $$;
--> statement-breakpoint

-- The seal up to which the log may go, at most so many: what is left has to be one chain, so rows that were sealed behind younger ones, as after
-- a clock was set back, wait for these. What is dated in the future is as old as what was sealed behind it. Null if nothing may go.
create function removable_accesses(before timestamptz, most bigint) returns bigint language sql stable set search_path = public, pg_temp as $$
  with dated as materialized (
    select s.seq, s.access_id < (select accesses_kept_from(before)) as is_old from access_seals s
    where s.access_id < (select id_floor(now() + interval '1 day')) order by s.seq limit most
  )
  select least(max(d.seq), (select s.seq + most - 1 from access_seals s order by s.seq limit 1)) from dated d
  where d.is_old and coalesce(d.seq < (select min(y.seq) from dated y where not y.is_old), true) having count(*) > 0 $$;
--> statement-breakpoint
revoke all on function accesses_kept_from, removable_accesses from public;
--> statement-breakpoint

create or replace function retention_pieces(what text, before timestamptz)
returns table (name text, since timestamptz, until timestamptz, row_count bigint, waits_for text[])
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare each record; counted bigint; staying bigint; last_seq bigint;
begin
  if what = 'IDEMPOTENCY_KEYS' then
    return query select 'idempotency_keys', min(k.created_at), before, count(*), '{}'::text[] from idempotency_keys k where k.created_at < before having count(*) > 0;
  elsif what = 'EXPORT_LINKS' then
    return query select 'export_links', min(l.expires_at), before, count(*), '{}'::text[] from export_links l where l.expires_at < before having count(*) > 0;
  elsif what = 'EVENTS' then
    return query select 'events of ' || p.code, id_time(f.event_id), id_time(l.event_id), r.last - r.first + 1, '{}'::text[] from removable_events(before) r
      join projects p on p.id = r.project_id join event_seals f on f.project_id = p.id and f.seq = r.first
      join event_seals l on l.project_id = p.id and l.seq = r.last order by p.code;
  elsif what = 'ACCESS_LOG' then
    last_seq := coalesce(removable_accesses(before, null), 0);
    for each in select * from partitions_by_time('access_log') t where t.high <= id_floor(before) loop
      execute format('select count(*) from %I', each.name) into counted;
      select count(*) into staying from access_seals s where s.access_id >= each.low and s.access_id < each.high and s.seq > last_seq;
      name := each.name; since := id_time(each.low); until := id_time(each.high);
      if counted > staying or staying = 0 then
        row_count := counted - staying; waits_for := '{}';
        return next;
      end if;
      if staying > 0 then
        row_count := staying; waits_for := array[case when each.high <= accesses_kept_from(before) then 'SEALED_LATE' else 'NEWEST_SEAL' end];
        return next;
      end if;
    end loop;
  else
    for each in select * from partitions_by_time('decisions') t where what = 'DECISIONS' and t.high <= id_floor(before) loop
      execute format('select count(*) from %I', each.name) into counted;
      name := each.name; since := id_time(each.low); until := id_time(each.high); row_count := counted;
      waits_for := decision_holds(each.low, each.high);
      return next;
    end loop;
  end if;
end $$;
--> statement-breakpoint

-- Lets go of so many rows, oldest first, or of a month of the access log of which none are left, and says how many: 0 once there is nothing left to go.
create or replace function remove_retained(what text, before timestamptz, most integer) returns integer
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
  elsif what = 'ACCESS_LOG' then
    last_seq := removable_accesses(before, most);
    if last_seq is not null then
      with cut as (delete from access_seals s where s.seq <= last_seq returning s.access_id) select array_agg(access_id order by access_id) into gone from cut;
      delete from access_log l where l.id = any (gone) and l.id >= gone[1] and l.id <= gone[cardinality(gone)];
      return cardinality(gone);
    end if;
    for each in select * from partitions_by_time('access_log') t where t.high <= accesses_kept_from(before)
      and not exists (select from access_seals s where s.access_id >= t.low and s.access_id < t.high) loop
      -- Autovacuum or a backup may be at it: an empty month can wait for tomorrow, and who writes the log doesn't wait with it.
      begin
        execute format('lock table %I in access exclusive mode', each.name);
        execute format('drop table %I', each.name);
        return 1;
      exception when lock_not_available then null;
      end;
    end loop;
  end if;
  return 0;
end $$;
