import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { makeProject } from "./kit/factories.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const NV = encodeId("Policy", { projectId: null, id: "00000000-0000-7000-8000-000000000003" });
const NOBODY = encodeId("Policy", { projectId: null, id: "00000000-0000-7000-8000-00000000ffff" });
const projectIdOf = (id: string) => encodeId("Project", { projectId: null, id });
const policyIdOf = (id: string) => encodeId("Policy", { projectId: null, id });

async function make(code: string, more: Record<string, unknown> = {}): Promise<string> {
  const input = { code, name: code, isViolating: true, severity: "MAJOR", ...more };
  return (await world.admin.verb("createPolicy", input, "policy { id }")).policy.id;
}

test("a policy begins with version 1.0.0 in force for all markets, now or in the past", async () => {
  const effectiveFrom = "2020-01-01T00:00:00.000Z";
  const id = await make("A1", { severity: "CRITICAL", harmCategory: "VIOLENCE", rank: 3, effectiveFrom });
  const fields = `code name parent { code } isLeaf isViolating severity harmCategory rank version
    versions { totalCount nodes {
      semver state market { code } effectiveFrom effectiveTo graceHours isMandatory diff allowedActions policy { code } } }`;
  const version = {
    semver: "1.0.0", state: "EFFECTIVE", market: null, effectiveFrom, effectiveTo: null, graceHours: 72, isMandatory: false, diff: null,
    allowedActions: ["importPolicyVersions"], policy: { code: "A1" },
  };
  const policy = {
    code: "A1", name: "A1", parent: null, isLeaf: true, isViolating: true, severity: "CRITICAL", harmCategory: "VIOLENCE", rank: 3,
    version: 1, versions: { totalCount: 1, nodes: [version] },
  };
  const query = `query ($id: ID!) { node(id: $id) { ... on Policy { ${fields} } }
    policyByCode(code: "A1") { ${fields} } none: policyByCode(code: "nope") { code } }`;
  const data = await world.admin.ask(query, { id });
  expect(data).toEqual({ node: policy, policyByCode: policy, none: null });
  const before = Date.now();
  await make("A2");
  const { policyByCode } = await world.admin.ask('{ policyByCode(code: "A2") { versions { nodes { effectiveFrom } } } }');
  expect(Date.parse(policyByCode.versions.nodes[0].effectiveFrom)).toBeGreaterThanOrEqual(before - 1_000);
});

test("policies are a tree: leaves are counted as children come and go, and no move closes a ring", async () => {
  const root = await make("T");
  const left = await make("T.left", { parentId: root });
  const right = await make("T.right", { parentId: root });
  const deep = await make("T.left.deep", { parentId: left });
  const tree = async () => {
    const query = `{ policies(filter: { codes: ["T", "T.left", "T.right", "T.left.deep"] }, orderBy: { field: CODE }) {
      nodes { code isLeaf parent { code parent { code } } children { totalCount nodes { code } } } } }`;
    return (await world.admin.ask(query)).policies.nodes;
  };
  const node = (code: string, path: string[], children: string[]) => ({
    code,
    isLeaf: children.length === 0,
    parent: path[0] ? { code: path[0], parent: path[1] ? { code: path[1] } : null } : null,
    children: { totalCount: children.length, nodes: children.map((each) => ({ code: each })) },
  });
  expect(await tree()).toEqual([
    node("T", [], ["T.left", "T.right"]),
    node("T.left", ["T"], ["T.left.deep"]),
    node("T.left.deep", ["T.left", "T"], []),
    node("T.right", ["T"], []),
  ]);
  for (const parentId of [root, left, deep]) {
    expect(await world.admin.refused("changePolicy", { id: root, parentId })).toMatchObject({ code: "CONFLICT", path: ["parentId"] });
  }
  await world.admin.verb("changePolicy", { id: deep, parentId: right }, "policy { id }");
  await world.admin.verb("changePolicy", { id: left, parentId: null, name: "Left" }, "policy { id }");
  expect(await tree()).toEqual([
    node("T", [], ["T.right"]),
    node("T.left", [], []),
    node("T.left.deep", ["T.right", "T"], []),
    node("T.right", ["T"], ["T.left.deep"]),
  ]);
});

test("moves at the same time never close a ring", async () => {
  const [a, b] = await Promise.all([make("R.a"), make("R.b")]);
  const answers = await Promise.all([
    world.admin.send(`mutation { changePolicy(input: { id: "${a}", parentId: "${b}" }) { __typename } }`),
    world.admin.send(`mutation { changePolicy(input: { id: "${b}", parentId: "${a}" }) { __typename } }`),
  ]);
  expect(answers.map(({ data }) => data.changePolicy.__typename).sort()).toEqual(["ChangePolicyPayload", "ConflictRefusal"]);
});

