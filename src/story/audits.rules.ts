import type { AuditRow } from "../audits/table.ts";
import { dueByDefault } from "../calendars/allowances.rules.ts";
import type { DoubleAuditRow } from "../doubles/table.ts";
import { between, type Random } from "../stats/random.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DELAY_MINUTES = 30;
const PUBLISHED_SHARE = 0.3;
const SUBMITTED_SHARE = 0.4;

/** The moment so many hours later. */
export function hoursAfter(time: Date, hours: number): Date {
  return new Date(time.getTime() + Math.round(hours * HOUR_MS));
}

/** When somebody audited something. */
export interface Work {
  claimedAt: Date;
  revealedAt: Date;
  submittedAt: Date;
}

/** A minute or two from the claim to the submission, unless what is audited is younger than that. */
export function workUntil(random: Random, submittedAt: Date, since: Date): Work {
  const [seen, lasted] = [between(random, 5_000, 30_000), between(random, 30_000, 150_000)];
  const before = (ms: number) => new Date(Math.max(since.getTime(), Math.round(submittedAt.getTime() - ms)));
  return { claimedAt: before(lasted), revealedAt: before(seen), submittedAt };
}

/**
 * When the sample at this place of its draw (0 first, 1 last) was audited; null while it waits. Two days after a draw all are done; of the
 * latest draw, made at the start of the present day, the first part is published, and what was submitted in the last minutes is not yet.
 */
export function workOn(random: Random, place: number, drawnAt: Date, isLatest: boolean, at: Date): Work | null {
  if (!isLatest) return workUntil(random, hoursAfter(drawnAt, (random() < 0.5 ? 0 : 24) + between(random, 9, 18)), drawnAt);
  if (place >= SUBMITTED_SHARE) return null;
  const [drawn, now] = [drawnAt.getTime(), at.getTime()];
  const fresh = Math.max(drawn, now - (DELAY_MINUTES - 5) * MINUTE_MS);
  const [from, to] = place < PUBLISHED_SHARE ? [drawn, Math.max(drawn, now - DELAY_MINUTES * MINUTE_MS)] : [fresh, now];
  return workUntil(random, new Date(Math.round(between(random, from, to))), drawnAt);
}

/** When an audit that waits for nobody else is published. */
export function publishDueAt({ submittedAt }: Work): Date {
  return new Date(submittedAt.getTime() + DELAY_MINUTES * MINUTE_MS);
}

/** Where an audit stands after what has happened to it. */
export type Standing = Pick<
  AuditRow,
  | "state" | "version" | "updatedAt" | "publishDueAt" | "publishedAt" | "windowDueAt" | "acknowledgedAt" | "acknowledgedById"
  | "isAutoAcknowledged"
>;

/** What happened to an audit after it was claimed; null for what has not, or not yet. */
export interface Course {
  work: Work;
  /** Two judge it, and wait for each other. */
  isDouble: boolean;
  /** When its two auditors turned out to differ. */
  disputedAt: Date | null;
  publishedAt: Date | null;
  acknowledged: { at: Date; byId: string } | null;
  corrected: { at: Date; isWorse: boolean } | null;
}

function moved(standing: Standing, changes: Partial<Standing> & Pick<Standing, "updatedAt">): Standing {
  return { ...standing, ...changes, version: standing.version + 1 };
}

function finalized(standing: Standing, now: Date): Standing {
  const { state, windowDueAt, acknowledgedAt } = standing;
  if ((state !== "PUBLISHED" && state !== "ACKNOWLEDGED") || windowDueAt! > now) return standing;
  return moved(standing, { state: "FINAL", isAutoAcknowledged: acknowledgedAt === null, updatedAt: windowDueAt! });
}

