import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { makeAudits, makeRun } from "./kit/audits.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { globalId, rawId } from "./kit/samples.ts";
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

const FIELDS = "qualityTarget { id measure value nMin validFrom validTo vendor { code } queue { code } market { code } setBy { id } project { code } }";
const set = async (input: object, by = lead, of = project) =>
  (await by.verb("setQualityTarget", { projectId: globalId("Project", of.projectId), measure: "ACCURACY", value: 0.95, ...input }, FIELDS)).qualityTarget;
const refused = (input: object, by = lead) =>
  by.refused("setQualityTarget", { projectId: globalId("Project", project.projectId), measure: "ACCURACY", value: 0.95, ...input });
const list = async (by: Caller, args = "") =>
  (await by.ask<{ project: { qualityTargets: { nodes: { value: number; validFrom: string; validTo: string | null }[] } } }>(
    `{ project: projectByCode(code: "${project.projectCode}") { qualityTargets${args} { nodes { value validFrom validTo } } } }`)).project.qualityTargets.nodes;

describe("setting", () => {
  test("ends the one before on its first day, and holds until the one after; other scopes keep theirs", async () => {
    expect(await set({ validFrom: "2026-01-01" })).toMatchObject({ nMin: 30, validTo: null, project: { code: project.projectCode } });
    await set({ value: 0.97, validFrom: "2026-03-01" });
    expect(await set({ value: 0.96, validFrom: "2026-02-01" })).toMatchObject({ validTo: "2026-03-01" });
    const vendor = { vendorId: globalId("Vendor", project.vendors[0]!.id), value: 0.9, validFrom: "2026-02-15" };
    expect(await set(vendor)).toMatchObject({ vendor: { code: project.vendors[0]!.code }, validTo: null });
    await set({ value: 0.965, validFrom: "2026-02-01" });
    expect(await list(lead, "(orderBy: { field: ID })")).toEqual([
      { value: 0.95, validFrom: "2026-01-01", validTo: "2026-02-01" },
      { value: 0.97, validFrom: "2026-03-01", validTo: null },
      { value: 0.96, validFrom: "2026-02-01", validTo: "2026-02-01" },
      { value: 0.9, validFrom: "2026-02-15", validTo: null },
      { value: 0.965, validFrom: "2026-02-01", validTo: "2026-03-01" },
    ]);
    expect(await list(lead, '(filter: { validOn: "2026-02-20", measures: ["ACCURACY"] })')).toHaveLength(2);
    const other = await world.caller({ role: "VENDOR_QA", projectId: project.projectId, vendorId: project.vendors[1]!.id });
    expect((await list(other)).map(({ value }) => value)).not.toContain(0.9);
    const { count } = (await world.sql`select count(*)::int as count from events where project_id = ${project.projectId} and type = 'quality_target.set'`)[0]!;
    expect(count).toBe(5);
  });

  test("begins today in the project's zone, unless told otherwise", async () => {
    await world.sql`update projects set time_zone = 'Pacific/Kiritimati' where id = ${project.projectId}`;
    const today = new Intl.DateTimeFormat("en-CA", { timeZone: "Pacific/Kiritimati" }).format(new Date());
    expect((await set({ measure: "DPU", value: 2 })).validFrom).toBe(today);
    await world.sql`update projects set time_zone = 'UTC' where id = ${project.projectId}`;
  });

  test.each<[object, string]>([
    [{ measure: "PUNCTUALITY" }, 'measure: "PUNCTUALITY" is no measure'],
    [{ value: 1.01 }, "value: 1.01 is out of range; ACCURACY is 0 to 1"],
    [{ measure: "AHT_P50", value: -1 }, "AHT_P50 is 0 or more"],
    [{ nMin: 0 }, "nMin: 0 must be at least 1"],
    [{ market: "xx-XX" }, 'There is no market "xx-XX"'],
    [{ vendorId: globalId("Vendor", "00000000-0000-7000-8000-0000000000ff") }, "vendorId: there is no such vendor"],
  ])("%j is refused: %s", async (input, message) => {
    expect((await refused(input)).message).toContain(message);
  });

  test("is for leads, and a queue is the project's own", async () => {
    const analyst = await world.caller({ role: "ANALYST", projectId: project.projectId });
    expect((await refused({}, analyst)).code).toBe("FORBIDDEN");
    const other = await makeProject(world.sql);
    expect((await refused({ queueId: Buffer.from(`Queue:${other.projectId}:${other.queueId}`).toString("base64url") })).code).toBe("NOT_FOUND");
  });
});

