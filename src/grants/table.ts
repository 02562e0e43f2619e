import { sql } from "drizzle-orm";
import { boolean, check, index, pgTable, primaryKey, text, unique, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { ROLES, type Scope } from "../core/viewer.ts";
import { code, globalKey, oneOf, time, versioned, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { DB_ROLES, type DbRole, PARTNER_DB_ROLES } from "../db/identity.ts";
import { actsAlone, everyRow, forRoles, inProjects, isMe, isMyVendor, rowSecurity } from "../db/policies.ts";

export const PRINCIPAL_KINDS = ["PERSON", "SERVICE", "SYSTEM"] as const;

const everybody = DB_ROLES.filter((role) => !["assay_admin", "assay_auth", "assay_worker"].includes(role));
const partners: readonly DbRole[] = [...PARTNER_DB_ROLES, "assay_labeler"];

/** Whoever acts: a person, a machine client, or the system. (issuer, subject) is how a JWT finds it. */
export const principals = pgTable("principals", {
  ...globalKey(),
  kind: word("kind", PRINCIPAL_KINDS).notNull(),
  name: text("name").notNull(),
  email: text("email"),
  issuer: code("issuer"),
  subject: code("subject"),
  deactivatedAt: time("deactivated_at"),
  ...versioned(),
}, (t) => [
  oneOf("principals_kind", t.kind, PRINCIPAL_KINDS),
  uniqueIndex("principals_subject").on(t.issuer, t.subject),
  check("principals_subject_whole", sql`(${t.issuer} is null) = (${t.subject} is null)`),
  ...rowSecurity({ ...forRoles(everybody, isMe(t.id)), assay_lead: everyRow, assay_admin: everyRow, assay_auth: everyRow }),
]);

/**
 * What a principal may be. The project, vendor, team and labeler are foreign keys too, written in the migration: grants lie below the
 * features that own those tables.
 */
export const roleGrants = pgTable("role_grants", {
  ...globalKey(),
  principalId: uuid("principal_id").notNull().references(() => principals.id),
  role: word("role", ROLES).notNull(),
  /** Where it holds; not `projectId`, since no project owns the row. Null is all projects. */
  grantedProjectId: uuid("project_id"),
  vendorId: uuid("vendor_id"),
  teamId: uuid("team_id"),
  labelerId: uuid("labeler_id"),
  canAdjudicate: boolean("can_adjudicate").notNull().default(false),
  reason: text("reason"),
  expiresAt: time("expires_at"),
  revokedAt: time("revoked_at"),
  /** Who gave it; null in rows from before this was kept. */
  grantedById: uuid("granted_by_id").references(() => principals.id),
  /** It has no effect before another administrator approves it. */
  isPending: boolean("is_pending").notNull().default(false),
  approvedById: uuid("approved_by_id").references(() => principals.id),
  ...versioned(),
}, (t) => [
  oneOf("role_grants_role", t.role, ROLES),
  check("role_grants_pending", sql`not ${t.isPending} or (${t.role} = 'ADMIN' and ${t.grantedById} is not null and ${t.approvedById} is null)`),
  // Four eyes: neither who gave it nor whose it is.
  check("role_grants_approval", sql`${t.approvedById} is null or (${t.approvedById} <> ${t.grantedById} and ${t.approvedById} <> ${t.principalId})`),
  // An administrator's rows aren't narrowed by project, so neither may the grant look as if they were.
  check("role_grants_project", sql`${t.role} = 'SERVICE' or (${t.grantedProjectId} is null) = (${t.role} = 'ADMIN')`),
  check("role_grants_vendor", sql`${t.role} = 'SERVICE' or (${t.vendorId} is not null) = (${t.role} in ('VENDOR_MANAGER', 'VENDOR_QA', 'LABELER'))`),
  check("role_grants_team", sql`${t.teamId} is null or ${t.role} in ('VENDOR_MANAGER', 'VENDOR_QA')`),
  check("role_grants_labeler", sql`(${t.labelerId} is not null) = (${t.role} = 'LABELER')`),
  check("role_grants_adjudicate", sql`not ${t.canAdjudicate} or ${t.role} in ('AUDITOR', 'QA_LEAD')`),
  unique("role_grants_once").on(t.principalId, t.role, t.grantedProjectId, t.vendorId, t.teamId, t.labelerId).nullsNotDistinct(),
  index("role_grants_principal").on(t.principalId),
  ...rowSecurity({
    ...forRoles(everybody, isMe(t.principalId)),
    // Who acts for somebody is not told what else they are.
    ...forRoles(partners, sql`${isMe(t.principalId)} and (${actsAlone} or (${isMyVendor(t.vendorId)} and ${inProjects(t.grantedProjectId)}))`),
    assay_admin: everyRow,
    assay_auth: everyRow,
  }),
]);

/** An API key of a principal. The key itself is shown once; only its SHA-256 and a prefix to recognise it are kept. */
export const apiClients = pgTable("api_clients", {
  ...globalKey(),
  principalId: uuid("principal_id").notNull().references(() => principals.id),
  name: text("name").notNull(),
  prefix: code("prefix").notNull(),
  keyHash: code("key_hash").notNull().unique("api_clients_key"),
  scopes: text("scopes").array().$type<Scope[]>().notNull().default(sql`'{}'`),
  /** It may send its principal's registered documents, and no others. */
  isRestricted: boolean("only_registered").notNull().default(false),
  expiresAt: time("expires_at").notNull(),
  revokedAt: time("revoked_at"),
  /** Of the key before the last rotation, which works for a while beside the new one. */
  previousKeyHash: code("previous_key_hash").unique("api_clients_previous_key"),
  previousExpiresAt: time("previous_expires_at"),
  /** Who made the key, or rotated it last, and so may know it; null: nobody is known to have, but its principal and the operator. */
  madeById: uuid("made_by_id").references(() => principals.id),
  /** To the minute; written without a new version. */
  lastUsedAt: time("last_used_at"),
  ...versioned(),
}, (t) => [
  check("api_clients_previous", sql`(${t.previousKeyHash} is null) = (${t.previousExpiresAt} is null)`),
  index("api_clients_principal").on(t.principalId),
  ...rowSecurity({
    ...forRoles(everybody, isMe(t.principalId)),
    ...forRoles(partners, sql`${isMe(t.principalId)} and ${actsAlone}`),
    assay_admin: everyRow,
    assay_auth: everyRow,
  }),
]);

/** The answer of a write, kept beside it: the same key and input is answered again without writing, other input is refused. */
export const idempotencyKeys = pgTable("idempotency_keys", {
  principalId: uuid("principal_id").notNull().references(() => principals.id),
  key: code("key").notNull(),
  requestHash: code("request_hash").notNull(),
  response: text("response").notNull(),
  createdAt: time("created_at").notNull().default(sql`clock_timestamp()`),
}, (t) => [
  primaryKey({ columns: [t.principalId, t.key] }),
  ...rowSecurity(forRoles(DB_ROLES.filter((role) => role !== "assay_auth" && role !== "assay_worker"), isMe(t.principalId))),
]);

export type PrincipalRow = typeof principals.$inferSelect;
export type RoleGrantRow = typeof roleGrants.$inferSelect & Partial<Record<"principal" | "grantedBy" | "approvedBy", PrincipalRow | null>>;
export type ApiClientRow = typeof apiClients.$inferSelect & { principal?: PrincipalRow | null };

const named = (column: string) => ({ entity: () => principalEntity, column });
const ofPrincipal = { principal: named("principalId") };
export const principalEntity = entity<PrincipalRow>("Principal", principals);
export const roleGrantEntity = entity<RoleGrantRow>("RoleGrant", roleGrants, { ...ofPrincipal, grantedBy: named("grantedById"), approvedBy: named("approvedById") });
export const apiClientEntity = entity<ApiClientRow>("ApiClient", apiClients, ofPrincipal);
