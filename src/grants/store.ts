import { and, eq, gt, isNull, or, sql } from "drizzle-orm";
import type { Grant } from "../core/viewer.ts";
import type { Db } from "../db/lease.ts";
import { apiClients, idempotencyKeys, principals, roleGrants } from "./table.ts";

/** The principal, scopes and end of an API key that is neither revoked nor expired, of an active principal. */
export async function findClientByHash(db: Db, keyHash: string, now: Date) {
  const [row] = await db
    .select({ principalId: apiClients.principalId, scopes: apiClients.scopes, expiresAt: apiClients.expiresAt })
    .from(apiClients)
    .innerJoin(principals, eq(principals.id, apiClients.principalId))
    .where(and(eq(apiClients.keyHash, keyHash), isNull(apiClients.revokedAt), gt(apiClients.expiresAt, now), isNull(principals.deactivatedAt)));
  return row ?? null;
}

/** The active principal of a JWT's issuer and subject. */
export async function findPrincipalBySubject(db: Db, issuer: string, subject: string): Promise<{ id: string } | null> {
  const [row] = await db
    .select({ id: principals.id })
    .from(principals)
    .where(and(eq(principals.issuer, issuer), eq(principals.subject, subject), isNull(principals.deactivatedAt)));
  return row ?? null;
}

/** The grants of a principal that are neither revoked nor expired. */
export async function listGrants(db: Db, principalId: string, now: Date): Promise<Grant[]> {
  return db
    .select({
      id: roleGrants.id, role: roleGrants.role, projectId: roleGrants.projectId, vendorId: roleGrants.vendorId, teamId: roleGrants.teamId,
      labelerId: roleGrants.labelerId, canAdjudicate: roleGrants.canAdjudicate, expiresAt: roleGrants.expiresAt,
    })
    .from(roleGrants)
    .where(and(eq(roleGrants.principalId, principalId), isNull(roleGrants.revokedAt), or(isNull(roleGrants.expiresAt), gt(roleGrants.expiresAt, now))));
}

/** Every project but the reserved one: what a grant without a project covers. */
export async function listProjectIds(db: Db, systemProjectId: string): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`select id from projects where id <> ${systemProjectId}`);
  return rows.map((row) => row.id);
}

/** The vendors that grants name, by code. */
export async function listVendorCodes(db: Db): Promise<Map<string, string>> {
  const rows = await db.execute<{ id: string; code: string }>(sql`select id, code from vendors`);
  return new Map(rows.map((row) => [row.code, row.id]));
}

/** True if all these grants still stand. */
export async function areGrantsValid(db: Db, grantIds: readonly string[], now: Date): Promise<boolean> {
  const rows = await db.execute(
    sql`select from role_grants where id in ${grantIds} and revoked_at is null and (expires_at is null or expires_at > ${now.toISOString()}::timestamptz)`,
  );
  return rows.length === grantIds.length;
}

/** The answer kept under an idempotency key, if there is one. */
export async function findAnswer(db: Db, principalId: string, key: string) {
  const [row] = await db
    .select({ requestHash: idempotencyKeys.requestHash, response: idempotencyKeys.response })
    .from(idempotencyKeys)
    .where(and(eq(idempotencyKeys.principalId, principalId), eq(idempotencyKeys.key, key)));
  return row ?? null;
}

/** Claims an idempotency key for this transaction; a concurrent claimant waits here for the first one's end. */
export async function lockKey(db: Db, principalId: string, key: string): Promise<void> {
  await db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`${principalId}:${key}`}, 7361004))`);
}

/** Keeps an answer under its key. */
export async function insertAnswer(db: Db, row: typeof idempotencyKeys.$inferInsert): Promise<void> {
  await db.insert(idempotencyKeys).values(row);
}
