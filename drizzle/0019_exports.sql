ALTER TABLE "export_links" DROP CONSTRAINT "export_links_dataset";--> statement-breakpoint
ALTER TABLE "export_links" ADD COLUMN "client_id" uuid;--> statement-breakpoint
ALTER TABLE "export_links" ADD CONSTRAINT "export_links_client_id_api_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."api_clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "export_links" ADD CONSTRAINT "export_links_dataset" CHECK ("export_links"."dataset" in ('METRICS', 'DECISIONS', 'SAMPLES', 'AUDITS', 'FINDINGS', 'LABELERS', 'CALIBRATIONS'));