ALTER TABLE "api_clients" ADD COLUMN "made_by_id" uuid;--> statement-breakpoint
ALTER TABLE "api_clients" ADD CONSTRAINT "api_clients_made_by_id_principals_id_fk" FOREIGN KEY ("made_by_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
UPDATE api_clients c SET made_by_id = (SELECT e.actor_id FROM events e WHERE e.project_id = '00000000-0000-7000-8000-000000000001' AND e.subject_id = c.id
  AND e.type IN ('api_client.created', 'api_client.rotated') ORDER BY e.id DESC LIMIT 1);
