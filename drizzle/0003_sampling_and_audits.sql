CREATE TABLE "auditor_profiles" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"principal_id" uuid NOT NULL,
	"markets" text[] DEFAULT '{}' NOT NULL,
	"languages" text[] DEFAULT '{}' NOT NULL,
	"skills" text[] DEFAULT '{}' NOT NULL,
	"daily_target" integer,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "auditor_profiles_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "auditor_profiles_principal" UNIQUE("project_id","principal_id"),
	CONSTRAINT "auditor_profiles_daily_target" CHECK ("auditor_profiles"."daily_target" > 0)
);
--> statement-breakpoint
ALTER TABLE "auditor_profiles" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "double_audits" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"decision_id" uuid NOT NULL,
	"queue_id" uuid NOT NULL,
	"primary_audit_id" uuid NOT NULL,
	"primary_auditor_id" uuid NOT NULL,
	"second_audit_id" uuid,
	"second_auditor_id" uuid,
	"due_at" timestamp (3) with time zone NOT NULL,
	"outcome" text,
	"adjudicator_id" uuid,
	"resolved_at" timestamp (3) with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "double_audits_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "double_audits_outcome" CHECK ("double_audits"."outcome" in ('AGREED', 'ADJUDICATED', 'EXPIRED')),
	CONSTRAINT "double_audits_auditors" CHECK ("double_audits"."second_auditor_id" <> "double_audits"."primary_auditor_id" and "double_audits"."adjudicator_id" not in ("double_audits"."primary_auditor_id", "double_audits"."second_auditor_id")),
	CONSTRAINT "double_audits_resolved" CHECK (("double_audits"."outcome" is null) = ("double_audits"."resolved_at" is null) and ("double_audits"."outcome" is not distinct from 'ADJUDICATED') = ("double_audits"."adjudicator_id" is not null))
);
--> statement-breakpoint
ALTER TABLE "double_audits" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "inspection_streams" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"vendor_id" uuid NOT NULL,
	"queue_id" uuid NOT NULL,
	"plan_id" uuid NOT NULL,
	"period" text NOT NULL,
	"basis" text NOT NULL,
	"acceptance_table" text NOT NULL,
	"aql" double precision NOT NULL,
	"ltpd" double precision,
	"producer_risk" double precision NOT NULL,
	"consumer_risk" double precision NOT NULL,
	"general_level" text,
	"level" text NOT NULL,
	"switching_score" integer DEFAULT 0 NOT NULL,
	"switching" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "inspection_streams_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "inspection_streams_period" CHECK ("inspection_streams"."period" in ('DAY', 'WEEK')),
	CONSTRAINT "inspection_streams_basis" CHECK ("inspection_streams"."basis" in ('LOT', 'STREAM')),
	CONSTRAINT "inspection_streams_table" CHECK ("inspection_streams"."acceptance_table" in ('COMPUTED', 'MIL_STD_105E')),
	CONSTRAINT "inspection_streams_general_level" CHECK ("inspection_streams"."general_level" in ('I', 'II', 'III', 'S1', 'S2', 'S3', 'S4')),
	CONSTRAINT "inspection_streams_level" CHECK ("inspection_streams"."level" in ('NORMAL', 'TIGHTENED', 'REDUCED', 'DISCONTINUED')),
	CONSTRAINT "inspection_streams_quality" CHECK ("inspection_streams"."aql" > 0 and "inspection_streams"."aql" < 1 and ("inspection_streams"."ltpd" is null or ("inspection_streams"."ltpd" > "inspection_streams"."aql" and "inspection_streams"."ltpd" < 1))
    and ("inspection_streams"."acceptance_table" = 'COMPUTED') = ("inspection_streams"."ltpd" is not null) and ("inspection_streams"."acceptance_table" = 'MIL_STD_105E') = ("inspection_streams"."general_level" is not null)),
	CONSTRAINT "inspection_streams_risks" CHECK ("inspection_streams"."producer_risk" > 0 and "inspection_streams"."producer_risk" < 1 and "inspection_streams"."consumer_risk" > 0 and "inspection_streams"."consumer_risk" < 1)
);
--> statement-breakpoint
ALTER TABLE "inspection_streams" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "lots" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"stream_id" uuid NOT NULL,
	"vendor_id" uuid NOT NULL,
	"queue_id" uuid NOT NULL,
	"run_id" uuid NOT NULL,
	"window_from" timestamp (3) with time zone NOT NULL,
	"window_to" timestamp (3) with time zone NOT NULL,
	"level" text NOT NULL,
	"lot_size" integer NOT NULL,
	"sample_size" integer NOT NULL,
	"acceptance_number" integer NOT NULL,
	"rejection_number" integer NOT NULL,
	"audited_count" integer DEFAULT 0 NOT NULL,
	"defect_count" integer DEFAULT 0 NOT NULL,
	"verdict" text,
	"judged_at" timestamp (3) with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "lots_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "lots_level" CHECK ("lots"."level" in ('NORMAL', 'TIGHTENED', 'REDUCED', 'DISCONTINUED')),
	CONSTRAINT "lots_verdict" CHECK ("lots"."verdict" in ('ACCEPTED', 'REJECTED')),
	CONSTRAINT "lots_sizes" CHECK ("lots"."sample_size" between 1 and "lots"."lot_size" and "lots"."rejection_number" = "lots"."acceptance_number" + 1 and "lots"."acceptance_number" >= 0),
	CONSTRAINT "lots_judged" CHECK (("lots"."verdict" is null) = ("lots"."judged_at" is null))
);
--> statement-breakpoint
ALTER TABLE "lots" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "sample_reserves" (
	"project_id" uuid NOT NULL,
	"stratum_id" uuid NOT NULL,
	"draw_order" integer NOT NULL,
	"decision_id" uuid NOT NULL,
	CONSTRAINT "sample_reserves_project_id_stratum_id_draw_order_pk" PRIMARY KEY("project_id","stratum_id","draw_order")
);
--> statement-breakpoint
ALTER TABLE "sample_reserves" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "error_codes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"scorecard_id" uuid NOT NULL,
	"code" text COLLATE "C" NOT NULL,
	"name" text NOT NULL,
	"parent_id" uuid,
	"severity" text NOT NULL,
	"is_leaf" boolean DEFAULT true NOT NULL,
	"retired_at" timestamp (3) with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "error_codes_code" UNIQUE("scorecard_id","code"),
	CONSTRAINT "error_codes_severity" CHECK ("error_codes"."severity" in ('CRITICAL', 'MAJOR', 'MINOR'))
);
--> statement-breakpoint
ALTER TABLE "error_codes" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "findings" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"verdict_id" uuid NOT NULL,
	"audit_id" uuid NOT NULL,
	"decision_id" uuid NOT NULL,
	"actor_id" uuid NOT NULL,
	"criterion_id" uuid NOT NULL,
	"error_code_id" uuid,
	"result" text NOT NULL,
	"severity" text NOT NULL,
	"cause" text,
	"note" text,
	CONSTRAINT "findings_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "findings_result" CHECK ("findings"."result" in ('PASS', 'FAIL', 'NA')),
	CONSTRAINT "findings_severity" CHECK ("findings"."severity" in ('CRITICAL', 'MAJOR', 'MINOR')),
	CONSTRAINT "findings_cause" CHECK ("findings"."cause" in ('KNOWLEDGE_GAP', 'OVERSIGHT', 'POLICY_UNCLEAR', 'POLICY_CHANGE', 'LOCAL_CONTEXT', 'TOOL', 'OTHER')),
	CONSTRAINT "findings_failed" CHECK ("findings"."result" = 'FAIL' or ("findings"."error_code_id" is null and "findings"."cause" is null))
);
--> statement-breakpoint
ALTER TABLE "findings" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "samples" DROP CONSTRAINT "samples_drawn_by_a_run";--> statement-breakpoint
ALTER TABLE "sampling_plans" DROP CONSTRAINT "sampling_plans_purpose";--> statement-breakpoint
ALTER TABLE "sampling_plans" DROP CONSTRAINT "sampling_plans_size";--> statement-breakpoint
ALTER TABLE "audits" ADD COLUMN "of_audit_id" uuid;--> statement-breakpoint
ALTER TABLE "audits" ADD COLUMN "is_double" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "audits" ADD COLUMN "answer_policy_id" uuid;--> statement-breakpoint
ALTER TABLE "audits" ADD COLUMN "answer_action" text COLLATE "C";--> statement-breakpoint
ALTER TABLE "audits" ADD COLUMN "answer_tags" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "audits" ADD COLUMN "draft" jsonb;--> statement-breakpoint
ALTER TABLE "audits" ADD COLUMN "guidance" text;--> statement-breakpoint
ALTER TABLE "audits" ADD COLUMN "window_due_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "audits" ADD COLUMN "acknowledged_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "audits" ADD COLUMN "acknowledged_by_id" uuid;--> statement-breakpoint
ALTER TABLE "audits" ADD COLUMN "is_auto_acknowledged" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "audits" ADD COLUMN "proposed_cause" text;--> statement-breakpoint
ALTER TABLE "audits" ADD COLUMN "acknowledgement" text;--> statement-breakpoint
ALTER TABLE "audits" ADD COLUMN "void_reason" text;--> statement-breakpoint
ALTER TABLE "verdicts" ADD COLUMN "severity" text;--> statement-breakpoint
ALTER TABLE "verdicts" ADD COLUMN "process_reason" text;--> statement-breakpoint
ALTER TABLE "verdicts" ADD COLUMN "score" numeric(7, 6);--> statement-breakpoint
ALTER TABLE "verdicts" ADD COLUMN "cause" text;--> statement-breakpoint
ALTER TABLE "verdicts" ADD COLUMN "truth_tags" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "verdicts" ADD COLUMN "explanation" text;--> statement-breakpoint
ALTER TABLE "golden_items" ADD COLUMN "exposures_counted_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "queues" ADD COLUMN "required_skills" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "samples" ADD COLUMN "is_double" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "samples" ADD COLUMN "reason" text;--> statement-breakpoint
ALTER TABLE "samples" ADD COLUMN "void_reason" text;--> statement-breakpoint
ALTER TABLE "samples" ADD COLUMN "golden_item_id" uuid;--> statement-breakpoint
ALTER TABLE "samples" ADD COLUMN "replaces_id" uuid;--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD COLUMN "method" text DEFAULT 'SIMPLE_RANDOM' NOT NULL;--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD COLUMN "strata_by" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD COLUMN "allocation" text DEFAULT 'PROPORTIONAL' NOT NULL;--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD COLUMN "half_width" double precision;--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD COLUMN "precision_by" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD COLUMN "expected_accuracy" double precision;--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD COLUMN "min_per_stratum" integer;--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD COLUMN "min_per_labeler" integer;--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD COLUMN "cap_per_labeler" integer;--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD COLUMN "double_audit_rate" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD COLUMN "schedule" text;--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD COLUMN "window_unit" text;--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD COLUMN "window_length" integer;--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD COLUMN "next_draw_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD COLUMN "seed" text;--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD COLUMN "is_for_lots" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "sampling_runs" ADD COLUMN "plan_version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "sampling_runs" ADD COLUMN "method" text DEFAULT 'SIMPLE_RANDOM' NOT NULL;--> statement-breakpoint
ALTER TABLE "sampling_runs" ADD COLUMN "design" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "sampling_runs" ADD COLUMN "excluded_count" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "strata" ADD COLUMN "values" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "criteria" ADD COLUMN "fails_on" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "auditor_profiles" ADD CONSTRAINT "auditor_profiles_principal_id_principals_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "auditor_profiles" ADD CONSTRAINT "auditor_profiles_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "double_audits" ADD CONSTRAINT "double_audits_primary_auditor_id_principals_id_fk" FOREIGN KEY ("primary_auditor_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "double_audits" ADD CONSTRAINT "double_audits_second_auditor_id_principals_id_fk" FOREIGN KEY ("second_auditor_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "double_audits" ADD CONSTRAINT "double_audits_adjudicator_id_principals_id_fk" FOREIGN KEY ("adjudicator_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "double_audits" ADD CONSTRAINT "double_audits_project_id_primary_audit_id_audits_project_id_id_fk" FOREIGN KEY ("project_id","primary_audit_id") REFERENCES "public"."audits"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "double_audits" ADD CONSTRAINT "double_audits_project_id_second_audit_id_audits_project_id_id_fk" FOREIGN KEY ("project_id","second_audit_id") REFERENCES "public"."audits"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "inspection_streams" ADD CONSTRAINT "inspection_streams_vendor_id_vendors_id_fk" FOREIGN KEY ("vendor_id") REFERENCES "public"."vendors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "inspection_streams" ADD CONSTRAINT "inspection_streams_project_id_queue_id_queues_project_id_id_fk" FOREIGN KEY ("project_id","queue_id") REFERENCES "public"."queues"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "inspection_streams" ADD CONSTRAINT "inspection_streams_project_id_plan_id_sampling_plans_project_id_id_fk" FOREIGN KEY ("project_id","plan_id") REFERENCES "public"."sampling_plans"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "lots" ADD CONSTRAINT "lots_vendor_id_vendors_id_fk" FOREIGN KEY ("vendor_id") REFERENCES "public"."vendors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "lots" ADD CONSTRAINT "lots_project_id_stream_id_inspection_streams_project_id_id_fk" FOREIGN KEY ("project_id","stream_id") REFERENCES "public"."inspection_streams"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "lots" ADD CONSTRAINT "lots_project_id_queue_id_queues_project_id_id_fk" FOREIGN KEY ("project_id","queue_id") REFERENCES "public"."queues"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "lots" ADD CONSTRAINT "lots_project_id_run_id_sampling_runs_project_id_id_fk" FOREIGN KEY ("project_id","run_id") REFERENCES "public"."sampling_runs"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sample_reserves" ADD CONSTRAINT "sample_reserves_project_id_stratum_id_strata_project_id_id_fk" FOREIGN KEY ("project_id","stratum_id") REFERENCES "public"."strata"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "error_codes" ADD CONSTRAINT "error_codes_scorecard_id_scorecards_id_fk" FOREIGN KEY ("scorecard_id") REFERENCES "public"."scorecards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "error_codes" ADD CONSTRAINT "error_codes_parent_id_error_codes_id_fk" FOREIGN KEY ("parent_id") REFERENCES "public"."error_codes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "findings" ADD CONSTRAINT "findings_actor_id_principals_id_fk" FOREIGN KEY ("actor_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "findings" ADD CONSTRAINT "findings_criterion_id_criteria_id_fk" FOREIGN KEY ("criterion_id") REFERENCES "public"."criteria"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "findings" ADD CONSTRAINT "findings_error_code_id_error_codes_id_fk" FOREIGN KEY ("error_code_id") REFERENCES "public"."error_codes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "findings" ADD CONSTRAINT "findings_project_id_verdict_id_verdicts_project_id_id_fk" FOREIGN KEY ("project_id","verdict_id") REFERENCES "public"."verdicts"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "findings" ADD CONSTRAINT "findings_project_id_audit_id_audits_project_id_id_fk" FOREIGN KEY ("project_id","audit_id") REFERENCES "public"."audits"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "double_audits_primary" ON "double_audits" USING btree ("project_id","primary_audit_id");--> statement-breakpoint
CREATE UNIQUE INDEX "double_audits_second" ON "double_audits" USING btree ("project_id","second_audit_id");--> statement-breakpoint
CREATE INDEX "double_audits_open" ON "double_audits" USING btree ("project_id","due_at","id") WHERE resolved_at is null;--> statement-breakpoint
CREATE INDEX "double_audits_due" ON "double_audits" USING btree ("due_at") WHERE resolved_at is null;--> statement-breakpoint
CREATE INDEX "double_audits_second_auditor" ON "double_audits" USING btree ("second_auditor_id") WHERE resolved_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "inspection_streams_of" ON "inspection_streams" USING btree ("project_id","vendor_id","queue_id");--> statement-breakpoint
CREATE UNIQUE INDEX "lots_window" ON "lots" USING btree ("project_id","stream_id","window_from");--> statement-breakpoint
CREATE INDEX "lots_run" ON "lots" USING btree ("project_id","run_id");--> statement-breakpoint
CREATE INDEX "lots_open" ON "lots" USING btree ("project_id","id") WHERE verdict is null;--> statement-breakpoint
CREATE INDEX "error_codes_parent" ON "error_codes" USING btree ("parent_id");--> statement-breakpoint
CREATE UNIQUE INDEX "findings_criterion" ON "findings" USING btree ("project_id","verdict_id","criterion_id");--> statement-breakpoint
CREATE INDEX "findings_audit" ON "findings" USING btree ("project_id","audit_id");--> statement-breakpoint
ALTER TABLE "audits" ADD CONSTRAINT "audits_acknowledged_by_id_principals_id_fk" FOREIGN KEY ("acknowledged_by_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audits" ADD CONSTRAINT "audits_project_id_of_audit_id_audits_project_id_id_fk" FOREIGN KEY ("project_id","of_audit_id") REFERENCES "public"."audits"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "samples" ADD CONSTRAINT "samples_project_id_golden_item_id_golden_items_project_id_id_fk" FOREIGN KEY ("project_id","golden_item_id") REFERENCES "public"."golden_items"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "audits_second" ON "audits" USING btree ("project_id","of_audit_id") WHERE role = 'SECOND' and state <> 'VOIDED';--> statement-breakpoint
CREATE INDEX "audits_window_due" ON "audits" USING btree ("window_due_at") WHERE state in ('PUBLISHED', 'ACKNOWLEDGED');--> statement-breakpoint
CREATE INDEX "golden_items_to_count" ON "golden_items" USING btree ("exposures_counted_at") WHERE status = 'ACTIVE';--> statement-breakpoint
CREATE INDEX "samples_waiting_by_queue" ON "samples" USING btree ("project_id","layer","queue_id","due_at","id") WHERE state = 'DRAWN';--> statement-breakpoint
CREATE INDEX "sampling_plans_next_draw" ON "sampling_plans" USING btree ("next_draw_at") WHERE state = 'ACTIVE';--> statement-breakpoint
ALTER TABLE "audits" ADD CONSTRAINT "audits_proposed_cause" CHECK ("audits"."proposed_cause" in ('KNOWLEDGE_GAP', 'OVERSIGHT', 'POLICY_UNCLEAR', 'POLICY_CHANGE', 'LOCAL_CONTEXT', 'TOOL', 'OTHER'));--> statement-breakpoint
ALTER TABLE "audits" ADD CONSTRAINT "audits_of_audit" CHECK (("audits"."role" = 'PRIMARY') or ("audits"."of_audit_id" is not null));--> statement-breakpoint
ALTER TABLE "verdicts" ADD CONSTRAINT "verdicts_severity" CHECK ("verdicts"."severity" in ('CRITICAL', 'MAJOR', 'MINOR'));--> statement-breakpoint
ALTER TABLE "verdicts" ADD CONSTRAINT "verdicts_process_reason" CHECK ("verdicts"."process_reason" in ('TECHNICAL', 'CASCADE_GAP'));--> statement-breakpoint
ALTER TABLE "verdicts" ADD CONSTRAINT "verdicts_cause" CHECK ("verdicts"."cause" in ('KNOWLEDGE_GAP', 'OVERSIGHT', 'POLICY_UNCLEAR', 'POLICY_CHANGE', 'LOCAL_CONTEXT', 'TOOL', 'OTHER'));--> statement-breakpoint
ALTER TABLE "verdicts" ADD CONSTRAINT "verdicts_score" CHECK ("verdicts"."score" between 0 and 1);--> statement-breakpoint
ALTER TABLE "samples" ADD CONSTRAINT "samples_void_reason" CHECK ("samples"."void_reason" in ('CONTENT_GONE', 'DUPLICATE', 'OUT_OF_SCOPE'));--> statement-breakpoint
ALTER TABLE "samples" ADD CONSTRAINT "samples_drawn_by_a_run" CHECK (("samples"."purpose" in ('RANDOM', 'RISK', 'RAMP')) = ("samples"."inclusion_probability" is not null)
    and ("samples"."stratum_id" is null) = ("samples"."inclusion_probability" is null) and ("samples"."purpose" = 'TARGETED') = ("samples"."run_id" is null));--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD CONSTRAINT "sampling_plans_method" CHECK ("sampling_plans"."method" in ('SIMPLE_RANDOM', 'SYSTEMATIC', 'STRATIFIED', 'PPS'));--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD CONSTRAINT "sampling_plans_allocation" CHECK ("sampling_plans"."allocation" in ('PROPORTIONAL', 'NEYMAN', 'EQUAL'));--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD CONSTRAINT "sampling_plans_window_unit" CHECK ("sampling_plans"."window_unit" in ('DAY', 'WEEK', 'MONTH'));--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD CONSTRAINT "sampling_plans_strata" CHECK (("sampling_plans"."method" = 'STRATIFIED') = (cardinality("sampling_plans"."strata_by") > 0) and "sampling_plans"."precision_by" <@ "sampling_plans"."strata_by");--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD CONSTRAINT "sampling_plans_risk" CHECK (("sampling_plans"."purpose" = 'RISK') = ("sampling_plans"."method" = 'PPS'));--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD CONSTRAINT "sampling_plans_per_labeler" CHECK (("sampling_plans"."min_per_labeler" is null and "sampling_plans"."cap_per_labeler" is null) or 'LABELER' = any ("sampling_plans"."strata_by"));--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD CONSTRAINT "sampling_plans_bounds" CHECK (("sampling_plans"."min_per_stratum" is null or "sampling_plans"."min_per_stratum" > 0) and ("sampling_plans"."min_per_labeler" is null or "sampling_plans"."min_per_labeler" > 0)
    and ("sampling_plans"."cap_per_labeler" is null or "sampling_plans"."cap_per_labeler" >= coalesce("sampling_plans"."min_per_labeler", 1)));--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD CONSTRAINT "sampling_plans_double_audits" CHECK ("sampling_plans"."double_audit_rate" between 0 and 1);--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD CONSTRAINT "sampling_plans_schedule" CHECK (num_nonnulls("sampling_plans"."schedule", "sampling_plans"."window_unit", "sampling_plans"."window_length") in (0, 3) and ("sampling_plans"."window_length" is null or "sampling_plans"."window_length" > 0));--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD CONSTRAINT "sampling_plans_purpose" CHECK ("sampling_plans"."purpose" in ('RANDOM', 'RISK', 'RAMP', 'GOLDEN'));--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD CONSTRAINT "sampling_plans_size" CHECK (num_nonnulls("sampling_plans"."rate", "sampling_plans"."size", "sampling_plans"."half_width") = case when "sampling_plans"."is_for_lots" then 0 else 1 end
    and ("sampling_plans"."rate" is null or ("sampling_plans"."rate" > 0 and "sampling_plans"."rate" <= 1)) and ("sampling_plans"."size" is null or "sampling_plans"."size" > 0)
    and ("sampling_plans"."half_width" is null or ("sampling_plans"."half_width" > 0 and "sampling_plans"."half_width" < 0.5)));--> statement-breakpoint
ALTER TABLE "sampling_runs" ADD CONSTRAINT "sampling_runs_method" CHECK ("sampling_runs"."method" in ('SIMPLE_RANDOM', 'SYSTEMATIC', 'STRATIFIED', 'PPS'));--> statement-breakpoint
CREATE POLICY "drafts_only" ON "criteria" AS RESTRICTIVE FOR DELETE TO public USING (exists (select from scorecard_versions v where v.id = "criteria"."scorecard_version_id" and v.state = 'DRAFT'));--> statement-breakpoint
CREATE POLICY "assay_owner" ON "auditor_profiles" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "auditor_profiles" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "auditor_profiles" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("auditor_profiles"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("auditor_profiles"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "auditor_profiles" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("auditor_profiles"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "auditor_profiles"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("auditor_profiles"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "auditor_profiles"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "auditor_profiles" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("auditor_profiles"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "auditor_profiles"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("auditor_profiles"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "auditor_profiles"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "auditor_profiles" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("auditor_profiles"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "auditor_profiles"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("auditor_profiles"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "auditor_profiles"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "auditor_profiles" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "double_audits" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "double_audits" AS PERMISSIVE FOR ALL TO "assay_admin" USING (("double_audits"."resolved_at" is not null or ("double_audits"."second_auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) is not true)) WITH CHECK (("double_audits"."resolved_at" is not null or ("double_audits"."second_auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) is not true));--> statement-breakpoint
CREATE POLICY "assay_lead" ON "double_audits" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("double_audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("double_audits"."resolved_at" is not null or ("double_audits"."second_auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) is not true)) WITH CHECK ("double_audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("double_audits"."resolved_at" is not null or ("double_audits"."second_auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) is not true));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "double_audits" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("double_audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "double_audits"."resolved_at" is not null and ("double_audits"."primary_auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid) or "double_audits"."second_auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid))) WITH CHECK ("double_audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "double_audits"."resolved_at" is not null and ("double_audits"."primary_auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid) or "double_audits"."second_auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "double_audits" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("double_audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("double_audits"."resolved_at" is not null or ("double_audits"."second_auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) is not true)) WITH CHECK ("double_audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("double_audits"."resolved_at" is not null or ("double_audits"."second_auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) is not true));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "double_audits" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "inspection_streams" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "inspection_streams" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "inspection_streams" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("inspection_streams"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("inspection_streams"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "inspection_streams" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("inspection_streams"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("inspection_streams"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "inspection_streams" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "lots" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "lots" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "lots" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("lots"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("lots"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "lots" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("lots"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("lots"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "lots" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("lots"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "lots"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("lots"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "lots"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "lots" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("lots"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "lots"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("lots"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "lots"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "lots" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "sample_reserves" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_worker" ON "sample_reserves" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "error_codes" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "error_codes" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "error_codes" AS PERMISSIVE FOR ALL TO "assay_lead" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "error_codes" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_policy" ON "error_codes" AS PERMISSIVE FOR ALL TO "assay_policy" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "error_codes" AS PERMISSIVE FOR ALL TO "assay_analyst" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_partner" ON "error_codes" AS PERMISSIVE FOR ALL TO "assay_partner" USING (exists (select from queues where queues.scorecard_id = error_codes.scorecard_id)) WITH CHECK (exists (select from queues where queues.scorecard_id = error_codes.scorecard_id));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "error_codes" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING (exists (select from queues where queues.scorecard_id = error_codes.scorecard_id)) WITH CHECK (exists (select from queues where queues.scorecard_id = error_codes.scorecard_id));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "error_codes" AS PERMISSIVE FOR ALL TO "assay_labeler" USING (exists (select from queues where queues.scorecard_id = error_codes.scorecard_id)) WITH CHECK (exists (select from queues where queues.scorecard_id = error_codes.scorecard_id));--> statement-breakpoint
CREATE POLICY "assay_service" ON "error_codes" AS PERMISSIVE FOR ALL TO "assay_service" USING (exists (select from queues where queues.scorecard_id = error_codes.scorecard_id)) WITH CHECK (exists (select from queues where queues.scorecard_id = error_codes.scorecard_id));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "error_codes" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "findings" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "findings" AS PERMISSIVE FOR ALL TO "assay_admin" USING (exists (select from audits a where a.project_id = findings.project_id and a.id = findings.audit_id)) WITH CHECK (exists (select from audits a where a.project_id = findings.project_id and a.id = findings.audit_id));--> statement-breakpoint
CREATE POLICY "assay_lead" ON "findings" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("findings"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (findings.actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or findings.decision_id <> all ((select blind_decisions())::uuid[]))) WITH CHECK ("findings"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (findings.actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or findings.decision_id <> all ((select blind_decisions())::uuid[])));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "findings" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (exists (select from audits a where a.project_id = findings.project_id and a.id = findings.audit_id)) WITH CHECK (exists (select from audits a where a.project_id = findings.project_id and a.id = findings.audit_id));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "findings" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("findings"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (findings.actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or findings.decision_id <> all ((select blind_decisions())::uuid[]))) WITH CHECK ("findings"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (findings.actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or findings.decision_id <> all ((select blind_decisions())::uuid[])));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "findings" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("findings"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (findings.actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or findings.decision_id <> all ((select blind_decisions())::uuid[]))) WITH CHECK ("findings"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (findings.actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or findings.decision_id <> all ((select blind_decisions())::uuid[])));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "findings" AS PERMISSIVE FOR ALL TO "assay_partner" USING (exists (select from audits a where a.project_id = findings.project_id and a.id = findings.audit_id)) WITH CHECK (exists (select from audits a where a.project_id = findings.project_id and a.id = findings.audit_id));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "findings" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING (exists (select from audits a where a.project_id = findings.project_id and a.id = findings.audit_id)) WITH CHECK (exists (select from audits a where a.project_id = findings.project_id and a.id = findings.audit_id));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "findings" AS PERMISSIVE FOR ALL TO "assay_labeler" USING (exists (select from audits a where a.project_id = findings.project_id and a.id = findings.audit_id)) WITH CHECK (exists (select from audits a where a.project_id = findings.project_id and a.id = findings.audit_id));--> statement-breakpoint
CREATE POLICY "assay_service" ON "findings" AS PERMISSIVE FOR ALL TO "assay_service" USING (exists (select from audits a where a.project_id = findings.project_id and a.id = findings.audit_id)) WITH CHECK (exists (select from audits a where a.project_id = findings.project_id and a.id = findings.audit_id));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "findings" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
ALTER POLICY "assay_admin" ON "audits" TO assay_admin USING ((audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select blind_decisions())::uuid[])) and (not ("audits"."is_blind" and "audits"."revealed_at" is null) or "audits"."auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid))) WITH CHECK ((audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select blind_decisions())::uuid[])) and (not ("audits"."is_blind" and "audits"."revealed_at" is null) or "audits"."auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)));--> statement-breakpoint
ALTER POLICY "assay_lead" ON "audits" TO assay_lead USING ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select blind_decisions())::uuid[]))) WITH CHECK ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select blind_decisions())::uuid[])));--> statement-breakpoint
ALTER POLICY "assay_auditor" ON "audits" TO assay_auditor USING ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select blind_decisions())::uuid[])) and ("audits"."auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid) or ("audits"."published_at" is not null and "audits"."state" <> 'VOIDED'))) WITH CHECK ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select blind_decisions())::uuid[])) and ("audits"."auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid) or ("audits"."published_at" is not null and "audits"."state" <> 'VOIDED')));--> statement-breakpoint
ALTER POLICY "assay_policy" ON "audits" TO assay_policy USING ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select blind_decisions())::uuid[]))) WITH CHECK ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select blind_decisions())::uuid[])));--> statement-breakpoint
ALTER POLICY "assay_analyst" ON "audits" TO assay_analyst USING ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select blind_decisions())::uuid[]))) WITH CHECK ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select blind_decisions())::uuid[])));--> statement-breakpoint
ALTER POLICY "assay_partner" ON "audits" TO assay_partner USING ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select blind_decisions())::uuid[])) and "audits"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and ("audits"."is_partner_visible" or "audits"."layer" = 'VENDOR')) WITH CHECK ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select blind_decisions())::uuid[])) and "audits"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and ("audits"."is_partner_visible" or "audits"."layer" = 'VENDOR'));--> statement-breakpoint
ALTER POLICY "assay_partner_team" ON "audits" TO assay_partner_team USING ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select blind_decisions())::uuid[])) and "audits"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and ("audits"."is_partner_visible" or "audits"."layer" = 'VENDOR') and "audits"."team_id" = (select nullif(current_setting('app.team_id', true), '')::uuid)) WITH CHECK ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select blind_decisions())::uuid[])) and "audits"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and ("audits"."is_partner_visible" or "audits"."layer" = 'VENDOR') and "audits"."team_id" = (select nullif(current_setting('app.team_id', true), '')::uuid));--> statement-breakpoint
ALTER POLICY "assay_lead" ON "verdicts" TO assay_lead USING ("verdicts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (verdicts.actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or verdicts.decision_id <> all ((select blind_decisions())::uuid[]))) WITH CHECK ("verdicts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (verdicts.actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or verdicts.decision_id <> all ((select blind_decisions())::uuid[])));--> statement-breakpoint
ALTER POLICY "assay_policy" ON "verdicts" TO assay_policy USING ("verdicts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (verdicts.actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or verdicts.decision_id <> all ((select blind_decisions())::uuid[]))) WITH CHECK ("verdicts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (verdicts.actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or verdicts.decision_id <> all ((select blind_decisions())::uuid[])));--> statement-breakpoint
ALTER POLICY "assay_analyst" ON "verdicts" TO assay_analyst USING ("verdicts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (verdicts.actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or verdicts.decision_id <> all ((select blind_decisions())::uuid[]))) WITH CHECK ("verdicts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (verdicts.actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or verdicts.decision_id <> all ((select blind_decisions())::uuid[])));--> statement-breakpoint
ALTER POLICY "assay_admin" ON "samples" TO assay_admin USING ((samples.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or samples.decision_id <> all ((select blind_decisions())::uuid[]))) WITH CHECK ((samples.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or samples.decision_id <> all ((select blind_decisions())::uuid[])));--> statement-breakpoint
ALTER POLICY "assay_lead" ON "samples" TO assay_lead USING ("samples"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (samples.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or samples.decision_id <> all ((select blind_decisions())::uuid[]))) WITH CHECK ("samples"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (samples.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or samples.decision_id <> all ((select blind_decisions())::uuid[])));--> statement-breakpoint
ALTER POLICY "assay_analyst" ON "samples" TO assay_analyst USING ("samples"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (samples.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or samples.decision_id <> all ((select blind_decisions())::uuid[]))) WITH CHECK ("samples"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (samples.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or samples.decision_id <> all ((select blind_decisions())::uuid[])));