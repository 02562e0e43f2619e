import type { ExecutionResult } from "graphql";

/** What the subscribers of a group get behind a cursor, and the cursor behind it. */
export interface Batch {
  results: readonly ExecutionResult[];
  cursor: number;
}

/** Subscribers with the same document, variables and rights: what one has read and executed is good for all at the same place. */
export interface Group {
  /** The batch behind a cursor; `run` makes it if nobody in the group has lately. */
  batchAfter(cursor: number, run: (after: number) => Promise<Batch>): Promise<Batch>;
  leave(): void;
}

// The newest for those who follow, the one before for those a little late; who is later reads for himself.
const BATCHES_KEPT = 2;

/** No groups yet; the function joins the one of a key. */
export function createGroups(): (key: string) => Group {
  const groups = new Map<string, { members: number; batches: Map<number, Promise<Batch>> }>();
  return (key) => {
    const group = groups.get(key) ?? { members: 0, batches: new Map<number, Promise<Batch>>() };
    groups.set(key, group);
    group.members += 1;
    return {
      batchAfter(cursor, run) {
        const kept = group.batches.get(cursor);
        if (kept) return kept;
        const batch = run(cursor);
        group.batches.set(cursor, batch);
        batch.catch(() => group.batches.delete(cursor));
        if (group.batches.size > BATCHES_KEPT) group.batches.delete(group.batches.keys().next().value!);
        return batch;
      },
      leave() {
        group.members -= 1;
        if (group.members === 0) groups.delete(key);
      },
    };
  };
}
