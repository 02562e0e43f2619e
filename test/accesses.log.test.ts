import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { globalId } from "./kit/samples.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { exchange, makeClient } from "./kit/oauth.ts";
import { follow, followEvents, socketOf } from "./kit/sockets.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let [one, two]: ProjectFixture[] = [];
let [leadOfOne, leadOfBoth]: Caller[] = [];
beforeAll(async () => {
  world = await createWorld();
  [one, two] = [await makeProject(world.sql), await makeProject(world.sql)];
  const lead = (...projects: ProjectFixture[]) => world.caller(...projects.map(({ projectId }) => ({ role: "QA_LEAD" as const, projectId })));
  [leadOfOne, leadOfBoth] = [await lead(one!), await lead(one!, two!)];
  // One read in one project, by name; one in both, by an id of each.
  await leadOfOne!.ask("query ($id: ID!) { node(id: $id) { id } viewer { principal { name } } }", { id: projectGid(one!) });
  await leadOfBoth!.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } viewer { principal { name } } }", { ids: [projectGid(one!), projectGid(two!)] });
  await world.admin.ask("{ viewer { principal { name } } }");
});
afterAll(() => world.close());

const projectGid = ({ projectId }: ProjectFixture) => globalId("Project", projectId);
const principalGid = ({ principalId }: Caller) => globalId("Principal", principalId);
const LIST = `query ($filter: AccessLogEntryFilter, $first: Int, $after: String) { accessLog(filter: $filter, first: $first, after: $after) {
  totalCount nodes { id principal { id } subjects { id } projectIds personalFields outcome kinds recordedAt } pageInfo { hasNextPage endCursor } } }`;
const list = async (by: Caller, filter: object = {}, page: object = {}) => (await by.ask(LIST, { filter, ...page })).accessLog;

