import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Refusal } from "../src/core/errors.ts";
import { allowedActions, walk } from "../src/core/machine.ts";
import { ROLES, type Viewer } from "../src/core/viewer.ts";
import {
  afterEmpty, afterJudging, awaiting, checkLotSize, checkReducible, checkStart, checkTerms, entering, lotPlan, passesOneStepTighter, periodAt,
  periodFrom, STREAM_MACHINE, streamParts, type StreamVerb, type Terms, verdictOn,
} from "../src/inspection/rules.ts";
import type { StreamMemory } from "../src/inspection/table.ts";
import { INSPECTION_LEVELS } from "../src/stats/switching.ts";

const COMPUTED: Terms = { basis: "LOT", acceptanceTable: "COMPUTED", aql: 0.01, ltpd: 0.05, producerRisk: 0.05, consumerRisk: 0.1, generalLevel: null };
const TABLES: Terms = { ...COMPUTED, acceptanceTable: "MIL_STD_105E", ltpd: null, generalLevel: "II" };
const pathOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal) return error.path.join(".");
    throw error;
  }
  return "taken";
};

describe("terms", () => {
  it.each([
    [COMPUTED, {}, "taken"], [COMPUTED, { aql: 0.00009 }, "terms.aql"], [COMPUTED, { aql: 1 }, "terms.aql"], [COMPUTED, { aql: Number.NaN }, "terms.aql"],
    [COMPUTED, { ltpd: null }, "terms.ltpd"], [COMPUTED, { ltpd: 0.0119 }, "terms.ltpd"], [COMPUTED, { ltpd: 0.012 }, "taken"], [COMPUTED, { ltpd: 1 }, "terms.ltpd"],
    [COMPUTED, { producerRisk: 0.0009 }, "terms.producerRisk"], [COMPUTED, { consumerRisk: 0.5 }, "terms.consumerRisk"],
    [COMPUTED, { generalLevel: "II" as const }, "terms.generalLevel"],
    [TABLES, {}, "taken"], [TABLES, { aql: 0.1 }, "taken"], [TABLES, { aql: 0.15 }, "terms.aql"], [TABLES, { aql: 0.02 }, "terms.aql"],
    [TABLES, { ltpd: 0.05 }, "terms.ltpd"], [TABLES, { generalLevel: null }, "terms.generalLevel"],
  ])("%o with %o: %s", (terms, change, path) => expect(pathOf(() => checkTerms({ ...terms, ...change }))).toBe(path));

  it.each([
    [COMPUTED, null, "lotSize"], [COMPUTED, 0, "lotSize"], [COMPUTED, 1, "taken"], [COMPUTED, 100_000_001, "lotSize"],
    [{ ...COMPUTED, basis: "STREAM" as const }, null, "taken"], [{ ...TABLES, basis: "STREAM" as const }, null, "lotSize"],
  ])("%o and lots of %s: %s", (terms, size, path) => expect(pathOf(() => checkLotSize(terms, size))).toBe(path));

  it("have a plan, in a moment, wherever they are taken", () => {
    const anyTerms = fc.record({
      aql: fc.double({ min: 0.0001, max: 0.5, noNaN: true }), ratio: fc.double({ min: 1.2, max: 30, noNaN: true }),
      producerRisk: fc.double({ min: 0.001, max: 0.499, noNaN: true }), consumerRisk: fc.double({ min: 0.001, max: 0.499, noNaN: true }),
      basis: fc.constantFrom("LOT" as const, "STREAM" as const), lotSize: fc.integer({ min: 1, max: 100_000_000 }),
      level: fc.constantFrom("NORMAL" as const, "TIGHTENED" as const, "REDUCED" as const),
    });
    fc.assert(fc.property(anyTerms, ({ ratio, lotSize, level, ...chosen }) => {
      const terms = { ...COMPUTED, ...chosen, ltpd: Math.min(0.99, chosen.aql * ratio) };
      const start = performance.now();
      const plan = lotPlan(checkTerms(terms), level, lotSize);
      expect(performance.now() - start).toBeLessThan(1_000);
      expect(plan.n >= 1 && plan.n <= lotSize && plan.ac >= 0 && plan.re === plan.ac + 1).toBe(true);
      if (level === "NORMAL" && !plan.isFullInspection) {
        expect(plan.producerRisk).toBeLessThanOrEqual(terms.producerRisk + 1e-9);
        expect(plan.consumerRisk).toBeLessThanOrEqual(terms.consumerRisk + 1e-9);
      }
    }), { numRuns: 200 });
  });
});

