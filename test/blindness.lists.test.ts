import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { acting, claimOne, everybody, leaked, ROLES, sampled, secretsOf } from "./kit/blindness.ts";
import { claim, drawAll, globalId, submit } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

test("in no list, count, filter or sort that would say by its contents what a field doesn't", async () => {
  const of = await sampled(world);
  const { project } = of;
  const [, vendor] = project.vendors;
  const caller = await everybody(world, of);
  const audit = await claimOne(caller, of);
  const [run] = await world.sql`select id from sampling_runs where project_id = ${project.projectId}`;
  const [labeler, policy, vendorId] = [globalId("Labeler", vendor!.labelerIds[0]!), globalId("Policy", project.policies.hate), globalId("Vendor", vendor!.id)];
  const runId = encodeId("SamplingRun", { projectId: project.projectId, id: run!.id });
  const narrowed = [{ labelerIds: [labeler] }, { vendorIds: [vendorId] }, { policyIds: [policy] }];
  const auditFilters = [...narrowed, { decidedFrom: "2026-01-07T00:00:00Z" }, { decidedTo: "2026-01-08T00:00:00Z" }, { isMine: true, labelerIds: [labeler] }];
  const sampleFilters = [...narrowed, { purposes: ["RANDOM"] }, { isMine: true, vendorIds: [vendorId] }];
  const auditsBy = "query ($filter: AuditFilter) { audits(filter: $filter) { totalCount nodes { id } } }";
  const samplesBy = "query ($filter: SampleFilter) { samples(filter: $filter) { totalCount nodes { id } } }";
  const empty = { totalCount: 0, nodes: [] };
  for (const role of ROLES) {
    const ask = acting(caller, role);
    for (const filter of auditFilters) {
      const answer = await caller.send(auditsBy, { filter }, { "x-assay-role": role });
      // Policy managers don't see labelers at all.
      if (role === "POLICY_MANAGER" && "labelerIds" in filter) expect(answer.errors![0]!.extensions).toMatchObject({ code: "FORBIDDEN" });
      else expect(answer, `${role} ${JSON.stringify(filter)}`).toMatchObject({ data: { audits: empty } });
    }
    for (const filter of sampleFilters) {
      if (["AUDITOR", "POLICY_MANAGER"].includes(role)) {
        const { errors } = await caller.send(samplesBy, { filter }, { "x-assay-role": role });
        expect(errors![0]!.extensions, `${role} ${JSON.stringify(filter)}`).toMatchObject({ code: "FORBIDDEN", path: ["filter", expect.any(String)] });
        expect(leaked(errors, (await secretsOf(world, of)).decision)).toEqual([]);
      } else {
        const { samples } = await ask(samplesBy, { filter });
        expect(samples.nodes, `${role} ${JSON.stringify(filter)}`).not.toContainEqual({ id: audit.sample.id });
        // An administrator sees other tests' projects too.
        if (role !== "ADMIN") expect(samples, `${role} ${JSON.stringify(filter)}`).toEqual(empty);
      }
    }
    const below = await ask(
      `query ($labeler: ID!, $run: ID!) { labeler: node(id: $labeler) { ... on Labeler { audits { totalCount nodes { id } } } }
        run: node(id: $run) { ... on SamplingRun { samples { totalCount nodes { id } } } } }`,
      { labeler, run: runId },
    );
    if (below.labeler) expect(below.labeler.audits, role).toEqual(empty);
    if (below.run) expect(below.run.samples, role).toEqual(empty);
  }
  // Another lead is not blind to it.
  const lead = acting(of.lead, "QA_LEAD");
  for (const filter of auditFilters.filter((each) => !("isMine" in each))) expect((await lead(auditsBy, { filter })).audits.nodes).toEqual([{ id: audit.id }]);
  for (const filter of sampleFilters.filter((each) => !("isMine" in each))) expect((await lead(samplesBy, { filter })).samples.nodes).toEqual([{ id: audit.sample.id }]);
  const { __type: auditOrder } = await world.admin.ask('{ __type(name: "AuditOrderField") { enumValues { name } } }');
  const { __type: sampleOrder } = await world.admin.ask('{ __type(name: "SampleOrderField") { enumValues { name } } }');
  expect(auditOrder.enumValues.map((each: any) => each.name).sort(), "no sort by what is masked").toEqual(["ID", "UPDATED_AT"]);
  expect(sampleOrder.enumValues.map((each: any) => each.name).sort()).toEqual(["DUE_AT", "ID", "UPDATED_AT"]);
});

