import { and, asc, eq, gt, isNull, sql } from "drizzle-orm";
import type { Db } from "../db/lease.ts";
import type { Reads } from "../db/steps.ts";
import { chain, sealedText } from "./seals.ts";
import { events, eventSeals } from "./table.ts";

/** A seal, with the text of what it seals: null where that is gone. Hashes are hexadecimal. */
export interface Sealed {
  seq: number;
  hash: string;
  what: string;
  text: string | null;
}

/** Something that is sealed row by row. */
export interface Chain {
  /** The seals behind this one, in order. */
  readAfter: (db: Db, seq: number, most: number) => Promise<Sealed[]>;
  /** A row that should have a seal and has none. */
  findStray: (db: Db) => Promise<string | null>;
}

/** How far a chain holds. */
export interface Proof {
  /** The first seal there is: 1, or what retention has left. 0 where there is none. */
  first: number;
  /** The last seal that holds, and its hash: whoever keeps both elsewhere would see if the end were cut off. */
  last: number;
  hash: string | null;
  /** What is wrong behind it; null if nothing is. */
  broken: string | null;
}

const PAGE = 5_000;

function breakAt({ seq, hash, what, text }: Sealed, { last, hash: previous }: Proof): string | null {
  if (last > 0 && seq !== last + 1) return `seal ${last + 1} is missing`;
  if (text === null) return `${what} is missing, of which seal ${seq} is`;
  // What came before the first of those that retention has left is not known any more.
  const isFirstLeft = last === 0 && seq > 1;
  const holds = isFirstLeft || chain(previous === null ? null : Buffer.from(previous, "hex"), text).toString("hex") === hash;
  return holds ? null : `${what} is not what seal ${seq} was made of: it, the seal or the order was changed`;
}

/** Computes a chain anew from its first seal on, page by page, up to the first place that doesn't hold. `onPage` hears how far it is. */
export async function prove(reads: Reads, { readAfter, findStray }: Chain, onPage: (seq: number) => void): Promise<Proof> {
  const proof: Proof = { first: 0, last: 0, hash: null, broken: null };
  for (let isWhole = false; !isWhole; ) {
    const page = await reads((db) => readAfter(db, proof.last, PAGE));
    for (const link of page) {
      proof.broken = breakAt(link, proof);
      if (proof.broken) return proof;
      proof.first ||= link.seq;
      [proof.last, proof.hash] = [link.seq, link.hash];
    }
    onPage(proof.last);
    isWhole = page.length < PAGE;
  }
  const stray = await reads(findStray);
  return stray ? { ...proof, broken: `${stray} has no seal` } : proof;
}

/** Every project's code and id: each has a chain of its own. */
export async function listChains(db: Db): Promise<{ id: string; code: string }[]> {
  return [...(await db.execute<{ id: string; code: string }>(sql`/* chains */ select id, code from projects order by code`))];
}

const ofEvent = and(eq(events.projectId, eventSeals.projectId), eq(events.id, eventSeals.eventId));

/** The chain of a project's events. */
export function eventChain(projectId: string): Chain {
  return {
    readAfter: async (db, seq, most) =>
      db.select({ seq: eventSeals.seq, hash: sql<string>`encode(${eventSeals.hash}, 'hex')`, what: sql<string>`'event ' || ${eventSeals.eventId}`,
        text: sql<string | null>`case when ${events.id} is not null then ${sealedText} end` })
        .from(eventSeals).leftJoin(events, ofEvent)
        .where(and(eq(eventSeals.projectId, projectId), gt(eventSeals.seq, seq), sql`true /* sealedEvents */`)).orderBy(asc(eventSeals.seq)).limit(most),
    findStray: async (db) => {
      const isOld = sql`${events.transactionId} < (select sealed_before from sealer_state) /* strayEvent */`;
      const [stray] = await db.select({ id: events.id }).from(events).leftJoin(eventSeals, ofEvent)
        .where(and(eq(events.projectId, projectId), isOld, isNull(eventSeals.seq))).limit(1);
      return stray ? `event ${stray.id}` : null;
    },
  };
}
