import { and, eq, gt, inArray, isNotNull, isNull, lte, not, notInArray, or, type SQL, sql } from "drizzle-orm";
import { SYSTEM_PRINCIPAL_ID } from "../core/ids.ts";
import type { Grant, Role } from "../core/viewer.ts";
import { array } from "../db/arrays.ts";
import { changeRow, type ExpectedVersion } from "../db/changes.ts";
import type { Columns } from "../db/entities.ts";
import type { Db } from "../db/lease.ts";
import type { List } from "../db/lists.ts";
import { type Client, type GrantWish, type KnownKey, printOfKey } from "./rules.ts";
import {
  apiClientEntity, type ApiClientRow, apiClients, idempotencyKeys, principalEntity, type PrincipalRow, principals, roleGrantEntity,
  type RoleGrantRow, roleGrants,
} from "./table.ts";

/** Filter of the list of principals. */
export interface PrincipalFilter {
  kinds?: PrincipalRow["kind"][] | null;
  emails?: string[] | null;
  isActive?: boolean | null;
  updatedAfter?: Date | null;
}

/** Filter of the lists of grants and of keys; `standingAt` keeps those neither revoked nor expired then. */
export interface GrantFilter {
  principalId?: string | null;
  roles?: Role[] | null;
  projectId?: string | null;
  vendorId?: string | null;
  standingAt?: Date | null;
  isPending?: boolean | null;
  updatedAfter?: Date | null;
}

const changedAfter = (table: Columns, time: Date | null | undefined) => (time ? gt(table.updatedAt!, time) : undefined);
const standsAt = (table: Columns, time: Date | null | undefined): SQL | undefined =>
  time ? and(isNull(table.revokedAt!), or(isNull(table.expiresAt!), gt(table.expiresAt!, time))) : undefined;
const isWaiting = (table: Columns, isPending: boolean) => sql`(${table.isPending!} and ${table.revokedAt!} is null) = ${isPending}`;
const is = (table: Columns, column: string, id: string | null | undefined) => (id ? eq(table[column]!, id) : undefined);
const orders = { ID: "id", UPDATED_AT: "updatedAt" };

export const principalList: List<PrincipalRow, PrincipalFilter> = {
  entity: principalEntity,
  where: (table, { kinds, emails, isActive, updatedAfter }) => [
    kinds ? inArray(table.kind!, kinds) : undefined,
    emails ? inArray(table.email!, emails) : undefined,
    isActive == null ? undefined : sql`(${table.deactivatedAt!} is null) = ${isActive}`,
    changedAfter(table, updatedAfter),
  ],
  orders: { ...orders, NAME: "name" },
};

export const roleGrantList: List<RoleGrantRow, GrantFilter> = {
  entity: roleGrantEntity,
  where: (table, { roles, ...filter }) => [
    roles ? inArray(table.role!, roles) : undefined,
    is(table, "principalId", filter.principalId),
    is(table, "grantedProjectId", filter.projectId),
    is(table, "vendorId", filter.vendorId),
    standsAt(table, filter.standingAt),
    filter.standingAt ? sql`not ${table.isPending!}` : undefined,
    filter.isPending == null ? undefined : isWaiting(table, filter.isPending),
    changedAfter(table, filter.updatedAfter),
  ],
  orders,
};

export const apiClientList: List<ApiClientRow, GrantFilter> = {
  entity: apiClientEntity,
  where: (table, { principalId, standingAt, updatedAfter }) => [
    is(table, "principalId", principalId),
    standsAt(table, standingAt),
    changedAfter(table, updatedAfter),
  ],
  orders: { ...orders, EXPIRES_AT: "expiresAt" },
};

/**
 * The principal, scopes and end of an API key, by its hash or print, that is neither revoked nor expired, of an active principal. The key
 * before the last rotation ends with the overlap.
 */
