import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askAgreement, inProjectAs, label, labeled, type Name } from "./kit/agreement.ts";
import { makeLabeler } from "./kit/factories.ts";
import { askMetrics, refusedMetrics, type ShownValue } from "./kit/metrics.ts";
import { globalId, projectGid } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const OF_LABELS = "PERCENT_AGREEMENT, FLEISS_KAPPA, KRIPPENDORFF_ALPHA, GWET_AC1";
const FIGURE = "{ value items reason interval { low high } }";
const FIELDS = `percentAgreement ${FIGURE} fleissKappa ${FIGURE} krippendorffAlpha ${FIGURE} gwetAc1 ${FIGURE}`;
const ALL = '{ from: "2026-01-01", to: "2026-02-01" }';
const CONTENTS: Record<string, (Name | null)[]> = {
  a: ["hate", "hate", "hate"], b: ["hate", "spam", "spam", "NV"], c: ["NV", "NV", "spam", "NV"], d: ["NV"], e: ["spam", "spam", "NV"], f: ["NV", "hate", "NV", "NV"],
};
const day = (of: number) => ({ decidedAt: new Date(Date.UTC(2026, 0, of)) });

const asked = (code: string, rest: string, range = ALL) => `projects: ["${code}"], range: ${range}, ${rest}`;
const shown = ({ value, n, reason, interval }: ShownValue) => ({ value, items: n, reason, interval: interval && { low: interval.low, high: interval.high } });
const inField = (found: any) => [found.percentAgreement, found.fleissKappa, found.krippendorffAlpha, found.gwetAc1];
const figures = async (by: Caller, code: string, rest: string, fields = "") => {
  const { rows, totals } = await askMetrics(by, asked(code, `measures: [${OF_LABELS}], totals: true, ${rest}`), fields);
  return { rows, totals: totals!.values.map(shown), first: rows[0]?.values.map(shown) };
};

describe("labels: the same as the field of agreement", () => {
  test("as a whole, of a scheme as large as the project's", async () => {
    const { project, code, labelerIds, lead } = await labeled(world, CONTENTS);
    await label(world, project, labelerIds, { a: ["NV", "NV"] }, day(9));
    const field = inField(await askAgreement(lead, code, `source: LABELS, range: ${ALL}, categories: 4`, FIELDS));
    expect(field.every(({ value, interval }) => value !== null && interval !== null)).toBe(true);
    const { first, totals } = await figures(lead, code, "");
    expect([first, totals]).toEqual([field, field]);
    const [value] = (await askMetrics(lead, asked(code, "measures: [GWET_AC1]"))).rows[0]!.values;
    expect(value).toMatchObject({ numerator: null, denominator: null, weighted: false, suppressed: false, interval: { method: "JACKKNIFE", level: 0.95 } });
  });

  test("of a group what the field has of its part: its range, its filter; the totals are the whole", async () => {
    const { project, code, labelerIds, lead, one, two } = await labeled(world, CONTENTS);
    await label(world, project, labelerIds, { a: ["NV", "NV", "hate"], g: ["spam", "spam"] }, day(9));
    const whole = inField(await askAgreement(lead, code, `source: LABELS, range: ${ALL}, categories: 4`, FIELDS));
    const days = await figures(lead, code, "groupBy: [DAY]", "day");
    expect(days.totals).toEqual(whole);
    expect(days.rows.map((row) => row.day)).toEqual(["2026-01-05", "2026-01-09"]);
    for (const { day: from, values } of days.rows) {
      const range = `{ from: "${from}", to: "${from.slice(0, 8)}${String(Number(from.slice(8)) + 1).padStart(2, "0")}" }`;
      expect(values.map(shown)).toEqual(inField(await askAgreement(lead, code, `source: LABELS, range: ${range}, categories: 4`, FIELDS)));
    }
    for (const [dimension, list] of [["VENDOR", "vendorIds"], ["TEAM", "teamIds"], ["SITE", "siteIds"]] as const) {
      const name = dimension.toLowerCase();
      const { rows } = await figures(lead, code, `groupBy: [${dimension}]`, `${name} { id }`);
      expect(rows).toHaveLength(2);
      for (const row of rows) {
        const filter = `filter: { ${list}: ["${row[name].id}"] }`;
        expect(row.values.map(shown)).toEqual(inField(await askAgreement(lead, code, `source: LABELS, range: ${ALL}, categories: 4, ${filter}`, FIELDS)));
        expect((await figures(lead, code, filter)).first).toEqual(row.values.map(shown));
      }
    }
    for (const cut of ["PROJECT", "QUEUE", "MARKET", "MODALITY", "LANGUAGE", "MONTH"]) expect((await figures(lead, code, `groupBy: [${cut}]`)).first).toEqual(whole);
    expect([one.labelerIds.length, two.labelerIds.length]).toEqual([2, 2]);
  });

  test("of a policy against all others", async () => {
    const { code, lead } = await labeled(world, CONTENTS);
    const { byPolicy } = await askAgreement(lead, code, `source: LABELS, range: ${ALL}`, `byPolicy { policy { id } ${FIELDS} }`);
    const { rows, totals } = await figures(lead, code, "groupBy: [MARKET, POLICY]", "policy { id } market");
    expect(rows).toHaveLength(3);
    for (const row of rows) expect(row.values.map(shown)).toEqual(inField(byPolicy.find(({ policy }: any) => policy.id === row.policy.id)));
    expect(totals).toEqual((await figures(lead, code, "")).first);
  });
});

