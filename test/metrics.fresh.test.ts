import { afterAll, beforeAll, expect, test } from "vitest";
import type { Viewer } from "../src/core/viewer.ts";
import { identityOf, WORKER } from "../src/db/identity.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import { openRead, write } from "../src/db/session.ts";
import type { Dimension } from "../src/reach/table.ts";
import { PATHS } from "../src/metrics/plan.rules.ts";
import { measureQuality, type MetricsQuery } from "../src/metrics/service.ts";
import { foldNext } from "../src/rollups/service.ts";
import { actor, allSealed, openPool } from "./kit/events.ts";
import { askMetrics } from "./kit/metrics.ts";
import { changeSome, makeMixed } from "./kit/paths.ts";
import { audited } from "./kit/publication.ts";
import { foldAll, foldOf, keptOf, markOf } from "./kit/rollups.ts";
import { globalId } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
beforeAll(async () => {
  world = await createWorld();
  pool = openPool(world, 6);
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const JANUARY = 'range: { from: "2026-01-01", to: "2026-02-01" }';

test("what was published, corrected and voided a moment ago is in the figures, though nothing was folded", async () => {
  const { project, lead, manager, auditIds } = await audited(world, 4, { settings: { publishDelayMinutes: 0 } });
  await foldOf(world, pool, project);
  const read = async (by = lead) => {
    const { rows, meta } = await askMetrics(by, `projects: ["${project.projectCode}"], ${JANUARY}, measures: [ACCURACY], groupBy: []`, "");
    const { metrics } = await by.ask(`{ metrics(projects: ["${project.projectCode}"], ${JANUARY}, measures: [ACCURACY]) { meta { plan { path source project { code } } } } }`);
    expect(metrics.meta.plan).toEqual([{ path: "ROLLUP", source: "AUDITS", project: { code: project.projectCode } }]);
    expect(meta.freshTo).toBeTruthy();
    return [rows[0]!.values[0]!.n, rows[0]!.values[0]!.value];
  };
  expect(await read()).toEqual([0, null]);
  for (const auditId of auditIds) await lead.verb("publishAudit", { auditId }, "audit { id }");
  expect([await read(), await read(manager)]).toEqual([[4, 1], [4, 1]]);
  await lead.verb("correctVerdict", { auditId: auditIds[0]!, explanation: "No.", truth: { policyId: globalId("Policy", project.policies.hate), action: null } }, "audit { id }");
  expect(await read()).toEqual([4, 0.75]);
  await lead.verb("voidAudit", { auditId: auditIds[0]!, reason: "Twice." }, "audit { id }");
  expect([await read(), await read(manager)]).toEqual([[3, 1], [3, 1]]);
  expect((await keptOf(world, project)).facts).toEqual([]);
});

test("in every snapshot, all paths agree while others publish, correct, void, import and fold", { timeout: 90_000 }, async () => {
  const project = await makeMixed(world, pool, "busy", 160);
  const { projectId, vendors, projectCode } = project;
  const lead = await world.caller({ role: "QA_LEAD", projectId });
  let isOver = false;
  const writing = (async () => {
    for (let i = 0; !isOver; i += 1) await changeSome(world, project, `busy ${i}`, 12);
  })();
  const folding = (async () => {
    while (!isOver) await foldAll(pool);
  })();
  const decisions = await world.sql`select d.id from decisions d where d.project_id = ${projectId} order by d.id limit 40`;
  const importing = (async () => {
    for (const { id } of decisions) {
      if (isOver) return;
      const decisionId = Buffer.from(`Decision:${projectId}:${id}`).toString("base64url");
      const { recorded } = await lead.verb("recordAudits", { projectCode, items: [{ decisionId, truthPolicyCode: "NV", submittedAt: "2026-02-01T00:00:00Z" }] }, "recorded");
      expect(recorded).toBe(1);
    }
  })();
  const [vendor] = vendors;
  const viewer = (role: Viewer["role"], rest: Partial<Viewer> = {}): Viewer => ({ ...actor(lead.principalId), role, projectIds: [projectId], ...rest });
  const viewers = [viewer("QA_LEAD"), viewer("VENDOR_MANAGER", { vendorId: vendor!.id }), viewer("VENDOR_QA", { vendorId: vendor!.id, teamId: vendor!.teamId })];
  const ask = (groupBy: readonly Dimension[], isTargeted: boolean): MetricsQuery => ({
    projects: [projectCode], filter: {}, range: { from: "2026-01-01", to: "2026-02-01" }, asOf: null, includeProcessErrors: false,
    choice: { timeAxis: "DECIDED_AT", layer: "CLIENT", purposes: isTargeted ? ["TARGETED"] : ["RANDOM", "RISK"], score: "CURRENT" },
    measures: ["ACCURACY", "DPU"], groupBy, basis: "POPULATION", orderBy: [], totals: true, first: 1_000, after: null,
  });
  const seen = new Set<string>();
  // Until the writers have changed the figures often enough, for a minute on a slow machine.
  const until = Date.now() + 60_000;
  for (let i = 0; i < 25 || (seen.size <= 20 && Date.now() < until); i += 1) {
    for (const each of viewers) {
      const query = ask([[], ["WEEK", "MARKET"], ["QUEUE", "POLICY"], ["LABELER"]][i % 4] as Dimension[], i % 5 === 0 && each.role === "QA_LEAD");
      const session = openRead(pool, identityOf(each), { timeoutMs: 10_000 });
      const answers = await session.run(async (db) => {
        const all = [];
        for (const shortest of PATHS) all.push(await measureQuality(db, each, { ...query, shortest }));
        return all;
      });
      session.close();
      const [rollup, facts, direct] = answers.map(({ page, totals }) => JSON.stringify({ rows: page.rows, totals }));
      expect(facts, `facts ${i}`).toBe(direct);
      expect(rollup, `rollup ${i}`).toBe(direct);
      seen.add(rollup!);
    }
  }
  isOver = true;
  await Promise.all([writing, folding, importing]);
  expect(seen.size).toBeGreaterThan(20);
  await allSealed(world, projectId);
  await foldAll(pool);
  expect((await markOf(world, project)).state).toBe("READY");
});

test("a figure takes as many statements whatever it counts, and so does folding", async () => {
  const named = (text: string) => /\/\* (\w+) \*\//.exec(text)?.[1] ?? text;
  const asked = async (count: number) => {
    const { project, lead, auditIds } = await audited(world, count, { settings: { publishDelayMinutes: 0 } });
    await foldOf(world, pool, project);
    await lead.verb("publishAudits", { auditIds }, "items { id }");
    await allSealed(world, project.projectId);
    const names = async () => {
      world.statements.length = 0;
      await askMetrics(lead, `projects: ["${project.projectCode}"], ${JANUARY}, measures: [ACCURACY, DPU, QUALITY_SCORE], groupBy: [WEEK, MARKET]`);
      return world.statements.map(named);
    };
    const touched = await names();
    const folds: string[] = [];
    const mine = createPool({ url: world.urls.login, size: 1, queue: 9, waitMs: 9_000, applicationName: "t", onStatement: (text) => void folds.push(named(text)) });
    while ((await write(mine, WORKER, (db) => foldNext(db, new Date()), { timeoutMs: 9_000 })) > 0);
    await mine.end();
    return { touched, folded: await names(), folds };
  };
  const few = await asked(2);
  expect(few.touched).toEqual(["projectsOfMetrics", "auditSums", "strataOfMetrics"]);
  expect(few.folded).toEqual(few.touched);
  expect(few.folds).toEqual(["openWatermarks", "lockWatermark", "eventsToFold", "foldAudits", "openWatermarks", "lockWatermark"]);
  expect(await asked(60)).toEqual(few);
});
