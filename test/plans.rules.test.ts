import { describe, expect, test } from "vitest";
import { Forbidden, InvalidTransition } from "../src/core/errors.ts";
import { allowedActions, walk } from "../src/core/machine.ts";
import { ROLES, type Viewer } from "../src/core/viewer.ts";
import { changeDesign, checkDesign, PLAIN_DESIGN, type PlanDesign } from "../src/plans/design.rules.ts";
import { areDisjoint, checkByHand, checkFrame, findOverlap, planMachine, planParts } from "../src/plans/rules.ts";
import { nextDraw, windowOf } from "../src/plans/schedule.service.ts";
import { SAMPLING_PLAN_STATES, type SamplingPlanRow } from "../src/plans/table.ts";

const viewer = (role: Viewer["role"]) => ({ role, principalId: "me" }) as Viewer;
const plan = (changes: object = {}) =>
  ({ id: "a", state: "ACTIVE", layer: "CLIENT", purpose: "RANDOM", frame: {}, frameCovers: "ALL", ...changes }) as SamplingPlanRow;

describe("frames", () => {
  test.each([
    [{}, {}, false],
    [{ frame: { markets: ["id-ID"] } }, { frame: { markets: ["ms-MY"] } }, true],
    [{ frame: { markets: ["id-ID", "th-TH"] } }, { frame: { markets: ["ms-MY", "th-TH"] } }, false],
    [{ frame: { markets: ["id-ID"] } }, { frame: { markets: [] } }, false],
    [{ frame: { markets: ["id-ID"] } }, { frame: { queueIds: ["q"] } }, false],
    [{ frame: { queueIds: ["q"], policyIds: ["x"] } }, { frame: { queueIds: ["q"], policyIds: ["y"] } }, true],
    [{ frame: { actions: ["REMOVE"] } }, { frame: { actions: ["WARN"] } }, true],
    [{ frame: { modalities: ["TEXT"] } }, { frame: { modalities: ["LIVE", "VIDEO"] } }, true],
    [{ frame: { languages: ["id"] } }, { frame: { languages: ["id", "ms"] } }, false],
    [{ frame: { labelerKinds: ["HUMAN"] } }, { frame: { labelerKinds: ["MODEL"] } }, true],
    [{ frame: { tenureBuckets: ["D0_30", "D31_90"] } }, { frame: { tenureBuckets: ["D181_UP"] } }, true],
    [{ frame: { riskTo: 0.5 } }, { frame: { riskFrom: 0.5 } }, true],
    [{ frame: { riskFrom: 0.2, riskTo: 0.5 } }, { frame: { riskFrom: 0.4 } }, false],
    [{ frame: { riskTo: 0.5 } }, {}, false],
    [{ frame: { riskFrom: 0.5 } }, { frame: { markets: ["id-ID"] } }, false],
    [{ frameCovers: "VIOLATING_ONLY" }, { frameCovers: "NON_VIOLATING_ONLY" }, true],
    [{ frameCovers: "VIOLATING_ONLY" }, { frameCovers: "ALL" }, false],
    [{ frameCovers: "VIOLATING_ONLY" }, { frameCovers: "VIOLATING_ONLY" }, false],
  ])("%j and %j: disjoint is %s, in either order", (one, other, expected) => {
    expect(areDisjoint(plan(one), plan(other))).toBe(expected);
    expect(areDisjoint(plan(other), plan(one))).toBe(expected);
  });

  test("a plan overlaps only with other active plans of its layer", () => {
    const rivals = [
      plan({ id: "a" }), plan({ id: "b", state: "PAUSED" }), plan({ id: "c", layer: "VENDOR" }), plan({ id: "d", purpose: "GOLDEN" }), plan({ id: "e" }),
    ];
    expect(findOverlap(plan({ id: "a", state: "DRAFT" }), rivals)?.id).toBe("e");
    expect(findOverlap(plan({ id: "a", state: "DRAFT", layer: "VENDOR" }), rivals)?.id).toBe("c");
    expect(findOverlap(plan({ id: "a", frame: { markets: ["x"] } }), [plan({ id: "e", frame: { markets: ["y"] } })])).toBeNull();
  });

  test.each([
    ["RANDOM", "RANDOM", true], ["RANDOM", "RISK", true], ["RISK", "RISK", true], ["RAMP", "RAMP", true],
    ["RAMP", "RANDOM", false], ["RAMP", "RISK", false], ["GOLDEN", "RANDOM", false], ["GOLDEN", "GOLDEN", false],
  ])("plans of purpose %s and %s may meet: %s", (one, other, expected) => {
    expect(findOverlap(plan({ purpose: one }), [plan({ id: "b", purpose: other })]) !== null).toBe(expected);
    expect(findOverlap(plan({ purpose: other }), [plan({ id: "b", purpose: one })]) !== null).toBe(expected);
  });

  test.each([
    [{ markets: Array(1_001).fill("x") }, ["frame", "markets"], /1001 are too many/],
    [{ actions: ["REMOVE", ""] }, ["frame", "actions", "1"], /must have 1 to 64 characters, has 0/],
    [{ languages: ["x".repeat(36)] }, ["frame", "languages", "0"], /has 36/],
    [{ riskFrom: -0.1 }, ["frame", "riskFrom"], /-0.1 must be 0 or more/],
    [{ riskFrom: 0.5, riskTo: 0.5 }, ["frame", "riskTo"], /0.5 must be above riskFrom, 0.5/],
    [{ riskTo: 0 }, ["frame", "riskTo"], /0 must be above riskFrom, 0/],
  ])("a frame of %j is refused by field", (frame, path, message) => {
    expect(() => checkFrame(frame)).toThrow(expect.objectContaining({ code: "INVALID_INPUT", path, message: expect.stringMatching(message) }));
  });
});

