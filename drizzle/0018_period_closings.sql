ALTER TABLE "reporting_periods" ADD COLUMN "closings" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "reporting_periods" ADD COLUMN "settled_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "reporting_periods_unsettled" ON "reporting_periods" USING btree ("closed_at") WHERE state = 'CLOSED' and settled_at is null;