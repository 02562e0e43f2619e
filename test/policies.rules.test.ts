import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fitHistory, type HistoryRow, versionInForce, versionInGrace } from "../src/policies/rules.ts";

const day = (n: number) => new Date(Date.UTC(2026, 0, n));
const hours = (from: Date, n: number) => new Date(from.getTime() + n * 3_600_000);
const version = (id: string, market: string | null, from: number, to: number | null, graceHours = 72) => ({
  id, policyId: "p", market, semver: `${id}.0.0`, state: to === null ? ("EFFECTIVE" as const) : ("SUPERSEDED" as const), graceHours,
  effectiveFrom: day(from), effectiveTo: to === null ? null : day(to),
});

describe("the version in force", () => {
  const versions = [version("1", null, 1, 10), version("2", null, 10, null), version("3", "id-ID", 5, 15)];

  test.each([
    ["before the first", "ms-MY", day(0), null],
    ["at the first's start", "ms-MY", day(1), "1"],
    ["just before the second", "ms-MY", new Date(day(10).getTime() - 1), "1"],
    ["at the second's start: periods are half open", "ms-MY", day(10), "2"],
    ["long after", "ms-MY", day(400), "2"],
    ["of the market before its own", "id-ID", day(4), "1"],
    ["of the market, its own goes first", "id-ID", day(12), "3"],
    ["of the market after its own", "id-ID", day(15), "2"],
  ])("%s (%s)", (_, market, at, id) => {
    expect(versionInForce(versions, market, at)?.id ?? null).toBe(id);
  });

  test("is never one that is drafted, scheduled or withdrawn", () => {
    const states = ["DRAFT", "IN_REVIEW", "SCHEDULED", "WITHDRAWN"] as const;
    expect(versionInForce(states.map((state) => ({ ...version("1", null, 1, null), state })), "id-ID", day(2))).toBeNull();
  });
});

describe("grace", () => {
  const versions = [version("1", null, 1, 10), version("2", null, 10, null), version("3", "id-ID", 5, 15, 24)];

  test.each([
    ["at the start the version before still counts", "ms-MY", day(10), "1"],
    ["until its hours have passed", "ms-MY", new Date(hours(day(10), 72).getTime() - 1), "1"],
    ["and not after", "ms-MY", hours(day(10), 72), null],
    ["the first version has none before it", "ms-MY", day(1), null],
    ["a market's own follows the one for all", "id-ID", hours(day(5), 23), "1"],
    ["with hours of its own", "id-ID", hours(day(5), 24), null],
    ["when it ends, the one for all is long in force", "id-ID", day(15), null],
  ])("%s (%s)", (_, market, at, id) => {
    expect(versionInGrace(versions, market, at)?.id ?? null).toBe(id);
  });

  test("lasts no time where it is zero", () => {
    expect(versionInGrace([version("1", null, 1, 10), version("2", null, 10, null, 0)], "id-ID", day(10))).toBeNull();
  });
});

describe("history", () => {
  const now = day(100);
  const row = (semver: string, from: number, to: number | null, market: string | null = null): HistoryRow => ({
    policyId: "p", market, semver, effectiveFrom: day(from), effectiveTo: to === null ? null : day(to), graceHours: 72,
  });

  test("in any order makes one line, whose open version is closed by what follows", () => {
    const rows = [row("4.0.0", 30, null), row("3.0.0", 20, 30), row("0.9.0", 0, 5), row("1.0.0", 40, null, "id-ID")];
    expect(fitHistory([version("1", null, 5, null)], rows, now)).toEqual({
      closed: [{ id: "1", effectiveTo: day(20) }],
      states: ["EFFECTIVE", "SUPERSEDED", "SUPERSEDED", "EFFECTIVE"],
    });
  });

  test("of a market may end, the one for all may not", () => {
    expect(fitHistory([], [row("1.0.0", 1, 5, "id-ID"), row("1.0.0", 1, null)], now).states).toEqual(["SUPERSEDED", "EFFECTIVE"]);
    const refusal = expect.objectContaining({ code: "INVALID_INPUT", path: ["versions", "0", "effectiveTo"] });
    expect(() => fitHistory([], [row("1.0.0", 1, 5)], now)).toThrow(refusal);
  });

  test.each([
    ["a hole between rows", [row("1.0.0", 1, 5), row("2.0.0", 6, null)], 1, "effectiveFrom", "INVALID_INPUT"],
    ["an overlap of rows", [row("2.0.0", 4, null), row("1.0.0", 1, 5)], 0, "effectiveFrom", "INVALID_INPUT"],
    ["two open ones", [row("2.0.0", 4, null), row("1.0.0", 1, null)], 0, "effectiveFrom", "INVALID_INPUT"],
    ["a hole before what is there", [row("2.0.0", 50, 59)], 0, "effectiveTo", "CONFLICT"],
    ["an overlap with what is there", [row("2.0.0", 50, 61)], 0, "effectiveTo", "CONFLICT"],
    ["the start of what is there", [row("2.0.0", 60, null)], 0, "effectiveFrom", "CONFLICT"],
    ["a hole after what was closed", [row("2.0.0", 59, null, "m")], 0, "effectiveFrom", "CONFLICT"],
    ["a number that is taken", [row("9.0.0", 70, null)], 0, "semver", "CONFLICT"],
    ["a number used twice", [row("1.0.0", 70, 75), row("1.0.0", 75, null)], 1, "semver", "INVALID_INPUT"],
    ["a number of another form", [row("1.0", 70, null)], 0, "semver", "INVALID_INPUT"],
    ["a start to come", [row("1.0.0", 101, null)], 0, "effectiveFrom", "INVALID_INPUT"],
    ["an end to come", [row("1.0.0", 70, 101)], 0, "effectiveTo", "INVALID_INPUT"],
    ["an end before the start", [row("1.0.0", 70, 70)], 0, "effectiveTo", "INVALID_INPUT"],
    ["grace below zero", [{ ...row("1.0.0", 70, null), graceHours: -1 }], 0, "graceHours", "INVALID_INPUT"],
    ["a start before 1970", [{ ...row("1.0.0", 70, null), effectiveFrom: new Date(-1) }], 0, "effectiveFrom", "INVALID_INPUT"],
  ])("with %s is refused at its row", (_, rows, index, field, code) => {
    const present = [version("9", null, 60, null), version("8", "m", 50, 58)];
    expect(() => fitHistory(present, rows, now)).toThrow(expect.objectContaining({ code, path: ["versions", String(index), field] }));
  });

  test("that fits leaves at every time since its start exactly one version in force", () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(cuts, fc.integer({ min: 0, max: 7 }), fc.integer({ min: 1, max: 99 }), (days, split, at) => {
        const starts = days.sort((a, b) => a - b);
        const whole = starts.map((from, i) => row(`${i}.0.0`, from, starts[i + 1] ?? null));
        const open = whole[Math.min(split, whole.length - 1)]!;
        const there = { ...version("x", null, 1, null), ...open, effectiveTo: null };
        const rows = whole.filter((each) => each !== open);
        const { closed, states } = fitHistory([there], rows, now);
        const present = closed[0] ? { ...there, effectiveTo: closed[0].effectiveTo, state: "SUPERSEDED" as const } : there;
        const all = [present, ...rows.map((each, i) => ({ ...each, state: states[i]! }))];
        const holding = all.filter((each) => versionInForce([each], "m", day(at)));
        expect(holding).toHaveLength(at >= starts[0]! ? 1 : 0);
      }),
    );
  });
});
