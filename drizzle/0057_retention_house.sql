-- What drizzle can't say of the rules of retention.

-- Not even the owner passes row security by ownership.
alter table retention_rules force row level security;
--> statement-breakpoint
grant select, insert, update on retention_rules to assay_admin;
--> statement-breakpoint
grant select, insert, update on retention_rules to assay_worker;
