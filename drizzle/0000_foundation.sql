CREATE TABLE "audits" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"sample_id" uuid NOT NULL,
	"decision_id" uuid NOT NULL,
	"run_id" uuid,
	"stratum_id" uuid,
	"auditor_id" uuid NOT NULL,
	"role" text NOT NULL,
	"layer" text NOT NULL,
	"purpose" text NOT NULL,
	"is_blind" boolean NOT NULL,
	"state" text NOT NULL,
	"scorecard_version_id" uuid,
	"policy_version_id" uuid,
	"revealed_at" timestamp (3) with time zone,
	"submitted_at" timestamp (3) with time zone,
	"publish_due_at" timestamp (3) with time zone,
	"published_at" timestamp (3) with time zone,
	"is_partner_visible" boolean DEFAULT false NOT NULL,
	"comment" text,
	"content_ref" text COLLATE "C" NOT NULL,
	"content_hash" "bytea" NOT NULL,
	"modality" text NOT NULL,
	"language" text COLLATE "C",
	"queue_id" uuid NOT NULL,
	"labeler_id" uuid NOT NULL,
	"vendor_id" uuid NOT NULL,
	"site_id" uuid,
	"team_id" uuid,
	"policy_id" uuid NOT NULL,
	"market" text COLLATE "C" NOT NULL,
	"decided_at" timestamp (3) with time zone NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "audits_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "audits_role" CHECK ("audits"."role" in ('PRIMARY', 'SECOND', 'ATA')),
	CONSTRAINT "audits_layer" CHECK ("audits"."layer" in ('VENDOR', 'CLIENT')),
	CONSTRAINT "audits_state" CHECK ("audits"."state" in ('DRAFT', 'REVEALED', 'SUBMITTED', 'DOUBLE_PENDING', 'ADJUDICATION', 'PUBLISHED', 'ACKNOWLEDGED', 'APPEALED', 'FINAL', 'VOIDED')),
	CONSTRAINT "audits_purpose" CHECK ("audits"."purpose" in ('RANDOM', 'RISK', 'RAMP', 'TARGETED', 'GOLDEN')),
	CONSTRAINT "audits_published" CHECK ("audits"."published_at" is not null or "audits"."state" in ('DRAFT', 'REVEALED', 'SUBMITTED', 'DOUBLE_PENDING', 'ADJUDICATION', 'VOIDED')),
	CONSTRAINT "audits_partner_visible" CHECK (not "audits"."is_partner_visible" or "audits"."published_at" is not null)
);
--> statement-breakpoint
ALTER TABLE "audits" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "verdicts" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"audit_id" uuid NOT NULL,
	"decision_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"outcome" text NOT NULL,
	"truth_policy_id" uuid NOT NULL,
	"truth_action" text COLLATE "C",
	"error_type" text,
	"attribution" text,
	"is_grace_applied" boolean DEFAULT false NOT NULL,
	"reason" text NOT NULL,
	"is_after_reveal" boolean NOT NULL,
	"actor_id" uuid NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"queue_id" uuid NOT NULL,
	"labeler_id" uuid NOT NULL,
	"vendor_id" uuid NOT NULL,
	"site_id" uuid,
	"team_id" uuid,
	"policy_id" uuid NOT NULL,
	"market" text COLLATE "C" NOT NULL,
	"decided_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "verdicts_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "verdicts_outcome" CHECK ("verdicts"."outcome" in ('CORRECT', 'INCORRECT')),
	CONSTRAINT "verdicts_error_type" CHECK ("verdicts"."error_type" in ('OVER_ENFORCEMENT', 'UNDER_ENFORCEMENT', 'WRONG_POLICY', 'WRONG_ACTION', 'TECHNICAL')),
	CONSTRAINT "verdicts_attribution" CHECK ("verdicts"."attribution" in ('LABELER', 'PROCESS')),
	CONSTRAINT "verdicts_reason" CHECK ("verdicts"."reason" in ('INITIAL', 'AMENDED', 'ADJUDICATION', 'APPEAL', 'CORRECTION')),
	CONSTRAINT "verdicts_error" CHECK (("verdicts"."outcome" = 'INCORRECT') = ("verdicts"."error_type" is not null) and ("verdicts"."outcome" = 'INCORRECT') = ("verdicts"."attribution" is not null))
);
--> statement-breakpoint
ALTER TABLE "verdicts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "decision_refs" (
	"project_id" uuid NOT NULL,
	"vendor_id" uuid NOT NULL,
	"external_ref" text COLLATE "C" NOT NULL,
	"decision_id" uuid NOT NULL,
	"print" "bytea" NOT NULL,
	CONSTRAINT "decision_refs_project_id_vendor_id_external_ref_pk" PRIMARY KEY("project_id","vendor_id","external_ref")
);
--> statement-breakpoint
ALTER TABLE "decision_refs" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "decisions" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"external_ref" text COLLATE "C" NOT NULL,
	"content_ref" text COLLATE "C" NOT NULL,
	"content_hash" "bytea" NOT NULL,
	"modality" text NOT NULL,
	"language" text COLLATE "C",
	"queue_id" uuid NOT NULL,
	"labeler_id" uuid NOT NULL,
	"vendor_id" uuid NOT NULL,
	"site_id" uuid,
	"team_id" uuid,
	"policy_id" uuid NOT NULL,
	"market" text COLLATE "C" NOT NULL,
	"decided_at" timestamp (3) with time zone NOT NULL,
	"policy_version_id" uuid,
	"action" text COLLATE "C",
	"tags" text[] DEFAULT '{}' NOT NULL,
	"risk_score" double precision,
	"enqueued_at" timestamp (3) with time zone,
	"claimed_at" timestamp (3) with time zone,
	"handle_seconds" double precision,
	"recorded_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "decisions_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "decisions_modality" CHECK ("decisions"."modality" in ('TEXT', 'IMAGE', 'VIDEO', 'AUDIO', 'LIVE', 'PROFILE')),
	CONSTRAINT "decisions_id_is_time" CHECK ((extract(epoch from "decisions"."decided_at") * 1000)::bigint = ('x' || left(replace("decisions"."id"::text, '-', ''), 12))::bit(48)::bigint),
	CONSTRAINT "decisions_risk_score" CHECK ("decisions"."risk_score" >= 0),
	CONSTRAINT "decisions_handle_seconds" CHECK ("decisions"."handle_seconds" >= 0)
) PARTITION BY RANGE ("id");
--> statement-breakpoint
ALTER TABLE "decisions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "event_seals" (
	"project_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"event_id" uuid NOT NULL,
	"hash" "bytea" NOT NULL,
	"sealed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "event_seals_project_id_seq_pk" PRIMARY KEY("project_id","seq")
);
--> statement-breakpoint
ALTER TABLE "event_seals" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "events" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"type" text COLLATE "C" NOT NULL,
	"subject_type" text COLLATE "C" NOT NULL,
	"subject_id" uuid NOT NULL,
	"actor_id" uuid NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"from_state" text COLLATE "C",
	"to_state" text COLLATE "C",
	"reason" text,
	"payload" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"vendor_id" uuid,
	"team_id" uuid,
	"labeler_id" uuid,
	"auditor_id" uuid,
	"is_project_visible" boolean NOT NULL,
	"is_partner_visible" boolean NOT NULL,
	"is_staff_visible" boolean NOT NULL,
	"transaction_id" "xid8" DEFAULT pg_current_xact_id() NOT NULL,
	CONSTRAINT "events_project_id_id_pk" PRIMARY KEY("project_id","id")
);
--> statement-breakpoint
ALTER TABLE "events" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "sealer_state" (
	"id" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"sealed_before" "xid8" NOT NULL
);
--> statement-breakpoint
ALTER TABLE "sealer_state" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "golden_items" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"content_ref" text COLLATE "C" NOT NULL,
	"content_hash" "bytea" NOT NULL,
	"truth_policy_id" uuid NOT NULL,
	"truth_action" text COLLATE "C",
	"policy_version_id" uuid,
	"source" text,
	"rule" text,
	"status" text NOT NULL,
	"active_from" timestamp (3) with time zone NOT NULL,
	"active_to" timestamp (3) with time zone,
	"exposure_count" integer DEFAULT 0 NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "golden_items_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "golden_items_status" CHECK ("golden_items"."status" in ('ACTIVE', 'NEEDS_REVIEW', 'RETIRED')),
	CONSTRAINT "golden_items_period" CHECK ("golden_items"."active_from" < "golden_items"."active_to")
);
--> statement-breakpoint
ALTER TABLE "golden_items" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "api_clients" (
	"id" uuid PRIMARY KEY NOT NULL,
	"principal_id" uuid NOT NULL,
	"name" text NOT NULL,
	"prefix" text COLLATE "C" NOT NULL,
	"key_hash" text COLLATE "C" NOT NULL,
	"scopes" text[] DEFAULT '{}' NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "api_clients_key" UNIQUE("key_hash")
);
--> statement-breakpoint
ALTER TABLE "api_clients" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"principal_id" uuid NOT NULL,
	"key" text COLLATE "C" NOT NULL,
	"request_hash" text COLLATE "C" NOT NULL,
	"response" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "idempotency_keys_principal_id_key_pk" PRIMARY KEY("principal_id","key")
);
--> statement-breakpoint
ALTER TABLE "idempotency_keys" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "principals" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"email" text,
	"issuer" text COLLATE "C",
	"subject" text COLLATE "C",
	"deactivated_at" timestamp (3) with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "principals_kind" CHECK ("principals"."kind" in ('PERSON', 'SERVICE', 'SYSTEM')),
	CONSTRAINT "principals_subject_whole" CHECK (("principals"."issuer" is null) = ("principals"."subject" is null))
);
--> statement-breakpoint
ALTER TABLE "principals" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "role_grants" (
	"id" uuid PRIMARY KEY NOT NULL,
	"principal_id" uuid NOT NULL,
	"role" text NOT NULL,
	"project_id" uuid,
	"vendor_id" uuid,
	"team_id" uuid,
	"labeler_id" uuid,
	"can_adjudicate" boolean DEFAULT false NOT NULL,
	"reason" text,
	"expires_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "role_grants_once" UNIQUE NULLS NOT DISTINCT("principal_id","role","project_id","vendor_id","team_id","labeler_id"),
	CONSTRAINT "role_grants_role" CHECK ("role_grants"."role" in ('ADMIN', 'QA_LEAD', 'POLICY_MANAGER', 'AUDITOR', 'ANALYST', 'VENDOR_MANAGER', 'VENDOR_QA', 'LABELER', 'SERVICE')),
	CONSTRAINT "role_grants_project" CHECK ("role_grants"."role" = 'SERVICE' or ("role_grants"."project_id" is null) = ("role_grants"."role" = 'ADMIN')),
	CONSTRAINT "role_grants_vendor" CHECK ("role_grants"."role" = 'SERVICE' or ("role_grants"."vendor_id" is not null) = ("role_grants"."role" in ('VENDOR_MANAGER', 'VENDOR_QA', 'LABELER'))),
	CONSTRAINT "role_grants_team" CHECK ("role_grants"."team_id" is null or "role_grants"."role" in ('VENDOR_MANAGER', 'VENDOR_QA')),
	CONSTRAINT "role_grants_labeler" CHECK (("role_grants"."labeler_id" is not null) = ("role_grants"."role" = 'LABELER')),
	CONSTRAINT "role_grants_adjudicate" CHECK (not "role_grants"."can_adjudicate" or "role_grants"."role" in ('AUDITOR', 'QA_LEAD'))
);
--> statement-breakpoint
ALTER TABLE "role_grants" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "labeler_assignments" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"queue_id" uuid NOT NULL,
	"labeler_id" uuid NOT NULL,
	"vendor_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"from" timestamp (3) with time zone NOT NULL,
	"to" timestamp (3) with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "labeler_assignments_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "labeler_assignments_kind" CHECK ("labeler_assignments"."kind" in ('PRIMARY', 'BACKFILL')),
	CONSTRAINT "labeler_assignments_period" CHECK ("labeler_assignments"."from" <= "labeler_assignments"."to")
);
--> statement-breakpoint
ALTER TABLE "labeler_assignments" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "labeler_memberships" (
	"id" uuid PRIMARY KEY NOT NULL,
	"labeler_id" uuid NOT NULL,
	"vendor_id" uuid NOT NULL,
	"site_id" uuid,
	"team_id" uuid,
	"from" timestamp (3) with time zone NOT NULL,
	"to" timestamp (3) with time zone,
	CONSTRAINT "labeler_memberships_period" CHECK ("labeler_memberships"."from" <= "labeler_memberships"."to")
);
--> statement-breakpoint
ALTER TABLE "labeler_memberships" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "labelers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"vendor_id" uuid NOT NULL,
	"external_ref" text COLLATE "C" NOT NULL,
	"pseudonym" text COLLATE "C" NOT NULL,
	"name" text,
	"kind" text NOT NULL,
	"site_id" uuid,
	"team_id" uuid,
	"hired_on" date,
	"go_live_at" timestamp (3) with time zone,
	"status" text NOT NULL,
	"paused_from" text,
	"pause_reason" text,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "labelers_pseudonym" UNIQUE("pseudonym"),
	CONSTRAINT "labelers_external_ref" UNIQUE("vendor_id","external_ref"),
	CONSTRAINT "labelers_vendor" UNIQUE("vendor_id","id"),
	CONSTRAINT "labelers_kind" CHECK ("labelers"."kind" in ('HUMAN', 'MODEL')),
	CONSTRAINT "labelers_status" CHECK ("labelers"."status" in ('TRAINING', 'NESTING', 'PRODUCTION', 'PAUSED', 'OFFBOARDED')),
	CONSTRAINT "labelers_pause_reason" CHECK ("labelers"."pause_reason" in ('QUALITY', 'EXPOSURE', 'POLICY_ACK', 'ADMIN')),
	CONSTRAINT "labelers_paused" CHECK (("labelers"."status" = 'PAUSED') = ("labelers"."pause_reason" is not null) and ("labelers"."status" = 'PAUSED') = ("labelers"."paused_from" is not null))
);
--> statement-breakpoint
ALTER TABLE "labelers" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "policies" (
	"id" uuid PRIMARY KEY NOT NULL,
	"code" text COLLATE "C" NOT NULL,
	"name" text NOT NULL,
	"parent_id" uuid,
	"is_violating" boolean NOT NULL,
	"severity" text NOT NULL,
	"harm_category" text COLLATE "C",
	"rank" integer,
	"is_leaf" boolean DEFAULT true NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "policies_code" UNIQUE("code"),
	CONSTRAINT "policies_severity" CHECK ("policies"."severity" in ('CRITICAL', 'MAJOR', 'MINOR'))
);
--> statement-breakpoint
ALTER TABLE "policies" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "policy_versions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"policy_id" uuid NOT NULL,
	"market" text COLLATE "C",
	"semver" text COLLATE "C" NOT NULL,
	"state" text NOT NULL,
	"effective_from" timestamp (3) with time zone,
	"effective_to" timestamp (3) with time zone,
	"grace_hours" integer DEFAULT 72 NOT NULL,
	"is_mandatory" boolean DEFAULT false NOT NULL,
	"diff" text,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "policy_versions_state" CHECK ("policy_versions"."state" in ('DRAFT', 'IN_REVIEW', 'SCHEDULED', 'EFFECTIVE', 'SUPERSEDED', 'WITHDRAWN')),
	CONSTRAINT "policy_versions_period" CHECK ("policy_versions"."effective_from" < "policy_versions"."effective_to"),
	CONSTRAINT "policy_versions_grace" CHECK ("policy_versions"."grace_hours" >= 0)
);
--> statement-breakpoint
ALTER TABLE "policy_versions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "project_policies" (
	"project_id" uuid NOT NULL,
	"policy_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "project_policies_project_id_policy_id_pk" PRIMARY KEY("project_id","policy_id")
);
--> statement-breakpoint
ALTER TABLE "project_policies" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "projects" (
	"id" uuid PRIMARY KEY NOT NULL,
	"code" text COLLATE "C" NOT NULL,
	"name" text NOT NULL,
	"time_zone" text COLLATE "C" NOT NULL,
	"settings" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "projects_code" UNIQUE("code")
);
--> statement-breakpoint
ALTER TABLE "projects" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "queues" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"code" text COLLATE "C" NOT NULL,
	"name" text NOT NULL,
	"market" text COLLATE "C" NOT NULL,
	"modality" text NOT NULL,
	"sla_minutes" integer,
	"scorecard_id" uuid,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "queues_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "queues_code" UNIQUE("project_id","code"),
	CONSTRAINT "queues_modality" CHECK ("queues"."modality" in ('TEXT', 'IMAGE', 'VIDEO', 'AUDIO', 'LIVE', 'PROFILE')),
	CONSTRAINT "queues_sla" CHECK ("queues"."sla_minutes" > 0)
);
--> statement-breakpoint
ALTER TABLE "queues" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "samples" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"decision_id" uuid NOT NULL,
	"run_id" uuid,
	"stratum_id" uuid,
	"purpose" text NOT NULL,
	"layer" text NOT NULL,
	"inclusion_probability" double precision,
	"draw_order" integer NOT NULL,
	"is_blind" boolean NOT NULL,
	"state" text NOT NULL,
	"assignee_id" uuid,
	"lease_until" timestamp (3) with time zone,
	"due_at" timestamp (3) with time zone NOT NULL,
	"skipped_by_ids" uuid[] DEFAULT '{}' NOT NULL,
	"content_ref" text COLLATE "C" NOT NULL,
	"content_hash" "bytea" NOT NULL,
	"modality" text NOT NULL,
	"language" text COLLATE "C",
	"queue_id" uuid NOT NULL,
	"labeler_id" uuid NOT NULL,
	"vendor_id" uuid NOT NULL,
	"site_id" uuid,
	"team_id" uuid,
	"policy_id" uuid NOT NULL,
	"market" text COLLATE "C" NOT NULL,
	"decided_at" timestamp (3) with time zone NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "samples_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "samples_purpose" CHECK ("samples"."purpose" in ('RANDOM', 'RISK', 'RAMP', 'TARGETED', 'GOLDEN')),
	CONSTRAINT "samples_layer" CHECK ("samples"."layer" in ('VENDOR', 'CLIENT')),
	CONSTRAINT "samples_state" CHECK ("samples"."state" in ('DRAWN', 'IN_AUDIT', 'AUDITED', 'VOID', 'EXPIRED')),
	CONSTRAINT "samples_inclusion_probability" CHECK ("samples"."inclusion_probability" > 0 and "samples"."inclusion_probability" <= 1),
	CONSTRAINT "samples_drawn_by_a_run" CHECK (("samples"."run_id" is null) = ("samples"."purpose" in ('TARGETED', 'GOLDEN')) and ("samples"."run_id" is null) = ("samples"."inclusion_probability" is null)),
	CONSTRAINT "samples_lease" CHECK (("samples"."state" = 'IN_AUDIT') = ("samples"."lease_until" is not null))
);
--> statement-breakpoint
ALTER TABLE "samples" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "sampling_plans" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"state" text NOT NULL,
	"purpose" text NOT NULL,
	"layer" text NOT NULL,
	"frame" jsonb NOT NULL,
	"frame_covers" text NOT NULL,
	"rate" double precision,
	"size" integer,
	"is_blind" boolean NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "sampling_plans_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "sampling_plans_state" CHECK ("sampling_plans"."state" in ('DRAFT', 'ACTIVE', 'PAUSED', 'ARCHIVED')),
	CONSTRAINT "sampling_plans_purpose" CHECK ("sampling_plans"."purpose" in ('RANDOM')),
	CONSTRAINT "sampling_plans_layer" CHECK ("sampling_plans"."layer" in ('VENDOR', 'CLIENT')),
	CONSTRAINT "sampling_plans_frame_covers" CHECK ("sampling_plans"."frame_covers" in ('ALL', 'VIOLATING_ONLY', 'NON_VIOLATING_ONLY')),
	CONSTRAINT "sampling_plans_size" CHECK (("sampling_plans"."rate" is null) <> ("sampling_plans"."size" is null) and ("sampling_plans"."rate" > 0 and "sampling_plans"."rate" <= 1 or "sampling_plans"."size" > 0))
);
--> statement-breakpoint
ALTER TABLE "sampling_plans" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "sampling_runs" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"plan_id" uuid NOT NULL,
	"layer" text NOT NULL,
	"purpose" text NOT NULL,
	"frame" jsonb NOT NULL,
	"frame_covers" text NOT NULL,
	"seed" text NOT NULL,
	"window_from" timestamp (3) with time zone NOT NULL,
	"window_to" timestamp (3) with time zone NOT NULL,
	"frame_size" integer NOT NULL,
	"frame_hash" text COLLATE "C" NOT NULL,
	"sample_size" integer NOT NULL,
	"drawn_by_id" uuid NOT NULL,
	"drawn_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "sampling_runs_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "sampling_runs_window" CHECK ("sampling_runs"."window_from" < "sampling_runs"."window_to"),
	CONSTRAINT "sampling_runs_size" CHECK ("sampling_runs"."sample_size" between 0 and "sampling_runs"."frame_size")
);
--> statement-breakpoint
ALTER TABLE "sampling_runs" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "strata" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"run_id" uuid NOT NULL,
	"key" text COLLATE "C" NOT NULL,
	"frame_size" integer NOT NULL,
	"sample_size" integer NOT NULL,
	CONSTRAINT "strata_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "strata_key" UNIQUE("project_id","run_id","key"),
	CONSTRAINT "strata_size" CHECK ("strata"."sample_size" between 0 and "strata"."frame_size")
);
--> statement-breakpoint
ALTER TABLE "strata" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "criteria" (
	"id" uuid PRIMARY KEY NOT NULL,
	"scorecard_id" uuid NOT NULL,
	"scorecard_version_id" uuid NOT NULL,
	"code" text COLLATE "C" NOT NULL,
	"name" text NOT NULL,
	"section" text,
	"position" integer NOT NULL,
	"kind" text NOT NULL,
	"weight" double precision NOT NULL,
	"severity" text NOT NULL,
	"is_bonus" boolean DEFAULT false NOT NULL,
	"is_na_allowed" boolean DEFAULT false NOT NULL,
	"is_blind_safe" boolean DEFAULT false NOT NULL,
	CONSTRAINT "criteria_code" UNIQUE("scorecard_version_id","code"),
	CONSTRAINT "criteria_kind" CHECK ("criteria"."kind" in ('DECISION', 'PROCESS')),
	CONSTRAINT "criteria_severity" CHECK ("criteria"."severity" in ('CRITICAL', 'MAJOR', 'MINOR')),
	CONSTRAINT "criteria_weight" CHECK ("criteria"."weight" > 0)
);
--> statement-breakpoint
ALTER TABLE "criteria" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "scorecard_versions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"scorecard_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"state" text NOT NULL,
	"published_at" timestamp (3) with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "scorecard_versions_number" UNIQUE("scorecard_id","number"),
	CONSTRAINT "scorecard_versions_state" CHECK ("scorecard_versions"."state" in ('DRAFT', 'PUBLISHED', 'ARCHIVED'))
);
--> statement-breakpoint
ALTER TABLE "scorecard_versions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "scorecards" (
	"id" uuid PRIMARY KEY NOT NULL,
	"code" text COLLATE "C" NOT NULL,
	"name" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "scorecards_code" UNIQUE("code")
);
--> statement-breakpoint
ALTER TABLE "scorecards" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "markets" (
	"id" uuid PRIMARY KEY NOT NULL,
	"code" text COLLATE "C" NOT NULL,
	"name" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "markets_code" UNIQUE("code")
);
--> statement-breakpoint
ALTER TABLE "markets" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "sites" (
	"id" uuid PRIMARY KEY NOT NULL,
	"vendor_id" uuid NOT NULL,
	"code" text COLLATE "C" NOT NULL,
	"name" text NOT NULL,
	"time_zone" text COLLATE "C" NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "sites_code" UNIQUE("vendor_id","code"),
	CONSTRAINT "sites_vendor" UNIQUE("vendor_id","id")
);
--> statement-breakpoint
ALTER TABLE "sites" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "teams" (
	"id" uuid PRIMARY KEY NOT NULL,
	"vendor_id" uuid NOT NULL,
	"site_id" uuid NOT NULL,
	"code" text COLLATE "C" NOT NULL,
	"name" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "teams_code" UNIQUE("site_id","code")
);
--> statement-breakpoint
ALTER TABLE "teams" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "vendors" (
	"id" uuid PRIMARY KEY NOT NULL,
	"code" text COLLATE "C" NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "vendors_code" UNIQUE("code"),
	CONSTRAINT "vendors_kind" CHECK ("vendors"."kind" in ('EXTERNAL', 'IN_HOUSE'))
);
--> statement-breakpoint
ALTER TABLE "vendors" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "audits" ADD CONSTRAINT "audits_auditor_id_principals_id_fk" FOREIGN KEY ("auditor_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audits" ADD CONSTRAINT "audits_scorecard_version_id_scorecard_versions_id_fk" FOREIGN KEY ("scorecard_version_id") REFERENCES "public"."scorecard_versions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audits" ADD CONSTRAINT "audits_policy_version_id_policy_versions_id_fk" FOREIGN KEY ("policy_version_id") REFERENCES "public"."policy_versions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audits" ADD CONSTRAINT "audits_project_id_decision_id_decisions_project_id_id_fk" FOREIGN KEY ("project_id","decision_id") REFERENCES "public"."decisions"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audits" ADD CONSTRAINT "audits_project_id_sample_id_samples_project_id_id_fk" FOREIGN KEY ("project_id","sample_id") REFERENCES "public"."samples"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audits" ADD CONSTRAINT "audits_project_id_run_id_sampling_runs_project_id_id_fk" FOREIGN KEY ("project_id","run_id") REFERENCES "public"."sampling_runs"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audits" ADD CONSTRAINT "audits_project_id_stratum_id_strata_project_id_id_fk" FOREIGN KEY ("project_id","stratum_id") REFERENCES "public"."strata"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "verdicts" ADD CONSTRAINT "verdicts_actor_id_principals_id_fk" FOREIGN KEY ("actor_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "verdicts" ADD CONSTRAINT "verdicts_project_id_audit_id_audits_project_id_id_fk" FOREIGN KEY ("project_id","audit_id") REFERENCES "public"."audits"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "verdicts" ADD CONSTRAINT "verdicts_project_id_truth_policy_id_project_policies_project_id_policy_id_fk" FOREIGN KEY ("project_id","truth_policy_id") REFERENCES "public"."project_policies"("project_id","policy_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_project_id_queue_id_queues_project_id_id_fk" FOREIGN KEY ("project_id","queue_id") REFERENCES "public"."queues"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_vendor_id_labeler_id_labelers_vendor_id_id_fk" FOREIGN KEY ("vendor_id","labeler_id") REFERENCES "public"."labelers"("vendor_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_project_id_policy_id_project_policies_project_id_policy_id_fk" FOREIGN KEY ("project_id","policy_id") REFERENCES "public"."project_policies"("project_id","policy_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "event_seals" ADD CONSTRAINT "event_seals_project_id_event_id_events_project_id_id_fk" FOREIGN KEY ("project_id","event_id") REFERENCES "public"."events"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "golden_items" ADD CONSTRAINT "golden_items_policy_version_id_policy_versions_id_fk" FOREIGN KEY ("policy_version_id") REFERENCES "public"."policy_versions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "golden_items" ADD CONSTRAINT "golden_items_project_id_truth_policy_id_project_policies_project_id_policy_id_fk" FOREIGN KEY ("project_id","truth_policy_id") REFERENCES "public"."project_policies"("project_id","policy_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_clients" ADD CONSTRAINT "api_clients_principal_id_principals_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_principal_id_principals_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "role_grants" ADD CONSTRAINT "role_grants_principal_id_principals_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "labeler_assignments" ADD CONSTRAINT "labeler_assignments_labeler_id_labelers_id_fk" FOREIGN KEY ("labeler_id") REFERENCES "public"."labelers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "labeler_assignments" ADD CONSTRAINT "labeler_assignments_vendor_id_vendors_id_fk" FOREIGN KEY ("vendor_id") REFERENCES "public"."vendors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "labeler_assignments" ADD CONSTRAINT "labeler_assignments_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "labeler_assignments" ADD CONSTRAINT "labeler_assignments_project_id_queue_id_queues_project_id_id_fk" FOREIGN KEY ("project_id","queue_id") REFERENCES "public"."queues"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "labeler_memberships" ADD CONSTRAINT "labeler_memberships_labeler_id_labelers_id_fk" FOREIGN KEY ("labeler_id") REFERENCES "public"."labelers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "labeler_memberships" ADD CONSTRAINT "labeler_memberships_vendor_id_vendors_id_fk" FOREIGN KEY ("vendor_id") REFERENCES "public"."vendors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "labeler_memberships" ADD CONSTRAINT "labeler_memberships_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "labeler_memberships" ADD CONSTRAINT "labeler_memberships_team_id_teams_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."teams"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "labelers" ADD CONSTRAINT "labelers_vendor_id_vendors_id_fk" FOREIGN KEY ("vendor_id") REFERENCES "public"."vendors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "labelers" ADD CONSTRAINT "labelers_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "labelers" ADD CONSTRAINT "labelers_team_id_teams_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."teams"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "policies" ADD CONSTRAINT "policies_parent_id_policies_id_fk" FOREIGN KEY ("parent_id") REFERENCES "public"."policies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "policy_versions" ADD CONSTRAINT "policy_versions_policy_id_policies_id_fk" FOREIGN KEY ("policy_id") REFERENCES "public"."policies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "policy_versions" ADD CONSTRAINT "policy_versions_market_markets_code_fk" FOREIGN KEY ("market") REFERENCES "public"."markets"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "project_policies" ADD CONSTRAINT "project_policies_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "project_policies" ADD CONSTRAINT "project_policies_policy_id_policies_id_fk" FOREIGN KEY ("policy_id") REFERENCES "public"."policies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "queues" ADD CONSTRAINT "queues_scorecard_id_scorecards_id_fk" FOREIGN KEY ("scorecard_id") REFERENCES "public"."scorecards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "queues" ADD CONSTRAINT "queues_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "queues" ADD CONSTRAINT "queues_market_markets_code_fk" FOREIGN KEY ("market") REFERENCES "public"."markets"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "samples" ADD CONSTRAINT "samples_assignee_id_principals_id_fk" FOREIGN KEY ("assignee_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "samples" ADD CONSTRAINT "samples_project_id_run_id_sampling_runs_project_id_id_fk" FOREIGN KEY ("project_id","run_id") REFERENCES "public"."sampling_runs"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "samples" ADD CONSTRAINT "samples_project_id_stratum_id_strata_project_id_id_fk" FOREIGN KEY ("project_id","stratum_id") REFERENCES "public"."strata"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sampling_plans" ADD CONSTRAINT "sampling_plans_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sampling_runs" ADD CONSTRAINT "sampling_runs_drawn_by_id_principals_id_fk" FOREIGN KEY ("drawn_by_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sampling_runs" ADD CONSTRAINT "sampling_runs_project_id_plan_id_sampling_plans_project_id_id_fk" FOREIGN KEY ("project_id","plan_id") REFERENCES "public"."sampling_plans"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "strata" ADD CONSTRAINT "strata_project_id_run_id_sampling_runs_project_id_id_fk" FOREIGN KEY ("project_id","run_id") REFERENCES "public"."sampling_runs"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "criteria" ADD CONSTRAINT "criteria_scorecard_id_scorecards_id_fk" FOREIGN KEY ("scorecard_id") REFERENCES "public"."scorecards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "criteria" ADD CONSTRAINT "criteria_scorecard_version_id_scorecard_versions_id_fk" FOREIGN KEY ("scorecard_version_id") REFERENCES "public"."scorecard_versions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "scorecard_versions" ADD CONSTRAINT "scorecard_versions_scorecard_id_scorecards_id_fk" FOREIGN KEY ("scorecard_id") REFERENCES "public"."scorecards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sites" ADD CONSTRAINT "sites_vendor_id_vendors_id_fk" FOREIGN KEY ("vendor_id") REFERENCES "public"."vendors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "teams" ADD CONSTRAINT "teams_vendor_id_vendors_id_fk" FOREIGN KEY ("vendor_id") REFERENCES "public"."vendors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "teams" ADD CONSTRAINT "teams_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "audits_primary" ON "audits" USING btree ("project_id","sample_id") WHERE role = 'PRIMARY' and state <> 'VOIDED';--> statement-breakpoint
CREATE INDEX "audits_decision" ON "audits" USING btree ("project_id","decision_id");--> statement-breakpoint
CREATE INDEX "audits_auditor" ON "audits" USING btree ("auditor_id","state");--> statement-breakpoint
CREATE INDEX "audits_stratum" ON "audits" USING btree ("project_id","stratum_id");--> statement-breakpoint
CREATE INDEX "audits_publish_due" ON "audits" USING btree ("publish_due_at") WHERE state = 'SUBMITTED';--> statement-breakpoint
CREATE UNIQUE INDEX "verdicts_number" ON "verdicts" USING btree ("project_id","audit_id","number");--> statement-breakpoint
CREATE INDEX "decisions_content" ON "decisions" USING btree ("project_id","content_hash");--> statement-breakpoint
CREATE INDEX "decisions_labeler" ON "decisions" USING btree ("project_id","labeler_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "event_seals_event" ON "event_seals" USING btree ("project_id","event_id");--> statement-breakpoint
CREATE INDEX "events_transaction" ON "events" USING btree ("transaction_id");--> statement-breakpoint
CREATE INDEX "events_subject" ON "events" USING btree ("project_id","subject_id");--> statement-breakpoint
CREATE UNIQUE INDEX "golden_items_active" ON "golden_items" USING btree ("content_hash","project_id") WHERE status = 'ACTIVE';--> statement-breakpoint
CREATE INDEX "golden_items_content" ON "golden_items" USING btree ("project_id","content_hash");--> statement-breakpoint
CREATE INDEX "api_clients_principal" ON "api_clients" USING btree ("principal_id");--> statement-breakpoint
CREATE UNIQUE INDEX "principals_subject" ON "principals" USING btree ("issuer","subject");--> statement-breakpoint
CREATE INDEX "role_grants_principal" ON "role_grants" USING btree ("principal_id");--> statement-breakpoint
CREATE INDEX "labeler_assignments_labeler" ON "labeler_assignments" USING btree ("labeler_id","project_id","queue_id");--> statement-breakpoint
CREATE INDEX "labelers_updated" ON "labelers" USING btree ("updated_at","id");--> statement-breakpoint
CREATE INDEX "labelers_team" ON "labelers" USING btree ("team_id");--> statement-breakpoint
CREATE INDEX "policies_parent" ON "policies" USING btree ("parent_id");--> statement-breakpoint
CREATE UNIQUE INDEX "policy_versions_semver" ON "policy_versions" USING btree ("policy_id",coalesce("market", ''),"semver");--> statement-breakpoint
CREATE INDEX "project_policies_policy" ON "project_policies" USING btree ("policy_id");--> statement-breakpoint
CREATE UNIQUE INDEX "samples_run_decision" ON "samples" USING btree ("project_id","run_id","decision_id");--> statement-breakpoint
CREATE INDEX "samples_waiting" ON "samples" USING btree ("project_id","layer","due_at","id") WHERE state = 'DRAWN';--> statement-breakpoint
CREATE INDEX "samples_leases" ON "samples" USING btree ("lease_until") WHERE state = 'IN_AUDIT';--> statement-breakpoint
CREATE INDEX "samples_assignee" ON "samples" USING btree ("assignee_id","state");--> statement-breakpoint
CREATE INDEX "samples_stratum" ON "samples" USING btree ("project_id","stratum_id","state");--> statement-breakpoint
CREATE INDEX "samples_decision" ON "samples" USING btree ("project_id","decision_id");--> statement-breakpoint
CREATE INDEX "sampling_runs_window_of_plan" ON "sampling_runs" USING btree ("project_id","plan_id","window_to");--> statement-breakpoint
CREATE INDEX "vendors_updated" ON "vendors" USING btree ("updated_at","id");--> statement-breakpoint
CREATE POLICY "assay_owner" ON "audits" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "audits" AS PERMISSIVE FOR ALL TO "assay_admin" USING ((audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select array(
  select s.decision_id from samples s where s.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and s.is_blind and s.state in ('DRAWN', 'IN_AUDIT')))::uuid[])) and (not ("audits"."is_blind" and "audits"."revealed_at" is null) or "audits"."auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid))) WITH CHECK ((audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select array(
  select s.decision_id from samples s where s.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and s.is_blind and s.state in ('DRAWN', 'IN_AUDIT')))::uuid[])) and (not ("audits"."is_blind" and "audits"."revealed_at" is null) or "audits"."auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)));--> statement-breakpoint
CREATE POLICY "assay_lead" ON "audits" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select array(
  select s.decision_id from samples s where s.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and s.is_blind and s.state in ('DRAWN', 'IN_AUDIT')))::uuid[]))) WITH CHECK ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select array(
  select s.decision_id from samples s where s.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and s.is_blind and s.state in ('DRAWN', 'IN_AUDIT')))::uuid[])));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "audits" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select array(
  select s.decision_id from samples s where s.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and s.is_blind and s.state in ('DRAWN', 'IN_AUDIT')))::uuid[])) and ("audits"."auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid) or ("audits"."published_at" is not null and "audits"."state" <> 'VOIDED'))) WITH CHECK ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select array(
  select s.decision_id from samples s where s.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and s.is_blind and s.state in ('DRAWN', 'IN_AUDIT')))::uuid[])) and ("audits"."auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid) or ("audits"."published_at" is not null and "audits"."state" <> 'VOIDED')));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "audits" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select array(
  select s.decision_id from samples s where s.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and s.is_blind and s.state in ('DRAWN', 'IN_AUDIT')))::uuid[]))) WITH CHECK ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select array(
  select s.decision_id from samples s where s.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and s.is_blind and s.state in ('DRAWN', 'IN_AUDIT')))::uuid[])));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "audits" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select array(
  select s.decision_id from samples s where s.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and s.is_blind and s.state in ('DRAWN', 'IN_AUDIT')))::uuid[]))) WITH CHECK ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select array(
  select s.decision_id from samples s where s.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and s.is_blind and s.state in ('DRAWN', 'IN_AUDIT')))::uuid[])));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "audits" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select array(
  select s.decision_id from samples s where s.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and s.is_blind and s.state in ('DRAWN', 'IN_AUDIT')))::uuid[])) and "audits"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and ("audits"."is_partner_visible" or "audits"."layer" = 'VENDOR')) WITH CHECK ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select array(
  select s.decision_id from samples s where s.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and s.is_blind and s.state in ('DRAWN', 'IN_AUDIT')))::uuid[])) and "audits"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and ("audits"."is_partner_visible" or "audits"."layer" = 'VENDOR'));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "audits" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select array(
  select s.decision_id from samples s where s.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and s.is_blind and s.state in ('DRAWN', 'IN_AUDIT')))::uuid[])) and "audits"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and ("audits"."is_partner_visible" or "audits"."layer" = 'VENDOR') and "audits"."team_id" = (select nullif(current_setting('app.team_id', true), '')::uuid)) WITH CHECK ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (audits.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or audits.decision_id <> all ((select array(
  select s.decision_id from samples s where s.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and s.is_blind and s.state in ('DRAWN', 'IN_AUDIT')))::uuid[])) and "audits"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and ("audits"."is_partner_visible" or "audits"."layer" = 'VENDOR') and "audits"."team_id" = (select nullif(current_setting('app.team_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "audits" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "audits"."labeler_id" = (select nullif(current_setting('app.labeler_id', true), '')::uuid) and "audits"."is_partner_visible") WITH CHECK ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "audits"."labeler_id" = (select nullif(current_setting('app.labeler_id', true), '')::uuid) and "audits"."is_partner_visible");--> statement-breakpoint
CREATE POLICY "assay_service" ON "audits" AS PERMISSIVE FOR ALL TO "assay_service" USING ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("audits"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null) and "audits"."is_partner_visible") WITH CHECK ("audits"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("audits"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null) and "audits"."is_partner_visible");--> statement-breakpoint
CREATE POLICY "assay_worker" ON "audits" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "verdicts" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "verdicts" AS PERMISSIVE FOR ALL TO "assay_admin" USING (exists (select from audits a where a.project_id = verdicts.project_id and a.id = verdicts.audit_id)) WITH CHECK (exists (select from audits a where a.project_id = verdicts.project_id and a.id = verdicts.audit_id));--> statement-breakpoint
CREATE POLICY "assay_lead" ON "verdicts" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("verdicts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (verdicts.actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or verdicts.decision_id <> all ((select array(
  select s.decision_id from samples s where s.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and s.is_blind and s.state in ('DRAWN', 'IN_AUDIT')))::uuid[]))) WITH CHECK ("verdicts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (verdicts.actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or verdicts.decision_id <> all ((select array(
  select s.decision_id from samples s where s.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and s.is_blind and s.state in ('DRAWN', 'IN_AUDIT')))::uuid[])));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "verdicts" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (exists (select from audits a where a.project_id = verdicts.project_id and a.id = verdicts.audit_id)) WITH CHECK (exists (select from audits a where a.project_id = verdicts.project_id and a.id = verdicts.audit_id));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "verdicts" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("verdicts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (verdicts.actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or verdicts.decision_id <> all ((select array(
  select s.decision_id from samples s where s.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and s.is_blind and s.state in ('DRAWN', 'IN_AUDIT')))::uuid[]))) WITH CHECK ("verdicts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (verdicts.actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or verdicts.decision_id <> all ((select array(
  select s.decision_id from samples s where s.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and s.is_blind and s.state in ('DRAWN', 'IN_AUDIT')))::uuid[])));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "verdicts" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("verdicts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (verdicts.actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or verdicts.decision_id <> all ((select array(
  select s.decision_id from samples s where s.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and s.is_blind and s.state in ('DRAWN', 'IN_AUDIT')))::uuid[]))) WITH CHECK ("verdicts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (verdicts.actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or verdicts.decision_id <> all ((select array(
  select s.decision_id from samples s where s.assignee_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and s.is_blind and s.state in ('DRAWN', 'IN_AUDIT')))::uuid[])));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "verdicts" AS PERMISSIVE FOR ALL TO "assay_partner" USING (exists (select from audits a where a.project_id = verdicts.project_id and a.id = verdicts.audit_id)) WITH CHECK (exists (select from audits a where a.project_id = verdicts.project_id and a.id = verdicts.audit_id));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "verdicts" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING (exists (select from audits a where a.project_id = verdicts.project_id and a.id = verdicts.audit_id)) WITH CHECK (exists (select from audits a where a.project_id = verdicts.project_id and a.id = verdicts.audit_id));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "verdicts" AS PERMISSIVE FOR ALL TO "assay_labeler" USING (exists (select from audits a where a.project_id = verdicts.project_id and a.id = verdicts.audit_id)) WITH CHECK (exists (select from audits a where a.project_id = verdicts.project_id and a.id = verdicts.audit_id));--> statement-breakpoint
