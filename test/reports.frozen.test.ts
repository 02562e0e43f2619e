import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Pool } from "../src/db/pool.ts";
import { openPeriods } from "../src/periods/service.ts";
import { type AuditSpec, makeAudits, makeGoldenItem, makeRun } from "./kit/audits.ts";
import { makeDecisions } from "./kit/factories.ts";
import { doAll } from "./kit/inspection.ts";
import { close, closeDue, jobsPool, makeReport, MONTH, publishedAudits, settle, snapshotsOf, verify } from "./kit/periods.ts";
import type { Audited } from "./kit/publication.ts";
import { globalId, rawId } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
beforeAll(async () => {
  world = await createWorld();
  pool = jobsPool(world);
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const AUDITS = ["ACCURACY", "ERROR_RATE", "QUALITY_SCORE", "CRITICAL_ERROR_RATE", "OVER_ENFORCEMENT_RATE", "DPMO", "PROCESS_ERROR_RATE"];
const QUESTIONS: Record<string, object> = {
  "headline figures": { measures: AUDITS, groupBy: ["MARKET", "VENDOR", "WEEK"] },
  "figures of people": { measures: AUDITS, groupBy: ["LABELER", "AUDITOR", "DAY"], score: "AS_AUDITED", orderBy: [{ measure: "ACCURACY", direction: "DESC" }] },
  "error classes": { measures: ["ERROR_RATE"], groupBy: ["ERROR_TYPE", "SEVERITY"], includeProcessErrors: true, basis: "PROCESS" },
  "policies": { measures: ["PRECISION", "RECALL", "F1"], groupBy: ["POLICY"] },
  "golden items": { measures: ["GOLDEN_ACCURACY"], groupBy: ["TRUTH_POLICY"] },
  "auditors": { measures: ["AUDITOR_ACCURACY"], groupBy: ["AUDITOR"] },
  "decisions": { measures: ["AUDIT_COVERAGE", "LABELER_COVERAGE", "AHT_P50"], groupBy: ["VENDOR"] },
  "due samples": { measures: ["PLAN_ATTAINMENT"], groupBy: ["QUEUE"] },
  "what was drawn by hand": { measures: ["ACCURACY"], purposes: ["TARGETED"], groupBy: ["TENURE_BUCKET", "LANGUAGE"] },
};

// Two vendors, two strata, a month of audits with errors of several kinds, and second and expert audits of some.
async function month(): Promise<Audited & { hate: string }> {
  const of = await publishedAudits(world, [{}]);
  const { project } = of;
  const [one, two] = project.vendors;
  const run = await makeRun(world.sql, project, { strata: [{ key: "a", frameSize: 900 }, { key: "b", frameSize: 300 }] });
  const spec = (i: number): AuditSpec => {
    const vendor = i % 3 === 0 ? two! : one!;
    const at = new Date(Date.UTC(2026, 0, 1 + (i % 28), 8, 0, 0, i));
    const policyId = i % 4 === 0 ? project.policies.hate : project.policies.NV;
    const truthPolicyId = i % 7 === 0 ? project.policies.spam : i % 11 === 0 ? project.policies.hate : policyId;
    const stratum = i % 5 === 0 ? "b" : "a";
    const judged = policyId === truthPolicyId ? { score: 1 - i / 1_000 } : { severity: i % 2 ? "MAJOR" : "CRITICAL", score: i / 300 };
    const drawn = i % 10 === 9 ? {} : { run, stratum };
    return { ...drawn, ...judged, vendor, labelerId: vendor.labelerIds[i % 2]!, decidedAt: at, policyId, truthPolicyId, state: i % 6 === 0 ? "FINAL" : "PUBLISHED" };
  };
  await makeAudits(world.sql, project, Array.from({ length: 90 }, (_, i) => spec(i)));
  await makeGoldenItem(world.sql, project, { contentRef: "golden", truthPolicyId: project.policies.NV });
  await makeDecisions(world.sql, project, [{ contentRef: "golden" }, { contentRef: "golden", policyId: project.policies.hate }]);
  const [policy] = await world.sql`select code from policies where id = ${project.policies.hate}`;
  return { ...of, hate: policy!.code };
}

test("what is frozen comes out the same, byte for byte, whatever is corrected, voided, published, drawn or imported later", async () => {
  const of = await month();
  const { project, projectId, lead, hate } = of;
  const ids = new Map<string, string>();
  for (const [name, query] of Object.entries(QUESTIONS)) ids.set(name, await makeReport(lead, projectId, query, { name }));
  await makeReport(lead, projectId, { measures: ["ACCURACY"], groupBy: ["VENDOR"] }, { name: "for partners", audience: "PARTNER" });
  const late = await makeAudits(world.sql, project, [{ run: await makeRun(world.sql, project), state: "SUBMITTED" }, { state: "SUBMITTED" }]);
  await lead.verb("changeProject", { id: projectId, settings: { labelerMinAudits: 2 } }, "project { id }");
  const period = await close(lead, projectId, MONTH, "id closedAt");
  const frozen = await snapshotsOf(lead, period.id);
  expect(frozen.find(({ definition }) => definition.name === "decisions").data.totals[1].value).toBe(1);
  expect(frozen).toHaveLength(Object.keys(QUESTIONS).length + 3);
  expect(frozen.filter(({ data, definition }) => data.rows.length === 0 && definition.name !== "auditors")).toEqual([]);
  const wrong = async (names = frozen) => {
    const found: string[] = [];
    for (const { id, definition, dataHash } of names) {
      const said = await verify(lead, id);
      if (!said.isIntact || !said.isReproduced || said.computedHash !== dataHash) found.push(definition.name);
    }
    return found;
  };
  expect(await wrong()).toEqual([]);
  await sleep(5);

  const audits = await world.sql`select a.id, a.purpose from audits a where project_id = ${project.projectId} and state in ('PUBLISHED', 'FINAL') order by id`;
  const auditIds = audits.map(({ id }) => Buffer.from(`Audit:${project.projectId}:${id}`).toString("base64url"));
  await lead.verb("correctVerdicts", { auditIds: auditIds.slice(0, 30), explanation: "Read again.", truth: { policyCode: hate }, cause: "TOOL" }, "items { outcome }");
  await lead.verb("voidAudits", { auditIds: auditIds.slice(20, 45), reason: "Wrong content." }, "items { outcome }");
  expect(await wrong(), "after corrections and voids").toEqual([]);

  const submitted = await world.sql`select id from audits where decision_id = any (${late})`;
  await lead.verb("publishAudits", { auditIds: submitted.map(({ id }) => Buffer.from(`Audit:${project.projectId}:${id}`).toString("base64url")) }, "items { outcome }");
  await makeDecisions(world.sql, project, [{ externalRef: "imported", decidedAt: new Date("2026-01-20T08:00:00Z") }]);
  const row = { vendorCode: project.vendors[0]!.code, decisionRef: "imported", truthPolicyCode: hate, submittedAt: "2026-01-21T12:00:00Z", cause: "TOOL", guidance: "Read on." };
  expect(await lead.verb("recordAudits", { projectCode: project.projectCode, items: [row] }, "recorded refused refusals { message }")).toMatchObject({ recorded: 1 });
  expect(await wrong(), "after a late publication and an import").toEqual([]);

  await settle(pool);
  await makeRun(world.sql, project, { strata: [{ key: "c", frameSize: 5_000 }] }).then((run) => world.sql`update sampling_runs set drawn_at = now() where id = ${run.id}`);
  await makeGoldenItem(world.sql, project, { contentRef: "content", truthPolicyId: project.policies.spam });
  await world.sql`update golden_items set created_at = now(), status = 'RETIRED', active_to = now() where project_id = ${project.projectId}`;
  await world.sql`update golden_items set created_at = '2026-01-01' where project_id = ${project.projectId} and content_ref = 'golden'`;
  await lead.verb("changeProject", { id: projectId, settings: { weekStartsOn: "WEDNESDAY", labelerMinAudits: 1_000, minCoverageRate: 1 } }, "project { id }");
  await world.sql`update projects set time_zone = 'Asia/Jakarta', name = 'Another name' where id = ${project.projectId}`;
  await world.sql`update vendors set name = 'Another name' where id = any (${project.vendors.map(({ id }) => id)})`;
  await lead.verb("changeReportDefinition", { id: ids.get("policies")!, name: "policies", query: { measures: ["ACCURACY"] } }, "reportDefinition { id }");
  expect(await wrong(), "after draws, golden items, another calendar and other names").toEqual([]);
  await world.sql`update projects set time_zone = 'UTC' where id = ${project.projectId}`;

  await lead.verb("reopenPeriod", { periodId: period.id, reason: "An audit was missing." }, "reportingPeriod { id }");
  await close(lead, projectId, MONTH);
  const second = await snapshotsOf(lead, period.id, { closing: 2 });
  expect(second.map(({ closing }) => closing)).toEqual(frozen.map(() => 2));
  const headline = (all: any[]) => all.find(({ definition, vendor }) => definition.name === "headline figures" && !vendor);
  expect(headline(second).dataHash).not.toBe(headline(frozen).dataHash);
  expect(headline(second).data.totals[0].n).not.toBe(headline(frozen).data.totals[0].n);
  expect(await snapshotsOf(lead, period.id, { closing: 1 })).toEqual(frozen);
  expect(await wrong([...frozen, ...second]), "after a second closing").toEqual([]);

  await world.sql`update report_snapshots set data = replace(data, '"value":0', '"value":1') where id = ${rawId(headline(frozen).id)}`;
  expect(await verify(lead, headline(frozen).id)).toMatchObject({ isIntact: false, isReproduced: false });
}, 60_000);

test("what was frozen before projects had minima of their own is computed by the defaults, whatever is set by now", async () => {
  const { lead, projectId } = await publishedAudits(world, [{}]);
  await makeReport(lead, projectId, { measures: ["LABELER_COVERAGE"] });
  const [{ id }] = await snapshotsOf(lead, (await close(lead, projectId, MONTH)).id);
  await world.sql`update report_snapshots set query = query - 'minima' where id = ${rawId(id)}`;
  await lead.verb("changeProject", { id: projectId, settings: { labelerMinAudits: 1 } }, "project { id }");
  expect(await verify(lead, id)).toMatchObject({ isReproduced: true });
});

test("a closing holds what was published before it, also what is committed while it is on its way", async () => {
  const of = await publishedAudits(world, [{}]);
  const { lead, projectId, project } = of;
  await makeReport(lead, projectId);
  const [decision] = await makeAudits(world.sql, project, [{ run: await makeRun(world.sql, project), state: "SUBMITTED" }]);
  const held = await world.sql.reserve();
  await held`begin`;
  await held`update audits set state = 'PUBLISHED', published_at = ${new Date()}, is_partner_visible = true where decision_id = ${decision!}`;
  await sleep(5);
  const closing = close(lead, projectId, MONTH, "id");
  await sleep(400);
  await held`commit`;
  held.release();
  const [snapshot] = await snapshotsOf(lead, (await closing).id);
  expect(snapshot.data.totals[0].n).toBe(2);
  expect(await verify(lead, snapshot.id)).toMatchObject({ isReproduced: true });
});

test("a closing waits for what began before it and waits for its turn to write", async () => {
  const { lead, projectId, project } = await publishedAudits(world, [{}]);
  await makeReport(lead, projectId, { purposes: ["TARGETED"] });
  await makeDecisions(world.sql, project, [{ externalRef: "imported", decidedAt: new Date("2026-01-20T08:00:00Z") }]);
  const [policy] = await world.sql`select code from policies where id = ${project.policies.NV}`;
  const held = await world.sql.reserve();
  await held`begin`;
  await held`select pg_advisory_xact_lock(hashtextextended(${project.projectId}, 7361012)) /* lockHistory */`;
  const row = { vendorCode: project.vendors[0]!.code, decisionRef: "imported", truthPolicyCode: policy!.code, submittedAt: "2026-01-21T12:00:00Z" };
  const recording = lead.verb("recordAudits", { projectCode: project.projectCode, items: [row] }, "recorded");
  while ((await world.sql`select from pg_locks where locktype = 'advisory' and not granted`).length === 0) await sleep(10);
  const closing = close(lead, projectId, MONTH, "id");
  await sleep(400);
  await held`commit`;
  held.release();
  expect(await recording).toMatchObject({ recorded: 1 });
  const [snapshot] = await snapshotsOf(lead, (await closing).id);
  expect(snapshot.data.totals[0].n).toBe(1);
  expect(await verify(lead, snapshot.id)).toMatchObject({ isReproduced: true });
});

test("the system freezes reports when it closes a period, and a closing is done once under an idempotency key", async () => {
  const { lead, projectId, project } = await publishedAudits(world, [{}]);
  const id = await makeReport(lead, projectId, { groupBy: ["VENDOR"] }, { audience: "PARTNER" });
  const idempotencyKey = `close ${projectId}`;
  const input = { period: { projectId, ...MONTH }, idempotencyKey };
  const first = await lead.verb("closePeriod", input, "reportingPeriod { id closings }");
  expect(await lead.verb("closePeriod", input, "reportingPeriod { id closings }")).toEqual(first);
  expect(await lead.refused("closePeriod", { ...input, expectedVersion: 1 })).toMatchObject({ code: "CONFLICT", path: ["idempotencyKey"] });
  await doAll(pool, openPeriods, new Date("2026-01-13T00:00:00Z"));
  await world.sql`update reporting_periods set close_due_at = now() where project_id = ${project.projectId} and kind = 'WEEK'`;
  await closeDue(pool);
  const found = (await snapshotsOf(lead, id)).filter(({ period }) => period.kind === "WEEK" && period.from === "2026-01-05");
  expect(found.map(({ vendor }) => vendor?.code ?? null)).toEqual([null, project.vendors[0]!.code]);
  for (const each of found) expect(await verify(lead, each.id)).toMatchObject({ isIntact: true, isReproduced: true });
  expect(found[1].data.vendor.id).toBe(globalId("Vendor", project.vendors[0]!.id));
});
