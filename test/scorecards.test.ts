import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { makeProject } from "./kit/factories.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const criterion = (code: string, more: object = {}) => ({ code, name: code, kind: "DECISION", weight: 1, severity: "MAJOR", ...more });
const make = async (code: string, criteria = [criterion("policy"), criterion("action")]): Promise<{ id: string }> =>
  (await world.admin.verb("createScorecard", { code, name: code, criteria }, "scorecard { id }")).scorecard;

const NEXT = ["draftScorecardVersion", "reviseScorecard", "archiveScorecardVersion"];
const WHOLE = `code name versions { totalCount nodes { number state publishedAt allowedActions scorecard { code }
  criteria { totalCount nodes { code section position kind weight severity isBonus isNaAllowed isBlindSafe failsOn } } } }`;

test("a scorecard is published as it is made, its criteria in their order", async () => {
  const criteria = [...Array(12).keys()].map((i) => criterion(`c${11 - i}`, { weight: i + 0.5 }));
  const flags = { isBonus: true, isNaAllowed: true, isBlindSafe: true };
  const special = { kind: "PROCESS", section: "Craft", weight: 2.5, severity: "MINOR", ...flags };
  criteria[3] = criterion("notes", special);
  await make("S1", criteria);
  const { scorecardByCode } = await world.admin.ask(`{ scorecardByCode(code: "S1") { ${WHOLE} } }`);
  expect(scorecardByCode.versions.nodes).toHaveLength(1);
  const [version] = scorecardByCode.versions.nodes;
  expect(version).toMatchObject({ number: 1, state: "PUBLISHED", allowedActions: NEXT, scorecard: { code: "S1" } });
  expect(version.criteria.nodes.map((each: { code: string }) => each.code)).toEqual(criteria.map((each) => each.code));
  expect(version.criteria.nodes[3]).toEqual({ code: "notes", position: 4, ...special, failsOn: [] });
  expect(version.criteria.nodes[0].failsOn).toEqual(["OVER_ENFORCEMENT", "UNDER_ENFORCEMENT", "WRONG_POLICY", "WRONG_ACTION"]);
});

test("a revision archives the version before and leaves its criteria", async () => {
  const scorecard = await make("S2");
  const lead = await world.caller({ role: "QA_LEAD", projectId: (await makeProject(world.sql)).projectId });
  const revision = { id: scorecard.id, criteria: [criterion("tags")], expectedVersion: 1 };
  const revised = await lead.verb("reviseScorecard", revision, `scorecard { version ${WHOLE} }`);
  expect(revised.scorecard.version).toBe(2);
  expect(revised.scorecard.versions.nodes).toMatchObject([
    { number: 1, state: "ARCHIVED", allowedActions: [], criteria: { totalCount: 2 } },
    { number: 2, state: "PUBLISHED", allowedActions: NEXT, criteria: { nodes: [{ code: "tags" }] } },
  ]);
  expect(await lead.refused("reviseScorecard", revision)).toMatchObject({ __typename: "VersionConflictRefusal" });
  const events = await world.sql`select type, from_state, to_state from events
    where type like 'scorecard_version.%' and actor_id = ${lead.principalId} order by type`;
  expect(events).toEqual([
    { type: "scorecard_version.archived", from_state: "PUBLISHED", to_state: "ARCHIVED" },
    { type: "scorecard_version.published", from_state: null, to_state: "PUBLISHED" },
  ]);
});

test("revisions at the same time take turns: one version is published, numbers are dense", async () => {
  const { id } = await make("S3");
  const revise = (n: number) => world.admin.verb("reviseScorecard", { id, criteria: [criterion(`c${n}`)] }, "scorecard { id }");
  await Promise.all([1, 2, 3, 4].map(revise));
  const { scorecardByCode } = await world.admin.ask('{ scorecardByCode(code: "S3") { versions { nodes { number state } } } }');
  const { nodes } = scorecardByCode.versions as { nodes: { number: number; state: string }[] };
  expect(nodes.map((each) => each.number).sort()).toEqual([1, 2, 3, 4, 5]);
  expect(nodes.filter((each) => each.state === "PUBLISHED")).toEqual([{ number: 5, state: "PUBLISHED" }]);
});

test("statements are constant in the number of scorecards, versions and criteria", async () => {
  const count = async () => {
    world.statements.length = 0;
    await world.admin.ask(`{ scorecards(first: 100) { nodes { code
      versions { nodes { number scorecard { code } criteria { nodes { code } } } } } } }`);
    return world.statements.length;
  };
  const before = await count();
  for (const code of ["N1", "N2"]) {
    const { id } = await make(code);
    await world.admin.verb("reviseScorecard", { id, criteria: [criterion("a"), criterion("b"), criterion("c")] }, "scorecard { id }");
  }
  expect(await count()).toBe(before);
  expect(before).toBe(3);
});

