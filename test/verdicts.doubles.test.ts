import { afterAll, beforeAll, expect, test } from "vitest";
import { acting, everybody, everyField, leaked, ROLES } from "./kit/blindness.ts";
import { claim, eventsOf, lock, rawId, type SampledProject, submit } from "./kit/samples.ts";
import { answers, BLIND, carded, REST } from "./kit/verdicts.ts";
import { liftLimits } from "./kit/walkers.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
const limit = liftLimits();
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => {
  limit();
  return world.close();
});

// A sample drawn for two auditors, whose first audit is submitted.
async function doubled(given: object[] = REST): Promise<SampledProject & { first: string; sampleId: string }> {
  const of = await carded(world, ({ policies }) => [{ policyId: policies.hate, action: "REMOVE" }], { settings: { publishDelayMinutes: 0 } });
  await world.sql`update samples set is_double = true where project_id = ${of.project.projectId}`;
  const [audit] = await claim(of.auditor, of.projectId, "id sample { id }");
  await world.sql`update audits set is_double = true where id = ${rawId(audit.id)}`;
  await lock(of.auditor, audit.id, { policyCode: "NV", tags: ["first-tag"] }, "id", { answers: answers({ routed: { note: "first-note" } }) });
  await submit(of.auditor, audit.id, { answers: given, comment: "first-comment" });
  return { ...of, first: audit.id, sampleId: audit.sample.id };
}

// What the verb of double audits will do: a second audit of the sample, blind, without a lease.
async function second(of: SampledProject & { first: string }, by: Caller, role = "SECOND"): Promise<string> {
  const [row] = await world.sql`insert into audits (project_id, id, of_audit_id, auditor_id, role, state, sample_id, decision_id, run_id, stratum_id, layer, purpose, is_blind,
      scorecard_version_id, policy_version_id, content_ref, content_hash, modality, language, queue_id, labeler_id, vendor_id, site_id, team_id, policy_id, market, decided_at)
    select project_id, ${crypto.randomUUID()}, id, ${by.principalId}, ${role}, 'DRAFT', sample_id, decision_id, run_id, stratum_id, layer, purpose, ${role === "SECOND"},
      scorecard_version_id, policy_version_id, content_ref, content_hash, modality, language, queue_id, labeler_id, vendor_id, site_id, team_id, policy_id, market, decided_at
    from audits where id = ${rawId(of.first)} returning id, project_id`;
  if (role === "SECOND") {
    await world.sql`update double_audits set second_audit_id = ${row!.id}, second_auditor_id = ${by.principalId} where primary_audit_id = ${rawId(of.first)}`;
  }
  return Buffer.from(`Audit:${row!.project_id}:${row!.id}`).toString("base64url");
}

test("the first audit of two waits for the other instead of being published, and opens the double audit", async () => {
  const of = await doubled();
  const [audit] = await world.sql`select state, publish_due_at, published_at, window_due_at from audits where id = ${rawId(of.first)}`;
  expect(audit).toEqual({ state: "DOUBLE_PENDING", publish_due_at: null, published_at: null, window_due_at: null });
  const [double] = await world.sql`select primary_auditor_id, second_audit_id, due_at, outcome from double_audits where primary_audit_id = ${rawId(of.first)}`;
  expect(double).toMatchObject({ primary_auditor_id: of.auditor.principalId, second_audit_id: null, outcome: null });
  const [event] = await world.sql`select payload from events where subject_id = ${rawId(of.first)} and type = 'audit.double_pending'`;
  expect(event!.payload).toEqual({ dueAt: double!.due_at.toISOString() });
  expect(double!.due_at.getTime()).toBeGreaterThan(Date.now() + 47 * 3_600_000);
  expect(await eventsOf(world, of.first)).toEqual(["audit.revealed DRAFT>REVEALED", "audit.double_pending REVEALED>DOUBLE_PENDING"]);
  expect(await eventsOf(world, of.sampleId)).toEqual(["sample.in_audit DRAWN>IN_AUDIT", "sample.audited IN_AUDIT>AUDITED"]);
});

