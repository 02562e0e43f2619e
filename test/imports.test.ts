import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
let labeler: string;
let hate: string;
let client: Caller;
beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
  labeler = (await world.sql`select external_ref from labelers where id = ${project.vendors[0]!.labelerIds[0]!}`)[0]!.external_ref as string;
  hate = (await world.sql`select code from policies where id = ${project.policies.hate}`)[0]!.code as string;
  client = await world.caller({ role: "SERVICE", projectId: project.projectId, scopes: ["decisions:write", "gold:write"] });
});
afterAll(() => world.close());

type Options = Record<string, string | string[]>;
const NDJSON = "application/x-ndjson";

async function upload(caller: Caller | null, kind: "decisions" | "gold", options: Options, body: string, type = "text/csv") {
  const query = new URLSearchParams(Object.entries(options).flatMap(([name, value]) => [value].flat().map((each) => [name, each])));
  const headers = { "content-type": type, ...(caller ? { authorization: `Bearer ${caller.token}` } : {}) };
  const response = await world.server.fetch(new Request(`http://assay.test/import/${kind}?${query}`, { method: "POST", headers, body }));
  return { status: response.status, body: (await response.json()) as any };
}
const base = (rest: Options = {}): Options => {
  const set = [`vendor=${project.vendors[0]!.code}`, "queue=Q1"];
  return { project: project.projectCode, labeler: "who", policy: "label", content: "item", set, start: "2026-03-01T00:00:00Z", label: "hateful=" + hate, ...rest };
};
const counts = ({ body }: { body: any }) => ({ rows: body.rows, recorded: body.recorded, alreadyPresent: body.alreadyPresent, refused: body.refused });
const stored = async (code = project.projectCode) => (await world.sql`select count(*)::int as n from decisions d join projects p on p.id = d.project_id where p.code = ${code}`)[0]!.n as number;
const csv = (rows: number, line: (i: number) => string) => ["who,label,item", ...Array.from({ length: rows }, (_, i) => line(i))].join("\n");

test("a CSV without references or times is imported, and imported again adds nothing", async () => {
  const text = csv(12_000, (i) => `${labeler},${i % 3 ? "NV" : "hateful"},item-${i}`);
  const before = await stored();
  const first = await upload(client, "decisions", base(), text);
  expect([first.status, counts(first)]).toEqual([200, { rows: 12_000, recorded: 12_000, alreadyPresent: 0, refused: 0 }]);
  const again = await upload(client, "decisions", base(), text);
  expect([again.status, counts(again)]).toEqual([200, { rows: 12_000, recorded: 0, alreadyPresent: 12_000, refused: 0 }]);
  expect((await stored()) - before).toBe(12_000);
  const [row] = await world.sql`select decided_at, external_ref from decisions where project_id = ${project.projectId} and content_ref = 'item-59'`;
  expect(row).toEqual({ decided_at: new Date("2026-03-01T00:00:59Z"), external_ref: "60" });
  const changed = await upload(client, "decisions", base({ "on-error": "skip" }), text.replace("NV,item-1\n", "hateful,item-1\n"));
  expect([changed.status, counts(changed)]).toEqual([200, { rows: 12_000, recorded: 0, alreadyPresent: 11_999, refused: 1 }]);
  expect(changed.body.refusals).toEqual([{ row: 2, line: 3, column: "row", value: "2", code: "CONFLICT", message: "is recorded already, with other content." }]);
});

test("a broken line 40,000 stops the import there, and what was taken before is said exactly; with skip the others are taken", async () => {
  const own = await makeProject(world.sql);
  const [someone] = await world.sql`select external_ref from labelers where id = ${own.vendors[0]!.labelerIds[0]!}`;
  const line = (i: number) => (i === 39_998 ? `"broken,NV,item` : `${someone!.external_ref},NV,item-${i}`);
  const options = base({ project: own.projectCode, set: [`vendor=${own.vendors[0]!.code}`, "queue=Q1"] });
  const stopped = await upload(world.admin, "decisions", options, csv(41_000, line));
  expect([stopped.status, counts(stopped), stopped.body.isComplete]).toEqual([400, { rows: 39_999, recorded: 39_998, alreadyPresent: 0, refused: 1 }, false]);
  expect(stopped.body.refusals).toMatchObject([{ row: 39_999, line: 40_000, column: null, code: "INVALID_INPUT", message: expect.stringContaining("quote") }]);
  expect(await stored(own.projectCode)).toBe(39_998);
  const skipped = await upload(world.admin, "decisions", { ...options, "on-error": "skip" }, csv(41_000, line));
  expect([skipped.status, counts(skipped), skipped.body.isComplete]).toEqual([200, { rows: 41_000, recorded: 1_001, alreadyPresent: 39_998, refused: 1 }, true]);
}, 60_000);

