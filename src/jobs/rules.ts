import type { SealedEvent } from "../events/reader.ts";

/** When a job should run, and the key under which equal wishes are one job. */
export interface Wish {
  task: string;
  runAt: Date;
  key: string;
}

const ROUND_MS = 1_000;

/** A time in an event's payload; null if there is none. */
export function timeIn(value: unknown): Date | null {
  const time = typeof value === "string" ? new Date(value) : null;
  return time && !Number.isNaN(time.getTime()) ? time : null;
}

/**
 * The jobs that these events ask for: each task once for all that falls due in the same second, at its end, so never early; what is due
 * already is asked for at once.
 */
export function wishesOf(
  tasks: readonly { name: string; dueAfter: (event: SealedEvent) => Date | null }[],
  events: readonly SealedEvent[],
  now: Date,
): Wish[] {
  const wishes = new Map<string, Wish>();
  for (const { name, dueAfter } of tasks) {
    for (const event of events) {
      const due = dueAfter(event)?.getTime();
      if (due === undefined) continue;
      const slot = Math.ceil(Math.max(due, now.getTime()) / ROUND_MS);
      const isNow = due <= now.getTime();
      const key = `${name}:${isNow ? "now" : slot}`;
      wishes.set(key, { task: name, runAt: isNow ? now : new Date(slot * ROUND_MS), key });
    }
  }
  return [...wishes.values()];
}
