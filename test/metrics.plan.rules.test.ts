import { describe, expect, test } from "vitest";
import { checkRows, type Ground, mostRows, type Need, type Path, pathToEstimate, planOf, type Step } from "../src/metrics/plan.rules.ts";

const ground: Ground = { projectId: "p", timeZone: "Asia/Jakarta", isReady: true, hasQueuePolicy: true, facts: 100, touched: [] };
const need: Need = {
  dimensions: ["PROJECT", "MARKET", "WEEK"],
  reach: { projectIds: ["p"], vendorIds: ["v"] },
  reading: { timeAxis: "DECIDED_AT", layers: ["CLIENT"], purposes: ["RANDOM"], score: "CURRENT", asOf: null },
  period: { from: new Date(0), to: new Date(1), timeZone: "Asia/Jakarta", weekStart: 0 },
  seesWhole: true,
};
const reading = (change: Partial<Need["reading"]>) => ({ reading: { ...need.reading, ...change } });

describe("what audits are read from", () => {
  test.each<[what: string, path: string, change: Partial<Need>, ground?: Partial<Ground>]>([
    ["headline figures", "ROLLUP HEADLINE", {}],
    ["figures of all vendors together", "ROLLUP MARKET", { reach: { projectIds: ["p"] } }],
    ["every dimension of a cell", "ROLLUP HEADLINE", { dimensions: ["VENDOR", "LAYER", "PURPOSE", "DAY", "MONTH"] }],
    ["an absent list", "ROLLUP MARKET", { reach: { projectIds: ["p"], labelerIds: undefined } }],
    ["a queue", "ROLLUP QUEUE_POLICY", { dimensions: ["QUEUE", "WEEK"] }],
    ["a filter by policy", "ROLLUP QUEUE_POLICY", { dimensions: [], reach: { projectIds: ["p"], policyIds: ["x"] } }],
    ["harm", "ROLLUP QUEUE_POLICY", { dimensions: ["HARM_CATEGORY"] }],
    ["a queue where cells are not kept by it", "FACTS", { dimensions: ["QUEUE"] }, { hasQueuePolicy: false }],
    ["headline figures there", "ROLLUP HEADLINE", {}, { hasQueuePolicy: false }],
    ["labelers", "FACTS", { dimensions: ["LABELER", "WEEK"] }],
    ["a filter by labeler", "FACTS", { reach: { projectIds: ["p"], labelerIds: ["l"] } }],
    ["a filter by the true policy", "FACTS", { reach: { projectIds: ["p"], truthPolicyIds: ["l"] } }],
    ["classes of error", "FACTS", { dimensions: ["ERROR_CODE"] }],
    ["another zone", "FACTS", { period: { ...need.period, timeZone: "UTC" } }],
    ["another axis", "FACTS", reading({ timeAxis: "AUDITED_AT" })],
    ["some of a vendor's audits", "FACTS", { seesWhole: false }],
    ["another score time", "DIRECT", reading({ score: "FINAL" })],
    ["another score time, as audited", "DIRECT", reading({ score: "AS_AUDITED" })],
    ["an earlier moment", "DIRECT", reading({ asOf: new Date(0) })],
    ["what may be no shorter", "FACTS", { shortest: "FACTS" }],
    ["what may be no shorter than the audits", "DIRECT", { shortest: "DIRECT" }],
    ["what is not folded yet", "DIRECT", {}, { isReady: false }],
  ])("%s: %s", (_, path, change, differs = {}) => {
    const [step] = planOf([{ ...ground, ...differs }], { ...need, ...change });
    expect([step!.path, step!.grain].join(" ").trim()).toBe(path);
  });

  test("each project has a plan of its own", () => {
    const grounds = [ground, { ...ground, projectId: "q", timeZone: "UTC" }, { ...ground, projectId: "r", isReady: false }];
    expect(planOf(grounds, need).map(({ projectId, path }) => `${projectId} ${path}`)).toEqual(["p ROLLUP", "q FACTS", "r DIRECT"]);
  });
});

describe("how many rows a figure may read", () => {
  const step = (path: Path): Step => ({ projectId: "p", path });
  const of = (facts: number | null): Ground => ({ ...ground, facts });

  test.each<[path: Path, facts: number | null, estimated: Path | null]>([
    ["ROLLUP", 1e9, null],
    ["FACTS", 3_500_000, null],
    ["FACTS", 3_500_001, "FACTS"],
    ["DIRECT", 700_000, null],
    ["DIRECT", 700_001, "DIRECT"],
    ["DIRECT", null, "DIRECT"],
  ])("%s of %s audits: estimated as %s", (path, facts, estimated) => {
    expect(pathToEstimate([step(path)], [of(facts)], "QA_LEAD")).toBe(estimated);
  });

  test("projects add up, and analysts read more", () => {
    const [one, two] = [of(2_000_000), { ...of(2_000_000), projectId: "q" }];
    const plan = [step("FACTS"), { ...step("FACTS"), projectId: "q" }];
    expect(pathToEstimate(plan, [one, two], "QA_LEAD")).toBe("FACTS");
    expect(pathToEstimate(plan, [one, two], "ANALYST")).toBe(null);
    expect(mostRows("ANALYST", "DIRECT")).toBe(3_000_000);
  });

  test("too many are refused with the estimate, the limit and what reads less", () => {
    expect(() => checkRows(3_500_000, "FACTS", "QA_LEAD")).not.toThrow();
    expect(() => checkRows(12_345_678, "FACTS", "QA_LEAD")).toThrow(/about 12,345,678 rows would be read, and 3,500,000 are the most; ask for a shorter range.*group and filter/);
    expect(() => checkRows(700_001, "DIRECT", "QA_LEAD")).toThrow(/700,000 are the most.*leave out asOf/);
  });
});
