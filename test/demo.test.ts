import { afterAll, beforeAll, expect, test } from "vitest";
import { recordEffectiveness } from "../src/actions/effectiveness.service.ts";
import { passAppeals } from "../src/appeals/review.service.ts";
import { finalizeOver, publishDue } from "../src/audits/service.ts";
import { closeEndedCalibration } from "../src/calibrations/voting.service.ts";
import { endLeases } from "../src/claims/work.service.ts";
import { WORKER } from "../src/db/identity.ts";
import { write } from "../src/db/session.ts";
import { expireDoubles, resolveDoubles } from "../src/doubles/service.ts";
import { formDueLot, judgeLots } from "../src/inspection/lots.service.ts";
import { openPeriods } from "../src/periods/service.ts";
import { closeQuestions } from "../src/questions/service.ts";
import { closeDuePeriod, settleClosedPeriod } from "../src/reports/closing.service.ts";
import { foldNext } from "../src/rollups/service.ts";
import { DEMO_NOW, openStage, type Stage } from "./kit/demo.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  await stage.load();
});
afterAll(() => stage.close());

async function count(table: string, where = "true"): Promise<number> {
  const [row] = await stage.world.sql.unsafe(`select count(*)::int as n from ${table} where ${where}`);
  return row!.n as number;
}

const drawn = ({ world }: Stage) => world.sql`select s.decision_id, s.draw_order, r.frame_hash from samples s
  join sampling_runs r on r.project_id = s.project_id and r.id = s.run_id order by s.market, r.frame_hash, s.draw_order, s.decision_id`;
const decided = ({ world }: Stage) => world.sql`select d.id, d.external_ref, d.content_ref, p.code as policy, d.action, d.risk_score
  from decisions d join policies p on p.id = d.policy_id order by d.project_id, d.id`;

const contested = ({ world }: Stage) => world.sql`select d.external_ref, a.state, a.tier, a.outcome, a.reason, a.filed_at, a.due_at from appeals a
  join decisions d on d.project_id = a.project_id and d.id = a.decision_id order by a.filed_at, d.external_ref`;
const chased = ({ world }: Stage) => world.sql`select e.title, e.state, e.opened_at, e.due_at, a.title as action, a.state as done, a.due_at as by from escalations e
  left join actions a on a.project_id = e.project_id and a.escalation_id = e.id order by e.opened_at, a.title`;

test("the whole cast is there, and the history is complete", async () => {
  expect(await Promise.all(["vendors", "sites", "labelers", "queues", "labeler_assignments"].map((table) => count(table)))).toEqual([2, 3, 120, 12, 120]);
  expect(await count("labelers", "status <> 'PRODUCTION'")).toBe(0);
  expect(await count("labelers", "go_live_at is not null")).toBe(12);
  expect(await count("golden_items")).toBe(300);
  expect(await count("policy_versions", "semver = '2.0.0' and state = 'EFFECTIVE'")).toBe(1);
  expect(await count("decisions")).toBeGreaterThan(18_000);
  const simple = "sampling_runs r join sampling_plans p on p.project_id = r.project_id and p.id = r.plan_id where p.rate is not null and r.method = 'SIMPLE_RANDOM'";
  const [drawn] = await stage.world.sql.unsafe(`select sum(r.sample_size)::float8 / sum(r.frame_size) as rate from ${simple}`);
  expect(drawn!.rate).toBeCloseTo(0.2, 2);
  // One a plan and window, and one a lot.
  expect(await count("sampling_runs")).toBe(5 * 13 + 7);
  expect(await count("auditor_profiles", "daily_target > 0")).toBe(24);
  expect(await count("error_codes", "is_leaf")).toBeGreaterThan(8);
  expect(await count("decisions", "policy_version_id is null or team_id is null")).toBe(0);
});

