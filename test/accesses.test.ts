import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { link, follow } from "./kit/exports.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { claim, globalId, lock, makeSamples, some } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
let lead: Caller;
beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
  lead = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
});
afterAll(() => world.close());

/** What was logged of a caller meanwhile. */
async function logged(caller: Caller, work: () => Promise<unknown>) {
  const [last] = await world.sql`select id from access_log order by id desc limit 1`;
  await work();
  return [...(await world.sql`select * from access_log where principal_id = ${caller.principalId} and (${last?.id ?? null}::uuid is null or id > ${last?.id ?? null}) order by id`)];
}

const keys = (row: any) => row.subjects.map(({ type, key }: any) => `${type} ${key.id}`);
const labelerIds = () => project.vendors.flatMap((vendor) => vendor.labelerIds);

describe("a mutation", () => {
  const vendor = (code: string, more: object = {}) => ({ code, name: "A", kind: "EXTERNAL", ...more });

  test("has its row in its own transaction, with what it changed and who did it", async () => {
    let id = "";
    const [row, ...others] = await logged(world.admin, async () => {
      ({ vendor: { id } } = await world.admin.verb("createVendor", vendor("AX1"), "vendor { id }"));
    });
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      principal_id: world.admin.principalId, via_id: null, role: "ADMIN", kinds: ["MUTATION"], fields: ["createVendor"], personal_fields: [], personal_count: null,
      project_ids: [], outcome: "OK", code: null, transport: "HTTP", request_id: expect.stringMatching(/./), client_id: expect.stringMatching(/./),
    });
    expect(encodeId("Vendor", { projectId: null, id: keys(row)[0].split(" ")[1] })).toBe(id);
    const [made] = await world.sql`select v.xmin = a.xmin as same from vendors v, access_log a where v.code = 'AX1' and a.id = ${row!.id}`;
    expect(made!.same).toBe(true);
  });

  test("is logged where it is refused, by its rules or at the door, and where its key is answered again", async () => {
    const caller = await world.caller({ role: "ADMIN" });
    const rows = await logged(caller, async () => {
      await caller.refused("createVendor", vendor("AX1"));
      for (let i = 0; i < 2; i += 1) await caller.verb("createVendor", vendor("AX2", { idempotencyKey: "k" }), "vendor { id }");
    });
    expect(rows.map(({ outcome, code }) => [outcome, code])).toEqual([["REFUSED", "CONFLICT"], ["OK", null], ["OK", null]]);
    const [row] = await logged(lead, () => lead.refused("changeQueue", { id: encodeId("Queue", { projectId: project.projectId, id: project.queueId }), name: "" }));
    expect(row).toMatchObject({ outcome: "REFUSED", code: expect.any(String), project_ids: [project.projectId] });
    expect(await logged(lead, () => lead.refused("createVendor", vendor("AX3")))).toMatchObject([{ outcome: "REFUSED", code: "FORBIDDEN" }]);
  });

  test("of several fields has a row a field, under one request id and its operation's name", async () => {
    const document = `mutation Two { a: createVendor(input: { code: "AX4", name: "A", kind: EXTERNAL }) { __typename }
      b: createVendor(input: { code: "AX4", name: "A", kind: EXTERNAL }) { __typename } }`;
    const rows = await logged(world.admin, () => world.admin.send(document, {}, { "x-request-id": "two-at-once" }));
    expect(rows).toMatchObject(["OK", "REFUSED"].map((outcome) => ({ outcome, operation: "Two", request_id: "two-at-once", fields: ["createVendor"] })));
  });

  test("that selects personal fields is a read of them too", async () => {
    const create = (selection: string) => logged(world.admin, () => world.admin.verb("createPrincipal", { kind: "PERSON", name: "x" }, `principal { ${selection} }`));
    expect(await create("id name")).toMatchObject([{ kinds: ["MUTATION", "PERSONAL_READ"], personal_fields: ["Principal.name"], personal_count: null }]);
    expect(await create("id kind")).toMatchObject([{ kinds: ["MUTATION"], personal_fields: [] }]);
  });

  test("that reveals a decision says so", async () => {
    const { projectId, auditor, project: own } = await makeSamples(world, some(1));
    const [audit] = await claim(auditor, projectId, "id");
    const [row] = await logged(auditor, () => lock(auditor, audit.id, { policyCode: "NV" }, "id"));
    expect(row).toMatchObject({ kinds: ["MUTATION", "REVEAL"], fields: ["lockTruth"], project_ids: [own.projectId], role: "AUDITOR" });
    expect(keys(row)).toContain(`Audit ${(await world.sql`select id from audits where project_id = ${own.projectId}`)[0]!.id}`);
  });
});