describe("a bad row is refused by row, line, column, value and reason", () => {
  const row = (changes: object) => JSON.stringify({ who: labeler, label: hate, item: "i", ref: "x", at: "2026-03-01T00:00:00Z", ...changes });
  const options = () => base({ key: "ref", "decided-at": "at", "on-error": "skip" });

  test.each([
    [{ who: "nobody" }, "who", "NOT_FOUND", "nobody"],
    [{ label: "unheard-of" }, "label", "NOT_FOUND", "unheard-of"],
    [{ at: "2999-01-01T00:00:00Z" }, "at", "INVALID_INPUT", "2999-01-01T00:00:00.000Z"],
    [{ at: "noon" }, "at", "INVALID_INPUT", "noon"],
    [{ ref: "" }, "ref", "INVALID_INPUT", null],
    [{ item: null }, "item", "INVALID_INPUT", null],
    [{ market: "xx" }, "market", "NOT_FOUND", "xx"],
  ])("%j", async (changes, column, code, value) => {
    const body = [row({ ref: `a${column}${code}` }), row(changes), row({ ref: `b${column}${code}` })].join("\n");
    const { status, body: report } = await upload(client, "decisions", options(), body, NDJSON);
    expect([status, report.recorded + report.alreadyPresent, report.refused]).toEqual([200, 2, 1]);
    expect(report.refusals).toMatchObject([{ row: 2, line: 2, column, value, code }]);
  });

  test("a stop by a conflict is a 409, and rows before it stand", async () => {
    const lines = [row({ ref: "c1" }), row({ ref: "c1", item: "other" }), row({ ref: "c2" })];
    const { status, body } = await upload(client, "decisions", { ...options(), "on-error": "stop" }, lines.join("\n"), NDJSON);
    expect([status, body.recorded, body.refused, body.isComplete]).toEqual([409, 1, 1, false]);
  });

  test("a list of refusals ends at 1,000; the count does not", async () => {
    const { body } = await upload(client, "decisions", base({ "on-error": "skip" }), csv(1_500, (i) => `nobody-${i},NV,i`));
    expect([body.refused, body.refusals.length]).toEqual([1_500, 1_000]);
  });
});

describe("the door", () => {
  const one = () => csv(1, () => `${labeler},NV,i`);

  test.each([
    ["an unknown project", { project: "nope" }, 404, "NOT_FOUND"],
    ["an unknown option", { nope: "1" }, 400, "INVALID_INPUT"],
    ["a column the file lacks", { labeler: "nope" }, 400, "INVALID_INPUT"],
    ["creating what is missing", { "create-missing": "" }, 403, "FORBIDDEN"],
  ])("refuses %s", async (_, change, status, code) => {
    const answer = await upload(client, "decisions", base(change), one());
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  });

  test("refuses who shows no token, who lacks the scope, what is no CSV and what is no POST", async () => {
    expect((await upload(null, "decisions", base(), one())).status).toBe(401);
    const reader = await world.caller({ role: "SERVICE", projectId: project.projectId, scopes: ["decisions:read"] });
    expect(await upload(reader, "decisions", base(), one())).toMatchObject({ status: 403, body: { error: { code: "FORBIDDEN" } } });
    expect((await upload(client, "decisions", base(), one(), "application/json")).body.error.message).toContain("text/csv");
    const got = await world.server.fetch(new Request("http://assay.test/import/decisions", { headers: { authorization: `Bearer ${client.token}` } }));
    expect([got.status, got.headers.get("allow")]).toEqual([405, "POST"]);
  });

  test("records a vendor's own decisions only", async () => {
    const [, second] = project.vendors;
    const theirs = await world.caller({ role: "SERVICE", projectId: project.projectId, vendorId: second!.id, scopes: ["decisions:write"] });
    const { body } = await upload(theirs, "decisions", base(), one());
    expect(body.refusals).toMatchObject([{ column: "vendorCode", code: "NOT_FOUND" }]);
  });
});

