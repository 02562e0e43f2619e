import { PoolExhausted } from "./failures.ts";
import type { Lease } from "./lease.ts";

/** Those who wait for a connection, first come first served. */
export interface Waiters {
  readonly count: number;
  /** Joins the end of the queue; rejects with `PoolExhausted` where that is too long, or the wait. */
  join(deadlineMs: number): Promise<Lease>;
  /** Gives the first what it waits for. */
  grant(leased: (deadlineMs: number) => Lease): void;
  refuseAll(because: Error): void;
}

interface Waiter {
  deadlineMs: number;
  grant: (lease: Lease) => void;
  refuse: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/** No connection for a caller, who may ask again after what would have been the longest wait. */
export function exhausted(why: string, waitMs: number): PoolExhausted {
  return new PoolExhausted(`no database connection: ${why}`, Math.ceil(waitMs / 1000));
}

/** A queue with room for so many, each for so long. */
export function createWaiters(room: number, waitMs: number): Waiters {
  const waiters: Waiter[] = [];
  return {
    get count() {
      return waiters.length;
    },
    async join(deadlineMs) {
      if (waiters.length >= room) throw exhausted(`${room} are waiting`, waitMs);
      return new Promise((grant, refuse) => {
        const giveUp = () => {
          waiters.splice(waiters.indexOf(waiter), 1);
          refuse(exhausted(`none came free in ${waitMs} ms`, waitMs));
        };
        const waiter: Waiter = { deadlineMs, grant, refuse, timer: setTimeout(giveUp, waitMs) };
        waiters.push(waiter);
      });
    },
    grant(leased) {
      const { deadlineMs, grant, timer } = waiters.shift()!;
      clearTimeout(timer);
      grant(leased(deadlineMs));
    },
    refuseAll(because) {
      for (const { timer, refuse } of waiters.splice(0)) {
        clearTimeout(timer);
        refuse(because);
      }
    },
  };
}
