import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { encodeId, SYSTEM_PROJECT_ID } from "../src/core/ids.ts";
import { hashOf } from "../src/documents/rules.ts";
import { allSealed } from "./kit/events.ts";
import { makeProject } from "./kit/factories.ts";
import { exchange, makeClient } from "./kit/oauth.ts";
import { follow, socketOf } from "./kit/sockets.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

const ROLE = "query Role { viewer { role } }";
const ROLE_AND_NAME = "query RoleAndName($first: Int) { viewer { role } markets(first: $first) { nodes { code } } }";
const FIELDS = "document { id hash name document cost retiredAt version principal { id } }";

let world: World;
/** Another process on the same database. */
let other: World;
let url: string;
let projectId: string;
let client: Caller;

beforeAll(async () => {
  world = await createWorld();
  other = await createWorld(null, { database: { urls: world.urls, drop: async () => {} } });
  url = await world.listen();
  ({ projectId } = await makeProject(world.sql));
});
beforeEach(async () => {
  client = await world.caller({ role: "SERVICE", projectId, scopes: ["documents:write", "decisions:read"] });
});
afterAll(async () => {
  await other.close();
  await world.close();
});

const idOf = (caller: Pick<Caller, "principalId">) => encodeId("Principal", { projectId: null, id: caller.principalId });
const register = (document: string, input: object = {}, by = client) => by.verb("registerDocument", { document, ...input }, FIELDS);
const byId = (document: string) => ({ documentId: `sha256:${hashOf(document)}` });
const byExtension = (document: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash: hashOf(document) } } });

/** Sends parameters as they are: on the short path, on Yoga's, by GET there, or over WebSocket. */
const WAYS: Record<string, (params: Record<string, unknown>, caller?: Caller) => Promise<any>> = {
  "the short path": (params, caller = client) => post(fetch, params, caller),
  "Yoga's path": (params, caller = client) => post((sent) => world.server.fetch(sent), params, caller),
  GET: async (params, caller = client) => {
    const search = new URLSearchParams(Object.entries(params).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]));
    const headers = { authorization: `Bearer ${caller.token}`, accept: "application/json", "apollo-require-preflight": "1", "x-assay-csrf": "1" };
    return bodyOf(await fetch(`${url}/graphql?${search}`, { headers }));
  },
  WebSocket: async (params, caller = client) => {
    const socket = socketOf(url, caller);
    const answer = await new Promise<any>((resolve, reject) => {
      socket.subscribe({ query: "", ...params } as never, { next: resolve, error: (errors) => (Array.isArray(errors) ? resolve({ errors: JSON.parse(JSON.stringify(errors)) }) : reject(errors)), complete: () => {} });
    });
    await socket.dispose();
    return answer;
  },
};

async function bodyOf(response: Response) {
  return { status: response.status, ...((await response.json()) as object) };
}

async function post(way: (sent: Request) => Promise<Response>, params: object, { token }: Pick<Caller, "token">) {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  return bodyOf(await way(new Request(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify(params) })));
}