test("a scheme is of its projects: content of two of them is two items", async () => {
  const [one, two] = [await labeled(world, { a: ["hate", "hate"], b: ["NV", "hate"] }), await labeled(world, { a: ["NV", "NV"] })];
  await world.sql`update policies set is_leaf = false where id = ${two.project.policies.spam}`;
  const { rows, totals } = await askMetrics(world.admin, `projects: ["${one.code}", "${two.code}"], range: ${ALL}, measures: [PERCENT_AGREEMENT, GWET_AC1], groupBy: [PROJECT], totals: true`, "project { code }");
  const ac1 = (observed: number, shares: number[], k: number) => {
    const chance = shares.reduce((sum, share) => sum + share * (1 - share), 0) / (k - 1);
    return expect.closeTo((observed - chance) / (1 - chance), 12);
  };
  const values = Object.fromEntries(rows.map(({ project, values: [percent, gwet] }) => [project.code, [percent!.value, gwet!.value, gwet!.n]]));
  expect(values).toEqual({ [one.code]: [0.5, ac1(0.5, [0.75, 0.25], 4), 2], [two.code]: [1, 1, 1] });
  // Leaves of either: NV, and hate, spam and satire of the first, hate and satire of the second.
  expect(totals!.values.map(({ value, n }) => [value, n])).toEqual([[expect.closeTo(2 / 3, 12), 3], [ac1(2 / 3, [0.5, 0.5], 6), 3]]);
});

test("without two judgements there is no data; where all are alike, chance explains it; under three items there is no interval", async () => {
  const { project, code, labelerIds, lead } = await labeled(world, { a: ["hate"], b: ["NV"] });
  const none = { value: null, numerator: null, denominator: null, interval: null, reason: "NO_DATA" };
  const empty = await askMetrics(lead, asked(code, `measures: [${OF_LABELS}, COHEN_KAPPA], totals: true`, '{ from: "2025-01-01", to: "2025-02-01" }'));
  expect(empty.rows[0]!.values).toMatchObject(Array(5).fill({ ...none, n: 0 }));
  expect(empty.totals!.values).toEqual(empty.rows[0]!.values);
  expect((await figures(lead, code, "groupBy: [DAY]", "day")).first).toMatchObject(Array(4).fill({ value: null, reason: "NO_DATA" }));
  expect((await askMetrics(lead, asked(code, "measures: [COHEN_KAPPA], groupBy: [DAY]"))).rows).toEqual([]);
  await label(world, project, labelerIds, { c: ["NV", "NV"], d: ["NV", "NV"] }, day(9));
  const alike = await figures(lead, code, 'groupBy: [DAY], orderBy: [{ dimension: DAY, direction: DESC }]', "day");
  expect(alike.first).toEqual([
    { value: 1, items: 2, reason: null, interval: null }, { value: null, items: 2, reason: "NO_VARIATION", interval: null },
    { value: null, items: 2, reason: "NO_VARIATION", interval: null }, { value: 1, items: 2, reason: null, interval: null },
  ]);
});

