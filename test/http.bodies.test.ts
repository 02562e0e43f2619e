import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createListener } from "../src/graphql/plugins/listening.ts";
import { makeProject } from "./kit/factories.ts";
import { exchangeRaw, headOf, openRaw, type RawSocket } from "./kit/raw.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let url: string;
const callers: Record<string, Caller> = {};
let silent: RawSocket;
let silentSince: number;
beforeAll(async () => {
  world = await createWorld();
  url = await world.listen();
  const { projectId } = await makeProject(world.sql);
  callers.lead = await world.caller({ role: "QA_LEAD", projectId });
  callers.admin = world.admin;
  callers.recorder = await world.caller({ role: "SERVICE", projectId, scopes: ["decisions:write"] });
  silent = await openRaw(url, callers.lead.token);
  // It answers nothing more: the answers to pings are ours to give.
  silent.socket.pong = () => {};
  silentSince = performance.now();
  callers.reader = await world.caller({ role: "SERVICE", projectId, scopes: ["decisions:read"] });
});
afterAll(() => world.close());

const bodyOf = (bytes: number) => {
  const body = JSON.stringify({ query: "{ viewer { role } }", extensions: { a: "" } });
  return body.replace('""', `"${"x".repeat(bytes - body.length)}"`);
};
const head = (token: string | undefined, headers: Record<string, string>, path = "/graphql") => headOf(`POST ${path} HTTP/1.1`, { "content-type": "application/json", ...headers }, token);
const codeOf = (text: string) => JSON.parse(text.split("\r\n\r\n")[1]!).errors[0].extensions.code;

describe("a body has 100 kB at most, and 4 MB of those who record in bulk", () => {
  test.each([
    ["lead", 100_000, 200], ["lead", 100_001, 413], ["reader", 100_001, 413],
    ["recorder", 100_001, 200], ["recorder", 4_000_000, 200], ["recorder", 4_000_001, 413], ["admin", 4_000_000, 200], ["admin", 4_000_001, 413],
  ])("%s's of %i bytes: %i, sent at once and in chunks, by node:http and the fetch API", async (who, bytes, status) => {
    const { token } = callers[who]!;
    const body = bodyOf(bytes);
    const whole = await exchangeRaw(url, [head(token, { "content-length": String(bytes) }), body]);
    const chunked = await exchangeRaw(url, [head(token, { "transfer-encoding": "chunked" }), `${bytes.toString(16)}\r\n${body}\r\n0\r\n\r\n`]);
    const init = { method: "POST", body, headers: { "content-type": "application/json", "content-length": String(bytes), authorization: `Bearer ${token}` } };
    expect([whole.status, chunked.status, (await world.server.fetch(new Request("http://assay.test/graphql", init))).status]).toEqual([status, status, status]);
    if (status === 413) expect(whole.text).toMatch(/The body has more than \d+ bytes.*POST them to \/import/);
  });

  test("one that says that it is too long is refused before a byte of it comes, and its connection ends", async () => {
    const { status, ms, text } = await exchangeRaw(url, [head(callers.lead!.token, { "content-length": "50000000" })]);
    expect([status, codeOf(text), ms < 1_000]).toEqual([413, "REQUEST_ENTITY_TOO_LARGE", true]);
  });

  test("one that doesn't say it, as soon as it is, though more would come", async () => {
    const chunk = `186a0\r\n${"x".repeat(100_000)}\r\n`;
    const { status, ms } = await exchangeRaw(url, [head(callers.lead!.token, { "transfer-encoding": "chunked" }), chunk, chunk]);
    expect([status, ms < 1_000]).toEqual([413, true]);
  });

  test("nobody's is read longer than a stranger's without a token", async () => {
    expect((await exchangeRaw(url, [head(undefined, { "content-length": "100001" }), bodyOf(100_001)])).status).toBe(413);
  });

  test("but imports are read as they come, whatever their length", async () => {
    const body = `a,b\n${"1,2\n".repeat(60_000)}`;
    const { status } = await exchangeRaw(url, [head(callers.lead!.token, { "content-type": "text/csv", "content-length": String(body.length) }, "/import/decisions"), body]);
    expect(status).toBe(400);
  });
});

test.each(["gzip", "deflate", "br", "gzip, identity"])("a body packed by %s is not unpacked", async (encoding) => {
  for (const path of ["/graphql", "/import/decisions"]) {
    const { status, text } = await exchangeRaw(url, [head(callers.admin!.token, { "content-encoding": encoding, "content-length": "3" }, path), "abc"]);
    expect([status, text.includes("UNSUPPORTED_MEDIA_TYPE")]).toEqual([415, true]);
  }
});

test("what comes a byte a second is cut after 10 s, be it head, body, import or handshake, and everybody else is served meanwhile", async () => {
  const bytes = [..."x".repeat(25)];
  const { token } = callers.admin!;
  const columns = [..."externalRef,contentRef,labelerRef,policyCode,queueCode,decidedAt\n"];
  const slow = (pieces: string[]) => exchangeRaw(url, pieces, { everyMs: 1_000 });
  const all = Promise.all([
    slow([head(token, { "content-length": "500" }), ...bytes]),
    slow([head(token, { "transfer-encoding": "chunked" }), ...bytes.map(() => "1\r\nx\r\n")]),
    slow([...head(token, {})]),
    slow([head(token, { "content-type": "text/csv", "transfer-encoding": "chunked" }, "/import/decisions?project=none"), ...columns.map((letter) => `1\r\n${letter}\r\n`)]),
    slow([..."GET /graphql HTTP/1.1\r\nupgrade: websocket\r\n"]),
    slow([""]),
  ]);
  let isOver = false;
  void all.then(() => (isOver = true));
  let slowest = 0;
  while (!isOver) {
    const begun = performance.now();
    expect((await callers.lead!.ask("{ viewer { role } }")).viewer.role).toBe("QA_LEAD");
    slowest = Math.max(slowest, performance.now() - begun);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(slowest).toBeLessThan(1_000);
  const told = await all;
  expect(told.map(({ status }) => status)).toEqual([408, 408, 408, 408, 408, 408]);
  for (const { ms } of told) expect(ms > 9_000 && ms < 14_000).toBe(true);
  expect(codeOf(told[0]!.text)).toBe("REQUEST_TIMEOUT");
  expect(told[3]!.text).toMatch(/"code":"REQUEST_TIMEOUT","message":"A body has to come within 10 s/);
}, 40_000);

test("a connection on which nothing moves for a minute ends", () => {
  expect(createListener(world.server).timeout).toBe(60_000);
});

test("a socket that answers no ping is given up within 45 s", async () => {
  expect((await silent.closed).code).toBe(1006);
  expect(performance.now() - silentSince).toBeLessThan(45_000);
}, 50_000);
