ALTER TABLE "audits" ADD COLUMN "due_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "audits_ata" ON "audits" USING btree ("project_id","of_audit_id") WHERE role = 'ATA';