describe.each(Object.entries(WAYS))("over %s", (name, send) => {
  test("a registered document runs by its hash, with variables and by either name", async () => {
    await register(ROLE);
    await register(ROLE_AND_NAME);
    expect((await send(byExtension(ROLE))).data).toEqual({ viewer: { role: "SERVICE" } });
    if (name !== "WebSocket") expect((await send(byId(ROLE))).data).toEqual({ viewer: { role: "SERVICE" } });
    const { data } = await send({ ...byExtension(ROLE_AND_NAME), operationName: "RoleAndName", variables: { first: 1 } });
    expect(data.markets.nodes.length).toBeLessThanOrEqual(1);
  });

  test("a hash of nothing registered, or of somebody else's, is told as such", async () => {
    const somebody = await world.caller({ role: "SERVICE", projectId, scopes: ["documents:write"] });
    await register(ROLE, {}, somebody);
    const { status, data, errors } = await send(byExtension(ROLE));
    expect(data ?? null).toBeNull();
    expect(errors).toMatchObject([
      { message: `You have no registered document sha256:${hashOf(ROLE)}; register it by registerDocument, or send its text.`, extensions: { code: "DOCUMENT_NOT_REGISTERED" } },
    ]);
    if (status) expect(status).toBe(404);
  });

  test("a restricted key runs registered documents, by hash or text, and no others", async () => {
    await register(ROLE);
    const [row] = await world.sql`select id from api_clients where principal_id = ${client.principalId}`;
    const apiClientId = encodeId("ApiClient", { projectId: null, id: row!.id });
    await world.admin.verb("restrictApiClient", { apiClientId, isRestricted: true }, "apiClient { isRestricted }");
    expect((await send(byExtension(ROLE))).data).toEqual({ viewer: { role: "SERVICE" } });
    expect((await send({ query: ROLE })).data).toEqual({ viewer: { role: "SERVICE" } });
    const { status, data, errors } = await send({ query: `${ROLE} ` });
    expect(data ?? null).toBeNull();
    expect(errors).toMatchObject([
      { message: `This key may send registered documents alone, and sha256:${hashOf(`${ROLE} `)} is none; have it registered by registerDocument.`, extensions: { code: "DOCUMENT_NOT_REGISTERED" } },
    ]);
    if (status) expect(status).toBe(403);
    for (const query of ["{ viewr }", "{", "query A { viewer { role } } query B { viewer { role } }"]) expect((await send({ query })).errors).toMatchObject([{ extensions: { code: "DOCUMENT_NOT_REGISTERED" } }]);
    await world.admin.verb("restrictApiClient", { apiClientId, isRestricted: false }, "apiClient { isRestricted }");
    expect((await send({ query: `${ROLE} ` })).data).toEqual({ viewer: { role: "SERVICE" } });
  });
});

test("a restricted key is told nothing of the schema: neither its text, nor what a name might have meant", async () => {
  const document = "query Markets($filter: MarketFilter) { markets(filter: $filter) { nodes { code } } }";
  const [unrestricted, restricted] = [client, await world.caller({ role: "SERVICE", projectId, scopes: ["documents:write", "decisions:read"] })];
  await register(document, {}, restricted);
  const [row] = await world.sql`select id from api_clients where principal_id = ${restricted.principalId}`;
  await world.admin.verb("restrictApiClient", { apiClientId: encodeId("ApiClient", { projectId: null, id: row!.id }), isRestricted: true }, "apiClient { id }");
  const contract = async ({ token }: Caller) => (await fetch(`${url}/schema.graphql`, { headers: { authorization: `Bearer ${token}` } })).status;
  expect([await contract(unrestricted), await contract(restricted)]).toEqual([200, 403]);
  for (const send of Object.values(WAYS)) {
    const told = async (caller: Caller) => (await send({ query: document, variables: { filter: { codez: ["x"] } } }, caller)).errors[0].message as string;
    expect(await told(unrestricted)).toMatch(/ Did you mean "code/);
    expect(await told(restricted)).not.toMatch(/Did you mean/);
  }
});

test("a documentId of another form is refused on both paths", async () => {
  for (const way of ["the short path", "Yoga's path"]) {
    const { errors } = await WAYS[way]!({ documentId: "md5:1" });
    expect(errors).toMatchObject([{ message: 'documentId: "md5:1" must be sha256: and 64 lower-case hexadecimal digits.', extensions: { code: "INVALID_INPUT", path: ["documentId"] } }]);
  }
});

test("a process asks once for a principal's documents, and not again for hashes that lead nowhere", async () => {
  await register(ROLE);
  const send = WAYS["the short path"]!;
  // Once the process has heard that it was registered, there is no news to come.
  await allSealed(world, SYSTEM_PROJECT_ID);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await send(byId(ROLE))).toMatchObject({ status: 200 });
  // Behind its back, and so without an event.
  const { principalId } = client;
  await world.sql`insert into registered_documents (id, principal_id, hash, document, cost) values (gen_random_uuid(), ${principalId}, ${hashOf(ROLE_AND_NAME)}, ${ROLE_AND_NAME}, 1)`;
  await world.sql`update registered_documents set retired_at = now() where principal_id = ${principalId} and hash = ${hashOf(ROLE)}`;
  world.statements.length = 0;
  expect(await send(byId(ROLE))).toMatchObject({ status: 200 });
  expect(await send(byId(ROLE_AND_NAME))).toMatchObject({ status: 404 });
  expect(world.statements).toEqual([]);
});

