CREATE TABLE "calibration_consensus" (
	"project_id" uuid NOT NULL,
	"item_id" uuid NOT NULL,
	"session_id" uuid NOT NULL,
	"policy_id" uuid,
	"action" text COLLATE "C",
	"rationale" text,
	"question_id" uuid,
	"is_golden" boolean DEFAULT false NOT NULL,
	"set_by_id" uuid NOT NULL,
	"set_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "calibration_consensus_project_id_item_id_pk" PRIMARY KEY("project_id","item_id"),
	CONSTRAINT "calibration_consensus_one" CHECK (num_nonnulls("calibration_consensus"."policy_id", "calibration_consensus"."question_id") = 1)
);
--> statement-breakpoint
ALTER TABLE "calibration_consensus" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "calibration_items" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"session_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"decision_id" uuid,
	"market" text COLLATE "C",
	"content_ref" text COLLATE "C" NOT NULL,
	"content_hash" "bytea" NOT NULL,
	"modality" text NOT NULL,
	"language" text COLLATE "C",
	CONSTRAINT "calibration_items_project_id_id_pk" PRIMARY KEY("project_id","id")
);
--> statement-breakpoint
ALTER TABLE "calibration_items" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "calibration_raters" (
	"project_id" uuid NOT NULL,
	"session_id" uuid NOT NULL,
	"principal_id" uuid NOT NULL,
	"vendor_id" uuid,
	CONSTRAINT "calibration_raters_project_id_session_id_principal_id_pk" PRIMARY KEY("project_id","session_id","principal_id")
);
--> statement-breakpoint
ALTER TABLE "calibration_raters" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "calibration_sessions" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"policy_id" uuid,
	"state" text NOT NULL,
	"facilitator_id" uuid NOT NULL,
	"closes_at" timestamp (3) with time zone,
	"opened_at" timestamp (3) with time zone,
	"closed_at" timestamp (3) with time zone,
	"published_at" timestamp (3) with time zone,
	"cancel_reason" text,
	"agreement" jsonb,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "calibration_sessions_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "calibration_sessions_state" CHECK ("calibration_sessions"."state" in ('DRAFT', 'OPEN', 'CLOSED', 'DISCUSSION', 'CONSENSUS', 'PUBLISHED', 'CANCELLED')),
	CONSTRAINT "calibration_sessions_cancelled" CHECK (("calibration_sessions"."state" = 'CANCELLED') = ("calibration_sessions"."cancel_reason" is not null))
);
--> statement-breakpoint
ALTER TABLE "calibration_sessions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "calibration_votes" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"session_id" uuid NOT NULL,
	"item_id" uuid NOT NULL,
	"principal_id" uuid NOT NULL,
	"policy_id" uuid NOT NULL,
	"action" text COLLATE "C",
	"rationale" text,
	"cast_at" timestamp (3) with time zone NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "calibration_votes_project_id_id_pk" PRIMARY KEY("project_id","id")
);
--> statement-breakpoint
ALTER TABLE "calibration_votes" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "export_links" (
	"id" uuid PRIMARY KEY NOT NULL,
	"principal_id" uuid NOT NULL,
	"acted_as" text COLLATE "C" NOT NULL,
	"dataset" text NOT NULL,
	"format" text NOT NULL,
	"query" jsonb NOT NULL,
	"secret_hash" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"fetched_at" timestamp (3) with time zone,
	"row_count" bigint,
	CONSTRAINT "export_links_dataset" CHECK ("export_links"."dataset" in ('METRICS', 'DECISIONS', 'SAMPLES', 'AUDITS', 'LABELERS', 'CALIBRATIONS')),
	CONSTRAINT "export_links_format" CHECK ("export_links"."format" in ('CSV', 'NDJSON', 'XLSX', 'PARQUET')),
	CONSTRAINT "export_links_period" CHECK ("export_links"."created_at" < "export_links"."expires_at")
);
--> statement-breakpoint
ALTER TABLE "export_links" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "reporting_periods" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"kind" text NOT NULL,
	"from" date NOT NULL,
	"to" date NOT NULL,
	"state" text NOT NULL,
	"close_due_at" timestamp (3) with time zone NOT NULL,
	"closed_at" timestamp (3) with time zone,
	"closed_by_id" uuid,
	"reopen_reason" text,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "reporting_periods_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "reporting_periods_from" UNIQUE("project_id","kind","from"),
	CONSTRAINT "reporting_periods_kind" CHECK ("reporting_periods"."kind" in ('WEEK', 'MONTH')),
	CONSTRAINT "reporting_periods_state" CHECK ("reporting_periods"."state" in ('OPEN', 'CLOSED')),
	CONSTRAINT "reporting_periods_days" CHECK ("reporting_periods"."from" < "reporting_periods"."to"),
	CONSTRAINT "reporting_periods_closed" CHECK (("reporting_periods"."state" = 'CLOSED') = ("reporting_periods"."closed_at" is not null))
);
--> statement-breakpoint
ALTER TABLE "reporting_periods" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "score_adjustments" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"period_id" uuid NOT NULL,
	"audit_id" uuid NOT NULL,
	"verdict_id" uuid,
	"labeler_id" uuid NOT NULL,
	"vendor_id" uuid NOT NULL,
	"team_id" uuid,
	"auditor_id" uuid NOT NULL,
	"reason" text NOT NULL,
	"correct_delta" numeric(2, 0) NOT NULL,
	"score_delta" numeric(7, 6),
	"recorded_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "score_adjustments_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "score_adjustments_reason" CHECK ("score_adjustments"."reason" in ('CORRECTION', 'VOID', 'APPEAL')),
	CONSTRAINT "score_adjustments_correct" CHECK ("score_adjustments"."correct_delta" between -1 and 1)
);
--> statement-breakpoint
ALTER TABLE "score_adjustments" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "clarifications" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"policy_id" uuid NOT NULL,
	"policy_version_id" uuid,
	"market" text COLLATE "C",
	"text" text NOT NULL,
	"question_id" uuid,
	"calibration_session_id" uuid,
	"published_by_id" uuid NOT NULL,
	"published_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "clarifications_project_id_id_pk" PRIMARY KEY("project_id","id")
);
--> statement-breakpoint
ALTER TABLE "clarifications" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "policy_questions" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"policy_id" uuid NOT NULL,
	"policy_version_id" uuid,
	"market" text COLLATE "C",
	"title" text NOT NULL,
	"question" text NOT NULL,
	"content_ref" text COLLATE "C",
	"state" text NOT NULL,
	"asked_by_id" uuid NOT NULL,
	"vendor_id" uuid,
	"assignee_id" uuid,
	"due_at" timestamp (3) with time zone NOT NULL,
	"answer" text,
	"answered_by_id" uuid,
	"answered_at" timestamp (3) with time zone,
	"linked_version_id" uuid,
	"closed_at" timestamp (3) with time zone,
	"close_due_at" timestamp (3) with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "policy_questions_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "policy_questions_state" CHECK ("policy_questions"."state" in ('ASKED', 'ASSIGNED', 'ANSWERED', 'CLARIFICATION_PUBLISHED', 'GAP_CONFIRMED', 'UPDATE_LINKED', 'CLOSED')),
	CONSTRAINT "policy_questions_assigned" CHECK (("policy_questions"."state" = 'ASKED') = ("policy_questions"."assignee_id" is null) or "policy_questions"."state" = 'CLOSED'),
	CONSTRAINT "policy_questions_answered" CHECK ("policy_questions"."state" not in ('ANSWERED', 'CLARIFICATION_PUBLISHED') or "policy_questions"."answer" is not null),
	CONSTRAINT "policy_questions_linked" CHECK ("policy_questions"."state" <> 'UPDATE_LINKED' or "policy_questions"."linked_version_id" is not null),
	CONSTRAINT "policy_questions_closed" CHECK (("policy_questions"."state" = 'CLOSED') = ("policy_questions"."closed_at" is not null))
);
--> statement-breakpoint
ALTER TABLE "policy_questions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "report_definitions" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"query" jsonb NOT NULL,
	"kinds" text[] NOT NULL,
	"audience" text NOT NULL,
	"is_archived" boolean DEFAULT false NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "report_definitions_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "report_definitions_audience" CHECK ("report_definitions"."audience" in ('STAFF', 'PARTNER'))
);
--> statement-breakpoint
ALTER TABLE "report_definitions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "report_snapshots" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"definition_id" uuid NOT NULL,
	"period_id" uuid NOT NULL,
	"closing" integer NOT NULL,
	"vendor_id" uuid,
	"audience" text NOT NULL,
	"as_of" timestamp (3) with time zone NOT NULL,
	"score_time" text NOT NULL,
	"query" jsonb NOT NULL,
	"measure_defs_version" integer NOT NULL,
	"data" text NOT NULL,
	"data_hash" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "report_snapshots_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "report_snapshots_once" UNIQUE NULLS NOT DISTINCT("project_id","period_id","definition_id","closing","vendor_id"),
	CONSTRAINT "report_snapshots_audience" CHECK ("report_snapshots"."audience" in ('STAFF', 'PARTNER'))
);
--> statement-breakpoint
ALTER TABLE "report_snapshots" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "audit_facts" (
	"project_id" uuid NOT NULL,
	"audit_id" uuid NOT NULL,
	"decision_id" uuid NOT NULL,
	"auditor_id" uuid NOT NULL,
	"verdict_id" uuid NOT NULL,
	"layer" text NOT NULL,
	"purpose" text NOT NULL,
	"run_id" uuid,
	"stratum_id" uuid,
	"inclusion_probability" double precision,
	"queue_id" uuid NOT NULL,
	"labeler_id" uuid NOT NULL,
	"vendor_id" uuid NOT NULL,
	"site_id" uuid,
	"team_id" uuid,
	"policy_id" uuid NOT NULL,
	"market" text COLLATE "C" NOT NULL,
	"decided_at" timestamp (3) with time zone NOT NULL,
	"modality" text NOT NULL,
	"language" text COLLATE "C",
	"policy_version_id" uuid,
	"action" text COLLATE "C",
	"submitted_at" timestamp (3) with time zone NOT NULL,
	"published_at" timestamp (3) with time zone NOT NULL,
	"day" date NOT NULL,
	"truth_policy_id" uuid NOT NULL,
	"error_type" text,
	"severity" text,
	"is_process_error" boolean NOT NULL,
	"is_correct" boolean NOT NULL,
	"is_critical" boolean NOT NULL,
	"is_labeled_violating" boolean NOT NULL,
	"is_truly_violating" boolean NOT NULL,
	"is_action_right" boolean NOT NULL,
	"score_millionths" integer,
	"failed_count" integer NOT NULL,
	"judged_count" integer NOT NULL,
	CONSTRAINT "audit_facts_project_id_audit_id_pk" PRIMARY KEY("project_id","audit_id")
);
--> statement-breakpoint
ALTER TABLE "audit_facts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "audit_rollups" (
	"project_id" uuid NOT NULL,
	"grain" text NOT NULL,
	"layer" text NOT NULL,
	"purpose" text NOT NULL,
	"day" date NOT NULL,
	"market" text COLLATE "C" NOT NULL,
	"vendor_id" uuid NOT NULL,
	"run_id" uuid,
	"stratum_id" uuid,
	"queue_id" uuid,
	"policy_id" uuid,
	"is_process_error" boolean NOT NULL,
	"audits" integer NOT NULL,
	"correct" integer NOT NULL,
	"critical" integer NOT NULL,
	"truly_violating" integer NOT NULL,
	"over_enforced" integer NOT NULL,
	"under_enforced" integer NOT NULL,
	"policy_right" integer NOT NULL,
	"action_right" integer NOT NULL,
	"scored" integer NOT NULL,
	"score_millionths" bigint NOT NULL,
	"failed_criteria" integer NOT NULL,
	"judged_criteria" integer NOT NULL,
	CONSTRAINT "audit_rollups_cell" UNIQUE NULLS NOT DISTINCT("project_id","grain","layer","purpose","day","market","vendor_id","run_id","stratum_id","queue_id","policy_id","is_process_error"),
	CONSTRAINT "audit_rollups_grain" CHECK ("audit_rollups"."grain" in ('HEADLINE', 'QUEUE_POLICY'))
);
--> statement-breakpoint
ALTER TABLE "audit_rollups" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "rollup_watermarks" (
	"project_id" uuid PRIMARY KEY NOT NULL,
	"seq" bigint NOT NULL,
	"state" text NOT NULL,
	"time_zone" text NOT NULL,
	"has_queue_policy" boolean DEFAULT false NOT NULL,
	"built_to" uuid,
	"folded_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "rollup_watermarks_state" CHECK ("rollup_watermarks"."state" in ('BUILDING', 'READY'))
);
--> statement-breakpoint
ALTER TABLE "rollup_watermarks" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "stratum_rollups" (
	"project_id" uuid NOT NULL,
	"stratum_id" uuid NOT NULL,
	"audited" integer NOT NULL,
	CONSTRAINT "stratum_rollups_project_id_stratum_id_pk" PRIMARY KEY("project_id","stratum_id")
);
--> statement-breakpoint
ALTER TABLE "stratum_rollups" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "quality_targets" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"measure" text COLLATE "C" NOT NULL,
	"queue_id" uuid,
	"market" text COLLATE "C",
	"vendor_id" uuid,
	"tenure_bucket" text,
	"value" double precision NOT NULL,
	"n_min" integer NOT NULL,
	"valid_from" date NOT NULL,
	"valid_to" date,
	"set_by_id" uuid NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "quality_targets_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "quality_targets_tenure_bucket" CHECK ("quality_targets"."tenure_bucket" in ('D0_30', 'D31_90', 'D91_180', 'D181_UP')),
	CONSTRAINT "quality_targets_period" CHECK ("quality_targets"."valid_from" <= "quality_targets"."valid_to"),
	CONSTRAINT "quality_targets_n_min" CHECK ("quality_targets"."n_min" > 0)
);
--> statement-breakpoint
ALTER TABLE "quality_targets" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "calibration_consensus" ADD CONSTRAINT "calibration_consensus_set_by_id_principals_id_fk" FOREIGN KEY ("set_by_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calibration_consensus" ADD CONSTRAINT "calibration_consensus_project_id_item_id_calibration_items_project_id_id_fk" FOREIGN KEY ("project_id","item_id") REFERENCES "public"."calibration_items"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calibration_consensus" ADD CONSTRAINT "calibration_consensus_project_id_question_id_policy_questions_project_id_id_fk" FOREIGN KEY ("project_id","question_id") REFERENCES "public"."policy_questions"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calibration_consensus" ADD CONSTRAINT "calibration_consensus_project_id_policy_id_project_policies_project_id_policy_id_fk" FOREIGN KEY ("project_id","policy_id") REFERENCES "public"."project_policies"("project_id","policy_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calibration_items" ADD CONSTRAINT "calibration_items_project_id_session_id_calibration_sessions_project_id_id_fk" FOREIGN KEY ("project_id","session_id") REFERENCES "public"."calibration_sessions"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calibration_items" ADD CONSTRAINT "calibration_items_market_markets_code_fk" FOREIGN KEY ("market") REFERENCES "public"."markets"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calibration_raters" ADD CONSTRAINT "calibration_raters_principal_id_principals_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calibration_raters" ADD CONSTRAINT "calibration_raters_project_id_session_id_calibration_sessions_project_id_id_fk" FOREIGN KEY ("project_id","session_id") REFERENCES "public"."calibration_sessions"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calibration_sessions" ADD CONSTRAINT "calibration_sessions_facilitator_id_principals_id_fk" FOREIGN KEY ("facilitator_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calibration_sessions" ADD CONSTRAINT "calibration_sessions_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calibration_sessions" ADD CONSTRAINT "calibration_sessions_project_id_policy_id_project_policies_project_id_policy_id_fk" FOREIGN KEY ("project_id","policy_id") REFERENCES "public"."project_policies"("project_id","policy_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calibration_votes" ADD CONSTRAINT "calibration_votes_principal_id_principals_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calibration_votes" ADD CONSTRAINT "calibration_votes_project_id_item_id_calibration_items_project_id_id_fk" FOREIGN KEY ("project_id","item_id") REFERENCES "public"."calibration_items"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calibration_votes" ADD CONSTRAINT "calibration_votes_project_id_session_id_principal_id_calibration_raters_project_id_session_id_principal_id_fk" FOREIGN KEY ("project_id","session_id","principal_id") REFERENCES "public"."calibration_raters"("project_id","session_id","principal_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calibration_votes" ADD CONSTRAINT "calibration_votes_project_id_policy_id_project_policies_project_id_policy_id_fk" FOREIGN KEY ("project_id","policy_id") REFERENCES "public"."project_policies"("project_id","policy_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "export_links" ADD CONSTRAINT "export_links_principal_id_principals_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reporting_periods" ADD CONSTRAINT "reporting_periods_closed_by_id_principals_id_fk" FOREIGN KEY ("closed_by_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reporting_periods" ADD CONSTRAINT "reporting_periods_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "score_adjustments" ADD CONSTRAINT "score_adjustments_labeler_id_labelers_id_fk" FOREIGN KEY ("labeler_id") REFERENCES "public"."labelers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "score_adjustments" ADD CONSTRAINT "score_adjustments_project_id_period_id_reporting_periods_project_id_id_fk" FOREIGN KEY ("project_id","period_id") REFERENCES "public"."reporting_periods"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "clarifications" ADD CONSTRAINT "clarifications_policy_version_id_policy_versions_id_fk" FOREIGN KEY ("policy_version_id") REFERENCES "public"."policy_versions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "clarifications" ADD CONSTRAINT "clarifications_published_by_id_principals_id_fk" FOREIGN KEY ("published_by_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "clarifications" ADD CONSTRAINT "clarifications_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "clarifications" ADD CONSTRAINT "clarifications_project_id_policy_id_project_policies_project_id_policy_id_fk" FOREIGN KEY ("project_id","policy_id") REFERENCES "public"."project_policies"("project_id","policy_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "clarifications" ADD CONSTRAINT "clarifications_project_id_question_id_policy_questions_project_id_id_fk" FOREIGN KEY ("project_id","question_id") REFERENCES "public"."policy_questions"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "clarifications" ADD CONSTRAINT "clarifications_market_markets_code_fk" FOREIGN KEY ("market") REFERENCES "public"."markets"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "policy_questions" ADD CONSTRAINT "policy_questions_policy_version_id_policy_versions_id_fk" FOREIGN KEY ("policy_version_id") REFERENCES "public"."policy_versions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "policy_questions" ADD CONSTRAINT "policy_questions_asked_by_id_principals_id_fk" FOREIGN KEY ("asked_by_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "policy_questions" ADD CONSTRAINT "policy_questions_assignee_id_principals_id_fk" FOREIGN KEY ("assignee_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "policy_questions" ADD CONSTRAINT "policy_questions_answered_by_id_principals_id_fk" FOREIGN KEY ("answered_by_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "policy_questions" ADD CONSTRAINT "policy_questions_linked_version_id_policy_versions_id_fk" FOREIGN KEY ("linked_version_id") REFERENCES "public"."policy_versions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "policy_questions" ADD CONSTRAINT "policy_questions_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "policy_questions" ADD CONSTRAINT "policy_questions_project_id_policy_id_project_policies_project_id_policy_id_fk" FOREIGN KEY ("project_id","policy_id") REFERENCES "public"."project_policies"("project_id","policy_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "policy_questions" ADD CONSTRAINT "policy_questions_market_markets_code_fk" FOREIGN KEY ("market") REFERENCES "public"."markets"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "report_definitions" ADD CONSTRAINT "report_definitions_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "report_snapshots" ADD CONSTRAINT "report_snapshots_vendor_id_vendors_id_fk" FOREIGN KEY ("vendor_id") REFERENCES "public"."vendors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "report_snapshots" ADD CONSTRAINT "report_snapshots_project_id_definition_id_report_definitions_project_id_id_fk" FOREIGN KEY ("project_id","definition_id") REFERENCES "public"."report_definitions"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "report_snapshots" ADD CONSTRAINT "report_snapshots_project_id_period_id_reporting_periods_project_id_id_fk" FOREIGN KEY ("project_id","period_id") REFERENCES "public"."reporting_periods"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_facts" ADD CONSTRAINT "audit_facts_project_id_audit_id_audits_project_id_id_fk" FOREIGN KEY ("project_id","audit_id") REFERENCES "public"."audits"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_rollups" ADD CONSTRAINT "audit_rollups_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rollup_watermarks" ADD CONSTRAINT "rollup_watermarks_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stratum_rollups" ADD CONSTRAINT "stratum_rollups_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "quality_targets" ADD CONSTRAINT "quality_targets_vendor_id_vendors_id_fk" FOREIGN KEY ("vendor_id") REFERENCES "public"."vendors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "quality_targets" ADD CONSTRAINT "quality_targets_set_by_id_principals_id_fk" FOREIGN KEY ("set_by_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "quality_targets" ADD CONSTRAINT "quality_targets_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "quality_targets" ADD CONSTRAINT "quality_targets_project_id_queue_id_queues_project_id_id_fk" FOREIGN KEY ("project_id","queue_id") REFERENCES "public"."queues"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "quality_targets" ADD CONSTRAINT "quality_targets_market_markets_code_fk" FOREIGN KEY ("market") REFERENCES "public"."markets"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "calibration_items_content" ON "calibration_items" USING btree ("project_id","session_id","content_hash");--> statement-breakpoint
CREATE INDEX "calibration_raters_principal" ON "calibration_raters" USING btree ("principal_id");--> statement-breakpoint
CREATE INDEX "calibration_sessions_closes" ON "calibration_sessions" USING btree ("closes_at") WHERE state = 'OPEN';--> statement-breakpoint
CREATE UNIQUE INDEX "calibration_votes_once" ON "calibration_votes" USING btree ("project_id","item_id","principal_id");--> statement-breakpoint
CREATE INDEX "calibration_votes_session" ON "calibration_votes" USING btree ("project_id","session_id");--> statement-breakpoint
CREATE INDEX "export_links_principal" ON "export_links" USING btree ("principal_id");--> statement-breakpoint
CREATE INDEX "reporting_periods_close_due" ON "reporting_periods" USING btree ("close_due_at") WHERE state = 'OPEN';--> statement-breakpoint
CREATE INDEX "score_adjustments_period" ON "score_adjustments" USING btree ("project_id","period_id");--> statement-breakpoint
CREATE INDEX "clarifications_policy" ON "clarifications" USING btree ("project_id","policy_id");--> statement-breakpoint
CREATE INDEX "policy_questions_policy" ON "policy_questions" USING btree ("project_id","policy_id");--> statement-breakpoint
CREATE INDEX "policy_questions_due" ON "policy_questions" USING btree ("project_id","due_at") WHERE state in ('ASKED', 'ASSIGNED');--> statement-breakpoint
CREATE INDEX "policy_questions_close_due" ON "policy_questions" USING btree ("close_due_at") WHERE state <> 'CLOSED';--> statement-breakpoint
CREATE INDEX "report_snapshots_definition" ON "report_snapshots" USING btree ("project_id","definition_id");--> statement-breakpoint
CREATE INDEX "audit_facts_decision" ON "audit_facts" USING btree ("project_id","layer","decision_id");--> statement-breakpoint
CREATE INDEX "audit_facts_chances" ON "audit_facts" USING btree ("project_id","decision_id") WHERE inclusion_probability is not null;--> statement-breakpoint
CREATE INDEX "quality_targets_measure" ON "quality_targets" USING btree ("project_id","measure");--> statement-breakpoint
CREATE POLICY "assay_owner" ON "calibration_consensus" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "calibration_consensus" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "calibration_consensus" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("calibration_consensus"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("calibration_consensus"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "calibration_consensus" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("calibration_consensus"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("calibration_consensus"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "calibration_consensus" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("calibration_consensus"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("calibration_consensus"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "calibration_consensus" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("calibration_consensus"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("calibration_consensus"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "calibration_consensus" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("calibration_consensus"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and exists (select from calibration_sessions s where s.project_id = calibration_consensus.project_id and s.id = calibration_consensus.session_id and s.state in ('PUBLISHED'))) WITH CHECK ("calibration_consensus"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and exists (select from calibration_sessions s where s.project_id = calibration_consensus.project_id and s.id = calibration_consensus.session_id and s.state in ('PUBLISHED')));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "calibration_consensus" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("calibration_consensus"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and exists (select from calibration_sessions s where s.project_id = calibration_consensus.project_id and s.id = calibration_consensus.session_id and s.state in ('PUBLISHED'))) WITH CHECK ("calibration_consensus"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and exists (select from calibration_sessions s where s.project_id = calibration_consensus.project_id and s.id = calibration_consensus.session_id and s.state in ('PUBLISHED')));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "calibration_consensus" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("calibration_consensus"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and exists (select from calibration_sessions s where s.project_id = calibration_consensus.project_id and s.id = calibration_consensus.session_id and s.state in ('PUBLISHED'))) WITH CHECK ("calibration_consensus"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and exists (select from calibration_sessions s where s.project_id = calibration_consensus.project_id and s.id = calibration_consensus.session_id and s.state in ('PUBLISHED')));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "calibration_consensus" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "calibration_items" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "calibration_items" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "calibration_items" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("calibration_items"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("calibration_items"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "calibration_items" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (exists (select from calibration_sessions s
      where s.project_id = calibration_items.project_id and s.id = calibration_items.session_id)) WITH CHECK (exists (select from calibration_sessions s
      where s.project_id = calibration_items.project_id and s.id = calibration_items.session_id));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "calibration_items" AS PERMISSIVE FOR ALL TO "assay_policy" USING (exists (select from calibration_sessions s
      where s.project_id = calibration_items.project_id and s.id = calibration_items.session_id)) WITH CHECK (exists (select from calibration_sessions s
      where s.project_id = calibration_items.project_id and s.id = calibration_items.session_id));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "calibration_items" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("calibration_items"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("calibration_items"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "calibration_items" AS PERMISSIVE FOR ALL TO "assay_partner" USING (exists (select from calibration_sessions s
      where s.project_id = calibration_items.project_id and s.id = calibration_items.session_id)) WITH CHECK (exists (select from calibration_sessions s
      where s.project_id = calibration_items.project_id and s.id = calibration_items.session_id));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "calibration_items" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING (exists (select from calibration_sessions s
      where s.project_id = calibration_items.project_id and s.id = calibration_items.session_id)) WITH CHECK (exists (select from calibration_sessions s
      where s.project_id = calibration_items.project_id and s.id = calibration_items.session_id));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "calibration_items" AS PERMISSIVE FOR ALL TO "assay_labeler" USING (exists (select from calibration_sessions s
      where s.project_id = calibration_items.project_id and s.id = calibration_items.session_id)) WITH CHECK (exists (select from calibration_sessions s
      where s.project_id = calibration_items.project_id and s.id = calibration_items.session_id));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "calibration_items" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "calibration_raters" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "calibration_raters" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "calibration_raters" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("calibration_raters"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("calibration_raters"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "calibration_raters" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("calibration_raters"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("calibration_raters"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "calibration_raters" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("calibration_raters"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("calibration_raters"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "calibration_raters" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("calibration_raters"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("calibration_raters"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "calibration_raters" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("calibration_raters"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "calibration_raters"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("calibration_raters"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "calibration_raters"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "calibration_raters" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("calibration_raters"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "calibration_raters"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("calibration_raters"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "calibration_raters"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "calibration_raters" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("calibration_raters"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "calibration_raters"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("calibration_raters"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "calibration_raters"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "calibration_raters" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "calibration_sessions" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "calibration_sessions" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "calibration_sessions" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("calibration_sessions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("calibration_sessions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "calibration_sessions" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("calibration_sessions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and
      ("calibration_sessions"."state" in ('CLOSED', 'DISCUSSION', 'CONSENSUS', 'PUBLISHED') or "calibration_sessions"."facilitator_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid) or exists (select from calibration_raters r where r.project_id = calibration_sessions.project_id and r.session_id = calibration_sessions.id
    and r.principal_id = (select nullif(current_setting('app.principal_id', true), '')::uuid)))) WITH CHECK ("calibration_sessions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and
      ("calibration_sessions"."state" in ('CLOSED', 'DISCUSSION', 'CONSENSUS', 'PUBLISHED') or "calibration_sessions"."facilitator_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid) or exists (select from calibration_raters r where r.project_id = calibration_sessions.project_id and r.session_id = calibration_sessions.id
    and r.principal_id = (select nullif(current_setting('app.principal_id', true), '')::uuid))));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "calibration_sessions" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("calibration_sessions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and
      ("calibration_sessions"."state" in ('CLOSED', 'DISCUSSION', 'CONSENSUS', 'PUBLISHED') or "calibration_sessions"."facilitator_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid) or exists (select from calibration_raters r where r.project_id = calibration_sessions.project_id and r.session_id = calibration_sessions.id
    and r.principal_id = (select nullif(current_setting('app.principal_id', true), '')::uuid)))) WITH CHECK ("calibration_sessions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and
      ("calibration_sessions"."state" in ('CLOSED', 'DISCUSSION', 'CONSENSUS', 'PUBLISHED') or "calibration_sessions"."facilitator_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid) or exists (select from calibration_raters r where r.project_id = calibration_sessions.project_id and r.session_id = calibration_sessions.id
    and r.principal_id = (select nullif(current_setting('app.principal_id', true), '')::uuid))));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "calibration_sessions" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("calibration_sessions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("calibration_sessions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "calibration_sessions" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("calibration_sessions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and exists (select from calibration_raters r where r.project_id = calibration_sessions.project_id and r.session_id = calibration_sessions.id
    and r.principal_id = (select nullif(current_setting('app.principal_id', true), '')::uuid))) WITH CHECK ("calibration_sessions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and exists (select from calibration_raters r where r.project_id = calibration_sessions.project_id and r.session_id = calibration_sessions.id
    and r.principal_id = (select nullif(current_setting('app.principal_id', true), '')::uuid)));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "calibration_sessions" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("calibration_sessions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and exists (select from calibration_raters r where r.project_id = calibration_sessions.project_id and r.session_id = calibration_sessions.id
    and r.principal_id = (select nullif(current_setting('app.principal_id', true), '')::uuid))) WITH CHECK ("calibration_sessions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and exists (select from calibration_raters r where r.project_id = calibration_sessions.project_id and r.session_id = calibration_sessions.id
    and r.principal_id = (select nullif(current_setting('app.principal_id', true), '')::uuid)));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "calibration_sessions" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("calibration_sessions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and exists (select from calibration_raters r where r.project_id = calibration_sessions.project_id and r.session_id = calibration_sessions.id
    and r.principal_id = (select nullif(current_setting('app.principal_id', true), '')::uuid))) WITH CHECK ("calibration_sessions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and exists (select from calibration_raters r where r.project_id = calibration_sessions.project_id and r.session_id = calibration_sessions.id
    and r.principal_id = (select nullif(current_setting('app.principal_id', true), '')::uuid)));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "calibration_sessions" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "calibration_votes" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "calibration_votes" AS PERMISSIVE FOR ALL TO "assay_admin" USING ("calibration_votes"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid) or exists (select from calibration_sessions s where s.project_id = calibration_votes.project_id and s.id = calibration_votes.session_id and s.state in ('CLOSED', 'DISCUSSION', 'CONSENSUS', 'PUBLISHED'))) WITH CHECK ("calibration_votes"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid) or exists (select from calibration_sessions s where s.project_id = calibration_votes.project_id and s.id = calibration_votes.session_id and s.state in ('CLOSED', 'DISCUSSION', 'CONSENSUS', 'PUBLISHED')));--> statement-breakpoint
CREATE POLICY "assay_lead" ON "calibration_votes" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("calibration_votes"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and
      ("calibration_votes"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid) or exists (select from calibration_sessions s where s.project_id = calibration_votes.project_id and s.id = calibration_votes.session_id and s.state in ('CLOSED', 'DISCUSSION', 'CONSENSUS', 'PUBLISHED')))) WITH CHECK ("calibration_votes"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and
      ("calibration_votes"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid) or exists (select from calibration_sessions s where s.project_id = calibration_votes.project_id and s.id = calibration_votes.session_id and s.state in ('CLOSED', 'DISCUSSION', 'CONSENSUS', 'PUBLISHED'))));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "calibration_votes" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("calibration_votes"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and
      ("calibration_votes"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid) or exists (select from calibration_sessions s where s.project_id = calibration_votes.project_id and s.id = calibration_votes.session_id and s.state in ('DISCUSSION', 'CONSENSUS', 'PUBLISHED')))) WITH CHECK ("calibration_votes"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and
      ("calibration_votes"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid) or exists (select from calibration_sessions s where s.project_id = calibration_votes.project_id and s.id = calibration_votes.session_id and s.state in ('DISCUSSION', 'CONSENSUS', 'PUBLISHED'))));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "calibration_votes" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("calibration_votes"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and
      ("calibration_votes"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid) or exists (select from calibration_sessions s where s.project_id = calibration_votes.project_id and s.id = calibration_votes.session_id and s.state in ('DISCUSSION', 'CONSENSUS', 'PUBLISHED')))) WITH CHECK ("calibration_votes"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and
      ("calibration_votes"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid) or exists (select from calibration_sessions s where s.project_id = calibration_votes.project_id and s.id = calibration_votes.session_id and s.state in ('DISCUSSION', 'CONSENSUS', 'PUBLISHED'))));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "calibration_votes" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("calibration_votes"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and
      ("calibration_votes"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid) or exists (select from calibration_sessions s where s.project_id = calibration_votes.project_id and s.id = calibration_votes.session_id and s.state in ('CLOSED', 'DISCUSSION', 'CONSENSUS', 'PUBLISHED')))) WITH CHECK ("calibration_votes"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and
      ("calibration_votes"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid) or exists (select from calibration_sessions s where s.project_id = calibration_votes.project_id and s.id = calibration_votes.session_id and s.state in ('CLOSED', 'DISCUSSION', 'CONSENSUS', 'PUBLISHED'))));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "calibration_votes" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("calibration_votes"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "calibration_votes"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("calibration_votes"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "calibration_votes"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "calibration_votes" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("calibration_votes"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "calibration_votes"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("calibration_votes"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "calibration_votes"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "calibration_votes" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("calibration_votes"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "calibration_votes"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("calibration_votes"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "calibration_votes"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "calibration_votes" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "export_links" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "export_links" AS PERMISSIVE FOR ALL TO "assay_admin" USING ("export_links"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("export_links"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_lead" ON "export_links" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("export_links"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("export_links"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "export_links" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("export_links"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("export_links"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "export_links" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("export_links"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("export_links"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "export_links" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("export_links"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("export_links"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "export_links" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("export_links"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("export_links"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "export_links" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("export_links"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("export_links"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "export_links" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("export_links"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("export_links"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_service" ON "export_links" AS PERMISSIVE FOR ALL TO "assay_service" USING ("export_links"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("export_links"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "export_links" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "reporting_periods" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "reporting_periods" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "reporting_periods" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("reporting_periods"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("reporting_periods"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "reporting_periods" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("reporting_periods"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("reporting_periods"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "reporting_periods" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("reporting_periods"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("reporting_periods"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "reporting_periods" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("reporting_periods"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("reporting_periods"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "reporting_periods" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("reporting_periods"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("reporting_periods"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "reporting_periods" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("reporting_periods"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("reporting_periods"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_service" ON "reporting_periods" AS PERMISSIVE FOR ALL TO "assay_service" USING ("reporting_periods"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("reporting_periods"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "reporting_periods" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "score_adjustments" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "score_adjustments" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "score_adjustments" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("score_adjustments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("score_adjustments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "score_adjustments" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("score_adjustments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "score_adjustments"."auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("score_adjustments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "score_adjustments"."auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "score_adjustments" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("score_adjustments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("score_adjustments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "score_adjustments" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("score_adjustments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("score_adjustments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "score_adjustments" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("score_adjustments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "score_adjustments"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("score_adjustments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "score_adjustments"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "score_adjustments" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("score_adjustments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "score_adjustments"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and "score_adjustments"."team_id" = (select nullif(current_setting('app.team_id', true), '')::uuid)) WITH CHECK ("score_adjustments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "score_adjustments"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and "score_adjustments"."team_id" = (select nullif(current_setting('app.team_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "score_adjustments" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("score_adjustments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "score_adjustments"."labeler_id" = (select nullif(current_setting('app.labeler_id', true), '')::uuid)) WITH CHECK ("score_adjustments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "score_adjustments"."labeler_id" = (select nullif(current_setting('app.labeler_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "score_adjustments" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "clarifications" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "clarifications" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "clarifications" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("clarifications"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("clarifications"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "clarifications" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("clarifications"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("clarifications"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "clarifications" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("clarifications"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("clarifications"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "clarifications" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("clarifications"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("clarifications"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "clarifications" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("clarifications"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("clarifications"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "clarifications" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("clarifications"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("clarifications"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "clarifications" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("clarifications"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("clarifications"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "clarifications" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "policy_questions" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "policy_questions" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "policy_questions" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("policy_questions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("policy_questions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "policy_questions" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("policy_questions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("policy_questions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "policy_questions" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("policy_questions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("policy_questions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "policy_questions" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("policy_questions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("policy_questions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "policy_questions" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("policy_questions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "policy_questions"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("policy_questions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "policy_questions"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "policy_questions" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("policy_questions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "policy_questions"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("policy_questions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "policy_questions"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "policy_questions" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("policy_questions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "policy_questions"."asked_by_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("policy_questions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "policy_questions"."asked_by_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "policy_questions" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "report_definitions" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "report_definitions" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "report_definitions" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("report_definitions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("report_definitions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "report_definitions" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("report_definitions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("report_definitions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "report_definitions" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("report_definitions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("report_definitions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "report_definitions" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("report_definitions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("report_definitions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "report_definitions" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("report_definitions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "report_definitions"."audience" = 'PARTNER') WITH CHECK ("report_definitions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "report_definitions"."audience" = 'PARTNER');--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "report_definitions" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("report_definitions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "report_definitions"."audience" = 'PARTNER') WITH CHECK ("report_definitions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "report_definitions"."audience" = 'PARTNER');--> statement-breakpoint
CREATE POLICY "assay_worker" ON "report_definitions" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "report_snapshots" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "report_snapshots" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "report_snapshots" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("report_snapshots"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("report_snapshots"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "report_snapshots" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("report_snapshots"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("report_snapshots"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "report_snapshots" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("report_snapshots"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("report_snapshots"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "report_snapshots" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("report_snapshots"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("report_snapshots"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "report_snapshots" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("report_snapshots"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "report_snapshots"."audience" = 'PARTNER' and "report_snapshots"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("report_snapshots"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "report_snapshots"."audience" = 'PARTNER' and "report_snapshots"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "report_snapshots" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("report_snapshots"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "report_snapshots"."audience" = 'PARTNER' and "report_snapshots"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("report_snapshots"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "report_snapshots"."audience" = 'PARTNER' and "report_snapshots"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "report_snapshots" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "audit_facts" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "audit_facts" AS PERMISSIVE FOR ALL TO "assay_admin" USING ((audit_facts.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audit_facts.decision_id <> all ((select blind_decisions())::uuid[]))) WITH CHECK ((audit_facts.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audit_facts.decision_id <> all ((select blind_decisions())::uuid[])));--> statement-breakpoint
CREATE POLICY "assay_lead" ON "audit_facts" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("audit_facts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audit_facts.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audit_facts.decision_id <> all ((select blind_decisions())::uuid[]))) WITH CHECK ("audit_facts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audit_facts.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audit_facts.decision_id <> all ((select blind_decisions())::uuid[])));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "audit_facts" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("audit_facts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audit_facts.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audit_facts.decision_id <> all ((select blind_decisions())::uuid[]))) WITH CHECK ("audit_facts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audit_facts.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audit_facts.decision_id <> all ((select blind_decisions())::uuid[])));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "audit_facts" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("audit_facts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audit_facts.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audit_facts.decision_id <> all ((select blind_decisions())::uuid[]))) WITH CHECK ("audit_facts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audit_facts.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audit_facts.decision_id <> all ((select blind_decisions())::uuid[])));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "audit_facts" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("audit_facts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audit_facts.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audit_facts.decision_id <> all ((select blind_decisions())::uuid[]))) WITH CHECK ("audit_facts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audit_facts.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audit_facts.decision_id <> all ((select blind_decisions())::uuid[])));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "audit_facts" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("audit_facts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audit_facts.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audit_facts.decision_id <> all ((select blind_decisions())::uuid[])) and "audit_facts"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("audit_facts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audit_facts.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audit_facts.decision_id <> all ((select blind_decisions())::uuid[])) and "audit_facts"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "audit_facts" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("audit_facts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audit_facts.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audit_facts.decision_id <> all ((select blind_decisions())::uuid[])) and "audit_facts"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and "audit_facts"."team_id" = (select nullif(current_setting('app.team_id', true), '')::uuid)) WITH CHECK ("audit_facts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audit_facts.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audit_facts.decision_id <> all ((select blind_decisions())::uuid[])) and "audit_facts"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and "audit_facts"."team_id" = (select nullif(current_setting('app.team_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "audit_facts" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("audit_facts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "audit_facts"."labeler_id" = (select nullif(current_setting('app.labeler_id', true), '')::uuid)) WITH CHECK ("audit_facts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "audit_facts"."labeler_id" = (select nullif(current_setting('app.labeler_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_service" ON "audit_facts" AS PERMISSIVE FOR ALL TO "assay_service" USING ("audit_facts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("audit_facts"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null)) WITH CHECK ("audit_facts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("audit_facts"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "audit_facts" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "audit_rollups" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "audit_rollups" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "audit_rollups" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("audit_rollups"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("audit_rollups"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "audit_rollups" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("audit_rollups"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("audit_rollups"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "audit_rollups" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("audit_rollups"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("audit_rollups"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "audit_rollups" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("audit_rollups"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("audit_rollups"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "audit_rollups" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("audit_rollups"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "audit_rollups"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("audit_rollups"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "audit_rollups"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_service" ON "audit_rollups" AS PERMISSIVE FOR ALL TO "assay_service" USING ("audit_rollups"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("audit_rollups"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null)) WITH CHECK ("audit_rollups"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("audit_rollups"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "audit_rollups" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "rollup_watermarks" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "rollup_watermarks" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "rollup_watermarks" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("rollup_watermarks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("rollup_watermarks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "rollup_watermarks" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("rollup_watermarks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("rollup_watermarks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "rollup_watermarks" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("rollup_watermarks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("rollup_watermarks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "rollup_watermarks" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("rollup_watermarks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("rollup_watermarks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "rollup_watermarks" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("rollup_watermarks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("rollup_watermarks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "rollup_watermarks" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("rollup_watermarks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("rollup_watermarks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "rollup_watermarks" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("rollup_watermarks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("rollup_watermarks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_service" ON "rollup_watermarks" AS PERMISSIVE FOR ALL TO "assay_service" USING ("rollup_watermarks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("rollup_watermarks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "rollup_watermarks" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "stratum_rollups" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "stratum_rollups" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "stratum_rollups" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("stratum_rollups"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("stratum_rollups"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "stratum_rollups" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("stratum_rollups"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("stratum_rollups"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "stratum_rollups" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "quality_targets" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "quality_targets" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "quality_targets" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("quality_targets"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("quality_targets"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "quality_targets" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("quality_targets"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("quality_targets"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "quality_targets" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("quality_targets"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("quality_targets"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "quality_targets" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("quality_targets"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("quality_targets"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "quality_targets" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("quality_targets"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("quality_targets"."vendor_id" is null or "quality_targets"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid))) WITH CHECK ("quality_targets"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("quality_targets"."vendor_id" is null or "quality_targets"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "quality_targets" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("quality_targets"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("quality_targets"."vendor_id" is null or "quality_targets"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid))) WITH CHECK ("quality_targets"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("quality_targets"."vendor_id" is null or "quality_targets"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "quality_targets" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("quality_targets"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("quality_targets"."vendor_id" is null or "quality_targets"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid))) WITH CHECK ("quality_targets"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("quality_targets"."vendor_id" is null or "quality_targets"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)));--> statement-breakpoint
CREATE POLICY "assay_service" ON "quality_targets" AS PERMISSIVE FOR ALL TO "assay_service" USING ("quality_targets"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("quality_targets"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "quality_targets" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);