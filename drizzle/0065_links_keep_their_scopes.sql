ALTER TABLE "export_links" ADD COLUMN "scopes" text[];--> statement-breakpoint
UPDATE export_links SET scopes = c.scopes FROM api_clients c WHERE c.id = client_id AND acted_as = 'SERVICE';--> statement-breakpoint
ALTER TABLE "export_links" ADD CONSTRAINT "export_links_scopes" CHECK (("export_links"."scopes" is not null) = ("export_links"."acted_as" = 'SERVICE'));