test("a policy changes; null clears what may be absent, and a stale change is refused", async () => {
  const id = await make("C1", { harmCategory: "HATE", rank: 1 });
  const fields = "policy { name severity harmCategory rank version }";
  const changed = await world.admin.verb("changePolicy", { id, name: "Other", severity: "MINOR", expectedVersion: 1 }, fields);
  expect(changed.policy).toEqual({ name: "Other", severity: "MINOR", harmCategory: "HATE", rank: 1, version: 2 });
  const bare = await world.admin.verb("changePolicy", { id, name: null, harmCategory: null, rank: null }, fields);
  expect(bare.policy).toEqual({ name: "Other", severity: "MINOR", harmCategory: null, rank: null, version: 3 });
  const stale = await world.admin.refused("changePolicy", { id, rank: 2, expectedVersion: 1 });
  expect(stale).toMatchObject({ __typename: "VersionConflictRefusal" });
});

test("bad input is refused by field", async () => {
  const fine = { code: "B1", name: "B", isViolating: true, severity: "MAJOR" };
  const refused = (more: object) => world.admin.refused("createPolicy", { ...fine, ...more });
  expect(await refused({ code: "a b" })).toMatchObject({ code: "INVALID_INPUT", path: ["code"] });
  expect(await refused({ code: "NV" })).toMatchObject({ code: "CONFLICT", path: ["code"] });
  expect(await refused({ harmCategory: "a b" })).toMatchObject({ code: "INVALID_INPUT", path: ["harmCategory"] });
  expect(await refused({ effectiveFrom: "2100-01-01T00:00:00Z" })).toMatchObject({ code: "INVALID_INPUT", path: ["effectiveFrom"] });
  expect(await refused({ parentId: NOBODY })).toMatchObject({ code: "NOT_FOUND", path: ["parentId"] });
  expect(await refused({ parentId: NV })).toMatchObject({ code: "INVALID_INPUT", path: ["parentId"] });
  expect(await world.admin.refused("changePolicy", { id: NOBODY, parentId: null })).toMatchObject({ code: "NOT_FOUND" });
  expect(await world.admin.refused("changePolicy", { id: NOBODY, name: "x" })).toMatchObject({ code: "NOT_FOUND" });
});

test("a project uses policies and NV, adding them again changes nothing", async () => {
  const id = await make("U1");
  const { project } = await world.admin.verb("createProject", { code: "U", name: "U", timeZone: "UTC" }, "project { id }");
  const add = (policyIds: string[]) =>
    world.admin.verb("addProjectPolicies", { projectId: project.id, policyIds }, "addedCount project { code }");
  expect(await add([id, id])).toMatchObject({ addedCount: 2, project: { code: "U" } });
  expect(await add([id])).toMatchObject({ addedCount: 0 });
  const used = "query ($id: ID!) { policies(filter: { projectId: $id }, orderBy: { field: CODE }) { totalCount nodes { code } } }";
  const { policies } = await world.admin.ask(used, { id: project.id });
  expect(policies).toEqual({ totalCount: 2, nodes: [{ code: "NV" }, { code: "U1" }] });
  const refused = (input: object) => world.admin.refused("addProjectPolicies", { projectId: project.id, policyIds: [id], ...input });
  expect(await refused({ policyIds: [id, NOBODY] })).toMatchObject({ code: "NOT_FOUND", path: ["policyIds", "1"] });
  expect(await refused({ policyIds: [id, project.id] })).toMatchObject({ code: "INVALID_INPUT", path: ["policyIds", "1"] });
  expect(await refused({ policyIds: Array(501).fill(id) })).toMatchObject({ code: "INVALID_INPUT", path: ["policyIds"] });
  const nowhere = projectIdOf("00000000-0000-7000-8000-00000000ffff");
  expect(await refused({ projectId: nowhere })).toMatchObject({ code: "NOT_FOUND", path: ["projectId"] });
});

test("statements are constant in the number of policies", async () => {
  const count = async () => {
    world.statements.length = 0;
    await world.admin.ask(`{ policies(first: 100) { totalCount nodes { code parent { code } children { nodes { code } }
      versions { nodes { semver allowedActions market { code } policy { code } } } } }
      a: policyByCode(code: "A1") { name } b: policyByCode(code: "A2") { name } }`);
    return world.statements.length;
  };
  const before = await count();
  const root = await make("N");
  for (const code of ["N.a", "N.b", "N.c"]) await make(code, { parentId: root });
  expect(await count()).toBe(before);
  // The page and its count, children, versions; the keys of two codes, the two rows.
  expect(before).toBe(6);
});

