import { sql } from "drizzle-orm";
import { bigint, check, integer, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { globalKey, time, versioned } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { DB_ROLES } from "../db/identity.ts";
import { everyRow, forRoles, isMe, rowSecurity } from "../db/policies.ts";
import { principalEntity, type PrincipalRow, principals } from "../grants/table.ts";

const everybody = DB_ROLES.filter((role) => !["assay_admin", "assay_auth", "assay_worker"].includes(role));

/** What a principal may spend a minute, where an administrator has said so. */
export const budgets = pgTable("budgets", {
  ...globalKey(),
  principalId: uuid("principal_id").notNull().references(() => principals.id).unique("budgets_principal"),
  /** Null: what everybody has. */
  pointsPerMinute: integer("points_per_minute"),
  reason: text("reason").notNull(),
  ...versioned(),
}, (t) => [
  check("budgets_points", sql`${t.pointsPerMinute} > 0`),
  ...rowSecurity({ ...forRoles(everybody, isMe(t.principalId)), assay_admin: everyRow }),
]);

/** What processes have taken of a principal's present minute, all together: one row each, which the next minute begins anew. */
export const budgetLeases = pgTable("budget_leases", {
  principalId: uuid("principal_id").primaryKey().references(() => principals.id),
  /** When the minute began. */
  startedAt: time("started_at").notNull(),
  leased: bigint("leased", { mode: "number" }).notNull(),
  /** Of it, what was taken last. */
  granted: bigint("granted", { mode: "number" }).notNull(),
}, () => [...rowSecurity({})]);

export type BudgetRow = typeof budgets.$inferSelect & { principal?: PrincipalRow | null };

export const budgetEntity = entity<BudgetRow>("Budget", budgets, { principal: { entity: () => principalEntity, column: "principalId" } });
