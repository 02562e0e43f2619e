import { sql } from "drizzle-orm";
import { boolean, check, date, index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { code, oneOf, projectKey, projectPrimaryKey, projectReference, real, texts, time, versioned, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { rowSecurity } from "../db/policies.ts";
import { escalationEntity, type EscalationRow, escalations, ofVisibleEscalation } from "../escalations/table.ts";
import { principalEntity, type PrincipalRow, principals } from "../grants/table.ts";
import { rcaCauseEntity, type RcaCauseRow, rcaCauses } from "../rcas/table.ts";
import { vendorEntity, type VendorRow, vendors } from "../vendors/table.ts";

export const ACTION_KINDS = ["CONTAINMENT", "CORRECTION", "CORRECTIVE", "PREVENTIVE"] as const;
export const ACTION_STATES = ["PROPOSED", "APPROVED", "IN_PROGRESS", "DONE", "VERIFIED", "WAIVED"] as const;
export const EFFECTIVENESS_RESULTS = ["EFFECTIVE", "NOT_EFFECTIVE", "INCONCLUSIVE"] as const;

/** Something that is done about an escalation: at once (containment), to what went wrong (correction), to its causes, or elsewhere in time. */
export const actions = pgTable("actions", {
  ...projectKey(),
  escalationId: uuid("escalation_id").notNull(),
  cycle: integer("cycle").notNull(),
  kind: word("kind", ACTION_KINDS).notNull(),
  title: text("title").notNull(),
  description: text("description"),
  state: word("state", ACTION_STATES).notNull(),
  ownerId: uuid("owner_id").notNull().references(() => principals.id),
  /** The owner's vendor; null for staff. */
  vendorId: uuid("vendor_id").references(() => vendors.id),
  proposedById: uuid("proposed_by_id").notNull().references(() => principals.id),
  /** The cause that it is against. */
  causeId: uuid("cause_id"),
  dueAt: time("due_at").notNull(),
  /** What shows that it was done: references and words. */
  evidence: texts("evidence").notNull().default(sql`'{}'`),
  completedAt: time("completed_at"),
  verifiedAt: time("verified_at"),
  verifiedById: uuid("verified_by_id").references(() => principals.id),
  waiveReason: text("waive_reason"),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.escalationId, escalations),
  projectReference(t, t.causeId, rcaCauses),
  oneOf("actions_kind", t.kind, ACTION_KINDS),
  oneOf("actions_state", t.state, ACTION_STATES),
  check("actions_done", sql`${t.state} not in ('DONE', 'VERIFIED') or ${t.completedAt} is not null`),
  check("actions_verified", sql`(${t.state} = 'VERIFIED') = (${t.verifiedAt} is not null) and (${t.verifiedById} is null or ${t.verifiedById} <> ${t.ownerId})`),
  check("actions_waived", sql`(${t.state} = 'WAIVED') = (${t.waiveReason} is not null)`),
  index("actions_escalation").on(t.projectId, t.escalationId),
  index("actions_owner").on(t.ownerId, t.dueAt),
  ...rowSecurity(ofVisibleEscalation("actions")),
]);

/** A window's error rate with its limits; nulls where nothing can be said. */
export interface CheckedRate {
  value: number | null;
  numerator: number | null;
  denominator: number | null;
  n: number;
  low: number | null;
  high: number | null;
}

/** What an effectiveness check went by; the difference is check window less baseline. */
export interface CheckFigures {
  baseline: CheckedRate;
  check: CheckedRate;
  difference: { value: number; low: number; high: number } | null;
}

/**
 * How it will be known whether an escalation's actions work: registered when they are approved, computed when the check window is over. The
 * figure is an error rate, of the baseline and of the check window (Newcombe's interval of the difference).
 */
export const effectivenessChecks = pgTable("effectiveness_checks", {
  ...projectKey(),
  escalationId: uuid("escalation_id").notNull(),
  cycle: integer("cycle").notNull(),
  measure: code("measure").notNull(),
  /** Queues, markets, vendors, policies that it is measured in, as the metric filter has them. */
  filter: jsonb("filter").$type<Record<string, readonly string[] | null>>().notNull().default({}),
  baselineFrom: date("baseline_from").notNull(),
  baselineTo: date("baseline_to").notNull(),
  checkFrom: date("check_from").notNull(),
  /** Exclusive; moved once if the result is inconclusive. */
  checkTo: date("check_to").notNull(),
  target: real("target").notNull(),
  nMin: integer("n_min").notNull(),
  lockedAt: time("locked_at"),
  dueAt: time("due_at"),
  isExtended: boolean("is_extended").notNull().default(false),
  result: word("result", EFFECTIVENESS_RESULTS),
  computedAt: time("computed_at"),
  /** Errors and audits of both windows, the difference of their rates and its 90 % interval. */
  figures: jsonb("figures").$type<CheckFigures>(),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.escalationId, escalations),
  oneOf("effectiveness_checks_result", t.result, EFFECTIVENESS_RESULTS),
  check("effectiveness_checks_windows", sql`${t.baselineFrom} < ${t.baselineTo} and ${t.baselineTo} <= ${t.checkFrom} and ${t.checkFrom} < ${t.checkTo}`),
  check("effectiveness_checks_target", sql`${t.target} between 0 and 1 and ${t.nMin} > 0`),
  check("effectiveness_checks_computed", sql`(${t.result} is null) = (${t.computedAt} is null)`),
  uniqueIndex("effectiveness_checks_cycle").on(t.projectId, t.escalationId, t.cycle),
  index("effectiveness_checks_due").on(t.dueAt).where(sql`due_at is not null`),
  ...rowSecurity(ofVisibleEscalation("effectiveness_checks")),
]);

export type ActionRow = typeof actions.$inferSelect & {
  escalation?: EscalationRow | null;
  owner?: PrincipalRow | null;
  vendor?: VendorRow | null;
  proposedBy?: PrincipalRow | null;
  verifiedBy?: PrincipalRow | null;
  cause?: RcaCauseRow | null;
};
export type EffectivenessCheckRow = typeof effectivenessChecks.$inferSelect & { escalation?: EscalationRow | null };

export const actionEntity = entity<ActionRow>("Action", actions, {
  escalation: { entity: () => escalationEntity, column: "escalationId" },
  owner: { entity: () => principalEntity, column: "ownerId" },
  vendor: { entity: () => vendorEntity, column: "vendorId" },
  proposedBy: { entity: () => principalEntity, column: "proposedById" },
  verifiedBy: { entity: () => principalEntity, column: "verifiedById" },
  cause: { entity: () => rcaCauseEntity, column: "causeId" },
});
export const effectivenessCheckEntity = entity<EffectivenessCheckRow>("EffectivenessCheck", effectivenessChecks, {
  escalation: { entity: () => escalationEntity, column: "escalationId" },
});
