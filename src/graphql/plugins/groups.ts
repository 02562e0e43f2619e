import { setImmediate as breathe } from "node:timers/promises";
import type { ExecutionResult } from "graphql";

/** One message: executed and written once for everybody who gets it. */
export interface Message {
  result: ExecutionResult;
  /** The result as JSON. */
  text: string;
}

/** Messages behind a cursor, and the cursor behind them. */
export interface Batch {
  messages: readonly Message[];
  cursor: number;
}

/** Where a group's messages come from. */
export interface Feed {
  /** Resolves when there may be something behind the cursor, with the cursor behind which to read; or when the signal is given. */
  next(cursor: number, signal: AbortSignal): Promise<number>;
  /** Reads and executes; tries again until the signal is given where that may help. */
  run(after: number, signal: AbortSignal): Promise<Batch>;
}

/** Takes messages until one is not taken at once; how many were, that one with them. */
export type Offer = (messages: readonly Message[]) => number;

interface Rider {
  cursor: number;
  offer: Offer;
  /** Goes on alone from here. */
  leave: (rest: Batch) => void;
  fail: (error: unknown) => void;
}

interface Shared {
  /** The batch behind a cursor, made if nobody in the group has made it lately. */
  batchAfter(cursor: number): Promise<Batch>;
  /**
   * From this cursor on, offers each batch when it is made, to all riders at once: until not all of one is taken, or the signal is given.
   * Resolves with what is still to be taken, and the cursor behind it. Null where the others are further already.
   */
  ride(cursor: number, offer: Offer, signal: AbortSignal): Promise<Batch> | null;
}

/** Subscribers with the same document, variables and rights: what was read and executed for one is good for all at the same place. */
export interface Group extends Shared {
  leave(): void;
}

// The newest for those who follow, the one before for those a little late; who is later reads for himself.
const BATCHES_KEPT = 2;
const SLICE_MS = 20;

function createShared(feed: Feed, ended: AbortSignal): Shared {
  const batches = new Map<number, Promise<Batch>>();
  const riders = new Set<Rider>();
  // Where those who ride are, and how to stop waiting for what comes next; null while nobody does.
  let place = 0;
  let stopping: AbortController | null = null;

  function batchAfter(cursor: number): Promise<Batch> {
    const kept = batches.get(cursor);
    if (kept) return kept;
    const batch = feed.run(cursor, ended);
    batches.set(cursor, batch);
    batch.catch(() => batches.delete(cursor));
    if (batches.size > BATCHES_KEPT) batches.delete(batches.keys().next().value!);
    return batch;
  }

  function deliver(rider: Rider, from: number, { messages, cursor }: Batch): void {
    if (rider.cursor >= cursor) return;
    if (rider.cursor > from) return rider.leave({ messages: [], cursor: rider.cursor });
    const taken = rider.offer(messages);
    if (taken < messages.length) rider.leave({ messages: messages.slice(taken), cursor });
    else rider.cursor = cursor;
  }

  async function drive(signal: AbortSignal): Promise<void> {
    const from = place;
    const after = await feed.next(from, signal);
    if (signal.aborted) return;
    const batch = await batchAfter(after);
    place = batch.cursor;
    let since = performance.now();
    for (const rider of riders) {
      deliver(rider, from, batch);
      // Thousands of writes must not keep everybody else waiting.
      if (performance.now() - since > SLICE_MS) since = await breathe().then(() => performance.now());
    }
  }

  async function driveOn(): Promise<void> {
    while (riders.size > 0) {
      stopping = new AbortController();
      await drive(stopping.signal).catch((error: unknown) => {
        for (const rider of [...riders]) rider.fail(error);
      });
    }
    stopping = null;
  }

  return {
    batchAfter,
    ride(cursor, offer, signal) {
      if (stopping && cursor < place) return null;
      return new Promise((resolve, reject) => {
        const end = () => {
          signal.removeEventListener("abort", goOn);
          riders.delete(rider);
          if (riders.size === 0) stopping?.abort();
        };
        const rider: Rider = { cursor, offer, leave: (rest) => (end(), resolve(rest)), fail: (error) => (end(), reject(error as Error)) };
        const goOn = () => rider.leave({ messages: [], cursor: rider.cursor });
        signal.addEventListener("abort", goOn);
        riders.add(rider);
        if (stopping) return;
        place = cursor;
        void driveOn();
      });
    },
  };
}

/** No groups yet; the function joins the one of a key, which the first member's feed serves. */
export function createGroups(): (key: string, feed: Feed) => Group {
  const groups = new Map<string, { shared: Shared; ending: AbortController; members: number }>();

  function create(key: string, feed: Feed) {
    const ending = new AbortController();
    const group = { shared: createShared(feed, ending.signal), ending, members: 0 };
    groups.set(key, group);
    return group;
  }

  return (key, feed) => {
    const group = groups.get(key) ?? create(key, feed);
    group.members += 1;
    const leave = () => {
      group.members -= 1;
      if (group.members > 0) return;
      groups.delete(key);
      group.ending.abort();
    };
    return { ...group.shared, leave };
  };
}
