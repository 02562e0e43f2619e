import { afterAll, beforeAll, expect, test } from "vitest";
import { addQueue, setProfile } from "./kit/claims.ts";
import { claim, drawAll, eventsOf, globalId, lock, makeSamples, projectGid, rawId, some } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const principal = ({ principalId }: { principalId: string }) => globalId("Principal", principalId);
const SAMPLE = "sample { id state version leaseUntil assignee { id } audits { nodes { id state auditor { id } } } }";
const ITEMS = "items { id outcome refusal { code message path } }";
const waiting = async (lead: any) => (await lead.ask("{ samples(first: 100) { nodes { id } } }")).samples.nodes.map(({ id }: { id: string }) => id) as string[];

test("a lead gives a waiting and a leased sample to somebody else, who works on it anew", async () => {
  const { project, projectId, lead, auditor } = await makeSamples(world, some(2));
  const other = await world.caller({ role: "AUDITOR", projectId: project.projectId });
  const [audit] = await claim(auditor, projectId, "id sample { id version }");
  await lock(auditor, audit.id, { policyCode: "NV" });
  const give = async (sampleId: string, to: typeof other, extra = {}) =>
    (await lead.verb("reassignSample", { sampleId, assigneeId: principal(to), ...extra }, SAMPLE)).sample;
  const given = await give(audit.sample.id, other, { expectedVersion: audit.sample.version });
  expect(given).toMatchObject({ state: "IN_AUDIT", assignee: { id: principal(other) } });
  expect(Date.parse(given.leaseUntil) - Date.now()).toBeGreaterThan(59 * 60_000);
  expect(given.audits.nodes.map(({ state, auditor: { id } }: any) => [state, id])).toEqual([["VOIDED", principal(auditor)], ["DRAFT", principal(other)]]);
  expect(await eventsOf(world, audit.sample.id)).toEqual(["sample.in_audit DRAWN>IN_AUDIT", "sample.reassignSample IN_AUDIT>IN_AUDIT"]);
  expect((await eventsOf(world, audit.id)).at(-1)).toBe("audit.voided REVEALED>VOIDED");
  expect(await auditor.refused("saveAuditDraft", { auditId: audit.id, draft: {} })).toMatchObject({ __typename: "InvalidTransitionRefusal" });
  await lock(other, given.audits.nodes[1].id, { policyCode: "NV" });
  // Who has seen the decision doesn't get it back.
  expect(await lead.refused("reassignSample", { sampleId: audit.sample.id, assigneeId: principal(auditor) })).toMatchObject({ code: "CONFLICT", path: ["assigneeId"] });
  expect(await lead.refused("reassignSample", { sampleId: audit.sample.id, assigneeId: principal(other) })).toMatchObject({ message: expect.stringContaining("theirs already") });

  const second = (await waiting(lead)).find((id) => id !== audit.sample.id)!;
  expect(await lead.refused("reassignSample", { sampleId: second, assigneeId: principal(other), expectedVersion: 7 })).toMatchObject({ __typename: "VersionConflictRefusal" });
  expect((await give(second, other)).audits.nodes.length).toBe(1);
  expect(await eventsOf(world, second)).toEqual(["sample.in_audit DRAWN>IN_AUDIT"]);
  const [sealed] = await world.sql`select payload, auditor_id from events where subject_id = ${rawId(second)}`;
  expect(sealed).toMatchObject({ payload: { leaseUntil: expect.any(String) }, auditor_id: other.principalId });
});

test("a lead gives a kept draft back to its auditor as it was", async () => {
  const { projectId, lead, auditor } = await makeSamples(world, some(1));
  const [audit] = await claim(auditor, projectId, "id sample { id }");
  await world.sql`update samples set state = 'DRAWN', lease_until = null where id = ${rawId(audit.sample.id)}`;
  const { sample } = await lead.verb("reassignSample", { sampleId: audit.sample.id, assigneeId: principal(auditor) }, SAMPLE);
  expect(sample.audits.nodes).toMatchObject([{ id: audit.id, state: "DRAFT" }]);
});

