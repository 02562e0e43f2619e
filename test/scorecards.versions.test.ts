import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { makeProject, type VendorFixture } from "./kit/factories.ts";
import { keyIn } from "./kit/roster.ts";
import { criterion, draftOf, makeScorecard } from "./kit/scorecards.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let lead: Caller;
beforeAll(async () => {
  world = await createWorld();
  lead = await world.caller({ role: "QA_LEAD", projectId: (await makeProject(world.sql)).projectId });
});
afterAll(() => world.close());

const VERSION = "scorecardVersion { id number state publishedAt version allowedActions criteria { nodes { code kind failsOn position } } }";
const step = async (verb: string, input: object, by = lead) => (await by.verb(verb, { ...input }, VERSION)).scorecardVersion;
const statesOf = async (id: string): Promise<string[]> => {
  const { node } = await lead.ask(
    "query ($id: ID!) { node(id: $id) { ... on Scorecard { versions(orderBy: { field: NUMBER }) { nodes { number state } } } } }",
    { id },
  );
  return node.versions.nodes.map(({ number, state }: { number: number; state: string }) => `${number} ${state}`);
};

describe("a version", () => {
  test("is drafted from the published one, changed, published, and archives the one before", async () => {
    const { id: scorecardId, versionId } = await makeScorecard(lead, "V1", [
      criterion("b", { failsOn: ["TECHNICAL", "WRONG_ACTION"] }),
      criterion("a", { kind: "PROCESS" }),
    ]);
    const draft = await step("draftScorecardVersion", { scorecardId, expectedVersion: 1 });
    expect(draft).toEqual({
      id: draft.id, number: 2, state: "DRAFT", publishedAt: null, version: 1,
      allowedActions: ["changeScorecardVersion", "publishScorecardVersion", "archiveScorecardVersion"],
      criteria: {
        nodes: [
          { code: "b", kind: "DECISION", failsOn: ["WRONG_ACTION", "TECHNICAL"], position: 1 },
          { code: "a", kind: "PROCESS", failsOn: [], position: 2 },
        ],
      },
    });
    const changed = await step("changeScorecardVersion", { id: draft.id, criteria: [criterion("a"), criterion("c")], expectedVersion: 1 });
    expect(changed).toMatchObject({ id: draft.id, state: "DRAFT", version: 2, criteria: { nodes: [{ code: "a" }, { code: "c" }] } });
    expect(await statesOf(scorecardId)).toEqual(["1 PUBLISHED", "2 DRAFT"]);
    const published = await step("publishScorecardVersion", { id: draft.id, expectedVersion: 2 });
    expect(published).toMatchObject({ state: "PUBLISHED", publishedAt: expect.any(String), version: 3, criteria: changed.criteria });
    expect(await statesOf(scorecardId)).toEqual(["1 ARCHIVED", "2 PUBLISHED"]);
    const { node } = await lead.ask("query ($id: ID!) { node(id: $id) { ... on ScorecardVersion { criteria { nodes { code } } } } }", { id: versionId });
    expect(node.criteria.nodes).toEqual([{ code: "b" }, { code: "a" }]);
    const events = await world.sql`select type, from_state as "from", to_state as "to" from events
      where subject_id in ${world.sql([keyIn(draft.id), keyIn(versionId)])} order by id`;
    expect(events.map(({ type, from, to }) => `${type} ${from} ${to}`)).toEqual([
      "scorecard_version.published null PUBLISHED",
      "scorecard_version.draft null DRAFT",
      "scorecard_version.changeScorecardVersion DRAFT DRAFT",
      "scorecard_version.archived PUBLISHED ARCHIVED",
      "scorecard_version.published DRAFT PUBLISHED",
    ]);
  });

  test("is withdrawn as a draft, or taken out of use; a scorecard without one begins anew", async () => {
    const { id: scorecardId, versionId } = await makeScorecard(lead, "V2");
    const withdrawn = await step("archiveScorecardVersion", { id: await draftOf(lead, scorecardId), expectedVersion: 1 });
    expect(withdrawn).toMatchObject({ state: "ARCHIVED", publishedAt: null, allowedActions: [] });
    expect(await statesOf(scorecardId)).toEqual(["1 PUBLISHED", "2 ARCHIVED"]);
    await step("archiveScorecardVersion", { id: versionId });
    expect(await lead.refused("draftScorecardVersion", { scorecardId })).toMatchObject({ code: "INVALID_INPUT", path: ["criteria"] });
    await step("archiveScorecardVersion", { id: await draftOf(lead, scorecardId, [criterion("a")]) });
    await lead.verb("reviseScorecard", { id: scorecardId, criteria: [criterion("a")] }, "scorecard { id }");
    await step("archiveScorecardVersion", { id: await draftOf(lead, scorecardId) });
    expect(await statesOf(scorecardId)).toEqual(["1 ARCHIVED", "2 ARCHIVED", "3 ARCHIVED", "4 PUBLISHED", "5 ARCHIVED"]);
  });

  test("is refused to whoever has read another", async () => {
    const { id: scorecardId } = await makeScorecard(lead, "V3");
    const stale = { __typename: "VersionConflictRefusal" };
    expect(await lead.refused("draftScorecardVersion", { scorecardId, expectedVersion: 2 })).toMatchObject(stale);
    const id = await draftOf(lead, scorecardId);
    const criteria = [criterion("a")];
    await step("changeScorecardVersion", { id, criteria });
    for (const verb of ["changeScorecardVersion", "publishScorecardVersion", "archiveScorecardVersion"]) {
      const input = verb === "changeScorecardVersion" ? { id, criteria } : { id };
      expect(await lead.refused(verb, { ...input, expectedVersion: 1 }), verb).toMatchObject(stale);
    }
    await step("publishScorecardVersion", { id, expectedVersion: 2 });
    expect(await lead.refused("reviseScorecard", { id: scorecardId, criteria, expectedVersion: 2 })).toMatchObject(stale);
  });

  test("takes turns with its siblings: of many drafts one stands, of two publications one is made", async () => {
    const { id: scorecardId } = await makeScorecard(lead, "V4");
    const drafts = await Promise.allSettled([1, 2, 3, 4].map(() => draftOf(lead, scorecardId)));
    const made = drafts.filter((each) => each.status === "fulfilled");
    expect(made).toHaveLength(1);
    const id = made[0]!.value;
    const published = await Promise.allSettled([1, 2].map(() => step("publishScorecardVersion", { id })));
    expect(published.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await statesOf(scorecardId)).toEqual(["1 ARCHIVED", "2 PUBLISHED"]);
  });

  test("that nobody has is not found", async () => {
    const id = encodeId("ScorecardVersion", { projectId: null, id: "00000000-0000-7000-8000-00000000ffff" });
    const scorecardId = encodeId("Scorecard", { projectId: null, id: "00000000-0000-7000-8000-00000000ffff" });
    expect(await lead.refused("draftScorecardVersion", { scorecardId })).toMatchObject({ code: "NOT_FOUND" });
    expect(await lead.refused("publishScorecardVersion", { id })).toMatchObject({ code: "NOT_FOUND", path: ["id"] });
    expect(await lead.refused("publishScorecardVersion", { id: scorecardId })).toMatchObject({ code: "INVALID_INPUT", path: ["id"] });
    const { id: scorecard } = await makeScorecard(lead, "V5");
    const bad = { id: await draftOf(lead, scorecard), criteria: [criterion("a", { weight: -1 })] };
    expect(await lead.refused("changeScorecardVersion", bad)).toMatchObject({ code: "INVALID_INPUT", path: ["criteria", "0", "weight"] });
  });
});

