-- What drizzle can't say: foreign keys that point up the floors, exclusion constraints, partitions, forced row security, grants, and
-- the rows that every database has.

alter table role_grants
  add foreign key (project_id) references projects (id),
  add foreign key (vendor_id) references vendors (id),
  add foreign key (team_id) references teams (id),
  add foreign key (labeler_id) references labelers (id);
--> statement-breakpoint
alter table events add foreign key (project_id) references projects (id);
--> statement-breakpoint

-- Periods that may not overlap.
alter table labeler_memberships add constraint labeler_memberships_no_overlap
  exclude using gist (labeler_id with =, tstzrange("from", "to") with &&);
--> statement-breakpoint
alter table labeler_assignments add constraint labeler_assignments_no_overlap
  exclude using gist (project_id with =, labeler_id with =, queue_id with =, tstzrange("from", "to") with &&);
--> statement-breakpoint
alter table policy_versions add constraint policy_versions_no_overlap
  exclude using gist (policy_id with =, coalesce(market, '') with =, tstzrange(effective_from, effective_to) with &&)
  where (state in ('EFFECTIVE', 'SUPERSEDED'));
--> statement-breakpoint

-- Weekly partitions of decisions, made ahead of an import by whoever may record decisions. A partition is reached through its parent
-- alone: it has forced row security of its own, the owner's policy, and no grants.
create function ensure_decision_partitions(first timestamptz, last timestamptz) returns integer
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
      if to_regclass(name) is null then
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
revoke all on function ensure_decision_partitions from public;
--> statement-breakpoint
grant execute on function ensure_decision_partitions to assay_admin, assay_service, assay_worker;
--> statement-breakpoint

-- What the planner knows of the tables that imports and draws fill. Nobody else keeps it up to date: autovacuum comes a minute late, and
-- never to a partitioned table itself.
create function refresh_statistics() returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  analyze decisions, decision_refs, golden_items, labelers, sampling_runs, strata, samples, audits, verdicts;
end $$;
--> statement-breakpoint
revoke all on function refresh_statistics from public;
--> statement-breakpoint
grant execute on function refresh_statistics to assay_worker;
--> statement-breakpoint

-- Ids of events: UUIDv7 of this moment to a fraction of a microsecond, then the event's place among those of its statement. Made by the
-- database's own clock when the event is appended, after its aggregate is locked: so they are in causal order, whichever process writes.
create function event_id(place integer) returns uuid language sql volatile set search_path = pg_catalog, pg_temp as $$
  select (lpad(to_hex(micros / 1000), 12, '0') || '7' || lpad(to_hex(micros % 1000 * 4096 / 1000), 3, '0')
    || '8' || lpad(to_hex(place % 4096), 3, '0') || right(gen_random_uuid()::text, 12))::uuid
  from (select (extract(epoch from clock_timestamp()) * 1000000)::bigint as micros) moment
$$;
--> statement-breakpoint

-- What a server asks about itself before it says that it is ready.
grant usage on schema drizzle to assay_worker;
--> statement-breakpoint
grant select on drizzle.__drizzle_migrations to assay_worker;
--> statement-breakpoint

-- What a figure takes from past its viewer's rows, as counts and never as rows: partners, labelers, auditors and policy managers see no
-- draws, and labelers no policy out of force, but the weights and classes of their own audits come from them. Whoever asks joins these to
-- `projects` under row security, so that nothing is said of another's project. Strata: of the runs named, and of runs whose window
-- shares time with the one given. Audited are primary audits in one of the states, published by then.
create function drawn_strata(project uuid, of_layer text, of_purposes text[], states text[], by_then timestamptz, run_ids uuid[],
  since timestamptz, until timestamptz)
