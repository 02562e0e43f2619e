import { and, eq, gt, isNull, sql } from "drizzle-orm";
import { changeRow, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import type { List } from "../db/lists.ts";
import { type ApiClientRow, apiClients, principals } from "../grants/table.ts";
import { registeredDocumentEntity, type RegisteredDocumentRow, registeredDocuments } from "./table.ts";

/** Filter of the list of documents. */
export interface DocumentFilter {
  principalId?: string | null;
  hashes?: string[] | null;
  isRetired?: boolean | null;
  updatedAfter?: Date | null;
}

export const documentList: List<RegisteredDocumentRow, DocumentFilter> = {
  entity: registeredDocumentEntity,
  where: (table, { principalId, hashes, isRetired, updatedAfter }) => [
    principalId ? eq(table.principalId!, principalId) : undefined,
    hashes ? sql`${table.hash!} in ${hashes.length > 0 ? hashes : [""]}` : undefined,
    isRetired == null ? undefined : sql`(${table.retiredAt!} is not null) = ${isRetired}`,
    updatedAfter ? gt(table.updatedAt!, updatedAfter) : undefined,
  ],
  orders: { ID: "id", UPDATED_AT: "updatedAt" },
};

const stands = (principalId: string) => and(eq(registeredDocuments.principalId, principalId), isNull(registeredDocuments.retiredAt));

/** The texts of a principal's documents that stand, by their hashes. */
export async function textsByHash(db: Db, principalId: string): Promise<Map<string, string>> {
  const { hash, document } = registeredDocuments;
  const rows = await db.select({ hash, document }).from(registeredDocuments).where(stands(principalId));
  return new Map(rows.map((row) => [row.hash, row.document]));
}

/** How many characters a principal's documents that stand have together; null if there is no such principal. Nobody else adds to them before the transaction ends. */
export async function lockRoom(db: Db, principalId: string): Promise<number | null> {
  await db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${principalId}, 7361005))`);
  const [row] = await db.execute<{ characters: string }>(sql`/* roomOfDocuments */
    select coalesce((select sum(length(document)) from registered_documents where principal_id = p.id and retired_at is null), 0) as characters
    from ${principals} p where p.id = ${principalId}`);
  return row ? Number(row.characters) : null;
}

/** The document of a principal with this hash, retired or not. */
export async function findDocument(db: Db, principalId: string, hash: string): Promise<RegisteredDocumentRow | null> {
  const isIt = and(eq(registeredDocuments.principalId, principalId), eq(registeredDocuments.hash, hash));
  const [row] = await db.select().from(registeredDocuments).where(isIt);
  return row ?? null;
}

/** The document with this id, if the viewer may see it. */
export async function findDocumentById(db: Db, id: string): Promise<RegisteredDocumentRow | null> {
  const [row] = await db.select().from(registeredDocuments).where(eq(registeredDocuments.id, id)).for("update");
  return row ?? null;
}

/** Adds a document. */
export async function insertDocument(db: Db, row: typeof registeredDocuments.$inferInsert): Promise<void> {
  await db.insert(registeredDocuments).values(row);
}

type Changes = Partial<Pick<RegisteredDocumentRow, "name" | "cost" | "retiredAt">>;

/** Changes what may change of a document. */
export async function changeDocument(db: Db, id: string, expectedVersion: ExpectedVersion, changes: Changes, now: Date): Promise<void> {
  await changeRow(db, registeredDocuments, { projectId: null, id }, expectedVersion, changes, now);
}

/** Restricts an API key to registered documents, or lifts that. */
export async function restrictClient(db: Db, id: string, expectedVersion: ExpectedVersion, isRestricted: boolean, now: Date): Promise<ApiClientRow> {
  return changeRow(db, apiClients, { projectId: null, id }, expectedVersion, { isRestricted }, now);
}