test("as of a time, what was recorded later is not in it", async () => {
  const { project, code, labelerIds, lead } = await labeled(world, { a: ["hate", "hate"], b: ["NV", "NV"] });
  await world.sql`update decisions set recorded_at = '2026-01-06' where project_id = ${project.projectId}`;
  await label(world, project, labelerIds, { c: ["hate", "NV"] });
  const value = async (rest = "") => (await askMetrics(lead, asked(code, `measures: [PERCENT_AGREEMENT] ${rest}`))).rows[0]!.values[0]!.value;
  expect([await value(', asOf: "2026-01-07T00:00:00Z"'), await value()]).toEqual([1, 2 / 3]);
});

test("set against another period and a target, ranked and held to conditions as others are", async () => {
  const { project, code, labelerIds, lead } = await labeled(world, CONTENTS);
  await label(world, project, labelerIds, { h: ["hate", "hate"], i: ["hate", "spam"], j: ["NV", "NV"], k: ["NV", "NV"] }, { decidedAt: new Date("2025-12-10T00:00:00Z") });
  await lead.verb("setQualityTarget", { projectId: projectGid(project), measure: "GWET_AC1", value: 0.99, nMin: 1, validFrom: "2025-01-01" }, "qualityTarget { id }");
  const ask = async (rest: string) => (await lead.ask<any>(`{ metrics(${asked(code, `measures: [PERCENT_AGREEMENT, GWET_AC1], ${rest}`)}) {
    rows { rank values { value interval { low high } target { value status } comparison { value difference differenceInterval { low high method } isSignificant } } } } }`)).metrics.rows;
  const [{ values: [percent, ac1] }] = await ask("compareTo: { previous: true }");
  expect(percent.comparison.value).toBe(0.75);
  expect(percent.comparison.difference).toBeCloseTo(percent.value - 0.75, 12);
  expect(percent.comparison.differenceInterval.method).toBe("MOVER_DIFFERENCE");
  expect(percent.comparison.isSignificant).toBe(false);
  expect(ac1.target).toEqual({ value: 0.99, status: "BELOW" });
  expect(percent.target).toBeNull();
  expect(await ask("groupBy: [DAY], orderBy: [{ measure: PERCENT_AGREEMENT, direction: DESC }]")).toMatchObject([{ rank: null }]);
  expect(await ask("having: [{ measure: PERCENT_AGREEMENT, gte: 0.9 }]")).toEqual([]);
  expect(await ask("having: [{ measure: GWET_AC1, targetStatuses: [BELOW] }]")).toHaveLength(1);
});

