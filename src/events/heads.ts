/** What everybody may know of an event. */
export interface Heard {
  type: string;
  subjectType: string;
}

/** Which events somebody waits for. */
export type Interest = (event: Heard) => boolean;

interface Waiter {
  seq: number;
  interest: Interest | undefined;
  wake: () => void;
}

/** The newest sealed event of each project that this process knows of, and those who wait for the next one. */
export interface Heads {
  /** 0 for a project without events. */
  get(projectId: string): number;
  /** These are all that was sealed in the project since its last head; none, where nobody can wait yet. */
  moveTo(projectId: string, seq: number, events: readonly Heard[]): void;
  /**
   * Resolves when something of interest may be behind this event, or the signal is given: with the event behind which to read, since what
   * was heard of meanwhile and is of no interest needn't be read.
   */
  past(projectId: string, seq: number, signal: AbortSignal, interest?: Interest): Promise<number>;
}

/** No heads yet. */
export function createHeads(): Heads {
  const heads = new Map<string, number>();
  const waiting = new Map<string, Set<Waiter>>();

  function wait(projectId: string, seq: number, signal: AbortSignal, interest?: Interest): Promise<number> {
    const waiters = waiting.get(projectId) ?? new Set();
    waiting.set(projectId, waiters);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        seq,
        interest,
        wake: () => {
          signal.removeEventListener("abort", waiter.wake);
          waiters.delete(waiter);
          if (waiters.size === 0 && waiting.get(projectId) === waiters) waiting.delete(projectId);
          resolve(waiter.seq);
        },
      };
      signal.addEventListener("abort", waiter.wake);
      waiters.add(waiter);
    });
  }

  return {
    get: (projectId) => heads.get(projectId) ?? 0,
    moveTo(projectId, seq, events) {
      heads.set(projectId, seq);
      for (const waiter of [...(waiting.get(projectId) ?? [])]) {
        if (waiter.seq >= seq) continue;
        if (!waiter.interest || events.some(waiter.interest)) waiter.wake();
        else waiter.seq = seq;
      }
    },
    async past(projectId, seq, signal, interest) {
      const isBehind = (heads.get(projectId) ?? 0) > seq;
      return signal.aborted || isBehind ? seq : wait(projectId, seq, signal, interest);
    },
  };
}
