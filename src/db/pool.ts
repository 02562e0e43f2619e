import { type Connection, openConnection } from "./connection.ts";
import { PoolExhausted } from "./failures.ts";
import { type Lease, leaseOf } from "./lease.ts";

export interface PoolOptions {
  url: string;
  /** Connections at most. */
  size: number;
  /** Callers that may wait for one. */
  queue: number;
  /** How long they may wait. */
  waitMs: number;
  /** False behind a pooler that can't keep prepared statements. */
  prepare?: boolean;
  applicationName: string;
  /** Hears the text of every statement but begin, commit and changes of identity. */
  onStatement?: (text: string) => void;
}

export interface PoolStats {
  open: number;
  idle: number;
  waiting: number;
  /** Since the start: connections opened, connections gone for whatever reason, statements sent. */
  opened: number;
  gone: number;
  statements: number;
}

export interface Pool {
  /** A connection of one's own, first come first served; `deadlineMs` runs from the moment it is granted. */
  lease(deadlineMs: number): Promise<Lease>;
  /** Refuses new leases, lets the present ones finish and closes all connections. */
  end(): Promise<void>;
  readonly stats: PoolStats;
}

/** How long a read's commit waits for company. */
const SETTLE_MS = 10;

interface Waiter {
  deadlineMs: number;
  grant: (lease: Lease) => void;
  refuse: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/**
 * A pool of single-connection clients, each leased to one transaction at a time. The driver's own pool and `begin` are never used: when a
 * backend dies, they end the process or run one tenant's statement in another's transaction.
 */
export function createPool(options: PoolOptions): Pool {
  const { url, size, queue, waitMs, prepare = true, applicationName, onStatement } = options;
  const open = new Set<Connection>();
  const idle: Connection[] = [];
  const waiters: Waiter[] = [];
  const counts = { opened: 0, gone: 0, statements: 0 };
  let settling: NodeJS.Timeout | undefined;
  let ended: { promise: Promise<void>; settle: () => void } | undefined;

  function take(): Connection | undefined {
    const free = idle.pop();
    if (free || open.size >= size) return free;
    const connection = openConnection({ url, prepare, applicationName, onLost });
    open.add(connection);
    counts.opened += 1;
    return connection;
  }

  function leased(connection: Connection, deadlineMs: number): Lease {
    const count = (text: string) => {
      counts.statements += 1;
      onStatement?.(text);
    };
    return leaseOf(connection, { deadlineMs, onStatement: count, giveBack });
  }

  function serveWaiters(): void {
    while (waiters.length > 0) {
      const connection = take();
      if (!connection) return;
      const { deadlineMs, grant, timer } = waiters.shift()!;
      clearTimeout(timer);
      grant(leased(connection, deadlineMs));
    }
  }

  function onLost(connection: Connection): void {
    open.delete(connection);
    if (idle.includes(connection)) idle.splice(idle.indexOf(connection), 1);
    counts.gone += 1;
    serveWaiters();
    if (open.size === 0) ended?.settle();
  }

  function giveBack(connection: Connection): void {
    if (ended || connection.isWorn) return void connection.close();
    idle.push(connection);
    if (connection.owesCommit) settling ??= setTimeout(settle, SETTLE_MS);
    serveWaiters();
  }

  function settle(): void {
    settling = undefined;
    for (const connection of idle) connection.settle();
  }

  const exhausted = (why: string) => new PoolExhausted(`no database connection: ${why}`, Math.ceil(waitMs / 1000));

  return {
    async lease(deadlineMs) {
      if (ended) throw exhausted("the pool is closed");
      const connection = take();
      if (connection) return leased(connection, deadlineMs);
      if (waiters.length >= queue) throw exhausted(`${queue} are waiting`);
      return new Promise((grant, refuse) => {
        const giveUp = () => {
          waiters.splice(waiters.indexOf(waiter), 1);
          refuse(exhausted(`none came free in ${waitMs} ms`));
        };
        const waiter: Waiter = { deadlineMs, grant, refuse, timer: setTimeout(giveUp, waitMs) };
        waiters.push(waiter);
      });
    },
    async end() {
      if (!ended) {
        let settle = () => {};
        const promise = new Promise<void>((resolve) => (settle = resolve));
        ended = { promise, settle };
        clearTimeout(settling);
        for (const { timer, refuse } of waiters.splice(0)) {
          clearTimeout(timer);
          refuse(exhausted("the pool is closed"));
        }
        if (open.size === 0) settle();
        for (const connection of idle.splice(0)) void connection.close();
      }
      await ended.promise;
    },
    get stats() {
      return { open: open.size, idle: idle.length, waiting: waiters.length, ...counts };
    },
  };
}