test("policy managers change what a project of theirs uses, never NV; other roles nothing", async () => {
  const project = await makeProject(world.sql);
  const stranger = await makeProject(world.sql);
  const { projectId } = project;
  const manager = await world.caller({ role: "POLICY_MANAGER", projectId });
  const mine = policyIdOf(project.policies.hate);
  const theirs = policyIdOf(stranger.policies.hate);
  const created = { name: "M", isViolating: true, severity: "MAJOR" };
  await manager.verb("changePolicy", { id: mine, name: "Hate speech" }, "policy { id }");
  const { policy } = await manager.verb("createPolicy", { ...created, code: "M1", parentId: mine }, "policy { id }");
  for (const id of [theirs, NV, policy.id]) {
    expect(await manager.refused("changePolicy", { id, name: "No" })).toMatchObject({ code: "FORBIDDEN", path: ["id"] });
  }
  const belowTheirs = { code: "FORBIDDEN", path: ["parentId"] };
  expect(await manager.refused("createPolicy", { ...created, code: "M2", parentId: theirs })).toMatchObject(belowTheirs);
  expect(await manager.refused("changePolicy", { id: mine, parentId: theirs })).toMatchObject(belowTheirs);
  await manager.verb("addProjectPolicies", { projectId: projectIdOf(projectId), policyIds: [policy.id] }, "addedCount");
  await manager.verb("changePolicy", { id: policy.id, name: "Yes" }, "policy { id }");
  const elsewhere = { projectId: projectIdOf(stranger.projectId), policyIds: [policy.id] };
  expect(await manager.refused("addProjectPolicies", elsewhere)).toMatchObject({ code: "NOT_FOUND", path: ["projectId"] });
  const query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Policy { versions { nodes { allowedActions } } } } }";
  const actions = (data: any) => data.nodes.map((node: any) => node.versions.nodes[0].allowedActions.length);
  expect(actions(await manager.ask(query, { ids: [mine, theirs, NV] }))).toEqual([1, 0, 0]);
  for (const role of ["QA_LEAD", "AUDITOR", "ANALYST"] as const) {
    const caller = await world.caller({ role, projectId });
    expect(actions(await caller.ask(query, { ids: [mine, theirs, NV] }))).toEqual([0, 0, 0]);
    expect(await caller.refused("createPolicy", { ...created, code: "X" })).toMatchObject({ code: "FORBIDDEN" });
    expect(await caller.refused("changePolicy", { id: mine, name: "No" })).toMatchObject({ code: "FORBIDDEN" });
    const use = { projectId: projectIdOf(projectId), policyIds: [mine] };
    expect(await caller.refused("addProjectPolicies", use)).toMatchObject({ code: "FORBIDDEN" });
  }
});

test("staff see all policies, partners and labelers those of their projects, labelers only what is in force", async () => {
  const project = await makeProject(world.sql);
  const stranger = await makeProject(world.sql);
  const { projectId } = project;
  const [vendor] = project.vendors;
  const retired = project.policies.satire;
  await world.sql`update policy_versions set state = 'SUPERSEDED', effective_to = now() where policy_id = ${retired}`;
  const theirs = policyIdOf(stranger.policies.hate);
  const query = `query ($ids: [ID!]!) { policies(first: 100) { totalCount nodes { id versions { totalCount } } } nodes(ids: $ids) { id } }`;
  const all = (await world.admin.ask("{ policies { totalCount } }")).policies.totalCount;
  for (const role of ["QA_LEAD", "POLICY_MANAGER", "AUDITOR", "ANALYST"] as const) {
    const data = await (await world.caller({ role, projectId })).ask(query, { ids: [theirs] });
    expect(data.policies.totalCount, role).toBe(all);
    expect(data.nodes).toEqual([{ id: theirs }]);
  }
  const [hate, spam, satire] = [project.policies.hate, project.policies.spam, retired].map(policyIdOf);
  const partner = { projectId, vendorId: vendor!.id };
  const callers = [
    { caller: await world.caller({ role: "VENDOR_MANAGER", ...partner }), sees: [NV, hate, spam, satire] },
    { caller: await world.caller({ role: "VENDOR_QA", teamId: vendor!.teamId, ...partner }), sees: [NV, hate, spam, satire] },
    { caller: await world.caller({ role: "SERVICE", ...partner }), sees: [NV, hate, spam, satire] },
    { caller: await world.caller({ role: "LABELER", labelerId: vendor!.labelerIds[0]!, ...partner }), sees: [NV, hate, spam] },
  ];
  for (const { caller, sees } of callers) {
    const { policies, nodes } = await caller.ask(query, { ids: [theirs] });
    expect(policies.totalCount).toBe(sees.length);
    expect(new Set(policies.nodes.map((node: { id: string }) => node.id))).toEqual(new Set(sees));
    expect(policies.nodes.every((node: any) => node.versions.totalCount === 1)).toBe(true);
    expect(nodes).toEqual([null]);
    expect(await caller.refused("changePolicy", { id: hate, name: "No" })).toMatchObject({ code: "FORBIDDEN" });
  }
});
