import { and, asc, eq, gt, gte, lt, sql } from "drizzle-orm";
import { idFloor, timeOfId } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import { at } from "../db/times.ts";
import type { Chain } from "../events/proof.ts";
import { chain } from "../events/seals.ts";
import { accessLog, accessSeals } from "./table.ts";

/** A row's text as its seal takes it: all of the row, the same on every server. */
const loggedText = sql<string>`jsonb_build_array(${accessLog.id}, to_char(${accessLog.recordedAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
  ${accessLog.principalId}, ${accessLog.viaId}, ${accessLog.clientId}, ${accessLog.role}, ${accessLog.kinds}, ${accessLog.operation}, ${accessLog.fields},
  ${accessLog.personalFields}, ${accessLog.personalCount}, ${accessLog.subjects}, ${accessLog.projectIds}, ${accessLog.outcome}, ${accessLog.code},
  ${accessLog.requestId}, ${accessLog.transport})::text`;

// The same for all sealers of a database.
const LOCK = 7_361_017;
/** What a row's commit may take behind its id. */
const COMMIT_MS = 60_000;

/** Where the next seal goes: behind which one, and from which id on rows may have none. */
export interface LogHead {
  seq: number;
  hash: Buffer | null;
  openFrom: string;
}

/** True if this transaction is the one that seals, until it ends. */
export async function takeTurn(db: Db): Promise<boolean> {
  const [turn] = await db.execute<{ isMine: boolean }>(sql`/* accessSealersTurn */ select pg_try_advisory_xact_lock(${LOCK}) as "isMine"`);
  return turn!.isMine;
}

/** The newest seal of the log. */
export async function findHead(db: Db): Promise<LogHead> {
  const [head] = await db.execute<{ seq: string; id: string; hash: string; now: string }>(sql`/* accessSealHead */
    select seq, access_id as id, encode(hash, 'hex') as hash, (extract(epoch from clock_timestamp()) * 1000)::bigint as now
    from access_seals order by access_seals.seq desc limit 1`);
  if (!head) return { seq: 0, hash: null, openFrom: idFloor(new Date(0)) };
  // The database's clock may have been set back.
  const before = Math.min(timeOfId(head.id).getTime(), Number(head.now)) - COMMIT_MS;
  return { seq: Number(head.seq), hash: Buffer.from(head.hash, "hex"), openFrom: idFloor(new Date(before)) };
}

const hasNoSeal = sql`not exists (select from access_seals s where s.access_id = ${accessLog.id})`;

/** Committed rows without a seal from this id on, oldest first. */
export async function listUnsealed(db: Db, { openFrom }: LogHead, most: number): Promise<{ id: string; text: string }[]> {
  return db.select({ id: accessLog.id, text: loggedText }).from(accessLog)
    .where(and(gte(accessLog.id, openFrom), hasNoSeal, sql`true /* unsealedAccesses */`)).orderBy(asc(accessLog.id)).limit(most);
}

/** Seals rows in this order, behind the head. */
export async function sealAccesses(db: Db, head: LogHead, rows: readonly { id: string; text: string }[], now: Date): Promise<void> {
  let hash = head.hash;
  const hashes = rows.map(({ text }) => (hash = chain(hash, text)).toString("hex"));
  await db.execute(sql`/* sealAccesses */ insert into access_seals (seq, access_id, hash, sealed_at)
    select ${head.seq}::bigint + i, id, decode(hash, 'hex'), ${at(now)} from unnest(${array(rows.map(({ id }) => id), "uuid")}, ${array(hashes, "text")}) with ordinality as s(id, hash, i)`);
}

/** The log's own chain. */
export const accessChain: Chain = {
  readAfter: async (db, seq, most) =>
    db.select({ seq: accessSeals.seq, hash: sql<string>`encode(${accessSeals.hash}, 'hex')`, what: sql<string>`'access ' || ${accessSeals.accessId}`,
      text: sql<string | null>`case when ${accessLog.id} is not null then ${loggedText} end` })
      .from(accessSeals).leftJoin(accessLog, eq(accessLog.id, accessSeals.accessId))
      .where(and(gt(accessSeals.seq, seq), sql`true /* sealedAccesses */`)).orderBy(asc(accessSeals.seq)).limit(most),
  findStray: async (db) => {
    const { openFrom } = await findHead(db);
    const [stray] = await db.select({ id: accessLog.id }).from(accessLog).where(and(lt(accessLog.id, openFrom), hasNoSeal, sql`true /* strayAccess */`)).limit(1);
    return stray ? `access ${stray.id}` : null;
  },
};