test("every process hears of what is registered and retired", async () => {
  const there = (document: string) => post((sent) => other.server.fetch(sent), byId(document), client);
  expect(await there(ROLE)).toMatchObject({ status: 404 });
  const { document } = await register(ROLE);
  await expect.poll(() => there(ROLE), { timeout: 1_000 }).toMatchObject({ data: { viewer: { role: "SERVICE" } } });
  await client.verb("retireDocument", { documentId: document.id, expectedVersion: 1 }, FIELDS);
  await expect.poll(() => there(ROLE), { timeout: 1_000 }).toMatchObject({ status: 404 });
});

test("who is acted for sends the client's documents, and is held to them as it is", async () => {
  const project = await makeProject(world.sql);
  const vendorId = project.vendors[0]!.id;
  const portal = await makeClient(world, { projectId: project.projectId, vendorId, scopes: ["people:act", "documents:write"] });
  await register(ROLE, {}, portal);
  const [row] = await world.sql`select id from api_clients where principal_id = ${portal.principalId}`;
  await world.admin.verb("restrictApiClient", { apiClientId: encodeId("ApiClient", { projectId: null, id: row!.id }), isRestricted: true }, "apiClient { id }");
  const person = await world.caller({ role: "VENDOR_MANAGER", projectId: project.projectId, vendorId });
  const { body } = await exchange(world, portal, idOf(person));
  const acting = world.known({ principalId: person.principalId, token: body.access_token as string });
  const send = WAYS["the short path"]!;
  expect((await send(byId(ROLE), acting)).data).toEqual({ viewer: { role: "VENDOR_MANAGER" } });
  expect(await send({ query: `${ROLE} ` }, acting)).toMatchObject({ status: 403 });
  expect((await send({ query: `${ROLE} ` }, person)).data).toEqual({ viewer: { role: "VENDOR_MANAGER" } });
});

test("a socket that is open is held to its key's restriction from the next operation on", async () => {
  const socket = socketOf(url, client);
  const ask = async () => {
    const { messages, ended } = follow(socket, ROLE, {});
    const end = await ended;
    return messages[0] ?? { errors: end };
  };
  expect((await ask()).data).toEqual({ viewer: { role: "SERVICE" } });
  const [row] = await world.sql`select id from api_clients where principal_id = ${client.principalId}`;
  await world.admin.verb("restrictApiClient", { apiClientId: encodeId("ApiClient", { projectId: null, id: row!.id }), isRestricted: true }, "apiClient { id }");
  expect((await ask()).errors[0].extensions.code).toBe("DOCUMENT_NOT_REGISTERED");
  await socket.dispose();
});

