import { afterAll, beforeAll, expect, test } from "vitest";
import { claim, drawAll, eventsOf, lock, makeSamples, rawId, some, submit } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

test("auditors who claim at once never share a sample, and all are handed out", async () => {
  const { project, projectId } = await makeSamples(world, some(200));
  const auditors = await Promise.all(Array.from({ length: 16 }, () => world.caller({ role: "AUDITOR", projectId: project.projectId })));
  const claims = await Promise.all(auditors.flatMap((auditor) => [1, 2, 3].map(() => claim(auditor, projectId, "id sample { id }", { count: 5 }))));
  const rest = await claim(auditors[0]!, projectId, "id sample { id }", { count: 20 });
  const samples = [...claims.flat(), ...rest].map((audit) => audit.sample.id);
  expect(samples.length).toBe(200);
  expect(new Set(samples).size).toBe(200);
  expect(await claim(auditors[1]!, projectId)).toEqual([]);
  const live = await world.sql`select sample_id from audits where project_id = ${project.projectId} and state <> 'VOIDED' group by sample_id having count(*) > 1`;
  expect(live.length).toBe(0);
});

test("the next samples are those due first; a count out of range, another layer and another project are refused", async () => {
  const { project, projectId, lead, auditor } = await makeSamples(world, some(3));
  const rows = await world.sql`select id from samples where project_id = ${project.projectId} order by id`;
  await world.sql`update samples set due_at = due_at - interval '1 hour' where id = ${rows[2]!.id}`;
  expect((await claim(lead, projectId, "sample { id }", { count: 2 })).map((audit) => rawId(audit.sample.id))).toEqual([rows[2]!.id, rows[0]!.id]);
  for (const count of [0, 21]) expect(await auditor.refused("claimSamples", { projectId, count })).toMatchObject({ code: "INVALID_INPUT", path: ["count"] });
  expect(await auditor.refused("claimSamples", { projectId, layer: "VENDOR" })).toMatchObject({ code: "FORBIDDEN" });
  const foreign = await world.caller({ role: "AUDITOR", projectId: (await makeSamples(world, some(1))).project.projectId });
  expect(await foreign.refused("claimSamples", { projectId })).toMatchObject({ code: "NOT_FOUND" });
  const quality = await world.caller({ role: "VENDOR_QA", projectId: project.projectId, vendorId: project.vendors[0]!.id });
  expect(await quality.refused("claimSamples", { projectId })).toMatchObject({ code: "FORBIDDEN" });
});

test("a vendor's auditors get their own vendor's decisions, by team where the grant names one, and never their own", async () => {
  const { project, projectId, lead } = await makeSamples(
    world,
    ({ vendors }) => vendors.flatMap((vendor) => vendor.labelerIds.map((labelerId) => ({ vendor, labelerId }))),
    { layer: "VENDOR" },
  );
  const [first, second] = project.vendors as [(typeof project.vendors)[0], (typeof project.vendors)[0]];
  const of = { role: "VENDOR_QA", projectId: project.projectId } as const;
  const grants = [{ ...of, vendorId: first.id }, { role: "LABELER", projectId: project.projectId, vendorId: first.id, labelerId: first.labelerIds[0]! }] as const;
  const both = await world.caller(...grants);
  const claimAs = async (caller: Caller, header: string) => {
    const query = "mutation ($input: ClaimSamplesInput!) { claimSamples(input: $input) { ... on ClaimSamplesPayload { audits { id } } ... on Refusal { message } } }";
    return (await caller.send(query, { input: { projectId, layer: "VENDOR", count: 20 } }, { "x-assay-role": header })).data.claimSamples.audits;
  };
  const mine = await claimAs(both, "VENDOR_QA");
  expect(mine.length).toBe(1);
  const [row] = await world.sql`select labeler_id, layer, vendor_id from audits where id = ${rawId(mine[0].id)}`;
  expect(row).toEqual({ labeler_id: first.labelerIds[1], layer: "VENDOR", vendor_id: first.id });
  const elsewhere = await world.caller({ ...of, vendorId: second.id, teamId: first.teamId });
  expect(await claim(elsewhere, projectId, "id", { layer: "VENDOR" })).toEqual([]);
  const quality = await world.caller({ ...of, vendorId: second.id, teamId: second.teamId });
  const [audit, next] = await claim(quality, projectId, "id purpose sample { id purpose inclusionProbability }", { layer: "VENDOR", count: 20 });
  expect(audit).toMatchObject({ purpose: null, sample: { purpose: null, inclusionProbability: null } });
  await lock(quality, audit.id, { policyCode: "NV" });
  expect(await submit(quality, audit.id)).toMatchObject({ state: "SUBMITTED" });
  await quality.verb("releaseSample", { sampleId: next.sample.id }, "sample { id }");
  const manager = await world.caller({ role: "VENDOR_MANAGER", projectId: project.projectId, vendorId: second.id });
  expect((await manager.verb("publishAudit", { auditId: audit.id }, "audit { state }")).audit.state).toBe("PUBLISHED");
  expect((await lead.ask("{ audits(filter: { layers: [VENDOR], states: [PUBLISHED] }) { totalCount } }")).audits.totalCount).toBe(1);
});

test("a released sample goes back and its audit is void; whoever has seen the decision doesn't get it again", async () => {
  const { project, projectId, lead, auditor } = await makeSamples(world, some(1));
  const [audit] = await claim(auditor, projectId, "id sample { id version }");
  expect(await auditor.refused("releaseSample", { sampleId: audit.sample.id, expectedVersion: 1 })).toMatchObject({ __typename: "VersionConflictRefusal" });
  expect(await auditor.verb("releaseSample", { sampleId: audit.sample.id, expectedVersion: 2 }, "sample { id }")).toMatchObject({ sample: null });
  expect(await eventsOf(world, audit.id, audit.sample.id)).toEqual(["sample.in_audit DRAWN>IN_AUDIT", "audit.voided DRAFT>VOIDED", "sample.drawn IN_AUDIT>DRAWN"]);
  const [again] = await claim(auditor, projectId, "id sample { id }");
  expect(again.sample.id).toBe(audit.sample.id);
  expect(again.id).not.toBe(audit.id);
  await lock(auditor, again.id, { policyCode: "NV" });
  const { sample } = await lead.verb("releaseSample", { sampleId: audit.sample.id }, "sample { state assignee { id } leaseUntil audits { nodes { state } } }");
  expect(sample).toEqual({ state: "DRAWN", assignee: null, leaseUntil: null, audits: { nodes: [{ state: "VOIDED" }, { state: "VOIDED" }] } });
  expect(await claim(auditor, projectId)).toEqual([]);
  expect((await claim(await world.caller({ role: "AUDITOR", projectId: project.projectId }), projectId)).length).toBe(1);
});

test("layers are apart: the same decision is audited in both, by their own people", async () => {
  const { project, projectId, lead, auditor } = await makeSamples(world, some(1));
  await drawAll(lead, projectId, { layer: "VENDOR" });
  const quality = await world.caller({ role: "VENDOR_QA", projectId: project.projectId, vendorId: project.vendors[0]!.id });
  const [client] = await claim(auditor, projectId, "id layer", { count: 5 });
  const [vendors] = await claim(quality, projectId, "id layer", { count: 5, layer: "VENDOR" });
  expect([client.layer, vendors.layer]).toEqual(["CLIENT", "VENDOR"]);
});
