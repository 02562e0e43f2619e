import { InvalidInput } from "../core/errors.ts";

/** What errors are told apart by. */
export const ERROR_CLASSES = ["ERROR_CODE", "CRITERION", "ERROR_CAUSE", "ERROR_TYPE"] as const;
export type ErrorClass = (typeof ERROR_CLASSES)[number];

/** The errors of one class; `key` is null where the verdicts name none. */
export interface ClassErrors {
  key: string | null;
  /** Audits with such an error. */
  audits: number;
  /** The same, each by its weight. */
  weight: number;
}

/** A class among all: its share of the mentions of errors, and that of it and all before it. */
export type Ranked<Class extends ClassErrors> = Class & { share: number; cumulativeShare: number };

/** The classes that stand behind the most frequent ones. */
export interface ParetoRest {
  classes: number;
  share: number;
}

/**
 * Classes of errors from the heaviest on, and what is left behind the first `top` of them. Shares are of all mentions, since an audit counts
 * in every class it has: so they add to 1, whatever overlaps. Of equals the one with more audits comes first, then the smaller key.
 */
export function paretoOf<Class extends ClassErrors>(classes: readonly Class[], top: number): { rows: Ranked<Class>[]; rest: ParetoRest | null } {
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const sorted = classes.filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || b.audits - a.audits || compare(a.key ?? "\uffff", b.key ?? "\uffff"));
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  let before = 0;
  const ranked = sorted.map((each, index) => {
    before += each.weight;
    return { ...each, share: each.weight / total, cumulativeShare: index === sorted.length - 1 ? 1 : before / total };
  });
  const rows = ranked.slice(0, top);
  const others = ranked.slice(top);
  return { rows, rest: others.length === 0 ? null : { classes: others.length, share: others.reduce((sum, { share }) => sum + share, 0) } };
}

const MAX_TOP = 200;

/** Refuses a number of classes that no list holds. */
export function checkTop(top: number): void {
  if (top >= 1 && top <= MAX_TOP) return;
  throw new InvalidInput(`top: ${top} is out of range; ask for 1 to ${MAX_TOP} classes.`, ["top"]);
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MAX_DAYS = 366;

/** A stretch of decision times; `to` is exclusive. */
export interface Window {
  from: Date;
  to: Date;
}

/** What is set side by side around the start of a policy version. */
export interface ImpactWindows {
  before: Window;
  after: Window;
  /** Until when a decision right under the previous version was no error. */
  graceUntil: Date;
  /** False while the time after has not passed yet. */
  isComplete: boolean;
}

/** The same number of days, of 24 hours each, before and after a version took effect; the second as far as it has come. */
export function impactWindows(version: { effectiveFrom: Date | null; graceHours: number }, days: number, now: Date): ImpactWindows {
  if (days < 1 || days > MAX_DAYS) throw new InvalidInput(`days: ${days} is out of range; ask for 1 to ${MAX_DAYS}.`, ["days"]);
  const start = version.effectiveFrom;
  if (start === null || start >= now) {
    throw new InvalidInput("policyVersionId: this version has not taken effect yet; ask when it has.", ["policyVersionId"]);
  }
  const end = new Date(start.getTime() + days * DAY_MS);
  return {
    before: { from: new Date(start.getTime() - days * DAY_MS), to: start },
    after: { from: start, to: end < now ? end : now },
    graceUntil: new Date(start.getTime() + version.graceHours * HOUR_MS),
    isComplete: end <= now,
  };
}
