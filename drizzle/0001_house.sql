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
grant insert on criteria, decisions to assay_admin;
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
grant insert on decisions to assay_service;
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