describe("registerDocument", () => {
  test("keeps the text under its hash with its cost; the same again is the same", async () => {
    const { document } = await register(ROLE_AND_NAME, { name: " Roles " });
    expect(document).toMatchObject({ hash: hashOf(ROLE_AND_NAME), name: "Roles", document: ROLE_AND_NAME, retiredAt: null, version: 1, principal: { id: idOf(client) } });
    expect(document.cost).toBeGreaterThan(20);
    const again = await register(ROLE_AND_NAME, { expectedVersion: 1 });
    expect(again.document).toMatchObject({ id: document.id, name: null, version: 2 });
    expect(await client.refused("registerDocument", { document: ROLE_AND_NAME, expectedVersion: 1 })).toMatchObject({ __typename: "VersionConflictRefusal" });
    expect(await client.refused("registerDocument", { document: ROLE, expectedVersion: 1 })).toMatchObject({ __typename: "VersionConflictRefusal" });
  });

  test("brings a retired one back, which can't be retired twice", async () => {
    const { document } = await register(ROLE);
    await client.verb("retireDocument", { documentId: document.id }, FIELDS);
    expect(await client.refused("retireDocument", { documentId: document.id })).toMatchObject({ code: "CONFLICT", path: ["documentId"] });
    expect((await register(ROLE)).document).toMatchObject({ id: document.id, retiredAt: null, version: 3 });
  });

  const UNFIT: [string, string, RegExp][] = [
    ["doesn't parse", "query {", /^document: Syntax Error/],
    ["isn't valid", "{ viewer { nothing } }", /^document: Cannot query field "nothing"/],
    ["is too deep", `{ viewer ${"{ principal { grants { nodes ".repeat(5)}{ id } ${"} } }".repeat(5)} }`, /^document: The operation is \d+ fields deep/],
    ["has too many tokens", `{ ${"viewer { role } ".repeat(600)} }`, /^document: .*2,?000 tokens/],
    ["costs too much", "{ principals(first: 100) { nodes { grants(first: 100) { nodes { principal { id } } } a: apiClients(first: 100) { nodes { id } } b: apiClients(first: 100) { nodes { id } } c: apiClients(first: 100) { nodes { id } } d: apiClients(first: 100) { nodes { id } } } } }", /^document: it costs \d+ points, and an operation may cost 50000; ask for fewer rows\.$/],
    ["has no operation", "fragment F on Viewer { role }", /^document: /],
  ];
  test.each(UNFIT)("refuses a document that %s", async (_, document, message) => {
    const refusal = await client.refused("registerDocument", { document });
    expect(refusal).toMatchObject({ code: "INVALID_INPUT", path: ["document"] });
    expect(refusal.message).toMatch(message);
  });

  test("refuses more text than a process keeps at hand", async () => {
    const long = (n: number) => `# ${"x".repeat(95_000)} ${n}\n{ viewer { role } }`;
    for (let n = 0; n < 5; n += 1) await register(long(n));
    const refusal = await client.refused("registerDocument", { document: long(5) });
    expect(refusal).toMatchObject({ code: "CONFLICT", path: ["document"] });
    // What is registered already takes no more room.
    await register(long(4));
  });

  test("is for clients with the scope, and administrators, who alone may register for others", async () => {
    const somebody = await world.caller({ role: "SERVICE", projectId, scopes: ["decisions:read"] });
    expect(await somebody.refused("registerDocument", { document: ROLE })).toMatchObject({ code: "FORBIDDEN" });
    expect(await client.refused("registerDocument", { document: ROLE, principalId: idOf(somebody) })).toMatchObject({ code: "FORBIDDEN", path: ["principalId"] });
    expect((await register(ROLE, { principalId: idOf(somebody) }, world.admin)).document.principal.id).toBe(idOf(somebody));
    expect((await WAYS["the short path"]!(byId(ROLE), somebody)).data).toEqual({ viewer: { role: "SERVICE" } });
    const nobody = encodeId("Principal", { projectId: null, id: "00000000-0000-7000-8000-00000000dead" });
    expect(await world.admin.refused("registerDocument", { document: ROLE, principalId: nobody })).toMatchObject({ code: "NOT_FOUND" });
    expect(await (await world.caller({ role: "QA_LEAD", projectId })).refused("restrictApiClient", { apiClientId: "x", isRestricted: true })).toMatchObject({ code: "FORBIDDEN" });
  });

  test("others' documents can be neither seen nor retired", async () => {
    const somebody = await world.caller({ role: "SERVICE", projectId, scopes: ["documents:write"] });
    const { document } = await register(ROLE, {}, somebody);
    await register(ROLE_AND_NAME);
    expect(await client.refused("retireDocument", { documentId: document.id })).toMatchObject({ code: "NOT_FOUND" });
    const LIST = "query ($filter: RegisteredDocumentFilter) { registeredDocuments(filter: $filter) { nodes { hash principal { id } } } }";
    world.statements.length = 0;
    expect((await client.ask(LIST)).registeredDocuments.nodes).toEqual([{ hash: hashOf(ROLE_AND_NAME), principal: { id: idOf(client) } }]);
    expect(world.statements).toHaveLength(1);
    expect((await world.admin.ask(LIST, { filter: { principalId: idOf(somebody), isRetired: false, hashes: [hashOf(ROLE)] } })).registeredDocuments.nodes).toHaveLength(1);
    expect((await world.admin.ask(LIST, { filter: { principalId: idOf(somebody), hashes: [] } })).registeredDocuments.nodes).toEqual([]);
  });
});