describe("plans of lots", () => {
  const STREAM: Terms = { ...COMPUTED, basis: "STREAM" };
  it.each([
    ["a lot", COMPUTED, "NORMAL", 1_000, 128, 3, false], ["a lot", COMPUTED, "NORMAL", 500, 123, 3, false], ["a tiny lot", COMPUTED, "NORMAL", 5, 5, 0, true],
    ["a lot", COMPUTED, "TIGHTENED", 1_000, 128, 2, false], ["a lot", COMPUTED, "REDUCED", 1_000, 52, 2, false],
    ["a lot without errors to spare", COMPUTED, "TIGHTENED", 60, 52, 0, false],
    ["a stream", STREAM, "NORMAL", null, 132, 3, false], ["a large lot of a stream", STREAM, "NORMAL", 133, 132, 3, false],
    ["a small lot of a stream", STREAM, "NORMAL", 132, 132, 1, true], ["a small lot of a stream", STREAM, "TIGHTENED", 99, 99, 0, true],
    ["the tables", TABLES, "NORMAL", 1_000, 80, 2, false], ["the tables", TABLES, "TIGHTENED", 1_000, 80, 1, false],
    ["the tables, all of a small lot", TABLES, "NORMAL", 10, 10, 0, true],
  ] as const)("of %s (%o) at %s of %s: %i, %i", (_, terms, level, size, n, ac, isFullInspection) => {
    expect(lotPlan(terms, level, size)).toMatchObject({ n, ac, re: ac + 1, isFullInspection, level });
  });

  it("say what they really risk", () => {
    const { producerRisk, consumerRisk } = lotPlan(STREAM, "NORMAL", null);
    expect(1 - producerRisk).toBeCloseTo(0.955747, 6);
    expect(consumerRisk).toBeCloseTo(0.099228, 6);
    expect(lotPlan(STREAM, "NORMAL", 100)).toMatchObject({ producerRisk: 0, consumerRisk: 0, population: 100 });
    expect(lotPlan(TABLES, "NORMAL", 1_200)).toMatchObject({ consumerRisk: null, population: 1_200 });
    expect(1 - lotPlan(TABLES, "NORMAL", 1_200).producerRisk).toBeCloseTo(0.959473, 6);
  });

  it("there are none while discontinued, and none reduced by the tables", () => {
    expect(() => lotPlan(COMPUTED, "DISCONTINUED", 100)).toThrow(/^level: nothing is inspected/);
    expect(() => lotPlan(TABLES, "REDUCED", 100)).toThrow(/^MIL_STD_105E: only its tables for NORMAL and TIGHTENED/);
    expect(() => checkReducible(COMPUTED, "REDUCED")).not.toThrow();
  });

  it.each([
    [COMPUTED, 1_000, 128, 3, 3, false], [COMPUTED, 1_000, 128, 3, 2, true], [TABLES, 1_000, 80, 2, 2, false], [TABLES, 1_000, 80, 2, 1, true],
    [{ ...COMPUTED, basis: "STREAM" as const }, 500, 132, 3, 3, true], [{ ...COMPUTED, basis: "STREAM" as const }, 400, 400, 4, 2, true],
    [{ ...COMPUTED, basis: "STREAM" as const }, 400, 400, 4, 3, false],
  ])("%o: of %i, %i with at most %i: %i would pass one step tighter: %s", (terms, lotSize, sampleSize, acceptanceNumber, defects, passes) => {
    expect(passesOneStepTighter(terms, { lotSize, sampleSize, acceptanceNumber }, defects)).toBe(passes);
  });
});

