import { RateLimiterMemory } from "rate-limiter-flexible";
import { Unauthenticated } from "../grants/authenticator.service.ts";
import { networkOf, RateLimited, WINDOW_SECONDS } from "./rules.ts";

/**
 * Runs what looks somebody's credential up, unless too many from the same network have led nowhere within a minute: then it isn't looked at.
 * `address` is where they come from, null if that isn't known; `hasFailed` says of a result that it is a failure told in another way.
 */
export type Guard = <T>(address: string | null, lookUp: () => Promise<T>, hasFailed?: (result: T) => boolean) => Promise<T>;

/** Counts credentials that lead nowhere by network: so guessing costs the guesser, and not the database. */
export function createGuard(failuresPerMinute: number): Guard {
  const failures = new RateLimiterMemory({ points: failuresPerMinute, duration: WINDOW_SECONDS });

  return async (address, lookUp, hasFailed = () => false) => {
    if (!address) return lookUp();
    const network = networkOf(address);
    const failed = await failures.get(network);
    if (failed && failed.remainingPoints === 0) {
      const seconds = Math.max(1, Math.ceil(failed.msBeforeNext / 1000));
      throw new RateLimited(`Too many credentials from your network were not valid: wait ${seconds} s, then send a valid one.`, seconds);
    }
    try {
      const result = await lookUp();
      if (hasFailed(result)) await failures.penalty(network);
      return result;
    } catch (error) {
      if (error instanceof Unauthenticated) await failures.penalty(network);
      throw error;
    }
  };
}
