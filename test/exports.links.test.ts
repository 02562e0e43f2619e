import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { makeAudits } from "./kit/audits.ts";
import { exported, follow, linesOf, link, refsOf } from "./kit/exports.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { makeClient, tokenOf } from "./kit/oauth.ts";
import { projectGid } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
let lead: Caller;
let base: Record<string, unknown>;
beforeAll(async () => {
  world = await createWorld();
  ({ project, lead, base } = await exported(world));
});
afterAll(() => world.close());

const refs = (by: Caller, input: object = {}) => refsOf(world, by, { ...base, ...input });
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

  test("stands in its maker's list, and in nobody else's; any number take one statement", async () => {
    const maker = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
    const query = "{ exportLinks { nodes { dataset format expiresAt } totalCount } }";
    expect((await maker.ask(query)).exportLinks).toEqual({ nodes: [], totalCount: 0 });
    for (const dataset of ["DECISIONS", "AUDITS"]) await link(maker, { ...base, dataset, columns: ["id"], format: "CSV" });
    world.statements.length = 0;
    const { exportLinks } = await maker.ask(`{ exportLinks(filter: { datasets: [DECISIONS, AUDITS] }) { nodes { dataset } } }`);
    expect(exportLinks.nodes).toEqual([{ dataset: "DECISIONS" }, { dataset: "AUDITS" }]);
    expect(world.statements.filter((text) => text.includes("export_links"))).toHaveLength(1);
    expect((await maker.ask("{ exportLinks(filter: { datasets: [AUDITS] }) { totalCount } }")).exportLinks.totalCount).toBe(1);
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

  test("that a client made by a token with fewer scopes than its key shows no more than these", async () => {
    const elsewhere = await makeProject(world.sql);
    await makeAudits(world.sql, elsewhere, [{}]);
    const client = await makeClient(world, { projectId: elsewhere.projectId, scopes: ["exports:read", "audits:read", "decisions:read"] });
    const shown = (token: string) =>
      linesOf(world, world.known({ principalId: client.principalId, token }), { dataset: "AUDITS", projectId: projectGid(elsewhere), columns: ["labelerExternalRef"] });
    expect(await shown(client.token)).toEqual([{ labelerExternalRef: expect.any(String) }]);
    expect(await shown(await tokenOf(world, client))).toEqual([{ labelerExternalRef: expect.any(String) }]);
    expect(await shown(await tokenOf(world, client, "exports:read audits:read"))).toEqual([{ labelerExternalRef: null }]);
  });

  test("for a client takes exports:read and the scope of what it exports", async () => {
    const client = (...scopes: ("exports:read" | "decisions:read" | "audits:read")[]) => world.caller({ role: "SERVICE", projectId: project.projectId, scopes });
    expect((await refs(await client("exports:read", "decisions:read"))).length).toBe(40);
    for (const scopes of [["exports:read"], ["decisions:read"], ["exports:read", "audits:read"]] as const) {
      const path = (scopes as readonly string[]).includes("exports:read") ? ["dataset"] : [];
      expect(await (await client(...scopes)).refused("createExport", { ...base, format: "CSV" })).toMatchObject({ code: "FORBIDDEN", path });
    }
  });
});
