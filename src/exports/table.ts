import { sql } from "drizzle-orm";
import { bigint, check, index, jsonb, pgTable, text, uuid } from "drizzle-orm/pg-core";
import type { Scope } from "../core/viewer.ts";
import { code, digest, globalKey, oneOf, time, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { DB_ROLES } from "../db/identity.ts";
import { forRoles, isMe, rowSecurity } from "../db/policies.ts";
import { apiClients, principals } from "../grants/table.ts";

export const EXPORT_FORMATS = ["CSV", "NDJSON", "XLSX", "PARQUET"] as const;
export const EXPORT_DATASETS = ["METRICS", "DECISIONS", "SAMPLES", "AUDITS", "FINDINGS", "LABELERS", "CALIBRATIONS", "APPEALS", "ESCALATIONS"] as const;

/** A link to a table of what its maker may see: made once, fetched until it expires, under the maker's grants at the time of the fetch. */
export const exportLinks = pgTable("export_links", {
  ...globalKey(),
  principalId: uuid("principal_id").notNull().references(() => principals.id),
  /** The key that its maker used, whose end is the link's; null where they came with a JWT. */
  clientId: uuid("client_id").references(() => apiClients.id),
  /** Which of the client's keys that was. */
  keyPrint: code("key_print"),
  /** As whom its maker acted: what the header x-assay-role would say. */
  actedAs: code("acted_as").notNull(),
  /** Those that it had, where its maker was a machine client: by a token perhaps fewer than its key has. */
  scopes: text("scopes").array().$type<Scope[]>(),
  dataset: word("dataset", EXPORT_DATASETS).notNull(),
  format: word("format", EXPORT_FORMATS).notNull(),
  /** What is asked, and options of the format. */
  query: jsonb("query").$type<Record<string, unknown>>().notNull(),
  /** SHA-256 of the secret in the link. */
  secretHash: digest("secret_hash").notNull(),
  createdAt: time("created_at").notNull(),
  expiresAt: time("expires_at").notNull(),
  /** Of the last complete fetch. */
  fetchedAt: time("fetched_at"),
  rowCount: bigint("row_count", { mode: "number" }),
}, (t) => [
  oneOf("export_links_dataset", t.dataset, EXPORT_DATASETS),
  oneOf("export_links_format", t.format, EXPORT_FORMATS),
  check("export_links_period", sql`${t.createdAt} < ${t.expiresAt}`),
  check("export_links_key", sql`(${t.clientId} is null) = (${t.keyPrint} is null)`),
  check("export_links_scopes", sql`(${t.scopes} is not null) = (${t.actedAs} = 'SERVICE')`),
  index("export_links_principal").on(t.principalId),
  ...rowSecurity(forRoles(DB_ROLES.filter((role) => role !== "assay_auth" && role !== "assay_worker"), isMe(t.principalId))),
]);

export type ExportLinkRow = typeof exportLinks.$inferSelect;

export const exportLinkEntity = entity<ExportLinkRow>("ExportLink", exportLinks);
