import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Role } from "../src/core/viewer.ts";
import { type AuditSpec, makeAudits, makeRun } from "./kit/audits.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { FIGURE, refusal } from "./kit/insights.ts";
import { globalId } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
let lead: Caller;

const JANUARY = 'range: { from: "2026-01-01", to: "2026-02-01" }';
const times = (count: number, spec: AuditSpec): AuditSpec[] => Array.from({ length: count }, () => spec);
const as = (role: Role, more: object = {}) => world.caller({ role, projectId: project.projectId, ...more });
const partner = (role: Role) => {
  const { id, labelerIds } = project.vendors[0]!;
  return as(role, { vendorId: id, labelerId: role === "LABELER" ? labelerIds[0]! : null });
};

beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
  lead = await as("QA_LEAD");
  const run = await makeRun(world.sql, project, { strata: [{ key: "all", frameSize: 100 }] });
  const { hate, NV } = project.policies;
  await makeAudits(world.sql, project, [...times(2, { run, policyId: hate, truthPolicyId: NV }), ...times(8, { run })]);
});
afterAll(() => world.close());

describe("auditorCorrected", () => {
  const FIELDS = `errorRate { ${FIGURE} } accuracy { value } missRate { value x n } falseFlagRate { value x n } correctedErrorRate correctedAccuracy standardError reason`;
  const ask = (by: Caller, of: ProjectFixture) =>
    by.ask<any>(`{ auditorCorrected(project: "${of.projectCode}", ${JANUARY}) { ${FIELDS} } }`).then(({ auditorCorrected }) => auditorCorrected);
  const double = async (own: ProjectFixture, decisionIds: string[], outcome: string) => {
    await world.sql`insert into double_audits (project_id, id, decision_id, queue_id, primary_audit_id, primary_auditor_id, second_auditor_id, due_at, outcome, adjudicator_id, resolved_at)
      select a.project_id, gen_random_uuid(), a.decision_id, a.queue_id, a.id, a.auditor_id, ${lead.principalId}, now(), ${outcome},
        ${outcome === "ADJUDICATED" ? world.admin.principalId : null}, now()
      from audits a where a.project_id = ${own.projectId} and a.decision_id = any (${decisionIds})`;
  };

  test("corrects for what random double audits found that first auditors missed and flagged falsely", async () => {
    const own = await makeProject(world.sql);
    const { hate, NV } = own.policies;
    const run = await makeRun(world.sql, own, { strata: [{ key: "all", frameSize: 1_000 }] });
    const risk = await makeRun(world.sql, own, { purpose: "RISK", strata: [{ key: "risk", frameSize: 10 }] });
    const at = "2026-01-05T09:05:00Z";
    const adjudicated = (first: string, then: string): AuditSpec => ({ run, policyId: NV, truthPolicyId: first, later: [{ truthPolicyId: then, recordedAt: at }] });
    // Of 20 true errors 2 were missed, of 40 right decisions 1 was flagged; 40 more audits were not audited twice.
    const doubled = [...times(18, { run, policyId: NV, truthPolicyId: hate }), ...times(2, adjudicated(NV, hate)), ...times(39, { run }), adjudicated(hate, NV)];
    const ids = await makeAudits(world.sql, own, [...doubled, ...times(40, { run }), { run: risk, policyId: NV, truthPolicyId: NV, later: [{ truthPolicyId: hate, recordedAt: at }] }]);
    await double(own, ids.slice(0, 59), "AGREED");
    await double(own, ids.slice(59, 60), "ADJUDICATED");
    await double(own, ids.slice(100), "ADJUDICATED");
    const by = await world.caller({ role: "ANALYST", projectId: own.projectId });
    const only = `{ auditorCorrected(project: "${own.projectCode}", ${JANUARY}, purposes: [RANDOM]) { ${FIELDS} } }`;
    const { auditorCorrected: answer } = await by.ask<any>(only);
    expect(answer).toMatchObject({ missRate: { value: 0.1, x: 2, n: 20 }, falseFlagRate: { value: 1 / 40, x: 1, n: 40 }, errorRate: { value: 0.2, n: 100 }, accuracy: { value: 0.8 }, reason: null });
    const e = (0.2 - 0.025) / (1 - 0.1 - 0.025);
    expect(answer.correctedErrorRate).toBeCloseTo(e, 12);
    expect(answer.correctedAccuracy).toBeCloseTo(1 - e, 12);
    const variance = (0.2 * 0.8) / 100 + (1 - e) ** 2 * ((0.025 * 0.975) / 40) + e ** 2 * ((0.1 * 0.9) / 20);
    expect(answer.standardError).toBeCloseTo(Math.sqrt(variance) / 0.875, 12);
  });

  test("says nothing with fewer than 20 true errors, and nothing where nothing was audited", async () => {
    expect(await ask(lead, project)).toMatchObject({ errorRate: { value: 0.2 }, correctedErrorRate: null, correctedAccuracy: null, standardError: null, reason: "NO_AUDITOR_RATES", missRate: { value: null, x: 0, n: 0 } });
    const own = await makeProject(world.sql);
    expect(await ask(world.admin, own)).toMatchObject({ errorRate: { value: null }, correctedErrorRate: null, reason: "NO_DATA" });
  });

  test.each<Role>(["POLICY_MANAGER", "AUDITOR", "VENDOR_MANAGER", "VENDOR_QA", "LABELER"])("is not for %s", async (role) => {
    const by = ["POLICY_MANAGER", "AUDITOR"].includes(role) ? await as(role) : await partner(role);
    expect(await refusal(by, `{ auditorCorrected(project: "${project.projectCode}", ${JANUARY}) { reason } }`)).toContain("auditorCorrected is for ADMIN, QA_LEAD, ANALYST");
  });
});

