import { sql } from "drizzle-orm";
import { type AnyPgColumn, bigint, check, foreignKey, index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { ROLES } from "../core/viewer.ts";
import { code, oneOf, projectKey, projectPrimaryKey, projectReference, texts, time, versioned, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { everyRow, forRoles, inProjects, isMe, isMyVendor, rowSecurity } from "../db/policies.ts";
import { principalEntity, type PrincipalRow, principals } from "../grants/table.ts";
import { projectEntity, type ProjectRow, projects } from "../projects/table.ts";
import { vendorEntity, type VendorRow, vendors } from "../vendors/table.ts";

export const WEBHOOK_STATES = ["ACTIVE", "PAUSED", "DISABLED"] as const;
export const DELIVERY_STATES = ["PENDING", "DELIVERED", "FAILED", "DEAD"] as const;

/** By kind of thing, the filter of its subscription. */
export type EventFilter = Readonly<Partial<Record<"appeals" | "escalations" | "queues" | "clocks", object | null>>>;

const ofOwner = (t: Record<"projectId" | "vendorId" | "ownerId", AnyPgColumn>) => ({
  assay_admin: everyRow,
  assay_lead: inProjects(t.projectId),
  ...forRoles(["assay_auditor", "assay_policy", "assay_analyst"], sql`${inProjects(t.projectId)} and ${isMe(t.ownerId)}`),
  assay_partner: sql`${inProjects(t.projectId)} and ${isMyVendor(t.vendorId)}`,
  // Of a vendor's other teams they see nothing.
  assay_partner_team: sql`${inProjects(t.projectId)} and ${isMyVendor(t.vendorId)} and ${isMe(t.ownerId)}`,
  assay_service: sql`${inProjects(t.projectId)} and ${isMe(t.ownerId)}`,
});

/**
 * Where a project's events are sent to, as far as its owner may see them under the role that they made it with: what is sent is read under
 * that role, vendor and team.
 */
export const webhookEndpoints = pgTable("webhook_endpoints", {
  ...projectKey(),
  url: text("url").notNull(),
  description: text("description"),
  /** Types that are sent, all if empty; a last `*` stands for any ending. */
  eventTypes: texts("event_types").notNull().default(sql`'{}'`),
  /** Filters of live subscriptions, as they were given: only what one of them would tell is sent; all if null. */
  filter: jsonb("filter").$type<EventFilter>(),
  state: word("state", WEBHOOK_STATES).notNull(),
  /** Why it was disabled by the system. */
  stateReason: text("state_reason"),
  ownerId: uuid("owner_id").notNull().references(() => principals.id),
  role: word("role", ROLES).notNull(),
  vendorId: uuid("vendor_id").references(() => vendors.id),
  teamId: uuid("team_id"),
  labelerId: uuid("labeler_id"),
  /** The last event of the project that was looked at for it. */
  cursorSeq: bigint("cursor_seq", { mode: "number" }).notNull(),
  /** Deliveries that failed since the last that went through. */
  failures: integer("failures").notNull().default(0),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  foreignKey({ columns: [t.projectId], foreignColumns: [projects.id] }),
  oneOf("webhook_endpoints_state", t.state, WEBHOOK_STATES),
  oneOf("webhook_endpoints_role", t.role, ROLES),
  ...rowSecurity(ofOwner(t)),
]);

/** What deliveries are signed with (Standard Webhooks); read by the system alone. The one before signs too until it ends. */
export const webhookSecrets = pgTable("webhook_secrets", {
  ...projectKey(),
  endpointId: uuid("endpoint_id").notNull(),
  secret: text("secret").notNull(),
  endsAt: time("ends_at"),
  createdAt: time("created_at").notNull(),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.endpointId, webhookEndpoints),
  uniqueIndex("webhook_secrets_current").on(t.projectId, t.endpointId).where(sql`ends_at is null`),
  ...rowSecurity({}),
]);

/** An event on its way to an endpoint: every attempt is counted, the last is told of. */
export const webhookDeliveries = pgTable("webhook_deliveries", {
  ...projectKey(),
  endpointId: uuid("endpoint_id").notNull(),
  /** The event's, copied: null for a test. */
  eventId: uuid("event_id"),
  seq: bigint("seq", { mode: "number" }),
  eventType: code("event_type").notNull(),
  state: word("state", DELIVERY_STATES).notNull(),
  attempts: integer("attempts").notNull().default(0),
  nextAttemptAt: time("next_attempt_at"),
  /** Of the last attempt: HTTP status, or what went wrong; how long it took. */
  lastStatus: integer("last_status"),
  lastError: text("last_error"),
  lastMs: integer("last_ms"),
  deliveredAt: time("delivered_at"),
  /** The delivery that it repeats. */
  replayOfId: uuid("replay_of_id"),
  vendorId: uuid("vendor_id"),
  ownerId: uuid("owner_id").notNull(),
  createdAt: time("created_at").notNull(),
  updatedAt: time("updated_at").notNull(),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.endpointId, webhookEndpoints),
  oneOf("webhook_deliveries_state", t.state, DELIVERY_STATES),
  check("webhook_deliveries_pending", sql`(${t.state} in ('PENDING', 'FAILED')) = (${t.nextAttemptAt} is not null)`),
  check("webhook_deliveries_delivered", sql`(${t.state} = 'DELIVERED') = (${t.deliveredAt} is not null)`),
  uniqueIndex("webhook_deliveries_once").on(t.projectId, t.endpointId, t.eventId).where(sql`replay_of_id is null and event_id is not null`),
  index("webhook_deliveries_due").on(t.projectId, t.endpointId, t.nextAttemptAt, t.id).where(sql`next_attempt_at is not null`),
  index("webhook_deliveries_endpoint").on(t.projectId, t.endpointId, t.id),
  ...rowSecurity(ofOwner(t)),
]);

export type WebhookEndpointRow = typeof webhookEndpoints.$inferSelect & { project?: ProjectRow | null; owner?: PrincipalRow | null; vendor?: VendorRow | null };
export type WebhookDeliveryRow = typeof webhookDeliveries.$inferSelect & { endpoint?: WebhookEndpointRow | null };

export const webhookEndpointEntity = entity<WebhookEndpointRow>("WebhookEndpoint", webhookEndpoints, {
  project: { entity: () => projectEntity, column: "projectId" },
  owner: { entity: () => principalEntity, column: "ownerId" },
  vendor: { entity: () => vendorEntity, column: "vendorId" },
});
export const webhookDeliveryEntity = entity<WebhookDeliveryRow>("WebhookDelivery", webhookDeliveries, {
  endpoint: { entity: () => webhookEndpointEntity, column: "endpointId" },
});
