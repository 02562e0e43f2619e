import { sql } from "drizzle-orm";
import { check, index, jsonb, pgTable } from "drizzle-orm/pg-core";
import { globalKey, time } from "../db/columns.ts";
import { rowSecurity } from "../db/policies.ts";

/** A key pair's half in the form of RFC 7517. */
export type Jwk = Record<string, unknown>;

/** The service's own keys, which sign the tokens it issues. The system alone reads them: no viewer's role may. */
export const signingKeys = pgTable("signing_keys", {
  ...globalKey(),
  publicKey: jsonb("public_key").$type<Jwk>().notNull(),
  /** Gone when the key signs no more. */
  privateKey: jsonb("private_key").$type<Jwk>(),
  createdAt: time("created_at").notNull(),
  signsUntil: time("signs_until").notNull(),
  /** Behind the end of the last token it can have signed: from then on it is neither published nor believed. */
  endsAt: time("ends_at").notNull(),
}, (t) => [
  check("signing_keys_period", sql`${t.createdAt} < ${t.signsUntil} and ${t.signsUntil} < ${t.endsAt}`),
  check("signing_keys_halves", sql`not jsonb_exists(${t.publicKey}, 'd')`),
  index("signing_keys_end").on(t.endsAt),
  ...rowSecurity({}),
]);

export type SigningKeyRow = typeof signingKeys.$inferSelect;
