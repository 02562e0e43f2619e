import { createHash } from "node:crypto";
import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { bodyOf } from "../src/exports/http.ts";
import { bytesOf, follow, link, linesOf } from "./kit/exports.ts";
import { makeDecisions, makeProject, type ProjectFixture } from "./kit/factories.ts";
import { globalId, projectGid, rawId } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
let lead: Caller;
let base: Record<string, unknown>;
beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
  lead = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
  const [one, two] = project.vendors;
  await makeDecisions(world.sql, project, Array.from({ length: 40 }, (_, i) => ({
    externalRef: `r-${i}`, vendor: i % 2 === 0 ? one! : two!, decidedAt: new Date(Date.UTC(2026, 0, 5 + Math.floor(i / 10), 20)),
  })));
  base = { dataset: "DECISIONS", projectId: projectGid(project), columns: ["externalRef"] };
});
afterAll(() => world.close());
afterEach(() => void vi.useRealTimers());

/** In order of their numbers: those of one time come by their ids. */
const refs = async (by: Caller, input: object = {}) =>
  (await linesOf(world, by, { ...base, ...input })).map(({ externalRef }) => externalRef as string).sort((a, b) => Number(a.slice(2)) - Number(b.slice(2)));
const idIn = (url: string) => url.split("/")[2]!;
const mayNot = async (url: string) => {
  const response = await follow(world, url);
  expect(response.status).toBe(404);
  return response.text();
};

