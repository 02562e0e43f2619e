import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MEASURE_NAMES } from "../src/measures/measures.rules.ts";
import { REMEDY_MEASURES } from "../src/measures/remedies.rules.ts";
import type { Measure } from "../src/measures/measures.rules.ts";
import { type AuditSpec, makeAudits, makeRun } from "./kit/audits.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { askMetrics, refusedMetrics } from "./kit/metrics.ts";
import { globalId, projectGid } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
let lead: Caller;
const day = (n: number, hour = 8) => new Date(Date.UTC(2026, 0, n, hour));

/** An appeal of an audit, with the rulings that it got: outcome and day each; and the open seconds of its tiers. */
async function addAppeal(auditOf: string, { state = "CLOSED", rulings = [], seconds = [] }: { state?: string; rulings?: [string, number][]; seconds?: number[] }): Promise<void> {
  const { projectId } = project;
  const [audit] = await world.sql`select a.*, v.id as verdict_id from audits a join verdicts v on v.project_id = a.project_id and v.audit_id = a.id
    where a.project_id = ${projectId} and a.decision_id = ${auditOf} limit 1`;
  const id = randomUUID();
  const isOver = ["CLOSED", "WITHDRAWN"].includes(state);
  const { decision_id, auditor_id, layer, verdict_id, queue_id, labeler_id, vendor_id, site_id, team_id, policy_id, market, decided_at } = audit!;
  await world.sql`insert into appeals ${world.sql({
    project_id: projectId, id, audit_id: audit!.id, decision_id, auditor_id, layer, verdict_id, queue_id, labeler_id, vendor_id, site_id, team_id, policy_id, market, decided_at,
    raised_by_id: lead.principalId, raised_as: "VENDOR_QA", state, tier: "L2", filed_at: day(6), closed_at: isOver ? day(20) : null,
    ruled_at: rulings.length > 0 ? day(rulings.at(-1)![1]) : null, outcome: rulings.at(-1)?.[0] ?? null,
  })}`;
  for (const [index, [outcome, on]] of rulings.entries()) {
    await world.sql`insert into appeal_rulings ${world.sql({
      project_id: projectId, id: randomUUID(), appeal_id: id, tier: index === 0 ? "L2" : "L3", outcome, reason: "r", verdict_id: outcome === "AUDIT_UPHELD" ? null : verdict_id,
      adjudicator_id: world.admin.principalId, appellant_id: lead.principalId, auditor_id, ruled_at: day(on),
    })}`;
  }
  for (const [index, elapsed] of seconds.entries()) {
    await addClock({ subject_id: id, kind: index === 0 ? "APPEAL_L1" : "APPEAL_L2", due_at: day(28), stopped_at: day(8 + index), elapsed_seconds: elapsed, vendor_id });
  }
}

const addClock = (row: Record<string, unknown>) => world.sql`insert into sla_clocks ${world.sql({
  project_id: project.projectId, id: randomUUID(), subject_type: "Appeal", subject_id: randomUUID(), kind: "APPEAL_L1", time_zone: "UTC", unit: "OPEN_MINUTES", allowance: 1_440,
  started_at: day(5), open_seconds: 86_400, is_staff_visible: false, is_partner_visible: true, ...row,
})}`;

const addEscalation = (row: Record<string, unknown>) => world.sql`insert into escalations ${world.sql({
  project_id: project.projectId, id: randomUUID(), title: "t", kind: "QUALITY", trigger: "MANUAL", severity: "SEV3", state: "OPEN", fingerprint: randomUUID(), opened_at: day(5),
  vendor_id: project.vendors[0]!.id, ...row,
})}`;
const closed = (days: number, reason = "EFFECTIVE") => ({ state: "CLOSED", closed_at: day(days), close_reason: reason });

beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
  lead = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
  const run = await makeRun(world.sql, project);
  const { hate, NV } = project.policies;
  const wrong: AuditSpec = { run, policyId: hate, truthPolicyId: NV };
  // Ten errors, two right ones; an error that was corrected before it was published, and one that is not out yet.
  const ids = await makeAudits(world.sql, project, [
    ...Array.from({ length: 10 }, () => wrong), { run }, { run },
    { ...wrong, later: [{ truthPolicyId: hate, recordedAt: "2026-01-05T09:05:00Z" }] }, { ...wrong, state: "SUBMITTED" },
  ]);
  const [upheld, overturned, partly, later, withdrawn, kept] = ids as [string, string, string, string, string, string];
  await addAppeal(upheld, { rulings: [["AUDIT_UPHELD", 10], ["AUDIT_UPHELD", 12]], seconds: [3_600, 7_200] });
  await addAppeal(overturned, { rulings: [["AUDIT_UPHELD", 10], ["AUDIT_OVERTURNED", 12]], seconds: [600] });
  await addAppeal(partly, { rulings: [["AUDIT_PARTIALLY_OVERTURNED", 11]], seconds: [1_200] });
  await addAppeal(later, { state: "L2_REVIEW" });
  await addAppeal(withdrawn, { state: "WITHDRAWN", rulings: [["AUDIT_OVERTURNED", 9]] });
  // What the second tier overturned in part stays so, though the third upholds the rest.
  await addAppeal(kept, { rulings: [["AUDIT_PARTIALLY_OVERTURNED", 11], ["AUDIT_UPHELD", 12]] });
  // In January fall due: five of the appeals above, in time; one late, one still running, one paused, one void.
  await addClock({ due_at: day(10), stopped_at: day(11), elapsed_seconds: 1, kind: "POLICY_QUESTION" });
  await addClock({ due_at: day(10), kind: "POLICY_QUESTION" });
  await addClock({ due_at: day(10), paused_at: day(9), remaining_seconds: 9 });
  await addClock({ due_at: day(10), voided_at: day(9) });
  await addEscalation({ severity: "SEV1" });
  await addEscalation({ severity: "SEV1", contained_at: day(5, 9) });
  await addEscalation({ contained_at: day(5, 10), ...closed(6) });
  await addEscalation({ fingerprint: "again", ...closed(7) });
  await addEscalation({ fingerprint: "again", opened_at: day(20) });
  await addEscalation(closed(9, "FALSE_SIGNAL"));
  await addEscalation({ state: "REJECTED", closed_at: day(8) });
});
afterAll(() => world.close());

const share = (x: number, n: number) => ({ value: x / n, numerator: x, denominator: n, n, reason: null });
const time = (value: number, n: number) => ({ value, numerator: null, denominator: null, n, interval: null, reason: null });
const DAY = 24 * 60;
const EXPECTED: Record<keyof typeof REMEDY_MEASURES, object> = {
  APPEAL_RATE: share(6, 10),
  VERDICT_INSTABILITY: share(4, 10),
  OVERTURN_RATE: share(2, 4),
  FRIVOLOUS_RATE: share(1, 4),
  APPEAL_TAT_P50: time(20, 3),
  APPEAL_TAT_P90: time(20 + 0.8 * 160, 3),
  SLA_RATE: share(4, 6),
  ESCALATIONS_OPEN: { value: 3, numerator: 3, denominator: null, n: 3, interval: null, reason: null },
  TIME_TO_CONTAIN_P50: time(90, 2),
  TIME_TO_CONTAIN_P90: time(60 + 0.9 * 60, 2),
  TIME_TO_CLOSE_P50: time(2 * DAY, 3),
  TIME_TO_CLOSE_P90: time((2 + 0.8 * 2) * DAY, 3),
  ESCALATION_RECURRENCE: share(1, 2),
};
const asked = (rest: string) => `projects: ["${project.projectCode}"], range: { from: "2026-01-01", to: "2026-02-01" }, ${rest}`;
const NAMES = Object.keys(EXPECTED) as Measure[];

