import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
let hate: string;
let lead: Caller;
beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
  hate = (await world.sql`select code from policies where id = ${project.policies.hate}`)[0]!.code as string;
  lead = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
});
afterAll(() => world.close());

const item = (contentRef: string, changes: object = {}) => ({ contentRef, truthPolicyCode: hate, ...changes });
const PAYLOAD = "recorded alreadyPresent refused refusals { row field value code message }";
const record = (caller: Caller, items: object[], rest: object = {}) =>
  caller.verb("recordGoldenItems", { projectCode: project.projectCode, items, ...rest }, PAYLOAD);
const find = async (caller: Caller, contentRef: string) => {
  const data = await caller.ask(
    `query ($refs: [String!]!) { goldenItems(filter: { contentRefs: $refs }) { nodes {
      id contentRef contentHash truthPolicy { code } truthAction policyVersion { semver } source rule status activeFrom activeTo exposureCount allowedActions version project { code }
    } } }`,
    { refs: [contentRef] },
  );
  return data.goldenItems.nodes;
};

test("a golden item is recorded with its answer, in force since its policy version", async () => {
  expect(await record(lead, [item("c/1", { truthAction: "REMOVE", source: "panel", rule: "3.2" })])).toMatchObject({ recorded: 1, refused: 0 });
  const [{ id: _, ...found }] = await find(lead, "c/1");
  expect(found).toEqual({
    contentRef: "c/1",
    contentHash: createHash("sha256").update("c/1").digest("hex"),
    truthPolicy: { code: hate },
    truthAction: "REMOVE",
    policyVersion: { semver: "1.0.0" },
    source: "panel",
    rule: "3.2",
    status: "ACTIVE",
    activeFrom: "1970-01-01T00:00:00.000Z",
    activeTo: null,
    exposureCount: 0,
    allowedActions: ["retireGoldenItem"],
    version: 1,
    project: { code: project.projectCode },
  });
});

test("the same answer again is there already, another one is a conflict while the item is active", async () => {
  await record(lead, [item("c/2")]);
  const rows = [item("c/2"), item("c/2", { truthPolicyCode: "NV" }), item("c/3"), item("c/3"), item("c/3", { truthAction: "WARN" })];
  const answer = await record(lead, rows);
  expect(answer).toMatchObject({ recorded: 1, alreadyPresent: 2, refused: 2 });
  expect(answer.refusals).toMatchObject([{ row: 1, field: "contentRef", code: "CONFLICT" }, { row: 4, field: "contentRef", code: "CONFLICT" }]);
});

test("a bad item is refused by field and value, and takes no other with it unless it is to stop", async () => {
  const rows = [item("c/4"), item("c/5", { truthPolicyCode: "unheard-of" }), item("c/6", { contentHash: "x" }), item("", {}), item("c/7")];
  const answer = await record(lead, rows);
  expect(answer).toMatchObject({ recorded: 2, refused: 3 });
  expect(answer.refusals.map((each: { row: number; field: string; code: string }) => [each.row, each.field, each.code])).toEqual([
    [1, "truthPolicyCode", "NOT_FOUND"],
    [2, "contentHash", "INVALID_INPUT"],
    [3, "contentRef", "INVALID_INPUT"],
  ]);
  expect(await record(lead, [item("c/8"), rows[1]!, item("c/9")], { onError: "STOP" })).toMatchObject({ recorded: 1, refused: 1 });
  expect(await find(lead, "c/9")).toEqual([]);
});

test("a retired item ends now; its content may then have another answer", async () => {
  await record(lead, [item("c/10")]);
  const [{ id }] = await find(lead, "c/10");
  const { goldenItem } = await lead.verb("retireGoldenItem", { id, reason: "The panel erred.", expectedVersion: 1 }, "goldenItem { status activeTo version allowedActions }");
  expect(goldenItem).toMatchObject({ status: "RETIRED", version: 2, allowedActions: [] });
  expect(Math.abs(Date.parse(goldenItem.activeTo) - Date.now())).toBeLessThan(60_000);
  expect(await lead.refused("retireGoldenItem", { id, reason: "Again." })).toMatchObject({ __typename: "InvalidTransitionRefusal" });
  expect(await record(lead, [item("c/10", { truthPolicyCode: "NV" })])).toMatchObject({ recorded: 1 });
  const [event] = await world.sql`select from_state, to_state, reason from events where type = 'golden_item.retired'`;
  expect(event).toEqual({ from_state: "ACTIVE", to_state: "RETIRED", reason: "The panel erred." });
});

