import { afterAll, beforeAll, expect, test } from "vitest";
import { closingsOf } from "../src/desk/rules.ts";
import { openStage, type Stage } from "./kit/demo.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  await stage.load();
});
afterAll(() => stage.close());

test("the latest weeks and the month before are closed, with their reports; the week that ended last is open", async () => {
  const { reportingPeriods } = await stage.ask("qaLead", `{ reportingPeriods(first: 100) { nodes { project { code } kind from state snapshots { totalCount } } } }`);
  const periods = reportingPeriods.nodes.map((each: any) => `${each.project.code} ${each.kind} ${each.from} ${each.state} ${each.snapshots.totalCount}`);
  const of = (code: string, perWeek: number, perMonth: number) => [
    `${code} MONTH 2026-02-01 CLOSED ${perMonth}`,
    ...["2026-02-09", "2026-02-16", "2026-02-23", "2026-03-02"].map((from) => `${code} WEEK ${from} CLOSED ${perWeek}`),
    `${code} WEEK 2026-03-09 OPEN 0`,
  ];
  expect(periods.sort()).toEqual([...of("ID-LIVE", 0, 0), ...of("ID-VIDEO", 0, 0), ...of("MY-VIDEO", 4, 1), ...of("PH-ADS", 0, 0)]);
});

test("every snapshot can be computed again, and partners read their own", async () => {
  const list = "{ reportDefinitions { nodes { name audience snapshots(first: 100) { nodes { id vendor { code } } } } } }";
  const { reportDefinitions } = await stage.ask("qaLead", list);
  const snapshots = reportDefinitions.nodes.flatMap((each: any) => each.snapshots.nodes);
  expect(reportDefinitions.nodes.map((each: any) => [each.audience, each.snapshots.nodes.length]).sort()).toEqual([["PARTNER", 12], ["STAFF", 5]]);
  for (const { id } of snapshots) {
    const { verifyReportSnapshot } = await stage.ask("qaLead", `{ verifyReportSnapshot(id: "${id}") { isIntact isReproduced } }`);
    expect(verifyReportSnapshot).toEqual({ isIntact: true, isReproduced: true });
  }
  const { reportDefinitions: own } = await stage.ask("vendorManager", list);
  expect(own.nodes.flatMap((each: any) => each.snapshots.nodes.map(({ vendor }: any) => vendor.code))).toEqual(Array(4).fill("NUSA"));
});

test("what a lead corrected after the closing is a line of the closed week", async () => {
  const lines = await stage.world.sql`select r.kind, r."from"::text, a.correct_delta::int from score_adjustments a join reporting_periods r on r.id = a.period_id
    where a.recorded_at > '2026-03-17T00:00:00Z' order by r.kind`;
  expect(lines.map((row) => ({ ...row }))).toEqual([{ kind: "WEEK", from: "2026-03-02", correct_delta: 1 }]);
});

test("raters disagreed on some items, all agreed in the end but on one, which is asked; another session is open", async () => {
  const { calibrationSessions } = await stage.ask("qaLead", `{ calibrationSessions { nodes { name state clarifications { totalCount } agreement { items raters
    percentAgreement { value } krippendorffAlpha { value interval { low high } } } items { nodes { consensus { policy { code } question { state } } } } } } }`);
  const [held, open] = calibrationSessions.nodes.sort((a: any, b: any) => (a.name < b.name ? -1 : 1));
  expect([held.state, open.state, held.clarifications.totalCount, open.agreement]).toEqual(["PUBLISHED", "OPEN", 1, null]);
  expect(held.agreement).toMatchObject({ items: 12, raters: 5 });
  expect(held.agreement.percentAgreement.value).toBeGreaterThan(0.5);
  expect(held.agreement.percentAgreement.value).toBeLessThan(0.95);
  expect(held.agreement.krippendorffAlpha.interval).not.toBeNull();
  const agreed = held.items.nodes.map(({ consensus }: any) => consensus.policy?.code ?? consensus.question.state);
  expect(agreed.filter((each: string) => each === "HATE-IMPLICIT").length).toBe(7);
  expect(agreed.filter((each: string) => each === "GAP_CONFIRMED").length).toBe(1);
});

test("questions stand where the story leaves them", async () => {
  const { policyQuestions } = await stage.ask("policyManager", "{ policyQuestions { nodes { state isOverdue linkedVersion { semver } } } }");
  const states = policyQuestions.nodes.map(({ state, isOverdue }: any) => `${state}${isOverdue ? " late" : ""}`).sort();
  // Whether the question of the last day is late depends on the present day, not on the story's.
  expect(states.map((each: string) => each.replace("ASKED late", "ASKED"))).toEqual(["ANSWERED", "ASKED", "ASSIGNED late", "CLOSED", "CLOSED", "CLOSED", "GAP_CONFIRMED"]);
  expect(policyQuestions.nodes.filter((each: any) => each.linkedVersion?.semver === "2.0.0").length).toBe(1);
});

test.each(["2026-03-16", "2026-03-17", "2026-03-18", "2026-03-19", "2026-03-20", "2026-03-21", "2026-03-22", "2027-01-01"])("told on %s, four weeks and a month are closed", (day) => {
  const options = { seed: "any", now: new Date(`${day}T09:30:00Z`) };
  const closings = closingsOf({ timeZone: "Asia/Jakarta", weekStartsOn: "MONDAY", closeAfterBusinessDays: 5 }, options);
  expect(closings.map(({ kind }) => kind).sort()).toEqual(["MONTH", "WEEK", "WEEK", "WEEK", "WEEK"]);
  expect(closings.filter(({ closedAt }) => closedAt > options.now)).toEqual([]);
});

test("targets are kept or missed, each by its scope", async () => {
  const { metrics } = await stage.ask("qaLead", `{ metrics(projects: ["ID-VIDEO", "ID-LIVE", "MY-VIDEO", "PH-ADS"], measures: [ACCURACY], groupBy: [PROJECT, MARKET, VENDOR],
    range: { from: "2025-12-24", to: "2026-03-18", timeZone: "UTC" }) { rows { project { code } vendor { code } values { target { value status } } } } }`);
  const wanted = Object.fromEntries(metrics.rows.map((row: any) => [`${row.project.code} ${row.vendor.code}`, row.values[0].target.value]));
  expect(wanted).toMatchObject({ "ID-VIDEO NUSA": 0.93, "ID-LIVE NUSA": 0.95, "PH-ADS LUZON": 0.92, "PH-ADS NUSA": 0.93 });
  expect(new Set(metrics.rows.map((row: any) => row.values[0].target.status)).size).toBeGreaterThan(1);
});
