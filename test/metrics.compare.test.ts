import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AskedRange, periodBefore } from "../src/metrics/query.rules.ts";
import { startOfDay } from "../src/core/time.ts";
import { moverDifference } from "../src/stats/mover.ts";
import { wilson } from "../src/stats/proportions.ts";
import { makeAudits, makeRun } from "./kit/audits.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { refusedMetrics } from "./kit/metrics.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
// In January the first vendor has 36 of 40 right, in December 20 of 40; the second 10 of 20 in January alone.
beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
  const { hate } = project.policies;
  const [first, second] = project.vendors as [ProjectFixture["vendors"][0], ProjectFixture["vendors"][0]];
  const make = async (month: string, from: string, to: string, vendor: typeof first, all: number, right: number) => {
    const run = await makeRun(world.sql, project, { from, to, frame: { vendorIds: [vendor.id] }, strata: [{ key: vendor.code, frameSize: 1_000 }] });
    const decided = (i: number) => new Date(Date.parse(`${month}-05T08:00:00Z`) + i);
    await makeAudits(world.sql, project, Array.from({ length: all }, (_, i) => ({ run, vendor, decidedAt: decided(i), ...(i < right ? {} : { truthPolicyId: hate }) })));
  };
  await make("2025-12", "2025-12-01T00:00:00Z", "2026-01-01T00:00:00Z", first, 40, 20);
  await make("2026-01", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", first, 40, 36);
  await make("2026-01", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", second, 20, 10);
});
afterAll(() => world.close());

const COMPARED = "comparison { value numerator denominator n interval { low high } difference differenceInterval { low high method } isSignificant reason }";
const asked = (rest: string, range = 'range: { from: "2026-01-01", to: "2026-02-01" }') => `projects: ["${project.projectCode}"], ${range}, ${rest}`;
const ask = async (rest: string, range?: string): Promise<any> => {
  const values = `values { value n interval { low high } ${COMPARED} }`;
  return (await world.admin.ask<{ metrics: any }>(`{ metrics(${asked(rest, range)}) { rows { rank vendor { code } ${values} } totals { ${values} } } }`)).metrics;
};

describe("against the period before", () => {
  test("each group has its difference, its interval by MOVER, and whether it is significant", async () => {
    for (const compareTo of ["{ previous: true }", '{ range: { from: "2025-12-01", to: "2026-01-01" } }']) {
      const { rows, totals } = await ask(`measures: [ACCURACY], groupBy: [VENDOR], basis: PROCESS, totals: true, compareTo: ${compareTo}`);
      const [first, second] = project.vendors.map(({ code }) => rows.find((row: any) => row.vendor.code === code).values[0]);
      const limits = moverDifference({ value: 0.9, interval: wilson(0.9, 40) }, { value: 0.5, interval: wilson(0.5, 40) });
      expect(first.comparison).toEqual({
        value: 0.5, numerator: 20, denominator: 40, n: 40, interval: wilson(0.5, 40), difference: 0.4,
        differenceInterval: { low: expect.closeTo(limits.low, 12), high: expect.closeTo(limits.high, 12), method: "MOVER_DIFFERENCE" }, isSignificant: true, reason: null,
      });
      const nothing = { numerator: null, denominator: null, n: null, interval: null, difference: null, differenceInterval: null, isSignificant: null };
      expect(second.comparison).toEqual({ ...nothing, value: null, reason: "NO_DATA" });
      expect(totals.values[0].comparison).toMatchObject({ value: 0.5, n: 40, isSignificant: true });
      expect(totals.values[0].comparison.difference).toBeCloseTo((36 * 25 + 10 * 50) / 2_000 - 0.5, 12);
    }
  });

  test("a percentile or a mean of ratios has a difference without an interval", async () => {
    const { rows } = await ask("measures: [F1], compareTo: { previous: true }");
    expect(rows[0].values[0].comparison).toMatchObject({ differenceInterval: null, isSignificant: null, reason: null });
    expect(rows[0].values[0].comparison.difference).not.toBeNull();
  });

  test.each<[AskedRange & { from: string; to: string }, string]>([
    [{ from: "2026-01-01", to: "2026-02-01" }, "2025-12-01"],
    [{ from: "2026-01-01", to: "2026-04-01" }, "2025-10-01"],
    [{ from: "2026-01-05", to: "2026-01-12" }, "2025-12-29"],
    [{ last: { unit: "MONTH", n: 2 }, from: "2026-02-01", to: "2026-04-01" }, "2025-12-01"],
    [{ last: { unit: "WEEK", n: 2 }, from: "2026-03-02", to: "2026-03-16" }, "2026-02-16"],
  ])("before %j comes one from %s", ({ last, from, to }, before) => {
    const timeZone = "America/New_York";
    const period = { from: startOfDay(from, timeZone), to: startOfDay(to, timeZone), timeZone, weekStart: 0 };
    expect(periodBefore({ last: last ?? null }, period)).toEqual({ ...period, from: startOfDay(before, timeZone), to: period.from });
  });

  test.each([
    ["compareTo: { previous: true, target: true }", "give one of previous, range and target"],
    ["compareTo: {}", "give one of previous, range and target"],
    ["compareTo: { previous: true }, groupBy: [WEEK]", "groups by WEEK have no counterpart"],
    ["having: [{ measure: ERROR_RATE, gte: 0 }]", "having[0]: ERROR_RATE is not among measures"],
    ["having: [{ measure: ACCURACY }]", "give gte, lte or targetStatuses"],
  ])("%s is refused: %s", async (rest, message) => {
    expect(await refusedMetrics(world.admin, asked(`measures: [ACCURACY], ${rest}`))).toMatchObject({ code: "INVALID_INPUT", message: expect.stringContaining(message) });
  });
});

describe("conditions and ranks", () => {
  const shown = async (rest: string) =>
    (await ask(`measures: [ACCURACY], groupBy: [VENDOR], ${rest}`)).rows.map((row: any) => [project.vendors.findIndex(({ code }) => code === row.vendor.code), row.rank]);

  test.each<[string, number[]]>([
    ["{ measure: ACCURACY, gte: 0.9 }", [0]],
    ["{ measure: ACCURACY, lte: 0.9 }", [0, 1]],
    ["{ measure: ACCURACY, bound: N, gte: 30 }", [0]],
    ["{ measure: ACCURACY, bound: HIGH, lte: 0.75 }", [1]],
    ["{ measure: ACCURACY, bound: LOW, gte: 0.3 }, { measure: ACCURACY, lte: 0.5 }", [1]],
    ["{ measure: ACCURACY, targetStatuses: [MET, BELOW] }", []],
  ])("having [%s] are vendors %j", async (having, places) => {
    expect((await shown(`having: [${having}]`)).map(([place]: [number]) => place).sort()).toEqual(places);
  });

  test("a group under 30 audits has no rank, nor has any without an order by a measure", async () => {
    expect(await shown("orderBy: [{ measure: ACCURACY, direction: ASC }]")).toEqual([[1, null], [0, 1]]);
    expect((await shown("")).map(([, rank]: [number, number]) => rank)).toEqual([null, null]);
  });
});
