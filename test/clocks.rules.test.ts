import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allowanceOf, effectiveAllowances } from "../src/calendars/allowances.rules.ts";
import { type Allowance, ALLOWANCES } from "../src/calendars/table.ts";
import { addOpenMs, alwaysOpen, type Calendar, defaultCalendar, openMsBetween } from "../src/core/business.ts";
import { begin, calendarOfClock, type Course, pause, recompute, resume, runsAlways, sideOf, stop, tell, THRESHOLDS, timeFor, withdraw } from "../src/clocks/rules.ts";
import { breachOf, isAtRisk, percentElapsed, remainingAt, stateOf } from "../src/clocks/standing.rules.ts";
import { CLOCK_KINDS } from "../src/clocks/table.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const JAKARTA = defaultCalendar("Asia/Jakarta");
const OFFICE: Calendar = {
  timeZone: "Europe/Dublin", holidays: new Set(["2026-03-30"]),
  hours: { MONDAY: [[540, 1_080]], TUESDAY: [[540, 720], [780, 1_080]], WEDNESDAY: [[540, 1_080]], THURSDAY: [[0, 360], [1_320, 1_440]], FRIDAY: [[540, 1_080]] },
};
const START = new Date("2026-01-30T15:00:00+07:00");
type Clock = Course & { startedAt: Date };

function clock(amount: number, calendar: Calendar, startedAt = START, unit: "OPEN_MINUTES" | "BUSINESS_DAYS" = "OPEN_MINUTES"): Clock {
  const course = begin(startedAt, { unit, amount }, calendar);
  const blank = { isAlwaysOpen: false, pausedAt: null, pauseReason: null, remainingSeconds: null, pausedSeconds: 0, pauses: [], stoppedAt: null, elapsedSeconds: null, breachedAt: null, voidedAt: null, toldPercent: 0 };
  return { ...blank, ...course, startedAt };
}

const at = (time: string) => new Date(time);
const after = (hours: number, from = START) => addOpenMs(from, hours * HOUR_MS, JAKARTA);

test("every clock has a default, the escalations' by severity, as domain.md section 8 says", () => {
  const shown = effectiveAllowances({}).map(({ clock: name, unit, amount }) => `${name} ${unit === "OPEN_MINUTES" ? `${amount / 60}h` : `${amount}bd`}`);
  expect(shown).toEqual([
    "APPEAL_FILING 48h", "APPEAL_L1 24h", "APPEAL_L2 48h", "APPEAL_L3 5bd", "APPEAL_REPLY 24h", "APPEAL_REAPPEAL 24h", "POLICY_QUESTION 2bd", "AUDIT_DUE 2bd", "DOUBLE_AUDIT_DUE 2bd",
    "ESCALATION_ACK_SEV1 0.5h", "ESCALATION_ACK_SEV2 4h", "ESCALATION_ACK_SEV3 1bd", "ESCALATION_ACK_SEV4 2bd",
    "ESCALATION_CONTAIN_SEV1 4h", "ESCALATION_CONTAIN_SEV2 24h", "ESCALATION_CONTAIN_SEV3 3bd",
    "ESCALATION_RCA_SEV1 24h", "ESCALATION_RCA_SEV2 72h", "ESCALATION_RCA_SEV3 5bd", "ESCALATION_RCA_SEV4 10bd",
    "ESCALATION_ACTIONS_SEV1 72h", "ESCALATION_ACTIONS_SEV2 240h", "ESCALATION_ACTIONS_SEV3 20bd", "ESCALATION_ACTIONS_SEV4 30bd",
    "ESCALATION_PARTNER_SEV1 8h", "ESCALATION_PARTNER_SEV2 24h", "ESCALATION_PARTNER_SEV3 3bd", "ESCALATION_PARTNER_SEV4 5bd",
  ]);
  for (const kind of CLOCK_KINDS) {
    const severities = kind.startsWith("ESCALATION_") ? (["SEV1", "SEV2", "SEV3", "SEV4"] as const) : [undefined];
    for (const severity of severities) expect(timeFor({}, kind, severity) === null).toBe(kind === "ESCALATION_CONTAIN" && severity === "SEV4");
  }
  expect(allowanceOf({ APPEAL_L1: { unit: "BUSINESS_DAYS", amount: 3 } }, "APPEAL_L1")).toEqual({ unit: "BUSINESS_DAYS", amount: 3 });
  expect(ALLOWANCES).toHaveLength(28);
});

