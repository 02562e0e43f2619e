import { WORKER } from "./identity.ts";
import type { Db } from "./lease.ts";
import type { Pool } from "./pool.ts";
import { openRead } from "./session.ts";

/** Runs a short read-only transaction as the system, past what any viewer may see, in 30 s at most. Each sees a snapshot of its own. */
export type Reads = <T>(work: (db: Db) => Promise<T>, timeoutMs?: number) => Promise<T>;

/** The work of one transaction: its result, or what has to be read before another transaction can have it. */
export type Step<Tx, Result> = (tx: Tx) => Promise<Result | Later<Tx, Result>>;

/**
 * Long reading between two short transactions. The first decided that it may be; what it knew may have changed by the second, which has
 * to look again.
 */
export class Later<Tx, Result> {
  /** Reads, and says what the next transaction does. */
  readonly read: (reads: Reads) => Promise<Step<Tx, Result>>;
  /** How long that may take, where it writes much; as long as any other if absent. */
  readonly timeoutMs: number | undefined;
  /** What a transaction of its own does when the reading or that next transaction fails; if absent, the work fails. */
  readonly otherwise: ((error: unknown) => Step<Tx, Result>) | undefined;

  constructor(read: (reads: Reads) => Promise<Step<Tx, Result>>, timeoutMs?: number, otherwise?: (error: unknown) => Step<Tx, Result>) {
    this.read = read;
    this.timeoutMs = timeoutMs;
    this.otherwise = otherwise;
  }
}

/** Runs work to its result, each step in a transaction of its own and the reading between them in none of these. */
export async function inSteps<Tx, Result>(
  transact: (step: Step<Tx, Result>, timeoutMs?: number) => Promise<Result | Later<Tx, Result>>,
  reads: Reads,
  first: Step<Tx, Result>,
): Promise<Result> {
  const goOn = async ({ read, timeoutMs, otherwise }: Later<Tx, Result>) => {
    try {
      return await transact(await read(reads), timeoutMs);
    } catch (error) {
      if (!otherwise) throw error;
      return transact(otherwise(error));
    }
  };
  let result = await transact(first);
  while (result instanceof Later) result = await goOn(result);
  return result;
}

const TIMEOUT_MS = 30_000;

/** The system's short reads, on connections of this pool. */
export function readsOf(pool: Pool): Reads {
  return async (work, timeoutMs = TIMEOUT_MS) => {
    const session = openRead(pool, WORKER, { timeoutMs: Math.ceil(Math.min(timeoutMs, TIMEOUT_MS)) });
    try {
      return await session.run(work);
    } finally {
      session.close();
    }
  };
}

/** The same work, each of whose transactions `around` runs. */
export function aroundEach<Tx, Result>(
  work: Step<Tx, Result>,
  around: (tx: Tx, step: Step<Tx, Result>) => Promise<Result | Later<Tx, Result>>,
): Step<Tx, Result> {
  return async (tx) => {
    const result = await around(tx, work);
    if (!(result instanceof Later)) return result;
    const { read, timeoutMs, otherwise } = result;
    return new Later(async (reads) => aroundEach(await read(reads), around), timeoutMs, otherwise && ((error) => aroundEach(otherwise(error), around)));
  };
}
