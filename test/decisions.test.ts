import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decisionId } from "../src/core/ids.ts";
import { makeLabeler, makeProject, type ProjectFixture } from "./kit/factories.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
let other: ProjectFixture;
let codes: { labelers: string[]; hate: string };
beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
  other = await makeProject(world.sql);
  const refs = await world.sql`select external_ref from labelers where id = any (${project.vendors[0]!.labelerIds}) order by id`;
  const [hate] = await world.sql`select code from policies where id = ${project.policies.hate}`;
  codes = { labelers: refs.map((row) => row.external_ref as string), hate: hate!.code as string };
});
afterAll(() => world.close());

let count = 0;
const decision = (changes: Record<string, unknown> = {}) => ({
  vendorCode: project.vendors[0]!.code,
  labelerRef: codes.labelers[0],
  queueCode: "Q1",
  policyCode: codes.hate,
  externalRef: `r-${(count += 1)}`,
  contentRef: "content/1",
  decidedAt: "2026-02-03T10:00:00.000Z",
  ...changes,
});
const PAYLOAD = "recorded alreadyPresent refused refusals { row field value code message }";
const record = (caller: Caller, decisions: object[], rest: object = {}) =>
  caller.verb("recordDecisions", { projectCode: project.projectCode, decisions, ...rest }, PAYLOAD);
const byRef = async (caller: Caller, externalRef: string, fields = "id") => {
  const variables = { projectCode: project.projectCode, vendorCode: project.vendors[0]!.code, externalRef };
  const data = await caller.ask(
    `query ($projectCode: String!, $vendorCode: String!, $externalRef: String!) {
      decisionByRef(projectCode: $projectCode, vendorCode: $vendorCode, externalRef: $externalRef) { ${fields} } }`,
    variables,
  );
  return data.decisionByRef;
};

test("a decision's id is the one that the domain's check vector gives", () => {
  expect(decisionId("P1", "V1", "ref-1", new Date("2026-01-01T00:00:00.000Z"))).toBe("019b76da-a800-708e-824f-6b93ecbccf8a");
});

test("a decision is recorded with what its codes mean, and read back by its reference", async () => {
  const given = { externalRef: "whole", action: "REMOVE", tags: ["a", 'b"c,\\d'], riskScore: 0.25, language: "id", claimedAt: "2026-02-03T09:59:30.500Z" };
  expect(await record(world.admin, [decision(given)])).toMatchObject({ recorded: 1, alreadyPresent: 0, refused: 0, refusals: [] });
  const fields = `externalRef contentRef contentHash modality language action tags riskScore handleSeconds decidedAt claimedAt enqueuedAt
    project { code } queue { code } market { code } labeler { externalRef } vendor { code } site { code } team { code } policy { code } policyVersion { semver }`;
  expect(await byRef(world.admin, "whole", fields)).toEqual({
    externalRef: "whole",
    contentRef: "content/1",
    contentHash: createHash("sha256").update("content/1").digest("hex"),
    modality: "TEXT",
    language: "id",
    action: "REMOVE",
    tags: ["a", 'b"c,\\d'],
    riskScore: 0.25,
    handleSeconds: 29.5,
    decidedAt: "2026-02-03T10:00:00.000Z",
    claimedAt: "2026-02-03T09:59:30.500Z",
    enqueuedAt: null,
    project: { code: project.projectCode },
    queue: { code: "Q1" },
    market: { code: project.market },
    labeler: { externalRef: codes.labelers[0] },
    vendor: { code: project.vendors[0]!.code },
    site: { code: "S" },
    team: { code: "T" },
    policy: { code: codes.hate },
    policyVersion: { semver: "1.0.0" },
  });
});

test("the same again is there already; the same reference with other content or at another time is a conflict, and takes no other row with it", async () => {
  const kept = decision({ externalRef: "kept" });
  await record(world.admin, [kept]);
  const answer = await record(world.admin, [
    kept,
    decision({ ...kept, action: "KEEP" }),
    decision({ ...kept, decidedAt: "2026-02-03T10:00:00.001Z" }),
    decision({ externalRef: "new" }),
    decision({ externalRef: "new" }),
    decision({ externalRef: "new", contentRef: "content/2" }),
  ]);
  expect(answer).toMatchObject({ recorded: 1, alreadyPresent: 2, refused: 3 });
  expect(answer.refusals.map((each: { row: number; code: string; value: string }) => [each.row, each.code, each.value])).toEqual([
    [1, "CONFLICT", "kept"],
    [2, "CONFLICT", "kept"],
    [5, "CONFLICT", "new"],
  ]);
  expect(answer.refusals[1].message).toContain("2026-02-03T10:00:00.000Z");
});