describe("the access log", () => {
  test("is shown to administrators whole, to leads of their projects without what was elsewhere, and to nobody else", async () => {
    const [mine, both] = [{ principalId: principalGid(leadOfOne!) }, { principalId: principalGid(leadOfBoth!) }];
    expect((await list(leadOfOne!, mine)).nodes).toMatchObject([{ subjects: [{ id: projectGid(one!) }], projectIds: [projectGid(one!)], personalFields: ["Principal.name"] }]);
    expect((await list(leadOfOne!, both)).nodes).toMatchObject([{ subjects: [{ id: projectGid(one!) }], projectIds: [projectGid(one!)] }]);
    expect((await list(leadOfBoth!, both)).nodes[0].projectIds.sort()).toEqual([projectGid(one!), projectGid(two!)].sort());
    expect((await list(world.admin, both)).nodes[0].subjects.length).toBe(2);
    const ofAdmin = { principalId: principalGid(world.admin) };
    expect([(await list(leadOfOne!, ofAdmin)).totalCount, (await list(world.admin, ofAdmin)).totalCount]).toEqual([0, 1]);
    const stranger = await world.caller({ role: "QA_LEAD", projectId: (await makeProject(world.sql)).projectId });
    expect((await list(stranger)).nodes).toEqual([]);
    const { id } = (await list(world.admin, both)).nodes[0];
    const vendorId = one!.vendors[0]!.id;
    for (const grant of [
      { role: "AUDITOR" }, { role: "POLICY_MANAGER" }, { role: "ANALYST" }, { role: "VENDOR_MANAGER", vendorId }, { role: "VENDOR_QA", vendorId },
      { role: "LABELER", vendorId, labelerId: one!.vendors[0]!.labelerIds[0]! }, { role: "SERVICE", scopes: ["events:read"] },
    ] as const) {
      const caller = await world.caller({ ...grant, projectId: one!.projectId } as never);
      expect((await caller.send(LIST)).errors, grant.role).toMatchObject([{ extensions: { code: "FORBIDDEN" } }]);
      expect(await caller.ask("query ($id: ID!) { node(id: $id) { id } }", { id }), grant.role).toEqual({ node: null });
    }
    for (const [caller, found] of [[leadOfOne!, { id }], [stranger, null]] as const) {
      expect(await caller.ask("query ($id: ID!) { node(id: $id) { id } }", { id })).toEqual({ node: found });
    }
  });

  test("is filtered, newest first, by pages", async () => {
    const by = await world.caller({ role: "QA_LEAD", projectId: one!.projectId });
    const before = new Date().toISOString();
    for (let i = 0; i < 3; i += 1) await by.ask("{ viewer { principal { name } } }");
    await by.refused("createVendor", { code: "NO", name: "x", kind: "EXTERNAL" });
    const mine = { principalId: principalGid(by) };
    const all = await list(world.admin, mine);
    expect(all.nodes.map(({ kinds }: { kinds: string[] }) => kinds[0])).toEqual(["MUTATION", "PERSONAL_READ", "PERSONAL_READ", "PERSONAL_READ"]);
    const [first, rest] = [await list(world.admin, mine, { first: 3 }), async (after: string) => list(world.admin, mine, { first: 3, after })];
    expect([...first.nodes, ...(await rest(first.pageInfo.endCursor)).nodes]).toEqual(all.nodes);
    const count = async (filter: object) => (await list(world.admin, { ...mine, ...filter })).totalCount;
    expect(await count({ kinds: ["MUTATION", "EXPORT"] })).toBe(1);
    expect(await count({ outcomes: ["OK"] })).toBe(3);
    expect(await count({ recordedFrom: before })).toBe(4);
    expect(await count({ recordedTo: before })).toBe(0);
    expect(await count({ recordedFrom: all.nodes[1].recordedAt })).toBeGreaterThanOrEqual(2);
    expect((await list(world.admin, { subjectId: projectGid(two!) })).totalCount).toBe(1);
    expect([await list(leadOfOne!, { subjectId: projectGid(one!) }), await list(leadOfOne!, { subjectId: projectGid(two!) })].map(({ totalCount }) => totalCount)).toEqual([2, 0]);
    const inTwo = randomUUID();
    await leadOfBoth!.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } viewer { principal { name } } }", { ids: [projectGid(one!), encodeId("Audit", { projectId: two!.projectId, id: inTwo })] });
    const [named, forged] = [two!, one!].map(({ projectId }) => ({ subjectId: encodeId("Audit", { projectId, id: inTwo }) }));
    expect([await list(leadOfBoth!, named), await list(leadOfOne!, named), await list(leadOfOne!, forged)].map(({ totalCount }) => totalCount)).toEqual([1, 0, 0]);
    expect((await world.admin.send(LIST, { filter: { subjectId: "nonsense" } })).errors).toMatchObject([{ extensions: { code: "INVALID_INPUT", path: ["filter", "subjectId"] } }]);
  });

  test("names the machine client that acted for somebody, and its key, for those who may see them", async () => {
    const of = { projectId: one!.projectId, vendorId: one!.vendors[0]!.id };
    const [manager, client] = [await world.caller({ role: "VENDOR_MANAGER", ...of }), await makeClient(world, { ...of, scopes: ["people:act"] })];
    const { body } = await exchange(world, client, principalGid(manager));
    await world.known({ principalId: manager.principalId, token: body.access_token }).ask("{ viewer { principal { name } } }");
    const query = "query ($filter: AccessLogEntryFilter) { accessLog(filter: $filter) { nodes { principal { id } via { id } client { prefix } role } } }";
    const seenBy = async (by: Caller) => (await by.ask(query, { filter: { principalId: principalGid(manager) } })).accessLog.nodes;
    const row = { principal: { id: principalGid(manager) }, via: { id: principalGid(client) }, role: "VENDOR_MANAGER" };
    expect(await seenBy(world.admin)).toEqual([{ ...row, client: { prefix: client.clientId } }]);
    expect(await seenBy(leadOfOne!)).toEqual([{ ...row, client: null }]);
  });

  test("takes a statement a list, with who it was of", async () => {
    for (const first of [1, 20]) {
      world.statements.length = 0;
      await world.admin.ask("query ($first: Int) { accessLog(first: $first) { nodes { principal { id } via { id } client { prefix } subjects { id } } } }", { first });
      expect(world.statements).toHaveLength(1);
    }
  });

  test("is added to by the system alone, and changed by no role of the application", async () => {
    const roles = ["assay_admin", "assay_lead", "assay_auditor", "assay_partner", "assay_labeler", "assay_service", "assay_worker", "assay_auth"];
    const refused = async (role: string, statement: string) => {
      const work = world.sql.begin(async (sql) => {
        await sql.unsafe(`set local role ${role}`);
        await sql.unsafe(statement);
      });
      return work.then(() => "done", ({ code }: { code: string }) => code);
    };
    const [partition] = await world.sql`select inhrelid::regclass::text as name from pg_inherits where inhparent = 'access_log'::regclass`;
    for (const table of ["access_log", "access_seals", partition!.name as string]) {
      for (const role of roles) {
        expect(await refused(role, `delete from ${table}`), role).toBe("42501");
        expect(await refused(role, `truncate ${table}`), role).toBe("42501");
      }
    }
    for (const role of roles) {
      for (const change of ["update events set reason = reason", "update event_seals set seq = seq", "delete from events", "delete from event_seals"]) expect(await refused(role, change), role).toBe("42501");
      expect(await refused(role, "update access_log set outcome = 'OK'"), role).toBe("42501");
      expect(await refused(role, "update access_seals set seq = seq"), role).toBe("42501");
      expect(await refused(role, "insert into access_log select * from access_log"), role).toBe("42501");
      const insert = "insert into access_seals select 99, gen_random_uuid(), '\\x00', now() from access_log limit 0";
      expect(await refused(role, insert), role).toBe(role === "assay_worker" ? "done" : "42501");
      expect(await refused(role, "select log_accesses('[]')"), role).toBe(role === "assay_auth" ? "42501" : "done");
    }
    const forged = { place: 0, principal_id: leadOfBoth!.principalId, role: "ADMIN", kinds: ["MUTATION"], fields: [], personal_fields: [], subjects: [], project_ids: [], outcome: "OK", request_id: "forged", transport: "HTTP" };
    const mine = `set local app.principal_id to '${leadOfOne!.principalId}'; select log_accesses('${JSON.stringify([forged])}')`;
    expect(await refused("assay_lead", mine)).toBe("done");
    expect([...(await world.sql`select principal_id from access_log where request_id = 'forged'`)]).toEqual([{ principal_id: leadOfOne!.principalId }]);
  });
});

