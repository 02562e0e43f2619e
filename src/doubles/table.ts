import { sql } from "drizzle-orm";
import { type AnyPgColumn, check, index, pgTable, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { auditEntity, type AuditRow, audits } from "../audits/table.ts";
import { oneOf, projectKey, projectPrimaryKey, projectReference, time, versioned, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { adjudicable, forRoles, inProjects, isMe, rowSecurity } from "../db/policies.ts";
import { principalEntity, type PrincipalRow, principals } from "../grants/table.ts";
import { queueEntity, type QueueRow } from "../projects/table.ts";

export const DOUBLE_AUDIT_OUTCOMES = ["AGREED", "ADJUDICATED", "EXPIRED"] as const;

// Before it is resolved, its second auditor sees nothing of the first, whatever other grants they hold.
const isOpenToMe = (t: Record<"secondAuditorId" | "resolvedAt", AnyPgColumn>) => sql`(${t.resolvedAt} is not null or (${isMe(t.secondAuditorId)}) is not true)`;

/** Two audits of one sample, the second blind to the first. */
export const doubleAudits = pgTable("double_audits", {
  ...projectKey(),
  decisionId: uuid("decision_id").notNull(),
  queueId: uuid("queue_id").notNull(),
  primaryAuditId: uuid("primary_audit_id").notNull(),
  primaryAuditorId: uuid("primary_auditor_id").notNull().references(() => principals.id),
  secondAuditId: uuid("second_audit_id"),
  secondAuditorId: uuid("second_auditor_id").references(() => principals.id),
  dueAt: time("due_at").notNull(),
  outcome: word("outcome", DOUBLE_AUDIT_OUTCOMES),
  adjudicatorId: uuid("adjudicator_id").references(() => principals.id),
  resolvedAt: time("resolved_at"),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  projectReference(t, t.primaryAuditId, audits),
  projectReference(t, t.secondAuditId, audits),
  oneOf("double_audits_outcome", t.outcome, DOUBLE_AUDIT_OUTCOMES),
  check("double_audits_auditors", sql`${t.secondAuditorId} <> ${t.primaryAuditorId} and ${t.adjudicatorId} not in (${t.primaryAuditorId}, ${t.secondAuditorId})`),
  check("double_audits_resolved", sql`(${t.outcome} is null) = (${t.resolvedAt} is null) and (${t.outcome} is not distinct from 'ADJUDICATED') = (${t.adjudicatorId} is not null)`),
  uniqueIndex("double_audits_primary").on(t.projectId, t.primaryAuditId),
  uniqueIndex("double_audits_second").on(t.projectId, t.secondAuditId),
  index("double_audits_open").on(t.projectId, t.dueAt, t.id).where(sql`resolved_at is null`),
  index("double_audits_due").on(t.dueAt).where(sql`resolved_at is null`),
  index("double_audits_second_auditor").on(t.secondAuditorId).where(sql`resolved_at is null`),
  ...rowSecurity({
    assay_admin: isOpenToMe(t),
    ...forRoles(["assay_lead", "assay_analyst"], sql`${inProjects(t.projectId)} and ${isOpenToMe(t)}`),
    assay_auditor: sql`${inProjects(t.projectId)} and (${t.resolvedAt} is not null and (${isMe(t.primaryAuditorId)} or ${isMe(t.secondAuditorId)})
      or ${t.primaryAuditId} = any (${adjudicable}))`,
  }),
]);

export type DoubleAuditRow = typeof doubleAudits.$inferSelect & {
  queue?: QueueRow | null;
  primaryAudit?: AuditRow | null;
  secondAudit?: AuditRow | null;
  adjudicator?: PrincipalRow | null;
};

export const doubleAuditEntity = entity<DoubleAuditRow>("DoubleAudit", doubleAudits, {
  queue: { entity: () => queueEntity, column: "queueId" },
  primaryAudit: { entity: () => auditEntity, column: "primaryAuditId" },
  secondAudit: { entity: () => auditEntity, column: "secondAuditId" },
  adjudicator: { entity: () => principalEntity, column: "adjudicatorId" },
});
