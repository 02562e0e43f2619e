import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { claim, eventsOf, globalId, lock, rawId, type SampledProject, submit } from "./kit/samples.ts";
import { answers, BLIND, carded, findingsOf, JUDGED, REST } from "./kit/verdicts.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const AT_ONCE = { settings: { publishDelayMinutes: 0 } };

// Decisions for hate, of which the auditor says so, all published.
async function published(count: number): Promise<SampledProject & { ids: string[]; hate: object }> {
  const of = await carded(world, ({ policies }) => Array.from({ length: count }, () => ({ policyId: policies.hate, action: "REMOVE" })), AT_ONCE);
  const hate = { policyId: globalId("Policy", of.project.policies.hate), action: "REMOVE" };
  const ids: string[] = [];
  while (ids.length < count) for (const { id } of await claim(of.auditor, of.projectId, "id", { count: Math.min(20, count - ids.length) })) ids.push(id);
  for (const id of ids) {
    await lock(of.auditor, id, hate, "id", { answers: BLIND });
    await submit(of.auditor, id, { answers: REST });
  }
  return { ...of, ids, hate };
}

const correct = async (by: Caller, auditId: string, input: object) =>
  (await by.verb("correctVerdict", { auditId, explanation: "Read again.", ...input }, `audit { id version state windowDueAt ${JUDGED} verdicts { totalCount } }`)).audit;
const items = async (by: Caller, input: object) =>
  (await by.verb("correctVerdicts", { explanation: "Read again.", truth: { policyCode: "NV" }, ...input }, "items { id outcome refusal { code message path } }")).items;

test("a correction is the next version; one that is worse for the labeler publishes anew, with a new window", async () => {
  const { project, lead, auditor, ids: [id], hate } = await published(1);
  const row = async () => (await world.sql`select state, published_at, window_due_at, acknowledged_at, proposed_cause, acknowledgement, version from audits where id = ${rawId(id!)}`)[0]!;
  await world.sql`update audits set state = 'FINAL', acknowledged_at = now(), proposed_cause = 'TOOL', acknowledgement = 'Read.', window_due_at = '2026-01-01' where id = ${rawId(id!)}`;
  const first = await row();
  const worse = await correct(lead, id!, { truth: { policyCode: "NV" }, cause: "LOCAL_CONTEXT", answers: answers({ noted: { note: "Missing." } }) });
  expect(worse).toMatchObject({
    state: "PUBLISHED", verdicts: { totalCount: 2 },
    verdict: { number: 2, reason: "CORRECTION", explanation: "Read again.", isAfterReveal: true, errorType: "OVER_ENFORCEMENT", severity: "MAJOR", cause: "LOCAL_CONTEXT", score: 0.285714 },
  });
  expect(findingsOf(worse.verdict)).toEqual(["policy FAIL MAJOR LOCAL_CONTEXT", "action PASS MINOR", "routed PASS MINOR", "noted FAIL MINOR Missing.", "praise FAIL MINOR"]);
  const again = await row();
  expect(again).toMatchObject({ published_at: first.published_at, acknowledged_at: null, proposed_cause: null, acknowledgement: null, version: first.version + 1 });
  expect(again.window_due_at.getTime()).toBeGreaterThan(Date.now());

  await world.sql`update audits set state = 'ACKNOWLEDGED', acknowledged_at = now(), proposed_cause = 'TOOL', acknowledgement = 'Read.' where id = ${rawId(id!)}`;
  const better = await correct(lead, id!, { truth: { ...hate, tags: ["slur"] } });
  expect(better).toMatchObject({ state: "ACKNOWLEDGED", verdict: { number: 3, outcome: "CORRECT", cause: null, truthTags: ["slur"], score: 0.714286 } });
  expect(await row()).toMatchObject({ window_due_at: again.window_due_at, acknowledged_at: expect.any(Date), proposed_cause: "TOOL", acknowledgement: "Read." });
  expect((await eventsOf(world, id!)).slice(2)).toEqual(["audit.published SUBMITTED>PUBLISHED", "audit.published FINAL>PUBLISHED", "audit.correctVerdict null>null"]);

  const labeler = await world.caller({ role: "LABELER", projectId: project.projectId, vendorId: project.vendors[0]!.id, labelerId: project.vendors[0]!.labelerIds[0]! });
  const analyst = await world.caller({ role: "ANALYST", projectId: project.projectId });
  const read = async (by: Caller) => (await by.ask(`query ($id: ID!) { node(id: $id) { ... on Audit { ${JUDGED} } } }`, { id })).node.verdict;
  expect(findingsOf(await read(labeler))).toContain("noted FAIL MINOR Missing.");
  expect(await read(labeler)).toMatchObject({ explanation: "Read again.", score: 0.714286 });
  expect(findingsOf(await read(analyst))).toContain("noted FAIL MINOR");
  expect(await read(analyst)).toMatchObject({ explanation: null, score: 0.714286 });
  expect(await auditor.refused("correctVerdict", { auditId: id!, explanation: "No." })).toMatchObject({ code: "FORBIDDEN" });
});

