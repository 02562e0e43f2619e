import { and, desc, eq, gt, isNotNull, lte, sql } from "drizzle-orm";
import type { Db } from "../db/lease.ts";
import { type Jwk, type SigningKeyRow, signingKeys } from "./table.ts";

/** A key that may still sign. */
export type Signer = Pick<SigningKeyRow, "id" | "signsUntil"> & { privateKey: Jwk };

/** The newest key that signs at this time; null if there is none. */
export async function findSigner(db: Db, now: Date): Promise<Signer | null> {
  const [row] = await db
    .select({ id: signingKeys.id, signsUntil: signingKeys.signsUntil, privateKey: signingKeys.privateKey })
    .from(signingKeys)
    .where(and(gt(signingKeys.signsUntil, now), isNotNull(signingKeys.privateKey)))
    .orderBy(desc(signingKeys.signsUntil), signingKeys.id)
    .limit(1);
  return (row as Signer | undefined) ?? null;
}

/** Lets one process after the other make keys, until the transaction ends. */
export async function lockKeys(db: Db): Promise<void> {
  await db.execute(sql`select pg_advisory_xact_lock(7361012)`);
}

/** Adds a key. */
export async function insertKey(db: Db, row: typeof signingKeys.$inferInsert): Promise<void> {
  await db.insert(signingKeys).values(row);
}

/** Drops what no token needs any more: the private halves of keys that sign no longer, and keys that have ended. */
export async function dropEnded(db: Db, now: Date): Promise<void> {
  await db.update(signingKeys).set({ privateKey: null }).where(and(lte(signingKeys.signsUntil, now), isNotNull(signingKeys.privateKey)));
  await db.delete(signingKeys).where(lte(signingKeys.endsAt, now));
}

/** The public halves that are believed at this time, newest first, or that one of them. */
export async function listPublicKeys(db: Db, now: Date, id?: string): Promise<Pick<SigningKeyRow, "id" | "publicKey">[]> {
  return db
    .select({ id: signingKeys.id, publicKey: signingKeys.publicKey })
    .from(signingKeys)
    .where(and(gt(signingKeys.endsAt, now), id === undefined ? undefined : eq(signingKeys.id, id)))
    .orderBy(desc(signingKeys.createdAt));
}
