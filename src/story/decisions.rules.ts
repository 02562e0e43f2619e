import { hash } from "node:crypto";
import { type Day, startOfDay } from "../core/time.ts";
import { between, pick, type Random, randomOf, roundAtRandom } from "../stats/random.ts";
import type { LabelerPlan } from "./labelers.rules.ts";
import { type ProjectPlan, type QueuePlan, SITES } from "./organisation.rules.ts";
import { type Call, callOf, IN_CONTEXT, isViolating, NO_VIOLATION, truthOf, UPDATED_POLICY } from "./policies.rules.ts";
import { dateOf, type DemoOptions, errorRateOn, GOLDEN_RATE, isDegraded } from "./rules.ts";

/** A decision and what it should have been. */
export interface DecisionPlan {
  externalRef: string;
  contentRef: string;
  project: ProjectPlan;
  queue: QueuePlan;
  labeler: LabelerPlan;
  call: Call;
  truth: Call;
  tags: string[];
  riskScore: number;
  enqueuedAt: Date;
  claimedAt: Date;
  decidedAt: Date;
}

/** Content with an agreed answer. */
export interface GoldenPlan {
  contentRef: string;
  queue: QueuePlan;
  truth: Call;
}

const GOLDEN_PER_QUEUE = 25;
/** Share of a model's decisions that are of content which a person decided the same day. */
const SHARED_RATE = 0.6;
const HOUR_MS = 3_600_000;
const SHIFT_HOURS = 9;
/** Of a full day's work, from Sunday on; at weekends fewer people work, too. */
const WORKLOAD = [0.7, 1.1, 1.05, 1, 1, 0.9, 0.8];
const ATTENDANCE = { weekday: 0.94, weekend: 0.3 };

// A golden reference looks like any other, or labelers would know it.
function contentRefOf(random: Random): string {
  const half = () => Math.floor(random() * 2 ** 24).toString(16).padStart(6, "0");
  return `post/${half()}${half()}`;
}

/** The golden content of a queue. None of it falls under the policy that changes mid-way, so that all of it stays valid. */
export function makeGoldenItems(seed: string, project: ProjectPlan, queue: QueuePlan): GoldenPlan[] {
  const random = randomOf(seed, "golden", project.code, queue.code);
  return Array.from({ length: GOLDEN_PER_QUEUE }, () => {
    let truth = truthOf(random, queue, false);
    while (truth.policy === UPDATED_POLICY) truth = truthOf(random, queue, false);
    return { contentRef: contentRefOf(random), queue, truth };
  });
}

function countOn(date: Day, day: number, labeler: LabelerPlan, random: Random, scale: number): number {
  if (labeler.liveOnDay !== null && day < labeler.liveOnDay) return 0;
  const weekday = new Date(date).getUTCDay();
  const attendance = weekday % 6 === 0 ? ATTENDANCE.weekend : ATTENDANCE.weekday;
  if (labeler.kind === "HUMAN" && random() >= attendance) return 0;
  return roundAtRandom(random, labeler.pace * between(random, 0.8, 1.2) * WORKLOAD[weekday]! * scale);
}

// Evenly over the shift, but hardly in its middle hour. Models pause for the hours around midnight, when it is another day at the project.
function timeOfDayMs(random: Random, labeler: LabelerPlan): number {
  if (labeler.kind === "MODEL") return Math.floor(between(random, 1, 23) * HOUR_MS);
  const hours = SHIFT_HOURS * random();
  const isLunch = hours > 4 && hours < 5 && random() < 0.8;
  return Math.floor((labeler.shiftStart + (isLunch ? (hours + 2) % SHIFT_HOURS : hours)) * HOUR_MS);
}

function riskOf(random: Random, truth: Call): number {
  const low = truth.policy === NO_VIOLATION ? 0 : truth.policy === IN_CONTEXT ? 0.2 : 0.35;
  return Math.round((low + (1 - low) * random() * random()) * 1_000) / 1_000;
}

