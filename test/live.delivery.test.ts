import { fork } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { soakDelivery } from "../scripts/bench/soak.ts";
import type { Pool } from "../src/db/pool.ts";
import { openPool } from "./kit/events.ts";
import { makeProject } from "./kit/factories.ts";
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

// The whole of it is `npm run bench -- delivery`.
test("while processes are killed and subscribers come and go, nothing is lost, repeated or turned round", async () => {
  const { projectId } = await makeProject(world.sql);
  const { token } = await world.caller({ role: "QA_LEAD", projectId });
  const launch = () => fork("test/kit/serve-child.ts", [JSON.stringify(world.urls)], { execArgv: ["--import", "tsx"] });
  const soaked = await soakDelivery({ pool, projectId, token, launch, events: 1_200, writers: 4, subscribers: 12, seconds: 10, killEveryMs: 4_000 });
  expect(soaked.kills).toBeGreaterThan(0);
  expect(soaked.connections).toBeGreaterThan(24);
  expect(soaked.deliveries).toBe(12 * (1_200 + 40));
  expect(soaked.idle.p50).toBeLessThan(250);
}, 120_000);
