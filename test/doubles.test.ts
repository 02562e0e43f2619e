import { afterAll, beforeAll, expect, test } from "vitest";
import { WORKER } from "../src/db/identity.ts";
import type { Db } from "../src/db/lease.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import { write } from "../src/db/session.ts";
import { expireDoubles, resolveDoubles } from "../src/doubles/service.ts";
import { askMetrics } from "./kit/metrics.ts";
import { claim, eventsOf, globalId, lock, makeSamples, rawId, type SampledProject, some, submit, WORDS } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
beforeAll(async () => {
  world = await createWorld();
  pool = createPool({ url: world.urls.login, size: 2, queue: 50, waitMs: 10_000, applicationName: "assay-test" });
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const asWorker = <T>(work: (db: Db) => Promise<T>) => write(pool, WORKER, work, { timeoutMs: 5_000 });
const resolve = () => asWorker((db) => resolveDoubles(db, new Date()));
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);

interface Doubled extends SampledProject {
  second: Caller;
  /** First audits, submitted, that wait for their second. */
  firsts: string[];
}

/** Samples drawn for two auditors each, with the first auditor's truth. */
const truth = ({ project }: SampledProject, name: string) => (name === "NV" ? { policyCode: "NV" } : { policyId: globalId("Policy", project.policies.hate) });

async function makeDoubles(truths: string[]): Promise<Doubled> {
  const sampled = await makeSamples(world, some(truths.length), { doubleAuditRate: 1 });
  const second = await world.caller({ role: "AUDITOR", projectId: sampled.project.projectId });
  const claimed = await claim(sampled.auditor, sampled.projectId, "id", { count: truths.length });
  for (const [i, { id }] of claimed.entries()) {
    await lock(sampled.auditor, id, truth(sampled, truths[i]!));
    expect((await submit(sampled.auditor, id)).state).toBe("DOUBLE_PENDING");
  }
  return { ...sampled, second, firsts: claimed.map(({ id }) => id) };
}

async function claimSecond(by: Caller, projectId: string, count = 1, fields = "id role state isBlind"): Promise<any[]> {
  return (await by.verb("claimSecondAudit", { projectId, count }, `audits { ${fields} }`)).audits;
}

const stateOf = async (by: Caller, id: string) => (await by.ask("query ($id: ID!) { node(id: $id) { ... on Audit { state } } }", { id })).node?.state ?? null;
const doublesOf = async (by: Caller, projectId: string) =>
  (await by.ask("query ($id: ID!) { node(id: $id) { ... on Project { doubleAudits { nodes { outcome primaryAudit { id state } secondAudit { id } adjudicator { id } resolvedAt } } } } }", { id: projectId }))
    .node.doubleAudits.nodes;

test("two auditors who agree publish, two who differ go to a third who made neither", async () => {
  const sampled = await makeDoubles(["hate", "hate"]);
  const { projectId, project, lead, auditor, second, firsts } = sampled;
  expect(await claimSecond(auditor, projectId, 2)).toEqual([]);
  const seconds = await claimSecond(second, projectId, 20);
  expect(seconds.map(({ role, state, isBlind }) => [role, state, isBlind])).toEqual([["SECOND", "DRAFT", true], ["SECOND", "DRAFT", true]]);
  expect(await claimSecond(lead, projectId, 20)).toEqual([]);
  for (const [i, { id }] of seconds.entries()) {
    await lock(second, id, truth(sampled, i === 0 ? "hate" : "NV"));
    expect((await submit(second, id)).state).toBe("SUBMITTED");
  }
  expect(await doublesOf(second, projectId)).toEqual([]);
  expect(await resolve()).toBe(2);
  expect(await resolve()).toBe(0);
  const [agreed, disputed] = firsts as [string, string];
  expect(await stateOf(lead, agreed)).toBe("PUBLISHED");
  expect(await stateOf(lead, disputed)).toBe("ADJUDICATION");
  const judge = await world.caller({ role: "AUDITOR", projectId: project.projectId, canAdjudicate: true });
  const bystander = await world.caller({ role: "AUDITOR", projectId: project.projectId });
  expect(await stateOf(bystander, disputed)).toBeNull();
  expect(await bystander.refused("adjudicateAudit", { auditId: disputed })).toMatchObject({ code: "NOT_FOUND" });
  expect(await auditor.refused("adjudicateAudit", { auditId: disputed })).toMatchObject({ code: "FORBIDDEN" });
  expect((await doublesOf(judge, projectId)).map(({ primaryAudit, secondAudit }: any) => [primaryAudit.id, secondAudit.id])).toEqual([[disputed, seconds[1]!.id]]);
  expect(await judge.refused("adjudicateAudit", { auditId: disputed, truth: { policyCode: "NV" } })).toMatchObject({ code: "INVALID_INPUT", path: ["explanation"] });
  const { audit } = await judge.verb("adjudicateAudit", { auditId: disputed, truth: { policyCode: "NV" }, explanation: "It quotes the slur to condemn it." },
    "audit { state windowDueAt verdict { number reason outcome explanation } verdicts { nodes { number } } }");
  expect(audit).toMatchObject({ state: "PUBLISHED", windowDueAt: expect.any(String), verdict: { number: 2, reason: "ADJUDICATION", outcome: "CORRECT" } });
  expect(await judge.refused("adjudicateAudit", { auditId: disputed })).toMatchObject({ code: "CONFLICT" });
  expect((await doublesOf(lead, projectId)).map(({ outcome }: any) => outcome)).toEqual(["AGREED", "ADJUDICATED"]);
  expect((await doublesOf(second, projectId)).length).toBe(2);
  expect(await eventsOf(world, disputed)).toEqual(expect.arrayContaining(["audit.adjudication DOUBLE_PENDING>ADJUDICATION", "audit.published ADJUDICATION>PUBLISHED"]));
  const range = 'range: { from: "2026-01-01", to: "2026-02-01" }';
  const figures = await askMetrics(lead, `projects: ["${projectId}"], measures: [AUDITOR_ACCURACY], groupBy: [AUDITOR], ${range}`, "auditor { id }");
  const shares = Object.fromEntries(figures.rows.map(({ auditor: who, values }) => [rawId(who.id), [values[0]!.n, values[0]!.value]]));
  expect(shares).toEqual({ [auditor.principalId]: [2, 0.5], [second.principalId]: [2, 1] });
  const own = await askMetrics(second, `projects: ["${projectId}"], measures: [AUDITOR_ACCURACY], ${range}`);
  expect(own.rows[0]!.values[0]).toMatchObject({ n: 2, value: 1 });
});

test("the database refuses an adjudicator who made one of the two audits, whoever writes it", async () => {
  const { projectId, second, firsts } = await makeDoubles(["hate"]);
  const [{ id }] = await claimSecond(second, projectId);
  await lock(second, id, { policyCode: "NV" });
  await submit(second, id);
  await resolve();
  const adjudicatedBy = (adjudicator: string) => world.sql`update double_audits set outcome = 'ADJUDICATED', resolved_at = now(), adjudicator_id = ${adjudicator}
    where primary_audit_id = ${rawId(firsts[0]!)}`;
  await expect(adjudicatedBy(second.principalId)).rejects.toThrow("double_audits_auditors");
});

test("the second auditor, under whatever grant, sees nothing of the first before both are compared", async () => {
  const sampled = await makeDoubles(["hate"]);
  const { projectId, project, firsts } = sampled;
  const two = await world.caller({ role: "QA_LEAD", projectId: project.projectId }, { role: "AUDITOR", projectId: project.projectId });
  const as = (role: string) => ({ "x-assay-role": role });
  const claimed = await two.send("mutation ($input: ClaimSecondAuditInput!) { claimSecondAudit(input: $input) { ... on ClaimSecondAuditPayload { audits { id } } } }", { input: { projectId } }, as("AUDITOR"));
  const [{ id }] = (claimed.data as any).claimSecondAudit.audits;
  const seen = async () => {
    const { data } = await two.send("query ($id: ID!, $project: ID!) { node(id: $id) { id } project: node(id: $project) { ... on Project { audits { nodes { id } } samples { nodes { id } } doubleAudits { nodes { id } } } } }",
      { id: firsts[0], project: projectId }, as("QA_LEAD"));
    const { node, project: { audits, samples, doubleAudits } } = data as any;
    return { first: node !== null, audits: audits.nodes.length, samples: samples.nodes.length, doubles: doubleAudits.nodes.length };
  };
  const nothing = { first: false, audits: 1, samples: 0, doubles: 0 };
  expect(await seen()).toEqual(nothing);
  await two.send("mutation ($input: LockTruthInput!) { lockTruth(input: $input) { __typename } }", { input: { auditId: id, truth: truth(sampled, "hate") } }, as("AUDITOR"));
  expect(await seen()).toEqual(nothing);
  await two.send("mutation ($input: SubmitAuditInput!) { submitAudit(input: $input) { __typename } }", { input: { auditId: id, ...WORDS } }, as("AUDITOR"));
  expect(await seen()).toEqual(nothing);
  expect(await resolve()).toBe(1);
  expect(await seen()).toEqual({ first: true, audits: 2, samples: 1, doubles: 1 });
});

test("nothing waits for ever: what nobody judged a second time is published when it is due, or when a lead gives it up", async () => {
  const { projectId, lead, second, firsts } = await makeDoubles(["hate", "hate", "hate"]);
  const [{ id: unfinished }] = await claimSecond(second, projectId);
  expect(await asWorker((db) => expireDoubles(db, new Date()))).toBe(0);
  expect(await second.refused("expireDoubleAudit", { auditId: firsts[2] })).toMatchObject({ code: "FORBIDDEN" });
  expect((await lead.verb("expireDoubleAudit", { auditId: firsts[2] }, "audit { state }")).audit.state).toBe("PUBLISHED");
  expect(await lead.refused("expireDoubleAudit", { auditId: firsts[2] })).toMatchObject({ code: "CONFLICT" });
  expect(await asWorker((db) => expireDoubles(db, inDays(6)))).toBeGreaterThanOrEqual(2);
  for (const first of firsts) expect(await stateOf(lead, first)).toBe("PUBLISHED");
  expect(await stateOf(second, unfinished)).toBe("VOIDED");
  expect(await eventsOf(world, unfinished)).toEqual(["audit.draft null>DRAFT", "audit.voided DRAFT>VOIDED"]);
  expect(await second.refused("lockTruth", { auditId: unfinished, truth: { policyCode: "NV" } })).toMatchObject({ code: "CONFLICT" });
  expect((await doublesOf(lead, projectId)).map(({ outcome }: any) => outcome)).toEqual(["EXPIRED", "EXPIRED", "EXPIRED"]);
});

test("an expert audits a published audit again, and its auditor's accuracy has it; nothing else changes", async () => {
  const sampled = await makeSamples(world, some(1));
  const { projectId, project, lead, auditor } = sampled;
  const [{ id }] = await claim(auditor, projectId, "id");
  await lock(auditor, id, truth(sampled, "hate"));
  await submit(auditor, id);
  expect(await lead.refused("startAta", { auditId: id })).toMatchObject({ code: "CONFLICT" });
  await lead.verb("publishAudit", { auditId: id }, "audit { state }");
  expect(await auditor.refused("startAta", { auditId: id })).toMatchObject({ code: "FORBIDDEN" });
  const { audit: ata } = await lead.verb("startAta", { auditId: id }, "audit { id role state }");
  expect(ata).toMatchObject({ role: "ATA", state: "DRAFT" });
  expect(await stateOf(lead, id)).toBeNull();
  await lock(lead, ata.id, { policyCode: "NV" });
  expect((await submit(lead, ata.id)).state).toBe("SUBMITTED");
  expect(await stateOf(lead, id)).toBe("PUBLISHED");
  expect(await lead.refused("startAta", { auditId: id })).toMatchObject({ code: "FORBIDDEN" });
  const analyst = await world.caller({ role: "ANALYST", projectId: project.projectId });
  const args = `projects: ["${projectId}"], measures: [AUDITOR_ACCURACY, ACCURACY], range: { from: "2026-01-01", to: "2026-02-01" }`;
  const [accuracy, raw] = (await askMetrics(analyst, args)).rows[0]!.values;
  expect([accuracy!.n, accuracy!.value, raw!.n]).toEqual([1, 0, 1]);
});

test("a second auditor is nobody who has seen the decision, was its labeler, or lacks the skills; and knows by when it is due", async () => {
  const sampled = await makeSamples(world, some(1), { doubleAuditRate: 1 });
  const { project, projectId, auditor } = sampled;
  const grant = { role: "AUDITOR", projectId: project.projectId } as const;
  const [seen, second] = [await world.caller(grant), await world.caller(grant)];
  const [{ id: glimpsed, sample }] = await claim(seen, projectId, "id sample { id }");
  await lock(seen, glimpsed, { policyCode: "NV" });
  await seen.verb("releaseSample", { sampleId: sample.id }, "__typename");
  const [{ id }] = await claim(auditor, projectId, "id");
  await lock(auditor, id, { policyCode: "NV" });
  await submit(auditor, id);
  expect(await claimSecond(seen, projectId)).toEqual([]);
  const [labelerId] = project.vendors[0]!.labelerIds;
  await world.sql`insert into role_grants (id, principal_id, role, project_id, vendor_id, labeler_id, revoked_at)
    values (gen_random_uuid(), ${second.principalId}, 'LABELER', ${project.projectId}, ${project.vendors[0]!.id}, ${labelerId!}, now())`;
  expect(await claimSecond(second, projectId)).toEqual([]);
  await world.sql`delete from role_grants where principal_id = ${second.principalId} and role = 'LABELER'`;
  await world.sql`update queues set required_skills = '{Thai}' where project_id = ${project.projectId}`;
  expect(await claimSecond(second, projectId)).toEqual([]);
  await world.sql`update queues set required_skills = '{}' where project_id = ${project.projectId}`;
  const [due] = await world.sql`select due_at from double_audits where project_id = ${project.projectId}`;
  expect(await claimSecond(second, projectId, 1, "dueAt")).toEqual([{ dueAt: due!.due_at.toISOString() }]);
});

test("a decision drawn twice is offered blindly to nobody who saw it the first time", async () => {
  const { project, projectId, lead, auditor } = await makeSamples(world, some(1));
  const [{ id }] = await claim(auditor, projectId, "id");
  await lock(auditor, id, { policyCode: "NV" });
  await submit(auditor, id);
  const { node } = await lead.ask("query ($id: ID!) { node(id: $id) { ... on Audit { decision { id } } } }", { id });
  await lead.verb("addTargetedSamples", { projectId, decisionIds: [node.decision.id], reason: "A second look" }, "__typename");
  expect(await claim(auditor, projectId)).toEqual([]);
  const other = await world.caller({ role: "AUDITOR", projectId: project.projectId });
  expect((await claim(other, projectId)).length).toBe(1);
});

test("statements are constant in the number of double audits", async () => {
  const { projectId, lead, second } = await makeDoubles(["hate", "hate", "hate"]);
  const statements = async (work: () => Promise<unknown>) => {
    world.statements.length = 0;
    await work();
    return world.statements.length;
  };
  const one = await statements(() => claimSecond(second, projectId, 1));
  expect(await statements(() => claimSecond(second, projectId, 2))).toBe(one);
  expect(await statements(() => doublesOf(lead, projectId))).toBe(2);
});
