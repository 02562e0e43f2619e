import { afterAll, beforeAll, expect, test } from "vitest";
import { appealTasks } from "../src/appeals/jobs.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import { auditState, clocksOf, contested, draft, file, later, on, pass, readAppeal } from "./kit/appeals.ts";
import { eventsOf, rawId } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

const HOUR_MS = 3_600_000;
let world: World;
let pool: Pool;
beforeAll(async () => {
  world = await createWorld();
  pool = createPool({ url: world.urls.login, size: 2, queue: 50, waitMs: 10_000, applicationName: "assay-test" });
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

test("what makes appeals due is told to whoever runs the tasks", () => {
  const dueOf = (subjectType: string, payload: object) => appealTasks[0]!.dueAfter({ subjectType, payload } as never);
  const at = "2026-01-05T00:00:00.000Z";
  expect([dueOf("Appeal", { dueAt: at }), dueOf("Audit", { windowDueAt: at })]).toEqual([new Date(at), new Date(at)]);
  expect([dueOf("Appeal", { dueAt: null }), dueOf("Audit", {}), dueOf("Sample", { dueAt: at })]).toEqual([null, null, null]);
});

test("drafts expire with the window, and live on where it was opened anew", async () => {
  const { labeler, lead, auditIds: [first, second] } = await contested(world, { count: 2 });
  const [one, two] = [await draft(labeler, first!), await draft(labeler, second!)];
  await world.sql`update audits set window_due_at = window_due_at + interval '1 day' where id = ${rawId(second!)}`;
  await pass(pool, later(one.dueAt));
  expect(await readAppeal(labeler, one.id, "state closedAt allowedActions")).toMatchObject({ state: "EXPIRED", closedAt: expect.any(String), allowedActions: [] });
  expect(await readAppeal(labeler, two.id)).toMatchObject({ state: "DRAFT", dueAt: later(two.dueAt, 24 * HOUR_MS).toISOString() });
  expect(await eventsOf(world, one.id)).toEqual([]);
  expect(await auditState(lead, first!)).toBe("PUBLISHED");
});

test("a vendor that is late has forwarded; a vendor's own layer, and the client, never rule by being late", async () => {
  const [client, vendor] = [await contested(world), await contested(world, { layer: "VENDOR" })];
  const [one, own] = [await file(client.labeler, client.auditIds[0]!), await file(vendor.labeler, vendor.auditIds[0]!)];
  await pass(pool, later(one.dueAt));
  expect(await readAppeal(client.lead, one.id)).toMatchObject({ state: "L2_REVIEW", tier: "L2" });
  await pass(pool, later(own.dueAt, 1_000 * HOUR_MS));
  expect(await readAppeal(client.lead, one.id)).toMatchObject({ state: "L2_REVIEW", outcome: null });
  expect(await readAppeal(vendor.labeler, own.id)).toMatchObject({ state: "L1_REVIEW", tier: "L1", outcome: null });
  await world.sql`update appeals set due_at = now() - interval '1 hour' where id = any (${[one.id, own.id].map(rawId)})`;
  expect((await readAppeal(client.lead, one.id)).isOverdue).toBe(true);
  expect(await eventsOf(world, one.id)).toEqual(["appeal.l1_review DRAFT>L1_REVIEW", "appeal.l2_review L1_REVIEW>L2_REVIEW"]);
  const [event] = await world.sql`select actor_id, payload from events where subject_id = ${rawId(one.id)} order by id desc limit 1`;
  expect([event!.actor_id, event!.payload.dueAt]).toEqual(["00000000-0000-7000-8000-000000000002", expect.any(String)]);
});

test("what nobody answers goes back to the tier that asked", async () => {
  const { quality, lead, auditIds: [auditId] } = await contested(world);
  const { id } = await file(quality, auditId!);
  const { dueAt } = await on(lead, "returnAppeal", id, { question: "Why?" });
  await pass(pool, later(dueAt));
  expect(await readAppeal(lead, id, "state tier answer")).toEqual({ state: "L2_REVIEW", tier: "L2", answer: null });
  expect(await clocksOf(world, id)).toEqual(["APPEAL_L2 runs", "APPEAL_REPLY stopped"]);
});

test("an audit whose window has ended is final as soon as its appeal is over", async () => {
  const { labeler, lead, auditIds: [auditId] } = await contested(world);
  const { id } = await file(labeler, auditId!);
  await world.sql`update audits set window_due_at = now() where id = ${rawId(auditId!)}`;
  await on(labeler, "withdrawAppeal", id);
  expect(await auditState(lead, auditId!)).toBe("FINAL");
});
