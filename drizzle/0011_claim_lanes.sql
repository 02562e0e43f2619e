DROP INDEX "samples_waiting_by_queue";--> statement-breakpoint
CREATE INDEX "audits_submitted" ON "audits" USING btree ("auditor_id","submitted_at");--> statement-breakpoint
CREATE INDEX "samples_waiting_by_lane" ON "samples" USING btree ("project_id","layer","vendor_id","queue_id","market",coalesce(language, ''),"due_at","id") WHERE state = 'DRAWN';