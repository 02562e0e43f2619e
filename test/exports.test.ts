import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exported, follow, linesOf, link, refsOf } from "./kit/exports.ts";
import { makeDecisions, makeProject, type ProjectFixture } from "./kit/factories.ts";
import { globalId, projectGid, rawId } from "./kit/samples.ts";
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
