import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import type { Sql } from "postgres";
import type { Answer, Connection } from "./connection.ts";
import { DeadlineOverrun, LeaseLost } from "./failures.ts";

export type Db = PostgresJsDatabase<Record<string, never>>;

/** A connection for one transaction of one identity. After its end every statement of its `db` is refused, whoever still holds it. */
export interface Lease {
  readonly db: Db;
  /** True once no statement can be sent: lost, released, or its commit or rollback is on its way. */
  readonly dead: boolean;
  /** The first failed statement, or how the connection was lost; what fails after it fails because of it. */
  readonly failure: unknown;
  /** True once a row was delivered. */
  readonly hasRows: boolean;
  /** Sends one simple-query message, in the flight of whatever is sent in the same tick; resolves to the last command's tag. */
  simple(text: string): Promise<string>;
  /** While the work runs, serves the statements of its `db` alone; those of `from`, which must be the one served now, are refused. */
  lend<T>(from: Db, work: (db: Db) => Promise<T>): Promise<T>;
  /** Ends a transaction that only read, behind the caller's back: if nothing is left to be answered, its commit waits for the next begin. */
  finish(): void;
  /** Returns the connection to the pool if its transaction has ended, and gives it up if not. */
  release(): void;
  discard(): void;
}

interface Terms {
  deadlineMs: number;
  onStatement: (text: string) => void;
  giveBack: (connection: Connection) => void;
}

/** Leases a connection; at the deadline its socket is destroyed, and what waits for an answer is rejected with `LeaseLost`. */
export function leaseOf(connection: Connection, { deadlineMs, onStatement, giveBack }: Terms): Lease {
  let served: Db;
  let failure: unknown;
  let hasRows = false;
  let isEnding = false;
  let isOver = false;
  let unanswered = 0;
  let isClean = true;
  const deadline = setTimeout(() => connection.lose(new DeadlineOverrun(`the lease overran its deadline of ${deadlineMs} ms`)), deadlineMs);

  function send(text: string, params?: readonly unknown[]): Answer {
    if (isEnding || isOver) throw new LeaseLost("the lease is over");
    const answer = connection.send(text, params);
    isClean = false;
    unanswered += 1;
    answer.then(
      (rows) => {
        unanswered -= 1;
        if (params && rows.length > 0) hasRows = true;
      },
      (error: unknown) => {
        unanswered -= 1;
        failure ??= error;
      },
    );
    return answer;
  }

  function mustServe(db: Db): void {
    if (db !== served) throw new Error("the transaction is lent to another identity");
  }

  function face(): Db {
    const unsafe = (text: string, params: readonly unknown[]): Answer => {
      mustServe(db);
      onStatement(text);
      return send(text, params);
    };
    const client = { options: connection.options, unsafe };
    const db: Db = drizzle({ client: client as unknown as Sql });
    return db;
  }

  function end(): boolean {
    clearTimeout(deadline);
    const wasOver = isOver;
    isOver = true;
    return !wasOver;
  }

  async function simple(text: string): Promise<string> {
    const answer = send(text);
    isEnding = text === "commit" || text === "rollback";
    try {
      return (await answer).command;
    } finally {
      isClean = isEnding && unanswered === 0;
    }
  }

  function release(): void {
    if (!end()) return;
    if (isClean && !connection.lost) giveBack(connection);
    else connection.lose("released inside its transaction");
  }

  served = face();
  return {
    db: served,
    get dead() {
      return isEnding || isOver || connection.lost !== undefined;
    },
    get failure() {
      return failure ?? connection.lost;
    },
    get hasRows() {
      return hasRows;
    },
    simple,
    async lend(from, work) {
      mustServe(from);
      const borrower = (served = face());
      try {
        return await work(borrower);
      } finally {
        served = from;
      }
    },
    finish() {
      if (isOver) return;
      if (unanswered > 0 || failure !== undefined) return void simple("commit").catch(() => {}).finally(release);
      connection.owesCommit = isClean = true;
      release();
    },
    release,
    discard() {
      if (end()) connection.lose("discarded");
    },
  };
}
