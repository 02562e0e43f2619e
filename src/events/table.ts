import { sql } from "drizzle-orm";
import { bigint, boolean, customType, foreignKey, index, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { SYSTEM_PROJECT_ID } from "../core/ids.ts";
import { code, digest, projectKey, projectPrimaryKey, time } from "../db/columns.ts";
import { everyRow, forRoles, inProjects, isMe, isMyLabeler, isMyVendor, isMyVendorIfAny, rowSecurity } from "../db/policies.ts";
import { isForMyTeam } from "./audience.ts";

const transactionId = customType<{ data: string }>({ dataType: () => "xid8" });
// Anyone may append for their own principal, to their projects and to the reserved project of global rows.
const asWriter = sql.raw(`(project_id = any ((select string_to_array(nullif(current_setting('app.project_ids', true), ''), ',')::uuid[])::uuid[])
  or project_id = '${SYSTEM_PROJECT_ID}') and actor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid)`);

// Who sees an appeal is asked of the appeal: it may be hidden from some of those whom its events address, such as auditors who may not rule, and
// whoever must yet judge its decision blindly. So it is of what is said about it, and of its clocks. Nor is such a judge told of others' audits.
const ASKED_OF_SUBJECT = ["Appeal", "Thread", "SlaClock"];
const ofSeenSubject = sql.raw(`(events.subject_type not in (${ASKED_OF_SUBJECT.map((type) => `'${type}'`).join(", ")}) or sees_subject(events.project_id, events.subject_type, events.subject_id))
  and (events.subject_type <> 'Audit' or events.auditor_id = (select nullif(current_setting('app.principal_id', true), '')::uuid)
    or events.subject_id <> all ((select blind_audits())::uuid[]))`);

/**
 * The outbox: one row per state change, in the transaction of that change. Carries who may see its subject, since the subject's own
 * policy can't be asked. The project is a foreign key written in the migration: events lie below the features.
 */
export const events = pgTable("events", {
  ...projectKey(),
  type: code("type").notNull(),
  subjectType: code("subject_type").notNull(),
  subjectId: uuid("subject_id").notNull(),
  actorId: uuid("actor_id").notNull(),
  /** The machine client's principal that acted for the actor, by a token that it exchanged; null where they acted themselves. */
  viaId: uuid("via_id"),
  recordedAt: time("recorded_at").notNull(),
  fromState: code("from_state"),
  toState: code("to_state"),
  reason: text("reason"),
  payload: jsonb("payload").$type<Record<string, unknown>>().notNull().default({}),
  vendorId: uuid("vendor_id"),
  teamId: uuid("team_id"),
  labelerId: uuid("labeler_id"),
  /** The auditor whose own work this is about. */
  auditorId: uuid("auditor_id"),
  /** Everybody in the project may see the subject. */
  isProjectVisible: boolean("is_project_visible").notNull(),
  /** The vendor, team and labeler named may see the subject. */
  isPartnerVisible: boolean("is_partner_visible").notNull(),
  /** Auditors and policy managers of the project may see the subject. */
  isStaffVisible: boolean("is_staff_visible").notNull(),
  transactionId: transactionId("transaction_id").notNull().default(sql`pg_current_xact_id()`),
}, (t) => [
  projectPrimaryKey(t),
  index("events_transaction").on(t.transactionId),
  index("events_subject").on(t.projectId, t.subjectId),
  ...rowSecurity({
    assay_admin: { using: ofSeenSubject, check: everyRow },
    assay_lead: { using: sql`${inProjects(t.projectId)} and ${ofSeenSubject}`, check: asWriter },
    assay_analyst: { using: sql`${inProjects(t.projectId)} and ${ofSeenSubject}`, check: inProjects(t.projectId) },
    assay_auditor: {
      using: sql`${inProjects(t.projectId)} and (${t.isProjectVisible} or ${t.isStaffVisible} or ${isMe(t.auditorId)}) and ${ofSeenSubject}`,
      check: asWriter,
    },
    assay_policy: { using: sql`${inProjects(t.projectId)} and (${t.isProjectVisible} or ${t.isStaffVisible}) and ${ofSeenSubject}`, check: asWriter },
    assay_partner: {
      using: sql`${inProjects(t.projectId)} and (${t.isProjectVisible} or (${t.isPartnerVisible} and ${isMyVendor(t.vendorId)})) and ${ofSeenSubject}`,
      check: asWriter,
    },
    assay_partner_team: {
      using: sql`${inProjects(t.projectId)} and (${t.isProjectVisible} or (${t.isPartnerVisible} and ${isMyVendor(t.vendorId)} and ${isForMyTeam(t, ASKED_OF_SUBJECT)}))
        and ${ofSeenSubject}`,
      check: asWriter,
    },
    assay_labeler: {
      using: sql`${inProjects(t.projectId)} and (${t.isProjectVisible} or (${t.isPartnerVisible} and ${isMyLabeler(t.labelerId)}))`,
      check: asWriter,
    },
    assay_service: {
      using: sql`${inProjects(t.projectId)} and (${t.isProjectVisible} or (${t.isPartnerVisible} and ${isMyVendorIfAny(t.vendorId)}))`,
      check: asWriter,
    },
  }),
]);

const ofVisibleEvent = sql.raw("exists (select from events e where e.project_id = event_seals.project_id and e.id = event_seals.event_id)");

/** The order of a project's events: dense, causal, and hash-chained, so that a missing or changed one shows. */
export const eventSeals = pgTable("event_seals", {
  projectId: uuid("project_id").notNull(),
  seq: bigint("seq", { mode: "number" }).notNull(),
  eventId: uuid("event_id").notNull(),
  /** SHA-256 of the previous seal's hash and this event's row. */
  hash: digest("hash").notNull(),
  sealedAt: time("sealed_at").notNull(),
}, (t) => [
  primaryKey({ columns: [t.projectId, t.seq] }),
  foreignKey({ columns: [t.projectId, t.eventId], foreignColumns: [events.projectId, events.id] }),
  uniqueIndex("event_seals_event").on(t.projectId, t.eventId),
  ...rowSecurity({
    assay_admin: everyRow,
    ...forRoles(["assay_lead", "assay_analyst"], inProjects(t.projectId)),
    ...forRoles(["assay_auditor", "assay_policy", "assay_partner", "assay_partner_team", "assay_labeler", "assay_service"], ofVisibleEvent),
  }),
]);

/** One row: every event of a transaction before this one is sealed, so the sealer looks no further back. */
export const sealerState = pgTable("sealer_state", {
  id: boolean("id").primaryKey().default(true),
  sealedBefore: transactionId("sealed_before").notNull(),
}, () => [...rowSecurity({})]);
