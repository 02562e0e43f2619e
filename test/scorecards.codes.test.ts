import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { ROLES } from "../src/core/viewer.ts";
import { WORKER } from "../src/db/identity.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import { write } from "../src/db/session.ts";
import { scorecardsOf } from "../src/scorecards/service.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { keyIn } from "./kit/roster.ts";
import { criterion, draftOf, makeScorecard } from "./kit/scorecards.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
let project: ProjectFixture;
let lead: Caller;
const sent: string[] = [];
beforeAll(async () => {
  world = await createWorld();
  const onStatement = (text: string) => void sent.push(text);
  pool = createPool({ url: world.urls.login, size: 1, queue: 5, waitMs: 5_000, applicationName: "test", onStatement });
  project = await makeProject(world.sql);
  lead = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const row = (code: string, parentCode?: string, more: object = {}) => ({ code, name: `Name of ${code}`, severity: "MINOR", parentCode, ...more });
const RESULT = "results { row code outcome errorCode { id code isLeaf parent { code } } refusal { row field value code } }";
const create = async (scorecardId: string, errorCodes: object[], by = lead): Promise<any[]> =>
  (await by.verb("createErrorCodes", { scorecardId, errorCodes }, RESULT)).results;
const outcomes = (results: { outcome: string; refusal: { code: string; field: string } | null }[]) =>
  results.map(({ outcome, refusal }) => (refusal ? `${refusal.code} ${refusal.field}` : outcome));
const TREE = [row("WRONG"), row("WRONG-RULE", "WRONG"), row("WRONG-RULE-OLD", "WRONG-RULE"), row("MISSED", undefined, { severity: "CRITICAL" })];
const CODE = "errorCode { id code name severity isLeaf retiredAt version }";

async function codesOf(id: string, filter = "{}", by = lead): Promise<Record<string, any>> {
  const { node } = await by.ask(
    `query ($id: ID!) { node(id: $id) { ... on Scorecard { errorCodes(first: 100, filter: ${filter}, orderBy: { field: CODE }) { totalCount nodes {
      id code isLeaf retiredAt version parent { code } children { nodes { code } } scorecard { id } } } } } }`,
    { id },
  );
  expect(node.errorCodes.totalCount).toBe(node.errorCodes.nodes.length);
  return Object.fromEntries(node.errorCodes.nodes.map((each: { code: string }) => [each.code, each]));
}

describe("a tree of error codes", () => {
  test("is brought in any order, grows, and stays when it is brought again", async () => {
    const { id } = await makeScorecard(lead, "T1");
    const results = await create(id, [...TREE].reverse());
    expect(results.map(({ row: place, code, outcome }) => [place, code, outcome])).toEqual(
      [...TREE].reverse().map(({ code }, place) => [place, code, "CREATED"]),
    );
    expect(results[1]).toMatchObject({ errorCode: { code: "WRONG-RULE-OLD", isLeaf: true, parent: { code: "WRONG-RULE" } }, refusal: null });
    expect(outcomes(await create(id, TREE))).toEqual(Array(4).fill("UNCHANGED"));
    expect(outcomes(await create(id, [row("MISSED-SPAM", "MISSED"), row("WRONG")]))).toEqual(["CREATED", "UNCHANGED"]);
    const codes = await codesOf(id);
    expect(codes.MISSED).toMatchObject({ isLeaf: false, version: 2, parent: null, children: { nodes: [{ code: "MISSED-SPAM" }] }, scorecard: { id } });
    expect(codes.WRONG).toMatchObject({ isLeaf: false, version: 1, children: { nodes: [{ code: "WRONG-RULE" }] } });
    expect(Object.keys(await codesOf(id, "{ isLeaf: true }"))).toEqual(["MISSED-SPAM", "WRONG-RULE-OLD"]);
    expect(Object.keys(await codesOf(id, '{ codes: ["WRONG"], updatedAfter: "2026-01-01T00:00:00Z" }'))).toEqual(["WRONG"]);
    const events = await world.sql`select subject_id from events where type = 'error_code.created' and actor_id = ${lead.principalId}`;
    expect(events.map((each) => each.subject_id).sort()).toEqual(Object.values(codes).map((each) => keyIn(each.id)).sort());
  });

  test("refuses rows one by one, and takes the others", async () => {
    const { id } = await makeScorecard(lead, "T2");
    await create(id, TREE);
    const other = await makeScorecard(lead, "T2b");
    await create(other.id, [row("ELSEWHERE")]);
    const results = await create(id, [row("WRONG", "MISSED"), row("a b"), row("B", "ELSEWHERE"), row("C", "C"), row("D"), row("D")]);
    expect(outcomes(results)).toEqual([
      "CONFLICT code", "INVALID_INPUT code", "NOT_FOUND parentCode", "INVALID_INPUT parentCode", "CREATED", "CONFLICT code",
    ]);
    expect(results[2].refusal).toEqual({ row: 2, field: "parentCode", value: "ELSEWHERE", code: "NOT_FOUND" });
    expect(results[2].errorCode).toBeNull();
    expect(Object.keys(await codesOf(id))).toHaveLength(5);
  });

  test("takes 1 to 500 codes a call, for a scorecard that there is", async () => {
    const { id } = await makeScorecard(lead, "T3");
    const refused = (scorecardId: string, errorCodes: object[]) => lead.refused("createErrorCodes", { scorecardId, errorCodes });
    expect(await refused(id, [])).toMatchObject({ code: "INVALID_INPUT", path: ["errorCodes"] });
    expect(await refused(id, Array(501).fill(row("A")))).toMatchObject({ code: "INVALID_INPUT", path: ["errorCodes"] });
    const nobodys = encodeId("Scorecard", { projectId: null, id: "00000000-0000-7000-8000-00000000ffff" });
    expect(await refused(nobodys, [row("A")])).toMatchObject({ code: "NOT_FOUND", path: ["scorecardId"] });
  });

  test("is grown by two at once without a code twice", async () => {
    const { id } = await makeScorecard(lead, "T4");
    const both = await Promise.all([1, 2].map(() => create(id, TREE)));
    expect(both.map(outcomes).map(([first]) => first).sort()).toEqual(["CREATED", "UNCHANGED"]);
    expect(Object.keys(await codesOf(id))).toHaveLength(4);
  });
});

describe("an error code", () => {
  test("is renamed, and keeps all else", async () => {
    const { id: scorecardId } = await makeScorecard(lead, "E1");
    await create(scorecardId, TREE);
    const { id } = (await codesOf(scorecardId)).MISSED;
    const { errorCode } = await lead.verb("renameErrorCode", { id, name: " Missed it ", expectedVersion: 1 }, CODE);
    expect(errorCode).toEqual({ id, code: "MISSED", name: "Missed it", severity: "CRITICAL", isLeaf: true, retiredAt: null, version: 2 });
    expect(await lead.refused("renameErrorCode", { id, name: "No", expectedVersion: 1 })).toMatchObject({ __typename: "VersionConflictRefusal" });
    expect(await lead.refused("renameErrorCode", { id, name: " " })).toMatchObject({ code: "INVALID_INPUT", path: ["name"] });
  });

  test("is retired with all below it, once and for ever", async () => {
    const { id: scorecardId } = await makeScorecard(lead, "E2");
    await create(scorecardId, [...TREE, row("WRONG-ACTION", "WRONG")]);
    const before = await codesOf(scorecardId);
    await lead.verb("retireErrorCode", { id: before["WRONG-ACTION"].id }, CODE);
    const stale = { id: before.WRONG.id, expectedVersion: 7 };
    expect(await lead.refused("retireErrorCode", stale)).toMatchObject({ __typename: "VersionConflictRefusal" });
    const { errorCode } = await lead.verb("retireErrorCode", { id: before.WRONG.id, expectedVersion: 1 }, CODE);
    expect(errorCode).toMatchObject({ retiredAt: expect.any(String), isLeaf: false, version: 2 });
    expect(Object.keys(await codesOf(scorecardId, "{ isRetired: false }"))).toEqual(["MISSED"]);
    const retired = await codesOf(scorecardId, "{ isRetired: true }");
    expect(Object.values(retired).map(({ code, version }) => `${code} ${version}`)).toEqual([
      "WRONG 2", "WRONG-ACTION 2", "WRONG-RULE 2", "WRONG-RULE-OLD 2",
    ]);
    const again = await lead.refused("retireErrorCode", { id: before["WRONG-RULE"].id });
    expect(again).toMatchObject({ code: "CONFLICT", path: ["id"], message: expect.stringContaining("WRONG-RULE") });
    expect(outcomes(await create(scorecardId, [row("WRONG"), row("NEW", "WRONG-RULE")]))).toEqual(["CONFLICT code", "CONFLICT parentCode"]);
    const nobodys = encodeId("ErrorCode", { projectId: null, id: "00000000-0000-7000-8000-00000000ffff" });
    expect(await lead.refused("retireErrorCode", { id: nobodys })).toMatchObject({ code: "NOT_FOUND" });
    const ids = Object.values(retired).map((each) => keyIn(each.id));
    const events = await world.sql`select count(*)::int as count from events where type = 'error_code.retired' and subject_id in ${world.sql(ids)}`;
    expect(events[0]!.count).toBe(4);
  });
});

test.each(ROLES)("%s reads the error codes of a scorecard as they read the scorecard; ADMIN and QA_LEAD write them", async (role) => {
  const vendor = project.vendors[0]!;
  const labelerId = role === "LABELER" ? vendor.labelerIds[0]! : null;
  const vendorId = ["VENDOR_MANAGER", "VENDOR_QA", "LABELER"].includes(role) ? vendor.id : null;
  const by = await world.caller({ role, projectId: role === "ADMIN" ? null : project.projectId, vendorId, labelerId, scopes: [] });
  const [used, unused] = [await makeScorecard(lead, `R-${role}`), await makeScorecard(lead, `R-${role}-unused`)];
  for (const { id } of [used, unused]) await create(id, TREE);
  const { id } = (await codesOf(used.id)).MISSED;
  await world.sql`update queues set scorecard_id = ${keyIn(used.id)} where project_id = ${project.projectId}`;
  expect(Object.keys(await codesOf(used.id, "{}", by))).toHaveLength(4);
  const { scorecardByCode } = await by.ask(`{ scorecardByCode(code: "R-${role}-unused") { errorCodes { totalCount } } }`);
  const isStaff = ["ADMIN", "QA_LEAD", "AUDITOR", "POLICY_MANAGER", "ANALYST"].includes(role);
  expect(scorecardByCode).toEqual(isStaff ? { errorCodes: { totalCount: 4 } } : null);
  const inputs = { createErrorCodes: { scorecardId: used.id, errorCodes: [row("X")] }, renameErrorCode: { id, name: "X" }, retireErrorCode: { id } };
  for (const [verb, input] of Object.entries(inputs)) {
    if (role === "ADMIN" || role === "QA_LEAD") await by.verb(verb, input, "__typename");
    else expect((await by.refused(verb, input)).code, verb).toBe("FORBIDDEN");
  }
});

test("audits read their versions, the criteria in their order and all error codes in one statement", async () => {
  const { id, versionId } = await makeScorecard(lead, "O1", ["z", "a", "m"].map((code) => criterion(code)));
  await create(id, [...TREE, row("GONE")]);
  await lead.verb("retireErrorCode", { id: (await codesOf(id)).GONE.id }, "__typename");
  const draft = await draftOf(lead, id, [criterion("other")]);
  const read = async (version: string) => {
    const before = sent.length;
    const content = await write(pool, WORKER, (db) => scorecardsOf(db, [keyIn(version), crypto.randomUUID()]), { timeoutMs: 5_000 });
    const statements = sent.slice(before).filter((text) => /select v.id/.test(text));
    return { content: content.get(keyIn(version))!, count: statements.length };
  };
  const { content, count } = await read(versionId);
  expect(count).toBe(1);
  expect(content.state).toBe("PUBLISHED");
  expect(content.criteria.map(({ code }) => code)).toEqual(["z", "a", "m"]);
  expect(content.errorCodes.filter(({ isLeaf, isRetired }) => isLeaf && !isRetired).map(({ code }) => code)).toEqual(["MISSED", "WRONG-RULE-OLD"]);
  expect((await read(draft)).content.criteria.map(({ code }) => code)).toEqual(["other"]);
  expect((await read(id)).content).toBeUndefined();
});

test("statements are constant in the number of error codes", async () => {
  const counts = async (code: string, count: number) => {
    const { id } = await makeScorecard(lead, code);
    const rows = [...Array(count).keys()].map((i) => row(`c${i}`, i ? `c${Math.floor((i - 1) / 4)}` : undefined));
    const counted = async (work: () => Promise<unknown>) => {
      world.statements.length = 0;
      await work();
      return world.statements.length;
    };
    const created = await counted(() => create(id, rows));
    const listed = await counted(() => codesOf(id));
    const top = (await codesOf(id, '{ codes: ["c0"] }')).c0.id;
    return [created, listed, await counted(() => lead.verb("retireErrorCode", { id: top }, CODE))];
  };
  const few = await counts("N1", 2);
  expect(await counts("N2", 90)).toEqual(few);
  expect(Math.max(...few)).toBeLessThanOrEqual(10);
});