describe("sockets and streams", () => {
  const rowsOf = ({ principalId }: Caller) => world.sql`select kinds, transport, personal_fields, personal_count, project_ids from access_log where principal_id = ${principalId}`;
  const subscription = (field: string) => `subscription Follow($id: ID!) { projectEvents(projectId: $id) { type actor { ${field} } } }`;

  test("are logged: each operation, and of a subscription its beginning", async () => {
    const url = await world.listen();
    const by = await world.caller({ role: "QA_LEAD", projectId: one!.projectId });
    const client = socketOf(url, by);
    await follow(client, "{ viewer { principal { name } } }", {}).has(1);
    const boxes = [follow(client, subscription("name"), { id: projectGid(one!) }), follow(client, subscription("kind"), { id: projectGid(one!) })];
    const stream = followEvents(url, by, subscription("name"), { id: projectGid(one!) });
    await expect.poll(async () => (await rowsOf(by)).length, { timeout: 10_000 }).toBe(3);
    const read = { kinds: ["PERSONAL_READ"], personal_fields: ["Principal.name"], project_ids: [one!.projectId] };
    expect([...(await rowsOf(by))].sort((a, b) => (a.transport < b.transport ? -1 : 1))).toEqual(expect.arrayContaining([
      { ...read, transport: "SSE", personal_count: null }, { ...read, transport: "WEBSOCKET", personal_count: 1 }, { ...read, transport: "WEBSOCKET", personal_count: null },
    ]));
    for (const box of [...boxes, stream]) box.stop();
    await client.dispose();
  });

  test("and requests of node:http too, on the short path", async () => {
    const url = await world.listen();
    const by = await world.caller({ role: "QA_LEAD", projectId: one!.projectId });
    const headers = { "content-type": "application/json", authorization: `Bearer ${by.token}` };
    for (let i = 0; i < 3; i += 1) {
      const response = await fetch(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query: "{ viewer { principal { name kind } } }" }) });
      expect(response.status).toBe(200);
    }
    expect(await rowsOf(by)).toMatchObject([1, 2, 3].map(() => ({ transport: "HTTP", personal_count: 1 })));
  });
});

test("the log makes room for the month of its clock, where there is none any more or none yet", async () => {
  const [month] = await world.sql`select 'access_log_' || to_char(now() at time zone 'UTC', 'YYYY"m"MM') as name`;
  await world.sql.unsafe(`alter table access_log detach partition ${month!.name}; alter table ${month!.name} rename to elsewhere`);
  await world.admin.verb("createPolicy", { code: "AGAIN", name: "P", isViolating: true, severity: "MAJOR" }, "policy { id }");
  expect((await list(world.admin)).nodes).toMatchObject([{ kinds: ["MUTATION"], outcome: "OK" }]);
});