test("a correction says something else, with a reason, of a published audit of somebody else's", async () => {
  const { project, projectId, lead, ids: [id], hate } = await published(1);
  const refused = async (input: object, by = lead) => by.refused("correctVerdict", { auditId: id!, explanation: "Read again.", ...input });
  expect(await refused({ truth: hate })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("says this already") });
  expect(await refused({ explanation: " " })).toMatchObject({ code: "INVALID_INPUT", path: ["explanation"] });
  expect(await refused({ truth: { policyCode: "nope" } })).toMatchObject({ path: ["truth", "policyCode"] });
  expect(await refused({ answers: answers({ nope: "P" }) })).toMatchObject({ path: ["answers", "0", "criterion"] });
  expect(await refused({ truth: { policyCode: "NV" }, expectedVersion: 1 })).toMatchObject({ __typename: "VersionConflictRefusal" });
  await world.sql`update audits set state = 'APPEALED' where id = ${rawId(id!)}`;
  expect(await refused({ truth: { policyCode: "NV" } })).toMatchObject({ __typename: "InvalidTransitionRefusal" });
  await world.sql`update audits set state = 'PUBLISHED', auditor_id = ${lead.principalId} where id = ${rawId(id!)}`;
  expect(await refused({ truth: { policyCode: "NV" } })).toMatchObject({ code: "FORBIDDEN" });
  const [stranger, manager] = [await world.caller({ role: "QA_LEAD", projectId: (await published(1)).project.projectId }), await world.caller({ role: "POLICY_MANAGER", projectId: project.projectId })];
  expect(await refused({ truth: { policyCode: "NV" } }, stranger)).toMatchObject({ code: "NOT_FOUND" });
  expect(await refused({ truth: { policyCode: "NV" } }, manager)).toMatchObject({ code: "FORBIDDEN" });
  expect((await lead.ask("query ($id: ID!) { node(id: $id) { ... on Project { audits { nodes { verdict { number } } } } } }", { id: projectId })).node.audits.nodes).toEqual([{ verdict: { number: 1 } }]);
});

test("an error code that was retired since stays on a finding that nobody corrects", async () => {
  const { lead, ids: [id] } = await published(1);
  const given = answers({ policy: { errorCode: "threat" } });
  expect(await correct(lead, id!, { truth: { policyCode: "NV" }, answers: given })).toMatchObject({ verdict: { severity: "CRITICAL", score: 0 } });
  await world.sql`update error_codes set retired_at = now() where code = 'threat'`;
  const next = await correct(lead, id!, { cause: "TOOL" });
  expect(next).toMatchObject({ verdict: { number: 3, severity: "CRITICAL", score: 0 } });
  expect(findingsOf(next.verdict)[0]).toBe("policy FAIL CRITICAL threat TOOL");
});