test.each(NAMES)("%s", async (measure) => {
  const { rows, totals } = await askMetrics(lead, asked(`measures: [${measure}], totals: true`));
  const { value, ...rest } = EXPECTED[measure as keyof typeof EXPECTED] as { value: number };
  expect(rows[0]!.values[0]).toMatchObject(rest);
  expect(rows[0]!.values[0]!.value).toBeCloseTo(value, 12);
  expect(totals!.values).toEqual(rows[0]!.values);
});

test("all at once are what each is alone", async () => {
  const { rows } = await askMetrics(lead, asked(`measures: [${NAMES.join(", ")}]`));
  for (const [index, measure] of NAMES.entries()) expect(rows[0]!.values[index]).toMatchObject({ ...EXPECTED[measure as keyof typeof EXPECTED], value: expect.any(Number) });
});

test("they are cut by what they know: kind of clock, severity, vendor, auditor, appellant, day", async () => {
  const byKind = await askMetrics(lead, asked("measures: [SLA_RATE], groupBy: [CLOCK_KIND]"), "clockKind");
  expect(byKind.rows.map(({ clockKind, values }) => [clockKind, values[0]!.numerator, values[0]!.n])).toEqual([["APPEAL_L1", 3, 3], ["APPEAL_L2", 1, 1], ["POLICY_QUESTION", 0, 2]]);
  const bySeverity = await askMetrics(lead, asked("measures: [ESCALATIONS_OPEN], groupBy: [ESCALATION_SEVERITY]"), "escalationSeverity");
  expect(bySeverity.rows.map(({ escalationSeverity, values }) => [escalationSeverity, values[0]!.value])).toEqual([["SEV1", 2], ["SEV3", 1]]);
  const byDay = await askMetrics(lead, asked("measures: [OVERTURN_RATE, APPEAL_TAT_P50], groupBy: [DAY, VENDOR, AUDITOR]"), "day vendor { code } auditor { id }");
  expect(byDay.rows.map((row) => [row["day"], row["vendor"].code, row.values[0]!.n, row.values[1]!.value])).toEqual([
    ["2026-01-11", project.vendors[0]!.code, 1, 20], ["2026-01-12", project.vendors[0]!.code, 3, 95],
  ]);
  await world.sql`update policies set harm_category = 'HATE' where id = ${project.policies.hate}`;
  const byHarm = await askMetrics(lead, asked("measures: [APPEAL_RATE, OVERTURN_RATE], groupBy: [HARM_CATEGORY]"), "harmCategory");
  expect(byHarm.rows.map(({ harmCategory, values }) => [harmCategory, ...values.map(({ n }) => n)])).toEqual([["HATE", 10, 4]]);
  const byAppellant = await askMetrics(lead, asked("measures: [FRIVOLOUS_RATE], groupBy: [APPELLANT]"), "appellant { id }");
  expect(byAppellant.rows.map((row) => [row["appellant"].id, row.values[0]!.numerator, row.values[0]!.n])).toEqual([[globalId("Principal", lead.principalId), 1, 4]]);
  const manager = await world.caller({ role: "VENDOR_MANAGER", projectId: project.projectId, vendorId: project.vendors[0]!.id });
  expect(await refusedMetrics(manager, asked("measures: [FRIVOLOUS_RATE], groupBy: [APPELLANT]"))).toMatchObject({ code: "FORBIDDEN" });
  expect(await refusedMetrics(lead, asked("measures: [APPEAL_RATE], groupBy: [APPELLANT]"))).toMatchObject({ message: expect.stringContaining("APPEAL_RATE has no APPELLANT") });
  expect(await refusedMetrics(lead, asked("measures: [SLA_RATE], groupBy: [LABELER]"))).toMatchObject({ code: "INVALID_INPUT", message: expect.stringContaining("SLA_RATE has no LABELER") });
  expect(await refusedMetrics(lead, asked("measures: [OVERTURN_RATE], timeAxis: PUBLISHED_AT"))).toMatchObject({ code: "INVALID_INPUT", message: expect.stringContaining("a time of its own") });
});