describe("a row is refused by field, value and reason, and takes no other with it", () => {
  test.each([
    ["vendorCode", { vendorCode: "nope" }, "NOT_FOUND", "nope"],
    ["labelerRef", { labelerRef: "nobody" }, "NOT_FOUND", "nobody"],
    ["queueCode", { queueCode: "Q9" }, "NOT_FOUND", "Q9"],
    ["policyCode", { policyCode: "unheard-of" }, "NOT_FOUND", "unheard-of"],
    ["market", { market: "xx-XX" }, "NOT_FOUND", "xx-XX"],
    ["decidedAt", { decidedAt: new Date(Date.now() + 6 * 60_000).toISOString() }, "INVALID_INPUT", null],
    ["decidedAt", { decidedAt: "1999-12-31T23:59:59Z" }, "INVALID_INPUT", "1999-12-31T23:59:59.000Z"],
    ["claimedAt", { claimedAt: "2026-02-03T10:00:01Z" }, "INVALID_INPUT", "2026-02-03T10:00:01.000Z"],
    ["contentHash", { contentHash: "abc" }, "INVALID_INPUT", "abc"],
    ["riskScore", { riskScore: -1 }, "INVALID_INPUT", "-1"],
    ["externalRef", { externalRef: "" }, "INVALID_INPUT", ""],
    ["contentRef", { contentRef: "a\u0000b" }, "INVALID_INPUT", "a\u0000b"],
    ["tags", { tags: [""] }, "INVALID_INPUT", ""],
  ])("%s %j", async (field, change, code, value) => {
    const answer = await record(world.admin, [decision(), decision(change), decision()]);
    expect(answer).toMatchObject({ recorded: 2, refused: 1, refusals: [{ row: 1, field, code }] });
    if (value !== null) expect(answer.refusals[0].value).toBe(value);
    expect(answer.refusals[0].message.length).toBeGreaterThan(10);
  });
});

test("a clock that runs five minutes ahead is forgiven", async () => {
  expect(await record(world.admin, [decision({ decidedAt: new Date(Date.now() + 4 * 60_000).toISOString() })])).toMatchObject({ recorded: 1 });
});

test("a policy with others below it, and one that the project doesn't use, can't be named", async () => {
  const [parent] = await world.sql`select code from policies where id = ${project.policies.spam}`;
  await world.sql`update policies set is_leaf = false where id = ${project.policies.spam}`;
  const [foreign] = await world.sql`select code from policies where id = ${other.policies.hate}`;
  const answer = await record(world.admin, [decision({ policyCode: parent!.code }), decision({ policyCode: foreign!.code }), decision({ policyCode: "NV" })]);
  expect(answer).toMatchObject({ recorded: 1, refusals: [{ row: 0, field: "policyCode", code: "INVALID_INPUT" }, { row: 1, field: "policyCode", code: "NOT_FOUND" }] });
});

test("STOP takes the rows before the first refused one, and none after", async () => {
  const kept = decision();
  await record(world.admin, [kept]);
  const rows = [decision(), kept, decision({ labelerRef: "nobody" }), decision(), decision({ queueCode: "Q9" })];
  expect(await record(world.admin, rows, { onError: "STOP" })).toMatchObject({ recorded: 1, alreadyPresent: 1, refused: 1, refusals: [{ row: 2 }] });
  expect(await byRef(world.admin, rows[3]!.externalRef as string)).toBeNull();
});

test("6,000 rows, an unknown project and a project of somebody else's are refused as a whole", async () => {
  const many = Array.from({ length: 6_000 }, () => decision());
  const input = { projectCode: project.projectCode, decisions: many };
  expect(await world.admin.refused("recordDecisions", input)).toMatchObject({ code: "INVALID_INPUT", path: ["decisions"], message: expect.stringContaining("6000 are too many") });
  expect(await world.admin.refused("recordDecisions", { projectCode: "nope", decisions: [decision()] })).toMatchObject({ code: "NOT_FOUND", path: ["projectCode"] });
  const client = await world.caller({ role: "SERVICE", projectId: other.projectId, scopes: ["decisions:write"] });
  expect(await client.refused("recordDecisions", { projectCode: project.projectCode, decisions: [decision()] })).toMatchObject({ code: "NOT_FOUND" });
});