describe("a link", () => {
  test("is fetched without a header, as often as one likes, by GET and HEAD; no other may", async () => {
    const { url, fileName, expiresAt } = await link(lead, { ...base, format: "CSV" });
    expect(fileName).toMatch(new RegExp(`^assay-decisions-${project.projectCode}-\\d{8}T\\d{6}Z\\.csv$`));
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(15 * 60_000);
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(14 * 60_000);
    for (let i = 0; i < 2; i += 1) {
      const response = await follow(world, url);
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8");
      expect(response.headers.get("content-disposition")).toBe(`attachment; filename="${fileName}"`);
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect((await response.text()).split("\r\n").length).toBe(42);
    }
    const head = await follow(world, url, "HEAD");
    expect([head.status, head.headers.get("content-disposition"), await head.text()]).toEqual([200, `attachment; filename="${fileName}"`, ""]);
    expect((await follow(world, url, "POST")).status).toBe(405);
  });

  test("is kept as a hash of its secret, and tells its maker when it was fetched whole, and how many rows that were", async () => {
    const { url, export: record } = await lead.verb("createExport", { ...base, format: "NDJSON" }, "url export { id rowCount fetchedAt dataset format }");
    expect(record).toMatchObject({ rowCount: null, fetchedAt: null, dataset: "DECISIONS", format: "NDJSON" });
    const secret = new URL(url, "http://x").searchParams.get("secret")!;
    const [row] = await world.sql`select t::text as text, secret_hash from export_links t where id = ${idIn(url)}`;
    expect(row!.text).not.toContain(secret);
    expect(row!.secret_hash).toEqual(createHash("sha256").update(secret).digest());
    await (await follow(world, url)).text();
    await vi.waitFor(async () => {
      const { node } = await lead.ask(`{ node(id: "${record.id}") { ... on ExportLink { rowCount fetchedAt } } }`);
      expect(node).toMatchObject({ rowCount: 40, fetchedAt: expect.any(String) });
    });
    const stranger = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
    expect((await stranger.ask(`{ node(id: "${record.id}") { id } }`)).node).toBeNull();
  });

  test("isn't shown again to a repeated idempotency key", async () => {
    const input = { ...base, format: "CSV", idempotencyKey: "again" };
    const first = await lead.verb("createExport", input, "url fileName");
    expect(await lead.verb("createExport", input, "url fileName")).toMatchObject({ url: null, fileName: first.fileName });
  });

  test("that is unknown, ended or has another secret is answered alike", async () => {
    const { url } = await link(lead, base);
    const { url: ended } = await link(lead, base);
    await world.sql`update export_links set created_at = now() - interval '1 hour', expires_at = now() - interval '1 second' where id = ${idIn(ended)}`;
    const answers = await Promise.all([
      mayNot(ended), mayNot(url.replace(/.$/, (last) => (last === "A" ? "B" : "A"))), mayNot(url.replace(/secret=.*/, "")), mayNot(url.replace(/secret=.*/, "secret=")),
      mayNot(url.replace(idIn(url), idIn(ended))), mayNot(url.replace(idIn(url), "nope")), mayNot("/exports/"), mayNot(url.replace(idIn(url), crypto.randomUUID())),
    ]);
    expect(new Set(answers).size).toBe(1);
    expect((await follow(world, url)).status).toBe(200);
  });

  test("ends with its maker's grant, key and activity, and never reaches further than these", async () => {
    const { sql } = world;
    const made = async () => {
      const by = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
      return { by, url: (await link(by, base)).url };
    };
    const revoked = await made();
    await sql`update role_grants set revoked_at = now() where principal_id = ${revoked.by.principalId}`;
    await mayNot(revoked.url);
    const ended = await made();
    await sql`update api_clients set revoked_at = now() where principal_id = ${ended.by.principalId}`;
    await mayNot(ended.url);
    const gone = await made();
    await sql`update principals set deactivated_at = now() where id = ${gone.by.principalId}`;
    await mayNot(gone.url);
    const moved = await made();
    const elsewhere = await makeProject(sql);
    await sql`update role_grants set project_id = ${elsewhere.projectId} where principal_id = ${moved.by.principalId}`;
    await mayNot(moved.url);
  });

  test("acts by the role that its maker acted in, though they hold a higher one", async () => {
    const both = await world.caller({ role: "QA_LEAD", projectId: project.projectId }, { role: "AUDITOR", projectId: project.projectId });
    const query = `mutation { createExport(input: { dataset: DECISIONS, format: NDJSON, projectId: "${projectGid(project)}" }) { ... on CreateExportPayload { url } } }`;
    const [asAuditor, asLead] = [await both.send(query, {}, { "x-assay-role": "AUDITOR" }), await both.send(query)];
    expect(await (await follow(world, asAuditor.data.createExport.url)).text()).toBe("");
    expect((await (await follow(world, asLead.data.createExport.url)).text()).split("\n").length).toBe(41);
  });

  test("of a partner is of their vendor alone", async () => {
    const [one] = project.vendors;
    const partner = await world.caller({ role: "VENDOR_MANAGER", projectId: project.projectId, vendorId: one!.id });
    expect(await refs(partner)).toEqual(Array.from({ length: 20 }, (_, i) => `r-${2 * i}`));
    const [row] = await world.sql`select acted_as from export_links where principal_id = ${partner.principalId}`;
    expect(row!.acted_as).toBe(`VENDOR_MANAGER:${one!.code}`);
  });

  test("for a client takes exports:read and the scope of what it exports", async () => {
    const client = (...scopes: ("exports:read" | "decisions:read" | "audits:read")[]) => world.caller({ role: "SERVICE", projectId: project.projectId, scopes });
    expect((await refs(await client("exports:read", "decisions:read"))).length).toBe(40);
    for (const scopes of [["exports:read"], ["decisions:read"], ["exports:read", "audits:read"]] as const) {
      expect(await (await client(...scopes)).refused("createExport", { ...base, format: "CSV" })).toMatchObject({ code: "FORBIDDEN", path: ["dataset"] });
    }
  });
});

