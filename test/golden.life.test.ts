import { afterAll, beforeAll, expect, test } from "vitest";
import { createPool, type Pool } from "../src/db/pool.ts";
import { goldenTasks } from "../src/golden/jobs.ts";
import { makeDecisions, makeProject, type ProjectFixture } from "./kit/factories.ts";
import { openPool } from "./kit/events.ts";
import { askMetrics } from "./kit/metrics.ts";
import { asWorker } from "./kit/publication.ts";
import { eventsOf, globalId, rawId } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
beforeAll(async () => {
  world = await createWorld();
  pool = openPool(world, 4);
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

interface Kept {
  own: ProjectFixture;
  lead: Caller;
  /** Codes of policies. */
  hate: string;
  spam: string;
}

async function keep(settings: Record<string, unknown> = {}): Promise<Kept> {
  const own = await makeProject(world.sql, settings);
  const codes = new Map((await world.sql`select id, code from policies`).map(({ id, code }) => [id as string, code as string]));
  const lead = await world.caller({ role: "QA_LEAD", projectId: own.projectId });
  return { own, lead, hate: codes.get(own.policies.hate)!, spam: codes.get(own.policies.spam)! };
}

const record = ({ own, lead }: Kept, items: object[]) => lead.verb("recordGoldenItems", { projectCode: own.projectCode, items }, "recorded refusals { field message }");
const ITEM = "id contentRef status activeFrom activeTo exposureCount exposuresCountedAt truthAction truthPolicy { code } policyVersion { semver } source rule version allowedActions";
const find = async ({ lead }: Kept, ...refs: string[]) => {
  const { goldenItems } = await lead.ask(`query ($refs: [String!]!) { goldenItems(filter: { contentRefs: $refs }) { nodes { ${ITEM} } } }`, { refs });
  return goldenItems.nodes;
};
const runTask = async (name: string, now = new Date()) => {
  const task = goldenTasks.find((each) => each.name === name)!;
  const counts: number[] = [];
  for (let done = 1; done > 0; counts.push(done)) done = (await asWorker(pool, (db) => task.run(db, now))) as number;
  return counts.slice(0, -1).reduce((sum, each) => sum + each, 0);
};
const importVersion = (policyId: string, effectiveFrom: Date, market: string | null = null) =>
  world.admin.verb("importPolicyVersions", { versions: [{ policyId: globalId("Policy", policyId), semver: `2.${effectiveFrom.getTime() % 1_000}.0`, effectiveFrom, market }] }, "supersededCount");
const HOUR = 3_600_000;
const ago = (hours: number) => new Date(Date.now() - hours * HOUR);
const payloadOf = async (id: string, type: string) => (await world.sql`select payload from events where subject_id = ${rawId(id)} and type = ${type}`)[0]!.payload;

test("items of a policy that gets a new version are to be reviewed, since that took effect; others stay", async () => {
  const kept = await keep();
  await record(kept, [{ contentRef: "h", truthPolicyCode: kept.hate }, { contentRef: "s", truthPolicyCode: kept.spam }]);
  expect(await runTask("outdateGoldenItems")).toBe(0);
  const effectiveFrom = ago(2);
  await importVersion(kept.own.policies.hate, effectiveFrom);
  expect(await runTask("outdateGoldenItems")).toBe(1);
  const [h, s] = [(await find(kept, "h"))[0], (await find(kept, "s"))[0]];
  expect(h).toMatchObject({ status: "NEEDS_REVIEW", activeTo: effectiveFrom.toISOString(), version: 2, allowedActions: ["reviewGoldenItem", "retireGoldenItem"] });
  expect(s).toMatchObject({ status: "ACTIVE", activeTo: null, version: 1 });
  expect(await eventsOf(world, h.id)).toEqual(["golden_item.needs_review ACTIVE>NEEDS_REVIEW"]);
  expect(await payloadOf(h.id, "golden_item.needs_review")).toEqual({ activeTo: effectiveFrom.toISOString() });
  expect(await runTask("outdateGoldenItems")).toBe(0);
});

test("a version of one market that takes effect after an item was recorded sends it to review too, one from before doesn't", async () => {
  const kept = await keep();
  await importVersion(kept.own.policies.hate, ago(5), kept.own.market);
  await record(kept, [{ contentRef: "m", truthPolicyCode: kept.hate }]);
  expect(await runTask("outdateGoldenItems")).toBe(0);
  const effectiveFrom = new Date(Date.now() + 1_000);
  await importVersion(kept.own.policies.spam, ago(1), kept.own.market);
  expect(await runTask("outdateGoldenItems")).toBe(0);
  await world.sql`update golden_items set created_at = ${ago(10)} where content_ref = 'm'`;
  expect(await runTask("outdateGoldenItems", effectiveFrom)).toBe(1);
  expect((await find(kept, "m"))[0]).toMatchObject({ status: "NEEDS_REVIEW" });
});

test("an item that begins after the version it goes by has ended is never left without a time", async () => {
  const kept = await keep();
  await record(kept, [{ contentRef: "f", truthPolicyCode: kept.hate, activeFrom: ago(1) }]);
  await importVersion(kept.own.policies.hate, ago(2));
  await runTask("outdateGoldenItems");
  const [item] = await find(kept, "f");
  expect(Date.parse(item.activeTo) - Date.parse(item.activeFrom)).toBe(1);
});

test("a reviewed item goes on as a new one, under the version in force, and figures count both by their times", async () => {
  const kept = await keep();
  const { own, lead } = kept;
  const change = new Date("2026-01-05T12:00:00Z");
  await makeDecisions(world.sql, own, [
    { contentRef: "g", policyId: own.policies.hate, decidedAt: new Date("2026-01-05T08:00:00Z") },
    { contentRef: "g", policyId: own.policies.hate, decidedAt: new Date("2026-01-05T16:00:00Z") },
  ]);
  await record(kept, [{ contentRef: "g", truthPolicyCode: kept.hate, truthAction: null, source: "panel", rule: "3.2" }]);
  await importVersion(own.policies.hate, change);
  await runTask("outdateGoldenItems");
  const [old] = await find(kept, "g");
  const accuracy = async () => {
    const args = `projects: ["${own.projectCode}"], range: { from: "2026-01-01", to: "2026-02-01" }, measures: [GOLDEN_ACCURACY]`;
    return (await askMetrics(lead, args)).rows[0]!.values[0];
  };
  expect(await accuracy()).toMatchObject({ numerator: 1, denominator: 1 });
  const { goldenItem, reviewed } = await lead.verb(
    "reviewGoldenItem", { id: old.id, truthPolicyCode: kept.spam, truthAction: "REMOVE", rule: "4.1", expectedVersion: 2 }, `goldenItem { ${ITEM} } reviewed { ${ITEM} }`,
  );
  expect(reviewed).toMatchObject({ id: old.id, status: "RETIRED", activeTo: change.toISOString(), truthPolicy: { code: kept.hate }, version: 3, allowedActions: [] });
  expect(goldenItem).toMatchObject({
    contentRef: "g", status: "ACTIVE", activeFrom: change.toISOString(), activeTo: null, truthPolicy: { code: kept.spam }, truthAction: "REMOVE",
    policyVersion: { semver: "1.0.0" }, source: "panel", rule: "4.1", exposureCount: 0, version: 1, allowedActions: ["retireGoldenItem"],
  });
  expect(await accuracy()).toMatchObject({ numerator: 1, denominator: 2 });
  expect(await eventsOf(world, old.id, goldenItem.id)).toEqual([
    "golden_item.needs_review ACTIVE>NEEDS_REVIEW", "golden_item.retired NEEDS_REVIEW>RETIRED", "golden_item.active null>ACTIVE",
  ]);
  expect(await payloadOf(old.id, "golden_item.retired")).toEqual({ goesOnAs: goldenItem.id });
  expect(await payloadOf(goldenItem.id, "golden_item.active")).toEqual({ goesOnFrom: old.id });
  expect(await runTask("outdateGoldenItems")).toBe(0);
});

test("a review is refused by field, state, version and role, and where the content has an item already", async () => {
  const kept = await keep();
  await record(kept, [{ contentRef: "r", truthPolicyCode: kept.hate }]);
  const [{ id }] = await find(kept, "r");
  const input = { id, truthPolicyCode: kept.hate };
  expect(await kept.lead.refused("reviewGoldenItem", input)).toMatchObject({ __typename: "InvalidTransitionRefusal" });
  await importVersion(kept.own.policies.hate, ago(2));
  await runTask("outdateGoldenItems");
  expect(await kept.lead.refused("reviewGoldenItem", { ...input, expectedVersion: 1 })).toMatchObject({ __typename: "VersionConflictRefusal" });
  expect(await kept.lead.refused("reviewGoldenItem", { ...input, truthPolicyCode: "nope" })).toMatchObject({ code: "NOT_FOUND", path: ["truthPolicyCode"] });
  expect(await kept.lead.refused("reviewGoldenItem", { ...input, activeFrom: ago(3) })).toMatchObject({ code: "INVALID_INPUT", path: ["activeFrom"] });
  expect(await kept.lead.refused("reviewGoldenItem", { ...input, activeTo: ago(2.5) })).toMatchObject({ code: "INVALID_INPUT", path: ["activeTo"] });
  expect(await kept.lead.refused("reviewGoldenItem", { ...input, rule: "x".repeat(501) })).toMatchObject({ code: "INVALID_INPUT", path: ["rule"] });
  const auditor = await world.caller({ role: "AUDITOR", projectId: kept.own.projectId });
  expect(await auditor.refused("reviewGoldenItem", input)).toMatchObject({ code: "FORBIDDEN" });
  expect(await (await keep()).lead.refused("reviewGoldenItem", input)).toMatchObject({ code: "NOT_FOUND", path: ["id"] });
  await record(kept, [{ contentRef: "r", truthPolicyCode: kept.spam }]);
  expect(await kept.lead.refused("reviewGoldenItem", input)).toMatchObject({ code: "CONFLICT", path: ["id"] });
});

test("an item whose time is over is retired, and not before", async () => {
  const kept = await keep();
  const activeTo = new Date(Date.now() + HOUR);
  await record(kept, [{ contentRef: "e", truthPolicyCode: kept.hate, activeTo }, { contentRef: "e2", truthPolicyCode: kept.hate }]);
  expect(await runTask("expireGoldenItems")).toBe(0);
  expect(await runTask("expireGoldenItems", activeTo)).toBe(1);
  const [item] = await find(kept, "e");
  expect(item).toMatchObject({ status: "RETIRED", activeTo: activeTo.toISOString(), version: 2 });
  expect(await payloadOf(item.id, "golden_item.retired")).toEqual({ cause: "EXPIRED", activeTo: activeTo.toISOString() });
  expect((await find(kept, "e2"))[0]).toMatchObject({ status: "ACTIVE" });
});

test("retiring an item that is to expire ends it now", async () => {
  const kept = await keep();
  await record(kept, [{ contentRef: "x", truthPolicyCode: kept.hate, activeTo: new Date(Date.now() + HOUR) }]);
  const [{ id }] = await find(kept, "x");
  const { goldenItem } = await kept.lead.verb("retireGoldenItem", { id, reason: "Leaked." }, "goldenItem { activeTo }");
  expect(Date.parse(goldenItem.activeTo)).toBeLessThanOrEqual(Date.now());
});

test("decisions on an item's content are counted at most hourly, while it was active; seen too often, it is retired", async () => {
  const kept = await keep({ goldenMaxExposures: 2 });
  const { own } = kept;
  const seen = (contentRef: string, count: number, from = 0) =>
    makeDecisions(world.sql, own, Array.from({ length: count }, (_, i) => ({ contentRef, decidedAt: new Date(Date.UTC(2026, 0, 5, 8, 0, from + i)) })));
  await seen("often", 3);
  await seen("twice", 2);
  await seen("before", 3);
  await record(kept, [
    { contentRef: "often", truthPolicyCode: kept.hate }, { contentRef: "twice", truthPolicyCode: kept.hate },
    { contentRef: "before", truthPolicyCode: kept.hate, activeFrom: "2026-01-05T08:00:02Z" },
  ]);
  const now = new Date();
  expect(await runTask("countGoldenExposures", now)).toBeGreaterThanOrEqual(3);
  expect(await runTask("countGoldenExposures", now)).toBe(0);
  const [often, twice, before] = await Promise.all(["often", "twice", "before"].map(async (ref) => (await find(kept, ref))[0]));
  expect(often).toMatchObject({ status: "RETIRED", exposureCount: 3, activeTo: now.toISOString(), exposuresCountedAt: now.toISOString(), version: 2 });
  expect(twice).toMatchObject({ status: "ACTIVE", exposureCount: 2, activeTo: null, version: 1 });
  expect(before).toMatchObject({ status: "ACTIVE", exposureCount: 1 });
  expect(await eventsOf(world, often.id, twice.id)).toEqual(["golden_item.retired ACTIVE>RETIRED"]);
  expect(await payloadOf(often.id, "golden_item.retired")).toEqual({ cause: "EXPOSED", exposureCount: 3 });
  await seen("twice", 1, 30);
  await runTask("countGoldenExposures", new Date(now.getTime() + HOUR - 1));
  expect((await find(kept, "twice"))[0]).toMatchObject({ status: "ACTIVE", exposureCount: 2 });
  await runTask("countGoldenExposures", new Date(now.getTime() + HOUR));
  expect((await find(kept, "twice"))[0]).toMatchObject({ status: "RETIRED", exposureCount: 3 });
});

test("a count that stays leaves the item as it was, for those who synchronise", async () => {
  const kept = await keep();
  await record(kept, [{ contentRef: "still", truthPolicyCode: kept.hate }]);
  const updatedAt = async () => (await world.sql`select updated_at from golden_items where content_ref = 'still'`)[0]!.updated_at.getTime();
  const before = await updatedAt();
  await runTask("countGoldenExposures", new Date(Date.now() + HOUR));
  expect(await updatedAt()).toBe(before);
});

test("a task's statements are constant in the number of items, and only a new version in effect is heard of", async () => {
  const kept = await keep();
  await record(kept, Array.from({ length: 30 }, (_, i) => ({ contentRef: `n/${i}`, truthPolicyCode: kept.hate, activeTo: new Date(Date.now() + HOUR) })));
  await importVersion(kept.own.policies.hate, ago(2));
  const statements: string[] = [];
  const onStatement = (text: string) => void statements.push(text);
  const counted = createPool({ url: world.urls.login, size: 1, queue: 5, waitMs: 5_000, applicationName: "assay-test", onStatement });
  const task = goldenTasks.find(({ name }) => name === "outdateGoldenItems")!;
  expect(await asWorker(counted, (db) => task.run(db, new Date()))).toBe(30);
  await counted.end();
  expect(statements.filter((text) => /insert into|update/i.test(text))).toHaveLength(2);
  const event = (type: string) => ({ projectId: "p", seq: 1, type, subjectType: "PolicyVersion", subjectId: "s", payload: {} });
  expect(goldenTasks.map(({ dueAfter }) => dueAfter(event("policy_version.effective")))).toEqual([new Date(0), null, null]);
  expect(goldenTasks.map(({ dueAfter }) => dueAfter(event("policy_version.superseded")))).toEqual([null, null, null]);
});
