import { afterAll, beforeAll, expect, test } from "vitest";
import { openStage, type Stage } from "./kit/demo.ts";

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
  join sampling_runs r on r.project_id = s.project_id and r.id = s.run_id order by s.market, r.frame_hash, s.draw_order`;
const decided = ({ world }: Stage) => world.sql`select d.id, d.external_ref, d.content_ref, p.code as policy, d.action, d.risk_score
  from decisions d join policies p on p.id = d.policy_id order by d.project_id, d.id`;

test("the whole cast is there, and the history is complete", async () => {
  expect(await Promise.all(["vendors", "sites", "labelers", "queues", "labeler_assignments"].map((table) => count(table)))).toEqual([2, 3, 120, 12, 120]);
  expect(await count("labelers", "status <> 'PRODUCTION'")).toBe(0);
  expect(await count("labelers", "go_live_at is not null")).toBe(12);
  expect(await count("golden_items")).toBe(300);
  expect(await count("policy_versions", "semver = '2.0.0' and state = 'EFFECTIVE'")).toBe(1);
  const [decisions, samples] = [await count("decisions"), await count("samples")];
  expect(decisions).toBeGreaterThan(18_000);
  expect(samples / decisions).toBeCloseTo(0.2, 2);
  expect(await count("sampling_runs")).toBe(52);
  expect(await count("decisions", "policy_version_id is null or team_id is null")).toBe(0);
});

test("audits are as the verbs would have left them", async () => {
  const audits = await count("audits");
  expect(audits).toBe(await count("samples", "state = 'AUDITED'"));
  expect(audits).toBe(await count("verdicts", "number = 1 and reason = 'INITIAL'"));
  expect(await count("samples", "state = 'DRAWN'")).toBeGreaterThan(20);
  expect(await count("audits", "state = 'SUBMITTED' and published_at is null and version = 3 and not is_partner_visible")).toBeGreaterThan(2);
  expect(await count("audits", "state = 'PUBLISHED' and version = 4 and is_partner_visible")).toBe(audits - (await count("audits", "state = 'SUBMITTED'")));
  expect(await count("audits", "published_at > '2026-03-18T09:30:00Z' or revealed_at > submitted_at or submitted_at > publish_due_at or scorecard_version_id is null")).toBe(0);
  const agreed = "select a.decision_id from audits a join verdicts v on v.project_id = a.project_id and v.audit_id = a.id";
  expect(await count(`(${agreed} where v.outcome = 'CORRECT' and v.truth_policy_id <> a.policy_id) wrong`)).toBe(0);
  expect(await count(`(${agreed} where v.error_type = 'WRONG_POLICY' and v.truth_policy_id = a.policy_id) wrong`)).toBe(0);
  for (const type of ["OVER_ENFORCEMENT", "UNDER_ENFORCEMENT", "WRONG_POLICY", "WRONG_ACTION"]) {
    expect(await count("verdicts", `error_type = '${type}' and attribution = 'LABELER'`)).toBeGreaterThan(0);
  }
});

test("another database with the same seed and day tells the same story and draws the same samples", async () => {
  const other = await openStage();
  try {
    await other.load();
    expect(await drawn(other)).toEqual(await drawn(stage));
    const ids = (rows: readonly Record<string, unknown>[]) => rows.map((row) => JSON.stringify(row)).sort();
    expect(ids(await decided(other))).toEqual(ids(await decided(stage)));
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
