import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { identityOf } from "../src/db/identity.ts";
import { createPool } from "../src/db/pool.ts";
import { openRead } from "../src/db/session.ts";
import { measureQuality, type MetricsQuery } from "../src/metrics/service.ts";
import { makeAudits } from "./kit/audits.ts";
import { actor, openPool } from "./kit/events.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { askMetrics, refusedMetrics } from "./kit/metrics.ts";
import { foldAll } from "./kit/rollups.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
let lead: Caller;
let analyst: Caller;
beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
  const { projectId } = project;
  [lead, analyst] = [await world.caller({ role: "QA_LEAD", projectId }), await world.caller({ role: "ANALYST", projectId })];
  await makeAudits(world.sql, project, [{}, {}]);
  const pool = openPool(world, 2);
  await foldAll(pool);
  await pool.end();
});
afterAll(() => world.close());

const asked = (rest: string) => `projects: ["${project.projectCode}"], range: { from: "2026-01-01", to: "2026-02-01" }, purposes: [TARGETED], ${rest}`;

// As the planner would expect it of a table with so many rows on the pages that it has.
async function pretend(table: string, rows: number): Promise<void> {
  await world.sql`update pg_class set reltuples = ${rows}, relpages = 1
    where oid = ${table}::regclass or oid in (select inhrelid from pg_inherits where inhparent = ${table}::regclass)`;
}

test("a figure that would read too much is refused before it does, with what reads less", async () => {
  await pretend("audit_facts", 1e30);
  await world.sql`update rollup_watermarks set facts = 20000000 where project_id = ${project.projectId}`;
  const fine = "measures: [ACCURACY], groupBy: [TEAM]";
  expect(await refusedMetrics(lead, asked(fine))).toEqual({
    code: "INVALID_INPUT", message: expect.stringMatching(/^range: about [\d,]+ rows would be read, and 3,500,000 are the most; ask for a shorter range, filter by .*group and filter by no more than project/),
  });
  expect(await refusedMetrics(analyst, asked(fine))).toMatchObject({ message: expect.stringContaining("15,000,000 are the most") });
  expect((await askMetrics(lead, asked("measures: [ACCURACY], groupBy: [MARKET]"))).rows[0]!.values[0]!.n).toBe(2);
  await pretend("audits", 1e30);
  expect(await refusedMetrics(lead, asked(`measures: [ACCURACY], asOf: "${new Date().toISOString()}"`))).toMatchObject({ message: expect.stringContaining("leave out asOf") });
  expect((await askMetrics(world.admin, asked("measures: [ACCURACY]"))).rows[0]!.values[0]!.n).toBe(2);
  // What is counted beside audits is estimated too.
  await pretend("decisions", 1e30);
  for (const measure of ["AHT_P90", "LABELER_COVERAGE", "GWET_AC1"]) {
    expect(await refusedMetrics(lead, asked(`measures: [${measure}]`)), measure).toMatchObject({ code: "INVALID_INPUT", message: expect.stringMatching(/ask project by project\.$/) });
  }
  const agreement = (source: string) => lead.send(`{ agreement(project: "${project.projectCode}", range: { from: "2026-01-01", to: "2026-02-01" }, source: ${source}) { items } }`);
  // What is folded is few again, of many audits.
  await pretend("audit_facts", 2);
  await world.sql`update rollup_watermarks set facts = 2 where project_id = ${project.projectId}`;
  const figure = `project: "${project.projectCode}", range: { from: "2026-01-01", to: "2026-02-01" }`;
  for (const field of [`confusionMatrix(${figure}, purposes: [TARGETED], repeats: FIRST) { n }`, `pairedComparison(${figure}, left: { kind: HUMAN }, right: { kind: MODEL }) { neither }`]) {
    expect((await lead.send(`{ ${field} }`)).errors?.[0]?.message, field).toMatch(/^range: about .* ask project by project\.$/);
  }
  expect((await lead.ask<any>(`{ confusionMatrix(${figure}, purposes: [TARGETED]) { n } }`)).confusionMatrix.n).toBe(2);
  await world.sql`insert into double_audits (project_id, id, decision_id, queue_id, primary_audit_id, primary_auditor_id, due_at)
    select project_id, gen_random_uuid(), decision_id, queue_id, id, auditor_id, submitted_at from audits where project_id = ${project.projectId} limit 1`;
  await pretend("double_audits", 1e30);
  expect((await lead.send(`{ auditorCorrected(${figure}) { reason } }`)).errors?.[0]?.message).toMatch(/^range: about .* ask project by project\.$/);
  for (const source of ["LABELS", "REPEATS"]) expect((await agreement(source)).errors?.[0]?.message, source).toMatch(/^range: about .* ask project by project\.$/);
});

test("what takes too long is cancelled at its deadline, and its connection is free for others", async () => {
  const one = createPool({ url: world.urls.login, size: 1, queue: 9, waitMs: 9_000, applicationName: "assay-one" });
  const viewer = { ...actor(lead.principalId), role: "QA_LEAD" as const, projectIds: [project.projectId] };
  const query: MetricsQuery = {
    projects: [project.projectCode], filter: {}, range: { from: "2026-01-01", to: "2026-02-01" }, asOf: null, includeProcessErrors: false,
    choice: { timeAxis: "DECIDED_AT", layer: "CLIENT", purposes: ["TARGETED"], score: "CURRENT" },
    measures: ["ACCURACY"], groupBy: [], basis: "POPULATION", orderBy: [], totals: false, first: 10, after: null,
  };
  const figure = async () => {
    const session = openRead(one, identityOf(viewer), { timeoutMs: 500 });
    return session.run((db) => measureQuality(db, viewer, query)).finally(session.close);
  };
  // Nobody reads the table while this lock is held.
  const blocked = world.sql.begin(async (sql) => {
    await sql`lock table audit_rollups in access exclusive mode`;
    const started = performance.now();
    const [late, next] = await Promise.allSettled([figure(), sleep(50).then(figure)]);
    return { late, next, ms: performance.now() - started };
  });
  const { late, next, ms } = await blocked;
  expect(late).toMatchObject({ status: "rejected", reason: { code: "57014" } });
  expect(next).toMatchObject({ status: "rejected", reason: { code: "57014" } });
  expect(ms).toBeLessThan(2_500);
  // The session ends its transaction behind its caller's back.
  await expect.poll(() => world.sql`select from pg_stat_activity where application_name = 'assay-one' and state <> 'idle'`).toHaveLength(0);
  expect((await figure()).page.rows[0]!.values[0]!.n).toBe(2);
  await one.end();
});
