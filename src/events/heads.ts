interface Waiter {
  seq: number;
  wake: () => void;
}

/** The newest sealed event of each project that this process knows of, and those who wait for the next one. */
export interface Heads {
  /** 0 for a project without events. */
  get(projectId: string): number;
  moveTo(projectId: string, seq: number): void;
  /** Resolves when the head is past this event, or the signal is given. */
  past(projectId: string, seq: number, signal: AbortSignal): Promise<void>;
}

/** No heads yet. */
export function createHeads(): Heads {
  const heads = new Map<string, number>();
  const waiting = new Map<string, Set<Waiter>>();

  function wait(projectId: string, seq: number, signal: AbortSignal): Promise<void> {
    const waiters = waiting.get(projectId) ?? new Set();
    waiting.set(projectId, waiters);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        seq,
        wake: () => {
          signal.removeEventListener("abort", waiter.wake);
          waiters.delete(waiter);
          if (waiters.size === 0 && waiting.get(projectId) === waiters) waiting.delete(projectId);
          resolve();
        },
      };
      signal.addEventListener("abort", waiter.wake);
      waiters.add(waiter);
    });
  }

  return {
    get: (projectId) => heads.get(projectId) ?? 0,
    moveTo(projectId, seq) {
      heads.set(projectId, seq);
      for (const waiter of [...(waiting.get(projectId) ?? [])]) if (waiter.seq < seq) waiter.wake();
    },
    async past(projectId, seq, signal) {
      if (!signal.aborted && (heads.get(projectId) ?? 0) <= seq) await wait(projectId, seq, signal);
    },
  };
}
