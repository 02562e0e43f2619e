import { getIntrospectionQuery } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { makeProject } from "./kit/factories.ts";
import { follow, followEvents, socketOf } from "./kit/sockets.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let url: string;
let lead: Caller;
let projectId: string;
beforeAll(async () => {
  world = await createWorld();
  url = await world.listen();
  const project = await makeProject(world.sql);
  projectId = encodeId("Project", { projectId: null, id: project.projectId });
  lead = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
  // With the one it has, 101.
  await world.sql`insert into queues (project_id, id, code, name, market, modality)
    select ${project.projectId}, gen_random_uuid(), 'L' || n, 'L', ${project.market}, 'TEXT' from generate_series(1, 100) n`;
});
afterAll(() => world.close());

type Answer = { data?: any; errors?: { message: string; extensions: { code: string } }[]; extensions?: { cost: Record<string, number> } };

const request = (query: string, headers: Record<string, string> = {}) => ({
  method: "POST",
  headers: { "content-type": "application/json", authorization: `Bearer ${lead.token}`, ...headers },
  body: JSON.stringify({ query }),
});

/** The ways in; each answers with what came first. */
const WAYS: Record<string, (query: string) => Promise<Answer>> = {
  "node:http": async (query) => (await fetch(`${url}/graphql`, request(query))).json() as never,
  Yoga: async (query) => (await world.server.fetch(new Request("http://assay.test/graphql", request(query)))).json() as never,
  WebSocket: async (query) => {
    const client = socketOf(url, lead);
    const inbox = follow(client, query, {});
    const ended = await inbox.ended;
    await client.dispose();
    return inbox.messages[0] ?? { errors: ended };
  },
  "server-sent events": async (query) => {
    const inbox = followEvents(url, lead, query, {});
    return (await inbox.has(1))[0];
  },
};

const codeOf = ({ errors }: Answer) => errors?.[0]?.extensions.code ?? null;
const times = (text: string, count: number) => text.repeat(count);
const deep = (last: string) => `{ projects { nodes { ${times("queues(first: 2) { nodes { project { ", 3)}${last}${times("} } } ", 3)} } } }`;
const ids = (count: number) => `{ nodes(ids: [${times('"x" ', count)}]) { id } }`;
const wide = (first: number) => `{ projects(first: 100) { nodes { ${[..."abcd"].map((name) => `${name}: queues(first: 100) { nodes { code } }`).join(" ")} e: queues(first: ${first}) { nodes { code } } } } }`;
const aliased = (count: number) => `{ viewer { ${Array.from({ length: count }, (_, i) => `a${i}: role`).join(" ")} } }`;
const selected = (count: number) => `{ viewer { ${times("role ", count)} ${times("...f ", 49)} } } fragment f on Viewer { ${times("role ", 40)} }`;

/** Each limit: what is just within it, what is one past it, its code, and what the refusal names. */
const EDGES: [limit: string, within: string, past: string, code: string, told: RegExp][] = [
  ["tokens", ids(1_988), ids(1_989), "TOO_MANY_TOKENS", /more than 2,000 tokens.*variables/],
  ["depth", deep("code"), deep("queues { totalCount }"), "TOO_DEEP", /is 13 fields deep; at most 12.*several/],
  ["aliases", aliased(30), aliased(31), "TOO_MANY_ALIASES", /has 31 aliases; at most 30.*nodes\(ids\)/],
  ["directives", `{ viewer { ${times("role @include(if: true) ", 30)} } }`, `query @skip(if: false) { viewer { ${times("role @include(if: true) ", 30)} } }`, "TOO_MANY_DIRECTIVES", /has 31 directives; at most 30/],
  ["root fields", `{ ${times("__typename ", 20)} }`, `{ ...f ...f } fragment f on Query { ${times("__typename ", 10)} ... { __typename } }`, "TOO_MANY_ROOT_FIELDS", /has 22 root fields; at most 20/],
  ["introspections", `{ ${times('__type(name: "Query") { name } ', 3)} }`, `{ ${times('__type(name: "Query") { name } ', 4)} }`, "TOO_MANY_INTROSPECTIONS", /4 times.*at most 3/],
  ["fields", selected(39), selected(40), "TOO_MANY_FIELDS", /have 2,001 fields.*at most 2,000/],
  ["cost", wide(98), wide(99), "TOO_EXPENSIVE", /could cost 50,001 points, and 50,000 are the most; most of it is projects\.d: ask for fewer there with first/],
];