test("clients record by scope, and a vendor's client for that vendor alone", async () => {
  const [mine, theirs] = project.vendors as [ProjectFixture["vendors"][0], ProjectFixture["vendors"][0]];
  const grant = { role: "SERVICE", projectId: project.projectId } as const;
  const reader = await world.caller({ ...grant, scopes: ["decisions:read"] });
  expect(await reader.refused("recordDecisions", { projectCode: project.projectCode, decisions: [decision()] })).toMatchObject({ code: "FORBIDDEN" });
  const lead = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
  expect(await lead.refused("recordDecisions", { projectCode: project.projectCode, decisions: [decision()] })).toMatchObject({ code: "FORBIDDEN" });
  const client = await world.caller({ ...grant, vendorId: mine.id, scopes: ["decisions:write", "decisions:read"] });
  const [foreign] = await world.sql`select external_ref from labelers where id = ${theirs.labelerIds[0]!}`;
  const rows = [decision({ externalRef: "own", riskScore: 1 }), decision({ vendorCode: theirs.code, labelerRef: foreign!.external_ref })];
  expect(await record(client, rows)).toMatchObject({ recorded: 1, refusals: [{ row: 1, field: "vendorCode", code: "NOT_FOUND" }] });
  expect(await record(client, [rows[0]!])).toMatchObject({ recorded: 0, alreadyPresent: 1 });
  expect(await byRef(client, "own", "riskScore")).toEqual({ riskScore: null });
  const writer = await world.caller({ ...grant, scopes: ["decisions:write"] });
  expect(await byRef(writer, "own")).toBeNull();
  const { id } = await byRef(client, "own");
  expect(await writer.ask("query ($id: ID!) { node(id: $id) { id } }", { id })).toEqual({ node: null });
  expect((await writer.send("{ decisions { totalCount } }")).errors?.[0]?.extensions).toMatchObject({ code: "FORBIDDEN" });
});

test("one event tells of a batch, to the vendor it is about", async () => {
  const before = await world.sql`select count(*)::int as n from events where project_id = ${project.projectId}`;
  await record(world.admin, [decision(), decision()]);
  const kept = decision();
  await record(world.admin, [kept]);
  await record(world.admin, [kept]);
  const events = await world.sql`select type, vendor_id, is_partner_visible, payload from events where project_id = ${project.projectId} order by id`;
  expect(events.length).toBe(before[0]!.n + 2);
  expect(events.at(-2)).toMatchObject({ type: "decisions.recorded", vendor_id: project.vendors[0]!.id, is_partner_visible: true, payload: { recorded: 2 } });
});

test("site and team are those at the time of the decision; before the first, the first ones", async () => {
  const [vendor] = project.vendors;
  const labelerId = await makeLabeler(world.sql, vendor!);
  const [labeler] = await world.sql`select external_ref from labelers where id = ${labelerId}`;
  await world.sql`update labeler_memberships set "from" = '2026-02-01T00:00:00Z', "to" = '2026-02-10T00:00:00Z' where labeler_id = ${labelerId}`;
  await world.sql`insert into labeler_memberships (id, labeler_id, vendor_id, "from") values (gen_random_uuid(), ${labelerId}, ${vendor!.id}, '2026-02-10T00:00:00Z')`;
  const at = (externalRef: string, decidedAt: string) => decision({ labelerRef: labeler!.external_ref, externalRef, decidedAt });
  await record(world.admin, [at("early", "2026-01-01T00:00:00Z"), at("then", "2026-02-09T23:59:59.999Z"), at("later", "2026-02-10T00:00:00Z")]);
  expect(await byRef(world.admin, "early", "team { code }")).toEqual({ team: { code: "T" } });
  expect(await byRef(world.admin, "then", "team { code }")).toEqual({ team: { code: "T" } });
  expect(await byRef(world.admin, "later", "team { code }")).toEqual({ team: null });
});

test("statements are constant in the number of decisions recorded", async () => {
  const statementsFor = async (n: number) => {
    const rows = Array.from({ length: n }, (_, i) => decision({ labelerRef: codes.labelers[i % 2] }));
    world.statements.length = 0;
    await record(world.admin, rows);
    return world.statements.length;
  };
  await statementsFor(10);
  expect(await statementsFor(1_000)).toBe(await statementsFor(10));
});

test("several who record the same decisions at once record each once", async () => {
  const rows = Array.from({ length: 400 }, () => decision());
  const mixed = [rows, [...rows].reverse(), [...rows.slice(200), decision(), ...rows.slice(0, 200)], rows];
  const answers = await Promise.all(mixed.map((each) => record(world.admin, each)));
  const sum = (field: string) => answers.reduce((total, answer) => total + answer[field], 0);
  expect([sum("recorded"), sum("alreadyPresent"), sum("refused")]).toEqual([401, 1_200, 0]);
});

test("an idempotency key answers as before", async () => {
  const input = { projectCode: project.projectCode, decisions: [decision()], idempotencyKey: "once" };
  const first = await world.admin.verb("recordDecisions", input, PAYLOAD);
  expect(await world.admin.verb("recordDecisions", input, PAYLOAD)).toEqual(first);
  expect(first.recorded).toBe(1);
});