CREATE POLICY "assay_service" ON "verdicts" AS PERMISSIVE FOR ALL TO "assay_service" USING (exists (select from audits a where a.project_id = verdicts.project_id and a.id = verdicts.audit_id)) WITH CHECK (exists (select from audits a where a.project_id = verdicts.project_id and a.id = verdicts.audit_id));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "verdicts" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "decision_refs" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "decision_refs" AS PERMISSIVE FOR ALL TO "assay_admin" USING (exists (select from decisions d where d.project_id = decision_refs.project_id and d.id = decision_refs.decision_id)) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "decision_refs" AS PERMISSIVE FOR ALL TO "assay_lead" USING (exists (select from decisions d where d.project_id = decision_refs.project_id and d.id = decision_refs.decision_id)) WITH CHECK (exists (select from decisions d where d.project_id = decision_refs.project_id and d.id = decision_refs.decision_id));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "decision_refs" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (exists (select from decisions d where d.project_id = decision_refs.project_id and d.id = decision_refs.decision_id)) WITH CHECK (exists (select from decisions d where d.project_id = decision_refs.project_id and d.id = decision_refs.decision_id));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "decision_refs" AS PERMISSIVE FOR ALL TO "assay_policy" USING (exists (select from decisions d where d.project_id = decision_refs.project_id and d.id = decision_refs.decision_id)) WITH CHECK (exists (select from decisions d where d.project_id = decision_refs.project_id and d.id = decision_refs.decision_id));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "decision_refs" AS PERMISSIVE FOR ALL TO "assay_analyst" USING (exists (select from decisions d where d.project_id = decision_refs.project_id and d.id = decision_refs.decision_id)) WITH CHECK (exists (select from decisions d where d.project_id = decision_refs.project_id and d.id = decision_refs.decision_id));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "decision_refs" AS PERMISSIVE FOR ALL TO "assay_partner" USING (exists (select from decisions d where d.project_id = decision_refs.project_id and d.id = decision_refs.decision_id)) WITH CHECK (exists (select from decisions d where d.project_id = decision_refs.project_id and d.id = decision_refs.decision_id));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "decision_refs" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING (exists (select from decisions d where d.project_id = decision_refs.project_id and d.id = decision_refs.decision_id)) WITH CHECK (exists (select from decisions d where d.project_id = decision_refs.project_id and d.id = decision_refs.decision_id));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "decision_refs" AS PERMISSIVE FOR ALL TO "assay_labeler" USING (exists (select from decisions d where d.project_id = decision_refs.project_id and d.id = decision_refs.decision_id)) WITH CHECK (exists (select from decisions d where d.project_id = decision_refs.project_id and d.id = decision_refs.decision_id));--> statement-breakpoint
CREATE POLICY "assay_service" ON "decision_refs" AS PERMISSIVE FOR ALL TO "assay_service" USING (exists (select from decisions d where d.project_id = decision_refs.project_id and d.id = decision_refs.decision_id)) WITH CHECK ("decision_refs"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("decision_refs"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "decision_refs" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "decisions" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "decisions" AS PERMISSIVE FOR ALL TO "assay_admin" USING (decisions.id <> all ((select array(select a.decision_id from audits a
  where a.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and a.state = 'DRAFT' and a.is_blind))::uuid[])) WITH CHECK (decisions.id <> all ((select array(select a.decision_id from audits a
  where a.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and a.state = 'DRAFT' and a.is_blind))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_lead" ON "decisions" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("decisions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and decisions.id <> all ((select array(select a.decision_id from audits a
  where a.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and a.state = 'DRAFT' and a.is_blind))::uuid[])) WITH CHECK ("decisions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and decisions.id <> all ((select array(select a.decision_id from audits a
  where a.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and a.state = 'DRAFT' and a.is_blind))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "decisions" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("decisions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and decisions.id <> all ((select array(select a.decision_id from audits a
  where a.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and a.state = 'DRAFT' and a.is_blind))::uuid[]) and exists (select from audits a
      where a.project_id = "decisions"."project_id" and a.decision_id = "decisions"."id" and (a.revealed_at is not null or not a.is_blind))) WITH CHECK ("decisions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and decisions.id <> all ((select array(select a.decision_id from audits a
  where a.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and a.state = 'DRAFT' and a.is_blind))::uuid[]) and exists (select from audits a
      where a.project_id = "decisions"."project_id" and a.decision_id = "decisions"."id" and (a.revealed_at is not null or not a.is_blind)));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "decisions" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("decisions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and decisions.id <> all ((select array(select a.decision_id from audits a
  where a.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and a.state = 'DRAFT' and a.is_blind))::uuid[])) WITH CHECK ("decisions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and decisions.id <> all ((select array(select a.decision_id from audits a
  where a.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and a.state = 'DRAFT' and a.is_blind))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "decisions" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("decisions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and decisions.id <> all ((select array(select a.decision_id from audits a
  where a.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and a.state = 'DRAFT' and a.is_blind))::uuid[])) WITH CHECK ("decisions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and decisions.id <> all ((select array(select a.decision_id from audits a
  where a.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and a.state = 'DRAFT' and a.is_blind))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "decisions" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("decisions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "decisions"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and decisions.id <> all ((select array(select a.decision_id from audits a
  where a.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and a.state = 'DRAFT' and a.is_blind))::uuid[])) WITH CHECK ("decisions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "decisions"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and decisions.id <> all ((select array(select a.decision_id from audits a
  where a.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and a.state = 'DRAFT' and a.is_blind))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "decisions" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("decisions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "decisions"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and "decisions"."team_id" = (select nullif(current_setting('app.team_id', true), '')::uuid) and decisions.id <> all ((select array(select a.decision_id from audits a
  where a.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and a.state = 'DRAFT' and a.is_blind))::uuid[])) WITH CHECK ("decisions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "decisions"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and "decisions"."team_id" = (select nullif(current_setting('app.team_id', true), '')::uuid) and decisions.id <> all ((select array(select a.decision_id from audits a
  where a.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) and a.state = 'DRAFT' and a.is_blind))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "decisions" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("decisions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "decisions"."labeler_id" = (select nullif(current_setting('app.labeler_id', true), '')::uuid)) WITH CHECK ("decisions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "decisions"."labeler_id" = (select nullif(current_setting('app.labeler_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_service" ON "decisions" AS PERMISSIVE FOR ALL TO "assay_service" USING ("decisions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("decisions"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null)) WITH CHECK ("decisions"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("decisions"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "decisions" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "event_seals" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "event_seals" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "event_seals" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("event_seals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("event_seals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "event_seals" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (exists (select from events e where e.project_id = event_seals.project_id and e.id = event_seals.event_id)) WITH CHECK (exists (select from events e where e.project_id = event_seals.project_id and e.id = event_seals.event_id));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "event_seals" AS PERMISSIVE FOR ALL TO "assay_policy" USING (exists (select from events e where e.project_id = event_seals.project_id and e.id = event_seals.event_id)) WITH CHECK (exists (select from events e where e.project_id = event_seals.project_id and e.id = event_seals.event_id));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "event_seals" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("event_seals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("event_seals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "event_seals" AS PERMISSIVE FOR ALL TO "assay_partner" USING (exists (select from events e where e.project_id = event_seals.project_id and e.id = event_seals.event_id)) WITH CHECK (exists (select from events e where e.project_id = event_seals.project_id and e.id = event_seals.event_id));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "event_seals" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING (exists (select from events e where e.project_id = event_seals.project_id and e.id = event_seals.event_id)) WITH CHECK (exists (select from events e where e.project_id = event_seals.project_id and e.id = event_seals.event_id));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "event_seals" AS PERMISSIVE FOR ALL TO "assay_labeler" USING (exists (select from events e where e.project_id = event_seals.project_id and e.id = event_seals.event_id)) WITH CHECK (exists (select from events e where e.project_id = event_seals.project_id and e.id = event_seals.event_id));--> statement-breakpoint
CREATE POLICY "assay_service" ON "event_seals" AS PERMISSIVE FOR ALL TO "assay_service" USING (exists (select from events e where e.project_id = event_seals.project_id and e.id = event_seals.event_id)) WITH CHECK (exists (select from events e where e.project_id = event_seals.project_id and e.id = event_seals.event_id));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "event_seals" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "events" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "events" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "events" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("events"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ((project_id = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])
  or project_id = '00000000-0000-7000-8000-000000000001') and actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "events" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("events"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("events"."is_project_visible" or "events"."is_staff_visible" or "events"."auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid))) WITH CHECK ((project_id = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])
  or project_id = '00000000-0000-7000-8000-000000000001') and actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "events" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("events"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("events"."is_project_visible" or "events"."is_staff_visible")) WITH CHECK ((project_id = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])
  or project_id = '00000000-0000-7000-8000-000000000001') and actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "events" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("events"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("events"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "events" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("events"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("events"."is_project_visible" or ("events"."is_partner_visible" and "events"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)))) WITH CHECK ((project_id = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])
  or project_id = '00000000-0000-7000-8000-000000000001') and actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "events" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("events"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("events"."is_project_visible" or ("events"."is_partner_visible" and "events"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and "events"."team_id" = (select nullif(current_setting('app.team_id', true), '')::uuid)))) WITH CHECK ((project_id = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])
  or project_id = '00000000-0000-7000-8000-000000000001') and actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "events" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("events"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("events"."is_project_visible" or ("events"."is_partner_visible" and "events"."labeler_id" = (select nullif(current_setting('app.labeler_id', true), '')::uuid)))) WITH CHECK ((project_id = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])
  or project_id = '00000000-0000-7000-8000-000000000001') and actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_service" ON "events" AS PERMISSIVE FOR ALL TO "assay_service" USING ("events"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("events"."is_project_visible" or ("events"."is_partner_visible" and ("events"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null)))) WITH CHECK ((project_id = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])
  or project_id = '00000000-0000-7000-8000-000000000001') and actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "events" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "sealer_state" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_worker" ON "sealer_state" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "golden_items" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "golden_items" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "golden_items" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("golden_items"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("golden_items"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "golden_items" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("golden_items"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("golden_items"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "golden_items" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("golden_items"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("golden_items"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_service" ON "golden_items" AS PERMISSIVE FOR ALL TO "assay_service" USING ("golden_items"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (select nullif(current_setting('app.vendor_id', true), '')) is null) WITH CHECK ("golden_items"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and (select nullif(current_setting('app.vendor_id', true), '')) is null);--> statement-breakpoint
CREATE POLICY "assay_worker" ON "golden_items" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "api_clients" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "api_clients" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "api_clients" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("api_clients"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("api_clients"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "api_clients" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("api_clients"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("api_clients"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "api_clients" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("api_clients"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("api_clients"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "api_clients" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("api_clients"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("api_clients"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "api_clients" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("api_clients"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("api_clients"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "api_clients" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("api_clients"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("api_clients"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "api_clients" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("api_clients"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("api_clients"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_service" ON "api_clients" AS PERMISSIVE FOR ALL TO "assay_service" USING ("api_clients"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("api_clients"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "api_clients" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_auth" ON "api_clients" AS PERMISSIVE FOR ALL TO "assay_auth" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "idempotency_keys" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "idempotency_keys" AS PERMISSIVE FOR ALL TO "assay_admin" USING ("idempotency_keys"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("idempotency_keys"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_lead" ON "idempotency_keys" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("idempotency_keys"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("idempotency_keys"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "idempotency_keys" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("idempotency_keys"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("idempotency_keys"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "idempotency_keys" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("idempotency_keys"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("idempotency_keys"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "idempotency_keys" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("idempotency_keys"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("idempotency_keys"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "idempotency_keys" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("idempotency_keys"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("idempotency_keys"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "idempotency_keys" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("idempotency_keys"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("idempotency_keys"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "idempotency_keys" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("idempotency_keys"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("idempotency_keys"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_service" ON "idempotency_keys" AS PERMISSIVE FOR ALL TO "assay_service" USING ("idempotency_keys"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("idempotency_keys"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "idempotency_keys" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "principals" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "principals" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "principals" AS PERMISSIVE FOR ALL TO "assay_lead" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "principals" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("principals"."id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("principals"."id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "principals" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("principals"."id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("principals"."id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "principals" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("principals"."id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("principals"."id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "principals" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("principals"."id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("principals"."id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "principals" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("principals"."id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("principals"."id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "principals" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("principals"."id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("principals"."id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_service" ON "principals" AS PERMISSIVE FOR ALL TO "assay_service" USING ("principals"."id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("principals"."id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "principals" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_auth" ON "principals" AS PERMISSIVE FOR ALL TO "assay_auth" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "role_grants" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "role_grants" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "role_grants" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("role_grants"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("role_grants"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "role_grants" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("role_grants"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("role_grants"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "role_grants" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("role_grants"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("role_grants"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "role_grants" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("role_grants"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("role_grants"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "role_grants" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("role_grants"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("role_grants"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "role_grants" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("role_grants"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("role_grants"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "role_grants" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("role_grants"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("role_grants"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_service" ON "role_grants" AS PERMISSIVE FOR ALL TO "assay_service" USING ("role_grants"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("role_grants"."principal_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "role_grants" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_auth" ON "role_grants" AS PERMISSIVE FOR ALL TO "assay_auth" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "labeler_assignments" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "labeler_assignments" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "labeler_assignments" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("labeler_assignments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("labeler_assignments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "labeler_assignments" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("labeler_assignments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("labeler_assignments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "labeler_assignments" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("labeler_assignments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("labeler_assignments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "labeler_assignments" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("labeler_assignments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "labeler_assignments"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("labeler_assignments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "labeler_assignments"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "labeler_assignments" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("labeler_assignments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "labeler_assignments"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and exists (select from labelers l where l.id = "labeler_assignments"."labeler_id")) WITH CHECK ("labeler_assignments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "labeler_assignments"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and exists (select from labelers l where l.id = "labeler_assignments"."labeler_id"));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "labeler_assignments" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("labeler_assignments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "labeler_assignments"."labeler_id" = (select nullif(current_setting('app.labeler_id', true), '')::uuid)) WITH CHECK ("labeler_assignments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "labeler_assignments"."labeler_id" = (select nullif(current_setting('app.labeler_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_service" ON "labeler_assignments" AS PERMISSIVE FOR ALL TO "assay_service" USING ("labeler_assignments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("labeler_assignments"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null)) WITH CHECK ("labeler_assignments"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("labeler_assignments"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "labeler_assignments" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "labeler_memberships" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "labeler_memberships" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "labeler_memberships" AS PERMISSIVE FOR ALL TO "assay_lead" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "labeler_memberships" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "labeler_memberships" AS PERMISSIVE FOR ALL TO "assay_analyst" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_partner" ON "labeler_memberships" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("labeler_memberships"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("labeler_memberships"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "labeler_memberships" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("labeler_memberships"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and "labeler_memberships"."team_id" = (select nullif(current_setting('app.team_id', true), '')::uuid)) WITH CHECK ("labeler_memberships"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and "labeler_memberships"."team_id" = (select nullif(current_setting('app.team_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "labeler_memberships" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("labeler_memberships"."labeler_id" = (select nullif(current_setting('app.labeler_id', true), '')::uuid)) WITH CHECK ("labeler_memberships"."labeler_id" = (select nullif(current_setting('app.labeler_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_service" ON "labeler_memberships" AS PERMISSIVE FOR ALL TO "assay_service" USING (("labeler_memberships"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null)) WITH CHECK (("labeler_memberships"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "labeler_memberships" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "labelers" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "labelers" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "labelers" AS PERMISSIVE FOR ALL TO "assay_lead" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "labelers" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "labelers" AS PERMISSIVE FOR ALL TO "assay_analyst" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_partner" ON "labelers" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("labelers"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("labelers"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "labelers" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("labelers"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and "labelers"."team_id" = (select nullif(current_setting('app.team_id', true), '')::uuid)) WITH CHECK ("labelers"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and "labelers"."team_id" = (select nullif(current_setting('app.team_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "labelers" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("labelers"."id" = (select nullif(current_setting('app.labeler_id', true), '')::uuid)) WITH CHECK ("labelers"."id" = (select nullif(current_setting('app.labeler_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_service" ON "labelers" AS PERMISSIVE FOR ALL TO "assay_service" USING (("labelers"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null)) WITH CHECK (("labelers"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "labelers" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "policies" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "policies" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "policies" AS PERMISSIVE FOR ALL TO "assay_lead" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "policies" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_policy" ON "policies" AS PERMISSIVE FOR ALL TO "assay_policy" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "policies" AS PERMISSIVE FOR ALL TO "assay_analyst" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_partner" ON "policies" AS PERMISSIVE FOR ALL TO "assay_partner" USING (exists (select from project_policies u where u.policy_id = "policies"."id")) WITH CHECK (exists (select from project_policies u where u.policy_id = "policies"."id"));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "policies" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING (exists (select from project_policies u where u.policy_id = "policies"."id")) WITH CHECK (exists (select from project_policies u where u.policy_id = "policies"."id"));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "policies" AS PERMISSIVE FOR ALL TO "assay_labeler" USING (exists (select from policy_versions v where v.policy_id = "policies"."id")) WITH CHECK (exists (select from policy_versions v where v.policy_id = "policies"."id"));--> statement-breakpoint
CREATE POLICY "assay_service" ON "policies" AS PERMISSIVE FOR ALL TO "assay_service" USING (exists (select from project_policies u where u.policy_id = "policies"."id")) WITH CHECK (exists (select from project_policies u where u.policy_id = "policies"."id"));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "policies" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "policy_versions" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "policy_versions" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "policy_versions" AS PERMISSIVE FOR ALL TO "assay_lead" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "policy_versions" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_policy" ON "policy_versions" AS PERMISSIVE FOR ALL TO "assay_policy" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "policy_versions" AS PERMISSIVE FOR ALL TO "assay_analyst" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_partner" ON "policy_versions" AS PERMISSIVE FOR ALL TO "assay_partner" USING (exists (select from project_policies u where u.policy_id = "policy_versions"."policy_id")) WITH CHECK (exists (select from project_policies u where u.policy_id = "policy_versions"."policy_id"));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "policy_versions" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING (exists (select from project_policies u where u.policy_id = "policy_versions"."policy_id")) WITH CHECK (exists (select from project_policies u where u.policy_id = "policy_versions"."policy_id"));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "policy_versions" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("policy_versions"."state" = 'EFFECTIVE' and exists (select from project_policies u where u.policy_id = "policy_versions"."policy_id")) WITH CHECK ("policy_versions"."state" = 'EFFECTIVE' and exists (select from project_policies u where u.policy_id = "policy_versions"."policy_id"));--> statement-breakpoint
CREATE POLICY "assay_service" ON "policy_versions" AS PERMISSIVE FOR ALL TO "assay_service" USING (exists (select from project_policies u where u.policy_id = "policy_versions"."policy_id")) WITH CHECK (exists (select from project_policies u where u.policy_id = "policy_versions"."policy_id"));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "policy_versions" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "project_policies" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "project_policies" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "project_policies" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("project_policies"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("project_policies"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "project_policies" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("project_policies"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("project_policies"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "project_policies" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("project_policies"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("project_policies"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "project_policies" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("project_policies"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("project_policies"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "project_policies" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("project_policies"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("project_policies"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "project_policies" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("project_policies"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("project_policies"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "project_policies" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("project_policies"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("project_policies"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_service" ON "project_policies" AS PERMISSIVE FOR ALL TO "assay_service" USING ("project_policies"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("project_policies"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "project_policies" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "projects" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "projects" AS PERMISSIVE FOR ALL TO "assay_admin" USING ("projects"."code" <> '') WITH CHECK ("projects"."code" <> '');--> statement-breakpoint
CREATE POLICY "assay_lead" ON "projects" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("projects"."id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("projects"."id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "projects" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("projects"."id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("projects"."id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "projects" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("projects"."id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("projects"."id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "projects" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("projects"."id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("projects"."id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "projects" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("projects"."id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("projects"."id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "projects" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("projects"."id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("projects"."id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "projects" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("projects"."id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("projects"."id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_service" ON "projects" AS PERMISSIVE FOR ALL TO "assay_service" USING ("projects"."id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("projects"."id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "projects" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_auth" ON "projects" AS PERMISSIVE FOR ALL TO "assay_auth" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "queues" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "queues" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "queues" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("queues"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("queues"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "queues" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("queues"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("queues"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "queues" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("queues"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("queues"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "queues" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("queues"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("queues"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "queues" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("queues"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("queues"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "queues" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("queues"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("queues"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "queues" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("queues"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and exists (select from labeler_assignments a
      where a.project_id = "queues"."project_id" and a.queue_id = "queues"."id"
        and a.labeler_id = (select nullif(current_setting('app.labeler_id', true), '')::uuid))) WITH CHECK ("queues"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and exists (select from labeler_assignments a
      where a.project_id = "queues"."project_id" and a.queue_id = "queues"."id"
        and a.labeler_id = (select nullif(current_setting('app.labeler_id', true), '')::uuid)));--> statement-breakpoint
CREATE POLICY "assay_service" ON "queues" AS PERMISSIVE FOR ALL TO "assay_service" USING ("queues"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("queues"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "queues" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "samples" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "samples" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "samples" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("samples"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("samples"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "samples" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("samples"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "samples"."assignee_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("samples"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "samples"."assignee_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "samples" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("samples"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "samples"."assignee_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("samples"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "samples"."assignee_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "samples" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("samples"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("samples"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "samples" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("samples"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "samples"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and "samples"."layer" = 'VENDOR' and "samples"."assignee_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("samples"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "samples"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and "samples"."layer" = 'VENDOR' and "samples"."assignee_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "samples" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("samples"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "samples"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and "samples"."team_id" = (select nullif(current_setting('app.team_id', true), '')::uuid) and "samples"."layer" = 'VENDOR' and "samples"."assignee_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("samples"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "samples"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and "samples"."team_id" = (select nullif(current_setting('app.team_id', true), '')::uuid) and "samples"."layer" = 'VENDOR' and "samples"."assignee_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "samples" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "sampling_plans" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "sampling_plans" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "sampling_plans" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("sampling_plans"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("sampling_plans"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "sampling_plans" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("sampling_plans"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("sampling_plans"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "sampling_plans" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "sampling_runs" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "sampling_runs" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "sampling_runs" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("sampling_runs"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("sampling_runs"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "sampling_runs" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("sampling_runs"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("sampling_runs"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "sampling_runs" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "strata" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "strata" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "strata" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("strata"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("strata"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "strata" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("strata"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("strata"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "strata" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "criteria" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "criteria" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "criteria" AS PERMISSIVE FOR ALL TO "assay_lead" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "criteria" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_policy" ON "criteria" AS PERMISSIVE FOR ALL TO "assay_policy" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "criteria" AS PERMISSIVE FOR ALL TO "assay_analyst" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_partner" ON "criteria" AS PERMISSIVE FOR ALL TO "assay_partner" USING (exists (select from queues where queues.scorecard_id = criteria.scorecard_id)) WITH CHECK (exists (select from queues where queues.scorecard_id = criteria.scorecard_id));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "criteria" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING (exists (select from queues where queues.scorecard_id = criteria.scorecard_id)) WITH CHECK (exists (select from queues where queues.scorecard_id = criteria.scorecard_id));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "criteria" AS PERMISSIVE FOR ALL TO "assay_labeler" USING (exists (select from queues where queues.scorecard_id = criteria.scorecard_id)) WITH CHECK (exists (select from queues where queues.scorecard_id = criteria.scorecard_id));--> statement-breakpoint
CREATE POLICY "assay_service" ON "criteria" AS PERMISSIVE FOR ALL TO "assay_service" USING (exists (select from queues where queues.scorecard_id = criteria.scorecard_id)) WITH CHECK (exists (select from queues where queues.scorecard_id = criteria.scorecard_id));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "criteria" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "scorecard_versions" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "scorecard_versions" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "scorecard_versions" AS PERMISSIVE FOR ALL TO "assay_lead" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "scorecard_versions" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_policy" ON "scorecard_versions" AS PERMISSIVE FOR ALL TO "assay_policy" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "scorecard_versions" AS PERMISSIVE FOR ALL TO "assay_analyst" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_partner" ON "scorecard_versions" AS PERMISSIVE FOR ALL TO "assay_partner" USING (exists (select from queues where queues.scorecard_id = scorecard_versions.scorecard_id)) WITH CHECK (exists (select from queues where queues.scorecard_id = scorecard_versions.scorecard_id));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "scorecard_versions" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING (exists (select from queues where queues.scorecard_id = scorecard_versions.scorecard_id)) WITH CHECK (exists (select from queues where queues.scorecard_id = scorecard_versions.scorecard_id));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "scorecard_versions" AS PERMISSIVE FOR ALL TO "assay_labeler" USING (exists (select from queues where queues.scorecard_id = scorecard_versions.scorecard_id)) WITH CHECK (exists (select from queues where queues.scorecard_id = scorecard_versions.scorecard_id));--> statement-breakpoint
CREATE POLICY "assay_service" ON "scorecard_versions" AS PERMISSIVE FOR ALL TO "assay_service" USING (exists (select from queues where queues.scorecard_id = scorecard_versions.scorecard_id)) WITH CHECK (exists (select from queues where queues.scorecard_id = scorecard_versions.scorecard_id));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "scorecard_versions" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "scorecards" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "scorecards" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "scorecards" AS PERMISSIVE FOR ALL TO "assay_lead" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "scorecards" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_policy" ON "scorecards" AS PERMISSIVE FOR ALL TO "assay_policy" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "scorecards" AS PERMISSIVE FOR ALL TO "assay_analyst" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_partner" ON "scorecards" AS PERMISSIVE FOR ALL TO "assay_partner" USING (exists (select from queues where queues.scorecard_id = scorecards.id)) WITH CHECK (exists (select from queues where queues.scorecard_id = scorecards.id));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "scorecards" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING (exists (select from queues where queues.scorecard_id = scorecards.id)) WITH CHECK (exists (select from queues where queues.scorecard_id = scorecards.id));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "scorecards" AS PERMISSIVE FOR ALL TO "assay_labeler" USING (exists (select from queues where queues.scorecard_id = scorecards.id)) WITH CHECK (exists (select from queues where queues.scorecard_id = scorecards.id));--> statement-breakpoint
CREATE POLICY "assay_service" ON "scorecards" AS PERMISSIVE FOR ALL TO "assay_service" USING (exists (select from queues where queues.scorecard_id = scorecards.id)) WITH CHECK (exists (select from queues where queues.scorecard_id = scorecards.id));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "scorecards" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "markets" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "markets" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "markets" AS PERMISSIVE FOR ALL TO "assay_lead" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "markets" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_policy" ON "markets" AS PERMISSIVE FOR ALL TO "assay_policy" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "markets" AS PERMISSIVE FOR ALL TO "assay_analyst" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_partner" ON "markets" AS PERMISSIVE FOR ALL TO "assay_partner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "markets" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "markets" AS PERMISSIVE FOR ALL TO "assay_labeler" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_service" ON "markets" AS PERMISSIVE FOR ALL TO "assay_service" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_worker" ON "markets" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "sites" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "sites" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "sites" AS PERMISSIVE FOR ALL TO "assay_lead" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "sites" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_policy" ON "sites" AS PERMISSIVE FOR ALL TO "assay_policy" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "sites" AS PERMISSIVE FOR ALL TO "assay_analyst" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_partner" ON "sites" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("sites"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("sites"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "sites" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("sites"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("sites"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "sites" AS PERMISSIVE FOR ALL TO "assay_labeler" USING (exists (select from labelers where labelers.id = (select nullif(current_setting('app.labeler_id', true), '')::uuid) and labelers.site_id = sites.id)) WITH CHECK (exists (select from labelers where labelers.id = (select nullif(current_setting('app.labeler_id', true), '')::uuid) and labelers.site_id = sites.id));--> statement-breakpoint
CREATE POLICY "assay_service" ON "sites" AS PERMISSIVE FOR ALL TO "assay_service" USING (("sites"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null)) WITH CHECK (("sites"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "sites" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "teams" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "teams" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "teams" AS PERMISSIVE FOR ALL TO "assay_lead" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "teams" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_policy" ON "teams" AS PERMISSIVE FOR ALL TO "assay_policy" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "teams" AS PERMISSIVE FOR ALL TO "assay_analyst" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_partner" ON "teams" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("teams"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("teams"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "teams" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("teams"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("teams"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "teams" AS PERMISSIVE FOR ALL TO "assay_labeler" USING (exists (select from labelers where labelers.id = (select nullif(current_setting('app.labeler_id', true), '')::uuid) and labelers.team_id = teams.id)) WITH CHECK (exists (select from labelers where labelers.id = (select nullif(current_setting('app.labeler_id', true), '')::uuid) and labelers.team_id = teams.id));--> statement-breakpoint
CREATE POLICY "assay_service" ON "teams" AS PERMISSIVE FOR ALL TO "assay_service" USING (("teams"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null)) WITH CHECK (("teams"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "teams" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "vendors" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "vendors" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "vendors" AS PERMISSIVE FOR ALL TO "assay_lead" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "vendors" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_policy" ON "vendors" AS PERMISSIVE FOR ALL TO "assay_policy" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "vendors" AS PERMISSIVE FOR ALL TO "assay_analyst" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_partner" ON "vendors" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("vendors"."id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("vendors"."id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "vendors" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("vendors"."id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("vendors"."id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "vendors" AS PERMISSIVE FOR ALL TO "assay_labeler" USING (exists (select from labelers where labelers.id = (select nullif(current_setting('app.labeler_id', true), '')::uuid) and labelers.vendor_id = vendors.id)) WITH CHECK (exists (select from labelers where labelers.id = (select nullif(current_setting('app.labeler_id', true), '')::uuid) and labelers.vendor_id = vendors.id));--> statement-breakpoint
CREATE POLICY "assay_service" ON "vendors" AS PERMISSIVE FOR ALL TO "assay_service" USING (("vendors"."id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null)) WITH CHECK (("vendors"."id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "vendors" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_auth" ON "vendors" AS PERMISSIVE FOR ALL TO "assay_auth" USING (true) WITH CHECK (true);