import type { ExecutionResult } from "graphql";
import type { Heads } from "../../events/heads.ts";
import type { Batch, Group, Message } from "./groups.ts";
import type { SourceFeed } from "./feeds.ts";

/** A way to a client past the pulling of answers: as texts that all subscribers share. */
export interface Outlet {
  /** Sends until something is not taken at once, all in one write; how many were sent. */
  offer: (messages: readonly Message[]) => number;
  /** Resolves when it is taken. */
  send: (message: Message) => Promise<void>;
}

/** A subscription that has begun. */
export interface Subscription {
  group: Group;
  feed: SourceFeed;
  /** Parts from a client that takes nothing. */
  hangUp: () => void;
  signal: AbortSignal;
}

const STALLED_MS = 20_000;
/** What a project may have recorded meanwhile. */
const STALLED_EVENTS = 10_000;

/**
 * Begins to wait for a client to take what was sent; returns how to end that. Gives up after 20 s, or when so much has happened meanwhile
 * that the client would hardly keep up: by its cursor it can go on later.
 */
function waitFor({ get, past }: Heads, { feed: { source }, hangUp }: Subscription): () => void {
  const ending = new AbortController();
  const end = () => ending.abort();
  const giveUp = () => {
    if (ending.signal.aborted) return;
    end();
    hangUp();
  };
  const timer = setTimeout(giveUp, STALLED_MS);
  ending.signal.addEventListener("abort", () => clearTimeout(timer));
  void past(source.projectId, get(source.projectId) + STALLED_EVENTS, ending.signal).then(giveUp);
  return end;
}

async function batchBehind(cursor: number, { group, feed, signal }: Subscription): Promise<Batch> {
  const after = await feed.next(cursor, signal);
  return signal.aborted ? { messages: [], cursor } : group.batchAfter(after);
}

/** Sends to a client what follows its first batch, until the signal is given: with its group wherever it can, else alone. */
export async function push(first: Batch, outlet: Outlet, heads: Heads, subscription: Subscription): Promise<void> {
  const { group, feed: { source }, signal } = subscription;
  for (let { messages, cursor } = first; !signal.aborted; ) {
    for (let left = messages; left.length > 0; left = left.slice(1)) {
      left = left.slice(outlet.offer(left));
      if (left.length > 0) await outlet.send(left[0]!).finally(waitFor(heads, subscription));
      if (signal.aborted) return;
    }
    const riding = cursor >= heads.get(source.projectId) ? group.ride(cursor, outlet.offer, signal) : null;
    ({ messages, cursor } = await (riding ?? batchBehind(cursor, subscription)));
  }
}

/** The same for who pulls. */
export async function* pull(first: Batch, heads: Heads, subscription: Subscription): AsyncGenerator<ExecutionResult, void, void> {
  const { signal } = subscription;
  for (let { messages, cursor } = first; !signal.aborted; ({ messages, cursor } = await batchBehind(cursor, subscription))) {
    for (const { result, text } of messages) {
      if (signal.aborted) return;
      const end = waitFor(heads, subscription);
      try {
        // Yoga writes what an answer's own function makes of it.
        yield result.errors ? result : Object.assign({ stringify: () => text }, result);
      } finally {
        end();
      }
    }
  }
}
