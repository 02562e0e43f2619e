import { addDays, type Day, dayOf, startOfDay } from "../core/time.ts";

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
 * - Three in five decisions of a model are of content that a person decided the same day.
 * - Each project draws a fifth of its decisions, blind; but in PH-ADS, of CLAIMS and SELLERS, twelve of each labeler. The latest three days
 *   are still at work: some published, some submitted, most waiting.
 * - Auditors miss 6 % of the errors, and find one in 0.8 % of the right decisions; a lead corrects this within six days. They find a
 *   technical failure in one audit of 250, for which the process answers.
 * - In ID-VIDEO a fifth of the samples have a second auditor, who is wrong more often; 6 % of these nobody judges in time.
 * - In MY-VIDEO the quality staff of NUSA inspects its lots of COMMENTS by the week from day 35 on: accepted until the queue degrades, then
 *   more and more rejected. The latest lot is open.
 * - Each project has targets from the first day on. The latest weeks and the month before are closed on the fifth business day after their
 *   end, with two reports; one audit of MY-VIDEO is corrected afterwards, yesterday. The week that ended last is open.
 * - About the new version of HATE-IMPLICIT seven questions are asked, from before it until today, and five people judge twelve comments
 *   blindly on day 62: the staff sees coded hate where vendors don't. What they agreed on is published, with a clarification. Another
 *   session is open.
 * - Labelers of MY-VIDEO/COMMENTS in Kuala Lumpur and both vendors contest some of what auditors found: a club's nickname goes through three
 *   tiers and becomes a precedent, groups of audits are ruled on together, a few wait in each tier. The client keeps office hours in ms-MY.
 * - On day 71 a rule finds COMMENTS below its target: contained, analysed by NUSA, returned once, accepted, and being mended, one action late.
 *   Another sees auditors overturned in PH-ADS. Live rooms are watched for whether a mended player holds; NUSA owes an analysis of its lots.
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
/** So late that all of a week's samples are audited, and those that two judge resolved, when its figures are frozen. */
export const CLOSE_AFTER_BUSINESS_DAYS = 5;

/** Audits a day that each auditor should make in a project. */
export const DAILY_TARGET = 40;
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
