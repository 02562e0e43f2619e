import { type Connection, openConnection } from "./connection.ts";
import { LeaseLost } from "./failures.ts";
import { type Lease, leaseOf } from "./lease.ts";
import { type Pulse, startPulse } from "./pulse.ts";
import { createWaiters, exhausted } from "./waiters.ts";

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
  /** Settings of the server for each session, from its first moment. */
  settings?: Readonly<Record<string, number>>;
  /** Whether there is room for what is written; always if absent. */
  hasRoom?: () => boolean;
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
  /**
   * A connection of one's own, first come first served; `deadlineMs` runs from the moment it is granted. Refused at once while the server
   * doesn't answer, so that nobody waits for it.
   */
  lease(deadlineMs: number): Promise<Lease>;
  /** Whether there is room for what is written. */
  hasRoom(): boolean;
  /** Refuses new leases, lets the present ones finish and closes all connections. */
  end(): Promise<void>;
  readonly stats: PoolStats;
}

/** How long a read's commit waits for company. */
const SETTLE_MS = 10;

/**
 * A pool of single-connection clients, each leased to one transaction at a time. The driver's own pool and `begin` are never used: when a
 * backend dies, they end the process or run one tenant's statement in another's transaction.
 */
export function createPool(options: PoolOptions): Pool {
  const { url, size, queue, waitMs, prepare = true, applicationName, settings, hasRoom = () => true, onStatement } = options;
  const open = new Set<Connection>();
  const idle: Connection[] = [];
  const waiters = createWaiters(queue, waitMs);
  const counts = { opened: 0, gone: 0, statements: 0 };
  let settling: NodeJS.Timeout | undefined;
  let pulse: Pulse | undefined;
  let ended: { promise: Promise<void>; settle: () => void } | undefined;

  const unanswered = () => new LeaseLost("the server does not answer");

  function take(): Connection | undefined {
    const free = idle.pop();
    if (free || open.size >= size) return free;
    const connection = openConnection({ url, prepare, applicationName, settings, onLost });
    open.add(connection);
    pulse ??= startPulse({ address: connection.options, silentMs, onGone: abandon });
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
    while (waiters.count > 0) {
      const connection = take();
      if (!connection) return;
      waiters.grant((deadlineMs) => leased(connection, deadlineMs));
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

  const silentMs = () => Math.max(0, ...[...open].map((each) => each.silentMs));

  // Destroyed, since what hangs is never answered, and whoever waits would only hang next.
  function abandon(): void {
    waiters.refuseAll(unanswered());
    for (const connection of [...open]) connection.lose(unanswered());
  }

  return {
    async lease(deadlineMs) {
      if (ended) throw exhausted("the pool is closed", waitMs);
      if (pulse?.isGone) throw unanswered();
      const connection = take();
      return connection ? leased(connection, deadlineMs) : waiters.join(deadlineMs);
    },
    hasRoom,
    async end() {
      if (!ended) {
        let settle = () => {};
        const promise = new Promise<void>((resolve) => (settle = resolve));
        ended = { promise, settle };
        clearTimeout(settling);
        pulse?.stop();
        waiters.refuseAll(exhausted("the pool is closed", waitMs));
        if (open.size === 0) settle();
        for (const connection of idle.splice(0)) void connection.close();
      }
      await ended.promise;
    },
    get stats() {
      return { open: open.size, idle: idle.length, waiting: waiters.count, ...counts };
    },
  };
}