test("the claim's guards hold for whoever a lead chooses", async () => {
  const { project, projectId, lead, auditor } = await makeSamples(world, some(2));
  const asking = await addQueue(world, project, { skills: ["law"] });
  const [id, skipped] = await waiting(lead);
  const refused = (assignee: { principalId: string }, sampleId = id!) => lead.refused("reassignSample", { sampleId, assigneeId: principal(assignee) });
  const grant = { projectId: project.projectId };
  const vendorId = project.vendors[0]!.id;
  for (const someone of [await world.caller({ role: "ANALYST", ...grant }), await world.caller({ role: "VENDOR_QA", vendorId, ...grant }),
    await world.caller({ role: "AUDITOR", projectId: (await makeSamples(world, some(1))).project.projectId }), { principalId: crypto.randomUUID() }]) {
    expect(await refused(someone)).toMatchObject({ code: "INVALID_INPUT", path: ["assigneeId"] });
  }
  const gone = await world.caller({ role: "AUDITOR", ...grant });
  await world.sql`update role_grants set revoked_at = now() where principal_id = ${gone.principalId}`;
  expect(await refused(gone)).toMatchObject({ code: "INVALID_INPUT" });
  const audits = await claim(auditor, projectId, "sample { id }", { count: 2 });
  expect(audits.length).toBe(2);
  await auditor.verb("skipSample", { sampleId: skipped!, reason: "x" }, "sample { id }");
  expect(await refused(auditor, skipped)).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("skipped") });
  await auditor.verb("releaseSample", { sampleId: id! }, "sample { id }");
  await world.sql`update samples set queue_id = ${asking.id} where id = ${rawId(id!)}`;
  expect(await refused(auditor)).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("skills") });
  await setProfile(lead, project, auditor, { skills: ["law"], markets: [asking.market] });
  expect((await lead.verb("reassignSample", { sampleId: id!, assigneeId: principal(auditor) }, SAMPLE)).sample.state).toBe("IN_AUDIT");
  expect(await auditor.refused("reassignSample", { sampleId: id!, assigneeId: principal(auditor) })).toMatchObject({ code: "FORBIDDEN" });
  expect(await lead.refused("reassignSample", { sampleId: id!, assigneeId: projectId })).toMatchObject({ code: "INVALID_INPUT", path: ["assigneeId"] });
});

test("vendor QA gets samples of its own vendor alone from a lead", async () => {
  const { project, lead } = await makeSamples(world, ({ vendors }) => vendors.map((vendor) => ({ vendor })), { layer: "VENDOR" });
  const quality = await world.caller({ role: "VENDOR_QA", projectId: project.projectId, vendorId: project.vendors[0]!.id });
  const { items } = await lead.verb("reassignSamples", { sampleIds: await waiting(lead), assigneeId: principal(quality) }, ITEMS);
  expect(items.map(({ outcome }: any) => outcome).sort()).toEqual(["DONE", "REFUSED"]);
  const [row] = await world.sql`select vendor_id from samples where state = 'IN_AUDIT' and project_id = ${project.projectId}`;
  expect(row!.vendor_id).toBe(project.vendors[0]!.id);
});