test("a target ends on a day, once", async () => {
  const { id } = await set({ measure: "ERROR_RATE", value: 0.05, validFrom: "2026-01-01" });
  const end = (validTo?: string) => lead.verb("endQualityTarget", { id, validTo }, "qualityTarget { validTo }");
  expect((await lead.refused("endQualityTarget", { id, validTo: "2025-12-31" })).message).toContain("before validFrom");
  expect(await end("2026-02-01")).toMatchObject({ qualityTarget: { validTo: "2026-02-01" } });
  expect((await lead.refused("endQualityTarget", { id, validTo: "2026-03-01" })).code).toBe("CONFLICT");
  expect(await end("2026-01-15")).toMatchObject({ qualityTarget: { validTo: "2026-01-15" } });
});

test("one that is ended while another is set in its scope ends on its day all the same", async () => {
  const { id } = await set({ measure: "RECALL", validFrom: "2026-01-01" });
  const held = await world.sql.reserve();
  await held`begin`;
  await held`select from quality_targets where id = ${rawId(id)} for update`;
  const ending = lead.verb("endQualityTarget", { id, validTo: "2026-01-05" }, "qualityTarget { id }");
  await sleep(200);
  const setting = set({ measure: "RECALL", value: 0.9, validFrom: "2026-02-01" });
  await sleep(200);
  await held`commit`;
  held.release();
  await Promise.all([ending, setting]);
  expect((await list(lead, '(filter: { measures: ["RECALL"] }, orderBy: { field: ID })')).map(({ validFrom, validTo }) => [validFrom, validTo])).toEqual([
    ["2026-01-01", "2026-01-05"], ["2026-02-01", null],
  ]);
});

test("figures carry the target that holds for all of their group, and can be picked and compared by it", async () => {
  const of = await makeProject(world.sql);
  const by = await world.caller({ role: "QA_LEAD", projectId: of.projectId });
  const run = await makeRun(world.sql, of, { strata: [{ key: "all", frameSize: 10_000 }] });
  const [good, bad] = of.vendors as [ProjectFixture["vendors"][0], ProjectFixture["vendors"][0]];
  const { hate } = of.policies;
  await makeAudits(world.sql, of, [
    ...Array.from({ length: 40 }, (_, i) => ({ run, vendor: good, ...(i < 1 ? { truthPolicyId: hate } : {}) })),
    ...Array.from({ length: 40 }, (_, i) => ({ run, vendor: bad, ...(i < 12 ? { truthPolicyId: hate } : {}) })),
  ]);
  await set({ validFrom: "2026-01-01" }, by, of);
  await set({ validFrom: "2026-01-01", vendorId: globalId("Vendor", bad.id), value: 0.9 }, by, of);
  const ask = async (rest: string, measure = "ACCURACY") => {
    const target = "target { value status } comparison { value n difference differenceInterval { low high method } isSignificant reason }";
    const query = `{ metrics(projects: ["${of.projectCode}"], range: { from: "2026-01-01", to: "2026-02-01" }, measures: [${measure}], ${rest}) {
      rows { vendor { code } values { value ${target} } } totals { values { value ${target} } } } }`;
    return (await by.ask<{ metrics: any }>(query)).metrics;
  };
  const { rows, totals } = await ask("groupBy: [VENDOR], totals: true, orderBy: [{ measure: ACCURACY, direction: DESC }]");
  expect(rows.map(({ vendor, values }: any) => [vendor.code, values[0].target])).toEqual([
    [good.code, { value: 0.95, status: "MET" }],
    [bad.code, { value: 0.9, status: "BELOW" }],
  ]);
  expect(totals.values[0].target).toEqual({ value: 0.95, status: "BELOW" });
  const below = await ask("groupBy: [VENDOR], having: [{ measure: ACCURACY, targetStatuses: [BELOW] }], compareTo: { target: true }");
  expect(below.rows).toHaveLength(1);
  const [{ comparison }] = below.rows[0].values;
  expect(comparison).toMatchObject({ value: 0.9, n: null, isSignificant: true, reason: null, differenceInterval: { method: "MOVER_DIFFERENCE" } });
  expect(comparison.difference).toBeCloseTo(28 / 40 - 0.9, 12);
  expect(comparison.differenceInterval.high).toBeLessThan(0);
  // Neither more nor less coverage is better: figures differ from such a target, and don't miss it.
  await set({ validFrom: "2026-01-01", measure: "AUDIT_COVERAGE", value: 0.5, nMin: 1 }, by, of);
  const [covered] = (await ask("compareTo: { target: true }, totals: true", "AUDIT_COVERAGE")).totals.values;
  expect([covered.target, covered.comparison.difference]).toEqual([{ value: 0.5, status: null }, 0.5]);
});