export async function findClient(db: Db, key: { keyHash: string } | KnownKey, now: Date): Promise<Client | null> {
  const { principalId, scopes, isRestricted, keyHash, previousKeyHash, previousExpiresAt } = apiClients;
  const isShown = (hash: typeof keyHash | typeof previousKeyHash) =>
    "keyHash" in key ? eq(hash, key.keyHash) : and(eq(apiClients.id, key.clientId), sql`starts_with(${hash}, ${key.keyPrint})`)!;
  const isPrevious = and(isShown(previousKeyHash), gt(previousExpiresAt, now))!;
  const expiresAt = sql`case when ${isPrevious} then least(${apiClients.expiresAt}, ${previousExpiresAt}) else ${apiClients.expiresAt} end`.mapWith(apiClients.expiresAt);
  const [row] = await db
    .select({ principalId, clientId: apiClients.id, scopes, isRestricted, expiresAt })
    .from(apiClients)
    .innerJoin(principals, eq(principals.id, apiClients.principalId))
    .where(and(or(isShown(keyHash), isPrevious), isNull(apiClients.revokedAt), gt(apiClients.expiresAt, now), isNull(principals.deactivatedAt)));
  return row ? { ...row, keyPrint: "keyHash" in key ? printOfKey(key.keyHash) : key.keyPrint } : null;
}

/** True if a key of the principal's stands that another person made, or that was rotated and may have been another's before. */
export async function hasSharedKey(db: Db, principalId: string, now: Date): Promise<boolean> {
  const { madeById, revokedAt, expiresAt, previousExpiresAt } = apiClients;
  const isOthers = notInArray(madeById, [principalId, SYSTEM_PRINCIPAL_ID]);
  const stands = and(eq(apiClients.principalId, principalId), isNull(revokedAt), gt(expiresAt, now));
  const rows = await db.select({ id: apiClients.id }).from(apiClients).where(and(stands, or(isOthers, gt(previousExpiresAt, now)))).limit(1);
  return rows.length > 0;
}

/** The active principal of a JWT's issuer and subject. */
export async function findPrincipalBySubject(db: Db, issuer: string, subject: string): Promise<{ id: string } | null> {
  const [row] = await db
    .select({ id: principals.id })
    .from(principals)
    .where(and(eq(principals.issuer, issuer), eq(principals.subject, subject), isNull(principals.deactivatedAt)));
  return row ?? null;
}

/** True for a principal that has not been deactivated. */
export async function isActive(db: Db, principalId: string): Promise<boolean> {
  const rows = await db.select({ id: principals.id }).from(principals).where(and(eq(principals.id, principalId), isNull(principals.deactivatedAt)));
  return rows.length > 0;
}

/** The grants of a principal that are neither revoked nor expired, nor waiting for approval. */
export async function listGrants(db: Db, principalId: string, now: Date): Promise<Grant[]> {
  return db
    .select({
      id: roleGrants.id, role: roleGrants.role, projectId: roleGrants.grantedProjectId, vendorId: roleGrants.vendorId, teamId: roleGrants.teamId,
      labelerId: roleGrants.labelerId, canAdjudicate: roleGrants.canAdjudicate, expiresAt: roleGrants.expiresAt,
    })
    .from(roleGrants)
    .where(and(eq(roleGrants.principalId, principalId), standsAt(roleGrants as never, now), not(roleGrants.isPending)));
}

/** Whose grant that stands makes them this labeler; null if nobody's does, or several people's. */
export async function findLabelersPrincipal(db: Db, labelerId: string, now: Date): Promise<string | null> {
  const isIt = and(eq(roleGrants.labelerId, labelerId), standsAt(roleGrants as never, now));
  const rows = await db.selectDistinct({ id: roleGrants.principalId }).from(roleGrants).where(isIt).limit(2);
  return rows.length === 1 ? rows[0]!.id : null;
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
  const rows = await db.execute(sql`/* grantsStand */ select from role_grants
    where id = any (${array(grantIds, "uuid")}) and revoked_at is null and not is_pending and (expires_at is null or expires_at > ${now})`);
  return rows.length === grantIds.length;
}