describe("designs", () => {
  const design = (change: Partial<PlanDesign>) => ({ ...PLAIN_DESIGN, rate: 0.1, ...change });
  const stratified = { method: "STRATIFIED", strataBy: ["MARKET", "LABELER"] } as const;

  test.each<Partial<PlanDesign>>([
    {}, { rate: 1 }, { rate: null, size: 1 }, { rate: null, halfWidth: 0.03 }, { purpose: "RISK", method: "PPS" }, { purpose: "GOLDEN", rate: null, size: 5 },
    { purpose: "RAMP", method: "SYSTEMATIC", doubleAuditRate: 1 }, { method: "STRATIFIED", strataBy: ["QUEUE"], allocation: "EQUAL", minPerStratum: 1 },
    { method: "STRATIFIED", strataBy: ["MARKET", "LABELER"], minPerLabeler: 2, capPerLabeler: 2 },
    { method: "STRATIFIED", strataBy: ["MARKET", "LABELER"], rate: null, halfWidth: 0.03, precisionBy: ["MARKET"], expectedAccuracy: 0.95 },
    { schedule: "0 6 * * 1", windowUnit: "WEEK", windowLength: 1, seed: "s" },
  ])("%j goes together", (change) => {
    expect(() => checkDesign(design(change))).not.toThrow();
  });

  test.each<[Partial<PlanDesign>, string, RegExp]>([
    [{ rate: null }, "rate", /none given; give exactly one/],
    [{ size: 5 }, "rate", /rate 0.1 and size 5 given/],
    [{ halfWidth: 0.1 }, "rate", /rate 0.1 and halfWidth 0.1 given/],
    [{ rate: 0 }, "rate", /^rate: 0 must be above 0/],
    [{ rate: 1.01 }, "rate", /1.01/],
    [{ rate: Number.NaN }, "rate", /NaN/],
    [{ rate: null, size: 0 }, "size", /^size: 0 must be 1 or more/],
    [{ rate: null, halfWidth: 0 }, "halfWidth", /below 0.5/],
    [{ rate: null, halfWidth: 0.5 }, "halfWidth", /below 0.5/],
    [{ purpose: "TARGETED" }, "purpose", /addTargetedSamples/],
    [{ purpose: "RISK" }, "method", /SIMPLE_RANDOM doesn't go with purpose RISK; give PPS/],
    [{ method: "PPS" }, "method", /PPS is for purpose RISK/],
    [{ purpose: "RISK", method: "PPS", rate: null, halfWidth: 0.1 }, "halfWidth", /give rate or size/],
    [{ purpose: "GOLDEN", method: "SYSTEMATIC" }, "method", /give SIMPLE_RANDOM/],
    [{ purpose: "GOLDEN", rate: null, halfWidth: 0.1 }, "halfWidth", /give rate or size/],
    [{ purpose: "GOLDEN", doubleAuditRate: 0.1 }, "doubleAuditRate", /give 0/],
    [{ method: "STRATIFIED" }, "strataBy", /^strataBy: \[\] must name a dimension/],
    [{ strataBy: ["QUEUE"] }, "strataBy", /\[QUEUE\] is for method STRATIFIED; give that method, or an empty list/],
    [{ method: "STRATIFIED", strataBy: ["QUEUE", "QUEUE"] }, "strataBy", /twice/],
    [{ allocation: "NEYMAN" }, "allocation", /NEYMAN is for method STRATIFIED/],
    [{ minPerStratum: 1 }, "minPerStratum", /for method STRATIFIED/],
    [{ method: "STRATIFIED", strataBy: ["QUEUE"], minPerLabeler: 1 }, "minPerLabeler", /needs LABELER in strataBy/],
    [{ method: "STRATIFIED", strataBy: ["QUEUE"], capPerLabeler: 1 }, "capPerLabeler", /needs LABELER in strataBy/],
    [{ ...stratified, strataBy: [...stratified.strataBy], minPerStratum: 0 }, "minPerStratum", /1 or more/],
    [{ ...stratified, strataBy: [...stratified.strataBy], minPerLabeler: 0 }, "minPerLabeler", /1 or more/],
    [{ ...stratified, strataBy: [...stratified.strataBy], minPerLabeler: 3, capPerLabeler: 2 }, "capPerLabeler", /2 must not be below minPerLabeler/],
    [{ method: "STRATIFIED", strataBy: ["QUEUE"], precisionBy: ["QUEUE"] }, "precisionBy", /is for a halfWidth/],
    [{ method: "STRATIFIED", strataBy: ["QUEUE"], rate: null, halfWidth: 0.1, precisionBy: ["MARKET"] }, "precisionBy", /\[MARKET\] names what is not in strataBy/],
    [{ method: "STRATIFIED", strataBy: ["QUEUE"], rate: null, halfWidth: 0.1, precisionBy: ["QUEUE", "QUEUE"] }, "precisionBy", /twice/],
    [{ expectedAccuracy: 1 }, "expectedAccuracy", /below 1/],
    [{ doubleAuditRate: 1.1 }, "doubleAuditRate", /1.1 must be 0 to 1/],
    [{ schedule: "0 6 * * 1" }, "windowUnit", /together, or none/],
    [{ windowUnit: "DAY", windowLength: 1 }, "schedule", /together, or none/],
    [{ schedule: "0 6 * * 1", windowUnit: "DAY", windowLength: 0 }, "windowLength", /0 must be 1 to 366/],
    [{ schedule: `${"1,".repeat(100)}1 6 * * 1`, windowUnit: "DAY", windowLength: 1 }, "schedule", /at most 200 characters/],
    [{ seed: "" }, "seed", /1 to 100 characters/],
    [{ seed: "x".repeat(101) }, "seed", /1 to 100 characters/],
  ])("%j is refused by its %s", (change, field, message) => {
    expect(() => checkDesign(design(change))).toThrow(expect.objectContaining({ code: "INVALID_INPUT", path: [field], message: expect.stringMatching(message) }));
  });

  test("a change replaces the size, takes a schedule's window along, and lets groups of precision follow the strata", () => {
    const weekly = design({ schedule: "0 6 * * 1", windowUnit: "WEEK", windowLength: 1, seed: "s", expectedAccuracy: 0.9 });
    expect(changeDesign(weekly, {})).toEqual(weekly);
    expect(changeDesign(weekly, { rate: null, method: null, doubleAuditRate: null })).toEqual(weekly);
    expect(changeDesign(weekly, { size: 9 })).toMatchObject({ rate: null, size: 9 });
    expect(changeDesign(weekly, { schedule: null, seed: null, expectedAccuracy: null })).toEqual(design({}));
    const precise = changeDesign(weekly, { method: "STRATIFIED", strataBy: ["MARKET", "LABELER"], halfWidth: 0.1 });
    expect(precise).toMatchObject({ rate: null, halfWidth: 0.1, precisionBy: ["MARKET"] });
    expect(changeDesign(precise, { strataBy: ["QUEUE"] }).precisionBy).toEqual(["QUEUE"]);
    expect(changeDesign(precise, { precisionBy: [] }).precisionBy).toEqual([]);
    expect(changeDesign(changeDesign(precise, { precisionBy: [] }), { halfWidth: 0.2 }).precisionBy).toEqual([]);
    expect(changeDesign(precise, { size: 9 }).precisionBy).toEqual([]);
  });
});

describe("schedules", () => {
  test.each([
    ["0 6 * * 1", "Asia/Jakarta", "2026-01-05T00:00:00Z", "2026-01-11T23:00:00Z", "06:00 on Monday there is 23:00 on Sunday"],
    ["0 6 * * 1", "Asia/Jakarta", "2026-01-11T22:59:59Z", "2026-01-11T23:00:00Z", "a second before"],
    ["0 6 * * 1", "Asia/Jakarta", "2026-01-11T23:00:00Z", "2026-01-18T23:00:00Z", "after means after"],
    ["30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z", "a time that is left out comes right after the change"],
    ["30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z", "a time that is repeated comes once"],
  ])("%s in %s after %s is at %s: %s", (schedule, zone, after, next) => {
    expect(nextDraw(schedule, zone, new Date(after))).toEqual(new Date(next));
  });

  test.each(["* * * * * *", "@daily", "", "61 * * * *", "a b c d e", "0 0 30 2 *", "2026-01-01T00:00:00"])("%j is refused", (schedule) => {
    expect(() => nextDraw(schedule, "UTC", new Date("2026-01-05"))).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT", path: ["schedule"], message: expect.stringMatching(/give a cron of five fields/) }),
    );
  });

  test.each([
    ["DAY", 1, "MONDAY", "2026-01-07T00:00:00Z", "2026-01-05T17:00:00Z", "2026-01-06T17:00:00Z"],
    ["DAY", 3, "MONDAY", "2026-01-06T17:00:00Z", "2026-01-03T17:00:00Z", "2026-01-06T17:00:00Z"],
    ["WEEK", 1, "MONDAY", "2026-01-11T23:00:00Z", "2026-01-04T17:00:00Z", "2026-01-11T17:00:00Z"],
    ["WEEK", 2, "SUNDAY", "2026-01-11T23:00:00Z", "2025-12-27T17:00:00Z", "2026-01-10T17:00:00Z"],
    ["MONTH", 1, "MONDAY", "2026-03-15T00:00:00Z", "2026-01-31T17:00:00Z", "2026-02-28T17:00:00Z"],
  ] as const)("the last %s × %d before %s, weeks from %s", (windowUnit, windowLength, weekStartsOn, at, from, to) => {
    const window = windowOf({ windowUnit, windowLength }, "Asia/Jakarta", new Date(at), weekStartsOn);
    expect(window).toEqual({ from: new Date(from), to: new Date(to) });
  });
});

