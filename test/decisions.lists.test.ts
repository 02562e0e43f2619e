import { afterAll, beforeAll, expect, test } from "vitest";
import { makeDecisions, makeProject, type ProjectFixture } from "./kit/factories.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let listed: ProjectFixture;
let other: ProjectFixture;
beforeAll(async () => {
  world = await createWorld();
  other = await makeProject(world.sql);
  listed = await makeProject(world.sql);
  const specs = Array.from({ length: 6 }, (_, i) => ({
    decidedAt: new Date(Date.UTC(2026, 0, 5 + i * 5)),
    vendor: listed.vendors[i % 2]!,
    labelerId: listed.vendors[i % 2]!.labelerIds[0]!,
    policyId: i < 2 ? listed.policies.hate : listed.policies.NV,
  }));
  await makeDecisions(world.sql, listed, specs);
});
afterAll(() => world.close());

test("lists are filtered by what they are about, and by time", async () => {
  const lead = await world.caller({ role: "QA_LEAD", projectId: listed.projectId });
  const { projectByCode, policyByCode: _ } = await lead.ask(`query ($code: String!) {
    projectByCode(code: $code) { id queues { nodes { id } } }
    policyByCode(code: "NV") { id }
  }`, { code: listed.projectCode });
  const counts = async (filter: object) =>
    (await lead.ask("query ($filter: DecisionFilter) { decisions(filter: $filter) { totalCount } }", { filter })).decisions.totalCount;
  expect(await counts({})).toBe(6);
  expect(await counts({ projectId: projectByCode.id, queueId: projectByCode.queues.nodes[0].id })).toBe(6);
  expect(await counts({ markets: [listed.market], decidedFrom: "2026-01-10T00:00:00Z", decidedTo: "2026-01-20T00:00:00Z" })).toBe(2);
  expect(await counts({ decidedTo: "2026-01-05T00:00:00Z" })).toBe(0);
});

test("lists hang below project, queue and labeler, at a constant number of statements", async () => {
  const query = `query ($code: String!) { projectByCode(code: $code) {
    decisions(first: 100) { totalCount nodes { labeler { pseudonym } policy { code } } }
    queues { nodes { decisions(first: 2, orderBy: { field: ID, direction: DESC }) { nodes { decidedAt labeler { decisions { totalCount } } } } } }
  } }`;
  world.statements.length = 0;
  const { projectByCode } = await world.admin.ask(query, { code: listed.projectCode });
  expect(world.statements.length).toBe(7);
  expect(projectByCode.decisions).toMatchObject({ totalCount: 6 });
  expect(projectByCode.queues.nodes[0].decisions.nodes.map((node: { decidedAt: string }) => node.decidedAt)).toEqual(["2026-01-30T00:00:00.000Z", "2026-01-25T00:00:00.000Z"]);
  expect(projectByCode.queues.nodes[0].decisions.nodes[0].labeler.decisions.totalCount).toBe(3);
});

test("lists show each viewer their own part", async () => {
  const [vendor] = listed.vendors;
  const at = { projectId: listed.projectId };
  const total = async (caller: Caller) => (await caller.ask("{ decisions { totalCount } }")).decisions.totalCount;
  expect(await total(await world.caller({ role: "VENDOR_MANAGER", ...at, vendorId: vendor!.id }))).toBe(3);
  expect(await total(await world.caller({ role: "VENDOR_MANAGER", ...at, vendorId: vendor!.id, teamId: vendor!.teamId }))).toBe(3);
  expect(await total(await world.caller({ role: "LABELER", ...at, vendorId: vendor!.id, labelerId: vendor!.labelerIds[1]! }))).toBe(0);
  expect(await total(await world.caller({ role: "AUDITOR", ...at }))).toBe(0);
  expect(await total(await world.caller({ role: "ANALYST", ...at }))).toBe(6);
  expect(await total(await world.caller({ role: "QA_LEAD", projectId: other.projectId }))).toBe(0);
});