describe.each(EDGES)("the limit of %s", (_, within, past, code, told) => {
  test("takes what is just within it", async () => {
    expect([null, "INVALID_INPUT"]).toContain(codeOf(await lead.send(within) as Answer));
  });

  test.each(Object.keys(WAYS))("refuses what is one past it, before anything is read: %s", async (way) => {
    world.statements.length = 0;
    const answer = await WAYS[way]!(past);
    expect(answer.data ?? null).toBeNull();
    expect(codeOf(answer)).toBe(code);
    expect(answer.errors![0]!.message).toMatch(told);
    expect(world.statements).toEqual([]);
  });
});

describe("rows that an answer has", () => {
  const fanOut = (first: number, more: number) =>
    `{ queues(first: ${first}) { nodes { project { queues(first: 100) { nodes { code } } } } } b: queues(first: ${more}) { nodes { code } } }`;

  test.each(Object.keys(WAYS))("are 10,000 at most, each as often as it is had, or there is no answer: %s", async (way) => {
    const { data, errors, extensions } = await WAYS[way]!(fanOut(99, 1));
    expect([errors, data.queues.nodes.length, extensions!.cost.nodes]).toEqual([undefined, 99, 10_000]);
    const refused = await WAYS[way]!(fanOut(99, 2));
    expect(refused).toMatchObject({ data: null, errors: [{ message: expect.stringMatching(/more than 10,000 rows.*with first/), extensions: { code: "TOO_MANY_NODES" } }] });
    expect(refused.errors).toHaveLength(1);
  });
});

describe("what an operation costs", () => {
  test.each(Object.keys(WAYS))("is told with every answer, and what it read: %s", async (way) => {
    const { extensions } = await WAYS[way]!("{ projects(first: 10) { totalCount nodes { queues(first: 5) { nodes { code market { code } } } } } }");
    // 10 projects of 5 queues with a market each, and a count; there is one project with 101 queues.
    expect(extensions!.cost).toMatchObject({ requested: 1 + 10 + 10 + 10 * 5 * 2, nodes: 1 + 5 });
  });

  const COSTS: [string, string, number, Record<string, unknown>?][] = [
    ["one object", "{ viewer { role } }", 1],
    ["a page by default", "{ queues { nodes { code } } }", 21],
    ["a page by a variable", "query ($n: Int) { queues(first: $n) { nodes { code } } }", 8, { n: 7 }],
    ["a page by a variable's default", "query ($n: Int = 7) { queues(first: $n) { nodes { code } } }", 8],
    ["as many nodes as ids", "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", 4, { ids: ["a", "b", "c"] }],
    ["objects that are merged, once", "{ queues { nodes { code } } ...f } fragment f on Query { queues { nodes { name project { code } } edges { cursor } } }", 41],
    ["each type's own part", "{ node(id: \"x\") { ... on Queue { project { code } } ... on Project { queues(first: 3) { nodes { code } } } } }", 1 + 1 + 1 + 3],
    ["a figure", '{ metrics(projects: ["P"], measures: [ACCURACY], range: { from: "2026-01-01", to: "2026-02-01" }) { rows { values { n } } } }', 101],
    ["introspection", getIntrospectionQuery(), 101],
    ["a mutation and its rows", "mutation ($input: PublishAuditsInput!) { publishAudits(input: $input) { __typename } }", 1 + 10 + 3, { input: { auditIds: ["a", "b", "c"] } }],
    ["a subscription, for a hundred events", 'subscription { projectEvents(projectId: "x") { subjectNode { id } } }', 100 * (1 + 2)],
  ];
  test.each(COSTS)("counts %s", async (_, query, cost, variables) => {
    world.statements.length = 0;
    const { data, errors, extensions } = (await lead.send(query, variables, { "x-assay-dry-run": "cost" })) as Answer;
    expect([data, errors, extensions!.cost.requested, extensions!.cost.nodes]).toEqual([null, undefined, cost, 0]);
    expect(world.statements).toEqual([]);
  });

  test("can be asked for without anything run, also of what would be refused; no other dry run is known", async () => {
    const verb = 'mutation { createVendor(input: { code: "DRY", name: "Dry", kind: EXTERNAL }) { __typename } }';
    expect(await world.admin.send(verb, {}, { "x-assay-dry-run": "cost" })).toMatchObject({ data: null, extensions: { cost: { requested: 11 } } });
    expect(await world.admin.ask('{ vendorByCode(code: "DRY") { id } }')).toEqual({ vendorByCode: null });
    expect(await lead.send(wide(99), {}, { "x-assay-dry-run": "cost" })).toMatchObject({ errors: [{ extensions: { code: "TOO_EXPENSIVE" } }], extensions: { cost: { requested: 50_001 } } });
    const { errors } = await lead.send("{ viewer { role } }", {}, { "x-assay-dry-run": "yes" });
    expect(errors).toMatchObject([{ message: expect.stringContaining('"yes" is not known; give cost'), extensions: { code: "INVALID_INPUT" } }]);
  });

  test("can be asked for over a WebSocket too, of whatever it sends", async () => {
    const first = async (header: string, query: string) => {
      const client = socketOf(url, world.admin, { connectionParams: { authorization: `Bearer ${world.admin.token}`, "X-Assay-Dry-Run": header } });
      const { messages, ended } = follow(client, query, {});
      const end = await ended;
      await client.dispose();
      return messages[0] ?? end;
    };
    expect(await first("cost", 'mutation { createVendor(input: { code: "DRY", name: "Dry", kind: EXTERNAL }) { __typename } }')).toMatchObject({ data: null, extensions: { cost: { requested: 11 } } });
    expect(await world.admin.ask('{ vendorByCode(code: "DRY") { id } }')).toEqual({ vendorByCode: null });
    expect(await first("cost", `subscription { projectEvents(projectId: "${projectId}") { cursor } }`)).toMatchObject({ data: null, extensions: { cost: { requested: 200 } } });
    expect(await first("yes", "{ viewer { role } }")).toMatchObject({ code: 4400, reason: expect.stringContaining('"yes" is not known; give cost') });
  });

  test("counts what was had before something failed once, however often the document came", async () => {
    const costs: unknown[] = [];
    for (let i = 0; i < 3; i += 1) costs.push(((await lead.send('{ projects { nodes { code } } nodes(ids: ["x"]) { id } }')) as Answer).extensions!.cost.nodes);
    expect(costs).toEqual([1, 1, 1]);
  });

  test.each(["WebSocket", "server-sent events"])("keeps a subscription from starting whose batches could be too large: %s", async (way) => {
    const answer = await WAYS[way]!(`subscription { projectEvents(projectId: "${projectId}") { subjectNode { ... on Project { ${[..."abcd"].map((name) => `${name}: queues(first: 100) { nodes { code } }`).join(" ")} audits(first: 100) { nodes { id } } } } } }`);
    expect(codeOf(answer)).toBe("TOO_EXPENSIVE");
  });
});

