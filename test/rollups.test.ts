import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Pool } from "../src/db/pool.ts";
import { append } from "../src/events/outbox.ts";
import { isWorthCells } from "../src/rollups/rules.ts";
import { foldNext } from "../src/rollups/service.ts";
import { lockWatermark, saveWeighed } from "../src/rollups/store.ts";
import { makeAudits, makeRun } from "./kit/audits.ts";
import { actor, allSealed, openPool } from "./kit/events.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { makeAudited } from "./kit/history.ts";
import { asWorker, audited } from "./kit/publication.ts";
import { cellsOfFacts, foldAll, foldOf, forget, keptOf, markOf } from "./kit/rollups.ts";
import { globalId, rawId } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

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

const JANUARY = (day: number, time = "08:00:00") => new Date(`2026-01-${String(day).padStart(2, "0")}T${time}Z`);
const touched = async ({ projectId }: ProjectFixture) => (await world.sql`select audit_id from touched_audits(array[${projectId}::uuid])`).map(({ audit_id }) => audit_id as string);

// What is kept is what a build from nothing would keep, and the cells are the facts' sums.
async function expectWhole(project: ProjectFixture, hasQueuePolicy = false) {
  const kept = await keptOf(world, project);
  expect(kept.cells).toEqual(await cellsOfFacts(world, project, hasQueuePolicy));
  await forget(world, project);
  await foldAll(pool);
  const { facts, strata } = await keptOf(world, project);
  expect({ facts: kept.facts, strata: kept.strata }).toEqual({ facts, strata });
  return kept;
}

test("a project is built from its published primary audits, each with its verdict in force", async () => {
  const project = await makeProject(world.sql);
  const run = await makeRun(world.sql, project, { strata: [{ key: "x", frameSize: 40 }, { key: "y", frameSize: 40 }] });
  const { hate, spam } = project.policies;
  await makeAudits(world.sql, project, [
    { run }, { run, policyId: hate }, { run, stratum: "y", policyId: spam, truthPolicyId: hate, later: [{ truthPolicyId: spam, recordedAt: "2026-01-07T00:00:00Z" }] },
    { run, truthPolicyId: hate, attribution: "PROCESS" }, { truthPolicyId: hate }, { run, state: "SUBMITTED" }, { run, role: "SECOND" }, { run, state: "VOIDED" },
    { run, decidedAt: JANUARY(5, "23:59:59.999") }, { run, decidedAt: JANUARY(6, "00:00:00") },
  ]);
  await foldOf(world, pool, project);
  expect(await markOf(world, project)).toMatchObject({ state: "READY", time_zone: "UTC", facts: 7, built_to: null });
  const { facts, strata } = await expectWhole(project);
  expect(facts.length).toBe(7);
  expect(facts.filter(({ is_process_error }) => is_process_error).length).toBe(1);
  expect(facts.filter(({ is_correct }) => is_correct).length).toBe(5);
  expect(strata.map(({ audited }) => audited).sort()).toEqual([1, 5]);
});

test("events fold what verbs publish, correct and void; folding again changes nothing", async () => {
  const { project, lead, auditIds } = await audited(world, 6, { settings: { publishDelayMinutes: 0 } });
  await foldOf(world, pool, project);
  expect((await keptOf(world, project)).facts).toEqual([]);
  for (const auditId of auditIds) await lead.verb("publishAudit", { auditId }, "audit { id }");
  await allSealed(world, project.projectId);
  expect((await touched(project)).sort()).toEqual(auditIds.map(rawId).sort());
  await foldAll(pool);
  expect(await touched(project)).toEqual([]);
  const first = await keptOf(world, project);
  expect(first.cells).toMatchObject(["HEADLINE", "MARKET"].map((grain) => ({ grain, audits: 6, correct: 6 })));
  await lead.verb("correctVerdict", { auditId: auditIds[0]!, explanation: "No.", truth: { policyId: globalId("Policy", project.policies.hate), action: null } }, "audit { id }");
  await lead.verb("voidAudit", { auditId: auditIds[1]!, reason: "Twice." }, "audit { id }");
  await foldOf(world, pool, project);
  await world.sql`update rollup_watermarks set seq = 0 where project_id = ${project.projectId}`;
  const second = await keptOf(world, project);
  await foldAll(pool);
  expect(await keptOf(world, project)).toEqual(second);
  expect(second.cells).toMatchObject(["HEADLINE", "MARKET"].map((grain) => ({ grain, audits: 5, correct: 4, under_enforced: 1 })));
  await expectWhole(project);
  for (const auditId of auditIds.slice(2)) await lead.verb("voidAudit", { auditId, reason: "All." }, "audit { id }");
  await lead.verb("voidAudit", { auditId: auditIds[0]!, reason: "All." }, "audit { id }");
  await foldOf(world, pool, project);
  expect(await keptOf(world, project)).toEqual({ facts: [], cells: [], strata: [] });
  expect((await markOf(world, project)).facts).toBe(0);
});

