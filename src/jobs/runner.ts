import { setTimeout as sleep } from "node:timers/promises";
import { Logger, parseCronItems, run, type Runner } from "graphile-worker";
import type { Logger as Log } from "pino";
import { WORKER } from "../db/identity.ts";
import type { Db } from "../db/lease.ts";
import type { Pool } from "../db/pool.ts";
import { write } from "../db/session.ts";
import { inSteps, type Later, type Reads, type Step } from "../db/steps.ts";
import type { SealedEvent } from "../events/reader.ts";
import { openConnections } from "./connections.ts";
import { wishesOf } from "./rules.ts";

/** Something that the system does when its time has come. */
export interface Task {
  name: string;
  /** Does a batch of what is due by now, in the transaction given, as the system; how much. It is called until it answers 0. */
  run: (db: Db, now: Date) => Promise<number | Later<Db, number>>;
  /** When an event makes something due; null if it doesn't. */
  dueAfter: (event: SealedEvent) => Date | null;
}

export interface JobsOptions {
  /** The job runner's login, straight to the server. */
  url: string;
  /** Where the tasks' own statements run. */
  pool: Pool;
  /** What they read beside them. */
  reads: Reads;
  tasks: readonly Task[];
  log: Log;
}

export interface Jobs {
  /** Asks for what the events make due. If that fails, the sweep of the next minute does it. */
  hear(events: readonly SealedEvent[]): void;
  /** Lets running jobs end. */
  close(): Promise<void>;
}

const TIMEOUT_MS = 7_000;
const RESTART_MS = 2_000;
const ATTEMPTS = 3;
// Batched, even though by nothing: what isn't is not waited for when the runner stops, and fails where nobody catches it.
const BATCHED = { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } };
const SETTINGS = { noHandleSignals: true, concurrency: 2, pollInterval: 2_000, preset: BATCHED };

function loggerTo(log: Log): Logger {
  return new Logger((scope) => (level, message, meta) => {
    const isTrouble = level === "error" || level === "warning";
    log[isTrouble ? "warn" : "debug"]({ ...scope, err: meta?.error }, message);
  });
}

/**
 * Runs tasks: when an event has made something due, and all of them every minute, so that nothing depends on an event being heard. Every
 * process does, and equal jobs are one. No queues: the lock of a killed process would hold one for hours.
 */
export function startJobs({ url, pool, reads, tasks, log }: JobsOptions): Jobs {
  const closing = new AbortController();
  const connections = openConnections(url, log);
  let runner: Runner | undefined;

  const transact = (step: Step<Db, number>, timeoutMs = TIMEOUT_MS) => write(pool, WORKER, step, { timeoutMs });

  async function perform(task: Task): Promise<void> {
    for (let done = 1; done > 0 && !closing.signal.aborted; ) {
      done = await inSteps(transact, reads, (db) => task.run(db, new Date()));
    }
  }

  const taskList = Object.fromEntries(tasks.map((task) => [task.name, () => perform(task)]));
  const sweeps = tasks.map(({ name }) => ({
    task: name,
    match: "* * * * *",
    identifier: `sweep:${name}`,
    options: { jobKey: `${name}:sweep`, maxAttempts: ATTEMPTS },
  }));

  async function keepRunning(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        runner = await run({ ...SETTINGS, pgPool: connections, taskList, parsedCronItems: parseCronItems(sweeps), logger: loggerTo(log) });
        const ended = runner.promise;
        if (closing.signal.aborted) void runner.stop();
        await ended;
      } catch (error) {
        if (!closing.signal.aborted) log.warn({ err: error }, "the job runner failed; it starts again shortly");
      }
      runner = undefined;
      await sleep(RESTART_MS, undefined, { signal: closing.signal }).catch(() => {});
    }
  }

  const running = keepRunning();
  return {
    hear(events) {
      for (const { task, runAt, key } of wishesOf(tasks, events, new Date())) {
        const spec = { runAt, jobKey: key, jobKeyMode: "preserve_run_at", maxAttempts: ATTEMPTS } as const;
        runner?.addJob(task, {}, spec).catch((error: unknown) => log.warn({ err: error, task }, "a job was not asked for; the sweep does it"));
      }
    },
    async close() {
      closing.abort();
      await runner?.stop().catch(() => {});
      await running;
      await connections.end();
    },
  };
}