describe("what is missing", () => {
  const options = (code: string, rest: Options = {}) => ({
    ...base(),
    project: code,
    set: [`vendor=NEW-${code}`, "queue=Q", `market=mk-${code}`],
    label: "good grief=GRIEF",
    "non-violating": `G-${code}`,
    rank: [`G-${code}`, `P-${code}`],
    "create-missing": "",
    ...rest,
  });
  const text = (code: string) => csv(3, (i) => `worker-${i % 2},${i ? `P-${code}` : `G-${code}`},item-${i}`);

  test("is created in a real run, and in a dry one only counted", async () => {
    const code = `NEW-${Date.now()}`;
    const created = { projects: 1, vendors: 1, markets: 1, queues: 1, labelers: 2, policies: 2 };
    const dry = await upload(world.admin, "decisions", options(code, { "dry-run": "" }), text(code));
    expect([dry.status, counts(dry), dry.body.created, dry.body.isDryRun]).toEqual([200, { rows: 3, recorded: 3, alreadyPresent: 0, refused: 0 }, created, true]);
    expect(await world.sql`select from projects where code = ${code}`).toHaveLength(0);
    const real = await upload(world.admin, "decisions", options(code), text(code));
    expect([counts(real), real.body.created]).toEqual([counts(dry), created]);
    const policies = await world.sql`select code, is_violating, rank from policies where code like ${`%-${code}`} order by rank`;
    expect(policies).toMatchObject([{ code: `G-${code}`, is_violating: false, rank: 0 }, { code: `P-${code}`, is_violating: true, rank: 1 }]);
    const again = await upload(world.admin, "decisions", options(code), text(code));
    expect([counts(again), again.body.created.labelers]).toEqual([{ rows: 3, recorded: 0, alreadyPresent: 3, refused: 0 }, 0]);
    const rehearsed = await upload(world.admin, "decisions", options(code, { "dry-run": "" }), text(code));
    expect(counts(rehearsed)).toEqual(counts(again));
  });

  test("can't be created under a name that is no code, or a queue without its market", async () => {
    const code = `BAD-${Date.now()}`;
    const odd = await upload(world.admin, "decisions", options(code), csv(1, () => "w,not a code,i"));
    expect(odd.body.refusals).toMatchObject([{ row: 1, column: "label", value: "not a code", code: "INVALID_INPUT", message: expect.stringContaining("LABEL=CODE") }]);
    const lost = await upload(world.admin, "decisions", options(code, { set: ["vendor=V", "queue=Q"] }), csv(1, () => "w,NV,i"));
    expect([lost.status, lost.body.error.path]).toEqual([400, ["market"]]);
  });
});

test("a dry run tells what the real one would do, across batches, and writes nothing", async () => {
  const text = csv(11_000, (i) => `${i === 7 ? "nobody" : labeler},NV,${i === 10_999 ? "item-new" : `item-${i % 10_000}`}`);
  const options = base({ key: "item", start: "2026-04-01T00:00:00Z", every: "1s", "on-error": "skip" });
  const before = await stored();
  const dry = await upload(client, "decisions", { ...options, "dry-run": "" }, text);
  expect(await stored()).toBe(before);
  const real = await upload(client, "decisions", options, text);
  expect(counts(dry)).toEqual(counts(real));
  expect(counts(real)).toMatchObject({ rows: 11_000, refused: 999 });
});

test("a body is read as it arrives over a real socket, and one that breaks off leaves whole batches", async () => {
  const listener = createServer(world.server.listener);
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const start = { start: "2026-05-01T00:00:00Z" };
  const send = (key: string, rows: number, breaksOff: boolean) => {
    let row = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const lines = Array.from({ length: 500 }, () => `${labeler},NV,${key}-${(row += 1)}`).join("\n");
        controller.enqueue(new TextEncoder().encode(`${row === 500 ? "who,label,item\n" : ""}${lines}\n`));
        if (row >= rows) breaksOff ? controller.error(new Error("gone")) : controller.close();
      },
    });
    const { set, ...rest } = base({ ...start, key: "item" });
    const query = new URLSearchParams([...(set as string[]).map((each) => ["set", each]), ...Object.entries(rest)] as [string, string][]);
    const headers = { "content-type": "text/csv", authorization: `Bearer ${client.token}` };
    const { port } = listener.address() as AddressInfo;
    return fetch(`http://127.0.0.1:${port}/import/decisions?${query}`, { method: "POST", headers, body, duplex: "half" } as RequestInit);
  };
  const answer = await send("whole", 7_000, false);
  expect([answer.status, ((await answer.json()) as any).recorded]).toEqual([200, 7_000]);
  await expect(send("cut", 12_000, true)).rejects.toThrow();
  const cut = async () => (await world.sql`select count(*)::int as n from decisions where project_id = ${project.projectId} and content_ref like 'cut-%'`)[0]!.n as number;
  await expect.poll(cut).toBeGreaterThanOrEqual(4_000);
  expect((await cut()) % 4_000).toBe(0);
  listener.close();
});

test("golden items are imported like decisions, and imported again add nothing", async () => {
  const text = "content,answer,from,why\n" + Array.from({ length: 6_000 }, (_, i) => `g-${i},${i % 2 ? "hateful" : "NV"},panel,rule ${i}`).join("\n");
  const options = { project: project.projectCode, content: "content", truth: "answer", source: "from", rule: "why", label: "hateful=" + hate };
  expect(counts(await upload(client, "gold", options, text))).toEqual({ rows: 6_000, recorded: 6_000, alreadyPresent: 0, refused: 0 });
  expect(counts(await upload(client, "gold", options, text))).toEqual({ rows: 6_000, recorded: 0, alreadyPresent: 6_000, refused: 0 });
  const bad = await upload(client, "gold", { ...options, "on-error": "skip" }, "content,answer,from,why\ng-0,hateful,panel,x\ng-new,unheard-of,panel,x\ng-new,NV,panel,x");
  expect(bad.body).toMatchObject({ recorded: 1, refused: 2, refusals: [{ row: 1, column: "content", code: "CONFLICT" }, { row: 2, column: "answer", code: "NOT_FOUND" }] });
});