test("not through another layer's audit of the same decision", async () => {
  const of = await sampled(world);
  await world.sql`update projects set settings = '{"publishDelayMinutes": 0}' where id = ${of.project.projectId}`;
  await drawAll(of.lead, of.projectId, { layer: "VENDOR" });
  const quality = await world.caller({ role: "VENDOR_QA", projectId: of.project.projectId, vendorId: of.project.vendors[1]!.id });
  const [theirs] = await claim(quality, of.projectId, "id", { layer: "VENDOR" });
  await quality.verb("lockTruth", { auditId: theirs.id, truth: { policyCode: "NV" } }, "audit { id }");
  await submit(quality, theirs.id);
  const caller = await everybody(world, of);
  const sees = async (role: string) => {
    const data = await acting(caller, role)("query ($id: ID!) { node(id: $id) { id } audits(filter: { layers: [VENDOR] }) { totalCount nodes { contentRef verdict { errorType } } } }", { id: theirs.id });
    return [data.node !== null, data.audits.totalCount];
  };
  for (const role of ROLES) expect(await sees(role), `before, ${role}`).toEqual([true, 1]);
  const mine = await claimOne(caller, of);
  for (const role of ROLES) expect(await sees(role), `while blind, ${role}`).toEqual([false, 0]);
  await acting(caller, "AUDITOR")('mutation ($id: ID!) { lockTruth(input: { auditId: $id, truth: { policyCode: "NV" } }) { __typename } }', { id: mine.id });
  for (const role of ROLES) expect(await sees(role), `until submitted, ${role}`).toEqual([false, 0]);
  await acting(caller, "AUDITOR")("mutation ($id: ID!) { submitAudit(input: { auditId: $id, cause: OTHER, guidance: \"No\" }) { __typename } }", { id: mine.id });
  for (const role of ROLES) expect(await sees(role), `after, ${role}`).toEqual([true, 1]);
});

test("the decision itself is found by nobody who is blind to it, and by its auditor once the truth is locked", async () => {
  const of = await sampled(world);
  const { project } = of;
  const [, vendor] = project.vendors;
  const caller = await everybody(world, of);
  const query = `query ($project: ID!, $labeler: ID!, $queue: ID!, $audit: ID!, $code: String!, $vendor: String!) {
    decisions(filter: { projectId: $project }) { totalCount nodes { externalRef } }
    decisionByRef(projectCode: $code, vendorCode: $vendor, externalRef: "ref-secret") { id }
    labeler: node(id: $labeler) { ... on Labeler { decisions { totalCount } } } queue: node(id: $queue) { ... on Queue { decisions { totalCount } } }
    audit: node(id: $audit) { ... on Audit { decision { externalRef action decidedAt labeler { id } vendor { code } policy { code } audits { nodes { id } } } sample { decision { externalRef } } } } }`;
  const audit = await claimOne(caller, of);
  const variables = {
    project: of.projectId, labeler: globalId("Labeler", vendor!.labelerIds[0]!), queue: encodeId("Queue", { projectId: project.projectId, id: project.queueId }),
    audit: audit.id, code: project.projectCode, vendor: vendor!.code,
  };
  for (const role of ROLES) {
    const data = await acting(caller, role)(query, variables);
    expect(data, role).toMatchObject({ decisions: { totalCount: 0, nodes: [] }, decisionByRef: null, audit: { decision: null, sample: { decision: null } } });
    for (const parent of [data.labeler, data.queue]) if (parent) expect(parent, role).toEqual({ decisions: { totalCount: 0 } });
  }
  expect(await acting(of.lead, "QA_LEAD")(query, variables), "another lead").toMatchObject({ decisions: { totalCount: 1 }, audit: { decision: { externalRef: "ref-secret" } } });
  const ask = acting(caller, "AUDITOR");
  const { lockTruth } = await ask(
    `mutation ($id: ID!) { lockTruth(input: { auditId: $id, truth: { policyCode: "NV" } }) { ... on LockTruthPayload { audit { decision { externalRef } } } } }`,
    { id: audit.id },
  );
  expect(lockTruth.audit.decision).toEqual({ externalRef: "ref-secret" });
  expect((await ask(query, variables)).audit).toMatchObject({
    decision: { externalRef: "ref-secret", action: "REMOVE", labeler: { id: variables.labeler }, vendor: { code: vendor!.code }, audits: { nodes: [{ id: audit.id }] } },
    sample: { decision: { externalRef: "ref-secret" } },
  });
});