describe("the machine", () => {
  const verbs = [...new Set(planMachine(plan()).arrows.map(({ verb }) => verb))];
  const allowed: Record<string, string[]> = {
    DRAFT: ["changeSamplingPlan", "activateSamplingPlan", "archiveSamplingPlan"],
    ACTIVE: ["drawSamples", "pauseSamplingPlan", "archiveSamplingPlan"],
    PAUSED: ["changeSamplingPlan", "resumeSamplingPlan", "archiveSamplingPlan"],
    ARCHIVED: [],
  };

  test.each(SAMPLING_PLAN_STATES.flatMap((state) => verbs.map((verb) => [state, verb] as const)))("a plan that is %s and %s", (state, verb) => {
    const lead = planParts(viewer("QA_LEAD"));
    const machine = planMachine(plan());
    expect(allowedActions(machine, state, lead)).toEqual(allowed[state]);
    if (allowed[state]!.includes(verb)) expect(walk(machine, state, verb, lead).verb).toBe(verb);
    else expect(() => walk(machine, state, verb, lead)).toThrow(InvalidTransition);
    for (const role of ROLES.filter((each) => each !== "QA_LEAD")) {
      expect(() => walk(machine, state, verb, planParts(viewer(role)))).toThrow(Forbidden);
    }
  });

  test("an inspection stream's plan is neither drawn from nor changed by hand", () => {
    const lots = plan({ isForLots: true, name: "V1 in Q1" });
    for (const state of SAMPLING_PLAN_STATES) {
      const expected = allowed[state]!.filter((verb) => !["drawSamples", "changeSamplingPlan"].includes(verb));
      expect(allowedActions(planMachine(lots), state, planParts(viewer("QA_LEAD")))).toEqual(expected);
    }
    expect(() => checkByHand(lots, "drawSamples")).toThrow(/drawSamples: "V1 in Q1" is the plan of an inspection stream/);
    expect(() => checkByHand(lots, "pauseSamplingPlan")).not.toThrow();
    expect(() => checkByHand(plan(), "drawSamples")).not.toThrow();
  });
});