describe("policyImpact", () => {
  const FIELDS = `policyVersion { semver } before { from to } after { from to } graceUntil isComplete
    policy { before { value n } after { value n } difference interval { low high method } isSignificant } others { before { value n } after { value n } difference isSignificant }`;
  let own: ProjectFixture;
  let by: Caller;
  const version = async (policyId: string, semver: string, effectiveFrom: string | null, market: string | null = null) => {
    const [row] = await world.sql`insert into policy_versions (id, policy_id, market, semver, state, effective_from, grace_hours)
      values (gen_random_uuid(), ${policyId}, ${market}, ${semver}, 'WITHDRAWN', ${effectiveFrom}, 48) returning id`;
    return globalId("PolicyVersion", row!.id as string);
  };
  const ask = (id: string, rest = "") =>
    by.ask<any>(`{ policyImpact(project: "${own.projectCode}", policyVersionId: "${id}" ${rest}) { ${FIELDS} } }`).then(({ policyImpact }) => policyImpact);

  beforeAll(async () => {
    own = await makeProject(world.sql);
    by = await world.caller({ role: "POLICY_MANAGER", projectId: own.projectId });
    const { hate, NV } = own.policies;
    const run = await makeRun(world.sql, own, { strata: [{ key: "all", frameSize: 1_000 }] });
    const of = (day: number, policyId: string, truthPolicyId: string, market?: string): AuditSpec =>
      ({ run, policyId, truthPolicyId, market, decidedAt: new Date(`2026-01-${day}T10:00:00Z`) });
    await makeAudits(world.sql, own, [
      // Before: 12 of 40 of hate are wrong, by choice or by truth; after, 2 of 40. Of the others 1 of 10, and 1 of 10.
      ...times(28, of(10, hate, hate)), ...times(6, of(11, hate, NV)), ...times(6, of(12, NV, hate)),
      ...times(38, of(16, hate, hate)), ...times(2, of(17, NV, hate)),
      of(11, NV, own.policies.spam), ...times(9, of(12, NV, NV)), of(18, NV, own.policies.spam), ...times(9, of(18, NV, NV)),
      // Outside of the windows.
      ...times(3, of(25, hate, NV)),
    ]);
  });

  test("sets the same days before and after side by side, for the policy and for all others", async () => {
    const impact = await ask(await version(own.policies.hate, "2.0.0", "2026-01-15T00:00:00Z"), ", days: 7");
    expect(impact).toMatchObject({
      policyVersion: { semver: "2.0.0" }, isComplete: true, graceUntil: "2026-01-17T00:00:00.000Z",
      before: { from: "2026-01-08T00:00:00.000Z", to: "2026-01-15T00:00:00.000Z" }, after: { from: "2026-01-15T00:00:00.000Z", to: "2026-01-22T00:00:00.000Z" },
      policy: { before: { value: 0.3, n: 40 }, after: { value: 0.05, n: 40 }, isSignificant: true, interval: { method: "MOVER_DIFFERENCE" } },
      others: { before: { value: 0.1, n: 10 }, after: { value: 0.1, n: 10 }, difference: 0, isSignificant: false },
    });
    expect(impact.policy.difference).toBeCloseTo(-0.25, 12);
    // Newcombe's method 10 from the Wilson limits of 2/40 [0.013822, 0.165039] and 12/40 [0.180724, 0.454299].
    expect(impact.policy.interval.low).toBeCloseTo(-0.25 - Math.hypot(0.05 - 0.013822, 0.454299 - 0.3), 4);
    expect(impact.policy.interval.high).toBeCloseTo(-0.25 + Math.hypot(0.165039 - 0.05, 0.3 - 0.180724), 4);
  });

  test("takes as many statements whatever was found", async () => {
    const id = await version(own.policies.spam, "2.0.0", "2026-01-15T00:00:00Z");
    const count = async (days: number) => {
      world.statements.length = 0;
      await ask(id, `, days: ${days}`);
      return world.statements.length;
    };
    const many = await count(7);
    expect(await count(1)).toBe(many);
    // Whatever is read once of a window is read once of the other.
    expect(world.statements.filter((each) => each.includes("auditSums"))).toHaveLength(2);
  });

  test("of a version for one market is about that market", async () => {
    const { policy } = await ask(await version(own.policies.hate, "3.0.0", "2026-01-15T00:00:00Z", own.market), ", days: 7");
    expect(policy.before.n).toBe(40);
    const [other] = await world.sql`insert into markets (id, code, name) values (gen_random_uuid(), ${`o-${own.market}`}, 'Other') returning code`;
    expect(await ask(await version(own.policies.hate, "3.0.0", "2026-01-15T00:00:00Z", other!.code), ", days: 7")).toMatchObject({
      policy: { before: { value: null, n: 0 }, after: { value: null, n: 0 }, difference: null, interval: null, isSignificant: null },
    });
  });

  test("is refused of what has not taken effect, and of what isn't there", async () => {
    const query = (id: string) => `{ policyImpact(project: "${own.projectCode}", policyVersionId: "${id}") { isComplete } }`;
    expect(await refusal(by, query(await version(own.policies.hate, "4.0.0", "2100-01-01T00:00:00Z")))).toContain("has not taken effect yet");
    expect(await refusal(by, query(await version(own.policies.hate, "5.0.0", null)))).toContain("has not taken effect yet");
    expect(await refusal(by, query(globalId("PolicyVersion", own.projectId)))).toBe("policyVersionId: there is no such policy version.");
    const mine = await version((await makeProject(world.sql)).policies.spam, "1.1.0", "2026-01-15T00:00:00Z");
    const other = await world.caller({ role: "VENDOR_QA", projectId: own.projectId, vendorId: own.vendors[0]!.id });
    expect(await refusal(other, query(mine))).toBe("policyVersionId: there is no such policy version.");
  });
});
