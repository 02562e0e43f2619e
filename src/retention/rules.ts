import { InvalidInput } from "../core/errors.ts";

const DAY_MS = 86_400_000;

/** What may be let go of, and the fewest days that it is needed for: keys of repeated writes a day, what rules and cursors look back to three months. */
export const LEAST_DAYS = { IDEMPOTENCY_KEYS: 1, EXPORT_LINKS: 1, ACCESS_LOG: 90, EVENTS: 90, DECISIONS: 90 } as const;
export type RetainedKind = keyof typeof LEAST_DAYS;

export const MOST_DAYS = 36_500;

/** Why a piece stays though it is old enough: something unfinished goes back to it. */
export const HOLDS = ["WAITING_SAMPLES", "UNFINISHED_AUDITS", "OPEN_APPEALS", "OPEN_ESCALATIONS", "OPEN_PERIODS", "NEWEST_SEAL", "SEALED_LATE"] as const;
export type Hold = (typeof HOLDS)[number];

/** Rows that go together: a partition, the events of a project, or what of a table is old enough. */
export interface RetainedPiece {
  name: string;
  /** Of the oldest row, or where the partition begins; and up to when it goes. */
  startsAt: Date;
  endsAt: Date;
  rows: number;
  waitsFor: Hold[];
}

/** Refuses to keep something for fewer days than it is needed, or for more than a hundred years. */
export function checkKeepDays(kind: RetainedKind, days: number): number {
  const least = LEAST_DAYS[kind];
  if (days >= least && days <= MOST_DAYS) return days;
  throw new InvalidInput(`keepDays: ${days} is out of range; ${kind} may be kept ${least} to ${MOST_DAYS} days, or for ever.`, ["keepDays"]);
}

/** What is from before this time goes: so many whole days ago. */
export function cutoffOf(keepDays: number, now: Date): Date {
  return new Date(now.getTime() - keepDays * DAY_MS);
}

/** True a day after a rule was applied last, and if it never was. */
export function isDue(appliedAt: Date | null, now: Date): boolean {
  return appliedAt === null || now.getTime() - appliedAt.getTime() >= DAY_MS;
}
