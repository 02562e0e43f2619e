import { afterAll, beforeAll, expect, test } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { close, MONTH, publishedAudits, WEEK } from "./kit/periods.ts";
import type { Audited } from "./kit/publication.ts";
import { claim, globalId, lock, rawId, submit } from "./kit/samples.ts";
import { BLIND, carded, REST } from "./kit/verdicts.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const FIELDS = "reason correctDelta scoreDelta recordedAt auditId verdictId period { kind } labeler { pseudonym name } vendor { code }";
const lines = async (by: Caller, filter: object = {}, fields = FIELDS) => (await by.ask(
  `query ($filter: ScoreAdjustmentFilter) { scoreAdjustments(filter: $filter, first: 100) { totalCount nodes { ${fields} } } }`, { filter },
)).scoreAdjustments as { totalCount: number; nodes: any[] };
const correct = (by: Caller, auditId: string, policyCode = "NV") =>
  by.verb("correctVerdict", { auditId, explanation: "Read again.", truth: { policyCode }, cause: "OVERSIGHT" }, "audit { id }");
const scored = (ids: readonly string[], score: number) => world.sql`update verdicts set score = ${score} where audit_id = any (${ids.map(rawId)})`;
const WRONG = (of: Audited) => of.project.policies.hate;

// Audits of decisions for NV, three of them right, of 5 January, and one of 12 January.
async function four(): Promise<Audited & { hate: string }> {
  const of = await publishedAudits(world, [{}, {}, {}, { decidedAt: new Date("2026-01-12T00:00:00Z") }]);
  await scored(of.auditIds, 0.8);
  const [policy] = await world.sql`select code from policies where id = ${WRONG(of)}`;
  return { ...of, hate: policy!.code };
}

test("a correction of an open period writes no line; of a closed week and month one each, with what changed", async () => {
  const { lead, projectId, auditIds: [one, two, , later], hate } = await four();
  await correct(lead, one!, hate);
  expect((await lines(lead)).totalCount).toBe(0);
  const period = await close(lead, projectId, WEEK, "id closedAt");
  await correct(lead, two!, hate);
  await correct(lead, later!, hate);
  const [line, ...none] = (await lines(lead)).nodes;
  expect(none).toEqual([]);
  expect(line).toMatchObject({ reason: "CORRECTION", correctDelta: -1, scoreDelta: null, auditId: two, period: { kind: "WEEK" } });
  expect(line.recordedAt > period.closedAt).toBe(true);
  const { verdict } = (await lead.ask("query ($id: ID!) { node(id: $id) { ... on Audit { verdict { id } } } }", { id: two })).node;
  expect(line.verdictId).toBe(verdict.id);

  await close(lead, projectId, MONTH);
  await scored([one!], 0.25);
  await world.sql`update verdicts set score = 0.9 where audit_id = ${rawId(one!)} and number = 2`;
  await correct(lead, one!);
  const both = (await lines(lead, { recordedAfter: line.recordedAt })).nodes;
  expect(both.map((each) => [each.period.kind, each.correctDelta, each.auditId]).sort()).toEqual([["MONTH", 1, one], ["WEEK", 1, one]]);
  const ofPeriod = await lead.ask("query ($id: ID!) { node(id: $id) { ... on ReportingPeriod { adjustments { totalCount } } } }", { id: period.id });
  expect(ofPeriod.node.adjustments.totalCount).toBe(2);
});

test("the score's change is that of the two verdicts, in millionths", async () => {
  const decisions = ({ policies }: Audited["project"]) => [{ policyId: policies.hate, action: "REMOVE" }];
  const { project, projectId, lead, auditor } = await carded(world, decisions, { settings: { publishDelayMinutes: 0 } });
  const [audit] = await claim(auditor, projectId, "id");
  await lock(auditor, audit.id, { policyId: globalId("Policy", project.policies.hate), action: "REMOVE" }, "id", { answers: BLIND });
  await submit(auditor, audit.id, { answers: REST });
  await close(lead, projectId);
  await correct(lead, audit.id);
  const scores = await world.sql`select score::text from verdicts where audit_id = ${rawId(audit.id)} order by number`;
  expect(scores.map(({ score }) => score)).toEqual(["1.000000", "0.571429"]);
  expect((await lines(lead)).nodes).toMatchObject([{ correctDelta: -1, scoreDelta: -0.428571 }]);
});

test("a void audit takes away what it gave: of one that was published, and of each once", async () => {
  const { lead, projectId, auditIds: [right, wrong, unpublished] } = await four();
  await scored([wrong!], 0.25);
  await world.sql`update verdicts set outcome = 'INCORRECT', error_type = 'OVER_ENFORCEMENT', attribution = 'LABELER' where audit_id = ${rawId(wrong!)}`;
  await world.sql`update audits set state = 'SUBMITTED', published_at = null, is_partner_visible = false where id = ${rawId(unpublished!)}`;
  await close(lead, projectId);
  await world.sql`update audits set state = 'FINAL' where id = ${rawId(right!)}`;
  await lead.verb("voidAudits", { auditIds: [right, wrong, unpublished], reason: "Wrong content.", isDryRun: true }, "items { id }");
  expect((await lines(lead)).totalCount).toBe(0);
  await lead.verb("voidAudits", { auditIds: [right, wrong, unpublished], reason: "Wrong content." }, "items { id }");
  const found = (await lines(lead)).nodes.map(({ auditId, reason, correctDelta, scoreDelta, verdictId }) => ({ auditId, reason, correctDelta, scoreDelta, verdictId }));
  expect(found.sort((a, b) => a.correctDelta - b.correctDelta)).toEqual([
    { auditId: right, reason: "VOID", correctDelta: -1, scoreDelta: -0.8, verdictId: null },
    { auditId: wrong, reason: "VOID", correctDelta: 0, scoreDelta: -0.25, verdictId: null },
  ]);
});

