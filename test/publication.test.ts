import { afterAll, beforeAll, expect, test } from "vitest";
import { auditTasks } from "../src/audits/jobs.ts";
import { finalizeOver, publishDue } from "../src/audits/service.ts";
import { dueByDefault } from "../src/calendars/allowances.rules.ts";
import { encodeId } from "../src/core/ids.ts";
import type { Pool } from "../src/db/pool.ts";
import { openPool } from "./kit/events.ts";
import { asWorker, audited, inBulk, readAudit } from "./kit/publication.ts";
import { claim, eventsOf, lock, makeSamples, rawId, some, submit } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
beforeAll(async () => {
  world = await createWorld();
  pool = openPool(world, 2);
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const outcomes = async (...of: Parameters<typeof inBulk>) => (await inBulk(...of)).map(({ outcome }) => outcome);
const statements = async (work: () => Promise<unknown>) => {
  world.statements.length = 0;
  await work();
  return world.statements.length;
};
const windowAfter = (publishedAt: string, zone = "Asia/Jakarta") => dueByDefault("APPEAL_FILING", new Date(publishedAt), zone).toISOString();

test("a published audit can be contested for 48 open hours of its labeler's site, of the project where there is none", async () => {
  const { project, lead, labeler, auditIds } = await audited(world, ({ vendors }) => [{}, { vendor: vendors[1]!, labelerId: vendors[1]!.labelerIds[0]! }]);
  await world.sql`update audits set site_id = null, guidance = 'Read the post twice.' where vendor_id = ${project.vendors[1]!.id}`;
  const [first, second] = auditIds as [string, string];
  const { audit } = await lead.verb("publishAudit", { auditId: first, expectedVersion: 1 }, "audit { state version publishedAt windowDueAt allowedActions }");
  expect(audit).toMatchObject({ state: "PUBLISHED", version: 2, windowDueAt: windowAfter(audit.publishedAt), allowedActions: ["correctVerdict", "startAta", "voidAudit"] });
  expect(await readAudit(labeler, first, "state windowDueAt auditor { id } isDouble allowedActions")).toEqual({
    state: "PUBLISHED", windowDueAt: audit.windowDueAt, auditor: null, isDouble: null, allowedActions: ["acknowledgeAudit", "draftAppeal"],
  });
  expect(await eventsOf(world, first)).toEqual(["audit.published SUBMITTED>PUBLISHED"]);
  const [event] = await world.sql`select payload, labeler_id, is_partner_visible from events where subject_id = ${rawId(first)}`;
  expect(event).toEqual({ payload: { windowDueAt: audit.windowDueAt }, labeler_id: project.vendors[0]!.labelerIds[0], is_partner_visible: true });
  await lead.verb("publishAudit", { auditId: second }, "audit { id }");
  const other = await readAudit(lead, second, "publishedAt windowDueAt guidance");
  expect(other).toEqual({ publishedAt: other.publishedAt, windowDueAt: windowAfter(other.publishedAt, "UTC"), guidance: "Read the post twice." });
});

test("many are published at once, each by the rules of one; what can't be says why, and a dry run changes nothing", async () => {
  const { project, projectId, lead, manager, auditIds } = await audited(world, () => [{}, {}, { state: "PUBLISHED" }, {}]);
  await world.sql`update audits set of_audit_id = (select id from audits where id = ${rawId(auditIds[1]!)}), role = 'SECOND' where id = ${rawId(auditIds[3]!)}`;
  const foreign = (await audited(world, 1)).auditIds[0]!;
  const absent = encodeId("Audit", { projectId: project.projectId, id: crypto.randomUUID() });
  const ids = [...auditIds, foreign, absent, auditIds[0]!];
  expect(await outcomes(lead, "publishAudits", { auditIds: ids, isDryRun: true })).toEqual(["WOULD_DO", "WOULD_DO", "REFUSED", "REFUSED", "REFUSED", "REFUSED", "WOULD_DO"]);
  expect((await world.sql`select from events where project_id = ${project.projectId}`).length).toBe(0);
  expect(await readAudit(lead, auditIds[0]!, "state version")).toEqual({ state: "SUBMITTED", version: 1 });
  const items = await inBulk(lead, "publishAudits", { auditIds: ids });
  expect(items.map(({ id }) => id)).toEqual(ids);
  expect(items.map(({ outcome, refusal }) => refusal ?? outcome)).toEqual([
    "DONE", "DONE",
    { code: "CONFLICT", message: "publishAudit is not possible while the audit is PUBLISHED. Possible now: correctVerdict, startAta, voidAudit.", path: [] },
    { code: "FORBIDDEN", message: expect.stringContaining("publishAudit on this audit is not yours"), path: [] },
    { code: "NOT_FOUND", message: "There is no such audit.", path: ["auditIds"] },
    { code: "NOT_FOUND", message: "There is no such audit.", path: ["auditIds"] },
    "DONE",
  ]);
  expect(await readAudit(lead, auditIds[0]!, "state version")).toEqual({ state: "PUBLISHED", version: 2 });
  expect((await world.sql`select from events where project_id = ${project.projectId} and type = 'audit.published'`).length).toBe(2);
  // The client's audits are not the vendor's to publish.
  expect((await inBulk(manager, "publishAudits", { auditIds: [auditIds[0]!] }))[0]!.refusal).toMatchObject({ code: "FORBIDDEN" });
  for (const role of ["AUDITOR", "ANALYST", "ADMIN", "VENDOR_QA"] as const) {
    const caller = role === "ADMIN" ? world.admin : await world.caller({ role, projectId: project.projectId, vendorId: role === "VENDOR_QA" ? project.vendors[0]!.id : null });
    expect(await caller.refused("publishAudits", { filter: { projectIds: [projectId] } }), role).toMatchObject({ code: "FORBIDDEN" });
  }
});

test("a vendor's manager publishes its own layer's", async () => {
  const { project, manager, auditIds } = await audited(world, ({ vendors }) => [{}, { vendor: vendors[1]!, labelerId: vendors[1]!.labelerIds[0]! }], { layer: "VENDOR" });
  const items = await inBulk(manager, "publishAudits", { auditIds });
  expect(items.map(({ outcome, refusal }) => refusal?.code ?? outcome)).toEqual(["DONE", "NOT_FOUND"]);
  const rows = await world.sql`select state from audits where project_id = ${project.projectId} order by id`;
  expect(rows.map(({ state }) => state).sort()).toEqual(["PUBLISHED", "SUBMITTED"]);
});

test("a filter finds what its list finds, and a call takes at most 500", async () => {
  const submittedAt = (hour: number) => ({ submittedAt: `2026-02-01T${String(hour).padStart(2, "0")}:00:00Z` });
  const { project, projectId, lead, auditIds } = await audited(world, () => [submittedAt(1), submittedAt(2), submittedAt(3), { ...submittedAt(1), state: "PUBLISHED" }]);
  const filter = { projectIds: [projectId], states: ["SUBMITTED"], roles: ["PRIMARY"], submittedBefore: "2026-02-01T03:00:00Z" };
  const found = (await lead.ask("query ($filter: AuditFilter) { audits(filter: $filter) { nodes { id } } }", { filter })).audits.nodes.map((each: any) => each.id);
  expect(found.sort()).toEqual(auditIds.slice(0, 2).sort());
  expect((await inBulk(lead, "publishAudits", { filter, isDryRun: true })).map(({ id }) => id).sort()).toEqual(found);
  expect(await outcomes(lead, "publishAudits", { filter })).toEqual(["DONE", "DONE"]);
  expect(await inBulk(lead, "publishAudits", { filter })).toEqual([]);
  for (const input of [{}, { auditIds, filter }]) expect(await lead.refused("publishAudits", input)).toMatchObject({ code: "INVALID_INPUT", path: ["auditIds"] });
  expect(await lead.refused("publishAudits", { filter: { states: null } })).toMatchObject({ code: "INVALID_INPUT", path: ["filter"] });
  expect(await lead.refused("publishAudits", { auditIds: [projectId] })).toMatchObject({ code: "INVALID_INPUT", path: ["auditIds"] });
  const many = await audited(world, 501);
  const all = { filter: { projectIds: [many.projectId] } };
  expect(await many.lead.refused("publishAudits", all)).toMatchObject({ code: "INVALID_INPUT", path: ["filter"], message: expect.stringContaining("narrow the filter") });
  expect(await many.lead.refused("publishAudits", { auditIds: many.auditIds })).toMatchObject({ code: "INVALID_INPUT", path: ["auditIds"] });
  expect((await world.sql`select from audits where project_id = any(${[project.projectId, many.project.projectId]}) and state = 'SUBMITTED'`).length).toBe(502);

  // The grant, the lock, zones, publication, events.
  const one = await statements(() => outcomes(many.lead, "publishAudits", { auditIds: many.auditIds.slice(0, 1) }));
  expect(await statements(() => outcomes(many.lead, "publishAudits", { auditIds: many.auditIds.slice(1) }))).toBe(one);
  expect(one).toBe(5);
  expect((await world.sql`select from audits where project_id = ${many.project.projectId} and state = 'PUBLISHED' and window_due_at > published_at`).length).toBe(501);
});

test("the delay over, audits are published by themselves, 500 at a time; their windows over, they are final", async () => {
  const { project, lead, quality, auditIds } = await audited(world, 501);
  const dueAt = new Date("2026-02-06T10:00:00Z");
  await world.sql`update audits set publish_due_at = ${dueAt} where project_id = ${project.projectId}`;
  const publish = (now: Date) => asWorker(pool, (db) => publishDue(db, now));
  expect(await publish(new Date(dueAt.getTime() - 1))).toBe(0);
  expect([await publish(dueAt), await publish(dueAt), await publish(dueAt)]).toEqual([500, 1, 0]);
  // Friday evening in Jakarta: open again on Monday.
  const end = new Date("2026-02-10T10:00:00Z");
  expect(await readAudit(lead, auditIds[0]!, "state publishedAt windowDueAt")).toEqual({ state: "PUBLISHED", publishedAt: dueAt.toISOString(), windowDueAt: end.toISOString() });
  await quality.verb("acknowledgeAudit", { auditId: auditIds[0] }, "audit { id }");
  const finalize = (now: Date) => asWorker(pool, (db) => finalizeOver(db, now));
  expect(await finalize(new Date(end.getTime() - 1))).toBe(0);
  expect([await finalize(end), await finalize(end), await finalize(end)]).toEqual([500, 1, 0]);
  expect(await readAudit(lead, auditIds[0]!, "state isAutoAcknowledged acknowledgedAt")).toEqual({ state: "FINAL", isAutoAcknowledged: false, acknowledgedAt: expect.any(String) });
  expect(await readAudit(lead, auditIds[1]!, "state isAutoAcknowledged acknowledgedAt allowedActions")).toEqual({
    state: "FINAL", isAutoAcknowledged: true, acknowledgedAt: null, allowedActions: ["correctVerdict", "startAta", "voidAudit"],
  });
  expect(await eventsOf(world, auditIds[0]!)).toEqual(["audit.published SUBMITTED>PUBLISHED", "audit.acknowledged PUBLISHED>ACKNOWLEDGED", "audit.final ACKNOWLEDGED>FINAL"]);
  expect(await eventsOf(world, auditIds[1]!)).toEqual(["audit.published SUBMITTED>PUBLISHED", "audit.final PUBLISHED>FINAL"]);
  const [seen] = await world.sql`select count(*)::int as count from events where project_id = ${project.projectId} and type = 'audit.final' and is_partner_visible and labeler_id is not null`;
  expect(seen!.count).toBe(501);
});

test("the jobs hear when they are needed", () => {
  const due = (name: string, type: string, payload: Record<string, unknown>) =>
    auditTasks.find((task) => task.name === name)!.dueAfter({ projectId: "p", seq: 1, type, subjectType: "Audit", subjectId: "a", payload });
  const at = "2026-02-10T10:00:00.000Z";
  expect(due("publishDueAudits", "audit.submitted", { publishDueAt: at })).toEqual(new Date(at));
  expect(due("publishDueAudits", "audit.submitted", {})).toBeNull();
  expect(due("finalizeAudits", "audit.published", { windowDueAt: at })).toEqual(new Date(at));
  expect(due("finalizeAudits", "audit.acknowledged", {})).toBeNull();
});

test("second and expert audits, and those in double audits, are never published by the delay", async () => {
  const { project, auditIds } = await audited(world, 3);
  await world.sql`update audits set publish_due_at = now() where project_id = ${project.projectId}`;
  await world.sql`update audits set role = 'SECOND', of_audit_id = ${rawId(auditIds[0]!)} where id = ${rawId(auditIds[1]!)}`;
  await world.sql`update audits set state = 'DOUBLE_PENDING' where id = ${rawId(auditIds[2]!)}`;
  expect(await asWorker(pool, (db) => publishDue(db, new Date()))).toBe(1);
});

test("where audits are published in batches, none is by itself, however short the delay", async () => {
  const { projectId, lead, auditor } = await makeSamples(world, some(2), { settings: { publication: "BATCHES", publishDelayMinutes: 0 } });
  const audits = await claim(auditor, projectId, "id", { count: 2 });
  for (const { id } of audits) {
    await lock(auditor, id, { policyCode: "NV" });
    expect(await submit(auditor, id, {}, "state publishDueAt")).toEqual({ state: "SUBMITTED", publishDueAt: null });
  }
  expect(await asWorker(pool, (db) => publishDue(db, new Date("2100-01-01T00:00:00Z")))).toBe(0);
  const { project } = await lead.verb("changeProject", { id: projectId, settings: { publication: null } }, "project { settings { publication publishDelayMinutes } }");
  expect(project.settings).toEqual({ publication: "DELAYED", publishDelayMinutes: 0 });
  expect(await outcomes(lead, "publishAudits", { filter: { projectIds: [projectId], states: ["SUBMITTED"] } })).toEqual(["DONE", "DONE"]);
});
