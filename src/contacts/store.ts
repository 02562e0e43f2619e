import { and, eq, gt, sql } from "drizzle-orm";
import type { ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import { anyOf, type List } from "../db/lists.ts";
import { at } from "../db/times.ts";
import { contactEntity, type ContactRow, contacts } from "./table.ts";

/** What of a contact may be asked for; the ids are rows' own. */
export interface ContactFilter {
  duties?: ContactRow["duty"][] | null;
  topics?: NonNullable<ContactRow["topic"]>[] | null;
  markets?: string[] | null;
  vendorIds?: string[] | null;
  principalId?: string | null;
  updatedAfter?: Date | null;
}

export const contactList: List<ContactRow, ContactFilter> = {
  entity: contactEntity,
  where: (t, { duties, topics, markets, vendorIds, principalId, updatedAfter }) => [
    anyOf(t.duty!, duties),
    // Who is for all is for these too.
    topics ? sql`(${t.topic!} is null or ${t.topic!} = any (${array(topics, "text")}))` : undefined,
    markets ? sql`(${t.market!} is null or ${t.market!} = any (${array(markets, "text")}))` : undefined,
    vendorIds ? sql`(${t.vendorId!} is null or ${t.vendorId!} = any (${array(vendorIds, "uuid")}))` : undefined,
    principalId ? eq(t.principalId!, principalId) : undefined,
    updatedAfter ? gt(t.updatedAt!, updatedAfter) : undefined,
  ],
  orders: { ID: "id", UPDATED_AT: "updatedAt" },
};

/** True if the vendor exists, as far as the viewer sees it. */
export async function isVendor(db: Db, vendorId: string): Promise<boolean> {
  return (await db.execute(sql`/* vendorOfContact */ select 1 from vendors where id = ${vendorId}`)).length > 0;
}

/** True if the principal has one of the roles in the project, of that vendor (of none for null), by a grant that stands. */
export async function isGranted(db: Db, contact: Pick<ContactRow, "projectId" | "principalId" | "vendorId">, roles: readonly string[], now: Date): Promise<boolean> {
  const { projectId, principalId, vendorId } = contact;
  const rows = await db.execute(sql`/* grantOfContact */
    select 1 from role_grants where principal_id = ${principalId} and project_id = ${projectId} and role = any (${array(roles, "text")})
      and vendor_id is not distinct from ${vendorId}::uuid and revoked_at is null and (expires_at is null or expires_at > ${at(now)})
      and exists (select from principals p where p.id = principal_id and p.deactivated_at is null) limit 1`);
  return rows.length > 0;
}

/** Adds a contact; where there is the same already, changes its severity and name. What it is now. */
export async function saveContact(db: Db, row: typeof contacts.$inferInsert & { updatedAt: Date }): Promise<Pick<ContactRow, "id" | "version">> {
  const { leastSeverity, name, updatedAt } = row;
  const target = [contacts.projectId, contacts.principalId, contacts.duty, contacts.topic, contacts.market, contacts.vendorId];
  const set = { leastSeverity, name, updatedAt, version: sql`${contacts.version} + 1` };
  const [saved] = await db.insert(contacts).values(row).onConflictDoUpdate({ target, set }).returning({ id: contacts.id, version: contacts.version });
  return saved!;
}

/** Takes a contact away: what it was; null if absent or hidden. */
export async function deleteContact(db: Db, { projectId, id }: ProjectKey): Promise<ContactRow | null> {
  const [row] = await db.delete(contacts).where(and(eq(contacts.projectId, projectId), eq(contacts.id, id))).returning();
  return row ?? null;
}

/** The contacts of a project, in the order in which they were named. */
export async function listContacts(db: Db, projectId: string): Promise<ContactRow[]> {
  return db.select().from(contacts).where(and(eq(contacts.projectId, projectId), sql`true /* contactsOfProject */`)).orderBy(contacts.id);
}
