import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { contested, file } from "./kit/appeals.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { claim, globalId, lock, makeSamples, rawId, some, submit } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const WORK = "{ viewer { work { totalCount nodes { kind dueAt isOverdue subject { id __typename } } } } }";
async function workOf(by: Caller, role?: string): Promise<{ totalCount: number; nodes: any[] }> {
  const { data, errors } = await by.send(WORK, {}, role ? { "x-assay-role": role } : {});
  expect(errors).toBeUndefined();
  return data.viewer.work;
}
const onAudit = (kind: string, id: string, dueAt: string | null) => ({ kind, dueAt, isOverdue: false, subject: { id, __typename: "Audit" } });

test("a second audit waits for whoever claimed it, until it is due, and no more once it is submitted", async () => {
  const sampled = await makeSamples(world, some(2), { doubleAuditRate: 1 });
  const { auditor, projectId, project, lead } = sampled;
  const truth = { policyId: globalId("Policy", project.policies.hate) };
  for (const { id } of await claim(auditor, projectId, "id", { count: 2 })) {
    await lock(auditor, id, truth);
    await submit(auditor, id);
  }
  const second = await world.caller({ role: "AUDITOR", projectId: project.projectId });
  const { audits } = await second.verb("claimSecondAudit", { projectId, count: 2 }, "audits { id }");
  const due = await world.sql`select due_at from double_audits order by due_at, id`;
  const work = await workOf(second);
  expect(work.totalCount).toBe(2);
  expect(work.nodes).toEqual(expect.arrayContaining(audits.map(({ id }: { id: string }, i: number) => onAudit("SECOND_AUDIT", id, due[i]!.due_at.toISOString()))));
  for (const other of [auditor, lead]) expect((await workOf(other)).totalCount).toBe(0);
  await lock(second, audits[0].id, truth);
  expect((await workOf(second)).totalCount).toBe(2);
  await submit(second, audits[0].id);
  expect((await workOf(second)).nodes).toEqual([onAudit("SECOND_AUDIT", audits[1].id, due[1]!.due_at.toISOString())]);
});

test("an expert's audit waits for whoever began it, due by no time", async () => {
  const { auditor, lead, auditIds } = await contested(world);
  const { audit } = await auditor.verb("startAta", { auditId: auditIds[0], isBlind: false }, "audit { id }");
  expect((await workOf(auditor)).nodes).toEqual([onAudit("ATA", audit.id, null)]);
  expect((await workOf(lead)).totalCount).toBe(0);
});

test("an appeal waits for no reviewer of the vendor who may act as its labeler", async () => {
  const { labeler, reviewer, project, auditIds: [auditId] } = await contested(world);
  const { id: vendorId, labelerIds } = project.vendors[0]!;
  const of = { projectId: project.projectId, vendorId };
  const both = (labelerId: string) => world.caller({ role: "VENDOR_QA", ...of }, { role: "LABELER", ...of, labelerId });
  const [itsLabeler, anothers] = [await both(labelerIds[0]!), await both(labelerIds[1]!)];
  const { id } = await file(labeler, auditId!);
  const appeal = expect.objectContaining({ kind: "APPEAL", subject: { id, __typename: "Appeal" } });
  expect((await workOf(reviewer)).nodes).toEqual([appeal]);
  expect((await workOf(anothers, "VENDOR_QA")).nodes).toEqual([appeal]);
  expect(await workOf(itsLabeler, "VENDOR_QA")).toEqual({ totalCount: 0, nodes: [] });
});

test("a version under review waits for the policy managers who may approve it: for its author only where nobody else could", async () => {
  const project = await makeProject(world.sql);
  const elsewhere = await makeProject(world.sql);
  const manager = (of: ProjectFixture) => world.caller({ role: "POLICY_MANAGER", projectId: of.projectId });
  const [author, lead, stranger] = [await manager(project), await world.caller({ role: "QA_LEAD", projectId: project.projectId }), await manager(elsewhere)];
  const code = `P-${randomUUID().slice(0, 8)}`;
  const { policy } = await world.admin.verb("createPolicy", { code, name: code, isViolating: true, severity: "MAJOR", effectiveFrom: "2020-01-01T00:00:00Z" }, "policy { id }");
  await world.sql`insert into project_policies (project_id, policy_id) values (${project.projectId}, ${rawId(policy.id)})`;
  const { policyVersion } = await author.verb("createPolicyVersion", { policyId: policy.id, semver: "2.0.0" }, "policyVersion { id }");
  const on = (by: Caller, verb: string, more: object = {}) => by.verb(verb, { policyVersionId: policyVersion.id, ...more }, "policyVersion { state }");
  expect((await workOf(author)).totalCount).toBe(0);
  await on(author, "submitPolicyVersion");
  const waiting = { totalCount: 1, nodes: [{ kind: "POLICY_VERSION", dueAt: null, isOverdue: false, subject: { id: policyVersion.id, __typename: "PolicyVersion" } }] };
  expect(await workOf(author)).toEqual(waiting);
  const reviewer = await manager(project);
  world.statements.length = 0;
  expect(await workOf(reviewer)).toEqual(waiting);
  // The page, its count, and the versions.
  expect(world.statements.length).toBe(3);
  for (const by of [author, lead, stranger]) expect((await workOf(by)).totalCount).toBe(0);
  await on(reviewer, "approvePolicyVersion");
  expect((await workOf(reviewer)).totalCount).toBe(0);
});
