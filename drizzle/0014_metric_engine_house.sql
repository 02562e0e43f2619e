-- What drizzle can't say of the metric engine.

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
  foreach each in array array['audit_facts', 'audit_rollups', 'stratum_rollups', 'rollup_watermarks', 'quality_targets', 'reporting_periods',
    'score_adjustments', 'report_definitions', 'report_snapshots', 'policy_questions', 'clarifications', 'calibration_sessions', 'calibration_items',
    'calibration_raters', 'calibration_votes', 'calibration_consensus', 'export_links'] loop
    execute format('grant select on %I to assay_admin, assay_lead, assay_auditor, assay_policy, assay_analyst, assay_partner,
      assay_partner_team, assay_labeler, assay_service, assay_worker', each);
    execute format('grant insert, update on %I to assay_worker', each);
  end loop;
end $$;
--> statement-breakpoint
grant delete on audit_facts, audit_rollups, stratum_rollups, rollup_watermarks to assay_worker;
--> statement-breakpoint
grant insert, update on quality_targets, reporting_periods, report_definitions, calibration_sessions, calibration_items, calibration_raters to assay_lead;
--> statement-breakpoint
grant insert on report_snapshots, score_adjustments to assay_lead;
--> statement-breakpoint
grant insert, update on policy_questions to assay_lead, assay_auditor, assay_policy, assay_partner, assay_partner_team, assay_labeler;
--> statement-breakpoint
grant insert on clarifications to assay_lead, assay_policy;
--> statement-breakpoint
grant update on calibration_sessions to assay_auditor, assay_policy;
--> statement-breakpoint
grant insert, update on calibration_votes to assay_lead, assay_auditor, assay_policy, assay_partner, assay_partner_team, assay_labeler;
--> statement-breakpoint
grant insert, update on calibration_consensus to assay_lead, assay_policy, assay_auditor;
--> statement-breakpoint
grant delete on calibration_items, calibration_raters to assay_lead;
--> statement-breakpoint
grant insert, update on export_links to assay_admin, assay_lead, assay_auditor, assay_policy, assay_analyst, assay_partner, assay_partner_team,
  assay_labeler, assay_service;
--> statement-breakpoint

-- Targets of one scope never overlap in time.
alter table quality_targets add constraint quality_targets_no_overlap exclude using gist (
  project_id with =, measure with =, (coalesce(queue_id::text, '')) with =, (coalesce(market, '')) with =, (coalesce(vendor_id::text, '')) with =,
  (coalesce(tenure_bucket, '')) with =, daterange(valid_from, valid_to) with &&);
--> statement-breakpoint

-- Figures of people are read of a queue over time.
create index audit_facts_queue on audit_facts (project_id, layer, queue_id, decision_id) include (labeler_id, market, vendor_id, policy_id, run_id,
  stratum_id, inclusion_probability, purpose, auditor_id, is_process_error, is_correct, is_critical);
