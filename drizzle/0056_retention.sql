CREATE TABLE "retention_rules" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"keep_days" integer,
	"reason" text NOT NULL,
	"applied_at" timestamp (3) with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "retention_rules_kind" UNIQUE("kind"),
	CONSTRAINT "retention_rules_kind_word" CHECK ("retention_rules"."kind" in ('IDEMPOTENCY_KEYS', 'EXPORT_LINKS', 'ACCESS_LOG', 'EVENTS', 'DECISIONS')),
	CONSTRAINT "retention_rules_keep_days" CHECK ("retention_rules"."keep_days" > 0)
);
--> statement-breakpoint
ALTER TABLE "retention_rules" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "assay_owner" ON "retention_rules" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "retention_rules" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_worker" ON "retention_rules" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);