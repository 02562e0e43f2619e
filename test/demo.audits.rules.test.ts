import { expect, test } from "vitest";
import {
  type Course, doubleDueAt, doubleStandingOf, hoursAfter, publishDueAt, secondWork, standingOf, workOn, workUntil,
} from "../src/story/audits.rules.ts";
import { randomOf } from "../src/stats/random.ts";

const ZONE = "Asia/Jakarta";
/** A Wednesday noon in Jakarta. */
const SUBMITTED = new Date("2026-03-04T05:00:00Z");
const work = workUntil(randomOf("work"), SUBMITTED, hoursAfter(SUBMITTED, -24));
const published = hoursAfter(SUBMITTED, 1);
const LATER = hoursAfter(SUBMITTED, 24 * 30);
const plain: Course = { work, isDouble: false, disputedAt: null, publishedAt: null, acknowledged: null, corrected: null };
const acknowledged = { at: hoursAfter(published, 3), byId: "labeler" };

test.each<[string, Partial<Course>, Date, object]>([
  ["waits for its delay", {}, published, { state: "SUBMITTED", version: 3, publishDueAt: publishDueAt(work), windowDueAt: null }],
  ["waits for its second auditor", { isDouble: true }, published, { state: "DOUBLE_PENDING", version: 3, publishDueAt: null }],
  ["waits for an adjudicator", { isDouble: true, disputedAt: published }, published, { state: "ADJUDICATION", version: 4, updatedAt: published }],
  ["is published", { publishedAt: published }, hoursAfter(published, 47), { state: "PUBLISHED", version: 4, windowDueAt: hoursAfter(published, 48) }],
  ["is acknowledged", { publishedAt: published, acknowledged }, hoursAfter(published, 4), { state: "ACKNOWLEDGED", version: 5, acknowledgedById: "labeler" }],
  ["is final", { publishedAt: published }, LATER, { state: "FINAL", version: 5, isAutoAcknowledged: true, updatedAt: hoursAfter(published, 48) }],
  ["is final as read", { publishedAt: published, acknowledged }, LATER, { state: "FINAL", version: 6, isAutoAcknowledged: false }],
  [
    "is corrected for the better after its end", { publishedAt: published, corrected: { at: hoursAfter(published, 60), isWorse: false } }, LATER,
    { state: "FINAL", version: 6, windowDueAt: hoursAfter(published, 48), updatedAt: hoursAfter(published, 60) },
  ],
  [
    "is published anew when it gets worse", { publishedAt: published, acknowledged, corrected: { at: hoursAfter(published, 24), isWorse: true } },
    hoursAfter(published, 60), { state: "PUBLISHED", version: 6, acknowledgedAt: null, acknowledgedById: null, publishedAt: published },
  ],
])("an audit %s", (_, course, now, expected) => {
  expect(standingOf({ ...plain, ...course }, ZONE, now)).toMatchObject(expected);
});

test("a double audit is open, agreed, disputed, adjudicated or given up, each when its time has come", () => {
  const dueAt = doubleDueAt(SUBMITTED, ZONE);
  expect(dueAt).toEqual(hoursAfter(SUBMITTED, 48));
  const second = workUntil(randomOf("second"), hoursAfter(SUBMITTED, 10), SUBMITTED);
  const at = (now: Date, isAgreed: boolean | null) =>
    doubleStandingOf(randomOf("double"), { submittedAt: SUBMITTED, dueAt, second: isAgreed === null ? null : second, isAgreed: isAgreed === true }, now);
  expect(at(hoursAfter(SUBMITTED, 47), null)).toMatchObject({ outcome: null, resolvedAt: null, version: 1 });
  expect(at(dueAt, null)).toMatchObject({ outcome: "EXPIRED", resolvedAt: dueAt, version: 2 });
  expect(at(LATER, true)).toMatchObject({ outcome: "AGREED", resolvedAt: second.submittedAt, disputedAt: null, version: 3 });
  expect(at(second.submittedAt, false)).toMatchObject({ outcome: null, disputedAt: second.submittedAt, version: 3 });
  expect(at(LATER, false)).toMatchObject({ outcome: "ADJUDICATED", disputedAt: second.submittedAt, version: 4 });
});

test("nobody judges a second time before now or after the double audit is due", () => {
  const random = randomOf("seconds");
  const works = Array.from({ length: 500 }, () => secondWork(random, SUBMITTED, hoursAfter(SUBMITTED, 20)));
  const times = works.flatMap((each) => each?.submittedAt.getTime() ?? []);
  expect(times.length).toBeGreaterThan(200);
  expect(Math.max(...times)).toBeLessThanOrEqual(hoursAfter(SUBMITTED, 20).getTime());
  expect(works.filter((each) => each && !(each.claimedAt <= each.revealedAt && each.revealedAt <= each.submittedAt))).toEqual([]);
});

test("old draws are audited to the end, the latest in part, and its last submissions are not published yet", () => {
  const random = randomOf("draw");
  const now = hoursAfter(SUBMITTED, 9);
  const places = Array.from({ length: 200 }, (_, index) => index / 200);
  expect(places.filter((place) => !workOn(random, place, SUBMITTED, false, LATER))).toEqual([]);
  const latest = places.map((place) => workOn(random, place, SUBMITTED, true, now));
  expect(latest.filter((each) => each === null).length).toBe(120);
  const due = latest.flatMap((each) => (each ? [publishDueAt(each) <= now] : []));
  expect([due.filter(Boolean).length, due.filter((isDue) => !isDue).length]).toEqual([60, 20]);
});
