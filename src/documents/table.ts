import { integer, pgTable, text, unique, uuid } from "drizzle-orm/pg-core";
import { code, globalKey, time, versioned } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { DB_ROLES } from "../db/identity.ts";
import { everyRow, forRoles, isMe, rowSecurity } from "../db/policies.ts";
import { principalEntity, type PrincipalRow, principals } from "../grants/table.ts";

const everybody = DB_ROLES.filter((role) => !["assay_admin", "assay_auth", "assay_worker"].includes(role));

/** A document that a principal may send by its hash. Retired ones are kept: what was run under a hash stays readable. */
export const registeredDocuments = pgTable("registered_documents", {
  ...globalKey(),
  principalId: uuid("principal_id").notNull().references(() => principals.id),
  /** SHA-256 of the text as it is, in hex. */
  hash: code("hash").notNull(),
  name: text("name"),
  document: text("document").notNull(),
  /** Of its dearest operation, with lists as long as they are by default where variables decide. */
  cost: integer("cost").notNull(),
  retiredAt: time("retired_at"),
  ...versioned(),
}, (t) => [
  unique("registered_documents_hash").on(t.principalId, t.hash),
  ...rowSecurity({ ...forRoles(everybody, isMe(t.principalId)), assay_admin: everyRow }),
]);

export type RegisteredDocumentRow = typeof registeredDocuments.$inferSelect & { principal?: PrincipalRow | null };

export const registeredDocumentEntity = entity<RegisteredDocumentRow>("RegisteredDocument", registeredDocuments, {
  principal: { entity: () => principalEntity, column: "principalId" },
});
