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