describe("what is exported", () => {
  test("is narrowed by days in a zone, queue, market, vendor, labeler and policy", async () => {
    const [one] = project.vendors;
    const firsts = (count: number) => Array.from({ length: count }, (_, i) => `r-${i}`);
    expect(await refs(lead, { range: { from: "2026-01-05", to: "2026-01-06" } })).toEqual(firsts(10));
    // 20:00 UTC is the next day in Jakarta.
    expect(await refs(lead, { range: { from: "2026-01-05", to: "2026-01-06", timeZone: "Asia/Jakarta" } })).toEqual([]);
    expect(await refs(lead, { range: { from: "2026-01-05", to: "2026-01-07", timeZone: "Asia/Jakarta" } })).toEqual(firsts(10));
    const count = async (filter: object) => (await refs(lead, { filter })).length;
    expect(await count({ vendorIds: [globalId("Vendor", one!.id)] })).toBe(20);
    expect(await count({ labelerIds: [globalId("Labeler", one!.labelerIds[0]!)] })).toBe(20);
    expect(await count({ labelerIds: [globalId("Labeler", one!.labelerIds[1]!)] })).toBe(0);
    expect(await count({ markets: [project.market] })).toBe(40);
    expect(await count({ markets: ["other"] })).toBe(0);
    expect(await count({ policyIds: [globalId("Policy", project.policies.NV)] })).toBe(40);
    const { node } = await lead.ask(`{ node(id: "${base.projectId as string}") { ... on Project { queues { nodes { id } } } } }`);
    expect(await count({ queueIds: [node.queues.nodes[0].id] })).toBe(40);
  });

  test("has the columns asked for, in that order", async () => {
    const lines = await linesOf(world, lead, { ...base, columns: ["vendorCode", "id", "marketCode"] });
    expect(Object.keys(lines[0]!)).toEqual(["vendorCode", "id", "marketCode"]);
    expect(rawId(lines[0]!.id as string)).toMatch(/^019b/);
  });

  test("is as it was when the fetch began, in slices that know nothing of each other's rows twice", async () => {
    const big = await makeProject(world.sql);
    const by = await world.caller({ role: "QA_LEAD", projectId: big.projectId });
    const at = (i: number) => new Date(Date.UTC(2026, 0, 5, 8, 0, 0, i));
    await makeDecisions(world.sql, big, Array.from({ length: 6_500 }, (_, i) => ({ externalRef: `b-${i}`, decidedAt: at(i) })));
    const { url } = await link(by, { ...base, projectId: projectGid(big) });
    world.statements.length = 0;
    const response = await follow(world, url);
    await makeDecisions(world.sql, big, [{ externalRef: "later", decidedAt: at(60_000) }]);
    const rows = (await response.text()).trimEnd().split("\n").map((line) => (JSON.parse(line) as { externalRef: string }).externalRef);
    expect(rows).toEqual(Array.from({ length: 6_500 }, (_, i) => `b-${i}`));
    expect(world.statements.filter((text) => text.includes("exportDECISIONS")).length).toBe(14);
  });

  test("takes so many statements a slice as there are relations, and none for those known already", async () => {
    const { url } = await link(lead, { ...base, columns: undefined });
    world.statements.length = 0;
    await (await follow(world, url)).text();
    const related = world.statements.filter((text) => text.includes("/* related"));
    expect(related.length).toBe(new Set(related).size);
    expect(related.length).toBeLessThanOrEqual(10);
  });

  test.each([
    [{ projectId: undefined }, "INVALID_INPUT", ["projectId"]],
    [{ projectId: globalId("Project", crypto.randomUUID()) }, "NOT_FOUND", ["projectId"]],
    [{ dataset: "LABELERS", columns: ["riskScore"] }, "INVALID_INPUT", ["columns"]],
    [{ dataset: "LABELERS", columns: undefined }, "INVALID_INPUT", ["projectId"]],
    [{ dataset: "LABELERS", columns: undefined, projectId: undefined, filter: { markets: ["m"] } }, "INVALID_INPUT", ["filter", "markets"]],
    [{ columns: [] }, "INVALID_INPUT", ["columns"]],
    [{ columns: ["nope"] }, "INVALID_INPUT", ["columns"]],
    [{ columns: ["id", "id"] }, "INVALID_INPUT", ["columns"]],
    [{ range: { from: "2026-01-06", to: "2026-01-05" } }, "INVALID_INPUT", ["range"]],
    [{ filter: { vendorIds: ["nope"] } }, "INVALID_INPUT", ["filter", "vendorIds"]],
  ])("is refused: %j", async (changes, code, path) => {
    expect(await lead.refused("createExport", { ...base, format: "CSV", ...changes })).toMatchObject({ code, path });
  });

  test("is not narrowed by what the viewer may not see in lists either", async () => {
    const labelerIds = [globalId("Labeler", project.vendors[0]!.labelerIds[0]!)];
    const as = (role: "POLICY_MANAGER" | "AUDITOR") => world.caller({ role, projectId: project.projectId });
    const hidden = { code: "FORBIDDEN", path: ["filter", "labelerIds"] };
    expect(await (await as("POLICY_MANAGER")).refused("createExport", { ...base, format: "CSV", filter: { labelerIds } })).toMatchObject(hidden);
    expect(await (await as("AUDITOR")).refused("createExport", { ...base, columns: ["id"], dataset: "SAMPLES", format: "CSV", filter: { labelerIds } })).toMatchObject(hidden);
  });
});

