import { afterAll, beforeAll, expect, test } from "vitest";
import type { Pool } from "../src/db/pool.ts";
import { makeAudits, makeRun } from "./kit/audits.ts";
import { openPool } from "./kit/events.ts";
import { makeProject } from "./kit/factories.ts";
import { cellsOfFacts, foldAll, foldOf, forget, keptOf, markOf } from "./kit/rollups.ts";
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

test("a project is built from its published primary audits, each with its verdict in force", async () => {
  const project = await makeProject(world.sql);
  const run = await makeRun(world.sql, project, { strata: [{ key: "x", frameSize: 40 }, { key: "y", frameSize: 40 }] });
  const { hate, spam } = project.policies;
  await makeAudits(world.sql, project, [
    { run }, { run, policyId: hate }, { run, stratum: "y", policyId: spam, truthPolicyId: hate, later: [{ truthPolicyId: spam, recordedAt: "2026-01-07T00:00:00Z" }] },
    { run, truthPolicyId: hate, attribution: "PROCESS" }, { truthPolicyId: hate }, { run, state: "SUBMITTED" }, { run, role: "SECOND" }, { run, state: "VOIDED" },
    { run, decidedAt: new Date("2026-01-05T23:59:59.999Z") }, { run, decidedAt: new Date("2026-01-06T00:00:00Z") },
  ]);
  await foldOf(world, pool, project);
  const { facts, cells, strata } = await keptOf(world, project);
  expect(facts.length).toBe(7);
  expect(await markOf(world, project)).toMatchObject({ state: "READY", time_zone: "UTC", facts: 7, built_to: null });
  expect(facts.filter(({ is_process_error }) => is_process_error).length).toBe(1);
  expect(facts.filter(({ is_correct }) => is_correct).length).toBe(5);
  expect(cells).toEqual(await cellsOfFacts(world, project, false));
  expect(strata.map(({ audited }) => audited).sort()).toEqual([1, 5]);
  await foldAll(pool);
  expect(await keptOf(world, project)).toEqual({ facts, cells, strata });
  await forget(world, project);
  await foldAll(pool);
  expect(await keptOf(world, project)).toEqual({ facts, cells, strata });
});
