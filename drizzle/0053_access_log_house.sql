-- What drizzle can't say of the access log.

-- Not even the owner passes row security by ownership.
do $$
declare each regclass;
begin
  for each in select c.oid from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relforcerowsecurity loop
    execute format('alter table %s force row level security', each);
  end loop;
end $$;
--> statement-breakpoint

-- Only ever added to: no role of the application may change or remove what stands there.
grant select on access_log to assay_admin, assay_lead;
--> statement-breakpoint
grant select, insert on access_log, access_seals to assay_worker;
--> statement-breakpoint

-- Monthly partitions of the access log, by the time in the id, made ahead. A partition is reached through its parent alone: it has forced
-- row security of its own, the owner's policy, and no grants.
create function ensure_access_partitions(first timestamptz, last timestamptz) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  month timestamptz := date_trunc('month', first at time zone 'UTC') at time zone 'UTC';
  next timestamptz;
  floor_of constant text := '-0000-0000-000000000000';
  low text; high text; name text; made integer := 0;
begin
  if last - first > interval '1 year' then
    raise exception 'the access log from % to % spans more than a year', first, last using errcode = 'program_limit_exceeded';
  end if;
  while month <= last loop
    next := (date_trunc('month', month at time zone 'UTC') + interval '1 month') at time zone 'UTC';
    name := 'access_log_' || to_char(month at time zone 'UTC', 'YYYY"m"MM');
    if to_regclass(name) is null then
      perform pg_advisory_xact_lock(7361016);
      if to_regclass(name) is null then
        low := lpad(to_hex((extract(epoch from month) * 1000)::bigint), 12, '0');
        high := lpad(to_hex((extract(epoch from next) * 1000)::bigint), 12, '0');
        execute format('create table %I (like access_log including defaults including constraints)', name);
        execute format('alter table %I enable row level security, force row level security', name);
        execute format('create policy assay_owner on %I to assay_owner using (true) with check (true)', name);
        execute format('alter table access_log attach partition %I for values from (%L) to (%L)', name,
          left(low, 8) || '-' || right(low, 4) || floor_of, left(high, 8) || '-' || right(high, 4) || floor_of);
        made := made + 1;
      end if;
    end if;
    month := next;
  end loop;
  return made;
end $$;
--> statement-breakpoint
revoke all on function ensure_access_partitions from public;
--> statement-breakpoint
grant execute on function ensure_access_partitions to assay_worker;
