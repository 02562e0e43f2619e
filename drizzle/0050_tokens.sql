CREATE TABLE "signing_keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"public_key" jsonb NOT NULL,
	"private_key" jsonb,
	"created_at" timestamp (3) with time zone NOT NULL,
	"signs_until" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "signing_keys_period" CHECK ("signing_keys"."created_at" < "signing_keys"."signs_until" and "signing_keys"."signs_until" < "signing_keys"."ends_at"),
	CONSTRAINT "signing_keys_halves" CHECK (not jsonb_exists("signing_keys"."public_key", 'd'))
);
--> statement-breakpoint
ALTER TABLE "signing_keys" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "via_id" uuid;--> statement-breakpoint
ALTER TABLE "api_clients" ADD COLUMN "previous_key_hash" text COLLATE "C";--> statement-breakpoint
ALTER TABLE "api_clients" ADD COLUMN "previous_expires_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "api_clients" ADD COLUMN "last_used_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "role_grants" ADD COLUMN "granted_by_id" uuid;--> statement-breakpoint
ALTER TABLE "role_grants" ADD COLUMN "is_pending" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "role_grants" ADD COLUMN "approved_by_id" uuid;--> statement-breakpoint
CREATE INDEX "signing_keys_end" ON "signing_keys" USING btree ("ends_at");--> statement-breakpoint
ALTER TABLE "role_grants" ADD CONSTRAINT "role_grants_granted_by_id_principals_id_fk" FOREIGN KEY ("granted_by_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "role_grants" ADD CONSTRAINT "role_grants_approved_by_id_principals_id_fk" FOREIGN KEY ("approved_by_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_clients" ADD CONSTRAINT "api_clients_previous_key" UNIQUE("previous_key_hash");--> statement-breakpoint
ALTER TABLE "api_clients" ADD CONSTRAINT "api_clients_previous" CHECK (("api_clients"."previous_key_hash" is null) = ("api_clients"."previous_expires_at" is null));--> statement-breakpoint
ALTER TABLE "role_grants" ADD CONSTRAINT "role_grants_pending" CHECK (not "role_grants"."is_pending" or ("role_grants"."role" = 'ADMIN' and "role_grants"."granted_by_id" is not null and "role_grants"."approved_by_id" is null));--> statement-breakpoint
ALTER TABLE "role_grants" ADD CONSTRAINT "role_grants_approval" CHECK ("role_grants"."approved_by_id" is null or ("role_grants"."approved_by_id" <> "role_grants"."granted_by_id" and "role_grants"."approved_by_id" <> "role_grants"."principal_id"));--> statement-breakpoint
CREATE POLICY "assay_owner" ON "signing_keys" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_worker" ON "signing_keys" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);