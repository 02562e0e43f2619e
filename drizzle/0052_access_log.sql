CREATE TABLE "access_log" (
	"id" uuid PRIMARY KEY NOT NULL,
	"recorded_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"principal_id" uuid NOT NULL,
	"via_id" uuid,
	"client_id" uuid,
	"role" text NOT NULL,
	"kinds" text[] NOT NULL,
	"operation" text COLLATE "C",
	"fields" text[] NOT NULL,
	"personal_fields" text[] NOT NULL,
	"personal_count" integer,
	"subjects" jsonb NOT NULL,
	"project_ids" uuid[] NOT NULL,
	"outcome" text NOT NULL,
	"code" text COLLATE "C",
	"request_id" text NOT NULL,
	"transport" text NOT NULL,
	CONSTRAINT "access_log_role" CHECK ("access_log"."role" in ('ADMIN', 'QA_LEAD', 'POLICY_MANAGER', 'AUDITOR', 'ANALYST', 'VENDOR_MANAGER', 'VENDOR_QA', 'LABELER', 'SERVICE')),
	CONSTRAINT "access_log_outcome" CHECK ("access_log"."outcome" in ('OK', 'REFUSED', 'ERROR')),
	CONSTRAINT "access_log_transport" CHECK ("access_log"."transport" in ('HTTP', 'WEBSOCKET', 'SSE', 'LINK', 'UPLOAD')),
	CONSTRAINT "access_log_kinds" CHECK ("access_log"."kinds" <@ array['MUTATION', 'REVEAL', 'EXPORT', 'PERSONAL_READ'] and cardinality("access_log"."kinds") > 0),
	CONSTRAINT "access_log_code" CHECK (("access_log"."code" is null) = ("access_log"."outcome" = 'OK'))
) PARTITION BY RANGE ("id");
--> statement-breakpoint
ALTER TABLE "access_log" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "access_seals" (
	"seq" bigint PRIMARY KEY NOT NULL,
	"access_id" uuid NOT NULL,
	"hash" "bytea" NOT NULL,
	"sealed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "access_seals_access" UNIQUE("access_id")
);
--> statement-breakpoint
ALTER TABLE "access_seals" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE INDEX "access_log_principal" ON "access_log" USING btree ("principal_id","id");--> statement-breakpoint
CREATE INDEX "access_log_subjects" ON "access_log" USING gin ("subjects" jsonb_path_ops);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "access_log" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "access_log" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "access_log" AS PERMISSIVE FOR ALL TO "assay_lead" USING (project_ids && (select string_to_array(nullif(current_setting('app.project_ids', true), ''), ',')::uuid[])::uuid[]) WITH CHECK (project_ids && (select string_to_array(nullif(current_setting('app.project_ids', true), ''), ',')::uuid[])::uuid[]);--> statement-breakpoint
CREATE POLICY "assay_worker" ON "access_log" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "access_seals" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_worker" ON "access_seals" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);