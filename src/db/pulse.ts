import { type Address, isAnswering } from "./socket.ts";

/** Whether the server of a pool is there. */
export interface Pulse {
  readonly isGone: boolean;
  stop(): void;
}

export interface PulseOptions {
  address: Address;
  /** For how long the most silent connection has waited for an answer; 0 if none waits. */
  silentMs: () => number;
  /** The server was found to be gone: whoever waits for it should not. */
  onGone: () => void;
}

const LOOK_MS = 500;
/** Longer silence is asked about; a long statement is silent too, on a server that answers. */
const SILENT_MS = 2_000;
const ANSWER_MS = 3_000;
const BACK_MS = 1_000;

/**
 * Finds out within 6 s that a server doesn't answer any more (nothing breaks then: what was sent to it hangs), and within 2 s that it does
 * again. Only silence makes it ask, on a connection without login or rights.
 */
export function startPulse({ address, silentMs, onGone }: PulseOptions): Pulse {
  let isGone = false;
  let isAsking = false;
  let isQuietUntil = 0;

  async function look(): Promise<void> {
    const now = performance.now();
    if (isAsking || (!isGone && (now < isQuietUntil || silentMs() < SILENT_MS))) return;
    isAsking = true;
    const isThere = await isAnswering(address, isGone ? BACK_MS : ANSWER_MS);
    isAsking = false;
    isQuietUntil = performance.now() + SILENT_MS;
    const isNews = !isThere && !isGone;
    isGone = !isThere;
    if (isNews) onGone();
  }

  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return {
    get isGone() {
      return isGone;
    },
    stop: () => clearInterval(timer),
  };
}