// Seconds to the tenth, around the queue's median; a model takes a fiftieth.
function handleSecondsOf(random: Random, queue: QueuePlan, labeler: LabelerPlan): number {
  const factor = Math.exp((random() + random() + random() - 1.5) * 1.2) * (labeler.kind === "MODEL" ? 0.02 : 1);
  return Math.round(queue.handleSeconds * factor * 10) / 10;
}

/** What one labeler decides on one day; `midnight` is the start of their day, at their site. */
interface LabelerDay {
  project: ProjectPlan;
  labeler: LabelerPlan;
  day: number;
  date: Day;
  midnight: Date;
  golden: readonly GoldenPlan[];
  /** What people decide on the day in the queue: models decide much of it too. */
  byPeople: readonly DecisionPlan[];
}

// Tells nothing of the labeler: analysts and auditors, who see decisions, know labelers by pseudonym alone.
function caseRefOf(labeler: LabelerPlan, date: Day, index: number): string {
  return `case-${hash("sha256", `${labeler.ref} ${date} ${index}`).slice(0, 16)}`;
}

function decisionsOfLabeler({ seed, scale = 1 }: DemoOptions, told: LabelerDay): DecisionPlan[] {
  const { project, labeler, day, date, midnight, golden, byPeople } = told;
  const queue = project.queues.find((each) => each.code === labeler.queue)!;
  const items = golden.filter((item) => item.queue === queue);
  const random = randomOf(seed, "day", labeler.ref, day);
  const degraded = isDegraded(project.code, queue.code, day);
  const errorRate = errorRateOn(labeler.skill, labeler.liveOnDay, day);
  return Array.from({ length: countOn(date, day, labeler, random, scale) }, (_, index): DecisionPlan => {
    const item = random() < GOLDEN_RATE ? pick(random, items) : null;
    const shared = !item && byPeople.length > 0 && random() < SHARED_RATE ? pick(random, byPeople) : null;
    const truth = (item ?? shared)?.truth ?? truthOf(random, queue, degraded);
    const call = callOf(random, truth, queue, errorRate, degraded);
    const decidedAt = midnight.getTime() + timeOfDayMs(random, labeler);
    const claimedAt = decidedAt - Math.round(handleSecondsOf(random, queue, labeler) * 1_000);
    return {
      externalRef: caseRefOf(labeler, date, index),
      contentRef: (item ?? shared)?.contentRef ?? contentRefOf(random),
      project, queue, labeler, call, truth,
      tags: isViolating(call.policy) && random() < 0.1 ? ["repeat-offender"] : [],
      riskScore: riskOf(random, truth),
      enqueuedAt: new Date(claimedAt - Math.round(queue.slaMinutes * 60_000 * random() * 0.7)),
      claimedAt: new Date(claimedAt),
      decidedAt: new Date(decidedAt),
    };
  });
}

/**
 * The decisions of a project on one day of the story, by time. A labeler's day lies in the working hours of their site, on the project's
 * date; it depends on the seed, the labeler and the weekday and place of the day in the story alone.
 */
export function decisionsOfDay(
  options: DemoOptions, project: ProjectPlan, day: number, labelers: readonly LabelerPlan[], golden: readonly GoldenPlan[],
): DecisionPlan[] {
  const date = dateOf(project.timeZone, options.now, day);
  const midnights = new Map(SITES.map((site) => [site.code, startOfDay(date, site.timeZone)]));
  const ofKind = (kind: LabelerPlan["kind"], byPeople: readonly DecisionPlan[]) => labelers
    .filter((labeler) => labeler.project === project.code && labeler.kind === kind)
    .flatMap((labeler) => decisionsOfLabeler(options, {
      project, labeler, day, date, midnight: midnights.get(labeler.site)!, golden,
      byPeople: byPeople.filter(({ queue }) => queue.code === labeler.queue),
    }));
  const byPeople = ofKind("HUMAN", []);
  return [...byPeople, ...ofKind("MODEL", byPeople)]
    .sort((a, b) => a.decidedAt.getTime() - b.decidedAt.getTime() || (a.externalRef < b.externalRef ? -1 : 1));
}
