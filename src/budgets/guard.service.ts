import { createHash } from "node:crypto";
import { Refusal } from "../core/errors.ts";
import { Unauthenticated } from "../grants/authenticator.service.ts";
import { networkOf, RateLimited, WINDOW_SECONDS } from "./rules.ts";

/**
 * Runs what looks up a secret that somebody shows, unless too many from the same network have led nowhere within a minute: then it isn't
 * looked at. `hasFailed` says of a result that it is a failure told in another way.
 */
export type Guarded = <T>(secret: string, lookUp: () => Promise<T>, hasFailed?: (result: T) => boolean) => Promise<T>;

/** The secrets that led somewhere lately: so many of them pass, whatever their neighbours send. */
const MOST_KNOWN = 100_000;
const WINDOW_MS = WINDOW_SECONDS * 1_000;

/** What a network has tried: what failed since the minute began, and what is being looked at, of which each may fail too. */
interface Tries {
  failed: number;
  endsAt: number;
  looking: number;
  /** Whoever has come: each is let in as soon as there is room, or refused. */
  waiting: ((refusal: RateLimited | null) => void)[];
}

function tooMany(ms: number): RateLimited {
  const seconds = Math.max(1, Math.ceil(ms / 1_000));
  return new RateLimited(`Too many credentials from your network were not valid: wait ${seconds} s, then send a valid one.`, seconds);
}

/**
 * Counts secrets that lead nowhere by network: so guessing costs the guesser, and not the database. However many come at once, no more are
 * looked at than may fail; the others wait for how these end. Made for an address, null if that isn't known: then nothing is counted.
 */
export function createGuard(failuresPerMinute: number): (address: string | null) => Guarded {
  const networks = new Map<string, Tries>();
  const known = new Set<string>();

  function remember(print: string): void {
    known.delete(print);
    known.add(print);
    if (known.size > MOST_KNOWN) known.delete(known.values().next().value!);
  }

  function failuresOf(tries: Tries): number {
    if (tries.endsAt <= Date.now()) tries.failed = 0;
    return tries.failed;
  }

  // Lets in whom there is room for, refuses everybody where none can come any more, and forgets a network of which nothing is left.
  function settle(network: string): void {
    const tries = networks.get(network);
    if (!tries) return;
    const isShut = failuresOf(tries) >= failuresPerMinute;
    const refusal = isShut ? tooMany(tries.endsAt - Date.now()) : null;
    const room = isShut ? tries.waiting.length : failuresPerMinute - tries.failed - tries.looking;
    for (const answer of tries.waiting.splice(0, room)) {
      if (!refusal) tries.looking += 1;
      answer(refusal);
    }
    if (tries.looking + tries.failed === 0) networks.delete(network);
  }

  function enter(network: string): Promise<void> {
    const tries = networks.get(network) ?? { failed: 0, endsAt: 0, looking: 0, waiting: [] };
    networks.set(network, tries);
    return new Promise((resolve, reject) => {
      tries.waiting.push((refusal) => (refusal ? reject(refusal) : resolve()));
      settle(network);
    });
  }

  function leave(network: string, hasFailed: boolean): void {
    const tries = networks.get(network)!;
    tries.looking -= 1;
    if (hasFailed && failuresOf(tries) === 0) {
      tries.endsAt = Date.now() + WINDOW_MS;
      setTimeout(() => settle(network), WINDOW_MS + 1).unref();
    }
    if (hasFailed) tries.failed += 1;
    settle(network);
  }

  return (address) => async (secret, lookUp, hasFailed = () => false) => {
    const print = createHash("sha256").update(secret).digest("base64");
    const network = address && !known.has(print) ? networkOf(address) : null;
    if (network) await enter(network);
    let isGood: boolean | null = null;
    try {
      const result = await lookUp();
      isGood = !hasFailed(result);
      return result;
    } catch (error) {
      if (error instanceof Unauthenticated) isGood = false;
      // It led to somebody, who asks for what they can't have.
      if (error instanceof Refusal) isGood = true;
      throw error;
    } finally {
      if (isGood) remember(print);
      if (isGood === false) known.delete(print);
      if (network) leave(network, isGood === false);
    }
  };
}
