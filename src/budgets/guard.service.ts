import { RateLimiterMemory } from "rate-limiter-flexible";
import type { Viewer } from "../core/viewer.ts";
import { type Authenticator, Unauthenticated } from "../grants/authenticator.service.ts";
import type { Shown } from "../grants/watch.service.ts";
import { FAILURES_PER_MINUTE, networkOf, RateLimited, WINDOW_SECONDS } from "./rules.ts";

/** Finds the viewer behind what a caller showed; `address` is where they come from, null if that is not known. */
export type Guard = (shown: Shown, address: string | null) => Promise<Viewer>;

/**
 * Asks the authenticator, unless too many tokens from the same network have led nowhere within a minute: then those that are not known yet
 * are refused without a look, and whoever is known goes on. So guessing costs the guesser, and neither the database nor their neighbours.
 */
export function createGuard(authenticator: Pick<Authenticator, "viewer" | "knows">): Guard {
  const failures = new RateLimiterMemory({ points: FAILURES_PER_MINUTE, duration: WINDOW_SECONDS });

  return async ({ token, roleHeader }, address) => {
    if (!token || !address || authenticator.knows(token)) return authenticator.viewer(token, roleHeader);
    const network = networkOf(address);
    const failed = await failures.get(network);
    if (failed && failed.remainingPoints === 0) {
      const seconds = Math.max(1, Math.ceil(failed.msBeforeNext / 1000));
      throw new RateLimited(`Too many tokens from your network were not valid: wait ${seconds} s, then send a valid one.`, seconds);
    }
    try {
      return await authenticator.viewer(token, roleHeader);
    } catch (error) {
      if (error instanceof Unauthenticated) await failures.penalty(network);
      throw error;
    }
  };
}
