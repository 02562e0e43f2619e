import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import type { Logger } from "pino";
import { array } from "../db/arrays.ts";
import { WORKER } from "../db/identity.ts";
import type { Db } from "../db/lease.ts";
import { startListener } from "../db/listener.ts";
import type { Pool } from "../db/pool.ts";
import { openRead } from "../db/session.ts";
import { createHeads, type Heads } from "./heads.ts";
import { findReplayStart, type ReplayStart } from "./replay.ts";
import { type Head, type Hint, SEALS_CHANNEL } from "./seals.ts";

/** A sealed event as the system itself sees it. */
export interface SealedEvent {
  projectId: string;
  seq: number;
  type: string;
  subjectType: string;
  subjectId: string;
  payload: Record<string, unknown>;
}

export interface ReaderOptions {
  /** Straight to the server, to listen. */
  url: string;
  pool: Pool;
  log: Logger;
  /** Hears every event sealed from now on, in each project's order, about when the project's head moves. */
  onEvents: (events: readonly SealedEvent[]) => void;
}

/** Knows how far each project's events are sealed. One runs in every process. */
export interface Reader {
  readonly heads: Heads;
  /** Resolves when the heads of all projects are known. */
  readonly started: Promise<void>;
  /** False while hints may be missed: what was sealed meanwhile is read when the connection is back. */
  readonly isConnected: boolean;
  /** Up to which event of the project none is replayed, being too old: cursors before it have lost something. */
  replayStart(projectId: string): Promise<ReplayStart>;
  close(): Promise<void>;
}

const BATCH = 500;
const TIMEOUT_MS = 5_000;
const RETRY_MS = 250;

async function listHeads(db: Db): Promise<Head[]> {
  const rows = await db.execute<{ projectId: string; seq: string }>(sql`/* projectHeads */
    select p.id as "projectId", s.seq from projects p
    join lateral (select seq from event_seals where event_seals.project_id = p.id order by seq desc limit 1) s on true`);
  return rows.map(({ projectId, seq }) => ({ projectId, seq: Number(seq) }));
}

async function listSealed(db: Db, after: readonly Head[]): Promise<SealedEvent[]> {
  const projectIds = array(after.map(({ projectId }) => projectId), "uuid");
  const rows = await db.execute<Record<keyof SealedEvent, unknown>>(sql`/* sealedEvents */
    select e.* from unnest(${projectIds}, ${array(after.map(({ seq }) => seq), "bigint")}) as k(project_id, seq)
    join lateral (
      select s.project_id as "projectId", s.seq, e.type, e.subject_type as "subjectType", e.subject_id as "subjectId", e.payload
      from event_seals s join events e on e.project_id = s.project_id and e.id = s.event_id
      where s.project_id = k.project_id and s.seq > k.seq order by s.seq limit ${BATCH}
    ) e on true order by e."projectId", e.seq`);
  return rows.map((row) => ({ ...row, seq: Number(row.seq) }) as SealedEvent);
}

/** Follows the sealer's hints, and reads what they announce. */
export function startReader({ url, pool, log, onEvents }: ReaderOptions): Reader {
  const heads = createHeads();
  // Up to where everything was heard, and what is still to be read.
  const told = new Map<string, number>();
  const announced = new Map<string, number>();
  let hasStarted = false;
  let mustAskAll = false;
  let isClosed = false;
  let reading: Promise<void> | undefined;
  let start = () => {};
  const started = new Promise<void>((resolve) => (start = resolve));

  const toldTo = (projectId: string) => told.get(projectId) ?? 0;

  // A look at all may be older than a hint.
  function announce(projectId: string, seq: number): void {
    if (seq > Math.max(toldTo(projectId), announced.get(projectId) ?? 0)) announced.set(projectId, seq);
  }

  function tell(projectId: string, seq: number): void {
    told.set(projectId, seq);
    if (announced.get(projectId)! <= seq) announced.delete(projectId);
  }

  async function read<T>(work: (db: Db) => Promise<T>): Promise<T> {
    const session = openRead(pool, WORKER, { timeoutMs: TIMEOUT_MS });
    return session.run(work).finally(session.close);
  }

  async function askAll(): Promise<void> {
    mustAskAll = false;
    const found = await read(listHeads).catch((error: unknown) => {
      mustAskAll = true;
      throw error;
    });
    // What was sealed before this process looked for the first time is nobody's news.
    for (const { projectId, seq } of found) {
      if (hasStarted) {
        announce(projectId, seq);
        continue;
      }
      heads.moveTo(projectId, seq, []);
      tell(projectId, seq);
    }
    hasStarted = true;
    start();
  }

  function behind(): Head[] {
    return hasStarted ? [...announced.keys()].map((projectId) => ({ projectId, seq: toldTo(projectId) })) : [];
  }

  // What a hint says whole needn't be read here before it is read for subscribers.
  function hear([projectId, seq, said]: Hint[number]): void {
    announce(projectId, seq);
    if (!said || !hasStarted || heads.get(projectId) + said.length !== seq) return;
    heads.moveTo(projectId, seq, said.map(([type, subjectType]) => ({ type, subjectType })));
  }

  async function readAnnounced(): Promise<void> {
    const known = [...announced];
    const events = await read((db) => listSealed(db, behind()));
    // Nothing is left of what was announced.
    if (events.length === 0) for (const [projectId, seq] of known) tell(projectId, seq);
    onEvents(events);
    for (const projectId of new Set(events.map((event) => event.projectId))) {
      const mine = events.filter((event) => event.projectId === projectId);
      const { seq } = mine.at(-1)!;
      const head = heads.get(projectId);
      if (seq > head) heads.moveTo(projectId, seq, mine.filter((event) => event.seq > head));
      tell(projectId, seq);
    }
  }

  const hasWork = () => !isClosed && (mustAskAll || behind().length > 0);

  async function readOn(): Promise<void> {
    while (hasWork()) {
      try {
        if (mustAskAll) await askAll();
        if (behind().length > 0) await readAnnounced();
      } catch (error) {
        if (!isClosed) log.warn({ err: error }, "events can't be read; it goes on shortly");
        await sleep(RETRY_MS);
      }
    }
    reading = undefined;
  }

  function go(): void {
    if (!reading && hasWork()) reading = readOn();
  }

  const listener = startListener({
    url,
    channel: SEALS_CHANNEL,
    applicationName: "assay-reader",
    onListening: () => {
      mustAskAll = true;
      go();
    },
    onNotify: (payload) => {
      if (payload === "") mustAskAll = true;
      else for (const head of JSON.parse(payload) as Hint) hear(head);
      // Behind those who wait.
      setImmediate(go);
    },
  });

  return {
    heads,
    started,
    get isConnected() {
      return hasStarted && listener.isListening;
    },
    replayStart: (projectId) => read((db) => findReplayStart(db, projectId, new Date())),
    async close() {
      isClosed = true;
      await listener.close();
      await reading;
    },
  };
}