test("answers are for those who keep them: analysts and vendors get none, on no path", async () => {
  await record(lead, [item("c/11")]);
  const [{ id }] = await find(lead, "c/11");
  const at = { projectId: project.projectId };
  const node = async (caller: Caller) => (await caller.ask("query ($id: ID!) { node(id: $id) { id } }", { id })).node;
  const analyst = await world.caller({ role: "ANALYST", ...at });
  expect(await node(analyst)).toBeNull();
  expect((await analyst.send("{ goldenItems { totalCount } }")).errors?.[0]?.extensions).toMatchObject({ code: "FORBIDDEN" });
  const client = await world.caller({ role: "SERVICE", ...at, scopes: ["gold:write"] });
  expect(await record(client, [item("c/12")])).toMatchObject({ recorded: 1 });
  expect(await node(client)).toBeNull();
  const vendors = await world.caller({ role: "SERVICE", ...at, vendorId: project.vendors[0]!.id, scopes: ["gold:write"] });
  expect(await vendors.refused("recordGoldenItems", { projectCode: project.projectCode, items: [item("c/13")] })).toMatchObject({ code: "FORBIDDEN" });
  const manager = await world.caller({ role: "VENDOR_MANAGER", ...at, vendorId: project.vendors[0]!.id });
  expect(await node(manager)).toBeNull();
  expect(await manager.ask("{ goldenItems { totalCount nodes { id } } }")).toEqual({ goldenItems: { totalCount: 0, nodes: [] } });
  expect(await manager.refused("recordGoldenItems", { projectCode: project.projectCode, items: [item("c/13")] })).toMatchObject({ code: "FORBIDDEN" });
  expect(await manager.refused("retireGoldenItem", { id, reason: "x" })).toMatchObject({ code: "FORBIDDEN" });
});

test("an item may expire: at a time after it began", async () => {
  const activeTo = "2027-01-01T00:00:00.000Z";
  expect(await record(lead, [item("c/20", { activeTo })])).toMatchObject({ recorded: 1 });
  expect(await find(lead, "c/20")).toMatchObject([{ status: "ACTIVE", activeFrom: "1970-01-01T00:00:00.000Z", activeTo }]);
  const answer = await record(lead, [item("c/21", { activeFrom: activeTo, activeTo }), item("c/22", { activeTo: "1970-01-01T00:00:00.000Z" }), item("c/23")]);
  expect(answer).toMatchObject({ recorded: 1, refused: 2, refusals: [
    { row: 0, field: "activeTo", value: activeTo, code: "INVALID_INPUT", message: `must be after activeFrom, ${activeTo}.` }, { row: 1, field: "activeTo" },
  ] });
});

test("an import says when items expire", async () => {
  const url = `http://assay.test/import/gold?${new URLSearchParams({ project: project.projectCode, content: "ref", truth: "answer", "active-to": "until" })}`;
  const headers = { authorization: `Bearer ${lead.token}`, "content-type": "text/csv" };
  const body = "ref,answer,until\nc/30,NV,2027-01-01T00:00:00Z\nc/31,NV,\n";
  const answer = await world.server.fetch(new Request(url, { method: "POST", headers, body }));
  expect(await answer.json()).toMatchObject({ recorded: 2, refused: 0 });
  expect(await find(lead, "c/30")).toMatchObject([{ activeTo: "2027-01-01T00:00:00.000Z" }]);
  expect(await find(lead, "c/31")).toMatchObject([{ activeTo: null }]);
});

test("statements are constant in the number of items, recorded and listed", async () => {
  const statementsFor = async (n: number, prefix: string) => {
    const items = Array.from({ length: n }, (_, i) => item(`${prefix}/${i}`));
    world.statements.length = 0;
    expect(await record(lead, items)).toMatchObject({ recorded: n });
    return world.statements.length;
  };
  expect(await statementsFor(500, "many")).toBe(await statementsFor(5, "few"));
  world.statements.length = 0;
  const list = "goldenItems(first: 100) { totalCount nodes { truthPolicy { code } policyVersion { semver } } }";
  await lead.ask(`query ($code: String!) { ${list} projectByCode(code: $code) { ${list} } }`, { code: project.projectCode });
  expect(world.statements.length).toBe(6);
});