test("what is folded is not touched any more, though a transaction that began before is still open", async () => {
  const { project, lead, auditIds } = await audited(world, 2, { settings: { publishDelayMinutes: 0 } });
  await foldOf(world, pool, project);
  let end!: () => void;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const opened = new Promise<void>((resolve) => {
    void world.sql.begin(async (sql) => {
      await sql`select pg_current_xact_id()`;
      resolve();
      await ended;
    });
  });
  await opened;
  for (const auditId of auditIds) await lead.verb("publishAudit", { auditId }, "audit { id }");
  await foldOf(world, pool, project);
  const left = await touched(project);
  end();
  expect(left).toEqual([]);
});

test("an event whose transaction commits late is touched at once and folded later, though the watermark has passed its time", async () => {
  const { project, lead, auditIds: [late, early] } = await audited(world, 2, { settings: { publishDelayMinutes: 0 } });
  await foldOf(world, pool, project);
  let commit = () => {};
  const gate = new Promise<void>((resolve) => (commit = resolve));
  let isAppended = () => {};
  const appended = new Promise<void>((resolve) => (isAppended = resolve));
  const open = asWorker(pool, async (db) => {
    await db.execute(sql`update audits set state = 'PUBLISHED', published_at = now() where project_id = ${project.projectId} and id = ${rawId(late!)}`);
    const event = { projectId: project.projectId, type: "audit.published", subjectType: "Audit", subjectId: rawId(late!), audience: {} };
    await append({ db, viewer: actor(world.admin.principalId), now: new Date() }, [event]);
    isAppended();
    await gate;
  });
  await appended;
  await lead.verb("publishAudit", { auditId: early! }, "audit { id }");
  await foldOf(world, pool, project);
  expect((await keptOf(world, project)).facts.map(({ audit_id }) => audit_id)).toEqual([rawId(early!)]);
  const passed = (await markOf(world, project)).seq;
  commit();
  await open;
  expect(await touched(project)).toContain(rawId(late!));
  await foldOf(world, pool, project);
  expect((await keptOf(world, project)).facts.length).toBe(2);
  expect((await markOf(world, project)).seq).toBeGreaterThan(passed);
});

test("another time zone builds anew, and back again", async () => {
  const project = await makeProject(world.sql);
  await makeAudits(world.sql, project, [{ decidedAt: JANUARY(5, "20:00:00") }, { decidedAt: JANUARY(5) }]);
  await foldAll(pool);
  const days = async () => (await keptOf(world, project)).facts.map(({ day }) => day).sort();
  expect(await days()).toEqual(["2026-01-05", "2026-01-05"]);
  const move = (timeZone: string) => world.sql`update projects set time_zone = ${timeZone} where id = ${project.projectId}`;
  await move("Asia/Jakarta");
  expect(await asWorker(pool, (db) => foldNext(db, new Date()))).toBe(1);
  expect(await markOf(world, project)).toMatchObject({ state: "BUILDING", time_zone: "Asia/Jakarta" });
  await foldAll(pool);
  expect(await days()).toEqual(["2026-01-05", "2026-01-06"]);
  await expectWhole(project);
  await move("UTC");
  await foldAll(pool);
  expect(await days()).toEqual(["2026-01-05", "2026-01-05"]);
});

