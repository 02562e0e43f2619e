ALTER TABLE "export_links" ADD COLUMN "key_print" text COLLATE "C";--> statement-breakpoint
UPDATE export_links SET key_print = left(c.key_hash, 16) FROM api_clients c WHERE c.id = client_id;--> statement-breakpoint
ALTER TABLE "export_links" ADD CONSTRAINT "export_links_key" CHECK (("export_links"."client_id" is null) = ("export_links"."key_print" is null));