import { gzipSync } from "node:zlib";
import { headOf, openRaw } from "./raw.ts";

/** One hostile request of an operation: its document and variables, or the whole body. */
export interface Attack {
  query?: string;
  variables?: unknown;
  body?: string | Buffer;
  headers?: Record<string, string>;
}

const times = (count: number, text: (i: number) => string, between = " ") => Array.from({ length: count }, (_, i) => text(i)).join(between);
const nest = (count: number, open: string, inner: string, close: string) => open.repeat(count) + inner + close.repeat(count);
const json = (members: string) => `{"query":"query ($v: JSON) { viewer { role } }",${members}}`;
const NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
const FIRST = "query ($n: Int) { projects(first: $n) { nodes { code } } }";
const BY_CODE = "query ($code: String!) { projectByCode(code: $code) { id } }";
const ALL = "(first: 100) { nodes { ";

/** Documents and bodies of POST /graphql, by what is hostile about them. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  "13 levels": { query: `{ projects { nodes { ${nest(5, "queues { nodes { project { ", "id", " } } }")} } } }` },
  "1,000 levels": { query: nest(1_000, "{ a ", "", "}") },
  "10,000 levels": { query: nest(10_000, "{a", "", "}") },
  "1,000 aliases": { query: `{ ${times(1_000, (i) => `a${i}: viewer { role }`)} }` },
  "31 aliases": { query: `{ ${times(31, (i) => `a${i}: viewer { role }`)} }` },
  "300 root fields that count everything": { query: `{ ${times(300, (i) => `a${i}: decisions(first: 1) { totalCount }`)} }` },
  "30,000 tokens": { query: `{ ${times(30_000, () => "id")} }` },
  "90 kB of comments": { query: `{ viewer { role } } #${"x".repeat(90_000)}` },
  "90 kB of one block string": { query: `{ projectByCode(code: """${"x".repeat(90_000)}""") { id } }` },
  "a number of 90,000 digits": { query: `{ projects(first: ${"9".repeat(90_000)}) { nodes { id } } }` },
  "a name of 90,000 letters": { query: `{ ${"x".repeat(90_000)} }` },
  "1,000 directives": { query: `{ viewer ${times(900, () => "@skip(if: false)")} { role } }` },
  "500 unknown directives": { query: `{ viewer ${times(500, (i) => `@d${i}`)} { role } }` },
  "a fragment of itself": { query: "{ viewer { ...f } } fragment f on Viewer { role ...f }" },
  "a cycle of 200 fragments": { query: `{ viewer { ...f0 } } ${times(200, (i) => `fragment f${i} on Viewer { ...f${(i + 1) % 200} }`)}` },
  "fragments that double 30 times": { query: `{ viewer { ...f0 } } ${times(30, (i) => `fragment f${i} on Viewer { ...f${i + 1} ...f${i + 1} }`)} fragment f30 on Viewer { role }` },
  "inline fragments in each other": { query: `{ viewer { ${nest(300, "... on Viewer { ", "role", " }")} } }` },
  "one field 1,900 times": { query: `{ viewer { ${times(1_900, () => "role")} } }` },
  "fields in pairs that may overlap": { query: `{ ${times(150, () => "projects { nodes { id code } }")} }` },
  "fragments that overlap with each other": { query: `{ viewer { ${times(150, (i) => `...f${i}`)} } } ${times(150, (i) => `fragment f${i} on Viewer { role principal { id } }`)}` },
  "100 operations at once": { body: `[${times(100, () => '{"query":"{ viewer { role } }"}', ",")}]` },
  "400 operations of which one is named": { body: JSON.stringify({ query: times(400, (i) => `query q${i} { viewer { role } }`), operationName: "q7" }) },
  "a variable of 95 kB": { query: BY_CODE, variables: { code: "x".repeat(95_000) } },
  "20,000 variables": { body: json(`"variables":{${times(5_000, (i) => `"v${i}":${i}`, ",")}}`) },
  "300 declared variables": { query: `query (${times(300, (i) => `$v${i}: Int`)}) { projects(first: $v1) { nodes { id } } }` },
  "10,000 ids": { query: NODES, variables: { ids: Array.from({ length: 10_000 }, () => "UHJvamVj") } },
  "ids that are no ids": { query: NODES, variables: { ids: ["", "%%%", "../../etc/passwd", "'; drop table projects; --", "A".repeat(5_000), "=".repeat(100)] } },
  "a cursor that is none": { query: `{ projects(after: "${"QUJD".repeat(1_000)}") { nodes { id } } }` },
  "lists in lists in lists": { query: `{ projects${ALL}queues${ALL}decisions${ALL}id audits${ALL}id } } } } } } } } }` },
  "all lists of all projects": { query: `{ projects${ALL}queues${ALL}audits${ALL}id } } samples${ALL}id } } } } decisions${ALL}id } } audits${ALL}id } } } } }` },
  "figures of everything by everything": { query: `{ projects(first: 100) { nodes { ${times(25, (i) => `m${i}: decisions(first: 100) { totalCount nodes { id } }`)} } } }` },
  "variables 20,000 deep": { body: json(`"variables":{"v":${nest(20_000, "[", "1", "]")}}`) },
  "objects 15,000 deep": { body: json(`"variables":{"v":${nest(15_000, '{"a":', "1", "}")}}`) },
  "a body 45,000 deep": { body: nest(45_000, "[", "", "]") },
  "extensions 20,000 deep": { body: `{"query":"{ viewer { role } }","extensions":{"a":${nest(20_000, "[", "", "]")}}}` },
  "a literal 900 deep": { query: `{ nodes(ids: ${nest(900, "[", "", "]")}) { id } }` },
  "a type 900 deep": { query: `query ($v: ${nest(900, "[", "Int", "]")}) { viewer { role } }` },
  "an object literal 400 deep": { query: `{ projects(filter: ${nest(400, "{ a: ", "1", " }")}) { nodes { id } } }` },
  "__proto__ as a variable": { body: json('"variables":{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"a":1}}}') },
  "__proto__ as an alias": { query: "{ __proto__: viewer { constructor: role toString: role } }" },
  "__proto__ as the operation's name": { body: JSON.stringify({ query: "query a { viewer { role } } query b { viewer { role } }", operationName: "__proto__" }) },
  "keys that come twice": { body: '{"query":"{ viewer { role } }","query":"mutation { __typename }","query":"{ viewer { role } }"}' },
  "bytes that are no UTF-8": { body: Buffer.concat([Buffer.from('{"query":"{ projectByCode(code: \\"'), Buffer.from([0xc3, 0x28, 0xf0, 0x28, 0x8c, 0xff]), Buffer.from('\\") { id } }"}')]) },
  "half a surrogate": { body: `{"query":${JSON.stringify(BY_CODE)},"variables":{"code":"\\ud800"}}` },
  "half a surrogate in the document": { query: '{ projectByCode(code: "\\uD800") { id } }' },
  "UTF-16": { body: Buffer.from(JSON.stringify({ query: "{ viewer { role } }" }), "utf16le") },
  "NUL in a text": { query: BY_CODE, variables: { code: "a\u0000b" } },
  "NUL in a document": { query: "{ viewer\u0000 { role } }" },
  "text that runs backwards": { query: BY_CODE, variables: { code: "\u202egnp.exe\u2066\u200b\ufeff\u0007\u001b[2J" } },
  "text that is all accents": { query: BY_CODE, variables: { code: `a${"\u0301".repeat(20_000)}` } },
  "SQL in a text": { query: BY_CODE, variables: { code: "'; select pg_sleep(10); --" } },
  "an integer past 64 bits": { query: FIRST, variables: { n: 1e30 } },
  "a number past all numbers": { body: `{"query":${JSON.stringify(FIRST)},"variables":{"n":1e400}}` },
  "a negative page": { query: FIRST, variables: { n: -1 } },
  "a page of two milliards": { query: FIRST, variables: { n: 2_147_483_647 } },
  "a number that is an object": { query: FIRST, variables: { n: { valueOf: 1 } } },
  "a time that is none": { query: '{ decisions(filter: { decidedFrom: "+275760-09-13T00:00:00Z" }) { nodes { id } } }' },
  "50 introspections": { query: `{ ${times(50, (i) => `a${i}: __schema { types { fields { type { name } } } }`)} }` },
  "types of fields of types of fields": { query: `{ __schema { types { ${nest(8, "fields { type { ", "name", " } }")} } } }` },
  "a type of a type 200 deep": { query: `{ __schema { types { fields { type { ${nest(200, "ofType { ", "name", " }")} } } } } }` },
  "a hundred subscriptions in one": { query: `subscription { ${times(100, (i) => `a${i}: projectEvents(projectId: "x") { cursor }`)} }` },
  "a subscription of nothing, as a stream": { query: 'subscription { projectEvents(projectId: "x") { cursor } }', headers: { accept: "text/event-stream" } },
  "20 MB that unpack to more": { body: gzipSync(Buffer.alloc(20_000_000)), headers: { "content-encoding": "gzip" } },
  "a form": { body: "query={viewer{role}}", headers: { "content-type": "application/x-www-form-urlencoded" } },
  "a form of 2,000 parts": { body: times(2_000, (i) => `--x\r\ncontent-disposition: form-data; name="${i}"\r\n\r\n${i}\r\n`, ""), headers: { "content-type": "multipart/form-data; boundary=x" } },
  "a request id of 10,000 letters": { query: "{ viewer { role } }", headers: { "x-request-id": "x".repeat(10_000) } },
  "a role of nobody": { query: "{ viewer { role } }", headers: { "x-assay-role": "__proto__:'; drop" } },
  "5,000 types that would do": { query: "{ viewer { role } }", headers: { accept: times(1_000, (i) => `a/b${i};q=0.1`, ",") } },
};

const CHUNKED = { "content-type": "application/json", "transfer-encoding": "chunked" };
const LONG = { "content-type": "application/json", "content-length": "10000000" };

/** Bytes that are hostile as HTTP, to whoever has this token. */
export function rawAttacks(token: string): Record<string, readonly (string | Buffer)[]> {
  const post = (headers: Record<string, string>) => headOf("POST /graphql HTTP/1.1", headers, token);
  const get = (target: string, headers: Record<string, string> = {}) => headOf(`GET ${target} HTTP/1.1`, { connection: "close", ...headers }, token);
  const query = (text: string) => `/graphql?query=${encodeURIComponent(text)}`;
  return {
    "10 MB, said beforehand": [post(LONG), Buffer.alloc(10_000_000, " ")],
    "10 MB in chunks": [post(CHUNKED), ...Array.from({ length: 100 }, () => `186a0\r\n${" ".repeat(100_000)}\r\n`), "0\r\n\r\n"],
    "10 MB without a token": [headOf("POST /graphql HTTP/1.1", LONG), Buffer.alloc(10_000_000, " ")],
    "a header of 20 kB": [get("/graphql", { "x-a": "x".repeat(20_000) })],
    "3,000 headers": [get("/graphql", Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`h${i}`, "1"])))],
    "a path of 20 kB": [get(`/${"x".repeat(20_000)}`)],
    "lengths that contradict": [post({ "content-type": "application/json", "transfer-encoding": "chunked", "content-length": "6" }), "0\r\n\r\nGET /x HTTP/1.1\r\n\r\n"],
    "a negative length": [post({ "content-type": "application/json", "content-length": "-5" })],
    "a length past all numbers": [post({ "content-type": "application/json", "content-length": "9".repeat(30) })],
    "a chunk of unknown size": [post(CHUNKED), "zzzz\r\n"],
    "no HTTP": ["\u0016\u0003\u0001\u0000\u0000 GARBAGE\r\n\r\n"],
    "a host that is none": [headOf("GET /graphql HTTP/1.1", { host: "[::evil", connection: "close" }, token)],
    "a host with spaces": [headOf("GET /livez HTTP/1.1", { host: "a b/../c", connection: "close" })],
    "another server's address": [get("http://evil.example/graphql")],
    "a path of slashes": [get("//")],
    "a socket on a path of slashes": [get("//", { connection: "upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" })],
    "a socket without a key": [get("/graphql", { connection: "upgrade", upgrade: "websocket" })],
    "a socket of another site": [get("/graphql", { connection: "upgrade", upgrade: "websocket", origin: "https://evil.example", "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" })],
    "an upgrade to nothing known": [get("/graphql", { connection: "upgrade", upgrade: "h2c" })],
    "percent signs that mean nothing": [get("/graphql?query=%E0%A4%A&variables=%7B")],
    "variables that are no JSON": [get(`${query("{ viewer { role } }")}&variables={{{`)],
    "extensions that are no JSON": [get(`${query("{ viewer { role } }")}&extensions=]`)],
    "a mutation by GET": [get(query('mutation { createMarket(input: { code: "x", name: "x" }) { __typename } }'))],
    "a query that another site's page sends": [headOf(`GET ${query("{ viewer { role } }")} HTTP/1.1`, { connection: "close", origin: "https://evil.example" })],
    "a link that is none": [get("/exports/../../etc/passwd?secret=x")],
    "an export of nobody": [get("/exports/00000000-0000-7000-8000-000000000000/a.csv?secret=%00")],
    "TRACE": [headOf("TRACE /graphql HTTP/1.1", { connection: "close" }, token)],
    "CONNECT": [headOf("CONNECT evil.example:443 HTTP/1.1", {}, token)],
    "an import of nothing known": [headOf("POST /import/decisions?project=x&project=y&set=%00 HTTP/1.1", { "content-type": "text/csv", "content-length": "3", connection: "close" }, token), "a,b"],
  };
}