test("criteria are deleted while their version is a draft, and never after, not even by SQL", async () => {
  const { id: scorecardId, versionId } = await makeScorecard(lead, "D1");
  await lead.verb("reviseScorecard", { id: scorecardId, criteria: [criterion("a")] }, "scorecard { id }");
  const draft = await draftOf(lead, scorecardId);
  const deleted = await world.sql.begin(async (sql) => {
    await sql`set local role assay_lead`;
    return sql`delete from criteria where scorecard_id = ${keyIn(scorecardId)} returning scorecard_version_id as id`;
  });
  expect(deleted).toEqual([{ id: keyIn(draft) }]);
  const rest = await world.sql`select distinct scorecard_version_id as id from criteria where scorecard_id = ${keyIn(scorecardId)}`;
  expect(rest).toHaveLength(2);
  expect(rest.map(({ id }) => id)).toContain(keyIn(versionId));
});

test("analysts, partners and labelers go on seeing what is published while a draft is written", async () => {
  const project = await makeProject(world.sql);
  const { id } = await makeScorecard(lead, "S1");
  await world.sql`update queues set scorecard_id = ${keyIn(id)} where project_id = ${project.projectId}`;
  const [{ id: vendorId, labelerIds }] = project.vendors as [VendorFixture];
  const callers = await Promise.all([
    world.caller({ role: "ANALYST", projectId: project.projectId }),
    world.caller({ role: "VENDOR_MANAGER", projectId: project.projectId, vendorId }),
    world.caller({ role: "LABELER", projectId: project.projectId, vendorId, labelerId: labelerIds[0]! }),
  ]);
  const query = `{ scorecardByCode(code: "S1") { name versions(filter: { states: [PUBLISHED] }) { totalCount nodes {
    id number publishedAt version updatedAt allowedActions criteria { nodes { id code weight failsOn } } } } } }`;
  const read = () => Promise.all(callers.map((by) => by.ask(query)));
  const before = await read();
  expect(before[0].scorecardByCode.versions.nodes).toMatchObject([{ number: 1, allowedActions: [], criteria: { nodes: [{ code: "policy" }] } }]);
  expect(before.slice(1)).toEqual([before[0], before[0]]);
  const draft = await draftOf(lead, id, [criterion("new")]);
  await step("changeScorecardVersion", { id: draft, criteria: [criterion("newer")] });
  expect(await read()).toEqual(before);
  await step("archiveScorecardVersion", { id: draft });
  expect(await read()).toEqual(before);
});

test("statements of a verb are constant in the number of criteria and versions", async () => {
  const many = (count: number) => [...Array(count).keys()].map((i) => criterion(`c${i}`));
  const counts = async (code: string, count: number, versions: number) => {
    const { id: scorecardId } = await makeScorecard(lead, code, many(count));
    for (let i = 0; i < versions; i += 1) await lead.verb("reviseScorecard", { id: scorecardId, criteria: many(count) }, "scorecard { id }");
    const counted = async (verb: string, input: object) => {
      world.statements.length = 0;
      const answer = await lead.verb(verb, { ...input }, "__typename scorecardVersion { id }");
      return { id: answer.scorecardVersion.id as string, count: world.statements.length };
    };
    const drafted = await counted("draftScorecardVersion", { scorecardId });
    const { id } = drafted;
    const changed = await counted("changeScorecardVersion", { id, criteria: many(count) });
    const published = await counted("publishScorecardVersion", { id });
    return [drafted, changed, published, await counted("archiveScorecardVersion", { id })].map((each) => each.count);
  };
  const few = await counts("C1", 1, 0);
  expect(await counts("C2", 100, 5)).toEqual(few);
  expect(Math.max(...few)).toBeLessThanOrEqual(12);
});
