import { RateLimiterMemory, type RateLimiterRes } from "rate-limiter-flexible";
import { WORKER } from "../db/identity.ts";
import type { Pool } from "../db/pool.ts";
import { write } from "../db/session.ts";
import { type Balance, type Lease, overBudget, RateLimited, WINDOW_SECONDS } from "./rules.ts";
import { leasePoints } from "./store.ts";

/** What every principal has left to spend, for this process. */
export interface Purses {
  /** Spends points of a principal's minute; throws RateLimited if there are not so many. Waits only where this process has too few leased. */
  charge(principalId: string, points: number): Promise<Balance>;
  /** Spends as many of these points as there are, and lets nobody wait: of what goes on, which is not cut off where there are none. What is asked next is refused instead. */
  take(principalId: string, points: number): void;
  /** Lets go of what is known of a principal's budget, which was set anew. */
  forget(principalId: string): void;
}

/** A principal's present minute, as this process knows it. */
interface Minute {
  /** Its name among what is spent. */
  key: string;
  limit: number;
  leased: number;
  /** What is left at least of the last lease before the next is asked for, ahead of need: half of it. */
  low: number;
  endsAt: number;
}

const TIMEOUT_MS = 5_000;
const MAX_KEPT = 10_000;
/** A process begins with a hundredth of a minute's points, since it may end soon or be one of many; who spends that leases a tenth at a time. */
const [FIRST_PARTS, PARTS] = [100, 10];

const ignore = () => {};

/**
 * Points are spent in process, from what was leased of the database: a hundredth of the minute's, then a tenth at a time, the next ahead of
 * need. So reads write nothing, processes share one budget to within a tenth each, and one that dies loses no more. Without the database they last until
 * what is leased is spent; then nothing could be read anyway, and the lease's failure is told.
 */
export function createPurses(pool: Pool, everybodys: number): Purses {
  // Nothing may be spent that was not leased: a lease is what was spent less than nothing.
  const spent = new RateLimiterMemory({ points: 0, duration: WINDOW_SECONDS });
  const minutes = new Map<string, Minute>();
  const leasing = new Map<string, Promise<void>>();

  const isDry = ({ leased, limit }: Minute) => leased >= limit;

  function present(principalId: string): Minute | null {
    const minute = minutes.get(principalId);
    return minute && minute.endsAt > performance.now() ? minute : null;
  }

  async function keep(principalId: string, { startedAt, limit, leased, granted, msLeft }: Lease): Promise<void> {
    const key = `${principalId} ${startedAt}`;
    if (minutes.get(principalId)?.key === key) await spent.reward(key, granted);
    else await spent.set(key, -granted, Math.max(msLeft, 1) / 1000);
    if (minutes.size >= MAX_KEPT) minutes.clear();
    minutes.set(principalId, { key, limit, leased, low: granted / 2, endsAt: performance.now() + msLeft });
  }

  function lease(principalId: string, needed: number): Promise<void> {
    const going = leasing.get(principalId);
    if (going) return going;
    const wish = { principalId, needed, parts: present(principalId) ? PARTS : FIRST_PARTS, everybodys };
    const one = write(pool, WORKER, (db) => leasePoints(db, wish), { timeoutMs: TIMEOUT_MS })
      .then((got) => keep(principalId, got))
      .finally(() => leasing.delete(principalId));
    leasing.set(principalId, one);
    return one;
  }

  // What is left behind it; null if it was too much.
  async function spend({ key }: Minute, points: number): Promise<number | null> {
    const tried = await spent.consume(key, points).catch((refused: RateLimiterRes) => refused);
    if (tried.consumedPoints <= 0) return -tried.consumedPoints;
    await spent.reward(key, points);
    return null;
  }

  function balanceOf({ limit, leased, endsAt }: Minute, left: number): Balance {
    const resetSeconds = Math.max(1, Math.ceil((endsAt - performance.now()) / 1000));
    return { limit, remaining: Math.max(0, limit - leased) + left, resetSeconds };
  }

  async function charge(principalId: string, points: number): Promise<Balance> {
    for (;;) {
      const minute = present(principalId);
      if (!minute) {
        await lease(principalId, 0);
        continue;
      }
      const left = await spend(minute, points);
      if (left !== null) {
        if (left < minute.low && !isDry(minute)) lease(principalId, 0).catch(ignore);
        return balanceOf(minute, left);
      }
      if (isDry(minute) || points > minute.limit) {
        const { consumedPoints = 0 } = (await spent.get(minute.key)) ?? {};
        throw overBudget(points, balanceOf(minute, Math.max(0, -consumedPoints)));
      }
      await lease(principalId, points);
    }
  }

  // Others spend meanwhile, so there may be less than was told.
  async function chargeMost(principalId: string, points: number): Promise<void> {
    for (let most = points; most > 0; ) {
      const refused = await charge(principalId, most).then(() => null, (error: unknown) => error);
      most = refused instanceof RateLimited && refused.balance ? Math.min(refused.balance.remaining, most - 1) : 0;
    }
  }

  return {
    charge,
    take: (principalId, points) => void chargeMost(principalId, points),
    forget: (principalId) => void minutes.delete(principalId),
  };
}