it.each([
  [{ audited: 0, defects: 0, waiting: 10 }, null], [{ audited: 9, defects: 2, waiting: 1 }, null], [{ audited: 10, defects: 2, waiting: 0 }, "ACCEPTED"],
  [{ audited: 3, defects: 3, waiting: 7 }, "REJECTED"], [{ audited: 10, defects: 3, waiting: 0 }, "REJECTED"],
  // The rest is void or expired, and might all be defective.
  [{ audited: 8, defects: 0, waiting: 0 }, "ACCEPTED"], [{ audited: 9, defects: 1, waiting: 0 }, "ACCEPTED"], [{ audited: 9, defects: 1, waiting: 1 }, null],
  [{ audited: 9, defects: 2, waiting: 0 }, null], [{ audited: 7, defects: 0, waiting: 0 }, null], [{ audited: 1, defects: 0, waiting: 0 }, null],
  [{ audited: 3, defects: 3, waiting: 0 }, "REJECTED"], [{ audited: 0, defects: 0, waiting: 0 }, null],
])("of 10 with 3 to reject, %o is %s", (found, verdict) => {
  expect(verdictOn({ sampleSize: 10, acceptanceNumber: 2, rejectionNumber: 3 }, found)).toBe(verdict);
});

const VERBS = [...new Set(STREAM_MACHINE.arrows.map(({ verb }) => verb))];
const viewerOf = (role: Viewer["role"]) => ({ role }) as Viewer;

describe("levels", () => {
  const arrows: Record<string, string> = {
    "NORMAL approveReduced": "REDUCED", "REDUCED revokeReduced": "NORMAL", "DISCONTINUED resumeInspection": "TIGHTENED",
    "NORMAL formLot": "NORMAL", "TIGHTENED formLot": "TIGHTENED", "REDUCED formLot": "REDUCED",
  };
  const byLead: StreamVerb[] = ["approveReduced", "revokeReduced", "resumeInspection", "formLot"];
  const cases = INSPECTION_LEVELS.flatMap((level) => VERBS.flatMap((verb) => ROLES.map((role) => [level, verb, role] as const)));
  it.each(cases)("%s, %s by %s", (level, verb, role) => {
    const parts = streamParts(viewerOf(role));
    const allowed = byLead.filter((each) => arrows[`${level} ${each}`]);
    const move = () => walk(STREAM_MACHINE, level, verb, parts).to ?? level;
    expect(new Set(allowedActions(STREAM_MACHINE, level, parts))).toEqual(new Set(role === "QA_LEAD" ? allowed : []));
    if (role !== "QA_LEAD" || !byLead.includes(verb)) expect(move).toThrow(/is not yours/);
    else if (arrows[`${level} ${verb}`]) expect(move()).toBe(arrows[`${level} ${verb}`]);
    else expect(move).toThrow(`Possible now: ${allowedActions(STREAM_MACHINE, level, parts).join(", ") || "nothing"}.`);
  });
});

