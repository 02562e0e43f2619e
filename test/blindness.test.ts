import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { acting, claimOne, everybody, everyField, leaked, ROLES, sampled, seal, secretsOf } from "./kit/blindness.ts";
import { claim, globalId, rawId } from "./kit/samples.ts";
import { liftLimits } from "./kit/walkers.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
const limit = liftLimits();
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => {
  limit();
  return world.close();
});

// Until the truth is locked, an auditor sees nothing of the decision, whatever other grants they hold.

test("in no field of audit, sample, verb or event, and not on the way to them", async () => {
  const of = await sampled(world);
  const { decision, draw } = await secretsOf(world, of);
  const caller = await everybody(world, of);
  const [auditFields, sampleFields] = [await everyField(world, "Audit", 2), await everyField(world, "Sample", 2)];
  const claimed = await caller.send(
    `mutation ($input: ClaimSamplesInput!) { claimSamples(input: $input) { ... on ClaimSamplesPayload { audits { ${auditFields} } } } }`,
    { input: { projectId: of.projectId } },
    { "x-assay-role": "AUDITOR" },
  );
  const [audit] = claimed.data.claimSamples.audits;
  expect(leaked(claimed, [...decision, ...draw])).toEqual([]);
  expect(audit).toMatchObject({ state: "DRAFT", contentRef: "item-1", purpose: null, policyVersion: null, sample: { purpose: null, inclusionProbability: null, drawOrder: null, run: null, stratum: null } });
  await seal(world, of.project.projectId);
  const decisionId = encodeId("Decision", { projectId: of.project.projectId, id: of.decisionIds[0]! });
  for (const role of ROLES) {
    const ask = acting(caller, role);
    const answer = await ask(
      `query ($audit: ID!, $sample: ID!, $project: ID!) {
        audit: node(id: $audit) { ... on Audit { ${auditFields} } } sample: node(id: $sample) { ... on Sample { ${sampleFields} } }
        audits { totalCount edges { cursor node { ${auditFields} } } } samples(orderBy: { field: DUE_AT }) { totalCount edges { cursor node { ${sampleFields} } } }
        project: node(id: $project) { ... on Project { audits { nodes { ${auditFields} } } samples { nodes { ${sampleFields} } }
          queues { nodes { audits { nodes { id } } samples { nodes { id } } } } } }
      }`,
      { audit: audit.id, sample: audit.sample.id, project: of.projectId },
    );
    expect(leaked(answer, [...decision, ...draw]), role).toEqual([]);
    expect(answer.audit.id, role).toBe(audit.id);
    expect(answer.audits.totalCount, role).toBe(1);
    expect(await ask("query ($id: ID!) { node(id: $id) { id } }", { id: decisionId }), role).toEqual({ node: null });
    const { node } = await ask(
      "query ($id: ID!) { node(id: $id) { ... on Project { events(first: 100) { nodes { type fromState toState reason payload subject { type id } subjectNode { __typename } } } } } }",
      { id: of.projectId },
    );
    const own = node.events.nodes.filter((each: any) => [audit.id, audit.sample.id].includes(each.subject.id));
    expect(leaked(own, [...decision, ...draw]), `events as ${role}`).toEqual([]);
    if (role === "AUDITOR") expect(leaked(node, [...decision, ...draw]), "all events").toEqual([]);
  }
});

test("not by refusals: they are the same whatever the decision says", async () => {
  const of = await sampled(world);
  const { decision, draw } = await secretsOf(world, of);
  const [audit] = await claim(of.auditor, of.projectId, "id sample { id }");
  const attempts: [string, Record<string, unknown>][] = [
    ["submitAudit", { auditId: audit.id }],
    ["lockTruth", { auditId: audit.id, truth: {} }],
    ["lockTruth", { auditId: audit.id, truth: { policyCode: "nope" } }],
    ["lockTruth", { auditId: audit.id, truth: { policyCode: "NV" }, expectedVersion: 9 }],
    ["publishAudit", { auditId: audit.id }],
    ["releaseSample", { sampleId: audit.sample.id, expectedVersion: 9 }],
    ["drawSamples", { planId: encodeId("SamplingPlan", { projectId: of.project.projectId, id: draw[1]! }), windowFrom: "2026-01-01T00:00:00Z", windowTo: "2026-02-01T00:00:00Z" }],
  ];
  for (const [verb, input] of attempts) expect(leaked(await of.auditor.refused(verb, input), [...decision, draw[0]!, draw[2]!]), verb).toEqual([]);
  const [{ state }] = (await world.sql`select state from audits where id = ${rawId(audit.id)}`) as unknown as [{ state: string }];
  expect(state).toBe("DRAFT");
});