/** Until the transaction ends, no grant is taken away and nobody deactivated by others. */
export async function lockAdministrators(db: Db): Promise<void> {
  await db.execute(sql`select pg_advisory_xact_lock(7361018) /* lockAdministrators */`);
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

/** The kind of an active principal, kept from changing until the transaction ends; null if absent or deactivated. */
export async function lockPrincipal(db: Db, id: string): Promise<PrincipalRow["kind"] | null> {
  const isActive = and(eq(principals.id, id), isNull(principals.deactivatedAt));
  const [row] = await db.select({ kind: principals.kind }).from(principals).where(isActive).for("update");
  return row?.kind ?? null;
}

/** True if a principal, active or not, signs in by this issuer and subject. */
export async function isSubjectTaken(db: Db, issuer: string, subject: string): Promise<boolean> {
  const isSame = and(eq(principals.issuer, issuer), eq(principals.subject, subject));
  const rows = await db.select({ id: principals.id }).from(principals).where(isSame);
  return rows.length > 0;
}

/** Adds a principal. */
export async function insertPrincipal(db: Db, row: typeof principals.$inferInsert): Promise<void> {
  await db.insert(principals).values(row);
}

/** What of a grant's scope does not exist, or is not of its vendor: the field's name, or null if all is well. */
export async function findBrokenScope(db: Db, { projectId, vendorId, teamId, labelerId }: GrantWish): Promise<string | null> {
  const [row] = await db.execute<{ field: string }>(sql`
    /* brokenScope */ select field from (values
      (1, 'projectId', ${projectId}::uuid is null or exists (select from projects where id = ${projectId}::uuid)),
      (2, 'vendorId', ${vendorId}::uuid is null or exists (select from vendors where id = ${vendorId}::uuid)),
      (3, 'teamId', ${teamId}::uuid is null or exists (select from teams where id = ${teamId}::uuid and vendor_id = ${vendorId}::uuid)),
      (4, 'labelerId', ${labelerId}::uuid is null or exists (select from labelers where id = ${labelerId}::uuid and vendor_id = ${vendorId}::uuid))
    ) as scope (i, field, is_whole) where not is_whole order by i limit 1`);
  return row?.field ?? null;
}

/** True if a grant of ADMIN to the principal is not revoked, whether it waits for approval or not. */
export async function hasAdminGrant(db: Db, principalId: string): Promise<boolean> {
  const isIt = and(eq(roleGrants.principalId, principalId), eq(roleGrants.role, "ADMIN"), isNull(roleGrants.revokedAt));
  return (await db.select({ id: roleGrants.id }).from(roleGrants).where(isIt)).length > 0;
}

/** Adds a grant, or revives the same one that was revoked or has expired; null if it stands. */
export async function insertGrant(db: Db, row: typeof roleGrants.$inferInsert, now: Date): Promise<string | null> {
  const { principalId, role, grantedProjectId, vendorId, teamId, labelerId } = roleGrants;
  const { canAdjudicate, reason, expiresAt, grantedById, isPending } = row;
  const [granted] = await db.insert(roleGrants).values(row)
    .onConflictDoUpdate({
      target: [principalId, role, grantedProjectId, vendorId, teamId, labelerId],
      set: { canAdjudicate, reason, expiresAt, grantedById, isPending, approvedById: null, revokedAt: null, version: sql`${roleGrants.version} + 1`, updatedAt: now },
      setWhere: or(isNotNull(roleGrants.revokedAt), lte(roleGrants.expiresAt, now)),
    })
    .returning({ id: roleGrants.id });
  return granted?.id ?? null;
}

/** The grant with this id, if there is one. */
export async function findGrant(db: Db, id: string): Promise<RoleGrantRow | null> {
  const [row] = await db.select().from(roleGrants).where(eq(roleGrants.id, id));
  return row ?? null;
}

/** Revokes or approves one grant. */
export async function changeGrant(db: Db, id: string, expectedVersion: ExpectedVersion, changes: Partial<RoleGrantRow>, now: Date): Promise<void> {
  await changeRow(db, roleGrants, { projectId: null, id }, expectedVersion, changes, now);
}

/** Deactivates a principal and revokes every grant and key of it that stands. */
export async function deactivate(db: Db, id: string, expectedVersion: ExpectedVersion, now: Date): Promise<void> {
  await changeRow(db, principals, { projectId: null, id }, expectedVersion, { deactivatedAt: now }, now);
  for (const table of [roleGrants, apiClients]) {
    const changes = { revokedAt: now, version: sql`${table.version} + 1`, updatedAt: now };
    await db.update(table).set(changes).where(and(eq(table.principalId, id), isNull(table.revokedAt)));
  }
}
