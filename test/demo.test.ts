import { afterAll, beforeAll, expect, test } from "vitest";
import { createPool, type Pool } from "../src/db/pool.ts";
import { PRINCIPALS } from "../src/demo/organisation.rules.ts";
import { demoTokens, loadDemo } from "../src/demo/service.ts";
import { createWorld, type World } from "./kit/world.ts";

const now = new Date("2026-03-18T09:30:00Z");
const SCALE = 0.2;

interface Stage {
  world: World;
  pool: Pool;
  load: (options?: { scale?: number; log?: (step: string) => void }) => Promise<void>;
  /** The data of a question that a demo principal asks. */
  ask: <T = any>(name: string, query: string) => Promise<T>;
  close: () => Promise<void>;
}

async function openStage(): Promise<Stage> {
  const world = await createWorld();
  const pool = createPool({ url: world.urls.login, size: 2, queue: 10, waitMs: 5_000, applicationName: "assay-demo" });
  let tokens: Record<string, string> | undefined;
  return {
    world,
    pool,
    load: ({ scale = SCALE, log = () => {} } = {}) => loadDemo(pool, { seed: "assay", now, scale, log }),
    ask: async (name, query) => {
      tokens ??= await demoTokens(pool, null);
      const headers = { "content-type": "application/json", authorization: `Bearer ${tokens[name]}` };
      const response = await world.server.fetch(new Request("http://assay.test/graphql", { method: "POST", headers, body: JSON.stringify({ query }) }));
      const { data, errors } = (await response.json()) as { data: never; errors?: unknown };
      if (errors) throw new Error(JSON.stringify(errors));
      return data;
    },
    close: async () => {
      await pool.end();
      await world.close();
    },
  };
}

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

const drawn = ({ world }: Stage) => world.sql`select p.code, s.decision_id, s.draw_order, r.frame_hash from samples s join projects p on p.id = s.project_id
  join sampling_runs r on r.project_id = s.project_id and r.id = s.run_id order by p.code, r.window_from, s.draw_order`;
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
  expect(await count("decisions", "policy_version_id is null or site_id is null or team_id is null")).toBe(0);
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

test("a second load changes nothing, and an interrupted one leaves nothing behind", async () => {
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
    await other.load({ scale: 0.02 });
    expect(steps.length).toBe(2);
  } finally {
    await other.close();
  }
});

const VALUE = "values { value n interval { low high } }";
const RANGE = 'range: { from: "2025-12-24", to: "2026-03-18", timeZone: "Asia/Kuala_Lumpur" }';

test("figures tell the story: one queue falls after the policy change, and joiners catch up", async () => {
  const ofQueue = async (from: string, to: string) => {
    const query = `{ metrics(projects: ["MY-VIDEO"], measures: [ACCURACY], groupBy: [QUEUE], range: { from: "${from}", to: "${to}" }) {
      rows { queue { code } ${VALUE} } } }`;
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

test("every principal has a token that works in its role, kept as long as it stands", async () => {
  const tokens = await demoTokens(stage.pool, null);
  expect(Object.keys(tokens)).toEqual(PRINCIPALS.map(({ subject }) => subject));
  const renewed = await demoTokens(stage.pool, { ...tokens, auditor: "assay_forged", analyst: tokens.admin! });
  expect(Object.keys(tokens).filter((name) => renewed[name] !== tokens[name])).toEqual(["auditor", "analyst"]);
  for (const { subject, role, name } of PRINCIPALS) {
    const { viewer, projects } = await stage.ask(subject, "{ viewer { role principal { name } } projects { nodes { code } } }");
    expect(viewer).toEqual({ role, principal: { name } });
    expect(projects.nodes.map((each: { code: string }) => each.code).sort()).toEqual(role === "LABELER" ? ["ID-VIDEO"] : ["ID-LIVE", "ID-VIDEO", "MY-VIDEO", "PH-ADS"]);
  }
});

test("partners see their own side, and an auditor finds work", async () => {
  const query = `{ vendors { nodes { code } } metrics(projects: ["ID-VIDEO"], measures: [ACCURACY], groupBy: [VENDOR], ${RANGE}) { rows { vendor { code } ${VALUE} } } }`;
  for (const [name, code] of [["vendorManager", "NUSA"], ["otherVendorManager", "LUZON"]] as const) {
    const { vendors, metrics } = await stage.ask(name, query);
    expect(vendors.nodes).toEqual([{ code }]);
    expect(metrics.rows.map((row: any) => row.vendor.code)).toEqual([code]);
  }
  const own = "{ audits(first: 100) { totalCount nodes { state decision { labeler { externalRef } } } } }";
  const { audits } = await stage.ask("labeler", own);
  expect(audits.totalCount).toBeGreaterThan(3);
  expect(new Set(audits.nodes.map((audit: any) => audit.decision.labeler.externalRef))).toEqual(new Set(["JKT-001"]));
  const { projects } = await stage.ask("auditor", "{ projects { nodes { id } } }");
  const { claimSamples } = await stage.ask("auditor", `mutation { claimSamples(input: { projectId: "${projects.nodes[0].id}", count: 5 }) {
    ... on ClaimSamplesPayload { audits { state } } } }`);
  expect(claimSamples.audits.map((audit: any) => audit.state)).toEqual(Array(5).fill("DRAFT"));
});
