import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { WORKER } from "../db/identity.ts";
import type { Db } from "../db/lease.ts";
import { createPool } from "../db/pool.ts";
import { write } from "../db/session.ts";
import { advance, findUnsealed, hint, isLagging, isOpen, seal, takeTurn } from "./seals.ts";

export interface SealerOptions {
  /** Straight to the server: the lock belongs to the connection. */
  url: string;
  log: Logger;
}

export interface Sealer {
  /** Seals no more; another process's sealer takes over at once. */
  close(): Promise<void>;
}

const BATCH = 1_000;
const TURN_MS = 20;
const IDLE_MS = 50;
const WAITING_MS = 500;
const TIMEOUT_MS = 5_000;
const LOOK_MS = 1_000;
const OLD_MS = 5_000;
// The server ends a session that is idle, or takes no answer, for so long: whoever has gone without a word holds the lock no longer.
const SILENT_MS = 3_000;
const SESSION = { idle_session_timeout: SILENT_MS, tcp_user_timeout: SILENT_MS };

type Outcome = "waiting" | "idle" | "full";

/** Warns, once each, when the oldest write transaction has been open for over 5 s: what it will append is late by that. */
function watchTransactions(log: Logger): (db: Db, oldest: string) => Promise<void> {
  let seen = { transaction: "", openSince: Infinity, nextLook: 0 };
  return async (db, transaction) => {
    const now = performance.now();
    if (transaction !== seen.transaction) seen = { transaction, openSince: Infinity, nextLook: now + LOOK_MS };
    if (now < seen.nextLook) return;
    seen.nextLook = now + LOOK_MS;
    seen.openSince = (await isOpen(db, transaction)) ? Math.min(seen.openSince, now) : Infinity;
    if (now - seen.openSince < OLD_MS) return;
    seen.nextLook = Infinity;
    log.warn({ transaction, openMs: Math.round(now - seen.openSince) }, "a write transaction has been open for over 5 s");
  };
}

/** Seals events as they are committed, while this process holds the sealer's lock; else waits for it. One runs in every process. */
export function startSealer({ url, log }: SealerOptions): Sealer {
  const pool = createPool({ url, size: 1, queue: 1, waitMs: TIMEOUT_MS, applicationName: "assay-sealer", settings: SESSION });
  const closing = new AbortController();
  const watch = watchTransactions(log);
  let checkedTo = "";
  let idleTurns = 0;

  async function turn(db: Db): Promise<Outcome> {
    const { isMine, sealedBefore, openFrom } = await takeTurn(db);
    if (!isMine) return "waiting";
    await watch(db, openFrom);
    const batch = await findUnsealed(db, sealedBefore, BATCH);
    idleTurns = batch.length > 0 ? 0 : idleTurns + 1;
    if (batch.length > 0) await hint(db, await seal(db, batch, new Date()));
    if (batch.length === BATCH) return "full";
    const mayLag = batch.length === 0 && openFrom !== checkedTo && (await isLagging(db, sealedBefore, openFrom));
    checkedTo = openFrom;
    if ((batch.length > 0 || mayLag) && !(await advance(db, sealedBefore, openFrom))) throw new Error("another sealer has the turn");
    return "idle";
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      const started = performance.now();
      const outcome = await write(pool, WORKER, turn, { timeoutMs: TIMEOUT_MS }).catch((error: unknown): Outcome => {
        if (!closing.signal.aborted) log.warn({ err: error }, "sealing failed; it goes on shortly");
        return "waiting";
      });
      // Never more than half of the time at work, however long a turn takes; and a little more slowly while nothing happens.
      const idleMs = Math.max(Math.min(TURN_MS + idleTurns, IDLE_MS), performance.now() - started);
      const pauseMs = { full: 0, idle: idleMs, waiting: WAITING_MS }[outcome];
      await sleep(pauseMs, undefined, { signal: closing.signal }).catch(() => {});
    }
  }

  const running = run();
  return {
    async close() {
      closing.abort();
      await running;
      await pool.end();
    },
  };
}
