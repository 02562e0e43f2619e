import { expect, test } from "vitest";
import { type DecisionPlan, decisionsOfDay, makeGoldenItems } from "../src/story/decisions.rules.ts";
import { type LabelerPlan, makeLabelers } from "../src/story/labelers.rules.ts";
import { PROJECTS, SITES, VENDORS } from "../src/story/organisation.rules.ts";
import { isViolating } from "../src/story/policies.rules.ts";
import { DAYS, DEGRADED_FROM_DAY, LIVE_ON_DAY } from "../src/story/rules.ts";
import { randomOf } from "../src/stats/random.ts";
import { wilson } from "../src/stats/proportions.ts";

const seed = "assay";
const now = new Date("2026-03-18T09:30:00Z");
const labelers = makeLabelers(seed);

interface Dated extends DecisionPlan {
  day: number;
}

function tell(options: { seed: string; now: Date; scale?: number }): Dated[] {
  const people = makeLabelers(options.seed);
  return PROJECTS.flatMap((project) => {
    const golden = project.queues.flatMap((queue) => makeGoldenItems(options.seed, project, queue));
    const days = Array.from({ length: DAYS }, (_, day) => day);
    return days.flatMap((day) => decisionsOfDay(options, project, day, people, golden).map((each) => ({ ...each, day })));
  });
}

const story = tell({ seed, now });
const isRight = ({ call, truth }: DecisionPlan) => call.policy === truth.policy && call.action === truth.action;
function accuracy(rows: readonly DecisionPlan[]) {
  const right = rows.filter(isRight).length;
  return { n: rows.length, value: right / rows.length, ...wilson(right / rows.length, rows.length) };
}
const inQueue = (project: string, queue: string) => story.filter((each) => each.project.code === project && each.queue.code === queue);

test("streams of one name are the same, of other names others, and evenly spread", () => {
  const draw = (name: string) => Array.from({ length: 1_000 }, randomOf(name));
  expect(draw("a")).toEqual(draw("a"));
  expect(draw("a")).not.toEqual(draw("b"));
  const means = ["a", "b", "c"].map((name) => draw(name).reduce((sum, each) => sum + each, 0) / 1_000);
  for (const mean of means) expect(Math.abs(mean - 0.5)).toBeLessThan(0.04);
});

test("the cast is as the story says", () => {
  expect([VENDORS.length, SITES.length, PROJECTS.length, PROJECTS.flatMap((project) => project.queues).length]).toEqual([2, 3, 4, 12]);
  expect(labelers.length).toBe(120);
  expect(new Set(labelers.map((each) => each.ref)).size).toBe(120);
  expect(labelers.filter((each) => each.kind === "MODEL").length).toBe(4);
  expect(labelers.filter((each) => each.liveOnDay !== null).length).toBe(12);
  for (const project of PROJECTS) {
    for (const vendor of VENDORS) expect(labelers.some((each) => each.project === project.code && each.vendor === vendor.code)).toBe(true);
  }
});

test("about 100,000 decisions, each with a reference of its own, with a rhythm of weekdays and working hours", () => {
  expect(story.length).toBeGreaterThan(95_000);
  expect(story.length).toBeLessThan(105_000);
  expect(new Set(story.map((each) => `${each.project.code} ${each.externalRef}`)).size).toBe(story.length);
  expect(story.filter(({ externalRef, labeler }) => externalRef.includes(labeler.ref) || !/^case-[0-9a-f]{16}$/.test(externalRef))).toEqual([]);
  const weekend = story.filter((each) => new Date(each.decidedAt.getTime() + 8 * 3_600_000).getUTCDay() % 6 === 0 && each.labeler.kind === "HUMAN");
  expect(weekend.length / story.length).toBeLessThan(0.15);
  const hours = story.filter((each) => each.labeler.kind === "HUMAN").map((each) => {
    const zone = SITES.find((site) => site.code === each.labeler.site)!.timeZone === "Asia/Jakarta" ? 7 : 8;
    return new Date(each.decidedAt.getTime() + zone * 3_600_000).getUTCHours();
  });
  expect(Math.min(...new Set(hours))).toBe(8);
  expect(Math.max(...new Set(hours))).toBe(19);
  for (const each of story) expect(each.enqueuedAt <= each.claimedAt && each.claimedAt <= each.decidedAt && each.decidedAt < now).toBe(true);
});

test("the same seed and day tell the same story, another seed another", () => {
  const brief = (options: Parameters<typeof tell>[0]) => tell(options).map((each) => `${each.externalRef} ${each.decidedAt.toISOString()} ${each.call.policy}`);
  const later = new Date(now.getTime() + 3_600_000);
  expect(brief({ seed, now: later, scale: 0.02 })).toEqual(brief({ seed, now, scale: 0.02 }));
  expect(brief({ seed: "other", now, scale: 0.02 })).not.toEqual(brief({ seed, now, scale: 0.02 }));
});

test("one queue degrades after the policy change, by misses, and only that one", () => {
  for (const project of PROJECTS) {
    for (const queue of project.queues) {
      const rows = inQueue(project.code, queue.code);
      const before = accuracy(rows.filter((each) => each.day < DEGRADED_FROM_DAY));
      const after = accuracy(rows.filter((each) => each.day >= DEGRADED_FROM_DAY));
      if (project.code === "MY-VIDEO" && queue.code === "COMMENTS") expect(after.high).toBeLessThan(before.low - 0.05);
      else expect(Math.abs(after.value - before.value)).toBeLessThan(0.02);
    }
  }
  const errors = inQueue("MY-VIDEO", "COMMENTS").filter((each) => each.day >= DEGRADED_FROM_DAY && !isRight(each));
  const misses = errors.filter((each) => isViolating(each.truth.policy) && !isViolating(each.call.policy));
  expect(misses.length / errors.length).toBeGreaterThan(0.6);
});

test("joiners improve, and start only when they are live", () => {
  const joined = story.filter((each) => each.labeler.liveOnDay !== null);
  expect(Math.min(...joined.map((each) => each.day))).toBeGreaterThanOrEqual(LIVE_ON_DAY);
  const ofWeek = (week: number) => accuracy(joined.filter((each) => Math.floor((each.day - LIVE_ON_DAY) / 7) === week));
  expect(ofWeek(0).high).toBeLessThan(ofWeek(7).low);
});

test("labelers are right 88 to 97 % of the time, and live rooms let too much pass", () => {
  const steady = (each: LabelerPlan) => each.liveOnDay === null && !(each.project === "MY-VIDEO" && each.queue === "COMMENTS");
  for (const labeler of labelers.filter(steady)) {
    const { value } = accuracy(story.filter((each) => each.labeler.ref === labeler.ref));
    expect(value).toBeGreaterThan(0.85);
    expect(value).toBeLessThan(0.99);
  }
  const errors = inQueue("ID-LIVE", "ROOMS").filter((each) => !isRight(each));
  const misses = errors.filter((each) => isViolating(each.truth.policy) && !isViolating(each.call.policy)).length;
  const falseAlarms = errors.filter((each) => !isViolating(each.truth.policy) && isViolating(each.call.policy)).length;
  expect(misses).toBeGreaterThan(falseAlarms * 1.2);
});

test("golden content is decided by many, and never under the policy that changes", () => {
  const queue = PROJECTS[0]!.queues[2]!;
  const items = makeGoldenItems(seed, PROJECTS[0]!, queue);
  expect(items.every((item) => item.truth.policy !== "HATE-IMPLICIT")).toBe(true);
  const counts = items.map((item) => new Set(story.filter((each) => each.contentRef === item.contentRef).map((each) => each.labeler.ref)).size);
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(2);
});