test("many are corrected alike: by ids or filter, each by itself, and a dry run changes nothing", async () => {
  const { project, lead, ids, hate } = await published(4);
  await correct(lead, ids[0]!, { truth: { policyCode: "NV" } });
  await world.sql`update audits set state = 'VOIDED' where id = ${rawId(ids[1]!)}`;
  const unknown = encodeId("Audit", { projectId: project.projectId, id: crypto.randomUUID() });
  const outcomes = async (input: object) => (await items(lead, input)).map((item: any) => [ids.indexOf(item.id), item.outcome, item.refusal?.code ?? null]);
  const expected = (done: string) => [[0, "REFUSED", "CONFLICT"], [1, "REFUSED", "CONFLICT"], [2, done, null], [-1, "REFUSED", "NOT_FOUND"]];
  const auditIds = [ids[0], ids[1], ids[2], unknown];
  expect(await outcomes({ auditIds, isDryRun: true })).toEqual(expected("WOULD_DO"));
  expect((await world.sql`select count(*)::int as n from verdicts where project_id = ${project.projectId}`)[0]!.n).toBe(5);
  expect(await outcomes({ auditIds })).toEqual(expected("DONE"));
  expect((await world.sql`select count(*)::int as n from verdicts where project_id = ${project.projectId}`)[0]!.n).toBe(6);
  const byFilter = await outcomes({ filter: { states: ["PUBLISHED"], queueIds: [encodeId("Queue", { projectId: project.projectId, id: project.queueId })] }, truth: { ...hate, action: "LIMIT" } });
  expect(byFilter.map(([index, outcome]: [number, string]) => `${index} ${outcome}`).sort()).toEqual(["0 DONE", "2 DONE", "3 DONE"]);
  for (const input of [{ auditIds, filter: { states: ["FINAL"] } }, {}, { filter: {} }]) {
    expect(await lead.refused("correctVerdicts", { explanation: "x", truth: hate, ...input }), JSON.stringify(input)).toMatchObject({ code: "INVALID_INPUT" });
  }
});

test("corrections of twenty take as many statements as of one; of a lock and a submission seven each", async () => {
  const { lead, projectId, ids } = await published(21);
  const statements = async (work: () => Promise<unknown>) => {
    world.statements.length = 0;
    await work();
    return world.statements.length;
  };
  const one = await statements(() => items(lead, { auditIds: ids.slice(0, 1) }));
  expect(await statements(() => items(lead, { auditIds: ids.slice(1) }))).toBe(one);
  expect(one).toBe(9);
  const query = `query ($id: ID!) { node(id: $id) { ... on Project { audits { nodes { ${JUDGED} verdicts { nodes { findings(filter: { results: [FAIL] }) { totalCount } } } } } } } }`;
  const all = await statements(() => lead.ask(query, { id: projectId }));
  expect(all).toBe(6);
  const waiting = await carded(world, () => [{}]);
  const [audit] = await claim(waiting.auditor, waiting.projectId);
  expect(await statements(() => lock(waiting.auditor, audit.id, { policyCode: "NV" }, "id", { answers: BLIND }))).toBe(7);
  expect(await statements(() => submit(waiting.auditor, audit.id, { answers: REST }, "id"))).toBe(7);
  expect(await statements(() => waiting.auditor.verb("amendAudit", { auditId: audit.id, truth: { policyCode: "NV", tags: ["x"] } }, "audit { id }"))).toBe(7);
});

test("figures as audited stay, the current ones follow a correction, and as of a time before it they don't", async () => {
  const { project, lead, ids } = await published(4);
  const before = new Date();
  await new Promise((resolve) => setTimeout(resolve, 5));
  await correct(lead, ids[0]!, { truth: { policyCode: "NV" } });
  const accuracy = async (args: string) => (await lead.ask(
    `query ($projects: [ID!]!) { metrics(projects: $projects, measures: [ACCURACY], range: { from: "2026-01-01", to: "2026-02-01", timeZone: "UTC" }, totals: true, ${args}) { totals { values { value n } } } }`,
    { projects: [globalId("Project", project.projectId)] },
  )).metrics.totals.values[0];
  expect(await accuracy("score: CURRENT")).toEqual({ value: 0.75, n: 4 });
  expect(await accuracy("score: AS_AUDITED")).toEqual({ value: 1, n: 4 });
  expect(await accuracy(`score: CURRENT, asOf: "${before.toISOString()}"`)).toEqual({ value: 1, n: 4 });
  expect(await accuracy(`score: AS_AUDITED, asOf: "${before.toISOString()}"`)).toEqual({ value: 1, n: 4 });
  await world.sql`update audits set state = 'FINAL' where id = any (${ids.slice(0, 2).map(rawId)})`;
  expect(await accuracy("score: FINAL")).toEqual({ value: 0.5, n: 2 });
});