const say = (id: string, query: string) => ({ id, type: "subscribe", payload: { query } });

/** What a hostile client does over WebSocket; each resolves when the server has dealt with it. */
export const SOCKET_ATTACKS: Readonly<Record<string, (url: string, token: string, projectId: string) => Promise<unknown>>> = {
  "a frame of 5 MB": async (url, token) => {
    const { say, closed } = await openRaw(url, token);
    say("x".repeat(5_000_000));
    if ((await closed).code !== 1009) throw new Error("it was taken");
  },
  "a message that never ends, in fragments": async (url, token) => {
    const { socket, closed } = await openRaw(url, token);
    for (let i = 0; i < 50; i += 1) socket.send("x".repeat(10_000), { fin: false });
    if ((await closed).code !== 1009) throw new Error("it was taken");
  },
  "bytes that are no text": async (url, token) => {
    const { socket, closed } = await openRaw(url, token);
    socket.send(Buffer.from([0xff, 0xfe, 0x00]), { binary: false });
    if ((await closed).code !== 1007) throw new Error("it was taken");
  },
  "a binary message": async (url, token) => {
    const { socket, closed } = await openRaw(url, token);
    socket.send(Buffer.alloc(1_000), { binary: true });
    if ((await closed).code !== 4400) throw new Error("it was taken");
  },
  "1,000 subscriptions at once": async (url, token, projectId) => {
    const { say: send, has, socket } = await openRaw(url, token);
    for (let i = 0; i < 1_000; i += 1) send(say(String(i), `subscription { projectEvents(projectId: "${projectId}") { cursor } }`));
    const refused = (await has(901)).slice(1);
    if (refused.length !== 900 || refused.some(({ type }) => type !== "error")) throw new Error(`${refused.length} were refused`);
    socket.terminate();
  },
  "operations of every name that objects have": async (url, token) => {
    const { say: send, has, socket } = await openRaw(url, token);
    const ids = ["__proto__", "constructor", "toString", "hasOwnProperty", "\u0000", "x".repeat(10_000)];
    for (const id of ids) send(say(id, "{ viewer { role } }"));
    const got = await has(1 + 2 * ids.length);
    if (got.filter(({ type }) => type === "next").length < ids.length) throw new Error(JSON.stringify(got).slice(0, 500));
    socket.terminate();
  },
  "an operation 1,000 levels deep": async (url, token) => {
    const { say: send, has, socket } = await openRaw(url, token);
    send(say("1", nest(1_000, "{ a ", "", "}")));
    const [, refused] = await has(2);
    if (refused.type !== "error" || /INTERNAL/.test(JSON.stringify(refused))) throw new Error(JSON.stringify(refused));
    socket.terminate();
  },
  "300 sockets of one principal": async (url, token) => {
    const sockets = await Promise.all(Array.from({ length: 300 }, () => openRaw(url, token)));
    for (const { socket } of sockets) socket.terminate();
  },
  "100 sockets that say nothing": async (url) => {
    const sockets = await Promise.all(Array.from({ length: 100 }, () => openRaw(url)));
    for (const { socket } of sockets) socket.terminate();
  },
  "subscriptions that begin and end 300 times": async (url, token, projectId) => {
    const { say: send, has, socket } = await openRaw(url, token);
    for (let i = 0; i < 300; i += 1) {
      send(say(String(i), `subscription { projectEvents(projectId: "${projectId}") { cursor } }`));
      send({ id: String(i), type: "complete" });
    }
    send({ type: "ping" });
    await has(2);
    socket.terminate();
  },
};
