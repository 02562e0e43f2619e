import { createHash } from "node:crypto";
import { and, eq, isNull, sql } from "drizzle-orm";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import type { Heard } from "./heads.ts";
import { events, eventSeals } from "./table.ts";

/** The channel on which the sealer hints at new seals. */
export const SEALS_CHANNEL = "assay_seals";

/** An event as its seal takes it: the same text on every server. */
export interface Unsealed extends Heard {
  projectId: string;
  id: string;
  text: string;
}

/** The newest seal of a project. */
export interface Head {
  projectId: string;
  seq: number;
}

/** The newest seal of a project, and the events that were sealed with it, in order. */
export interface Sealed extends Head {
  events: Heard[];
}

/** What every server makes of an event's row, as the text that its seal's hash covers: a JSON array of what was recorded, in this order, and at last who acted for the actor, if somebody did. */
export const sealedText = sql<string>`(jsonb_build_array(${events.projectId}, ${events.id}, ${events.type}, ${events.subjectType}, ${events.subjectId},
  ${events.actorId}, to_char(${events.recordedAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), ${events.fromState}, ${events.toState},
  ${events.reason}, ${events.payload})
  || case when ${events.viaId} is null then '[]' else jsonb_build_array(${events.viaId}) end)::text`;

/** The hash of a seal: SHA-256 of the previous seal's hash (32 zero bytes before the first) and the event's text. */
export function chain(previous: Buffer | null, text: string): Buffer {
  return createHash("sha256").update(previous ?? Buffer.alloc(32)).update(text).digest();
}

// The same for all sealers of a database. Held by the connection: it falls to another sealer when that ends.
const LOCK = 7_361_005;

/** Takes or keeps the sealer's lock for this connection. Every transaction before `openFrom` has ended. */
export async function takeTurn(db: Db): Promise<{ isMine: boolean; sealedBefore: string; openFrom: string }> {
  const [row] = await db.execute<{ isMine: boolean; sealedBefore: string; openFrom: string }>(sql`/* sealersTurn */
    select pg_try_advisory_lock(${LOCK}) as "isMine", sealed_before::text as "sealedBefore", pg_snapshot_xmin(pg_current_snapshot())::text as "openFrom"
    from sealer_state`);
  return row!;
}

/** True while this write transaction runs. */
export async function isOpen(db: Db, transaction: string): Promise<boolean> {
  const rows = await db.execute(sql`/* openTransaction */
    select from pg_locks where locktype = 'transactionid' and mode = 'ExclusiveLock' and transactionid = (${transaction}::xid8)::xid`);
  return rows.length > 0;
}

/**
 * Committed events without a seal, oldest first. Whatever an event follows from has committed before it, so is seen here too, and has the
 * smaller id: sealed in this order, causes come before effects, and an open transaction holds nobody up.
 */
export async function findUnsealed(db: Db, sealedBefore: string, limit: number): Promise<Unsealed[]> {
  return db
    .select({ projectId: events.projectId, id: events.id, type: events.type, subjectType: events.subjectType, text: sealedText })
    .from(events)
    .leftJoin(eventSeals, and(eq(eventSeals.projectId, events.projectId), eq(eventSeals.eventId, events.id)))
    .where(and(sql`${events.transactionId} >= ${sealedBefore}::xid8 /* unsealedEvents */`, isNull(eventSeals.seq)))
    .orderBy(events.id)
    .limit(limit);
}

async function findHeads(db: Db, projectIds: readonly string[]): Promise<Map<string, { seq: number; hash: Buffer | null; events: Heard[] }>> {
  const rows = await db.execute<{ projectId: string; seq: string; hash: string | null }>(sql`/* sealHeads */
    select k.project_id as "projectId", coalesce(s.seq, 0) as seq, encode(s.hash, 'hex') as hash
    from unnest(${array(projectIds, "uuid")}) as k(project_id)
    left join lateral (select seq, hash from event_seals where event_seals.project_id = k.project_id order by seq desc limit 1) s on true`);
  return new Map(rows.map(({ projectId, seq, hash }) => [projectId, { seq: Number(seq), hash: hash === null ? null : Buffer.from(hash, "hex"), events: [] }]));
}

/** Seals events in this order, each behind the newest seal of its project; the projects' new heads. */
export async function seal(db: Db, batch: readonly Unsealed[], now: Date): Promise<Sealed[]> {
  const heads = await findHeads(db, [...new Set(batch.map(({ projectId }) => projectId))]);
  const seals = batch.map(({ projectId, id, type, subjectType, text }) => {
    const head = heads.get(projectId)!;
    head.seq += 1;
    head.events.push({ type, subjectType });
    head.hash = chain(head.hash, text);
    return { projectId, seq: head.seq, id, hash: head.hash.toString("hex") };
  });
  const column = (name: keyof (typeof seals)[number], type: string) => array(seals.map((each) => each[name]), type);
  await db.execute(sql`/* seal */ insert into event_seals (project_id, seq, event_id, hash, sealed_at)
    select project_id, seq, id, decode(hash, 'hex'), ${now.toISOString()}::timestamptz
    from unnest(${column("projectId", "uuid")}, ${column("seq", "bigint")}, ${column("id", "uuid")}, ${column("hash", "text")}) as s(project_id, seq, id, hash)`);
  return [...heads].map(([projectId, { seq, events }]) => ({ projectId, seq, events }));
}

/** Says that every event of a transaction before this one is sealed; false if another sealer has said so meanwhile. */
export async function advance(db: Db, from: string, to: string): Promise<boolean> {
  const rows = await db.execute(sql`update sealer_state set sealed_before = ${to}::xid8 where sealed_before = ${from}::xid8 returning id`);
  return rows.length === 1;
}

/** True if sealed events stand between the two transactions: then the search for unsealed ones reads them again and again. */
export async function isLagging(db: Db, from: string, to: string): Promise<boolean> {
  const rows = await db.execute(sql`select from events where transaction_id >= ${from}::xid8 and transaction_id < ${to}::xid8 limit 1`);
  return rows.length === 1;
}

// What a notification holds, and so many heads even with nothing else.
const HINT_BYTES = 7_900;
const HINTED = 100;

/** Project, newest seal, and the type and the subject's type of each event sealed with it: absent where not all would fit. */
export type Hint = [projectId: string, seq: number, events?: [type: string, subjectType: string][]][];

function writeHint(heads: readonly Sealed[]): string {
  if (heads.length > HINTED) return "";
  const whole: Hint = heads.map(({ projectId, seq, events }) => [projectId, seq, events.map(({ type, subjectType }) => [type, subjectType])]);
  const text = JSON.stringify(whole);
  return Buffer.byteLength(text) <= HINT_BYTES ? text : JSON.stringify(whole.map(([projectId, seq]) => [projectId, seq]));
}

/** Hints at the new heads, in one notification when the transaction commits; an empty hint stands for too many. */
export async function hint(db: Db, heads: readonly Sealed[]): Promise<void> {
  await db.execute(sql`select pg_notify(${SEALS_CHANNEL}, ${writeHint(heads)})`);
}
