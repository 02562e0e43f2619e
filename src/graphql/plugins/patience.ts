import { setTimeout as sleep } from "node:timers/promises";
import { GraphQLError } from "graphql";
import { isRetryable, PoolExhausted } from "../../db/failures.ts";

/** How long a client is kept waiting for what may pass. */
export const ENOUGH_MS = 10_000;

const RETRY_MS = 250;

/** Whether the same may go well shortly: the database restarts, or a crowd has come at once. */
export function isPassing(error: unknown): boolean {
  if (error instanceof GraphQLError) return isPassing(error.originalError);
  return isRetryable(error) || error instanceof PoolExhausted;
}

/** Tries again while what fails may pass by itself, until the signal is given. */
export async function persist<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || !isPassing(error)) throw error;
      await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
    }
  }
}
