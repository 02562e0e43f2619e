import { sqlStateOf } from "../db/failures.ts";
import { WORKER } from "../db/identity.ts";
import type { Pool } from "../db/pool.ts";
import { write } from "../db/session.ts";
import type { Verb } from "../db/verb.ts";
import { type Access, type NewAccess, rowOf } from "./rules.ts";
import { insertAccesses } from "./store.ts";

const TIMEOUT_MS = 5_000;
const BATCH = 500;
const MOST_WAITING = 10_000;
/** What a statement fails with behind one that failed. */
const AFTER_ANOTHER = "25P02";

/** An access can't be written down, so nothing is told of it: an outage, not a refusal. */
export class AccessUnlogged extends Error {
  override readonly name = "AccessUnlogged";
}

/** Where accesses are written down before anybody hears of what they brought. */
export interface AccessLog {
  /**
   * Adds a row to the verb's own transaction: it is there if and only if the change is. Sent with the commit, and not waited for: if it can't be
   * written, `onFailure` hears so before the commit fails.
   */
  join(verb: Verb, access: Access, onFailure: (error: AccessUnlogged) => void): void;
  /** Resolves when the row is committed, with those that came meanwhile in one insert; rejects with AccessUnlogged. */
  write(access: Access): Promise<void>;
}

interface Waiting {
  row: NewAccess;
  done: () => void;
  fail: (error: Error) => void;
}

/** The access log of one process. */
export function createAccessLog(pool: Pool): AccessLog {
  const waiting: Waiting[] = [];
  let isWriting = false;

  const unlogged = (cause: unknown) => new AccessUnlogged("the access log can't be written", { cause });

  async function writeAll(): Promise<void> {
    isWriting = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, BATCH);
      try {
        await write(pool, WORKER, (db) => insertAccesses(db, batch.map(({ row }) => row)), { timeoutMs: TIMEOUT_MS });
        for (const { done } of batch) done();
      } catch (error) {
        for (const { fail } of batch) fail(unlogged(error));
      }
    }
    isWriting = false;
  }

  return {
    join(verb, access, onFailure) {
      const hear = (error: unknown) => {
        const state = sqlStateOf(error);
        if (state !== undefined && state !== AFTER_ANOTHER) onFailure(unlogged(error));
      };
      insertAccesses(verb.db, [rowOf(access)]).catch(hear);
    },
    async write(access) {
      if (waiting.length >= MOST_WAITING) throw unlogged(new Error(`${MOST_WAITING} rows are waiting`));
      const written = new Promise<void>((done, fail) => waiting.push({ row: rowOf(access), done, fail }));
      if (!isWriting) void writeAll();
      await written;
    },
  };
}
