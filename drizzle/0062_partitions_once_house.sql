-- Who waited for another's partition looks for it in pg_class itself: `to_regclass` may remember from before that there was none, and then
-- two that record the first decision of a week at the same time would both make it.
create or replace function ensure_decision_partitions(first timestamptz, last timestamptz) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  week timestamptz := date_trunc('week', first at time zone 'UTC') at time zone 'UTC';
  floor_of constant text := '-0000-0000-000000000000';
  low text; high text; name text; made integer := 0;
begin
  if last - first > interval '20 years' then
    raise exception 'decisions from % to % span more than 20 years', first, last using errcode = 'program_limit_exceeded';
  end if;
  while week <= last loop
    name := 'decisions_' || to_char(week at time zone 'UTC', 'IYYY"w"IW');
    if to_regclass(name) is null then
      perform pg_advisory_xact_lock(7361003);
      if not exists (select from pg_class where relname = name and relnamespace = 'public'::regnamespace) then
        low := lpad(to_hex((extract(epoch from week) * 1000)::bigint), 12, '0');
        high := lpad(to_hex((extract(epoch from week + interval '7 days') * 1000)::bigint), 12, '0');
        execute format('create table %I (like decisions including defaults including constraints)', name);
        execute format('alter table %I enable row level security, force row level security', name);
        execute format('create policy assay_owner on %I to assay_owner using (true) with check (true)', name);
        execute format('alter table decisions attach partition %I for values from (%L) to (%L)', name,
          left(low, 8) || '-' || right(low, 4) || floor_of, left(high, 8) || '-' || right(high, 4) || floor_of);
        made := made + 1;
      end if;
    end if;
    week := week + interval '7 days';
  end loop;
  return made;
end $$;
--> statement-breakpoint

create or replace function ensure_access_partitions(first timestamptz, last timestamptz) returns integer
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
      if not exists (select from pg_class where relname = name and relnamespace = 'public'::regnamespace) then
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