test("partners' clocks go by partners' calendars, and those of SEV1 and SEV2 by none", () => {
  expect(CLOCK_KINDS.filter((kind) => sideOf(kind) === "PARTNER")).toEqual(["APPEAL_L1", "APPEAL_REPLY", "APPEAL_REAPPEAL", "ESCALATION_PARTNER"]);
  expect(CLOCK_KINDS.filter((kind) => runsAlways(kind, "SEV2"))).toEqual(CLOCK_KINDS.filter((kind) => kind.startsWith("ESCALATION_")));
  expect([runsAlways("ESCALATION_ACK", "SEV1"), runsAlways("ESCALATION_ACK", "SEV3"), runsAlways("APPEAL_L1", "SEV1")]).toEqual([true, false, false]);
  const own = new Map([["c", OFFICE]]);
  const of = (isAlwaysOpen: boolean, calendarId: string | null) => calendarOfClock({ isAlwaysOpen, calendarId, timeZone: "UTC" }, own);
  expect([of(false, "c"), of(false, null), of(true, "c")]).toEqual([OFFICE, defaultCalendar("UTC"), alwaysOpen("UTC")]);
});

test("a clock says how it stands, from its start to its breach", () => {
  const fresh = clock(48 * 60, JAKARTA);
  expect(fresh).toMatchObject({ dueAt: at("2026-02-03T15:00:00+07:00"), openSeconds: 172_800, nextThresholdAt: after(24), atRiskAt: after(36) });
  const standing = (now: Date) => [stateOf(fresh), percentElapsed(fresh, now, JAKARTA), remainingAt(fresh, now, JAKARTA), isAtRisk(fresh, now), breachOf(fresh, now)];
  expect(standing(START)).toEqual(["RUNNING", 0, 172_800, false, null]);
  expect(standing(at("2026-02-01T12:00:00+07:00"))).toEqual(["RUNNING", 18.75, 140_400, false, null]);
  expect(standing(after(36))).toEqual(["RUNNING", 75, 43_200, true, null]);
  expect(standing(after(60))).toEqual(["RUNNING", 100, 0, true, fresh.dueAt]);
});

test("business days are due by the local time, and their shares by open time", () => {
  const days = clock(1, OFFICE, at("2026-03-27T17:00:00Z"), "BUSINESS_DAYS");
  // The Monday is a holiday, the clocks change on the Sunday, and on the Tuesday at 17:00 one of nine hours is left.
  expect(days).toMatchObject({ dueAt: at("2026-03-31T16:00:00Z"), openSeconds: (1 + 7) * 3_600, nextThresholdAt: at("2026-03-31T11:00:00Z") });
});

test("what was passed while nobody told is told once each, in order", () => {
  const fresh = clock(100, JAKARTA);
  const told = (minutes: number, from: Clock = fresh) => tell(from, new Date(START.getTime() + minutes * MINUTE_MS), JAKARTA);
  expect(told(49).told).toEqual([]);
  expect(told(50).told).toEqual([50]);
  expect(told(95)).toMatchObject({ told: [50, 75, 90], clock: { toldPercent: 90, breachedAt: null, nextThresholdAt: fresh.dueAt } });
  expect(told(5_000)).toMatchObject({ told: [50, 75, 90, 100], clock: { toldPercent: 100, breachedAt: fresh.dueAt, nextThresholdAt: null } });
  expect(told(5_001, told(5_000).clock).told).toEqual([]);
});

test("a pause freezes the open time that is left, and the due time follows when it ends", () => {
  const fresh = clock(48 * 60, JAKARTA);
  const paused = pause(fresh, "A question", after(12), JAKARTA);
  expect(paused).toMatchObject({ pausedAt: after(12), pauseReason: "A question", remainingSeconds: 36 * 3_600, nextThresholdAt: null, atRiskAt: null });
  expect([stateOf(paused), percentElapsed(paused, after(40), JAKARTA), tell(paused, after(60), JAKARTA).told, breachOf(paused, after(60))]).toEqual(["PAUSED", 25, [], null]);
  expect(pause(paused, "Again", after(20), JAKARTA)).toBe(paused);
  const resumed = resume(paused, after(30), JAKARTA);
  expect(resumed).toMatchObject({ pausedAt: null, pauseReason: null, remainingSeconds: null, dueAt: after(66), nextThresholdAt: after(42), atRiskAt: after(54) });
  expect(resumed.pausedSeconds).toBe((after(30).getTime() - after(12).getTime()) / 1_000);
  expect(resume(resumed, after(31), JAKARTA)).toBe(resumed);
  // Over a weekend no open time passes.
  const closed = pause(fresh, "", at("2026-01-31T08:00:00+07:00"), JAKARTA);
  expect(resume(closed, at("2026-02-01T08:00:00+07:00"), JAKARTA).dueAt).toEqual(fresh.dueAt);
  // What was at risk or late before stays so.
  const late = resume(pause(tell(fresh, after(50), JAKARTA).clock, "", after(50), JAKARTA), after(60), JAKARTA);
  expect(late).toMatchObject({ dueAt: fresh.dueAt, breachedAt: fresh.dueAt, atRiskAt: after(36), nextThresholdAt: null });
});

