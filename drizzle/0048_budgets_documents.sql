CREATE TABLE "budget_leases" (
	"principal_id" uuid PRIMARY KEY NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"leased" bigint NOT NULL,
	"granted" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "budget_leases" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "budgets" (
	"id" uuid PRIMARY KEY NOT NULL,
	"principal_id" uuid NOT NULL,
	"points_per_minute" integer,
	"reason" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "budgets_principal" UNIQUE("principal_id"),
	CONSTRAINT "budgets_points" CHECK ("budgets"."points_per_minute" > 0)
);
--> statement-breakpoint
ALTER TABLE "budgets" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "registered_documents" (
	"id" uuid PRIMARY KEY NOT NULL,
	"principal_id" uuid NOT NULL,
	"hash" text COLLATE "C" NOT NULL,
	"name" text,
	"document" text NOT NULL,
	"cost" integer NOT NULL,
	"retired_at" timestamp (3) with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "registered_documents_hash" UNIQUE("principal_id","hash")
);
--> statement-breakpoint
ALTER TABLE "registered_documents" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "api_clients" ADD COLUMN "only_registered" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "budget_leases" ADD CONSTRAINT "budget_leases_principal_id_principals_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "budgets" ADD CONSTRAINT "budgets_principal_id_principals_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "registered_documents" ADD CONSTRAINT "registered_documents_principal_id_principals_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE POLICY "assay_owner" ON "budget_leases" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_worker" ON "budget_leases" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "budgets" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "budgets" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "budgets" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("budgets"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("budgets"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "budgets" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("budgets"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("budgets"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "budgets" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("budgets"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("budgets"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "budgets" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("budgets"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("budgets"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "budgets" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("budgets"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("budgets"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "budgets" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("budgets"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("budgets"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "budgets" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("budgets"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("budgets"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_service" ON "budgets" AS PERMISSIVE FOR ALL TO "assay_service" USING ("budgets"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("budgets"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "budgets" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "registered_documents" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "registered_documents" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "registered_documents" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("registered_documents"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("registered_documents"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "registered_documents" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("registered_documents"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("registered_documents"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "registered_documents" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("registered_documents"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("registered_documents"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "registered_documents" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("registered_documents"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("registered_documents"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "registered_documents" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("registered_documents"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("registered_documents"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "registered_documents" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("registered_documents"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("registered_documents"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "registered_documents" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("registered_documents"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("registered_documents"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_service" ON "registered_documents" AS PERMISSIVE FOR ALL TO "assay_service" USING ("registered_documents"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("registered_documents"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "registered_documents" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);