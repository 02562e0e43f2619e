import { sql } from "drizzle-orm";
import { bigint, check, index, integer, jsonb, pgTable, text, uuid } from "drizzle-orm/pg-core";
import type { NamedKey } from "../core/ids.ts";
import { ROLES } from "../core/viewer.ts";
import { code, digest, globalKey, oneOf, texts, time, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { everyRow, rowSecurity } from "../db/policies.ts";
import { type ApiClientRow, apiClientEntity, type PrincipalRow, principalEntity } from "../grants/table.ts";

export const ACCESS_KINDS = ["MUTATION", "REVEAL", "EXPORT", "PERSONAL_READ"] as const;
export const ACCESS_OUTCOMES = ["OK", "REFUSED", "ERROR"] as const;
export const ACCESS_TRANSPORTS = ["HTTP", "WEBSOCKET", "SSE", "LINK", "UPLOAD"] as const;

const ofMyProjects = sql.raw("project_ids && (select string_to_array(nullif(current_setting('app.project_ids', true), ''), ',')::uuid[])::uuid[]");
const kinds = sql.raw(ACCESS_KINDS.map((kind) => `'${kind}'`).join(", "));

/**
 * Who did or saw what: one row an operation, only ever added. By id, which carries the time, in partitions of a month each. It outlives
 * what it names, so it points to nothing by foreign key.
 */
export const accessLog = pgTable("access_log", {
  ...globalKey(),
  recordedAt: time("recorded_at").notNull().default(sql`clock_timestamp()`),
  principalId: uuid("principal_id").notNull(),
  /** The machine client that acted for them. */
  viaId: uuid("via_id"),
  /** The key that they, or who acted for them, came with. */
  clientId: uuid("client_id"),
  role: word("role", ROLES).notNull(),
  kinds: texts("kinds").$type<(typeof ACCESS_KINDS)[number][]>().notNull(),
  /** The operation's name in its document. */
  operation: code("operation"),
  /** Root fields, or the verb. */
  fields: texts("fields").notNull(),
  /** Fields marked personal, such as `Labeler.name`. */
  personalFields: texts("personal_fields").notNull(),
  /** Objects whose personal fields were answered; null where nobody counts. */
  personalCount: integer("personal_count"),
  subjects: jsonb("subjects").$type<NamedKey[]>().notNull(),
  /** Whose leads see it. */
  projectIds: uuid("project_ids").array().notNull(),
  outcome: word("outcome", ACCESS_OUTCOMES).notNull(),
  code: code("code"),
  requestId: text("request_id").notNull(),
  transport: word("transport", ACCESS_TRANSPORTS).notNull(),
}, (t) => [
  oneOf("access_log_role", t.role, ROLES),
  oneOf("access_log_outcome", t.outcome, ACCESS_OUTCOMES),
  oneOf("access_log_transport", t.transport, ACCESS_TRANSPORTS),
  check("access_log_kinds", sql`${t.kinds} <@ array[${kinds}] and cardinality(${t.kinds}) > 0`),
  check("access_log_code", sql`(${t.code} is null) = (${t.outcome} = 'OK')`),
  index("access_log_principal").on(t.principalId, t.id),
  index("access_log_subjects").using("gin", t.subjects.op("jsonb_path_ops")),
  ...rowSecurity({ assay_admin: everyRow, assay_lead: ofMyProjects }),
]);

/** The order of the log's rows: dense, and hash-chained, so that a missing or changed one shows. No foreign key: partitions go by themselves. */
export const accessSeals = pgTable("access_seals", {
  seq: bigint("seq", { mode: "number" }).primaryKey(),
  accessId: uuid("access_id").notNull().unique("access_seals_access"),
  /** SHA-256 of the previous seal's hash and this row. */
  hash: digest("hash").notNull(),
  sealedAt: time("sealed_at").notNull(),
}, () => [...rowSecurity({})]);

export type AccessRow = typeof accessLog.$inferSelect & { principal?: PrincipalRow | null; via?: PrincipalRow | null; client?: ApiClientRow | null };

export const accessEntity = entity<AccessRow>("AccessLogEntry", accessLog, {
  principal: { entity: () => principalEntity, column: "principalId" },
  via: { entity: () => principalEntity, column: "viaId" },
  client: { entity: () => apiClientEntity, column: "clientId" },
});
