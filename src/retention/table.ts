import { sql } from "drizzle-orm";
import { check, integer, pgTable, text } from "drizzle-orm/pg-core";
import { globalKey, oneOf, time, versioned, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { everyRow, rowSecurity } from "../db/policies.ts";

export const RETAINED_KINDS = ["IDEMPOTENCY_KEYS", "EXPORT_LINKS", "ACCESS_LOG", "EVENTS", "DECISIONS"] as const;

/** How long what grows for ever is kept, where an administrator has said so; without a row, for ever. */
export const retentionRules = pgTable("retention_rules", {
  ...globalKey(),
  kind: word("kind", RETAINED_KINDS).notNull().unique("retention_rules_kind"),
  /** Null: for ever. */
  keepDays: integer("keep_days"),
  reason: text("reason").notNull(),
  /** When everything that it let go by then was gone. */
  appliedAt: time("applied_at"),
  ...versioned(),
}, (t) => [
  oneOf("retention_rules_kind_word", t.kind, RETAINED_KINDS),
  check("retention_rules_keep_days", sql`${t.keepDays} > 0`),
  ...rowSecurity({ assay_admin: everyRow }),
]);

export type RetentionRuleRow = typeof retentionRules.$inferSelect;

export const retentionRuleEntity = entity<RetentionRuleRow>("RetentionRule", retentionRules);
