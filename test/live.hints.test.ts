import { afterAll, beforeAll, expect, test } from "vitest";
import { pino } from "pino";
import type { Pool } from "../src/db/pool.ts";
import { directUrl } from "../src/db/migrate.ts";
import { type Reader, type SealedEvent, startReader } from "../src/events/reader.ts";
import { allSealed, emit, openPool } from "./kit/events.ts";
import { makeProject } from "./kit/factories.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let writers: Pool;
let own: Pool;
let reader: Reader;
let projectId: string;
const heard: SealedEvent[] = [];
beforeAll(async () => {
  world = await createWorld();
  writers = openPool(world, 2);
  own = openPool(world, 1);
  ({ projectId } = await makeProject(world.sql));
  reader = startReader({ url: directUrl(world.urls), pool: own, log: pino({ level: "silent" }), onEvents: (events) => void heard.push(...events.filter((event) => event.projectId === projectId)) });
  await reader.started;
});
afterAll(async () => {
  await reader.close();
  await own.end();
  await writers.end();
  await world.close();
});

const seqs = () => heard.map(({ seq }) => seq);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

test("subscribers needn't wait until the process itself has read what a hint says whole", async () => {
  await emit(writers, world, projectId, [{}]);
  await expect.poll(seqs).toEqual([1]);
  // Nothing can be read on the reader's own connection for now.
  const lease = await own.lease(10_000);
  const { signal } = new AbortController();
  const waiting = [["project.noted", "Project"], ["queue.changed", "Queue"]].map(([type, subjectType]) =>
    reader.heads.past(projectId, 1, signal, (event) => event.type === type && event.subjectType === subjectType));
  await emit(writers, world, projectId, [{}, {}]);
  expect(await waiting[0]).toBe(1);
  expect([reader.heads.get(projectId), seqs()]).toEqual([3, [1]]);
  lease.release();
  await expect.poll(seqs).toEqual([1, 2, 3]);
  await emit(writers, world, projectId, [{ type: "queue.changed", subjectType: "Queue" }]);
  expect(await waiting[1]).toBe(3);
});

test("what no hint can say whole is read first, and heard whole", async () => {
  await emit(writers, world, projectId, range(1, 700).map(() => ({})));
  await allSealed(world, projectId);
  await expect.poll(() => seqs().length).toBe(704);
  expect(seqs()).toEqual(range(1, 704));
  expect(reader.heads.get(projectId)).toBe(704);
  await emit(writers, world, projectId, [{}]);
  await expect.poll(() => [reader.heads.get(projectId), seqs().length]).toEqual([705, 705]);
});
