CREATE TABLE "actions" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"escalation_id" uuid NOT NULL,
	"cycle" integer NOT NULL,
	"kind" text NOT NULL,
	"title" text NOT NULL,
	"description" text,
	"state" text NOT NULL,
	"owner_id" uuid NOT NULL,
	"vendor_id" uuid,
	"proposed_by_id" uuid NOT NULL,
	"cause_id" uuid,
	"due_at" timestamp (3) with time zone NOT NULL,
	"evidence" text[] DEFAULT '{}' NOT NULL,
	"completed_at" timestamp (3) with time zone,
	"verified_at" timestamp (3) with time zone,
	"verified_by_id" uuid,
	"waive_reason" text,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "actions_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "actions_kind" CHECK ("actions"."kind" in ('CONTAINMENT', 'CORRECTION', 'CORRECTIVE', 'PREVENTIVE')),
	CONSTRAINT "actions_state" CHECK ("actions"."state" in ('PROPOSED', 'APPROVED', 'IN_PROGRESS', 'DONE', 'VERIFIED', 'WAIVED')),
	CONSTRAINT "actions_done" CHECK ("actions"."state" not in ('DONE', 'VERIFIED') or "actions"."completed_at" is not null),
	CONSTRAINT "actions_verified" CHECK (("actions"."state" = 'VERIFIED') = ("actions"."verified_at" is not null) and ("actions"."verified_by_id" is null or "actions"."verified_by_id" <> "actions"."owner_id")),
	CONSTRAINT "actions_waived" CHECK (("actions"."state" = 'WAIVED') = ("actions"."waive_reason" is not null))
);
--> statement-breakpoint
ALTER TABLE "actions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "effectiveness_checks" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"escalation_id" uuid NOT NULL,
	"cycle" integer NOT NULL,
	"measure" text COLLATE "C" NOT NULL,
	"filter" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"baseline_from" date NOT NULL,
	"baseline_to" date NOT NULL,
	"check_from" date NOT NULL,
	"check_to" date NOT NULL,
	"target" double precision NOT NULL,
	"n_min" integer NOT NULL,
	"locked_at" timestamp (3) with time zone,
	"due_at" timestamp (3) with time zone,
	"is_extended" boolean DEFAULT false NOT NULL,
	"result" text,
	"computed_at" timestamp (3) with time zone,
	"figures" jsonb,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "effectiveness_checks_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "effectiveness_checks_result" CHECK ("effectiveness_checks"."result" in ('EFFECTIVE', 'NOT_EFFECTIVE', 'INCONCLUSIVE')),
	CONSTRAINT "effectiveness_checks_windows" CHECK ("effectiveness_checks"."baseline_from" < "effectiveness_checks"."baseline_to" and "effectiveness_checks"."baseline_to" <= "effectiveness_checks"."check_from" and "effectiveness_checks"."check_from" < "effectiveness_checks"."check_to"),
	CONSTRAINT "effectiveness_checks_target" CHECK ("effectiveness_checks"."target" between 0 and 1 and "effectiveness_checks"."n_min" > 0),
	CONSTRAINT "effectiveness_checks_computed" CHECK (("effectiveness_checks"."result" is null) = ("effectiveness_checks"."computed_at" is null))
);
--> statement-breakpoint
ALTER TABLE "effectiveness_checks" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "appeal_cases" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"title" text NOT NULL,
	"opened_by_id" uuid NOT NULL,
	"layer" text NOT NULL,
	"vendor_id" uuid NOT NULL,
	"team_id" uuid,
	"labeler_id" uuid,
	"filed_at" timestamp (3) with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "appeal_cases_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "appeal_cases_layer" CHECK ("appeal_cases"."layer" in ('VENDOR', 'CLIENT'))
);
--> statement-breakpoint
ALTER TABLE "appeal_cases" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "appeal_criteria" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"appeal_id" uuid NOT NULL,
	"criterion_id" uuid NOT NULL,
	"argument" text,
	CONSTRAINT "appeal_criteria_project_id_id_pk" PRIMARY KEY("project_id","id")
);
--> statement-breakpoint
ALTER TABLE "appeal_criteria" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "appeals" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"audit_id" uuid NOT NULL,
	"decision_id" uuid NOT NULL,
	"auditor_id" uuid NOT NULL,
	"layer" text NOT NULL,
	"case_id" uuid,
	"raised_by_id" uuid NOT NULL,
	"raised_as" text NOT NULL,
	"verdict_id" uuid NOT NULL,
	"state" text NOT NULL,
	"tier" text,
	"reason" text DEFAULT '' NOT NULL,
	"evidence" text[] DEFAULT '{}' NOT NULL,
	"audit_state" text COLLATE "C",
	"asked" text,
	"answer" text,
	"end_reason" text,
	"has_continued" boolean DEFAULT false NOT NULL,
	"has_reappealed" boolean DEFAULT false NOT NULL,
	"filed_at" timestamp (3) with time zone,
	"ruled_at" timestamp (3) with time zone,
	"closed_at" timestamp (3) with time zone,
	"outcome" text,
	"due_at" timestamp (3) with time zone,
	"handled_by_ids" uuid[] DEFAULT '{}' NOT NULL,
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
	CONSTRAINT "appeals_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "appeals_layer" CHECK ("appeals"."layer" in ('VENDOR', 'CLIENT')),
	CONSTRAINT "appeals_state" CHECK ("appeals"."state" in ('DRAFT', 'L1_REVIEW', 'L2_REVIEW', 'L3_ARBITRATION', 'RETURNED_FOR_INFO', 'DECIDED', 'DECLINED', 'WITHDRAWN', 'INVALID', 'EXPIRED', 'CLOSED')),
	CONSTRAINT "appeals_tier" CHECK ("appeals"."tier" in ('L1', 'L2', 'L3')),
	CONSTRAINT "appeals_outcome" CHECK ("appeals"."outcome" in ('AUDIT_UPHELD', 'AUDIT_OVERTURNED', 'AUDIT_PARTIALLY_OVERTURNED', 'AUDIT_SEVERITY_CHANGED')),
	CONSTRAINT "appeals_raised_as" CHECK ("appeals"."raised_as" in ('LABELER', 'VENDOR_QA', 'VENDOR_MANAGER')),
	CONSTRAINT "appeals_filed" CHECK ("appeals"."state" in ('DRAFT', 'WITHDRAWN', 'EXPIRED') or ("appeals"."filed_at" is not null and "appeals"."tier" is not null)),
	CONSTRAINT "appeals_decided" CHECK ("appeals"."state" <> 'DECIDED' or ("appeals"."outcome" is not null and "appeals"."ruled_at" is not null)),
	CONSTRAINT "appeals_closed" CHECK (("appeals"."state" in ('WITHDRAWN', 'INVALID', 'EXPIRED', 'CLOSED')) = ("appeals"."closed_at" is not null))
);
--> statement-breakpoint
ALTER TABLE "appeals" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "business_calendars" (
	"id" uuid PRIMARY KEY NOT NULL,
	"code" text COLLATE "C" NOT NULL,
	"name" text NOT NULL,
	"time_zone" text COLLATE "C" NOT NULL,
	"hours" jsonb NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "business_calendars_code" UNIQUE("code")
);
--> statement-breakpoint
ALTER TABLE "business_calendars" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "calendar_holidays" (
	"id" uuid PRIMARY KEY NOT NULL,
	"calendar_id" uuid NOT NULL,
	"held_on" date NOT NULL,
	"name" text DEFAULT '' NOT NULL,
	CONSTRAINT "calendar_holidays_day" UNIQUE("calendar_id","held_on")
);
--> statement-breakpoint
ALTER TABLE "calendar_holidays" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "sla_clocks" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"subject_type" text COLLATE "C" NOT NULL,
	"subject_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"calendar_id" uuid,
	"time_zone" text COLLATE "C" NOT NULL,
	"is_always_open" boolean DEFAULT false NOT NULL,
	"unit" text NOT NULL,
	"allowance" integer NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"open_seconds" integer NOT NULL,
	"paused_at" timestamp (3) with time zone,
	"pause_reason" text,
	"remaining_seconds" integer,
	"paused_seconds" integer DEFAULT 0 NOT NULL,
	"stopped_at" timestamp (3) with time zone,
	"breached_at" timestamp (3) with time zone,
	"voided_at" timestamp (3) with time zone,
	"told_percent" integer DEFAULT 0 NOT NULL,
	"next_threshold_at" timestamp (3) with time zone,
	"queue_id" uuid,
	"market" text COLLATE "C",
	"vendor_id" uuid,
	"team_id" uuid,
	"labeler_id" uuid,
	"auditor_id" uuid,
	"is_staff_visible" boolean NOT NULL,
	"is_partner_visible" boolean NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "sla_clocks_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "sla_clocks_kind" CHECK ("sla_clocks"."kind" in ('APPEAL_L1', 'APPEAL_L2', 'APPEAL_L3', 'APPEAL_REPLY', 'APPEAL_REAPPEAL', 'POLICY_QUESTION', 'AUDIT_DUE', 'ESCALATION_ACK', 'ESCALATION_CONTAIN', 'ESCALATION_RCA', 'ESCALATION_ACTIONS', 'ESCALATION_PARTNER')),
	CONSTRAINT "sla_clocks_unit" CHECK ("sla_clocks"."unit" in ('OPEN_MINUTES', 'BUSINESS_DAYS')),
	CONSTRAINT "sla_clocks_allowance" CHECK ("sla_clocks"."allowance" > 0 and "sla_clocks"."open_seconds" >= 0),
	CONSTRAINT "sla_clocks_paused" CHECK (("sla_clocks"."paused_at" is null) = ("sla_clocks"."remaining_seconds" is null)),
	CONSTRAINT "sla_clocks_ended" CHECK ("sla_clocks"."stopped_at" is null or "sla_clocks"."voided_at" is null),
	CONSTRAINT "sla_clocks_told" CHECK ("sla_clocks"."told_percent" in (0, 50, 75, 90, 100))
);
--> statement-breakpoint
ALTER TABLE "sla_clocks" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "contacts" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"principal_id" uuid NOT NULL,
	"duty" text NOT NULL,
	"topic" text,
	"market" text COLLATE "C",
	"vendor_id" uuid,
	"least_severity" text DEFAULT 'SEV4' NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "contacts_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "contacts_once" UNIQUE NULLS NOT DISTINCT("project_id","principal_id","duty","topic","market","vendor_id"),
	CONSTRAINT "contacts_duty" CHECK ("contacts"."duty" in ('POLICY_POC', 'MARKET_POC', 'VENDOR', 'RD', 'OTHER')),
	CONSTRAINT "contacts_topic" CHECK ("contacts"."topic" in ('QUALITY', 'POLICY', 'PLATFORM', 'SAFETY')),
	CONSTRAINT "contacts_least_severity" CHECK ("contacts"."least_severity" in ('SEV1', 'SEV2', 'SEV3', 'SEV4'))
);
--> statement-breakpoint
ALTER TABLE "contacts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "escalation_links" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"escalation_id" uuid NOT NULL,
	"subject_type" text COLLATE "C" NOT NULL,
	"subject_id" uuid NOT NULL,
	"note" text,
	"added_by_id" uuid NOT NULL,
	"added_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "escalation_links_project_id_id_pk" PRIMARY KEY("project_id","id")
);
--> statement-breakpoint
ALTER TABLE "escalation_links" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "escalation_rules" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"trigger" text NOT NULL,
	"is_active" boolean DEFAULT true NOT NULL,
	"kind" text NOT NULL,
	"severity" text NOT NULL,
	"queue_ids" uuid[] DEFAULT '{}' NOT NULL,
	"market" text COLLATE "C",
	"vendor_id" uuid,
	"policy_id" uuid,
	"parameters" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"evaluated_at" timestamp (3) with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "escalation_rules_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "escalation_rules_trigger" CHECK ("escalation_rules"."trigger" in ('METRIC_OFF_TARGET', 'SPC_SIGNAL', 'CRITICAL_ERROR', 'REPEAT_ERROR', 'LOT_REJECTED', 'OVERTURN_SPIKE', 'AGREEMENT_LOW', 'GOLDEN_STREAK', 'SLA_FORECAST', 'SLA_BREACH', 'POLICY_CHANGE_JUMP', 'EXPOSURE_CAP', 'MANUAL')),
	CONSTRAINT "escalation_rules_kind" CHECK ("escalation_rules"."kind" in ('QUALITY', 'POLICY', 'PLATFORM', 'SAFETY')),
	CONSTRAINT "escalation_rules_severity" CHECK ("escalation_rules"."severity" in ('SEV1', 'SEV2', 'SEV3', 'SEV4'))
);
--> statement-breakpoint
ALTER TABLE "escalation_rules" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "escalation_signals" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"escalation_id" uuid NOT NULL,
	"rule_id" uuid,
	"seen_at" timestamp (3) with time zone NOT NULL,
	"measure" text COLLATE "C",
	"value" double precision,
	"low" double precision,
	"high" double precision,
	"n" integer,
	"threshold" double precision,
	"details" jsonb DEFAULT '{}'::jsonb NOT NULL,
	CONSTRAINT "escalation_signals_project_id_id_pk" PRIMARY KEY("project_id","id")
);
--> statement-breakpoint
ALTER TABLE "escalation_signals" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "escalations" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"title" text NOT NULL,
	"kind" text NOT NULL,
	"trigger" text NOT NULL,
	"severity" text NOT NULL,
	"state" text NOT NULL,
	"held_state" text,
	"rule_id" uuid,
	"fingerprint" text COLLATE "C" NOT NULL,
	"opened_by_id" uuid,
	"owner_id" uuid,
	"watcher_ids" uuid[] DEFAULT '{}' NOT NULL,
	"vendor_id" uuid,
	"is_partner_visible" boolean DEFAULT false NOT NULL,
	"queue_ids" uuid[] DEFAULT '{}' NOT NULL,
	"market" text COLLATE "C",
	"policy_id" uuid,
	"policy_version_id" uuid,
	"error_code_id" uuid,
	"problem_statement" text,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"triaged_at" timestamp (3) with time zone,
	"contained_at" timestamp (3) with time zone,
	"root_cause_at" timestamp (3) with time zone,
	"closed_at" timestamp (3) with time zone,
	"close_reason" text,
	"state_reason" text,
	"duplicate_of_id" uuid,
	"cycle" integer DEFAULT 1 NOT NULL,
	"due_at" timestamp (3) with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "escalations_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "escalations_kind" CHECK ("escalations"."kind" in ('QUALITY', 'POLICY', 'PLATFORM', 'SAFETY')),
	CONSTRAINT "escalations_trigger" CHECK ("escalations"."trigger" in ('METRIC_OFF_TARGET', 'SPC_SIGNAL', 'CRITICAL_ERROR', 'REPEAT_ERROR', 'LOT_REJECTED', 'OVERTURN_SPIKE', 'AGREEMENT_LOW', 'GOLDEN_STREAK', 'SLA_FORECAST', 'SLA_BREACH', 'POLICY_CHANGE_JUMP', 'EXPOSURE_CAP', 'MANUAL')),
	CONSTRAINT "escalations_severity" CHECK ("escalations"."severity" in ('SEV1', 'SEV2', 'SEV3', 'SEV4')),
	CONSTRAINT "escalations_state" CHECK ("escalations"."state" in ('OPEN', 'TRIAGED', 'CONTAINING', 'INVESTIGATING', 'WAITING_PARTNER', 'WAITING_POLICY', 'RCA_REVIEW', 'ROOT_CAUSE_IDENTIFIED', 'ACTIONS_PLANNED', 'IMPLEMENTING', 'VERIFYING', 'CLOSED', 'DUPLICATE', 'REJECTED', 'CANCELLED')),
	CONSTRAINT "escalations_held_state" CHECK ("escalations"."held_state" in ('OPEN', 'TRIAGED', 'CONTAINING', 'INVESTIGATING', 'WAITING_PARTNER', 'WAITING_POLICY', 'RCA_REVIEW', 'ROOT_CAUSE_IDENTIFIED', 'ACTIONS_PLANNED', 'IMPLEMENTING', 'VERIFYING', 'CLOSED', 'DUPLICATE', 'REJECTED', 'CANCELLED')),
	CONSTRAINT "escalations_close_reason" CHECK ("escalations"."close_reason" in ('EFFECTIVE', 'WAIVED', 'NO_ACTION', 'FALSE_SIGNAL', 'KNOWN_CAUSE', 'FIXED')),
	CONSTRAINT "escalations_held" CHECK ("escalations"."state" not in ('WAITING_PARTNER', 'WAITING_POLICY') or "escalations"."held_state" is not null),
	CONSTRAINT "escalations_closed" CHECK (("escalations"."state" in ('CLOSED', 'DUPLICATE', 'REJECTED', 'CANCELLED')) = ("escalations"."closed_at" is not null) and ("escalations"."state" = 'CLOSED') = ("escalations"."close_reason" is not null)),
	CONSTRAINT "escalations_duplicate" CHECK (("escalations"."state" = 'DUPLICATE') = ("escalations"."duplicate_of_id" is not null)),
	CONSTRAINT "escalations_shared" CHECK (not "escalations"."is_partner_visible" or "escalations"."vendor_id" is not null)
);
--> statement-breakpoint
ALTER TABLE "escalations" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "rca_causes" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"rca_id" uuid NOT NULL,
	"category" text NOT NULL,
	"code" text COLLATE "C" NOT NULL,
	"text" text NOT NULL,
	"is_root" boolean NOT NULL,
	"owner_id" uuid,
	CONSTRAINT "rca_causes_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "rca_causes_category" CHECK ("rca_causes"."category" in ('POLICY', 'PEOPLE', 'PROCESS', 'PLATFORM', 'CONTENT', 'MEASUREMENT', 'MANAGEMENT')),
	CONSTRAINT "rca_causes_owner" CHECK (not "rca_causes"."is_root" or "rca_causes"."owner_id" is not null)
);
--> statement-breakpoint
ALTER TABLE "rca_causes" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "rca_whys" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"rca_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"text" text NOT NULL,
	"evidence" text[] DEFAULT '{}' NOT NULL,
	CONSTRAINT "rca_whys_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "rca_whys_count" CHECK ("rca_whys"."position" between 1 and 7)
);
--> statement-breakpoint
ALTER TABLE "rca_whys" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "rcas" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"escalation_id" uuid NOT NULL,
	"cycle" integer NOT NULL,
	"state" text NOT NULL,
	"vendor_id" uuid,
	"requested_at" timestamp (3) with time zone,
	"submitted_at" timestamp (3) with time zone,
	"submitted_by_id" uuid,
	"accepted_at" timestamp (3) with time zone,
	"return_reason" text,
	"problem_statement" text,
	"contributing_factors" text[] DEFAULT '{}' NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "rcas_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "rcas_state" CHECK ("rcas"."state" in ('DRAFT', 'SUBMITTED', 'ACCEPTED', 'RETURNED', 'WITHDRAWN')),
	CONSTRAINT "rcas_requested" CHECK (("rcas"."vendor_id" is null) = ("rcas"."requested_at" is null)),
	CONSTRAINT "rcas_accepted" CHECK (("rcas"."state" = 'ACCEPTED') = ("rcas"."accepted_at" is not null))
);
--> statement-breakpoint
ALTER TABLE "rcas" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "appeal_rulings" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"appeal_id" uuid NOT NULL,
	"tier" text NOT NULL,
	"outcome" text NOT NULL,
	"reason" text NOT NULL,
	"verdict_id" uuid,
	"adjudicator_id" uuid NOT NULL,
	"appellant_id" uuid NOT NULL,
	"auditor_id" uuid NOT NULL,
	"labeler_principal_ids" uuid[] DEFAULT '{}' NOT NULL,
	"earlier_adjudicator_ids" uuid[] DEFAULT '{}' NOT NULL,
	"ruled_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "appeal_rulings_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "appeal_rulings_tier" CHECK ("appeal_rulings"."tier" in ('L1', 'L2', 'L3')),
	CONSTRAINT "appeal_rulings_outcome" CHECK ("appeal_rulings"."outcome" in ('AUDIT_UPHELD', 'AUDIT_OVERTURNED', 'AUDIT_PARTIALLY_OVERTURNED', 'AUDIT_SEVERITY_CHANGED')),
	CONSTRAINT "appeal_rulings_verdict" CHECK (("appeal_rulings"."outcome" = 'AUDIT_UPHELD') = ("appeal_rulings"."verdict_id" is null)),
	CONSTRAINT "appeal_rulings_independent" CHECK ("appeal_rulings"."adjudicator_id" not in ("appeal_rulings"."appellant_id", "appeal_rulings"."auditor_id")
    and "appeal_rulings"."adjudicator_id" <> all ("appeal_rulings"."labeler_principal_ids") and "appeal_rulings"."adjudicator_id" <> all ("appeal_rulings"."earlier_adjudicator_ids"))
);
--> statement-breakpoint
ALTER TABLE "appeal_rulings" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "precedents" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"ruling_id" uuid,
	"policy_id" uuid NOT NULL,
	"policy_version_id" uuid,
	"market" text COLLATE "C",
	"title" text NOT NULL,
	"summary" text NOT NULL,
	"truth_policy_id" uuid,
	"error_type" text,
	"error_code_id" uuid,
	"tags" text[] DEFAULT '{}' NOT NULL,
	"state" text NOT NULL,
	"created_by_id" uuid NOT NULL,
	"retired_at" timestamp (3) with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "precedents_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "precedents_state" CHECK ("precedents"."state" in ('ACTIVE', 'RETIRED')),
	CONSTRAINT "precedents_error_type" CHECK ("precedents"."error_type" in ('OVER_ENFORCEMENT', 'UNDER_ENFORCEMENT', 'WRONG_POLICY', 'WRONG_ACTION', 'TECHNICAL')),
	CONSTRAINT "precedents_retired" CHECK (("precedents"."state" = 'RETIRED') = ("precedents"."retired_at" is not null))
);
--> statement-breakpoint
ALTER TABLE "precedents" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "ruling_findings" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"ruling_id" uuid NOT NULL,
	"criterion_id" uuid NOT NULL,
	"result" text NOT NULL,
	"severity" text,
	"note" text,
	CONSTRAINT "ruling_findings_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "ruling_findings_result" CHECK ("ruling_findings"."result" in ('FINDING_UPHELD', 'FINDING_OVERTURNED', 'FINDING_SEVERITY_CHANGED')),
	CONSTRAINT "ruling_findings_severity" CHECK ("ruling_findings"."severity" in ('CRITICAL', 'MAJOR', 'MINOR')),
	CONSTRAINT "ruling_findings_changed" CHECK (("ruling_findings"."result" = 'FINDING_SEVERITY_CHANGED') = ("ruling_findings"."severity" is not null))
);
--> statement-breakpoint
ALTER TABLE "ruling_findings" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "messages" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"thread_id" uuid NOT NULL,
	"author_id" uuid NOT NULL,
	"author_vendor_id" uuid,
	"text" text NOT NULL,
	"attachments" text[] DEFAULT '{}' NOT NULL,
	"sent_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "messages_project_id_id_pk" PRIMARY KEY("project_id","id")
);
--> statement-breakpoint
ALTER TABLE "messages" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "threads" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"subject_type" text COLLATE "C" NOT NULL,
	"subject_id" uuid NOT NULL,
	"visibility" text NOT NULL,
	"last_message_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"vendor_id" uuid,
	"team_id" uuid,
	"labeler_id" uuid,
	"auditor_id" uuid,
	"is_staff_visible" boolean NOT NULL,
	"is_partner_visible" boolean NOT NULL,
	CONSTRAINT "threads_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "threads_subject" UNIQUE("project_id","subject_id","visibility"),
	CONSTRAINT "threads_visibility" CHECK ("threads"."visibility" in ('INTERNAL', 'PARTNER')),
	CONSTRAINT "threads_partner_visible" CHECK (not "threads"."is_partner_visible" or "threads"."visibility" = 'PARTNER')
);
--> statement-breakpoint
ALTER TABLE "threads" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "webhook_deliveries" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"endpoint_id" uuid NOT NULL,
	"event_id" uuid,
	"seq" bigint,
	"event_type" text COLLATE "C" NOT NULL,
	"state" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp (3) with time zone,
	"last_status" integer,
	"last_error" text,
	"last_ms" integer,
	"delivered_at" timestamp (3) with time zone,
	"replay_of_id" uuid,
	"vendor_id" uuid,
	"owner_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "webhook_deliveries_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "webhook_deliveries_state" CHECK ("webhook_deliveries"."state" in ('PENDING', 'DELIVERED', 'FAILED', 'DEAD')),
	CONSTRAINT "webhook_deliveries_pending" CHECK (("webhook_deliveries"."state" in ('PENDING', 'FAILED')) = ("webhook_deliveries"."next_attempt_at" is not null)),
	CONSTRAINT "webhook_deliveries_delivered" CHECK (("webhook_deliveries"."state" = 'DELIVERED') = ("webhook_deliveries"."delivered_at" is not null))
);
--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "webhook_endpoints" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"url" text NOT NULL,
	"description" text,
	"event_types" text[] DEFAULT '{}' NOT NULL,
	"state" text NOT NULL,
	"state_reason" text,
	"owner_id" uuid NOT NULL,
	"role" text NOT NULL,
	"vendor_id" uuid,
	"team_id" uuid,
	"labeler_id" uuid,
	"cursor_seq" bigint NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "webhook_endpoints_project_id_id_pk" PRIMARY KEY("project_id","id"),
	CONSTRAINT "webhook_endpoints_state" CHECK ("webhook_endpoints"."state" in ('ACTIVE', 'PAUSED', 'DISABLED')),
	CONSTRAINT "webhook_endpoints_role" CHECK ("webhook_endpoints"."role" in ('ADMIN', 'QA_LEAD', 'POLICY_MANAGER', 'AUDITOR', 'ANALYST', 'VENDOR_MANAGER', 'VENDOR_QA', 'LABELER', 'SERVICE'))
);
--> statement-breakpoint
ALTER TABLE "webhook_endpoints" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "webhook_secrets" (
	"project_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"endpoint_id" uuid NOT NULL,
	"secret" text NOT NULL,
	"ends_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "webhook_secrets_project_id_id_pk" PRIMARY KEY("project_id","id")
);
--> statement-breakpoint
ALTER TABLE "webhook_secrets" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "projects" ADD COLUMN "calendar_id" uuid;--> statement-breakpoint
ALTER TABLE "markets" ADD COLUMN "calendar_id" uuid;--> statement-breakpoint
ALTER TABLE "sites" ADD COLUMN "calendar_id" uuid;--> statement-breakpoint
ALTER TABLE "vendors" ADD COLUMN "calendar_id" uuid;--> statement-breakpoint
ALTER TABLE "actions" ADD CONSTRAINT "actions_owner_id_principals_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "actions" ADD CONSTRAINT "actions_vendor_id_vendors_id_fk" FOREIGN KEY ("vendor_id") REFERENCES "public"."vendors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "actions" ADD CONSTRAINT "actions_proposed_by_id_principals_id_fk" FOREIGN KEY ("proposed_by_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "actions" ADD CONSTRAINT "actions_verified_by_id_principals_id_fk" FOREIGN KEY ("verified_by_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "actions" ADD CONSTRAINT "actions_project_id_escalation_id_escalations_project_id_id_fk" FOREIGN KEY ("project_id","escalation_id") REFERENCES "public"."escalations"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "actions" ADD CONSTRAINT "actions_project_id_cause_id_rca_causes_project_id_id_fk" FOREIGN KEY ("project_id","cause_id") REFERENCES "public"."rca_causes"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "effectiveness_checks" ADD CONSTRAINT "effectiveness_checks_project_id_escalation_id_escalations_project_id_id_fk" FOREIGN KEY ("project_id","escalation_id") REFERENCES "public"."escalations"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "appeal_cases" ADD CONSTRAINT "appeal_cases_opened_by_id_principals_id_fk" FOREIGN KEY ("opened_by_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "appeal_cases" ADD CONSTRAINT "appeal_cases_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "appeal_criteria" ADD CONSTRAINT "appeal_criteria_criterion_id_criteria_id_fk" FOREIGN KEY ("criterion_id") REFERENCES "public"."criteria"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "appeal_criteria" ADD CONSTRAINT "appeal_criteria_project_id_appeal_id_appeals_project_id_id_fk" FOREIGN KEY ("project_id","appeal_id") REFERENCES "public"."appeals"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "appeals" ADD CONSTRAINT "appeals_auditor_id_principals_id_fk" FOREIGN KEY ("auditor_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "appeals" ADD CONSTRAINT "appeals_raised_by_id_principals_id_fk" FOREIGN KEY ("raised_by_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "appeals" ADD CONSTRAINT "appeals_project_id_audit_id_audits_project_id_id_fk" FOREIGN KEY ("project_id","audit_id") REFERENCES "public"."audits"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "appeals" ADD CONSTRAINT "appeals_project_id_verdict_id_verdicts_project_id_id_fk" FOREIGN KEY ("project_id","verdict_id") REFERENCES "public"."verdicts"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "appeals" ADD CONSTRAINT "appeals_project_id_case_id_appeal_cases_project_id_id_fk" FOREIGN KEY ("project_id","case_id") REFERENCES "public"."appeal_cases"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calendar_holidays" ADD CONSTRAINT "calendar_holidays_calendar_id_business_calendars_id_fk" FOREIGN KEY ("calendar_id") REFERENCES "public"."business_calendars"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sla_clocks" ADD CONSTRAINT "sla_clocks_calendar_id_business_calendars_id_fk" FOREIGN KEY ("calendar_id") REFERENCES "public"."business_calendars"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sla_clocks" ADD CONSTRAINT "sla_clocks_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "contacts" ADD CONSTRAINT "contacts_principal_id_principals_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "contacts" ADD CONSTRAINT "contacts_vendor_id_vendors_id_fk" FOREIGN KEY ("vendor_id") REFERENCES "public"."vendors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "contacts" ADD CONSTRAINT "contacts_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "contacts" ADD CONSTRAINT "contacts_market_markets_code_fk" FOREIGN KEY ("market") REFERENCES "public"."markets"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escalation_links" ADD CONSTRAINT "escalation_links_added_by_id_principals_id_fk" FOREIGN KEY ("added_by_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escalation_links" ADD CONSTRAINT "escalation_links_project_id_escalation_id_escalations_project_id_id_fk" FOREIGN KEY ("project_id","escalation_id") REFERENCES "public"."escalations"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escalation_rules" ADD CONSTRAINT "escalation_rules_vendor_id_vendors_id_fk" FOREIGN KEY ("vendor_id") REFERENCES "public"."vendors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escalation_rules" ADD CONSTRAINT "escalation_rules_policy_id_policies_id_fk" FOREIGN KEY ("policy_id") REFERENCES "public"."policies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escalation_rules" ADD CONSTRAINT "escalation_rules_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escalation_rules" ADD CONSTRAINT "escalation_rules_market_markets_code_fk" FOREIGN KEY ("market") REFERENCES "public"."markets"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escalation_signals" ADD CONSTRAINT "escalation_signals_project_id_escalation_id_escalations_project_id_id_fk" FOREIGN KEY ("project_id","escalation_id") REFERENCES "public"."escalations"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escalation_signals" ADD CONSTRAINT "escalation_signals_project_id_rule_id_escalation_rules_project_id_id_fk" FOREIGN KEY ("project_id","rule_id") REFERENCES "public"."escalation_rules"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escalations" ADD CONSTRAINT "escalations_opened_by_id_principals_id_fk" FOREIGN KEY ("opened_by_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escalations" ADD CONSTRAINT "escalations_owner_id_principals_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escalations" ADD CONSTRAINT "escalations_vendor_id_vendors_id_fk" FOREIGN KEY ("vendor_id") REFERENCES "public"."vendors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escalations" ADD CONSTRAINT "escalations_policy_id_policies_id_fk" FOREIGN KEY ("policy_id") REFERENCES "public"."policies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escalations" ADD CONSTRAINT "escalations_policy_version_id_policy_versions_id_fk" FOREIGN KEY ("policy_version_id") REFERENCES "public"."policy_versions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escalations" ADD CONSTRAINT "escalations_error_code_id_error_codes_id_fk" FOREIGN KEY ("error_code_id") REFERENCES "public"."error_codes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escalations" ADD CONSTRAINT "escalations_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escalations" ADD CONSTRAINT "escalations_market_markets_code_fk" FOREIGN KEY ("market") REFERENCES "public"."markets"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escalations" ADD CONSTRAINT "escalations_project_id_rule_id_escalation_rules_project_id_id_fk" FOREIGN KEY ("project_id","rule_id") REFERENCES "public"."escalation_rules"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escalations" ADD CONSTRAINT "escalations_project_id_duplicate_of_id_escalations_project_id_id_fk" FOREIGN KEY ("project_id","duplicate_of_id") REFERENCES "public"."escalations"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rca_causes" ADD CONSTRAINT "rca_causes_owner_id_principals_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rca_causes" ADD CONSTRAINT "rca_causes_project_id_rca_id_rcas_project_id_id_fk" FOREIGN KEY ("project_id","rca_id") REFERENCES "public"."rcas"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rca_whys" ADD CONSTRAINT "rca_whys_project_id_rca_id_rcas_project_id_id_fk" FOREIGN KEY ("project_id","rca_id") REFERENCES "public"."rcas"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rcas" ADD CONSTRAINT "rcas_vendor_id_vendors_id_fk" FOREIGN KEY ("vendor_id") REFERENCES "public"."vendors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rcas" ADD CONSTRAINT "rcas_submitted_by_id_principals_id_fk" FOREIGN KEY ("submitted_by_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rcas" ADD CONSTRAINT "rcas_project_id_escalation_id_escalations_project_id_id_fk" FOREIGN KEY ("project_id","escalation_id") REFERENCES "public"."escalations"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "appeal_rulings" ADD CONSTRAINT "appeal_rulings_adjudicator_id_principals_id_fk" FOREIGN KEY ("adjudicator_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "appeal_rulings" ADD CONSTRAINT "appeal_rulings_appellant_id_principals_id_fk" FOREIGN KEY ("appellant_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "appeal_rulings" ADD CONSTRAINT "appeal_rulings_auditor_id_principals_id_fk" FOREIGN KEY ("auditor_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "appeal_rulings" ADD CONSTRAINT "appeal_rulings_project_id_appeal_id_appeals_project_id_id_fk" FOREIGN KEY ("project_id","appeal_id") REFERENCES "public"."appeals"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "appeal_rulings" ADD CONSTRAINT "appeal_rulings_project_id_verdict_id_verdicts_project_id_id_fk" FOREIGN KEY ("project_id","verdict_id") REFERENCES "public"."verdicts"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "precedents" ADD CONSTRAINT "precedents_policy_version_id_policy_versions_id_fk" FOREIGN KEY ("policy_version_id") REFERENCES "public"."policy_versions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "precedents" ADD CONSTRAINT "precedents_error_code_id_error_codes_id_fk" FOREIGN KEY ("error_code_id") REFERENCES "public"."error_codes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "precedents" ADD CONSTRAINT "precedents_created_by_id_principals_id_fk" FOREIGN KEY ("created_by_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "precedents" ADD CONSTRAINT "precedents_project_id_ruling_id_appeal_rulings_project_id_id_fk" FOREIGN KEY ("project_id","ruling_id") REFERENCES "public"."appeal_rulings"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "precedents" ADD CONSTRAINT "precedents_project_id_policy_id_project_policies_project_id_policy_id_fk" FOREIGN KEY ("project_id","policy_id") REFERENCES "public"."project_policies"("project_id","policy_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "precedents" ADD CONSTRAINT "precedents_market_markets_code_fk" FOREIGN KEY ("market") REFERENCES "public"."markets"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ruling_findings" ADD CONSTRAINT "ruling_findings_criterion_id_criteria_id_fk" FOREIGN KEY ("criterion_id") REFERENCES "public"."criteria"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ruling_findings" ADD CONSTRAINT "ruling_findings_project_id_ruling_id_appeal_rulings_project_id_id_fk" FOREIGN KEY ("project_id","ruling_id") REFERENCES "public"."appeal_rulings"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_author_id_principals_id_fk" FOREIGN KEY ("author_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_project_id_thread_id_threads_project_id_id_fk" FOREIGN KEY ("project_id","thread_id") REFERENCES "public"."threads"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "threads" ADD CONSTRAINT "threads_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_project_id_endpoint_id_webhook_endpoints_project_id_id_fk" FOREIGN KEY ("project_id","endpoint_id") REFERENCES "public"."webhook_endpoints"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_endpoints" ADD CONSTRAINT "webhook_endpoints_owner_id_principals_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."principals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_endpoints" ADD CONSTRAINT "webhook_endpoints_vendor_id_vendors_id_fk" FOREIGN KEY ("vendor_id") REFERENCES "public"."vendors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_endpoints" ADD CONSTRAINT "webhook_endpoints_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_secrets" ADD CONSTRAINT "webhook_secrets_project_id_endpoint_id_webhook_endpoints_project_id_id_fk" FOREIGN KEY ("project_id","endpoint_id") REFERENCES "public"."webhook_endpoints"("project_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "actions_escalation" ON "actions" USING btree ("project_id","escalation_id");--> statement-breakpoint
CREATE INDEX "actions_owner" ON "actions" USING btree ("owner_id","due_at");--> statement-breakpoint
CREATE UNIQUE INDEX "effectiveness_checks_cycle" ON "effectiveness_checks" USING btree ("project_id","escalation_id","cycle");--> statement-breakpoint
CREATE INDEX "effectiveness_checks_due" ON "effectiveness_checks" USING btree ("due_at") WHERE due_at is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "appeal_criteria_once" ON "appeal_criteria" USING btree ("project_id","appeal_id","criterion_id");--> statement-breakpoint
CREATE UNIQUE INDEX "appeals_open" ON "appeals" USING btree ("project_id","audit_id") WHERE state in ('DRAFT', 'L1_REVIEW', 'L2_REVIEW', 'L3_ARBITRATION', 'RETURNED_FOR_INFO');--> statement-breakpoint
CREATE INDEX "appeals_audit" ON "appeals" USING btree ("project_id","audit_id");--> statement-breakpoint
CREATE INDEX "appeals_case" ON "appeals" USING btree ("project_id","case_id");--> statement-breakpoint
CREATE INDEX "appeals_due" ON "appeals" USING btree ("project_id","due_at","id") WHERE due_at is not null;--> statement-breakpoint
CREATE INDEX "appeals_ruled" ON "appeals" USING btree ("project_id","ruled_at") WHERE ruled_at is not null;--> statement-breakpoint
CREATE INDEX "appeals_raised" ON "appeals" USING btree ("raised_by_id");--> statement-breakpoint
CREATE INDEX "appeals_labeler" ON "appeals" USING btree ("project_id","labeler_id");--> statement-breakpoint
CREATE INDEX "appeals_policy" ON "appeals" USING btree ("project_id","policy_id");--> statement-breakpoint
CREATE UNIQUE INDEX "sla_clocks_running" ON "sla_clocks" USING btree ("project_id","subject_id","kind") WHERE stopped_at is null and voided_at is null;--> statement-breakpoint
CREATE INDEX "sla_clocks_subject" ON "sla_clocks" USING btree ("project_id","subject_id");--> statement-breakpoint
CREATE INDEX "sla_clocks_threshold" ON "sla_clocks" USING btree ("next_threshold_at") WHERE next_threshold_at is not null;--> statement-breakpoint
CREATE INDEX "sla_clocks_due" ON "sla_clocks" USING btree ("project_id","due_at","id");--> statement-breakpoint
CREATE INDEX "contacts_principal" ON "contacts" USING btree ("principal_id");--> statement-breakpoint
CREATE UNIQUE INDEX "escalation_links_once" ON "escalation_links" USING btree ("project_id","escalation_id","subject_id");--> statement-breakpoint
CREATE INDEX "escalation_signals_escalation" ON "escalation_signals" USING btree ("project_id","escalation_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "escalations_fingerprint" ON "escalations" USING btree ("project_id","fingerprint") WHERE state not in ('CLOSED', 'DUPLICATE', 'REJECTED', 'CANCELLED');--> statement-breakpoint
CREATE INDEX "escalations_due" ON "escalations" USING btree ("project_id","due_at","id") WHERE due_at is not null;--> statement-breakpoint
CREATE INDEX "escalations_owner" ON "escalations" USING btree ("owner_id");--> statement-breakpoint
CREATE INDEX "escalations_opened" ON "escalations" USING btree ("project_id","opened_at");--> statement-breakpoint
CREATE UNIQUE INDEX "rca_causes_once" ON "rca_causes" USING btree ("project_id","rca_id","category","code");--> statement-breakpoint
CREATE UNIQUE INDEX "rca_whys_position" ON "rca_whys" USING btree ("project_id","rca_id","position");--> statement-breakpoint
CREATE UNIQUE INDEX "rcas_open" ON "rcas" USING btree ("project_id","escalation_id","cycle") WHERE state not in ('WITHDRAWN', 'ACCEPTED');--> statement-breakpoint
CREATE INDEX "rcas_escalation" ON "rcas" USING btree ("project_id","escalation_id");--> statement-breakpoint
CREATE UNIQUE INDEX "appeal_rulings_tier_once" ON "appeal_rulings" USING btree ("project_id","appeal_id","tier");--> statement-breakpoint
CREATE INDEX "precedents_policy" ON "precedents" USING btree ("project_id","policy_id");--> statement-breakpoint
CREATE UNIQUE INDEX "ruling_findings_once" ON "ruling_findings" USING btree ("project_id","ruling_id","criterion_id");--> statement-breakpoint
CREATE INDEX "messages_thread" ON "messages" USING btree ("project_id","thread_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "webhook_deliveries_once" ON "webhook_deliveries" USING btree ("project_id","endpoint_id","event_id") WHERE replay_of_id is null and event_id is not null;--> statement-breakpoint
CREATE INDEX "webhook_deliveries_due" ON "webhook_deliveries" USING btree ("next_attempt_at") WHERE next_attempt_at is not null;--> statement-breakpoint
CREATE INDEX "webhook_deliveries_endpoint" ON "webhook_deliveries" USING btree ("project_id","endpoint_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "webhook_secrets_current" ON "webhook_secrets" USING btree ("project_id","endpoint_id") WHERE ends_at is null;--> statement-breakpoint
ALTER TABLE "projects" ADD CONSTRAINT "projects_calendar_id_business_calendars_id_fk" FOREIGN KEY ("calendar_id") REFERENCES "public"."business_calendars"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "markets" ADD CONSTRAINT "markets_calendar_id_business_calendars_id_fk" FOREIGN KEY ("calendar_id") REFERENCES "public"."business_calendars"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sites" ADD CONSTRAINT "sites_calendar_id_business_calendars_id_fk" FOREIGN KEY ("calendar_id") REFERENCES "public"."business_calendars"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "vendors" ADD CONSTRAINT "vendors_calendar_id_business_calendars_id_fk" FOREIGN KEY ("calendar_id") REFERENCES "public"."business_calendars"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE POLICY "assay_owner" ON "actions" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "actions" AS PERMISSIVE FOR ALL TO "assay_admin" USING (exists (select from escalations e where e.project_id = actions.project_id and e.id = actions.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = actions.project_id and e.id = actions.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_lead" ON "actions" AS PERMISSIVE FOR ALL TO "assay_lead" USING (exists (select from escalations e where e.project_id = actions.project_id and e.id = actions.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = actions.project_id and e.id = actions.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "actions" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (exists (select from escalations e where e.project_id = actions.project_id and e.id = actions.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = actions.project_id and e.id = actions.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "actions" AS PERMISSIVE FOR ALL TO "assay_policy" USING (exists (select from escalations e where e.project_id = actions.project_id and e.id = actions.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = actions.project_id and e.id = actions.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "actions" AS PERMISSIVE FOR ALL TO "assay_analyst" USING (exists (select from escalations e where e.project_id = actions.project_id and e.id = actions.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = actions.project_id and e.id = actions.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "actions" AS PERMISSIVE FOR ALL TO "assay_partner" USING (exists (select from escalations e where e.project_id = actions.project_id and e.id = actions.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = actions.project_id and e.id = actions.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "actions" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING (exists (select from escalations e where e.project_id = actions.project_id and e.id = actions.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = actions.project_id and e.id = actions.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "actions" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "effectiveness_checks" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "effectiveness_checks" AS PERMISSIVE FOR ALL TO "assay_admin" USING (exists (select from escalations e where e.project_id = effectiveness_checks.project_id and e.id = effectiveness_checks.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = effectiveness_checks.project_id and e.id = effectiveness_checks.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_lead" ON "effectiveness_checks" AS PERMISSIVE FOR ALL TO "assay_lead" USING (exists (select from escalations e where e.project_id = effectiveness_checks.project_id and e.id = effectiveness_checks.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = effectiveness_checks.project_id and e.id = effectiveness_checks.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "effectiveness_checks" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (exists (select from escalations e where e.project_id = effectiveness_checks.project_id and e.id = effectiveness_checks.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = effectiveness_checks.project_id and e.id = effectiveness_checks.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "effectiveness_checks" AS PERMISSIVE FOR ALL TO "assay_policy" USING (exists (select from escalations e where e.project_id = effectiveness_checks.project_id and e.id = effectiveness_checks.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = effectiveness_checks.project_id and e.id = effectiveness_checks.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "effectiveness_checks" AS PERMISSIVE FOR ALL TO "assay_analyst" USING (exists (select from escalations e where e.project_id = effectiveness_checks.project_id and e.id = effectiveness_checks.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = effectiveness_checks.project_id and e.id = effectiveness_checks.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "effectiveness_checks" AS PERMISSIVE FOR ALL TO "assay_partner" USING (exists (select from escalations e where e.project_id = effectiveness_checks.project_id and e.id = effectiveness_checks.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = effectiveness_checks.project_id and e.id = effectiveness_checks.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "effectiveness_checks" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING (exists (select from escalations e where e.project_id = effectiveness_checks.project_id and e.id = effectiveness_checks.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = effectiveness_checks.project_id and e.id = effectiveness_checks.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "effectiveness_checks" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "appeal_cases" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "appeal_cases" AS PERMISSIVE FOR ALL TO "assay_admin" USING ("appeal_cases"."filed_at" is not null) WITH CHECK ("appeal_cases"."filed_at" is not null);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "appeal_cases" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("appeal_cases"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeal_cases"."filed_at" is not null) WITH CHECK ("appeal_cases"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeal_cases"."filed_at" is not null);--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "appeal_cases" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("appeal_cases"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeal_cases"."filed_at" is not null) WITH CHECK ("appeal_cases"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeal_cases"."filed_at" is not null);--> statement-breakpoint
CREATE POLICY "assay_policy" ON "appeal_cases" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("appeal_cases"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeal_cases"."filed_at" is not null) WITH CHECK ("appeal_cases"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeal_cases"."filed_at" is not null);--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "appeal_cases" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("appeal_cases"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeal_cases"."filed_at" is not null) WITH CHECK ("appeal_cases"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeal_cases"."filed_at" is not null);--> statement-breakpoint
CREATE POLICY "assay_partner" ON "appeal_cases" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("appeal_cases"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeal_cases"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("appeal_cases"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeal_cases"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "appeal_cases" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("appeal_cases"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeal_cases"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and "appeal_cases"."team_id" = (select nullif(current_setting('app.team_id', true), '')::uuid)) WITH CHECK ("appeal_cases"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeal_cases"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and "appeal_cases"."team_id" = (select nullif(current_setting('app.team_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "appeal_cases" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("appeal_cases"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeal_cases"."labeler_id" = (select nullif(current_setting('app.labeler_id', true), '')::uuid)) WITH CHECK ("appeal_cases"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeal_cases"."labeler_id" = (select nullif(current_setting('app.labeler_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "appeal_cases" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "appeal_criteria" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "appeal_criteria" AS PERMISSIVE FOR ALL TO "assay_admin" USING (exists (select from appeals a where a.project_id = appeal_criteria.project_id and a.id = appeal_criteria.appeal_id)) WITH CHECK (exists (select from appeals a where a.project_id = appeal_criteria.project_id and a.id = appeal_criteria.appeal_id));--> statement-breakpoint
CREATE POLICY "assay_lead" ON "appeal_criteria" AS PERMISSIVE FOR ALL TO "assay_lead" USING (exists (select from appeals a where a.project_id = appeal_criteria.project_id and a.id = appeal_criteria.appeal_id)) WITH CHECK (exists (select from appeals a where a.project_id = appeal_criteria.project_id and a.id = appeal_criteria.appeal_id));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "appeal_criteria" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (exists (select from appeals a where a.project_id = appeal_criteria.project_id and a.id = appeal_criteria.appeal_id)) WITH CHECK (exists (select from appeals a where a.project_id = appeal_criteria.project_id and a.id = appeal_criteria.appeal_id));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "appeal_criteria" AS PERMISSIVE FOR ALL TO "assay_policy" USING (exists (select from appeals a where a.project_id = appeal_criteria.project_id and a.id = appeal_criteria.appeal_id)) WITH CHECK (exists (select from appeals a where a.project_id = appeal_criteria.project_id and a.id = appeal_criteria.appeal_id));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "appeal_criteria" AS PERMISSIVE FOR ALL TO "assay_analyst" USING (exists (select from appeals a where a.project_id = appeal_criteria.project_id and a.id = appeal_criteria.appeal_id)) WITH CHECK (exists (select from appeals a where a.project_id = appeal_criteria.project_id and a.id = appeal_criteria.appeal_id));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "appeal_criteria" AS PERMISSIVE FOR ALL TO "assay_partner" USING (exists (select from appeals a where a.project_id = appeal_criteria.project_id and a.id = appeal_criteria.appeal_id)) WITH CHECK (exists (select from appeals a where a.project_id = appeal_criteria.project_id and a.id = appeal_criteria.appeal_id));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "appeal_criteria" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING (exists (select from appeals a where a.project_id = appeal_criteria.project_id and a.id = appeal_criteria.appeal_id)) WITH CHECK (exists (select from appeals a where a.project_id = appeal_criteria.project_id and a.id = appeal_criteria.appeal_id));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "appeal_criteria" AS PERMISSIVE FOR ALL TO "assay_labeler" USING (exists (select from appeals a where a.project_id = appeal_criteria.project_id and a.id = appeal_criteria.appeal_id)) WITH CHECK (exists (select from appeals a where a.project_id = appeal_criteria.project_id and a.id = appeal_criteria.appeal_id));--> statement-breakpoint
CREATE POLICY "assay_service" ON "appeal_criteria" AS PERMISSIVE FOR ALL TO "assay_service" USING (exists (select from appeals a where a.project_id = appeal_criteria.project_id and a.id = appeal_criteria.appeal_id)) WITH CHECK (exists (select from appeals a where a.project_id = appeal_criteria.project_id and a.id = appeal_criteria.appeal_id));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "appeal_criteria" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "appeals" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "appeals" AS PERMISSIVE FOR ALL TO "assay_admin" USING ("appeals"."state" <> 'DRAFT' and (appeals.raised_by_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or appeals.decision_id <> all ((select blind_decisions())::uuid[]))) WITH CHECK ("appeals"."state" <> 'DRAFT' and (appeals.raised_by_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or appeals.decision_id <> all ((select blind_decisions())::uuid[])));--> statement-breakpoint
CREATE POLICY "assay_lead" ON "appeals" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("appeals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeals"."state" <> 'DRAFT' and (appeals.raised_by_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or appeals.decision_id <> all ((select blind_decisions())::uuid[]))) WITH CHECK ("appeals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeals"."state" <> 'DRAFT' and (appeals.raised_by_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or appeals.decision_id <> all ((select blind_decisions())::uuid[])));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "appeals" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("appeals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeals"."state" <> 'DRAFT' and (appeals.raised_by_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or appeals.decision_id <> all ((select blind_decisions())::uuid[])) and ("appeals"."auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid) or (select nullif(current_setting('app.principal_id', true), '')::uuid) = any (appeals.handled_by_ids)
      or (appeals.project_id = any ((select adjudicated_projects())::uuid[]) and "appeals"."tier" in ('L2', 'L3')))) WITH CHECK ("appeals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeals"."state" <> 'DRAFT' and (appeals.raised_by_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or appeals.decision_id <> all ((select blind_decisions())::uuid[])) and ("appeals"."auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid) or (select nullif(current_setting('app.principal_id', true), '')::uuid) = any (appeals.handled_by_ids)
      or (appeals.project_id = any ((select adjudicated_projects())::uuid[]) and "appeals"."tier" in ('L2', 'L3'))));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "appeals" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("appeals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeals"."state" <> 'DRAFT' and (appeals.raised_by_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or appeals.decision_id <> all ((select blind_decisions())::uuid[]))) WITH CHECK ("appeals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeals"."state" <> 'DRAFT' and (appeals.raised_by_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or appeals.decision_id <> all ((select blind_decisions())::uuid[])));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "appeals" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("appeals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeals"."state" <> 'DRAFT' and (appeals.raised_by_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or appeals.decision_id <> all ((select blind_decisions())::uuid[]))) WITH CHECK ("appeals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeals"."state" <> 'DRAFT' and (appeals.raised_by_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or appeals.decision_id <> all ((select blind_decisions())::uuid[])));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "appeals" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("appeals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeals"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and (appeals.raised_by_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or appeals.decision_id <> all ((select blind_decisions())::uuid[]))) WITH CHECK ("appeals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeals"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and (appeals.raised_by_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or appeals.decision_id <> all ((select blind_decisions())::uuid[])));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "appeals" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("appeals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeals"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and "appeals"."team_id" = (select nullif(current_setting('app.team_id', true), '')::uuid) and (appeals.raised_by_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or appeals.decision_id <> all ((select blind_decisions())::uuid[]))) WITH CHECK ("appeals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeals"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and "appeals"."team_id" = (select nullif(current_setting('app.team_id', true), '')::uuid) and (appeals.raised_by_id = (select nullif(current_setting('app.principal_id', true), '')::uuid) or appeals.decision_id <> all ((select blind_decisions())::uuid[])));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "appeals" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("appeals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeals"."labeler_id" = (select nullif(current_setting('app.labeler_id', true), '')::uuid)) WITH CHECK ("appeals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "appeals"."labeler_id" = (select nullif(current_setting('app.labeler_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_service" ON "appeals" AS PERMISSIVE FOR ALL TO "assay_service" USING ("appeals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("appeals"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null) and "appeals"."state" <> 'DRAFT') WITH CHECK ("appeals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("appeals"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null) and "appeals"."state" <> 'DRAFT');--> statement-breakpoint
CREATE POLICY "assay_worker" ON "appeals" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "business_calendars" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "business_calendars" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "business_calendars" AS PERMISSIVE FOR ALL TO "assay_lead" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "business_calendars" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_policy" ON "business_calendars" AS PERMISSIVE FOR ALL TO "assay_policy" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "business_calendars" AS PERMISSIVE FOR ALL TO "assay_analyst" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_partner" ON "business_calendars" AS PERMISSIVE FOR ALL TO "assay_partner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "business_calendars" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "business_calendars" AS PERMISSIVE FOR ALL TO "assay_labeler" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_service" ON "business_calendars" AS PERMISSIVE FOR ALL TO "assay_service" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_worker" ON "business_calendars" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "calendar_holidays" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "calendar_holidays" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "calendar_holidays" AS PERMISSIVE FOR ALL TO "assay_lead" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "calendar_holidays" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_policy" ON "calendar_holidays" AS PERMISSIVE FOR ALL TO "assay_policy" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "calendar_holidays" AS PERMISSIVE FOR ALL TO "assay_analyst" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_partner" ON "calendar_holidays" AS PERMISSIVE FOR ALL TO "assay_partner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "calendar_holidays" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "calendar_holidays" AS PERMISSIVE FOR ALL TO "assay_labeler" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_service" ON "calendar_holidays" AS PERMISSIVE FOR ALL TO "assay_service" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_worker" ON "calendar_holidays" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "sla_clocks" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "sla_clocks" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "sla_clocks" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("sla_clocks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("sla_clocks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "sla_clocks" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("sla_clocks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("sla_clocks"."is_staff_visible" or "sla_clocks"."auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid))) WITH CHECK ("sla_clocks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("sla_clocks"."is_staff_visible" or "sla_clocks"."auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "sla_clocks" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("sla_clocks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("sla_clocks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "sla_clocks" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("sla_clocks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("sla_clocks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "sla_clocks" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("sla_clocks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "sla_clocks"."is_partner_visible" and "sla_clocks"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("sla_clocks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "sla_clocks"."is_partner_visible" and "sla_clocks"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "sla_clocks" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("sla_clocks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "sla_clocks"."is_partner_visible" and "sla_clocks"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and "sla_clocks"."team_id" = (select nullif(current_setting('app.team_id', true), '')::uuid)) WITH CHECK ("sla_clocks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "sla_clocks"."is_partner_visible" and "sla_clocks"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and "sla_clocks"."team_id" = (select nullif(current_setting('app.team_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "sla_clocks" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("sla_clocks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "sla_clocks"."is_partner_visible" and "sla_clocks"."labeler_id" = (select nullif(current_setting('app.labeler_id', true), '')::uuid)) WITH CHECK ("sla_clocks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "sla_clocks"."is_partner_visible" and "sla_clocks"."labeler_id" = (select nullif(current_setting('app.labeler_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_service" ON "sla_clocks" AS PERMISSIVE FOR ALL TO "assay_service" USING ("sla_clocks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "sla_clocks"."is_partner_visible" and ("sla_clocks"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null)) WITH CHECK ("sla_clocks"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "sla_clocks"."is_partner_visible" and ("sla_clocks"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "sla_clocks" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "contacts" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "contacts" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "contacts" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("contacts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("contacts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "contacts" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("contacts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("contacts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "contacts" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("contacts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("contacts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "contacts" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("contacts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "contacts"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("contacts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "contacts"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "contacts" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("contacts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "contacts"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("contacts"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "contacts"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "contacts" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "escalation_links" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "escalation_links" AS PERMISSIVE FOR ALL TO "assay_admin" USING (exists (select from escalations e where e.project_id = escalation_links.project_id and e.id = escalation_links.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = escalation_links.project_id and e.id = escalation_links.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_lead" ON "escalation_links" AS PERMISSIVE FOR ALL TO "assay_lead" USING (exists (select from escalations e where e.project_id = escalation_links.project_id and e.id = escalation_links.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = escalation_links.project_id and e.id = escalation_links.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "escalation_links" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (exists (select from escalations e where e.project_id = escalation_links.project_id and e.id = escalation_links.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = escalation_links.project_id and e.id = escalation_links.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "escalation_links" AS PERMISSIVE FOR ALL TO "assay_policy" USING (exists (select from escalations e where e.project_id = escalation_links.project_id and e.id = escalation_links.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = escalation_links.project_id and e.id = escalation_links.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "escalation_links" AS PERMISSIVE FOR ALL TO "assay_analyst" USING (exists (select from escalations e where e.project_id = escalation_links.project_id and e.id = escalation_links.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = escalation_links.project_id and e.id = escalation_links.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "escalation_links" AS PERMISSIVE FOR ALL TO "assay_partner" USING (exists (select from escalations e where e.project_id = escalation_links.project_id and e.id = escalation_links.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = escalation_links.project_id and e.id = escalation_links.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "escalation_links" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING (exists (select from escalations e where e.project_id = escalation_links.project_id and e.id = escalation_links.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = escalation_links.project_id and e.id = escalation_links.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "escalation_links" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "escalation_rules" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "escalation_rules" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "escalation_rules" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("escalation_rules"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("escalation_rules"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "escalation_rules" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("escalation_rules"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("escalation_rules"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "escalation_rules" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("escalation_rules"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("escalation_rules"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "escalation_rules" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "escalation_signals" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "escalation_signals" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "escalation_signals" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("escalation_signals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("escalation_signals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "escalation_signals" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("escalation_signals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("escalation_signals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "escalation_signals" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("escalation_signals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("escalation_signals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "escalation_signals" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("escalation_signals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("escalation_signals"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "escalation_signals" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "escalations" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "escalations" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "escalations" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("escalations"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("escalations"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "escalations" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("escalations"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("escalations"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "escalations" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("escalations"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("escalations"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "escalations" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("escalations"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("escalations"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "escalations" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("escalations"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "escalations"."is_partner_visible" and "escalations"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("escalations"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "escalations"."is_partner_visible" and "escalations"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "escalations" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("escalations"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "escalations"."is_partner_visible" and "escalations"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("escalations"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "escalations"."is_partner_visible" and "escalations"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "escalations" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "rca_causes" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "rca_causes" AS PERMISSIVE FOR ALL TO "assay_admin" USING (exists (select from rcas r where r.project_id = rca_causes.project_id and r.id = rca_causes.rca_id)) WITH CHECK (exists (select from rcas r where r.project_id = rca_causes.project_id and r.id = rca_causes.rca_id));--> statement-breakpoint
CREATE POLICY "assay_lead" ON "rca_causes" AS PERMISSIVE FOR ALL TO "assay_lead" USING (exists (select from rcas r where r.project_id = rca_causes.project_id and r.id = rca_causes.rca_id)) WITH CHECK (exists (select from rcas r where r.project_id = rca_causes.project_id and r.id = rca_causes.rca_id));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "rca_causes" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (exists (select from rcas r where r.project_id = rca_causes.project_id and r.id = rca_causes.rca_id)) WITH CHECK (exists (select from rcas r where r.project_id = rca_causes.project_id and r.id = rca_causes.rca_id));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "rca_causes" AS PERMISSIVE FOR ALL TO "assay_policy" USING (exists (select from rcas r where r.project_id = rca_causes.project_id and r.id = rca_causes.rca_id)) WITH CHECK (exists (select from rcas r where r.project_id = rca_causes.project_id and r.id = rca_causes.rca_id));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "rca_causes" AS PERMISSIVE FOR ALL TO "assay_analyst" USING (exists (select from rcas r where r.project_id = rca_causes.project_id and r.id = rca_causes.rca_id)) WITH CHECK (exists (select from rcas r where r.project_id = rca_causes.project_id and r.id = rca_causes.rca_id));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "rca_causes" AS PERMISSIVE FOR ALL TO "assay_partner" USING (exists (select from rcas r where r.project_id = rca_causes.project_id and r.id = rca_causes.rca_id)) WITH CHECK (exists (select from rcas r where r.project_id = rca_causes.project_id and r.id = rca_causes.rca_id));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "rca_causes" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING (exists (select from rcas r where r.project_id = rca_causes.project_id and r.id = rca_causes.rca_id)) WITH CHECK (exists (select from rcas r where r.project_id = rca_causes.project_id and r.id = rca_causes.rca_id));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "rca_causes" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "rca_whys" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "rca_whys" AS PERMISSIVE FOR ALL TO "assay_admin" USING (exists (select from rcas r where r.project_id = rca_whys.project_id and r.id = rca_whys.rca_id)) WITH CHECK (exists (select from rcas r where r.project_id = rca_whys.project_id and r.id = rca_whys.rca_id));--> statement-breakpoint
CREATE POLICY "assay_lead" ON "rca_whys" AS PERMISSIVE FOR ALL TO "assay_lead" USING (exists (select from rcas r where r.project_id = rca_whys.project_id and r.id = rca_whys.rca_id)) WITH CHECK (exists (select from rcas r where r.project_id = rca_whys.project_id and r.id = rca_whys.rca_id));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "rca_whys" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (exists (select from rcas r where r.project_id = rca_whys.project_id and r.id = rca_whys.rca_id)) WITH CHECK (exists (select from rcas r where r.project_id = rca_whys.project_id and r.id = rca_whys.rca_id));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "rca_whys" AS PERMISSIVE FOR ALL TO "assay_policy" USING (exists (select from rcas r where r.project_id = rca_whys.project_id and r.id = rca_whys.rca_id)) WITH CHECK (exists (select from rcas r where r.project_id = rca_whys.project_id and r.id = rca_whys.rca_id));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "rca_whys" AS PERMISSIVE FOR ALL TO "assay_analyst" USING (exists (select from rcas r where r.project_id = rca_whys.project_id and r.id = rca_whys.rca_id)) WITH CHECK (exists (select from rcas r where r.project_id = rca_whys.project_id and r.id = rca_whys.rca_id));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "rca_whys" AS PERMISSIVE FOR ALL TO "assay_partner" USING (exists (select from rcas r where r.project_id = rca_whys.project_id and r.id = rca_whys.rca_id)) WITH CHECK (exists (select from rcas r where r.project_id = rca_whys.project_id and r.id = rca_whys.rca_id));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "rca_whys" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING (exists (select from rcas r where r.project_id = rca_whys.project_id and r.id = rca_whys.rca_id)) WITH CHECK (exists (select from rcas r where r.project_id = rca_whys.project_id and r.id = rca_whys.rca_id));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "rca_whys" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "rcas" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "rcas" AS PERMISSIVE FOR ALL TO "assay_admin" USING (exists (select from escalations e where e.project_id = rcas.project_id and e.id = rcas.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = rcas.project_id and e.id = rcas.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_lead" ON "rcas" AS PERMISSIVE FOR ALL TO "assay_lead" USING (exists (select from escalations e where e.project_id = rcas.project_id and e.id = rcas.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = rcas.project_id and e.id = rcas.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "rcas" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (exists (select from escalations e where e.project_id = rcas.project_id and e.id = rcas.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = rcas.project_id and e.id = rcas.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "rcas" AS PERMISSIVE FOR ALL TO "assay_policy" USING (exists (select from escalations e where e.project_id = rcas.project_id and e.id = rcas.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = rcas.project_id and e.id = rcas.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "rcas" AS PERMISSIVE FOR ALL TO "assay_analyst" USING (exists (select from escalations e where e.project_id = rcas.project_id and e.id = rcas.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = rcas.project_id and e.id = rcas.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "rcas" AS PERMISSIVE FOR ALL TO "assay_partner" USING (exists (select from escalations e where e.project_id = rcas.project_id and e.id = rcas.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = rcas.project_id and e.id = rcas.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "rcas" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING (exists (select from escalations e where e.project_id = rcas.project_id and e.id = rcas.escalation_id)) WITH CHECK (exists (select from escalations e where e.project_id = rcas.project_id and e.id = rcas.escalation_id));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "rcas" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "appeal_rulings" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "appeal_rulings" AS PERMISSIVE FOR ALL TO "assay_admin" USING (exists (select from appeals a where a.project_id = appeal_rulings.project_id and a.id = appeal_rulings.appeal_id)) WITH CHECK (exists (select from appeals a where a.project_id = appeal_rulings.project_id and a.id = appeal_rulings.appeal_id));--> statement-breakpoint
CREATE POLICY "assay_lead" ON "appeal_rulings" AS PERMISSIVE FOR ALL TO "assay_lead" USING (exists (select from appeals a where a.project_id = appeal_rulings.project_id and a.id = appeal_rulings.appeal_id)) WITH CHECK (exists (select from appeals a where a.project_id = appeal_rulings.project_id and a.id = appeal_rulings.appeal_id));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "appeal_rulings" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (exists (select from appeals a where a.project_id = appeal_rulings.project_id and a.id = appeal_rulings.appeal_id)) WITH CHECK (exists (select from appeals a where a.project_id = appeal_rulings.project_id and a.id = appeal_rulings.appeal_id));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "appeal_rulings" AS PERMISSIVE FOR ALL TO "assay_policy" USING (exists (select from appeals a where a.project_id = appeal_rulings.project_id and a.id = appeal_rulings.appeal_id)) WITH CHECK (exists (select from appeals a where a.project_id = appeal_rulings.project_id and a.id = appeal_rulings.appeal_id));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "appeal_rulings" AS PERMISSIVE FOR ALL TO "assay_analyst" USING (exists (select from appeals a where a.project_id = appeal_rulings.project_id and a.id = appeal_rulings.appeal_id)) WITH CHECK (exists (select from appeals a where a.project_id = appeal_rulings.project_id and a.id = appeal_rulings.appeal_id));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "appeal_rulings" AS PERMISSIVE FOR ALL TO "assay_partner" USING (exists (select from appeals a where a.project_id = appeal_rulings.project_id and a.id = appeal_rulings.appeal_id)) WITH CHECK (exists (select from appeals a where a.project_id = appeal_rulings.project_id and a.id = appeal_rulings.appeal_id));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "appeal_rulings" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING (exists (select from appeals a where a.project_id = appeal_rulings.project_id and a.id = appeal_rulings.appeal_id)) WITH CHECK (exists (select from appeals a where a.project_id = appeal_rulings.project_id and a.id = appeal_rulings.appeal_id));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "appeal_rulings" AS PERMISSIVE FOR ALL TO "assay_labeler" USING (exists (select from appeals a where a.project_id = appeal_rulings.project_id and a.id = appeal_rulings.appeal_id)) WITH CHECK (exists (select from appeals a where a.project_id = appeal_rulings.project_id and a.id = appeal_rulings.appeal_id));--> statement-breakpoint
CREATE POLICY "assay_service" ON "appeal_rulings" AS PERMISSIVE FOR ALL TO "assay_service" USING (exists (select from appeals a where a.project_id = appeal_rulings.project_id and a.id = appeal_rulings.appeal_id)) WITH CHECK (exists (select from appeals a where a.project_id = appeal_rulings.project_id and a.id = appeal_rulings.appeal_id));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "appeal_rulings" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "precedents" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "precedents" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "precedents" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("precedents"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("precedents"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "precedents" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("precedents"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("precedents"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "precedents" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("precedents"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("precedents"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "precedents" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("precedents"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("precedents"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "precedents" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("precedents"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("precedents"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "precedents" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("precedents"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("precedents"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "precedents" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("precedents"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "precedents"."state" = 'ACTIVE') WITH CHECK ("precedents"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "precedents"."state" = 'ACTIVE');--> statement-breakpoint
CREATE POLICY "assay_worker" ON "precedents" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "ruling_findings" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "ruling_findings" AS PERMISSIVE FOR ALL TO "assay_admin" USING (exists (select from appeal_rulings r where r.project_id = ruling_findings.project_id and r.id = ruling_findings.ruling_id)) WITH CHECK (exists (select from appeal_rulings r where r.project_id = ruling_findings.project_id and r.id = ruling_findings.ruling_id));--> statement-breakpoint
CREATE POLICY "assay_lead" ON "ruling_findings" AS PERMISSIVE FOR ALL TO "assay_lead" USING (exists (select from appeal_rulings r where r.project_id = ruling_findings.project_id and r.id = ruling_findings.ruling_id)) WITH CHECK (exists (select from appeal_rulings r where r.project_id = ruling_findings.project_id and r.id = ruling_findings.ruling_id));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "ruling_findings" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (exists (select from appeal_rulings r where r.project_id = ruling_findings.project_id and r.id = ruling_findings.ruling_id)) WITH CHECK (exists (select from appeal_rulings r where r.project_id = ruling_findings.project_id and r.id = ruling_findings.ruling_id));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "ruling_findings" AS PERMISSIVE FOR ALL TO "assay_policy" USING (exists (select from appeal_rulings r where r.project_id = ruling_findings.project_id and r.id = ruling_findings.ruling_id)) WITH CHECK (exists (select from appeal_rulings r where r.project_id = ruling_findings.project_id and r.id = ruling_findings.ruling_id));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "ruling_findings" AS PERMISSIVE FOR ALL TO "assay_analyst" USING (exists (select from appeal_rulings r where r.project_id = ruling_findings.project_id and r.id = ruling_findings.ruling_id)) WITH CHECK (exists (select from appeal_rulings r where r.project_id = ruling_findings.project_id and r.id = ruling_findings.ruling_id));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "ruling_findings" AS PERMISSIVE FOR ALL TO "assay_partner" USING (exists (select from appeal_rulings r where r.project_id = ruling_findings.project_id and r.id = ruling_findings.ruling_id)) WITH CHECK (exists (select from appeal_rulings r where r.project_id = ruling_findings.project_id and r.id = ruling_findings.ruling_id));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "ruling_findings" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING (exists (select from appeal_rulings r where r.project_id = ruling_findings.project_id and r.id = ruling_findings.ruling_id)) WITH CHECK (exists (select from appeal_rulings r where r.project_id = ruling_findings.project_id and r.id = ruling_findings.ruling_id));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "ruling_findings" AS PERMISSIVE FOR ALL TO "assay_labeler" USING (exists (select from appeal_rulings r where r.project_id = ruling_findings.project_id and r.id = ruling_findings.ruling_id)) WITH CHECK (exists (select from appeal_rulings r where r.project_id = ruling_findings.project_id and r.id = ruling_findings.ruling_id));--> statement-breakpoint
CREATE POLICY "assay_service" ON "ruling_findings" AS PERMISSIVE FOR ALL TO "assay_service" USING (exists (select from appeal_rulings r where r.project_id = ruling_findings.project_id and r.id = ruling_findings.ruling_id)) WITH CHECK (exists (select from appeal_rulings r where r.project_id = ruling_findings.project_id and r.id = ruling_findings.ruling_id));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "ruling_findings" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "messages" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "messages" AS PERMISSIVE FOR ALL TO "assay_admin" USING (exists (select from threads t where t.project_id = messages.project_id and t.id = messages.thread_id)) WITH CHECK (exists (select from threads t where t.project_id = messages.project_id and t.id = messages.thread_id));--> statement-breakpoint
CREATE POLICY "assay_lead" ON "messages" AS PERMISSIVE FOR ALL TO "assay_lead" USING (exists (select from threads t where t.project_id = messages.project_id and t.id = messages.thread_id)) WITH CHECK (exists (select from threads t where t.project_id = messages.project_id and t.id = messages.thread_id));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "messages" AS PERMISSIVE FOR ALL TO "assay_auditor" USING (exists (select from threads t where t.project_id = messages.project_id and t.id = messages.thread_id)) WITH CHECK (exists (select from threads t where t.project_id = messages.project_id and t.id = messages.thread_id));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "messages" AS PERMISSIVE FOR ALL TO "assay_policy" USING (exists (select from threads t where t.project_id = messages.project_id and t.id = messages.thread_id)) WITH CHECK (exists (select from threads t where t.project_id = messages.project_id and t.id = messages.thread_id));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "messages" AS PERMISSIVE FOR ALL TO "assay_partner" USING (exists (select from threads t where t.project_id = messages.project_id and t.id = messages.thread_id)) WITH CHECK (exists (select from threads t where t.project_id = messages.project_id and t.id = messages.thread_id));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "messages" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING (exists (select from threads t where t.project_id = messages.project_id and t.id = messages.thread_id)) WITH CHECK (exists (select from threads t where t.project_id = messages.project_id and t.id = messages.thread_id));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "messages" AS PERMISSIVE FOR ALL TO "assay_labeler" USING (exists (select from threads t where t.project_id = messages.project_id and t.id = messages.thread_id)) WITH CHECK (exists (select from threads t where t.project_id = messages.project_id and t.id = messages.thread_id));--> statement-breakpoint
CREATE POLICY "assay_service" ON "messages" AS PERMISSIVE FOR ALL TO "assay_service" USING (exists (select from threads t where t.project_id = messages.project_id and t.id = messages.thread_id)) WITH CHECK (exists (select from threads t where t.project_id = messages.project_id and t.id = messages.thread_id));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "messages" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "threads" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "threads" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "threads" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("threads"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("threads"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "threads" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("threads"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("threads"."is_staff_visible" or "threads"."auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid))) WITH CHECK ("threads"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and ("threads"."is_staff_visible" or "threads"."auditor_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "threads" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("threads"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("threads"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "threads" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("threads"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "threads"."is_partner_visible" and "threads"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("threads"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "threads"."is_partner_visible" and "threads"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "threads" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("threads"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "threads"."is_partner_visible" and "threads"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and "threads"."team_id" = (select nullif(current_setting('app.team_id', true), '')::uuid)) WITH CHECK ("threads"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "threads"."is_partner_visible" and "threads"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) and "threads"."team_id" = (select nullif(current_setting('app.team_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_labeler" ON "threads" AS PERMISSIVE FOR ALL TO "assay_labeler" USING ("threads"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "threads"."is_partner_visible" and "threads"."labeler_id" = (select nullif(current_setting('app.labeler_id', true), '')::uuid)) WITH CHECK ("threads"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "threads"."is_partner_visible" and "threads"."labeler_id" = (select nullif(current_setting('app.labeler_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_service" ON "threads" AS PERMISSIVE FOR ALL TO "assay_service" USING ("threads"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "threads"."is_partner_visible" and ("threads"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null)) WITH CHECK ("threads"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "threads"."is_partner_visible" and ("threads"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid) or (select nullif(current_setting('app.vendor_id', true), '')::uuid) is null));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "threads" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "webhook_deliveries" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "webhook_deliveries" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "webhook_deliveries" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("webhook_deliveries"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("webhook_deliveries"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "webhook_deliveries" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("webhook_deliveries"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "webhook_deliveries"."owner_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("webhook_deliveries"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "webhook_deliveries"."owner_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "webhook_deliveries" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("webhook_deliveries"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "webhook_deliveries"."owner_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("webhook_deliveries"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "webhook_deliveries"."owner_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "webhook_deliveries" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("webhook_deliveries"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "webhook_deliveries"."owner_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("webhook_deliveries"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "webhook_deliveries"."owner_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "webhook_deliveries" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("webhook_deliveries"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "webhook_deliveries"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("webhook_deliveries"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "webhook_deliveries"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "webhook_deliveries" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("webhook_deliveries"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "webhook_deliveries"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("webhook_deliveries"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "webhook_deliveries"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_service" ON "webhook_deliveries" AS PERMISSIVE FOR ALL TO "assay_service" USING ("webhook_deliveries"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "webhook_deliveries"."owner_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("webhook_deliveries"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "webhook_deliveries"."owner_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "webhook_deliveries" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "webhook_endpoints" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_admin" ON "webhook_endpoints" AS PERMISSIVE FOR ALL TO "assay_admin" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_lead" ON "webhook_endpoints" AS PERMISSIVE FOR ALL TO "assay_lead" USING ("webhook_endpoints"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[])) WITH CHECK ("webhook_endpoints"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]));--> statement-breakpoint
CREATE POLICY "assay_auditor" ON "webhook_endpoints" AS PERMISSIVE FOR ALL TO "assay_auditor" USING ("webhook_endpoints"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "webhook_endpoints"."owner_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("webhook_endpoints"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "webhook_endpoints"."owner_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_policy" ON "webhook_endpoints" AS PERMISSIVE FOR ALL TO "assay_policy" USING ("webhook_endpoints"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "webhook_endpoints"."owner_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("webhook_endpoints"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "webhook_endpoints"."owner_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_analyst" ON "webhook_endpoints" AS PERMISSIVE FOR ALL TO "assay_analyst" USING ("webhook_endpoints"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "webhook_endpoints"."owner_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("webhook_endpoints"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "webhook_endpoints"."owner_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner" ON "webhook_endpoints" AS PERMISSIVE FOR ALL TO "assay_partner" USING ("webhook_endpoints"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "webhook_endpoints"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("webhook_endpoints"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "webhook_endpoints"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_partner_team" ON "webhook_endpoints" AS PERMISSIVE FOR ALL TO "assay_partner_team" USING ("webhook_endpoints"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "webhook_endpoints"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid)) WITH CHECK ("webhook_endpoints"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "webhook_endpoints"."vendor_id" = (select nullif(current_setting('app.vendor_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_service" ON "webhook_endpoints" AS PERMISSIVE FOR ALL TO "assay_service" USING ("webhook_endpoints"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "webhook_endpoints"."owner_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid)) WITH CHECK ("webhook_endpoints"."project_id" = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ','))::uuid[]) and "webhook_endpoints"."owner_id" = (select nullif(current_setting('app.principal_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "assay_worker" ON "webhook_endpoints" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_owner" ON "webhook_secrets" AS PERMISSIVE FOR ALL TO "assay_owner" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "assay_worker" ON "webhook_secrets" AS PERMISSIVE FOR ALL TO "assay_worker" USING (true) WITH CHECK (true);