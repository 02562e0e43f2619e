import { addDays, type Day, dayOf, startOfDay } from "../core/time.ts";
import { between, type Random } from "../stats/random.ts";

/*
 * The story of the demo data, which every figure can be held against. 12 weeks end at the start of the present day of each project.
 *
 * - 108 labelers were there before, 4 models among them; they decide right 88 to 97 % of the time, Manila a point less often than the rest.
 * - 12 joiners, one a queue, were hired on day 21 and went live on day 28 with 16 points more errors than their later selves; the gap
 *   shrinks by the factor e every three weeks: about 79 % right in the first week, about 89 % in the eighth.
 * - In ID-LIVE/ROOMS a miss is five times as likely as a false alarm, given the content; in PH-ADS/CREATIVES false alarms prevail.
 * - On day 42 version 2.0.0 of HATE-IMPLICIT takes effect. In MY-VIDEO/COMMENTS a fifth of the content falls under it from the end of its
 *   grace period, on day 45, and three in five of these are missed: accuracy drops from about 92 to about 80 %, all by under-enforcement,
 *   so the market ms-MY falls by four points. No other queue changes.
 * - Each project draws a fifth of its decisions, blind; the latest three days are still at work: some published, some submitted, most waiting.
 *   Auditors are right; they find a technical failure in one audit of 250, for which the process answers.
 */
export const DAYS = 84;
export const HIRED_ON_DAY = 21;
export const LIVE_ON_DAY = 28;
export const UPDATED_ON_DAY = 42;
export const DEGRADED_FROM_DAY = 45;
export const DEGRADED = { project: "MY-VIDEO", queue: "COMMENTS", share: 0.2, missRate: 0.6 } as const;

/** By which the demo's principals are known again; nobody signs tokens as it. */
export const ISSUER = "assay-demo";
export const SCORECARD = "MODERATION";

/** Days of the story that a project draws from together, once they are over. */
export const RUNS: readonly (readonly [from: number, to: number])[] = [
  ...Array.from({ length: 11 }, (_, week) => [week * 7, week * 7 + 7] as const), [77, 81], [81, DAYS],
];
export const SAMPLING_RATE = 0.2;
/** Share of the audits that find a failure of the platform. */
export const TECHNICAL_RATE = 0.004;

/** Share of the golden content in a queue. */
export const GOLDEN_RATE = 0.03;

export interface DemoOptions {
  /** Decides everything but the dates. */
  seed: string;
  now: Date;
  /** Of the volume of decisions; 1 gives about 100,000. */
  scale?: number;
}

/** The date of a day of the story, in a project's time zone: day 84 is the present one, and not part of it. */
export function dateOf(timeZone: string, now: Date, day: number): Day {
  return addDays(dayOf(now, timeZone), day - DAYS);
}

/** The first moment of a day of the story, in a project's time zone. */
export function startOf(timeZone: string, now: Date, day: number): Date {
  return startOfDay(dateOf(timeZone, now, day), timeZone);
}

/** True where and when the policy update has made content harder. */
export function isDegraded(project: string, queue: string, day: number): boolean {
  return project === DEGRADED.project && queue === DEGRADED.queue && day >= DEGRADED_FROM_DAY;
}

/** How often a labeler of this skill errs on a day; `liveOnDay` is null for those who were there before. */
export function errorRateOn(skill: number, liveOnDay: number | null, day: number): number {
  const learning = liveOnDay === null ? 0 : 0.16 * Math.exp(-(day - liveOnDay) / 21);
  return 1 - skill + learning;
}

const MINUTE_MS = 60_000;
const DELAY_MINUTES = 30;
const PUBLISHED_SHARE = 0.3;
const SUBMITTED_SHARE = 0.4;

/** When a sample was claimed, revealed, submitted and published. */
export interface AuditTimes {
  claimedAt: Date;
  revealedAt: Date;
  submittedAt: Date;
  publishDueAt: Date;
  /** Null while the delay lasts. */
  publishedAt: Date | null;
}

// A minute or two from the claim to the submission, unless the draw is younger than that.
function endingAt(random: Random, submitted: number, drawn: number, now: number, isPublished: boolean): AuditTimes {
  const [seen, lasted] = [between(random, 5_000, 30_000), between(random, 30_000, 150_000)];
  const due = submitted + DELAY_MINUTES * MINUTE_MS;
  return {
    claimedAt: new Date(Math.max(drawn, submitted - lasted)),
    revealedAt: new Date(Math.max(drawn, submitted - seen)),
    submittedAt: new Date(submitted),
    publishDueAt: new Date(due),
    publishedAt: isPublished ? new Date(Math.min(due, now)) : null,
  };
}

/**
 * When the sample at this place of its draw (0 first, 1 last) was audited; null while it waits. Two days after a draw all are done; of the
 * latest draw, made at the start of the present day, the first part is published, and what was submitted in the last minutes is not yet.
 */
export function auditTimes(random: Random, place: number, drawnAt: Date, isLatest: boolean, at: Date): AuditTimes | null {
  const [drawn, now] = [drawnAt.getTime(), at.getTime()];
  if (!isLatest) {
    const hours = (random() < 0.5 ? 0 : 24) + between(random, 9, 18);
    return endingAt(random, Math.round(drawn + hours * 60 * MINUTE_MS), drawn, now, true);
  }
  if (place >= SUBMITTED_SHARE) return null;
  const isPublished = place < PUBLISHED_SHARE;
  const fresh = Math.max(drawn, now - (DELAY_MINUTES - 5) * MINUTE_MS);
  const [from, to] = isPublished ? [drawn, Math.max(drawn, now - DELAY_MINUTES * MINUTE_MS)] : [fresh, now];
  return endingAt(random, Math.round(between(random, from, to)), drawn, now, isPublished);
}

const QUESTION = `{ metrics(projects: ["MY-VIDEO"], measures: [ACCURACY], groupBy: [QUEUE], range: { last: { unit: WEEK, n: 4 } }, totals: true) {
  rows { queue { code } values { value n interval { low high method } } } totals { values { value n interval { low high method } } } } }`;

/** What a newcomer is shown: a token for each role, and a command to paste that answers with a quality figure, its count and its interval. */
export function greeting(url: string, tokens: Readonly<Record<string, string>>): string[] {
  const body = JSON.stringify({ query: QUESTION.replace(/\s+/g, " ") });
  return [
    "Tokens (also in .data/demo.json)",
    ...Object.entries(tokens).map(([name, token]) => `  ${name.padEnd(18)} ${token}`),
    "",
    "Accuracy of the last four weeks by queue, with its count and 95 % interval:",
    "",
    `curl -s ${url}/graphql -H 'authorization: Bearer ${tokens.qaLead}' -H 'content-type: application/json' -d '${body}'`,
    "",
  ];
}