test("not after the lease has ended, nor after the sample was given back", async () => {
  const of = await sampled(world);
  const { decision } = await secretsOf(world, of);
  const caller = await everybody(world, of);
  const audit = await claimOne(caller, of);
  await world.sql`update samples set state = 'DRAWN', lease_until = null where id = ${rawId(audit.sample.id)}`;
  const fields = [await everyField(world, "Audit", 1), await everyField(world, "Sample", 1)];
  const query = `query ($audit: ID!, $sample: ID!) { a: node(id: $audit) { ... on Audit { ${fields[0]} } } s: node(id: $sample) { ... on Sample { ${fields[1]} } } }`;
  for (const role of ROLES) {
    const answer = await acting(caller, role)(query, { audit: audit.id, sample: audit.sample.id });
    expect(leaked(answer, [...decision, "RANDOM"]), role).toEqual([]);
  }
  await claimOne(caller, of);
  await of.lead.verb("releaseSample", { sampleId: audit.sample.id }, "sample { id }");
  const { node } = await acting(caller, "AUDITOR")("query ($id: ID!) { node(id: $id) { ... on Audit { state purpose policyVersion { id } } } }", { id: audit.id });
  expect(node).toEqual({ state: "VOIDED", purpose: null, policyVersion: null });
});

test("a vendor's auditor is blind in layer VENDOR too, also as its manager, and never sees a draw", async () => {
  const of = await sampled(world, { layer: "VENDOR" });
  const { decision, draw } = await secretsOf(world, of);
  const [, vendor] = of.project.vendors;
  const grant = { projectId: of.project.projectId, vendorId: vendor!.id };
  const caller = await world.caller({ role: "VENDOR_QA", ...grant }, { role: "VENDOR_MANAGER", ...grant });
  const fields = await everyField(world, "Audit", 2);
  const { claimSamples } = await acting(caller, `VENDOR_QA:${vendor!.code}`)(
    `mutation ($id: ID!) { claimSamples(input: { projectId: $id, layer: VENDOR }) { ... on ClaimSamplesPayload { audits { ${fields} } } } }`,
    { id: of.projectId },
  );
  const [audit] = claimSamples.audits;
  expect(leaked(claimSamples, [...decision, ...draw])).toEqual([]);
  for (const role of ["VENDOR_QA", "VENDOR_MANAGER"]) {
    const ask = acting(caller, `${role}:${vendor!.code}`);
    expect(leaked(await ask(`{ audits { nodes { ${fields} } } samples { nodes { id purpose } } }`), [...decision, ...draw]), role).toEqual([]);
    expect(await ask("query ($ids: [ID!]) { audits(filter: { labelerIds: $ids }) { totalCount } }", { ids: [globalId("Labeler", vendor!.labelerIds[0]!)] }), role).toEqual({ audits: { totalCount: 0 } });
  }
  await acting(caller, `VENDOR_QA:${vendor!.code}`)('mutation ($id: ID!) { lockTruth(input: { auditId: $id, truth: { policyCode: "NV" } }) { __typename } }', { id: audit.id });
  const { audits } = await acting(caller, `VENDOR_MANAGER:${vendor!.code}`)(`{ audits { nodes { ${fields} } } }`);
  expect(leaked(audits, draw)).toEqual([]);
  expect(audits.nodes[0].verdict).toMatchObject({ errorType: "OVER_ENFORCEMENT" });
});

test("once the truth is locked its auditor sees the verdict, but never the draw; others' drafts stay hidden from auditors", async () => {
  const of = await sampled(world);
  const { draw } = await secretsOf(world, of);
  const [audit] = await claim(of.auditor, of.projectId);
  const other = await world.caller({ role: "AUDITOR", projectId: of.project.projectId });
  expect((await other.ask("query ($id: ID!) { node(id: $id) { id } audits { totalCount } samples { totalCount } }", { id: audit.id }))).toEqual({ node: null, audits: { totalCount: 0 }, samples: { totalCount: 0 } });
  const fields = await everyField(world, "Audit", 2);
  const { audit: revealed } = await of.auditor.verb("lockTruth", { auditId: audit.id, truth: { policyCode: "NV" } }, `audit { ${fields} }`);
  expect(revealed).toMatchObject({ state: "REVEALED", verdict: { errorType: "OVER_ENFORCEMENT" } });
  expect(leaked(revealed, draw)).toEqual([]);
  expect((await of.lead.ask("query ($id: ID!) { node(id: $id) { ... on Audit { purpose sample { purpose inclusionProbability drawOrder run { seed } stratum { key } } } } }", { id: audit.id })).node).toMatchObject({
    purpose: "RANDOM", sample: { purpose: "RANDOM", inclusionProbability: 1, drawOrder: 1, run: { seed: draw[2] }, stratum: { key: draw[1] } },
  });
});