test("what an import records is folded with it, also while the project is built", async () => {
  const { project, lead } = await makeAudited(world, [{}, {}, {}]);
  const record = (refs: string[]) => lead.verb("recordAudits", {
    projectCode: project.projectCode,
    items: refs.map((decisionRef) => ({ vendorCode: project.vendors[0]!.code, decisionRef, truthPolicyCode: "NV", submittedAt: "2026-01-06T00:00:00Z" })),
  }, "recorded refusals { message }");
  expect(await record(["r0"])).toMatchObject({ recorded: 1 });
  expect(await markOf(world, project)).toMatchObject({ state: "BUILDING", facts: 1 });
  await foldOf(world, pool, project);
  expect(await record(["r1", "r2"])).toMatchObject({ recorded: 2 });
  expect(await markOf(world, project)).toMatchObject({ state: "READY", facts: 3 });
  await expectWhole(project);
});

test("cells by queue and policy are added while facts change, and dropped when they aren't worth it", async () => {
  const { project, lead, auditIds } = await audited(world, (own) => [
    { policyId: own.policies.hate }, {}, {}, { truthPolicyId: own.policies.spam }], { settings: { publishDelayMinutes: 0 } });
  const publish = (auditId: string) => lead.verb("publishAudit", { auditId }, "audit { id }");
  for (const id of auditIds.slice(0, 2)) await publish(id);
  await foldOf(world, pool, project);
  expect((await markOf(world, project)).has_queue_policy).toBe(false);
  await world.sql`update rollup_watermarks set queue_policy_to = '00000000-0000-0000-0000-000000000000' where project_id = ${project.projectId}`;
  await publish(auditIds[2]!);
  await foldOf(world, pool, project);
  expect(await markOf(world, project)).toMatchObject({ has_queue_policy: true, queue_policy_to: null });
  await publish(auditIds[3]!);
  await lead.verb("voidAudit", { auditId: auditIds[0]!, reason: "Twice." }, "audit { id }");
  await foldOf(world, pool, project);
  const { cells } = await keptOf(world, project);
  expect(cells).toEqual(await cellsOfFacts(world, project, true));
  expect(cells.filter(({ grain }) => grain === "QUEUE_POLICY").length).toBe(1);
  await world.sql`update rollup_watermarks set weighed_at = now() - interval '25 hours' where project_id = ${project.projectId}`;
  await foldAll(pool);
  expect((await markOf(world, project)).has_queue_policy).toBe(false);
  expect((await keptOf(world, project)).cells).toEqual(await cellsOfFacts(world, project, false));
});

test("cells by queue and policy are not filled on top of what is still to be dropped", async () => {
  const project = await makeProject(world.sql);
  await makeAudits(world.sql, project, [{}, {}]);
  await foldAll(pool);
  await world.sql`insert into audit_rollups select (jsonb_populate_record(c, jsonb_build_object('grain', 'QUEUE_POLICY'))).* from audit_rollups c
    where project_id = ${project.projectId}`;
  const mark = await asWorker(pool, (db) => lockWatermark(db, project.projectId));
  await asWorker(pool, (db) => saveWeighed(db, mark!, true, new Date()));
  expect(await markOf(world, project)).toMatchObject({ has_queue_policy: false, queue_policy_to: null });
  await foldAll(pool);
  expect((await keptOf(world, project)).cells).toEqual(await cellsOfFacts(world, project, false));
  await asWorker(pool, (db) => saveWeighed(db, mark!, true, new Date()));
  await foldAll(pool);
  expect((await keptOf(world, project)).cells).toEqual(await cellsOfFacts(world, project, true));
});

test.each([[9_999, 1, false], [10_000, 1_000, true], [10_000, 1_001, false], [0, 0, false]])("%i facts in %i cells: %s", (facts, cells, isWorth) => {
  expect(isWorthCells({ facts, cells })).toBe(isWorth);
});