test("audits are as the verbs would have left them", async () => {
  const audits = await count("audits", "role = 'PRIMARY'");
  expect(audits).toBe(await count("samples", "state = 'AUDITED'"));
  expect(await count("audits")).toBe(await count("verdicts", "number = 1 and reason = 'INITIAL'"));
  expect(await count("samples", "state = 'DRAWN'")).toBeGreaterThan(20);
  expect(await count("audits", "state = 'SUBMITTED' and role = 'PRIMARY' and published_at is null and version = 3 and not is_partner_visible")).toBeGreaterThan(2);
  for (const state of ["PUBLISHED", "ACKNOWLEDGED", "FINAL"]) expect(await count("audits", `state = '${state}'`)).toBeGreaterThan(2);
  expect(await count("audits", "(state in ('PUBLISHED', 'ACKNOWLEDGED', 'APPEALED', 'FINAL')) is distinct from is_partner_visible")).toBe(0);
  expect(await count("audits", "is_partner_visible is distinct from (window_due_at is not null and version >= 4)")).toBe(0);
  // Who contests what nobody acknowledged has read it.
  const contested = "exists (select from appeals p where p.audit_id = audits.id)";
  expect(await count("audits", `state = 'FINAL' and is_auto_acknowledged is distinct from (acknowledged_at is null and not ${contested})`)).toBe(0);
  expect(await count("audits", "published_at > '2026-03-18T09:30:00Z' or revealed_at > submitted_at or submitted_at > publish_due_at or scorecard_version_id is null")).toBe(0);
  expect(await count("audits", "updated_at > '2026-03-18T09:30:00Z' or answer_policy_id is null")).toBe(0);
  const agreed = "select a.decision_id from audits a join verdicts v on v.project_id = a.project_id and v.audit_id = a.id";
  expect(await count(`(${agreed} where v.outcome = 'CORRECT' and v.truth_policy_id <> a.policy_id) wrong`)).toBe(0);
  expect(await count(`(${agreed} where v.error_type = 'WRONG_POLICY' and v.truth_policy_id = a.policy_id) wrong`)).toBe(0);
  expect(await count(`(${agreed} where v.number = 1 and (a.guidance is null) = (v.attribution is not distinct from 'LABELER')) wrong`)).toBe(0);
  for (const type of ["OVER_ENFORCEMENT", "UNDER_ENFORCEMENT", "WRONG_POLICY", "WRONG_ACTION"]) {
    expect(await count("verdicts", `error_type = '${type}' and attribution = 'LABELER' and cause is not null and severity is not null`)).toBeGreaterThan(0);
  }
});

test("each verdict has a finding of each criterion, and a score that follows from them", async () => {
  expect(await count("findings")).toBe(4 * (await count("verdicts")));
  expect(await count("verdicts", "score is null or (outcome = 'CORRECT') <> (severity is null)")).toBe(0);
  const found = "findings f join criteria c on c.id = f.criterion_id";
  for (const result of ["PASS", "FAIL", "NA"]) expect(await count(found, `c.code = 'TAGS' and f.result = '${result}'`)).toBeGreaterThan(5);
  expect(await count(found, "c.kind = 'PROCESS' and (f.result = 'FAIL') <> (f.error_code_id is not null)")).toBe(0);
  const harm = "exists (select from findings f where f.verdict_id = verdicts.id and f.result = 'FAIL' and f.severity = 'CRITICAL')";
  expect(await count("verdicts", harm)).toBeGreaterThan(0);
  expect(await count("verdicts", `${harm} and score <> 0`)).toBe(0);
  expect(await count("verdicts", "reason = 'CORRECTION' and number = 2 and explanation is not null")).toBeGreaterThan(10);
});

test("some are judged twice: most agree, some are adjudicated, some nobody took in time", async () => {
  const doubles = await count("double_audits");
  expect(doubles).toBe(await count("audits", "is_double and submitted_at is not null"));
  expect(doubles).toBe(await count("audits", "is_double and role = 'PRIMARY'"));
  expect(await count("audits", "role = 'SECOND' and state = 'SUBMITTED' and version = 3 and of_audit_id is not null")).toBe(
    await count("double_audits", "second_audit_id is not null"));
  expect(await count("double_audits", "outcome = 'AGREED'")).toBeGreaterThan(doubles / 2);
  expect(await count("double_audits", "outcome = 'EXPIRED'")).toBeGreaterThan(0);
  expect(await count("double_audits", "outcome = 'ADJUDICATED'")).toBeGreaterThan(0);
  expect(await count("double_audits d join audits a on a.id = d.primary_audit_id",
    "d.resolved_at is distinct from a.published_at or (d.resolved_at is null) <> (a.state in ('DOUBLE_PENDING', 'ADJUDICATION'))")).toBe(0);
});

test("whatever looks for what is due finds nothing when the demo starts", async () => {
  const tasks = [
    publishDue, finalizeOver, resolveDoubles, expireDoubles, judgeLots, formDueLot, endLeases, closeQuestions, closeEndedCalibration, openPeriods,
    closeDuePeriod, settleClosedPeriod, foldNext, passAppeals, recordEffectiveness,
  ];
  for (const task of tasks) expect([task.name, await write(stage.pool, WORKER, (db) => task(db, DEMO_NOW), { timeoutMs: 5_000 })]).toEqual([task.name, 0]);
});