describe("after a lot", () => {
  const [before, entered, now] = ["2026-01-01", "2026-01-02", "2026-01-09"].map((day) => new Date(`${day}T00:00:00Z`)) as [Date, Date, Date];
  const memory = { nextFrom: "from", nextLookAt: "look" } as StreamMemory;
  const start = { ...COMPUTED, ...entering("NORMAL", memory, entered) };
  const lot = { lotSize: 1_000, sampleSize: 128, acceptanceNumber: 3, createdAt: now };
  const [good, poor, bad] = [
    { ...lot, verdict: "ACCEPTED" as const, defects: 2 }, { ...lot, verdict: "ACCEPTED" as const, defects: 3 }, { ...lot, verdict: "REJECTED" as const, defects: 4 },
  ];
  const run = (...lots: typeof lot[]) => (lots as (typeof good)[]).reduce((stream, each) => ({ ...stream, ...afterJudging(stream, each, now) }), start);

  it("the score grows by those that pass one step tighter, and starts anew after the others", () => {
    expect(run(good, good)).toMatchObject({ level: "NORMAL", switchingScore: 6, switching: { recentVerdicts: ["ACCEPTED", "ACCEPTED"] } });
    expect(run(good, good, poor).switchingScore).toBe(0);
    expect(run(good, bad).switchingScore).toBe(0);
  });

  it("the second rejected of five tightens, and a new level begins at that time with nothing behind it", () => {
    expect(run(bad, good, good, good)).toMatchObject({ level: "NORMAL" });
    expect(run(bad, good, good, good, bad)).toMatchObject({
      level: "TIGHTENED", switchingScore: 0, switching: { ...memory, enteredAt: now.toISOString(), recentVerdicts: [], rejectedLots: 0 },
    });
    expect(run(bad, good, good, good, good, bad)).toMatchObject({ level: "NORMAL" });
  });

  it("lots formed before the level was entered change nothing", () => {
    const early = { ...bad, createdAt: before };
    expect(run(early, early, early)).toEqual(start);
    expect(run(early, bad)).toMatchObject({ level: "NORMAL", switching: { recentVerdicts: ["REJECTED"], rejectedLots: 1 } });
  });
});

describe("periods", () => {
  const at = (text: string) => new Date(text);
  it.each([
    ["2026-01-05T00:00:00Z", "DAY", "UTC", "2026-01-06T00:00:00Z"], ["2026-01-04T17:00:00Z", "WEEK", "Asia/Jakarta", "2026-01-11T17:00:00Z"],
    // Clocks go forward, and back.
    ["2026-03-29T00:00:00Z", "DAY", "Europe/Dublin", "2026-03-29T23:00:00Z"], ["2026-10-24T23:00:00Z", "DAY", "Europe/Dublin", "2026-10-26T00:00:00Z"],
  ] as const)("from %s, a %s in %s lasts to %s", (from, unit, zone, to) => {
    expect(periodFrom(at(from), unit, zone)).toEqual({ from: at(from), to: at(to) });
  });

  it.each([
    ["2026-01-20T12:00:00Z", "DAY", "2026-01-20T00:00:00Z"], ["2026-01-20T12:00:00Z", "WEEK", "2026-01-19T00:00:00Z"],
    ["2026-01-19T00:00:00Z", "WEEK", "2026-01-19T00:00:00Z"], ["2026-01-18T23:59:59Z", "WEEK", "2026-01-12T00:00:00Z"],
    ["2026-01-01T00:00:00Z", "WEEK", "2026-01-05T00:00:00Z"],
  ] as const)("%s lies in the %s that begins at %s", (time, unit, from) => {
    expect(periodAt(at(time), at("2026-01-05T00:00:00Z"), unit, "UTC").from).toEqual(at(from));
  });

  it("one without decisions is looked at each hour for a day, and then passed over", () => {
    const [empty, next] = [periodFrom(at("2026-01-05T00:00:00Z"), "DAY", "UTC"), periodFrom(at("2026-01-06T00:00:00Z"), "DAY", "UTC")];
    expect(awaiting(empty)).toEqual({ nextFrom: "2026-01-05T00:00:00.000Z", nextLookAt: "2026-01-06T00:00:00.000Z" });
    expect(afterEmpty(empty, next, at("2026-01-06T23:59:59Z"))).toEqual({ nextFrom: "2026-01-05T00:00:00.000Z", nextLookAt: "2026-01-07T00:59:59.000Z" });
    expect(afterEmpty(empty, next, at("2026-01-07T00:00:00Z"))).toEqual(awaiting(next));
  });

  it.each([["2016-01-09", "startsOn"], ["2016-01-10", "taken"], ["2027-01-11", "taken"], ["2027-01-12", "startsOn"]])("may begin on %s: %s", (day, path) => {
    expect(pathOf(() => checkStart(day, "2026-01-10"))).toBe(path);
  });
});
