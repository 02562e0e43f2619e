ALTER TABLE "rollup_watermarks" ADD COLUMN "queue_policy_to" uuid;--> statement-breakpoint
ALTER TABLE "rollup_watermarks" ADD COLUMN "weighed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "rollup_watermarks" ADD COLUMN "facts" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "samples_void" ON "samples" USING btree ("project_id","stratum_id") WHERE state = 'VOID';