import type { WebSocket } from "ws";

/** Who sends more messages in a second is read no faster. */
const MESSAGES_PER_SECOND = 1_000;

/** Gives a principal one more of something, and returns how to give it back; null where they have all that one may have. */
export type Quota = (principalId: string) => (() => void) | null;

/** Counts, in this process, what each principal holds: `most` at a time. */
export function createQuota(most: number): Quota {
  const held = new Map<string, number>();
  return (principalId) => {
    const count = held.get(principalId) ?? 0;
    if (count >= most) return null;
    held.set(principalId, count + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const left = held.get(principalId)! - 1;
      if (left === 0) held.delete(principalId);
      else held.set(principalId, left);
    };
  };
}

/** Counts a socket's messages, and reads no more of them in a second than it may send. */
export function pacerOf(socket: WebSocket): () => void {
  let [since, count] = [0, 0];
  return () => {
    const now = performance.now();
    if (now - since > 1_000) [since, count] = [now, 0];
    count += 1;
    if (count <= MESSAGES_PER_SECOND || socket.isPaused) return;
    socket.pause();
    setTimeout(() => socket.resume(), 1_000 - (now - since)).unref();
  };
}