describe("a query", () => {
  const reads = (document: string, variables = {}, by = lead) => logged(by, () => by.ask(document, variables));

  const ofVendor = { filter: { get vendorId() { return globalId("Vendor", project.vendors[0]!.id); } } };

  test("of personal fields is logged, with how many objects and which", async () => {
    const [row, ...others] = await reads("query Names ($filter: LabelerFilter) { labelers(filter: $filter) { nodes { id name } } again: labelers(filter: $filter) { edges { node { called: name } } } }", ofVendor);
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      kinds: ["PERSONAL_READ"], operation: "Names", fields: ["labelers"], personal_fields: ["Labeler.name"], personal_count: 4, outcome: "OK", project_ids: [project.projectId], role: "QA_LEAD",
    });
    expect(keys(row)).toEqual([...project.vendors[0]!.labelerIds.map((id) => `Labeler ${id}`), `Vendor ${project.vendors[0]!.id}`]);
  });

  test("is in the reader's own projects, and of what was read, whatever else is named", async () => {
    const elsewhere = Array.from({ length: 600 }, () => encodeId("Audit", { projectId: crypto.randomUUID(), id: crypto.randomUUID() }));
    const [row] = await reads("query ($ids: [ID!]!) { labelers { nodes { id name } } nodes(ids: $ids) { id } }", { ids: elsewhere.slice(0, 80), none: elsewhere.slice(80) });
    expect(row!.project_ids).toEqual([project.projectId]);
    expect(keys(row)).toEqual(expect.arrayContaining(labelerIds().map((id) => `Labeler ${id}`)));
    expect(keys(row).length).toBeLessThan(200);
  });

  test("of none of them is not; nor is one that was answered with nulls alone", async () => {
    expect(await reads("{ labelers { nodes { id pseudonym externalRef } } vendors { nodes { name } } }")).toEqual([]);
    const auditor = await world.caller({ role: "AUDITOR", projectId: project.projectId });
    expect(await reads("{ labelers { nodes { id name } } }", {}, auditor)).toEqual([]);
    expect(await reads("{ labelers(first: 0) { nodes { name } } }")).toEqual([]);
  });

  test("finds them behind fragments, relations and ids, in the text or in variables", async () => {
    const [one, two] = labelerIds().map((id) => globalId("Labeler", id));
    const fragments = "fragment A on Labeler { ...B } fragment B on Labeler { name }";
    for (const [document, variables] of [
      [`query ($id: ID!) { node(id: $id) { ...A } } ${fragments}`, { id: one }],
      [`{ node(id: "${one}") { ... on Node { ... on Labeler { ...A } } } } ${fragments}`, {}],
    ] as const) {
      const [row] = await reads(document, variables);
      expect([row!.personal_fields, row!.personal_count, keys(row)]).toEqual([["Labeler.name"], 1, [`Labeler ${labelerIds()[0]}`]]);
    }
    const [both] = await reads("query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Labeler { name } } viewer { principal { name email } } }", { ids: [one, two] });
    expect(both).toMatchObject({ personal_fields: ["Labeler.name", "Principal.name"], personal_count: 3, fields: ["nodes", "viewer"] });
  });

  test("that looks for somebody by a personal filter is logged, found or not", async () => {
    const literal = '{ principals(filter: { emails: ["nobody@example.org"] }) { totalCount } }';
    const variable = "query ($filter: PrincipalFilter) { principals(filter: $filter) { totalCount } }";
    const inside = "query ($emails: [String!]) { principals(filter: { emails: $emails }) { totalCount } }";
    const emails = ["nobody@example.org"];
    for (const [document, variables] of [[literal, {}], [variable, { filter: { emails } }], [inside, { emails }]] as const) {
      expect(await reads(document, variables)).toMatchObject([{ kinds: ["PERSONAL_READ"], personal_fields: ["PrincipalFilter.emails"], personal_count: 0 }]);
    }
    expect(await reads(variable, { filter: { isActive: true } })).toEqual([]);
  });

  test("that sorts by a name is logged: the cursors hold it", async () => {
    const query = "query ($field: PrincipalOrderField!) { principals(first: 1, orderBy: { field: $field }) { pageInfo { endCursor } } }";
    expect(await reads(query, { field: "NAME" })).toMatchObject([{ kinds: ["PERSONAL_READ"], personal_fields: ["PrincipalOrderField.NAME"], personal_count: 0 }]);
    expect(await reads(query, { field: "UPDATED_AT" })).toEqual([]);
  });

  test("many at once share inserts", async () => {
    const rows = await logged(lead, () => Promise.all(Array.from({ length: 60 }, () => lead.ask("{ labelers { nodes { name } } }"))));
    expect(rows.length).toBe(60);
    const [{ count }] = (await world.sql`select count(distinct xmin::text)::int as count from access_log where id in ${world.sql(rows.map(({ id }) => id))}`) as any;
    expect(count).toBeLessThan(30);
  });
});