test("many are given at once, by ids or filter, of several projects, each answered; a dry run changes nothing", async () => {
  const { project, projectId, lead, auditor } = await makeSamples(world, some(30));
  const other = await world.caller({ role: "AUDITOR", projectId: project.projectId });
  const [audited] = await claim(auditor, projectId, "id sample { id }");
  await world.sql`update samples set state = 'AUDITED', lease_until = null where id = ${rawId(audited.sample.id)}`;
  const ids = await waiting(lead);
  const give = async (input: object) => (await lead.verb("reassignSamples", { assigneeId: principal(other), ...input }, ITEMS)).items as any[];
  const unknown = Buffer.from(`Sample:${project.projectId}:${crypto.randomUUID()}`).toString("base64url");
  const asked = [ids[3]!, audited.sample.id, unknown, ids[3]!];
  const dry = await give({ sampleIds: asked, isDryRun: true });
  expect(dry.map(({ id, outcome, refusal }) => [id, outcome, refusal?.code ?? null])).toEqual([
    [ids[3], "WOULD_DO", null], [audited.sample.id, "REFUSED", "CONFLICT"], [unknown, "REFUSED", "NOT_FOUND"], [ids[3], "WOULD_DO", null],
  ]);
  expect((await world.sql`select from samples where project_id = ${project.projectId} and state = 'IN_AUDIT'`).length).toBe(0);
  expect((await give({ sampleIds: asked })).map(({ outcome }) => outcome)).toEqual(["DONE", "REFUSED", "REFUSED", "DONE"]);
  const byFilter = await give({ filter: { states: ["DRAWN"], queueIds: [Buffer.from(`Queue:${project.projectId}:${project.queueId}`).toString("base64url")] } });
  expect(byFilter.length).toBe(28);
  expect(byFilter.every(({ outcome }) => outcome === "DONE")).toBe(true);
  const rows = await world.sql`select count(distinct sample_id)::int as samples, count(*)::int as audits from audits where auditor_id = ${other.principalId} and state = 'DRAFT'`;
  expect(rows[0]).toEqual({ samples: 29, audits: 29 });
});

test("samples of several projects are given at once to somebody who audits in both", async () => {
  const [one, two] = [await makeSamples(world, some(1), { settings: { leaseMinutes: 10 } }), await makeSamples(world, some(1))];
  const grants = (role: "QA_LEAD" | "AUDITOR") => [one, two].map(({ project }) => ({ role, projectId: project.projectId }));
  const [lead, auditor, half] = [await world.caller(...grants("QA_LEAD")), await world.caller(...grants("AUDITOR")), one.auditor];
  const sampleIds = [...await waiting(one.lead), ...await waiting(two.lead)];
  const give = async (to: typeof lead) => (await lead.verb("reassignSamples", { sampleIds, assigneeId: principal(to) }, ITEMS)).items as any[];
  expect((await give(half)).map(({ outcome }) => outcome)).toEqual(["DONE", "REFUSED"]);
  expect((await give(auditor)).map(({ outcome }) => outcome)).toEqual(["DONE", "DONE"]);
  const { nodes } = await lead.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Sample { leaseUntil } } }", { ids: sampleIds });
  expect(nodes.map(({ leaseUntil }: any) => Math.round((Date.parse(leaseUntil) - Date.now()) / 60_000))).toEqual([10, 60]);
});

test("statements are constant in the number of samples", async () => {
  const { project, projectId, lead, auditor } = await makeSamples(world, some(40));
  const other = await world.caller({ role: "AUDITOR", projectId: project.projectId });
  const ids = await waiting(lead);
  const count = async (sampleIds: string[], to: typeof other) => {
    world.statements.length = 0;
    await lead.verb("reassignSamples", { sampleIds, assigneeId: principal(to) }, ITEMS);
    return world.statements.length;
  };
  const one = await count(ids.slice(0, 1), auditor);
  expect(await count(ids.slice(1), auditor)).toBe(one);
  expect(await count(ids, other)).toBe(one);
  expect((await claim(auditor, projectId)).length).toBe(0);
});

test("a filter finds what the list of samples finds, and must say something", async () => {
  const { project, lead, auditor } = await makeSamples(world, some(1));
  await drawAll(lead, projectGid(project), { layer: "VENDOR" });
  const input = { filter: { layers: ["CLIENT"] }, assigneeId: principal(auditor) };
  expect((await lead.verb("reassignSamples", input, ITEMS)).items.length).toBe(1);
  expect(await lead.refused("reassignSamples", { filter: {}, assigneeId: principal(auditor) })).toMatchObject({ code: "INVALID_INPUT", path: ["filter"] });
});