test("asOf tells what was known then", async () => {
  const { rows } = await askMetrics(lead, asked('measures: [OVERTURN_RATE, VERDICT_INSTABILITY, ESCALATIONS_OPEN], asOf: "2026-01-11T12:00:00Z"'));
  // One that was ruled on by then was withdrawn later.
  expect(rows[0]!.values.map(({ numerator, n }) => [numerator, n])).toEqual([[3, 5], [3, 10], [2, 2]]);
});

test("what recurs, recurs within the days that the project says", async () => {
  const recurred = async (recurrenceDays: number | null) => {
    await world.admin.verb("changeProject", { id: projectGid(project), settings: { recurrenceDays } }, "project { id }");
    return (await askMetrics(lead, asked("measures: [ESCALATION_RECURRENCE]"))).rows[0]!.values[0]!.numerator;
  };
  // It was opened again 13 days after it was closed.
  expect([await recurred(13), await recurred(14), await recurred(null)]).toEqual([0, 1, 1]);
});

test("what is kept as it is now alone is refused as of a time", async () => {
  const asOf = 'asOf: "2026-01-11T12:00:00Z"';
  for (const [rest, name] of [["measures: [APPEAL_RATE, SLA_RATE]", "SLA_RATE"], ["measures: [ESCALATIONS_OPEN], groupBy: [ESCALATION_SEVERITY]", "ESCALATION_SEVERITY"]]) {
    expect(await refusedMetrics(lead, asked(`${rest}, ${asOf}`))).toMatchObject({ code: "INVALID_INPUT", message: expect.stringContaining(`${name} is kept as it is now`) });
  }
});

test("what is of a moment is set against no other period, which would have the same", async () => {
  for (const against of ["previous: true", 'range: { from: "2025-12-01", to: "2026-01-01" }']) {
    expect(await refusedMetrics(lead, asked(`measures: [OVERTURN_RATE, ESCALATIONS_OPEN], compareTo: { ${against} }`)))
      .toMatchObject({ code: "INVALID_INPUT", message: expect.stringContaining("ESCALATIONS_OPEN is of asOf") });
  }
  expect((await askMetrics(lead, asked("measures: [ESCALATIONS_OPEN], compareTo: { target: true }"))).rows[0]!.values[0]!.value).toBe(3);
});

test("everybody is told of what they see: partners their own, auditors and clients nothing", async () => {
  const [vendor, other] = project.vendors;
  const partner = (id: string) => world.caller({ role: "VENDOR_MANAGER", projectId: project.projectId, vendorId: id });
  const figures = async (by: Caller) => (await askMetrics(by, asked("measures: [APPEAL_RATE, OVERTURN_RATE, SLA_RATE, ESCALATIONS_OPEN]"))).rows[0]!.values.map(({ n }) => n);
  expect(await figures(await partner(vendor!.id))).toEqual([10, 4, 4, 0]);
  expect(await figures(await partner(other!.id))).toEqual([0, 0, 0, 0]);
  for (const measure of ["APPEAL_RATE", "OVERTURN_RATE", "SLA_RATE"]) {
    expect(await refusedMetrics(await world.caller({ role: "AUDITOR", projectId: project.projectId }), asked(`measures: [${measure}]`))).toMatchObject({ code: "FORBIDDEN" });
  }
  const client = await world.caller({ role: "SERVICE", projectId: project.projectId, scopes: ["metrics:read"] });
  expect(await refusedMetrics(client, asked("measures: [ESCALATIONS_OPEN]"))).toMatchObject({ code: "FORBIDDEN" });
  expect(await figures(await world.caller({ role: "ANALYST", projectId: project.projectId }))).toEqual([10, 4, 6, 3]);
});

test("they are measures like any other", () => {
  expect(Object.keys(REMEDY_MEASURES).every((name) => (MEASURE_NAMES as readonly string[]).includes(name))).toBe(true);
});
