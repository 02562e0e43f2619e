import { type SQL, sql } from "drizzle-orm";
import { type AnyPgColumn, getTableConfig, type PgPolicy, pgPolicy, type PgTable } from "drizzle-orm/pg-core";
import type { Role } from "../core/viewer.ts";
import { DB_ROLES, type DbRole, rolesBehind } from "./identity.ts";

// Settings are read in a subselect, so that they are evaluated once a statement, and a missing one gives null: no rows.
function setting(name: string): SQL {
  return sql.raw(`(select nullif(current_setting('app.${name}', true), '')::uuid)`);
}
const projectList = sql.raw("(select string_to_array(nullif(current_setting('app.project_ids', true), ''), ',')::uuid[])::uuid[]");

/** The row's project is one of the viewer's. */
export function inProjects(column: AnyPgColumn): SQL {
  return sql`${column} = any (${projectList})`;
}

/** The column names the viewer's principal. */
export function isMe(column: AnyPgColumn): SQL {
  return sql`${column} = ${setting("principal_id")}`;
}

/** The column names the viewer's vendor. */
export function isMyVendor(column: AnyPgColumn): SQL {
  return sql`${column} = ${setting("vendor_id")}`;
}

/** The column names the viewer's vendor, or the viewer has none (a machine client of the platform itself). */
export function isMyVendorIfAny(column: AnyPgColumn): SQL {
  return sql`(${column} = ${setting("vendor_id")} or ${setting("vendor_id")} is null)`;
}

/** The column names the viewer's team. */
export function isMyTeam(column: AnyPgColumn): SQL {
  return sql`${column} = ${setting("team_id")}`;
}

/** The column names the viewer's own labeler record. */
export function isMyLabeler(column: AnyPgColumn): SQL {
  return sql`${column} = ${setting("labeler_id")}`;
}

/** The viewer acts themselves, and no machine client for them. */
export const actsAlone = sql.raw("(select nullif(current_setting('app.via_id', true), '')) is null");

/** The row is the viewer's own; to who acts for them, where it is of the viewer's vendor. */
export function isMine(principal: AnyPgColumn, vendor: AnyPgColumn): SQL {
  return sql`${isMe(principal)} and (${actsAlone} or ${isMyVendor(vendor)})`;
}

const me = "(select nullif(current_setting('app.principal_id', true), '')::uuid)";

/**
 * The viewer's own row, or one of a decision that they needn't judge blindly any more: while one must, whatever other grants one holds,
 * what others made of the same decision is hidden. `author` is the column that makes a row one's own.
 */
export function unlessBlind(table: string, author: string): SQL {
  return sql.raw(`(${table}.${author} = ${me} or ${table}.decision_id <> all ((select blind_decisions())::uuid[]))`);
}

/** As `unlessBlind`, of a row that names the audit it is about and no decision. */
export function unlessAuditBlind(table: string, author: string): SQL {
  return sql.raw(`(${table}.${author} = ${me} or ${table}.audit_id <> all ((select blind_audits())::uuid[]))`);
}

/** Ids of the audits that wait for the viewer's adjudication, both of each sample; none for those who may not adjudicate. */
export const adjudicable = sql.raw("(select adjudicable_audits())::uuid[]");

/** Every row. */
export const everyRow = sql`true`;

/** Who sees which rows; a role that isn't named sees none. `check` differs from `using` where a role may write what it can't read. */
export type RowRules = Partial<Record<DbRole, SQL | { using: SQL; check: SQL }>>;

/**
 * The row-level security policies of a table: one per role named, and always the owner's (without it a forced owner's backfills touch
 * no rows) and the worker's (the system sees all).
 */
export function rowSecurity(rules: RowRules): PgPolicy[] {
  const all: RowRules & Record<string, unknown> = { assay_worker: everyRow, ...rules };
  const owner = pgPolicy("assay_owner", { for: "all", to: "assay_owner", using: everyRow, withCheck: everyRow });
  const policies = DB_ROLES.flatMap((role) => {
    const rule = all[role];
    if (!rule) return [];
    const { using, check } = "using" in rule ? rule : { using: rule, check: rule };
    return [pgPolicy(role, { for: "all", to: role, using, withCheck: check })];
  });
  return [owner, ...policies];
}

/** The same rule for several roles. */
export function forRoles(roles: readonly DbRole[], rule: SQL): RowRules {
  return Object.fromEntries(roles.map((role) => [role, rule]));
}

/** The viewers' roles that a policy of the table lets see some of its rows. */
export function rolesReading(table: PgTable): Role[] {
  return rolesBehind(new Set(getTableConfig(table).policies.map(({ to }) => String(to))));
}