test("lists filter by code, state, kind and time of change", async () => {
  const since = new Date().toISOString();
  const { id } = await make("F1", [criterion("a"), criterion("b", { kind: "PROCESS" })]);
  await world.admin.verb("renameScorecard", { id, name: "Renamed" }, "scorecard { id }");
  const data = await world.admin.ask(
    `query ($since: DateTime!) {
      scorecards(filter: { updatedAfter: $since }, orderBy: { field: UPDATED_AT }) { totalCount nodes { name } }
      none: scorecards(filter: { codes: ["F1"], updatedAfter: "2100-01-01T00:00:00Z" }) { totalCount }
      scorecardByCode(code: "F1") { archived: versions(filter: { states: [ARCHIVED] }) { totalCount }
        versions(filter: { states: [PUBLISHED] }, orderBy: { field: NUMBER }) {
          nodes { criteria(filter: { kinds: [PROCESS] }) { nodes { code } } } } }
    }`,
    { since },
  );
  expect(data).toEqual({
    scorecards: { totalCount: 1, nodes: [{ name: "Renamed" }] },
    none: { totalCount: 0 },
    scorecardByCode: { archived: { totalCount: 0 }, versions: { nodes: [{ criteria: { nodes: [{ code: "b" }] } }] } },
  });
});

test("criteria that can't be scored are refused by place", async () => {
  const refused = (criteria: object[]) => world.admin.refused("createScorecard", { code: "R1", name: "R", criteria });
  expect(await refused([])).toMatchObject({ code: "INVALID_INPUT", path: ["criteria"] });
  expect(await refused([...Array(101).keys()].map((i) => criterion(`c${i}`)))).toMatchObject({ path: ["criteria"] });
  expect(await refused([criterion("a"), criterion("b", { weight: 0 })])).toMatchObject({ path: ["criteria", "1", "weight"] });
  expect(await refused([criterion("a"), criterion("a")])).toMatchObject({ path: ["criteria", "1", "code"] });
  expect(await refused([criterion("a b")])).toMatchObject({ path: ["criteria", "0", "code"] });
  expect(await refused([criterion("a", { name: " " })])).toMatchObject({ path: ["criteria", "0", "name"] });
  await make("R1");
  expect(await refused([criterion("a")])).toMatchObject({ code: "CONFLICT" });
  const unknown = encodeId("Scorecard", { projectId: null, id: "00000000-0000-7000-8000-00000000ffff" });
  expect(await world.admin.refused("reviseScorecard", { id: unknown, criteria: [criterion("a")] })).toMatchObject({ code: "NOT_FOUND" });
});

test("staff see all scorecards, partners and labelers those of a queue they see; ADMIN and QA_LEAD write", async () => {
  const project = await makeProject(world.sql);
  const [mine, other] = project.vendors;
  await make("V1");
  const used = await make("V2");
  await world.sql`update queues set scorecard_id = (select id from scorecards where code = 'V2') where project_id = ${project.projectId}`;
  const query = `query ($id: ID!) { scorecards(first: 100) { totalCount nodes { code versions { nodes { criteria { totalCount } } } } }
    v1: scorecardByCode(code: "V1") { code } node(id: $id) { id } }`;
  const { projectId } = project;
  const stranger = await makeProject(world.sql);
  const all = (await world.admin.ask("{ scorecards { totalCount } }")).scorecards.totalCount;
  for (const role of ["QA_LEAD", "POLICY_MANAGER", "AUDITOR", "ANALYST"] as const) {
    const caller = await world.caller({ role, projectId });
    expect((await caller.ask(query, { id: used.id })).scorecards.totalCount).toBe(all);
    if (role === "QA_LEAD") continue;
    expect(await caller.refused("renameScorecard", { id: used.id, name: "No" })).toMatchObject({ code: "FORBIDDEN" });
  }
  const sees = [
    await world.caller({ role: "VENDOR_MANAGER", projectId, vendorId: mine!.id }),
    await world.caller({ role: "VENDOR_QA", projectId, vendorId: other!.id, teamId: other!.teamId }),
    await world.caller({ role: "LABELER", projectId, vendorId: mine!.id, labelerId: mine!.labelerIds[0]! }),
  ];
  for (const caller of sees) {
    const data = await caller.ask(query, { id: used.id });
    expect(data).toEqual({
      scorecards: { totalCount: 1, nodes: [{ code: "V2", versions: { nodes: [{ criteria: { totalCount: 2 } }] } }] },
      v1: null,
      node: { id: used.id },
    });
    expect(await caller.refused("reviseScorecard", { id: used.id, criteria: [criterion("x")] })).toMatchObject({ code: "FORBIDDEN" });
  }
  const elsewhere = await world.caller({ role: "VENDOR_MANAGER", projectId: stranger.projectId, vendorId: mine!.id });
  expect(await elsewhere.ask(query, { id: used.id })).toEqual({ scorecards: { totalCount: 0, nodes: [] }, v1: null, node: null });
});
