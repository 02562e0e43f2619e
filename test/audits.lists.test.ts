import { afterAll, beforeAll, expect, test } from "vitest";
import { readAudit } from "./kit/publication.ts";
import { claim, globalId, lock, makeSamples, some, submit } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

test("audits pin the published scorecard of their queue and the policy version of their decision", async () => {
  const { project, projectId, lead, auditor } = await makeSamples(world, some(1));
  const [scorecard, old, current, version] = Array.from({ length: 4 }, () => crypto.randomUUID());
  await world.sql`insert into scorecards (id, code, name) values (${scorecard!}, ${scorecard!.slice(0, 8)}, 'S')`;
  await world.sql`insert into scorecard_versions (id, scorecard_id, number, state) values (${old!}, ${scorecard!}, 1, 'ARCHIVED'), (${current!}, ${scorecard!}, 2, 'PUBLISHED')`;
  await world.sql`update queues set scorecard_id = ${scorecard!} where id = ${project.queueId}`;
  await world.sql`insert into policy_versions (id, policy_id, semver, state) values (${version!}, ${project.policies.hate}, '3.0.0', 'DRAFT')`;
  await world.sql`update decisions set policy_version_id = ${version!} where project_id = ${project.projectId}`;
  const [audit] = await claim(auditor, projectId, "id scorecardVersion { id } policyVersion { id }");
  expect(audit).toMatchObject({ scorecardVersion: { id: globalId("ScorecardVersion", current!) }, policyVersion: null });
  expect((await lead.ask("query ($id: ID!) { node(id: $id) { ... on Audit { policyVersion { id } } } }", { id: audit.id })).node.policyVersion.id).toBe(globalId("PolicyVersion", version!));
  expect((await lock(auditor, audit.id, { policyCode: "NV" }, "policyVersion { id }")).policyVersion.id).toBe(globalId("PolicyVersion", version!));
});

test("an audit names its decision's labeler, policy and time: to its auditor once the truth is locked, and nobody else's labeler to policy managers", async () => {
  const { project, projectId, lead, auditor } = await makeSamples(world, ({ policies }) => [{ policyId: policies.hate }]);
  const fields = "labeler { id } policy { code } decidedAt";
  const [audit] = await claim(auditor, projectId, `id ${fields}`);
  expect(audit).toMatchObject({ labeler: null, policy: null, decidedAt: null });
  const { decision, ...own } = await readAudit(lead, audit.id, `${fields} decision { ${fields} }`);
  expect(own).toEqual(decision);
  expect(own.labeler).not.toBeNull();
  expect(await lock(auditor, audit.id, { policyCode: "NV" }, fields)).toEqual(own);
  const manager = await world.caller({ role: "POLICY_MANAGER", projectId: project.projectId });
  expect(await readAudit(manager, audit.id, fields)).toEqual({ ...own, labeler: null });
});

test("lists are filtered and paged; only leads ask by auditor", async () => {
  const { project, projectId, lead, auditor } = await makeSamples(world, ({ vendors, policies }) => [
    { policyId: policies.hate, decidedAt: new Date("2026-01-05T00:00:00Z") },
    { policyId: policies.spam, decidedAt: new Date("2026-01-06T00:00:00Z") },
    { vendor: vendors[1]!, labelerId: vendors[1]!.labelerIds[1]!, decidedAt: new Date("2026-01-07T00:00:00Z") },
  ]);
  await claim(auditor, projectId, "id", { count: 2 });
  await claim(lead, projectId, "id", { count: 1 });
  const count = async (filter: Record<string, unknown>, by = lead) =>
    (await by.ask("query ($filter: AuditFilter) { audits(filter: $filter, orderBy: { field: UPDATED_AT, direction: DESC }) { totalCount nodes { id } } }", { filter })).audits.totalCount;
  const ofAuditor = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
  expect(await count({}, ofAuditor)).toBe(3);
  expect(await count({ auditorIds: [globalId("Principal", auditor.principalId)] }, ofAuditor)).toBe(2);
  expect(await count({ isMine: true })).toBe(1);
  expect(await count({ vendorIds: [globalId("Vendor", project.vendors[1]!.id)] }, ofAuditor)).toBe(1);
  expect(await count({ labelerIds: [globalId("Labeler", project.vendors[1]!.labelerIds[0]!)] }, ofAuditor)).toBe(0);
  expect(await count({ policyIds: [globalId("Policy", project.policies.hate)] }, ofAuditor)).toBe(1);
  expect(await count({ decidedFrom: "2026-01-06T00:00:00Z", decidedTo: "2026-01-07T00:00:00Z" }, ofAuditor)).toBe(1);
  expect(await count({ states: ["DRAFT"], layers: ["CLIENT"], markets: [project.market], updatedAfter: "2026-01-01T00:00:00Z" }, ofAuditor)).toBe(3);
  for (const role of ["AUDITOR", "ANALYST", "POLICY_MANAGER"] as const) {
    const caller = await world.caller({ role, projectId: project.projectId });
    const { errors } = await caller.send("query ($ids: [ID!]) { audits(filter: { auditorIds: $ids }) { totalCount } }", { ids: [globalId("Principal", auditor.principalId)] });
    expect(errors![0]!.extensions).toMatchObject({ code: "FORBIDDEN", path: ["filter", "auditorIds"] });
  }
});

