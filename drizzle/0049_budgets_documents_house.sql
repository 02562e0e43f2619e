-- What drizzle can't say of budgets and registered documents.

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
grant select on budgets, registered_documents to assay_admin, assay_lead, assay_auditor, assay_policy, assay_analyst, assay_partner,
  assay_partner_team, assay_labeler, assay_service, assay_worker;
--> statement-breakpoint
grant insert, update on budgets to assay_admin;
--> statement-breakpoint
grant insert, update on registered_documents to assay_admin, assay_service;
--> statement-breakpoint
-- Points are taken by the system, for everybody.
grant select, insert, update on budget_leases to assay_worker;