test("an audit that the closing did not know as published has no line, whatever becomes of it: the report holds nothing of it", async () => {
  const { lead, projectId, auditIds: [known, late, imported, voided], hate } = await four();
  await close(lead, projectId, MONTH);
  await world.sql`update audits set published_at = now() where id = any (${[late!, voided!].map(rawId)})`;
  await world.sql`update audits set created_at = now() where id = ${rawId(imported!)}`;
  await lead.verb("correctVerdicts", { auditIds: [known, late, imported], explanation: "Read again.", truth: { policyCode: hate }, cause: "OVERSIGHT" }, "items { id }");
  await lead.verb("voidAudit", { auditId: voided, reason: "Wrong content." }, "audit { id }");
  expect((await lines(lead)).nodes.map(({ auditId }) => auditId)).toEqual([known]);
});

test("who sees the lines: leads all, partners their vendor's, labelers their own, auditors their audits', analysts by pseudonym", async () => {
  const of = await publishedAudits(world, [{}, {}], {});
  const { project, lead, projectId, auditIds, manager, labeler } = of;
  const [, other] = project.vendors;
  await world.sql`update audits set vendor_id = ${other!.id}, labeler_id = ${other!.labelerIds[0]!}, team_id = ${other!.teamId} where id = ${rawId(auditIds[1]!)}`;
  const [policy] = await world.sql`select code from policies where id = ${WRONG(of)}`;
  await close(lead, projectId);
  for (const id of auditIds) await correct(lead, id, policy!.code);
  const people = async (role: "AUDITOR" | "ANALYST" | "POLICY_MANAGER") => world.caller({ role, projectId: project.projectId });
  const seen = async (by: Caller) => (await lines(by)).nodes.map(({ auditId }) => auditIds.indexOf(auditId)).sort();
  expect(await seen(lead)).toEqual([0, 1]);
  expect(await seen(manager)).toEqual([0]);
  expect(await seen(labeler)).toEqual([0]);
  expect(await seen(await people("AUDITOR"))).toEqual([]);
  expect(await seen(await world.caller({ role: "SERVICE", projectId: project.projectId, scopes: ["metrics:read", "audits:read"] }))).toEqual([]);
  const analyst = await people("ANALYST");
  expect((await lines(analyst)).nodes[0]).toMatchObject({ labeler: { name: null, pseudonym: expect.any(String) } });
  expect((await lines(labeler)).nodes[0]).toMatchObject({ period: null });
  const manages = await people("POLICY_MANAGER");
  expect((await lines(manages)).nodes[0]).toMatchObject({ labeler: null });
  const filter = { labelerIds: [globalId("Labeler", project.vendors[0]!.labelerIds[0]!)] };
  expect((await lines(lead, filter)).totalCount).toBe(1);
  expect((await lines(lead, { vendorIds: [globalId("Vendor", other!.id)] })).nodes).toMatchObject([{ auditId: auditIds[1] }]);
  expect((await lines(lead, { reasons: ["VOID"] })).totalCount).toBe(0);
  expect((await manages.send("query ($filter: ScoreAdjustmentFilter) { scoreAdjustments(filter: $filter) { totalCount } }", { filter })).errors?.[0]?.extensions?.code).toBe("FORBIDDEN");
});

test("who has yet to judge the decision blindly sees no line of its audit", async () => {
  const { lead, project, projectId, auditIds: [one, two], hate } = await four();
  await close(lead, projectId);
  await correct(lead, one!, hate);
  await correct(lead, two!, hate);
  const expert = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
  await expert.verb("startAta", { auditId: one }, "audit { id }");
  expect((await lines(expert)).nodes.map(({ auditId }) => auditId)).toEqual([two]);
  expect((await lines(lead)).totalCount).toBe(2);
});

test("what is corrected or voided while the figures of a closing are computed is listed too, once", async () => {
  const { lead, projectId, auditIds: [one, two, three], hate } = await four();
  // Somebody writes audits, so that the closing waits; meanwhile others correct.
  const held = await world.sql.reserve();
  await held`begin`;
  await held`update audits set updated_at = updated_at where id = ${rawId(three!)}`;
  const closing = close(lead, projectId, WEEK, "id closedAt");
  await sleep(250);
  await correct(lead, one!, hate);
  await lead.verb("voidAudit", { auditId: two, reason: "Wrong content." }, "audit { id }");
  expect((await lines(lead)).totalCount).toBe(0);
  await held`commit`;
  held.release();
  const { closedAt } = await closing;
  const found = (await lines(lead)).nodes;
  expect(found.map(({ auditId, reason, correctDelta, scoreDelta }) => [auditId, reason, correctDelta, scoreDelta]).sort((a, b) => (a[1] < b[1] ? -1 : 1))).toEqual([
    [one, "CORRECTION", -1, null], [two, "VOID", -1, -0.8],
  ]);
  expect(found.every(({ recordedAt }) => recordedAt > closedAt)).toBe(true);
});

test("lines of many corrections, and of none, cost one statement", async () => {
  const of = await four();
  const statements = async (auditIds: readonly string[]) => {
    world.statements.length = 0;
    await of.lead.verb("correctVerdicts", { auditIds, explanation: "Read again.", truth: { policyCode: of.hate }, cause: "OVERSIGHT" }, "items { id }");
    return world.statements.filter((text) => text.includes("noteAdjustments")).length;
  };
  expect(await statements(of.auditIds.slice(0, 1))).toBe(1);
  await close(of.lead, of.projectId);
  expect(await statements(of.auditIds.slice(1))).toBe(1);
  expect((await lines(of.lead)).totalCount).toBe(2);
});
