import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "../src/core/ids.ts";
import { WORKER } from "../src/db/identity.ts";
import type { Pool } from "../src/db/pool.ts";
import { write } from "../src/db/session.ts";
import { readsOf } from "../src/db/steps.ts";
import { proveAll } from "../src/accesses/proof.service.ts";
import { retentionTasks } from "../src/retention/jobs.ts";
import type { RetainedKind } from "../src/retention/rules.ts";
import { applyRetention, removeNext } from "../src/retention/service.ts";
import { allSealed, emit, openPool } from "./kit/events.ts";
import { makeDecisions, makeProject } from "./kit/factories.ts";
import { audited } from "./kit/publication.ts";
import { foldOf } from "./kit/rollups.ts";
import { buildTenancy } from "./kit/tenancy.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
beforeAll(async () => {
  world = await createWorld();
  pool = openPool(world, 3);
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const PREVIEW = "query ($kind: RetentionKind!, $days: Int!) { retentionPreview(kind: $kind, keepDays: $days) { name startsAt endsAt rows waitsFor } }";
const preview = async (kind: RetainedKind, days = 90) => (await world.admin.ask(PREVIEW, { kind, days })).retentionPreview as { name: string; rows: number; waitsFor: string[] }[];
const apply = async (kind: RetainedKind, days = 90) => {
  const one = () => write(pool, WORKER, (db) => removeNext(db, kind, days, new Date()), { timeoutMs: 20_000 });
  let removed = 0;
  for (let last = await one(); last > 0; last = await one()) removed += last;
  return removed;
};
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);
const count = async (from: string) => (await world.sql.unsafe(`select count(*)::int as n from ${from}`))[0]!.n as number;
async function expectChainsWhole() {
  for await (const proof of proveAll(readsOf(pool), undefined, () => {})) expect(proof).toMatchObject({ broken: null });
}

describe("a rule", () => {
  const FIELDS = "retentionRule { kind keepDays reason appliedAt version }";
  test("is set by an administrator, within what is needed, once a kind", async () => {
    const set = { kind: "EXPORT_LINKS", keepDays: 7, reason: "Links are of no use." };
    const lead = await world.caller({ role: "QA_LEAD", projectId: (await makeProject(world.sql)).projectId });
    expect(await lead.refused("setRetention", set)).toMatchObject({ code: "FORBIDDEN" });
    expect((await lead.send(PREVIEW, { kind: "EVENTS", days: 90 })).errors).toMatchObject([{ extensions: { code: "FORBIDDEN" } }]);
    expect((await lead.ask("{ retentionRules { nodes { kind } } }")).retentionRules.nodes).toEqual([]);
    expect(await world.admin.refused("setRetention", { ...set, kind: "EVENTS", keepDays: 89 })).toMatchObject({ code: "INVALID_INPUT", path: ["keepDays"], message: expect.stringMatching(/89.*90 to 36500/) });
    expect(await world.admin.refused("setRetention", { ...set, expectedVersion: 1 })).toMatchObject({ __typename: "VersionConflictRefusal" });
    world.statements.length = 0;
    expect((await world.admin.verb("setRetention", set, FIELDS)).retentionRule).toMatchObject({ kind: "EXPORT_LINKS", keepDays: 7, appliedAt: null, version: 1 });
    expect(world.statements.length).toBe(5);
    expect((await world.admin.verb("setRetention", { ...set, keepDays: null, expectedVersion: 1 }, FIELDS)).retentionRule).toMatchObject({ keepDays: null, version: 2 });
    world.statements.length = 0;
    expect((await world.admin.ask("{ retentionRules { nodes { kind keepDays } } }")).retentionRules.nodes).toEqual([{ kind: "EXPORT_LINKS", keepDays: null }]);
    expect(world.statements.length).toBe(1);
  });

  test("is applied once a day, and what is younger stays", async () => {
    const key = (name: string, at: Date) => world.sql`insert into idempotency_keys (principal_id, key, request_hash, response, created_at)
      values (${world.admin.principalId}, ${name}, '', '', ${at})`;
    await key("old", daysAgo(3));
    await key("young", daysAgo(1));
    await world.admin.verb("setRetention", { kind: "IDEMPOTENCY_KEYS", keepDays: 2, reason: "Nobody repeats after two days." }, FIELDS);
    const sweep = (now: Date) => write(pool, WORKER, (db) => applyRetention(db, "IDEMPOTENCY_KEYS", now), { timeoutMs: 10_000 });
    const kept = async () => (await world.sql`select key from idempotency_keys where key in ('old', 'young', 'late') order by key`).map((row) => row.key);
    expect([await sweep(new Date()), await sweep(new Date()), await kept()]).toEqual([1, 0, ["young"]]);
    await key("late", daysAgo(5));
    expect([await sweep(new Date()), await kept()]).toEqual([0, ["late", "young"]]);
    const tomorrow = new Date(Date.now() + 86_400_000);
    expect([await sweep(tomorrow), await sweep(tomorrow), await kept()]).toEqual([2, 0, []]);
  });

  test("that fails is told by its own task, and keeps none of the others from being applied", async () => {
    for (const kind of ["IDEMPOTENCY_KEYS", "EXPORT_LINKS"]) await world.admin.verb("setRetention", { kind, keepDays: 3, reason: "R" }, FIELDS);
    const [{ id: setId }] = (await world.sql`select id from events where type = 'retention_rule.set' order by id desc limit 1`) as unknown as [{ id: string }];
    const asks = (kind: string) => retentionTasks.filter(({ dueAfter }) => dueAfter({ projectId: "", seq: 1, type: "retention_rule.set", subjectType: "", subjectId: setId, payload: { kind } }));
    expect(asks("EXPORT_LINKS").map(({ name }) => name)).toEqual(["applyRetention:EXPORT_LINKS"]);
    await world.sql`create function refuse_all() returns trigger language plpgsql as $$ begin raise 'no'; end $$`;
    await world.sql`create trigger refuse_all before delete on idempotency_keys for each statement execute function refuse_all()`;
    const now = new Date(Date.now() + 1_000);
    const ends = await Promise.allSettled(retentionTasks.map(({ run }) => write(pool, WORKER, (db) => run(db, now), { timeoutMs: 10_000 })));
    await world.sql`drop function refuse_all cascade`;
    expect(ends.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled", "fulfilled", "fulfilled"]);
    expect(await count("retention_rules where applied_at is null")).toBe(1);
    await world.sql`delete from retention_rules`;
  });
});

test("events go oldest first with their seals: not the newest, not what is to be folded, sent or finished; numbers go on", async () => {
  const project = await makeProject(world.sql);
  const { projectId } = project;
  const old = Array.from({ length: 10 }, (_, i) => ({ id: newId(daysAgo(200 - i)), subject: i === 6 ? project.queueId : projectId }));
  for (const { id, subject } of old) {
    await world.sql`insert into events (project_id, id, type, subject_type, subject_id, actor_id, recorded_at, is_project_visible, is_partner_visible, is_staff_visible)
      values (${projectId}, ${id}, 'project.noted', 'Project', ${subject}, ${world.admin.principalId}, now(), true, false, false)`;
    await allSealed(world, projectId);
  }
  const going = async () => (await preview("EVENTS")).find(({ name }) => name === `events of ${project.projectCode}`)?.rows ?? 0;
  expect(await going()).toBe(9);
  await world.sql`insert into escalations (project_id, id, title, kind, severity, state, trigger, opened_by_id, opened_at, fingerprint, problem_statement)
    values (${projectId}, ${project.queueId}, 'T', 'QUALITY', 'SEV4', 'OPEN', 'MANUAL', ${world.admin.principalId}, now(), decode('00', 'hex'), '')`;
  expect(await going()).toBe(6);
  await world.sql`insert into rollup_watermarks (project_id, seq, state, time_zone, folded_at) values (${projectId}, 4, 'READY', 'UTC', now())`;
  expect(await going()).toBe(4);
  const endpoint = { project_id: projectId, id: project.queueId, url: "https://hooks.example/", owner_id: world.admin.principalId, role: "ADMIN", state: "PAUSED", cursor_seq: 3 };
  await world.sql`insert into webhook_endpoints ${world.sql(endpoint)}`;
  expect(await going()).toBe(3);
  const waiting = { endpoint_id: endpoint.id, seq: 2, event_type: "project.noted", state: "PENDING", next_attempt_at: new Date(), owner_id: endpoint.owner_id };
  await world.sql`insert into webhook_deliveries ${world.sql({ project_id: projectId, id: endpoint.id, ...waiting, created_at: new Date(), updated_at: new Date() })}`;
  expect(await going()).toBe(1);
  await world.sql`update webhook_deliveries set state = 'DEAD', next_attempt_at = null where project_id = ${projectId}`;
  await world.sql`update webhook_endpoints set state = 'DISABLED' where project_id = ${projectId}`;
  await emit(pool, world, projectId, [{}]);
  await allSealed(world, projectId);
  expect(await apply("EVENTS")).toBeGreaterThanOrEqual(4);
  const seqs = async () => (await world.sql`select seq::int from event_seals where project_id = ${projectId} order by seq`).map(({ seq }) => seq);
  expect(await seqs()).toEqual([5, 6, 7, 8, 9, 10, 11]);
  expect(await count(`events where project_id = '${projectId}'`)).toBe(7);
  await emit(pool, world, projectId, [{}]);
  await allSealed(world, projectId);
  expect((await seqs()).at(-1)).toBe(12);
  await expectChainsWhole();
});

describe("decisions", () => {
  const weeks = async () => Object.fromEntries((await preview("DECISIONS")).map(({ name, rows, waitsFor }) => [name, { rows, waitsFor }]));

  test("leave the figures with all that hangs on them, once nothing unfinished goes back to their week", async () => {
    const { project, lead, auditIds } = await audited(world, 4, { settings: { publishDelayMinutes: 0 } });
    for (const auditId of auditIds) await lead.verb("publishAudit", { auditId }, "audit { id }");
    await foldOf(world, pool, project);
    const figures = `{ metrics(projects: ["${project.projectCode}"], range: { from: "2026-01-01", to: "2026-02-01" }, measures: [ACCURACY]) { rows { values { n } } meta { plan { path } } } }`;
    expect((await lead.ask(figures)).metrics).toMatchObject({ rows: [{ values: [{ n: 4 }] }], meta: { plan: [{ path: "ROLLUP" }] } });
    expect(Object.values(await weeks()).some(({ waitsFor }) => waitsFor.includes("UNFINISHED_AUDITS"))).toBe(true);
    await apply("DECISIONS");
    expect(await count(`audits where project_id = '${project.projectId}'`)).toBe(4);
    await world.sql`update audits set state = 'FINAL', window_due_at = ${daysAgo(100)} where project_id = ${project.projectId}`;
    await makeDecisions(world.sql, project, [{ decidedAt: daysAgo(20) }]);
    expect(await apply("DECISIONS")).toBeGreaterThan(4);
    expect(await weeks()).toEqual({});
    for (const table of ["audits", "verdicts", "samples", "audit_facts"]) expect(await count(`${table} where project_id = '${project.projectId}'`), table).toBe(0);
    expect([await count(`decisions where project_id = '${project.projectId}'`), await count(`decision_refs where project_id = '${project.projectId}'`)]).toEqual([1, 1]);
    expect(await count(`audit_rollups where project_id = '${project.projectId}' and audits > 0`)).toBe(0);
    expect((await lead.ask(figures)).metrics).toMatchObject({ rows: [{ values: [{ n: 0 }] }], meta: { plan: [{ path: "ROLLUP" }] } });
  });

  test("wait as a week for whatever is unfinished, each by its name, and then go with every table that refers to them", async () => {
    await world.sql`delete from retention_rules`;
    await buildTenancy(world.sql, { isSealed: false });
    const precedents = await count("precedents");
    const holds = async () => [...new Set(Object.values(await weeks()).flatMap(({ waitsFor }) => waitsFor))].sort();
    const all = ["OPEN_APPEALS", "OPEN_ESCALATIONS", "OPEN_PERIODS", "UNFINISHED_AUDITS", "WAITING_SAMPLES"];
    await world.sql`update precedents p set ruling_id = (select r.id from appeal_rulings r where r.project_id = p.project_id order by r.id limit 1)
      where id in (select p.id from precedents p join appeal_rulings r on r.project_id = p.project_id order by p.id limit 1)`;
    await world.sql`update reporting_periods set state = 'OPEN', closed_at = null, "from" = '2025-12-29', "to" = '2026-01-05' where kind = 'WEEK'`;
    expect(await holds()).toEqual(all);
    const finish: [string, string][] = [
      ["WAITING_SAMPLES", "update samples set state = 'EXPIRED', assignee_id = null, lease_until = null where state in ('DRAWN', 'IN_AUDIT')"],
      ["UNFINISHED_AUDITS", "update audits set state = 'VOIDED', is_partner_visible = false"],
      ["OPEN_APPEALS", "update appeals set state = 'WITHDRAWN', closed_at = coalesce(closed_at, now()) where state not in ('WITHDRAWN', 'INVALID', 'EXPIRED', 'CLOSED')"],
      ["OPEN_ESCALATIONS", "update escalations set state = 'CANCELLED', closed_at = now() where state not in ('CLOSED', 'DUPLICATE', 'REJECTED', 'CANCELLED')"],
      ["OPEN_PERIODS", "update reporting_periods set state = 'CLOSED', closed_at = now()"],
    ];
    for (const [name, statement] of finish) {
      expect(await apply("DECISIONS")).toBe(0);
      await world.sql.unsafe(statement);
      expect(await holds(), name).toEqual(all.splice(all.indexOf(name), 1) && all);
    }
    expect(await apply("DECISIONS")).toBeGreaterThan(0);
    expect(await weeks()).toEqual({});
    expect(await count("audits")).toBe(0);
    expect(await count("appeals")).toBe(0);
    expect([await count("precedents"), await count("precedents where ruling_id is not null")]).toEqual([precedents, 0]);
  });

  test("are referred to by no table that their removal doesn't know", async () => {
    const [row] = await world.sql`select prosrc from pg_proc where proname = 'remove_decisions'`;
    const below = await world.sql`with recursive below(name) as (select 'decisions'::name union select c.relname from below b join pg_class p on p.relname = b.name
      join pg_constraint f on f.confrelid = p.oid and f.contype = 'f' and f.conparentid = 0 join pg_class c on c.oid = f.conrelid where not c.relispartition) select name from below`;
    const removed = [...row!.prosrc.matchAll(/delete from (\w+)/g)].map(([, name]) => name as string);
    // A precedent stays without its ruling.
    expect(below.map(({ name }) => name).filter((name) => !removed.includes(name))).toEqual(["precedents"]);
    expect(row!.prosrc).toContain("update precedents t set ruling_id = null");
    expect(removed.indexOf("audits")).toBeGreaterThan(removed.indexOf("verdicts"));
  });
});
