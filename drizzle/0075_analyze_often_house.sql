-- A project that the planner has never heard of is taken for a row or two, and what names one of its rows by its key is then looked for among
-- all of them by whatever index begins with the project. By default a table is analyzed after a tenth of it changed, which of ten million rows
-- is a large project; so it is after 500 and half a percent.
alter table decision_refs set (autovacuum_analyze_scale_factor = 0.005, autovacuum_analyze_threshold = 500);
--> statement-breakpoint
alter table golden_items set (autovacuum_analyze_scale_factor = 0.005, autovacuum_analyze_threshold = 500);
--> statement-breakpoint
alter table samples set (autovacuum_analyze_scale_factor = 0.005, autovacuum_analyze_threshold = 500);
--> statement-breakpoint
alter table audits set (autovacuum_analyze_scale_factor = 0.005, autovacuum_analyze_threshold = 500);
--> statement-breakpoint
alter table verdicts set (autovacuum_analyze_scale_factor = 0.005, autovacuum_analyze_threshold = 500);
--> statement-breakpoint
alter table findings set (autovacuum_analyze_scale_factor = 0.005, autovacuum_analyze_threshold = 500);
--> statement-breakpoint
alter table double_audits set (autovacuum_analyze_scale_factor = 0.005, autovacuum_analyze_threshold = 500);
--> statement-breakpoint
alter table audit_facts set (autovacuum_analyze_scale_factor = 0.005, autovacuum_analyze_threshold = 500);
--> statement-breakpoint
alter table events set (autovacuum_analyze_scale_factor = 0.005, autovacuum_analyze_threshold = 500);
--> statement-breakpoint
alter table event_seals set (autovacuum_analyze_scale_factor = 0.005, autovacuum_analyze_threshold = 500);
--> statement-breakpoint

-- What an import of audits fills, for its own sake: as fast however large the tables are, where all partitions of decisions would take long.
create function refresh_audit_statistics() returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  analyze samples, audits, verdicts, audit_facts;
end $$;
--> statement-breakpoint
revoke all on function refresh_audit_statistics from public;
--> statement-breakpoint
grant execute on function refresh_audit_statistics to assay_worker;
