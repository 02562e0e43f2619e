import { foreignKey, index, pgTable, text, unique, uuid } from "drizzle-orm/pg-core";
import { code, oneOf, projectKey, projectPrimaryKey, versioned, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { PARTNER_DB_ROLES } from "../db/identity.ts";
import { everyRow, forRoles, inProjects, isMyVendor, rowSecurity } from "../db/policies.ts";
import { sql } from "drizzle-orm";
import { principalEntity, type PrincipalRow, principals } from "../grants/table.ts";
import { projectEntity, type ProjectRow, projects } from "../projects/table.ts";
import { marketEntity, type MarketRow, markets, vendorEntity, type VendorRow, vendors } from "../vendors/table.ts";

export const CONTACT_DUTIES = ["POLICY_POC", "MARKET_POC", "VENDOR", "RD", "OTHER"] as const;
export const ESCALATION_KINDS = ["QUALITY", "POLICY", "PLATFORM", "SAFETY"] as const;
/** From the gravest. */
export const ESCALATION_SEVERITIES = ["SEV1", "SEV2", "SEV3", "SEV4"] as const;

/** Who is told of what is escalated: of a topic, market and vendor, or of all where one is absent. */
export const contacts = pgTable("contacts", {
  ...projectKey(),
  principalId: uuid("principal_id").notNull().references(() => principals.id),
  duty: word("duty", CONTACT_DUTIES).notNull(),
  topic: word("topic", ESCALATION_KINDS),
  market: code("market"),
  vendorId: uuid("vendor_id").references(() => vendors.id),
  /** What everybody who sees the contact may call it: most see no principal but themselves. */
  name: text("name"),
  /** Of escalations as grave as this, and graver. */
  leastSeverity: word("least_severity", ESCALATION_SEVERITIES).notNull().default("SEV4"),
  ...versioned(),
}, (t) => [
  projectPrimaryKey(t),
  foreignKey({ columns: [t.projectId], foreignColumns: [projects.id] }),
  foreignKey({ columns: [t.market], foreignColumns: [markets.code] }),
  oneOf("contacts_duty", t.duty, CONTACT_DUTIES),
  oneOf("contacts_topic", t.topic, ESCALATION_KINDS),
  oneOf("contacts_least_severity", t.leastSeverity, ESCALATION_SEVERITIES),
  unique("contacts_once").on(t.projectId, t.principalId, t.duty, t.topic, t.market, t.vendorId).nullsNotDistinct(),
  index("contacts_principal").on(t.principalId),
  ...rowSecurity({
    assay_admin: everyRow,
    ...forRoles(["assay_lead", "assay_auditor", "assay_policy"], inProjects(t.projectId)),
    ...forRoles(PARTNER_DB_ROLES, sql`${inProjects(t.projectId)} and ${isMyVendor(t.vendorId)}`),
  }),
]);

export type ContactRow = typeof contacts.$inferSelect & {
  project?: ProjectRow | null;
  principal?: PrincipalRow | null;
  marketRow?: MarketRow | null;
  vendor?: VendorRow | null;
};

export const contactEntity = entity<ContactRow>("Contact", contacts, {
  project: { entity: () => projectEntity, column: "projectId" },
  principal: { entity: () => principalEntity, column: "principalId" },
  marketRow: { entity: () => marketEntity, column: "market", target: "code" },
  vendor: { entity: () => vendorEntity, column: "vendorId" },
});