function corrected(standing: Standing, { at, isWorse }: NonNullable<Course["corrected"]>, timeZone: string): Standing {
  if (!isWorse) return moved(standing, { updatedAt: at });
  const unread = { acknowledgedAt: null, acknowledgedById: null, isAutoAcknowledged: false };
  return moved(standing, { ...unread, state: "PUBLISHED", windowDueAt: dueByDefault("APPEAL_FILING", at, timeZone), updatedAt: at });
}

/**
 * Where the verbs and the clock have left an audit by now: claimed and revealed (version 2), submitted, published, acknowledged, corrected,
 * and final once its window, in the zone of the labeler's site, is over.
 */
export function standingOf(course: Course, timeZone: string, now: Date): Standing {
  const { work, isDouble, disputedAt, publishedAt, acknowledged } = course;
  let standing: Standing = {
    state: isDouble ? "DOUBLE_PENDING" : "SUBMITTED", version: 3, updatedAt: work.submittedAt,
    publishDueAt: isDouble ? null : publishDueAt(work), publishedAt: null, windowDueAt: null, acknowledgedAt: null, acknowledgedById: null,
    isAutoAcknowledged: false,
  };
  if (disputedAt) standing = moved(standing, { state: "ADJUDICATION", updatedAt: disputedAt });
  if (!publishedAt) return standing;
  standing = moved(standing, { state: "PUBLISHED", publishedAt, windowDueAt: dueByDefault("APPEAL_FILING", publishedAt, timeZone), updatedAt: publishedAt });
  if (acknowledged) {
    const { at, byId } = acknowledged;
    standing = moved(standing, { state: "ACKNOWLEDGED", acknowledgedAt: at, acknowledgedById: byId, updatedAt: at });
  }
  if (course.corrected) standing = corrected(finalized(standing, course.corrected.at), course.corrected, timeZone);
  return finalized(standing, now);
}

const NEGLECTED_RATE = 0.06;

/** Until when a second auditor may judge. */
export function doubleDueAt(submittedAt: Date, timeZone: string): Date {
  return dueByDefault("DOUBLE_AUDIT_DUE", submittedAt, timeZone);
}

/** When somebody judged a second time, within thirty hours; null if nobody did, or has yet. */
export function secondWork(random: Random, submittedAt: Date, now: Date): Work | null {
  const [isNeglected, hours] = [random() < NEGLECTED_RATE, between(random, 2, 30)];
  const at = hoursAfter(submittedAt, hours);
  return isNeglected || at > now ? null : workUntil(random, at, submittedAt);
}

/** Where a double audit stands; `disputedAt` is when its auditors turned out to differ. */
export type DoubleStanding = Pick<DoubleAuditRow, "outcome" | "resolvedAt" | "version" | "updatedAt"> & { disputedAt: Date | null };

/**
 * Where a double audit stands by now: open, given up when it was due, agreed as soon as the second auditor submitted, or adjudicated within
 * a day of their dispute.
 */
export function doubleStandingOf(
  random: Random,
  { submittedAt, dueAt, second, isAgreed }: { submittedAt: Date; dueAt: Date; second: Work | null; isAgreed: boolean },
  now: Date,
): DoubleStanding {
  const open = { outcome: null, resolvedAt: null, disputedAt: null };
  const hours = between(random, 1, 20);
  if (!second && dueAt > now) return { ...open, version: 1, updatedAt: submittedAt };
  if (!second) return { ...open, outcome: "EXPIRED", resolvedAt: dueAt, version: 2, updatedAt: dueAt };
  const comparedAt = second.submittedAt;
  if (isAgreed) return { ...open, outcome: "AGREED", resolvedAt: comparedAt, version: 3, updatedAt: comparedAt };
  const resolvedAt = hoursAfter(comparedAt, hours);
  const disputed = { ...open, disputedAt: comparedAt };
  if (resolvedAt > now) return { ...disputed, version: 3, updatedAt: comparedAt };
  return { ...disputed, outcome: "ADJUDICATED", resolvedAt, version: 4, updatedAt: resolvedAt };
}
