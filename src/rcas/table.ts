import { sql } from "drizzle-orm";
import { boolean, check, index, integer, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { code, oneOf, projectKey, projectPrimaryKey, projectReference, texts, time, versioned, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { forRoles, rowSecurity } from "../db/policies.ts";
import { escalationEntity, type EscalationRow, escalations, ofVisibleEscalation } from "../escalations/table.ts";
import { principalEntity, type PrincipalRow, principals } from "../grants/table.ts";
import { vendorEntity, type VendorRow, vendors } from "../vendors/table.ts";

export const RCA_STATES = ["DRAFT", "SUBMITTED", "ACCEPTED", "RETURNED", "WITHDRAWN"] as const;
/** Ishikawa's categories, as content moderation has them. */
export const CAUSE_CATEGORIES = ["POLICY", "PEOPLE", "PROCESS", "PLATFORM", "CONTENT", "MEASUREMENT", "MANAGEMENT"] as const;

/** Why it came to an escalation: one of each of its cycles and authors' sides, the client's own or one asked of the vendor. */
export const rcas = pgTable("rcas", {
  ...projectKey(),
  escalationId: uuid("escalation_id").notNull(),
  cycle: integer("cycle").notNull(),
  state: word("state", RCA_STATES).notNull(),
  /** The vendor whose analysis it is; null for the client's own. */
  vendorId: uuid("vendor_id").references(() => vendors.id),
  requestedAt: time("requested_at"),
  submittedAt: time("submitted_at"),
  submittedById: uuid("submitted_by_id").references(() => principals.id),
  acceptedAt: time("accepted_at"),
  /** Why it was returned last. */
  returnReason: text("return_reason"),
  problemStatement: text("problem_statement"),
  /** What made it worse or likelier without having caused it. */
  contributingFactors: texts("contributing_factors").notNull().default(sql`'{}'`),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.escalationId, escalations),
  oneOf("rcas_state", t.state, RCA_STATES),
  check("rcas_requested", sql`(${t.vendorId} is null) = (${t.requestedAt} is null)`),
  check("rcas_accepted", sql`(${t.state} = 'ACCEPTED') = (${t.acceptedAt} is not null)`),
  uniqueIndex("rcas_open").on(t.projectId, t.escalationId, t.cycle).where(sql`state not in ('WITHDRAWN', 'ACCEPTED')`),
  index("rcas_escalation").on(t.projectId, t.escalationId),
  ...rowSecurity(ofVisibleEscalation("rcas")),
]);

const READERS = ["assay_admin", "assay_lead", "assay_auditor", "assay_policy", "assay_analyst", "assay_partner", "assay_partner_team"] as const;
const ofVisibleRca = (table: string) =>
  forRoles(READERS, sql.raw(`exists (select from rcas r where r.project_id = ${table}.project_id and r.id = ${table}.rca_id)`));

/** One of the whys that lead to a root cause, in order. */
export const rcaWhys = pgTable("rca_whys", {
  ...projectKey(),
  rcaId: uuid("rca_id").notNull(),
  position: integer("position").notNull(),
  text: text("text").notNull(),
  /** What shows it: references. */
  evidence: texts("evidence").notNull().default(sql`'{}'`),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.rcaId, rcas),
  uniqueIndex("rca_whys_position").on(t.projectId, t.rcaId, t.position),
  check("rca_whys_count", sql`${t.position} between 1 and 7`),
  ...rowSecurity(ofVisibleRca("rca_whys")),
]);

/** A cause, by category and code (Ishikawa). */
export const rcaCauses = pgTable("rca_causes", {
  ...projectKey(),
  rcaId: uuid("rca_id").notNull(),
  category: word("category", CAUSE_CATEGORIES).notNull(),
  code: code("code").notNull(),
  text: text("text").notNull(),
  isRoot: boolean("is_root").notNull(),
  /** Who answers for it; of a root cause always somebody. */
  ownerId: uuid("owner_id").references(() => principals.id),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.rcaId, rcas),
  oneOf("rca_causes_category", t.category, CAUSE_CATEGORIES),
  uniqueIndex("rca_causes_once").on(t.projectId, t.rcaId, t.category, t.code),
  check("rca_causes_owner", sql`not ${t.isRoot} or ${t.ownerId} is not null`),
  ...rowSecurity(ofVisibleRca("rca_causes")),
]);

export type RcaRow = typeof rcas.$inferSelect & { escalation?: EscalationRow | null; vendor?: VendorRow | null; submittedBy?: PrincipalRow | null };
export type RcaWhyRow = typeof rcaWhys.$inferSelect;
export type RcaCauseRow = typeof rcaCauses.$inferSelect & { owner?: PrincipalRow | null };

export const rcaEntity = entity<RcaRow>("Rca", rcas, {
  escalation: { entity: () => escalationEntity, column: "escalationId" },
  vendor: { entity: () => vendorEntity, column: "vendorId" },
  submittedBy: { entity: () => principalEntity, column: "submittedById" },
});
export const rcaWhyEntity = entity<RcaWhyRow>("RcaWhy", rcaWhys);
export const rcaCauseEntity = entity<RcaCauseRow>("RcaCause", rcaCauses, { owner: { entity: () => principalEntity, column: "ownerId" } });