test("the second plan of a project takes as many of each labeler", async () => {
  const strata = await stage.world.sql`select s.sample_size, s.frame_size from strata s join sampling_runs r on r.id = s.run_id where r.method = 'STRATIFIED'`;
  expect(strata.length).toBeGreaterThan(100);
  expect(strata.filter((row) => row.sample_size !== Math.min(12, row.frame_size))).toEqual([]);
});

test("what auditors got wrong was corrected since: figures as audited differ a little from today's", async () => {
  const read = async (score: string) => {
    const query = `{ metrics(projects: ["ID-LIVE"], measures: [ACCURACY], score: ${score}, range: { from: "2025-12-24", to: "2026-03-18" }, totals: true) {
      totals { values { value n } } } }`;
    return (await stage.ask("qaLead", query)).metrics.totals.values[0];
  };
  const [then, now] = [await read("AS_AUDITED"), await read("CURRENT")];
  expect(then.n).toBe(now.n);
  expect(Math.abs(then.value - now.value)).toBeGreaterThan(0);
  expect(Math.abs(then.value - now.value)).toBeLessThan(0.02);
});

test("a vendor's lots of the queue that falls are accepted first, then rejected; the latest is open", async () => {
  const query = '{ lots(first: 20, orderBy: { field: WINDOW_FROM }) { nodes { verdict auditedCount sampleSize } } }';
  const { lots } = await stage.ask("vendorManager", query);
  const verdicts = lots.nodes.map((lot: any) => lot.verdict);
  expect([verdicts.length, verdicts[0], verdicts.at(-1)]).toEqual([7, "ACCEPTED", null]);
  expect(verdicts.slice(1, -1)).toContain("REJECTED");
  expect(lots.nodes.at(-1).auditedCount).toBeLessThan(lots.nodes.at(-1).sampleSize);
});

test("another database with the same seed and day tells the same story and draws the same samples", async () => {
  const other = await openStage();
  try {
    await other.load();
    expect(await drawn(other)).toEqual(await drawn(stage));
    const ids = (rows: readonly Record<string, unknown>[]) => rows.map((row) => JSON.stringify(row)).sort();
    expect(ids(await decided(other))).toEqual(ids(await decided(stage)));
    const told = await contested(stage);
    expect(told.length).toBeGreaterThan(10);
    expect(await contested(other)).toEqual(told);
    expect(await chased(other)).toEqual(await chased(stage));
  } finally {
    await other.close();
  }
});

test("a second load changes nothing, an interrupted one leaves nothing behind, and of two at once one loads", async () => {
  const before = await count("events");
  await stage.load();
  expect(await count("events")).toBe(before);
  const other = await openStage();
  try {
    const steps: string[] = [];
    const log = (step: string) => {
      if (steps.push(step) > 1) throw new Error("pulled the plug");
    };
    await expect(other.load({ log, scale: 0.02 })).rejects.toThrow("pulled the plug");
    const rows = await other.world.sql`select (select count(*)::int from decisions) + (select count(*)::int from vendors) + (select count(*)::int from events) as n`;
    expect(rows[0]!.n).toBe(0);
    expect(steps.length).toBe(2);
    await Promise.all([other.load({ scale: 0.02 }), other.load({ scale: 0.02 })]);
    expect((await other.world.sql`select count(*)::int as n from labelers`)[0]!.n).toBe(120);
  } finally {
    await other.close();
  }
});

test("figures tell the story: one queue falls after the policy change, and joiners catch up", async () => {
  const ofQueue = async (from: string, to: string) => {
    const query = `{ metrics(projects: ["MY-VIDEO"], measures: [ACCURACY], groupBy: [QUEUE], range: { from: "${from}", to: "${to}" }) {
      rows { queue { code } values { value interval { low high } } } } }`;
    const { metrics } = await stage.ask("qaLead", query);
    return metrics.rows.find((row: any) => row.queue.code === "COMMENTS").values[0];
  };
  const [before, after] = [await ofQueue("2025-12-24", "2026-02-07"), await ofQueue("2026-02-07", "2026-03-18")];
  expect(before.value - after.value).toBeGreaterThan(0.05);
  expect(after.interval.high).toBeLessThan(before.interval.low);
  const joiners = await stage.world.sql`select a.decided_at < l.go_live_at + interval '21 days' as is_early, avg((v.outcome = 'CORRECT')::int)::float8 as accuracy
    from audits a join labelers l on l.id = a.labeler_id join verdicts v on v.project_id = a.project_id and v.audit_id = a.id
    where l.go_live_at is not null group by 1 order by 1 desc`;
  expect(joiners.map((row) => row.is_early)).toEqual([true, false]);
  expect(joiners[1]!.accuracy).toBeGreaterThan(joiners[0]!.accuracy);
});
