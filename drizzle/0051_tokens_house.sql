-- Keys that sign tokens are the system's alone: neither a viewer's role nor that which looks credentials up has any right on them.
alter table signing_keys force row level security;
--> statement-breakpoint
grant select, insert, update, delete on signing_keys to assay_worker;
