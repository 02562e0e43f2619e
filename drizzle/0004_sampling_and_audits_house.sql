-- What drizzle can't say of sampling and audits in full.

-- Not even the owner passes row security by ownership.
do $$
declare each regclass;
begin
  for each in select c.oid from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relforcerowsecurity loop
    execute format('alter table %s force row level security', each);
  end loop;
end $$;
--> statement-breakpoint

-- Verbs. Rows are row security's; here is only which kinds of statement a role has at all.
do $$
declare each text;
begin
  foreach each in array array['error_codes', 'findings', 'auditor_profiles', 'double_audits', 'inspection_streams', 'lots', 'sample_reserves'] loop
    execute format('grant select on %I to assay_admin, assay_lead, assay_auditor, assay_policy, assay_analyst, assay_partner,
      assay_partner_team, assay_labeler, assay_service, assay_worker', each);
    execute format('grant insert, update on %I to assay_worker', each);
  end loop;
end $$;
--> statement-breakpoint
grant insert, update on error_codes to assay_admin, assay_lead;
--> statement-breakpoint
grant delete on criteria to assay_admin, assay_lead;
--> statement-breakpoint
grant insert, update on auditor_profiles, inspection_streams to assay_lead;
--> statement-breakpoint
grant insert on findings to assay_lead, assay_auditor, assay_partner, assay_partner_team;
--> statement-breakpoint
-- A verdict gets these when its audit is submitted; the rest of it never changes.
grant update (severity, score, cause) on verdicts to assay_lead, assay_auditor, assay_partner, assay_partner_team;
--> statement-breakpoint

create or replace function refresh_statistics() returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  analyze decisions, decision_refs, golden_items, labelers, sampling_runs, strata, samples, audits, verdicts, findings, double_audits;
end $$;
