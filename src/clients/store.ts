import { eq, sql } from "drizzle-orm";
import { array } from "../db/arrays.ts";
import { changeRow, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { type ApiClientRow, apiClients } from "../grants/table.ts";

/** Adds an API key, of which only the hash is kept. */
export async function insertClient(db: Db, row: typeof apiClients.$inferInsert): Promise<void> {
  await db.insert(apiClients).values(row);
}

/** The key with this id, kept from changing until the transaction ends; null if there is none. */
export async function lockClient(db: Db, id: string): Promise<ApiClientRow | null> {
  const [row] = await db.select().from(apiClients).where(eq(apiClients.id, id)).for("update");
  return row ?? null;
}

/** Rotates or revokes one key. */
export async function changeClient(db: Db, id: string, expectedVersion: ExpectedVersion, changes: Partial<ApiClientRow>, now: Date): Promise<void> {
  await changeRow(db, apiClients, { projectId: null, id }, expectedVersion, changes, now);
}

/** Keeps when keys were last used, in one statement. It is no change of theirs: their versions stay. */
export async function stampUse(db: Db, uses: ReadonlyMap<string, Date>): Promise<void> {
  await db.execute(sql`/* stampUse */ update api_clients set last_used_at = used.at
    from unnest(${array([...uses.keys()], "uuid")}, ${array([...uses.values()], "timestamptz")}) as used (id, at)
    where api_clients.id = used.id and (api_clients.last_used_at is null or api_clients.last_used_at < used.at)`);
}
