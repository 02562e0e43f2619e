ALTER TABLE "audit_rollups" DROP CONSTRAINT "audit_rollups_grain";--> statement-breakpoint
ALTER TABLE "audit_rollups" ALTER COLUMN "vendor_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "audit_rollups" ADD CONSTRAINT "audit_rollups_grain" CHECK ("audit_rollups"."grain" in ('MARKET', 'HEADLINE', 'QUEUE_POLICY'));