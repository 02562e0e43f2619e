import { sql } from "drizzle-orm";
import { check, foreignKey, integer, pgTable, unique, uuid } from "drizzle-orm/pg-core";
import { projectKey, projectPrimaryKey, texts, versioned } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { everyRow, forRoles, inProjects, isMe, rowSecurity } from "../db/policies.ts";
import { principalEntity, type PrincipalRow, principals } from "../grants/table.ts";
import { projectEntity, type ProjectRow, projects } from "../projects/table.ts";

/** What an auditor of a project may claim, and how much they should audit a day. An empty list of markets or languages is any. */
export const auditorProfiles = pgTable("auditor_profiles", {
  ...projectKey(),
  principalId: uuid("principal_id").notNull().references(() => principals.id),
  markets: texts("markets").notNull().default(sql`'{}'`),
  languages: texts("languages").notNull().default(sql`'{}'`),
  skills: texts("skills").notNull().default(sql`'{}'`),
  dailyTarget: integer("daily_target"),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  foreignKey({ columns: [t.projectId], foreignColumns: [projects.id] }),
  unique("auditor_profiles_principal").on(t.projectId, t.principalId),
  check("auditor_profiles_daily_target", sql`${t.dailyTarget} > 0`),
  ...rowSecurity({
    assay_admin: everyRow,
    assay_lead: inProjects(t.projectId),
    ...forRoles(["assay_auditor", "assay_partner", "assay_partner_team"], sql`${inProjects(t.projectId)} and ${isMe(t.principalId)}`),
  }),
]);

export type AuditorProfileRow = typeof auditorProfiles.$inferSelect & { project?: ProjectRow | null; principal?: PrincipalRow | null };

export const auditorProfileEntity = entity<AuditorProfileRow>("AuditorProfile", auditorProfiles, {
  project: { entity: () => projectEntity, column: "projectId" },
  principal: { entity: () => principalEntity, column: "principalId" },
});