describe("an export", () => {
  const columnsOf = (columns: string[], dataset = "LABELERS") => ({ dataset, columns, format: "NDJSON" });

  test("is logged when its link is made, and whenever it is fetched: with the personal columns it shows", async () => {
    for (const [columns, kinds, fields] of [[["pseudonym", "name"], ["EXPORT", "PERSONAL_READ"], ["Labeler.name"]], [["pseudonym"], ["EXPORT"], []]] as const) {
      let url = "";
      const made = await logged(lead, async () => ({ url } = await link(lead, columnsOf([...columns]))));
      expect(made).toMatchObject([{ kinds: ["MUTATION", "EXPORT"], fields: ["createExport"], outcome: "OK" }]);
      const fetched = await logged(lead, async () => {
        expect((await follow(world, url, "HEAD")).status).toBe(200);
        await (await follow(world, url)).text();
      });
      expect(fetched).toMatchObject([{ kinds, personal_fields: fields, fields: ["LABELERS"], transport: "LINK", outcome: "OK", personal_count: null }]);
      expect(keys(fetched[0])[0]).toBe(keys(made[0])[0]);
    }
  });

  test("of figures by auditor shows their names", async () => {
    const metrics = { projects: [project.projectCode], measures: ["ACCURACY"], groupBy: ["AUDITOR"], range: { from: "2026-01-01", to: "2026-02-01" } };
    const { url } = await link(lead, { dataset: "METRICS", metrics, format: "CSV" });
    expect(await logged(lead, async () => (await follow(world, url)).text())).toMatchObject([{ kinds: ["EXPORT", "PERSONAL_READ"], personal_fields: ["Principal.name"] }]);
  });
});

describe("an upload", () => {
  const upload = async (query: string, lines: object[], by = world.admin) => {
    const headers = { authorization: `Bearer ${by.token}`, "content-type": "application/x-ndjson" };
    const body = lines.map((line) => JSON.stringify(line)).join("\n");
    const response = await world.server.fetch(new Request(`http://assay.test/import/decisions?${query}`, { method: "POST", headers, body }));
    return response.json() as Promise<any>;
  };
  const decision = (externalRef: string) => ({
    externalRef, contentRef: "c", vendorCode: project.vendors[0]!.code, labelerRef: `L-${project.vendors[0]!.labelerIds[0]!.slice(-6)}`, queueCode: "Q1", market: project.market,
    policyCode: "NV", modality: "TEXT", language: "en", decidedAt: "2026-01-06T00:00:00Z",
  });

  test("is one row, in the transaction of its first change", async () => {
    const rows = await logged(world.admin, async () => expect(await upload(`project=${project.projectCode}`, [decision("u1"), decision("u2")])).toMatchObject({ recorded: 2 }));
    expect(rows).toMatchObject([{ kinds: ["MUTATION"], fields: ["/import/decisions"], transport: "UPLOAD", outcome: "OK", project_ids: [project.projectId] }]);
    const [same] = await world.sql`select d.xmin = a.xmin as same from decisions d, access_log a where d.external_ref = 'u1' and a.id = ${rows[0]!.id}`;
    expect(same!.same).toBe(true);
  });

  test("that changes nothing is logged behind it, as what it came to", async () => {
    const nothing = await logged(world.admin, () => upload(`project=${project.projectCode}`, [decision("u1")]));
    expect(nothing).toMatchObject([{ outcome: "OK", project_ids: [] }]);
    expect(await logged(world.admin, () => upload("project=NONE", [decision("u1")]))).toMatchObject([{ outcome: "REFUSED", code: "NOT_FOUND" }]);
    expect(await logged(lead, () => upload(`project=${project.projectCode}`, [decision("u9")], lead))).toMatchObject([{ outcome: "REFUSED", code: "FORBIDDEN" }]);
  });
});

test("reading the contract is no upload", async () => {
  const headers = { authorization: `Bearer ${lead.token}` };
  const contract = await logged(lead, async () => expect((await world.server.fetch(new Request("http://assay.test/schema.graphql", { headers }))).status).toBe(200));
  expect(contract).toEqual([]);
});

test("what can't be logged doesn't happen: no change is committed, and nobody is told of people", async () => {
  await world.sql`revoke execute on function log_accesses from assay_worker, assay_admin`;
  try {
    const unavailable = { data: null, errors: [{ extensions: { code: "UNAVAILABLE" } }] };
    expect(await world.admin.send('mutation { createVendor(input: { code: "AX9", name: "A", kind: EXTERNAL }) { __typename } }')).toMatchObject(unavailable);
    expect(await world.sql`select from vendors where code = 'AX9'`).toHaveLength(0);
    expect(await lead.send("{ labelers { nodes { name } } }")).toMatchObject(unavailable);
    expect((await lead.ask("{ labelers { nodes { pseudonym } } }")).labelers.nodes.length).toBeGreaterThan(0);
  } finally {
    await world.sql`grant execute on function log_accesses to assay_worker, assay_admin`;
  }
});