describe("who may ask, and for what", () => {
  const ROLES = ["QA_LEAD", "POLICY_MANAGER", "AUDITOR", "ANALYST", "VENDOR_MANAGER", "VENDOR_QA", "LABELER", "SERVICE"] as const;
  const CLOSED = { PERCENT_AGREEMENT: ["AUDITOR", "LABELER"], COHEN_KAPPA: ["POLICY_MANAGER", "VENDOR_MANAGER", "VENDOR_QA", "LABELER", "SERVICE"] };

  test.each(ROLES)("%s", async (role) => {
    const { project, code, one } = await labeled(world, { a: ["hate", "hate", "NV"] });
    const partner = { vendorId: /VENDOR|LABELER/.test(role) ? one.id : null, labelerId: role === "LABELER" ? one.labelerIds[0]! : null };
    const by = await inProjectAs(world, project, role === "SERVICE" ? { role, scopes: ["metrics:read"] } : { role, ...partner });
    for (const [measure, roles] of Object.entries(CLOSED)) {
      if (roles.includes(role)) expect(await refusedMetrics(by, asked(code, `measures: [${measure}]`))).toMatchObject({ code: "FORBIDDEN", message: expect.stringContaining(measure) });
      else expect((await askMetrics(by, asked(code, `measures: [${measure}]`))).rows).toHaveLength(1);
    }
    // Partners have their own labelers alone: two who agree, of three.
    if (!/VENDOR/.test(role)) return;
    expect((await askMetrics(by, asked(code, "measures: [PERCENT_AGREEMENT]"))).rows[0]!.values[0]).toMatchObject({ value: 1, n: 1 });
  });

  test("cuts, filters and axes that say nothing of agreement are refused by name", async () => {
    const { project, code, lead } = await labeled(world, { a: ["hate", "hate"] });
    const refused = async (rest: string, measure = "FLEISS_KAPPA") => (await refusedMetrics(lead, asked(code, `measures: [${measure}], ${rest}`))).message;
    for (const cut of ["LABELER", "AUDITOR", "TRUTH_POLICY", "ACTION", "HARM_CATEGORY", "TENURE_BUCKET", "LAYER", "PURPOSE", "ERROR_TYPE"]) {
      expect(await refused(`groupBy: [${cut}]`)).toContain(`FLEISS_KAPPA has no ${cut}`);
      expect(await refused(`groupBy: [${cut}]`, "COHEN_KAPPA")).toContain(`COHEN_KAPPA has no ${cut}`);
    }
    expect(await refused(`filter: { policyIds: ["${globalId("Policy", project.policies.hate)}"] }`)).toContain("filter.policyIds");
    expect(await refused('filter: { actions: ["REMOVE"] }')).toContain("filter.actions");
    expect(await refused("timeAxis: PUBLISHED_AT")).toContain("FLEISS_KAPPA has no PUBLISHED_AT");
    const ofOne = `filter: { labelerIds: ["${globalId("Labeler", project.vendors[0]!.labelerIds[0]!)}"] }`;
    expect((await figures(lead, code, ofOne)).first![0]).toMatchObject({ value: null, reason: "NO_DATA" });
  });
});

test("statements are as many however many groups, labelers and policies there are", async () => {
  const { project, code, labelerIds, one, lead } = await labeled(world, CONTENTS);
  const statements = async () => {
    world.statements.length = 0;
    await figures(lead, code, "groupBy: [VENDOR, DAY, POLICY]", "vendor { code } policy { code }");
    return world.statements.filter((text) => !/^begin|^commit/.test(text)).length;
  };
  const few = await statements();
  const more = await Promise.all([1, 2, 3].map(() => makeLabeler(world.sql, one)));
  for (const at of [10, 11, 12, 13]) await label(world, project, [...labelerIds, ...more], { x: ["NV", "spam", "hate", "NV", "hate", "spam", "NV"], y: ["hate", "hate", "NV"] }, day(at));
  expect(await statements()).toBe(few);
  expect(few).toBeLessThanOrEqual(7);
});

test("the catalogue says what they are", async () => {
  const { metricDefinitions } = await world.admin.ask<any>("{ metricDefinitions { measure unit source interval purposes dimensions } }");
  const of = Object.fromEntries(metricDefinitions.map(({ measure, ...rest }: any) => [measure, rest]));
  const dimensions = ["PROJECT", "QUEUE", "MARKET", "VENDOR", "SITE", "TEAM", "POLICY", "MODALITY", "LANGUAGE", "DAY", "WEEK", "MONTH"];
  for (const measure of [...OF_LABELS.split(", "), "COHEN_KAPPA"]) {
    expect(of[measure]).toEqual({ unit: measure === "PERCENT_AGREEMENT" ? "RATE" : "COEFFICIENT", source: "AGREEMENT", interval: "JACKKNIFE", purposes: [], dimensions });
  }
});