test("a clock stops in time or late, and is void unless it is breached", () => {
  const fresh = clock(48 * 60, JAKARTA);
  expect(stop(fresh, after(47), JAKARTA)).toMatchObject({ stoppedAt: after(47), nextThresholdAt: null, dueAt: fresh.dueAt, breachedAt: null });
  const paused = pause(fresh, "", after(12), JAKARTA);
  expect(stop(paused, after(60), JAKARTA)).toMatchObject({ stoppedAt: after(60), dueAt: after(96), pausedAt: null, remainingSeconds: null, breachedAt: null });
  expect(stateOf(withdraw(fresh, after(1), JAKARTA))).toBe("VOID");
  const breached = tell(fresh, after(49), JAKARTA).clock;
  expect(withdraw(breached, after(49), JAKARTA)).toMatchObject({ stoppedAt: after(49), voidedAt: null, breachedAt: fresh.dueAt });
  expect(percentElapsed(stop(fresh, after(24), JAKARTA), after(99), JAKARTA)).toBe(50);
});

test("another allowance counts from the start, through every pause", () => {
  // From Monday to Friday it ran 96 open hours, and over the weekend it stood still: 24 of 120 are left on Monday, though little of the pause was open.
  const [monday, friday, next] = ["2026-02-02", "2026-02-06", "2026-02-09"].map((day) => at(`${day}T10:00:00+07:00`)) as [Date, Date, Date];
  const paused = pause(clock(6_000, JAKARTA, monday), "Asked", friday, JAKARTA);
  const [longer, tuesday] = [{ unit: "OPEN_MINUTES", amount: 7_200 } as const, at("2026-02-10T10:00:00+07:00")];
  expect(recompute(resume(paused, next, JAKARTA), longer, next, JAKARTA)).toMatchObject({ dueAt: tuesday, openSeconds: 432_000, atRiskAt: at("2026-02-06T04:00:00+07:00"), nextThresholdAt: next });
  const still = recompute(paused, longer, next, JAKARTA);
  expect(still).toMatchObject({ pausedAt: friday, remainingSeconds: 86_400, nextThresholdAt: null });
  expect(resume(still, next, JAKARTA).dueAt).toEqual(tuesday);
  const week = resume(pause(clock(5, JAKARTA, START, "BUSINESS_DAYS"), "", after(1), JAKARTA), after(3), JAKARTA);
  const graver = recompute(week, { unit: "OPEN_MINUTES", amount: 24 * 60 }, after(3), alwaysOpen("Asia/Jakarta"));
  expect(graver).toMatchObject({ unit: "OPEN_MINUTES", allowance: 1_440, dueAt: at("2026-01-31T17:00:00+07:00"), openSeconds: 86_400 });
  const waiting = recompute(pause(clock(120, JAKARTA), "Asked", after(1), JAKARTA), { unit: "OPEN_MINUTES", amount: 240 }, after(2), JAKARTA);
  expect(waiting).toMatchObject({ pausedAt: after(1), pauseReason: "Asked", remainingSeconds: 3 * 3_600, nextThresholdAt: null });
  const told = tell(clock(100, JAKARTA), after(1.6), JAKARTA).clock;
  expect(recompute(told, { unit: "OPEN_MINUTES", amount: 1_000 }, after(1.6), JAKARTA)).toMatchObject({ toldPercent: 90, breachedAt: null, nextThresholdAt: after(1_000 / 60) });
});

test("of hours that are others now, pauses count by these: what was closed of them is no time that it stood still", () => {
  const always = alwaysOpen("Asia/Jakarta");
  const [saturday, sunday, monday] = ["2026-01-31T10:00:00+07:00", "2026-02-01T10:00:00+07:00", "2026-02-02T10:00:00+07:00"].map(at) as [Date, Date, Date];
  const day = { unit: "OPEN_MINUTES", amount: 1_440 } as const;
  const paused = pause(clock(2 * 1_440, always, saturday), "", sunday, always);
  const smaller = recompute(paused, day, monday, JAKARTA);
  expect(smaller).toMatchObject({ pausedAt: sunday, remainingSeconds: 86_400, pausedSeconds: 0, dueAt: at("2026-02-03T00:00:00+07:00") });
  expect(resume(smaller, monday, JAKARTA)).toMatchObject({ dueAt: at("2026-02-03T10:00:00+07:00"), pausedSeconds: 86_400 });
  // Ten of the pause's 24 hours were open.
  expect(recompute(resume(paused, monday, always), day, monday, JAKARTA).dueAt).toEqual(at("2026-02-03T10:00:00+07:00"));
  const over = recompute(pause(clock(9_999, JAKARTA), "", after(4), JAKARTA), { unit: "OPEN_MINUTES", amount: 60 }, after(9), always);
  expect(over).toMatchObject({ remainingSeconds: 0, dueAt: at("2026-01-30T16:00:00+07:00") });
});

