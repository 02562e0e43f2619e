import { setTimeout as sleep } from "node:timers/promises";
import { causeOf, isRetryable, LeaseLost, NoRoom, OutcomeUnknown } from "./failures.ts";
import { beginMessage, type Identity, identityMessage } from "./identity.ts";
import type { Db, Lease } from "./lease.ts";
import type { Pool } from "./pool.ts";

/** What the server gets beyond its own timeout to answer; then the lease is taken for hung. */
const GRACE_MS = 1_000;
const RETRIES = 3;

export interface SessionOptions {
  /** Of every statement, and of the whole transaction with all its retries. */
  timeoutMs: number;
}

export interface ReadSession {
  /** Runs statements in the session's one snapshot; rejects with the session's first failure once there is one. */
  run<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /** Ends the transaction behind the caller's back; what is sent later is refused. */
  close(): void;
  readonly failure: unknown;
  /** True once a row was delivered: before that, the operation may be run again from its start (`isRetryable`). */
  readonly hasRows: boolean;
}

/** Whose transaction a `db` is of. Written on it: what a WeakMap holds outlives every small collection, and one of these holds a lease. */
const TURN = Symbol("turn");
type Acting = Db & { [TURN]?: { lease: Lease; identity: Identity } };

function act(db: Acting, lease: Lease, identity: Identity): void {
  db[TURN] = { lease, identity };
}

const ignore = () => {};

/** A read-only snapshot under an identity. Nothing is leased before the first `run`, and `begin` travels with its statements. */
export function openRead(pool: Pool, identity: Identity, { timeoutMs }: SessionOptions): ReadSession {
  const begin = beginMessage(identity, "read", timeoutMs);
  let opening: Promise<Lease> | undefined;
  let lease: Lease | undefined;
  let refusal: unknown;
  let isClosed = false;

  async function open(): Promise<Lease> {
    const granted = await pool.lease(timeoutMs + GRACE_MS).catch((error: unknown) => {
      refusal = error;
      throw error;
    });
    if (isClosed) granted.release();
    else granted.simple(begin).catch(ignore);
    act(granted.db, granted, identity);
    return (lease = granted);
  }

  return {
    async run(work) {
      if (isClosed) throw new LeaseLost("the read session is closed");
      const granted = await (opening ??= open());
      if (granted.failure) throw granted.failure;
      try {
        return await work(granted.db);
      } catch (error) {
        throw granted.failure ?? causeOf(error);
      }
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      lease?.finish();
    },
    get failure() {
      return refusal ?? lease?.failure;
    },
    get hasRows() {
      return lease?.hasRows ?? false;
    },
  };
}

async function commit(lease: Lease): Promise<void> {
  if (lease.dead) throw lease.failure;
  const command = await lease.simple("commit").catch((error: unknown) => {
    throw error instanceof LeaseLost ? new OutcomeUnknown("the connection was lost during commit", { cause: error }) : error;
  });
  if (command !== "COMMIT") throw lease.failure ?? new Error(`commit was answered by ${command}`);
}

async function writeOnce<T>(pool: Pool, identity: Identity, work: (db: Db) => Promise<T>, timeoutMs: number): Promise<T> {
  const begin = beginMessage(identity, "write", timeoutMs);
  const lease = await pool.lease(timeoutMs + GRACE_MS);
  act(lease.db, lease, identity);
  try {
    lease.simple(begin).catch(ignore); // if it fails, so does the commit
    const result = await work(lease.db);
    await commit(lease);
    return result;
  } catch (error) {
    await lease.simple("rollback").catch(ignore);
    const cause = causeOf(error);
    throw cause === error ? error : (lease.failure ?? cause);
  } finally {
    lease.release();
  }
}

/**
 * One write transaction: committed when this resolves, rolled back when it rejects (unless `OutcomeUnknown`). The whole work runs again, at
 * most three times, after a deadlock, a serialization failure or a lease lost before its commit; so it may have no effect but its SQL.
 */
export async function write<T>(pool: Pool, identity: Identity, work: (db: Db) => Promise<T>, options: SessionOptions): Promise<T> {
  if (!pool.hasRoom()) throw new NoRoom("the database's disk is full");
  const until = performance.now() + options.timeoutMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await writeOnce(pool, identity, work, Math.ceil(until - performance.now()));
    } catch (error) {
      const pauseMs = Math.random() * 10 * 2 ** attempt;
      if (attempt > RETRIES || !isRetryable(error) || performance.now() + pauseMs >= until) throw error;
      await sleep(pauseMs);
    }
  }
}

/**
 * Runs statements of the transaction under another identity, and the rest under its own again. The given `db` is refused meanwhile, so
 * that nothing concurrent can run under the wrong one.
 */
export async function withRole<T>(db: Db, identity: Identity, work: (db: Db) => Promise<T>): Promise<T> {
  const turn = (db as Acting)[TURN];
  if (!turn) throw new Error("not a transaction of a session");
  const { lease } = turn;
  return lease.lend(db, async (lent) => {
    act(lent, lease, identity);
    lease.simple(identityMessage(identity)).catch(ignore);
    try {
      return await work(lent);
    } finally {
      lease.simple(identityMessage(turn.identity)).catch(ignore);
    }
  });
}