test("who judges a sample twice learns of it afterwards: neither auditor while they judge, and no partner", async () => {
  const { project, projectId, lead, auditor } = await makeSamples(world, some(1));
  await world.sql`update samples set is_double = true where project_id = ${project.projectId}`;
  const fields = "id role state isDouble ofAudit { id }";
  const readBy = (by: Caller, id: string) => readAudit(by, id, fields);
  const [first] = await claim(auditor, projectId, fields);
  expect(first).toMatchObject({ role: "PRIMARY", isDouble: null, ofAudit: null });
  expect(await lock(auditor, first.id, { policyCode: "NV" }, "isDouble")).toEqual({ isDouble: null });
  expect(await submit(auditor, first.id, {}, "state isDouble")).toEqual({ state: "DOUBLE_PENDING", isDouble: true });
  const other = await world.caller({ role: "AUDITOR", projectId: project.projectId });
  const [second] = (await other.verb("claimSecondAudit", { projectId }, `audits { ${fields} }`)).audits;
  expect(second).toMatchObject({ role: "SECOND", state: "DRAFT", isDouble: null, ofAudit: null });
  expect(await readBy(other, first.id)).toBeNull();
  expect(await readBy(lead, second.id)).toMatchObject({ ofAudit: { id: first.id } });
  expect(await readBy(lead, first.id)).toMatchObject({ isDouble: true, ofAudit: null });
  // The end of the double audit shows the vendor the first audit alone, like any other.
  await lead.verb("expireDoubleAudit", { auditId: first.id }, "audit { state }");
  const manager = await world.caller({ role: "VENDOR_MANAGER", projectId: project.projectId, vendorId: project.vendors[0]!.id });
  expect(await readBy(manager, first.id)).toMatchObject({ state: "PUBLISHED", isDouble: null, ofAudit: null });
  expect(await readBy(manager, second.id)).toBeNull();
  expect(await readBy(other, second.id)).toMatchObject({ state: "VOIDED", ofAudit: { id: first.id } });
});

test("statements are constant in the number of samples and audits", async () => {
  const { projectId, lead, auditor } = await makeSamples(world, some(60), { settings: { publishDelayMinutes: 0 } });
  const statements = async (work: () => Promise<unknown>) => {
    world.statements.length = 0;
    await work();
    return world.statements.length;
  };
  const one = await statements(() => claim(auditor, projectId, "id", { count: 1 }));
  expect(await statements(() => claim(auditor, projectId, "id", { count: 20 }))).toBe(one);
  expect(one).toBe(7);
  const query = `query ($id: ID!) { node(id: $id) { ... on Project {
    audits(first: 100) { totalCount nodes { state verdict { outcome truthPolicy { code } actor { name } } verdicts { nodes { number audit { id } } }
      allowedActions acknowledgedBy { id } ofAudit { id } isDouble auditor { name } sample { state run { seed } audits { nodes { id } } } queue { code } market { code } project { code } scorecardVersion { id } policyVersion { semver } } }
    samples(first: 100) { nodes { audits { nodes { state verdict { number } } } } } queues { nodes { audits { totalCount } samples { totalCount } } } } } }`;
  const audits = (await auditor.ask("{ audits(first: 100) { nodes { id } } }")).audits.nodes;
  await lock(auditor, audits[0].id, { policyCode: "NV" });
  const before = await statements(() => lead.ask(query, { id: projectId }));
  for (const { id } of audits.slice(1, 8)) await lock(auditor, id, { policyCode: "NV" });
  await claim(lead, projectId, "id", { count: 20 });
  expect(await statements(() => lead.ask(query, { id: projectId }))).toBe(before);
  expect(before).toBe(12);
  expect(await statements(() => lock(auditor, audits[10].id, { policyCode: "NV" }, "id"))).toBe(6);
  expect(await statements(() => submit(auditor, audits[10].id, {}, "id"))).toBe(7);
});