test("what the caller's operations may be is told, and is as it is kept", async () => {
  const document = "{ limits { bodyBytes tokens depth aliases directives rootFields introspections fields cost nodes pageSize bulkItems sockets socketOperations seconds } }";
  const limits = { tokens: 2_000, depth: 12, aliases: 30, directives: 30, rootFields: 20, introspections: 3, fields: 2_000, cost: 50_000, nodes: 10_000, pageSize: 100, bulkItems: 500, sockets: 100, socketOperations: 100, seconds: 30 };
  expect(await lead.ask(document)).toEqual({ limits: { ...limits, bodyBytes: 100_000 } });
  expect(await world.admin.ask(document)).toEqual({ limits: { ...limits, bodyBytes: 4_000_000 } });
});

test("tools may introspect, and nest nothing in it; without a token nothing is told, not even what a name is like", async () => {
  expect((await lead.send(getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, schemaDescription: true }))).errors).toBeUndefined();
  const nested = `{ __schema { types { ${times("fields { type { ", 20)} name ${times("} } ", 20)} } } }`;
  expect((await lead.send(nested)).errors![0]!.message).toMatch(/introspection depth/i);
  expect((await lead.send("{ projetcs { totalCount } }")).errors![0]!.message).toContain('Did you mean "projects"');
  for (const query of ["{ projetcs { totalCount } }", "{", getIntrospectionQuery()]) {
    const { status, body } = await fetch(`${url}/graphql`, request(query, { authorization: "Bearer wrong" })).then(async (response) => ({ status: response.status, body: await response.text() }));
    expect([status, body]).toEqual([401, expect.stringMatching(/^\{"errors":\[\{"message":"A valid bearer token is needed[^}]+\}\}\]\}$/)]);
  }
});
