DROP INDEX "policy_versions_semver";--> statement-breakpoint
ALTER TABLE "policy_versions" ADD COLUMN "author_id" uuid;--> statement-breakpoint
ALTER TABLE "policy_versions" ADD CONSTRAINT "policy_versions_author_id_principals_id_fk" FOREIGN KEY ("author_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "policy_versions_semver" ON "policy_versions" USING btree ("policy_id",coalesce("market", ''),"semver") WHERE state <> 'WITHDRAWN';--> statement-breakpoint
ALTER TABLE "policy_versions" ADD CONSTRAINT "policy_versions_planned" CHECK ("policy_versions"."state" in ('DRAFT', 'IN_REVIEW', 'WITHDRAWN') or "policy_versions"."effective_from" is not null);--> statement-breakpoint
ALTER POLICY "assay_partner" ON "policy_versions" TO assay_partner USING ("policy_versions"."state" in ('EFFECTIVE', 'SUPERSEDED')
      and exists (select from project_policies u where u.policy_id = "policy_versions"."policy_id")) WITH CHECK ("policy_versions"."state" in ('EFFECTIVE', 'SUPERSEDED')
      and exists (select from project_policies u where u.policy_id = "policy_versions"."policy_id"));--> statement-breakpoint
ALTER POLICY "assay_partner_team" ON "policy_versions" TO assay_partner_team USING ("policy_versions"."state" in ('EFFECTIVE', 'SUPERSEDED')
      and exists (select from project_policies u where u.policy_id = "policy_versions"."policy_id")) WITH CHECK ("policy_versions"."state" in ('EFFECTIVE', 'SUPERSEDED')
      and exists (select from project_policies u where u.policy_id = "policy_versions"."policy_id"));--> statement-breakpoint
ALTER POLICY "assay_service" ON "policy_versions" TO assay_service USING ("policy_versions"."state" in ('EFFECTIVE', 'SUPERSEDED')
      and exists (select from project_policies u where u.policy_id = "policy_versions"."policy_id")) WITH CHECK ("policy_versions"."state" in ('EFFECTIVE', 'SUPERSEDED')
      and exists (select from project_policies u where u.policy_id = "policy_versions"."policy_id"));