test("a second audit needs no lease and ends with its submission; the sample stays as the first left it", async () => {
  const of = await doubled();
  for (const [by, role] of [[await world.caller({ role: "AUDITOR", projectId: of.project.projectId }), "SECOND"], [of.lead, "ATA"]] as const) {
    const id = await second(of, by, role);
    if (role === "SECOND") {
      expect(await by.refused("lockTruth", { auditId: id, truth: { policyCode: "NV" } })).toMatchObject({ path: ["answers"] });
      await lock(by, id, { policyCode: "NV" }, "id", { answers: BLIND });
      expect(await submit(by, id, { answers: REST }, "state publishDueAt")).toEqual({ state: "SUBMITTED", publishDueAt: null });
    } else {
      expect(await submit(by, id, { truth: { policyCode: "NV" }, answers: [...BLIND, ...REST] }, "state")).toEqual({ state: "SUBMITTED" });
    }
    expect(await by.refused("amendAudit", { auditId: id, cause: "TOOL" }), role).toMatchObject({ code: "FORBIDDEN" });
    const [event] = await world.sql`select payload from events where subject_id = ${rawId(id)} and type = 'audit.submitted'`;
    expect(event!.payload).toEqual({ role });
    const [{ verdicts, sample }] = (await world.sql`select (select count(*)::int from verdicts where audit_id = ${rawId(id)}) as verdicts,
      (select state from samples where id = ${rawId(of.sampleId)}) as sample`) as any;
    expect([verdicts, sample]).toEqual([1, "AUDITED"]);
  }
  expect(await eventsOf(world, of.sampleId)).toEqual(["sample.in_audit DRAWN>IN_AUDIT", "sample.audited IN_AUDIT>AUDITED"]);
});

test("whoever judges a second time sees no answer, verdict or finding of the first, under any of their roles, before or after their own reveal", async () => {
  const of = await doubled([...REST, ...answers({ policy: { errorCode: "slur", note: "finding-note" } })]);
  const caller = await everybody(world, of);
  const id = await second(of, caller);
  const [verdict] = await world.sql`select v.id, f.id as finding from verdicts v join findings f on f.verdict_id = v.id where v.audit_id = ${rawId(of.first)}`;
  const secrets = [rawId(of.first), verdict!.id, verdict!.finding, "first-tag", "first-note", "first-comment", "finding-note", of.auditor.principalId];
  const nodes = [of.first, ...[["Verdict", verdict!.id], ["Finding", verdict!.finding]].map(([type, own]) => Buffer.from(`${type}:${of.project.projectId}:${own}`).toString("base64url"))];
  const fields = await everyField(world, "Audit", 2);
  const look = async (when: string) => {
    for (const role of ROLES) {
      const ask = acting(caller, role);
      const query = `query ($project: ID!, $nodes: [ID!]!) { nodes(ids: $nodes) { id } audits { nodes { id } }
        project: node(id: $project) { ... on Project { audits { totalCount nodes { ${fields} verdicts { nodes { findings { totalCount nodes { note } } } } } } } } }`;
      const answer = await ask(query, { project: of.projectId, nodes });
      expect(answer.nodes, `${when}, ${role}`).toEqual([null, null, null]);
      expect(answer.project.audits.totalCount, `${when}, ${role}`).toBe(1);
      expect(leaked(answer, secrets), `${when}, ${role}`).toEqual([]);
      if (role !== "QA_LEAD") continue;
      const { correctVerdict } = await ask('mutation ($id: ID!) { correctVerdict(input: { auditId: $id, explanation: "x" }) { ... on Refusal { code } } }', { id: of.first });
      expect(correctVerdict).toEqual({ code: "NOT_FOUND" });
    }
  };
  await look("blind");
  const act = acting(caller, "AUDITOR");
  const locked = await act("mutation ($input: LockTruthInput!) { lockTruth(input: $input) { __typename ... on Refusal { message } } }", { input: { auditId: id, truth: { policyCode: "NV" }, answers: BLIND } });
  expect(locked.lockTruth).toEqual({ __typename: "LockTruthPayload" });
  await look("revealed");
});
