import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { WORKER } from "../src/db/identity.ts";
import type { Pool } from "../src/db/pool.ts";
import { write } from "../src/db/session.ts";
import { inSteps, readsOf } from "../src/db/steps.ts";
import { evaluateRules } from "../src/triggers/service.ts";
import { type AuditSpec, makeAudits, makeGoldenItem, makeRun, type RunFixture } from "./kit/audits.ts";
import { emit, openPool } from "./kit/events.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { addFindings, makeCard } from "./kit/insights.ts";
import { globalId, projectGid } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

const DAY_MS = 86_400_000;
let world: World;
let pool: Pool;
let project: ProjectFixture;
let run: RunFixture;
let lead: Caller;
beforeAll(async () => {
  world = await createWorld();
  pool = openPool(world, 4);
});
beforeEach(async () => {
  project = await makeProject(world.sql);
  const span = { from: new Date(Date.now() - 60 * DAY_MS).toISOString(), to: new Date(Date.now() + 2 * DAY_MS).toISOString() };
  run = await makeRun(world.sql, project, { ...span, strata: [{ key: "all", frameSize: 10_000 }] });
  lead = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const ago = (days: number, hours = 0) => new Date(Date.now() - days * DAY_MS - hours * 3_600_000);
const times = (count: number, spec: AuditSpec): AuditSpec[] => Array.from({ length: count }, () => spec);
const wrong = (spec: AuditSpec = {}): AuditSpec => ({ run, policyId: project.policies.hate, truthPolicyId: project.policies.NV, ...spec });
const ownId = (type: string, id: string) => encodeId(type, { projectId: project.projectId, id });
const auditGid = (id: string) => ownId("Audit", id);
const queueId = () => ownId("Queue", project.queueId);

/** All rules look, as the job has them do, a moment behind what has just happened. */
async function look(now = new Date(Date.now() + 100)): Promise<void> {
  const transact = (step: any) => write(pool, WORKER, step, { timeoutMs: 10_000 }) as Promise<any>;
  await world.sql`update escalation_rules set attempted_at = null where project_id = ${project.projectId}`;
  while ((await inSteps(transact, readsOf(pool), (db: any) => evaluateRules(db, now) as any)) as number);
}

const RULE = "escalationRule { id name trigger isActive version evaluatedAt parameters { measure watchedBy threshold nMin days count countedBy percent quietDays } }";
const setRule = async (trigger: string, parameters: object = {}, more: object = {}) => {
  const input = { projectId: projectGid(project), name: `Rule ${trigger}`, trigger, kind: "QUALITY", severity: "SEV2", parameters, ...more };
  const { escalationRule } = await lead.verb("createEscalationRule", input, RULE);
  // It looks at what happened in the last hour too.
  await world.sql`update escalation_rules set evaluated_at = now() - interval '1 hour' where project_id = ${project.projectId}`;
  return escalationRule;
};
const raised = async (by = lead) => {
  const { escalations } = await by.ask(`{ escalations(first: 50) { nodes { id title trigger severity state rule { id } vendor { id }
    queueIds dueAt signals(first: 20) { nodes { measure value low high n threshold details } } links(first: 20) { nodes { subject { __typename id } } } } } }`);
  return escalations.nodes.map(({ signals, links, ...each }: any) => ({ ...each, signals: signals.nodes, links: links.nodes }));
};
const happened = (type: string, subjectType: string, ids: string[]) => emit(pool, world, project.projectId, ids.map((subjectId) => ({ type, subjectType, subjectId })));
const auditIdsOf = async (decisionIds: string[]) =>
  (await world.sql`select id from audits where project_id = ${project.projectId} and decision_id = any (${decisionIds}) order by decision_id`).map(({ id }) => id as string);

test("METRIC_OFF_TARGET opens one escalation when the whole interval misses the target, and adds to it what it sees later", async () => {
  await lead.verb("setQualityTarget", { projectId: projectGid(project), measure: "ACCURACY", value: 0.95, nMin: 30 }, "qualityTarget { id }");
  const rule = await setRule("METRIC_OFF_TARGET");
  expect(rule).toMatchObject({ isActive: true, parameters: { measure: "ACCURACY", watchedBy: "QUEUE", threshold: null, nMin: 30, days: 7, count: null, quietDays: 7 } });
  // 8 of 40 wrong: 80 %, and the upper end is below 95 %; with 20 audits more is too few.
  await makeAudits(world.sql, project, [...times(4, wrong({ decidedAt: ago(1) })), ...times(16, { run, decidedAt: ago(1) })]);
  await look();
  expect(await raised()).toEqual([]);
  await makeAudits(world.sql, project, [...times(4, wrong({ decidedAt: ago(2) })), ...times(16, { run, decidedAt: ago(2) })]);
  await look();
  const [opened, ...others] = await raised();
  expect(others).toEqual([]);
  expect(opened).toMatchObject({ title: "Rule METRIC_OFF_TARGET", trigger: "METRIC_OFF_TARGET", severity: "SEV2", state: "OPEN", rule: { id: rule.id }, queueIds: [queueId()] });
  expect(opened.signals).toEqual([expect.objectContaining({ measure: "ACCURACY", value: 0.8, n: 40, threshold: 0.95 })]);
  expect(opened.signals[0].high).toBeLessThan(0.95);
  expect(opened.dueAt).not.toBeNull();
  await look();
  expect((await raised())[0].signals.length).toBe(1);
  await makeAudits(world.sql, project, times(2, wrong({ decidedAt: ago(0, 1) })));
  await look();
  expect((await raised())[0].signals.map(({ n }: any) => n)).toEqual([40, 42]);
});

test("a point below the target with an interval that reaches it raises nothing, nor does an escalation that has just ended come again", async () => {
  await setRule("METRIC_OFF_TARGET", { threshold: 0.95 });
  await makeAudits(world.sql, project, [...times(3, wrong({ decidedAt: ago(1) })), ...times(37, { run, decidedAt: ago(1) })]);
  await look();
  expect(await raised()).toEqual([]);
  await makeAudits(world.sql, project, times(10, wrong({ decidedAt: ago(1) })));
  await look();
  const [opened] = await raised();
  await lead.verb("rejectEscalation", { escalationId: opened.id, reason: "A test." }, "escalation { state }");
  await makeAudits(world.sql, project, times(2, wrong({ decidedAt: ago(1) })));
  await look();
  expect((await raised()).map(({ state }: any) => state)).toEqual(["REJECTED"]);
  await look(new Date(Date.now() + 5.5 * DAY_MS));
  expect((await raised()).length).toBe(1);
});

test("SPC_SIGNAL sees a day out of control on the bad side", async () => {
  await setRule("SPC_SIGNAL", { nMin: 20 });
  const days = [8, 7, 6, 5, 4, 3, 2].flatMap((day) => [...times(1, wrong({ decidedAt: ago(day) })), ...times(29, { run, decidedAt: ago(day) })]);
  await makeAudits(world.sql, project, [...days, ...times(30, { run, decidedAt: ago(1) })]);
  await look();
  expect(await raised()).toEqual([]);
  await makeAudits(world.sql, project, [...times(15, wrong({ decidedAt: ago(0, 0.1) })), ...times(15, { run, decidedAt: ago(0, 0.1) })]);
  await look();
  expect((await raised()).map(({ trigger, signals }: any) => [trigger, signals[0].measure, signals[0].details.rules.includes("BEYOND_3_SIGMA")])).toEqual([
    ["SPC_SIGNAL", "ERROR_RATE", true],
  ]);
});

test("CRITICAL_ERROR sees published audits with a critical error, each once, and links them", async () => {
  await setRule("CRITICAL_ERROR");
  const ids = await makeAudits(world.sql, project, [wrong({ severity: "CRITICAL", decidedAt: ago(1) }), wrong({ severity: "MAJOR", decidedAt: ago(1) }), { run, decidedAt: ago(1) }]);
  await look();
  expect(await raised()).toEqual([]);
  const audits = await auditIdsOf(ids);
  await happened("audit.published", "Audit", audits);
  await look();
  await look();
  const critical = await auditIdsOf([ids[0]!]);
  expect(await raised()).toMatchObject([{ signals: [{ n: 1, details: { audits: 1 } }], links: [{ subject: { __typename: "Audit", id: auditGid(critical[0]!) } }] }]);
});

test("CRITICAL_ERROR links every audit of a cluster", async () => {
  await setRule("CRITICAL_ERROR");
  await happened("audit.published", "Audit", await auditIdsOf(await makeAudits(world.sql, project, times(60, wrong({ severity: "CRITICAL", decidedAt: ago(1) })))));
  await look();
  const { escalations } = await lead.ask("{ escalations(first: 2) { nodes { signals(first: 2) { nodes { n details } } links(first: 1) { totalCount } } } }");
  expect(escalations.nodes).toEqual([{ signals: { nodes: [{ n: 60, details: { audits: 60 } }] }, links: { totalCount: 60 } }]);
});

test("REPEAT_ERROR counts equal codes of one labeler, or of a team", async () => {
  const card = await makeCard(world.sql, project, ["c", "bonus"], ["slur", "other"]);
  await world.sql`update criteria set is_bonus = true where id = ${card.criteria.bonus!}`;
  await setRule("REPEAT_ERROR", { count: 3, days: 14 });
  const [first, second] = project.vendors[0]!.labelerIds;
  const failed = async (labelerId: string | undefined, code: string, count: number, criterion = "c") => {
    const ids = await makeAudits(world.sql, project, times(count, wrong({ labelerId, decidedAt: ago(2), publishedAt: ago(0, 0.2).toISOString() } as AuditSpec)));
    for (const id of ids) await addFindings(world.sql, project, card, id, [[criterion, code, null]]);
    await happened("audit.published", "Audit", await auditIdsOf(ids));
  };
  await failed(first, "slur", 2);
  await failed(second, "slur", 1);
  await failed(first, "other", 1);
  await failed(first, "slur", 1, "bonus");
  await look();
  expect(await raised()).toEqual([]);
  await failed(first, "slur", 1);
  await look();
  const [opened, ...others] = await raised();
  expect(others).toEqual([]);
  expect(opened).toMatchObject({ vendor: { id: globalId("Vendor", project.vendors[0]!.id) }, signals: [{ n: 3, details: { labelerId: first } }] });
  expect(opened.links.length).toBe(3);
});

test("GOLDEN_STREAK sees a labeler whose newest golden answers are all wrong", async () => {
  await setRule("GOLDEN_STREAK", { count: 3 });
  for (const name of ["g1", "g2", "g3", "g4"]) await makeGoldenItem(world.sql, project, { contentRef: name, truthPolicyId: project.policies.hate });
  const { hate, NV } = project.policies;
  const answer = (contentRef: string, policyId: string, hours: number) => makeAudits(world.sql, project, [{ contentRef, policyId, decidedAt: ago(0, hours) } as AuditSpec]);
  await answer("g1", hate, 9);
  await answer("g2", NV, 8);
  await answer("g3", NV, 7);
  await look();
  expect(await raised()).toEqual([]);
  await answer("g4", NV, 6);
  await look();
  expect((await raised()).map(({ signals }: any) => signals.map(({ n, threshold }: any) => [n, threshold]))).toEqual([[[3, 3]]]);
});

test("SLA_BREACH and SLA_FORECAST see clocks that ran on past a share of their time", async () => {
  await setRule("SLA_BREACH");
  await setRule("SLA_FORECAST");
  const [clock] = await world.sql`insert into sla_clocks (project_id, id, subject_type, subject_id, kind, time_zone, unit, allowance, started_at, due_at, open_seconds, told_percent,
      is_staff_visible, is_partner_visible) values (${project.projectId}, gen_random_uuid(), 'SamplingRun', ${run.id}, 'AUDIT_DUE', 'UTC', 'BUSINESS_DAYS', 2, now() - interval '3 days',
      now() + interval '3 hours', 172800, 75, true, false) returning id`;
  await happened("sla.threshold", "SlaClock", [clock!.id]);
  await look();
  expect((await raised()).map(({ trigger }: any) => trigger)).toEqual(["SLA_FORECAST"]);
  await world.sql`update sla_clocks set told_percent = 100, breached_at = now() where id = ${clock!.id}`;
  await happened("sla.threshold", "SlaClock", [clock!.id]);
  await look();
  expect((await raised()).map(({ trigger, signals }: any) => [trigger, signals[0].details.kind]).sort()).toEqual([["SLA_BREACH", "AUDIT_DUE"], ["SLA_FORECAST", "AUDIT_DUE"]]);
});

test("a preview says what a rule would have raised, and writes nothing", async () => {
  await makeAudits(world.sql, project, [...times(12, wrong({ decidedAt: ago(5) })), ...times(28, { run, decidedAt: ago(5) })]);
  const day = (days: number) => ago(days).toISOString().slice(0, 10);
  const preview = async (by: Caller, rule: object, from = day(9), to = day(1)): Promise<any> => by.send(
    `query ($projectId: ID!, $rule: EscalationRuleInput!, $from: Date!, $to: Date!) { escalationRulePreview(projectId: $projectId, rule: $rule, from: $from, to: $to) {
      signals queueIds first { seenAt measure value n threshold } last { seenAt } } }`,
    { projectId: projectGid(project), rule: { name: "Below", trigger: "METRIC_OFF_TARGET", kind: "QUALITY", severity: "SEV3", ...rule }, from, to },
  );
  const { data } = await preview(lead, { parameters: { threshold: 0.9, days: 2 } });
  // The day itself and the one behind it look at that day.
  expect(data.escalationRulePreview).toEqual([
    { signals: 2, queueIds: [queueId()], first: { seenAt: expect.any(String), measure: "ACCURACY", value: 0.7, n: 40, threshold: 0.9 }, last: { seenAt: expect.any(String) } },
  ]);
  expect((await preview(lead, { parameters: { threshold: 0.5 } })).data.escalationRulePreview).toEqual([]);
  expect((await preview(lead, {}, day(60), day(1))).errors[0]).toMatchObject({ message: expect.stringMatching(/^to: .*ask for 1 to 31/), extensions: { code: "INVALID_INPUT" } });
  const analyst = await world.caller({ role: "ANALYST", projectId: project.projectId });
  expect((await preview(analyst, {})).errors[0].extensions.code).toBe("FORBIDDEN");
  const stranger = await world.caller({ role: "QA_LEAD", projectId: (await makeProject(world.sql)).projectId });
  expect((await preview(stranger, {})).errors[0].extensions.code).toBe("NOT_FOUND");
  expect([await raised(), (await lead.ask("{ escalationRules { totalCount } }")).escalationRules.totalCount]).toEqual([[], 0]);
});

test("a rule is changed, paused and resumed by a lead; what it is refused says why", async () => {
  const { id } = await setRule("REPEAT_ERROR", { count: 4 });
  const { escalationRule } = await lead.verb("changeEscalationRule", { escalationRuleId: id, name: "Again", parameters: { days: 7 }, expectedVersion: 1 }, RULE);
  expect(escalationRule).toMatchObject({ name: "Again", version: 2, parameters: { count: 5, days: 7, countedBy: "LABELER" } });
  expect(await lead.refused("changeEscalationRule", { escalationRuleId: id, parameters: { measure: "ACCURACY" } })).toMatchObject({ code: "INVALID_INPUT", path: ["parameters", "measure"] });
  expect((await lead.verb("pauseEscalationRule", { escalationRuleId: id }, RULE)).escalationRule.isActive).toBe(false);
  expect(await lead.refused("pauseEscalationRule", { escalationRuleId: id })).toMatchObject({ message: expect.stringContaining("paused already") });
  await lead.verb("resumeEscalationRule", { escalationRuleId: id }, RULE);
  const manager = await world.caller({ role: "POLICY_MANAGER", projectId: project.projectId });
  expect(await manager.refused("pauseEscalationRule", { escalationRuleId: id })).toMatchObject({ code: "FORBIDDEN" });
  const partner = await world.caller({ role: "VENDOR_MANAGER", projectId: project.projectId, vendorId: project.vendors[0]!.id });
  expect((await partner.ask("{ escalationRules { totalCount } }")).escalationRules.totalCount).toBe(0);
  expect(await lead.refused("createEscalationRule", { projectId: projectGid(project), name: "x", trigger: "EXPOSURE_CAP", kind: "SAFETY", severity: "SEV1" })).toMatchObject({
    code: "INVALID_INPUT", path: ["trigger"],
  });
});
