import { addDays, type Day, dayOf, startOfDay } from "../core/time.ts";
import { pickWeighted, type Random } from "../stats/random.ts";
import type { QueuePlan } from "./organisation.rules.ts";
import { actionFor, IN_CONTEXT, isViolating, lookalikeOf, NO_VIOLATION, UPDATED_POLICY } from "./policies.rules.ts";

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
 */
export const DAYS = 84;
export const HIRED_ON_DAY = 21;
export const LIVE_ON_DAY = 28;
export const UPDATED_ON_DAY = 42;
export const DEGRADED_FROM_DAY = 45;
export const DEGRADED = { project: "MY-VIDEO", queue: "COMMENTS", share: 0.2, missRate: 0.6 } as const;

/** Share of the golden content in a queue. */
export const GOLDEN_RATE = 0.03;

export interface DemoOptions {
  /** Decides everything but the dates. */
  seed: string;
  now: Date;
  /** Of the volume of decisions; 1 gives about 100,000. */
  scale?: number;
}

/** What a decision says, or should say. */
export interface Call {
  policy: string;
  action: string;
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

/** What content of a queue really is. */
export function truthOf(random: Random, queue: QueuePlan, degraded: boolean): Call {
  if (degraded && random() < DEGRADED.share) return { policy: UPDATED_POLICY, action: actionFor(UPDATED_POLICY) };
  const policy = random() < queue.violatingRate ? pickWeighted(random, queue.policies) : random() < 0.08 ? IN_CONTEXT : NO_VIOLATION;
  return { policy, action: actionFor(policy) };
}

// Errors on violating and other content, so that together they are `errorRate`, and a miss is `leniency` times as likely as a false alarm.
function errorRateGiven(truth: Call, queue: QueuePlan, errorRate: number): number {
  const rateOnOther = errorRate / (queue.leniency * queue.violatingRate + 1 - queue.violatingRate);
  return isViolating(truth.policy) ? rateOnOther * queue.leniency : rateOnOther;
}

function mistakenFor(random: Random, truth: Call, queue: QueuePlan): Call {
  const kind = random();
  if (!isViolating(truth.policy)) {
    const policy = kind < 0.85 ? pickWeighted(random, queue.policies) : truth.policy === NO_VIOLATION ? IN_CONTEXT : NO_VIOLATION;
    return { policy, action: actionFor(policy) };
  }
  if (kind < 0.6) return { policy: NO_VIOLATION, action: actionFor(NO_VIOLATION) };
  if (kind < 0.85) return { policy: lookalikeOf(truth.policy), action: actionFor(lookalikeOf(truth.policy)) };
  return { policy: truth.policy, action: truth.action === "REMOVE" ? "RESTRICT" : "REMOVE" };
}

/** What a labeler makes of the content. */
export function callOf(random: Random, truth: Call, queue: QueuePlan, errorRate: number, degraded: boolean): Call {
  if (degraded && truth.policy === UPDATED_POLICY) {
    return random() < DEGRADED.missRate ? { policy: NO_VIOLATION, action: actionFor(NO_VIOLATION) } : truth;
  }
  return random() < errorRateGiven(truth, queue, errorRate) ? mistakenFor(random, truth, queue) : truth;
}
