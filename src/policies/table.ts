import { sql } from "drizzle-orm";
import {
  type AnyPgColumn, boolean, check, foreignKey, index, integer, pgTable, primaryKey, text, uniqueIndex, uuid,
} from "drizzle-orm/pg-core";
import { code, globalKey, oneOf, time, versioned, word } from "../db/columns.ts";
import { type Entity, entity } from "../db/entities.ts";
import { PARTNER_DB_ROLES, STAFF_DB_ROLES } from "../db/identity.ts";
import { everyRow, forRoles, inProjects, rowSecurity } from "../db/policies.ts";
import { principalEntity, type PrincipalRow, principals } from "../grants/table.ts";
import { projects } from "../projects/table.ts";
import { SEVERITIES } from "../scorecards/table.ts";
import { marketEntity, type MarketRow, markets } from "../vendors/table.ts";

export const POLICY_VERSION_STATES = ["DRAFT", "IN_REVIEW", "SCHEDULED", "EFFECTIVE", "SUPERSEDED", "WITHDRAWN"] as const;

/** A rule that content may break, or a way of not breaking one. A tree; decisions name its leaves. */
export const policies = pgTable("policies", {
  ...globalKey(),
  code: code("code").notNull().unique("policies_code"),
  name: text("name").notNull(),
  parentId: uuid("parent_id").references((): AnyPgColumn => policies.id),
  isViolating: boolean("is_violating").notNull(),
  severity: word("severity", SEVERITIES).notNull(),
  harmCategory: code("harm_category"),
  /** Place on an ordinal scale, such as G < P < R < X; null where the labels have no order. */
  rank: integer("rank"),
  /** No policy stands below it. Kept here, since not everybody who sees a policy sees those below it. */
  isLeaf: boolean("is_leaf").notNull().default(true),
  ...versioned(),
}, (t) => [
  oneOf("policies_severity", t.severity, SEVERITIES),
  index("policies_parent").on(t.parentId),
  ...rowSecurity({
    assay_admin: everyRow,
    ...forRoles(STAFF_DB_ROLES, everyRow),
    ...forRoles([...PARTNER_DB_ROLES, "assay_service"], sql`exists (select from project_policies u where u.policy_id = ${t.id})`),
    assay_labeler: sql`exists (select from policy_versions v where v.policy_id = ${t.id})`,
  }),
]);

/** The policies that a project uses. */
export const projectPolicies = pgTable("project_policies", {
  projectId: uuid("project_id").notNull().references(() => projects.id),
  policyId: uuid("policy_id").notNull().references(() => policies.id),
  createdAt: time("created_at").notNull().default(sql`clock_timestamp()`),
}, (t) => [
  primaryKey({ columns: [t.projectId, t.policyId] }),
  index("project_policies_policy").on(t.policyId),
  ...rowSecurity({
    assay_admin: everyRow,
    ...forRoles([...STAFF_DB_ROLES, ...PARTNER_DB_ROLES, "assay_labeler", "assay_service"], inProjects(t.projectId)),
  }),
]);

/** The text of a policy for a time and a market (null: all); EFFECTIVE periods of one policy and market never overlap. */
export const policyVersions = pgTable("policy_versions", {
  ...globalKey(),
  policyId: uuid("policy_id").notNull().references(() => policies.id),
  market: code("market"),
  semver: code("semver").notNull(),
  state: word("state", POLICY_VERSION_STATES).notNull(),
  effectiveFrom: time("effective_from"),
  effectiveTo: time("effective_to"),
  graceHours: integer("grace_hours").notNull().default(72),
  isMandatory: boolean("is_mandatory").notNull().default(false),
  diff: text("diff"),
  /** Who drafted it; null for what was imported or came with its policy. */
  authorId: uuid("author_id").references(() => principals.id),
  ...versioned(),
}, (t) => [
  foreignKey({ columns: [t.market], foreignColumns: [markets.code] }),
  oneOf("policy_versions_state", t.state, POLICY_VERSION_STATES),
  check("policy_versions_period", sql`${t.effectiveFrom} < ${t.effectiveTo}`),
  check("policy_versions_grace", sql`${t.graceHours} >= 0`),
  check("policy_versions_planned", sql`${t.state} in ('DRAFT', 'IN_REVIEW', 'WITHDRAWN') or ${t.effectiveFrom} is not null`),
  // The number of one that was given up is free again.
  uniqueIndex("policy_versions_semver").on(t.policyId, sql`coalesce(${t.market}, '')`, t.semver).where(sql`state <> 'WITHDRAWN'`),
  ...rowSecurity({
    assay_admin: everyRow,
    ...forRoles(STAFF_DB_ROLES, everyRow),
    ...forRoles([...PARTNER_DB_ROLES, "assay_service"], sql`${t.state} in ('EFFECTIVE', 'SUPERSEDED')
      and exists (select from project_policies u where u.policy_id = ${t.policyId})`),
    assay_labeler: sql`${t.state} = 'EFFECTIVE' and exists (select from project_policies u where u.policy_id = ${t.policyId})`,
  }),
]);

export type PolicyRow = typeof policies.$inferSelect & { parent?: PolicyRow | null };
export type PolicyVersionRow = typeof policyVersions.$inferSelect & {
  policy?: PolicyRow | null;
  marketRow?: MarketRow | null;
  author?: PrincipalRow | null;
};

export const policyEntity: Entity<PolicyRow> = entity<PolicyRow>("Policy", policies, {
  parent: { entity: () => policyEntity, column: "parentId" },
});
export const policyVersionEntity = entity<PolicyVersionRow>("PolicyVersion", policyVersions, {
  policy: { entity: () => policyEntity, column: "policyId" },
  marketRow: { entity: () => marketEntity, column: "market", target: "code" },
  author: { entity: () => principalEntity, column: "authorId" },
});