returns table (run_id uuid, stratum_id uuid, stratum_key text, frame_size integer, audited bigint, voided bigint, frame_covers text,
  frame jsonb, window_from timestamptz, window_to timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select r.id, s.id, s.key, s.frame_size,
    (select count(*) from audits a where a.project_id = s.project_id and a.stratum_id = s.id and a.role = 'PRIMARY'
      and a.state = any (states) and a.published_at <= by_then),
    (select count(*) from samples v where v.project_id = s.project_id and v.stratum_id = s.id and v.state = 'VOID' and v.updated_at <= by_then),
    r.frame_covers, r.frame, r.window_from, r.window_to
  from sampling_runs r join strata s on s.project_id = r.project_id and s.run_id = r.id
  where r.project_id = project and (r.id = any (run_ids)
    or r.layer = of_layer and r.purpose = any (of_purposes) and r.drawn_at <= by_then and r.window_from < until and r.window_to > since)
$$;
--> statement-breakpoint
create function violating_policies(project uuid) returns setof uuid
language sql stable security definer set search_path = public, pg_temp as $$
  select p.id from project_policies u join policies p on p.id = u.policy_id where u.project_id = project and p.is_violating
$$;
--> statement-breakpoint
revoke all on function drawn_strata, violating_policies from public;
--> statement-breakpoint
grant execute on function drawn_strata, violating_policies to assay_admin, assay_lead, assay_auditor, assay_policy, assay_analyst, assay_partner,
  assay_partner_team, assay_labeler, assay_service;
--> statement-breakpoint

-- Not even the owner passes row security by ownership.
do $$
declare each regclass;
begin
  for each in select c.oid from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') loop
    execute format('alter table %s force row level security', each);
  end loop;
end $$;
--> statement-breakpoint

-- Verbs. Rows are row security's; here is only which kinds of statement a role has at all. Nobody deletes.
grant usage on schema public to assay_admin, assay_lead, assay_auditor, assay_policy, assay_analyst, assay_partner, assay_partner_team,
  assay_labeler, assay_service, assay_worker, assay_auth;
--> statement-breakpoint
grant select on principals, role_grants, api_clients to assay_auth;
--> statement-breakpoint
grant select (id) on projects to assay_auth;
--> statement-breakpoint
grant select (id, code) on vendors to assay_auth;
--> statement-breakpoint
do $$
declare each text;
begin
  for each in select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition loop
    execute format('grant select on %I to assay_admin, assay_lead, assay_auditor, assay_policy, assay_analyst, assay_partner,
      assay_partner_team, assay_labeler, assay_service, assay_worker', each);
    execute format('grant insert, update on %I to assay_worker', each);
  end loop;
end $$;
--> statement-breakpoint
grant insert on events, idempotency_keys to assay_admin, assay_lead, assay_auditor, assay_policy, assay_partner, assay_partner_team,
  assay_labeler, assay_service;
--> statement-breakpoint
grant delete on idempotency_keys to assay_worker;
--> statement-breakpoint
grant insert, update on principals, role_grants, api_clients, vendors, sites, teams, markets, projects, queues, policies, project_policies,
  policy_versions, scorecards, scorecard_versions, labelers, labeler_memberships, labeler_assignments, golden_items to assay_admin;
--> statement-breakpoint
grant insert on criteria, decisions, decision_refs to assay_admin;
--> statement-breakpoint
grant insert, update on queues, scorecards, scorecard_versions, labelers, labeler_memberships, labeler_assignments, golden_items,
  sampling_plans, samples, audits to assay_lead;
--> statement-breakpoint
grant insert on criteria, sampling_runs, strata, verdicts to assay_lead;
--> statement-breakpoint
-- A lead changes a project's settings, not what it is called or its time zone.
grant update (settings, version, updated_at) on projects to assay_lead;
--> statement-breakpoint
grant insert, update on policies, project_policies, policy_versions, golden_items to assay_policy;
--> statement-breakpoint
grant update on samples, audits to assay_auditor, assay_partner, assay_partner_team;
--> statement-breakpoint
grant insert on audits, verdicts to assay_auditor, assay_partner, assay_partner_team;
--> statement-breakpoint
grant insert, update on labelers, labeler_memberships, labeler_assignments to assay_partner, assay_partner_team, assay_service;
--> statement-breakpoint
grant insert on decisions, decision_refs to assay_service;
--> statement-breakpoint
grant insert, update on golden_items to assay_service;
--> statement-breakpoint

-- The reserved rows.
insert into principals (id, kind, name) values ('00000000-0000-7000-8000-000000000002', 'SYSTEM', 'Assay');
--> statement-breakpoint
insert into projects (id, code, name, time_zone) values ('00000000-0000-7000-8000-000000000001', '', 'Assay', 'UTC');
--> statement-breakpoint
insert into policies (id, code, name, is_violating, severity)
values ('00000000-0000-7000-8000-000000000003', 'NV', 'No violation', false, 'MINOR');
--> statement-breakpoint
insert into policy_versions (id, policy_id, semver, state, effective_from)
values ('00000000-0000-7000-8000-000000000004', '00000000-0000-7000-8000-000000000003', '1.0.0', 'EFFECTIVE', '1970-01-01T00:00:00Z');
--> statement-breakpoint
insert into sealer_state (sealed_before) values ('0');