/** Pieces of bytes that never end, with how many were asked for. */
function endless(piece: number) {
  const given = { count: 0, isClosed: false };
  async function* pieces() {
    try {
      for (;;) {
        given.count += 1;
        yield new Uint8Array(piece);
      }
    } finally {
      given.isClosed = true;
    }
  }
  return { given, pieces: pieces() };
}

describe("figures", () => {
  const asked = (changes: object = {}) => ({
    dataset: "METRICS",
    metrics: {
      projects: [project.projectCode], measures: ["ACCURACY", "OUTPUT"], groupBy: ["VENDOR", "MARKET", "DAY"], range: { from: "2026-01-05", to: "2026-01-12" }, ...changes,
    },
  });

  test("are the rows of metrics, each measure with all that belongs to it", async () => {
    const { metrics } = asked();
    const { metrics: { rows } } = await lead.ask(
      `query ($projects: [ID!]!, $measures: [Measure!]!, $groupBy: [Dimension!]!, $range: MetricRange!) { metrics(projects: $projects, measures: $measures, groupBy: $groupBy, range: $range) {
        rows { vendor { id code } market day rank values { value numerator denominator n interval { low high method } weighted suppressed reason target { value status } } } } }`,
      metrics,
    );
    const ofValue = (name: string, { value, numerator, denominator, n, interval, weighted, suppressed, reason, target }: any) => ({
      [name]: value, [`${name}Numerator`]: numerator, [`${name}Denominator`]: denominator, [`${name}N`]: n, [`${name}Low`]: interval?.low ?? null, [`${name}High`]: interval?.high ?? null,
      [`${name}Method`]: interval?.method ?? null, [`${name}Weighted`]: weighted, [`${name}Suppressed`]: suppressed, [`${name}Reason`]: reason,
      [`${name}Target`]: target?.value ?? null, [`${name}TargetStatus`]: target?.status ?? null,
    });
    const expected = rows.map(({ vendor, market, day, rank, values }: any) => ({
      vendorId: vendor.id, vendorCode: vendor.code, market, day, rank, ...ofValue("accuracy", values[0]), ...ofValue("output", values[1]),
    }));
    expect(expected.length).toBe(8);
    expect(await linesOf(world, lead, asked())).toEqual(expected);
  });

  test("have columns for what they are set against only where they are", async () => {
    const [plain] = await linesOf(world, lead, asked({ groupBy: [] }));
    const [compared] = await linesOf(world, lead, asked({ groupBy: [], compareTo: { previous: true } }));
    expect(Object.keys(compared!).filter((name) => !(name in plain!))).toEqual(["accuracy", "output"].flatMap((name) =>
      ["Other", "OtherN", "Difference", "DifferenceLow", "DifferenceHigh", "IsSignificant", "OtherReason"].map((suffix) => name + suffix)));
  });

  test("are typed, and may be narrowed to columns", async () => {
    expect(await linesOf(world, lead, { ...asked({ groupBy: ["VENDOR"] }), columns: ["outputNumerator", "vendorCode"] })).toEqual(
      project.vendors.map(({ code }) => ({ outputNumerator: 20, vendorCode: code })),
    );
    expect((await bytesOf(world, lead, { ...asked(), format: "XLSX" })).subarray(0, 2).toString()).toBe("PK");
  });

  test("that metrics refuses are refused, and so is metrics for other datasets", async () => {
    const refused = (input: object) => lead.refused("createExport", { format: "CSV", ...input });
    expect(await refused(asked({ measures: [] }))).toMatchObject({ code: "INVALID_INPUT", path: ["measures"] });
    expect(await refused(asked({ projects: ["nope"] }))).toMatchObject({ code: "NOT_FOUND" });
    expect(await refused({ ...asked(), filter: { markets: ["m"] } })).toMatchObject({ code: "INVALID_INPUT", path: ["filter", "markets"] });
    expect(await refused({ ...base, ...asked(), columns: undefined })).toMatchObject({ code: "INVALID_INPUT", path: ["projectId"] });
    expect(await refused({ ...asked(), dataset: "DECISIONS", projectId: base.projectId })).toMatchObject({ code: "INVALID_INPUT", path: ["metrics"] });
    expect(await refused({ dataset: "METRICS" })).toMatchObject({ code: "INVALID_INPUT", path: ["metrics"] });
    const partner = await world.caller({ role: "VENDOR_MANAGER", projectId: project.projectId, vendorId: project.vendors[0]!.id });
    expect(await partner.refused("createExport", { format: "CSV", ...asked({ purposes: ["TARGETED"] }) })).toMatchObject({ code: "FORBIDDEN" });
  });
});

