-- What drizzle can't say of appeals, clocks, escalations and webhooks.

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
  foreach each in array array['business_calendars', 'calendar_holidays', 'sla_clocks', 'threads', 'messages', 'contacts', 'appeal_cases', 'appeals',
    'appeal_criteria', 'appeal_rulings', 'ruling_findings', 'precedents', 'escalation_rules', 'escalations', 'escalation_signals', 'escalation_links',
    'rcas', 'rca_whys', 'rca_causes', 'actions', 'effectiveness_checks', 'webhook_endpoints', 'webhook_deliveries'] loop
    execute format('grant select on %I to assay_admin, assay_lead, assay_auditor, assay_policy, assay_analyst, assay_partner,
      assay_partner_team, assay_labeler, assay_service, assay_worker', each);
    execute format('grant insert, update on %I to assay_worker', each);
  end loop;
end $$;
--> statement-breakpoint
grant select, insert, update, delete on webhook_secrets to assay_worker;
--> statement-breakpoint
grant delete on webhook_deliveries, appeal_criteria, rca_whys, rca_causes, escalation_links to assay_worker;
--> statement-breakpoint
grant insert, update on business_calendars to assay_admin;
--> statement-breakpoint
grant insert, delete on calendar_holidays to assay_admin;
--> statement-breakpoint
grant insert on messages to assay_lead, assay_policy, assay_partner, assay_partner_team, assay_labeler;
--> statement-breakpoint
grant insert, update, delete on contacts to assay_lead;
--> statement-breakpoint
grant insert, update on appeal_cases, appeals to assay_lead, assay_auditor, assay_policy, assay_partner, assay_partner_team, assay_labeler;
--> statement-breakpoint
grant insert, delete on appeal_criteria to assay_partner, assay_partner_team, assay_labeler;
--> statement-breakpoint
grant insert on appeal_rulings, ruling_findings to assay_lead, assay_auditor, assay_policy, assay_partner, assay_partner_team;
--> statement-breakpoint
grant insert on verdicts, findings to assay_policy;
--> statement-breakpoint
grant insert, update on precedents to assay_policy;
--> statement-breakpoint
grant insert, update on escalation_rules to assay_lead;
--> statement-breakpoint
grant insert, update on escalations, rcas, actions to assay_lead, assay_auditor, assay_policy, assay_partner, assay_partner_team;
--> statement-breakpoint
grant insert, update, delete on rca_whys, rca_causes to assay_lead, assay_auditor, assay_policy, assay_partner, assay_partner_team;
--> statement-breakpoint
grant insert on escalation_signals to assay_lead, assay_auditor, assay_policy, assay_partner, assay_partner_team;
--> statement-breakpoint
grant insert, delete on escalation_links to assay_lead, assay_auditor, assay_policy;
--> statement-breakpoint
grant insert, update on effectiveness_checks to assay_lead, assay_auditor, assay_policy;
--> statement-breakpoint
grant insert, update on webhook_endpoints to assay_admin, assay_lead, assay_auditor, assay_policy, assay_analyst, assay_partner, assay_partner_team, assay_service;
--> statement-breakpoint

-- Precedents are found by their words, whatever their language.
create index precedents_words on precedents using gin (to_tsvector('simple'::regconfig, title || ' ' || summary));
