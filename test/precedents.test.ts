import { afterAll, beforeAll, expect, test } from "vitest";
import { appealed, decide, judged, type Judged } from "./kit/rulings.ts";
import { eventsOf, globalId, rawId } from "./kit/samples.ts";
import { inProject } from "./kit/roster.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const PRECEDENT = `id version title summary state errorType policy { code } policyVersion { semver } market { code } truthPolicy { code } errorCode { code } allowedActions
  ruling { tier appeal { id } } createdBy { id }`;
const list = async (by: Caller, filter: object = {}) => (await by.ask(
  `query ($filter: PrecedentFilter) { precedents(filter: $filter, first: 50) { totalCount nodes { ${PRECEDENT} } } }`, { filter },
)).precedents as { totalCount: number; nodes: any[] };

test("an arbitration leaves a precedent, a question and a golden item: of the policy that fits, its version then, and the error that was found", async () => {
  const of = await judged(world);
  const [id] = await appealed(world, of.labeler, of.auditIds, { tier: "L3" });
  const answer = await decide(of.policyManager, id!, "AUDIT_OVERTURNED", {
    precedent: { title: " Quoted songs ", summary: "Lyrics are quotes: they fall under 4.2." }, isGolden: true, question: { title: "Songs", question: "And hummed ones?" },
  }, `precedent { ${PRECEDENT} } policyQuestion { title state contentRef policy { code } } appeal { state }`);
  expect(answer.precedent).toMatchObject({
    title: "Quoted songs", state: "ACTIVE", errorType: "OVER_ENFORCEMENT", policy: { code: of.codes.hate }, policyVersion: { semver: "1.0.0" }, market: null,
    truthPolicy: { code: of.codes.hate }, errorCode: { code: "threat" }, allowedActions: ["retirePrecedent"], ruling: { tier: "L3", appeal: { id } },
    createdBy: { id: globalId("Principal", of.policyManager.principalId) },
  });
  expect(answer.policyQuestion).toMatchObject({ title: "Songs", state: "ASKED", policy: { code: of.codes.hate }, contentRef: expect.stringMatching(/^content\//) });
  const [item] = await world.sql`select g.truth_policy_id, g.truth_action, g.source, g.content_hash = d.content_hash as is_its from golden_items g
    join decisions d on d.project_id = g.project_id where g.project_id = ${of.id}`;
  expect(item).toEqual({ truth_policy_id: of.project.policies.hate, truth_action: "REMOVE", source: "appeal", is_its: true });
  expect(await eventsOf(world, answer.precedent.id)).toEqual(["precedent.active null>ACTIVE"]);
});

test("what a precedent is about can be said, and is checked; only arbitrations leave one", async () => {
  const of = await judged(world, { count: 2 });
  const [first, second] = await appealed(world, of.labeler, of.auditIds, { tier: "L3" });
  await world.sql`update appeals set state = 'L2_REVIEW', tier = 'L2' where id = ${rawId(second!)}`;
  const words = { title: "T", summary: "S" };
  const refused = (by: Caller, appealId: string, input: object) => by.refused("decideAppeal", { appealId, outcome: "AUDIT_UPHELD", reason: "So.", ...input });
  expect((await refused(of.lead, second!, { precedent: words })).path).toEqual(["precedent"]);
  expect((await refused(of.lead, second!, { question: { title: "T", question: "Q" } })).path).toEqual(["question"]);
  expect((await refused(of.lead, second!, { isGolden: true })).path).toEqual(["isGolden"]);
  const own = (input: object) => refused(of.policyManager, first!, { precedent: { ...words, ...input } });
  expect((await own({ title: " " })).path).toEqual(["precedent", "title"]);
  expect((await own({ summary: "x".repeat(2_001) })).path).toEqual(["precedent", "summary"]);
  expect((await own({ market: "xx" })).path).toEqual(["precedent", "market"]);
  const [elsewhere] = await world.sql`insert into policies (id, code, name, is_violating, severity) values (gen_random_uuid(), 'ELSEWHERE', 'E', true, 'MAJOR') returning id`;
  expect(await own({ policyId: globalId("Policy", elsewhere!.id) })).toMatchObject({ code: "NOT_FOUND", path: ["precedent", "policyId"] });
  const [version] = await world.sql`select id from policy_versions where policy_id = ${of.project.policies.spam}`;
  expect((await own({ policyVersionId: globalId("PolicyVersion", version!.id) })).path).toEqual(["precedent", "policyVersionId"]);
  expect((await list(of.lead, { policyIds: [globalId("Policy", of.project.policies.spam)] })).totalCount).toBe(0);
  const { precedent } = await decide(of.policyManager, first!, "AUDIT_UPHELD", {
    precedent: { ...words, market: of.project.market, policyId: globalId("Policy", of.project.policies.spam), policyVersionId: globalId("PolicyVersion", version!.id) },
  }, `precedent { ${PRECEDENT} }`);
  expect(precedent).toMatchObject({ policy: { code: of.codes.spam }, market: { code: of.project.market }, truthPolicy: { code: "NV" } });
});

// Precedents written directly: what they are about, and their words.
async function written(of: Judged, specs: readonly Record<string, unknown>[]): Promise<string[]> {
  const ids: string[] = [];
  for (const [i, spec] of specs.entries()) {
    const id = `00000000-0000-7000-8000-${String(Date.now() * 100 + i).padStart(12, "0").slice(-12)}`;
    const row = { project_id: of.id, id, policy_id: of.project.policies.satire, title: `T${i}`, summary: "s", state: "ACTIVE", created_by_id: of.policyManager.principalId, ...spec };
    await world.sql`insert into precedents ${world.sql(row)}`;
    ids.push(inProject("Precedent", of.id, id));
  }
  return ids;
}

test("precedents are found by their words in any language, by policy, version, market, error and change", async () => {
  const of = await judged(world);
  const [version] = await world.sql`select id from policy_versions where policy_id = ${of.project.policies.hate}`;
  const ids = await written(of, [
    { title: "Lagu yang dikutip", summary: "Lirik lagu cinta bukan ujaran kebencian.", policy_id: of.project.policies.hate, policy_version_id: version!.id },
    { title: "Quoted songs", summary: "A song about love.", market: of.project.market, error_type: "OVER_ENFORCEMENT" },
    { title: "Retired", summary: "Once.", state: "RETIRED", retired_at: new Date() },
  ]);
  const found = async (filter: object) => (await list(of.lead, filter)).nodes.map(({ id }) => ids.indexOf(id));
  expect(await found({})).toEqual([0, 1, 2]);
  expect(await found({ search: "lagu" })).toEqual([0]);
  expect(await found({ search: "LOVE song" })).toEqual([1]);
  expect(await found({ search: '"song about"' })).toEqual([1]);
  expect(await found({ search: '"about song"' })).toEqual([]);
  expect(await found({ search: "lirik or love" })).toEqual([0, 1]);
  expect(await found({ search: "lagu -cinta" })).toEqual([]);
  expect(await found({ states: ["RETIRED"] })).toEqual([2]);
  expect(await found({ policyIds: [globalId("Policy", of.project.policies.hate)] })).toEqual([0]);
  expect(await found({ policyVersionIds: [globalId("PolicyVersion", version!.id)] })).toEqual([0]);
  expect(await found({ markets: [of.project.market] })).toEqual([0, 1, 2]);
  expect(await found({ markets: ["elsewhere"] })).toEqual([0, 2]);
  expect(await found({ errorTypes: ["OVER_ENFORCEMENT"] })).toEqual([1]);
  expect(await found({ updatedAfter: "2100-01-01T00:00:00Z" })).toEqual([]);
  for (const search of [" ", "x".repeat(201)]) {
    expect((await of.lead.send("query ($s: String) { precedents(filter: { search: $s }) { totalCount } }", { s: search })).errors![0]!.extensions).toMatchObject({ code: "INVALID_INPUT" });
  }
  // Staff and the vendors of the project read all, labelers what holds, and others nothing.
  for (const by of [of.auditor, of.analyst, of.policyManager, of.manager, of.quality]) expect((await list(by)).totalCount).toBe(3);
  expect((await list(of.labeler)).nodes.map(({ id }) => ids.indexOf(id))).toEqual([0, 1]);
  const stranger = await judged(world);
  expect((await list(stranger.lead)).totalCount).toBe(0);
  const parents = await of.lead.ask("query ($p: ID!, $c: ID!) { node(id: $p) { ... on Policy { precedents { totalCount } } } project: node(id: $c) { ... on Project { precedents { totalCount } } } }", {
    p: globalId("Policy", of.project.policies.hate), c: of.projectId,
  });
  expect([parents.node.precedents.totalCount, parents.project.precedents.totalCount]).toEqual([1, 3]);
});

test("an appeal's like: of its policies first, then of its error code, its error type, its words; nothing of another market, project or time", async () => {
  const of = await judged(world);
  const [id] = await appealed(world, of.labeler, of.auditIds);
  const [code] = await world.sql`select error_code_id as id from findings where project_id = ${of.id} and error_code_id is not null`;
  const ids = await written(of, [
    { error_type: "OVER_ENFORCEMENT" },
    { error_type: "OVER_ENFORCEMENT", summary: "It quotes a song." },
    { error_code_id: code!.id },
    { policy_id: of.project.policies.NV },
    { policy_id: of.project.policies.hate, error_type: "OVER_ENFORCEMENT" },
    { summary: "It quotes a song about love." },
    { policy_id: of.project.policies.hate, market: (await judged(world)).project.market },
    { policy_id: of.project.policies.hate, state: "RETIRED", retired_at: new Date() },
  ]);
  await judged(world).then((other) => written(other, [{ policy_id: of.project.policies.NV }]));
  const similar = async (by: Caller) => (await by.ask(
    "query ($id: ID!) { node(id: $id) { ... on Appeal { similarPrecedents { totalCount pageInfo { hasNextPage } nodes { id title policy { code } } } } } }", { id },
  )).node.similarPrecedents;
  const { nodes, totalCount, pageInfo } = await similar(of.lead);
  expect(nodes.map((each: any) => ids.indexOf(each.id))).toEqual([4, 3, 2, 1, 0]);
  expect([totalCount, pageInfo.hasNextPage]).toEqual([5, false]);
  expect((await similar(of.labeler)).nodes.length).toBe(5);
  await written(of, Array.from({ length: 12 }, () => ({ policy_id: of.project.policies.hate })));
  expect((await similar(of.lead)).nodes.length).toBe(10);
});

test("the likes of fifty appeals cost two statements, a page of precedents one", async () => {
  const of = await judged(world, { count: 12 });
  await appealed(world, of.labeler, of.auditIds);
  await written(of, Array.from({ length: 12 }, () => ({ policy_id: of.project.policies.hate })));
  const named = async (document: string) => {
    world.statements.length = 0;
    await of.lead.ask(document);
    return world.statements.filter((text) => !/^(begin|commit|set|rollback)/i.test(text)).length;
  };
  const one = await named("{ appeals(first: 1) { nodes { similarPrecedents { nodes { title policy { code } } } } } }");
  expect(await named("{ appeals(first: 50) { nodes { similarPrecedents { nodes { title policy { code } } } } } }")).toBe(one);
  expect(one).toBeLessThanOrEqual(3);
  expect(await named("{ precedents(first: 50) { nodes { title policy { code } createdBy { id } ruling { id } } } }")).toBe(1);
});

test("a precedent is retired by whoever writes the policies, once and with a reason", async () => {
  const of = await judged(world);
  const [id] = await written(of, [{}]);
  const input = { precedentId: id, reason: "The policy says it itself." };
  for (const by of [of.lead, of.auditor, of.analyst, of.manager, of.labeler]) expect((await by.refused("retirePrecedent", input)).code).toBe("FORBIDDEN");
  expect((await of.policyManager.refused("retirePrecedent", { ...input, reason: "" })).path).toEqual(["reason"]);
  expect((await of.policyManager.refused("retirePrecedent", { ...input, expectedVersion: 7 })).__typename).toBe("VersionConflictRefusal");
  const { precedent } = await of.policyManager.verb("retirePrecedent", { ...input, expectedVersion: 1 }, "precedent { state version retiredAt allowedActions }");
  expect(precedent).toEqual({ state: "RETIRED", version: 2, retiredAt: expect.any(String), allowedActions: [] });
  expect((await of.policyManager.refused("retirePrecedent", input)).__typename).toBe("InvalidTransitionRefusal");
  expect(await eventsOf(world, id!)).toEqual(["precedent.retired ACTIVE>RETIRED"]);
  const stranger = await judged(world);
  expect(await stranger.policyManager.refused("retirePrecedent", input)).toMatchObject({ code: "NOT_FOUND", path: ["precedentId"] });
});
