-- What the migrations keep of themselves is guarded as every table of the house: its owner writes it, the worker reads it.
alter table drizzle.__drizzle_migrations enable row level security;--> statement-breakpoint
alter table drizzle.__drizzle_migrations force row level security;--> statement-breakpoint
create policy assay_owner on drizzle.__drizzle_migrations for all to assay_owner using (true) with check (true);--> statement-breakpoint
create policy assay_worker on drizzle.__drizzle_migrations for select to assay_worker using (true);