describe("whenever it is paused, resumed and looked at", () => {
  const calendar = fc.constantFrom(JAKARTA, OFFICE, alwaysOpen("America/New_York"), defaultCalendar("Australia/Lord_Howe"));
  const start = fc.integer({ min: Date.parse("2026-03-01"), max: Date.parse("2026-04-10") }).map((ms) => new Date(ms));
  const steps = fc.array(fc.record({ minutes: fc.integer({ min: 0, max: 4_000 }), what: fc.constantFrom("pause", "resume", "look", "look") }), { maxLength: 25 });

  const allowance = fc.record({ unit: fc.constantFrom("OPEN_MINUTES", "BUSINESS_DAYS" as const), amount: fc.integer({ min: 1, max: 30 }) })
    .map(({ unit, amount }) => ({ unit, amount: unit === "OPEN_MINUTES" ? amount * 113 : amount }) as const);

  test("another time in other hours is as if it had been so from the start, whenever it is said", () => {
    fc.assert(
      fc.property(calendar, calendar, allowance, allowance, start, steps, fc.nat({ max: 25 }), (before, open, former, given, startedAt, path, place) => {
        const through = (hours: Calendar) => ({ one, now }: { one: Clock; now: Date }, { minutes, what }: { minutes: number; what: string }) => {
          const next = new Date(now.getTime() + minutes * MINUTE_MS);
          return { now: next, one: what === "pause" ? pause(one, "", next, hours) : what === "resume" ? resume(one, next, hours) : one };
        };
        const begun = (given: Allowance, hours: Calendar) => ({ now: startedAt, one: { ...clock(1, hours, startedAt), ...begin(startedAt, given, hours) } });
        const halfway = path.slice(0, place).reduce(through(before), begun(former, before));
        const changed = path.slice(place).reduce(through(open), { ...halfway, one: recompute(halfway.one, given, halfway.now, open) });
        const { dueAt, openSeconds, pausedAt, pausedSeconds, remainingSeconds, atRiskAt, pauses } = path.reduce(through(open), begun(given, open)).one;
        expect(changed.one).toMatchObject({ dueAt, openSeconds, pausedAt, pausedSeconds, remainingSeconds, atRiskAt, pauses });
      }),
      { numRuns: 300 },
    );
  });

  test("a clock gives its open time, no more and no less, and tells each share once, in order, when it is passed", () => {
    fc.assert(
      fc.property(calendar, start, fc.integer({ min: 1, max: 6_000 }), steps, (open, startedAt, minutes, path) => {
        let one: Course = clock(minutes, open, startedAt);
        let now = startedAt;
        let pausedMs = 0;
        const told: number[] = [];
        const look = () => {
          const seen = tell(one, now, open);
          one = seen.clock;
          told.push(...seen.told);
        };
        for (const step of path) {
          const next = new Date(now.getTime() + step.minutes * MINUTE_MS);
          if (one.pausedAt && one.remainingSeconds! > 0) pausedMs += openMsBetween(now, next, open);
          now = next;
          look();
          if (step.what === "pause") one = pause(one, "", now, open);
          if (step.what === "resume") one = resume(one, now, open);
        }
        one = resume(one, now, open);
        // A pause rounds what is left up to a second.
        const givenMs = openMsBetween(startedAt, one.dueAt, open) - pausedMs;
        expect(givenMs).toBeGreaterThanOrEqual(minutes * MINUTE_MS);
        expect(givenMs).toBeLessThanOrEqual(minutes * MINUTE_MS + path.length * 1_000);
        if (now < one.dueAt) expect(told).not.toContain(100);
        for (let looks = 0; one.nextThresholdAt !== null; looks += 1) {
          expect(looks).toBeLessThan(9);
          if (one.nextThresholdAt > now) now = one.nextThresholdAt;
          look();
        }
        expect(told).toEqual(THRESHOLDS);
        expect(one.breachedAt).toEqual(one.dueAt);
      }),
      { numRuns: 300 },
    );
  });
});
