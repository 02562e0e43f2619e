import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import type { Pool } from "../src/db/pool.ts";
import { allSealed, emit, openPool } from "./kit/events.ts";
import { makeProject } from "./kit/factories.ts";
import { follow, socketOf } from "./kit/sockets.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
let url: string;
beforeAll(async () => {
  world = await createWorld();
  pool = openPool(world, 2);
  url = await world.listen();
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const FOLLOW = "subscription ($id: ID!, $after: EventCursor) { projectEvents(projectId: $id, after: $after) { cursor payload } }";

test("a crowd that comes back at once, as after a restart, is all let in, and each gets what it missed", async () => {
  const project = await makeProject(world.sql);
  const id = encodeId("Project", { projectId: null, id: project.projectId });
  await emit(pool, world, project.projectId, [{ payload: { n: 0 } }, { payload: { n: 1 } }]);
  await allSealed(world, project.projectId);
  const first = follow(socketOf(url, world.admin), FOLLOW, { id, after: Buffer.from(`${project.projectId}:0`).toString("base64url") });
  const [{ data }] = await first.has(1);
  const after = data.projectEvents.cursor;
  const clients = Array.from({ length: 14 }, () => socketOf(url, world.admin, { lazy: false, onNonLazyError: () => {} }));
  const boxes = clients.flatMap((client) => Array.from({ length: 50 }, () => follow(client, FOLLOW, { id, after })));
  for (const box of boxes) expect((await box.has(1))[0]).toMatchObject({ data: { projectEvents: { payload: { n: 1 } } } });
  for (const box of [first, ...boxes]) box.stop();
}, 60_000);