describe("a download", () => {
  test("is made as it is taken: nothing is read ahead of who reads", async () => {
    const { given, pieces } = endless(1_000);
    const ended: string[] = [];
    const { body } = bodyOf(pieces, (outcome) => ended.push(outcome) < 0);
    const reader = body.getReader();
    await sleep(20);
    expect(given.count).toBe(0);
    for (let i = 1; i <= 5; i += 1) {
      await reader.read();
      await sleep(5);
      expect(given.count).toBe(i);
    }
    await reader.cancel();
    expect(ended).toEqual(["ABANDONED"]);
    await vi.waitFor(() => expect(given.isClosed).toBe(true));
  });

  test("that nobody takes any further ends after 20 seconds", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { given, pieces } = endless(1_000);
    const ended: string[] = [];
    const { body } = bodyOf(pieces, (outcome) => ended.push(outcome) < 0);
    const reader = body.getReader();
    await reader.read();
    await vi.advanceTimersByTimeAsync(19_000);
    await reader.read();
    await vi.advanceTimersByTimeAsync(19_000);
    expect(ended).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_001);
    expect(ended).toEqual(["STALLED"]);
    expect(given.isClosed).toBe(true);
    await expect(reader.read()).rejects.toThrow("STALLED");
  });

  test("is broken off, not ended, where something fails on the way", async () => {
    const failing = (async function* () {
      yield new Uint8Array(1);
      throw new Error("lost");
    })();
    const ended: string[] = [];
    const { body } = bodyOf(failing, (outcome) => ended.push(outcome) < 0);
    await expect(new Response(body).arrayBuffer()).rejects.toThrow("lost");
    expect(ended).toEqual(["FAILED"]);
  });

  test("holds one of two connections while it lasts; a third waits, is told to come again, and none stays taken by who has gone", async () => {
    const big = await makeProject(world.sql);
    const by = await world.caller({ role: "QA_LEAD", projectId: big.projectId });
    const long = "x".repeat(1_900);
    await makeDecisions(world.sql, big, Array.from({ length: 12_000 }, (_, i) => ({ externalRef: `b-${i}`, contentRef: `${long}${i}` })));
    const url = await world.listen();
    const { url: path } = await link(by, { dataset: "DECISIONS", projectId: projectGid(big) });
    const idle = () => new Promise<http.IncomingMessage>((resolve, reject) => {
      http.get(url + path, { agent: false }, (response) => resolve(response.pause())).on("error", reject);
    });
    const taken = await Promise.all([idle(), idle()]);
    const refused = await fetch(url + path);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "2"]);
    for (const response of taken) response.destroy();
    await vi.waitFor(async () => expect((await bytesOf(world, by, { dataset: "DECISIONS", projectId: projectGid(big) })).length).toBeGreaterThan(20_000_000), 10_000);
  });
});
