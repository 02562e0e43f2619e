import { and, eq, gt, inArray, sql } from "drizzle-orm";
import { idFloor, type ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import { anyOf, type List } from "../db/lists.ts";
import { eventSeals } from "../events/table.ts";
import {
  webhookDeliveries, webhookDeliveryEntity, type WebhookDeliveryRow, webhookEndpointEntity, type WebhookEndpointRow, webhookEndpoints, webhookSecrets,
} from "./table.ts";

/** Which endpoints are listed. */
export interface EndpointFilter {
  states?: WebhookEndpointRow["state"][] | null;
  updatedAfter?: Date | null;
}

/** Which deliveries are listed. */
export interface DeliveryFilter {
  states?: WebhookDeliveryRow["state"][] | null;
  eventTypes?: string[] | null;
  updatedAfter?: Date | null;
}

export const endpointList: List<WebhookEndpointRow, EndpointFilter> = {
  entity: webhookEndpointEntity,
  where: (t, { states, updatedAfter }) => [anyOf(t.state!, states), updatedAfter ? gt(t.updatedAt!, updatedAfter) : undefined],
  orders: { ID: "id", UPDATED_AT: "updatedAt" },
};

export const deliveryList: List<WebhookDeliveryRow, DeliveryFilter> = {
  entity: webhookDeliveryEntity,
  where: (t, { states, eventTypes, updatedAfter }) => [
    anyOf(t.state!, states), anyOf(t.eventType!, eventTypes), updatedAfter ? gt(t.updatedAt!, updatedAfter) : undefined,
  ],
  orders: { ID: "id", UPDATED_AT: "updatedAt" },
};

const isKey = ({ projectId, id }: ProjectKey) => and(eq(webhookEndpoints.projectId, projectId), eq(webhookEndpoints.id, id));

/** An endpoint that the viewer sees, locked; null if there is none. */
export async function lockEndpoint(db: Db, key: ProjectKey): Promise<WebhookEndpointRow | null> {
  const [row] = await db.select().from(webhookEndpoints).where(isKey(key)).for("update");
  return row ?? null;
}

/** The number of the last sealed event of a project; 0 before there is one. */
export async function headOf(db: Db, projectId: string): Promise<number> {
  const [row] = await db.select({ seq: sql<string>`coalesce(max(${eventSeals.seq}), 0)` }).from(eventSeals).where(eq(eventSeals.projectId, projectId));
  return Number(row!.seq);
}

/** How many endpoints a project has that are not disabled. */
export async function countEndpoints(db: Db, projectId: string): Promise<number> {
  const [row] = await db
    .select({ n: sql<number>`count(*)::int` })
    .from(webhookEndpoints)
    .where(sql`${webhookEndpoints.projectId} = ${projectId} and ${webhookEndpoints.state} <> 'DISABLED'`);
  return row!.n;
}

/** Adds an endpoint. */
export async function insertEndpoint(db: Db, row: typeof webhookEndpoints.$inferInsert): Promise<void> {
  await db.insert(webhookEndpoints).values(row);
}

/** Changes an endpoint, counting its version up. */
export async function changeEndpoint(db: Db, key: ProjectKey, change: Partial<typeof webhookEndpoints.$inferInsert>, now: Date): Promise<void> {
  await db.update(webhookEndpoints).set({ ...change, version: sql`${webhookEndpoints.version} + 1`, updatedAt: now }).where(isKey(key));
}

/** Gives an endpoint a new secret; the one before signs until it ends, and what has ended is deleted. */
export async function replaceSecret(db: Db, key: ProjectKey, secret: { id: string; secret: string }, now: Date, formerEndsAt: Date): Promise<void> {
  const ofEndpoint = and(eq(webhookSecrets.projectId, key.projectId), eq(webhookSecrets.endpointId, key.id));
  await db.delete(webhookSecrets).where(and(ofEndpoint, sql`${webhookSecrets.endsAt} <= ${now.toISOString()}`));
  await db.update(webhookSecrets).set({ endsAt: formerEndsAt }).where(and(ofEndpoint, sql`${webhookSecrets.endsAt} is null`));
  await db.insert(webhookSecrets).values({ ...secret, projectId: key.projectId, endpointId: key.id, createdAt: now });
}

/** Adds deliveries. */
export async function insertDeliveries(db: Db, rows: (typeof webhookDeliveries.$inferInsert)[]): Promise<void> {
  if (rows.length > 0) await db.insert(webhookDeliveries).values(rows);
}

/** Those of an endpoint's deliveries, by id, that the viewer sees. */
export async function listDeliveries(db: Db, { projectId, id }: ProjectKey, ids: readonly string[]): Promise<WebhookDeliveryRow[]> {
  const isOf = and(eq(webhookDeliveries.projectId, projectId), eq(webhookDeliveries.endpointId, id));
  return db.select().from(webhookDeliveries).where(and(isOf, inArray(webhookDeliveries.id, [...ids])));
}

/** An endpoint's dead deliveries that have not been repeated, the oldest first. */
export async function listDead(db: Db, { projectId, id }: ProjectKey, limit: number): Promise<WebhookDeliveryRow[]> {
  return db.select().from(webhookDeliveries).where(sql`${webhookDeliveries.projectId} = ${projectId} and ${webhookDeliveries.endpointId} = ${id}
    and ${webhookDeliveries.state} = 'DEAD' and not exists (select from webhook_deliveries r
      where r.project_id = ${projectId} and r.endpoint_id = ${id} and r.id > ${webhookDeliveries.id}
      and r.replay_of_id = coalesce(${webhookDeliveries.replayOfId}, ${webhookDeliveries.id}))`)
    .orderBy(webhookDeliveries.id).limit(limit);
}

/** Projects that have an endpoint to be served. */
export async function listServedProjects(db: Db): Promise<string[]> {
  const rows = await db.selectDistinct({ projectId: webhookEndpoints.projectId }).from(webhookEndpoints).where(eq(webhookEndpoints.state, "ACTIVE"));
  return rows.map(({ projectId }) => projectId);
}

/** When the next delivery is due, of endpoints that are not busy; null if none waits. */
export async function nextDueAt(db: Db, busyIds: readonly string[]): Promise<Date | null> {
  const [row] = await db.execute<{ at: string | null }>(sql`/* nextDelivery */ select min(w.next_attempt_at)::text as at from webhook_endpoints e cross join lateral (
      select next_attempt_at from webhook_deliveries where project_id = e.project_id and endpoint_id = e.id and next_attempt_at is not null
      order by next_attempt_at limit 1) w where e.state = 'ACTIVE' and e.id <> all (${array(busyIds, "uuid")})`);
  return row?.at ? new Date(row.at) : null;
}

/** Deletes what was delivered, or is dead, since before a time; how many. Read endpoint by endpoint from its oldest on, not the whole log. */
export async function deleteDeliveries(db: Db, before: Date, limit: number): Promise<number> {
  const rows = await db.execute(sql`/* oldDeliveries */ delete from webhook_deliveries d using (
    select w.project_id, w.id from webhook_endpoints e cross join lateral (
      select project_id, id from webhook_deliveries where project_id = e.project_id and endpoint_id = e.id and id < ${idFloor(before)}::uuid
        and state in ('DELIVERED', 'DEAD') and updated_at < ${before.toISOString()}::timestamptz order by id limit ${limit}) w limit ${limit}) o
    where d.project_id = o.project_id and d.id = o.id returning d.id`);
  return rows.length;
}
